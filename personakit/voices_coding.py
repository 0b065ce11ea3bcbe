"""Step 04, coding: which lines carry which code, by which person; written down at once, one file per person."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from personakit.errors import DataError, StudyError, did_you_mean, listing
from personakit.handoffs import whole_file
from personakit.voices_agreement import AGREEMENT_COLUMNS, alpha_interval, krippendorff_alpha
from personakit.voices_codebook import Code, Codebook, read_codebook, write_codebook

CODING_COLUMNS = ["coder", "source", "document", "line_first", "line_last", "code", "memo", "begins"]
_FILE_COLUMNS = CODING_COLUMNS[1:]
_CODER = re.compile(r"^[^\W_][\w-]*$")
_BEGINS_LENGTH = 12
_RISKY = ("=", "+", "-", "@", "\t", "\r")
ALL_CODES = "all codes"
#: Stands in place of a code where somebody read lines and found nothing to code.
READ = "-"


@dataclass(frozen=True, eq=False)
class Codings:
    """
    What everybody coded.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per coding: ``coder``, ``source``, ``document``, ``line_first``, ``line_last``, ``code`` (``-``: read, nothing to
        code), ``memo``, ``begins`` (a fingerprint of the first line, which tells when a document has changed).
    codebook : Codebook
        What the codes mean.
    """

    table: pd.DataFrame
    codebook: Codebook

    def units(self, texts: pd.DataFrame) -> pd.DataFrame:
        """
        Say which texts carry which codes.

        Parameters
        ----------
        texts : pandas.DataFrame
            Texts of step 04.

        Returns
        -------
        pandas.DataFrame
            One row per coder, text and code: ``coder``, ``key`` (of the text), ``code``; no row twice.
        """
        found = self._covered(texts)
        return found[found["code"] != READ].reset_index(drop=True)

    def judged(self, texts: pd.DataFrame) -> pd.DataFrame:
        """
        Say who judged which texts: whole interviews in which they coded, and other texts that they coded or marked as read.

        Parameters
        ----------
        texts : pandas.DataFrame
            Texts of step 04.

        Returns
        -------
        pandas.DataFrame
            One row per coder and text: ``coder``, ``key``.
        """
        worked = self.table.loc[self.table["source"] == "interviews", ["coder", "source", "document"]].drop_duplicates()
        whole = worked.merge(texts[["key", "source", "document"]], on=["source", "document"])[["coder", "key"]]
        both = pd.concat([whole, self._covered(texts)[["coder", "key"]]], ignore_index=True)
        return both.drop_duplicates().sort_values(["coder", "key"], ignore_index=True)

    def _covered(self, texts: pd.DataFrame) -> pd.DataFrame:
        """Coder, text and code, for every text between the first and the last line of a coding."""
        coded = texts[texts["source"].isin(self.table["source"])].sort_values("line", kind="stable")
        lines = {place: (own["line"].to_numpy(dtype=int), own["key"].to_numpy(dtype=object))
                 for place, own in coded.groupby(["source", "document"])}  # fmt: skip
        rows: set[tuple[str, str, str]] = set()
        for one in self.table.itertuples():
            numbers, keys = lines.get((one.source, one.document), (np.empty(0, dtype=int), np.empty(0, dtype=object)))
            first, last = np.searchsorted(numbers, one.line_first), np.searchsorted(numbers, one.line_last, "right")
            rows.update((one.coder, key, one.code) for key in keys[first:last])
        return pd.DataFrame(sorted(rows), columns=["coder", "key", "code"])

    def lost(self, texts: pd.DataFrame) -> pd.DataFrame:
        """
        List codings whose text has changed or is gone since they were made.

        Parameters
        ----------
        texts : pandas.DataFrame
            Texts of step 04.

        Returns
        -------
        pandas.DataFrame
            Rows of :attr:`table`.
        """
        now = {(r.source, r.document, int(r.line)): fingerprint(r.text) for r in texts.itertuples()}
        same = [now.get((r.source, r.document, int(r.line_first))) == r.begins for r in self.table.itertuples()]
        return self.table[~np.array(same, dtype=bool)].reset_index(drop=True)

    def agreement(self, texts: pd.DataFrame, *, random_state: int = 1) -> pd.DataFrame:
        """
        Measure how far coders agree, over the texts that at least one of them coded.

        Only texts that at least two coders judged count.

        Parameters
        ----------
        texts : pandas.DataFrame
            Texts of step 04.
        random_state : int
            Seed of the intervals.

        Returns
        -------
        pandas.DataFrame
            One row per code and one for *all codes*: ``coders``, ``units`` (texts), ``agreed_share`` (of units on which all
            say the same), ``alpha`` (Krippendorff, nominal) with ``alpha_low`` and ``alpha_high`` (95 %), ``kappa`` with
            ``kappa_kind`` (Cohen for two coders, Fleiss for more).

        References
        ----------
        Krippendorff, K. (2019). Content Analysis (4th ed.). Sage.
        Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement, 20, 37-46.
        Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. Psychological Bulletin, 76, 378-382.
        """
        judged = self._judgements(texts)
        rows = [_agreement_row(code, judged[code], random_state) for code in judged]
        if rows:
            everything = np.concatenate(list(judged.values()), axis=1)
            rows.append(_agreement_row(ALL_CODES, everything, random_state))
        return pd.DataFrame(rows, columns=AGREEMENT_COLUMNS)

    def disagreements(self, texts: pd.DataFrame) -> pd.DataFrame:
        """
        List the texts to talk about: some coders gave a code, others did not.

        Parameters
        ----------
        texts : pandas.DataFrame
            Texts of step 04.

        Returns
        -------
        pandas.DataFrame
            One row per text and code: ``key``, ``code``, ``given_by``, ``not_given_by``, ``text``; the most divided first.
        """
        coders, keys = self._both(texts)
        said = texts.set_index("key")["text"]
        rows = []
        for code, ratings in self._judgements(texts).items():
            for place, key in enumerate(keys):
                votes = ratings[:, place]
                yes = [c for c, v in zip(coders, votes, strict=True) if v == 1]
                no = [c for c, v in zip(coders, votes, strict=True) if v == 0]
                if yes and no:
                    rows.append({"key": key, "code": code, "given_by": ", ".join(yes), "not_given_by": ", ".join(no),
                                 "text": said[key], "_even": abs(len(yes) - len(no))})  # fmt: skip
        table = pd.DataFrame(rows, columns=["key", "code", "given_by", "not_given_by", "text", "_even"])
        return table.sort_values(["_even", "key", "code"], kind="stable", ignore_index=True).drop(columns="_even")

    def _both(self, texts: pd.DataFrame) -> tuple[list[str], list[str]]:
        """Coders, and the coded texts that at least two of them judged."""
        judges = self.judged(texts)["key"].value_counts()
        coded = set(self.units(texts)["key"]) & set(judges[judges >= 2].index)
        return sorted(self.table["coder"].unique()), [key for key in texts["key"] if key in coded]

    def _judgements(self, texts: pd.DataFrame) -> dict[str, np.ndarray]:
        """For each code: coders by texts, 1 given, 0 not given, NaN not judged."""
        coders, keys = self._both(texts)
        row, column = {c: i for i, c in enumerate(coders)}, {k: i for i, k in enumerate(keys)}
        base = np.full((len(coders), len(keys)), np.nan)
        for unit in self.judged(texts).itertuples():
            if unit.key in column:
                base[row[unit.coder], column[unit.key]] = 0.0
        units = self.units(texts)
        found: dict[str, np.ndarray] = {}
        for code, own in units[units["key"].isin(keys)].groupby("code"):
            ratings = base.copy()
            for unit in own.itertuples():
                ratings[row[unit.coder], column[unit.key]] = 1.0
            found[str(code)] = ratings
        return found


def _agreement_row(code: str, ratings: np.ndarray, random_state: int) -> dict[str, Any]:
    known = ratings[:, (~np.isnan(ratings)).sum(axis=0) >= 2]
    low, high = alpha_interval(known, random_state=random_state)
    spread = np.nanmax(known, axis=0) - np.nanmin(known, axis=0) if known.size else np.array([])
    kappa, kind = _kappa(known)
    return {"code": code, "coders": int((~np.isnan(ratings)).any(axis=1).sum()), "units": known.shape[1],
            "agreed_share": float((spread == 0).mean()) if len(spread) else np.nan, "alpha": krippendorff_alpha(known),
            "alpha_low": low, "alpha_high": high, "kappa": kappa, "kappa_kind": kind}  # fmt: skip


def _kappa(ratings: np.ndarray) -> tuple[float, str]:
    """Cohen's kappa of two coders, Fleiss' of more, over the units that all of them judged."""
    from sklearn.metrics import cohen_kappa_score
    from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

    judging = ratings[(~np.isnan(ratings)).any(axis=1)]
    complete = judging[:, ~np.isnan(judging).any(axis=0)]
    kind = "Cohen" if len(judging) == 2 else "Fleiss"
    if len(judging) < 2 or complete.shape[1] < 2 or len(np.unique(complete)) < 2:
        return float("nan"), kind
    if kind == "Cohen":
        return float(cohen_kappa_score(complete[0], complete[1])), kind
    return float(fleiss_kappa(aggregate_raters(complete.T.astype(int), n_cat=2)[0])), kind


def fingerprint(text: str) -> str:
    """Short fingerprint of the words of a text; how they are broken into lines does not matter."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:_BEGINS_LENGTH]


