"""Service and research: how to recognise, what they come for, what to rehearse and to try."""

from personakit.activation_kit import MEETING, SESSION, TRAINING, is_task
from personakit.activation_lines import READY, TEAM_FIELDS
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


def test_recognised_by_what_they_say_more(small_plan, small_run):
    """Questions are those of the screener or of the card, people say more than others wherever they say more anywhere."""
    asked = {question.name for question in small_plan.screener.questions}
    for persona in small_run.personas.personas:
        own = {piece.column for place in ("needs", "goals", "values", "interests") for line in persona.at(place)
               for piece in line.evidence}  # fmt: skip
        figures = [line.evidence[0] for line in small_plan.at(persona.segment, "service|recognise")]
        assert {figure.column for figure in figures} <= asked | own
        assert figures[0].effect > 0 and figures[0].estimate > figures[0].others


def test_the_answer_that_is_needed_most_is_ready(small_plan):
    """The first advice is about what they write about most."""
    for segment in small_plan.names:
        come_for = small_plan.at(segment, "service|come_for")[0].evidence
        ready = [line.evidence[0].column for line in small_plan.at(segment, "service|do") if line.message == READY]
        assert ready == [figure.column for figure in come_for[:1]]
        assert small_plan.at(segment, "service|hand_over")
    assert any(line.message == READY for line in small_plan.lines)


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
