"""Step 02, quality: what is wrong with the data, what was done about it, and how many rows that cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import pandas as pd

from personakit.collection import Sources
from personakit.errors import DataError
from personakit.handoffs import Parts
from personakit.quality_ledger import QualityLedger
from personakit.quality_people import PEOPLE_COLUMNS, set_people_aside
from personakit.roles import AGREED, TIME_COLUMN
from personakit.study_parts import Items

_ID_NEEDED = ("customers", "orders", "events", "campaigns")
_KEYS = {"customers": "customer_id", "events": "event_id", "tickets": "ticket_id", "survey": "customer_id"}
OUTLIER_SPREADS = 10.0

PROBLEM_COLUMNS = ["source", "column", "rule", "count", "share", "first_row", "severity", "done"]
FUNNEL_COLUMNS = ["source", "rule", "rows_in", "rows_out"]


@dataclass(frozen=True, eq=False, repr=False)
class QualityReport:
    """
    What is wrong with the sources, and the sources without it.

    Attributes
    ----------
    problems : pandas.DataFrame
        One row per problem: ``source``, ``column``, ``rule``, ``count`` (rows), ``share`` (of the source's rows),
        ``first_row`` (row number in the file, never a value), ``severity`` (note, warning), ``done``.
    funnel : pandas.DataFrame
        One row per source and rule that removed rows: ``source``, ``rule``, ``rows_in``, ``rows_out``.
    conflicts : pandas.DataFrame
        One row per column that two sources disagree on: ``column``, ``sources``, ``compared``, ``disagree`` (people),
        ``trusted``.
    people : pandas.DataFrame
        People whose rows in one source are not used, by the first row they stand in: ``source``, ``row``, ``rule``
        (careless answers, or a bot). Ids stay in the sources.
    clean : Sources
        The sources after every rule.
    """

    problems: pd.DataFrame
    funnel: pd.DataFrame
    conflicts: pd.DataFrame
    people: pd.DataFrame
    clean: Sources

    def parts(self) -> Parts:
        """Split into what is written to files; the clean sources are written after they are protected."""
        return {
            "problems": self.problems,
            "funnel": self.funnel,
            "conflicts": self.conflicts,
            "people": self.people.to_dict("records"),
        }

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def check_quality(sources: Sources, *, people: pd.DataFrame | None = None) -> QualityReport:
    """
    Find what is wrong in every source, and leave out or blank what cannot be right.

    Parameters
    ----------
    sources : Sources
        The opened sources.
    people : pandas.DataFrame, optional
        People found earlier to be careless respondents or bots (``QualityReport.people``).
        Given, they are left out again and nobody is judged anew; a repeated check then uses the same people.

    Returns
    -------
    QualityReport
        Problems, the funnel of rows, conflicts between sources, and the clean sources.

    Raises
    ------
    DataError
        If two different rows share one id and the study file does not say which one counts, or if a rule leaves
        nothing of a source.
    """
    ledger = QualityLedger(sources.study, sources.connection)
    tables = dict(sources.tables)
    for role, table in tables.items():
        for rule in (_without_id, _duplicates, _future, _impossible_amounts, _impossible_ages, _impossible_answers):
            table = rule(ledger, role, table)
        tables[role] = table
    if ledger.stops:
        raise DataError(ledger.stops)
    set_people_aside(ledger, tables, people)
    _resolve_conflicts(ledger, tables)
    for role, table in tables.items():
        _gaps(ledger, role, table, tables)
    if ledger.stops:
        raise DataError(ledger.stops)
    found = pd.concat(ledger.people, ignore_index=True) if ledger.people else pd.DataFrame(columns=PEOPLE_COLUMNS)
    return QualityReport(
        problems=pd.DataFrame(ledger.problems, columns=PROBLEM_COLUMNS),
        funnel=pd.DataFrame(ledger.funnel, columns=FUNNEL_COLUMNS),
        conflicts=pd.DataFrame(ledger.conflicts, columns=["column", "sources", "compared", "disagree", "trusted"]),
        people=found,
        clean=sources.with_tables(tables),
    )


def _without_id(ledger: QualityLedger, role: str, table: Any) -> Any:
    if role not in _ID_NEEDED:
        return table
    return ledger.remove(role, "customer_id", "no customer id", table.customer_id.isnull() | (table.customer_id == ""), table)


def _duplicates(ledger: QualityLedger, role: str, table: Any) -> Any:
    """Drop rows that repeat an earlier row; stop when rows with one id differ."""
    if "_row" not in table.columns:
        return table
    columns = [column for column in table.columns if column != "_row"]
    key = _KEYS.get(role)
    keyed = key in columns
    wanted = ledger.study.quality.duplicates.get(role, "drop" if keyed else "keep")  # type: ignore[call-overload]
    if not _repeats(table, key if keyed else None, columns):
        return table
    window = ibis.window(group_by=columns, order_by="_row")
    marked = ledger.settle(role, table.mutate(_copy=ibis.row_number().over(window) > 0), keep=True)
    if wanted == "keep":
        rule = {("", "repeats an earlier row"): marked["_copy"]}
        ledger.note(role, rule, marked, done="kept: lines may repeat", severity="note")
        table = marked.drop("_copy")
    else:
        table = ledger.remove(role, key if keyed and key else "", "repeats an earlier row", marked["_copy"], marked).drop("_copy")
    if not keyed:
        return table
    order = ibis.desc("_row") if ledger.study.quality.same_id == "last" else ibis.asc("_row")
    table = ledger.settle(role, table)
    again = table.mutate(_again=(ibis.row_number().over(ibis.window(group_by=key, order_by=order)) > 0) & table[key].notnull())
    if ledger.study.quality.same_id != "stop":
        return ledger.remove(role, key or "", "another row has the same id", again["_again"], again).drop("_again")
    shared = again.filter(again["_again"]).order_by("_row").select("_row").limit(3).to_pandas()["_row"].tolist()
    if shared:
        n = int(again.filter(again["_again"]).count().execute())
        rows = ", ".join(str(int(row)) for row in shared)
        ledger.stops.append(
            f"sources.{role}: {n} rows have the {key} of an earlier row but differ from it (data row {rows}); correct them, "
            "or write 'quality: {same_id: first}' (or last) to say which row counts"
        )
    return table


def _repeats(table: Any, key: str | None, columns: list[str]) -> bool:
    """Tell cheaply whether anything repeats, before rows are compared."""
    if key is None:
        return int(table.count().execute()) > int(table.select(*columns).distinct().count().execute())
    row = table.aggregate(filled=table[key].count(), different=table[key].nunique()).to_pandas().iloc[0]
    return int(row["filled"]) > int(row["different"])


def _future(ledger: QualityLedger, role: str, table: Any) -> Any:
    """Nothing after the study's today may be used."""
    column = TIME_COLUMN.get(role, "")
    if column not in table.columns:
        return table
    end = pd.Timestamp(ledger.study.as_of) + pd.Timedelta(days=1)
    late = (table[column] >= ibis.timestamp(str(end))).fill_null(False)
    if role in {"customers", "survey", "interviews"}:
        ledger.note(role, {(column, "dated after as_of"): late}, table, done="date treated as missing")
        return ledger.settle(role, table.mutate(**{column: late.ifelse(ibis.null(), table[column])}))
    return ledger.remove(role, column, "dated after as_of", late, table)


def _impossible_amounts(ledger: QualityLedger, role: str, table: Any) -> Any:
    if role != "orders":
        return table
    if "quantity" in table.columns:
        returned = (table.quantity <= 0).fill_null(False)
        table = ledger.remove(role, "quantity", "cancelled or returned (quantity of 0 or less)", returned, table)
    free = (table.amount <= 0) | table.amount.isnull() | table.ordered_at.isnull()
    return ledger.remove(role, "amount", "amount of 0 or less, or no amount or date", free, table)


def _impossible_ages(ledger: QualityLedger, role: str, table: Any) -> Any:
    """Blank ages no customer can have; every source with a birth year gets an age in years at ``as_of``."""
    low, high = ledger.study.quality.age_range
    this_year = ledger.study.as_of.year
    if "birth_year" in table.columns:
        age = this_year - table.birth_year
        impossible = ((age < low) | (age > high)).fill_null(False)
        rule = {("birth_year", f"age outside {low}-{high} years"): impossible}
        ledger.note(role, rule, table, done="value treated as missing")
        table = ledger.settle(role, table.mutate(birth_year=impossible.ifelse(ibis.null(), table.birth_year)))
        if "age" not in table.columns:
            return ledger.settle(role, table.mutate(age=this_year - table.birth_year))
    if "age" in table.columns and table.schema()["age"].is_numeric():
        impossible = ((table.age < low) | (table.age > high)).fill_null(False)
        ledger.note(role, {("age", f"age outside {low}-{high} years"): impossible}, table, done="value treated as missing")
        table = ledger.settle(role, table.mutate(age=impossible.ifelse(ibis.null(), table.age)))
    return table


def scale_of(block: Items) -> tuple[float, float] | None:
    """Lowest and highest possible answer of a block of questions; None when any number is possible."""
    if block.kind == "nps":
        return (0.0, 10.0)
    return block.scale if block.kind in {"likert", "csat", "number"} else None


def _impossible_answers(ledger: QualityLedger, role: str, table: Any) -> Any:
    """Blank answers that the questionnaire did not offer."""
    rules, blanked = {}, {}
    for block in ledger.study.sources[role].items.values():  # type: ignore[index]
        scale = scale_of(block)
        for column in block.columns if scale else ():
            low, high = scale or (0.0, 0.0)
            if not table.schema()[column].is_numeric():
                ledger.stops.append(
                    f"sources.{role}: column '{column}' should hold numbers from {low:g} to {high:g} ({block.kind}), "
                    "but holds text; correct it, or give the block another kind"
                )
                continue
            outside = (~table[column].between(low, high)).fill_null(False)
            rules[column, f"answer outside {low:g}-{high:g}"] = outside
            blanked[column] = outside.ifelse(ibis.null(), table[column])
    if not rules:
        return table
    ledger.note(role, rules, table, done="answer treated as missing")
    return ledger.settle(role, table.mutate(**blanked))


def _resolve_conflicts(ledger: QualityLedger, tables: dict[str, Any]) -> None:
    """Compare what customers and survey both say, keep the trusted value, and fill gaps from the other."""
    if not {"customers", "survey"} <= set(tables):
        return
    customers, survey = tables["customers"], tables["survey"]
    items = {c for block in ledger.study.sources["survey"].items.values() for c in block.columns}
    shared = [c for c in ("age", "gender", "region", "occupation", "household", "income")
              if c in customers.columns and c in survey.columns and c not in items]  # fmt: skip
    for column in shared:
        trusted = ledger.study.quality.trust.get(column, "customers")
        other = survey.select("customer_id", theirs=survey[column])
        joined = customers.inner_join(other, "customer_id")
        both = joined[column].notnull() & joined.theirs.notnull()
        apart = (
            (joined[column] - joined.theirs).abs() > 1
            if customers.schema()[column].is_numeric()
            else joined[column] != joined.theirs
        )
        differ = (both & apart).fill_null(False)
        row = joined.aggregate(compared=both.ifelse(1, 0).sum(), disagree=differ.ifelse(1, 0).sum()).to_pandas().iloc[0].fillna(0)
        ledger.conflicts.append({"column": column, "sources": "customers, survey", "compared": int(row["compared"]),
                                 "disagree": int(row["disagree"]), "trusted": trusted})  # fmt: skip
        ledger.note("survey", {(column, "differs from customers"): differ}, joined, done=f"{trusted} counts")
        customers = ledger.settle("customers", _filled(customers, other, column, trusted))
        survey = survey.drop(column)
    tables["customers"], tables["survey"] = customers, survey


def _filled(customers: Any, other: Any, column: str, trusted: str) -> Any:
    other = other.rename(_other_id="customer_id")
    joined = customers.left_join(other, customers.customer_id == other._other_id)
    first, second = (joined[column], joined.theirs) if trusted != "survey" else (joined.theirs, joined[column])
    return joined.mutate(**{column: ibis.coalesce(first, second.cast(first.type()))}).drop("theirs", "_other_id")


def _gaps(ledger: QualityLedger, role: str, table: Any, tables: dict[str, Any]) -> None:
    """Note missing values, columns with one value, heavy outliers, and ids that customers does not know."""
    schema = table.schema()
    columns = [c for c in table.columns if c != "_row"]
    sums = {f"n{i}": table[c].count() for i, c in enumerate(columns)}
    sums |= {f"u{i}": table[c].nunique() for i, c in enumerate(columns)}
    numeric = [c for c in columns if schema[c].is_numeric() and role == "customers"]
    for c in numeric:
        i = columns.index(c)
        sums |= {f"q1{i}": table[c].quantile(0.25), f"q3{i}": table[c].quantile(0.75)}
    row = table.aggregate(total=table.count(), **sums).to_pandas().iloc[0]
    total = max(int(row["total"]), 1)
    important = set(AGREED[role]) | {c for block in ledger.study.sources[role].items.values() for c in block.columns}  # type: ignore[index]
    for i, column in enumerate(columns):
        filled, different = int(row[f"n{i}"]), int(row[f"u{i}"])
        entry = {"source": role, "column": column, "first_row": None, "severity": "note"}
        if filled < total and column in important and filled:
            missing = total - filled
            ledger.problems.append(
                {**entry, "rule": "missing", "count": missing, "share": missing / total, "done": "left missing"}
            )
        if different <= 1 and total > 1 and role != "interviews":
            ledger.problems.append({**entry, "rule": "the same in every row", "count": filled, "share": filled / total,
                                    "done": "not used to tell customers apart"})  # fmt: skip
    for column in numeric:
        i = columns.index(column)
        low, high = float(row[f"q1{i}"]), float(row[f"q3{i}"])
        far = OUTLIER_SPREADS * (high - low)
        if far > 0:
            outlier = ((table[column] < low - far) | (table[column] > high + far)).fill_null(False)
            ledger.note(role, {(column, "far from all others"): outlier}, table, done="kept; check it")
    if role != "customers" and "customers" in tables and {"customer_id", "_row"} <= set(table.columns):
        _orphans(ledger, role, table, tables["customers"])


def _orphans(ledger: QualityLedger, role: str, table: Any, customers: Any) -> None:
    unknown = table.filter(table.customer_id.notnull()).anti_join(customers, "customer_id")
    count = int(unknown.count().execute())
    if count:
        total = int(table.count().execute())
        ledger.problems.append(
            {
                "source": role,
                "column": "customer_id",
                "rule": "not in customers",
                "count": count,
                "share": count / total,
                "first_row": int(unknown["_row"].min().execute()),
                "severity": "note",
                "done": "used only where no customer is needed",
            }
        )
