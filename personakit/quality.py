"""Step 02, quality: what is wrong with the data, what was done about it, and how many rows that cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from personakit.collection import Sources
from personakit.errors import DataError
from personakit.handoffs import Parts
from personakit.quality_answers import in_numbers, wrong_answers
from personakit.quality_conflicts import CONFLICT_COLUMNS, RESOLUTION_COLUMNS, resolve_conflicts
from personakit.quality_gaps import MISSING_COLUMNS, note_columns
from personakit.quality_ledger import LARGE_ROWS, QualityLedger
from personakit.quality_people import PEOPLE_COLUMNS, set_people_aside
from personakit.quality_rules import row_rules, with_age, without_repeats

PROBLEM_COLUMNS = ["source", "column", "rule", "count", "share", "example_rows", "severity", "done"]
FUNNEL_COLUMNS = ["source", "rule", "rows_in", "rows_out", "customers_in", "customers_out"]


@dataclass(frozen=True, eq=False, repr=False)
class QualityReport:
    """
    What is wrong with the sources, and the sources without it.

    Attributes
    ----------
    problems : pandas.DataFrame
        One row per problem: ``source``, ``column``, ``rule``, ``count`` (rows), ``share`` (of the source's rows),
        ``example_rows`` (up to three row numbers in the file, never a value), ``severity`` (note, warning), ``done``.
    funnel : pandas.DataFrame
        One row per source and rule that removed rows, in the order of the rules: ``source``, ``rule``, ``rows_in``,
        ``rows_out``, ``customers_in``, ``customers_out`` (customers with rows before and after; empty where rows only
        repeat others).
    conflicts : pandas.DataFrame
        One row per column that two sources share: ``column``, ``sources``, ``compared`` (people), ``disagree`` (people),
        ``share``, ``rule`` (which one counts).
    resolutions : pandas.DataFrame
        One row per disagreement: ``column``, ``customers_row``, ``survey_row`` (row numbers), ``taken_from``.
    missing_by_group : pandas.DataFrame
        One row per group, for columns that are missing more often in some groups than in others: ``source``, ``column``,
        ``group`` (the column that makes the groups), ``value``, ``n``, ``missing`` (people; empty where few), ``missing_share``,
        ``overall_share``, ``cramers_v`` (effect size), ``p_adjusted`` (Benjamini-Hochberg).
    people : pandas.DataFrame
        People whose rows in one source are not used, by the first row they stand in: ``source``, ``row``, ``rule``
        (the signs of careless answers, or of a bot). Ids stay in the sources.
    clean : Sources
        The sources after every rule.
    with_careless : Sources
        Customers and survey with the careless respondents, to see whether the segments change without them.
    """

    problems: pd.DataFrame
    funnel: pd.DataFrame
    conflicts: pd.DataFrame
    resolutions: pd.DataFrame
    missing_by_group: pd.DataFrame
    people: pd.DataFrame
    clean: Sources
    with_careless: Sources

    def parts(self) -> Parts:
        """Split into what is written to files; the clean sources are written after they are protected."""
        return {
            "problems": self.problems,
            "funnel": self.funnel,
            "conflicts": self.conflicts,
            "resolutions": self.resolutions,
            "missing_by_group": self.missing_by_group,
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
    study = sources.study
    ledger = QualityLedger(study, sources.connection)
    ledger.problems += [dict(note) for note in sources.unreadable]
    ledger.filled = {role: dict(counts) for role, counts in sources.filled.items()}
    tables = dict(sources.tables)
    for role, table in tables.items():
        ledger.columns[role] = list(table.columns)
        ledger.stops += wrong_answers(study, role, table)
    _stop(ledger)
    for role, table in tables.items():
        table = without_repeats(ledger, role, table)
        table = ledger.apply(role, table, row_rules(study, role, table))
        tables[role] = in_numbers(study, role, with_age(study, table))
    _stop(ledger)
    with_careless = tables.get("survey")
    set_people_aside(ledger, tables, people)
    resolve_conflicts(ledger, tables)
    _stop(ledger)
    everyone = {role: tables[role] for role in ("customers",) if role in tables}
    if with_careless is not None:
        everyone["survey"] = with_careless.select(*tables["survey"].columns)
    for role, table in tables.items():
        note_columns(ledger, role, table, tables)
        if sources.filled.get(role, {}).get("_row", LARGE_ROWS + 1) <= LARGE_ROWS:
            tables[role] = ledger.settle(role, table, keep=True)  # what fits is worked out once, not at every later look
    return QualityReport(
        problems=pd.DataFrame(ledger.problems, columns=PROBLEM_COLUMNS),
        funnel=_funnel(ledger),
        conflicts=pd.DataFrame(ledger.conflicts, columns=CONFLICT_COLUMNS),
        resolutions=_stacked(ledger.resolutions, RESOLUTION_COLUMNS),
        missing_by_group=_stacked(ledger.missing, MISSING_COLUMNS),
        people=_stacked(ledger.people, PEOPLE_COLUMNS),
        clean=sources.with_tables(tables),
        with_careless=sources.with_tables(everyone),
    )


def _stop(ledger: QualityLedger) -> None:
    if ledger.stops:
        raise DataError(ledger.stops)


def _stacked(frames: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def _funnel(ledger: QualityLedger) -> pd.DataFrame:
    rows: list[dict[str, Any]] = [dict.fromkeys(FUNNEL_COLUMNS) | entry for entry in ledger.funnel]
    frame = pd.DataFrame(rows, columns=FUNNEL_COLUMNS)
    return frame.astype({"customers_in": "Int64", "customers_out": "Int64"})
