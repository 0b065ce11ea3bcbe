"""What is wrong with the data: found, counted, and left out by stated rules."""

import pandas as pd
import pytest

from personakit.collection import load_sources
from personakit.errors import DataError
from personakit.quality import check_quality
from personakit.study import open_study

CUSTOMERS = pd.DataFrame(
    {"customer_id": ["C1", "C2", "C3", "C4"], "birth_year": [1980, 1990, 1884, 2000], "region": ["A", "A", "B", None]}
)
STUDY = "study: T\nas_of: 2026-01-01\nsources:\n  customers: {path: customers.csv}\n"
ORDERS = "  orders: {path: orders.csv}\n"


def report(file, **options):
    return check_quality(load_sources(open_study(file)), **options)


def found(quality, rule):
    rows = quality.problems[quality.problems["rule"] == rule]
    return dict(zip(rows["source"] + "." + rows["column"], rows["count"], strict=True))


def test_rows_that_stand_twice_are_left_out_once(write_study):
    """A row that repeats an earlier one goes; the first one stays."""
    twice = pd.concat([CUSTOMERS, CUSTOMERS.iloc[[1]]])
    quality = report(write_study(STUDY, customers=twice))
    assert found(quality, "repeats an earlier row") == {"customers.customer_id": 1}
    assert quality.clean["customers"].customer_id.count().execute() == 4


def test_two_customers_with_one_id_stop(write_study):
    """Different rows with one id bring one sentence; the study file can say which counts."""
    other = pd.concat([CUSTOMERS, CUSTOMERS.iloc[[1]].assign(region="C")])
    file = write_study(STUDY, customers=other)
    with pytest.raises(DataError) as caught:
        report(file)
    assert caught.value.problems == [
        "sources.customers: 1 rows have the customer_id of an earlier row but differ from it (data row 5); correct them, "
        "or write 'quality: {same_id: first}' (or last) to say which row counts"
    ]
    for rule, region in (("first", "A"), ("last", "C")):
        file.write_text(STUDY + f"quality: {{same_id: {rule}}}\n", encoding="utf-8")
        rows = report(file).clean["customers"].to_pandas().set_index("customer_id")
        assert rows.at["C2", "region"] == region


def test_impossible_ages_become_missing(write_study):
    """A birth year of 1884 is no birth year; age is counted at as_of."""
    rows = report(write_study(STUDY, customers=CUSTOMERS)).clean["customers"].to_pandas().set_index("customer_id")
    assert rows["age"].fillna(-1).to_dict() == {"C1": 46, "C2": 36, "C3": -1, "C4": 26}


def test_orders_that_cannot_be_used(write_study):
    """Without customer, cancelled, free and future orders go; lines that repeat stay unless the study says otherwise."""
    orders = pd.DataFrame(
        [("C1", "2025-05-01", 10, 1), ("C1", "2025-05-01", 10, 1), (None, "2025-05-01", 9, 1), ("C2", "2025-06-01", -5, -1),
         ("C2", "2025-06-02", 0, 1), ("C3", "2027-01-01", 20, 2), ("C9", "2025-06-03", 7, 1)],
        columns=["customer_id", "ordered_at", "amount", "quantity"],
    )  # fmt: skip
    quality = report(write_study(STUDY + ORDERS, customers=CUSTOMERS, orders=orders))
    funnel = quality.funnel[quality.funnel["source"] == "orders"]
    assert funnel[["rule", "rows_in", "rows_out"]].values.tolist() == [
        ["no customer id", 7, 6],
        ["dated after as_of", 6, 5],
        ["cancelled or returned (quantity of 0 or less)", 5, 4],
        ["amount of 0 or less, or no amount or date", 4, 3],
    ]
    assert found(quality, "repeats an earlier row") == {"orders.": 1}
    assert found(quality, "not in customers") == {"orders.customer_id": 1}
    dropping = write_study(STUDY + ORDERS + "quality: {duplicates: {orders: drop}}\n", customers=CUSTOMERS, orders=orders)
    assert report(dropping).clean["orders"].count().execute() == 2


