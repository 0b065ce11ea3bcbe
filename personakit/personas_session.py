"""Step 08, editing together: one person changes cards, and every change is on disk before the call returns."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from personakit.edits import EditSession, PersonEdit, line_key, one_line, said_of
from personakit.errors import PersonakitError, did_you_mean, listing
from personakit.evidence import Claim
from personakit.personas_edits import FOLDER, CardEdit, CardEdits, apply_edits, candidates
from personakit.personas_model import FIELD_NAMES, MARKS, Persona, Personas
from personakit.profiling import SegmentProfiles
from personakit.voices_words import stems_of

#: Fields in which people may write a line of their own.
OWN_FIELDS = tuple(name for name in FIELD_NAMES if name not in {"size", "value", "prevalence", "not_covered", "who"})


@dataclass(frozen=True)
class Backing:
    """
    Data that could back a line of one's own.

    Attributes
    ----------
    feature, category : str
        Which feature, and for a choice which answer.
    label : str
        What it says, in plain words.
    now : str
        What the data say about the segment now: ``higher``, ``lower`` or ``no clear difference``.
    """

    feature: str
    category: str
    label: str
    now: str


class PersonaSession(EditSession[CardEdits]):
    """
    One person at work on the cards of a study.

    Parameters
    ----------
    personas : Personas
        Cards as the data write them, without edits.
    profiles : SegmentProfiles
        What the data say.
    folder : Path
        The folder of the study file; edits are kept in ``personas/`` there.
    who : str
        Who edits; stands beside each edit.
    today : date, optional
        The day that stands beside each edit; the machine's without it.

    Raises
    ------
    StudyError
        If the name is empty or holds signs other than letters, digits, spaces, dots and hyphens, or a file of edits is
        damaged.
    """

    def __init__(
        self, personas: Personas, profiles: SegmentProfiles, folder: Path, *, who: str, today: dt.date | None = None
    ) -> None:
        super().__init__(CardEdits, folder / FOLDER, who=who, today=today)
        self.profiles, self._computed = profiles, personas

    @property
    def personas(self) -> Personas:
        """The cards with all edits."""
        return apply_edits(self._computed, self.profiles, self._edits)

    @property
    def names(self) -> dict[str, str]:
        """Name shown for each persona, by the name that the software gave it."""
        return {old.name: new.name for old, new in zip(self._computed.personas, self.personas.personas, strict=True)}

    def card(self, persona: str) -> Persona:
        """Give one card with its edits; ``persona`` is the name that the software gave it."""
        place = self._place(persona)
        return self.personas.personas[place]

    def further_lines(self, persona: str) -> list[Claim]:
        """Lines that the data back and the card does not show, the largest differences first."""
        return candidates(self.card(persona), self.profiles)

    def rewrite(self, persona: str, line: Claim, text: str) -> None:
        """Say a line in other words; its evidence stays."""
        self._do(persona, CardEdit(do="rewrite", line=line_key(line), place=line.place, text=one_line(text), said=said_of(line),
                                   **self._by))  # fmt: skip

    def remove(self, persona: str, line: Claim) -> None:
        """Take a line off the card."""
        self._do(persona, CardEdit(do="remove", line=line_key(line), place=line.place, **self._by))

    def pick(self, persona: str, line: Claim) -> None:
        """Put a further line on the card that the data back."""
        self._do(persona, CardEdit(do="pick", line=line_key(line), place=line.place, said=said_of(line), **self._by))  # fmt: skip

    def add(
        self, persona: str, place: str, text: str, *, feature: str = "", category: str = "",
        direction: Literal["", "higher", "lower"] = "",
    ) -> None:  # fmt: skip
        """
        Write a line of one's own: an assumption until data back it.

        Parameters
        ----------
        persona : str
            The name that the software gave it.
        place : str
            Field of the card.
        text : str
            The line.
        feature, category : str
            Which data would back it, from :meth:`could_back`.
        direction : {"", "higher", "lower"}
            How the segment has to lie to everyone else.

        Raises
        ------
        PersonakitError
            If the field or feature is not known, or the text is empty or longer than 300 letters.
        """
        if place not in OWN_FIELDS:
            hint = did_you_mean(place, OWN_FIELDS)
            raise PersonakitError(f"field '{place}' is not known; allowed: {listing(OWN_FIELDS, 30)}{hint}")
        if feature and feature not in self.profiles.dictionary.index:
            known = list(self.profiles.dictionary.index)
            raise PersonakitError(f"feature '{feature}' is not known{did_you_mean(feature, known)}")
        way: Literal["", "higher", "lower"] = direction or ("higher" if feature else "")
        self._do(persona, CardEdit(do="add", place=place, text=one_line(text), feature=feature, category=category,
                                   direction=way, **self._by))  # fmt: skip

    def rename(self, persona: str, name: str) -> None:
        """
        Give a persona another name.

        Raises
        ------
        PersonakitError
            If another persona has it.
        """
        name = one_line(name)
        if name in {shown for old, shown in self.names.items() if old != persona}:
            raise PersonakitError(f"another persona is called {name}; choose a name that nobody else has")
        self._do(persona, CardEdit(do="name", text=name, **self._by))

    def mark(self, persona: str, mark: str) -> None:
        """Say for whom the team designs: primary, secondary, served, not served, or nothing."""
        if mark not in MARKS:
            raise PersonakitError(f"mark '{mark}' is not known; allowed: {', '.join(MARKS[1:])}{did_you_mean(mark, MARKS[1:])}")
        self._do(persona, CardEdit(do="mark", text=mark, **self._by))

    def could_back(self, persona: str, text: str, *, at_most: int = 6) -> list[Backing]:
        """
        Find data that could back a line: features whose label shares words with it.

        Parameters
        ----------
        persona : str
            The name that the software gave it.
        text : str
            The line somebody wants to write.
        at_most : int
            How many to list.

        Returns
        -------
        list of Backing
            The best first; empty when no data are about it, and then it takes a question in a survey or an interview.
        """
        language = self._computed.about["language"]
        wanted = {stem for stem, _ in stems_of(text, language)}
        rows = self.profiles.of(self.card(persona).segment)
        found: list[tuple[int, int, Backing]] = []
        for row in rows.itertuples():
            label = f"{row.label}: {row.category}" if row.category else str(row.label)
            alike = len(wanted & {stem for stem, _ in stems_of(label, language)})
            if alike:
                now = ("higher" if row.effect > 0 else "lower") if row.apart else "no clear difference"
                found.append((-alike, len(found), Backing(row.feature, row.category, label, now)))
        return [backing for *_, backing in sorted(found, key=lambda entry: entry[:2])[:at_most]]

    def _do(self, persona: str, edit: PersonEdit) -> None:
        self._place(persona)
        super()._do(persona, edit)

    def _place(self, persona: str) -> int:
        return self._place_of(persona, [card.name for card in self._computed.personas])
