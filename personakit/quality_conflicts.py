"""Step 02, conflicts: what two sources say about the same person, and which of them counts."""

from __future__ import annotations

from typing import Any

import ibis

from personakit.errors import did_you_mean
from personakit.quality_ledger import QualityLedger
from personakit.study import Study

CONFLICT_COLUMNS = ["column", "sources", "compared", "disagree", "share", "rule"]
RESOLUTION_COLUMNS = ["column", "customers_row", "survey_row", "taken_from"]
#: A birthday may lie between two ages that are both right.
_AGE_TOLERANCE_YEARS = 1
_NOT_COMPARED = {"customer_id", "_row", "respondent_id", "answered_at", "joined_on", "seconds", "weight", "birth_year"}


def resolve_conflicts(ledger: QualityLedger, tables: dict[str, Any]) -> None:
    """Compare what customers and survey both say, keep what the study's rule says, and fill gaps from the other."""
    if not {"customers", "survey"} <= set(tables):
        return
    customers, survey = tables["customers"], tables["survey"]
    shared = _shared(ledger.study, customers, survey)
    _check_rules(ledger, shared)
    if ledger.stops:
        return
    for column in shared:
        rule = ledger.study.quality.trust.get(column, "customers")
        both = _both(customers, survey, column)
        differ = _differ(both, customers.schema()[column].is_numeric(), column)
        known = both["_own"].notnull() & both["_theirs"].notnull()
        both = ledger.settle("survey", both.mutate(_differ=differ, _compared=known, _take=_taken(both, rule)))
        row = both.aggregate(
            compared=both["_compared"].ifelse(1, 0).sum(), disagree=both["_differ"].ifelse(1, 0).sum()
        ).to_pandas().iloc[0].fillna(0)  # fmt: skip
        compared, disagree = int(row["compared"]), int(row["disagree"])
        ledger.conflicts.append({"column": column, "sources": "customers, survey", "compared": compared, "disagree": disagree,
                                 "share": disagree / max(compared, 1), "rule": _in_words(rule)})  # fmt: skip
        _record(ledger, both, column, disagree)
        customers = ledger.settle("customers", _resolved(customers, both, column))
        survey = survey.drop(column)
    tables["customers"], tables["survey"] = customers, survey


def _in_words(rule: str) -> str:
    return {"newest": "the newer one counts", "drop": "neither counts"}.get(rule, f"the value of {rule} counts")


def _shared(study: Study, customers: Any, survey: Any) -> list[str]:
    """Columns that both sources have and that are no questions of the survey."""
    items = {c for block in study.sources["survey"].items.values() for c in block.columns}
    left_alone = items | _NOT_COMPARED | set(study.privacy.consent_columns) | set(study.privacy.drop)
    one, other = customers.schema(), survey.schema()
    return [c for c in customers.columns if c in survey.columns and c not in left_alone
            and one[c].is_numeric() == other[c].is_numeric() and not one[c].is_temporal()]  # fmt: skip


def _check_rules(ledger: QualityLedger, shared: list[str]) -> None:
    for column, rule in ledger.study.quality.trust.items():
        if column not in shared:
            hint = did_you_mean(column, shared)
            have = f"they share: {', '.join(shared)}" if shared else "they share no column"
            ledger.stops.append(f"quality.trust: '{column}' does not stand in both customers and survey; {have}{hint}")
        elif rule not in {"customers", "survey", "newest", "drop"}:
            ledger.stops.append(f"quality.trust.{column}: found '{rule}'; allowed: customers, survey, newest, drop")
    if "newest" in ledger.study.quality.trust.values():
        for role, time in (("customers", "updated_on"), ("survey", "answered_at")):
            if time not in ledger.columns[role]:
                ledger.stops.append(f"quality.trust: 'newest' needs the column {time} in {role}; add it, or name a source")


def _both(customers: Any, survey: Any, column: str) -> Any:
    """One row per person who stands in both sources, with what each says and when."""
    numbered = "_row" in customers.columns and "_row" in survey.columns
    own = customers.select(
        "customer_id", _own=customers[column], _own_row=customers["_row"] if numbered else ibis.null("int64"),
        _own_time=customers["updated_on"].cast("timestamp") if "updated_on" in customers.columns else ibis.null("timestamp"),
    )  # fmt: skip
    theirs = survey.select(
        _other_id=survey.customer_id, _theirs=survey[column], _their_row=survey["_row"] if numbered else ibis.null("int64"),
        _their_time=survey["answered_at"] if "answered_at" in survey.columns else ibis.null("timestamp"),
    )  # fmt: skip
    return own.inner_join(theirs, own.customer_id == theirs["_other_id"]).drop("_other_id")


def _differ(both: Any, numeric: bool, column: str) -> Any:
    known = both["_own"].notnull() & both["_theirs"].notnull()
    if numeric:
        tolerance = _AGE_TOLERANCE_YEARS if column == "age" else 0
        apart = (both["_own"] - both["_theirs"]).abs() > tolerance
    else:
        apart = both["_own"].strip().lower() != both["_theirs"].strip().lower()
    return (known & apart).fill_null(False)


def _taken(both: Any, rule: str) -> Any:
    """Which source counts for one person."""
    if rule in {"customers", "survey", "drop"}:
        return ibis.literal(rule)
    newer = (both["_their_time"] > both["_own_time"]).fill_null(False)
    return newer.ifelse("survey", "customers")


def _record(ledger: QualityLedger, both: Any, column: str, disagree: int) -> None:
    """Write down every disagreement by row numbers and what was taken; never a value."""
    if not disagree:
        return
    apart = both.filter(both["_differ"])
    rows = apart.order_by("_their_row").select(customers_row="_own_row", survey_row="_their_row", taken_from="_take").to_pandas()
    rows.insert(0, "column", column)
    rows["taken_from"] = rows["taken_from"].replace({"drop": "neither"})
    ledger.resolutions.append(rows[RESOLUTION_COLUMNS])
    named = ", ".join(str(int(row)) for row in rows["survey_row"].dropna().head(3))
    rule = _in_words(ledger.study.quality.trust.get(column, "customers"))
    ledger.write("survey", column, "differs from customers", disagree, example_rows=named, severity="warning", done=rule)


def _resolved(customers: Any, both: Any, column: str) -> Any:
    """Put in what counts; where only one source knows something, that."""
    kind = customers.schema()[column]
    theirs = both["_theirs"].cast(kind)
    value = ibis.cases(
        (both["_differ"] & (both["_take"] == "drop"), ibis.null(kind)),
        (both["_differ"] & (both["_take"] == "survey"), theirs),
        else_=ibis.coalesce(both["_own"], theirs),
    )
    chosen = both.select(_other_id="customer_id", _value=value, _found=ibis.literal(True))
    joined = customers.left_join(chosen, customers.customer_id == chosen["_other_id"])
    replaced = joined["_found"].notnull().ifelse(joined["_value"], joined[column])
    return joined.mutate(**{column: replaced}).select(*customers.columns)
