"""Step 10, activation: what each team can do with the personas tomorrow morning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from personakit.activation_audiences import Audiences, build_audiences
from personakit.activation_recruiting import RecruitingPlan, plan_recruiting
from personakit.assignment import PersonaRule
from personakit.collection import Sources
from personakit.errors import DataError
from personakit.features import Features
from personakit.handoffs import Parts
from personakit.personas import Personas
from personakit.screener import Screener, build_screener
from personakit.screener_questions import FACTS
from personakit.segmentation import Segmentation

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
    notes : list of str
        What could not be made, and which data would allow it.
    """

    names: dict[int, str]
    screener: Screener | None
    by_facts: Screener | None
    audiences: Audiences
    recruiting: RecruitingPlan
    segmentation: Segmentation
    about: dict[str, Any]
    notes: list[str] = field(default_factory=list)

    @property
    def rules(self) -> dict[str, PersonaRule]:
        """Rules that tell which persona a customer is, by name: from the variables that made the segments, and from answers."""
        found = {"persona_rule": PersonaRule(self.names, self.segmentation)}
        return found | ({"screener_rule": PersonaRule(self.names, self.screener)} if self.screener else {})

    def renamed(self, names: dict[int, str]) -> ActivationPlan:
        """Take over other names of the personas, such as those that people gave them."""
        mine = {segment: names.get(segment, name) for segment, name in self.names.items()}
        new = {old: mine[segment] for segment, old in self.names.items()}
        screeners = [made and replace(made, names=mine) for made in (self.screener, self.by_facts)]
        audiences, recruiting = self.audiences.renamed(new), self.recruiting.renamed(new)
        return replace(self, names=mine, screener=screeners[0], by_facts=screeners[1], audiences=audiences, recruiting=recruiting)

    def parts(self) -> Parts:
        """Split into what is written to files."""
        parts: Parts = {"": {"about": self.about, "notes": self.notes, "names": {str(k): v for k, v in self.names.items()},
                             "screeners": [name for name, made in self._screeners() if made]}}  # fmt: skip
        for name, made in self._screeners():
            parts |= {f"{name}_{part}": content for part, content in (made.parts() if made else {}).items()}
        return parts | self.audiences.parts() | self.recruiting.parts()

    def _screeners(self) -> list[tuple[str, Screener | None]]:
        return [(_SURVEY, self.screener), (_FACTS, self.by_facts)]

    @classmethod
    def from_parts(cls, parts: Parts, segmentation: Segmentation) -> ActivationPlan:
        """Put together what was read from files."""
        own = parts[""]
        made = {name: Screener.from_parts({part.removeprefix(f"{name}_"): content for part, content in parts.items()
                                           if part.startswith(f"{name}_")}) for name in own["screeners"]}  # fmt: skip
        names = {int(segment): name for segment, name in own["names"].items()}
        return cls(names, made.get(_SURVEY), made.get(_FACTS), Audiences.from_parts(parts), RecruitingPlan.from_parts(parts),
                   segmentation, own["about"], own["notes"])  # fmt: skip

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def plan_activation(
    sources: Sources, features: Features, segmentation: Segmentation, personas: Personas, *, random_state: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> ActivationPlan:  # fmt: skip
    """
    Put the personas to work: a screener, everybody's persona, lists, and a plan whom to talk to.

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
    random_state : int
        Seed.
    progress : callable, optional
        Called with parts done and parts in all.

    Returns
    -------
    ActivationPlan
        Parts that the data allow; ``notes`` say what is missing for the others.
    """
    names = {persona.segment: persona.name for persona in personas.personas}
    notes: list[str] = []
    known = [name for name in FACTS if name in features.table]
    total = 2

    def made(number: int, candidates: list[str] | None) -> Screener | None:
        def report(done: int, parts: int) -> None:
            if progress:
                progress(number * parts + done, total * parts)

        try:
            return build_screener(features, segmentation, names=names, candidates=candidates, random_state=random_state,
                                  progress=report)  # fmt: skip
        except DataError as error:
            notes.extend(note for note in str(error).splitlines() if note not in notes)
            return None

    screener = made(0, None)
    everybody = len(segmentation.labels) == len(features.table)
    by_facts = made(1, known) if known and not everybody else None
    audiences = build_audiences(sources, features, segmentation, names, by_facts=by_facts)
    about = {**personas.about}
    return ActivationPlan(names, screener, by_facts, audiences, plan_recruiting(audiences, random_state=random_state),
                          segmentation, about, [*notes, *audiences.notes])  # fmt: skip
