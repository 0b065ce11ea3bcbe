"""Sources under agreed names and types, and one report for all that does not fit."""

import ibis
import pandas as pd
import pyreadstat
import pytest

from personakit.collection import load_sources
from personakit.errors import DataError, SourceNeededError
from personakit.study import open_study

ORDERS = pd.DataFrame(
    {
        "kunde": [17850, 17850, 13047],
        "dato": ["01.12.2025", "02.12.2025", "24.12.2025"],
        "antall": [2, 1, 4],
        "pris": [2.5, 10.0, 1.25],
    }
)
STUDY = """study: T
as_of: 2026-01-01
sources:
  orders:
    path: orders.csv
    columns: {customer_id: kunde, ordered_at: dato, quantity: antall}
    computed: {amount: antall * pris}
"""


def problems(file):
    with pytest.raises(DataError) as caught:
        load_sources(open_study(file))
    return caught.value.problems


def test_columns_get_agreed_names_and_types(write_study):
    """Mapped, computed and other columns stand under their names; ids are text, Nordic dates are dates."""
    orders = load_sources(open_study(write_study(STUDY, orders=ORDERS)))["orders"]
    found = orders.order_by("_row").to_pandas()
    assert list(found.columns) == ["customer_id", "ordered_at", "amount", "quantity", "pris", "_row"]
    assert found["customer_id"].tolist() == ["17850", "17850", "13047"]
    assert found["ordered_at"].dt.day.tolist() == [1, 2, 24]
    assert found["amount"].tolist() == [5.0, 10.0, 5.0]


def test_where_leaves_rows_out(write_study):
    """A condition of the study file is applied."""
    sources = load_sources(open_study(write_study(STUDY + "    where: antall > 1\n", orders=ORDERS)))
    assert sources["orders"].count().execute() == 2


def test_names_that_differ_by_case_alone(write_study):
    """A column may be renamed to the same word in another case."""
    study = "study: T\nas_of: 2026-01-01\nsources:\n  survey: {path: survey.csv, columns: {age: Age}, items: {needs: [q1]}}\n"
    sources = load_sources(open_study(write_study(study, survey=pd.DataFrame({"Age": [30, 40], "q1": [1, 2]}))))
    assert sources["survey"].order_by("_row").to_pandas()["age"].tolist() == [30, 40]


def test_respondents_without_an_id_are_numbered(write_study):
    """A survey without ids numbers its respondents."""
    study = "study: T\nas_of: 2026-01-01\nsources:\n  survey: {path: survey.csv, items: {needs: [q1]}}\n"
    sources = load_sources(open_study(write_study(study, survey=pd.DataFrame({"q1": [1, 2]}))))
    assert sources["survey"].order_by("_row").to_pandas()["customer_id"].tolist() == ["respondent-000001", "respondent-000002"]


def test_tables_of_an_engine(tmp_path):
    """A source may be a table of the engine instead of a file."""
    path = tmp_path / "shop.duckdb"
    connection = ibis.duckdb.connect(path)
    connection.create_table("sales", ORDERS.assign(dato=pd.to_datetime(ORDERS["dato"], format="%d.%m.%Y")))
    connection.disconnect()
    file = tmp_path / "study.yaml"
    file.write_text(
        STUDY.replace("path: orders.csv", "table: sales").replace("sources:", f"engine: duckdb://{path.as_posix()}\nsources:")
    )
    sources = load_sources(open_study(file))
    assert sources["orders"].amount.sum().execute() == 20.0
    assert sources["orders"].schema()["customer_id"].is_string()
    sources.connection.disconnect()


def test_missing_source_says_what_the_study_has(write_study):
    """Asking for a source that is not there names those that are."""
    sources = load_sources(open_study(write_study(STUDY, orders=ORDERS)))
    with pytest.raises(SourceNeededError) as caught:
        sources["events"]
    assert str(caught.value) == "this step needs the source 'events'; the study has: orders"


def test_what_is_missing_is_listed(write_study, small_study):
    """Each source that is not there says what it would tell; a full study misses nothing."""
    missing = load_sources(open_study(write_study(STUDY, orders=ORDERS))).missing()
    assert len(missing) == 8
    assert missing.iloc[0].tolist() == ["customers", "who they are"]
    assert load_sources(open_study(small_study)).missing().empty


