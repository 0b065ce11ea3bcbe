"""Files become typed DuckDB tables here: CSV of any common kind, Parquet, Excel, SPSS, and folders of interview notes."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from pathlib import Path
from typing import IO, Any

import duckdb
import pandas as pd
from charset_normalizer import from_bytes

from personakit.errors import DataError, did_you_mean, listing
from personakit.readers_transcripts import read_interviews
from personakit.readers_whole import read_excel, read_spss
from personakit.study_parts import Source

#: Files up to this size are typed once and kept in DuckDB; larger ones stay views on the file.
KEEP_BELOW_BYTES = 500_000_000
SEPARATORS = (",", ";", "\t", "|")
#: More columns than any questionnaire has; a wider file is a matrix that was exported the wrong way round.
MOST_COLUMNS = 3000
_COLUMNS_PER_QUERY = 40
_FIRST_ROWS = 1_000
_DECODE_BELOW_BYTES = 20_000_000
#: Persian and Arabic digits, decimal and thousands marks, and what they are in numbers here.
_OWN_DIGITS, _LATIN_DIGITS = "۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩٫", "01234567890123456789."
MISSING_WORDS = ("", "NA", "N/A", "NULL", "null", "NaN", "nan")
_ENCODINGS = ["cp1252", "iso8859_15", "cp1250", "cp1256", "mac_roman", "utf_16_le", "utf_16_be"]
_WESTERN = frozenset("åäöæøÅÄÖÆØéèêëáàâíìîïóòôúùûüÉÜñçÇßšžŠŽ€£§°½–—‘’“”„…´«»·\u00a0")
_SAMPLE_BYTES = 262_144
#: How files begin that are no text, whatever they are called.
_BEGINNINGS = {
    b"PK\x03\x04": "an Excel file or another packed one", b"\xd0\xcf\x11\xe0": "a file of an old Excel or Word",
    b"%PDF-": "a PDF", b"PAR1": "a Parquet file", b"$FL": "an SPSS file", b"\x1f\x8b": "a gzip file",
    b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture",
}  # fmt: skip


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


def read_file(
    connection: Any, path: Path, spec: Source, role: str, scratch: Path, *, kept_as_codes: frozenset[str] = frozenset()
) -> str:
    """
    Make one file known to DuckDB.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        The study's embedded engine.
    path : Path
        The file, or for interviews a folder of transcripts.
    spec : Source
        How the study file describes it.
    role : str
        Its role; the table is called ``raw_<role>``.
    scratch : Path
        A folder for files that had to be recoded.
    kept_as_codes : frozenset of str
        Columns of an SPSS file that the role reads as numbers or ids, whatever their value labels.

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
            _from_frame(connection, read_interviews(path), name)
        elif _ending(path) == ".parquet":
            _parquet_view(connection, path, name)
        elif _ending(path) in {".xlsx", ".xlsm"}:
            _from_frame(connection, read_excel(path, spec, role), name)
        elif _ending(path) == ".sav":
            _from_frame(connection, read_spss(path, spec, role, kept_as_codes=kept_as_codes), name, typed=True)
        elif _ending(path) in {".csv", ".tsv", ".txt"}:
            _read_csv(connection, path, spec, name, scratch)
        else:
            msg = f"sources.{role}: {path.name} is of an unknown kind; allowed: .csv, .tsv, .txt (or .gz), .parquet, .xlsx, .sav"
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
    if path.stat().st_size < _DECODE_BELOW_BYTES:  # a damaged page shows only when it is decoded
        connection.execute(f"SELECT bit_xor(hash(COLUMNS(*))) FROM {scan}").fetchone()  # noqa: S608
    width = len(connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()) - 1  # noqa: S608  without the row number
    if width > MOST_COLUMNS:
        said = f"sources.{name.removeprefix('raw_')}: {path.name} has {width:,} columns, at most {MOST_COLUMNS:,} are read"
        raise DataError([f"{said}; write fewer, or turn rows and columns"])
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
            if b"\0" in sample and not (best and best.encoding.startswith("utf_16")):
                raise _no_text(path, role, sample) from None
        else:
            if b"\0" in sample:
                raise _no_text(path, role, sample)
            return "utf-8-sig" if sample.startswith(codecs.BOM_UTF8) else "utf-8"
    if best is None:
        raise DataError([f"sources.{role}: the encoding of {path.name} cannot be told; add 'encoding: …' to the study"])
    return str(best.encoding)


