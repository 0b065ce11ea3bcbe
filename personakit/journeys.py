"""Step 09, journeys: what each persona does, thinks and feels from phase to phase, and where they get stuck."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from personakit.collection import Sources
from personakit.errors import HandoffError, listing
from personakit.evidence import Claim, Figure
from personakit.handoffs import Parts, to_json
from personakit.journeys_cells import STUCK, STUCK_DEVICE, MapData, cells_of
from personakit.journeys_comparison import (
    PERSONA_COLUMNS,
    TOUCHPOINT_COLUMNS,
    WAY_COLUMNS,
    compare_personas,
    compare_ways,
    rank_touchpoints,
)
from personakit.journeys_feeling import texts_about
from personakit.journeys_moments import MOMENT_COLUMNS, find_bottlenecks, rank_moments
from personakit.journeys_phases import propose_phases
from personakit.journeys_table import journey_table
from personakit.journeys_transitions import (
    FUNNEL_COLUMNS,
    LOOP_COLUMNS,
    TRANSITION_COLUMNS,
    Transitions,
    count_funnel,
    count_transitions,
    find_loops,
)
from personakit.personas import Personas, quotes_of
from personakit.profiling import SegmentProfiles, describe, figures_of
from personakit.profiling_tests import related_to, with_basis
from personakit.segmentation import Segmentation
from personakit.voices import Voices


@dataclass(frozen=True, eq=False, repr=False)
class JourneyMaps:
    """
    One journey map per persona.

    Attributes
    ----------
    maps : dict of int to list of Claim
        The cells of each segment's map; ``place`` is ``phase|lane``.
    names : dict of int to str
        Names of the personas.
    phases : dict of str to list of str
        Phases in order, with their touchpoints.
    unassigned : pandas.DataFrame
        Touchpoints that no phase names, with a proposal, see :func:`personakit.journeys_phases.propose_phases`.
    figures : pandas.DataFrame
        One row per segment and figure, as in SegmentProfiles.
    dictionary : pandas.DataFrame
        What each figure means, as in Features.
    notes : list of str
        What could not be said, and which source would allow it.
    about : dict
        As in Personas; ``scenario`` is what the study file says of the situation, ``log`` what the event log looked like
        (see :attr:`personakit.journeys_transitions.Transitions.counts`), with ``set_aside``, rows left out by rule.
    moments : pandas.DataFrame
        Where people get stuck or feel bad, the largest first, see :func:`personakit.journeys_moments.rank_moments`.
    touchpoints : pandas.DataFrame
        By reach, effect and feeling, see :func:`personakit.journeys_comparison.rank_touchpoints`.
    transitions : pandas.DataFrame
        Steps from touchpoint to touchpoint within a journey, see :class:`personakit.journeys_transitions.Transitions`.
    funnel : pandas.DataFrame
        How many customers reach each phase, see :func:`personakit.journeys_transitions.count_funnel`.
    loops : pandas.DataFrame
        Where people go round in circles, see :func:`personakit.journeys_transitions.find_loops`.
    personas, ways : pandas.DataFrame
        Personas side by side, and devices, channels, times compared, see :mod:`personakit.journeys_comparison`.
    """

    maps: dict[int, list[Claim]]
    names: dict[int, str]
    phases: dict[str, list[str]]
    unassigned: pd.DataFrame
    figures: pd.DataFrame
    dictionary: pd.DataFrame
    notes: list[str]
    about: dict[str, Any]
    moments: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=MOMENT_COLUMNS))
    touchpoints: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=TOUCHPOINT_COLUMNS))
    transitions: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=TRANSITION_COLUMNS))
    funnel: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=FUNNEL_COLUMNS))
    loops: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=LOOP_COLUMNS))
    personas: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=PERSONA_COLUMNS))
    ways: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=WAY_COLUMNS))

    @property
    def claims(self) -> list[Claim]:
        """Every cell of every map."""
        return [cell for cells in self.maps.values() for cell in cells]

    def bottlenecks(self) -> pd.DataFrame:
        """
        List where people get stuck.

        Returns
        -------
        pandas.DataFrame
            One row per bottleneck: ``segment``, ``persona``, ``phase``, ``device`` (empty for all), ``go_on`` and
            ``compared_with`` (shares), ``n`` (people).
        """
        rows = []
        for cell in self.claims:
            if cell.message in {STUCK, STUCK_DEVICE} and isinstance(cell.evidence[0], Figure):
                rows.append({"segment": cell.segment, "persona": self.names[cell.segment], "phase": cell.place.split("|")[0],
                             "device": cell.params.get("device", ""), "go_on": cell.params["value"],
                             "compared_with": cell.params["others"], "n": cell.evidence[0].n})  # fmt: skip
        return pd.DataFrame(rows, columns=["segment", "persona", "phase", "device", "go_on", "compared_with", "n"])

    def parts(self) -> Parts:
        """Split into what is written to files."""
        maps = {str(segment): [cell.model_dump() for cell in cells] for segment, cells in self.maps.items()}
        names = {str(segment): name for segment, name in self.names.items()}
        content = {
            "maps": maps,
            "names": names,
            "phases": list(self.phases.items()),
            "notes": self.notes,
            "about": self.about,
        }
        return {"": content, **{name: getattr(self, name) for name in _TABLES}}

    def to_json(self) -> str:
        """
        Write the maps for other programs.

        Returns
        -------
        str
            JSON with ``about``, ``phases`` (name and touchpoints, in order), ``maps`` (one per persona: ``segment``, ``name``,
            ``cells``, each as :class:`personakit.evidence.Claim`), ``moments``, ``funnel`` and ``transitions`` (rows).
        """
        maps = [{"segment": segment, "name": self.names[segment], "cells": [cell.model_dump() for cell in cells]}
                for segment, cells in self.maps.items()]  # fmt: skip
        phases = [{"phase": phase, "touchpoints": touchpoints} for phase, touchpoints in self.phases.items()]
        tables = {name: json.loads(getattr(self, name).to_json(orient="records", double_precision=12))
                  for name in ("moments", "funnel", "transitions")}  # fmt: skip
        return to_json({"about": self.about, "phases": phases, "maps": maps, "notes": self.notes, **tables})

    @classmethod
    def from_parts(cls, parts: Parts) -> JourneyMaps:
        """
        Put together what was read from files.

        Raises
        ------
        HandoffError
            If the files were written by an earlier version, which knew less; the message says what to run.
        """
        lacking = [name for name in _TABLES if name not in parts]
        if lacking:
            raise HandoffError(f"09_journeys was written by an earlier version and lacks {listing(lacking)}; "
                               "make it again with: personakit run --from 09")  # fmt: skip
        content = parts[""]
        maps = {int(segment): [Claim.model_validate(cell) for cell in cells] for segment, cells in content["maps"].items()}
        names = {int(segment): name for segment, name in content["names"].items()}
        return cls(maps, names, dict(content["phases"]), notes=content["notes"], about=content["about"],
                   **{name: parts[name] for name in _TABLES})  # fmt: skip

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


CIRCULAR = (
    "The segments were made from the same events as these maps: that personas differ in what they do is how they were made, and "
    "no finding. It is not tested, and bottlenecks are looked for only between devices."
)
_TABLES = ("figures", "dictionary", "unassigned", "moments", "touchpoints", "transitions", "funnel", "loops", "personas", "ways")


def map_journeys(
    sources: Sources,
    segmentation: Segmentation,
    personas: Personas,
    profiles: SegmentProfiles,
    *,
    voices: Voices | None = None,
    funnel: pd.DataFrame | None = None,
) -> JourneyMaps:
    """
    Map the journey of each persona.

    Parameters
    ----------
    sources : Sources
        Clean sources; events, survey ratings, tickets and orders are used as far as there are any.
    segmentation : Segmentation
        Who belongs to which segment.
    personas : Personas
        For the names.
    profiles : SegmentProfiles
        For orders.
    voices : Voices, optional
        For quotes, feeling and reactions.
    funnel : pandas.DataFrame, optional
        Which rows step 02 left out (``QualityReport.funnel``), so that the maps can say what happened to the log.

    Returns
    -------
    JourneyMaps
        Cells with evidence; what the data do not say is marked as a gap.
    """
    choice = sources.study.journey
    walked, labels, cell = journey_table(sources, voices), segmentation.labels, profiles.min_cell
    table, dictionary = walked.table.reindex(labels.index), walked.dictionary
    known, basis = with_basis(dictionary, segmentation.basis, profiles.dictionary), segmentation.basis
    untested = related_to(basis, known)
    notes = _notes(sources, circular=any(name.startswith("go_on_") for name in untested))
    figures = describe(table, known, labels, basis=basis, min_cell=cell, prefix="journeys")
    about = texts_about(sources.study, voices) if voices is not None else None
    pieces = figures_of(figures, dictionary, "journeys")
    bottlenecks = find_bottlenecks(table, dictionary, labels, pieces, untested=untested)
    data = MapData(choice, pieces, dictionary, profiles, "events" in sources, bottlenecks,
                   *((_places(about), *(_places(about[about[kind].astype(bool)]) for kind in ("pain", "need")))
                     if about is not None else ()))  # fmt: skip
    names = {persona.segment: persona.name for persona in personas.personas}
    maps = {segment: cells_of(segment, data, quotes_of(voices, segmentation, segment) if voices is not None else [])
            for segment in names}  # fmt: skip
    steps = count_transitions(sources) if "events" in sources else Transitions(pd.DataFrame(columns=TRANSITION_COLUMNS), {})
    log = steps.counts | ({"set_aside": _set_aside(funnel)} if funnel is not None and "events" in sources else {})
    return JourneyMaps(
        maps, names, dict(choice.phases), propose_phases(sources.study, steps), figures, dictionary, notes,
        personas.about | {"scenario": choice.scenario, "log": log, "essence": {
            str(persona.segment): line.model_dump() for persona in personas.personas for line in persona.at("essence")[:1]}},
        moments=rank_moments(table, dictionary, labels, pieces, bottlenecks=bottlenecks, min_cell=cell,
                             order_value=_order_values(profiles)),
        touchpoints=rank_touchpoints(walked.table, dictionary, min_cell=cell),
        funnel=count_funnel(sources) if "events" in sources else pd.DataFrame(columns=FUNNEL_COLUMNS),
        transitions=steps.table[steps.table["transitions"] >= cell].reset_index(drop=True), loops=find_loops(steps),
        personas=compare_personas(table, known, labels, basis=basis, min_cell=cell),
        ways=compare_ways(table, dictionary, labels, min_cell=cell),
    )  # fmt: skip


def _set_aside(funnel: pd.DataFrame) -> dict[str, int]:
    """How many rows of the log were left out, by rule."""
    rows = funnel[funnel["source"] == "events"]
    return {str(row["rule"]): int(row["rows_in"] - row["rows_out"]) for row in rows.to_dict("records")}


def _places(about: pd.DataFrame) -> dict[str, set[str]]:
    return about.groupby("key")["place"].agg(set).to_dict() if len(about) else {}


def _order_values(profiles: SegmentProfiles) -> dict[int, float]:
    """Usual value of an order in each segment."""
    figures = profiles.figures()
    return {segment: figures[key].estimate for segment in profiles.sizes.index
            if (key := f"features|average_order||{segment}") in figures}  # fmt: skip


def _notes(sources: Sources, *, circular: bool) -> list[str]:
    notes = []
    if circular:
        notes.append(CIRCULAR)
    if "events" not in sources:
        notes.append("No events: what people do in each phase is not known. Add a source 'events'.")
    elif not any(sources.study.journey.phases.values()):
        notes.append("No phase names its touchpoints: add them under 'journey: {phases: …}' in the study file.")
    rated = any(block.phases for block in sources.study.sources["survey"].items.values()) if "survey" in sources else False
    if not rated and "tickets" not in sources:
        notes.append(
            "No ratings per phase: how people feel is not known. Ask a satisfaction question per phase, or add 'tickets'."
        )
    return notes
