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
    """Rows per month add up to the rows of each source."""
    totals = exploration.monthly.groupby("source")["rows"].sum()
    for role in ("orders", "events", "tickets"):
        assert totals[role] == small_run.protected[role].count().execute()


def test_sample_stands_beside_market(exploration):
    """Each market figure has the sample's share beside it."""
    gender = exploration.population[exploration.population["variable"] == "gender"]
    assert gender["sample_share"].sum() == pytest.approx(1.0)
    assert gender["market_share"].tolist() == [0.5, 0.5]


def test_small_groups_are_not_shown(write_study):
    """A region with two people is left out, and so is the one that would reveal it."""
    customers = pd.DataFrame({"customer_id": [f"C{i}" for i in range(40)], "region": ["A"] * 30 + ["B"] * 8 + ["C"] * 2})
    study = open_study(
        write_study("study: T\nas_of: 2026-01-01\nsources:\n  customers: {path: customers.csv}\n", customers=customers)
    )
    figures = explore(load_sources(study)).figures
    assert figures[figures["variable"] == "region"]["category"].tolist() == ["A"]


def test_survey_alone_has_no_months_and_no_value(write_study):
    """A study without orders says nothing about value, and goes through files and back."""
    survey = pd.DataFrame({"q1": [1, 2, 3] * 5})
    study = open_study(
        write_study("study: T\nas_of: 2026-01-01\nsources:\n  survey: {path: survey.csv, items: {needs: [q1]}}\n", survey=survey)
    )
    found = explore(load_sources(study))
    assert found.value.empty and found.monthly.empty and found.population.empty
    assert Exploration.from_parts(found.parts()).figures.equals(found.figures)
