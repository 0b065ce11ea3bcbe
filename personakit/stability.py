"""Step 06, stability: whether other customers from the same market would give the same segments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from personakit.segmentation_kmeans import collapse, fit_many, nearest

#: Labels of all points by the segments of each weighting: (points, weights, number, seed) -> (weightings, points).
LabelMany = Callable[[np.ndarray, np.ndarray, int, list[int]], np.ndarray]
PAIRS, SHUFFLES = 100, 5


def kmeans_labels(points: np.ndarray, weights: np.ndarray, n_segments: int, random_state: list[int]) -> np.ndarray:
    """Label all points by k-means segments of each weighting."""
    centres, _ = fit_many(points, weights, n_segments, random_state=random_state)
    return np.array([nearest(points, own) for own in centres])


@dataclass(frozen=True, eq=False, repr=False)
class Stability:
    """
    How well one number of segments is reproduced.

    Attributes
    ----------
    n_segments : int
        The number of segments.
    rand_index : numpy.ndarray, shape (pairs,)
        Adjusted Rand index of each pair of bootstrap samples; 1 is the same segments, 0 is chance.
    null_rand_index : numpy.ndarray
        The same on data whose variables were shuffled, so that nothing holds them together.
    jaccard : numpy.ndarray, shape (samples, segments)
        For each segment of the whole data the best Jaccard index with any segment of each bootstrap sample (segment
        level stability within solutions, SLSW); columns in the order of the reference labels. Without reference labels
        it has no columns.
    """

    n_segments: int
    rand_index: np.ndarray
    null_rand_index: np.ndarray
    jaccard: np.ndarray


def assess_stability(  # noqa: PLR0913  what is segmented, how, and how hard to look
    points: np.ndarray, n_segments: int, *, reference: np.ndarray | None = None, label_many: LabelMany = kmeans_labels,
    groups: Sequence[slice] | None = None, n_pairs: int = PAIRS, n_shuffles: int = SHUFFLES, random_state: int = 1,
) -> Stability:  # fmt: skip
    """
    Make segments from pairs of bootstrap samples, label the whole data by both, and compare the labels.

    Parameters
    ----------
    points : numpy.ndarray, shape (customers, columns)
        Scaled basis without missing values; one row per customer.
    n_segments : int
        Number of segments to try.
    reference : numpy.ndarray of int, shape (customers,), optional
        Segments of the whole data, counted from 0, whose own stability is wanted.
    label_many : callable
        How segments are made; k-means by default.
    groups : sequence of slice, optional
        Columns that belong to one variable, and are shuffled together; by default each column is a variable.
    n_pairs : int
        Pairs of bootstrap samples.
    n_shuffles : int
        Shuffled copies of the data; the pairs are spread over them. 0 leaves them out.
    random_state : int
        Seed.

    Returns
    -------
    Stability
        The indices of all pairs, and those of shuffled data.

    References
    ----------
    Dolnicar, S., & Leisch, F. (2010). Evaluation of structure and reproducibility of cluster solutions using the
    bootstrap. Marketing Letters, 21, 83-101.
    Dolnicar, S., & Leisch, F. (2017). Using segment level stability to select target segments in data-driven market
    segmentation studies. Marketing Letters, 28, 423-436.
    Hubert, L., & Arabie, P. (1985). Comparing partitions. Journal of Classification, 2, 193-218.

    Examples
    --------
    >>> two = np.repeat([[0.0, 0.0], [5.0, 5.0]], 40, axis=0) + np.random.default_rng(1).normal(size=(80, 2))
    >>> float(np.median(assess_stability(two, 2, n_pairs=10).rand_index))
    1.0
    """
    seed = [random_state, n_segments]
    unique, place, counts = collapse(points)
    labels = bootstrap_labels(unique, counts, n_segments, n_pairs, label_many=label_many, random_state=[*seed, 0])
    null = []
    for shuffle, shuffled in enumerate(shuffled_copies(unique, counts, groups, n_shuffles, random_state), start=1):
        own, _, repeats = collapse(shuffled)
        pairs = max(n_pairs // n_shuffles, 1)
        found = bootstrap_labels(own, repeats, n_segments, pairs, label_many=label_many, random_state=[*seed, shuffle])
        null.append(rand_indices(found, repeats))
    jaccard = np.empty((len(labels), 0))
    if reference is not None:
        first = np.zeros(len(unique), dtype=np.int64)
        first[place] = reference
        jaccard = segment_jaccard(first, labels, counts)
    return Stability(n_segments, rand_indices(labels, counts), np.concatenate(null) if null else np.empty(0), jaccard)


def bootstrap_labels(
    unique: np.ndarray, counts: np.ndarray, n_segments: int, n_pairs: int, *, label_many: LabelMany, random_state: list[int]
) -> np.ndarray:
    """Draw pairs of bootstrap samples and label all points by the segments of each, shape (2 * pairs, points)."""
    rng = np.random.default_rng(random_state)
    n = int(counts.sum())
    draws = np.empty((2 * n_pairs, len(unique)), dtype=np.float32)  # whole numbers, in half the memory
    for draw in draws:
        draw[:] = rng.multinomial(n, counts / n)
    return label_many(unique, draws, n_segments, random_state)


def shuffled_copies(
    unique: np.ndarray, counts: np.ndarray, groups: Sequence[slice] | None, n_shuffles: int, random_state: int
) -> list[np.ndarray]:
    """Shuffle every variable by itself, so that each keeps its distribution and nothing holds them together."""
    rng = np.random.default_rng([random_state, 77])
    points = np.repeat(unique, counts, axis=0)
    groups = groups or [slice(i, i + 1) for i in range(points.shape[1])]
    return [np.concatenate([points[rng.permutation(len(points)), own] for own in groups], axis=1) for _ in range(n_shuffles)]


def rand_indices(labels: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Adjusted Rand index of each pair: rows 0 and 1, rows 2 and 3, and so on."""
    return np.array([adjusted_rand_index(labels[i], labels[i + 1], counts) for i in range(0, len(labels), 2)])


