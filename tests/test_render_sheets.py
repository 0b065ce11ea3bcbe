"""Cards as Excel: read back, right to left, safe from formulas, the same bytes each time."""

import io
from dataclasses import replace

import openpyxl
import pytest

from personakit.render.sheets import personas_workbook


def opened(small_run, language="en", personas=None):
    content = personas_workbook(personas or small_run.personas, small_run.profiles, language=language)
    return openpyxl.load_workbook(io.BytesIO(content))


@pytest.mark.parametrize("language", ["en", "nb", "fi", "fa"])
def test_sheets_and_direction(small_run, language):
    """Four sheets with headings; Persian ones run right to left."""
    book = opened(small_run, language)
    assert len(book.sheetnames) == 4
    assert all(bool(sheet.sheet_view.rightToLeft) == (language == "fa") for sheet in book)
    sizes, lines, traits, _ = book
    assert sizes.max_row == 1 + len(small_run.personas.personas)
    assert lines.max_row == 1 + len(small_run.personas.claims)
    assert traits.max_row > 20


def test_numbers_are_numbers(small_run):
    """Estimates can be sorted and charted."""
    sizes = opened(small_run).worksheets[0]
    shares = [row[3] for row in sizes.iter_rows(min_row=2, values_only=True)]
    assert sum(shares) == pytest.approx(1, abs=0.001)


@pytest.mark.parametrize("evil", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")'])
def test_nothing_is_run_as_a_formula(small_run, evil):
    """Names that look like formulas are texts, marked as such."""
    cards = [small_run.personas.personas[0].model_copy(update={"name": evil}), *small_run.personas.personas[1:]]
    cell = opened(small_run, personas=replace(small_run.personas, personas=cards)).worksheets[0]["A2"]
    assert cell.data_type == "s" and cell.value.strip() == evil.strip() and cell.quotePrefix


def test_signs_that_a_workbook_cannot_hold(small_run):
    """Control characters and endless texts do not break the file."""
    cards = [
        small_run.personas.personas[0].model_copy(update={"name": "a\x07b" + "x" * 40_000}),
        *small_run.personas.personas[1:],
    ]
    cell = opened(small_run, personas=replace(small_run.personas, personas=cards)).worksheets[0]["A2"]
    assert cell.value.startswith("abxx") and len(cell.value) <= 32_767


def test_the_same_cards_give_the_same_bytes(small_run):
    """No clock inside."""
    one, two = (personas_workbook(small_run.personas, small_run.profiles, language="nb") for _ in range(2))
    assert one == two
