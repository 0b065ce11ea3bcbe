"""First figures of the customers as a whole."""

import numpy as np
import pandas as pd
import pytest

from personakit.collection import load_sources
from personakit.exploration import Exploration, explore
from personakit.study import open_study


@pytest.fixture(scope="module")
def exploration(small_run):
    return explore(small_run.protected)


def test_shares_and_medians_equal_pandas(exploration, small_run):
    """Each figure is what pandas gives on the same table."""
    customers = small_run.protected["customers"].to_pandas()
    figures = exploration.figures.set_index(["source", "variable", "category"])
    assert figures.loc[("customers", "age", ""), "estimate"] == customers["age"].median()
    assert figures.loc[("customers", "gender", "woman"), "estimate"] == pytest.approx((customers["gender"] == "woman").mean())
    shown = figures.dropna(subset=["ci_low"])
    assert ((shown["ci_low"] <= shown["estimate"]) & (shown["estimate"] <= shown["ci_high"])).all()


def test_the_value_curve_ends_at_one(exploration, small_run):
    """All customers together bring all of the money, and the best bring the most."""
    curve = exploration.value
    assert curve.iloc[-1].tolist() == [1.0, 1.0]
    assert (np.diff(curve["value_share"]) >= 0).all()
    assert (curve["value_share"] >= curve["customers_share"] - 1e-9).all()


def test_months_add_up_to_all_rows(exploration, small_run):
    """Rows per month add up to the rows of each source, but for months with fewer rows than may be shown."""
    totals = exploration.monthly.groupby("source")["rows"].sum()
    for role in ("orders", "events", "tickets"):
        assert 0 <= small_run.protected[role].count().execute() - totals[role] < 3 * 5


def test_sample_stands_beside_market(exploration):
    """Each market figure has the sample's share beside it."""
    gender = exploration.population[exploration.population["variable"] == "gender"]
    assert gender["sample_share"].sum() == pytest.approx(1.0)
    assert gender["market_share"].tolist() == [0.5, 0.5]
    assert gender["weighted_share"].to_numpy() == pytest.approx([0.5, 0.5])
    assert len(exploration.weights) == exploration.figures.set_index("variable").loc["gender", "n"].iloc[0]


def test_small_groups_are_not_shown(write_study):
    """A region with two people is left out, and so is the one that would reveal it."""
    customers = pd.DataFrame({"customer_id": [f"C{i}" for i in range(40)], "region": ["A"] * 30 + ["B"] * 8 + ["C"] * 2})
    study = open_study(
        write_study("study: T\nas_of: 2026-01-01\nsources:\n  customers: {path: customers.csv}\n", customers=customers)
    )
    figures = explore(load_sources(study)).figures
    assert figures[figures["variable"] == "region"]["category"].tolist() == ["A"]


def test_cohorts_equal_pandas(exploration, small_run):
    """The share of a cohort that buys again is what pandas counts; small groups are hidden."""
    orders = small_run.protected["orders"].to_pandas()
    month = orders["ordered_at"].dt.year * 12 + orders["ordered_at"].dt.month
    first = month.groupby(orders["customer_id"]).transform("min")
    row = exploration.cohorts[exploration.cohorts["month"] == 3].iloc[0]
    year, number = (int(part) for part in row["cohort"].split("-"))
    cohort = orders[first == year * 12 + number]
    active = cohort[(month - first).loc[cohort.index] == 3]["customer_id"].nunique()
    assert row["active_share"] == pytest.approx(active / cohort["customer_id"].nunique())
    assert (exploration.cohorts["active_share"] * exploration.cohorts["customers"] >= 5 - 1e-9).all()


def test_every_basis_has_figures_with_spread(exploration):
    """Four bases; numbers have quarters beside the middle, and nobody's own spend can be read from the curve."""
    assert set(exploration.figures["basis"]) == {"demographic", "geographic", "behavioural", "psychographic"}
    numbers = exploration.figures[exploration.figures["statistic"] != "share"]
    assert (numbers["lower_quarter"] <= numbers["upper_quarter"]).all()
    n = exploration.figures.query("variable == 'spend'")["n"].iloc[0]
    steps = np.diff(np.concatenate([[0], exploration.value["customers_share"] * n]))
    assert steps.round().min() >= 5 or steps[-1].round() >= 1
    assert exploration.value["customers_share"].iloc[0] * n >= 5 - 1e-9


def test_ratings_that_go_together(exploration):
    """Two questions about the same need go together more than two about different ones."""
    grid = exploration.correlations
    assert grid.loc["need_price_1", "need_price_2"] > 0.3 > grid.loc["need_price_1", "need_wellbeing_1"]


def test_survey_alone_has_no_months_and_no_value(write_study):
    """A study without orders says nothing about value, and goes through files and back."""
    survey = pd.DataFrame({"q1": [1, 2, 3] * 5})
    study = open_study(
        write_study("study: T\nas_of: 2026-01-01\nsources:\n  survey: {path: survey.csv, items: {needs: [q1]}}\n", survey=survey)
    )
    found = explore(load_sources(study))
    assert found.value.empty and found.monthly.empty and found.population.empty
    assert Exploration.from_parts(found.parts()).figures.equals(found.figures)
