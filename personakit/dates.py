"""Dates as people and systems write them become timestamps: ISO, Nordic and US order, Solar Hijri years, counts of seconds."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd

from personakit.readers import moment_sql, plain_digits, text_literal
from personakit.study_parts import Source

_SOLAR_YEARS = (1250, 1500)
_SOLAR_TABLE = "personakit_solar_hijri"
_ISO = r"^[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}"
_MIXED = r"^[0-9]{1,2}[-/.][0-9]{1,2}[-/.]([0-9]{4}|[0-9]{2})([ T,].*)?$"
_COMPACT = "^(1[2-9]|20)[0-9]{2}[01][0-9][0-3][0-9]$"
#: Digits of a count of seconds, and of thousandths, millionths and billionths of one, since 1970, from September 2001 on.
_COUNTS = {10: "* 1000000", 13: "* 1000", 16: "", 19: "// 1000"}
_WHOLE_NUMBERS = frozenset({"BIGINT", "UBIGINT", "HUGEINT", "INTEGER", "UINTEGER"})
_TIME = r"[ T,]+([0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?)"


class AmbiguousDatesError(Exception):
    """Dates of one column can be read in two ways; the message says which, and what to write."""


def whole_seconds(moment: Any) -> Any:
    """
    Count whole seconds since 1970; parts of a second are left out, on every engine.

    Parameters
    ----------
    moment : ibis column
        Timestamps.

    Returns
    -------
    ibis column
        Whole numbers. DuckDB keeps parts of a second in ``epoch_seconds`` and would round them, Spark drops them.
    """
    return moment.epoch_seconds().cast("float64").floor().cast("int64")


def date_sql(connection: Any, source: str, sql: str, own_type: str, spec: Source) -> str:
    """
    Read one column as timestamps.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        The study's embedded engine.
    source : str
        Where the column stands, as it would follow FROM.
    sql : str
        The column, or an expression.
    own_type : str
        Its type in the engine.
    spec : Source
        ``date_format``, ``date_order`` and ``calendar`` of the study file.

    Returns
    -------
    str
        SQL that gives a timestamp, or NULL where the value is no date. A moment with a time zone is written in UTC, as are
        numbers that count seconds since 1970, or thousandths, millionths or billionths of one.

    Raises
    ------
    AmbiguousDatesError
        If 03/04/2026 could be March or April in every row, or the years are of another calendar than the study says.
    """
    if own_type == "TIMESTAMP":
        return sql
    if own_type.startswith("TIMESTAMP") or own_type == "DATE":
        return f"CAST({sql} AS TIMESTAMP)"
    text = f"trim({plain_digits(sql)})"
    if spec.date_format and spec.calendar == "gregorian":
        return f"try_strptime({text}, {text_literal(spec.date_format)})"
    year, month, day = _parts(connection, source, text, spec)
    time = f"nullif(regexp_extract({text}, '{_TIME}', 1), '')"
    if spec.calendar == "persian":
        _make_solar_days(connection)
        key = f"try_cast({year} AS INTEGER) * 10000 + try_cast({month} AS INTEGER) * 100 + try_cast({day} AS INTEGER)"
        clock = f"coalesce(try_cast({time} || CASE WHEN {time} LIKE '%:%:%' THEN '' ELSE ':00' END AS TIME), TIME '00:00:00')"
        return f"((SELECT min(CAST(gregorian AS DATE)) FROM {_SOLAR_TABLE} WHERE solar = {key}) + {clock})"  # noqa: S608
    afternoon = f"regexp_matches({text}, '[0-9] *[Pp]\\.?[Mm]') AND try_cast(split_part({time}, ':', 1) AS INTEGER) < 12"
    midnight = f"regexp_matches({text}, '[0-9] *[Aa]\\.?[Mm]') AND split_part({time}, ':', 1) = '12'"
    moment = f"try_cast({year} || '-' || {month} || '-' || {day} || coalesce(' ' || {_padded(time)}, '') AS TIMESTAMP)"
    shift = f"CASE WHEN {afternoon} THEN INTERVAL 12 HOUR WHEN {midnight} THEN INTERVAL (-12) HOUR ELSE INTERVAL 0 HOUR END"
    counted = _counted(sql) if own_type in _WHOLE_NUMBERS else ""
    return f"CASE {counted} WHEN regexp_matches({text}, '^[0-9]{{4}}-') THEN {moment_sql(text)} ELSE {moment} + {shift} END"


def is_count_of_time(values: pd.Series) -> bool:
    """Say whether whole numbers could all count seconds, or parts of one, since 1970."""
    if not pd.api.types.is_integer_dtype(values) or values.dropna().empty:
        return False
    return bool(values.dropna().astype(str).str.len().isin(_COUNTS).all() and values.min() > 0)


def _counted(sql: str) -> str:
    """Conditions under which a number counts time, and the moment."""
    return " ".join(f"WHEN {sql} BETWEEN {10 ** (n - 1)} AND {10**n - 1} THEN make_timestamp(CAST({sql} {by} AS BIGINT))"
                    for n, by in _COUNTS.items())  # fmt: skip


def _padded(time: str) -> str:
    return f"(CASE WHEN {time} LIKE '_:%' THEN '0' ELSE '' END || {time} || CASE WHEN {time} LIKE '%:%:%' THEN '' ELSE ':00' END)"


def _parts(connection: Any, source: str, text: str, spec: Source) -> tuple[str, str, str]:
    """SQL for year, month and day, two digits each where they have fewer; decided by all values of the column."""
    mixed, iso = f"regexp_matches({text}, '{_MIXED}')", f"regexp_matches({text}, '{_ISO}')"
    compact = f"regexp_matches({text}, '{_COMPACT}')"
    first, second, third = (f"regexp_extract({text}, '([0-9]+)[-/.]([0-9]+)[-/.]([0-9]+)', {n})" for n in (1, 2, 3))
    year_of = f"CASE WHEN {mixed} THEN {third} WHEN {compact} THEN left({text}, 4) ELSE {first} END"
    row = connection.execute(
        f"SELECT count(CASE WHEN {mixed} THEN 1 END), count(CASE WHEN {mixed} AND NOT contains({text}, '.') THEN 1 END), "  # noqa: S608
        f"count(CASE WHEN {mixed} AND {_number(first)} BETWEEN 13 AND 31 AND {_number(second)} <= 12 THEN 1 END), "
        f"count(CASE WHEN {mixed} AND {_number(second)} BETWEEN 13 AND 31 AND {_number(first)} <= 12 THEN 1 END), "
        f"count(CASE WHEN ({mixed} OR {iso} OR {compact}) AND length({year_of}) = 4 THEN 1 END), "
        f"count(CASE WHEN ({mixed} OR {iso} OR {compact}) AND length({year_of}) = 4 "
        f"AND try_cast({year_of} AS INTEGER) BETWEEN {_SOLAR_YEARS[0]} AND {_SOLAR_YEARS[1]} THEN 1 END), "
        f"min(CASE WHEN {mixed} THEN {text} END) FROM {source}"
    ).fetchone()
    n_mixed, slashed, day_first, month_first, dated, solar, example = row
    if spec.calendar == "gregorian" and dated and solar == dated:
        raise AmbiguousDatesError(
            f"all {dated} years lie between {_SOLAR_YEARS[0]} and {_SOLAR_YEARS[1]}; for dates of the Solar Hijri calendar "
            "write 'calendar: persian'"
        )
    order = spec.date_order or _order(n_mixed, slashed, day_first, month_first, str(example or ""), spec)
    day_part, month_part = (second, first) if order == "month" else (first, second)
    long_year = f"CASE WHEN length({third}) = 2 THEN CASE WHEN {third} < '69' THEN '20' ELSE '19' END || {third} ELSE {third} END"
    if spec.calendar == "persian":
        long_year = (
            f"CASE WHEN length({third}) = 2 THEN CASE WHEN {third} < '50' THEN '14' ELSE '13' END || {third} ELSE {third} END"
        )
    year = f"CASE WHEN {mixed} THEN {long_year} WHEN {compact} THEN left({text}, 4) WHEN {iso} THEN {first} END"
    month = f"CASE WHEN {mixed} THEN {month_part} WHEN {compact} THEN substr({text}, 5, 2) WHEN {iso} THEN {second} END"
    day = f"CASE WHEN {mixed} THEN {day_part} WHEN {compact} THEN substr({text}, 7, 2) WHEN {iso} THEN {third} END"
    return f"({year})", f"lpad({month}, 2, '0')", f"lpad({day}, 2, '0')"


def _number(sql: str) -> str:
    return f"try_cast({sql} AS INTEGER)"


def _order(n_mixed: int, slashed: int, day_first: int, month_first: int, example: str, spec: Source) -> str:
    """Tell whether the day or the month stands first; never guess."""
    if day_first and month_first:
        raise AmbiguousDatesError(
            f"{day_first} dates can only have the day first and {month_first} only the month first, such as '{example}'; "
            "correct them, or write 'date_order: day' (or month) and 'quality: {unreadable: missing}'"
        )
    if slashed and not day_first and not month_first and spec.calendar == "gregorian":
        raise AmbiguousDatesError(
            f"{n_mixed} dates such as '{example}' can be read with the day or with the month first; "
            "write 'date_order: day' or 'date_order: month'"
        )
    return "month" if month_first else "day"


def _make_solar_days(connection: Any) -> None:
    """Give the engine a table of all days of the Solar Hijri calendar, once."""
    if connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [_SOLAR_TABLE]).fetchone() is None:
        days = solar_days()
        connection.register("personakit_solar_frame", days)
        connection.execute(f"CREATE TABLE {_SOLAR_TABLE} AS SELECT * FROM personakit_solar_frame")  # noqa: S608
        connection.unregister("personakit_solar_frame")


@cache
def solar_days() -> pd.DataFrame:
    """
    List the days of the Solar Hijri calendar.

    Returns
    -------
    pandas.DataFrame
        One row per day: ``solar`` (year, month and day as one number, such as 14040930) and ``gregorian`` (the same day).

    Examples
    --------
    >>> solar_days().set_index("solar").loc[14040930, "gregorian"]
    Timestamp('2025-12-21 00:00:00')
    """
    import jdatetime

    numbers: list[int] = []
    for year in range(_SOLAR_YEARS[0], _SOLAR_YEARS[1] + 1):
        last = 30 if jdatetime.date(year, 1, 1).isleap() else 29
        for month, length in enumerate([31] * 6 + [30] * 5 + [last], start=1):
            numbers += [year * 10000 + month * 100 + day for day in range(1, length + 1)]
    first = jdatetime.date(_SOLAR_YEARS[0], 1, 1).togregorian()
    return pd.DataFrame({"solar": numbers, "gregorian": pd.date_range(first.isoformat(), periods=len(numbers), freq="D")})
