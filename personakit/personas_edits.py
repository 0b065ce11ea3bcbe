"""Step 08, edits: what people changed on cards, kept beside the study file and laid over every new result."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Literal

from personakit.edits import PersonaEdits, PersonEdit, file_of, has_moved, line_key, read_files, write_file
from personakit.evidence import Claim, Edit, Figure, figure_of, grade_of, sets_apart
from personakit.personas_fields import LISTS
from personakit.personas_lines import DEMOGRAPHY, OWN, line_of
from personakit.personas_model import FIELD_NAMES, MARKS, Persona, Personas
from personakit.profiling import SegmentProfiles

FOLDER = "personas"
_PLACE_OF_ABOUT = {about: field for field, abouts in LISTS.items() for about in abouts} | {
    "satisfaction": "satisfaction", "recommendation": "satisfaction", "effort": "satisfaction", "loyalty": "loyalty"}  # fmt: skip


class CardEdit(PersonEdit):
    """
    One thing that somebody did to a card; ``text`` is the new words, the name or the mark.

    Attributes
    ----------
    do : {"rewrite", "remove", "add", "pick", "name", "mark"}
        Rewrite or remove a line, add a line of one's own, pick a further line that the data back, rename the persona, or
        mark it (primary, secondary, served, not served).
    place : str
        Field of the card, for lines of one's own and for picked and rewritten ones.
    feature, category, direction : str
        For a line of one's own: which data would back it, and whether the segment has to lie ``higher`` or ``lower`` than
        everyone else.
    """

    do: Literal["rewrite", "remove", "add", "pick", "name", "mark"]
    place: str = ""
    feature: str = ""
    category: str = ""
    direction: Literal["", "higher", "lower"] = ""


class CardEdits(PersonaEdits[CardEdit]):
    """All edits of one card, oldest first."""


def edits_file(folder: Path, persona: str) -> Path:
    """Where the edits of a card lie: ``personas/<name>.edits.yaml`` beside the study file."""
    return file_of(folder / FOLDER, persona)


def read_edits(folder: Path) -> dict[str, CardEdits]:
    """Read what people changed on the cards of a study, by name of the persona, see :func:`personakit.edits.read_files`."""
    return read_files(folder / FOLDER, CardEdits)


def write_edits(edits: CardEdits, folder: Path) -> Path:
    """Write the edits of one card, whole or not at all."""
    return write_file(edits, folder / FOLDER)


def apply_edits(personas: Personas, profiles: SegmentProfiles, edits: dict[str, CardEdits] | Path) -> Personas:
    """
    Lay what people changed over the computed cards.

    Parameters
    ----------
    personas : Personas
        Cards as the data write them.
    profiles : SegmentProfiles
        What the data say now: a line of one's own is backed as soon as they do, and an edit that they contradict is marked.
    edits : dict of str to CardEdits, or Path
        From :func:`read_edits`, or the folder of the study file.

    Returns
    -------
    Personas
        Edited lines have the kind ``edited`` and say who changed them; ``about["edits_contradicted"]`` lists those that the
        data now contradict or no longer say: ``persona``, ``line``, ``who``, ``on``, ``data_now``.
    """
    known = read_edits(edits) if isinstance(edits, Path) else edits
    figures = profiles.figures()
    cards = [_edited(card, known[card.name].edits, figures) if card.name in known else card for card in personas.personas]
    contradicted = [{"persona": card.name, "line": str(line.params.get("text", line.message)), "who": line.edit.who,
                     "on": line.edit.on, "data_now": line.edit.data_now}
                    for card in cards for line in card.claims if line.edit is not None and line.edit.data_now]  # fmt: skip
    return replace(personas, personas=cards, about={**personas.about, "edits_contradicted": contradicted})


def candidates(persona: Persona, profiles: SegmentProfiles) -> list[Claim]:
    """
    Rank further lines that the data back and the card does not show, the largest differences first.

    Returns
    -------
    list of Claim
        Each with the field it belongs to.
    """
    shown = {piece.key for line in persona.claims for piece in line.evidence}
    figures = profiles.figures()
    rows = profiles.of(persona.segment)
    rows = rows[rows["apart"] & ~rows["key"].isin(list(shown))]
    return [line_of(figures[row.key], _place(row.feature, row.about, row.basis, row.effect > 0)) for row in rows.itertuples()]


def _place(feature: str, about: str, basis: str, more: bool) -> str:
    """Field of a further line; what they have less of than others is no interest, need or channel of theirs."""
    if feature in DEMOGRAPHY:
        return "who"
    place = _PLACE_OF_ABOUT.get(about, "behaviours")
    return place if more or place not in LISTS else "opinions" if basis == "psychographic" else "behaviours"


def _edited(card: Persona, edits: Iterable[CardEdit], figures: dict[str, Figure]) -> Persona:
    claims = list(card.claims)
    name, mark = card.name, card.mark
    for number, edit in enumerate(edits, 1):
        at = next((i for i, line in enumerate(claims) if line_key(line) == edit.line), None) if edit.line else None
        if edit.do == "name":
            name = edit.text or name
        elif edit.do == "mark":
            mark = edit.text if edit.text in MARKS else mark  # type: ignore[assignment]
        elif edit.do == "remove":
            claims = claims if at is None else claims[:at] + claims[at + 1 :]
        elif edit.do == "add":
            claims.append(_own_line(card, edit, figures, number))
        elif at is None:
            claims.append(_without_its_line(card, edit, figures))
        else:
            claims[at] = _rewritten(claims[at], edit)
    filled = {line.place for line in claims if line.kind != "assumption"}
    kept = [line for line in claims if line.kind != "assumption" or line.place not in filled or line.place == "who"]
    return card.model_copy(update={"name": name, "mark": mark, "claims": kept})


def _rewritten(line: Claim, edit: CardEdit) -> Claim:
    figure = figure_of(line)
    done = Edit(who=edit.who, on=edit.on, data_now="contradicts" if figure is not None and has_moved(figure, edit.said) else "")
    if edit.do == "pick" or not edit.text:
        return line.model_copy(update={"edit": done})
    return line.model_copy(update={"message": OWN, "params": {"text": edit.text}, "kind": "edited", "edit": done})


def _without_its_line(card: Persona, edit: CardEdit, figures: dict[str, Figure]) -> Claim:
    """A rewritten or picked line of which the card no longer tells: it stays, and says what the data say now."""
    segment = card.segment
    key = f"{edit.line.partition('|')[2]}|{segment}"
    figure = figures.get(key)
    place = edit.place if edit.place in FIELD_NAMES else "behaviours"
    certain = figure is not None and sets_apart(figure, n_people=card.n)
    turned = figure is not None and certain and (figure.effect or 0.0) * edit.said.get("effect", 0.0) < 0
    if figure is not None and certain and not turned:
        line = line_of(figure, place)
        return (
            _rewritten(line, edit)
            if edit.do == "rewrite"
            else line.model_copy(
                update={"edit": Edit(who=edit.who, on=edit.on, data_now="contradicts" if has_moved(figure, edit.said) else "")}
            )
        )
    return Claim(id=f"{segment}|{place}|edited|{edit.line}", segment=segment, place=place, message=OWN,
                 params={"text": edit.text or edit.line}, kind="edited", grade="assumed",
                 edit=Edit(who=edit.who, on=edit.on, data_now="contradicts" if turned else "silent"))  # fmt: skip


def _own_line(card: Persona, edit: CardEdit, figures: dict[str, Figure], number: int) -> Claim:
    """A line of one's own: an assumption, until the data that would back it do."""
    segment = card.segment
    figure = figures.get(f"features|{edit.feature}|{edit.category}|{segment}") if edit.feature else None
    certain = figure is not None and sets_apart(figure, n_people=card.n)
    fits = figure is not None and ((figure.effect or 0.0) > 0) == (edit.direction != "lower")
    evidence = [figure] if figure is not None and certain and fits else []
    place = edit.place if edit.place in FIELD_NAMES else "behaviours"
    return Claim(id=f"{segment}|{place}|own|{number}", segment=segment, place=place, message=OWN, params={"text": edit.text},
                 kind="edited", evidence=list(evidence), grade=grade_of(list(evidence)),
                 edit=Edit(who=edit.who, on=edit.on, data_now="contradicts" if certain and not fits else ""))  # fmt: skip
