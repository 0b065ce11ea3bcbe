"""The screener in SQL tells everybody the same as in Python."""

import duckdb
import pandas as pd
import pytest
import sqlglot

from personakit import screener_rule


def test_sql_tells_the_same(small_screener, people_who_answer, monkeypatch):
    """Segment, second, lead and whether it is sure are equal for a thousand people in DuckDB."""
    monkeypatch.setattr(screener_rule, "CERTAINTY_DIGITS", 6)  # SQL does not round
    answers = people_who_answer.reset_index()  # noqa: F841  DuckDB finds it by its name
    found = duckdb.sql(small_screener.to_sql("duckdb")).df().set_index("customer_id").loc[people_who_answer.index]
    told = small_screener.tell(people_who_answer)
    for column in ("segment", "second", "lead", "sure"):
        assert found[column].astype("Int64").equals(told[column].astype("Int64")), column
    pd.testing.assert_series_equal(found["certainty"], told["certainty"], atol=1e-6)


@pytest.mark.parametrize("dialect", ["duckdb", "bigquery", "snowflake", "spark", "postgres", "tsql"])
def test_every_dialect_is_read_again(small_screener, dialect):
    """The text is valid in each dialect."""
    assert sqlglot.parse_one(small_screener.to_sql(dialect), read=dialect).named_selects[:2] == ["customer_id", "segment"]
