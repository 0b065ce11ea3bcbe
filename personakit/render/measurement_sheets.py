"""Step 11 as an Excel file: lines with their evidence, and the tables behind them to sort and filter."""

from __future__ import annotations

from typing import Any

import pandas as pd

from personakit.decisions import DecisionReview
from personakit.locale import Words
from personakit.measurement_perception import perception_form
from personakit.measurement_review import PersonaReview
from personakit.render.measurement_page import PLACES, decisions_of, differences_of, perception_texts, review_words, shown_review
from personakit.render.sheets import LINE_COLUMNS, line_row, workbook_of

_FIELDS = PLACES | {
    "changes": "Before and after a change",
    "quality": "Do the lines hold?",
    "perception": "How do people see them?",
}
_DRIFT = "Are they still true?"
#: Columns of the tables, as they are called on the sheet.
_HEADS = {
    "segment": "Persona", "campaign": "Campaign", "measure": "Measure", "value": "Estimate", "shrunk": "Shrunk",
    "ci_low": "95% interval", "ci_high": "", "others": "Everyone else", "p_adjusted": "Adjusted p", "effect": "Effect",
    "month": "Month", "topic": "Topic", "label": "Label", "phase": "Phase", "days": "Days", "again": "Bought again",
    "cohort": "Cohort", "customers": "Customers", "active": "Active", "share": "Share",
}  # fmt: skip
#: What each measure of a table is called.
MEASURE_NAMES = {
    "seen": "Seen per contact", "clicked": "Clicks per contact", "bought": "Purchases per contact",
    "clicked_of_seen": "Clicks of those who saw it", "bought_of_clicked": "Purchases of those who clicked",
    "cost_per_click": "Cost of a click", "cost_per_purchase": "Cost of a purchase",
    "return_on_spend": "Money back for money spent", "csat": "Mean rating", "satisfied": "Share satisfied",
    "nps": "Net promoter score", "effort": "Mean rating of ease", "easy": "Share who found it easy",
    "resolved": "Cases solved", "rating": "Rating of the help",
}  # fmt: skip


def measurement_workbook(review: PersonaReview, decisions: DecisionReview, *, language: str, style: str = "") -> bytes:
    """
    Write what step 11 found as an Excel workbook.

    Parameters
    ----------
    review : PersonaReview
        What was found.
    decisions : DecisionReview
        The log, looked at again.
    language : {"en", "nb", "fi", "fa"}
        Language of the words; Persian sheets run right to left.
    style : {"", "person", "role"}
        ``role`` names groups by number.

    Returns
    -------
    bytes
        An .xlsx file with the sheets lines (each with its evidence), what has changed (line by line), campaigns, satisfaction,
        service, who comes back, cohorts, and decisions. The same review gives the same bytes.
    """
    words = review_words(review, language)
    review, decisions = shown_review(review, decisions, words, style)
    measured = review.measurement
    sheets = [(words("Lines"), _lines(review, words)), (words("What has changed"), _differences(review, words))]
    for name, title in (*PLACES.items(), ("cohorts", "Cohorts")):
        sheets.append((words(title), _table(getattr(measured, name), measured.names, words)))
    sheets.append((words("Decisions"), _decisions(decisions, words)))
    return workbook_of([sheet for sheet in sheets if len(sheet[1]) > 1], words, review.about["as_of"])


def perception_workbook(review: PersonaReview, *, language: str) -> bytes:
    """
    Write the form for the people who use the personas as an Excel workbook.

    Parameters
    ----------
    review : PersonaReview
        The review that the answers will go into.
    language : {"en", "nb", "fi", "fa"}
        Language of the statements; Persian sheets run right to left.

    Returns
    -------
    bytes
        An .xlsx file, see :func:`personakit.measurement_perception.perception_form`. The same review gives the same bytes.
    """
    words = review_words(review, language)
    form = perception_form(perception_texts(language))
    return workbook_of([(words("Form"), [list(form.columns), *form.to_numpy().tolist()])], words, review.about["as_of"])


def _lines(review: PersonaReview, words: Words) -> list[list[Any]]:
    heads = ("Persona", "Field", *LINE_COLUMNS)
    rows: list[list[Any]] = [[words(name) if name not in {"", "n"} else name for name in heads]]
    for line in review.lines:
        kind, _, place = line.place.partition("|")
        field = words(_DRIFT if kind == "drift" else _FIELDS[place])
        rows.append([review.measurement.names.get(line.segment, words("Everyone")), field, *line_row(line, words)])
    return rows


def _differences(review: PersonaReview, words: Words) -> list[list[Any]]:
    rows: list[list[Any]] = [[words("Persona"), words("What has changed"), words("Before"), words("Now"), words("Source")]]
    told = differences_of(review.differences, words) if review.differences else {"personas": []}
    for person in told["personas"]:
        rows += [[person["name"], block["name"], line["old"], line["new"], line["why"]]
                 for block in person["blocks"] for line in block["lines"]]  # fmt: skip
    return rows


def _table(table: pd.DataFrame, names: dict[int, str], words: Words) -> list[list[Any]]:
    """A table as it was measured; personas by name, words translated, missing as empty cells."""
    shown = [column for column in table.columns if column in _HEADS or column == "n"]
    rows: list[list[Any]] = [[words(_HEADS[column]) if _HEADS.get(column) else "n" if column == "n" else "" for column in shown]]
    for row in table[shown].to_dict("records"):
        rows.append([_cell(column, value, names, words) for column, value in row.items()])
    return rows


def _cell(column: str, value: Any, names: dict[int, str], words: Words) -> Any:
    if column == "segment":
        return names.get(int(value), words("Everyone"))
    if isinstance(value, str):
        return words(MEASURE_NAMES.get(value, value)) if column == "measure" else words(value) if column == "label" else value
    if value is None or pd.isna(value):
        return None
    return round(float(value), 6)


def _decisions(decisions: DecisionReview, words: Words) -> list[list[Any]]:
    rows: list[list[Any]] = [[words(name) for name in ("Number", "Date", "Who", "What was decided", "Persona", "Expected",
                                                       "What happened", "What it rests on")]]  # fmt: skip
    rows += [[row[name] for name in ("number", "on", "who", "what", "personas", "expected", "happened", "standing")]
             for row in decisions_of(decisions, words)["rows"]]  # fmt: skip
    return rows
