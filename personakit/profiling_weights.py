"""Step 07, weights: figures of a segment when respondents count unequally, and when nobody's segment is quite certain."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from personakit.evidence import Statistic
from personakit.evidence_measures import wilson
from personakit.features import Features
from personakit.segmentation import Segmentation

WEIGHTED_COLUMNS = ["weighted", "weighted_low", "weighted_high", "n_effective"]
#: Beyond this condition number the segments overlap so much that nothing can be corrected.
_WORST_CONDITION = 1e4


def bch_weights(chances: np.ndarray, place: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray | None:
    """
    Weights that undo the error of giving everybody their most probable segment (the BCH method).

    People near the border are put into the wrong segment now and then, and the segments look more alike than they are.
    The model says how often that happens; the inverse of these error rates gives each person a weight in each segment, and
    weighted means are right on average.

    Parameters
    ----------
    chances : numpy.ndarray, shape (people, segments)
        Probability of each segment.
    place : numpy.ndarray, shape (people,)
        Segment that each person was given, from 0 on.
    weights : numpy.ndarray, shape (people,), optional
        Survey weights.

    Returns
    -------
    numpy.ndarray, shape (people, segments), or None
        Weight of each person in each segment; some are negative. None when the segments overlap too much.

    References
    ----------
    Bolck, A., Croon, M., & Hagenaars, J. (2004). Estimating latent structure models with categorical variables: one-step
    versus three-step estimators. Political Analysis, 12, 3-27.
    Vermunt, J. K. (2010). Latent class modeling with covariates: two improved three-step approaches. Political Analysis,
    18, 450-469.

    Examples
    --------
    >>> bch_weights(np.array([[0.9, 0.1], [0.1, 0.9]]), np.array([0, 1])).round(3).tolist()
    [[1.125, -0.125], [-0.125, 1.125]]
    """
    own = np.ones(len(chances)) if weights is None else weights
    given = (place[:, None] == np.arange(chances.shape[1])).astype(float)
    totals = (own[:, None] * chances).sum(axis=0)
    if (totals <= 0).any():
        return None
    errors = (own[:, None] * chances).T @ given / totals[:, None]  # truly in the row, given the column
    if np.linalg.cond(errors) > _WORST_CONDITION:
        return None
    return np.asarray(given @ np.linalg.inv(errors) * own[:, None])


def membership_weights(features: Features, segmentation: Segmentation) -> pd.DataFrame | None:
    """
    Say how much each customer counts in each segment, by survey weight and by certainty.

    Parameters
    ----------
    features : Features
        With the survey's weights, where it has some.
    segmentation : Segmentation
        Models are corrected for uncertain membership.

    Returns
    -------
    pandas.DataFrame or None
        One row per customer with a segment, one column per segment; missing where a customer has no weight. None when
        everybody counts once.
    """
    labels, survey = segmentation.labels, features.weights
    weights = survey.reindex(labels.index) if len(survey) else pd.Series(1.0, index=labels.index)
    found = None
    if segmentation.model is not None and len(segmentation.segments) > 1:
        chances = segmentation.likeness(features.table.reindex(labels.index)).reindex(labels.index).to_numpy()
        found = bch_weights(chances, labels.to_numpy() - 1, weights.fillna(0).to_numpy(dtype=float))
    if found is None:
        if not len(survey):
            return None
        found = (labels.to_numpy()[:, None] == np.array(segmentation.segments)) * weights.to_numpy(dtype=float)[:, None]
    table = pd.DataFrame(found, index=labels.index, columns=segmentation.segments)
    return table.where(weights.notna(), np.nan)


def weighted_figure(values: np.ndarray, weights: np.ndarray, statistic: Statistic) -> dict[str, Any]:
    """
    Estimate a statistic of weighted people.

    Parameters
    ----------
    values : numpy.ndarray, shape (people,)
        One value per person; NaN is missing.
    weights : numpy.ndarray, shape (people,)
        NaN leaves a person out; negative weights come from :func:`bch_weights`.
    statistic : {"mean", "median", "share"}
        What to estimate.

    Returns
    -------
    dict
        ``weighted`` with ``weighted_low`` and ``weighted_high`` (95 %: linearised variance for means, Wilson at the
        effective number of people for shares, Woodruff for medians) and ``n_effective`` (Kish: people who would say as
        much if all counted alike). Empty without people.

    References
    ----------
    Kish, L. (1965). Survey Sampling. Wiley.
    Woodruff, R. S. (1952). Confidence intervals for medians and other position measures. JASA, 47, 635-646.
    Korn, E. L., & Graubard, B. I. (1998). Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data. Survey Methodology, 24, 193-201.

    Examples
    --------
    >>> found = weighted_figure(np.array([1.0, 1.0, 4.0]), np.array([1.0, 1.0, 2.0]), "mean")
    >>> found["weighted"], round(found["n_effective"], 2)
    (2.5, 2.67)
    """
    from scipy.stats import t

    known = ~np.isnan(values) & ~np.isnan(weights) & (weights != 0)
    own, w = values[known], weights[known]
    total = float(w.sum())
    if len(own) < 2 or total <= 0:
        return {}
    effective = total**2 / float((w**2).sum())
    if statistic == "median":
        low, high = wilson(effective / 2, effective)
        middle, low, high = _quantiles(own, w, [0.5, low, high])
        return {"weighted": middle, "weighted_low": low, "weighted_high": high, "n_effective": effective}
    mean = float((w * own).sum() / total)
    error = float(np.sqrt(len(own) / (len(own) - 1) * ((w * (own - mean)) ** 2).sum()) / total)
    if statistic == "mean":
        half = float(t.ppf(0.975, len(own) - 1)) * error
        return {"weighted": mean, "weighted_low": mean - half, "weighted_high": mean + half, "n_effective": effective}
    mean = min(max(mean, 0.0), 1.0)
    people = min(mean * (1 - mean) / error**2, float(len(own))) if error > 0 and 0 < mean < 1 else effective
    low, high = wilson(mean * people, people)
    return {"weighted": mean, "weighted_low": low, "weighted_high": high, "n_effective": effective}


def _quantiles(values: np.ndarray, weights: np.ndarray, wanted: list[float]) -> list[float]:
    """Values below which the wanted shares of the weight lie; at a border, the middle of the two values."""
    order = np.argsort(values, kind="stable")
    running = np.maximum.accumulate(np.cumsum(weights[order])) / weights.sum()
    found = []
    for share in wanted:
        i = int(np.searchsorted(running, share - 1e-12))
        i = min(i, len(values) - 1)
        at_border = abs(running[i] - share) <= 1e-12 and i + 1 < len(values)
        found.append(float((values[order[i]] + values[order[i + 1]]) / 2 if at_border else values[order[i]]))
    return found
