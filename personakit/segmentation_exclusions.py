"""Step 06, do the segments hang on who was left out: the same segmentation with and without careless respondents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from personakit.features import Features
from personakit.segmentation import segment_customers
from personakit.stability import adjusted_rand_index

#: From this agreement on, two solutions are the same for practical purposes; below the lower one they are not.
SAME, DIFFERENT = 0.8, 0.6


@dataclass(frozen=True)
class ExclusionEffect:
    """
    What leaving out careless respondents does to the segments.

    Attributes
    ----------
    n_without, n_with : int
        Customers with a segment, without and with the careless respondents.
    rand_index : float
        Adjusted Rand index of the two solutions over the customers in both; 1 when they are the same.
    says : str
        The same in plain words.

    References
    ----------
    Hubert, L., & Arabie, P. (1985). Comparing partitions. Journal of Classification, 2, 193-218.
    """

    n_without: int
    n_with: int
    rand_index: float
    says: str


def exclusion_effect(
    features: Features,
    with_careless: Features,
    *,
    basis: list[str],
    n_segments: int,
    family: str = "kmeans",
    random_state: int = 1,
) -> ExclusionEffect:
    """
    Make the segments with and without the careless respondents, and compare them.

    Parameters
    ----------
    features : Features
        Without them: what the study goes on with.
    with_careless : Features
        With them.
    basis : list of str
        Variables that make the segments.
    n_segments : int
        How many.
    family : str
        Method, as in :func:`personakit.segmentation.segment_customers`.
    random_state : int
        Seed.

    Returns
    -------
    ExclusionEffect
        Agreement of the two solutions.

    Raises
    ------
    DataError
        If too few customers have values.
    """
    labels = [
        segment_customers(own, basis=basis, n_segments=n_segments, family=family, random_state=random_state).labels.dropna()
        for own in (features, with_careless)
    ]
    both = labels[0].index.intersection(labels[1].index)
    first, second = (one.reindex(both).to_numpy(dtype=int) for one in labels)
    index = adjusted_rand_index(first, second, np.ones(len(both)))
    left_out = len(labels[1]) - len(labels[0])
    verdict = (
        "the segments are the same" if index >= SAME
        else "the segments shift, but stay recognisable" if index >= DIFFERENT
        else "the segments are others; what careless answers do to them matters here"
    )  # fmt: skip
    says = f"With the {left_out:,} careless respondents {verdict} (adjusted Rand index {index:.2f})."
    if left_out <= 0:
        says = "Nobody who would have a segment was left out as careless."
    return ExclusionEffect(len(labels[0]), len(labels[1]), round(float(index), 9), says)
