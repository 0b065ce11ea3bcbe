"""Activation as one page: a part for each team, with pictures, tables and the evidence behind every line."""

from __future__ import annotations

from datetime import date, timedelta
from html import escape
from typing import Any

from personakit import activation_kit as kit
from personakit.activation import ActivationPlan
from personakit.activation_budget import BY_REACH
from personakit.activation_lines import CONTENT_PHASES, HIGH, LOW, MEDIUM, TEAM_FIELDS, TEAM_NAMES
from personakit.activation_product import OVER_SERVED, SERVED, UNDER_SERVED, served
from personakit.errors import PersonakitError, did_you_mean, listing
from personakit.evidence import Claim, Figure, Voice
from personakit.locale import Words
from personakit.render.pages import colour_of, edit_mark, evidence_text, page_of, phase_name

PRIORITIES = {HIGH: "high priority", MEDIUM: "medium priority", LOW: "low priority"}
SERVED_NAMES = {UNDER_SERVED: "under-served", SERVED: "served", OVER_SERVED: "over-served"}
MEASURES = {"reach": "Use it", "preference": "Prefer it", "seen": "Seen", "clicked": "Clicked", "bought": "Bought"}
#: Each phase gets a week, the first one from the second Monday after the day of the data.
_FIRST_WEEK, _DAYS = 1, 7
#: The picture of opportunities: its size, and where its field begins and ends.
_WIDE, _HIGH, _LEFT, _RIGHT, _TOP, _BOTTOM = 620, 380, 50, 600, 20, 330


def activation_page(
    plan: ActivationPlan, *, language: str, style: str = "", team: str = "", fonts: bool = True
) -> str:  # fmt: skip
    """
    Lay out what each team can do, as one page.

    Parameters
    ----------
    plan : ActivationPlan
        The plan.
    language : {"en", "nb", "fi", "fa"}
        Language of the page.
    style : {"", "person", "role"}
        ``role`` names groups by number instead of by first names.
    team : {"", "marketing", "product", "service", "research"}
        One team alone.
    fonts : bool
        Whether the fonts are inside; a page without them looks as the fonts of the machine make it.

    Returns
    -------
    str
        HTML; printed, each team begins on a new page.
    """
    words = plan_words(plan, language)
    plan = shown_names(plan, words, style)
    teams = [{"team": name, "name": words(TEAM_NAMES[name]), "people": people_of(plan, name, words)} for name in TEAM_FIELDS
             if team in {"", name}]  # fmt: skip
    return page_of(
        "activation.html", words, {**plan.about, "question": ""}, fonts=fonts, teams=teams, matrix=matrix_of(plan, words),
        budget=budget_of(plan, words), foretold=whole_lines(plan, "marketing|loyalty", words), notes=plan.notes,
        landscape=_landscape(plan, words), kit=kit_of(words), content=content_rows(plan, words),
        quotas=[(row.persona, words.number(row.people), words.number(row.to_call))
                for row in plan.recruiting.quotas.itertuples()],
    )  # fmt: skip


def show_team(plan: ActivationPlan, team: str) -> Any:
    """
    Show the page of one team in a notebook, as it stands on the page for readers.

    Parameters
    ----------
    plan : ActivationPlan
        The plan.
    team : {"marketing", "product", "service", "research"}
        The team.

    Returns
    -------
    IPython.display.HTML
        The page in a frame of its own, without scripts.

    Raises
    ------
    PersonakitError
        If there is no such team.
    """
    from IPython.display import HTML

    if team not in TEAM_FIELDS:
        raise PersonakitError(f"there is no team '{team}'; there are: {listing(TEAM_FIELDS)}{did_you_mean(team, TEAM_FIELDS)}")
    page = activation_page(plan, language=plan.about["language"], team=team, fonts=False)
    return HTML(f'<div><iframe class="pk-team" title="{escape(team)}" sandbox="" srcdoc="{escape(page)}" '
                'style="width:100%;height:52em;border:1px solid #d9dde4"></iframe></div>')  # fmt: skip


