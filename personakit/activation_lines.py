"""Step 10, lines: what stands on the page of each team, and the figures and quotes it is made from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from personakit.evidence import Claim, Figure, Voice, claim
from personakit.journeys import JourneyMaps
from personakit.personas_lines import MEAN, MEAN_ALONE, label_of, line_of
from personakit.personas_model import Personas

#: Fields of each team's page, in the order in which they are told.
TEAM_FIELDS: dict[str, dict[str, str]] = {
    "marketing": {
        "matters": "What matters to them", "words": "Their own words", "tone": "Tone", "imagery": "What to show",
        "objections": "What holds them back", "proof": "What answers it", "channels": "Where to meet them",
        "budget": "What to spend",
        "do": "What to do", "avoid": "What to avoid", "content": "What to say when", "brand": "What the brand stands for",
        "loyalty": "Coming back",
    },
    "product": {"needs": "Needs", "pains": "Where it hurts", "stories": "User stories"},
    "service": {
        "recognise": "How to recognise them", "come_for": "What they come for", "outcome": "How it ends",
        "contact": "How they contact us", "tone": "Tone", "do": "What to do", "avoid": "What to avoid",
        "hand_over": "When to hand over", "role_play": "Role play",
    },
    "research": {"tasks": "What to try with them", "ask": "What to ask them"},
}  # fmt: skip
TEAM_NAMES = {"marketing": "Marketing", "product": "Product", "service": "Customer service", "research": "Research"}
LINES_PER_FIELD = 4
_ALPHA = 0.05
WORD = "“{label}” ({language}): {value} of those who speak the language use the word (others {others})"
WORD_ALONE = "“{label}” ({language}): {value} of those who speak the language use the word"
WRITE_IN = "Write to them in {language}: {value} of what they write is in it (others {others})"
WRITE_IN_ALONE = "Write to them in {language}: {value} of what they write is in it"
SHORTER_TEXTS = "They write shorter texts than others, half of them {value} or fewer (others {others}): keep it short"
LONGER_TEXTS = "They write longer texts than others, half of them {value} or more (others {others}): tell them the details"
CONTENT = "{phase}: “{topic}”, met at “{touchpoint}”; watch how many go on: {value} today"
CONTENT_PLAIN = "{phase}: “{topic}”; watch how many go on: {value} today"
CONTENT_LAST = "{phase}: “{topic}”, met at “{touchpoint}”; watch how many come this far: {value} today"
CONTENT_LAST_PLAIN = "{phase}: “{topic}”; watch how many come this far: {value} today"
CONTENT_PHASES = (CONTENT, CONTENT_PLAIN, CONTENT_LAST, CONTENT_LAST_PLAIN)
PROOF = "Let customers tell it: “{label}” goes well for them, {value} (others {others})"
PROOF_ALONE = "Let customers tell it: “{label}” goes well for them, {value}"
PROOF_FEEL = "Let customers tell it: they feel well in “{phase}”, {value} on a scale from −2 to +2"
NO_PROOF = "Nothing that clearly goes well for them: mend what holds them back before promising it"
NO_PROMISE = "Do not promise “{label}” before it is mended: they rate it {value} (others {others})"
BRAND_FITS = "Fits: “{label}” counts for them, {value}"
BRAND_GAP = "Gap: the brand says “{label}” ({value}); what counts most for them is “{most}” ({top})"
NEED_UNDER = "Under-served: “{label}”, opportunity {value} (importance {importance}, satisfaction {satisfaction})"
NEED_SERVED = "Served: “{label}”, opportunity {value} (importance {importance}, satisfaction {satisfaction})"
NEED_OVER = "Over-served: “{label}”, opportunity {value} (importance {importance}, satisfaction {satisfaction})"
STORY = "As {name}, I want “{want}”, so that I come closer to “{so_that}”"
STORY_WANT = "As {name}, I want “{want}”"
STORY_STUCK = "As {name}, I want “{phase}” to work as well on {device} as elsewhere, so that I can finish"
STORY_STUCK_ALL = "As {name}, I want “{phase}” to work as well for me as for everyone else, so that I can finish"
STORY_RATED = "As {name}, I want “{label}” to go as well for me as for everyone else, so that I go on and come back"
STORY_FEEL = "As {name}, I want “{phase}” to go as well for me as for everyone else, so that I go on and come back"
DONE_SATISFIED = "Satisfaction with “{label}” rises from {value} to {target} or more"
DONE_GO_ON = "At least {target} go on from “{phase}”; today {value}"
DONE_FEEL = "The feeling in “{phase}” rises from {value} to {target} or more, on a scale from −2 to +2"
DONE_KNOWN = "How satisfied they are with “{label}” is asked, and reaches {value}: as much as it matters to them"
DONE_ASKED = "“{text}”: asked before and after, more of them say that it is met"
DONE_TRIED = "Tried by {people} people whom the screener takes for {name}; all but one manage it without help"
DONE_SHOWN = "Shown to {people} people whom the screener takes for {name}; all but one say that it meets “{text}”"
RECOGNISE = "Ask about “{label}”: they say {value} (others {others})"
RECOGNISE_YES = "Ask about “{label}”: {value} say yes (others {others})"
RECOGNISE_ANSWER = "Ask about “{label}”: {value} answer “{category}” (others {others})"
COME_FOR = "“{topic}”: {value} of those who wrote (others {others})"
COME_FOR_ALONE = "“{topic}”: {value} of those who wrote"
READY = "Have the answer about “{topic}” ready: it is what they ask about most"
START_FROM = "Start from what counts for them: “{label}”"
KNOW_BEFORE = "Know before they say it that “{label}” goes worse for them than for others: {value} (others {others})"
NOT_FROM = "Do not start from “{label}”: it counts less for them than for others"
HAND_OVER = "When it is about “{topic}”: the help is rated {value} only (others {others})"
HAND_OVER_ALONE = "When it is about “{topic}”: the help is rated {value} only"
NO_HAND_OVER = "No topic on which the help is clearly rated badly: hand over what you cannot solve yourself"
ROLE_PLAY = "The customer says: “{quote}”"
TASK = "Let them go through “{phase}”: they feel {value} there, on a scale from −2 to +2 (others {others})"
TASK_ALONE = "Let them go through “{phase}”: they feel {value} there, on a scale from −2 to +2"
TASK_STUCK = "Let them go through “{phase}” on {device}: only {value} go on (elsewhere {others})"
TASK_STUCK_ALL = "Let them go through “{phase}”: only {value} go on (others {others})"
ASK = "Ask about “{field}”: the data do not tell it yet"
OPEN = "Not known from the data yet: {needs}"
HIGH, MEDIUM, LOW = "high", "medium", "low"


@dataclass(frozen=True)
class TeamData:
    """
    What the lines of all teams are made from.

    Attributes
    ----------
    personas : Personas
        The cards, with people's edits.
    figures : dict of str to Figure
        Figures of steps 07, 09 and 10, by key.
    dictionary : pandas.DataFrame
        What each feature means (step 05).
    table : pandas.DataFrame
        What each column of the activation table means.
    journeys : JourneyMaps or None
        The maps.
    said : dict of int to list of Voice
        What people of each segment said, the most distinctive first.
    asked : list of str
        Questions of the screener, the most telling first.
    brand : list of str
        Features that the brand stands for.
    """

    personas: Personas
    figures: dict[str, Figure]
    dictionary: pd.DataFrame
    table: pd.DataFrame
    journeys: JourneyMaps | None
    said: dict[int, list[Voice]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    brand: list[str] = field(default_factory=list)

    def pick(self, column: str, segment: int, *, table: str = "activation") -> Figure | None:
        """Find the figure of a column in a segment; None where there is none, or too few people."""
        return self.figures.get(f"{table}|{column}||{segment}")

    def ratings(self, segment: int) -> dict[str, Figure]:
        """Answers to questions of satisfaction with a phase, by phase."""
        asked = self.dictionary[(self.dictionary["about"] == "satisfaction") & (self.dictionary["kind"] == "ordinal")
                                & (self.dictionary["phase"] != "")]  # fmt: skip
        return {str(phase): figure for name, phase in asked["phase"].items()
                if (figure := self.pick(str(name), segment, table="features"))}  # fmt: skip

    def group(self, name: str, segment: int) -> list[Figure]:
        """Figures of one group of the activation table, the highest first."""
        columns = self.table.index[self.table["group"] == name]
        found = [figure for column in columns if (figure := self.pick(str(column), segment))]
        return sorted(found, key=lambda figure: (-figure.estimate, figure.column))


def placed(line: Claim, place: str) -> Claim:
    """Put a line of a card or map on the page of a team; its evidence and who edited it stay with it."""
    return line.model_copy(update={"place": place, "id": f"{line.id}|{place}"})


def level(figure: Figure, place: str, message: str, alone: str, **more: Any) -> Claim:
    """Say how things are, with everyone else beside it where there is anybody."""
    pattern = alone if figure.others is None else message
    return line_of(figure, place, pattern, asserts="level", **more)


def plain(figure: Figure, place: str) -> Claim:
    """Say label and value, with everyone else beside it where there is anybody."""
    return level(figure, place, MEAN, MEAN_ALONE)


def is_higher(figure: Figure) -> bool:
    """Whether a segment clearly has more than everyone else, all tests of the step considered."""
    return _certain(figure) and (figure.effect or 0) > 0


def is_lower(figure: Figure) -> bool:
    """Whether a segment clearly has less than everyone else."""
    return _certain(figure) and (figure.effect or 0) < 0


def _certain(figure: Figure) -> bool:
    sure = figure.effect is not None and (figure.effect_low or 0) * (figure.effect_high or 0) > 0
    return sure and (figure.p_adjusted is None or figure.p_adjusted < _ALPHA)


def not_known(segment: int, place: str, needs: str) -> Claim:
    """An open place, with the data that would fill it."""
    return claim(segment, place, OPEN, needs=needs, label=needs)


def once(lines: Iterable[Claim]) -> list[Claim]:
    """Leave out lines that stand there already, and quotes that stand at the same place."""
    found: dict[tuple[str, str], Claim] = {}
    for line in lines:
        voices = [piece.key for piece in line.evidence if isinstance(piece, Voice)]
        found.setdefault((line.place, "|".join(voices) or line.id), line)
    return list(found.values())


def words_for(figure: Figure, name: str) -> dict[str, Any]:
    """Name what a figure is about as a parameter: its answer, the value in its label, or its label."""
    return {name: figure.category or figure.label_value or label_of(figure)["label"]}
