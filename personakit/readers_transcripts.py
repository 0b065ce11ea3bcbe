"""Transcripts of interviews: text, Markdown, Word, captions of meetings and CSV, one row per line that somebody said."""

from __future__ import annotations

import csv
import html
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from personakit.errors import DataError, PersonakitError, listing
from personakit.privacy_patterns import given_names

TRANSCRIPT_ENDINGS = (".txt", ".md", ".docx", ".vtt", ".srt", ".csv")
TRANSCRIPT_COLUMNS = ["document_id", "customer_id", "interviewed_on", "language", "line", "speaker", "text"]
#: What transcripts call the person who asks and the person who answers, in the four languages.
ASKING = frozenset(["interviewer", "moderator", "researcher", "facilitator", "i", "q", "intervjuer", "haastattelija",
                    "moderaattori", "tutkija", "forsker", "مصاحبه‌گر", "مصاحبه گر", "پرسشگر", "پژوهشگر"])  # fmt: skip
ANSWERING = frozenset(["customer", "respondent", "participant", "interviewee", "informant", "guest", "client", "user", "visitor",
                       "member", "a", "r", "p", "kunde", "kunden", "deltaker", "intervjuobjekt", "gjest", "bruker", "klient",
                       "medlem", "asiakas", "haastateltava", "osallistuja", "vastaaja", "vieras", "käyttäjä", "kävijä", "jäsen",
                       "مشتری", "پاسخ‌دهنده", "شرکت‌کننده", "مصاحبه‌شونده", "کاربر", "مهمان"])  # fmt: skip
_HEAD_LINE = re.compile(r"^(customer_id|interviewed_on|language|document_id)\s*:\s*(\S.*)$")
_CLOCK = r"(?:[\[(]?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?[\])]?\s*-?\s*)?"
_TURN = re.compile(rf"^{_CLOCK}([^\W\d_](?:[\w .'\u200c-]{{0,30}}[\w.])?)\s*{_CLOCK}:(?:\s+(\S.*))?$")
#: How meetings write who speaks: "Kari Nordmann   0:03", and before that a line with the times of what was said.
_NAME_AND_CLOCK = re.compile(r"^([^\W\d_](?:[\w .,'()\u200c-]{0,60}[\w.)])?)\s+\d{1,2}:\d{2}(?::\d{2})?$")
_TIMES = re.compile(r"^\d{1,2}:\d{1,2}:\d{1,2}[.,]\d+ --> \d{1,2}:\d{1,2}:\d{1,2}[.,]\d+$")
#: What meetings write of the recording itself, after somebody's name; the first letters in three languages.
_OF_THE_RECORDING = re.compile(r"^\W*(?:\w+ ){0,2}(?:transcri|transkri|litteroi)\w*\W*$", re.I)
#: How a sentence ends.
_ENDS = (".", "!", "?", "؟", "…")
_MARKDOWN = re.compile(r"^(?:>\s?|[-*+]\s+)|\*\*|__")
_SAID = {"text", "said", "utterance", "tekst", "teksti", "متن"}
_SPOKE = {"speaker", "who", "taler", "puhuja", "گوینده"}


