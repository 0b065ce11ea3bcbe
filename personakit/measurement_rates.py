"""Step 11, rates: shares and ratios of money by group, with intervals, shrinkage of thin groups and adjusted comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from personakit.evidence import SMALL_BASE
from personakit.evidence_measures import wilson

RATE_COLUMNS = ["group", "k", "n", "rate", "ci_low", "ci_high", "shrunk", "others", "others_n", "difference", "low", "high",
                "effect", "p_value", "p_adjusted", "thin"]  # fmt: skip
RATIO_COLUMNS = ["group", "over", "under", "ratio", "ci_low", "ci_high", "customers", "n", "thin"]
_DRAWS, _Z = 1_999, 1.959963984540054
#: How much the groups are alike (people's worth of the common rate that each group gets), from hardly to almost entirely.
_WEIGHTS = np.exp(np.linspace(np.log(1.0), np.log(1e5), 60))


def rates_by_group(successes: pd.Series, trials: pd.Series, *, min_cell: int = 5) -> pd.DataFrame:
    """
    Measure a share in each group, and compare it with all others.

    Parameters
    ----------
    successes, trials : pandas.Series of int
        How often something happened and how often it could have, by group (index).
    min_cell : int
        Groups with fewer trials are left out.

    Returns
    -------
    pandas.DataFrame
        One row per group: ``k`` of ``n``, ``rate`` with ``ci_low`` and ``ci_high`` (95 %, Wilson), ``shrunk`` (the rate drawn
        towards that of all groups, the more the thinner the group: mean of the beta-binomial model with the groups' own
        spread), ``others`` and ``others_n`` (all other groups), ``difference`` with ``low`` and ``high`` (95 %, Newcombe),
        ``effect`` (Cohen's h), ``p_value`` (chi-square), ``p_adjusted`` (Benjamini-Hochberg over the groups), ``thin`` (fewer
        than 30).

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA, 22, 209-212.
    Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions. Statistics in Medicine, 17,
    873-890.
    Casella, G. (1985). An introduction to empirical Bayes data analysis. The American Statistician, 39, 83-87.

    Examples
    --------
    >>> table = rates_by_group(pd.Series({"a": 30, "b": 10}), pd.Series({"a": 100, "b": 100}))
    >>> table["rate"].tolist(), table["difference"].round(3).tolist()
    ([0.3, 0.1], [0.2, -0.2])
    """
    from statsmodels.stats.multitest import multipletests

    shown = trials[trials >= max(min_cell, 1)].index
    k, n = successes.reindex(shown).fillna(0).to_numpy(dtype=float), trials.reindex(shown).to_numpy(dtype=float)
    alike = _common_weight(k, n)
    middle = k.sum() / n.sum() if n.sum() else 0.0
    rows: list[dict[str, Any]] = []
    for place, group in enumerate(shown):
        own, out_of = float(k[place]), float(n[place])
        low, high = wilson(own, out_of)
        row: dict[str, Any] = {"group": group, "k": int(own), "n": int(out_of), "rate": own / out_of, "ci_low": low,
                               "ci_high": high, "shrunk": (own + alike * middle) / (out_of + alike),
                               "thin": out_of < SMALL_BASE}  # fmt: skip
        rest, rest_n = float(k.sum() - own), float(n.sum() - out_of)
        rows.append(row | (_against(own, out_of, rest, rest_n) if rest_n else {}))
    table = pd.DataFrame(rows, columns=RATE_COLUMNS)
    known = table["p_value"].notna()
    if known.any():
        table.loc[known, "p_adjusted"] = multipletests(table.loc[known, "p_value"].astype(float), method="fdr_bh")[1]
    return table


def _against(k: float, n: float, rest: float, rest_n: float) -> dict[str, Any]:
    """Difference to all others, with Newcombe's interval."""
    from scipy.stats import chi2_contingency

    own, other = k / n, rest / rest_n
    (low, high), (other_low, other_high) = wilson(k, n), wilson(rest, rest_n)
    gap = own - other
    found: dict[str, Any] = {
        "others": other, "others_n": int(rest_n), "difference": gap,
        "low": gap - float(np.hypot(own - low, other_high - other)),
        "high": gap + float(np.hypot(high - own, other - other_low)),
        "effect": float(2 * np.arcsin(np.sqrt(own)) - 2 * np.arcsin(np.sqrt(other))),
    }  # fmt: skip
    if 0 < k + rest < n + rest_n:
        found["p_value"] = float(chi2_contingency([[k, n - k], [rest, rest_n - rest]], correction=False).pvalue)
    return found


