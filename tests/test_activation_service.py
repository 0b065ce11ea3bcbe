"""Service and research: how to recognise, what they come for, what to rehearse and to try."""

from personakit.activation_kit import MEETING, SESSION, TRAINING, is_task
from personakit.activation_lines import TEAM_FIELDS
from personakit.evidence import Voice


def test_playbook(small_plan):
    """Two questions to recognise them, topics with their share, and situations in customers' words, complaints first."""
    for segment in small_plan.names:
        asked = small_plan.at(segment, "service|recognise")
        assert 1 <= len(asked) <= 2 and len({line.evidence[0].column for line in asked}) == len(asked)
        assert small_plan.at(segment, "service|come_for") and small_plan.at(segment, "service|outcome")
        plays = [line.evidence[0] for line in small_plan.at(segment, "service|role_play") if line.evidence]
        assert plays and all(isinstance(voice, Voice) for voice in plays)
        assert len({voice.key for voice in plays}) == len(plays)
        complaints = [voice.topic.startswith("low:") for voice in plays]
        assert complaints == sorted(complaints, reverse=True)


def test_recognised_by_what_the_screener_asks(small_plan):
    """Questions of the playbook are questions of the screener."""
    asked = {question.name for question in small_plan.screener.questions}
    found = {line.evidence[0].column for line in small_plan.lines if line.place == "service|recognise" and line.evidence}
    assert found <= asked


def test_research_tries_the_phases_that_feel_worst(small_plan, small_run):
    """The task that feels worst is the lowest point of the curve."""
    for segment in small_plan.names:
        felt = [line.evidence[0] for line in small_plan.at(segment, "research|tasks")
                if is_task(line) and line.evidence[0].column.startswith("feel_")]  # fmt: skip
        curve = [cell.evidence[0].estimate for cell in small_run.journeys.maps[segment]
                 if cell.place.endswith("|feeling") and cell.evidence]  # fmt: skip
        assert felt[0].estimate == min(curve)


def test_agendas_have_the_length_they_say():
    """45 minutes for a session and a meeting, 90 for a training."""
    assert (sum(SESSION.values()), sum(TRAINING.values()), sum(MEETING.values())) == (45, 90, 45)


def test_every_line_stands_in_a_field(small_plan):
    """No line is made that no page shows."""
    places = {f"{team}|{field}" for team, fields in TEAM_FIELDS.items() for field in fields}
    for line in small_plan.lines:
        assert "|".join(line.place.split("|")[:2]).replace("criteria", "stories") in places
    ids = [line.id for line in small_plan.lines]
    assert len(set(ids)) == len(ids)
