"""Step 09, phases: where touchpoints that no phase names would belong, told from their names and from their place on the way."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from personakit.journeys_transitions import END, START, Transitions
from personakit.study import Study
from personakit.voices_words import one_form

UNASSIGNED_COLUMNS = ["touchpoint", "events", "phase", "told_by", "place"]


def touchpoint_places(transitions: Transitions) -> pd.Series:
    """
    Say how far on the way each touchpoint lies.

    Each pair of touchpoints says how often people go from one to the other rather than back; the places are those that fit
    all pairs best (least squares over the graph, weighted by the steps).

    Parameters
    ----------
    transitions : Transitions
        Steps from touchpoint to touchpoint.

    Returns
    -------
    pandas.Series
        0 (earliest) to 1 (latest), by touchpoint; touchpoints that nothing leads to or from are left out.

    References
    ----------
    Jiang, X., Lim, L.-H., Yao, Y., & Ye, Y. (2011). Statistical ranking and combinatorial Hodge theory. Mathematical
    Programming, 127, 203-244.
    """
    steps = transitions.table
    steps = steps[(steps["from"] != START) & (steps["to"] != END) & (steps["from"] != steps["to"])]
    names = sorted({*steps["from"], *steps["to"]})
    if len(names) < 2:
        return pd.Series(dtype=float)
    number = {name: i for i, name in enumerate(names)}
    counts = np.zeros((len(names), len(names)))
    counts[steps["from"].map(number), steps["to"].map(number)] = steps["transitions"]
    both = counts + counts.T
    forward = np.divide(counts - counts.T, both, out=np.zeros_like(both), where=both > 0)
    laplacian = np.diag(both.sum(axis=1)) - both
    places = np.linalg.lstsq(laplacian, -(both * forward).sum(axis=1), rcond=None)[0].round(9)
    span = float(np.ptp(places))
    return pd.Series((places - places.min()) / (span if span > 0 else 1.0), index=names).round(6)


def propose_phases(study: Study, transitions: Transitions) -> pd.DataFrame:
    """
    List touchpoints that no phase names, each with a phase it might belong to; nothing is dropped, and nothing decided.

    A name that says it (payment, newsletter, returns; in four languages) counts first, where the study's phases are known by
    name; else the place on the way: the phase whose own touchpoints lie nearest.

    Parameters
    ----------
    study : Study
        For the phases and their touchpoints.
    transitions : Transitions
        Steps from touchpoint to touchpoint.

    Returns
    -------
    pandas.DataFrame
        One row per touchpoint that no phase names: ``touchpoint``, ``events`` (touches), ``phase`` (a proposal; empty when
        nothing tells), ``told_by`` ("name", "place on the way" or empty), ``place`` (0 earliest to 1 latest, see
        :func:`touchpoint_places`). The commonest first.
    """
    phases = study.journey.phases
    known = {touchpoint: phase for phase, group in phases.items() for touchpoint in group}
    if transitions.table.empty:
        return pd.DataFrame(columns=UNASSIGNED_COLUMNS)
    steps = transitions.table[transitions.table["to"] != END]
    touches = steps.groupby("to")["transitions"].sum()
    places = touchpoint_places(transitions)
    middles = _middles(phases, places)
    rows = []
    for touchpoint, n in touches.items():
        if touchpoint in known:
            continue
        place = float(places.get(touchpoint, np.nan))
        phase, told_by = _by_name(str(touchpoint), list(phases)), "name"
        if not phase:
            phase, told_by = _nearest(place, middles), "place on the way"
        rows.append({"touchpoint": str(touchpoint), "events": int(n), "phase": phase, "told_by": told_by if phase else "",
                     "place": place})  # fmt: skip
    table = pd.DataFrame(rows, columns=UNASSIGNED_COLUMNS).astype({"events": "int64", "place": "float64"})
    return table.sort_values(["events", "touchpoint"], ascending=[False, True], ignore_index=True)


def _middles(phases: dict[str, list[str]], places: pd.Series) -> dict[str, float]:
    """Where the touchpoints of each phase lie; where no phase has any, the phases are spread evenly over the way."""
    found = {phase: float(places.reindex(group).mean()) for phase, group in phases.items() if places.reindex(group).notna().any()}
    return found or {phase: (i + 0.5) / len(phases) for i, phase in enumerate(phases)}


def _nearest(place: float, middles: dict[str, float]) -> str:
    return "" if np.isnan(place) or not middles else min(middles, key=lambda phase: (abs(middles[phase] - place), phase))


@cache
def _words() -> dict[str, Any]:
    return dict(yaml.safe_load((Path(__file__).parent / "journeys_words.yaml").read_text(encoding="utf-8")))


def _by_name(touchpoint: str, phases: list[str]) -> str:
    """The study's phase of a kind that the touchpoint's name tells; empty when it tells none or two."""
    words = re.split(r"[\W_]+", one_form(touchpoint))
    kinds = {kind for kind, entry in _words().items() if any(w == word or (len(word) > 4 and w.startswith(word))
             for w in words for word in map(one_form, entry["touchpoints"]))}  # fmt: skip
    if len(kinds) != 1:
        return ""
    names = {one_form(name) for name in _words()[next(iter(kinds))]["phases"]}
    return next((phase for phase in phases if one_form(phase) in names), "")


def phases_as_yaml(proposed: pd.DataFrame) -> str:
    """
    Write the proposals as they would stand in the study file, for a person to copy and change.

    Parameters
    ----------
    proposed : pandas.DataFrame
        From :func:`propose_phases`.

    Returns
    -------
    str
        Lines of YAML; empty when there is nothing to propose.
    """
    told = proposed[proposed["phase"] != ""]
    if told.empty:
        return ""
    lines = {phase: own["touchpoint"].tolist() for phase, own in told.groupby("phase", sort=False)}
    return str(yaml.safe_dump({"journey": {"phases": lines}}, allow_unicode=True, sort_keys=False, default_flow_style=None))
