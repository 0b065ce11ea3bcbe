"""Persona cards as an Excel file: traits, evidence and sizes as tables that people can sort and filter."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from personakit.evidence import Claim, Figure
from personakit.locale import Words
from personakit.personas_model import FIELD_NAMES, Personas
from personakit.profiling import SegmentProfiles
from personakit.render.cards import facts_of, traits_of_back
from personakit.render.pages import MARK_NAMES, name_shown, words_of

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_CLOCK = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*<")
_LONGEST_CELL = 32_767
_WIDEST = 60


def personas_workbook(personas: Personas, profiles: SegmentProfiles, *, language: str, style: str = "") -> bytes:
    """
    Write the persona cards as an Excel workbook.

    Parameters
    ----------
    personas : Personas
        The cards.
    profiles : SegmentProfiles
        For the traits.
    language : {"en", "nb", "fi", "fa"}
        Language of the words; Persian sheets run right to left.
    style : {"", "person", "role"}
        ``role`` leaves out the names.

    Returns
    -------
    bytes
        An .xlsx file with the sheets personas (size and audience of each), lines (one per line of a card, with its
        evidence), traits, and about. Texts are texts: nothing in them is run as a formula. The same cards give the same
        bytes.
    """
    words = words_of(personas, language)
    style = style or personas.about.get("style", "person")
    names = {persona.segment: name_shown(persona, words, style) for persona in personas.personas}
    facts = [(words("Study"), [personas.about["title"]]), *facts_of(personas, words)]
    about = [["", ""], *([name, text] for name, texts in facts for text in texts)]
    traits = _traits(personas, profiles, names, words, style)
    sheets = [(words("Customer personas"), _sizes(personas, names, words)),
              (words("Lines"), _lines(personas, names, words, style)), (words("Traits"), traits),
              (words("About"), about)]  # fmt: skip
    return workbook_of(sheets, words, personas.about["as_of"])


def workbook_of(sheets: list[tuple[str, list[list[Any]]]], words: Words, day: str) -> bytes:
    """
    Write sheets of rows as an Excel workbook.

    Parameters
    ----------
    sheets : list of (str, list of list)
        Title and rows of each sheet, the first row its head.
    words : Words
        Sheets in a language from right to left are mirrored.
    day : str
        The day (ISO) that stands in the file's properties.

    Returns
    -------
    bytes
        An .xlsx file; the same sheets give the same bytes.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        fill_sheet(book.create_sheet(sheet_title(safe_text(title))), rows, mirrored=words.direction == "rtl")
    return workbook_bytes(book, day)


def workbook_bytes(book: Any, day: str) -> bytes:
    """Write a workbook as a file that is the same for the same content."""
    book.properties.creator = "personakit"
    target = io.BytesIO()
    book.save(target)
    return fixed_archive(target.getvalue(), day)


def _sizes(personas: Personas, names: dict[int, str], words: Words) -> list[list[Any]]:
    """One row per persona: how many they are and what sums them up."""
    rows: list[list[Any]] = [[words("Persona"), words("Mark"), words("Customers"), words("Share"), words("95% interval"), "",
                              words("In one line")]]  # fmt: skip
    for persona in personas.personas:
        size, essence = persona.at("size")[0].evidence[0], persona.at("essence")
        mark = words(MARK_NAMES[persona.mark]) if persona.mark else ""
        share = [size.estimate, size.ci_low, size.ci_high] if isinstance(size, Figure) else [None] * 3
        rows.append([names[persona.segment], mark, persona.n, *share, words.claim(essence[0]) if essence else ""])
    return rows


#: What an exported line tells beside its words; see :func:`line_row`.
LINE_COLUMNS = ("Line", "Strength", "Source", "Estimate", "95% interval", "", "n", "Everyone else", "Effect", "Note")


def line_row(line: Claim, words: Words) -> list[Any]:
    """A line of a card or a cell of a map as columns: its words, strength and sources, the first figure behind it, its editor."""
    piece = next((p for p in line.evidence if isinstance(p, Figure)), None)
    numbers = [piece.estimate, piece.ci_low, piece.ci_high, piece.n, piece.others, piece.effect] if piece else [None] * 6
    columns = [c for p in line.evidence for c in (p.sources if isinstance(p, Figure) else [p.source])]
    note = f"{line.edit.who}, {line.edit.on}" if line.edit else ""
    strength = words("assumption") if line.grade == "assumed" else words(line.grade)
    return [words.claim(line), strength, ", ".join(dict.fromkeys(columns)), *numbers, note]


