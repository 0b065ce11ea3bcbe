"""Step 04, coding: one person gives codes to lines, and every change is on disk at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from personakit.errors import DataError, StudyError, did_you_mean, listing
from personakit.handoffs import whole_file
from personakit.voices_codebook import Code, read_codebook, write_codebook
from personakit.voices_coding import CODING_COLUMNS, FILE_COLUMNS, READ, fingerprint, read_coder, write_codings

_CODER = re.compile(r"^[^\W_][\w-]*$")


class CodingSession:
    """
    One person at work: every code that is given or taken away is on disk before the call returns.

    Parameters
    ----------
    folder : Path
        The folder ``coding`` beside the study file; made when the first code is given.
    texts : pandas.DataFrame
        Texts of step 04.
    coder : str
        Who codes: one word, which names the file.

    Raises
    ------
    StudyError
        If the name of the coder cannot name a file.
    """

    def __init__(self, folder: Path, texts: pd.DataFrame, *, coder: str) -> None:
        if not _CODER.match(coder) or coder == "codebook":
            raise StudyError(f"coder: found '{coder}'; write one word of letters, digits and -, such as aino")
        self.folder, self.coder = folder, coder
        self.texts = texts
        self.codebook = read_codebook(folder / "codebook.yaml")
        self._done: list[pd.DataFrame] = []
        self._place = {(r.source, r.document, int(r.line)): r.text for r in texts.itertuples()}
        self._asked = {place: str(q) for place, q in zip(self._place, texts.get("question", ()), strict=False)}

    @property
    def file(self) -> Path:
        """Where the codings of the person at work lie."""
        return self.folder / f"{self.coder}.csv"

    def text_of(self, source: str, document: str, line: int) -> str:
        """What is said in a line."""
        return str(self._place[source, document, line])

    def asked_before(self, source: str, document: str, line: int) -> str:
        """The question that a line answers, where it differs from that of the line before; else empty."""
        own = [place for place in self._place if place[:2] == (source, document)]
        at = own.index((source, document, line))
        asked = self._asked.get(own[at], "")
        return asked if at == 0 or asked != self._asked.get(own[at - 1], "") else ""

    @property
    def table(self) -> pd.DataFrame:
        """Codings of the person at work, as the file holds them."""
        return read_coder(self.file)

    def documents(self) -> list[tuple[str, str]]:
        """Source and name of every document, in the order of the texts."""
        return list(dict.fromkeys(self.texts[["source", "document"]].itertuples(index=False, name=None)))

    def add_code(self, name: str, code: Code | None = None) -> None:
        """Put a new code into the codebook, or replace one."""
        self.codebook = read_codebook(self.folder / "codebook.yaml").with_code(name, code)
        write_codebook(self.codebook, self.folder / "codebook.yaml")

    def give(
        self, code: str, source: str, document: str, line_first: int, line_last: int | None = None, *, memo: str = ""
    ) -> None:
        """
        Give a code to a line, or to all lines from one to another.

        Raises
        ------
        DataError
            If the code is not in the codebook, the lines are not in the document, or the folder cannot be written to.
        """
        last = line_first if line_last is None else line_last
        if code != READ and code not in self.codebook.codes:
            have = listing(self.codebook.codes) if self.codebook.codes else "no codes yet"
            raise DataError([f"code '{code}' is not in the codebook; it has: {have}{did_you_mean(code, self.codebook.codes)}"])
        wrong = [line for line in {line_first, last} if (source, document, line) not in self._place]
        if wrong or last < line_first:
            raise DataError([f"{source} {document}: there is nothing to code in lines {line_first} to {last}"])
        self._write(self._given(self.table, code, (source, document), line_first, last, memo))

    def _given(
        self, table: pd.DataFrame, code: str, place: tuple[str, str], line_first: int, line_last: int, memo: str
    ) -> pd.DataFrame:  # fmt: skip
        entry = {"coder": self.coder, "source": place[0], "document": place[1], "line_first": line_first, "line_last": line_last,
                 "code": code, "memo": memo, "begins": fingerprint(self._place[*place, line_first])}  # fmt: skip
        same = (table[["source", "document", "code"]] == [*place, code]).all(axis=1)
        same &= (table["line_first"] == line_first) & (table["line_last"] == line_last)
        return pd.concat([table[~same], pd.DataFrame([entry], columns=CODING_COLUMNS)], ignore_index=True)

    def take(self, code: str, source: str, document: str, line: int) -> None:
        """Take a code away from the codings that cover a line; nothing happens when there are none."""
        before = self.table
        after = _taken(before, code, (source, document), line)
        if len(after) < len(before):
            self._write(after)

    def change(self, code: str, source: str, document: str, lines: Iterable[int], *, give: bool) -> None:
        """Give a code to several lines, or take it away, as one change that can be undone at once."""
        after = self.table
        for line in lines:
            after = (self._given(after, code, (source, document), line, line, "") if give
                     else _taken(after, code, (source, document), line))  # fmt: skip
        self._write(after)

    def mark_read(self, source: str, document: str, line_first: int, line_last: int) -> None:
        """Note that lines were read, so that those without a code count as judged."""
        self.give(READ, source, document, line_first, line_last)

    def undo(self) -> bool:
        """Take back the last change of this session; False when there is none."""
        if not self._done:
            return False
        self._save(self._done.pop())
        return True

    def codes_of(self, source: str, document: str) -> dict[int, list[str]]:
        """Codes of each line of a document, in the order of the codebook."""
        own = self.table
        own = own[(own["source"] == source) & (own["document"] == document)]
        order = {name: i for i, name in enumerate(self.codebook.codes)}
        found: dict[int, list[str]] = {}
        for where in (place for place in self._place if place[:2] == (source, document)):
            codes = {r.code for r in own.itertuples() if r.line_first <= where[2] <= r.line_last and r.code != READ}
            found[where[2]] = sorted(codes, key=lambda code: (order.get(code, len(order)), code))
        return found

    def _write(self, after: pd.DataFrame) -> None:
        before = self.table
        self._save(after)
        self._done.append(before)

    def _save(self, table: pd.DataFrame) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_codings(table, self.folder)
            if table.empty:
                with whole_file(self.file) as temporary:
                    temporary.write_text(",".join(FILE_COLUMNS) + "\n", encoding="utf-8", newline="\n")
        except OSError as error:
            msg = f"{self.folder}: cannot be written to ({error.strerror}); copy the study to a folder of your own"
            raise DataError([msg]) from None


def _taken(table: pd.DataFrame, code: str, place: tuple[str, str], line: int) -> pd.DataFrame:
    gone = (table[["source", "document", "code"]] == [*place, code]).all(axis=1)
    return table[~(gone & (table["line_first"] <= line) & (table["line_last"] >= line))]
