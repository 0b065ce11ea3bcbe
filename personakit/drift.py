"""Step 11, drift: whether the personas of an earlier wave are still true, and if not, in which way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from personakit.drift_profiles import (
    FALSE_ALARM,
    LEAST_EFFECT,
    LEAST_SHARE,
    compare_mix,
    compare_profiles,
    few_in_mix,
    few_in_profiles,
    stability_index,
)
from personakit.drift_structure import Agreement, FurtherGroup, agreement, further_groups
from personakit.errors import DataError, listing
from personakit.evidence_measures import wilson
from personakit.features import Features, numeric
from personakit.handoffs import Parts
from personakit.segmentation import Segmentation
from personakit.segmentation_items import design_matrix
from personakit.segmentation_places import places_by_centres
from personakit.segmentation_rule import scaled
from personakit.segmentation_solutions import labels_by
from personakit.segmentation_tiers import tier_labels, tier_values
from personakit.stability import LabelMany, adjusted_rand_index, kmeans_labels

Verdict = Literal["keep", "update the cards", "segment again"]
#: Kinds of change, the one that explains the others first.
KINDS = ("new group", "split", "structure", "moved", "mix")
FINDING_COLUMNS = ["kind", "segment", "feature", "category", "old", "new", "low", "high", "effect", "band", "p_adjusted", "old_n",
                   "new_n"]  # fmt: skip
STRUCTURE_COLUMNS = ["segment", "jaccard", "jaccard_band"]
RESAMPLES, REFITS = 499, 99
#: Columns of a finding that are empty when too few people are behind it.
_NUMBERS = ["old", "new", "low", "high", "effect", "band"]
_GROUP_RESAMPLES = 199
_FEWEST = 50
_STEPS = 50


@dataclass(frozen=True, eq=False, repr=False)
class DriftReport:
    """
    What has changed between two waves, told apart from what two samples of the same people differ by.

    Attributes
    ----------
    verdict : {"keep", "update the cards", "segment again"}
        What to do: *segment again* when the groups themselves are no longer the same (a new group, a split, other groups when
        they are made anew), *update the cards* when the same groups have other shares or profiles, else *keep*.
    findings : pandas.DataFrame
        One row per change, the one that explains the others first: ``kind`` (new group, split, structure, moved, mix),
        ``segment`` (0 for all), ``feature`` and ``category`` (of a moved profile), ``old`` and ``new`` (means or shares; for a
        split the part of all people who lie apart; for structure the agreement expected at least, and found), ``low``
        and ``high`` (95 % interval of the change, for a new group of its share), ``effect`` (standard deviations), ``band``,
        ``p_adjusted``, ``old_n``, ``new_n``.
    mix : pandas.DataFrame
        Shares of the segments, see :func:`personakit.drift_profiles.compare_mix`; without people who lie apart.
    profiles : pandas.DataFrame
        What the segments are like, see :func:`personakit.drift_profiles.compare_profiles`; without people who lie apart.
    index : pandas.DataFrame
        Shift of each feature over all customers, see :func:`personakit.drift_profiles.stability_index`.
    structure : pandas.DataFrame
        One row per segment: ``jaccard`` with the segment made from the new wave that it is matched with (Hungarian method), and
        ``jaccard_band`` (not undercut in 99 of 100 pairs of waves from the old one).
    about : dict
        ``old_n`` and ``new_n`` (people with a segment), ``old_left_out`` and ``new_left_out`` (people without one),
        ``rand_index``, ``rand_index_band`` and ``rand_index_p`` (old rule against segments made from the new wave),
        ``moved_along`` (the same when the old segments may move), ``new_only`` and ``old_only`` (features of one wave alone).
    labels : pandas.Series
        Segment of each customer of the new wave, by the old rule.
    """

    verdict: Verdict
    findings: pd.DataFrame
    mix: pd.DataFrame
    profiles: pd.DataFrame
    index: pd.DataFrame
    structure: pd.DataFrame
    about: dict[str, Any]
    labels: pd.Series = field(default_factory=lambda: pd.Series(dtype="int64", name="segment"))

    @property
    def kinds(self) -> list[str]:
        """Kinds of change that were found, the one that explains the others first."""
        return list(dict.fromkeys(self.findings["kind"]))

    def parts(self) -> Parts:
        """Split into what is written to files."""
        return {"drift": {"verdict": self.verdict, "about": self.about}, "drift_findings": self.findings, "drift_mix": self.mix,
                "drift_profiles": self.profiles, "drift_index": self.index, "drift_structure": self.structure,
                "drift_labels": self.labels.to_frame()}  # fmt: skip

    @classmethod
    def from_parts(cls, parts: Parts) -> DriftReport:
        """Put together what was read from files."""
        tables = {name: parts[f"drift_{name}"] for name in ("findings", "mix", "profiles", "index", "structure")}
        return cls(**tables, **parts["drift"], labels=parts["drift_labels"]["segment"])

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def detect_drift(  # noqa: PLR0913  options with defaults
    old: Features | pd.DataFrame, new: Features | pd.DataFrame, *, segmentation: Segmentation,
    columns: Sequence[str] | None = None, n_resamples: int = RESAMPLES, n_refits: int = REFITS, min_cell: int = 5,
    random_state: int = 1, progress: Callable[[int, int], None] | None = None,
) -> DriftReport:  # fmt: skip
    """
    Tell whether the segments of an earlier wave still hold in a new one, and what has changed if they do not.

    Customers of both waves are placed by the same rule. Each comparison stands against what pairs of waves drawn from the old
    one differ by, at one in a hundred for each of the four kinds of change that are looked for, so that ordinary sampling is
    not called drift. Customers who are in both waves make the comparison more careful than it needs to be.

    Parameters
    ----------
    old, new : Features or pandas.DataFrame
        One row per customer of each wave, measured alike.
    segmentation : Segmentation
        The segments of the old wave; the rule is taken as it is.
    columns : sequence of str, optional
        Features whose profiles are compared; by default all that both waves have.
    n_resamples, n_refits : int
        Waves drawn from the old one to compare shares and profiles, and pairs of waves from which the segments are made anew.
    min_cell : int
        Smallest group shown: shares of fewer people, and those that would give them away, are left out of ``mix`` and
        ``profiles`` and stand without numbers in ``findings``. The verdict counts them.
    random_state : int
        Seed.
    progress : callable, optional
        Called with steps done and steps in all.

    Returns
    -------
    DriftReport
        The verdict, every change beyond chance and of a size that matters, and the tables behind them.

    Raises
    ------
    DataError
        If a wave lacks a variable that makes the segments, has fewer than 50 customers with a segment, or if ``columns`` names
        something that is not in both.
    """
    old, new = (wave if isinstance(wave, Features) else Features(wave, pd.DataFrame(index=wave.columns)) for wave in (old, new))
    chosen = _columns(old, new, segmentation, columns)
    sides = [_Side.of(wave, segmentation) for wave in (old, new)]
    small = [f"{name} wave: {len(side.labels)} customers have a segment; at least {_FEWEST} are needed to compare"
             for name, side in zip(("old", "new"), sides, strict=True) if len(side.labels) < _FEWEST]  # fmt: skip
    if small:
        raise DataError(small)
    how: dict[str, Any] = {"n_resamples": n_resamples, "random_state": random_state}
    before, after = sides
    k = len(segmentation.segments)
    made = None
    if k > 1:
        made = agreement(before.design, after.design, before.places, after.places, k, n_refits=n_refits,
                         label_many=_label_many(segmentation), random_state=random_state, progress=progress)  # fmt: skip
    groups = further_groups(before.points, after.points, segmentation.centres, before.places, after.places,
                            n_resamples=min(n_resamples, _GROUP_RESAMPLES), random_state=random_state)  # fmt: skip
    near, nearby = before.labels, after.labels
    if groups:  # people who lie apart are told of by themselves
        near = near[~np.any([group.before for group in groups], axis=0)]
        nearby = nearby[~np.any([group.members for group in groups], axis=0)]
    fallen = {group.segment + 1 for group in groups if not group.joined}
    mix = compare_mix(near, nearby, [segment for segment in segmentation.segments if segment not in fallen], **how)
    profiles = compare_profiles(old, new, near, nearby, columns=chosen, **how)
    along = _moved_along(after, segmentation, made)
    structure = _structure(segmentation, made)
    findings = _findings(groups, made, along, (profiles[~profiles["segment"].isin(fallen)], mix), (before, after))
    shared = [name for name in old.table.columns if name in new.table.columns]
    about = {
        "old_n": len(before.labels), "new_n": len(after.labels), "old_left_out": len(old.table) - len(before.labels),
        "new_left_out": len(new.table) - len(after.labels), "rand_index": made.rand_index if made else None,
        "rand_index_band": made.band if made else None, "rand_index_p": made.p_value if made else None, "moved_along": along,
        "old_only": [name for name in old.table.columns if name not in shared],
        "new_only": [name for name in new.table.columns if name not in shared],
    }  # fmt: skip
    verdict = _verdict(findings)
    few = few_in_mix(mix, min_cell)
    findings.loc[(findings["kind"] == "mix") & findings["segment"].isin(mix["segment"][few]), _NUMBERS] = np.nan
    apart = findings["kind"].isin(["new group", "split"]) & (findings["new"] * findings["new_n"] < min_cell)
    findings.loc[apart, _NUMBERS] = np.nan
    mix = mix[~few].reset_index(drop=True)
    few = few_in_profiles(profiles, {name for name in chosen if _is_share(old, new, name)}, min_cell)
    hidden = set(profiles.loc[few, ["segment", "feature", "category"]].itertuples(index=False, name=None))
    rows = [key in hidden for key in findings[["segment", "feature", "category"]].itertuples(index=False, name=None)]
    findings.loc[rows, _NUMBERS] = np.nan
    profiles = profiles[~few].reset_index(drop=True)
    return DriftReport(verdict, findings, mix, profiles, stability_index(old, new, columns=chosen, **how), structure,
                       about, after.labels)  # fmt: skip


def _is_share(old: Features, new: Features, name: str) -> bool:
    """Whether a feature is 1 or 0 in both waves."""
    return all(pd.api.types.is_numeric_dtype(wave.table[name]) and set(numeric(wave.table[name].dropna())) <= {0.0, 1.0}
               for wave in (old, new))  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Side:
    """One wave as the old rule sees it: segments, scaled basis, and what the segments are made from."""

    labels: pd.Series
    places: np.ndarray
    points: np.ndarray
    design: np.ndarray

    @classmethod
    def of(cls, wave: Features, segmentation: Segmentation) -> _Side:
        labels = segmentation.placed(wave.table).labels.sort_index()
        table = wave.table.loc[labels.index]
        points = scaled(table, segmentation.rule)[0]
        design = points
        if segmentation.model is not None:
            design = design_matrix(table, segmentation.model.form.items)
        elif segmentation.tiers is not None:
            design = tier_values(table, segmentation.basis)
        return cls(labels, labels.to_numpy(dtype=np.int64) - 1, points, design)


def _columns(old: Features, new: Features, segmentation: Segmentation, columns: Sequence[str] | None) -> list[str]:
    problems = [f"{name} wave: lacks {listing(lacking)}, which make the segments; build it with the same features"
                for name, wave in (("old", old), ("new", new))
                if (lacking := [column for column in segmentation.basis if column not in wave.table])]  # fmt: skip
    shared = [name for name in old.table.columns if name in new.table.columns]
    wrong = [name for name in columns or [] if name not in shared]
    if wrong:
        problems.append(f"columns: {listing(wrong)} not in both waves; there are: {listing(shared)}")
    if problems:
        raise DataError(problems)
    return list(columns) if columns is not None else shared


def _label_many(segmentation: Segmentation) -> LabelMany:
    if segmentation.model is not None:
        return labels_by(segmentation.model.form)
    return tier_labels if segmentation.tiers is not None else kmeans_labels


def _moved_along(after: _Side, segmentation: Segmentation, made: Agreement | None) -> float | None:
    """Agreement of segments made from the new wave with the old ones when these may move to where their people are now."""
    if made is None:
        return None
    seen = made.refit >= 0
    points, centres = after.points[seen], segmentation.centres
    places = after.places[seen]
    for _ in range(_STEPS):
        moved = np.stack([points[places == segment].mean(axis=0) if (places == segment).any() else centres[segment]
                          for segment in range(len(centres))])  # fmt: skip
        again = places_by_centres(points, moved)[0]
        if (again == places).all():
            break
        places = again
    return float(adjusted_rand_index(places, made.refit[seen]))


def _structure(segmentation: Segmentation, made: Agreement | None) -> pd.DataFrame:
    k = len(segmentation.segments)
    jaccard, band = (made.jaccard, made.jaccard_band) if made else (np.ones(k), np.ones(k))
    return pd.DataFrame({"segment": segmentation.segments, "jaccard": jaccard, "jaccard_band": band}, columns=STRUCTURE_COLUMNS)


def _findings(
    groups: list[FurtherGroup], made: Agreement | None, along: float | None, tables: tuple[pd.DataFrame, pd.DataFrame],
    sides: tuple[_Side, _Side],
) -> pd.DataFrame:  # fmt: skip
    """Gather what is beyond chance and large enough to matter; what another change explains is left out."""
    profiles, mix = tables
    old_n, new_n = (len(side.labels) for side in sides)
    rows: list[dict[str, Any]] = []
    for group in groups:
        low, high = wilson(group.share * new_n, new_n)
        rows.append({"kind": "new group" if group.joined else "split", "segment": group.segment + 1, "old": 0.0,
                     "new": group.share, "low": low, "high": high, "p_adjusted": group.p_value, "old_n": old_n,
                     "new_n": new_n})  # fmt: skip
    if made is not None and not rows and made.p_value <= FALSE_ALARM and (along or 0.0) < made.band:
        rows.append({"kind": "structure", "segment": 0, "old": made.band, "new": made.rand_index, "p_adjusted": made.p_value,
                     "old_n": old_n, "new_n": new_n})  # fmt: skip
    moved = profiles[(profiles["p_adjusted"] <= FALSE_ALARM) & (profiles["effect"].abs() >= LEAST_EFFECT)]
    moved = moved.assign(size=moved["effect"].abs()).sort_values(["segment", "size"], ascending=[True, False], kind="stable")
    rows += [{"kind": "moved", "low": row["ci_low"], "high": row["ci_high"],
              **{name: row[name] for name in FINDING_COLUMNS if name in row}} for row in moved.to_dict("records")]  # fmt: skip
    shifted = mix[(mix["p_adjusted"] <= FALSE_ALARM) & (mix["change"].abs() >= LEAST_SHARE)]
    rows += [{"kind": "mix", "segment": row["segment"], "old": row["old_share"], "new": row["new_share"], "low": row["ci_low"],
              "high": row["ci_high"], **{name: row[name] for name in ("band", "p_adjusted", "old_n", "new_n")}}
             for row in shifted.to_dict("records")]  # fmt: skip
    table = pd.DataFrame([{"feature": "", "category": "", **row} for row in rows], columns=FINDING_COLUMNS)
    kinds = dict.fromkeys(FINDING_COLUMNS, "float64") | dict.fromkeys(("kind", "feature", "category"), "str")
    return table.astype(kinds | dict.fromkeys(("segment", "old_n", "new_n"), "int64"))


def _verdict(findings: pd.DataFrame) -> Verdict:
    kinds = set(findings["kind"])
    if kinds & {"new group", "split", "structure"}:
        return "segment again"
    return "update the cards" if kinds else "keep"