def _no_text(path: Path, role: str, sample: bytes) -> DataError:
    kind = next((kind for beginning, kind in _BEGINNINGS.items() if sample.startswith(beginning)), "")
    said = f"is {kind}, not text; name it as what it is, or save it" if kind else "is not a text file; save it"
    return DataError([f"sources.{role}: {path.name} {said} as CSV in UTF-8"])


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


def plain_digits(sql: str) -> str:
    """
    Write Persian and Arabic digits as Latin ones, in SQL.

    Values of one byte per character hold none of them, and are left as they are: looking at each character takes twenty times
    as long.

    Examples
    --------
    >>> duckdb.sql(f"SELECT {plain_digits('x')} FROM (VALUES ('۱۲٫۵'), ('١٢٬٠٠٠'), ('12,5 år')) rows(x)").fetchall()
    [('12.5',), ('12000',), ('12,5 år',)]
    """
    text = f"CAST({sql} AS VARCHAR)"
    plain = f"translate(replace({text}, '٬', ''), '{_OWN_DIGITS}', '{_LATIN_DIGITS}')"
    return f"CASE WHEN strlen({text}) = length({text}) THEN {text} ELSE {plain} END"


def _separator_of(path: Path, encoding: str, header_row: int) -> str:
    """Choose the separator that splits the header line into the most fields, and the next one as often."""
    with _open_bytes(path) as raw:
        lines = io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline="")
        for _ in range(header_row - 1):
            lines.readline(1_000_000)
        head = [lines.readline(1_000_000) for _ in range(2)]

    def fit(separator: str) -> tuple[int, bool]:
        counts = [len(next(csv.reader([line], delimiter=separator), [])) for line in head if line.strip()]
        return (counts[0] if counts else 0, len(set(counts)) == 1)

    return max(SEPARATORS, key=fit)


def _read_csv(connection: Any, path: Path, spec: Source, name: str, scratch: Path) -> None:
    role = name.removeprefix("raw_")
    encoding = spec.encoding or _encoding_of(path, role)
    try:
        separator = spec.separator or _separator_of(path, encoding, spec.header_row or 1)
        readable = path if encoding.lower().replace("_", "-") in {"utf-8", "utf8"} else _recoded(path, encoding, scratch)
    except (LookupError, UnicodeDecodeError):
        raise DataError([f"sources.{role}: {path.name} cannot be read with encoding '{encoding}'"]) from None
    likely = 0 if spec.header_row else _likely_header_row(readable)
    if likely:
        said = f"the first line of {path.name} does not hold the column names, line {likely} may"
        raise DataError([f"sources.{role}: {said}; write 'header_row: {likely}', or delete the lines above"])
    ragged = _first_ragged_line(readable, separator, spec.header_row or 1) if path.stat().st_size < KEEP_BELOW_BYTES else ""
    if ragged:
        raise DataError([f"sources.{role}: {path.name} is not a whole table: {ragged}"])
    missing = ", ".join(text_literal(word) for word in MISSING_WORDS)
    scan = (
        f"read_csv({text_literal(str(readable))}, delim={text_literal(separator)}, header=true, all_varchar=true, "
        f"quote='\"', escape='\"', nullstr=[{missing}], skip={(spec.header_row or 1) - 1}, strict_mode=false, "
        "max_line_size=10000000)"
    )
    scan += f" OFFSET {spec.extra_header_rows}" if spec.extra_header_rows else ""
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


