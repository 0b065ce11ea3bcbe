"""Step 01, collection: open every source of a study under agreed names and types, lazily."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pandas as pd
import sqlglot

from personakit.collection_ids import with_one_id
from personakit.collection_values import Casts, cast_columns
from personakit.errors import DataError, SourceNeededError, StudyError, did_you_mean, listing
from personakit.expressions import check_expression
from personakit.readers import quoted, read_file
from personakit.readers_whole import SpssLabels, read_spss_labels
from personakit.roles import AGREED, MADE_UP_ID, NEEDED, TELLS, TIME_COLUMN
from personakit.study import Study
from personakit.study_parts import ROLES, Items, Source


@dataclass(frozen=True, eq=False, repr=False)
class Sources:
    """
    The opened sources of a study.

    Attributes
    ----------
    study : Study
        The study they belong to.
    tables : mapping of str to ibis.Table
        One lazy table per role, with the agreed column names first and ``_row``, the row number in the file.
    connection : ibis backend
        The engine that holds them.
    unreadable : tuple of mapping
        Values that could not be read and are missing now, in the form of ``QualityReport.problems``.
    filled : mapping of str to mapping of str to int
        For each source from a file, the rows in which each agreed column has a value; ``_row`` counts all rows. Of files
        with more than five million rows, missing customer ids are counted by the quality rules alone.
    """

    study: Study
    tables: Mapping[str, Any]
    connection: Any
    unreadable: tuple[Mapping[str, Any], ...] = ()
    filled: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def __contains__(self, role: str) -> bool:
        return role in self.tables

    def __getitem__(self, role: str) -> Any:
        if role not in self.tables:
            have = ", ".join(self.tables)
            raise SourceNeededError(f"this step needs the source '{role}'; the study has: {have}")
        return self.tables[role]

    def columns(self, role: str) -> list[str]:
        """Name the columns of one source, without the row number; empty when the study lacks the source."""
        return [c for c in self.tables[role].columns if c != "_row"] if role in self.tables else []

    def overview(self) -> pd.DataFrame:
        """
        Say what each source holds.

        Returns
        -------
        pandas.DataFrame
            One row per source: ``source``, ``file``, ``rows``, ``columns``, ``customers`` (distinct ids),
            ``first`` and ``last`` (dates), ``linked_share`` (share of its ids that stand in ``customers``).
        """
        return pd.DataFrame([self._overview_row(role) for role in self.tables]).set_index("source")

    def missing(self) -> pd.DataFrame:
        """
        List the sources that this study does not have.

        Returns
        -------
        pandas.DataFrame
            One row per missing source: ``source``, ``would_tell``.
        """
        rows = [{"source": role, "would_tell": tells} for role, tells in TELLS.items() if role not in self.tables]
        return pd.DataFrame(rows, columns=["source", "would_tell"])

    def _overview_row(self, role: str) -> dict[str, Any]:
        table, spec = self.tables[role], self.study.sources[role]  # type: ignore[index]
        wanted = {"rows": table.count()}
        time = TIME_COLUMN.get(role, "")
        if "customer_id" in table.columns:
            wanted["customers"] = table.customer_id.nunique()
        if time in table.columns:
            wanted |= {"first": table[time].min(), "last": table[time].max()}
        row = table.aggregate(**wanted).to_pandas().iloc[0].to_dict()
        linked = None
        if "customer_id" in table.columns and "customers" in self.tables and role != "customers":
            ids = table.select("customer_id").distinct().filter(ibis._.customer_id.notnull())
            known = ids.semi_join(self.tables["customers"], "customer_id")
            linked = known.count().execute() / max(ids.count().execute(), 1)
        return {
            "source": role,
            "file": Path(spec.path or spec.table or "").name,
            "rows": int(row["rows"]),
            "columns": len(self.columns(role)),
            "customers": row.get("customers"),
            "first": _day(row.get("first")),
            "last": _day(row.get("last")),
            "linked_share": linked,
        }

    def with_tables(self, tables: Mapping[str, Any]) -> Sources:
        """Return the same sources with other tables, as later steps clean and protect them."""
        return Sources(self.study, tables, self.connection, self.unreadable, self.filled)

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def _day(moment: Any) -> str | None:
    return None if moment is None or pd.isna(moment) else str(pd.Timestamp(moment).date())


def connect() -> Any:
    """Start the embedded engine: DuckDB in memory, with its order of rows kept."""
    connection = ibis.duckdb.connect()
    connection.raw_sql("SET preserve_insertion_order = true")
    connection.raw_sql("SET enable_progress_bar = false")
    connection.raw_sql("SET TimeZone = 'UTC'")  # moments with a zone come out the same on every machine
    return connection


def load_sources(study: Study) -> Sources:
    """
    Open every source of a study under the agreed names and types.

    Parameters
    ----------
    study : Study
        A checked study file.

    Returns
    -------
    Sources
        One lazy table per role.

    Raises
    ------
    DataError
        If files are missing, empty or unreadable, if columns are missing or empty, or if values cannot be read
        as what the column should hold. All problems of all sources are reported together.
    StudyError
        If an expression of the study file is not allowed.
    """
    study = with_labels(study)
    connection = connect()
    scratch = Path(tempfile.mkdtemp(prefix="personakit-"))
    weakref.finalize(connection, shutil.rmtree, scratch, ignore_errors=True)  # a large recoded file is read until then
    engine = connection if study.engine == "duckdb" else _engine(study)
    tables: dict[str, Any] = {}
    problems: list[str] = []
    unreadable: list[dict[str, Any]] = []
    filled: dict[str, dict[str, int]] = {}
    for role in (role for role in ROLES if role in study.sources):
        spec = study.sources[role]
        try:
            if spec.table is not None:
                tables[role] = _open_table(engine, study, role, spec)
            else:
                tables[role], found = _open_file(connection, study, role, scratch)
                unreadable += found.unreadable
                filled[role] = found.filled
        except DataError as error:
            problems += error.problems
        except StudyError as error:
            problems.append(str(error))
        except duckdb.Error as error:
            first = str(error).splitlines()[0]
            problems.append(f"sources.{role}: 'computed' or 'where' cannot be worked out on these columns ({first[:200]})")
    if problems:
        raise DataError(problems)
    return Sources(study, with_one_id(tables, study), engine, tuple(unreadable), filled)


def _engine(study: Study) -> Any:
    try:
        return ibis.connect(study.engine)
    except (ImportError, ValueError, OSError, RuntimeError, ibis.IbisError, duckdb.Error) as error:
        msg = f"{study.file.name}: engine '{study.engine}' cannot be opened ({error}); allowed: duckdb, or an Ibis address"
        raise StudyError(msg) from None


def _open_table(engine: Any, study: Study, role: str, spec: Source) -> Any:
    """Open a table of the engine; its types are taken as they are."""
    names = engine.list_tables()
    if spec.table not in names:
        raise DataError([f"sources.{role}: the engine has no table '{spec.table}'{did_you_mean(spec.table or '', names)}"])
    table = engine.table(spec.table)
    _check_named_columns(study, role, spec, list(table.columns))
    extra = [
        f"({check_expression(text, list(table.columns), f'sources.{role}.computed.{name}')}) AS {quoted(name)}"
        for name, text in spec.computed.items()
    ]
    if extra or spec.where:
        where = f" WHERE {check_expression(spec.where, list(table.columns), f'sources.{role}.where')}" if spec.where else ""
        query = f"SELECT {', '.join(['*', *extra])} FROM {quoted(str(spec.table))}{where}"  # noqa: S608
        view = f"CREATE OR REPLACE TEMPORARY VIEW personakit_{role} AS {query}"
        engine.raw_sql(sqlglot.transpile(view, read="duckdb", write=engine.dialect)[0])
        table = engine.table(f"personakit_{role}")
    table = table.rename({agreed: own for agreed, own in spec.columns.items() if agreed != own})
    readers: dict[str, Callable[[Any], Any]] = {
        "id": lambda c: c.cast("string"), "number": lambda c: c.cast("float64"), "time": lambda c: c.cast("timestamp"),
        "text": lambda c: c.cast("string"), "flag": lambda c: c.cast("boolean"),
    }  # fmt: skip
    casts = {name: readers[kind](table[name]) for name, kind in AGREED[role].items() if name in table.columns}
    return table.mutate(**casts) if casts else table


def _check_named_columns(study: Study, role: str, spec: Source, columns: list[str]) -> None:
    """Every column that the study file names has to be there, and every needed one has to be named or there."""
    problems = []
    wrong = "; is the separator right?" if len(columns) <= 2 and spec.path else ""
    for agreed, own in spec.columns.items():
        if own not in columns:
            hint = did_you_mean(own, columns) or wrong
            problems.append(f"sources.{role}: no column '{own}' (for {agreed}); the file has: {listing(columns)}{hint}")
    have = set(spec.columns) | set(spec.computed) | set(columns)
    for needed in NEEDED[role]:
        choices = needed if isinstance(needed, tuple) else (needed,)
        if not have & set(choices):
            how = f"name it in sources.{role}.columns as '{choices[0]}: its name in the file'"
            problems.append(f"sources.{role}: lacks {' or '.join(choices)}; the file has: {listing(columns)}; {how}{wrong}")
    named: list[tuple[str, str]] = [(f"items.{group}", column) for group, block in spec.items.items() for column in block.columns]
    named += [("kinds", c) for c in spec.kinds] + [("labels", c) for c in spec.labels] + [("ignore", c) for c in spec.ignore]
    named += [("traps", c) for c in spec.traps] + [("other_ids", c) for c in spec.other_ids]
    if role == "customers":
        named += [("consent (privacy)", column) for column in study.privacy.consent_columns]
    for place, column in named:
        if column not in have:
            hint = did_you_mean(column, have) or wrong
            problems.append(f"sources.{role}.{place}: no column '{column}'; the file has: {listing(columns)}{hint}")
    for column in set(spec.other_ids) & set(spec.ignore):
        problems.append(f"sources.{role}.other_ids: '{column}' stands under 'ignore' as well; take it out there")
    if problems:
        raise DataError(problems)


def _open_file(connection: Any, study: Study, role: str, scratch: Path) -> tuple[Any, Casts]:
    spec = study.sources[role]  # type: ignore[index]
    codes = frozenset(own for agreed, own in _own_names(role, spec).items() if AGREED[role][agreed] != "text")
    raw = read_file(connection.con, study.path_of(role), spec, role, scratch, kept_as_codes=codes)
    columns = [row[0] for row in connection.con.execute(f"DESCRIBE {raw}").fetchall() if row[0] != "_row"]
    _check_named_columns(study, role, spec, columns)
    if connection.con.execute(f"SELECT 1 FROM {raw} LIMIT 1").fetchone() is None:  # noqa: S608
        raise DataError([f"sources.{role}: {Path(spec.path or '').name} has no rows; export it again"])
    where = f" WHERE {check_expression(spec.where, columns, f'{study.file.name}: sources.{role}.where')}" if spec.where else ""
    computed = {name: check_expression(text, columns, f"{study.file.name}: sources.{role}.computed.{name}")
                for name, text in spec.computed.items()}  # fmt: skip
    own_name = {agreed: quoted(own) for agreed, own in spec.columns.items()}
    values = {c: quoted(c) for c in columns if c not in spec.columns.values()} | own_name
    values |= {name: f"({sql})" for name, sql in computed.items()}
    values = {name: sql for name, sql in values.items() if name not in spec.ignore}
    if role == "survey" and "customer_id" not in values and "respondent_id" in values:
        values["customer_id"] = values["respondent_id"]
    elif role == "survey" and "customer_id" not in values:
        values["customer_id"] = f"'{MADE_UP_ID}' || lpad(CAST(_row AS VARCHAR), 6, '0')"
    found = cast_columns(connection.con, f"{raw}{where}", study, role, values)
    casts = found.sql
    order = [name for name in AGREED[role] if name in casts] + [name for name in casts if name not in AGREED[role]]
    selected = ", ".join(f"{_renamed(casts[name], name)} AS {quoted(name)}" for name in order)
    connection.con.execute(f"CREATE OR REPLACE VIEW {role} AS SELECT {selected}, _row FROM {raw}{where}")  # noqa: S608
    return connection.table(role), found


def _own_names(role: str, spec: Source) -> dict[str, str]:
    """Agreed columns of a role, and what the file may call them."""
    return {agreed: spec.columns.get(agreed, agreed) for agreed in AGREED[role]}


def with_labels(study: Study) -> Study:
    """
    Take over what SPSS files say about their columns, where the study file says nothing.

    Parameters
    ----------
    study : Study
        A checked study file.

    Returns
    -------
    Study
        The same study, with variable labels as wordings, value labels as the levels of choice questions, and the
        range of labelled codes as the scale of rating questions. A file that cannot be read is left for its reader to
        report.
    """
    told = {}
    for role, spec in study.sources.items():
        if spec.path is None or not spec.path.lower().endswith(".sav") or not study.path_of(role).is_file():
            continue
        try:
            labels = read_spss_labels(study.path_of(role), role)
        except DataError:  # reported with all other problems when the source is opened
            continue
        items = {name: _labelled_items(block, spec, labels) for name, block in spec.items.items()}
        agreed = {own: name for name, own in spec.columns.items()}
        wording = {agreed.get(own, own): text for own, text in labels.wording.items()}
        told[role] = spec.model_copy(update={"items": items, "labels": wording | spec.labels})
    if not told:
        return study
    updated = study.model_copy(update={"sources": {**study.sources, **told}})
    updated._file = study.file
    return updated


def _labelled_items(block: Items, spec: Source, labels: SpssLabels) -> Items:
    own = {column: spec.columns.get(column, column) for column in block.columns}
    columns = {c: labels.wording.get(own[c], text) if text == c else text for c, text in block.columns.items()}
    update: dict[str, Any] = {"columns": columns}
    codes = [labels.codes[name] for name in own.values() if name in labels.codes]
    if codes and block.scale is None and block.kind in {"likert", "csat", "effort", "number"}:
        update["scale"] = (min(min(c) for c in codes), max(max(c) for c in codes))
    levels = [labels.levels[name] for name in own.values() if name in labels.levels]
    if levels and block.levels is None and block.kind == "choice" and all(one == levels[0] for one in levels):
        update["levels"] = levels[0]
    return block.model_copy(update=update)


def _renamed(sql: str, name: str) -> str:
    """Keep a new name that differs by its case alone: DuckDB describes such a column of a view by its old name."""
    return f"coalesce({sql}, NULL)" if sql != quoted(name) and sql.lower() == quoted(name).lower() else sql
