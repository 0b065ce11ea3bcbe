"""What stands before the maps: the moments that matter most, the ways customers take, and what the log was like."""

from __future__ import annotations

from typing import Any

import pandas as pd

from personakit.evidence import Claim, Figure
from personakit.evidence_measures import wilson
from personakit.journeys import JourneyMaps
from personakit.journeys_cells import BAD_AT, STUCK, STUCK_DEVICE
from personakit.locale import Words
from personakit.render.journey_flow import Band, Flow, flow_of
from personakit.render.map_layout import shortened, text_width
from personakit.render.pages import colour_of, phase_name

#: Which rows step 02 set aside, as a reader would say it.
SET_ASIDE = {
    "repeats an earlier row": "Rows that repeat an earlier one, left out: {n}.",
    "bots: faster, steadier or longer than a person": "Rows that come from bots, left out: {n}.",
    "dated after as_of": "Rows dated after the day of the study, left out: {n}.",
}
LOG_NOTES = {
    "ties": "Events at the same moment as another of the same customer, in the order of the file: {n}.",
    "doubles": "Events that are the same touchpoint twice at one moment: {n}.",
    "backwards": "Events that stand in the file before an earlier one, put in order: {n}.",
}
BAD_PHASE = "They feel bad in this phase: {value} on a scale from −2 to +2"
#: What personas are compared by, and how its values are written.
MEASURES = {
    "reach": ("come this far", "percent"), "go_on": ("go on from here", "percent"), "back": ("come back here later", "percent"),
    "days": ("time since the first contact", "days"), "wait": ("time waited before", "days"),
    "stay": ("time in the phase", "minutes"), "feel": ("feeling, −2 to +2", "signed"),
}  # fmt: skip
_MOST_MOMENTS, _MOST_DIFFERENCES, _MOST_ENDS, _CHANCE = 8, 10, 5, 0.05
_WIDTH, _DEPTH, _BOX, _EDGE = 1400, 430, 14, 95
_NAME_SIZE, _PHASE_SIZE = 14, 17


def journeys_overview(journeys: JourneyMaps, words: Words, names: dict[int, str]) -> dict[str, Any]:
    """
    Everything that stands before the maps, in the words of one language.

    Parameters
    ----------
    journeys : JourneyMaps
        The maps.
    words : Words
        The language.
    names : dict of int to str
        The name shown for each segment.

    Returns
    -------
    dict
        ``moments`` (a list: ``segment``, ``name``, ``colour``, ``phase``, ``text``, ``customers``, ``money`` and ``place``, the
        id of the cell that holds the evidence), ``differ`` (what differs between personas: ``phase``, ``measure``, ``values``
        by segment, ``effect``, ``p``), ``ways`` (devices, channels and times that differ: ``name``, ``phase``, ``one``,
        ``other``, ``difference``, ``p``), ``begin`` and ``end`` (where journeys do so: ``name``, ``share`` with its interval and
        ``n``, the commonest first), ``funnel`` (one entry per phase), ``flow`` (a drawing, or None) and ``log``
        (sentences).
    """
    moments = journeys.moments[journeys.moments["segment"].isin(list(names))]
    clear = moments[moments["clear"].astype(bool)].head(_MOST_MOMENTS)
    return {"moments": [_moment(row, journeys, words, names) for row in clear.to_dict("records")],
            "funnel": [_reached(row, words) for row in journeys.funnel.to_dict("records")],
            "differ": _differ(journeys, words, names), "ways": _ways(journeys, words, names),
            "begin": _ends(journeys, words, first=True), "end": _ends(journeys, words, first=False),
            "flow": _drawn(flow_of(journeys), journeys, words), "log": _log(journeys.about.get("log") or {}, words)}  # fmt: skip