def plan_words(plan: ActivationPlan, language: str) -> Words:
    """Words in a language, with the currency and calendar of the study."""
    return Words(language, plan.about["currency"], plan.about.get("calendar", "gregorian"))


def shown_names(plan: ActivationPlan, words: Words, style: str) -> ActivationPlan:
    """Name personas as the style wants it: by first name, or by the number of the group."""
    if (style or plan.about.get("style", "person")) != "role":
        return plan
    return plan.renamed({segment: words("Group {number}", number=words.number(segment)) for segment in plan.names})


def people_of(plan: ActivationPlan, team: str, words: Words) -> list[dict[str, Any]]:
    """
    Everything that one team's page says of each persona; all formats use the same.

    Returns
    -------
    list of dict
        ``segment``, ``name``, ``colour``, ``fields`` (a list: ``place``, ``name``, ``lines``, each with ``text``, ``number``,
        ``ref``, ``mark``, ``language``, ``free``, ``priority`` and ``criteria``) and ``evidence``, the numbered list.
    """
    return [_person(plan, segment, team, words) for segment in plan.names]


def _person(plan: ActivationPlan, segment: int, team: str, words: Words) -> dict[str, Any]:
    own = [line for line in plan.lines if line.segment == segment and line.place.startswith(f"{team}|")]
    numbers = {line.id: number for number, line in enumerate((line for line in own if line.evidence), 1)}
    wanted = {**TEAM_FIELDS[team]}
    fields = []
    for place, name in wanted.items():
        lines = [_line(line, numbers, words) for line in own if f"{line.place}|".startswith(f"{team}|{place}|")]
        if place == "stories":
            for line in lines:
                criteria = [other for other in own if other.place.startswith(line["place"].replace("stories", "criteria") + "|")]
                line["criteria"] = [_line(other, numbers, words) for other in criteria]
        if lines:
            fields.append({"place": place, "name": words(name), "lines": lines})
    evidence = [{"text": text_of(line, words), "free": _voice(line) is not None, "grade": words(line.grade),
                 "evidence": [evidence_text(piece, words) for piece in line.evidence]}
                for line in own if line.id in numbers]  # fmt: skip
    return {"segment": segment, "name": plan.names[segment], "colour": colour_of(segment), "fields": fields, "evidence": evidence,
            "roles": _roles(plan, segment, words) if team == "service" else []}  # fmt: skip


def _line(line: Claim, numbers: dict[str, int], words: Words) -> dict[str, Any]:
    voice, number = _voice(line), numbers.get(line.id)
    mark = words("weak") if line.grade == "weak" and line.kind == "data" else ""
    if not line.evidence:
        mark = words("proposal") if "|criteria|" in line.place else words("assumption")
    mark = edit_mark(line, line.edit, words) if line.edit is not None else mark
    priority = line.params.get("priority", "")
    return {"text": text_of(line, words), "place": line.place, "number": number, "ref": words.number(number) if number else "",
            "mark": mark, "language": voice.language if voice else "", "free": voice is not None, "criteria": [],
            "priority": words(PRIORITIES[priority]) if priority else "", "level": priority}  # fmt: skip


def text_of(line: Claim, words: Words) -> str:
    """A line in the words of a language; what somebody said stands in quotation marks."""
    voice = _voice(line)
    return f"“{voice.quote}”" if voice else words.claim(line)


def _voice(line: Claim) -> Voice | None:
    piece = line.evidence[0] if line.evidence and line.kind == "voice" else None
    return piece if isinstance(piece, Voice) else None


def _roles(plan: ActivationPlan, segment: int, words: Words) -> list[str]:
    """What both roles of a rehearsal are told."""
    want = next((str(next(iter(figures)).label) for line in plan.at(segment, "marketing|matters")
                 if (figures := [piece for piece in line.evidence if isinstance(piece, Figure)])), "")  # fmt: skip
    name = plan.names[segment]
    part = words(kit.ROLE_CUSTOMER, name=name, want=want) if want else words(kit.ROLE_CUSTOMER_ALONE, name=name)
    return [f"{words('Customer')}: {part}", f"{words('Colleague')}: {words(kit.ROLE_COLLEAGUE)}"]


