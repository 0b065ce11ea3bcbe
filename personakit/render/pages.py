"""Self-contained pages of persona cards and journey maps: one file, fonts and style inside, no outside request."""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from personakit.evidence import SMALL_BASE, Claim, Figure, Voice
from personakit.journeys import LANES, JourneyMaps
from personakit.locale import Words
from personakit.personas import Personas, format_of
from personakit.profiling import SegmentProfiles

_FOLDER = Path(__file__).parent
#: Colours of the personas; each has a contrast of at least 4.5 to white.
COLOURS = ("#0b6e6e", "#8a4b08", "#5b3fa0", "#9c2f55", "#2f6b1f", "#1f5a9c", "#7a5a00", "#6b3a2e")
FIELD_NAMES = {
    "matters": "What matters",
    "frustrations": "Frustrations",
    "opinions": "What they think",
    "interests": "Interests",
    "media": "Media",
    "channels": "Channels",
    "behaviours": "What they do",
    "satisfaction": "Satisfaction",
}
LANE_NAMES = {"doing": "What they do", "touchpoints": "Touchpoints", "thinking": "What they say", "feeling": "How they feel",
              "pains": "Pain points", "figures": "Figures"}  # fmt: skip
VERDICTS = {
    "natural": "The segments are natural: clear groups that come back in every sample.",
    "reproducible": "The segments are reproducible: the same groups come back in other samples, with blurred borders.",
    "constructive": "The segments are constructive: useful cuts through a continuum, not groups that exist by themselves.",
    "nothing to segment": "There is nothing to segment: no groups come back in other samples, so this one card describes "
    "everybody.",
    "chosen by a person": "A person chose the number of segments; it was not tested whether they come back in other samples.",
}
_CURVE_WIDTH, _CURVE_HEIGHT = 1000, 160


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(_FOLDER / "templates"), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)  # fmt: skip


@cache
def _style() -> Markup:
    """The style sheet with the fonts inside; both are the package's own files."""
    faces = []
    for weight, name in ((400, "Regular"), (700, "Bold")):
        font = base64.b64encode((_FOLDER / "fonts" / f"Vazirmatn-{name}.woff2").read_bytes()).decode()
        faces.append(f"@font-face{{font-family:Vazirmatn;font-weight:{weight};font-display:swap;"
                     f"src:url(data:font/woff2;base64,{font}) format('woff2')}}")  # fmt: skip
    css = (_FOLDER / "templates" / "pages.css").read_text(encoding="utf-8")
    return Markup("\n".join([*faces, css]))  # noqa: S704  no data of a study is in it


def personas_page(personas: Personas, profiles: SegmentProfiles, *, language: str) -> str:
    """
    Lay out all persona cards as one page.

    Parameters
    ----------
    personas : Personas
        The cards.
    profiles : SegmentProfiles
        For the table of traits on the back.
    language : {"en", "nb", "fi", "fa"}
        Language of the page.

    Returns
    -------
    str
        HTML.
    """
    words = Words(language, personas.about["currency"])
    cards = [{
        "segment": persona.segment, "name": persona.name, "n": persona.n, "colour": colour_of(persona.segment),
        "size": persona.at("size")[0], "who": persona.at("who"), "quotes": persona.at("quotes"),
        "fields": [(field, persona.at(field)) for field in FIELD_NAMES if persona.at(field)],
        "claims": persona.claims, "traits": _traits(profiles, persona.segment, words),
        "small": persona.n < SMALL_BASE,
    } for persona in personas.personas]  # fmt: skip
    return page_of("personas.html", words, personas.about, cards=cards)


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
    words = Words(language, journeys.about["currency"])
    maps = []
    for segment, cells in journeys.maps.items():
        by_place: dict[str, list[Claim]] = {}
        for cell in cells:
            by_place.setdefault(cell.place, []).append(cell)
        maps.append({
            "segment": segment, "name": journeys.names[segment], "colour": colour_of(segment), "cells": by_place, "claims": cells,
            "curve": _curve(journeys, by_place, words), "gaps": _empty_lanes(by_place, list(journeys.phases)),
        })  # fmt: skip
    return page_of("journeys.html", words, journeys.about, maps=maps, phases=list(journeys.phases), lanes=LANES,
                 unassigned=journeys.unassigned.to_dict("records"), notes=journeys.notes)  # fmt: skip


def _empty_lanes(cells: dict[str, list[Claim]], phases: list[str]) -> set[str]:
    """Lanes without data in any phase; they are shown as one wide gap."""
    return {lane for lane in LANES
            if not any(cell.kind != "assumption" for phase in phases for cell in cells.get(f"{phase}|{lane}", []))}  # fmt: skip


def colour_of(segment: int) -> str:
    """Give each persona the same colour on card, map and chart."""
    return COLOURS[(segment - 1) % len(COLOURS)]


def portrait(segment: int, colour: str) -> Markup:
    """Draw an abstract sign for a persona: rings and a leaf turned by its number, never a face."""
    turn, rings = (segment * 47) % 360, 2 + segment % 3
    circles = "".join(
        f'<circle cx="42" cy="42" r="{38 - 9 * ring}" fill="none" stroke="{colour}" stroke-width="3" '
        f'opacity="{1 - 0.22 * ring:.2f}"/>'
        for ring in range(rings)
    )
    leaf = (
        f'<path d="M42 14 C62 26 62 54 42 70 C22 54 22 26 42 14Z" fill="{colour}" opacity=".8" transform="rotate({turn} 42 42)"/>'
    )
    return Markup(f'<svg class="portrait" viewBox="0 0 84 84" aria-hidden="true">{circles}{leaf}</svg>')  # noqa: S704  numbers only


