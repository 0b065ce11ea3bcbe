"""Files become typed DuckDB tables here: CSV of any common kind, Parquet, Excel, and folders of interview notes."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import duckdb
import pandas as pd
from charset_normalizer import from_bytes
from openpyxl.utils.exceptions import InvalidFileException

from personakit.errors import DataError, did_you_mean, listing
from personakit.study import Source

#: Files up to this size are typed once and kept in DuckDB; larger ones stay views on the file.
KEEP_BELOW_BYTES = 500_000_000
SEPARATORS = (",", ";", "\t", "|")
MISSING_WORDS = ("", "NA", "N/A", "NULL", "null", "NaN", "nan")
_ENCODINGS = ["cp1252", "iso8859_15", "cp1250", "cp1256", "mac_roman", "utf_16_le", "utf_16_be"]
_WESTERN = frozenset("åäöæøÅÄÖÆØéèêëáàâíìîïóòôúùûüÉÜñçÇßšžŠŽ€£§°½–—‘’“”„…´«»·\u00a0")
_SAMPLE_BYTES = 262_144


def quoted(name: str) -> str:
    """
    Quote a column name for SQL.

    Examples
    --------
    >>> quoted("birth year")
    '"birth year"'
    """
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"


def read_file(connection: Any, path: Path, spec: Source, role: str, scratch: Path) -> str:
    """
    Make one file known to DuckDB.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        The study's embedded engine.
    path : Path
        The file, or for interviews a folder of ``.txt`` and ``.md`` files.
    spec : Source
        How the study file describes it.
    role : str
        Its role; the table is called ``raw_<role>``.
    scratch : Path
        A folder for files that had to be recoded.

    Returns
    -------
    str
        The name of a table or view with the file's own columns, typed, and ``_row``, the row number in the file.

    Raises
    ------
    DataError
        If the file is missing, empty or cannot be read as what its ending says.
    """
    name = f"raw_{role}"
    _check_there(path, role)
    try:
        if path.is_dir():
            _from_frame(connection, _read_interviews(path), name)
        elif _ending(path) == ".parquet":
            _parquet_view(connection, path, name)
        elif _ending(path) in {".xlsx", ".xlsm"}:
            _from_frame(connection, _read_excel(path, spec, role), name)
        elif _ending(path) in {".csv", ".tsv", ".txt"}:
            _read_csv(connection, path, spec, name, scratch)
        else:
            msg = f"sources.{role}: {path.name} is of an unknown kind; allowed: .csv, .tsv, .txt (or .gz), .parquet, .xlsx"
            raise DataError([msg])
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise DataError([f"sources.{role}: {path.name} is not a whole gzip file; export or copy it again"]) from None
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        raise DataError([f"sources.{role}: {path.name} cannot be read as {_ending(path)[1:]} ({first[:200]})"]) from None
    return name


def _ending(path: Path) -> str:
    return Path(path.stem).suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()


def _check_there(path: Path, role: str) -> None:
    if not path.exists():
        near = sorted(p.name for p in path.parent.glob("*")) if path.parent.is_dir() else []
        there = f"its folder has: {listing(near)}{did_you_mean(path.name, near)}" if near else "its folder does not exist"
        raise DataError([f"sources.{role}: no file {path.name}; {there}"])
    if path.is_dir() and role != "interviews":
        raise DataError([f"sources.{role}: {path.name} is a folder; name a file (only interviews may be a folder of texts)"])
    if path.is_file() and path.stat().st_size == 0:
        raise DataError([f"sources.{role}: {path.name} is empty (0 bytes); export it again"])


def _parquet_view(connection: Any, path: Path, name: str) -> None:
    scan = f"read_parquet({text_literal(str(path))}, file_row_number=true)"
    connection.execute(
        f"CREATE OR REPLACE VIEW {name} AS SELECT * EXCLUDE (file_row_number), file_row_number + 1 AS _row FROM {scan}"  # noqa: S608
    )


def _open_bytes(path: Path) -> IO[bytes]:
    return gzip.GzipFile(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")  # type: ignore[return-value]


def _encoding_of(path: Path, role: str) -> str:
    """Tell the encoding: UTF-8 when every byte fits, else the likeliest of the common ones."""
    with _open_bytes(path) as stream:
        sample = stream.read(_SAMPLE_BYTES)
        if sample[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        decoder = codecs.getincrementaldecoder("utf-8")()
        block = sample
        try:
            while block:
                decoder.decode(block)
                block = stream.read(1 << 22)
            decoder.decode(b"", final=True)  # a letter that is cut off at the very end
        except UnicodeDecodeError:
            if _looks_western(sample + block[:_SAMPLE_BYTES]):
                return "cp1252"
            best = from_bytes(sample + block[:_SAMPLE_BYTES], cp_isolation=_ENCODINGS).best()
        else:
            if b"\0" in sample:
                raise DataError([f"sources.{role}: {path.name} is not a text file; save it as CSV in UTF-8"])
            return "utf-8-sig" if sample.startswith(codecs.BOM_UTF8) else "utf-8"
    if best is None:
        raise DataError([f"sources.{role}: the encoding of {path.name} cannot be told; add 'encoding: …' to the study"])
    return str(best.encoding)


def _looks_western(sample: bytes) -> bool:
    """Tell whether nearly all letters beyond ASCII are those of Western and Nordic languages in Windows encoding."""
    beyond = [letter for letter in sample.decode("cp1252", errors="replace") if letter > "\x7f"]
    return sum(letter in _WESTERN for letter in beyond) >= 0.9 * len(beyond) > 0


def _recoded(path: Path, encoding: str, scratch: Path) -> Path:
    """Copy a file as UTF-8, in blocks."""
    target = scratch / f"{path.name.removesuffix('.gz')}.utf8.csv"
    with _open_bytes(path) as raw, target.open("w", encoding="utf-8", newline="") as out:
        reader = io.TextIOWrapper(raw, encoding=encoding, newline="")
        while block := reader.read(1 << 22):
            out.write(block)
    return target


def _separator_of(path: Path, encoding: str) -> str:
    """Choose the separator that splits the first line into the most fields, and the second as often."""
    with _open_bytes(path) as raw:
        lines = io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline="")
        head = [lines.readline(1_000_000) for _ in range(2)]

    def fit(separator: str) -> tuple[int, bool]:
        counts = [len(next(csv.reader([line], delimiter=separator), [])) for line in head if line.strip()]
        return (counts[0] if counts else 0, len(set(counts)) == 1)

    return max(SEPARATORS, key=fit)


def _read_csv(connection: Any, path: Path, spec: Source, name: str, scratch: Path) -> None:
    role = name.removeprefix("raw_")
    encoding = spec.encoding or _encoding_of(path, role)
    try:
        separator = spec.separator or _separator_of(path, encoding)
        readable = path if encoding.lower().replace("_", "-") in {"utf-8", "utf8"} else _recoded(path, encoding, scratch)
    except (LookupError, UnicodeDecodeError):
        raise DataError([f"sources.{role}: {path.name} cannot be read with encoding '{encoding}'"]) from None
    ragged = _first_ragged_line(readable, separator) if path.stat().st_size < KEEP_BELOW_BYTES else ""
    if ragged:
        raise DataError([f"sources.{role}: {path.name} is not a whole table: {ragged}"])
    missing = ", ".join(text_literal(word) for word in MISSING_WORDS)
    scan = (
        f"read_csv({text_literal(str(readable))}, delim={text_literal(separator)}, header=true, all_varchar=true, "
        f"quote='\"', escape='\"', nullstr=[{missing}], strict_mode=false, max_line_size=10000000)"
    )
    # a semicolon file comes from a country that writes 1,5; in a comma file 1,234 could be either
    decimal = spec.decimal or ("," if separator == ";" else None)
    if path.stat().st_size < KEEP_BELOW_BYTES:
        connection.execute(f"CREATE OR REPLACE TABLE {name}_text AS SELECT * FROM {scan}")  # noqa: S608
        _typed(connection, f"{name}_text", name, decimal, keep=True)
        connection.execute(f"DROP TABLE {name}_text")
        if readable != path:
            readable.unlink()
    else:
        connection.execute(f"CREATE OR REPLACE VIEW {name}_text AS SELECT * FROM {scan}")  # noqa: S608
        _typed(connection, f"{name}_text", name, decimal, keep=False)


def _first_ragged_line(path: Path, separator: str) -> str:
    """Say where a row has another number of fields than the header, or a quote is not closed; nothing when all is well."""
    with _open_bytes(path) as raw:
        rows = csv.reader(io.TextIOWrapper(raw, encoding="utf-8", newline=""), delimiter=separator, strict=True)
        try:
            header = next(rows, [])
            for row in rows:
                if row and len(row) != len(header):
                    cure = f"put text that holds '{separator}' in quotes, or name another separator"
                    return f"line {rows.line_num} has {len(row)} fields, the header has {len(header)}; {cure}"
        except csv.Error as error:
            return f"line {rows.line_num} cannot be split into fields ({error}); close its quotes"
    return ""


def _from_frame(connection: Any, frame: pd.DataFrame, name: str) -> None:
    connection.register(f"{name}_frame", frame)
    connection.execute(f"CREATE OR REPLACE TABLE {name}_text AS SELECT * FROM {name}_frame")  # noqa: S608
    connection.unregister(f"{name}_frame")
    _typed(connection, f"{name}_text", name, None, keep=True)
    connection.execute(f"DROP TABLE {name}_text")


def _typed(connection: Any, text_table: str, name: str, decimal: str | None, *, keep: bool) -> None:
    """Give every text column the narrowest type that all of its values fit."""
    columns = [row[0] for row in connection.execute(f"DESCRIBE {text_table}").fetchall()]
    source = text_table if keep else f"(SELECT * FROM {text_table} LIMIT 200000)"  # noqa: S608
    has_row = "_row" in columns
    parts = [_typed_column(connection, source, column, decimal) for column in columns if column != "_row"]
    parts.append('CAST("_row" AS BIGINT) AS _row' if has_row else "row_number() OVER () AS _row")
    kind = "TABLE" if keep else "VIEW"
    connection.execute(f"CREATE OR REPLACE {kind} {name} AS SELECT {', '.join(parts)} FROM {text_table}")  # noqa: S608


def _typed_column(connection: Any, source: str, column: str, decimal: str | None) -> str:
    raw = quoted(column)
    plain = f"trim(CAST({raw} AS VARCHAR))"
    comma = f"replace(replace(replace({plain}, '.', ''), ' ', ''), ',', '.')"
    n, whole, number, with_comma, thousands, zeros, moment = connection.execute(
        f"SELECT count({raw}), count(CASE WHEN regexp_full_match({plain}, '[+-]?[0-9]{{1,18}}') THEN 1 END), "  # noqa: S608
        f"count(try_cast({plain} AS DOUBLE)), "
        f"count(CASE WHEN regexp_full_match({plain}, '[+-]?([0-9]{{1,3}}([. ][0-9]{{3}})*|[0-9]+)(,[0-9]+)?') "
        f"THEN 1 END), count(CASE WHEN regexp_matches({plain}, '^[0-9]{{1,3}}(,[0-9]{{3}})?$') THEN 1 END), "
        f"count(CASE WHEN regexp_matches({plain}, '^0[0-9]') THEN 1 END), "
        f"count(CASE WHEN regexp_matches({plain}, '^[0-9]{{4}}-[0-9]') THEN try_cast({plain} AS TIMESTAMP) END) "
        f"FROM {source}"
    ).fetchone()
    if n == 0 or zeros or (whole < n and number < n and with_comma < n and moment < n):
        return f"{raw} AS {raw}"
    if moment == n:
        return f"try_cast({plain} AS TIMESTAMP) AS {raw}"
    if whole == n:
        return f"try_cast({plain} AS BIGINT) AS {raw}"
    if number == n:
        return f"try_cast({plain} AS DOUBLE) AS {raw}"
    ambiguous = decimal is None and thousands == n
    return f"try_cast({comma} AS DOUBLE) AS {raw}" if with_comma == n and not ambiguous else f"{raw} AS {raw}"


def _read_excel(path: Path, spec: Source, role: str) -> pd.DataFrame:
    try:
        book = pd.ExcelFile(path, engine="openpyxl")
    except (ValueError, KeyError, OSError, zipfile.BadZipFile, InvalidFileException) as error:
        msg = f"sources.{role}: {path.name} cannot be read as an Excel file ({type(error).__name__}); save it again as .xlsx"
        raise DataError([msg]) from None
    with book:
        names = [str(name) for name in book.sheet_names]
        if spec.sheet is not None and spec.sheet not in names:
            hint = did_you_mean(spec.sheet, names)
            raise DataError([f"sources.{role}: {path.name} has no sheet '{spec.sheet}'; it has: {listing(names)}{hint}"])
        frame = pd.read_excel(book, sheet_name=spec.sheet or names[0], dtype=str)
    frame.columns = [str(column) for column in frame.columns]
    return frame


_HEAD_LINE = re.compile(r"^(customer_id|interviewed_on|language|document_id)\s*:\s*(\S.*)$")
_TURN = re.compile(r"^([^\W\d_][\w .'-]{0,30})\s*:\s+(\S.*)$")


def _read_interviews(folder: Path) -> pd.DataFrame:
    """One row per speaker turn: document, line number in the file, speaker and what was said."""
    rows: list[dict[str, Any]] = []
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in {".txt", ".md"})
    if not files:
        raise DataError([f"sources.interviews: the folder {folder.name} has no .txt or .md file"])
    for file in files:
        head: dict[str, str] = {"document_id": file.stem}
        try:
            lines = file.read_text(encoding="utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise DataError([f"sources.interviews: {file.name} is not a text file in UTF-8; save it as UTF-8"]) from None
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            if not rows or rows[-1]["document_id"] != head["document_id"]:
                entry = _HEAD_LINE.match(line.strip())
                if entry:
                    head[entry[1]] = entry[2].strip()
                    continue
            turn = _TURN.match(line.strip())
            said = {"speaker": turn[1], "text": turn[2]} if turn else {"speaker": None, "text": line.strip()}
            rows.append({**head, "line": number, **said})
    frame = pd.DataFrame(rows, columns=["document_id", "customer_id", "interviewed_on", "language", "line", "speaker", "text"])
    return frame.astype({"line": "string"}).astype(object).where(frame.notna(), None)
