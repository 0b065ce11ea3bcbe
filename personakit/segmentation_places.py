"""Step 06, places: which segment each customer is nearest to, which comes second, and in which order segments stand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from personakit.segmentation_kmeans import nearest

_BLOCK = 100_000


def places_by_chances(chances: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Most probable segment from 0 on, its probability, and the segment that comes second."""
    rows, place = np.arange(len(chances)), chances.argmax(axis=1)
    others = chances.copy()
    others[rows, place] = -1
    return place, chances[rows, place], others.argmax(axis=1)


def places_by_centres(points: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nearest centre from 0 on, certainty (0.5 as near to another centre, 1 at the centre), and the second nearest."""
    n = len(points)
    place = nearest(points, centres)
    certainty, second = np.empty(n), np.empty(n, dtype=np.int64)
    for i in range(0, n, _BLOCK):
        block, own = points[i : i + _BLOCK], place[i : i + _BLOCK]
        away = np.sqrt(np.maximum(((block[:, None, :] - centres[None]) ** 2).sum(axis=2), 0))
        rows = np.arange(len(block))
        first = away[rows, own]
        away[rows, own] = np.inf
        second[i : i + _BLOCK] = away.argmin(axis=1)
        next_ = away.min(axis=1)
        total = first + next_
        certainty[i : i + _BLOCK] = np.where(total > 0, next_ / np.where(total > 0, total, 1), 0.5)
    return place, certainty, second


def segment_means(points: np.ndarray, labels: np.ndarray, n_segments: int) -> np.ndarray:
    """Means of the segments; a segment without anybody gets the mean of all."""
    found = [points[labels == s].mean(axis=0) if (labels == s).any() else points.mean(axis=0) for s in range(n_segments)]
    return np.round(np.array(found), 10)


def canonical_order(labels: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Largest segment first; equal sizes by their centres."""
    sizes = np.bincount(labels, minlength=len(centres))
    return np.lexsort((*centres.T[::-1], -sizes))


def aligned_order(labels: pd.Series, order: np.ndarray, earlier: pd.Series) -> np.ndarray:
    """Number segments like the earlier ones they share most customers with (Hungarian matching)."""
    from scipy.optimize import linear_sum_assignment

    names = sorted(earlier.unique())
    shared = labels.index.intersection(earlier.index)
    table = pd.crosstab(labels[shared], earlier[shared]).reindex(index=range(len(order)), columns=names, fill_value=0)
    rows, columns = linear_sum_assignment(-table.to_numpy())
    matched = dict(zip(columns.tolist(), rows.tolist(), strict=True))
    kept = [matched[i] for i in range(len(names)) if i in matched]
    return np.array(kept + [segment for segment in order if segment not in kept])


def sample_rows(points: np.ndarray, at_most: int, random_state: int) -> np.ndarray:
    """Rows to fit on, in an order that does not depend on the order of the table."""
    if len(points) <= at_most:
        return np.arange(len(points))
    order = np.lexsort(points.T[::-1])
    return order[np.sort(np.random.default_rng(random_state).choice(len(points), at_most, replace=False))]
