"""A screener as an Excel file: a real spreadsheet program works out the same as Python."""

import io
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

from personakit.locale import Words
from personakit.render.screener_form import answer_text
from personakit.render.screener_sheets import screener_workbook

CALC = Path("/usr/lib/libreoffice/program/libsclo.so")


@pytest.mark.skipif(not (shutil.which("soffice") and CALC.exists()),
                    reason="LibreOffice Calc is not installed; on Debian: apt-get install libreoffice-calc-nogui")  # fmt: skip
def test_formulas_tell_the_same(small_screener, small_run, people_who_answer, tmp_path):
    """Persona, second, lead and whether it is sure, for a thousand people."""
    words = Words("en")
    odd = replace(small_screener, names={**small_screener.names, 1: "=Anna's"})
    book = load_workbook(io.BytesIO(screener_workbook(odd, small_run.personas.about, language="en")))
    sheet = book.worksheets[0]
    for column, question in enumerate(small_screener.questions, start=2):
        for row, code in enumerate(question.codes(people_who_answer[question.name]), start=2):
            if code >= 0:
                sheet.cell(row, column, answer_text(question, question.answers[code], words))
    for row, person in enumerate(people_who_answer.index, start=2):
        sheet.cell(row, 1, person)
    book.save(tmp_path / "filled.xlsx")
    subprocess.run(["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "csv",
                    "--outdir", tmp_path, tmp_path / "filled.xlsx"], check=True, capture_output=True, timeout=120)  # fmt: skip
    found = pd.read_csv(tmp_path / "filled.csv").iloc[:1_000].set_index("Person")
    told = odd.tell(people_who_answer)
    names = {segment: odd.names[segment] for segment in odd.names}
    for column, own in (("Persona", told["segment"].map(names)), ("Otherwise", told["second"].map(names)),
                        ("Sure?", told["sure"].map({True: "yes", False: "no"}))):  # fmt: skip
        assert found[column].fillna("").tolist() == own.astype(object).fillna("").tolist(), column
    assert np.array_equal(found["Points ahead"].to_numpy(), told["lead"].to_numpy(dtype=float, na_value=np.nan), equal_nan=True)


@pytest.mark.parametrize("language", ["en", "fa"])
def test_workbook(small_screener, small_run, language):
    """Answers are picked from lists; the same screener gives the same bytes; Persian sheets run right to left."""
    content = screener_workbook(small_screener, small_run.personas.about, language=language, rows=5)
    assert content == screener_workbook(small_screener, small_run.personas.about, language=language, rows=5)
    people, points, quality = load_workbook(io.BytesIO(content)).worksheets
    assert people.sheet_view.rightToLeft == (language == "fa")
    assert len(people.data_validations.dataValidation) == 5 and people.max_row == 6
    answers = sum(len(question.answers) for question in small_screener.questions)
    assert points.max_row == 2 + 5 + answers and quality.max_row >= 4
