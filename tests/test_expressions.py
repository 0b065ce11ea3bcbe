"""Expressions of a study file: harmless ones pass, all others are refused."""

import pytest

from personakit.errors import StudyError
from personakit.expressions import check_expression

COLUMNS = ["Quantity", "UnitPrice", "Like", "born", "at"]


@pytest.mark.parametrize(
    "text",
    [
        "Quantity * UnitPrice",
        "Quantity > 0 AND UnitPrice IS NOT NULL",
        "CASE WHEN Quantity > 3 THEN 'many' ELSE 'few' END",
        "CAST(regexp_extract(\"Like\", '[+-]?[0-9]+$') AS INTEGER)",
        "year(at) - born",
        "lower(trim(\"Like\")) IN ('yes', 'ja')",
        "coalesce(Quantity, 0) / nullif(UnitPrice, 0)",
        "date_diff('day', at, at)",
    ],
)
def test_column_arithmetic_passes(text):
    """Arithmetic, comparisons, text and date functions are allowed, and columns come out quoted."""
    assert '"' in check_expression(text, COLUMNS, "where")


@pytest.mark.parametrize(
    "text",
    [
        "read_csv('/etc/passwd')",
        "(SELECT 1)",
        "getenv('HOME')",
        "1; DROP TABLE orders",
        "Quantity IN (SELECT 1)",
        "install_extension('x')",
        "sum(Quantity) OVER ()",
        "",
        "Quantity +",
    ],
)
def test_everything_else_is_refused(text):
    """Queries, files, settings and several statements are refused with the place in the study file."""
    with pytest.raises(StudyError, match="sources.orders.where: "):
        check_expression(text, COLUMNS, "sources.orders.where")


def test_unknown_column_is_named_with_the_closest_one():
    """A misspelt column brings the columns there are."""
    with pytest.raises(StudyError) as caught:
        check_expression("Quantty * 2", COLUMNS, "w")
    assert str(caught.value) == (
        "w: no column 'Quantty'; the source has: Quantity, UnitPrice, Like, born, at; did you mean 'Quantity'?"
    )