def read_interviews(folder: Path) -> pd.DataFrame:
    """
    Read a folder of transcripts.

    A line such as ``Customer: I came for the price`` starts a turn; lines below it without a speaker belong to the same
    turn's speaker. So do transcripts and captions as video meetings and dictation apps write them: ``Kari Nordmann   0:03``
    over what she said, or her name in a caption. Lines at the top such as ``customer_id: C01`` (above captions, in a ``NOTE``)
    say who was interviewed.

    Parameters
    ----------
    folder : Path
        With ``.txt``, ``.md``, ``.docx``, ``.vtt``, ``.srt`` or ``.csv`` files.

    Returns
    -------
    pandas.DataFrame
        One row per line that somebody said: ``document_id``, ``customer_id``, ``interviewed_on``, ``language``, ``line`` (in the
        file; of a Word document the paragraph, of captions and CSV files the row), ``speaker`` and ``text`` (verbatim; a
        sentence that goes on in the next caption is put together); from CSV files also ``topic`` (a phase or touchpoint) and
        ``rating`` (1 to 5), where anybody filled them in.

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
    head: dict[str, str] = {"document_id": document}
    rows: list[dict[str, Any]] = []
    speaker: str | None = None
    for number, who, line in _spoken(file):
        entry = None if rows else _HEAD_LINE.match(line)
        if entry:
            head[entry[1]] = entry[2].strip()
            continue
        speaker = who or speaker
        if line:
            rows.append({**head, "line": number, "speaker": speaker, "text": line})
    return rows


def _spoken(file: Path) -> Iterator[tuple[int, str | None, str]]:
    """What is said, line by line, and who begins to speak there; where a name stands alone, nothing is said."""
    if file.suffix.lower() not in {".vtt", ".srt"}:
        yield from _turns(list(_word_lines(file) if file.suffix.lower() == ".docx" else _text_lines(file)))
        return
    heads, captions = _captions(file)
    yield from ((0, None, line) for line in heads if _HEAD_LINE.match(line))
    named = any(who for _, who, _ in captions)
    yield from _whole_sentences(captions if named else _turns([(number, line) for number, _, line in captions]))


def _turns(lines: list[tuple[int, str]]) -> Iterator[tuple[int, str | None, str]]:
    """Tell names of speakers from what is said."""
    timed = Counter(turn[1] for _, line in lines if (turn := _NAME_AND_CLOCK.match(line)))
    if max(timed.values(), default=0) > 1 or sum(bool(_TIMES.match(line)) for _, line in lines) > 1:
        yield from _turns_of_a_meeting(lines)
        return
    named = Counter(turn[1].lower() for _, line in lines if (turn := _TURN.match(line)))
    speakers = {name for name, n in named.items()
                if n > 1 or name in ASKING or name in ANSWERING or name.split()[0] in given_names()}  # fmt: skip
    for number, line in lines:
        turn = _TURN.match(line)
        if turn and turn[1].lower() in speakers:
            yield number, turn[1], turn[2] or ""
        else:
            yield number, None, line


def _turns_of_a_meeting(lines: list[tuple[int, str]]) -> Iterator[tuple[int, str | None, str]]:
    """Name and clock over each turn, or times and then a name; the title above the first and notes on the recording are left."""
    speakers: set[str] = set()
    after_times = False
    for number, line in lines:
        turn = _NAME_AND_CLOCK.match(line)
        if after_times or turn:
            speakers.add(turn[1] if turn else line)
            yield number, turn[1] if turn else line, ""
        elif not _TIMES.match(line) and (_HEAD_LINE.match(line) if not speakers else not _is_of_the_recording(line, speakers)):
            yield number, None, line
        after_times = bool(_TIMES.match(line))


def _is_of_the_recording(line: str, speakers: set[str]) -> bool:
    return any(line.startswith(name) and _OF_THE_RECORDING.match(line[len(name) :]) for name in speakers)


def _whole_sentences(lines: Iterable[tuple[int, str | None, str]]) -> Iterator[tuple[int, str | None, str]]:
    """Put together what one person says in several captions, up to the end of a sentence."""
    first, speaker, said = 0, None, ""
    for number, who, line in lines:
        if said and (said.endswith(_ENDS) or (who and who != speaker)):
            yield first, speaker, said
            said = ""
        first, speaker, said = first if said else number, who or speaker, f"{said} {line}".strip()
    if said:
        yield first, speaker, said


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


def _captions(file: Path) -> tuple[list[str], list[tuple[int, str | None, str]]]:
    """Notes at the top of the captions of a recording; what each says, and by whom where the file knows."""
    try:
        import webvtt
        from webvtt.errors import MalformedCaptionError, MalformedFileError
    except ImportError:
        msg = f'{file.name} holds captions; install what reads them: pip install "personakit[captions]", or save it as text'
        raise PersonakitError(msg) from None
    read = webvtt.from_srt if file.suffix.lower() == ".srt" else webvtt.read
    try:
        content = read(str(file), encoding="utf-8")
    except (MalformedFileError, MalformedCaptionError, UnicodeError):
        kind = file.suffix.lower()
        raise DataError([f"sources.interviews: {file.name} is no {kind} file of captions in UTF-8; export it again"]) from None
    said = [(number, html.unescape(caption.voice or "").strip() or None, html.unescape(" ".join(caption.text.split())))
            for number, caption in enumerate(content.captions, start=1)]  # fmt: skip
    return [line for note in content.header_comments for line in note.splitlines()], [one for one in said if one[2]]


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
