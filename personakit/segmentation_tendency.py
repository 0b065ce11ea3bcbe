"""Step 06, cluster tendency: whether the customers lie in heaps at all, before any segments are made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from personakit.segmentation_kmeans import collapse
from personakit.stability import shuffled_copies

TENDENCY_COLUMNS = ["measure", "value", "shuffled", "shuffled_high"]
COPIES, _PROBES = 20, 150
_CLOSE = 1e-12


def cluster_tendency(points: np.ndarray, *, groups: Sequence[slice] | None = None, random_state: int = 1) -> pd.DataFrame:
    """
    Measure whether customers lie in heaps, beside the same customers with their answers shuffled.

    Parameters
    ----------
    points : numpy.ndarray, shape (customers, columns)
        Scaled basis without missing values.
    groups : sequence of slice, optional
        Columns that belong to one variable, and are shuffled together.
    random_state : int
        Seed.

    Returns
    -------
    pandas.DataFrame
        One row per measure: *hopkins* (about 0.5 is even, 1 is heaps) and *dip* (of the direction with the largest spread;
        0 is one hump): ``value``, ``shuffled`` (mean over shuffled data) and ``shuffled_high`` (their 95th percentile).

    References
    ----------
    Hopkins, B., & Skellam, J. G. (1954). A new method for determining the type of distribution of plant individuals. Annals
    of Botany, 18, 213-227.
    Hartigan, J. A., & Hartigan, P. M. (1985). The dip test of unimodality. Annals of Statistics, 13, 70-84.
    Adolfsson, A., Ackerman, M., & Brownstein, N. C. (2019). To cluster, or not to cluster: an analysis of clusterability
    methods. Pattern Recognition, 88, 13-26.
    """
    unique, _, counts = collapse(points)
    copies = shuffled_copies(unique, counts, groups, COPIES, random_state)
    whole = np.repeat(unique, counts, axis=0)
    found = np.array([[hopkins(own, random_state=random_state), dip(_main_direction(own))] for own in [whole, *copies]])
    shuffled = found[1:]
    return pd.DataFrame({"measure": ["hopkins", "dip"], "value": found[0], "shuffled": shuffled.mean(axis=0),
                         "shuffled_high": np.quantile(shuffled, 0.95, axis=0)}, columns=TENDENCY_COLUMNS)  # fmt: skip


def _main_direction(points: np.ndarray) -> np.ndarray:
    """Place of each customer along the direction with the largest spread."""
    centred = points - points.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    return np.asarray(centred @ vectors[:, -1]).round(9)


def hopkins(points: np.ndarray, *, random_state: int = 1) -> float:
    """
    Compare the distance from random places to the nearest customer with the distance from customers to the nearest other.

    Parameters
    ----------
    points : numpy.ndarray, shape (customers, columns)
        Scaled basis without missing values.
    random_state : int
        Seed of the places.

    Returns
    -------
    float
        About 0.5 when customers are spread evenly over the range of the answers, towards 1 when they lie in heaps, 0.5 when
        all are alike.

    References
    ----------
    Hopkins, B., & Skellam, J. G. (1954). A new method for determining the type of distribution of plant individuals. Annals
    of Botany, 18, 213-227.

    Examples
    --------
    >>> heaps = np.repeat([[0.0, 0.0], [9.0, 9.0]], 50, axis=0) + np.random.default_rng(1).normal(size=(100, 2))
    >>> round(hopkins(heaps), 1)
    1.0
    """
    from sklearn.neighbors import NearestNeighbors

    rng = np.random.default_rng([random_state, 11])
    probes = max(min(len(points) // 10, _PROBES), 1)
    low, high = points.min(axis=0), points.max(axis=0)
    places = rng.uniform(low, high, (probes, points.shape[1]))
    chosen = points[np.sort(rng.choice(len(points), probes, replace=False))]
    neighbours = NearestNeighbors(n_neighbors=2).fit(points)
    from_places = neighbours.kneighbors(places, n_neighbors=1)[0][:, 0]
    from_customers = neighbours.kneighbors(chosen)[0][:, 1]
    largest = max(float(from_places.max()), float(from_customers.max()))
    if largest == 0:
        return 0.5
    power = points.shape[1]  # volumes, not lengths
    places_sum, customers_sum = (float(((own / largest) ** power).sum()) for own in (from_places, from_customers))
    return places_sum / (places_sum + customers_sum)


def dip(values: np.ndarray) -> float:
    """
    Say how far numbers are from having one hump: the distance of their distribution to the nearest one with a single hump.

    Left of its hump a distribution function bends up, right of it down. The greatest convex curve below the steps of the data
    and the least concave curve above them are compared, the hump lies where they are farthest apart, and the same is asked
    again of the part between, until the parts outside say more than the part inside.

    Parameters
    ----------
    values : numpy.ndarray, shape (customers,)
        Numbers without missing ones.

    Returns
    -------
    float
        From 1 / (2n), one hump, to 0.25, two equal points.

    References
    ----------
    Hartigan, J. A., & Hartigan, P. M. (1985). The dip test of unimodality. Annals of Statistics, 13, 70-84.

    Examples
    --------
    >>> dip(np.array([0.0, 0.0, 1.0, 1.0]))
    0.25
    """
    places, counts = np.unique(values, return_counts=True)
    n = len(values)
    through = np.cumsum(counts) / n
    before = through - counts / n
    found, low, high = 1 / n, 0, len(places) - 1
    while low < high:
        own = slice(low, high + 1)
        below = _convex_below(places[own], before[own])
        above = 1 - _convex_below(-places[own][::-1], (1 - through[own])[::-1])[::-1]
        touches_below = np.flatnonzero(np.isclose(below, before[own], rtol=0, atol=_CLOSE))
        touches_above = np.flatnonzero(np.isclose(above, through[own], rtol=0, atol=_CLOSE))
        gap = above - below
        start = int(touches_below[gap[touches_below].argmax()])
        end = int(touches_above[gap[touches_above].argmax()])
        apart = max(gap[start], gap[end])
        if gap[start] >= gap[end]:
            end = int(touches_above[np.searchsorted(touches_above, start)])
        else:
            start = int(touches_below[np.searchsorted(touches_below, end, "right") - 1])
        if apart <= found + _CLOSE:
            break
        outside_left = (through[own] - below)[:start].max(initial=0.0)
        outside_right = (above - before[own])[end + 1 :].max(initial=0.0)
        found = max(found, outside_left, outside_right)
        if (start, end) == (0, high - low):
            break
        low, high = low + start, low + end
    return float(found) / 2


def _convex_below(places: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """Greatest convex curve below points in rising order of their places."""
    from scipy.optimize import isotonic_regression

    if len(places) < 3:
        return heights
    steps = np.diff(places)
    slopes = isotonic_regression(np.diff(heights) / steps, weights=steps).x
    return np.asarray(heights[0] + np.concatenate([[0.0], np.cumsum(slopes * steps)]))
