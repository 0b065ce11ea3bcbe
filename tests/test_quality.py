"""What is wrong with the data: found, counted, and left out by stated rules."""

import numpy as np
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


@pytest.mark.parametrize(("ids", "warned"), [
    ({"customer_id": ["a@b.no", "c@d.no", "C1", *[f"p{i}@b.no" for i in range(40)]]}, True),
    ({"customer_id": ["C1", "C2", "C3", *[f"p{i}@b.no" for i in range(20)]]}, False),
    ({"respondent_id": range(43)}, False), ({}, False),
    ({"respondent_id": range(43), "customer_id": [f"p{i}@b.no" for i in range(43)]}, True),
])  # fmt: skip
def test_ids_that_the_register_hardly_knows_are_told(write_study, ids, warned):
    """Answers by an address beside customers by a number: a person has to look; a survey without names of customers is fine."""
    n = len(next(iter(ids.values()), range(43)))
    survey = pd.DataFrame({**ids, "q1": [1 + i % 5 for i in range(n)], "q2": [1 + (i // 2) % 5 for i in range(n)]})
    items = "  survey: {path: survey.csv, items: {needs: {kind: likert, scale: [1, 5], columns: {q1: a, q2: b}}}}\n"
    problems = report(write_study(STUDY + items, customers=CUSTOMERS, survey=survey)).problems
    row = problems[problems["rule"] == "not in customers"].iloc[0]
    assert (row["severity"], "other_ids" in row["done"]) == (("warning", True) if warned else ("note", False))


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
    assert quality.conflicts.drop(columns=["sources", "share"]).values.tolist() == [
        ["region", 2, 1, "the value of customers counts"],
        ["age", 3, 1, "the value of customers counts"],
    ]
    assert quality.resolutions.values.tolist() == [["region", 1, 1, "customers"], ["age", 4, 3, "customers"]]
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
    assert len(flagged & careless) >= 0.8 * max(len(flagged), len(careless))


def test_the_same_people_are_set_aside_again(small_run):
    """Given the people found earlier, nobody is judged anew."""
    fewer = small_run.report.people.iloc[:3]
    again = check_quality(small_run.sources, people=fewer)
    assert again.people.reset_index(drop=True).equals(fewer.reset_index(drop=True))


def test_no_value_is_shown(small_run, small_shop):
    """The report names rows, never values of people."""
    text = small_run.report.problems.to_csv() + small_run.report.conflicts.to_csv()
    assert not any(email in text for email in small_shop.tables["customers"]["email"])


def test_orders_that_did_not_happen_or_are_in_another_currency(write_study):
    """A status that says cancelled, in any of the languages, and amounts that cannot be added, are left out."""
    orders = pd.DataFrame({
        "customer_id": ["C1"] * 5, "ordered_at": ["2025-05-01"] * 4 + ["1970-01-01"], "amount": [1, 2, 3, 4, 5],
        "status": ["ok", "Cancelled", "kansellert", None, "ok"], "currency": ["EUR", "EUR", "EUR", "NOK", "EUR"],
    })  # fmt: skip
    quality = report(write_study(STUDY + ORDERS, customers=CUSTOMERS, orders=orders))
    assert quality.funnel[["rule", "rows_out", "customers_out"]].values.tolist() == [
        ["dated 1 January 1970 or before", 4, 1],
        ["cancelled or returned (by its status)", 2, 1],
        ["not in EUR; amounts of several currencies cannot be added", 1, 1],
    ]
    assert quality.problems.set_index("column").loc["status", "example_rows"] == "2, 3"


def test_customers_lost_are_counted(write_study):
    """The funnel says how many customers still have rows after each rule."""
    orders = pd.DataFrame({"customer_id": ["C1", "C1", "C2"], "ordered_at": ["2025-05-01"] * 3, "amount": [1, 0, 0]})
    quality = report(write_study(STUDY + ORDERS, customers=CUSTOMERS, orders=orders))
    assert quality.funnel[["customers_in", "customers_out"]].values.tolist() == [[2, 1]]


def test_what_is_noticed_about_columns(write_study):
    """Peaks, defaults, joke answers, outliers, look-alikes and rows before the customer joined are noted, not removed."""
    n = 400
    people = pd.DataFrame({
        "customer_id": [f"C{i:03d}" for i in range(n)], "birth_year": [1990] * 200 + [1940 + i % 60 for i in range(200)],
        "income": [30_000 + 37 * i for i in range(n - 1)] + [9_999_999], "region": ["North", "South"] * 199 + ["Moon", "South"],
        "joined_on": "2025-01-01", "a": range(n), "b": range(n), "c": 1, "d": range(n),
    })  # fmt: skip
    days = pd.date_range("2025-01-01", periods=100).strftime("%Y-%m-%d").tolist()
    orders = pd.DataFrame(
        {"customer_id": "C001", "ordered_at": ["2024-12-31", *days, *["2025-03-03"] * 50], "amount": range(1, 152)}
    )
    twin = people.iloc[[5]].assign(customer_id="C999")
    quality = report(write_study(STUDY + ORDERS, customers=pd.concat([people, twin]), orders=orders))
    assert found(quality, "one value stands far more often than any other") == {"customers.birth_year": 204, "customers.age": 204}
    assert found(quality, "far from all others") == {"customers.income": 1}
    assert found(quality, "1 answers that hardly anybody gives") == {"customers.region": 1}
    assert found(quality, "the same in every row") == {
        "customers.joined_on": 401, "customers.c": 401, "orders.customer_id": 151,
    }  # fmt: skip
    assert found(quality, "the same as an earlier row in all but the id") == {"customers.": 1}
    assert found(quality, "one day has far more rows than any usual day") == {"orders.ordered_at": 51}
    assert found(quality, "dated before the customer joined") == {"orders.ordered_at": 1}
    assert quality.funnel.empty


def test_missing_more_often_in_one_group(write_study):
    """Who leaves a question open is compared between groups, with effect size and adjusted p-value."""
    people = pd.DataFrame({
        "customer_id": [f"C{i:03d}" for i in range(300)], "region": ["North", "South", "West"] * 100,
        "income": [None if i % 3 == 0 and i % 2 else 1000 + i for i in range(300)],
    })  # fmt: skip
    rows = report(write_study(STUDY, customers=people)).missing_by_group
    assert rows.set_index("value")["missing_share"].round(2).to_dict() == {"North": 0.5, "South": 0.0, "West": 0.0}
    assert rows["cramers_v"].iloc[0] == pytest.approx(0.6325, abs=1e-4) and rows["p_adjusted"].max() < 0.01


@pytest.mark.parametrize(
    ("rule", "regions"),
    [("survey", ["B", "A", "C"]), ("newest", ["B", "A", "A"]), ("drop", [None, "A", None])],
)
def test_each_rule_for_conflicts(write_study, rule, regions):
    """The more trusted, the newer or neither value counts, as the study says; every resolution is written down."""
    people = pd.DataFrame(
        {"customer_id": ["C1", "C2", "C3"], "region": ["A", "A", "A"], "updated_on": ["2024-01-01"] * 2 + ["2026-01-01"]}
    )
    survey = pd.DataFrame(
        {"customer_id": ["C1", "C2", "C3"], "region": ["B", " a", "C"], "answered_at": ["2025-01-01"] * 3, "q": [1, 2, 3]}
    )
    text = STUDY + f"  survey: {{path: survey.csv, items: {{needs: [q]}}}}\nquality: {{trust: {{region: {rule}}}}}\n"
    quality = report(write_study(text, customers=people, survey=survey))
    rows = quality.clean["customers"].order_by("customer_id").to_pandas()["region"]
    assert [None if pd.isna(region) else region for region in rows] == regions
    assert quality.resolutions[["customers_row", "survey_row"]].values.tolist() == [[1, 1], [3, 3]]


def test_newest_needs_to_know_when(write_study):
    """A rule that cannot be followed is named before anything is decided."""
    survey = pd.DataFrame({"customer_id": ["C1"], "region": ["B"], "q": [1]})
    text = STUDY + "  survey: {path: survey.csv, items: {needs: [q]}}\nquality: {trust: {region: newest, regon: drop}}\n"
    with pytest.raises(DataError) as caught:
        report(write_study(text, customers=CUSTOMERS, survey=survey))
    assert "quality.trust: 'regon' does not stand in both customers and survey; they share: region; did you mean 'region'?" in (
        caught.value.problems
    )
    assert any("'newest' needs the column updated_on in customers" in problem for problem in caught.value.problems)


def test_bots_of_every_kind(write_study):
    """Too fast, too steady, awake too long, or named so; a busy person is none of it."""
    rng = np.random.default_rng(1)
    start = pd.Timestamp("2025-06-01 08:00")
    visits = {
        "fast": [start + pd.Timedelta(seconds=20 * i + int(rng.integers(0, 19))) for i in range(300)],
        "steady": [start + pd.Timedelta(seconds=60 * i) for i in range(60)],
        "sleepless": [start + pd.Timedelta(minutes=30 * i + int(rng.integers(0, 25))) for i in range(80)],
        "person": [start + pd.Timedelta(seconds=int(s)) for s in np.cumsum(rng.exponential(50, 70))],
        "named": [start],
    }
    events = pd.DataFrame([(one, at, "home", "Googlebot/2.1" if one == "named" else "Firefox") for one, times in visits.items()
                           for at in times], columns=["customer_id", "at", "touchpoint", "user_agent"])  # fmt: skip
    text = "study: T\nas_of: 2026-01-01\nsources:\n  events: {path: events.csv}\n"
    quality = report(write_study(text, events=events))
    rows = events.reset_index().groupby("customer_id")["index"].min() + 1
    rules = quality.people.set_index("row")["rule"]
    assert set(rules.index) == set(rows[["fast", "steady", "sleepless", "named"]])
    assert rules[rows["steady"]] == "bot: a steady beat" and rules[rows["named"]] == "bot: says so by its user agent"
    assert quality.clean["events"].select("customer_id").distinct().to_pandas()["customer_id"].tolist() == ["person"]


def test_trap_questions_and_single_signs(write_study):
    """One sign alone leaves a respondent in; a wrong answer to a trap question and haste together do not."""
    rng = np.random.default_rng(2)
    n = 60
    survey = pd.DataFrame(rng.integers(1, 6, (n, 4)), columns=["q1", "q2", "q3", "q4"])
    survey = survey.assign(trap=4, seconds=rng.integers(200, 400, n))
    survey.loc[[3, 7], "trap"] = 1
    survey.loc[[3, 9], "seconds"] = 30
    text = """study: T
as_of: 2026-01-01
sources:
  survey: {path: survey.csv, items: {needs: {kind: likert, scale: [1, 5], columns: [q1, q2, q3, q4]}}, traps: {trap: 4}}
"""
    quality = report(write_study(text, survey=survey))
    assert quality.people[["row", "rule"]].values.tolist() == [[4, "careless: fast and trapped"]]
    assert quality.with_careless["survey"].count().execute() == n


def test_large_tables_give_the_same_counts(write_study, monkeypatch):
    """The short cuts for large tables find the same as the long way; only repeats are estimated."""
    rng = np.random.default_rng(3)
    n = 6000
    orders = pd.DataFrame({
        "customer_id": [None if i % 97 == 0 else f"C{i % 400}" for i in range(n)],
        "ordered_at": (pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 300 * 86_400, n), unit="s")).astype(str),
        "amount": np.where(np.arange(n) % 501 == 0, -1.0, rng.gamma(2, 20, n).round(2)),
        "quantity": np.where(np.arange(n) % 301 == 0, 0, 2),
        "product": [None if i % 5 == 0 else "x" for i in range(n)],
    })  # fmt: skip
    orders.loc[17, "amount"] = 1e9
    orders = pd.concat([orders, orders.iloc[100:700]])
    text = "study: T\nas_of: 2026-01-01\nsources:\n  orders: {path: orders.csv, where: amount < 1e12}\n"
    file = write_study(text, orders=orders)
    small = report(file)
    for module in ("quality_ledger", "quality_rules", "quality_gaps", "quality"):
        monkeypatch.setattr(f"personakit.{module}.LARGE_ROWS", 100)
    monkeypatch.setattr("personakit.collection_values._MANY_ROWS", 100)
    large = report(file)
    assert large.funnel.equals(small.funnel)
    one, other = (q.problems[~q.problems["rule"].str.startswith("repeats")].drop(columns="example_rows") for q in (small, large))
    assert one.reset_index(drop=True).equals(other.reset_index(drop=True))
    estimate = large.problems[large.problems["rule"].str.startswith("repeats")]["count"]
    assert estimate.tolist()[0] == pytest.approx(600, rel=0.8)
    assert len(set(large.problems["example_rows"].str.len())) > 1


RATED = """study: T
as_of: 2026-01-01
sources:
  survey:
    path: survey.csv
    items:
      agreement: {kind: likert, levels: [Helt uenig, Litt uenig, Litt enig, Helt enig], columns: [price, advice]}
      liking: {kind: number, scale: [-1, 1], levels: [hate it, 0, love it], columns: [like]}
      told: {kind: nps, levels: [not at all, 1, 2, 3, 4, 5, 6, 7, 8, 9, surely], columns: [recommend]}
"""
WORDS = pd.DataFrame({
    "price": ["Helt uenig", " helt\u00a0ENIG ", "Vet ikke", "Litt enig", None], "advice": [1, 2, 3, 4, 5],
    "like": ["hate it", "0", "0.0", "Love it", "love it"], "recommend": ["surely", "9", "not at all", "9.0", "ten"],
})  # fmt: skip


def test_ratings_in_words_are_counted(write_study):
    """From the lowest of the scale on, however they are written; other words are missing and told; numbers stay as they are."""
    quality = report(write_study(RATED, survey=WORDS))
    survey = quality.clean["survey"].order_by("_row").to_pandas()
    expected = {
        "price": [1, 4, None, 3, None],
        "advice": [1, 2, 3, 4, None],
        "like": [-1, 0, 0, 1, 1],
        "recommend": [10, 9, 0, 9, None],
    }
    for column, numbers in expected.items():
        pd.testing.assert_series_equal(survey[column], pd.Series(numbers, dtype=float, name=column), check_dtype=False)
    assert found(quality, "not one of the answers offered") == {"survey.price": 1, "survey.recommend": 1}
    assert found(quality, "answer outside 1-4") == {"survey.advice": 1}
    told = quality.problems[quality.problems["rule"] == "not one of the answers offered"]
    assert told["example_rows"].tolist() == ["3", "5"]


def test_levels_that_stand_in_no_row_stop(write_study):
    """All such columns are named at once, without anybody's answer; so are words where no levels are named."""
    wrong = RATED.replace("Helt uenig, Litt uenig, Litt enig, Helt enig", "Never, Often, Always, Constantly")
    wrong = wrong.replace("levels: [hate it, 0, love it], ", "")
    with pytest.raises(DataError) as caught:
        report(write_study(wrong, survey=WORDS))
    first, second = caught.value.problems
    assert "column 'price' has none of the answers in 'levels' (Never, Often, Always, Constantly)" in first
    assert "column 'like' should hold numbers from -1 to 1" in second and "'levels', lowest first" in second
    assert "uenig" not in first
