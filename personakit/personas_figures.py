"""Step 08, figures of whole segments: how large, how much they spend, how many lie on the border, how many have the traits."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from personakit.evidence import Claim, Figure
from personakit.evidence_measures import measure_group, wilson
from personakit.features import numeric
from personakit.segmentation import Segmentation

_Z = 1.959963984540054
#: A card's traits are counted together for at most so many, the largest effects first.
MOST_TRAITS = 10
#: The traits together are counted over people who said all of them; traits few people told are left out before that.
_LEAST_KNOWN = 0.5


def size_figures(segmentation: Segmentation, dictionary: pd.DataFrame) -> dict[int, Figure]:
    """
    Measure how large each segment is.

    Parameters
    ----------
    segmentation : Segmentation
        The segments.
    dictionary : pandas.DataFrame
        One row per feature, as in Features.

    Returns
    -------
    dict of int to Figure
        Share of the customers who have a segment, by segment. It rests on the variables that made the segments.
    """
    total = len(segmentation.labels)
    figures = {}
    for segment in segmentation.segments:
        n = int((segmentation.labels == segment).sum())
        low, high = wilson(n, total)
        figures[segment] = Figure(
            key=f"features|segment||{segment}", table="features", column="segment", label="Share of customers", unit="share",
            sources=_basis_columns(segmentation, dictionary), segment=segment, statistic="share", estimate=n / total,
            ci_low=low, ci_high=high, n=total,
        )  # fmt: skip
    return figures


def borderline_figures(segmentation: Segmentation, dictionary: pd.DataFrame) -> dict[int, Figure]:
    """Measure which share of each segment lies almost as near to another one; none with one segment."""
    found = {}
    if len(segmentation.segments) > 1:
        unsure = segmentation.borderline["segment"].value_counts()
        for segment in segmentation.segments:
            n, k = int((segmentation.labels == segment).sum()), int(unsure.get(segment, 0))
            if n:
                low, high = wilson(k, n)
                found[segment] = Figure(
                    key=f"features|borderline||{segment}", table="features", column="borderline", unit="share",
                    label="Could as well belong to another segment", sources=_basis_columns(segmentation, dictionary),
                    segment=segment, statistic="share", estimate=k / n, ci_low=low, ci_high=high, n=n,
                )  # fmt: skip
    return found


def without_segment_figure(segmentation: Segmentation, table: pd.DataFrame, dictionary: pd.DataFrame) -> Figure:
    """Count the customers who said too little on the basis to be placed."""
    return Figure(key="features|without_segment||0", table="features", column="without_segment", unit="", segment=0,
                  label="Customers without a segment", sources=_basis_columns(segmentation, dictionary), statistic="count",
                  estimate=float(len(table) - len(segmentation.labels)), n=len(table))  # fmt: skip


def _basis_columns(segmentation: Segmentation, dictionary: pd.DataFrame) -> list[str]:
    return sorted({column for name in segmentation.basis for column in str(dictionary.at[name, "columns"]).split(", ")})


def total_share_figures(table: pd.DataFrame, dictionary: pd.DataFrame, labels: pd.Series) -> dict[int, Figure]:
    """
    Measure which part of all spending each segment has.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per customer with the feature ``spend``; without it nothing comes out.
    dictionary : pandas.DataFrame
        One row per feature.
    labels : pandas.Series
        Segment of each customer.

    Returns
    -------
    dict of int to Figure
        By segment; the interval is that of a ratio of two sums over the same people (linearised).

    References
    ----------
    Cochran, W. G. (1977). Sampling Techniques, 3rd ed. Wiley. Section 6.4, variance of a ratio.
    """
    if "spend" not in table:
        return {}
    spent = np.nan_to_num(numeric(table["spend"].reindex(labels.index)))
    total, n = float(spent.sum()), len(spent)
    if total <= 0 or n < 2:
        return {}
    figures = {}
    for segment in sorted(int(s) for s in labels.unique()):
        inside = (labels == segment).to_numpy()
        part = float(spent[inside].sum()) / total
        error = _Z * float(np.sqrt(n * np.var(spent * (inside - part), ddof=1))) / total
        figures[segment] = Figure(
            key=f"features|spend|total|{segment}", table="features", column="spend", label="Share of all spending", unit="share",
            sources=str(dictionary.at["spend", "columns"]).split(", "), segment=segment, statistic="total_share", estimate=part,
            ci_low=max(part - error, 0.0), ci_high=min(part + error, 1.0), n=n,
        )  # fmt: skip
    return figures


def traits_of(claims: Iterable[Claim]) -> list[Figure]:
    """List the differences that a card shows, one per feature, the largest effects first; advice is no trait."""
    found: dict[tuple[str, str], Figure] = {}
    for line in (line for line in claims if line.place not in {"do", "avoid"}):
        for piece in line.evidence:
            if isinstance(piece, Figure) and line.asserts == "difference" and piece.effect and piece.statistic != "total_share":
                found.setdefault((piece.column, piece.category), piece)
    ranked = sorted(found.values(), key=lambda figure: (-abs(figure.effect or 0), figure.key))
    columns: set[str] = set()
    once = []
    for figure in ranked:
        if figure.column not in columns:
            columns.add(figure.column)
            once.append(figure)
    return once[:MOST_TRAITS]


def has_traits(table: pd.DataFrame, traits: list[Figure]) -> pd.DataFrame:
    """
    Tell who has which trait.

    A share of an answer: who gave it (or did not, where the segment gives it less). A mean or median: who lies on the
    segment's side of the middle between segment and everyone else.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per customer with the features.
    traits : list of Figure
        From :func:`traits_of`.

    Returns
    -------
    pandas.DataFrame
        One row per customer, a column per trait (its key): 1 has it, 0 has not, missing is not known.
    """
    columns = {}
    for figure in traits:
        values = table[figure.column]
        if figure.category:
            held = (values == figure.category).astype(float).where(values.notna()).to_numpy(dtype=float)
        else:
            held = numeric(values)
        middle = 0.5 if figure.statistic == "share" else (figure.estimate + (figure.others or 0.0)) / 2
        higher = (figure.effect or 0) > 0
        on_side = held > middle if higher else held < middle
        columns[figure.key] = np.where(np.isnan(held), np.nan, on_side)
    return pd.DataFrame(columns, index=table.index, dtype=float)


def traits_together(table: pd.DataFrame, labels: pd.Series, traits: list[Figure], segment: int, *, min_cell: int) -> list[Figure]:
    """
    Measure how many people have at least one, two, … of the traits of a card, in the segment and among everyone else.

    Counted are people of whom every trait is known; a trait that less than half of the segment told is left out. Steps
    that would show fewer than ``min_cell`` people, also by subtraction from another step, are left out; everyone else is
    left out of steps that would show too few of them.

    Returns
    -------
    list of Figure
        One per step shown, from fewest to most traits; ``category`` is ``k of m``.
    """
    held = has_traits(table.reindex(labels.index), traits)
    inside = (labels == segment).to_numpy()
    known = held[inside].notna().mean()
    held = held[[key for key in held.columns if known[key] >= _LEAST_KNOWN]]
    told = held.notna().all(axis=1).to_numpy()
    m = held.shape[1]
    if m < 2 or told[inside].sum() < min_cell:
        return []
    number = np.where(told, held.sum(axis=1).to_numpy(), np.nan)
    sources = sorted({c for figure in traits if figure.key in held.columns for c in figure.sources})
    found = []
    compared = _steps(number[~inside & told], m, min_cell)
    for k in _steps(number[inside & told], m, min_cell):
        at_least = np.where(np.isnan(number), np.nan, (number >= k).astype(float))
        if k not in compared:
            at_least[~inside] = np.nan
        measured = measure_group(at_least, inside, "share", test=False)
        if measured:
            found.append(Figure(key=f"features|traits|{k} of {m}|{segment}", table="features", column="traits",
                                category=f"{k} of {m}", label="Traits of the card together", unit="share", sources=sources,
                                segment=segment, statistic="share", **measured))  # fmt: skip
    return found


def _steps(number: np.ndarray, m: int, min_cell: int) -> list[int]:
    """Steps at which nobody or enough people join, so that no small group can be found by subtraction."""
    shown, above = [], 0
    for k in range(m, 0, -1):
        count = int((number >= k).sum())
        if all(part == 0 or part >= min_cell for part in (count - above, len(number) - count)):
            shown.append(k)
            above = count
    return sorted(shown)
