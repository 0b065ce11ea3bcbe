"""Step 10, service and research: how to recognise a persona, what they come for, what to rehearse, what to try with them."""

from __future__ import annotations

from personakit import activation_lines as say
from personakit.activation_lines import LINES_PER_FIELD, TeamData, level, not_known, once, placed, plain, words_for
from personakit.activation_marketing import tone_lines
from personakit.evidence import Claim, Figure, claim
from personakit.journeys_cells import STUCK, STUCK_DEVICE
from personakit.personas_lines import AVOID_LEAD, DO_LEAD, LESS_SATISFIED, format_of, is_wording, line_of
from personakit.personas_model import FIELD_NAMES, Persona

#: Two questions are what somebody can ask at the start of a conversation.
QUESTIONS = 2
_SITUATIONS = 3
#: Help rated below the middle of a scale from 1 to 5, with its whole interval, is handed over.
_RATING_MIDDLE = 3.0


def service_lines(persona: Persona, data: TeamData) -> list[Claim]:
    """Write the playbook of one persona for those who talk to customers; ``place`` is ``service|field``."""
    segment = persona.segment
    found = _recognise(persona, data)
    topics = [figure for figure in data.group("topic", segment) if figure.estimate > 0][: LINES_PER_FIELD - 1]
    found += [level(figure, "service|come_for", say.COME_FOR, say.COME_FOR_ALONE, **words_for(figure, "topic"))
              for figure in topics] or [not_known(segment, "service|come_for", "add support contacts with a topic")]  # fmt: skip
    ends = [
        figure for figure in (data.pick("resolved", segment), data.pick("ticket_rating", segment, table="features")) if figure
    ]
    found += [plain(figure, "service|outcome") for figure in ends] or [
        not_known(segment, "service|outcome", "add whether a case was solved, and how the help was rated")]  # fmt: skip
    ways = data.group("asked_by", segment)[:1] or data.group("preference", segment)[:1]
    found += [plain(figure, "service|contact") for figure in ways] or [
        not_known(segment, "service|contact", "add the channel of support contacts")]  # fmt: skip
    found += tone_lines(segment, data, "service|tone")
    found += _do_and_avoid(persona, topics)
    return once([*found, *_hand_over(segment, data), *role_plays(persona, data)])


def _recognise(persona: Persona, data: TeamData) -> list[Claim]:
    """
    The two questions on which they say yes, or say more, furthest beyond everyone else; of two kinds where there are two.

    Questions of the screener, and those that the card rests on; where they say more nowhere, what they say less.
    """
    segment = persona.segment
    pool = [figure for name in data.asked for figure in data.figures.values() if figure.table == "features"
            and figure.column == name and figure.segment == segment and figure.effect is not None]  # fmt: skip
    pool += [piece for place in ("needs", "goals", "values", "interests") for line in persona.at(place)
             for piece in line.evidence
             if isinstance(piece, Figure) and is_wording(piece) and piece.effect is not None]  # fmt: skip
    chosen: list[Figure] = []
    for figure in sorted(pool, key=lambda f: ((f.effect or 0) <= 0, -abs(f.effect or 0), f.key)):
        other_kind = not chosen or _kind(figure, data) != _kind(chosen[0], data) or (figure.effect or 0) <= 0
        if len(chosen) < QUESTIONS and other_kind and figure.column not in {f.column for f in chosen}:
            chosen.append(figure)
    return [line_of(figure, "service|recognise", _question(figure), asserts="level") for figure in chosen] or [
        not_known(segment, "service|recognise", "ask about needs in the survey")]  # fmt: skip


def _kind(figure: Figure, data: TeamData) -> str:
    return str(data.dictionary["about"].get(figure.column, ""))


def _question(figure: Figure) -> str:
    if figure.category:
        return say.RECOGNISE_ANSWER
    return say.RECOGNISE_YES if format_of(figure) == "percent" else say.RECOGNISE


def _do_and_avoid(persona: Persona, topics: list[Figure]) -> list[Claim]:
    """What helps in a conversation: the answer to what they come for, what counts for them, and what goes badly for them."""
    found = [line_of(figure, "service|do", say.READY, asserts="level", **words_for(figure, "topic")) for figure in topics[:1]]
    said = {DO_LEAD: say.START_FROM, AVOID_LEAD: say.NOT_FROM}
    for place, most in (("do", 1), ("avoid", 2)):
        lines = [line for line in persona.at(place) if line.message in said or line.edit]
        found += [placed(line if line.edit else line.model_copy(update={"message": said[line.message]}), f"service|{place}")
                  for line in lines[:most]]  # fmt: skip
    worse = [line for line in persona.at("frustrations") if line.message == LESS_SATISFIED][:1]
    return found + [placed(line.model_copy(update={"message": say.KNOW_BEFORE}), "service|do") for line in worse]


def _hand_over(segment: int, data: TeamData) -> list[Claim]:
    """Topics on which the help is clearly rated badly."""
    bad = [figure for figure in data.group("rated", segment) if figure.ci_high is not None and figure.ci_high < _RATING_MIDDLE]
    worst = sorted(bad, key=lambda figure: (figure.estimate, figure.column))[:2]
    return [level(figure, "service|hand_over", say.HAND_OVER, say.HAND_OVER_ALONE, **words_for(figure, "topic"))
            for figure in worst] or [claim(segment, "service|hand_over", say.NO_HAND_OVER)]  # fmt: skip


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
    """Say what to try with people of one persona, and what to ask them; ``place`` is ``research|field``."""
    segment, found = persona.segment, []
    if data.journeys is not None:
        for cell in data.journeys.maps.get(segment, []):
            if cell.message in {STUCK, STUCK_DEVICE} and {"value", "others"} <= set(cell.params):
                device = {"device": cell.params["device"]} if cell.params.get("device") else {}
                found.append(claim(segment, "research|tasks", say.TASK_STUCK if device else say.TASK_STUCK_ALL,
                                   evidence=list(cell.evidence), phase=cell.place.split("|")[0], value=cell.params["value"],
                                   others=cell.params["others"], format="percent", **device))  # fmt: skip
        felt = [data.pick(f"feel_{phase}", segment, table="journeys") for phase in data.journeys.phases]
        ranked = sorted((figure for figure in felt if figure is not None), key=lambda f: (f.estimate, f.column))
        worst = [figure for number, figure in enumerate(ranked[:2]) if not number or say.is_lower(figure)]
        found += [claim(segment, "research|tasks", say.TASK_ALONE if figure.others is None else say.TASK, evidence=[figure],
                        asserts="level", value=figure.estimate, others=figure.others, format="signed",
                        **words_for(figure, "phase")) for figure in worst]  # fmt: skip
    if not found:
        found.append(not_known(segment, "research|tasks", "add events or ratings of phases"))
    open_ = dict.fromkeys(line.place for line in persona.claims if line.grade == "assumed" and line.place in FIELD_NAMES)
    found += [claim(segment, "research|ask", say.ASK, field=FIELD_NAMES[place], label=place)
              for place in list(open_)[:LINES_PER_FIELD] if place not in {"who", "do", "avoid"}]  # fmt: skip
    return once(found)
