"""Step 06, stability: whether other customers from the same market would give the same segments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Starts inside the bootstrap; one start makes stable segments look unstable.
STARTS = 20
_MOST_CELLS = 6_000_000


@dataclass(frozen=True, eq=False, repr=False)
class Stability:
    """
    How well one number of segments is reproduced.

    Attributes
    ----------
    n_segments : int
        The number of segments.
    rand_index : numpy.ndarray
        Adjusted Rand index of each pair of bootstrap samples; 1 is the same segments, 0 is chance.
    null_rand_index : numpy.ndarray
        The same on data whose columns were shuffled, so that nothing holds them together.
    fit_gain : float
        How much more of the spread the segments explain than in shuffled data (difference of the logarithms of the
        within-segment sums of squares).
    """

    n_segments: int
    rand_index: np.ndarray
    null_rand_index: np.ndarray
    fit_gain: float


def assess_stability(
    points: np.ndarray, n_segments: int, *, n_pairs: int = 20, n_shuffles: int = 5, random_state: int = 1
) -> Stability:
    """
    Cluster pairs of bootstrap samples, label the whole data by both, and compare the labels.

    Parameters
    ----------
    points : numpy.ndarray, shape (customers, variables)
        Scaled basis variables without missing values.
    n_segments : int
        Number of segments to try.
    n_pairs : int
        Pairs of bootstrap samples.
    n_shuffles : int
        Shuffled copies of the data for the null; the pairs are spread over them.
    random_state : int
        Seed.

    Returns
    -------
    Stability
        The indices of all pairs, and of the null.

    References
    ----------
    Dolnicar, S., & Leisch, F. (2010). Evaluation of structure and reproducibility of cluster solutions using the
    bootstrap. Marketing Letters, 21, 83-101.
    Hubert, L., & Arabie, P. (1985). Comparing partitions. Journal of Classification, 2, 193-218.
    """
    rng = np.random.default_rng([random_state, n_segments])
    ordered = points[np.lexsort(points.T[::-1])]
    found = _pairs(ordered, n_segments, n_pairs, rng)
    spread = _within(ordered, n_segments, rng)
    null, null_spread = [], []
    for _ in range(n_shuffles):
        shuffled = np.column_stack([rng.permutation(column) for column in ordered.T])
        null.append(_pairs(shuffled, n_segments, max(n_pairs // n_shuffles, 1), rng))
        null_spread.append(_within(shuffled, n_segments, rng))
    gain = float(np.mean(np.log(null_spread)) - np.log(spread)) if spread > 0 else 0.0
    return Stability(n_segments, found, np.concatenate(null), gain)


def _pairs(points: np.ndarray, n_segments: int, n_pairs: int, rng: np.random.Generator) -> np.ndarray:
    unique, counts = np.unique(points, axis=0, return_counts=True)
    n = len(points)
    draws = rng.multinomial(n, counts / n, size=2 * n_pairs).astype(float)
    centres, _ = fit_many(unique, draws, n_segments, starts=STARTS, rng=rng)
    labels = np.array([nearest(unique, own) for own in centres])
    return np.array([adjusted_rand_index(labels[2 * i], labels[2 * i + 1], counts) for i in range(n_pairs)])


def _within(points: np.ndarray, n_segments: int, rng: np.random.Generator) -> float:
    unique, counts = np.unique(points, axis=0, return_counts=True)
    _, spread = fit_many(unique, counts[None, :].astype(float), n_segments, starts=STARTS, rng=rng)
    return float(spread[0])


def nearest(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Number the nearest centre of each point; the first one where two are equally near."""
    return np.argmin((centres**2).sum(axis=1) - 2 * points @ centres.T, axis=1)


