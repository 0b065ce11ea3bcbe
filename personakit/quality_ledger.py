"""Step 02, the ledger of quality rules: what each rule found, and the tables that are left."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from personakit.study import Study

_NUMBERS = itertools.count(1)  # a second check on the same engine must not write over the tables of the first


@dataclass
class QualityLedger:
    """Collects what the rules find while the tables of a study pass through them."""

    study: Study
    connection: Any
    problems: list[dict[str, Any]] = field(default_factory=list)
    funnel: list[dict[str, Any]] = field(default_factory=list)
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    people: list[pd.DataFrame] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)

    def settle(self, role: str, table: Any, *, keep: bool = False) -> Any:
        """Give an expression a name in the engine, so that the next rule starts from a short one."""
        name = f"quality_{role}_{next(_NUMBERS)}"
        if keep:
            return self.connection.create_table(name, table, temp=True)
        return self.connection.create_view(name, table)

    def note(
        self, role: str, rules: dict[tuple[str, str], Any], table: Any, *, done: str, severity: str = "warning"
    ) -> tuple[int, int]:
        """
        Count the rows that each condition holds for, in one query, and write a line for those that have any.

        ``rules`` maps column and rule to the condition. Returns all rows, and the rows of the last rule.
        """
        sums: dict[str, Any] = {"total": table.count()}
        for number, bad in enumerate(rules.values()):
            sums[f"n{number}"] = bad.ifelse(1, 0).sum()
            if "_row" in table.columns:
                sums[f"row{number}"] = table["_row"].min(where=bad)
        row = table.aggregate(**sums).to_pandas().iloc[0]
        total, count = int(row["total"]), 0
        for number, (column, rule) in enumerate(rules):
            count = int(row[f"n{number}"]) if pd.notna(row[f"n{number}"]) else 0
            if count:
                first = row.get(f"row{number}")
                self.problems.append({
                    "source": role, "column": column, "rule": rule, "count": count, "share": count / max(total, 1),
                    "first_row": None if first is None or pd.isna(first) else int(first), "severity": severity, "done": done,
                })  # fmt: skip
        return total, count

    def remove(self, role: str, column: str, rule: str, bad: Any, table: Any) -> Any:
        """Write a line for the bad rows, and return the table without them."""
        total, count = self.note(role, {(column, rule): bad}, table, done="rows left out")
        if not count:
            return table
        if count == total:
            self.stops.append(
                f"sources.{role}: all {count} rows fall under '{rule}', so nothing is left; check column '{column}'"
            )
            return table
        self.funnel.append({"source": role, "rule": rule, "rows_in": total, "rows_out": total - count})
        return self.settle(role, table.filter(~bad))