def matrix_of(plan: ActivationPlan, words: Words) -> dict[str, Any] | None:
    """Personas by channels: the short table of yes and no, and what it rests on."""
    table = plan.matrix
    if table.empty:
        return None
    rows = []
    for channel in dict.fromkeys(table["channel"]):
        cells = []
        for segment in plan.names:
            own = table[(table["channel"] == channel) & (table["segment"] == segment)]
            shown = [{"name": words(MEASURES[row["measure"]]), "value": words.percent(row["estimate"]),
                      "why": _interval(row, words)} for row in own.to_dict("records")]  # fmt: skip
            cells.append({"short": words(own["short"].iloc[0]) if len(own) else "–", "yes": bool(len(own)) and
                          own["short"].iloc[0] == "yes", "shown": shown})  # fmt: skip
        rows.append({"channel": words(str(channel)), "cells": cells})
    return {"names": list(plan.names.values()), "rows": rows}


def _interval(row: dict[str, Any], words: Words) -> str:
    low, high = (words.percent(row[name]) for name in ("ci_low", "ci_high"))
    return words.joined([words("95% interval {low} to {high}", low=low, high=high), f"n = {words.number(row['n'])}"])


def budget_of(plan: ActivationPlan, words: Words) -> dict[str, Any] | None:
    """The split of the budget: channels by personas, and what is to be expected of it."""
    split = plan.spending.split
    if split is None:
        return None
    shares = split.by == BY_REACH and split.budget == 1.0
    form = "percent" if shares else "money"
    table = split.table.pivot_table(index="channel", columns="segment", values="spend", aggfunc="sum", sort=False)
    total = float(table.to_numpy().sum())
    rows = []
    for channel, row in table.iterrows():
        share = float(row.sum()) / total if total else 0.0
        rows.append({"channel": words(str(channel)), "total": words.value(float(row.sum()), form), "share": share,
                     "percent": words.percent(share),
                     "cells": [words.value(float(row.get(segment, 0.0)), form) for segment in plan.names]})  # fmt: skip
    lines = whole_lines(plan, "marketing|budget", words)
    return {"names": list(plan.names.values()), "rows": rows, "total": words.value(total, form), "lines": lines}


def content_rows(plan: ActivationPlan, words: Words, *, style: str = "") -> list[dict[str, Any]]:
    """
    List what to say to whom, week by week.

    Parameters
    ----------
    plan : ActivationPlan
        The plan.
    words : Words
        Words of a language.
    style : {"", "person", "role"}
        ``role`` names groups by number.

    Returns
    -------
    list of dict
        One per persona and phase: ``starts_on`` (a Monday), ``segment``, ``persona``, ``phase``, ``topic``, ``form``
        (a proposal), ``touchpoint`` and ``channel`` (empty when not known), ``today`` (the figure to watch), ``owner`` (as the
        study file says, or empty), ``text``.
    """
    names = shown_names(plan, words, style).names
    day = date.fromisoformat(plan.about["as_of"])
    monday = day + timedelta(days=7 - day.weekday() + _FIRST_WEEK * _DAYS)
    rows = []
    for segment, name in names.items():
        own = [line for line in plan.at(segment, "marketing|content") if line.message in CONTENT_PHASES]
        for week, line in enumerate(own):
            params = line.params
            topic = str(params["topic"])
            topic = topic if topic in words.wordings(line) else words(topic)
            rows.append({
                "starts_on": monday + timedelta(days=week * _DAYS), "segment": segment, "persona": name,
                "phase": phase_name(str(params["phase"]), words), "topic": topic,
                "form": words(str(params["form"])) if params.get("form") else "",
                "touchpoint": str(params.get("touchpoint", "")),
                "channel": words(str(params["channel"])) if params.get("channel") else "",
                "today": words.percent(params["value"]), "owner": str(params.get("owner", "")), "text": text_of(line, words),
            })  # fmt: skip
    return sorted(rows, key=lambda row: (row["starts_on"], row["segment"]))