def _moment(row: dict[str, Any], journeys: JourneyMaps, words: Words, names: dict[int, str]) -> dict[str, Any]:
    segment, stuck = int(row["segment"]), row["kind"] == "few go on"
    form = "percent" if stuck else "signed"
    params: dict[str, Any] = {"value": row["value"], "format": form}
    if stuck:
        message, params = (STUCK_DEVICE if row["where"] else STUCK), params | {"others": row["compared_with"]}
        params |= {"device": row["where"]} if row["where"] else {}
    else:
        message, params = (BAD_AT if row["where"] else BAD_PHASE), params | ({"text": _name(row["where"], journeys)})
    lane = "feeling" if message == BAD_PHASE else "pains"
    said = Claim(id="", segment=segment, place="", message=message, params=params, kind="data", grade="strong")
    low, high = (words.value(round(row[f"customers_{end}"])) for end in ("low", "high"))
    money = "" if pd.isna(row["money"]) else words(
        "{value} ({low} to {high})", **{name: words.value(round(row[column]), "money") for name, column in (
            ("value", "money"), ("low", "money_low"), ("high", "money_high"))})  # fmt: skip
    column = f"go_on_{row['phase']}" if stuck else f"feel_at_{row['where']}" if row["where"] else f"feel_{row['phase']}"
    cell = next((cell for cell in journeys.maps.get(segment, []) if cell.place == f"{row['phase']}|{lane}"
                 and any(isinstance(piece, Figure) and piece.column.partition("@")[0] == column for piece in cell.evidence)),
                None)  # fmt: skip
    return {"segment": segment, "name": names[segment], "colour": colour_of(segment), "phase": phase_name(row["phase"], words),
            "text": words.claim(said), "money": money, "place": cell.id if cell is not None else "",
            "customers": words("{value} ({low} to {high})", value=words.value(round(row["customers"])), low=low,
                               high=high)}  # fmt: skip


def _differ(journeys: JourneyMaps, words: Words, names: dict[int, str]) -> list[dict[str, Any]]:
    """What differs between personas by more than chance, the largest effects first."""
    rows = journeys.personas[journeys.personas["p_adjusted"] < _CHANCE]
    found: list[dict[str, Any]] = []
    for (phase, measure), own in rows.groupby(["phase", "measure"], sort=False):
        message, form = MEASURES[str(measure)]
        values = dict(zip(own["segment"].astype(int), _side_by_side(own["value"].tolist(), form, words), strict=True))
        found.append({"phase": phase_name(str(phase), words), "measure": words(message),
                      "values": [values.get(segment, "–") for segment in names], "size": float(own["effect"].iloc[0]),
                      "effect": words.number(own["effect"].iloc[0], 2), "test": str(own["test"].iloc[0]),
                      "p": _chance(own["p_adjusted"].iloc[0], words)})  # fmt: skip
    return sorted(found, key=lambda row: -float(row["size"]))[:_MOST_DIFFERENCES]


def _side_by_side(values: list[float], form: str, words: Words) -> list[str]:
    """The values of one row, times in one unit."""
    return words.durations(values, form) if form in {"days", "minutes"} else [words.value(value, form) for value in values]


def _ways(journeys: JourneyMaps, words: Words, names: dict[int, str]) -> list[dict[str, Any]]:
    """Where one device, channel or time goes on clearly more often than another."""
    rows = journeys.ways[(journeys.ways["p_adjusted"] < _CHANCE) & journeys.ways["segment"].isin([0, *names])]
    found = []
    for row in rows.sort_values(["p_adjusted", "segment"], kind="stable").head(_MOST_DIFFERENCES).to_dict("records"):
        one, other = (words("{way}: {value} (n = {n})", way=words(row[way]), value=words.percent(row[value]),
                            n=words.number(row[n])) for way, value, n in (
                                ("way", "value", "n"), ("other_way", "other_value", "other_n")))  # fmt: skip
        points = {name: words.number(round(100 * row[column])) for name, column in (
            ("value", "difference"), ("low", "low"), ("high", "high"))}  # fmt: skip
        gap = words("{value} ({low} to {high})", **points)
        found.append({"name": names.get(int(row["segment"]), words("All customers")), "phase": phase_name(row["phase"], words),
                      "one": one, "other": other, "difference": gap, "p": _chance(row["p_adjusted"], words)})  # fmt: skip
    return found


def _chance(p_value: float, words: Words) -> str:
    """An adjusted p-value as it is written."""
    return f"< {words.number(0.001, 3)}" if p_value < 0.001 else words.number(p_value, 3)


def _name(touchpoint: str, journeys: JourneyMaps) -> str:
    return str(journeys.dictionary["label"].get(f"touch_{touchpoint}", touchpoint.replace("_", " ")))


