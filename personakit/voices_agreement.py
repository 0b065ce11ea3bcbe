"""Step 04, agreement: whether several people who read the same texts give them the same codes."""

from __future__ import annotations

from typing import Literal

import numpy as np

Level = Literal["nominal", "ordinal", "interval", "ratio"]
AGREEMENT_COLUMNS = [
    "code", "coders", "units", "agreed_share", "alpha", "alpha_low", "alpha_high", "kappa", "kappa_kind",
]  # fmt: skip
DRAWS = 1_000


def krippendorff_alpha(ratings: np.ndarray, *, level: Level = "nominal") -> float:
    """
    Say how well coders agree, corrected for chance.

    Parameters
    ----------
    ratings : numpy.ndarray, shape (coders, units)
        A number per coder and unit; NaN where a coder did not judge a unit.
    level : {"nominal", "ordinal", "interval", "ratio"}
        What the numbers mean.

    Returns
    -------
    float
        1 is full agreement, 0 what chance gives; from 0.80 on codes can be relied on, from 0.667 on with care. NaN when
        fewer than two judgements can be compared, or all of them are alike.

    References
    ----------
    Krippendorff, K. (2019). Content Analysis (4th ed.). Sage. Chapter 12.

    Examples
    --------
    >>> krippendorff_alpha(np.array([[1, 2, 3, 3], [1, 2, 3, 3]]))
    1.0
    """
    pairs, values = _coincidences(ratings)
    return _alpha(pairs.sum(axis=0), _distances(values, pairs.sum(axis=(0, 2)), level))


def alpha_interval(
    ratings: np.ndarray, *, level: Level = "nominal", draws: int = DRAWS, random_state: int = 1
) -> tuple[float, float]:
    """
    95 % interval of Krippendorff's alpha, from drawing the units again.

    Parameters
    ----------
    ratings : numpy.ndarray, shape (coders, units)
        As in :func:`krippendorff_alpha`.
    level : {"nominal", "ordinal", "interval", "ratio"}
        What the numbers mean.
    draws : int
        Bootstrap samples of the units.
    random_state : int
        Seed.

    Returns
    -------
    tuple of float
        Lower and upper bound; NaN when there is no alpha.

    References
    ----------
    Zapf, A., Castell, S., Morawietz, L., & Karch, A. (2016). Measuring inter-rater reliability for nominal data. BMC Medical
    Research Methodology, 16, 93.
    """
    pairs, values = _coincidences(ratings)
    if not len(pairs):
        return float("nan"), float("nan")
    rng = np.random.default_rng(random_state)
    weights = rng.multinomial(len(pairs), np.full(len(pairs), 1 / len(pairs)), size=draws).astype(float)
    drawn = np.einsum("bu,ucd->bcd", weights, pairs)
    found = np.array([_alpha(own, _distances(values, own.sum(axis=1), level)) for own in drawn])
    found = found[~np.isnan(found)]
    if not len(found):
        return float("nan"), float("nan")
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def _coincidences(ratings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of values within each unit, shape (units, values, values), each unit counting its judgements; and the values."""
    table = np.asarray(ratings, dtype=float)
    values = np.unique(table[~np.isnan(table)])
    counts = (table[:, :, None] == values).sum(axis=0).astype(float)  # units by values
    judged = counts.sum(axis=1)
    counts, judged = counts[judged > 1], judged[judged > 1]
    pairs = counts[:, :, None] * counts[:, None, :]
    pairs[:, np.arange(len(values)), np.arange(len(values))] -= counts
    return pairs / np.maximum(judged - 1, 1)[:, None, None], values


def _distances(values: np.ndarray, totals: np.ndarray, level: Level) -> np.ndarray:
    """Squared distance between each two values."""
    if level == "nominal":
        return (values[:, None] != values).astype(float)
    if level == "interval":
        return np.asarray((values[:, None] - values) ** 2)
    if level == "ratio":
        total = values[:, None] + values
        return np.asarray(np.divide(values[:, None] - values, total, out=np.zeros_like(total), where=total != 0) ** 2)
    running, place = np.cumsum(totals), np.arange(len(values))
    lower = totals[np.minimum.outer(place, place)]
    steps = np.abs(running[:, None] - running) + lower - (totals[:, None] + totals) / 2
    return np.asarray(steps**2) * (place[:, None] != place)


def _alpha(pairs: np.ndarray, distances: np.ndarray) -> float:
    totals = pairs.sum(axis=1)
    n = totals.sum()
    if n < 2:
        return float("nan")
    expected = float((np.outer(totals, totals) * distances).sum()) / (n - 1)
    return float(1 - (pairs * distances).sum() / expected) if expected > 0 else float("nan")
