"""Figures behind a line: what a group answers, its interval, and how far it stands from everyone else."""

from __future__ import annotations

from typing import Any

import numpy as np

from personakit.evidence import Statistic

_Z = 1.959963984540054


def measure_group(values: np.ndarray, inside: np.ndarray, statistic: Statistic, *, test: bool = True) -> dict[str, Any] | None:
    """
    Estimate a statistic inside a group, and compare it with everyone else.

    Parameters
    ----------
    values : numpy.ndarray of float
        One value per person; NaN is missing. For a share, 1 and 0.
    inside : numpy.ndarray of bool
        Who is in the group.
    statistic : {"mean", "median", "share"}
        What to estimate.
    test : bool
        Whether a p-value is wanted; never for variables that made the groups.

    Returns
    -------
    dict or None
        ``estimate``, ``ci_low``, ``ci_high``, ``n`` and, when somebody is outside the group, ``others``,
        ``others_n``, ``effect``, ``effect_low``, ``effect_high``, ``effect_kind``, ``p_value``. None without values.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA, 22, 209-212.
    Hedges, L. V. (1981). Distribution theory for Glass's estimator of effect size. J. Educ. Stat., 6, 107-128.
    Cohen, J. (1988). Statistical power analysis for the behavioral sciences. Routledge.
    Wendt, H. W. (1972). Dealing with a common problem in social science: a simplified rank-biserial coefficient
    of correlation based on the U statistic. European Journal of Social Psychology, 2, 463-465.

    Examples
    --------
    >>> found = measure_group(np.array([1.0, 1, 0, 0]), np.array([True, True, False, False]), "share", test=False)
    >>> found["estimate"], found["others"], found["n"]
    (1.0, 0.0, 2)
    """
    known = ~np.isnan(values)
    group, rest = values[inside & known], values[~inside & known]
    if not len(group):
        return None
    estimate = float(np.median(group) if statistic == "median" else np.mean(group))
    low, high = _interval(group, statistic)
    found: dict[str, Any] = {"estimate": estimate, "ci_low": low, "ci_high": high, "n": len(group)}
    if len(rest):
        found |= {"others": float(np.median(rest) if statistic == "median" else np.mean(rest)), "others_n": len(rest)}
        found |= _effect(group, rest, statistic)
        found["p_value"] = _p_value(group, rest, statistic) if test else None
    return found


def wilson(successes: float, n: float) -> tuple[float, float]:
    """
    Wilson's 95 % interval of a share.

    Examples
    --------
    >>> tuple(round(bound, 3) for bound in wilson(8, 10))
    (0.49, 0.943)
    """
    share = successes / n
    centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * np.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    return max(float(centre - half), 0.0), min(float(centre + half), 1.0)


def _interval(group: np.ndarray, statistic: Statistic) -> tuple[float | None, float | None]:
    """95 % interval: Wilson for shares, Student's t for means, order statistics for medians."""
    from scipy.stats import binom, t

    n = len(group)
    if statistic == "share":
        return wilson(float(group.sum()), n)
    if n < 2:
        return None, None
    if statistic == "median":
        ordered = np.sort(group)
        lower = int(max(binom.ppf(0.025, n, 0.5) - 1, 0))
        return float(ordered[lower]), float(ordered[n - 1 - lower])
    half = float(t.ppf(0.975, n - 1) * group.std(ddof=1) / np.sqrt(n))
    return float(group.mean()) - half, float(group.mean()) + half


def _effect(group: np.ndarray, rest: np.ndarray, statistic: Statistic) -> dict[str, Any]:
    n, m = len(group), len(rest)
    if statistic == "share":
        effect = 2 * np.arcsin(np.sqrt(group.mean())) - 2 * np.arcsin(np.sqrt(rest.mean()))
        error, kind = np.sqrt(1 / n + 1 / m), "cohens_h"
    elif statistic == "median":
        effect = _rank_biserial(group, rest)
        error, kind = np.sqrt((n + m + 1) / (3 * n * m)), "rank_biserial"
    else:
        freedom = n + m - 2
        pooled = np.sqrt((group.var() * n + rest.var() * m) / freedom) if freedom > 0 else 0.0
        if not pooled:
            return {}
        effect = (group.mean() - rest.mean()) / pooled * (1 - 3 / (4 * freedom - 1) if freedom > 1 else 1)
        error, kind = np.sqrt(1 / n + 1 / m + effect**2 / (2 * (n + m))), "hedges_g"
    return {
        "effect": float(effect),
        "effect_low": float(effect - _Z * error),
        "effect_high": float(effect + _Z * error),
        "effect_kind": kind,
    }


def _rank_biserial(group: np.ndarray, rest: np.ndarray) -> float:
    """Share of pairs in which the group is higher, less the share in which it is lower."""
    ordered = np.sort(rest)
    below, upto = np.searchsorted(ordered, group, "left"), np.searchsorted(ordered, group, "right")
    return float((below.mean() - (len(rest) - upto).mean()) / len(rest))


def _p_value(group: np.ndarray, rest: np.ndarray, statistic: Statistic) -> float | None:
    """Chi-square for shares, Welch's t for means, Mann-Whitney for medians."""
    from scipy.stats import chi2_contingency, mannwhitneyu, ttest_ind_from_stats

    if np.ptp(np.concatenate([group, rest])) == 0 or min(len(group), len(rest)) < 2:
        return None
    if statistic == "share":
        counts = [[group.sum(), len(group) - group.sum()], [rest.sum(), len(rest) - rest.sum()]]
        return float(chi2_contingency(counts, correction=False).pvalue)
    if statistic == "median":
        return float(mannwhitneyu(group, rest, method="asymptotic").pvalue)
    if np.ptp(group) == 0 and np.ptp(rest) == 0:
        return None
    numbers = (group.mean(), group.std(ddof=1), len(group), rest.mean(), rest.std(ddof=1), len(rest))
    return float(ttest_ind_from_stats(*numbers, equal_var=False).pvalue)
