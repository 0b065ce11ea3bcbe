"""The feeling curve of a journey map: where each phase lies, its interval, and the line that the team wants instead."""

from __future__ import annotations

from typing import Any

from personakit.evidence import SMALL_BASE, Figure
from personakit.journeys import JourneyMaps
from personakit.locale import Words
from personakit.render.pages import edit_mark, evidence_text, phase_name

_WIDTH, _HEIGHT = 1400, 230
#: How far the number of a point stands above or below it.
_ABOVE, _BELOW = -16, 30


def curve_of(journeys: JourneyMaps, segment: int, words: Words, refs: dict[str, int]) -> dict[str, Any] | None:
    """
    Lay out the feeling curve of one map, as it is and as the team wants it.

    Parameters
    ----------
    journeys : JourneyMaps
        The maps.
    segment : int
        Whose map.
    words : Words
        Language; where it runs right to left, the curve is mirrored.
    refs : dict of str to int
        Number of each cell in the list of evidence, by its id.

    Returns
    -------
    dict or None
        ``points`` (where each phase lies, its interval, n and number), ``runs`` (band and line of phases that follow each other;
        the curve stops at gaps), ``wanted`` (points of the wanted line), ``width`` and ``height`` of the drawing. None when
        nothing is known and nothing is wanted.
    """
    phases, wanted = list(journeys.phases), _wanted(journeys, segment, words)
    points: list[dict[str, Any] | None] = []
    for position, phase in enumerate(phases):
        cell = next((c for c in journeys.maps[segment] if c.place == f"{phase}|feeling" and c.evidence), None)
        piece = cell.evidence[0] if cell is not None else None
        if cell is None or not isinstance(piece, Figure):
            points.append(None)
            continue
        x = (position + 0.5) / len(phases) * _WIDTH
        x = _WIDTH - x if words.direction == "rtl" else x
        low = piece.ci_low if piece.ci_low is not None else piece.estimate
        high = piece.ci_high if piece.ci_high is not None else piece.estimate
        y, aim = _height(piece.estimate), next((point for point in wanted if point["phase"] == phase), None)
        below = aim is not None and aim["y"] <= y  # the number stands on the far side of the wanted point
        if aim is not None:
            aim["text_y"] = aim["y"] + (_ABOVE if below else _BELOW)
        points.append({"position": position, "feeling": piece.estimate, "x": round(x, 1), "y": y,
                       "text_y": y + (_BELOW if below else _ABOVE), "low": _height(low), "high": _height(high),
                       "text": words.value(piece.estimate, "signed"), "n": f"n = {words.number(piece.n)}",
                       "number": refs[cell.id], "ref": words.number(refs[cell.id]),
                       "why": f"{phase_name(phase, words)}: {evidence_text(piece, words)}",
                       "small": piece.n < SMALL_BASE})  # fmt: skip
    known = [point for point in points if point is not None]
    if not known and not wanted:
        return None
    return {"points": known, "wanted": wanted, "wanted_line": " ".join(f"{p['x']},{p['y']}" for p in wanted),
            "runs": [_run(run) for run in _runs(points)], "width": _WIDTH, "height": _HEIGHT,
            "middle": _height(0.0), "top": words.value(2.0, "signed"), "bottom": words.value(-2.0, "signed")}  # fmt: skip


def _wanted(journeys: JourneyMaps, segment: int, words: Words) -> list[dict[str, Any]]:
    """Points of the line that the team wants, phase by phase; phases of which nothing is said are passed over."""
    cells = {cell.place.split("|")[0]: cell for cell in journeys.maps[segment] if cell.place.endswith("|to_be")}
    points = []
    for position, phase in enumerate(journeys.phases):
        if (cell := cells.get(phase)) is not None and cell.edit is not None:
            x = (position + 0.5) / len(journeys.phases) * _WIDTH
            x = _WIDTH - x if words.direction == "rtl" else x
            mark = edit_mark(cell, cell.edit, words)
            y = _height(cell.params["value"])
            points.append({"phase": phase, "x": round(x, 1), "y": y, "text_y": y + _ABOVE,
                           "text": words.value(cell.params["value"], "signed"),
                           "why": f"{phase_name(phase, words)}: {words.claim(cell)} ({mark})"})  # fmt: skip
    return points


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
    above, below = 40, 58
    return round(above + (2 - max(min(feeling, 2), -2)) / 4 * (_HEIGHT - above - below), 1)