def adjusted_rand_index(first: np.ndarray, second: np.ndarray, weights: np.ndarray | None = None) -> float:
    """
    Agreement of two labelings of the same points, corrected for chance (Hubert and Arabie 1985).

    Examples
    --------
    >>> adjusted_rand_index(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0]))
    1.0
    """
    table = _contingency(first, second, np.ones(len(first)) if weights is None else weights.astype(float))
    cells, rows, columns = (float((c * (c - 1) / 2).sum()) for c in (table, table.sum(axis=1), table.sum(axis=0)))
    n = float(table.sum())
    expected = rows * columns / (n * (n - 1) / 2)
    largest = (rows + columns) / 2
    return 1.0 if largest == expected else (cells - expected) / (largest - expected)


def _contingency(first: np.ndarray, second: np.ndarray, weights: np.ndarray) -> np.ndarray:
    k, m = int(first.max()) + 1, int(second.max()) + 1
    return np.bincount(first * m + second, weights=weights, minlength=k * m).reshape(k, m)


def segment_jaccard(reference: np.ndarray, labels: np.ndarray, counts: np.ndarray | None = None) -> np.ndarray:
    """
    Say how well each segment of one solution is found again in other solutions (SLSW).

    Parameters
    ----------
    reference : numpy.ndarray of int, shape (points,)
        Segments from 0 on.
    labels : numpy.ndarray of int, shape (solutions, points)
        Segments of the other solutions.
    counts : numpy.ndarray, shape (points,), optional
        How often each point occurs.

    Returns
    -------
    numpy.ndarray, shape (solutions, segments)
        The largest Jaccard index of the segment with any segment of the solution.

    References
    ----------
    Hennig, C. (2007). Cluster-wise assessment of cluster stability. Computational Statistics & Data Analysis, 52,
    258-271.

    Examples
    --------
    >>> segment_jaccard(np.array([0, 0, 1, 1]), np.array([[1, 1, 0, 0], [0, 0, 0, 1]])).round(2).tolist()
    [[1.0, 1.0], [0.67, 0.5]]
    """
    weights = np.ones(len(reference)) if counts is None else counts.astype(float)
    found = []
    for own in labels:
        shared = _contingency(reference, own, weights)
        both = shared.sum(axis=1, keepdims=True) + shared.sum(axis=0) - shared
        found.append((shared / np.where(both > 0, both, 1)).max(axis=1))
    return np.array(found)