def test_overview_counts_and_links(small_study):
    """The overview says how much of each source is linked to customers."""
    overview = load_sources(open_study(small_study)).overview()
    assert overview.loc["orders", "linked_share"] == 1.0
    assert overview.loc["events", "linked_share"] < 1.0
    assert overview.loc["customers", "rows"] > overview.loc["customers", "customers"] == 600


@pytest.mark.parametrize(
    ("change", "orders", "expected"),
    [
        (
            {"antall}": "antal}"},
            ORDERS,
            "sources.orders: no column 'antal' (for quantity); the file has: kunde, dato, antall, pris; did you mean 'antall'?",
        ),
        (
            {"columns: {customer_id: kunde, ": "columns: {"},
            ORDERS,
            "sources.orders: lacks customer_id; the file has: kunde, dato, antall, pris; "
            "name it in sources.orders.columns as 'customer_id: its name in the file'",
        ),
        ({}, ORDERS.iloc[:0], "sources.orders: orders.csv has no rows; export it again"),
        (
            {},
            ORDERS.assign(dato=None),
            "sources.orders: column 'dato' is empty in all 3 rows; export it again, or leave the column out with 'ignore'",
        ),
        (
            {},
            ORDERS.assign(antall=["2", "a few", "4"]),
            "sources.orders: column 'antall' should hold numbers; 1 of 3 values are not, first in data row 2; "
            "correct them or write 'quality: {unreadable: missing}' to treat them as missing",
        ),
        (
            {},
            ORDERS.assign(dato=["01.12.2025", "32.13.2025", "24.12.2025"]),
            "sources.orders: column 'dato' should hold dates; 1 of 3 values are not, first in data row 2; give 'date_format', "
            "such as '%d/%m/%Y', or write 'quality: {unreadable: missing}' to treat them as missing",
        ),
        (
            {},
            ORDERS.assign(dato=["01/12/2025", "02/12/2025", "03/12/2025"]),
            "sources.orders: column 'dato': 3 dates such as '01/12/2025' can be read with the day or with the month first; "
            "write 'date_order: day' or 'date_order: month'",
        ),
        (
            {},
            ORDERS.assign(dato=["01/13/2025", "13/01/2025", "03/12/2025"]),
            "sources.orders: column 'dato': 1 dates can only have the day first and 1 only the month first, such as "
            "'01/13/2025'; correct them, or write 'date_order: day' (or month) and 'quality: {unreadable: missing}'",
        ),
        (
            {},
            ORDERS.assign(dato=["1404/09/30", "1404/10/01", "1404/10/02"]),
            "sources.orders: column 'dato': all 3 years lie between 1250 and 1500; for dates of the Solar Hijri calendar "
            "write 'calendar: persian'",
        ),
    ],
)
def test_data_that_do_not_fit(write_study, change, orders, expected):
    """Missing, empty and unreadable columns are named with what to do."""
    text = STUDY
    for old, new in change.items():
        text = text.replace(old, new)
    if "antall" in orders and orders["antall"].dtype != "int64" and len(orders):
        text = text.replace("computed: {amount: antall * pris}", "computed: {amount: pris}")
    assert problems(write_study(text, orders=orders)) == [expected]


def test_problems_of_one_source_come_together(write_study):
    """Dates that can be read in two ways do not hide the words among the numbers."""
    text = STUDY.replace("computed: {amount: antall * pris}", "computed: {amount: pris}")
    orders = ORDERS.assign(dato=["01/12/2025", "02/12/2025", "03/12/2025"], antall=["2", "a few", "4"])
    found = problems(write_study(text, orders=orders))
    assert len(found) == 2 and "date_order" in found[0] and "should hold numbers" in found[1]


def test_wrong_separator_is_suspected(write_study):
    """A file that falls into one column suggests that the separator is wrong."""
    found = problems(write_study(STUDY + "    separator: ';'\n", orders=ORDERS))
    assert all("is the separator right?" in problem for problem in found)


