"""Step 11 as an Excel file: every line with its evidence, tables with names, and no formulas from data."""

import io

import openpyxl
import pytest

from personakit.locale import Words
from personakit.measurement_perception import read_perception
from personakit.render.measurement_sheets import measurement_workbook, perception_workbook


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


@pytest.mark.parametrize("language", ["en", "fa"])
def test_the_form_is_filled_in_and_read_again(small_review, language, tmp_path):
    """The statements in words of the language; six people answer in the sheet, and the reader finds their answers."""
    made = perception_workbook(small_review.review, language=language)
    assert made == perception_workbook(small_review.review, language=language)
    book = openpyxl.load_workbook(io.BytesIO(made))
    sheet = book.worksheets[0]
    assert sheet["B2"].value == Words(language)("It is easy to see who this persona is.")
    for row in range(2, sheet.max_row + 1):
        for column in range(3, 9):
            sheet.cell(row, column).value = 1 + (row + column) % 7
    book.save(tmp_path / "perception.xlsx")
    found = read_perception(tmp_path)
    assert found.shape == (6, 12) and found.iloc[0].tolist() == [float(1 + (row + 3) % 7) for row in range(2, 14)]
