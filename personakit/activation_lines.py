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

WORD = "“{label}” ({language}): {value} of those who speak the language use the word (others {others})"
WORD_ALONE = "“{label}” ({language}): {value} of those who speak the language use the word"
SHORT_TEXTS = "Half of what they write has {value} or fewer (others {others}): write no longer than that"
SHORT_TEXTS_ALONE = "Half of what they write has {value} or fewer: write no longer than that"
CONTENT = "{phase}: “{topic}”, met at “{touchpoint}”; watch how many go on: {value} today"
CONTENT_PLAIN = "{phase}: “{topic}”; watch how many go on: {value} today"
CONTENT_LAST = "{phase}: “{topic}”, met at “{touchpoint}”; watch how many come this far: {value} today"
CONTENT_LAST_PLAIN = "{phase}: “{topic}”; watch how many come this far: {value} today"
CONTENT_PHASES = (CONTENT, CONTENT_PLAIN, CONTENT_LAST, CONTENT_LAST_PLAIN)
PROOF = "Proof: they feel well in “{phase}”, {value} on a scale from −2 to +2"
NO_PROOF = "No phase in which they clearly feel well: mend what holds them back before promising it"
BRAND_FITS = "Fits: “{label}” counts for them, {value}"
BRAND_GAP = "Gap: the brand says “{label}” ({value}); what counts most for them is “{most}” ({top})"
NEED_UNDER = "Under-served: “{label}”, opportunity {value} (importance {importance}, satisfaction {satisfaction})"
NEED_SERVED = "Served: “{label}”, opportunity {value} (importance {importance}, satisfaction {satisfaction})"
NEED_OVER = "Over-served: “{label}”, opportunity {value} (importance {importance}, satisfaction {satisfaction})"
STORY = "As {name}, I want “{want}”, so that I come closer to “{so_that}”"
STORY_WANT = "As {name}, I want “{want}”"
STORY_STUCK = "As {name}, I want “{phase}” to work as well on {device} as elsewhere, so that I can finish"
STORY_STUCK_ALL = "As {name}, I want “{phase}” to work as well for me as for everyone else, so that I can finish"
STORY_FEEL = "As {name}, I want “{phase}” to be easier, so that I feel better there than today"
DONE_SATISFIED = "Satisfaction with “{label}” rises from {value} to {target} or more"
DONE_GO_ON = "At least {target} go on from “{phase}”; today {value}"
DONE_FEEL = "The feeling in “{phase}” rises from {value} to {target} or more, on a scale from −2 to +2"
DONE_ASKED = "“{label}”: asked before and after, more of them say that it is met"
DONE_TRIED = "Tried by {people} people whom the screener takes for {name}; all but one manage it without help"
RECOGNISE = "Ask about “{label}”: {value} (others {others})"
RECOGNISE_ANSWER = "Ask about “{label}”: {value} answer “{category}” (others {others})"
HAND_OVER = "When it is about “{topic}”: the help is rated {value} only (others {others})"
HAND_OVER_ALONE = "When it is about “{topic}”: the help is rated {value} only"
ROLE_PLAY = "The customer says: “{quote}”"
TASK = "Let them go through “{phase}”: they feel {value} there, on a scale from −2 to +2 (others {others})"
TASK_ALONE = "Let them go through “{phase}”: they feel {value} there, on a scale from −2 to +2"
TASK_STUCK = "Let them go through “{phase}” on {device}: only {value} go on (elsewhere {others})"
TASK_STUCK_ALL = "Let them go through “{phase}”: only {value} go on (others {others})"
ASK = "{field}: not known from the data yet"
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
    """Whether a segment clearly has more than everyone else: at least a small effect, and certain."""
    return _certain(figure) and (figure.effect or 0) > 0


def is_lower(figure: Figure) -> bool:
    """Whether a segment clearly has less than everyone else."""
    return _certain(figure) and (figure.effect or 0) < 0


def _certain(figure: Figure) -> bool:
    return figure.effect is not None and (figure.effect_low or 0) * (figure.effect_high or 0) > 0


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
