"""User stories for a backlog: CSV that Jira, GitHub and Azure DevOps import, and Markdown; and the sheet for sessions."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from personakit.activation import ActivationPlan
from personakit.activation_kit import FEEDBACK_COLUMNS
from personakit.activation_lines import HIGH, LOW, MEDIUM
from personakit.locale import Words
from personakit.render.sheets import plain_text
from personakit.render.team_pages import people_of, plan_words, shown_names, tasks_of

BACKLOGS = ("jira", "github", "azure")
_HEADS = {"jira": ("Summary", "Issue Type", "Priority", "Labels", "Description"), "github": ("title", "labels", "body"),
          "azure": ("Work Item Type", "Title", "Priority", "Tags", "Description", "Acceptance Criteria")}  # fmt: skip
#: What the backlogs call a priority; these words are theirs and are not translated.
_JIRA = {HIGH: "High", MEDIUM: "Medium", LOW: "Low"}
_AZURE = {HIGH: 1, MEDIUM: 2, LOW: 3}


def stories_csv(plan: ActivationPlan, backlog: str, *, language: str, style: str = "") -> str:
    """
    Write the user stories for a backlog.

    Parameters
    ----------
    plan : ActivationPlan
        The plan.
    backlog : {"jira", "github", "azure"}
        Whose columns: an import of Jira, a list for GitHub issues (``title``, ``labels``, ``body`` in Markdown), or work items
        of Azure DevOps.
    language : {"en", "nb", "fi", "fa"}
        Language of the stories.
    style : {"", "person", "role"}
        ``role`` names groups by number.

    Returns
    -------
    str
        CSV with a head and a line for each story, those of high priority first; nothing in it is run as a formula.
    """
    words = plan_words(plan, language)
    rows = []
    for story in _stories(plan, words, style):
        body = "\n".join(_body(story, words))
        criteria = "\n".join(f"• {line['text']}" for line in story["criteria"])
        label = f"persona-{story['segment']}"
        rows.append({"jira": (story["text"], "Story", _JIRA[story["level"]], label, body),
                     "github": (story["text"], f"{label},priority-{story['level']}", body),
                     "azure": ("User Story", story["text"], _AZURE[story["level"]], label, body, criteria)}[backlog])  # fmt: skip
    return _csv([_HEADS[backlog], *rows])


def stories_markdown(plan: ActivationPlan, *, language: str, style: str = "") -> str:
    """Write the user stories with what has to be shown when they are done, persona by persona, as Markdown."""
    words = plan_words(plan, language)
    parts = [f"# {words('User stories')}: {plan.about['title']}"]
    names = shown_names(plan, words, style).names
    for segment, name in names.items():
        own = [story for story in _stories(plan, words, style) if story["segment"] == segment]
        parts += [f"## {name}"] if own else []
        for story in own:
            parts += [f"### {story['text']}", "\n".join([f"*{story['priority']}*", "", *_body(story, words)])]
    return "\n\n".join(parts) + "\n"


def feedback_sheet(plan: ActivationPlan, *, language: str, style: str = "") -> str:
    """
    Make the sheet on which sessions are written down; filled in and put into the folder of interviews, it is a source.

    Parameters
    ----------
    plan : ActivationPlan
        The plan.
    language : {"en", "nb", "fi", "fa"}
        Language of the tasks; the heads are those that the reader of interviews knows.
    style : {"", "person", "role"}
        ``role`` names groups by number.

    Returns
    -------
    str
        CSV: a line for each person and task. ``customer_id`` is the company's own id, to be filled in with ``text`` (what they
        said, in their words) and ``rating`` (1 to 5); lines without text count for nothing. ``topic`` is the phase by its name
        in the study file: with it texts and ratings stand at their phase of the journey map.
    """
    words = plan_words(plan, language)
    plan = shown_names(plan, words, style)
    tasks = tasks_of(plan, words)
    rows = [(f"session {row.segment}-{number}", "", "customer", "", row.persona, task, phase, "", "")
            for row in plan.recruiting.quotas.itertuples() for number in range(1, row.people + 1)
            for phase, task in (tasks.get(row.segment) or {"": ""}).items()]  # fmt: skip
    return _csv([FEEDBACK_COLUMNS, *rows])


def _stories(plan: ActivationPlan, words: Words, style: str) -> list[dict[str, Any]]:
    people = people_of(shown_names(plan, words, style), "product", words)
    found = []
    for person in people:
        evidence = dict(enumerate(person["evidence"], 1))
        for line in (
            line for field in person["fields"] if field["place"] == "stories" for line in field["lines"] if line["level"]
        ):
            found.append(line | {"segment": person["segment"], "why": evidence[line["number"]]["evidence"]})
    order = [HIGH, MEDIUM, LOW]
    return sorted(found, key=lambda story: order.index(story["level"]))


def _body(story: dict[str, Any], words: Words) -> list[str]:
    """What has to be shown, and what the story rests on."""
    return [f"{words('Done when')}:", *(f"- {line['text']}" for line in story["criteria"]), "",
            f"{words('How do we know?')}", *(f"- {piece}" for piece in story["why"])]  # fmt: skip


def _csv(rows: Iterable[Iterable[Any]]) -> str:
    target = io.StringIO()
    csv.writer(target, lineterminator="\n").writerows([plain_text(value) for value in row] for row in rows)
    return target.getvalue()
