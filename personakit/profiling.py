"""Step 07, profiling: what sets each segment apart from everyone else, with effect, interval and adjusted p-value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from personakit.evidence import CERTAIN_GRADES, SMALL_BASE, Figure, Statistic, Table, grade_of, sets_apart
from personakit.evidence_measures import measure_group
from personakit.features import Features, numeric
from personakit.handoffs import Parts
from personakit.privacy_cells import small_cells
from personakit.profiling_tests import compare_segments, related_to
from personakit.profiling_weights import WEIGHTED_COLUMNS, membership_weights, weighted_figure
from personakit.segmentation import Segmentation

_MEDIANS = {"amount", "count"}
NUMBER_COLUMNS = ["estimate", "ci_low", "ci_high", "n", "others", "others_n", "effect", "effect_low", "effect_high",
                  "effect_kind", "p_value"]  # fmt: skip
PROFILE_COLUMNS = [
    "key",
    "segment",
    "feature",
    "category",
    "statistic",
    *NUMBER_COLUMNS,
    "p_adjusted",
    "in_basis",
    "spread_low",
    "spread_high",
    "adjusted_residual",
    "marker",
    *WEIGHTED_COLUMNS,
    "grade",
]
#: A basis variable marks a segment when it is this far from everybody: in parts of the scale (shares and ratings), or in
#: relation to everybody (others).
MARKER_POINTS, MARKER_RELATION = 0.25, 0.50


@dataclass(frozen=True, eq=False, repr=False)
class SegmentProfiles:
    """
    Every segment described by every feature.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per segment, feature and (for choices) answer: ``key``, ``segment``, ``feature``, ``category``,
        ``statistic`` (mean, median or share), ``estimate`` with ``ci_low`` and ``ci_high`` (95 %), ``n`` (people),
        ``others`` and ``others_n`` (everyone else), ``effect`` with ``effect_low`` and ``effect_high``,
        ``effect_kind`` (hedges_g, cohens_h, rank_biserial), ``p_value``, ``p_adjusted`` (Benjamini-Hochberg over all
        tests; none for variables that made the segments, or that rest on the same columns), ``in_basis``, ``spread_low``
        and ``spread_high`` (quarters of the people in the segment; not for shares), ``adjusted_residual`` (shares:
        standardised distance of the count from what chance would give; beyond 2 it stands out), ``marker`` (basis only:
        differs from everybody by a quarter of the scale, or by half), ``weighted`` with ``weighted_low``,
        ``weighted_high`` and ``n_effective`` (the same statistic with survey weights, and with models corrected for
        uncertain membership; missing when everybody counts once), ``grade``. Cells of fewer than ``min_cell`` people are
        left out.
    tests : pandas.DataFrame
        One row per feature over all segments together, see :func:`personakit.profiling_tests.compare_segments`.
    dictionary : pandas.DataFrame
        One row per feature, as in Features.
    sizes : pandas.Series
        Customers in each segment.
    min_cell : int
        Smallest group shown.
    """

    table: pd.DataFrame
    dictionary: pd.DataFrame
    sizes: pd.Series
    min_cell: int
    tests: pd.DataFrame

    def figures(self) -> dict[str, Figure]:
        """Give every row as a piece of evidence, by its key."""
        return dict(self._figures)

    @cached_property
    def _figures(self) -> dict[str, Figure]:
        """Made once: pages ask for them for each card and each column."""
        return figures_of(self.table, self.dictionary, "features")

    def of(self, segment: int) -> pd.DataFrame:
        """Give the rows of one segment with labels and ``apart`` (worth a line on a card), the largest effects first."""
        rows = self.table[self.table["segment"] == segment]
        n_people = int(self.sizes.get(segment, 0))
        apart = rows["grade"].isin(CERTAIN_GRADES)
        if n_people < SMALL_BASE:
            figures = figures_of(rows, self.dictionary, "features")
            apart = rows["key"].map(lambda key: sets_apart(figures[key], n_people=n_people)).astype(bool)
        rows = rows.assign(apart=apart)
        rows = rows.join(self.dictionary[["label", "basis", "kind", "about", "unit", "phase", "columns"]], on="feature")
        return rows.sort_values("effect", key=lambda effect: -effect.abs(), kind="stable")

    def parts(self) -> Parts:
        """Split into what is written to files."""
        sizes = {str(segment): int(n) for segment, n in self.sizes.items()}
        about = {"sizes": sizes, "min_cell": self.min_cell}
        return {"": self.table, "dictionary": self.dictionary, "tests": self.tests, "sizes": about}

    @classmethod
    def from_parts(cls, parts: Parts) -> SegmentProfiles:
        """Put together what was read from files."""
        sizes = pd.Series({int(k): n for k, n in parts["sizes"]["sizes"].items()}, name="n")
        return cls(parts[""], parts["dictionary"], sizes, parts["sizes"]["min_cell"], parts["tests"])

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def profile_segments(features: Features, segmentation: Segmentation, *, min_cell: int = 5) -> SegmentProfiles:
    """
    Describe each segment on every feature, and compare it with everyone else.

    Variables that made the segments are described, but not tested: the segments were made to differ on them. The same
    holds for features that rest on the same source columns, such as a score of the same questions.

    Parameters
    ----------
    features : Features
        One row per customer.
    segmentation : Segmentation
        One segment per customer.
    min_cell : int
        Cells of fewer people are left out, and the next smallest where subtraction would reveal them.

    Returns
    -------
    SegmentProfiles
        One tidy table.

    References
    ----------
    Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B, 57, 289-300.
    Dolnicar, S., Grün, B., & Leisch, F. (2018). Market Segmentation Analysis. Springer. Section 8.1, marker variables.
    """
    labels, basis = segmentation.labels, segmentation.basis
    table = describe_segments(features, segmentation, min_cell=min_cell)
    tests = compare_segments(features.table.reindex(labels.index), features.dictionary, labels, basis=basis)
    return SegmentProfiles(table, features.dictionary, labels.value_counts().sort_index(), min_cell, tests)


def describe_segments(features: Features, segmentation: Segmentation, *, min_cell: int) -> pd.DataFrame:
    """Describe each segment as :func:`profile_segments` does, without the tests over all segments together."""
    labels = segmentation.labels
    own, weights = features.table.reindex(labels.index), membership_weights(features, segmentation)
    return describe(own, features.dictionary, labels, basis=segmentation.basis, min_cell=min_cell, weights=weights)


def describe(  # noqa: PLR0913  the table, the groups, and how they are shown
    table: pd.DataFrame,
    dictionary: pd.DataFrame,
    labels: pd.Series,
    *,
    basis: list[str],
    min_cell: int,
    prefix: str = "features",
    weights: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Measure every column of a table in every segment.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per customer, same index as ``labels``.
    dictionary : pandas.DataFrame
        One row per column with its ``kind``.
    labels : pandas.Series
        Segment of each customer.
    basis : list of str
        Columns that made the segments; they get no p-value.
    min_cell : int
        Smallest group shown.
    prefix : str
        First part of the keys.
    weights : pandas.DataFrame, optional
        Weight of each customer (rows) in each segment (columns).

    Returns
    -------
    pandas.DataFrame
        The table of :class:`SegmentProfiles`.
    """
    rows: list[dict[str, Any]] = []
    untested = related_to(basis, dictionary)
    masks = {int(segment): (labels == segment).to_numpy() for segment in sorted(labels.unique())}
    for name in table.columns:
        kind = str(dictionary.at[name, "kind"])
        for category, values, statistic in _measures(table[name], kind):
            for segment, inside in masks.items():
                found = measure_group(values, inside, statistic, test=name not in untested)
                if found is None:
                    continue
                key = "|".join([prefix, name, category, str(segment)])
                span = _span(values, kind) if name in basis else None
                counted = {} if weights is None else weighted_figure(values, weights[segment].to_numpy(), statistic)
                rows.append({"key": key, "segment": segment, "feature": name, "category": category, "statistic": statistic,
                             "in_basis": name in basis, **found, **_spread(values[inside], statistic), **counted,
                             **_standing(values, found, statistic, span=span)})  # fmt: skip
    profile = pd.DataFrame(rows, columns=[c for c in PROFILE_COLUMNS if c not in {"p_adjusted", "grade"}])
    profile = profile[~_too_small(profile, min_cell)].reset_index(drop=True)
    profile["p_adjusted"] = _adjusted(profile["p_value"])
    graded = figures_of(profile, dictionary, "features")
    profile["grade"] = [grade_of([graded[key]]) for key in profile["key"]]
    return profile[PROFILE_COLUMNS]


