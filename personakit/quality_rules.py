"""Step 02, rules on single rows: ids, repeats, dates, amounts, and ages that cannot be right."""

from __future__ import annotations

from typing import Any

import ibis
import pandas as pd

from personakit.dates import whole_seconds
from personakit.quality_answers import answer_rules
from personakit.quality_ledger import LARGE_ROWS, SAMPLED_PARTS, QualityLedger, Rule, leave_out, treat_as_missing
from personakit.roles import TIME_COLUMN
from personakit.study import Study

_ID_NEEDED = ("customers", "orders", "events", "campaigns")
_KEYS = {"customers": "customer_id", "events": "event_id", "tickets": "ticket_id", "survey": "customer_id"}
_DATES_ARE_EXTRA = {"customers", "survey", "interviews"}
_FIRST_ROWS = 20_000
_ZERO_DATE = "1970-01-02"
#: Words of order systems for an order that did not happen or was undone, in the four languages.
CANCELLED_WORDS = (
    "cancelled", "canceled", "cancel", "refunded", "returned", "voided", "kansellert", "avbestilt", "annullert", "refundert",
    "returnert", "peruttu", "peruutettu", "palautettu", "hyvitetty", "لغو", "لغو شده", "مرجوع", "مرجوعی", "برگشتی",
)  # fmt: skip


def row_rules(study: Study, role: str, table: Any) -> list[Rule]:
    """List the rules of a role, in the order in which they count."""
    rules: list[Rule] = []
    if role in _ID_NEEDED:
        rules.append(leave_out("customer_id", "no customer id", table.customer_id.isnull() | (table.customer_id == "")))
    rules += _dates(study, role, table)
    if role == "orders":
        rules += _orders(study, table)
    if role == "campaigns" and {"seen", "clicked"} <= set(table.columns):
        unseen = table.clicked & ~table.seen
        rules.append(
            Rule("clicked", "clicked without having seen it", unseen, severity="note", done="kept: mails are seen unnoticed")
        )
    return rules + _ages(study, table) + answer_rules(study, role, table)


def _dates(study: Study, role: str, table: Any) -> list[Rule]:
    """Nothing after the study's today may be used, and no system's zero date."""
    column = TIME_COLUMN.get(role, "")
    if column not in table.columns:
        return []
    end = pd.Timestamp(study.as_of) + pd.Timedelta(days=1)
    found = {
        "dated after as_of": table[column] >= ibis.timestamp(str(end)),
        "dated 1 January 1970 or before": table[column] < ibis.timestamp(_ZERO_DATE),
    }
    if role in _DATES_ARE_EXTRA:
        return [treat_as_missing(table, column, rule, bad, done="date treated as missing") for rule, bad in found.items()]
    return [leave_out(column, rule, bad) for rule, bad in found.items()]


def _orders(study: Study, table: Any) -> list[Rule]:
    rules = []
    if "status" in table.columns:
        undone = table.status.lower().isin(CANCELLED_WORDS)
        rules.append(leave_out("status", "cancelled or returned (by its status)", undone))
    if "quantity" in table.columns:
        rules.append(leave_out("quantity", "cancelled or returned (quantity of 0 or less)", table.quantity <= 0))
    if "currency" in table.columns:
        foreign = table.currency.upper() != study.currency
        rules.append(leave_out("currency", f"not in {study.currency}; amounts of several currencies cannot be added", foreign))
    free = (table.amount <= 0) | table.amount.isnull() | table.ordered_at.isnull()
    return [*rules, leave_out("amount", "amount of 0 or less, or no amount or date", free)]


def _ages(study: Study, table: Any) -> list[Rule]:
    """Ages that no customer can have."""
    low, high = study.quality.age_range
    rules = []
    if "birth_year" in table.columns:
        age = study.as_of.year - table.birth_year
        rules.append(treat_as_missing(table, "birth_year", f"age outside {low}-{high} years", ~age.between(low, high)))
    if "age" in table.columns and table.schema()["age"].is_numeric():
        rules.append(treat_as_missing(table, "age", f"age outside {low}-{high} years", ~table.age.between(low, high)))
    return rules


def with_age(study: Study, table: Any) -> Any:
    """Count the age in years at ``as_of`` where a birth year is known."""
    if "birth_year" in table.columns and "age" not in table.columns:
        return table.mutate(age=study.as_of.year - table.birth_year)
    return table


