"""Step 10, assignment: which persona a customer is, by a rule in one file that needs neither the study nor its data."""

from __future__ import annotations

import csv
import gc
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

import duckdb
import pandas as pd

from personakit.assignment_blocks import WRITERS, assign_blocks, assign_rows, suits_blocks, teller_of, what_it_says
from personakit.assignment_words import counted, counted_sql
from personakit.errors import DataError, did_you_mean, listing
from personakit.handoffs import whole_file
from personakit.screener_rule import ScreenerRule
from personakit.segmentation import BORDERLINE_CHANCE, BORDERLINE_DISTANCE, CERTAINTY_DIGITS, Segmentation
from personakit.segmentation_rule import sql_name, sql_number, sql_text

#: Warehouses for which the rule is written.
DIALECTS = ("duckdb", "bigquery", "snowflake", "spark", "postgres", "tsql")
ASSIGNED_COLUMNS = ["segment", "persona", "certainty", "borderline_with"]
_MARK, _HALF_A_DIGIT = "persona rule", 0.5 * 10.0**-CERTAINTY_DIGITS
_READERS = {".csv": "read_csv", ".tsv": "read_csv", ".txt": "read_csv", ".parquet": "read_parquet", ".json": "read_json",
            ".jsonl": "read_json", ".ndjson": "read_json"}  # fmt: skip
#: Kinds of names of customers that look alike in every CSV, whoever writes it.
_WRITTEN_AS_THEY_ARE = {"VARCHAR", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}