def fit_many(
    points: np.ndarray,
    weights: np.ndarray,
    n_segments: int,
    *,
    starts: int,
    rng: np.random.Generator,
    n_steps: int = 50,
) -> tuple[np.ndarray, np.ndarray]:
    """
    Fit k-means to many weightings of the same points at once.

    Distances of all fits come from one matrix product, so that many small fits cost little more than one large one.

    Parameters
    ----------
    points : numpy.ndarray, shape (points, variables)
        Different points.
    weights : numpy.ndarray, shape (fits, points)
        How often each point counts in each fit.
    n_segments : int
        Segments per fit.
    starts : int
        Random starts per fit; the best is kept.
    rng : numpy.random.Generator
        Source of chance.
    n_steps : int
        Most steps of Lloyd's algorithm.

    Returns
    -------
    centres : numpy.ndarray, shape (fits, n_segments, variables)
        The best centres of each fit.
    within : numpy.ndarray, shape (fits,)
        Their weighted sums of squares within segments.
    """
    per_fit = max(len(points) * n_segments * starts, 1)
    chunk = max(_MOST_CELLS // per_fit, 1)
    best = [_fit_chunk(points, weights[i : i + chunk], n_segments, starts, rng, n_steps) for i in range(0, len(weights), chunk)]
    return np.concatenate([centres for centres, _ in best]), np.concatenate([within for _, within in best])


def _fit_chunk(
    points: np.ndarray, weights: np.ndarray, k: int, starts: int, rng: np.random.Generator, n_steps: int
) -> tuple[np.ndarray, np.ndarray]:
    n, d = points.shape
    fits = len(weights) * starts
    own = np.repeat(np.arange(len(weights)), starts)
    # weighted draw without repeats: the k largest of log(u)/w (Efraimidis and Spirakis)
    with np.errstate(divide="ignore"):
        keys = np.log(rng.random((fits, n))) / weights[own]
    chosen = np.argpartition(-keys, min(k, n - 1), axis=1)[:, :k]
    centres = points[chosen]
    squares = (points**2).sum(axis=1)
    active = np.arange(fits)
    for _ in range(n_steps):
        labels = _lowest(_scores(points, centres[active]))
        new = _means(points, weights[own[active]], labels, centres[active])
        moved = np.abs(new - centres[active]).max(axis=(1, 2)) > 1e-9
        centres[active] = new
        active = active[moved]
        if not len(active):
            break
    within = np.empty(fits)
    for block in np.array_split(np.arange(fits), max(fits * n * k // _MOST_CELLS, 1)):
        nearest_score = _scores(points, centres[block]).min(axis=1)
        within[block] = ((squares + nearest_score) * weights[own[block]]).sum(axis=1)
    winners = np.array([i * starts + np.argmin(within[i * starts : (i + 1) * starts]) for i in range(len(weights))])
    return centres[winners].reshape(len(weights), k, d), within[winners]


def _scores(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Squared distances less the points' own squares, shape (fits, segments, points)."""
    fits, k, d = centres.shape
    cross = centres.reshape(fits * k, d) @ points.T
    cross *= -2
    cross += (centres**2).sum(axis=2).reshape(fits * k, 1)
    return cross.reshape(fits, k, len(points))


def _lowest(scores: np.ndarray) -> np.ndarray:
    """Number the segment with the lowest score, the first of equals; a loop over few segments beats argmin."""
    best, labels = scores[:, 0].copy(), np.zeros((len(scores), scores.shape[2]), dtype=np.int64)
    for segment in range(1, scores.shape[1]):
        lower = scores[:, segment] < best
        labels[lower] = segment
        np.minimum(best, scores[:, segment], out=best)
    return labels


def _means(points: np.ndarray, weights: np.ndarray, labels: np.ndarray, old: np.ndarray) -> np.ndarray:
    """Weighted means of the points under each label; a segment without points keeps its centre."""
    fits, k, d = old.shape
    members = (labels[:, None, :] == np.arange(k)[None, :, None]) * weights[:, None, :]
    flat = members.reshape(fits * k, len(points))
    totals = flat.sum(axis=1)
    sums = flat @ points
    means = np.where(totals[:, None] > 0, sums / np.maximum(totals, 1e-300)[:, None], old.reshape(fits * k, d))
    return means.reshape(fits, k, d)


def adjusted_rand_index(first: np.ndarray, second: np.ndarray, weights: np.ndarray | None = None) -> float:
    """
    Agreement of two labelings of the same points, corrected for chance (Hubert and Arabie 1985).

    Examples
    --------
    >>> adjusted_rand_index(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0]))
    1.0
    """
    weights = np.ones(len(first)) if weights is None else weights.astype(float)
    k, m = int(first.max()) + 1, int(second.max()) + 1
    table = np.bincount(first * m + second, weights=weights, minlength=k * m).reshape(k, m)
    cells, rows, columns = (float((c * (c - 1) / 2).sum()) for c in (table, table.sum(axis=1), table.sum(axis=0)))
    n = float(weights.sum())
    expected = rows * columns / (n * (n - 1) / 2)
    largest = (rows + columns) / 2
    return 1.0 if largest == expected else (cells - expected) / (largest - expected)