def read_codings(folder: Path) -> Codings:
    """
    Read the codebook and what everybody coded.

    Parameters
    ----------
    folder : Path
        The folder ``coding`` beside the study file; one that is not there means that nothing is coded.

    Returns
    -------
    Codings
        All coders together.

    Raises
    ------
    StudyError, DataError
        If a file is damaged.
    """
    book = read_codebook(folder / "codebook.yaml")
    frames = [_read_file(file) for file in sorted(folder.glob("*.csv"))] if folder.is_dir() else []
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=CODING_COLUMNS)
    table[["line_first", "line_last"]] = table[["line_first", "line_last"]].astype("int64")
    return Codings(table, book)


def _read_file(file: Path) -> pd.DataFrame:
    try:
        rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
        known = [{**{c: row[c] for c in _FILE_COLUMNS}, "coder": file.stem, "line_first": int(row["line_first"]),
                  "line_last": int(row["line_last"]), "memo": row["memo"].removeprefix("'") if row["memo"][1:2] in _RISKY else
                  row["memo"]} for row in rows]  # fmt: skip
    except (KeyError, ValueError, TypeError, AttributeError, csv.Error):
        raise DataError([f"coding/{file.name}: is not a file of codings (columns {', '.join(_FILE_COLUMNS)}); "
                         "restore it from a copy, or delete it"]) from None  # fmt: skip
    return pd.DataFrame(known, columns=CODING_COLUMNS)


