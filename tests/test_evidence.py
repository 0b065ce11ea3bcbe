"""Claims and evidence: estimates, intervals, effects and grades against other ways of computing them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from personakit.evidence import Claim, Figure, Voice, claim, grade_of, measure_group, wilson

numbers = st.lists(st.floats(-100, 100, allow_nan=False).map(lambda x: round(x, 3)), min_size=6, max_size=40)


def figure(**changes):
    base = {
        "key": "k",
        "table": "features",
        "column": "c",
        "label": "C",
        "sources": ["survey.c"],
        "segment": 1,
        "statistic": "mean",
        "estimate": 4.0,
        "ci_low": 3.8,
        "ci_high": 4.2,
        "n": 100,
        "others": 3.0,
        "others_n": 200,
        "effect": 0.6,
        "effect_low": 0.4,
        "effect_high": 0.8,
        "effect_kind": "hedges_g",
    }
    return Figure(**(base | changes))


def voice(who):
    return Voice(key=f"interviews|{who}|1", source="interviews", document=who, line=1, customer=who, quote="It is far.")


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


@pytest.mark.parametrize(
    ("evidence", "asserts", "grade"),
    [
        ([], "difference", "assumed"),
        ([figure()], "difference", "strong"),
        ([figure(effect=-0.6, effect_low=-0.8, effect_high=-0.4)], "difference", "strong"),
        ([figure(effect=0.3, effect_low=0.1, effect_high=0.5)], "difference", "moderate"),
        ([figure(effect=0.6, effect_low=-0.1, effect_high=1.3)], "difference", "weak"),
        ([figure(n=29)], "difference", "weak"),
        ([figure(others_n=29)], "difference", "weak"),
        ([figure(effect=0.1, effect_low=0.05, effect_high=0.15)], "difference", "weak"),
        ([figure(effect=0.28, effect_low=0.2, effect_high=0.4, effect_kind="rank_biserial")], "difference", "strong"),
        ([figure(effect=0.1, effect_low=-0.1, effect_high=0.3)], "level", "strong"),
        ([figure(n=40)], "level", "moderate"),
        ([figure(effect=None, effect_kind=None, n=12)], "difference", "weak"),
        ([voice("a")], "difference", "weak"),
        ([voice("a"), voice("a"), voice("a")], "difference", "weak"),
        ([voice("a"), voice("b"), voice("c")], "difference", "moderate"),
    ],
)
def test_grades_follow_the_published_rule(evidence, asserts, grade):
    """Each line of the rule, and both sides of each limit."""
    assert grade_of(evidence, asserts=asserts) == grade


def test_claims_go_through_json_and_back():
    """A claim written as JSON is the same claim."""
    line = claim(2, "needs", "{label}: {value}", evidence=[figure(), voice("a")], label="Price", value=4.0)
    assert line.kind == "data"
    assert Claim.model_validate_json(line.model_dump_json()) == line


def test_a_claim_without_evidence_is_an_assumption():
    """Nothing to rest on makes an assumption, and says so."""
    line = claim(1, "quotes", "Not known")
    assert (line.kind, line.grade, line.evidence) == ("assumption", "assumed", [])
