"""The teams' pages as Excel: all lines with their evidence, channels, budget, stories, content plan."""

import io

import pytest
from openpyxl import load_workbook

from personakit.render.activation_sheets import activation_workbook


@pytest.fixture(scope="module")
def book(small_plan):
    return load_workbook(io.BytesIO(activation_workbook(small_plan, language="en")))


def test_sheets(book, small_plan):
    """One row per line, figure, cell of the budget, story and week."""
    assert book.sheetnames == ["Lines", "Channels", "Budget", "User stories", "Content plan"]
    assert book["Lines"].max_row == len(small_plan.lines) + 1
    assert book["Channels"].max_row == len(small_plan.matrix) + 1
    spend = sum(row[4] for row in book["Budget"].iter_rows(min_row=2, values_only=True))
    assert spend == pytest.approx(small_plan.spending.split.spent, abs=0.01)


def test_no_cell_is_a_formula(book):
    """Texts are texts."""
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_persian_is_mirrored_and_bytes_are_the_same(small_plan):
    """Persian sheets run from right to left; the same plan gives the same file."""
    content = activation_workbook(small_plan, language="fa")
    assert all(sheet.sheet_view.rightToLeft for sheet in load_workbook(io.BytesIO(content)))
    assert content == activation_workbook(small_plan, language="fa")