@dataclass(frozen=True, eq=False)
class PersonaRule:
    """
    The rule that tells which persona a customer is.

    Attributes
    ----------
    names : dict of int to str
        Name of each segment's persona.
    rule : Segmentation or ScreenerRule
        What tells the segment: the rule of the segments, from the variables that made them, or a screener, from answers to a
        few questions.
    words : mapping of str to mapping
        Of columns of ratings in words: the number of each word, in the form of ``answer_form``. New customers may come with
        words or numbers there; other words are missing.
    """

    names: dict[int, str]
    rule: Segmentation | ScreenerRule
    words: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def numbers(self) -> set[str]:
        """Columns that hold numbers; the others hold words."""
        if isinstance(self.rule, ScreenerRule):
            return {question.name for question in self.rule.questions if question.kind != "choice"}
        if self.rule.model is not None:
            return {item.name for item in self.rule.model.form.items if not item.of_words}
        return {column.name for column in self.rule.rule if not column.category}

    @property
    def columns(self) -> list[str]:
        """Columns that a table needs."""
        if isinstance(self.rule, Segmentation):
            return list(self.rule.basis)
        return [question.name for question in self.rule.questions]

    def assign(self, table: pd.DataFrame) -> pd.DataFrame:
        """
        Tell which persona customers are.

        Parameters
        ----------
        table : pandas.DataFrame
            One row per customer, with the columns of the rule, measured like the features.

        Returns
        -------
        pandas.DataFrame
            One row per customer: ``segment`` and ``persona`` (missing for customers with less than half of the columns),
            ``certainty`` (0 to 1), ``borderline_with`` (the persona a customer could as well be; missing for all others).

        Raises
        ------
        DataError
            If a column of the rule is not in the table.
        """
        self.check(list(table.columns))
        table = table.assign(**{name: counted(table[name], own) for name, own in self._in_words.items()})
        if isinstance(self.rule, Segmentation):
            placed = self.rule.placed(table)
            told = pd.DataFrame({"segment": placed.labels, "certainty": placed.certainty, "second": placed.second})
            told = told.reindex(table.index).astype({"segment": "Int64", "second": "Int64"})
            borderline = (told["certainty"] < self._least_certainty()) & (len(self.names) > 1)
        else:
            told = self.rule.tell(table)
            borderline = ~told["sure"].fillna(True).astype(bool)
        other = told["second"].where(borderline)
        named = {"persona": told["segment"].map(self.names), "borderline_with": other.map(self.names)}
        return told.assign(**{name: values.astype("str").where(values.notna()) for name, values in named.items()})[
            ASSIGNED_COLUMNS
        ]

    @property
    def _in_words(self) -> dict[str, Mapping[str, float]]:
        """Words of the columns that are needed."""
        return {name: self.words[name] for name in self.columns if name in self.words}

    def to_sql(self, dialect: str = "duckdb", *, table: str = "features") -> str:
        """
        Write the rule as one SELECT statement.

        Parameters
        ----------
        dialect : str
            Any dialect of sqlglot, such as "duckdb", "bigquery", "snowflake", "spark", "postgres" or "tsql".
        table : str
            The table with one row per customer.

        Returns
        -------
        str
            A query that gives ``customer_id``, ``segment``, ``persona``, ``certainty`` and ``borderline_with``.
        """
        return self.in_dialects([dialect], table=table)[dialect]

    def in_dialects(self, dialects: Sequence[str], *, table: str = "features") -> dict[str, str]:
        """
        Write the rule as one SELECT statement for each of several warehouses.

        Parameters
        ----------
        dialects : sequence of str
            Dialects of sqlglot.
        table : str
            The table with one row per customer.

        Returns
        -------
        dict of str to str
            The query of :meth:`to_sql` by dialect.
        """
        import sqlglot

        statements = {dialect: self.rule.statement(dialect, table=table) for dialect in dialects}
        with _no_garbage_collection():
            read = {text: sqlglot.parse_one(self._named(text), read="duckdb") for text in dict.fromkeys(statements.values())}
            return {dialect: str(read[text].sql(dialect=dialect, pretty=True)) for dialect, text in statements.items()}

    def _named(self, statement: str) -> str:
        """Put the names of the personas, and who is on the border, around what tells the segment."""
        names = " ".join(f"WHEN {segment} THEN {sql_text(name)}" for segment, name in self.names.items())
        border = sql_number(round(self._least_certainty() - _HALF_A_DIGIT, 9))  # Python rounds
        open_ = f"certainty < {border}" if isinstance(self.rule, Segmentation) else "sure = 0"
        return (
            f"SELECT customer_id, segment, CASE segment {names} END AS persona, certainty, "  # noqa: S608
            f"CASE WHEN {open_} THEN CASE second {names} END END AS borderline_with FROM ({statement}) AS assigned"
        )

    def to_json(self) -> str:
        """Write the rule as JSON of plain values; it holds nobody's data."""
        kind = "segments" if isinstance(self.rule, Segmentation) else "screener"
        content = json.loads(self.rule.to_json())
        whole = {"personakit": _MARK, "kind": kind, "names": {str(k): v for k, v in self.names.items()}, "rule": content}
        whole |= {"words": self._in_words} if self._in_words else {}
        return json.dumps(whole, ensure_ascii=False, sort_keys=True, indent=1)

    @classmethod
    def from_json(cls, text: str) -> PersonaRule:
        """
        Read what :meth:`to_json` wrote.

        Raises
        ------
        DataError
            If the text is no such rule.
        """
        try:
            content = json.loads(text)
            names = {int(segment): str(name) for segment, name in content["names"].items()}
            words = {str(c): {str(w): float(n) for w, n in own.items()} for c, own in content.get("words", {}).items()}
            if content["personakit"] != _MARK:
                raise KeyError("personakit")
            rule: Segmentation | ScreenerRule
            rule = (
                Segmentation.from_rule(content["rule"])
                if content["kind"] == "segments"
                else ScreenerRule.from_plain(content["rule"])
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError([f"not a persona rule ({error}); make one with notebook 10: persona_rule.json"]) from error
        return cls(names, rule, words)

    def _least_certainty(self) -> float:
        family = self.rule.family if isinstance(self.rule, Segmentation) else ""
        return BORDERLINE_DISTANCE if family == "kmeans" else BORDERLINE_CHANCE

    def check(self, columns: list[str], customer_id: str = "") -> None:
        """
        Make sure that a table has what the rule needs.

        Raises
        ------
        DataError
            With every column that is missing, and those there are.
        """
        problems = [f"no column '{name}', which the rule needs{did_you_mean(name, columns)}"
                    for name in self.columns if name not in columns]  # fmt: skip
        if customer_id and customer_id not in columns:
            problems.append(f"no column '{customer_id}' that names the customers; another one is named with --id")
        if problems:
            raise DataError([*problems, f"there are: {listing(columns)}"])


def read_rule(path: str | Path) -> PersonaRule:
    """
    Read the file of a persona rule.

    Raises
    ------
    DataError
        If there is no such file, or it holds no rule.
    """
    file = Path(path).expanduser()
    if not file.is_file():
        raise DataError([f"{path}: there is no such file; notebook 10 writes persona_rule.json, which can be copied anywhere"])
    return PersonaRule.from_json(file.read_text(encoding="utf-8"))


def assign_file(rule: PersonaRule, source: str | Path, target: str | Path, *, customer_id: str = "customer_id") -> int:
    """
    Tell the persona of every customer in a table on disk, whatever its size.

    Customers are told block by block, from Parquet to Parquet without SQL; other files are read by DuckDB. It tells customers
    as well where that is left to SQL: by a single segment, and by a screener whose bands of numbers have gaps.

    Parameters
    ----------
    rule : PersonaRule
        The rule.
    source : str or Path
        CSV, Parquet or JSON lines with one row per customer.
    target : str or Path
        The file to write, of a kind by its ending: .csv, .parquet or .jsonl; written whole or not at all.
    customer_id : str
        Column that names the customers.

    Returns
    -------
    int
        Rows written: the customer's id, ``segment``, ``persona``, ``certainty``, ``borderline_with``.

    Raises
    ------
    DataError
        If the file is of another kind, cannot be read, or lacks a column; or if a column that should hold numbers holds words.
    """
    source, target = Path(source).expanduser(), Path(target).expanduser()
    _check_files(source, target)
    teller = teller_of(rule.rule)
    if teller and suits_blocks(teller, source, target, customer_id):
        with whole_file(target) as temporary:
            return assign_blocks(teller, rule.names, source, temporary, customer_id)
    with duckdb.connect() as connection:
        try:
            people = f"{_READERS[source.suffix.lower()]}({sql_text(str(source))})"
            columns = {name: str(kind) for name, kind, *_ in connection.sql(f"DESCRIBE SELECT * FROM {people}").fetchall()}  # noqa: S608
            rule.check(list(columns), customer_id)
            taken = [_taken(rule, name, columns[name]) for name in rule.columns]
            connection.sql(f"CREATE TEMP VIEW people AS SELECT {sql_name(customer_id)} AS customer_id, {', '.join(taken)} "  # noqa: S608
                           f"FROM {people}")  # fmt: skip
            kind, named = target.suffix.lower(), f"customer_id AS {sql_name(customer_id)}"
            if teller:
                if kind == ".csv" and columns[customer_id] not in _WRITTEN_AS_THEY_ARE:
                    named = f"CAST(customer_id AS VARCHAR) AS {sql_name(customer_id)}"
                needed = ", ".join([named, *(sql_name(name) for name in rule.columns if name != customer_id)])
                rows = connection.sql(f"SELECT {needed} FROM people")  # noqa: S608
                with whole_file(target) as temporary:
                    return assign_rows(teller, rule.names, rows, source, temporary, kind)
            told = ", ".join(ASSIGNED_COLUMNS).replace("certainty", f"ROUND(certainty, {CERTAINTY_DIGITS}) AS certainty")
            query = f"SELECT {named}, {told} FROM ({rule.to_sql(table='people')})"  # noqa: S608
            with whole_file(target) as temporary:
                written = connection.execute(f"COPY ({query}) TO {sql_text(str(temporary))} {WRITERS[kind]}")
                row = written.fetchone()
        except duckdb.Error as error:
            raise DataError([f"{source.name}: {what_it_says(error)}"]) from error
    return int(row[0]) if row else 0


def assign_stream(
    rule: PersonaRule, lines: IO[str], write: Callable[[str], object], *, customer_id: str = "customer_id", batch: int = 1_000
) -> int:
    """
    Tell the persona of customers as they come in, in constant memory.

    Parameters
    ----------
    rule : PersonaRule
        The rule.
    lines : text stream
        CSV with a head, or JSON lines; told apart by the first sign.
    write : callable
        Called with lines of CSV: a head, then one line per customer; after each batch.
    customer_id : str
        Column that names the customers.
    batch : int
        Customers that are told together.

    Returns
    -------
    int
        Customers told.

    Raises
    ------
    DataError
        If a column is missing, or one that should hold numbers holds words.
    """
    n = 0
    write(",".join([customer_id, *ASSIGNED_COLUMNS]) + "\n")
    for table in read_batches(lines, batch):
        rule.check([str(name) for name in table.columns], customer_id)
        own = table.set_index(customer_id)[rule.columns].copy()
        for name in rule.columns:
            own[name] = counted(own[name], rule.words[name]) if name in rule.words else own[name]
            own[name] = _numbers(own[name], name, n) if name in rule.numbers else own[name].astype("str").where(own[name].notna())
        write(rule.assign(own).to_csv(header=False, lineterminator="\n"))
        n += len(own)
    return n


def read_batches(lines: IO[str], batch: int) -> Iterator[pd.DataFrame]:
    """Read rows of CSV or JSON lines, so many at a time; what is empty is missing."""
    first = lines.readline()
    every = chain([first], lines)
    rows: Iterator[dict[str, Any]]
    if first.lstrip().startswith("{"):
        rows = (_parsed(line, number) for number, line in enumerate(every, start=1) if line.strip())
    else:
        rows = ({name: value or None for name, value in row.items()} for row in csv.DictReader(every))
    while own := list(islice(rows, batch)):
        yield pd.DataFrame(own)


def _parsed(line: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise DataError([f"line {number}: no JSON ({error}); each line holds one customer"]) from error
    if not isinstance(row, dict):
        raise DataError([f'line {number}: found {line.strip()[:40]}; each line holds one customer, as in {{"customer_id": …}}'])
    return row


def _check_files(source: Path, target: Path) -> None:
    problems = []
    if not source.is_file():
        problems.append(f"{source}: there is no such file")
    elif source.suffix.lower() not in _READERS:
        problems.append(f"{source.name}: found '{source.suffix}'; allowed: {', '.join(_READERS)}")
    if target.suffix.lower() not in WRITERS:
        problems.append(f"{target.name}: found '{target.suffix}'; allowed: {', '.join(WRITERS)}")
    if problems:
        raise DataError(problems)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """While trees of a hundred thousand nodes are made, none of which is garbage yet: looking for some takes a third longer."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _taken(rule: PersonaRule, name: str, kind: str) -> str:
    """A column as the rule needs it; words that should be numbers are an error of the engine, which names the value."""
    own = sql_name(name)
    if name in rule.words and kind == "VARCHAR":
        return f"{counted_sql(own, rule.words[name])} AS {own}"
    if name not in rule.numbers:
        return f"CAST({own} AS VARCHAR) AS {own}"
    return own if kind in {"DOUBLE", "FLOAT"} else f"CAST({own} AS DOUBLE) AS {own}"


def _numbers(values: pd.Series, name: str, before: int) -> pd.Series:
    found = pd.to_numeric(values, errors="coerce").astype("float64")
    wrong = values[found.isna() & values.notna()]
    if len(wrong):
        row = before + int(values.index.get_indexer_for([wrong.index[0]])[0]) + 1
        raise DataError([f"row {row}: {name} is '{wrong.iloc[0]}', and should be a number; take it out or leave it empty"])
    return found
