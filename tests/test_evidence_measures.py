"""Estimates, intervals, effects and p-values against other ways of computing them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from personakit.evidence_measures import measure_group, wilson

numbers = st.lists(st.floats(-100, 100, allow_nan=False).map(lambda x: round(x, 3)), min_size=6, max_size=40)


@pytest.mark.parametrize(("yes", "n"), [(0, 5), (3, 10), (10, 10), (499, 1000)])
def test_wilson_equals_statsmodels(yes, n):
    """The interval of a share is the one statsmodels gives."""
    assert wilson(yes, n) == pytest.approx(proportion_confint(yes, n, method="wilson"), abs=1e-12)


def test_mean_equals_scipy():
    """Mean, t interval, Welch's test and Hedges' g, computed another way."""
    rng = np.random.default_rng(1)
    a, b = rng.normal(1, 1, 30), rng.normal(0, 2, 50)
    found = measure_group(np.concatenate([a, b]), np.arange(80) < 30, "mean")
    low, high = stats.t.interval(0.95, 29, loc=a.mean(), scale=stats.sem(a))
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((low, high))
    assert found["p_value"] == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue)
    pooled = np.sqrt((29 * a.var(ddof=1) + 49 * b.var(ddof=1)) / 78)
    assert found["effect"] == pytest.approx((a.mean() - b.mean()) / pooled * (1 - 3 / (4 * 78 - 1)))


def test_share_equals_scipy():
    """Share, chi-square and Cohen's h, computed another way."""
    values = np.array([1.0] * 12 + [0.0] * 8 + [1.0] * 5 + [0.0] * 25)
    found = measure_group(values, np.arange(50) < 20, "share")
    assert (found["estimate"], found["others"]) == (12 / 20, 5 / 30)
    assert found["p_value"] == pytest.approx(stats.chi2_contingency([[12, 8], [5, 25]], correction=False).pvalue)
    assert found["effect"] == pytest.approx(2 * (np.arcsin(np.sqrt(0.6)) - np.arcsin(np.sqrt(1 / 6))))


def test_median_equals_pair_counts():
    """Rank-biserial correlation is the share of pairs won less the share lost."""
    a, b = np.array([3.0, 5, 9, 9]), np.array([1.0, 5, 7])
    found = measure_group(np.concatenate([a, b]), np.arange(7) < 4, "median")
    wins = np.mean([np.sign(x - y) for x in a for y in b])
    assert found["effect"] == pytest.approx(wins)
    assert found["p_value"] == pytest.approx(stats.mannwhitneyu(a, b, method="asymptotic").pvalue)
    assert (found["estimate"], found["others"], found["n"], found["others_n"]) == (7.0, 5.0, 4, 3)


def test_missing_values_and_empty_groups():
    """Missing values do not count; a group without values gives nothing; without others there is no effect."""
    assert measure_group(np.array([np.nan, 1.0]), np.array([True, False]), "mean") is None
    alone = measure_group(np.array([1.0, 2.0, np.nan]), np.array([True, True, True]), "mean")
    assert (alone["n"], alone["estimate"]) == (2, 1.5)
    assert "effect" not in alone


@settings(max_examples=60)
@given(numbers, st.sampled_from(["mean", "median"]))
def test_swapping_groups_flips_the_effect(values, statistic):
    """The effect of everyone else against the group is the same with the other sign."""
    values = np.array(values)
    inside = np.arange(len(values)) < len(values) // 2
    one, other = measure_group(values, inside, statistic), measure_group(values, ~inside, statistic)
    if "effect" in one:
        assert one["effect"] == pytest.approx(-other["effect"], abs=1e-9)
    assert one["p_value"] is None or 0 <= one["p_value"] <= 1
