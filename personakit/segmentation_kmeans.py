"""Step 06, k-means: the fit that is reported, and thousands of fits at once for the bootstrap."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from personakit.processes import one_thread, threads

#: Starts of each fit inside the bootstrap; one start makes stable segments look unstable.
BOOTSTRAP_STARTS = 20
_CACHE_CELLS = 250_000
_MOST_CELLS, _WORTH_THREADS = 8_000_000, 50_000_000
_SCREENED_FROM, _SCREEN_ON, _KEPT_STARTS = 20_000, 10_000, 4
_START_STEPS, _FINAL_STEPS = 30, 200
_START_TOLERANCE, _FINAL_TOLERANCE = 1e-4, 1e-9


def nearest(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Number the nearest centre of each point; the first one where two are equally near."""
    labels = np.empty(len(points), dtype=np.int64)
    squares = (centres**2).sum(axis=1)
    step = max(_MOST_CELLS // len(centres), 1)
    for i in range(0, len(points), step):
        labels[i : i + step] = np.argmin(squares - 2 * points[i : i + step] @ centres.T, axis=1)
    return labels


def within_ss(points: np.ndarray, centres: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Add up the squared distances of all points to their nearest centre."""
    total = 0.0
    for i in range(0, len(points), _CACHE_CELLS):
        block = points[i : i + _CACHE_CELLS]
        squares = ((block - centres[nearest(block, centres)]) ** 2).sum(axis=1)
        total += float(squares.sum() if weights is None else squares @ weights[i : i + _CACHE_CELLS])
    return total


def collapse(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Put equal points together, in a fixed order.

    Returns
    -------
    unique : numpy.ndarray, shape (different points, variables)
        The different points, sorted by their first variable, then the second, and so on.
    place : numpy.ndarray of int, shape (points,)
        Where each point stands in ``unique``.
    counts : numpy.ndarray of int, shape (different points,)
        How often each occurs.

    Examples
    --------
    >>> collapse(np.array([[2.0], [1.0], [2.0]]))[2].tolist()
    [1, 2]
    """
    order = np.lexsort(points.T[::-1])
    ordered = points[order]
    new = np.concatenate([[True], (ordered[1:] != ordered[:-1]).any(axis=1)])
    place = np.empty(len(points), dtype=np.int64)
    place[order] = np.cumsum(new) - 1
    return ordered[new], place, np.diff(np.append(np.flatnonzero(new), len(points)))


def fit_many(
    points: np.ndarray, weights: np.ndarray, n_segments: int, *, starts: int = BOOTSTRAP_STARTS, random_state: int | list[int] = 1
) -> tuple[np.ndarray, np.ndarray]:
    """
    Fit k-means to many weightings of the same points at once.

    A bootstrap sample is a weighting: how often each point was drawn. Distances of all fits and starts come from one
    matrix product over a block that stays in the processor's cache. Every fit has its own starts by greedy k-means++;
    the best start goes on until nothing moves. Beyond 20,000 points the starts run on a sample of 10,000 of them, and
    the best four go on with all points.

    Parameters
    ----------
    points : numpy.ndarray, shape (points, variables)
        Different points; see :func:`collapse`.
    weights : numpy.ndarray, shape (fits, points)
        How often each point counts in each fit.
    n_segments : int
        Segments per fit.
    starts : int
        Starts per fit.
    random_state : int or list of int
        Seed. The result does not depend on the number of processors.

    Returns
    -------
    centres : numpy.ndarray, shape (fits, n_segments, variables)
        The best centres of each fit.
    within : numpy.ndarray, shape (fits,)
        Their weighted sums of squared distances within segments.

    References
    ----------
    Arthur, D., & Vassilvitskii, S. (2007). k-means++: the advantages of careful seeding. SODA, 1027-1035.
    Bradley, P. S., & Fayyad, U. M. (1998). Refining initial points for k-means clustering. ICML, 91-99.
    """
    middle = points.mean(axis=0)
    single = np.concatenate([points - middle, np.ones((len(points), 1))], axis=1).astype(np.float32)
    per = 1 if len(points) > _SCREENED_FROM else max(_CACHE_CELLS // max(len(points) * n_segments * starts, 1), 1)
    seed = np.atleast_1d(random_state).tolist()

    def fit(first: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng([*seed, first])
        return _fit_block(points, single, weights[first : first + per], (n_segments, starts), rng)

    # one thread per block: threads inside a matrix product would add in any order, and the last digits would differ
    small = len(points) * n_segments * starts * len(weights) < _WORTH_THREADS
    with one_thread(), ThreadPoolExecutor(1 if small else threads()) as pool:
        found = list(pool.map(fit, range(0, len(weights), per)))
    return np.concatenate([centres for centres, _ in found]), np.concatenate([within for _, within in found])


def _fit_block(
    points: np.ndarray, single: np.ndarray, weights: np.ndarray, size: tuple[int, int], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    n_segments, starts = size
    middle, tolerance = points.mean(axis=0), float(single[:, :-1].var(axis=0).mean())
    used = np.flatnonzero(weights.any(axis=0))
    if len(used) < len(points):
        points, single, weights = points[used], single[used], weights[:, used]
    light = weights.astype(np.float32)
    looked_at = np.arange(len(points))
    screened = len(points) > _SCREENED_FROM
    if screened:
        looked_at = np.sort(rng.choice(len(points), _SCREEN_ON, replace=False))
    centres, spread = _run_starts(single[looked_at], light[:, looked_at], n_segments, starts, _START_TOLERANCE * tolerance, rng)
    if screened:
        kept = centres[0, np.argsort(spread[0], kind="stable")[:_KEPT_STARTS]]
        own = np.zeros(len(kept), dtype=np.int64)
        kept = _lloyd(single, light, own, kept, 10 * _START_TOLERANCE * tolerance, _START_STEPS)
        best = kept[[int(np.argmin(_spread(single, light, own, kept)))]]
        best = _lloyd(single, light, own[:1], best, 0.01 * _START_TOLERANCE * tolerance, _FINAL_STEPS)
        final = best.astype(float) + middle
    else:
        best = centres[np.arange(len(weights)), spread.argmin(axis=1)].astype(float) + middle
        exact = np.concatenate([points, np.ones((len(points), 1))], axis=1)
        final = _lloyd(exact, weights.astype(float), np.arange(len(weights)), best, _FINAL_TOLERANCE * tolerance, _FINAL_STEPS)
    within = np.array([within_ss(points, own, w) for own, w in zip(final, weights, strict=True)])
    return final, within


def _run_starts(
    single: np.ndarray, weights: np.ndarray, n_segments: int, starts: int, tolerance: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Centres of every start, shape (fits, starts, segments, variables), and their spread."""
    own = np.repeat(np.arange(len(weights)), starts)
    centres = np.empty((len(own), n_segments, single.shape[1] - 1), dtype=np.float32)
    spread = np.empty(len(own))
    step = max(_CACHE_CELLS // max(len(single) * n_segments, 1), 1)
    for i in range(0, len(own), step):
        block = own[i : i + step]
        first = _spread_out(single, weights, block, n_segments, rng)
        centres[i : i + step] = _lloyd(single, weights, block, first, tolerance, _START_STEPS)
        spread[i : i + step] = _spread(single, weights, block, centres[i : i + step])
    return centres.reshape(len(weights), starts, *centres.shape[1:]), spread.reshape(len(weights), starts)


def _spread_out(
    single: np.ndarray, weights: np.ndarray, own: np.ndarray, n_segments: int, rng: np.random.Generator
) -> np.ndarray:
    """First centres far from each other (greedy k-means++: of a few candidates the one that leaves least)."""
    points, each = single[:, :-1], weights[own]
    squares = (points**2).sum(axis=1)
    trials = 2 + int(np.log(n_segments))
    draws = rng.random((n_segments, trials, len(own)), dtype=np.float32)
    centres = np.empty((len(own), n_segments, points.shape[1]), dtype=points.dtype)
    centres[:, 0] = points[_first_above(np.cumsum(each, axis=1), draws[0, 0])]
    # distances less the points' own squares: what differs between candidates needs no more
    left = _scores(single, centres[:, :1])[:, 0]
    for segment in range(1, n_segments):
        mass = np.cumsum(np.maximum(left + squares, 0) * each, axis=1)
        least = np.full(len(own), np.inf)
        for draw in draws[segment]:
            candidates = points[_first_above(mass, draw)]
            remaining = _scores(single, candidates[:, None])[:, 0]
            potential = np.einsum("fp,fp->f", np.minimum(remaining, left, out=remaining), each)
            better = potential < least
            least = np.where(better, potential, least)
            centres[better, segment] = candidates[better]
        if segment < n_segments - 1:
            left = np.minimum(left, _scores(single, centres[:, segment : segment + 1])[:, 0])
    return centres


def _first_above(mass: np.ndarray, draw: np.ndarray) -> np.ndarray:
    """Place drawn by its mass, from running totals."""
    return np.minimum((mass <= (draw * mass[:, -1])[:, None]).sum(axis=1), mass.shape[1] - 1)


def _lloyd(
    points: np.ndarray, weights: np.ndarray, own: np.ndarray, centres: np.ndarray, tolerance: float, n_steps: int
) -> np.ndarray:
    """
    Move the centres of many fits to the means of their points, until they rest.

    ``points`` have a last column of ones, so that one product gives sums and sizes. A segment without points keeps its
    centre. A point as near to two centres counts for the first in double precision, and for both in single precision,
    where only starts are compared.
    """
    centres = centres.copy()
    active = np.arange(len(centres))
    for _ in range(n_steps):
        old = centres[active]
        sums = _sums(points, weights, own[active], old)
        sizes = sums[:, :, -1:]
        new = np.where(sizes > 0, sums[:, :, :-1] / np.maximum(sizes, 1e-12), old)
        centres[active] = new
        active = active[((new - old) ** 2).sum(axis=(1, 2)) > tolerance]
        if not len(active):
            break
    return centres


def _sums(points: np.ndarray, weights: np.ndarray, own: np.ndarray, centres: np.ndarray) -> np.ndarray:
    fits, k, _ = centres.shape
    sums = np.zeros((fits * k, points.shape[1]))
    for places in _blocks(points, fits * k):
        block = points[places]
        scores = _scores(block, centres)
        lowest = scores == scores.min(axis=1)[:, None]
        if points.dtype == np.float64:
            lowest = scores.argmin(axis=1)[:, None, :] == np.arange(k)[None, :, None]
        np.multiply(lowest, weights[own, places][:, None], out=scores)
        sums += scores.reshape(fits * k, -1) @ block
    return sums.reshape(fits, k, -1)


def _scores(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Squared distances less the points' own squares, shape (fits, segments, points)."""
    fits, k, _ = centres.shape
    rows = np.concatenate([-2 * centres, (centres**2).sum(axis=2, keepdims=True)], axis=2).astype(points.dtype)
    return (rows.reshape(fits * k, -1) @ points.T).reshape(fits, k, len(points))


def _spread(points: np.ndarray, weights: np.ndarray, own: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Sum of squares within segments, less the part that all fits of one weighting share."""
    total = np.zeros(len(centres))
    for places in _blocks(points, centres.shape[0] * centres.shape[1]):
        total += (_scores(points[places], centres).min(axis=1) * weights[own, places]).sum(axis=1, dtype=float)
    return total


def _blocks(points: np.ndarray, n_centres: int) -> list[slice]:
    step = max(2 * _CACHE_CELLS // max(n_centres, 1), 1024)
    return [slice(i, i + step) for i in range(0, len(points), step)]
