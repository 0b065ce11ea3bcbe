"""Step 03, the sample against the market: how far it is off, and weights that bring it in line, with what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from personakit.errors import DataError

#: Weights are kept between these; a person may not stand for more than five others.
SMALLEST_WEIGHT, LARGEST_WEIGHT = 0.2, 5.0
_MOST_ROUNDS, _CLOSE = 500, 1e-9


@dataclass(frozen=True, eq=False)
class PopulationWeights:
    """
    Weights that make a sample look like the market on the figures that are known.

    Attributes
    ----------
    weights : pandas.Series
        One weight per person, mean 1; people with a missing trait have weight 1.
    table : pandas.DataFrame
        One row per figure of the market: ``variable``, ``value``, ``n`` (people), ``sample_share``, ``market_share``,
        ``weighted_share``.
    design_effect : float
        By how much the weights widen the variance of a mean (Kish): 1 is nothing, 2 is as if half the people were asked.
    n_effective : float
        People divided by the design effect.
    trimmed : int
        People whose weight was held at the smallest or largest allowed one.

    References
    ----------
    Deming, W. E., & Stephan, F. F. (1940). On a least squares adjustment of a sampled frequency table when the expected
    marginal totals are known. Annals of Mathematical Statistics, 11, 427-444.
    Kish, L. (1965). Survey Sampling. Wiley.
    """

    weights: pd.Series
    table: pd.DataFrame
    design_effect: float
    n_effective: float
    trimmed: int


def rake(people: pd.DataFrame, market: Mapping[str, Mapping[str, float]]) -> PopulationWeights:
    """
    Weight a sample to the shares of a market, one variable after the other until all of them fit (raking).

    Parameters
    ----------
    people : pandas.DataFrame
        One row per person; each variable of the market as a column of words.
    market : mapping of str to mapping of str to float
        Variable to answer to share. The shares of each variable are taken relative to their sum over the answers that
        stand in the sample.

    Returns
    -------
    PopulationWeights
        Weights with their design effect.

    Raises
    ------
    DataError
        If no variable of the market is in the sample, or none of its answers.

    Examples
    --------
    >>> sample = pd.DataFrame({"gender": ["woman"] * 3 + ["man"]})
    >>> raked = rake(sample, {"gender": {"woman": 0.5, "man": 0.5}})
    >>> raked.weights.round(3).tolist(), round(raked.design_effect, 3)
    ([0.667, 0.667, 0.667, 2.0], 1.333)
    """
    known = {variable: shares for variable, shares in market.items() if variable in people}
    aims: dict[str, pd.Series] = {}
    for variable, shares in known.items():
        seen = set(people[variable])
        there = pd.Series({value: float(share) for value, share in shares.items() if value in seen and share > 0}, dtype=float)
        if len(there):
            aims[variable] = there / there.sum()
    if not aims:
        raise DataError(["population: none of its variables and answers stand in the sample; compare the spelling of both"])
    complete = pd.Series(True, index=people.index)
    for variable, aim in aims.items():
        complete &= people[variable].isin(aim.index)
    own = people[complete]
    weights = np.ones(len(own))
    groups = {v: [((own[v] == value).to_numpy(), float(share)) for value, share in aim.items()] for v, aim in aims.items()}
    for _ in range(_MOST_ROUNDS):
        before = weights.copy()
        for cells in groups.values():
            for rows, share in cells:
                total = weights[rows].sum()
                if total > 0:
                    weights[rows] *= share * len(own) / total
        if np.abs(weights - before).max(initial=0.0) < _CLOSE:
            break
    held = np.clip(weights, SMALLEST_WEIGHT, LARGEST_WEIGHT)
    trimmed = int((held != weights).sum())
    weights = held / held.mean() if len(held) else held
    every = pd.Series(1.0, index=people.index)
    every[complete] = weights
    effect = float(len(weights) * (weights**2).sum() / weights.sum() ** 2) if len(weights) else 1.0
    rows = [{"variable": variable, "value": value, "n": int((people[variable] == value).sum()),
             "sample_share": float((people[variable].dropna() == value).mean()), "market_share": float(share),
             "weighted_share": float(weights[(own[variable] == value).to_numpy()].sum() / weights.sum())}
            for variable, aim in aims.items() for value, share in aim.items()]  # fmt: skip
    return PopulationWeights(every, pd.DataFrame(rows), effect, float(len(weights) / effect), trimmed)