def _likely_header_row(path: Path) -> int:
    """Find the line with the column names when the first line has one field and later ones have more; else 0."""
    with _open_bytes(path) as raw:
        lines = io.TextIOWrapper(raw, encoding="utf-8", newline="")
        head = [lines.readline(1_000_000) for _ in range(30)]
    fields = [[len(next(csv.reader([line], delimiter=separator), [])) for line in head] for separator in SEPARATORS]
    for counts in fields if all(counts[0] <= 1 for counts in fields) else ():
        alike = [i for i in range(1, len(head) - 1) if counts[i] == counts[i + 1] > 1]
        if alike and all(count <= 1 for count in counts[: alike[0]]):
            return alike[0] + 1
    return 0


def _first_ragged_line(path: Path, separator: str, header_row: int) -> str:
    """Say where a row has another number of fields than the header, or a quote is not closed; nothing when all is well."""
    with _open_bytes(path) as raw:
        lines = io.TextIOWrapper(raw, encoding="utf-8", newline="")
        above = header_row - 1
        for _ in range(above):
            lines.readline()
        rows = csv.reader(lines, delimiter=separator, strict=True)
        try:
            header = next(rows, [])
            if len(header) > MOST_COLUMNS:
                return (
                    f"it has {len(header):,} columns, at most {MOST_COLUMNS:,} are read; export fewer, or turn rows and columns"
                )
            for row in rows:
                if row and len(row) != len(header):
                    cure = f"put text that holds '{separator}' in quotes, or name another separator"
                    return f"line {rows.line_num + above} has {len(row)} fields, the header has {len(header)}; {cure}"
        except csv.Error as error:
            return f"line {rows.line_num + above} cannot be split into fields ({error}); close its quotes"
    return ""


def _from_frame(connection: Any, frame: pd.DataFrame, name: str, *, typed: bool = False) -> None:
    """Take over a data frame; one that has types already keeps them."""
    role = name.removeprefix("raw_")
    if len(frame.columns) > MOST_COLUMNS:
        said = f"sources.{role}: the file has {len(frame.columns):,} columns, at most {MOST_COLUMNS:,} are read"
        raise DataError([f"{said}; export fewer, or turn rows and columns"])
    connection.register(f"{name}_frame", frame)
    if typed:
        connection.execute(
            f"CREATE OR REPLACE TABLE {name} AS SELECT *, row_number() OVER () AS _row FROM {name}_frame"  # noqa: S608
        )
        connection.unregister(f"{name}_frame")
        return
    connection.execute(f"CREATE OR REPLACE TABLE {name}_text AS SELECT * FROM {name}_frame")  # noqa: S608
    connection.unregister(f"{name}_frame")
    _typed(connection, f"{name}_text", name, None, keep=True)
    connection.execute(f"DROP TABLE {name}_text")


def _typed(connection: Any, text_table: str, name: str, decimal: str | None, *, keep: bool) -> None:
    """Give every text column the narrowest type that all of its values fit."""
    columns = [row[0] for row in connection.execute(f"DESCRIBE {text_table}").fetchall()]
    source = text_table if keep else f"(SELECT * FROM {text_table} LIMIT 200000)"  # noqa: S608
    own = [column for column in columns if column != "_row"]
    parts = []
    for start in range(0, len(own), _COLUMNS_PER_QUERY):
        batch = own[start : start + _COLUMNS_PER_QUERY]
        counts = [_type_counts(quoted(column)) for column in batch]
        first = _counted(connection, f"(SELECT * FROM {source} LIMIT {_FIRST_ROWS})", counts)  # noqa: S608
        found = _counted(connection, source, [_still_open(own, said) for own, said in zip(counts, first, strict=True)])
        parts += [_typed_column(column, own, decimal) for column, own in zip(batch, found, strict=True)]
    parts.append('CAST("_row" AS BIGINT) AS _row' if "_row" in columns else "row_number() OVER () AS _row")
    kind = "TABLE" if keep else "VIEW"
    connection.execute(f"CREATE OR REPLACE {kind} {name} AS SELECT {', '.join(parts)} FROM {text_table}")  # noqa: S608