def test_unreadable_values_can_be_treated_as_missing(write_study):
    """The study file may say that single values that cannot be read are missing."""
    orders = ORDERS.assign(dato=["01.12.2025", "soon", "24.12.2025"])
    sources = load_sources(open_study(write_study(STUDY + "quality: {unreadable: missing}\n", orders=orders)))
    assert sources["orders"].ordered_at.count().execute() == 2


def test_problems_of_all_sources_come_together(write_study):
    """Two broken sources bring two problems."""
    text = STUDY + "  tickets: {path: tickets.csv}\n  mentions: {path: mentions.csv}\n"
    found = problems(write_study(text, orders=ORDERS, mentions="text\n"))
    assert [problem.split(":")[0] for problem in found] == ["sources.tickets", "sources.mentions"]


def test_dates_by_a_stated_format(write_study):
    """A stated format decides what the file cannot say."""
    orders = ORDERS.assign(dato=["01/12/2025", "02/12/2025", "03/12/2025"])
    sources = load_sources(open_study(write_study(STUDY + "    date_format: '%d/%m/%Y'\n", orders=orders)))
    assert sources["orders"].ordered_at.month().nunique().execute() == 1


@pytest.mark.parametrize(
    ("option", "dates", "expected"),
    [
        ("", ["2025-12-01", "2025-12-02 10:30", "2025-12-03T23:59:59Z"],
         ["2025-12-01", "2025-12-02 10:30", "2025-12-03 23:59"]),
        ("", ["1.12.2025", "02.12.25", "24.12.2025 07:05"], ["2025-12-01", "2025-12-02", "2025-12-24 07:05"]),
        ("", ["12/24/2025 2:15 PM", "12/1/2025 12:05 AM", "1/2/2026"],
         ["2025-12-24 14:15", "2025-12-01 00:05", "2026-01-02"]),
        ("", ["24/12/2025", "01/12/2025", "02/01/2026"], ["2025-12-24", "2025-12-01", "2026-01-02"]),
        ("    date_order: month\n", ["01/02/2025", "03/04/2025", "05/06/25"],
         ["2025-01-02", "2025-03-04", "2025-05-06"]),
        ("    date_order: day\n", ["01-02-2025", "03-04-2025", "05-06-69"], ["2025-02-01", "2025-04-03", "1969-06-05"]),
        ("", ["20251201", "20251202", "20251224"], ["2025-12-01", "2025-12-02", "2025-12-24"]),
        ("", ["۲۰۲۵-۱۲-۰۱", "۲۰۲۵/۱۲/۰۲", "2025-12-03"], ["2025-12-01", "2025-12-02", "2025-12-03"]),
        ("    calendar: persian\n", ["۱۴۰۴/۰۹/۳۰", "1404-10-01 18:30", "1403/12/30"],
         ["2025-12-21", "2025-12-22 18:30", "2025-03-20"]),
        ("    calendar: persian\n", ["14040930", "14041001", "14031230"], ["2025-12-21", "2025-12-22", "2025-03-20"]),
    ],
)  # fmt: skip
def test_dates_as_people_write_them(write_study, option, dates, expected):
    """ISO, Nordic and US order, Persian digits and the Solar Hijri calendar become the same moments."""
    sources = load_sources(open_study(write_study(STUDY + option, orders=ORDERS.assign(dato=dates))))
    found = sources["orders"].order_by("_row").to_pandas()["ordered_at"].dt.strftime("%Y-%m-%d %H:%M").str.removesuffix(" 00:00")
    assert found.tolist() == expected


def test_persian_numbers_and_ids(write_study):
    """Persian digits, decimal and thousands marks are numbers; an id is the same id in either script."""
    orders = ORDERS.assign(kunde=["۱۰۱", "102", "۱۰۳"], antall=["۲", "۳", "۴"], pris=["۱٬۲۳۴٫۵", "۲", "۳"])
    table = load_sources(open_study(write_study(STUDY, orders=orders)))["orders"].order_by("_row").to_pandas()
    assert table["customer_id"].tolist() == ["101", "102", "103"]
    assert table["amount"].tolist() == [2469.0, 6.0, 12.0]


