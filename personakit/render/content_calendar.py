"""The content plan as a table and as a calendar: what to say to whom from which week on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from personakit.activation import ActivationPlan
from personakit.activation_lines import CONTENT_PHASES
from personakit.errors import ExtraNeededError
from personakit.locale import Words
from personakit.render.pages import phase_name
from personakit.render.team_pages import plan_words, shown_names, text_of

#: Each phase gets a week, the first one from the second Monday after the day of the data.
_FIRST_WEEK, _DAYS = 1, 7


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
        One per persona and phase: ``starts_on`` (a Monday), ``segment``, ``persona``, ``phase``, ``topic``, ``touchpoint``
        (empty when not known), ``today`` (the figure to watch), ``owner`` (as the study file says, or empty), ``text``.
    """
    names = shown_names(plan, words, style).names
    day = date.fromisoformat(plan.about["as_of"])
    monday = day + timedelta(days=7 - day.weekday() + _FIRST_WEEK * _DAYS)
    rows = []
    for segment, name in names.items():
        own = [line for line in plan.at(segment, "marketing|content") if line.message in CONTENT_PHASES]
        for week, line in enumerate(own):
            params = line.params
            rows.append({
                "starts_on": monday + timedelta(days=week * _DAYS), "segment": segment, "persona": name,
                "phase": phase_name(str(params["phase"]), words), "topic": words(str(params["topic"])),
                "touchpoint": words(str(params.get("touchpoint", ""))) if params.get("touchpoint") else "",
                "today": words.percent(params["value"]), "owner": str(params.get("owner", "")), "text": text_of(line, words),
            })  # fmt: skip
    return sorted(rows, key=lambda row: (row["starts_on"], row["segment"]))


def content_calendar(plan: ActivationPlan, *, language: str, style: str = "") -> bytes:
    """
    Write the content plan as a calendar that Outlook, Google and Apple read.

    Parameters
    ----------
    plan : ActivationPlan
        The plan.
    language : {"en", "nb", "fi", "fa"}
        Language of the entries.
    style : {"", "person", "role"}
        ``role`` names groups by number.

    Returns
    -------
    bytes
        An .ics file (RFC 5545) with one entry of a week for each persona and phase. The same plan gives the same bytes.

    Raises
    ------
    ExtraNeededError
        If icalendar is not installed; the message is the line that installs it.
    """
    try:
        from icalendar import Calendar, Event
    except ImportError:
        raise ExtraNeededError('the calendar needs icalendar; install it with: pip install "personakit[office]"') from None
    words = plan_words(plan, language)
    calendar = Calendar()
    calendar.add("prodid", "-//personakit//content plan//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"{words('Content plan')}: {plan.about['title']}")
    stamp = datetime.fromisoformat(plan.about["as_of"]).replace(tzinfo=UTC)
    for row in content_rows(plan, words, style=style):
        event = Event()
        event.add("uid", f"{row['starts_on']}-{row['segment']}@personakit")
        event.add("dtstamp", stamp)
        event.add("dtstart", row["starts_on"])
        event.add("dtend", row["starts_on"] + timedelta(days=_DAYS))
        event.add("summary", f"{row['persona']}: {row['phase']}, {row['topic']}")
        event.add("description", "\n".join(part for part in (row["text"], row["owner"]) if part))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return calendar.to_ical()
