"""Step 09, edits: what people changed on maps and how they want the journey to feel, kept and laid over every new result."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from personakit.edits import (
    EditSession,
    PersonaEdits,
    PersonEdit,
    file_of,
    has_moved,
    line_key,
    one_line,
    read_files,
    said_of,
    write_file,
)
from personakit.errors import PersonakitError, did_you_mean, listing
from personakit.evidence import Claim, Edit, Figure, figure_of
from personakit.journeys import JourneyMaps
from personakit.journeys_cells import LANES
from personakit.personas_lines import OWN
from personakit.personas_model import Personas

FOLDER = "journeys"
#: Lanes in which people may write a line of their own; figures and feelings come from data.
OWN_LANES = tuple(lane for lane in LANES if lane not in {"feeling", "figures"})
TO_BE = "Wanted: {value} on a scale from −2 to +2"
_LOWEST, _HIGHEST = -2, 2


class MapEdit(PersonEdit):
    """
    One thing that somebody did to a map; ``text`` is the new words or the scenario.

    Attributes
    ----------
    do : {"rewrite", "remove", "add", "to_be", "scenario"}
        Rewrite or remove a cell's line, add a line of one's own, say how a phase ought to feel, or change the scenario.
    phase, lane : str
        Where on the map.
    feeling : float or None
        For ``to_be``: -2 to +2; None takes the point off the line.
    """

    do: Literal["rewrite", "remove", "add", "to_be", "scenario"]
    phase: str = ""
    lane: str = ""
    feeling: Annotated[float, Field(ge=_LOWEST, le=_HIGHEST)] | None = None


class MapEdits(PersonaEdits[MapEdit]):
    """All edits of one map, oldest first."""


def map_edits_file(folder: Path, persona: str) -> Path:
    """Where the edits of a map lie: ``journeys/<name>.edits.yaml`` beside the study file."""
    return file_of(folder / FOLDER, persona)


def read_map_edits(folder: Path) -> dict[str, MapEdits]:
    """Read what people changed on the maps of a study, by name of the persona, see :func:`personakit.edits.read_files`."""
    return read_files(folder / FOLDER, MapEdits)


def write_map_edits(edits: MapEdits, folder: Path) -> Path:
    """Write the edits of one map, whole or not at all."""
    return write_file(edits, folder / FOLDER)


def apply_map_edits(journeys: JourneyMaps, personas: Personas, edits: dict[str, MapEdits] | Path) -> JourneyMaps:
    """
    Lay what people changed over the computed maps.

    Parameters
    ----------
    journeys : JourneyMaps
        Maps as the data write them, as :func:`personakit.journeys.map_journeys` gives them.
    personas : Personas
        Cards with their edits: for names and what sums each persona up.
    edits : dict of str to MapEdits, or Path
        From :func:`read_map_edits`, or the folder of the study file.

    Returns
    -------
    JourneyMaps
        Edited lines have the kind ``edited`` and say who changed them. Wanted feelings are cells of the lane ``to_be``.
        ``about["scenarios"]`` holds scenarios of single maps, and ``about["edits_contradicted"]`` edits that the data now
        contradict or no longer say: ``persona``, ``line``, ``who``, ``on``, ``data_now``.
    """
    known = read_map_edits(edits) if isinstance(edits, Path) else edits
    own = {segment: known[name].edits for segment, name in journeys.names.items() if name in known}
    maps = {segment: _edited(segment, cells, own.get(segment, []), journeys) for segment, cells in journeys.maps.items()}
    names = journeys.names | {card.segment: card.name for card in personas.personas if card.segment in journeys.names}
    essence = {str(card.segment): line.model_dump() for card in personas.personas for line in card.at("essence")[:1]}
    scenarios = {str(segment): edit.text for segment, changed in own.items() for edit in changed if edit.do == "scenario"}
    scenarios = {segment: text for segment, text in scenarios.items() if text}
    contradicted = [{"persona": names[segment], "line": str(cell.params.get("text", cell.message)), "who": cell.edit.who,
                     "on": cell.edit.on, "data_now": cell.edit.data_now}
                    for segment, cells in maps.items() for cell in cells
                    if cell.edit is not None and cell.edit.data_now]  # fmt: skip
    lost = [f"{name}: {edit.phase}" for name, changed in known.items() for edit in changed.edits
            if edit.phase and edit.phase not in journeys.phases]  # fmt: skip
    about = journeys.about | {"essence": journeys.about.get("essence", {}) | essence, "scenarios": scenarios,
                              "edits_contradicted": contradicted, "edits_without_phase": sorted(set(lost))}  # fmt: skip
    return replace(journeys, maps=maps, names=names, about=about)


def _edited(segment: int, computed: list[Claim], edits: Iterable[MapEdit], journeys: JourneyMaps) -> list[Claim]:
    cells = list(computed)
    for number, edit in enumerate(edits, 1):
        if edit.do == "scenario" or edit.phase not in journeys.phases:
            continue
        done = Edit(who=edit.who, on=edit.on)
        place = f"{edit.phase}|{edit.lane}"
        at = next((i for i, cell in enumerate(cells) if line_key(cell) == edit.line), None) if edit.line else None
        if edit.do == "to_be":
            cells = [cell for cell in cells if cell.place != f"{edit.phase}|to_be"]
            if edit.feeling is not None:
                wanted = {"value": edit.feeling, "format": "signed"}
                cells.append(Claim(id=f"{segment}|{edit.phase}|to_be", segment=segment, place=f"{edit.phase}|to_be",
                                   message=TO_BE, params=wanted, kind="edited", grade="assumed", edit=done))  # fmt: skip
        elif edit.do == "remove":
            cells = cells if at is None else cells[:at] + cells[at + 1 :]
        elif at is not None:
            cells[at] = _rewritten(cells[at], edit)
        else:
            silent = edit.do == "rewrite"
            cells.append(Claim(id=f"{segment}|{place}|own|{number}", segment=segment, place=place, message=OWN,
                               params={"text": edit.text}, kind="edited", grade="assumed",
                               edit=done.model_copy(update={"data_now": "silent" if silent else ""})))  # fmt: skip
    said = {cell.place for cell in cells if cell.kind == "edited"}
    return [cell for cell in cells if cell.kind != "assumption" or cell.message == OWN or cell.place not in said]


def _rewritten(cell: Claim, edit: MapEdit) -> Claim:
    """New words for a line that the data, or the study file, still hold; its evidence stays."""
    figure = figure_of(cell)
    moved = figure is not None and has_moved(figure, edit.said, level=cell.asserts == "level")
    done = Edit(who=edit.who, on=edit.on, data_now="contradicts" if moved else "")
    return cell.model_copy(update={"message": OWN, "params": {"text": edit.text}, "kind": "edited", "edit": done})


class JourneySession(EditSession[MapEdits]):
    """
    One person at work on the maps of a study.

    Parameters
    ----------
    journeys : JourneyMaps
        Maps as the data write them, without edits.
    personas : Personas
        Cards with their edits, for the names.
    folder : Path
        The folder of the study file; edits are kept in ``journeys/`` there.
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
        self, journeys: JourneyMaps, personas: Personas, folder: Path, *, who: str, today: dt.date | None = None
    ) -> None:
        super().__init__(MapEdits, folder / FOLDER, who=who, today=today)
        self._computed, self._personas = journeys, personas

    @property
    def journeys(self) -> JourneyMaps:
        """The maps with all edits."""
        return apply_map_edits(self._computed, self._personas, self._edits)

    @property
    def names(self) -> dict[str, str]:
        """Name shown for each persona, by the name that the software gave it."""
        shown = self.journeys.names
        return {name: shown[segment] for segment, name in self._computed.names.items()}

    @property
    def phases(self) -> list[str]:
        """Phases in order."""
        return list(self._computed.phases)

    def segment_of(self, persona: str) -> int:
        """
        Number of a persona's segment; ``persona`` is the name that the software gave it.

        Raises
        ------
        PersonakitError
            If there is no such persona.
        """
        names = self._computed.names
        return list(names)[self._place_of(persona, list(names.values()))]

    def cells(self, persona: str, phase: str) -> list[Claim]:
        """Give the lines of one phase with their edits."""
        self._check_phase(phase)
        return [cell for cell in self.journeys.maps[self.segment_of(persona)] if cell.place.split("|")[0] == phase]

    def feeling(self, persona: str, phase: str) -> tuple[float | None, float | None]:
        """How a phase feels, and how it is wanted to feel, -2 to +2; None where that is not known or not said."""
        found = {cell.place.split("|")[1]: cell for cell in self.cells(persona, phase)}
        now, wanted = found.get("feeling"), found.get("to_be")
        figure = now.evidence[0] if now is not None and now.evidence else None
        return figure.estimate if isinstance(figure, Figure) else None, wanted.params["value"] if wanted is not None else None

    def scenario(self, persona: str) -> str:
        """Give the situation that the map is about: this map's own, or the one of the study file."""
        about = self.journeys.about
        return str(about["scenarios"].get(str(self.segment_of(persona)), about.get("scenario", "")))

    def rewrite(self, persona: str, cell: Claim, text: str) -> None:
        """Say a line in other words; its evidence stays."""
        self._change(persona, MapEdit(do="rewrite", line=line_key(cell), phase=_phase(cell), lane=_lane(cell),
                                      text=one_line(text), said=said_of(cell), **self._by))  # fmt: skip

    def remove(self, persona: str, cell: Claim) -> None:
        """Take a line off the map."""
        self._change(persona, MapEdit(do="remove", line=line_key(cell), phase=_phase(cell), lane=_lane(cell), **self._by))

    def add(self, persona: str, phase: str, lane: str, text: str) -> None:
        """
        Write a line of one's own, such as a pain, an idea or an owner; it is marked as an assumption.

        Raises
        ------
        PersonakitError
            If the phase or lane is not known, or the text is empty or longer than 300 letters.
        """
        if lane not in OWN_LANES:
            raise PersonakitError(f"lane '{lane}' is not known; allowed: {listing(OWN_LANES, 30)}{did_you_mean(lane, OWN_LANES)}")
        self._change(persona, MapEdit(do="add", phase=phase, lane=lane, text=one_line(text), **self._by))

    def set_to_be(self, persona: str, phase: str, feeling: float | None) -> None:
        """
        Say how a phase ought to feel.

        Parameters
        ----------
        persona : str
            The name that the software gave it.
        phase : str
            A phase of the study.
        feeling : float or None
            -2 to +2; None takes the point off the line.

        Raises
        ------
        PersonakitError
            If the phase is not known, or the feeling is beyond the scale.
        """
        if feeling is not None and not _LOWEST <= feeling <= _HIGHEST:
            raise PersonakitError(f"feeling: found {feeling}; allowed: {_LOWEST} to +{_HIGHEST}")
        self._change(persona, MapEdit(do="to_be", phase=phase, feeling=feeling, **self._by))

    def set_scenario(self, persona: str, text: str) -> None:
        """Say in which situation this persona's map is told; empty: the scenario of the study file."""
        self._do(persona, MapEdit(do="scenario", text=one_line(text) if text.strip() else "", **self._by))

    def _change(self, persona: str, edit: MapEdit) -> None:
        self._check_phase(edit.phase)
        self._do(persona, edit)

    def _do(self, persona: str, edit: PersonEdit) -> None:
        self.segment_of(persona)
        super()._do(persona, edit)

    def _check_phase(self, phase: str) -> None:
        if phase not in self.phases:
            raise PersonakitError(
                f"phase '{phase}' is not known; allowed: {listing(self.phases)}{did_you_mean(phase, self.phases)}"
            )


def _phase(cell: Claim) -> str:
    return cell.place.split("|")[0]


def _lane(cell: Claim) -> str:
    return cell.place.split("|")[1]