def write_codings(table: pd.DataFrame, folder: Path) -> list[Path]:
    """
    Write codings, one file per coder, each whole or not at all.

    Parameters
    ----------
    table : pandas.DataFrame
        As :attr:`Codings.table`.
    folder : Path
        The folder ``coding``.

    Returns
    -------
    list of Path
        The files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for coder, own in table.groupby("coder", sort=True):
        ordered = own.sort_values(["source", "document", "line_first", "line_last", "code"], kind="stable")
        text = io.StringIO()
        writer = csv.DictWriter(text, _FILE_COLUMNS, lineterminator="\n")
        writer.writeheader()
        for row in ordered[_FILE_COLUMNS].to_dict("records"):
            memo = str(row["memo"])
            writer.writerow(row | {"memo": f"'{memo}" if memo.startswith(_RISKY) else memo})
        file = folder / f"{coder}.csv"
        with whole_file(file) as temporary:
            temporary.write_text(text.getvalue(), encoding="utf-8", newline="\n")
        files.append(file)
    return files


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
        return _read_file(self.file) if self.file.exists() else pd.DataFrame(columns=CODING_COLUMNS)

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
                    temporary.write_text(",".join(_FILE_COLUMNS) + "\n", encoding="utf-8", newline="\n")
        except OSError as error:
            msg = f"{self.folder}: cannot be written to ({error.strerror}); copy the study to a folder of your own"
            raise DataError([msg]) from None


def _taken(table: pd.DataFrame, code: str, place: tuple[str, str], line: int) -> pd.DataFrame:
    gone = (table[["source", "document", "code"]] == [*place, code]).all(axis=1)
    return table[~(gone & (table["line_first"] <= line) & (table["line_last"] >= line))]


def merge_codings(*several: Codings) -> Codings:
    """
    Put codings of several copies together; nothing is lost, and nothing stands twice.

    Parameters
    ----------
    *several : Codings
        Such as the team's own and one read from a ``.qdpx`` file. Where two books define one code, the first counts.

    Returns
    -------
    Codings
        All codes and all codings.
    """
    codes: dict[str, Code] = {}
    for one in several:
        codes = {**one.codebook.codes, **codes}
    table = pd.concat([one.table for one in several], ignore_index=True) if several else pd.DataFrame(columns=CODING_COLUMNS)
    return Codings(table.drop_duplicates(CODING_COLUMNS[:6], ignore_index=True), Codebook(codes=codes))


def speakers(codings: Codings, texts: pd.DataFrame) -> Iterable[tuple[str, pd.Series]]:
    """
    Count the coded texts of each customer, code by code.

    Whose texts nobody judged is missing; who was read, and did not say it, counts 0.

    Yields
    ------
    code : str
        In the order of the codebook.
    counts : pandas.Series
        Texts with the code, given by any coder, by ``customer_id``.
    """
    own = texts[texts["key"].isin(codings.judged(texts)["key"]) & texts["customer_id"].notna()]
    units = codings.units(texts).drop_duplicates(["key", "code"])
    used = set(units["code"])
    for code in [*(c for c in codings.codebook.codes if c in used), *sorted(used - set(codings.codebook.codes))]:
        given = own["key"].isin(units.loc[units["code"] == code, "key"])
        yield code, given.groupby(own["customer_id"].astype("str")).sum().astype(float)
