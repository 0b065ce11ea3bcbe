"""Transcripts of interviews: text, Markdown, Word and CSV, one row per line that somebody said."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from personakit.errors import DataError, PersonakitError, listing

TRANSCRIPT_ENDINGS = (".txt", ".md", ".docx", ".csv")
TRANSCRIPT_COLUMNS = ["document_id", "customer_id", "interviewed_on", "language", "line", "speaker", "text"]
#: What transcripts call the person who asks and the person who answers, in the four languages.
ASKING = frozenset(["interviewer", "moderator", "researcher", "facilitator", "i", "q", "intervjuer", "haastattelija",
                    "moderaattori", "tutkija", "forsker", "مصاحبه‌گر", "مصاحبه گر", "پرسشگر", "پژوهشگر"])  # fmt: skip
_ANSWERING = frozenset(["customer", "respondent", "participant", "interviewee", "informant", "a", "r", "p", "kunde", "deltaker",
                        "asiakas", "haastateltava", "osallistuja", "vastaaja", "مشتری", "پاسخ‌دهنده", "شرکت‌کننده"])  # fmt: skip
_HEAD_LINE = re.compile(r"^(customer_id|interviewed_on|language|document_id)\s*:\s*(\S.*)$")
_CLOCK = r"(?:[\[(]?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?[\])]?\s*-?\s*)?"
_TURN = re.compile(rf"^{_CLOCK}([^\W\d_](?:[\w .'\u200c-]{{0,30}}[\w.])?)\s*{_CLOCK}:(?:\s+(\S.*))?$")
_MARKDOWN = re.compile(r"^(?:>\s?|[-*+]\s+)|\*\*|__")
_SAID = {"text", "said", "utterance", "tekst", "teksti", "متن"}
_SPOKE = {"speaker", "who", "taler", "puhuja", "گوینده"}


def read_interviews(folder: Path) -> pd.DataFrame:
    """
    Read a folder of transcripts.

    A line such as ``Customer: I came for the price`` starts a turn; lines below it without a speaker belong to the same
    turn's speaker. Lines at the top such as ``customer_id: C01`` say who was interviewed.

    Parameters
    ----------
    folder : Path
        With ``.txt``, ``.md``, ``.docx`` or ``.csv`` files.

    Returns
    -------
    pandas.DataFrame
        One row per line that somebody said: ``document_id``, ``customer_id``, ``interviewed_on``, ``language``, ``line`` (in the
        file; of a Word document the paragraph, of a CSV file the row), ``speaker`` and ``text`` (verbatim); from CSV files also
        ``topic`` (a phase or touchpoint) and ``rating`` (1 to 5), where anybody filled them in.

    Raises
    ------
    DataError
        If there is no transcript, or files cannot be read; all of them are named.
    """
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in TRANSCRIPT_ENDINGS and not p.name.startswith("~$"))
    if not files:
        raise DataError([f"sources.interviews: the folder {folder.name} has no {listing(TRANSCRIPT_ENDINGS)} file"])
    names = Counter(file.stem for file in files)
    rows: list[dict[str, Any]] = []
    problems: list[str] = []
    for file in files:
        document = file.stem if names[file.stem] == 1 else file.name
        try:
            rows += _read_csv(file, document) if file.suffix.lower() == ".csv" else _read_lines(file, document)
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    told = [name for name in ("topic", "rating") if any(row.get(name) for row in rows)]
    frame = pd.DataFrame(rows, columns=[*TRANSCRIPT_COLUMNS, *told])
    return frame.astype({"line": "string"}).astype(object).where(frame.notna(), None)


def _read_lines(file: Path, document: str) -> list[dict[str, Any]]:
    lines = list(_word_lines(file) if file.suffix.lower() == ".docx" else _text_lines(file))
    spoken = Counter(turn[1].lower() for _, line in lines if (turn := _TURN.match(line)))
    speakers = {name for name, n in spoken.items() if n > 1 or name in ASKING or name in _ANSWERING}
    head: dict[str, str] = {"document_id": document}
    rows: list[dict[str, Any]] = []
    speaker: str | None = None
    for number, line in lines:
        entry = None if rows else _HEAD_LINE.match(line)
        if entry:
            head[entry[1]] = entry[2].strip()
            continue
        turn = _TURN.match(line)
        if turn and turn[1].lower() in speakers:
            speaker = turn[1]
            if not turn[2]:
                continue
            line = turn[2]
        rows.append({**head, "line": number, "speaker": speaker, "text": line})
    return rows


def _text_lines(file: Path) -> Iterator[tuple[int, str]]:
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise DataError([f"sources.interviews: {file.name} is not a text file in UTF-8; save it as UTF-8"]) from None
    markdown = file.suffix.lower() == ".md"
    for number, line in enumerate(lines, start=1):
        if markdown and line.lstrip().startswith(("#", "---", "```")):
            continue  # headings and rulers are not said
        said = (_MARKDOWN.sub("", line.strip()) if markdown else line).strip()
        if said:
            yield number, said


def _word_lines(file: Path) -> Iterator[tuple[int, str]]:
    """Paragraphs of a Word document, and rows of its tables as ``first cell: other cells``."""
    try:
        import docx
        from docx.opc.exceptions import PackageNotFoundError
        from docx.table import Table
    except ImportError:
        msg = f'{file.name} is a Word document; install what reads it: pip install "personakit[word]", or save it as text'
        raise PersonakitError(msg) from None
    try:
        content = list(docx.Document(str(file)).iter_inner_content())
    except (PackageNotFoundError, KeyError, ValueError, OSError, SyntaxError):
        raise DataError([f"sources.interviews: {file.name} cannot be read as a Word document; save it again as .docx"]) from None
    number = 0
    for block in content:
        cells = [[cell.text.strip() for cell in row.cells] for row in block.rows] if isinstance(block, Table) else None
        texts = [": ".join(filter(None, [row[0].rstrip(":"), " ".join(row[1:])])) for row in cells] if cells else None
        for text in texts if texts is not None else [block.text]:
            number += 1
            for line in text.splitlines():
                if line.strip():
                    yield number, line.strip()


def _read_csv(file: Path, document: str) -> list[dict[str, Any]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
        first = text.split("\n", 1)[0]
        mark = max(",;\t", key=first.count)
        table = [{(k or "").strip().lower(): (v or "").strip() for k, v in row.items() if not isinstance(v, list)}
                 for row in csv.DictReader(io.StringIO(text), delimiter=mark)]  # fmt: skip
    except (UnicodeDecodeError, csv.Error):
        raise DataError([f"sources.interviews: {file.name} is not a CSV file in UTF-8; save it as CSV (UTF-8)"]) from None
    columns = list(table[0]) if table else []
    said = next((c for c in columns if c in _SAID), None)
    who = next((c for c in columns if c in _SPOKE), None)
    if said is None:
        raise DataError([f"sources.interviews: {file.name} has no column 'text'; it has: {listing(columns) or 'nothing'}"])
    return [{"document_id": row.get("document_id") or document, "customer_id": row.get("customer_id") or None,
             "interviewed_on": row.get("interviewed_on") or None, "language": row.get("language") or None,
             "line": row.get("line") or number, "speaker": row.get(who or "") or None, "text": row[said],
             "topic": row.get("topic") or None, "rating": row.get("rating") or None}
            for number, row in enumerate(table, start=1) if row[said]]  # fmt: skip
