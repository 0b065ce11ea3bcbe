"""Journey maps as pages: one grid per persona, lanes down and phases across, with the evidence numbered behind it."""

from __future__ import annotations

from html import escape
from typing import Any

from personakit.evidence import Claim, Voice
from personakit.journeys import JourneyMaps
from personakit.journeys_cells import BAD_AT, GAP, GAP_LANES, LANES, STUCK, STUCK_DEVICE, TEAM_LANES
from personakit.locale import Words
from personakit.render.feeling_curve import curve_of
from personakit.render.journeys_overview import journeys_overview
from personakit.render.pages import colour_of, edit_mark, evidence_text, page_of, phase_name

LANE_NAMES = {
    "expectation": "What they expect", "doing": "What they do", "touchpoints": "Touchpoints", "front_stage": "Front stage",
    "back_stage": "Back stage", "thinking": "What they say", "needs": "Needs", "feeling": "How they feel",
    "reactions": "Reactions", "pains": "Pain points", "opportunities": "Opportunities", "owner": "Who owns it",
    "figures": "Figures",
}  # fmt: skip


def journeys_page(journeys: JourneyMaps, *, language: str, style: str = "", only: int = 0, fonts: bool = True) -> str:
    """
    Lay out all journey maps as one page.

    Parameters
    ----------
    journeys : JourneyMaps
        The maps.
    language : {"en", "nb", "fi", "fa"}
        Language of the page.
    style : {"", "person", "role"}
        ``role`` leaves out names and pictures.
    only : int
        A segment, for a page with one map; 0 for all.
    fonts : bool
        Whether the page carries its fonts; without them it is small.

    Returns
    -------
    str
        HTML.
    """
    words, style = map_words(journeys, language), style or journeys.about.get("style", "person")
    maps = [map_of(journeys, segment, words, style=style) for segment in journeys.maps if only in {0, segment}]
    names = map_names(journeys, words, style)
    return page_of("journeys.html", words, journeys.about, fonts=fonts, maps=maps, style_of_names=style,
                   overview=None if only else journeys_overview(journeys, words, names),
                   refs={cell.id: number for cells in journeys.maps.values() for cell, number in _numbered(cells)},
                   phases=[phase_name(phase, words) for phase in journeys.phases], notes=journeys.notes,
                   unassigned=journeys.unassigned.to_dict("records"))  # fmt: skip


def map_words(journeys: JourneyMaps, language: str) -> Words:
    """Words in a language, with the currency and calendar of the study."""
    return Words(language, journeys.about["currency"], journeys.about.get("calendar", "gregorian"))


def map_names(journeys: JourneyMaps, words: Words, style: str) -> dict[int, str]:
    """The name shown for each persona, or with the style ``role`` the number of its group."""
    return {segment: words("Group {number}", number=words.number(segment)) if style == "role" else journeys.names[segment]
            for segment in journeys.maps}  # fmt: skip


def map_frame(journeys: JourneyMaps, segment: int) -> str:
    """One map as a frame for notebooks and widgets: its style and that of the notebook stay apart."""
    page = journeys_page(journeys, language=journeys.about["language"], only=segment, fonts=False)
    return (f'<div><iframe class="pk-map" title="{escape(journeys.names[segment])}" sandbox="" srcdoc="{escape(page)}" '
            'style="width:100%;height:52em;border:1px solid #d9dde4"></iframe></div>')  # fmt: skip


def map_of(journeys: JourneyMaps, segment: int, words: Words, *, style: str = "person") -> dict[str, Any]:
    """
    Everything that one map shows, in the words of one language; all formats use the same.

    Returns
    -------
    dict
        ``segment``, ``name``, ``colour``, ``essence``, ``scenario``, ``lanes`` (a list: ``lane``, ``name``, ``gap``, ``team``,
        ``cells``, a list of entries for each phase), ``curve`` and ``evidence`` (the numbered list behind the map).
    """
    cells = journeys.maps[segment]
    numbered = _numbered(cells)
    refs = {cell.id: number for cell, number in numbered}
    by_place: dict[str, list[dict[str, Any]]] = {}
    for cell in cells:
        by_place.setdefault(cell.place, []).append(_entry(cell, words, refs))
    lanes = [_lane(lane, list(journeys.phases), by_place, words) for lane in LANES]
    about = journeys.about
    essence = about.get("essence", {}).get(str(segment))
    return {
        "segment": segment, "name": map_names(journeys, words, style)[segment], "colour": colour_of(segment),
        "seed": journeys.about["title"],
        "essence": words.claim(Claim.model_validate(essence)) if essence else "",
        "scenario": about.get("scenarios", {}).get(str(segment)) or about.get("scenario", ""),
        "lanes": [lane for lane in lanes if lane is not None],
        "curve": curve_of(journeys, segment, words, refs), "evidence": [_evidence(cell, words) for cell, _ in numbered],
    }  # fmt: skip


def _numbered(cells: list[Claim]) -> list[tuple[Claim, int]]:
    """The cells that rest on evidence, with their number in its list."""
    return [(cell, number) for number, cell in enumerate((cell for cell in cells if cell.evidence), 1)]


def _lane(lane: str, phases: list[str], by_place: dict[str, list[dict[str, Any]]], words: Words) -> dict[str, Any] | None:
    """One row of the grid; None for a lane that says nothing and need not be asked for."""
    cells = [by_place.get(f"{phase}|{lane}", []) for phase in phases]
    gap = not any(entry["kind"] != "gap" for entries in cells for entry in entries)
    if gap and lane not in GAP_LANES:
        return None
    return {"lane": lane, "name": words(LANE_NAMES[lane]), "gap": gap, "team": lane in TEAM_LANES, "cells": cells}


def _entry(cell: Claim, words: Words, refs: dict[str, int]) -> dict[str, Any]:
    voice = _voice(cell)
    kind = "gap" if cell.message == GAP else "stuck" if cell.message in {STUCK, STUCK_DEVICE, BAD_AT} else cell.kind
    mark = words("weak") if cell.grade == "weak" and cell.kind == "data" else ""
    mark = edit_mark(cell, cell.edit, words) if cell.edit is not None else mark
    why = "; ".join(evidence_text(piece, words) for piece in cell.evidence)
    return {"text": f"“{voice.quote}”" if voice else words.claim(cell), "language": voice.language if voice else "", "why": why,
            "free": voice is not None or (cell.kind in {"assumption", "edited"} and kind != "gap"), "kind": kind, "mark": mark,
            "number": refs.get(cell.id), "ref": words.number(refs[cell.id]) if cell.id in refs else ""}  # fmt: skip


def _voice(cell: Claim) -> Voice | None:
    """Whose words stand in a cell; None where people have put it in words of their own."""
    piece = cell.evidence[0] if cell.evidence and cell.kind != "edited" else None
    return piece if isinstance(piece, Voice) else None


def _evidence(cell: Claim, words: Words) -> dict[str, Any]:
    """One entry of the numbered list: where it stands, what it says, what it rests on."""
    voice = _voice(cell)
    phase, lane = cell.place.split("|")
    return {"place": words.listing([phase_name(phase, words), words(LANE_NAMES[lane])]),
            "free": voice is not None or cell.kind == "edited",
            "text": f"“{voice.quote}”" if voice else words.claim(cell), "language": voice.language if voice else "",
            "grade": words(cell.grade), "evidence": [evidence_text(piece, words) for piece in cell.evidence]}  # fmt: skip
