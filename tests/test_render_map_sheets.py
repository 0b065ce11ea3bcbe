"""Maps as an Excel file: one row per line of a cell, texts that stay texts, the same bytes twice."""

import io
from dataclasses import replace

import openpyxl
import pytest

from personakit.evidence import Figure
from personakit.journeys_edits import MapEdit, MapEdits, apply_map_edits
from personakit.render.map_sheets import journeys_workbook


def book_of(journeys, language="en", **how):
    return openpyxl.load_workbook(io.BytesIO(journeys_workbook(journeys, language=language, **how)))


def test_every_cell_is_a_row_with_its_evidence(small_run):
    """Estimate, interval and n are numbers; gaps are rows without a strength."""
    sheets = book_of(small_run.journeys).worksheets
    rows = list(sheets[0].iter_rows(min_row=2, values_only=True))
    assert len(rows) == len(small_run.journeys.claims)
    figures = [cell.evidence[0] for cell in small_run.journeys.claims if cell.evidence and isinstance(cell.evidence[0], Figure)]
    assert sorted(row[6] for row in rows if row[6] is not None) == pytest.approx(sorted(round(f.estimate, 4) for f in figures))
    assert {row[4] for row in rows if row[3] == "No data on this yet"} <= {None, ""}
    assert len(list(sheets[1].iter_rows(min_row=2))) == len(small_run.journeys.moments)
    tables = {"personas": sheets[2], "ways": sheets[3], "touchpoints": sheets[4]}
    for name, sheet in tables.items():
        assert sheet.max_row - 1 == len(getattr(small_run.journeys, name))
    funnel = list(sheets[5].iter_rows(min_row=2, values_only=True))
    assert [row[1] for row in funnel] == small_run.journeys.funnel["customers"].tolist()


def test_texts_are_texts_and_sheets_are_mirrored(small_run):
    """A line that begins like a formula is none; Persian sheets run from right to left; wishes and editors are there."""
    name, by = small_run.journeys.names[1], {"who": "aino", "on": "2026-11-22"}
    edits = [MapEdit(do="add", phase="decision", lane="pains", text="=1+1", **by),
             MapEdit(do="to_be", phase="decision", feeling=2, **by)]  # fmt: skip
    edited = apply_map_edits(small_run.journeys, small_run.personas, {name: MapEdits(persona=name, edits=edits)})
    sheet = book_of(edited, "fa").worksheets[0]
    assert sheet.sheet_view.rightToLeft
    own = [row for row in sheet.iter_rows(min_row=2) if row[12].value == "aino, 2026-11-22"]
    assert len(own) == 2 and {cell.data_type for row in own for cell in row[:4]} == {"s"}
    assert "=1+1" in {row[3].value for row in own}


def test_the_same_maps_give_the_same_bytes(small_run):
    """Twice the same; without events the sheets of moments and funnel are empty, and names can be left out."""
    assert journeys_workbook(small_run.journeys, language="nb") == journeys_workbook(small_run.journeys, language="nb")
    empty = replace(small_run.journeys, funnel=small_run.journeys.funnel.iloc[:0], moments=small_run.journeys.moments.iloc[:0])
    book = book_of(empty, style="role")
    assert [book.worksheets[number].max_row for number in (1, 5)] == [1, 1]
    assert {row[0] for row in book.worksheets[0].iter_rows(min_row=2, values_only=True)} == {f"Group {n}" for n in empty.maps}
