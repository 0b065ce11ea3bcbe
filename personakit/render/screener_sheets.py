"""A screener as an Excel file: pick the answers of each person from lists, and formulas tell the persona."""

from __future__ import annotations

from typing import Any

from personakit.locale import Words
from personakit.render.screener_form import answer_text, quality_lines, question_text
from personakit.render.sheets import fill_sheet, safe_text, sheet_title, workbook_bytes
from personakit.screener import Screener

#: People for whom the sheet has formulas.
ROWS = 1_000
_HEAD, _WIDTH_PERSON, _WIDTH_ANSWER = 1, 16, 26


def screener_workbook(screener: Screener, about: dict[str, Any], *, language: str, rows: int = ROWS) -> bytes:
    """
    Write a screener as an Excel workbook.

    Parameters
    ----------
    screener : Screener
        Questions and points.
    about : dict
        What the study is, as on the persona cards.
    language : {"en", "nb", "fi", "fa"}
        Language of the words; Persian sheets run right to left.
    rows : int
        People for whom there are formulas.

    Returns
    -------
    bytes
        An .xlsx file with the sheets people (one row per person: answers to pick from lists; persona, second, lead and whether
        it is sure by formulas), points (those of each answer) and quality. The same screener gives the same bytes.
    """
    from openpyxl import Workbook

    words = Words(language, about["currency"], about.get("calendar", "gregorian"))
    book = Workbook()
    people = book.active
    people.title = sheet_title(words("People"))
    points = book.create_sheet(sheet_title(words("Points")))
    first_rows = _write_points(points, screener, words)
    _write_people(people, points.title, first_rows, screener, words, rows)
    quality: list[list[Any]] = [[words("How good is it?")], *([line] for line in quality_lines(screener, words))]
    fill_sheet(book.create_sheet(sheet_title(words("Quality"))), quality, mirrored=words.direction == "rtl")
    return workbook_bytes(book, about["as_of"])


def _write_points(sheet: Any, screener: Screener, words: Words) -> list[int]:
    """Write the points; gives the row in which the answers of each question begin."""
    names = [screener.names[segment] for segment in sorted(screener.names)]
    rows: list[list[Any]] = [["", *names], [words("Before the first answer"), *screener.start]]
    first_rows = []
    for number, question in enumerate(screener.questions, start=1):
        rows.append([f"{number}. {question_text(question, words)}", *[None] * len(names)])
        first_rows.append(len(rows) + 1)
        rows += [[answer_text(question, answer, words), *answer.points] for answer in question.answers]
    fill_sheet(sheet, rows, mirrored=words.direction == "rtl")
    return first_rows


def _write_people(sheet: Any, points: str, first_rows: list[int], screener: Screener, words: Words, rows: int) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter as letter
    from openpyxl.worksheet.datavalidation import DataValidation

    k, m = len(screener.names), len(screener.questions)
    told, sums = m + 2, m + 6  # columns of the persona, and of the points behind it
    sheet.sheet_view.rightToLeft = words.direction == "rtl"
    sheet.freeze_panes = "B2"
    texts = [f"{number}. {question_text(question, words)}" for number, question in enumerate(screener.questions, start=1)]
    heads = [words("Person"), *texts, words("Persona"), words("Otherwise"), words("Points ahead"), words("Sure?"),
             *[f"{sign} {screener.names[s]}" for sign in "Σ≠" for s in sorted(screener.names)], "n", "max"]  # fmt: skip
    for column, head in enumerate(heads, start=1):
        cell = sheet.cell(_HEAD, column, safe_text(head))
        cell.data_type, cell.font, cell.alignment = "s", Font(bold=True), Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[letter(column)].width = _WIDTH_ANSWER if 1 < column <= m + 1 else _WIDTH_PERSON
        sheet.column_dimensions[letter(column)].hidden = column >= sums
    place = f"'{points.replace(chr(39), chr(39) * 2)}'!"
    lists = [f"{place}$A${first}:$A${first + len(question.answers) - 1}"
             for first, question in zip(first_rows, screener.questions, strict=True)]  # fmt: skip
    for column, choices in enumerate(lists, start=2):
        check = DataValidation(type="list", formula1=f"={choices}", allow_blank=True, showErrorMessage=True)
        check.error = words("Pick an answer from the list.")
        check.add(f"{letter(column)}{_HEAD + 1}:{letter(column)}{_HEAD + rows}")
        sheet.add_data_validation(check)
    names = f"{place}$B$1:${letter(k + 1)}$1"
    yes, no = (words(word).replace('"', '""') for word in ("yes", "no"))
    for row in range(_HEAD + 1, _HEAD + rows + 1):
        places = [f"IFERROR(MATCH({letter(q + 2)}{row},{lists[q]},0),0)" for q in range(m)]
        for j in range(k):
            column = letter(j + 2)
            adds = [f"IF(ISNUMBER(MATCH({letter(q + 2)}{row},{lists[q]},0)),INDEX({place}${column}${first}:${column}"
                    f"${first + len(screener.questions[q].answers) - 1},MATCH({letter(q + 2)}{row},{lists[q]},0)),0)"
                    for q, first in enumerate(first_rows)]  # fmt: skip
            sheet.cell(row, sums + j, f"={place}${column}$2+{'+'.join(adds)}")
        own = f"${letter(sums)}{row}:${letter(sums + k - 1)}{row}"
        other = f"${letter(sums + k)}{row}:${letter(sums + 2 * k - 1)}{row}"
        answered, best = f"${letter(sums + 2 * k)}{row}", f"${letter(sums + 2 * k + 1)}{row}"
        for j in range(k):
            sheet.cell(row, sums + k + j, f"=IF({best}={j + 1},-1,{letter(sums + j)}{row})")
        sheet.cell(row, sums + 2 * k, "=" + "+".join(f"MIN({one},1)" for one in places))
        sheet.cell(row, sums + 2 * k + 1, f"=MATCH(MAX({own}),{own},0)")
        known = f"{answered}>={screener.least_answers}"
        lead = f"MAX({own})-MAX({other})"
        for offset, formula in enumerate((f"INDEX({names},{best})", f"INDEX({names},MATCH(MAX({other}),{other},0))", lead,
                                          f'IF({lead}>={screener.sure_lead},"{yes}","{no}")')):  # fmt: skip
            sheet.cell(row, told + offset, f'=IF({known},{formula},"")')
