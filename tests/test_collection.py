"""Sources under agreed names and types, and one report for all that does not fit."""

import ibis
import pandas as pd
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
            "sources.orders: column 'dato' should hold dates; 3 of 3 values are not, first in data row 1; give 'date_format', "
            "such as '%d/%m/%Y', or write 'quality: {unreadable: missing}' to treat them as missing",
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
