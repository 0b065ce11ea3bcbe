"""Step 11, difference cards: what the cards of this wave say otherwise than those of the earlier one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from personakit.edits import has_moved, line_key, said_of
from personakit.evidence import Claim, Figure, figure_of
from personakit.handoffs import Workspace
from personakit.personas_edits import apply_edits
from personakit.personas_model import Persona, Personas
from personakit.profiling import SegmentProfiles

CHANGED, NEW, NO_LONGER = "changed", "new", "no longer true"
CLEAR_NOW, NOT_CLEAR, STILL, FIRST_SHOWN = "clear now", "no longer clear", "still true", "true before"
SHOWN = (CHANGED, NEW, NO_LONGER, CLEAR_NOW, NOT_CLEAR)
DIFFERENCE_COLUMNS = ["persona", "what", "place", "line", "old", "new"]


@dataclass(frozen=True)
class LineDifference:
    """
    One line of a card that differs from the earlier wave.

    Attributes
    ----------
    segment : int
        The persona.
    what : str
        *changed* (said in both waves), *new* and *no longer true* (said in one, and the other says otherwise): each time the
        intervals lie apart or the difference turned round. *clear now* and *no longer clear*: said in one wave, and the other
        had or has too little to tell. *still true* (only its place on the card is gone), *true before* (now on the card, and
        the earlier data said it too).
    old, new : Claim or None
        The line then and now.
    """

    segment: int
    what: str
    old: Claim | None
    new: Claim | None


@dataclass(frozen=True, eq=False, repr=False)
class WaveDifferences:
    """
    What changed on the cards between two waves.

    Attributes
    ----------
    since, until : str
        Last day of the data of each wave (ISO).
    old_names, names : dict of int to str
        Name of each segment's persona then and now.
    old_n, n : dict of int to int
        Customers of each segment then and now.
    lines : list of LineDifference
        Line by line.
    contradicted : list of dict
        Edits that people made and the data now contradict or no longer bear out: ``persona``, ``line``, ``who``, ``on``,
        ``data_now``.
    """

    since: str
    until: str
    old_names: dict[int, str]
    names: dict[int, str]
    old_n: dict[int, int]
    n: dict[int, int]
    lines: list[LineDifference]
    contradicted: list[dict[str, Any]] = field(default_factory=list)

    def of(self, segment: int, *what: str) -> list[LineDifference]:
        """Differences of one persona, of the kinds that are named."""
        return [line for line in self.lines if line.segment == segment and line.what in what]

    @property
    def gone(self) -> list[str]:
        """Personas of the earlier wave that there are no longer."""
        return [name for segment, name in self.old_names.items() if segment not in self.names]

    @property
    def come(self) -> list[str]:
        """Personas that the earlier wave did not have."""
        return [name for segment, name in self.names.items() if segment not in self.old_names]

    @property
    def table(self) -> pd.DataFrame:
        """One row per line that says otherwise than before, with the columns of DIFFERENCE_COLUMNS."""
        rows = []
        for entry in self.lines:
            line = entry.new or entry.old
            if entry.what not in SHOWN or line is None:
                continue
            name = self.names.get(entry.segment) or self.old_names[entry.segment]
            old, new = (said_of(side).get("estimate") if side else None for side in (entry.old, entry.new))
            about = {"persona": name, "what": entry.what, "place": line.place, "line": line_key(line)}
            rows.append(about | {"old": old, "new": new})
        return pd.DataFrame(rows, columns=DIFFERENCE_COLUMNS)


def differences_since(workspace: Workspace) -> WaveDifferences | None:
    """
    Compare the cards of a work folder with those of the wave that it goes on from.

    Parameters
    ----------
    workspace : Workspace
        A work folder with the cards of notebook 08.

    Returns
    -------
    WaveDifferences or None
        None for a study that has been run once.
    """
    if workspace.earlier is None:
        return None
    sides = []
    for side in (workspace.earlier, workspace):
        profiles = SegmentProfiles.from_parts(side.load("profiling"))
        sides.append((Personas.from_parts(side.load("personas")), profiles))
    (old, before), (computed, now) = sides
    return compare_cards(old, before, apply_edits(computed, now, workspace.study.folder), now)


def compare_cards(old: Personas, before: SegmentProfiles, new: Personas, now: SegmentProfiles) -> WaveDifferences:
    """
    Compare the cards of two waves line by line.

    Parameters
    ----------
    old, new : Personas
        Cards of the earlier wave and of this one; segments with one number are the same.
    before, now : SegmentProfiles
        What the data said and say, also where a card has no room for it.

    Returns
    -------
    WaveDifferences
        The differences, persona by persona.
    """
    earlier = {card.segment: card for card in old.personas}
    figures, old_figures = now.figures(), before.figures()
    lines: list[LineDifference] = []
    for card in new.personas:
        was = earlier.get(card.segment)
        lines += _compared(was, card, old_figures, figures) if was else []
    return WaveDifferences(
        old.about["as_of"], new.about["as_of"], {card.segment: card.name for card in old.personas},
        {card.segment: card.name for card in new.personas}, {card.segment: card.n for card in old.personas},
        {card.segment: card.n for card in new.personas}, lines, list(new.about.get("edits_contradicted", [])),
    )  # fmt: skip


def _compared(old: Persona, new: Persona, old_figures: dict[str, Figure], figures: dict[str, Figure]) -> list[LineDifference]:
    before, after = _by_key(old.claims), _by_key(new.claims)
    found = []
    for key, line in after.items():
        figure = figure_of(line)
        if figure is None:
            continue
        if key in before:
            moved = has_moved(figure, said_of(before[key]), level=line.asserts == "level")
            found += [LineDifference(new.segment, CHANGED, before[key], line)] if moved else []
        else:
            what = _standing(line, old_figures.get(figure.key), (FIRST_SHOWN, NEW, CLEAR_NOW))
            found.append(LineDifference(new.segment, what, None, line))
    for key, line in before.items():
        figure = figure_of(line)
        if figure is not None and key not in after:
            what = _standing(line, figures.get(figure.key), (STILL, NO_LONGER, NOT_CLEAR))
            found.append(LineDifference(new.segment, what, line, None))
    return found


def _by_key(lines: Iterable[Claim]) -> dict[str, Claim]:
    """Lines that data make, by the key under which another run finds them again; what counts the traits of a card is left out."""
    own = [line for line in lines if line.kind in {"data", "edited"}]
    return {line_key(line): line for line in own if not any(isinstance(piece, Figure) and piece.column == "traits"
                                                            for piece in line.evidence)}  # fmt: skip


def _standing(line: Claim, figure: Figure | None, names: tuple[str, str, str]) -> str:
    """Whether the other wave says the same as a line, says otherwise, or has too little to tell."""
    same, otherwise, unclear = names
    if bears_out(line, figure):
        return same
    moved = figure is not None and has_moved(figure, said_of(line), level=line.asserts == "level")
    return otherwise if moved else unclear


def bears_out(line: Claim, figure: Figure | None) -> bool:
    """
    Tell whether the data of another wave say the same as a line.

    Parameters
    ----------
    line : Claim
        The line.
    figure : Figure or None
        Its figure in the other wave; None when that wave has none to show.

    Returns
    -------
    bool
        For a difference: the same direction, and its interval leaves out zero. For a level: the intervals meet.
    """
    own = figure_of(line)
    if figure is None or own is None:
        return False
    if line.asserts == "level" or own.effect is None:
        return not has_moved(figure, said_of(line), level=True)
    sure = (figure.effect_low or 0.0) * (figure.effect_high or 0.0) > 0
    return sure and (figure.effect or 0.0) * own.effect > 0
