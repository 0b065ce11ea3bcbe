"""Step 04, codings: which lines carry which code, by which person, and how far people agree; one file per person."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from personakit.errors import DataError
from personakit.handoffs import whole_file
from personakit.voices_agreement import AGREEMENT_COLUMNS, alpha_interval, krippendorff_alpha
from personakit.voices_codebook import Code, Codebook, read_codebook

CODING_COLUMNS = ["coder", "source", "document", "line_first", "line_last", "code", "memo", "begins"]
FILE_COLUMNS = CODING_COLUMNS[1:]
_BEGINS_LENGTH = 12
#: A spreadsheet takes text that begins so for a formula; a quote in front makes it plain text, and is taken off again.
_RISKY, _QUOTE = ("=", "+", "-", "@", "\t", "\r", "'"), "'"
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
        found = self.covered(texts)
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
        both = pd.concat([whole, self.covered(texts)[["coder", "key"]]], ignore_index=True)
        return both.drop_duplicates().sort_values(["coder", "key"], ignore_index=True)

    def covered(self, texts: pd.DataFrame) -> pd.DataFrame:
        """List coder (``coder``), text (``key``) and ``code``, for every text between the first and last line of a coding."""
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
    frames = [read_coder(file) for file in sorted(folder.glob("*.csv"))] if folder.is_dir() else []
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=CODING_COLUMNS)
    table[["line_first", "line_last"]] = table[["line_first", "line_last"]].astype("int64")
    return Codings(table, book)


def read_coder(file: Path) -> pd.DataFrame:
    """Read the codings of one person; a file that is not there is an empty one."""
    if not file.exists():
        return pd.DataFrame(columns=CODING_COLUMNS)
    try:
        rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
        known = [{**{c: row[c].removeprefix(_QUOTE) for c in FILE_COLUMNS}, "coder": file.stem,
                  "line_first": int(row["line_first"]), "line_last": int(row["line_last"])} for row in rows]  # fmt: skip
    except (KeyError, ValueError, TypeError, AttributeError, csv.Error):
        raise DataError([f"coding/{file.name}: is not a file of codings (columns {', '.join(FILE_COLUMNS)}); "
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
        writer = csv.DictWriter(text, FILE_COLUMNS, lineterminator="\n")
        writer.writeheader()
        for row in ordered[FILE_COLUMNS].to_dict("records"):
            writer.writerow({name: _plain_text(value) for name, value in row.items()})
        file = folder / f"{coder}.csv"
        with whole_file(file) as temporary:
            temporary.write_text(text.getvalue(), encoding="utf-8", newline="\n")
        files.append(file)
    return files


def _plain_text(value: Any) -> Any:
    return f"{_QUOTE}{value}" if isinstance(value, str) and value.startswith(_RISKY) and value != READ else value


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