def page_of(template: str, words: Words, about: dict[str, Any], **content: Any) -> str:
    """Fill a template with the style, the words of the language and the content."""
    return _environment().get_template(template).render(
        words=words, t=words, about=about, style=_style(), evidence_text=lambda piece: evidence_text(piece, words),
        portrait=portrait, field_names=FIELD_NAMES, lane_names=LANE_NAMES, verdicts=VERDICTS, **content,
    )  # fmt: skip


def evidence_text(piece: Figure | Voice, words: Words) -> str:
    """
    Say in one line what a claim rests on.

    Returns
    -------
    str
        For a figure: source, estimate with interval, n, everyone else, effect, adjusted p. For a voice: where it stands.
    """
    if isinstance(piece, Voice):
        return words(
            "{source}, {document}, line {line}",
            source=words(piece.source),
            document=piece.document,
            line=words.number(piece.line),
        )
    form, unit = format_of(piece), piece.unit
    form = "days" if unit == "days" and piece.table == "journeys" else form
    parts = [words("source {source}", source=", ".join(piece.sources[:3]) + (" …" if len(piece.sources) > 3 else ""))]
    name = {"mean": "mean", "median": "median", "share": "share", "count": "count"}[piece.statistic]
    short = "number" if form == "scale" else form
    parts.append(f"{words(name)} {words.value(piece.estimate, form, unit)}")
    if piece.ci_low is not None and piece.ci_high is not None:
        low, high = (words.value(bound, short, unit if short == "money" else "") for bound in (piece.ci_low, piece.ci_high))
        parts.append(words("95% interval {low} to {high}", low=low, high=high))
    parts.append(f"n = {words.number(piece.n)}")
    if piece.others is not None and piece.others_n is not None:
        parts.append(
            words(
                "everyone else {others} (n = {n})",
                others=words.value(piece.others, short, unit if short == "money" else ""),
                n=words.number(piece.others_n),
            )
        )
    if piece.effect is not None:
        kind = {"hedges_g": "Hedges’ g", "cohens_h": "Cohen’s h", "rank_biserial": "rank-biserial r"}[str(piece.effect_kind)]
        parts.append(f"{kind} {words.number(piece.effect, 2)}")
    if piece.p_adjusted is not None:
        small = piece.p_adjusted < 0.001
        parts.append(
            words(
                "adjusted p {value}",
                value=("< " if small else "") + words.number(0.001 if small else piece.p_adjusted, 3),
            )
        )
    return "; ".join(parts)


def _traits(profiles: SegmentProfiles, segment: int, words: Words) -> list[dict[str, Any]]:
    """Rows of the trait table: the largest differences, with bar positions from -1 to 1."""
    rows = profiles.of(segment)
    telling = rows[rows["grade"].isin(["strong", "moderate"])].drop_duplicates("columns" if len(rows) > 40 else "key").head(14)
    figures = profiles.figures()
    traits = []
    for row in telling.to_dict("records"):
        figure = figures[row["key"]]
        label = words.label(figure.label, figure.label_value or None) + (f": {words(figure.category)}" if figure.category else "")
        form = format_of(figure)
        short = "number" if form == "scale" else form
        traits.append(
            {
                "label": label,
                "value": words.value(figure.estimate, short, figure.unit if form in {"money", "number"} else ""),
                "others": words.value(figure.others, short, figure.unit if form in {"money", "number"} else ""),
                "n": words.number(figure.n),
                "effect": words.number(figure.effect, 2) if figure.effect is not None else "–",
                "grade": row["grade"],
                "basis": bool(row["in_basis"]),
                "bar": max(min((figure.effect or 0) / 2, 1), -1) if figure.effect is not None else 0,
            }
        )
    return traits


def _curve(journeys: JourneyMaps, cells: dict[str, list[Claim]], words: Words) -> dict[str, Any] | None:
    """Points of the feeling curve with its band; mirrored where the page runs right to left."""
    phases = list(journeys.phases)
    points = []
    for position, phase in enumerate(phases):
        found = cells.get(f"{phase}|feeling", [])
        piece = found[0].evidence[0] if found and found[0].evidence else None
        if not isinstance(piece, Figure):
            continue
        x = (position + 0.5) / len(phases) * _CURVE_WIDTH
        x = _CURVE_WIDTH - x if words.direction == "rtl" else x
        low = piece.ci_low if piece.ci_low is not None else piece.estimate
        high = piece.ci_high if piece.ci_high is not None else piece.estimate
        points.append({"x": round(x, 1), "y": _height(piece.estimate), "low": _height(low), "high": _height(high),
                       "text": words.value(piece.estimate, "signed"), "small": piece.n < SMALL_BASE})  # fmt: skip
    if not points:
        return None
    band = " ".join(f"{p['x']},{p['high']}" for p in points) + " " + " ".join(f"{p['x']},{p['low']}" for p in reversed(points))
    return {"points": points, "line": " ".join(f"{p['x']},{p['y']}" for p in points), "band": band,
            "width": _CURVE_WIDTH, "height": _CURVE_HEIGHT, "middle": _height(0.0)}  # fmt: skip


def _height(feeling: float) -> float:
    """Where a feeling from -2 to +2 lies, with a margin above and below for its number."""
    margin = 26
    return round(margin + (2 - max(min(feeling, 2), -2)) / 4 * (_CURVE_HEIGHT - 2 * margin), 1)
