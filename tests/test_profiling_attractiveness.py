"""Segments rated: what the data say, what the team adds, and how far the order hangs on the weights."""

import numpy as np
import pandas as pd
import pytest

from personakit.errors import DataError
from personakit.features import Features
from personakit.features_builder import DICTIONARY_COLUMNS
from personakit.profiling_attractiveness import rate_segments
from personakit.segmentation import segment_customers
from personakit.study_parts import Attractiveness


@pytest.fixture(scope="module")
def market():
    """Three groups: a large one that spends little, a rich unhappy one, and a tiny one."""
    rng = np.random.default_rng(5)
    group = np.repeat([0, 1, 2], [300, 180, 20])
    table = pd.DataFrame({
        "a": group * 10 + rng.normal(size=500), "b": rng.normal(size=500),
        "spend": np.array([10.0, 100, 10])[group] * rng.uniform(0.5, 1.5, 500),
        "days_as_customer": np.where(rng.random(500) < np.array([0.1, 0.5, 0.1])[group], 100.0, 2000.0),
        "happy": np.array([8.0, 5, 8])[group] + rng.normal(size=500),
    }, index=pd.Index([f"c{i:03d}" for i in range(500)], name="customer_id"))  # fmt: skip
    dictionary = pd.DataFrame("", index=list(table), columns=DICTIONARY_COLUMNS)
    dictionary["kind"] = ["number", "number", "amount", "count", "ordinal"]
    dictionary.loc["happy", "about"] = "recommendation"
    features = Features(table, dictionary)
    return features, segment_customers(table, basis=["a"], n_segments=3)


def test_what_the_data_say(market):
    """Size, value, growth and satisfaction are those of plain pandas, with intervals around them."""
    features, segmentation = market
    criteria = rate_segments(features, segmentation).criteria.set_index(["criterion", "segment"])
    labels, table = segmentation.labels, features.table
    assert criteria.loc[("size", 1), "estimate"] == 300 / 500
    spent = table["spend"].groupby(labels).sum()
    for segment in (1, 2, 3):
        row = criteria.loc[("value", segment)]
        assert row["estimate"] == pytest.approx(spent[segment] / spent.sum())
        assert row["ci_low"] < row["estimate"] < row["ci_high"]
    new = (table["days_as_customer"] < 365).groupby(labels).mean()
    assert criteria.loc["growth", "estimate"].to_numpy() == pytest.approx(new.to_numpy())
    assert criteria.loc["satisfaction", "estimate"].to_numpy() == pytest.approx(table["happy"].groupby(labels).mean().to_numpy())
    points = criteria.loc["value", "points"]
    assert points.min() == 1 and points.max() == 10 and points.idxmax() == 2


def test_order_knock_out_and_under_served(market):
    """The tiny group is not weighed; the rich one wins under most weights and is under-served."""
    scores = rate_segments(*market).scores.set_index("segment")
    assert scores.index[0] == 2 and scores.loc[2, "under_served"] and not scores.loc[[1, 3], "under_served"].any()
    assert scores.loc[3, "knocked_out"] == "20 people; at least 30 are asked for"
    assert np.isnan(scores.loc[3, "rank"]) and scores.loc[3, "first_share"] == 0
    assert scores["first_share"].sum() == pytest.approx(1)


def test_weights_and_ratings_of_the_team(market):
    """The team's own criterion and weights decide the order; a criterion without a weight counts nothing."""
    choice = Attractiveness(weights={"fit": 3, "size": 1}, ratings={"fit": {1: 9, 2: 2}}, smallest_people=10, smallest_share=0.01)
    rating = rate_segments(*market, choice=choice)
    assert rating.scores["segment"].iloc[0] == 1 and (rating.scores["knocked_out"] == "").all()
    criteria = rating.criteria.set_index(["criterion", "segment"])
    assert criteria.loc[("fit", 1), ["source", "points", "weight"]].tolist() == ["team", 9, 0.75]
    assert np.isnan(criteria.loc[("fit", 3), "points"]) and criteria.loc[("value", 1), "weight"] == 0
    score = rating.scores.set_index("segment")["score"]
    assert score[1] == pytest.approx(0.75 * 9 + 0.25 * 10) and score[3] == pytest.approx(0.75 * 5.5 + 0.25 * 1)


def test_the_same_again(market):
    """Resamples and weights are drawn by the seed."""
    one, two = rate_segments(*market), rate_segments(*market)
    assert one.criteria.equals(two.criteria) and one.scores.equals(two.scores)


def test_wrong_criteria_are_named(market):
    """Weights of nobody's criterion, ratings of the data's own, and unknown segments come together."""
    choice = Attractiveness(weights={"fits": 1}, ratings={"fit": {9: 5}, "size": {1: 5}})
    with pytest.raises(DataError) as error:
        rate_segments(*market, choice=choice)
    assert len(error.value.problems) == 3
    assert "nobody rates 'fits'" in error.value.problems[0] and "did you mean 'fit'?" in error.value.problems[0]
    assert "there is no segment 9; the segments are 1, 2, 3" in str(error.value)


def test_one_segment_and_no_orders():
    """Everybody together, without spending or satisfaction, is rated by size alone."""
    table = pd.DataFrame({"a": np.arange(40.0)})
    dictionary = pd.DataFrame("", index=["a"], columns=DICTIONARY_COLUMNS).assign(kind="number")
    rating = rate_segments(Features(table, dictionary), segment_customers(table, basis=["a"], n_segments=1))
    assert rating.criteria["criterion"].tolist() == ["size"] and rating.scores["score"].tolist() == [5.5]
