"""Step 06, tiers: customers cut by the quantiles of recency, frequency and money, the way shops have long done it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from personakit.segmentation_items import Item

SCORES = 5
#: Of these, less is better: a customer who ordered yesterday gets the highest score.
LESS_IS_BETTER = ("days_since_last", "days_between", "recency")
SURE_FROM = 4


@dataclass(frozen=True, eq=False)
class QuantileTiers:
    """
    A cut of customers into tiers of value.

    Every variable gives a score from 1 to 5 by its quintiles (0 when nothing is known); the sum of the scores is cut into
    tiers of about the same size.

    Attributes
    ----------
    names : tuple of str
        The variables.
    turned : tuple of bool
        Whether less is better.
    edges : numpy.ndarray, shape (variables, 4)
        Quintiles; of turned variables those of the negative value.
    borders : numpy.ndarray, shape (tiers - 1,)
        Borders of the sum, from the lowest on.

    References
    ----------
    Hughes, A. M. (2005). Strategic Database Marketing (3rd ed.). McGraw-Hill. (Recency, frequency, monetary value.)
    """

    names: tuple[str, ...]
    turned: tuple[bool, ...]
    edges: np.ndarray
    borders: np.ndarray

    def totals(self, values: np.ndarray) -> np.ndarray:
        """Sum of the scores of each customer, from the values of :func:`tier_values`."""
        scores = [np.where(np.isfinite(own), 1 + (own[:, None] > edges).sum(axis=1), 0)
                  for own, edges in zip(values.T, self.edges, strict=True)]  # fmt: skip
        return np.asarray(np.sum(scores, axis=0), dtype=float)

    def place(self, values: np.ndarray) -> np.ndarray:
        """Tier of each customer, from 0, the best."""
        return np.asarray(len(self.borders) - (self.totals(values)[:, None] > self.borders).sum(axis=1))

    def standing(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Tier from 0 on, certainty (0.5 on the border, 1 from four points on), and the tier across the nearest border."""
        return self.standing_of(self.totals(values))

    def standing_of(self, totals: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Tell the same from sums of scores."""
        away = totals[:, None] - self.borders
        place = len(self.borders) - (away > 0).sum(axis=1)
        nearest = np.abs(away).argmin(axis=1)
        rows = np.arange(len(totals))
        certainty = 0.5 + np.minimum(np.abs(away[rows, nearest]), SURE_FROM) / (2 * SURE_FROM)
        return place, certainty, np.where(away[rows, nearest] > 0, place + 1, place - 1)

    def to_plain(self) -> dict[str, Any]:
        """Write the tiers as plain numbers and words."""
        return {"names": list(self.names), "turned": list(self.turned), "edges": self.edges.tolist(),
                "borders": self.borders.tolist()}  # fmt: skip

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> QuantileTiers:
        """Put together what :meth:`to_plain` wrote."""
        return cls(tuple(plain["names"]), tuple(plain["turned"]), np.array(plain["edges"]), np.array(plain["borders"]))


def can_be_tiers(items: Sequence[Item]) -> bool:
    """Tell whether all variables are numbers, of which more or less is better."""
    return all(item.kind != "category" for item in items)


def tier_values(table: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    """Values by which more is better, shape (customers, variables); what is not known is minus infinity."""
    columns = []
    for name in names:
        values = table[name].to_numpy(dtype=float, na_value=np.nan)
        values = -values if is_turned(name) else values
        columns.append(np.where(np.isnan(values), -np.inf, values))
    return np.column_stack(columns)


def is_turned(name: str) -> bool:
    """Tell whether less of a variable is better."""
    return any(word in name for word in LESS_IS_BETTER)


def fit_tiers(values: np.ndarray, weights: np.ndarray, names: Sequence[str], n_segments: int) -> QuantileTiers:
    """
    Find the quintiles and the borders of the tiers.

    Parameters
    ----------
    values : numpy.ndarray, shape (customers, variables)
        As :func:`tier_values` writes them.
    weights : numpy.ndarray, shape (customers,)
        How often each customer counts.
    names : sequence of str
        The variables.
    n_segments : int
        Number of tiers.

    Returns
    -------
    QuantileTiers
        Tiers of about equal size; fewer where the sums take fewer values.
    """
    shares = np.arange(1, SCORES) / SCORES
    edges = np.array([_quantiles(own, weights, shares) for own in values.T])
    draft = QuantileTiers(tuple(names), tuple(is_turned(name) for name in names), edges, np.empty(0))
    sums, place = np.unique(draft.totals(values), return_inverse=True)
    people = np.bincount(place, weights=weights)
    sums, people = sums[people > 0], people[people > 0]
    running = np.cumsum(people) / people.sum()
    borders: list[float] = []
    first = 0
    n_segments = min(n_segments, len(sums))
    for tier in range(1, n_segments):
        last = len(sums) - 1 - (n_segments - tier)  # leave one sum for each tier above
        best = first + int(np.abs(running[first : last + 1] - tier / n_segments).argmin())
        borders.append(float(sums[best] + sums[best + 1]) / 2)
        first = best + 1
    return QuantileTiers(draft.names, draft.turned, edges, np.array(borders))


def _quantiles(values: np.ndarray, weights: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Smallest values below or at which the wanted shares of the known weight lie."""
    order = np.argsort(values, kind="stable")
    own = values[order]
    running = np.cumsum(np.where(np.isfinite(own), weights[order], 0.0))
    if not running[-1] > 0:
        return np.full(len(shares), np.inf)
    return np.asarray(own[np.searchsorted(running, shares * running[-1] - 1e-9)])


def tier_labels(points: np.ndarray, weights: np.ndarray, n_segments: int, random_state: list[int]) -> np.ndarray:
    """Label all customers by the tiers of each weighting, for :func:`personakit.stability.assess_stability`."""
    del random_state  # quantiles know no chance
    names = [str(i) for i in range(points.shape[1])]
    return np.array([fit_tiers(points, own.astype(float), names, n_segments).place(points) for own in weights])