def segment_lineage(chain: Sequence[np.ndarray], counts: np.ndarray | None = None) -> list[np.ndarray]:
    """
    Say how many parents each segment has when one more segment is made (SLSA).

    Parameters
    ----------
    chain : sequence of numpy.ndarray of int
        Segments of the same points for one number of segments after the other.
    counts : numpy.ndarray, shape (points,), optional
        How often each point occurs.

    Returns
    -------
    list of numpy.ndarray
        For each solution from the second on, the entropy of each of its segments over the segments of the solution
        before, divided by the logarithm of their number: 0 is one parent, 1 is all of them in equal parts.

    References
    ----------
    Dolnicar, S., & Leisch, F. (2017). Using segment level stability to select target segments in data-driven market
    segmentation studies. Marketing Letters, 28, 423-436.

    Examples
    --------
    >>> [own.tolist() for own in segment_lineage([np.array([0, 0, 1, 1]), np.array([0, 1, 2, 2])])]
    [[0.0, 0.0, 0.0]]
    """
    found = []
    for before, after in pairwise(chain):
        weights = np.ones(len(after)) if counts is None else counts.astype(float)
        table = _contingency(after, before, weights)
        shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1e-12)
        logs = np.log(np.where(shares > 0, shares, 1.0))
        found.append(np.abs((shares * logs).sum(axis=1)) / np.log(max(table.shape[1], 2)))
    return found


def prediction_strength(
    points: np.ndarray, n_segments: int, *, label_many: LabelMany = kmeans_labels, n_splits: int = 20, random_state: int = 1
) -> np.ndarray:
    """
    Make segments from one half of the customers, and see whether they hold together in the other half.

    Parameters
    ----------
    points : numpy.ndarray, shape (customers, columns)
        Scaled basis.
    n_segments : int
        Number of segments.
    label_many : callable
        How segments are made.
    n_splits : int
        Random halves; each half predicts the other.
    random_state : int
        Seed.

    Returns
    -------
    numpy.ndarray, shape (2 * splits,)
        For the worst segment of a half, the share of pairs of its customers that the other half's segments also keep
        together. 1 is perfect; from 0.8 on a number of segments counts as supported.

    References
    ----------
    Tibshirani, R., & Walther, G. (2005). Cluster validation by prediction strength. Journal of Computational and
    Graphical Statistics, 14, 511-528.
    """
    seed = [random_state, n_segments, 5]
    rng = np.random.default_rng(seed)
    unique, place, counts = collapse(points)
    ordered = np.sort(place)
    halves = []
    for _ in range(n_splits):
        chosen = rng.permutation(ordered)[: len(ordered) // 2]
        first = np.bincount(chosen, minlength=len(unique))
        halves += [first, counts - first]
    weights = np.array(halves, dtype=float)
    labels = label_many(unique, weights, n_segments, seed)
    found = []
    for i, own in enumerate(weights):
        other = i + 1 if i % 2 == 0 else i - 1
        table = _contingency(labels[i], labels[other], own)
        people = table.sum(axis=1)
        pairs = np.maximum(people * (people - 1), 1)
        found.append(float(np.min(np.where(people > 1, (table * (table - 1)).sum(axis=1) / pairs, 1.0))))
    return np.array(found)