def test_a_rule_that_leaves_nothing_stops(write_study):
    """When every row falls under a rule, the column is named."""
    orders = pd.DataFrame({"customer_id": ["C1"], "ordered_at": ["2030-01-01"], "amount": [5]})
    with pytest.raises(
        DataError, match="all 1 rows fall under 'dated after as_of', so nothing is left; check column 'ordered_at'"
    ):
        report(write_study(STUDY + ORDERS, customers=CUSTOMERS, orders=orders))


def test_conflicts_are_listed_and_the_trusted_source_counts(write_study):
    """Where register and survey differ, the trusted one wins and fills the other's gaps."""
    survey = pd.DataFrame({"customer_id": ["C1", "C2", "C4"], "region": ["B", "A", "C"], "age": [46, 36, 40], "q1": [1, 2, 3]})
    text = STUDY + "  survey: {path: survey.csv, items: {needs: [q1]}}\n"
    quality = report(write_study(text, customers=CUSTOMERS, survey=survey))
    assert quality.conflicts.values.tolist() == [
        ["age", "customers, survey", 3, 1, "customers"],
        ["region", "customers, survey", 2, 1, "customers"],
    ]
    rows = quality.clean["customers"].to_pandas().set_index("customer_id")
    assert rows["region"].to_dict() == {"C1": "A", "C2": "A", "C3": "B", "C4": "C"}
    trusting = report(write_study(text + "quality: {trust: {region: survey}}\n", customers=CUSTOMERS, survey=survey))
    assert trusting.clean["customers"].to_pandas().set_index("customer_id").at["C1", "region"] == "B"
    assert "region" not in quality.clean["survey"].columns


def test_text_where_a_scale_should_be(write_study):
    """A Likert question that holds words is named."""
    survey = pd.DataFrame({"q1": ["a lot", "a little"]})
    text = (
        "study: T\nas_of: 2026-01-01\nsources:\n"
        "  survey: {path: survey.csv, items: {needs: {kind: likert, scale: [1, 5], columns: [q1]}}}\n"
    )
    with pytest.raises(DataError, match=r"column 'q1' should hold numbers from 1 to 5 \(likert\), but holds text"):
        report(write_study(text, survey=survey))


def test_planted_faults_of_the_shop_are_found(small_shop, small_run):
    """Duplicates, conflicts and impossible values come out exactly; bots all, careless answers without a false alarm."""
    truth, quality = small_shop.truth, small_run.report
    planted = truth.groupby(["kind", "source"]).size()
    twice = found(quality, "repeats an earlier row")
    assert twice["customers.customer_id"] == planted["duplicate", "customers"]
    assert twice["events.event_id"] == planted["duplicate", "events"]
    assert found(quality, "age outside 10-110 years")["customers.birth_year"] >= len(
        truth.query("kind == 'impossible' and column == 'birth_year'")
    )
    bots = quality.people[quality.people["source"] == "events"]
    assert len(bots) == planted["bot", "events"]
    careless = set(truth.loc[truth["kind"] == "careless", "key"])
    survey = small_run.sources["survey"].select("_row", "customer_id").to_pandas().set_index("_row")["customer_id"]
    flagged = set(survey.loc[quality.people.loc[quality.people["source"] == "survey", "row"]])
    assert flagged <= careless
    assert len(flagged) >= 0.5 * len(careless)


def test_the_same_people_are_set_aside_again(small_run):
    """Given the people found earlier, nobody is judged anew."""
    fewer = small_run.report.people.iloc[:3]
    again = check_quality(small_run.sources, people=fewer)
    assert again.people.reset_index(drop=True).equals(fewer.reset_index(drop=True))


def test_no_value_is_shown(small_run, small_shop):
    """The report names rows, never values of people."""
    text = small_run.report.problems.to_csv() + small_run.report.conflicts.to_csv()
    assert not any(email in text for email in small_shop.tables["customers"]["email"])