def whole_lines(plan: ActivationPlan, place: str, words: Words) -> list[dict[str, Any]]:
    """Lines that hold for all personas together, with what they rest on."""
    return [_line(line, {}, words) | {"why": "; ".join(evidence_text(piece, words) for piece in line.evidence)}
            for line in plan.at(0, place)]  # fmt: skip


def _landscape(plan: ActivationPlan, words: Words) -> dict[str, Any] | None:
    """Needs by importance and satisfaction: a picture with numbered points, and the table behind it."""
    points = []
    for line in plan.lines:
        figure = line.evidence[0] if line.evidence else None
        if line.place == "product|needs" and isinstance(figure, Figure) and figure.statistic == "opportunity":
            points.append((line, figure))
    if not points:
        return None
    points.sort(key=lambda pair: (-pair[1].estimate, pair[1].segment, pair[1].column))
    entries = []
    for number, (line, figure) in enumerate(points, 1):
        importance, satisfaction = (float(line.params[name]) for name in ("importance", "satisfaction"))
        entries.append({
            "ref": words.number(number), "x": round(_LEFT + importance / 10 * (_RIGHT - _LEFT), 1),
            "y": round(_BOTTOM - satisfaction / 10 * (_BOTTOM - _TOP), 1), "colour": colour_of(figure.segment),
            "name": plan.names[figure.segment], "need": words.label(figure.label, figure.label_value or None),
            "importance": words.number(importance, 1), "satisfaction": words.number(satisfaction, 1),
            "value": words.number(figure.estimate, 1), "n": words.number(figure.n), "served": words(SERVED_NAMES[served(figure)]),
            "interval": words("{low} to {high}", low=words.number(figure.ci_low or 0, 1),
                              high=words.number(figure.ci_high or 0, 1)),
        })  # fmt: skip
    ticks = [{"at": _LEFT + k / 10 * (_RIGHT - _LEFT), "up": _BOTTOM - k / 10 * (_BOTTOM - _TOP), "text": words.number(k)}
             for k in (0, 2, 4, 6, 8, 10)]  # fmt: skip
    return {"points": entries, "ticks": ticks, "width": _WIDE, "height": _HIGH, "left": _LEFT, "right": _RIGHT, "top": _TOP,
            "bottom": _BOTTOM}  # fmt: skip


def kit_of(words: Words) -> dict[str, Any]:
    """Invitation, session and agendas in the words of a language."""

    def clock(agenda: dict[str, int]) -> list[tuple[str, str]]:
        return [(words.value(minutes, "number", "minutes"), words(text)) for text, minutes in agenda.items()]

    def whole(agenda: dict[str, int]) -> str:
        return words.value(sum(agenda.values()), "number", "minutes")

    minutes = words.number(sum(kit.SESSION.values()))
    letter = [words(text, minutes=minutes) if "{minutes}" in text else words(text) for text in kit.INVITATION]
    return {"invitation": letter, "session": clock(kit.SESSION), "session_minutes": whole(kit.SESSION),
            "training": clock(kit.TRAINING), "training_minutes": whole(kit.TRAINING), "meeting": clock(kit.MEETING),
            "meeting_minutes": whole(kit.MEETING), "observer": [words(text) for text in kit.OBSERVER]}  # fmt: skip


def tasks_of(plan: ActivationPlan, words: Words) -> dict[int, dict[str, str]]:
    """Phases that people of each persona are asked to go through, and what they are called in a language."""
    return {segment: {str(line.params["phase"]): phase_name(str(line.params["phase"]), words)
                      for line in plan.at(segment, "research|tasks") if kit.is_task(line)}
            for segment in plan.names}  # fmt: skip
