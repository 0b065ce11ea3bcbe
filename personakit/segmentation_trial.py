"""Step 06, a quick look at other segments: another number, or other variables, beside the segments that are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from personakit.errors import DataError
from personakit.features import Features
from personakit.segmentation import segment_customers
from personakit.segmentation_rule import RuleColumn, scaled
from personakit.segmentation_solutions import prepare_basis, table_and_dictionary
from personakit.segmentation_stability import STABLE
from personakit.segmentation_verdict import REPRODUCIBLE_RAND
from personakit.stability import adjusted_rand_index, assess_stability

_LOOK_AT, _PAIRS = 2_000, 10


@dataclass(frozen=True, eq=False, repr=False)
class SegmentTrial:
    """
    What another choice of segments would look like.

    Attributes
    ----------
    n_segments : int
        Number of segments.
    basis : list of str
        Variables that make them.
    sizes : pandas.DataFrame
        One row per segment: ``segment`` (1 is the largest), ``customers``, ``share``, ``jaccard`` (median over bootstrap
        samples; from 0.75 on the segment counts as stable).
    rand_index, rand_index_low : float
        Median and lower quartile of the adjusted Rand index of pairs of bootstrap samples: 1 is the same segments every time, 0
        is chance.
    profile : pandas.DataFrame
        One row per variable of the basis (for words, per answer), one column per segment: mean of the segment less that of all
        customers, in standard deviations; missing for segments of too few customers.
    agreement : float or None
        Adjusted Rand index with the segments it was compared with.
    says : str
        The same in plain words.
    """

    n_segments: int
    basis: list[str]
    sizes: pd.DataFrame
    rand_index: float
    rand_index_low: float
    profile: pd.DataFrame
    agreement: float | None
    says: str

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def try_segments(
    table: pd.DataFrame | Features, *, basis: Sequence[str], n_segments: int, compared_with: pd.Series | None = None,
    random_state: int = 1, min_cell: int = 5,
) -> SegmentTrial:  # fmt: skip
    """
    Make segments by k-means and look at them quickly: how large, how steady, how different.

    It is a look, not a verdict: the stability rests on ten pairs of samples of at most 2,000 customers, and only k-means is
    used. :func:`personakit.segmentation_panel.compare_solutions` gives the verdict.

    Parameters
    ----------
    table : pandas.DataFrame or Features
        One row per customer.
    basis : sequence of str
        Variables that make the segments.
    n_segments : int
        Number of segments, 2 or more.
    compared_with : pandas.Series, optional
        Segment of each customer in the segments that are there, by ``customer_id``.
    random_state : int
        Seed.
    min_cell : int
        Of segments with fewer customers no profile is shown.

    Returns
    -------
    SegmentTrial
        Sizes, stability, profile, and agreement with the segments that are there.

    Raises
    ------
    DataError
        If a variable is not in the table, none is named, or there are too few different customers for so many segments.

    References
    ----------
    Dolnicar, S., & Leisch, F. (2017). Using segment level stability to select target segments in data-driven market
    segmentation studies. Marketing Letters, 28, 423-436.
    """
    names = list(basis)
    if not names:
        raise DataError(["basis: nothing is chosen; choose at least one variable"])
    if n_segments < 2:
        raise DataError([f"n_segments: found {n_segments}; a look needs two segments or more"])
    made = segment_customers(table, basis=names, n_segments=n_segments, family="kmeans", random_state=random_state)
    frame, dictionary = table_and_dictionary(table)
    own = prepare_basis(frame, names, dictionary, as_categories=False, at_most=_LOOK_AT, n_pairs=_PAIRS,
                        random_state=random_state)  # fmt: skip
    reference = made.labels.reindex(frame.index[own.rows]).to_numpy(dtype=np.int64) - 1
    found = assess_stability(own.points, n_segments, reference=reference, n_pairs=_PAIRS, n_shuffles=0, random_state=random_state)
    counts = made.labels.value_counts().reindex(made.segments, fill_value=0)
    steady = np.full(n_segments, np.nan)
    steady[: found.jaccard.shape[1]] = np.median(found.jaccard, axis=0)
    sizes = pd.DataFrame({"segment": made.segments, "customers": counts.to_numpy(dtype=int),
                          "share": counts.to_numpy() / len(made.labels), "jaccard": steady})  # fmt: skip
    agreement = None
    if compared_with is not None:
        both = made.labels.index.intersection(compared_with.dropna().index)
        agreement = adjusted_rand_index(made.labels[both].to_numpy(dtype=np.int64), compared_with[both].to_numpy(dtype=np.int64))
    profile = _profile(table, frame, made.rule, made.labels)
    profile.loc[:, [segment for segment in profile.columns if counts[segment] < min_cell]] = np.nan
    middle, low = float(np.median(found.rand_index)), float(np.quantile(found.rand_index, 0.25))
    says = _said(names, sizes, middle, agreement)
    return SegmentTrial(n_segments, names, sizes, middle, low, profile, agreement, says)


def _profile(table: pd.DataFrame | Features, frame: pd.DataFrame, rule: Sequence[RuleColumn], labels: pd.Series) -> pd.DataFrame:
    """Means of the segments less those of everybody, in standard deviations, one row per column of the rule."""
    points, _ = scaled(frame.loc[labels.index], list(rule))
    spread = points.std(axis=0)
    apart = (points - points.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    wording = table.dictionary["label"] if isinstance(table, Features) else pd.Series(dtype="str")
    names = [f"{wording.get(column.name, column.name)}{': ' + column.category if column.category else ''}" for column in rule]
    means = pd.DataFrame(apart, index=labels.index).groupby(labels.to_numpy(dtype=int)).mean().T
    return means.set_axis(names, axis=0).rename_axis(columns="segment")


def _said(basis: list[str], sizes: pd.DataFrame, rand_index: float, agreement: float | None) -> str:
    variables = "one variable" if len(basis) == 1 else f"{len(basis)} variables"
    said = f"{len(sizes)} segments by k-means from {variables}. With other customers they come back with {rand_index:.2f} "
    said += "(1 is always, 0 is chance)."
    shaky = sizes.loc[sizes["jaccard"] < STABLE, "segment"].astype(str).tolist()
    if shaky:
        said += f" Not steady: segment{'s' if len(shaky) > 1 else ''} {', '.join(shaky)}."
    else:
        said += " Each segment comes back." if rand_index >= REPRODUCIBLE_RAND else " Together they come back only in part."
    if agreement is not None:
        said += f" Agreement with the present segments: {agreement:.2f} (1 is the same)."
    return said
