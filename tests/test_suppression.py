"""A reader who subtracts: no group under min_cell can be worked out from the figures of steps 03 and 07."""

import numpy as np
import pandas as pd
import pytest

from personakit.collection import load_sources
from personakit.exploration import explore
from personakit.profiling import describe
from personakit.quality import check_quality
from personakit.study import open_study

SMALLEST = 5
NO_WORDS = {"message": "", "value": "", "unit": "", "columns": "", "source": ""}


def answers(table, column):
    """People per answer, as the reader would like to know them."""
    return table[column].dropna().astype("str").value_counts()


def test_shares_of_the_whole(small_run):
    """What is left when the shown answers of one variable are taken away is nobody, or no small group."""
    figures = explore(small_run.protected).figures
    shares = figures[(figures["statistic"] == "share") & figures["source"].isin(["customers", "survey"])]
    assert len(shares) > 20
    for (role, column), rows in shares.groupby(["source", "variable"]):
        counts = answers(small_run.protected[role].to_pandas(), column)
        shown = set(rows["category"])
        left = counts[~counts.index.isin(shown)]
        assert (counts[counts.index.isin(shown)] >= SMALLEST).all(), column
        assert left.sum() == 0 or left.sum() >= SMALLEST, column
        assert rows["n"].nunique() == 1


def test_shares_of_the_segments(small_run):
    """Nor when the shown segments are taken from everybody: the answer of one hidden segment never follows."""
    profiles = small_run.profiles
    rows = profiles.table[(profiles.table["statistic"] == "share")]
    assert len(rows) > 100
    segments = set(small_run.segmentation.segments)
    tried = 0
    for (feature, category), own in rows.groupby(["feature", "category"]):
        values = small_run.features.table[feature].reindex(small_run.segmentation.labels.index)
        yes = (values.astype("str") == category) if category else values == 1
        counts = yes.groupby(small_run.segmentation.labels).sum()
        bases = values.notna().groupby(small_run.segmentation.labels).sum()
        shown = set(own["segment"])
        for row in own.itertuples():
            inside = counts[row.segment]
            assert inside == 0 or inside >= SMALLEST, (feature, category)
            assert row.estimate * row.n == pytest.approx(inside)
        hidden = sorted(segments - shown)
        # everybody's answer follows from any shown segment and the others beside it
        left = counts.reindex(hidden).sum()
        tried += bool(hidden)
        if hidden and bases.reindex(hidden).sum() > 0:
            assert len(hidden) > 1 or counts[hidden[0]] == 0 or counts[hidden[0]] >= SMALLEST, (feature, category)
            assert left == 0 or left >= SMALLEST or np.isnan(left) or len(hidden) > 1, (feature, category)
    assert tried > 3


def test_numbers_of_a_segment_that_is_too_small():
    """A mean of few people is hidden, and that of one more segment, so that everybody's mean does not tell it."""
    labels = pd.Series(np.repeat([1, 2, 3], 20))
    rng = np.random.default_rng(1)
    table = pd.DataFrame(
        {"score": rng.normal(size=60), "spend": rng.gamma(2, 50, 60), "agrees": rng.integers(0, 2, 60).astype(float)}
    )
    table.loc[3:19] = np.nan  # segment 1: three people with a value
    kinds = pd.DataFrame({"kind": ["score", "amount", "binary"]}, index=list(table)).assign(**NO_WORDS)
    profile = describe(table, kinds, labels, basis=[], min_cell=SMALLEST)
    for _, own in profile.groupby("feature"):
        assert len(own) == 1 and 1 not in set(own["segment"])
    assert (describe(table[["score"]].iloc[20:], kinds, labels[20:], basis=[], min_cell=SMALLEST)["n"] == 20).all()


def test_answers_of_a_segment_that_is_too_small():
    """No answer of the segment with three people stands there, and none of it follows from the totals."""
    labels = pd.Series(np.repeat([1, 2, 3, 4], 30))
    answers = pd.Series(np.tile(["a", "b", "c"], 40), dtype="object")
    answers[3:30] = np.nan
    kinds = pd.DataFrame({"kind": ["nominal"]}, index=["region"]).assign(**NO_WORDS)
    profile = describe(answers.to_frame("region"), kinds, labels, basis=[], min_cell=SMALLEST)
    assert 1 not in set(profile["segment"]) and len(profile)
    assert (profile.groupby("category")["segment"].nunique() <= 2).all()  # at least one more is hidden beside it


@pytest.fixture
def uneven(write_study):
    """Three regions, one of them with three people; few incomes; first orders in months of very different size."""
    towns = ["A"] * 40 + ["B"] * 30 + ["C"] * 12 + ["D"] * 3
    people = pd.DataFrame({"customer_id": [f"k{i}" for i in range(85)], "region": towns, "gender": ["w", "m"] * 40 + ["w"] * 5,
                           "income": [1000.0 + i if i < 3 else None for i in range(85)]})  # fmt: skip
    people.loc[people["region"] == "B", "gender"] = [None] * 28 + ["w", "m"]
    first = ["2025-01-05"] * 40 + ["2025-02-05"] * 30 + ["2025-03-05"] * 12 + ["2025-04-05"] * 3
    orders = pd.DataFrame({"order_id": range(125), "customer_id": [*people["customer_id"], *people["customer_id"][:40]],
                           "ordered_at": [*first, *["2025-06-05"] * 40], "amount": 10.0})  # fmt: skip
    market = pd.DataFrame({"variable": "region", "value": ["A", "B", "C", "D"], "share": [0.4, 0.3, 0.2, 0.1]})
    return load_sources(open_study(write_study(
        "study: T\nas_of: 2025-12-31\nsources:\n  customers: {path: customers.csv}\n  orders: {path: orders.csv}\n"
        "  population: {path: population.csv}\n",
        customers=people, orders=orders, population=market,
    )))  # fmt: skip


def test_the_comparison_with_the_market(uneven):
    """The region with three people and one more are hidden: the total and two others do not tell it."""
    table = explore(uneven).population.set_index("value")
    assert table.loc[["C", "D"], ["n", "sample_share", "weighted_share"]].isna().all().all()
    assert table.loc[["A", "B"], "n"].tolist() == [40, 30]


def test_first_months_and_rare_numbers(uneven):
    """A month with three first customers is left out with one more, and three incomes give no median."""
    found = explore(uneven)
    assert sorted(set(found.cohorts["cohort"])) == ["2025-01", "2025-02"]
    assert "income" not in set(found.figures["variable"]) and "region" in set(found.figures["variable"])


def test_gaps_by_group(uneven):
    """Of two people with a gender in region B nobody learns by taking the missing from all."""
    rows = check_quality(uneven).missing_by_group
    own = rows[(rows["column"] == "gender") & (rows["group"] == "region")].set_index("value")
    assert len(own) and own["missing"].isna().sum() >= 2 and pd.isna(own.loc["B", "missing"])
    shown = own[own["missing"].notna()]
    assert ((shown["missing"] >= SMALLEST) | (shown["missing"] == 0)).all()
