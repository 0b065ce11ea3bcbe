"""The content plan as a calendar: read back by the library, a week for each phase, on Mondays."""

from datetime import date, timedelta

from icalendar import Calendar

from personakit.locale import Words
from personakit.render.content_calendar import content_calendar
from personakit.render.team_pages import content_rows


def test_calendar_reads_back(small_plan):
    """One entry for each persona and phase, each of a week that begins on a Monday after the day of the data."""
    content = content_calendar(small_plan, language="fa")
    events = Calendar.from_ical(content).walk("VEVENT")
    rows = content_rows(small_plan, Words("fa"))
    assert len(events) == len(rows) > len(small_plan.names)
    for event, row in zip(events, rows, strict=True):
        start = event.decoded("dtstart")
        assert start.weekday() == 0 and start > date.fromisoformat(small_plan.about["as_of"])
        assert event.decoded("dtend") - start == timedelta(days=7) and row["text"] in str(event["description"])
    assert len({str(event["uid"]) for event in events}) == len(events)
    assert content == content_calendar(small_plan, language="fa")


def test_phases_follow_each_other(small_plan, small_run):
    """Each persona goes through the phases in their order; who owns a phase stands beside it."""
    rows = [row for row in content_rows(small_plan, Words("en")) if row["segment"] == 1]
    assert [row["phase"].lower() for row in rows] == list(small_run.journeys.phases)
    assert rows[0]["owner"] == "Marketing"


def test_wordings_of_the_study_stay(small_plan):
    """A question of the study's survey is not translated, even where a template has the same words."""
    topics = {row["topic"] for row in content_rows(small_plan, Words("nb"))}
    assert topics == {row["topic"] for row in content_rows(small_plan, Words("en"))} and "Lavest pris" not in topics