def moment_sql(text: str) -> str:
    """SQL that reads an ISO date or moment; one with a time zone is written in UTC, since the engine would drop the zone."""
    zone = "(Z|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?)$"
    zoned = f"regexp_matches({text}, '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[T ][0-9:.,]+ *{zone}')"
    # the engine wants seconds, and the zone as an offset that follows at once
    tidy = f"regexp_replace(regexp_replace({text}, ' *(Z|UTC|GMT)$', '+00'), ' +{zone}', '\\1')"
    tidy = f"regexp_replace({tidy}, '([T ][0-9]{{2}}:[0-9]{{2}})([+-])', '\\1:00\\2')"
    return f"CASE WHEN {zoned} THEN CAST(try_cast({tidy} AS TIMESTAMPTZ) AS TIMESTAMP) ELSE try_cast({text} AS TIMESTAMP) END"


def _counted(connection: Any, source: str, counts: list[list[str]]) -> list[list[int]]:
    """Ask for all counts of some columns in one query."""
    row = list(connection.execute(f"SELECT {', '.join(count for own in counts for count in own)} FROM {source}").fetchone())  # noqa: S608
    per_column = len(counts[0])
    return [row[start : start + per_column] for start in range(0, len(row), per_column)]


def _still_open(counts: list[str], first: list[int]) -> list[str]:
    """Leave out, for all rows, the types that a value of the first rows rules out: most columns are of one type or none."""
    n, whole, number, with_comma, _, zeros, moment, _ = first
    one_is = not zeros and n in {whole, number, with_comma, moment}
    asked = [one_is, whole == n, number == n, with_comma == n, with_comma == n, one_is, moment == n, moment == n]
    return [count if one_is and ask else "-1" for count, ask in zip(counts, asked, strict=True)]


def _type_counts(raw: str) -> list[str]:
    """SQL that counts the values a column has, and those that can be read as each type."""
    plain = f"trim({plain_digits(raw)})"
    return [
        f"count({raw})",
        f"count(CASE WHEN regexp_full_match({plain}, '[+-]?[0-9]{{1,18}}') THEN 1 END)",
        f"count(try_cast({plain} AS DOUBLE))",
        f"count(CASE WHEN regexp_full_match({plain}, '[+-]?([0-9]{{1,3}}([. ][0-9]{{3}})*|[0-9]+)(,[0-9]+)?') THEN 1 END)",
        f"count(CASE WHEN regexp_matches({plain}, '^[0-9]{{1,3}}(,[0-9]{{3}})?$') THEN 1 END)",
        f"count(CASE WHEN regexp_matches({plain}, '^[+]?0[0-9]') THEN 1 END)",
        f"count(CASE WHEN regexp_matches({plain}, '^[0-9]{{4}}-[0-9]') THEN try_cast({plain} AS TIMESTAMP) END)",
        f"count(CASE WHEN regexp_matches({plain}, '^1[2-4][0-9]{{2}}-') THEN 1 END)",
    ]


def _typed_column(column: str, counts: list[int], decimal: str | None) -> str:
    """SQL that reads a column as the narrowest type that all of its values fit."""
    n, whole, number, with_comma, thousands, zeros, moment, old_years = counts
    raw = quoted(column)
    plain = f"trim({plain_digits(raw)})"
    if n == 0 or zeros or (whole < n and number < n and with_comma < n and moment < n):
        return f"{raw} AS {raw}"
    if moment == n:  # years from 1200 to 1499 may be of another calendar; the role decides
        return f"{raw} AS {raw}" if old_years else f"{moment_sql(plain)} AS {raw}"
    if whole == n:
        return f"try_cast({plain} AS BIGINT) AS {raw}"
    if number == n:
        return f"try_cast({plain} AS DOUBLE) AS {raw}"
    comma = f"replace(replace(replace({plain}, '.', ''), ' ', ''), ',', '.')"
    ambiguous = decimal is None and thousands == n
    return f"try_cast({comma} AS DOUBLE) AS {raw}" if with_comma == n and not ambiguous else f"{raw} AS {raw}"
