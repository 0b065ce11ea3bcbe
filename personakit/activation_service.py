"""Step 10, service and research: how to recognise a persona, what they come for, what to rehearse, what to try with them."""

from __future__ import annotations

from personakit import activation_lines as say
from personakit.activation_lines import LINES_PER_FIELD, TeamData, level, not_known, once, placed, plain, words_for
from personakit.activation_marketing import tone_lines
from personakit.evidence import Claim, Figure, claim
from personakit.journeys_cells import STUCK, STUCK_DEVICE
from personakit.personas_lines import line_of
from personakit.personas_model import FIELD_NAMES, Persona

#: Two questions are what somebody can ask at the start of a conversation.
QUESTIONS = 2
_SITUATIONS = 3
#: Help rated below the middle of a scale from 1 to 5, with its whole interval, is handed over.
_RATING_MIDDLE = 3.0


def service_lines(persona: Persona, data: TeamData) -> list[Claim]:
    """
    Write the playbook of one persona for those who talk to customers.

    Parameters
    ----------
    persona : Persona
        The card.
    data : TeamData
        Figures, maps and quotes.

    Returns
    -------
    list of Claim
        ``place`` is ``service|field``.
    """
    segment = persona.segment
    found = _recognise(segment, data)
    topics = [figure for figure in data.group("topic", segment) if figure.estimate > 0][: LINES_PER_FIELD - 1]
    found += [plain(figure, "service|come_for") for figure in topics] or [
        not_known(segment, "service|come_for", "add support contacts with a topic")]  # fmt: skip
    ends = [
        figure for figure in (data.pick("resolved", segment), data.pick("ticket_rating", segment, table="features")) if figure
    ]
    found += [plain(figure, "service|outcome") for figure in ends] or [
        not_known(segment, "service|outcome", "add whether a case was solved, and how the help was rated")]  # fmt: skip
    ways = data.group("asked_by", segment)[:1] or data.group("preference", segment)[:1]
    found += [plain(figure, "service|contact") for figure in ways] or [
        not_known(segment, "service|contact", "add the channel of support contacts")]  # fmt: skip
    found += tone_lines(segment, data, "service|tone")
    found += [placed(line, f"service|{place}") for place in ("do", "avoid") for line in persona.at(place)[:2]]
    return once([*found, *_hand_over(segment, data), *role_plays(persona, data)])


def _recognise(segment: int, data: TeamData) -> list[Claim]:
    """The two questions of the screener on which they are furthest from everyone else."""
    asked = [figure for name in data.asked for figure in data.figures.values() if figure.table == "features"
             and figure.column == name and figure.segment == segment and figure.effect is not None]  # fmt: skip
    once_each: dict[str, Figure] = {}
    for figure in sorted(asked, key=lambda f: (-abs(f.effect or 0), f.key)):
        once_each.setdefault(figure.column, figure)
    return [line_of(figure, "service|recognise", say.RECOGNISE_ANSWER if figure.category else say.RECOGNISE, asserts="level")
            for figure in list(once_each.values())[:QUESTIONS]] or [
        not_known(segment, "service|recognise", "ask about needs in the survey")]  # fmt: skip


def _hand_over(segment: int, data: TeamData) -> list[Claim]:
    """Topics on which the help is clearly rated badly."""
    bad = [figure for figure in data.group("rated", segment) if figure.ci_high is not None and figure.ci_high < _RATING_MIDDLE]
    worst = sorted(bad, key=lambda figure: (figure.estimate, figure.column))[:2]
    return [level(figure, "service|hand_over", say.HAND_OVER, say.HAND_OVER_ALONE, **words_for(figure, "topic"))
            for figure in worst]  # fmt: skip


def role_plays(persona: Persona, data: TeamData) -> list[Claim]:
    """
    Choose situations to rehearse: what people of the persona wrote, scrubbed of names, complaints first.

    Returns
    -------
    list of Claim
        Each with the voice behind it; parameter ``quote``.
    """
    voices = sorted(data.said.get(persona.segment, []), key=lambda v: (not v.topic.startswith("low:"), v.source != "tickets"))
    chosen, topics = [], set()
    for voice in voices:
        if voice.topic not in topics or not voice.topic:
            topics.add(voice.topic)
            chosen.append(voice)
    return [claim(persona.segment, "service|role_play", say.ROLE_PLAY, evidence=[voice], quote=voice.quote)
            for voice in chosen[:_SITUATIONS]] or [
        not_known(persona.segment, "service|role_play", "add support contacts or interviews")]  # fmt: skip


def research_lines(persona: Persona, data: TeamData) -> list[Claim]:
    """
    Say what to try with people of one persona, and what to ask them.

    Parameters
    ----------
    persona : Persona
        The card.
    data : TeamData
        Figures and maps.

    Returns
    -------
    list of Claim
        ``place`` is ``research|tasks`` or ``research|ask``.
    """
    segment, found = persona.segment, []
    if data.journeys is not None:
        for cell in data.journeys.maps.get(segment, []):
            if cell.message in {STUCK, STUCK_DEVICE} and {"value", "others"} <= set(cell.params):
                device = {"device": cell.params["device"]} if cell.params.get("device") else {}
                found.append(claim(segment, "research|tasks", say.TASK_STUCK if device else say.TASK_STUCK_ALL,
                                   evidence=list(cell.evidence), phase=cell.place.split("|")[0], value=cell.params["value"],
                                   others=cell.params["others"], format="percent", **device))  # fmt: skip
        felt = [data.pick(f"feel_{phase}", segment, table="journeys") for phase in data.journeys.phases]
        worst = sorted((figure for figure in felt if figure is not None), key=lambda f: (f.estimate, f.column))[:2]
        found += [claim(segment, "research|tasks", say.TASK_ALONE if figure.others is None else say.TASK, evidence=[figure],
                        asserts="level", value=figure.estimate, others=figure.others, format="signed",
                        **words_for(figure, "phase")) for figure in worst]  # fmt: skip
    if not found:
        found.append(not_known(segment, "research|tasks", "add events or ratings of phases"))
    open_ = dict.fromkeys(line.place for line in persona.claims if line.grade == "assumed" and line.place in FIELD_NAMES)
    found += [claim(segment, "research|ask", say.ASK, field=FIELD_NAMES[place], label=place)
              for place in list(open_)[:LINES_PER_FIELD] if place not in {"who", "do", "avoid"}]  # fmt: skip
    return once(found)