def without_repeats(ledger: QualityLedger, role: str, table: Any) -> Any:
    """Drop rows that repeat an earlier row; stop when rows with one id differ."""
    columns = [column for column in table.columns if column != "_row"]
    key = _KEYS.get(role, "")
    keyed = key in columns
    wanted = ledger.study.quality.duplicates.get(role, "drop" if keyed else "keep")  # type: ignore[call-overload]
    total = ledger.rows[role] = int(table.count().execute())
    if total > LARGE_ROWS and TIME_COLUMN.get(role) in columns:
        repeated = _sampled_repeats(table, columns, TIME_COLUMN[role])
        said = f"repeats an earlier row (estimated from one row in {SAMPLED_PARTS})"
        if wanted == "keep" or not repeated:
            ledger.write(role, "", said, repeated, severity="note", done="kept: lines may repeat")
            return table
    repeated_rows = _repeated(table, [key] if keyed else columns)
    if repeated_rows is None:
        return table
    if "_row" not in table.columns:
        return _distinct(ledger, role, table, wanted)
    again = ledger.settle(role, repeated_rows, keep=True)
    order = ibis.window(group_by=columns, order_by="_row")
    again = again.mutate(_copy=ibis.row_number().over(order) > 0)
    copies = again.filter(again["_copy"])
    count, rows = _how_many(copies)
    if wanted == "keep":
        ledger.write(role, "", "repeats an earlier row", count, example_rows=rows, done="kept: lines may repeat")
        return table
    gone = ledger.settle(role, copies.select("_row"), keep=True)
    table = _left_out(ledger, role, table, gone, (key if keyed else "", "repeats an earlier row", count, rows))
    return _same_id(ledger, role, table, again.filter(~again["_copy"]).drop("_copy"), key) if keyed else table


def _sampled_repeats(table: Any, columns: list[str], time: str) -> int:
    """
    Estimate how many rows of a large table repeat an earlier one, from a part in which all copies of a row stand together.

    The part is chosen by the second of a row (and its amount, where only days are known), which its copies share.
    """
    part = whole_seconds(table[time])
    head = table.limit(_FIRST_ROWS)
    by_the_day = int((whole_seconds(head[time]) % 86_400).nunique().execute()) < SAMPLED_PARTS
    if by_the_day and "amount" in columns:  # without a time of day, whole days would be in the part or out of it
        part += (table.amount * 100).round().cast("int64")
    some = table.filter(part % SAMPLED_PARTS == 0)
    alike = some.group_by(columns).aggregate(_times=some.count())
    repeated = alike.aggregate(n=(alike["_times"] - 1).sum()).to_pandas().iloc[0]["n"]
    return 0 if pd.isna(repeated) else int(repeated) * SAMPLED_PARTS


def _repeated(table: Any, by: list[str]) -> Any | None:
    """Rows whose values in some columns stand more than once; None when there are none."""
    known = table.filter(table[by[0]].notnull()) if len(by) == 1 else table
    if len(by) == 1:
        row = known.aggregate(n=known.count(), different=known[by[0]].nunique()).to_pandas().iloc[0]
        if int(row["n"]) == int(row["different"]):
            return None
        counts = known.group_by(by).aggregate(_times=known.count())
        return known.semi_join(counts.filter(counts["_times"] > 1), by)
    counts = table.group_by(by).aggregate(_times=table.count())
    several = counts.filter(counts["_times"] > 1)
    if not int(several.count().execute()):
        return None
    same = [table[column].identical_to(several[column]) for column in by]
    return table.semi_join(several, same)


def _distinct(ledger: QualityLedger, role: str, table: Any, wanted: str) -> Any:
    """The same for tables of an engine, whose rows have no numbers."""
    different = table.distinct()
    n_in, n_out = int(table.count().execute()), int(different.count().execute())
    if wanted == "keep":
        ledger.write(role, "", "repeats an earlier row", n_in - n_out, done="kept: lines may repeat")
        return table
    ledger.write(role, "", "repeats an earlier row", n_in - n_out, severity="warning", done="rows left out")
    if n_in == n_out:
        return table
    ledger.funnel.append({"source": role, "rule": "repeats an earlier row", "rows_in": n_in, "rows_out": n_out})
    return ledger.settle(role, different)


def _how_many(rows: Any) -> tuple[int, str]:
    """Count rows, and name the first three."""
    first = rows.order_by("_row").select("_row").limit(3).to_pandas()["_row"].tolist()
    return int(rows.count().execute()), ", ".join(str(int(row)) for row in first)


def _left_out(ledger: QualityLedger, role: str, table: Any, gone: Any, found: tuple[str, str, int, str]) -> Any:
    column, rule, count, rows = found
    if not count:
        return table
    n_in = ledger.rows[role]
    ledger.write(role, column, rule, count, example_rows=rows, severity="warning", done="rows left out")
    ledger.rows[role] = n_in - count
    ledger.funnel.append({"source": role, "rule": rule, "rows_in": n_in, "rows_out": n_in - count})
    return ledger.settle(role, table.anti_join(gone, "_row"))


def _same_id(ledger: QualityLedger, role: str, table: Any, candidates: Any, key: str) -> Any:
    """Rows that share an id and differ: one of them counts when the study says which."""
    quality = ledger.study.quality
    order = ibis.desc("_row") if quality.same_id == "last" else ibis.asc("_row")
    numbered = candidates.mutate(_again=ibis.row_number().over(ibis.window(group_by=key, order_by=order)) > 0)
    again = numbered.filter(numbered["_again"])
    count, rows = _how_many(again)
    if count and quality.same_id == "stop":
        ledger.stops.append(
            f"sources.{role}: {count} rows have the {key} of an earlier row but differ from it (data row {rows}); correct them, "
            "or write 'quality: {same_id: first}' (or last) to say which row counts"
        )
        return table
    gone = ledger.settle(role, again.select("_row"), keep=True)
    return _left_out(ledger, role, table, gone, (key, "another row has the same id", count, rows))
