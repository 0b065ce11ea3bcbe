"""Journey maps as pages: one grid per persona, lanes down and phases across, with the evidence numbered behind it."""

from __future__ import annotations

from typing import Any

from personakit.evidence import SMALL_BASE, Claim, Figure, Voice
from personakit.journeys import JourneyMaps
from personakit.journeys_cells import BAD_AT, GAP, GAP_LANES, LANES, STUCK, STUCK_DEVICE, TEAM_LANES
from personakit.locale import Words
from personakit.render.pages import colour_of, evidence_text, page_of

LANE_NAMES = {
    "expectation": "What they expect", "doing": "What they do", "touchpoints": "Touchpoints", "front_stage": "Front stage",
    "back_stage": "Back stage", "thinking": "What they say", "feeling": "How they feel", "reactions": "Reactions",
    "pains": "Pain points", "opportunities": "Opportunities", "owner": "Who owns it", "figures": "Figures",
}  # fmt: skip
_CURVE_WIDTH, _CURVE_HEIGHT = 1400, 210


def journeys_page(journeys: JourneyMaps, *, language: str) -> str:
    """
    Lay out all journey maps as one page.

    Parameters
    ----------
    journeys : JourneyMaps
        The maps.
    language : {"en", "nb", "fi", "fa"}
        Language of the page.

    Returns
    -------
    str
        HTML.
    """
    words = Words(language, journeys.about["currency"], journeys.about.get("calendar", "gregorian"))
    return page_of("journeys.html", words, journeys.about, maps=[map_of(journeys, segment, words) for segment in journeys.maps],
                   phases=[phase_name(phase, words) for phase in journeys.phases], notes=journeys.notes,
                   unassigned=journeys.unassigned.to_dict("records"))  # fmt: skip


def phase_name(phase: str, words: Words) -> str:
    """The name of a phase in a language; with a capital where the language has them."""
    name = words(phase)
    return name[:1].upper() + name[1:]


def map_of(journeys: JourneyMaps, segment: int, words: Words) -> dict[str, Any]:
    """
    Everything that one map shows, in the words of one language; all formats use the same.

    Returns
    -------
    dict
        ``segment``, ``name``, ``colour``, ``essence``, ``scenario``, ``lanes`` (a list: ``lane``, ``name``, ``gap``, ``team``,
        ``cells``, a list of entries for each phase), ``curve`` and ``evidence`` (the numbered list behind the map).
    """
    cells = journeys.maps[segment]
    backed = [cell for cell in cells if cell.evidence]
    refs = {cell.id: number for number, cell in enumerate(backed, 1)}
    by_place: dict[str, list[dict[str, Any]]] = {}
    for cell in cells:
        by_place.setdefault(cell.place, []).append(_entry(cell, words, refs))
    lanes = [_lane(lane, list(journeys.phases), by_place, words) for lane in LANES]
    essence = journeys.about.get("essence", {}).get(str(segment))
    return {
        "segment": segment, "name": journeys.names[segment], "colour": colour_of(segment), "seed": journeys.about["title"],
        "essence": words.claim(Claim.model_validate(essence)) if essence else "",
        "scenario": journeys.about.get("scenario", ""), "lanes": [lane for lane in lanes if lane is not None],
        "curve": _curve(journeys, segment, words, refs), "evidence": [_evidence(cell, words) for cell in backed],
    }  # fmt: skip


def _lane(lane: str, phases: list[str], by_place: dict[str, list[dict[str, Any]]], words: Words) -> dict[str, Any] | None:
    """One row of the grid; None for a lane that says nothing and need not be asked for."""
    cells = [by_place.get(f"{phase}|{lane}", []) for phase in phases]
    gap = not any(entry["kind"] != "gap" for entries in cells for entry in entries)
    if gap and lane not in GAP_LANES:
        return None
    return {"lane": lane, "name": words(LANE_NAMES[lane]), "gap": gap, "team": lane in TEAM_LANES, "cells": cells}


