"""Step 02, the ledger of quality rules: what each rule found, and the tables that are left."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import ibis
import pandas as pd

from personakit.study import Study

#: Tables with more rows than this are looked at in samples where a full look would have to sort or hash every row.
LARGE_ROWS = 5_000_000
#: Of large tables, one row in this many is compared with its like.
SAMPLED_PARTS = 61
_NUMBERS = itertools.count(1)  # a second check on the same engine must not write over the tables of the first
_EXAMPLES = 3


@dataclass(frozen=True)
class Rule:
    """
    One rule on the rows of a source.

    Attributes
    ----------
    column : str
        The column it looks at; empty when it looks at whole rows.
    rule : str
        What is wrong, in plain words.
    bad : ibis expression
        True where it is wrong.
    does : {"leave out", "blank", "keep"}
        What happens to such rows.
    done : str
        The same in plain words.
    severity : {"warning", "note"}
        Whether a person has to look at it.
    blank : mapping of str to ibis expression
        For "blank": columns and their new values.
    """

    column: str
    rule: str
    bad: Any
    does: Literal["leave out", "blank", "keep"] = "keep"
    done: str = "kept; check it"
    severity: Literal["warning", "note"] = "warning"
    blank: Mapping[str, Any] = field(default_factory=dict)


def leave_out(column: str, rule: str, bad: Any) -> Rule:
    """Rows that break the rule are left out."""
    return Rule(column, rule, bad, "leave out", "rows left out")


def treat_as_missing(table: Any, column: str, rule: str, bad: Any, *, done: str = "value treated as missing") -> Rule:
    """Values that break the rule become missing; the row stays."""
    return Rule(column, rule, bad, "blank", done, blank={column: bad.fill_null(False).ifelse(ibis.null(), table[column])})


@dataclass
class QualityLedger:
    """Collects what the rules find while the tables of a study pass through them."""

    study: Study
    connection: Any
    problems: list[dict[str, Any]] = field(default_factory=list)
    funnel: list[dict[str, Any]] = field(default_factory=list)
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    resolutions: list[pd.DataFrame] = field(default_factory=list)
    people: list[pd.DataFrame] = field(default_factory=list)
    missing: list[pd.DataFrame] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    filled: dict[str, dict[str, int]] = field(default_factory=dict)
    unfiltered: dict[str, Any] = field(default_factory=dict)
    by_customer: dict[str, Any] = field(default_factory=dict)

    def settle(self, role: str, table: Any, *, keep: bool = False) -> Any:
        """Give an expression a name in the engine, so that the next rule starts from a short one."""
        name = f"quality_{role}_{next(_NUMBERS)}"
        if keep:
            return self.connection.create_table(name, table, temp=True)
        return self.connection.create_view(name, table)

    def write(self, role: str, column: str, rule: str, count: int, **entry: Any) -> None:
        """Write one line of the report; nothing when no row is concerned."""
        if count:
            total = max(entry.pop("total", self.rows.get(role, 0)), 1)
            base = {"source": role, "column": column, "rule": rule, "count": count, "share": count / total}
            self.problems.append(base | {"example_rows": "", "severity": "note", "done": "kept"} | entry)

    def apply(self, role: str, table: Any, rules: Sequence[Rule]) -> Any:
        """
        Hold all rules against a table in one query, write down what they found, and return the table after them.

        Rules that leave rows out count in their order: a row falls under the first that it breaks. The others count
        the rows that are left.
        """
        if not rules:
            return table
        out = [rule for rule in rules if rule.does == "leave out"]
        cases = [(rule.bad.fill_null(False), number) for number, rule in enumerate(out, start=1)]
        staged = table.mutate(_stage=ibis.cases(*cases, else_=0) if cases else ibis.literal(0))
        conditions = {number: staged["_stage"] == number for number in range(1, len(out) + 1)}
        kept = [rule for rule in rules if rule.does != "leave out"]
        conditions |= {
            number: rule.bad.fill_null(False) & (staged["_stage"] == 0) for number, rule in enumerate(kept, start=len(out) + 1)
        }
        by_customer = len(kept) == 0 and self.rows.get(role, 0) > LARGE_ROWS and "customer_id" in table.columns
        counts = self._count_large(role, staged, len(out)) if by_customer else self._count(staged, conditions)
        total = self.rows[role] = counts["total"]
        left = total
        for number, rule in enumerate([*out, *kept], start=1):
            count = counts[f"n{number}"]
            self.write(role, rule.column, rule.rule, count, total=total, example_rows=counts[f"rows{number}"],
                       severity=rule.severity, done=rule.done)  # fmt: skip
            if rule.does == "leave out" and count:
                self.funnel.append({"source": role, "rule": rule.rule, "rows_in": left, "rows_out": left - count})
                left -= count
        if not left and total:
            worst = max(out, key=lambda rule: counts[f"n{out.index(rule) + 1}"])
            how = (
                f"all {total} rows fall under '{worst.rule}'"
                if len(out) == 1 or counts[f"n{out.index(worst) + 1}"] == total
                else (f"all {total} rows break a rule, most of them '{worst.rule}'")
            )
            self.stops.append(f"sources.{role}: {how}, so nothing is left; check column '{worst.column}'")
            return table
        if left < total:
            self._count_customers(role, staged, out)
            self.unfiltered[role] = table
            table = staged.filter(staged["_stage"] == 0).drop("_stage")
        blanks: dict[str, Any] = {}
        for number, rule in enumerate(kept, start=len(out) + 1):
            if counts[f"n{number}"]:
                blanks |= rule.blank
        self.rows[role] = left
        changed = left < total or blanks
        return self.settle(role, table.mutate(**blanks) if blanks else table) if changed else table

    def _count(self, table: Any, conditions: Mapping[int, Any]) -> dict[str, Any]:
        """All rows, and for each condition its rows and the numbers of up to three of them, in one query."""
        sums: dict[str, Any] = {"total": table.count()}
        numbered = "_row" in table.columns
        for number, bad in conditions.items():
            sums[f"n{number}"] = bad.ifelse(1, 0).sum()
            for part in range(_EXAMPLES if numbered else 0):
                # the smallest row number of each remainder: up to three different rows without sorting
                sums[f"e{number}_{part}"] = table["_row"].min(where=bad & (table["_row"] % _EXAMPLES == part))
        row = table.aggregate(**sums).to_pandas().iloc[0]
        found: dict[str, Any] = {"total": int(row["total"])}
        for number in conditions:
            count = row[f"n{number}"]
            found[f"n{number}"] = 0 if pd.isna(count) else int(count)
            rows = [row[f"e{number}_{part}"] for part in range(_EXAMPLES)] if numbered else []
            found[f"rows{number}"] = ", ".join(str(int(r)) for r in sorted(r for r in rows if pd.notna(r)))
        return found

    def _count_large(self, role: str, staged: Any, n_rules: int) -> dict[str, Any]:
        """Count the rows of each stage in one pass over a large table, and keep the counts per customer for the funnel."""
        counted = staged.group_by("customer_id", "_stage").aggregate(_rows=staged.count())
        self.by_customer[role] = counted = self.settle(role, counted, keep=True)
        sums = counted.group_by("_stage").aggregate(n=counted["_rows"].sum()).to_pandas().set_index("_stage")["n"]
        found: dict[str, Any] = {"total": int(sums.sum())}
        for number in range(1, n_rules + 1):
            count = found[f"n{number}"] = int(sums.get(number, 0))
            rows = staged.filter(staged["_stage"] == number).select("_row") if count and "_row" in staged.columns else None
            examples = [] if rows is None else rows.limit(_EXAMPLES).to_pandas()["_row"].tolist()
            found[f"rows{number}"] = ", ".join(str(int(row)) for row in sorted(examples))
        return found

    def _count_customers(self, role: str, staged: Any, out: Sequence[Rule]) -> None:
        """Say for each rule of the funnel how many customers had rows before it, and still have after it."""
        if "customer_id" not in staged.columns:
            return
        staged = self.by_customer.pop(role, staged)
        known = staged.filter(staged["customer_id"].notnull())
        # a customer is there until the last of their rows is left out; stage 0 is never left out
        last = known.group_by("customer_id").aggregate(_gone=known["_stage"].max(), _stays=known["_stage"].min())
        last = last.mutate(_until=(last["_stays"] == 0).ifelse(len(out) + 1, last["_gone"]))
        frame = last.group_by("_until").aggregate(n=last.count()).to_pandas().set_index("_until")["n"]
        rules = {rule.rule: number for number, rule in enumerate(out, start=1)}
        for entry in self.funnel:
            number = rules.get(entry["rule"]) if entry["source"] == role else None
            if number and "customers_in" not in entry:
                entry["customers_in"] = int(frame[frame.index >= number].sum())
                entry["customers_out"] = int(frame[frame.index > number].sum())