def _spread(values: np.ndarray, statistic: Statistic) -> dict[str, float]:
    """Quarters of the people in a segment, beside the mean."""
    if statistic == "share":
        return {}
    low, high = np.nanquantile(values, [0.25, 0.75])
    return {"spread_low": float(low), "spread_high": float(high)}


def _span(values: np.ndarray, kind: str) -> float:
    """Length of the scale: 1 for shares, the steps used of a rating, none for others."""
    if kind in {"binary", "nominal", "share"}:
        return 1.0
    return float(np.nanmax(values) - np.nanmin(values)) if kind == "ordinal" else np.inf


def _standing(values: np.ndarray, found: dict[str, Any], statistic: Statistic, *, span: float | None) -> dict[str, Any]:
    """How far a segment stands from everybody: residual of a share, and whether a basis variable marks the segment."""
    known = values[~np.isnan(values)]
    n, inside = len(known), found["n"]
    overall = float(np.median(known) if statistic == "median" else known.mean())
    standing: dict[str, Any] = {"marker": False}
    if statistic == "share" and inside < n and 0 < overall < 1:
        error = np.sqrt(overall * (1 - overall) * (1 / inside - 1 / n))
        standing["adjusted_residual"] = float((found["estimate"] - overall) / error)
    if span is not None:
        away = abs(found["estimate"] - overall)
        standing["marker"] = bool(away >= MARKER_POINTS * span or (overall != 0 and away >= MARKER_RELATION * abs(overall)))
    return standing