def _ends(journeys: JourneyMaps, words: Words, *, first: bool) -> list[dict[str, str]]:
    """Touchpoints at which journeys begin, or end, with the share of all journeys."""
    side, other = ("from", "to") if first else ("to", "from")
    n = int((journeys.about.get("log") or {}).get("starts", 0))
    rows = journeys.transitions[(journeys.transitions[side] == "") & (journeys.transitions[other] != "")]
    found = []
    for row in rows.sort_values(["transitions", other], ascending=[False, True]).head(_MOST_ENDS).to_dict("records") if n else []:
        low, high = wilson(int(row["transitions"]), n)
        share = words("{value} ({low} to {high})", value=words.percent(row["transitions"] / n), low=words.percent(low),
                      high=words.percent(high))  # fmt: skip
        found.append({"name": _name(row[other], journeys), "share": share, "n": words.number(row["transitions"])})
    return found


def _reached(row: dict[str, Any], words: Words) -> dict[str, Any]:
    """How many come as far as a phase, with intervals."""
    shares = {end: words.percent(row[name]) for end, name in (("value", "share"), ("low", "low"), ("high", "high"))}
    before = "" if pd.isna(row["from_before"]) else words("{value} ({low} to {high})", **{
        end: words.percent(row[name]) for end, name in (
            ("value", "from_before"), ("low", "from_before_low"), ("high", "from_before_high"))})  # fmt: skip
    return {"phase": phase_name(row["phase"], words), "customers": words.number(row["customers"]), "before": before,
            "share": words("{value} ({low} to {high})", **shares)}  # fmt: skip


def _drawn(flow: Flow | None, journeys: JourneyMaps, words: Words) -> dict[str, Any] | None:
    """Boxes and bands in the units of a drawing, mirrored where the page runs right to left."""
    if flow is None:
        return None
    mirrored, scale = words.direction == "rtl", _DEPTH / flow.depth
    apart = (_WIDTH - 2 * _EDGE - _BOX) / max(len(journeys.phases) - 1, 1)

    def across(column: int) -> float:
        x = _EDGE + column * apart
        return _WIDTH - x - _BOX if mirrored else x

    def path(band: Band) -> str:
        x, other = across(band.start.column), across(band.end.column)
        x, other = (x + _BOX, other) if other > x else (x, other + _BOX)
        y, end, high = band.start_top * scale, band.end_top * scale, band.steps * scale
        middle = (x + other) / 2
        return (f"M{x:.1f} {y:.1f}C{middle:.1f} {y:.1f} {middle:.1f} {end:.1f} {other:.1f} {end:.1f}L{other:.1f} {end + high:.1f}"
                f"C{middle:.1f} {end + high:.1f} {middle:.1f} {y + high:.1f} {x:.1f} {y + high:.1f}Z")  # fmt: skip

    def way(band: Band) -> str:
        return words("{start} to {end}: {n} steps", start=_name(band.start.touchpoint, journeys),
                     end=_name(band.end.touchpoint, journeys), n=words.number(band.steps))  # fmt: skip

    bands = [{"path": path(band), "back": band.leads_back, "text": way(band)} for band in flow.bands]
    room = min(apart - 14, 2 * _EDGE)
    boxes = []
    for box in flow.boxes:
        name, n = _name(box.touchpoint, journeys), words.number(box.touches)
        boxes.append({"x": round(across(box.column), 1), "y": round(box.top * scale, 1), "name": name, "n": n,
                      "shown": f"{shortened(name, room - text_width(f' {n}', _NAME_SIZE), _NAME_SIZE)} {n}",
                      "height": round(max(box.touches * scale, 1.5), 1)})  # fmt: skip
    phases = []
    for column, phase in enumerate(journeys.phases):
        name = phase_name(phase, words)
        phases.append({"x": round(across(column) + _BOX / 2, 1), "name": name,
                       "shown": shortened(name, room, _PHASE_SIZE, bold=True)})  # fmt: skip
    return {"width": _WIDTH, "depth": _DEPTH, "box": _BOX, "bands": bands, "boxes": boxes, "phases": phases}


def _log(log: dict[str, Any], words: Words) -> list[str]:
    """What the event log was like, and what was done to it, in sentences."""
    if not log:
        return []
    said = [words("{n} events of {customers} customers in {starts} journeys.", n=words.number(log["events"]),
                  customers=words.number(log["customers"]), starts=words.number(log["starts"]))]  # fmt: skip
    said += [words(SET_ASIDE[rule], n=words.number(n)) for rule, n in log.get("set_aside", {}).items() if rule in SET_ASIDE and n]
    for name, message in LOG_NOTES.items():
        if log[name]:
            said.append(words(message, n=words.number(log[name])))
    return [*said, words("Times with a time zone are counted in UTC; others are taken as they stand.")]