def _lines(personas: Personas, names: dict[int, str], words: Words, style: str) -> list[list[Any]]:
    """One row per line of a card, with the first figure behind it."""
    rows: list[list[Any]] = [[words(name) if name not in {"", "n"} else name for name in ("Persona", "Field", *LINE_COLUMNS)]]
    for persona in personas.personas:
        for line in (line for line in persona.claims if not (style == "role" and line.place == "who")):
            rows.append([names[persona.segment], words(FIELD_NAMES.get(line.place, line.place)), *line_row(line, words)])
    return rows


def _traits(personas: Personas, profiles: SegmentProfiles, names: dict[int, str], words: Words, style: str) -> list[list[Any]]:
    """One row per trait that sets a persona apart."""
    rows: list[list[Any]] = [[words("Persona"), words("Trait"), words("Estimate"), words("95% interval"), "",
                              words("Everyone else"), words("Effect"), "n", words("Strength")]]  # fmt: skip
    for persona in personas.personas:
        for trait in traits_of_back(profiles, persona.segment, words, style=style):
            figure = trait["figure"]
            rows.append([names[persona.segment], trait["label"], figure.estimate, figure.ci_low, figure.ci_high, figure.others,
                         figure.effect, figure.n, trait["grade"]])  # fmt: skip
    return rows


def fill_sheet(sheet: Any, rows: list[list[Any]], *, mirrored: bool) -> None:
    """Write rows into a sheet, the first one as its head; texts stay texts, whatever they start with."""
    from openpyxl.styles import Alignment, Font

    sheet.sheet_view.rightToLeft = mirrored
    sheet.freeze_panes = "A2"
    for y, row in enumerate(rows, 1):
        for x, value in enumerate(row, 1):
            cell = sheet.cell(y, x)
            if isinstance(value, str):
                cell.value = safe_text(value)
                cell.data_type = "s"  # a text, whatever it starts with
                cell.quotePrefix = value.startswith(_FORMULA)
                cell.alignment = Alignment(wrap_text=True, vertical="top")
            elif value is not None:
                cell.value = round(value, 4)
                cell.alignment = Alignment(vertical="top")
            cell.font = Font(bold=y == 1)
    for x, column in enumerate(zip(*rows, strict=True), 1):
        longest = max(len(str(value)) for value in column if value is not None) if any(v is not None for v in column) else 0
        sheet.column_dimensions[sheet.cell(1, x).column_letter].width = min(max(longest + 2, 9), _WIDEST)


def safe_text(text: str) -> str:
    r"""
    Make a text fit a cell: no signs that a workbook cannot hold, not longer than a cell can be.

    Examples
    --------
    >>> safe_text("a\x00b")
    'ab'
    """
    return _NOT_IN_XML.sub("", text)[:_LONGEST_CELL]


def plain_text(value: Any) -> Any:
    """
    Put an apostrophe before a text that a spreadsheet would take for a formula.

    Examples
    --------
    >>> plain_text("=1+1"), plain_text("a"), plain_text(-1)
    ("'=1+1", 'a', -1)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def sheet_title(text: str) -> str:
    """Make a text a name that a sheet can have."""
    return re.sub(r"[\[\]:*?/\\]", " ", text)[:31]


def fixed_archive(content: bytes, day: str) -> bytes:
    """
    Write an Office file again without the time of writing, so that the same content gives the same bytes.

    Parameters
    ----------
    content : bytes
        An .xlsx or .pptx file, or one with such files inside (the data of charts).
    day : str
        The day (ISO) that stands in its properties instead.

    Returns
    -------
    bytes
        The same file.
    """
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            body = old.read(entry)
            if entry.filename.endswith(".xlsx"):
                body = fixed_archive(body, day)
            if entry.filename == "docProps/core.xml":
                body = _CLOCK.sub(rb"\g<1>" + f"{day}T00:00:00Z<".encode(), body)
            info = zipfile.ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, body)
    return target.getvalue()
