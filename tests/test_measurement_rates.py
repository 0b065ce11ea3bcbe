"""Shares and ratios by group, against published and hand-made numbers."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from personakit.measurement_rates import rates_by_group, ratios_by_group


def test_shares_and_intervals_are_those_of_statsmodels():
    """Wilson's interval, Newcombe's interval of the difference, all others as comparison."""
    k, n = pd.Series({"a": 20, "b": 5, "c": 60}), pd.Series({"a": 50, "b": 40, "c": 100})
    table = rates_by_group(k, n).set_index("group")
    for name in k.index:
        low, high = proportion_confint(k[name], n[name], method="wilson")
        assert table.loc[name, ["ci_low", "ci_high"]].tolist() == pytest.approx([low, high])
        rest = (k.sum() - k[name], n.sum() - n[name])
        low, high = confint_proportions_2indep(k[name], n[name], *rest, method="newcomb")
        assert table.loc[name, ["low", "high"]].tolist() == pytest.approx([low, high])
        assert table.loc[name, "others"] == rest[0] / rest[1]
    assert (table["p_adjusted"] >= table["p_value"]).all() and not table["thin"].any()


def test_thin_groups_are_drawn_to_the_others_the_more_the_thinner():
    """A shrunk rate lies between its own and that of all; groups that are alike are drawn together."""
    table = rates_by_group(pd.Series({"a": 300, "b": 2, "c": 120}), pd.Series({"a": 1000, "b": 8, "c": 800})).set_index("group")
    whole = 422 / 1808
    moved = (table["rate"] - table["shrunk"]).abs() / (table["rate"] - whole).abs()
    assert table.loc["b", "thin"] and moved["b"] > moved["c"] > 0 and moved["b"] > moved["a"]
    same = rates_by_group(pd.Series({"a": 101, "b": 99}), pd.Series({"a": 1000, "b": 1000}))
    assert same["shrunk"].tolist() == pytest.approx([0.1, 0.1], abs=1e-3)


def test_small_groups_and_empty_tables():
    """Groups below the smallest cell are not shown; nothing at all is an empty table; one group has no others."""
    table = rates_by_group(pd.Series({"a": 3, "b": 1}), pd.Series({"a": 9, "b": 4}), min_cell=5)
    assert table["group"].tolist() == ["a"] and pd.isna(table.loc[0, "others"])
    assert rates_by_group(pd.Series(dtype=int), pd.Series(dtype=int)).empty


def test_a_ratio_of_sums():
    """The ratio is that of the sums; nothing below gives no ratio; the order of customers does not matter."""
    over, under = pd.Series([1.0, 2, 3, 4, 5, 6]), pd.Series([0.0, 1, 0, 1, 1, 0])
    groups = pd.Series(["x"] * 6)
    row = ratios_by_group(over, under, groups).iloc[0]
    assert row["ratio"] == pytest.approx(21 / 3) and row["ci_low"] < 7 < row["ci_high"] and row["thin"]
    turned = ratios_by_group(over[::-1], under[::-1], groups).iloc[0]
    assert turned[["ci_low", "ci_high"]].tolist() == row[["ci_low", "ci_high"]].tolist()
    assert pd.isna(ratios_by_group(over, under * 0, groups).loc[0, "ratio"])
    assert ratios_by_group(over, under, groups, min_cell=7).empty


def test_the_interval_of_a_ratio_holds_the_truth():
    """Skewed money, rare purchases: of 150 samples about 95 in a hundred hold the true ratio."""
    rng, inside = np.random.default_rng(3), 0
    for number in range(150):
        bought = rng.random(400) < 0.15
        spent = np.where(bought, rng.lognormal(3, 0.8, 400), 0.0)
        found = ratios_by_group(
            pd.Series(spent), pd.Series(bought.astype(float)), pd.Series(1, index=range(400)), random_state=number
        )
        inside += bool(found.loc[0, "ci_low"] <= np.exp(3 + 0.32) <= found.loc[0, "ci_high"])
    assert 133 <= inside <= 149
