"""Shares, profiles and shifts of two waves, against hand counts and against chance."""

import numpy as np
import pandas as pd
import pytest

from personakit.drift_profiles import compare_mix, compare_profiles, stability_index
from personakit.features import Features

HOW = {"n_resamples": 199, "random_state": 1}


def features_of(**columns):
    table = pd.DataFrame(columns)
    table.index = pd.Index([f"c{i}" for i in range(len(table))], name="customer_id")
    return Features(table, pd.DataFrame(index=table.columns))


def test_shares_are_those_of_a_hand_count():
    """Shares, their change and its interval; a change far beyond chance has the smallest p there can be."""
    old, new = pd.Series([1] * 60 + [2] * 40), pd.Series([1] * 30 + [2] * 70)
    table = compare_mix(old, new, [1, 2], **HOW)
    assert table["old_share"].tolist() == [0.6, 0.4] and table["new_share"].tolist() == [0.3, 0.7]
    assert table["change"].round(9).tolist() == [-0.3, 0.3] and (table["old_n"] == 100).all()
    error = np.sqrt(90.5 / 201 * (1 - 90.5 / 201) * 2 / 100)
    assert table.loc[0, "ci_low"] == pytest.approx(-0.3 - 1.959964 * error, abs=1e-6)
    assert table["p_adjusted"].tolist() == [1 / 200, 1 / 200] and (table["band"] < 0.3).all()


def test_the_same_shares_are_no_change():
    """No change at all can always be chance."""
    labels = pd.Series([1, 2, 3] * 50)
    assert compare_mix(labels, labels, [1, 2, 3], **HOW)["p_adjusted"].eq(1).all()


def test_chance_is_kept_to(blobs):
    """Of two hundred pairs of waves from one population, about one in a hundred differs beyond the band."""
    rng = np.random.default_rng(5)
    beyond = 0
    for _ in range(200):
        old, new = (pd.Series(rng.choice([1, 2, 3], 300, p=[0.5, 0.3, 0.2])) for _ in range(2))
        beyond += int((compare_mix(old, new, [1, 2, 3], **HOW)["p_adjusted"] <= 0.01).any())
    assert beyond <= 7


def test_means_and_answers_in_words():
    """Means of numbers, shares of answers, people who are missing; what was planted is beyond the band and nothing else."""
    rng = np.random.default_rng(2)
    old = features_of(height=rng.normal(170, 10, 400), town=np.where(rng.random(400) < 0.5, "Oslo", "Bergen"),
                      rating=rng.integers(1, 6, 400).astype(float))  # fmt: skip
    new = features_of(height=rng.normal(176, 10, 300), town=np.where(rng.random(300) < 0.9, "Oslo", "Bergen"),
                      rating=rng.integers(1, 6, 300).astype(float))  # fmt: skip
    new.table.loc[new.table.index[:50], "height"] = np.nan
    labels = [pd.Series(1, index=features.table.index) for features in (old, new)]
    table = compare_profiles(old, new, *labels, columns=["height", "town", "rating"], **HOW)
    table = table.set_index(["feature", "category"])
    assert table.index.tolist() == [("height", ""), ("town", "Bergen"), ("town", "Oslo"), ("rating", "")]
    height = table.loc[("height", "")]
    assert height["old"] == pytest.approx(old.table["height"].mean()) and height["new_n"] == 250
    assert height["effect"] == pytest.approx((height["new"] - height["old"]) / old.table["height"].std())
    assert table.loc[("town", "Oslo"), "new"] == pytest.approx((new.table["town"] == "Oslo").mean())
    assert (table["p_adjusted"] <= 0.01).tolist() == [True, True, True, False]
    assert (table["change"].abs() > table["band"]).tolist() == [True, True, True, False]


def test_small_groups_and_constant_columns_are_not_compared():
    """Fewer than twenty people, or the same value for everybody, give no row."""
    old, new = (features_of(same=np.ones(40), some=np.r_[np.arange(10.0), np.full(30, np.nan)]) for _ in range(2))
    labels = [pd.Series(1, index=features.table.index) for features in (old, new)]
    assert compare_profiles(old, new, *labels, columns=["same", "some"], **HOW).empty


def test_the_index_is_that_of_the_formula():
    """Two answers, counted by hand with half a person more in each; tenths of numbers; missing is an answer too."""
    old, new = features_of(town=["Oslo"] * 60 + ["Bergen"] * 40), features_of(town=["Oslo"] * 40 + ["Bergen"] * 60)
    row = stability_index(old, new, columns=["town"], **HOW).iloc[0]
    first, second = (np.array(counts) / 101 for counts in ([40.5, 60.5], [60.5, 40.5]))
    assert row["index"] == pytest.approx(((second - first) * np.log(second / first)).sum())
    assert row["beyond"] and row["old_n"] == 100
    rng = np.random.default_rng(4)
    numbers, more = features_of(x=rng.normal(size=500)), features_of(x=rng.normal(size=500))
    assert not stability_index(numbers, more, columns=["x"], **HOW)["beyond"].iloc[0]
    gone = features_of(x=np.where(rng.random(500) < 0.4, np.nan, 1.0) * rng.normal(size=500))
    assert stability_index(numbers, gone, columns=["x"], **HOW)["beyond"].iloc[0]


def test_swapping_the_waves_turns_the_change_round():
    """Change and effect have the other sign."""
    rng = np.random.default_rng(3)
    old, new = features_of(x=rng.normal(0, 1, 200)), features_of(x=rng.normal(1, 1, 200))
    labels = pd.Series(1, index=old.table.index)
    one, other = (compare_profiles(*pair, labels, labels, columns=["x"], **HOW).iloc[0] for pair in ((old, new), (new, old)))
    assert one["change"] == pytest.approx(-other["change"]) and np.sign(one["effect"]) == -np.sign(other["effect"])