def _entry(cell: Claim, words: Words, refs: dict[str, int]) -> dict[str, Any]:
    voice = cell.evidence[0] if cell.evidence and isinstance(cell.evidence[0], Voice) else None
    kind = "gap" if cell.message == GAP else "stuck" if cell.message in {STUCK, STUCK_DEVICE, BAD_AT} else cell.kind
    mark = words("weak") if cell.grade == "weak" and cell.kind == "data" else ""
    why = "; ".join(evidence_text(piece, words) for piece in cell.evidence)
    return {"text": f"“{voice.quote}”" if voice else words.claim(cell), "language": voice.language if voice else "", "why": why,
            "free": voice is not None or (cell.kind == "assumption" and kind != "gap"), "kind": kind, "mark": mark,
            "number": refs.get(cell.id), "ref": words.number(refs[cell.id]) if cell.id in refs else ""}  # fmt: skip


def _evidence(cell: Claim, words: Words) -> dict[str, Any]:
    """One entry of the numbered list: where it stands, what it says, what it rests on."""
    voice = cell.evidence[0] if isinstance(cell.evidence[0], Voice) else None
    phase, lane = cell.place.split("|")
    return {"place": words.listing([phase_name(phase, words), words(LANE_NAMES[lane])]), "free": voice is not None,
            "text": f"“{voice.quote}”" if voice else words.claim(cell), "language": voice.language if voice else "",
            "grade": words(cell.grade), "evidence": [evidence_text(piece, words) for piece in cell.evidence]}  # fmt: skip


def _curve(journeys: JourneyMaps, segment: int, words: Words, refs: dict[str, int]) -> dict[str, Any] | None:
    """Points of the feeling curve with its band; mirrored where the page runs right to left. It stops at gaps."""
    phases = list(journeys.phases)
    points: list[dict[str, Any] | None] = []
    for position, phase in enumerate(phases):
        cell = next((c for c in journeys.maps[segment] if c.place == f"{phase}|feeling" and c.evidence), None)
        piece = cell.evidence[0] if cell is not None else None
        if cell is None or not isinstance(piece, Figure):
            points.append(None)
            continue
        x = (position + 0.5) / len(phases) * _CURVE_WIDTH
        x = _CURVE_WIDTH - x if words.direction == "rtl" else x
        low = piece.ci_low if piece.ci_low is not None else piece.estimate
        high = piece.ci_high if piece.ci_high is not None else piece.estimate
        points.append({"x": round(x, 1), "y": _height(piece.estimate), "low": _height(low), "high": _height(high),
                       "text": words.value(piece.estimate, "signed"), "n": f"n = {words.number(piece.n)}",
                       "number": refs[cell.id], "ref": words.number(refs[cell.id]),
                       "why": f"{phase_name(phase, words)}: {evidence_text(piece, words)}",
                       "small": piece.n < SMALL_BASE})  # fmt: skip
    known = [point for point in points if point is not None]
    if not known:
        return None
    return {"points": known, "runs": [_run(run) for run in _runs(points)], "width": _CURVE_WIDTH, "height": _CURVE_HEIGHT,
            "middle": _height(0.0), "top": words.value(2.0, "signed"), "bottom": words.value(-2.0, "signed")}  # fmt: skip


def _runs(points: list[dict[str, Any] | None]) -> list[list[dict[str, Any]]]:
    """Points that follow each other without a gap."""
    runs: list[list[dict[str, Any]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]


def _run(run: list[dict[str, Any]]) -> dict[str, str]:
    band = " ".join(f"{p['x']},{p['high']}" for p in run) + " " + " ".join(f"{p['x']},{p['low']}" for p in reversed(run))
    return {"band": band, "line": " ".join(f"{p['x']},{p['y']}" for p in run)}


def _height(feeling: float) -> float:
    """Where a feeling from -2 to +2 lies, with room above for its number and below for n."""
    above, below = 34, 30
    return round(above + (2 - max(min(feeling, 2), -2)) / 4 * (_CURVE_HEIGHT - above - below), 1)