def test_a_day_that_the_solar_calendar_does_not_have(write_study):
    """30 Esfand of a year that is no leap year is no date."""
    orders = ORDERS.assign(dato=["1404/12/30", "1404/10/01", "1404/10/02"])
    assert (
        "should hold dates; 1 of 3 values are not, first in data row 1"
        in problems(write_study(STUDY + "    calendar: persian\n", orders=orders))[0]
    )


SURVEY = """study: T
as_of: 2026-01-01
sources:
  survey:
    path: survey.sav
    columns: {customer_id: respondent}
    items:
      needs: {kind: likert, columns: [q1, q2]}
      city: {kind: choice, columns: [town]}
"""


def test_spss_labels_are_wording(write_study, tmp_path):
    """Variable labels become wordings, value labels the answers; ratings keep their codes, declared missing is missing."""
    frame = pd.DataFrame(
        {"respondent": [1.0, 2, 3], "q1": [1.0, 5, 99], "q2": [2.0, 3, 4], "town": [1.0, 2, 1], "sex": [1.0, 2, 2]}
    )
    likert = {1.0: "not at all", 5.0: "very much"}
    pyreadstat.write_sav(
        frame, str(tmp_path / "survey.sav"), column_labels={"q1": "Low price", "q2": "Good advice", "town": "Town", "sex": "Sex"},
        variable_value_labels={"q1": likert | {99.0: "no answer"}, "q2": likert, "town": {1.0: "Oslo", 2.0: "Tampere"},
                               "sex": {1.0: "man", 2.0: "woman"}},
        missing_ranges={"q1": [99]},
    )  # fmt: skip
    sources = load_sources(open_study(write_study(SURVEY)))
    table = sources["survey"].order_by("_row").to_pandas()
    assert table["customer_id"].tolist() == ["1", "2", "3"]
    assert table["q1"].isna().tolist() == [False, False, True] and table["q2"].tolist() == [2, 3, 4]
    assert table["town"].tolist() == ["Oslo", "Tampere", "Oslo"] and table["sex"].tolist() == ["man", "woman", "woman"]
    spec = sources.study.sources["survey"]
    assert spec.items["needs"].columns == {"q1": "Low price", "q2": "Good advice"} and spec.items["needs"].scale == (1, 5)
    assert spec.items["city"].levels == ["Oslo", "Tampere"] and spec.labels["sex"] == "Sex"


def test_a_broken_spss_file_is_reported_with_the_rest(write_study, tmp_path):
    """One unreadable file does not hide what is wrong with the others."""
    (tmp_path / "survey.sav").write_bytes(b"x")
    text = SURVEY + "  orders: {path: orders.csv, columns: {customer_id: kunde, ordered_at: dato, amount: pris}}\n"
    found = problems(write_study(text, orders=ORDERS.assign(dato=["01/02/2025"] * 3)))
    assert [problem.split(":")[0] for problem in found] == ["sources.orders", "sources.survey"]


def test_whole_numbers_are_not_taken_for_dates_or_yes_and_no(write_study):
    """A number that is no day, and a 2 where 0 or 1 should be, are reported like any other value."""
    found = problems(write_study(STUDY, orders=ORDERS.assign(dato=[20251201, 99999999, 20251224])))
    assert "column 'dato' should hold dates; 1 of 3 values are not, first in data row 2" in found[0]
    text = "study: T\nas_of: 2026-01-01\nsources:\n  campaigns: {path: campaigns.csv}\n"
    campaigns = pd.DataFrame({"customer_id": ["a", "b"], "campaign": ["x", "x"], "seen": [1, 2]})
    assert (
        "column 'seen' should hold yes or no (1 or 0); 1 of 2 values are not"
        in problems(write_study(text, campaigns=campaigns))[0]
    )


def test_untidy_ids_are_tidied_wherever_they_stand(write_study, tmp_path, monkeypatch):
    """A space behind an id far down in a Parquet file is taken away too."""
    monkeypatch.setattr("personakit.collection_values._FIRST_ROWS", 1)
    ORDERS.assign(kunde=["a", "b", "c "]).to_parquet(tmp_path / "orders.parquet")
    sources = load_sources(open_study(write_study(STUDY.replace("orders.csv", "orders.parquet"))))
    assert sources["orders"].order_by("_row").to_pandas()["customer_id"].tolist() == ["a", "b", "c"]
