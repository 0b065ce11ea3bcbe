"""Step 11 as an Excel file: every line with its evidence, tables with names, and no formulas from data."""

import io

import openpyxl
import pytest

from personakit.render.measurement_sheets import measurement_workbook


@pytest.mark.parametrize("language", ["en", "nb", "fi", "fa"])
def test_sheets_hold_lines_and_tables(small_review, language):
    """One row per line, the tables behind them, the log; the same review gives the same bytes."""
    made = measurement_workbook(small_review.review, small_review.decisions, language=language)
    assert made == measurement_workbook(small_review.review, small_review.decisions, language=language)
    book = openpyxl.load_workbook(io.BytesIO(made))
    sheets = book.worksheets
    assert sheets[0].max_row == len(small_review.review.lines) + 1
    assert len(sheets) >= 6 and bool(sheets[0].sheet_view.rightToLeft) == (language == "fa")
    names = {row[0].value for row in sheets[0].iter_rows(min_row=2)}
    assert set(small_review.names.values()) <= names
    for sheet in sheets:
        for row in sheet.iter_rows():
            assert not any(isinstance(cell.value, str) and cell.value.startswith("=") for cell in row)