def _measures(column: pd.Series, kind: str) -> list[tuple[str, np.ndarray, Statistic]]:
    """Say how a column is counted: category, values and statistic."""
    if kind == "nominal":
        known = column.notna()
        categories = sorted(column.dropna().unique())
        return [(str(c), np.where(known, (column == c).to_numpy(dtype=float, na_value=0.0), np.nan), "share") for c in categories]
    if kind == "binary":
        return [("", numeric(column), "share")]
    return [("", numeric(column), "median" if kind in _MEDIANS else "mean")]


def _too_small(profile: pd.DataFrame, min_cell: int) -> pd.Series:
    """Mark figures that rest on too few people, and those from which they could be worked out by subtraction."""
    hidden = pd.Series(False, index=profile.index)
    if min_cell <= 1:  # nobody is too few
        return hidden
    for (_, statistic), own in profile.groupby(["feature", "statistic"], sort=False):
        if statistic != "share":  # everybody's mean follows from a segment and the others beside it: bases are cells too
            hidden[own.index] = small_cells(own["n"], min_cell=min_cell)
            continue
        counted = own.assign(people=(own["estimate"] * own["n"]).round())
        people = counted.set_index(["category", "segment"])["people"].unstack()  # noqa: PD010  one figure per cell, much quicker
        bases = own.groupby("segment")["n"].max()
        yes_or_no = list(people.index) == [""]
        table = pd.DataFrame({"yes": people.loc[""], "no": bases - people.loc[""]}).T if yes_or_no else people
        few = pd.DataFrame(np.tile(bases.to_numpy() < min_cell, (len(table), 1)), index=table.index, columns=bases.index)
        marks = _hidden_answers(table, few, min_cell)
        # a yes tells the no, so that one row of the profile stands for both
        hidden[own.index] = [bool(marks[row.segment].any() if yes_or_no else marks.at[row.category, row.segment])
                             for row in own.itertuples()]  # fmt: skip
    return hidden


def _hidden_answers(table: pd.DataFrame, few: pd.DataFrame, min_cell: int) -> pd.DataFrame:
    """Hidden cells of answers by segments; with one segment there are no totals over segments."""
    if table.shape[1] > 1:
        return small_cells(table, min_cell=min_cell, hide=few)
    return small_cells(table.iloc[:, 0], min_cell=min_cell).to_frame(table.columns[0]) | few


def _adjusted(p_values: pd.Series) -> pd.Series:
    from statsmodels.stats.multitest import multipletests

    known = p_values.astype(float).dropna()
    adjusted = multipletests(known, method="fdr_bh")[1] if len(known) else []
    return pd.Series(adjusted, index=known.index, dtype=float).reindex(p_values.index)


def figures_of(profile: pd.DataFrame, dictionary: pd.DataFrame, table: Table) -> dict[str, Figure]:
    """
    Turn rows of a profile into pieces of evidence.

    Returns
    -------
    dict of str to Figure
        By key.
    """
    figures: dict[str, Figure] = {}
    entries = dictionary[["message", "value", "unit", "columns"]].to_dict("index")
    for row in profile.to_dict("records"):
        entry = entries[row["feature"]]
        numbers = {c: _none_if_missing(row.get(c)) for c in [*NUMBER_COLUMNS, "spread_low", "spread_high", "p_adjusted"]}
        figures[row["key"]] = Figure(
            key=row["key"], table=table, column=row["feature"],
            category=row["category"], label=entry["message"],
            label_value=entry["value"], unit=entry["unit"], sources=str(entry["columns"]).split(", "),
            segment=row["segment"], statistic=row["statistic"], **numbers,
        )  # fmt: skip
    return figures


def _none_if_missing(value: Any) -> Any:
    return None if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NA else value
