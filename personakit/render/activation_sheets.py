"""The teams' pages as an Excel file: lines with their evidence, channels, budget, stories and content plan to sort and filter."""

from __future__ import annotations

from typing import Any

from personakit.activation import ActivationPlan
from personakit.activation_lines import TEAM_FIELDS, TEAM_NAMES
from personakit.locale import Words
from personakit.render.sheets import LINE_COLUMNS, line_row, workbook_of
from personakit.render.team_pages import MEASURES, PRIORITIES, content_rows, people_of, plan_words, shown_names

_CRITERIA = "Done when"


def activation_workbook(plan: ActivationPlan, *, language: str, style: str = "") -> bytes:
    """
    Write what each team can do as an Excel workbook.

    Parameters
    ----------
    plan : ActivationPlan
        The plan.
    language : {"en", "nb", "fi", "fa"}
        Language of the words; Persian sheets run right to left.
    style : {"", "person", "role"}
        ``role`` names groups by number.

    Returns
    -------
    bytes
        An .xlsx file with the sheets lines (one per line of a page, with its evidence), channels (one per persona, channel and
        measure), budget (one per persona and channel), stories, and content plan. The same plan gives the same bytes.
    """
    words = plan_words(plan, language)
    plan = shown_names(plan, words, style)
    sheets = [(words("Lines"), _lines(plan, words)), (words("Channels"), _channels(plan, words)),
              (words("Budget"), _budget(plan, words)), (words("User stories"), _stories(plan, words)),
              (words("Content plan"), _content(plan, words))]  # fmt: skip
    return workbook_of([sheet for sheet in sheets if len(sheet[1]) > 1], words, plan.about["as_of"])


def _lines(plan: ActivationPlan, words: Words) -> list[list[Any]]:
    heads = ("Team", "Persona", "Field", *LINE_COLUMNS)
    rows: list[list[Any]] = [[words(name) if name not in {"", "n"} else name for name in heads]]
    for line in plan.lines:
        team, place, *_ = line.place.split("|")
        name = TEAM_FIELDS[team].get(place, _CRITERIA)
        rows.append([words(TEAM_NAMES[team]), plan.names.get(line.segment, words("all")), words(name), *line_row(line, words)])
    return rows


def _channels(plan: ActivationPlan, words: Words) -> list[list[Any]]:
    rows: list[list[Any]] = [[words("Persona"), words("Channel"), words("Measure"), words("Estimate"), words("95% interval"), "",
                              "n", words("Everyone else"), words("In short")]]  # fmt: skip
    for row in plan.matrix.to_dict("records"):
        numbers = [None if value is None or value != value else float(value)  # noqa: PLR0124  NaN
                   for value in (row["estimate"], row["ci_low"], row["ci_high"], row["n"], row["others"])]  # fmt: skip
        rows.append([plan.names[row["segment"]], words(str(row["channel"])), words(MEASURES[row["measure"]]), *numbers,
                     words(row["short"])])  # fmt: skip
    return rows


def _budget(plan: ActivationPlan, words: Words) -> list[list[Any]]:
    rows: list[list[Any]] = [[words("Persona"), words("Channel"), words("Customers"), words("Contacts"), plan.about["currency"],
                              words("Same money for each channel"), words("Responses for one more of the currency")]]  # fmt: skip
    if plan.spending.split is not None:
        for row in plan.spending.split.table.itertuples():
            numbers = [None if value != value else round(float(value), 4)  # noqa: PLR0124  NaN
                       for value in (row.customers, row.contacts, row.spend, row.equal_spend, row.marginal)]  # fmt: skip
            rows.append([plan.names[row.segment], words(str(row.channel)), *numbers])
    return rows


def _stories(plan: ActivationPlan, words: Words) -> list[list[Any]]:
    rows: list[list[Any]] = [
        [words("Persona"), words("User story"), words("Priority"), words("Done when"), words("How do we know?")]
    ]
    for person in people_of(plan, "product", words):
        for line in [
            line for field in person["fields"] if field["place"] == "stories" for line in field["lines"] if line["level"]
        ]:
            rows.append([person["name"], line["text"], words(PRIORITIES[line["level"]]),
                         "\n".join(done["text"] for done in line["criteria"]),
                         "\n".join(person["evidence"][line["number"] - 1]["evidence"])])  # fmt: skip
    return rows


def _content(plan: ActivationPlan, words: Words) -> list[list[Any]]:
    head = [words("From"), words("Persona"), words("Phase"), words("Topic"), words("Form (a proposal)"), words("Touchpoint"),
            words("Channel"), words("Figure to watch, today"), words("Who owns it")]  # fmt: skip
    rows: list[list[Any]] = [head]
    rows += [[str(row["starts_on"]), row["persona"], row["phase"], row["topic"], row["form"], row["touchpoint"], row["channel"],
              row["today"], row["owner"]]
             for row in content_rows(plan, words)]  # fmt: skip
    return rows
