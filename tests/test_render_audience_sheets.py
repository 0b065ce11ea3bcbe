"""Lists as CSV and Excel: one row per person, own ids on request, nothing a spreadsheet would run."""

import io
from dataclasses import replace

import pandas as pd
import pytest
from openpyxl import load_workbook

from personakit.activation_audiences import NO_CONSENT, TOO_SMALL
from personakit.render.audience_sheets import audience_csv, audience_workbook


def largest(plan):
    row = plan.audiences.lists.sort_values("listed").iloc[-1]
    return int(row["segment"]), str(row["channel"])


def test_csv(small_plan):
    """The people of the list, the surest first."""
    segment, channel = largest(small_plan)
    found = pd.read_csv(io.StringIO(audience_csv(small_plan, segment, channel)))
    assert found["customer_id"].tolist() == small_plan.audiences.of(segment, channel).index.tolist()
    assert found["certainty"].is_monotonic_decreasing and set(found["channel"]) == {channel}


def test_own_ids_and_formulas(small_plan):
    """A company's own ids stand in place of pseudonyms; what looks like a formula is a text."""
    segment, channel = largest(small_plan)
    people = small_plan.audiences.of(segment, channel).index
    ids = dict(zip(people, ["=cmd()", *[f"K{i}" for i in range(len(people) - 1)]], strict=True))
    renamed = small_plan.renamed({segment: "+Anna"})
    lines = audience_csv(renamed, segment, channel, ids=ids).splitlines()
    assert lines[1].startswith("'=cmd(),'+Anna,") and lines[2].startswith("K0,")


@pytest.mark.parametrize("language", ["en", "fa"])
def test_workbook(small_plan, language):
    """A sheet for the lists, one for each persona, and two for recruiting; the same bytes each time."""
    content = audience_workbook(small_plan, language=language)
    assert content == audience_workbook(small_plan, language=language)
    sheets = load_workbook(io.BytesIO(content)).worksheets
    assert len(sheets) == 1 + len(small_plan.names) + 2
    assert all(sheet.sheet_view.rightToLeft == (language == "fa") for sheet in sheets)
    assert sheets[1].max_row == 1 + len(small_plan.audiences.of(1))
    assert sheets[-1].max_row == 1 + len(small_plan.recruiting.calls)


def test_notes_of_lists_in_the_language_of_the_sheet(small_plan):
    """Why a list is withheld stands in Norwegian too."""
    lists = small_plan.audiences.lists.assign(note=NO_CONSENT)
    lists.loc[lists.index[0], "note"] = TOO_SMALL.format(n=small_plan.audiences.min_cell)
    plan = replace(small_plan, audiences=replace(small_plan.audiences, lists=lists))
    sheet = load_workbook(io.BytesIO(audience_workbook(plan, language="nb"))).worksheets[0]
    notes = [row[-1].value for row in sheet.iter_rows(min_row=2)]
    assert notes[0] == "færre enn 5 personer: holdt tilbake"
    assert len(notes) > 1 and all(note.startswith("ingen ble spurt om samtykke") for note in notes[1:])
