"""Step 10, activation: what each team can do with the personas tomorrow morning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from personakit.activation_audiences import Audiences, build_audiences
from personakit.activation_loyalty import predict_loyalty
from personakit.activation_marketing import MATRIX_COLUMNS, topics_of
from personakit.activation_recruiting import RecruitingPlan, plan_recruiting
from personakit.activation_retention import Retention
from personakit.activation_spending import NEEDS_CAMPAIGNS, Spending, plan_spending
from personakit.activation_teams import team_lines
from personakit.assignment import PersonaRule
from personakit.assignment_words import words_of_ratings
from personakit.collection import Sources
from personakit.errors import DataError, HandoffError, Note
from personakit.evidence import Claim, Figure
from personakit.features import Features
from personakit.handoffs import Parts
from personakit.journeys import JourneyMaps
from personakit.personas import Personas
from personakit.profiling import SegmentProfiles
from personakit.screener import Screener, build_screener
from personakit.screener_questions import FACTS
from personakit.segmentation import Segmentation
from personakit.voices import Voices

_SURVEY, _FACTS = "survey", "facts"


@dataclass(frozen=True, eq=False, repr=False)
class ActivationPlan:
    """
    Who is who, whom to write to, and whom to talk to.

    Attributes
    ----------
    names : dict of int to str
        Name of each segment's persona.
    screener : Screener or None
        The fewest questions that tell which persona somebody is; None when nothing can be asked.
    by_facts : Screener or None
        The same from facts alone that are known of everybody; it tells the persona of customers without a segment.
    audiences : Audiences
        Everybody's persona, and lists of those who agreed.
    recruiting : RecruitingPlan
        How many people of each persona to talk to, and whom to call.
    segmentation : Segmentation
        The rule of the segments.
    about : dict
        What the study is, as on the cards.
    lines : list of Claim
        Every line of every team's page; ``place`` is ``team|field``, see :mod:`personakit.activation_lines`.
    matrix : pandas.DataFrame
        Personas by channels, see :func:`personakit.activation_marketing.channel_matrix`.
    spending : Spending
        How to split the budget.
    retention : Retention
        Who will stay away, and what people buy next.
    notes : list of str
        What could not be made, and which data would allow it.
    words : dict of str to dict
        Of ratings that were asked in words: the number of each word.
    """

    names: dict[int, str]
    screener: Screener | None
    by_facts: Screener | None
    audiences: Audiences
    recruiting: RecruitingPlan
    segmentation: Segmentation
    about: dict[str, Any]
    lines: list[Claim] = field(default_factory=list)
    matrix: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=MATRIX_COLUMNS))
    spending: Spending = field(default_factory=Spending)
    retention: Retention = field(default_factory=Retention)
    notes: list[str] = field(default_factory=list)
    words: dict[str, dict[str, float]] = field(default_factory=dict)

    def at(self, segment: int, place: str) -> list[Claim]:
        """Give the lines of one field of one persona, such as ``marketing|matters``; stories and criteria by their beginning."""
        return [line for line in self.lines if line.segment == segment and f"{line.place}|".startswith(f"{place}|")]

    @property
    def rules(self) -> dict[str, PersonaRule]:
        """Rules that tell which persona a customer is, by name: from the variables that made the segments, and from answers."""
        found = {"persona_rule": PersonaRule(self.names, self.segmentation, self.words)}
        return found | ({"screener_rule": PersonaRule(self.names, self.screener, self.words)} if self.screener else {})

    def renamed(self, names: dict[int, str]) -> ActivationPlan:
        """Take over other names of the personas, such as those that people gave them."""
        mine = {segment: names.get(segment, name) for segment, name in self.names.items()}
        new = {old: mine[segment] for segment, old in self.names.items()}
        screeners = [made and replace(made, names=mine) for made in (self.screener, self.by_facts)]
        audiences, recruiting = self.audiences.renamed(new), self.recruiting.renamed(new)
        lines = [line.model_copy(update={"params": line.params | {"name": mine[line.segment]}}) if "name" in line.params else line
                 for line in self.lines]  # fmt: skip
        return replace(self, names=mine, screener=screeners[0], by_facts=screeners[1], audiences=audiences,
                       recruiting=recruiting, lines=lines)  # fmt: skip

    def parts(self) -> Parts:
        """Split into what is written to files."""
        parts: Parts = {"": {"about": self.about, "notes": Note.all_to_plain(self.notes),
                             "names": {str(k): v for k, v in self.names.items()},
                             "screeners": [name for name, made in self._screeners() if made], "words": self.words}}  # fmt: skip
        for name, made in self._screeners():
            parts |= {f"{name}_{part}": content for part, content in (made.parts() if made else {}).items()}
        parts |= {"lines": [line.model_dump() for line in self.lines], "matrix": self.matrix}
        return parts | self.audiences.parts() | self.recruiting.parts() | self.spending.parts() | self.retention.parts()

    def _screeners(self) -> list[tuple[str, Screener | None]]:
        return [(_SURVEY, self.screener), (_FACTS, self.by_facts)]

    @classmethod
    def from_parts(cls, parts: Parts, segmentation: Segmentation) -> ActivationPlan:
        """
        Put together what was read from files.

        Raises
        ------
        HandoffError
            If the files were written by an earlier version, which knew less; the message says what to run.
        """
        if "lines" not in parts or "retention" not in parts:
            raise HandoffError("10_activation was written by an earlier version; make it again with: personakit run --from 10")
        own = parts[""]
        made = {name: Screener.from_parts({part.removeprefix(f"{name}_"): content for part, content in parts.items()
                                           if part.startswith(f"{name}_")}) for name in own["screeners"]}  # fmt: skip
        names = {int(segment): name for segment, name in own["names"].items()}
        notes: list[str] = [Note.from_plain(note) for note in own["notes"]]
        return cls(names, made.get(_SURVEY), made.get(_FACTS), Audiences.from_parts(parts), RecruitingPlan.from_parts(parts),
                   segmentation, own["about"], [Claim.model_validate(line) for line in parts["lines"]], parts["matrix"],
                   Spending.from_parts(parts), Retention.from_parts(parts), notes, own.get("words", {}))  # fmt: skip

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def plan_activation(  # noqa: PLR0913  what the plan rests on, one by one
    sources: Sources, features: Features, segmentation: Segmentation, personas: Personas, profiles: SegmentProfiles, *,
    journeys: JourneyMaps | None = None, voices: Voices | None = None, random_state: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> ActivationPlan:  # fmt: skip
    """
    Put the personas to work: a screener, everybody's persona, lists, whom to talk to, and a page for each team.

    Parameters
    ----------
    sources : Sources
        Protected sources.
    features : Features
        One row per customer.
    segmentation : Segmentation
        The segments.
    personas : Personas
        The cards, with people's edits.
    profiles : SegmentProfiles
        What sets each segment apart.
    journeys : JourneyMaps, optional
        The maps, with people's edits.
    voices : Voices, optional
        What customers said.
    random_state : int
        Seed.
    progress : callable, optional
        Called with parts done and parts in all.

    Returns
    -------
    ActivationPlan
        Parts that the data allow; ``notes`` say what is missing for the others.

    Raises
    ------
    DataError
        If the block ``activation`` of the study file names channels or features that are not there.
    """
    names = {persona.segment: persona.name for persona in personas.personas}
    notes: list[str] = []
    known = [name for name in FACTS if name in features.table]
    total = 2
    refits: dict[int, np.ndarray] = {}

    def made(number: int, candidates: list[str] | None) -> Screener | None:
        def report(done: int, parts: int) -> None:
            if progress:
                progress(number * parts + done, total * parts)

        try:
            return build_screener(features, segmentation, names=names, candidates=candidates, random_state=random_state,
                                  refits=refits, progress=report)  # fmt: skip
        except DataError as error:
            notes.extend(note for note in error.problems if note not in notes)
            return None

    screener = made(0, None)
    everybody = len(segmentation.labels) == len(features.table)
    by_facts = made(1, known) if known and not everybody else None
    audiences = build_audiences(sources, features, segmentation, names, by_facts=by_facts)
    asked = [question.name for question in screener.questions] if screener else []
    lines, matrix = team_lines(sources, segmentation, personas, profiles, journeys=journeys, voices=voices, asked=asked)
    spending = plan_spending(sources, audiences.customers, matrix, random_state=random_state)
    if spending.split is None or not len(spending.cells):
        notes.append(NEEDS_CAMPAIGNS)
    told = audiences.customers["segment"].dropna().astype("int64")
    retention = Retention(*predict_loyalty(sources), told, sources.study.privacy.min_cell)
    topics = {persona.segment: found[0] for persona in personas.personas if (found := topics_of(persona))}
    lines += [*spending.lines(), *retention.lines(topics, _channels(lines, spending))]
    recruiting = plan_recruiting(audiences, random_state=random_state)
    return ActivationPlan(names, screener, by_facts, audiences, recruiting, segmentation, {**personas.about}, lines, matrix,
                          spending, retention, [*notes, *audiences.notes], words_of_ratings(features.dictionary))  # fmt: skip


def _channels(lines: list[Claim], spending: Spending) -> dict[int, Figure]:
    """The channel that money is spent on first, or that each persona answers to most, or without campaigns is met in."""
    found: dict[int, Figure] = {}
    for line in (line for line in lines if line.place == "marketing|channels"):
        figures = [piece for piece in line.evidence if isinstance(piece, Figure) and piece.label_value]
        found |= {line.segment: figures[0]} if figures and line.segment not in found else {}
    rates = spending.figures()
    cells = spending.cells.assign(worth=spending.cells["rate"] / spending.cells["cost"].where(spending.cells["cost"] > 0, 1.0))
    for row in cells.sort_values(["worth", "channel"], kind="stable").itertuples():
        found[int(row.segment)] = rates[f"activation|rate_{row.channel}||{row.segment}"]
    return found
