"""Step 11, the groups of another wave: do the same ones come back, has one fallen apart, is there a new one."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from personakit.drift_profiles import FALSE_ALARM
from personakit.segmentation_kmeans import collapse, nearest
from personakit.stability import LabelMany, adjusted_rand_index, kmeans_labels

#: The smallest new group, as a share of the wave.
LEAST_GROUP = 0.02
#: A segment has fallen apart when it has lost so much of its share to people who lie elsewhere now.
_FALLEN = 0.25
_STEPS, _MOST_POINTS, _MOST_REFITTED, _MOST_GROUPS = 12, 4_000, 2_000, 3


class Agreement(NamedTuple):
    """
    How far the segments that are made from the new wave agree with the old rule.

    Attributes
    ----------
    rand_index, band : float
        Adjusted Rand index, and what 99 of 100 pairs of waves from the old one reach.
    p_value : float
        How often waves from one population agree as little.
    jaccard, jaccard_band : numpy.ndarray, shape (segments,)
        The same for each segment and the one it is matched with.
    matched : numpy.ndarray of int, shape (segments,)
        The new segment, from 0 on, that each old one is matched with.
    refit : numpy.ndarray of int, shape (new people,)
        Segments made from the new wave, from 0 on.
    """

    rand_index: float
    band: float
    p_value: float
    jaccard: np.ndarray
    jaccard_band: np.ndarray
    matched: np.ndarray
    refit: np.ndarray


class FurtherGroup(NamedTuple):
    """
    People of the new wave who lie together where the old rule has no middle.

    Attributes
    ----------
    share : float
        Part of the new wave; for a split the part that lies there beyond those who did before.
    segment : int
        The segment from 0 on that has fallen apart, or to which the rule assigns most of a new group.
    joined : bool
        Whether they came in addition (a new group); otherwise a segment has fallen apart.
    gain, usual, band, p_value : float
        Part of the spread within the segments that one more middle explains; the mean of that, and what 99 of 100 samples do
        not exceed, in samples of this size from the old wave; and how often those show as much.
    before, members : numpy.ndarray of bool, shape (old people,) and (new people,)
        Who is nearer to their middle than to every segment, in the old wave and in the new one.
    """

    share: float
    segment: int
    joined: bool
    gain: float
    usual: float
    band: float
    p_value: float
    before: np.ndarray
    members: np.ndarray


def agreement(  # noqa: PLR0913  two waves, a rule, and how hard to look
    old: np.ndarray, new: np.ndarray, old_labels: np.ndarray, new_labels: np.ndarray, n_segments: int, *,
    label_many: LabelMany = kmeans_labels, n_refits: int, random_state: int, progress: Callable[[int, int], None] | None = None,
) -> Agreement:  # fmt: skip
    """
    Make the segments anew from the new wave and compare them with the old rule; pairs drawn from the old wave show what is usual.

    Parameters
    ----------
    old, new : numpy.ndarray, shape (people, columns)
        What the segments are made from, of both waves.
    old_labels, new_labels : numpy.ndarray of int
        Segments by the old rule, from 0 on.
    n_segments : int
        Number of segments.
    label_many : callable
        How segments are made, see :mod:`personakit.stability`.
    n_refits : int
        Pairs drawn from the old wave; beyond 2,000 people each wave is looked at by a random sample.
    random_state : int
        Seed.
    progress : callable, optional
        Called with steps done and steps in all.

    Returns
    -------
    Agreement
        With both sides of each pair made anew, since the old rule has an error of its own too.

    References
    ----------
    Hubert, L., & Arabie, P. (1985). Comparing partitions. Journal of Classification, 2, 193-218.
    Kuhn, H. W. (1955). The Hungarian method for the assignment problem. Naval Research Logistics Quarterly, 2, 83-97.
    """
    rng = np.random.default_rng([random_state, 11, 4])
    rows = [np.sort(rng.choice(len(points), _MOST_REFITTED, replace=False)) if len(points) > _MOST_REFITTED else
            np.arange(len(points)) for points in (old, new)]  # fmt: skip
    old, new, old_labels, labels = old[rows[0]], new[rows[1]], old_labels[rows[0]], new_labels[rows[1]]
    unique, place, counts = collapse(new)
    refit = label_many(unique, counts[None, :].astype(np.float32), n_segments, [random_state, 11])[0][place]
    found, matched, jaccard = _compare(labels, refit, n_segments)
    unique, place, counts = collapse(old)
    first = np.zeros(len(unique), dtype=np.int64)
    first[place] = old_labels
    chance = counts / counts.sum()
    usual, by_segment = np.empty(n_refits), np.empty((n_refits, n_segments))
    block = 10
    for start in range(0, n_refits, block):
        pairs = min(block, n_refits - start)
        drawn = np.concatenate([rng.multinomial(size, chance, pairs) for size in (len(old), len(new))]).astype(np.float32)
        made = label_many(unique, drawn, n_segments, [random_state, 12, start])
        for pair in range(pairs):
            one, other = made[pair], made[pairs + pair]
            usual[start + pair] = adjusted_rand_index(one, other, counts)
            order = _matching(first, one, n_segments, counts)
            by_segment[start + pair] = _compare(_renumbered(one, order), other, n_segments, counts)[2]
        if progress:
            progress(start + pairs, n_refits)
    refit_of_all = np.full(len(new_labels), -1)
    refit_of_all[rows[1]] = refit
    return Agreement(found, float(np.quantile(usual, FALSE_ALARM)), float(((usual <= found).sum() + 1) / (n_refits + 1)), jaccard,
                     np.quantile(by_segment, FALSE_ALARM, axis=0), matched, refit_of_all)  # fmt: skip


def _compare(
    first: np.ndarray, second: np.ndarray, n_segments: int, weights: np.ndarray | None = None
) -> tuple[float, np.ndarray, np.ndarray]:
    """Adjusted Rand index, the partner of each segment, and the Jaccard index with it."""
    table = _crossed(first, second, n_segments, weights)
    matched = linear_sum_assignment(-table)[1]
    shared = table[np.arange(n_segments), matched]
    either = table.sum(axis=1) + table.sum(axis=0)[matched] - shared
    return (adjusted_rand_index(first, second, weights), matched,
            np.divide(shared, either, out=np.zeros(n_segments), where=either > 0))  # fmt: skip


def _matching(first: np.ndarray, second: np.ndarray, n_segments: int, weights: np.ndarray) -> np.ndarray:
    return linear_sum_assignment(-_crossed(first, second, n_segments, weights))[1]


def _renumbered(labels: np.ndarray, matched: np.ndarray) -> np.ndarray:
    back = np.empty(len(matched), dtype=np.int64)
    back[matched] = np.arange(len(matched))
    return back[labels]


def _crossed(first: np.ndarray, second: np.ndarray, n_segments: int, weights: np.ndarray | None) -> np.ndarray:
    cells = np.bincount(first * n_segments + second, weights, minlength=n_segments**2)
    return cells.reshape(n_segments, n_segments).astype(float)


def further_groups(  # noqa: PLR0913  two waves, a rule, and how hard to look
    old: np.ndarray, new: np.ndarray, centres: np.ndarray, old_labels: np.ndarray, new_labels: np.ndarray, *,
    n_resamples: int, random_state: int,
) -> list[FurtherGroup]:  # fmt: skip
    """
    Look for people who lie together where the old rule has no middle: a new group, or the half of a segment that fell apart.

    Segments may move: what one more middle explains is measured around the middles that they have in each wave. A group that
    came in addition leaves the other people in the proportions of the old wave. When a segment fell apart, the other segments
    keep their shares, and what lies elsewhere now is missing there.

    Parameters
    ----------
    old, new : numpy.ndarray, shape (people, columns)
        The scaled basis of both waves.
    centres : numpy.ndarray, shape (segments, columns)
        Middles of the segments by the old rule.
    old_labels, new_labels : numpy.ndarray of int
        Segments by the old rule, from 0 on.
    n_resamples : int
        Samples drawn from the old wave, each with as many people of each segment as the new one has; beyond 4,000 people a
        random sample of the new wave is looked at.
    random_state : int
        Seed.

    Returns
    -------
    list of FurtherGroup
        At most three; empty when one more middle explains no more than in samples of the old wave.
    """
    rng = np.random.default_rng([random_state, 11, 5])
    some = min(len(new), _MOST_POINTS)
    rows = np.arange(len(new)) if some == len(new) else np.sort(rng.choice(len(new), some, replace=False))
    points, labels = new[rows], new_labels[rows]
    found: list[tuple[float, float, np.ndarray, np.ndarray]] = []
    usual = np.empty(n_resamples)
    by_segment = [np.flatnonzero(old_labels == segment) for segment in range(len(centres))]
    sizes_now = np.bincount(labels, minlength=len(centres))
    for number in range(n_resamples):  # with the sizes that the segments have now, so that another mix is no new group
        drawn = np.concatenate([own[rng.integers(0, len(own), size)]
                                for own, size in zip(by_segment, sizes_now, strict=True) if len(own)])  # fmt: skip
        usual[number] = _one_more(old[drawn], old_labels[drawn])[0]
    band = float(np.quantile(usual, 1 - FALSE_ALARM))
    while len(found) < _MOST_GROUPS:
        gain, candidates = _one_more(points, labels)
        p_value = float(((usual >= gain).sum() + 1) / (n_resamples + 1))
        if p_value > FALSE_ALARM:
            break
        taken = [[_taken(side, centres, centre) for side in (old, new)] for centre in candidates]
        excess = [members.mean() - before.mean() for before, members in taken]
        best = int(np.argmax(excess))  # of two halves, the one that lies where nobody lay
        if excess[best] < LEAST_GROUP:
            break
        before, members = taken[best]
        found.append((gain, p_value, before, members))
        left = ~_taken(points, centres, candidates[best])
        points, labels = points[left], labels[left]
    if not found:
        return []
    lie_apart = (np.any([before for *_, before, _ in found], axis=0), np.any([members for *_, members in found], axis=0))
    sizes = np.array([np.bincount(own[~apart], minlength=len(centres)) for own, apart in
                      zip((old_labels, new_labels), lie_apart, strict=True)], dtype=float)  # fmt: skip
    fallen = _fallen_apart(sizes, len(old), len(new))
    groups = []
    for gain, p_value, before, members in found:
        if fallen is None:
            share = 1 - (1 - members.mean()) / (1 - before.mean())
            segment = int((np.bincount(new_labels[members], minlength=len(centres)) / len(new)
                           - np.bincount(old_labels[before], minlength=len(centres)) / len(old)).argmax())  # fmt: skip
        else:
            share, segment = members.mean() - before.mean(), fallen
        groups.append(
            FurtherGroup(float(share), segment, fallen is None, gain, float(usual.mean()), band, p_value, before, members)
        )
    return groups


def _fallen_apart(sizes: np.ndarray, old_n: int, new_n: int) -> int | None:
    """Name the segment that lost the people who lie elsewhere now; None when all segments make room alike."""
    before, after = sizes / np.array([[old_n], [new_n]])
    error = (before + after) * (1 / old_n + 1 / new_n) / 2 + 1e-12
    alike = before * after.sum() / before.sum()
    joined = float((((after - alike) ** 2) / error).sum())
    kept = (after - before) ** 2 / error
    split = kept.sum() - kept
    best = int(np.argmin(split))
    return best if split[best] < joined and after[best] < alike[best] * (1 - _FALLEN) else None


def _one_more(points: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """Part of the spread around the segments' own middles that one more middle explains at best; it, and the other half's."""
    own = np.zeros(points.shape[0])
    starts = []
    for segment in np.unique(labels):
        here = labels == segment
        own[here] = ((points[here] - points[here].mean(axis=0)) ** 2).sum(axis=1)
        starts.append(halves(points[here])[1])
    centres = np.concatenate(starts)
    squares = (points**2).sum(axis=1)
    best, places = -1.0, centres[:2]
    for _ in range(_STEPS):
        nearer = np.maximum(own[:, None] - (squares[:, None] - 2 * points @ centres.T + (centres**2).sum(axis=1)), 0.0)
        gains = nearer.sum(axis=0)
        top = int(gains.argmax())
        if gains[top] <= best * (1 + 1e-6):
            break
        best, places = float(gains[top]), centres[[top, top ^ 1]]
        taken = (nearer > 0).astype(float)
        n = taken.sum(axis=0)
        centres = np.where(n[:, None] > 0, taken.T @ points / np.maximum(n, 1)[:, None], centres)
    return best / max(float(own.sum()), 1e-300), places


def halves(points: np.ndarray) -> tuple[float, np.ndarray]:
    """
    Cut people into two groups.

    Returns
    -------
    float
        Part of their spread that the two groups explain.
    numpy.ndarray, shape (2, columns)
        Middles of the groups.

    Examples
    --------
    >>> round(halves(np.array([[0.0], [0.1], [5.0], [5.1]]))[0], 3)
    1.0
    """
    middle = points - points.mean(axis=0)
    total = float((middle**2).sum())
    if total <= 0:
        return 0.0, np.repeat(points.mean(axis=0)[None], 2, axis=0)
    direction = np.linalg.eigh(middle.T @ middle)[1][:, -1]
    side = middle @ direction > 0
    centres = np.zeros((2, points.shape[1]))
    for _ in range(_STEPS):
        if side.all() or not side.any():
            return 0.0, np.repeat(points.mean(axis=0)[None], 2, axis=0)
        centres = np.stack([middle[~side].mean(axis=0), middle[side].mean(axis=0)])
        again = middle @ (centres[1] - centres[0]) > (centres[1] ** 2 - centres[0] ** 2).sum() / 2
        if (again == side).all():
            break
        side = again
    inside = float(((middle - centres[side.astype(int)]) ** 2).sum())
    return 1 - inside / total, centres + points.mean(axis=0)


def _taken(points: np.ndarray, centres: np.ndarray, centre: np.ndarray) -> np.ndarray:
    return nearest(points, np.concatenate([centres, centre[None]])) == len(centres)
