"""Step 01, how the values of a source are read: each agreed column as its role says, and what does not fit is reported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from personakit.dates import AmbiguousDatesError, date_sql
from personakit.errors import DataError
from personakit.readers import plain_digits
from personakit.roles import AGREED
from personakit.study import Study

_YES = "('1', '1.0', 'true', 'yes', 'y', 'ja', 'kyllä', 'بله')"
_NO = "('0', '0.0', 'false', 'no', 'n', 'nei', 'ei', 'خیر')"
_SHOULD_BE = {"number": "numbers", "time": "dates", "flag": "yes or no (1 or 0)"}
#: Types of the engine in which every value can be read as what the role says.
_READ_AS_THEY_ARE = {"number": {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE", "FLOAT", "DECIMAL"},
                     "time": {"DATE", "TIMESTAMP"}, "flag": {"BOOLEAN"}}  # fmt: skip
_FIRST_ROWS, _MANY_ROWS = 200_000, 5_000_000
_MAY_BE_EMPTY = {"interviews": {"customer_id", "interviewed_on", "language", "speaker", "topic", "rating"}}
_SOLAR_BIRTH_YEARS = (1250, 1450)
_SOLAR_TO_GREGORIAN_YEARS = 621


@dataclass(frozen=True)
class Casts:
    """
    How the columns of one source are read.

    Attributes
    ----------
    sql : dict of str to str
        Column name to SQL of the right type.
    unreadable : list of dict
        One entry per column with values that could not be read and are missing now, where the study allows that.
    filled : dict of str to int
        Rows in which each agreed column has a value; ``_row`` counts all rows.
    """

    sql: dict[str, str]
    unreadable: list[dict[str, Any]]
    filled: dict[str, int]


def cast_columns(connection: Any, source: str, study: Study, role: str, values: dict[str, str]) -> Casts:
    """
    Read every column as what its role says; what cannot be read becomes missing and is counted.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        The study's embedded engine.
    source : str
        Where the columns stand, as it would follow FROM.
    study : Study
        The study.
    role : str
        Role of the source.
    values : dict of str to str
        Column name to its SQL.

    Returns
    -------
    Casts
        SQL of the right type for each column, and what was noticed.

    Raises
    ------
    DataError
        If dates can be read in two ways, if a column is empty, or if values are not what the column should hold.
    """
    spec = study.sources[role]  # type: ignore[index]
    listed = ", ".join(f"{sql} AS c{position}" for position, sql in enumerate(values.values()))
    described = connection.execute(f"DESCRIBE SELECT {listed} FROM {source}").fetchall()  # noqa: S608
    types = {name: row[1] for name, row in zip(values, described, strict=True)}
    casts, problems = {}, []
    plain = _plain_texts(connection, source, [sql for n, sql in values.items() if types[n] == "VARCHAR" and n in AGREED[role]])
    for name, sql in values.items():
        kind = AGREED[role].get(name, "")
        if kind in {"id", "text"} and sql in plain:
            casts[name] = sql
            continue
        try:
            casts[name] = (
                date_sql(connection, source, sql, types[name], spec) if kind == "time" else _cast(sql, kind, types[name])
            )
        except AmbiguousDatesError as error:
            problems.append(f"sources.{role}: column '{spec.columns.get(name, name)}': {error}")
        if name == "birth_year" and name in casts and spec.calendar == "persian":
            low, high = _SOLAR_BIRTH_YEARS
            own = casts[name]
            casts[name] = f"CASE WHEN {own} BETWEEN {low} AND {high} THEN {own} + {_SOLAR_TO_GREGORIAN_YEARS} ELSE {own} END"
    typed = {name for name, kind in AGREED[role].items() if types.get(name, "").split("(")[0] in _READ_AS_THEY_ARE.get(kind, ())}
    notes, filled, wrong = _check_values(connection, source, (study, role), values, casts, typed)
    if problems or wrong:
        raise DataError(problems + wrong)
    return Casts(casts, notes, filled)


def _plain_texts(connection: Any, source: str, texts: list[str]) -> set[str]:
    """
    Tell which text columns have no space at either end and nothing beyond ASCII, so that they can be used as they are.

    Of a large file the first rows decide, as they do for the types of a large CSV file.
    """
    if not texts:
        return set()
    untidy = [f"coalesce(bool_or(starts_with({t}, ' ') OR suffix({t}, ' ') OR strlen({t}) <> length({t})), false)" for t in texts]
    many = connection.execute(f"SELECT count(*) FROM {source}").fetchone()[0] > _MANY_ROWS  # noqa: S608
    looked_at = f"(SELECT * FROM {source} LIMIT {_FIRST_ROWS})" if many else source  # noqa: S608
    row = connection.execute(f"SELECT {', '.join(untidy)} FROM {looked_at}").fetchone()  # noqa: S608
    return {text for text, found in zip(texts, row, strict=True) if not found}


def _cast(sql: str, kind: str, own_type: str) -> str:
    if kind == "id" and own_type in {"DOUBLE", "FLOAT"}:
        return f"CASE WHEN {sql} = floor({sql}) THEN CAST(CAST({sql} AS BIGINT) AS VARCHAR) ELSE CAST({sql} AS VARCHAR) END"
    if kind == "id":
        return f"trim({plain_digits(sql)})" if own_type == "VARCHAR" else f"CAST({sql} AS VARCHAR)"
    if kind == "text":
        return f"trim(CAST({sql} AS VARCHAR))"
    if kind == "number":
        own = f"trim({plain_digits(sql)})" if own_type == "VARCHAR" else sql
        return sql if own_type == "DOUBLE" else f"try_cast({own} AS DOUBLE)"
    if kind == "flag":
        text = f"lower(trim({plain_digits(sql)}))"
        return f"CASE WHEN {text} IN {_YES} THEN true WHEN {text} IN {_NO} THEN false END"
    return sql


def _count_filled(connection: Any, source: str, values: dict[str, str]) -> tuple[int, dict[str, int]]:
    """
    Count all rows, and the rows that have a value in each column.

    A large file is asked for one column at a time: a file that knows how many values a column lacks answers without
    being read, but only when it is asked for nothing else.
    """
    total = int(connection.execute(f"SELECT count(*) FROM {source}").fetchone()[0])  # noqa: S608
    if total > _MANY_ROWS and "customer_id" in values:  # rows without a customer are counted by the quality rules anyway
        ids = f"SELECT {values['customer_id']} AS id FROM {source}"  # noqa: S608
        some = connection.execute(f"SELECT 1 FROM ({ids}) WHERE id IS NOT NULL LIMIT 1").fetchone()  # noqa: S608
        rest = {name: sql for name, sql in values.items() if name != "customer_id"}
        counted = _count_filled(connection, source, rest)[1] if rest else {}
        return total, {"customer_id": total if some else 0, **counted}
    if total > _FIRST_ROWS:
        one = {name: connection.execute(f"SELECT count({sql}) FROM {source}").fetchone()[0] for name, sql in values.items()}  # noqa: S608
        return total, one
    if not values:
        return total, {}
    counts = ", ".join(f"count({sql})" for sql in values.values())
    return total, dict(zip(values, connection.execute(f"SELECT {counts} FROM {source}").fetchone(), strict=True))  # noqa: S608


def _check_values(
    connection: Any, source: str, whose: tuple[Study, str], values: dict[str, str], casts: dict[str, str], typed: set[str]
) -> tuple[list[dict[str, Any]], dict[str, int], list[str]]:
    """Count what is filled and what cannot be read; list empty columns, and values that are not what they should be."""
    study, role = whose
    spec = study.sources[role]  # type: ignore[index]
    items = {column for block in spec.items.values() for column in block.columns}
    important = [name for name in values if name in AGREED[role] or name in items or name in study.segmentation.basis]
    # what the file itself holds as numbers or dates can be read; only texts have to be looked at
    readable = [name for name in important if AGREED[role].get(name) in _SHOULD_BE and name not in typed and name in casts]
    total, filled = _count_filled(connection, source, {name: values[name] for name in important})
    parts = ["1"]
    for name in readable:
        bad = f"{values[name]} IS NOT NULL AND ({casts[name]}) IS NULL"
        parts += [f"count(CASE WHEN {bad} THEN 1 END)", f"min(CASE WHEN {bad} THEN _row END)"]
    found = connection.execute(f"SELECT {', '.join(parts)} FROM {source}").fetchone()[1:] if readable else ()  # noqa: S608
    name_of_file = Path(spec.path or "").name
    if total == 0:
        raise DataError([f"sources.{role}: {name_of_file} has no rows that fulfil 'where: {spec.where}'; correct the condition"])
    problems = [
        f"sources.{role}: column '{spec.columns.get(name, name)}' is empty in all {total} rows; "
        "export it again, or leave the column out with 'ignore'"
        for name in important
        if filled[name] == 0 and name not in _MAY_BE_EMPTY.get(role, set())
    ]
    notes = []
    for position, name in enumerate(readable):
        bad, first = found[2 * position], found[2 * position + 1]
        if bad:
            entry = {"source": role, "column": name, "rule": f"cannot be read as {_SHOULD_BE[AGREED[role][name]]}", "count": bad}
            entry |= {"share": bad / total, "example_rows": str(first), "severity": "warning", "done": "value treated as missing"}
            notes.append(entry)
        if bad and (study.quality.unreadable == "stop" or bad == filled[name]):
            kind = AGREED[role][name]
            how = "give 'date_format', such as '%d/%m/%Y', " if kind == "time" else "correct them "
            how += "or write 'quality: {unreadable: missing}' to treat them as missing"
            problems.append(
                f"sources.{role}: column '{spec.columns.get(name, name)}' should hold {_SHOULD_BE[kind]}; "
                f"{bad} of {filled[name]} values are not, first in data row {first}; {how}"
            )
    return notes, {**filled, "_row": total}, problems
