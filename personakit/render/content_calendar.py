"""The content plan as a calendar: what to say to whom from which week on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from personakit.activation import ActivationPlan
from personakit.errors import ExtraNeededError
from personakit.render.team_pages import content_rows, plan_words

_DAYS = 7


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
        event.add("description", "\n".join(part for part in (row["text"], row["form"], row["channel"], row["owner"]) if part))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return calendar.to_ical()