def _common_weight(k: np.ndarray, n: np.ndarray) -> float:
    """How many people's worth of the common rate each group gets: the likeliest beta-binomial model of the groups."""
    from scipy.special import betaln

    if len(k) < 2 or not 0 < k.sum() < n.sum():
        return 0.0
    middle = k.sum() / n.sum()
    a, b = _WEIGHTS[:, None] * middle, _WEIGHTS[:, None] * (1 - middle)
    likelihood = (betaln(k + a, n - k + b) - betaln(a, b)).sum(axis=1)
    return float(_WEIGHTS[int(likelihood.argmax())])


def ratios_by_group(
    over: pd.Series, under: pd.Series, groups: pd.Series, *, wanted: Sequence[Any] | None = None, min_cell: int = 5,
    random_state: int = 1,
) -> pd.DataFrame:  # fmt: skip
    """
    Measure a ratio of two sums in each group, such as cost per click or sales per spend.

    Parameters
    ----------
    over, under : pandas.Series of float
        What is added up above and below, one value per customer.
    groups : pandas.Series
        Group of each customer, same index.
    wanted : sequence, optional
        Groups to show, in order; all without it.
    min_cell : int
        Groups with fewer customers are left out.
    random_state : int
        Seed.

    Returns
    -------
    pandas.DataFrame
        One row per group: ``over`` and ``under`` (sums), ``ratio`` (missing where nothing stands below) with ``ci_low`` and
        ``ci_high`` (95 %, studentized bootstrap over customers), ``customers``, ``n`` (those of them who have anything above,
        or below, whichever are fewer), ``thin`` (``n`` under 30).

    References
    ----------
    Hall, P. (1988). Theoretical comparison of bootstrap confidence intervals. Annals of Statistics, 16, 927-953.
    """
    rows: list[dict[str, Any]] = []
    for number, group in enumerate(sorted(groups.dropna().unique()) if wanted is None else wanted):
        inside = (groups == group).to_numpy()
        top, bottom = over.to_numpy(dtype=float)[inside], under.to_numpy(dtype=float)[inside]
        if len(top) < min_cell:
            continue
        n = int(min((top > 0).sum(), (bottom > 0).sum()))
        row = {"group": group, "over": float(top.sum()), "under": float(bottom.sum()), "customers": len(top), "n": n,
               "thin": n < SMALL_BASE}  # fmt: skip
        if row["under"] > 0:
            low, high = _ratio_interval(top, bottom, np.random.default_rng([random_state, 11, 6, number]))
            row |= {"ratio": row["over"] / row["under"], "ci_low": low, "ci_high": high}
        rows.append(row)
    return pd.DataFrame(rows, columns=RATIO_COLUMNS)


def _ratio_interval(top: np.ndarray, bottom: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """Studentized bootstrap of the logarithm of a ratio of sums; customers who are alike are drawn together."""
    pairs, counts = np.unique(np.column_stack([top, bottom]), axis=0, return_counts=True)
    parts = np.column_stack([pairs, pairs[:, 0] ** 2, pairs[:, 0] * pairs[:, 1], pairs[:, 1] ** 2])
    ratio, error = _log_ratio(counts[None] @ parts)
    if not np.isfinite(ratio[0]) or error[0] <= 0:
        return float("nan"), float("nan")  # nobody above, or all alike: how far it could lie elsewhere is not known
    drawn, own_error = _log_ratio(rng.multinomial(len(top), counts / len(top), _DRAWS) @ parts)
    usable = np.isfinite(drawn) & (own_error > 0)
    if not usable.any():
        return float(np.exp(ratio[0])), float(np.exp(ratio[0]))
    low, high = np.quantile((drawn[usable] - ratio[0]) / own_error[usable], [0.025, 0.975])
    return float(np.exp(ratio[0] - high * error[0])), float(np.exp(ratio[0] - low * error[0]))


def _log_ratio(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logarithm of each ratio and its error to first order; columns: above, below, and the sums of their squares and product."""
    over, under = sums[:, 0], sums[:, 1]
    known = (over > 0) & (under > 0)
    ratio = np.divide(over, under, out=np.ones_like(over, dtype=float), where=known)
    spread = np.maximum(sums[:, 2] - 2 * ratio * sums[:, 3] + ratio**2 * sums[:, 4], 0.0)
    error = np.divide(np.sqrt(spread), over, out=np.zeros_like(ratio), where=known)
    return np.where(known, np.log(ratio), np.nan), error
