"""A journey map as a drawing (SVG) with real text: to open in a drawing program, to enlarge, to hang on the wall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from personakit.journeys import JourneyMaps
from personakit.journeys_cells import GAP
from personakit.locale import Words
from personakit.render.journey_maps import map_of, map_words
from personakit.render.map_layout import BETWEEN, LINE, broken, entry_text, runs_right_to_left
from personakit.render.pages import fill_template, phase_name

_MARGIN, _FIRST, _NARROWEST, _PAD = 32, 150, 190, 9
_SIZE, _SMALL = 13.0, 10.0
_INK, _SOFT, _LINE_COLOUR, _GROUND, _BAD = "#1d2430", "#596273", "#d9dde4", "#f3f4f6", "#a1260d"
_EVIDENCE_COLUMNS, _BETWEEN_COLUMNS = 3, 26


@dataclass(frozen=True)
class _Text:
    """One line of text on the drawing; ``y`` is where its letters stand."""

    x: float
    y: float
    text: str
    size: float = _SIZE
    colour: str = _INK
    bold: bool = False
    italic: bool = False
    anchor: str = "start"
    direction: str = "ltr"


def journey_map_svg(journeys: JourneyMaps, segment: int, *, language: str, style: str = "") -> str:
    """
    Draw one journey map.

    Parameters
    ----------
    journeys : JourneyMaps
        The maps.
    segment : int
        Whose map.
    language : {"en", "nb", "fi", "fa"}
        Language; a Persian map runs from right to left.
    style : {"", "person", "role"}
        ``role`` leaves out the name.

    Returns
    -------
    str
        SVG with the map and, below it, the numbered evidence. All text is text, and nothing is asked from outside.
    """
    words = map_words(journeys, language)
    shown = map_of(journeys, segment, words, style=style or journeys.about.get("style", "person"))
    drawing = _Drawing(words, shown, [phase_name(phase, words) for phase in journeys.phases])
    drawing.head(journeys.about)
    drawing.grid()
    drawing.evidence()
    return fill_template(
        "journey_map.svg", words, shown=shown, drawing=drawing, title=f"{words('Customer journeys')}: {shown['name']}"
    )


class _Drawing:
    """The drawing from top to bottom; ``y`` is how far it has come. Everything is placed from the side where reading begins."""

    def __init__(self, words: Words, shown: dict[str, Any], phases: list[str]) -> None:
        self.words, self.shown, self.phases = words, shown, phases
        self.column = max(_NARROWEST, 1300 / len(phases))
        self.width = 2 * _MARGIN + _FIRST + self.column * len(phases)
        self.y = float(_MARGIN)
        self.rects: list[dict[str, Any]] = []
        self.texts: list[_Text] = []
        self.lines: list[dict[str, Any]] = []
        self.mirrored = words.direction == "rtl"

    @property
    def height(self) -> float:
        """How high the drawing is."""
        return round(self.y + _MARGIN, 1)

    def head(self, about: dict[str, Any]) -> None:
        """Who it is about, and in which situation."""
        inside = self.width - 2 * _MARGIN
        scenario = f"{self.words('Scenario')}: {self.shown['scenario']}" if self.shown["scenario"] else ""
        synthetic = self.words("Synthetic data: no real customer is in them.") if about.get("synthetic") else ""
        for text, size, colour, bold in ((self.shown["name"], 28.0, self.shown["colour"], True),
                                         (self.shown["essence"], 16.0, _INK, False), (scenario, 14.0, _SOFT, False),
                                         (synthetic, 12.0, _SOFT, False)):  # fmt: skip
            self._paragraph(text, _MARGIN, inside, size=size, colour=colour, bold=bold)
        self.y += 14

    def grid(self) -> None:
        """Phases across, lanes down."""
        top = self.y
        high = max(len(broken(phase, self.column - 2 * _PAD, 15, bold=True)) for phase in self.phases) * 15 * LINE + 2 * _PAD
        for position, phase in enumerate(self.phases):
            x = self._column(position)
            self._rect(x, top, self.column, high, self.shown["colour"])
            self._paragraph(phase, x + _PAD, self.column - 2 * _PAD, top=top + _PAD, size=15, colour="#ffffff", bold=True)
        self._rect(_MARGIN, top, _FIRST, high, _GROUND)
        self._paragraph(self.words("Phase"), _MARGIN + _PAD, _FIRST - 2 * _PAD, top=top + _PAD, colour=_SOFT, bold=True)
        self.y = top + high
        for lane in self.shown["lanes"]:
            self._lane(lane)

    def evidence(self) -> None:
        """The numbered list below the map, in columns of about the same height."""
        self.y += 24
        self._paragraph(self.words("How do we know?"), _MARGIN, self.width, size=16, bold=True)
        start = self.y + 6
        room = (self.width - 2 * _MARGIN - (_EVIDENCE_COLUMNS - 1) * _BETWEEN_COLUMNS) / _EVIDENCE_COLUMNS
        entries = [f"{self.words.number(number)}. {line['place']}: \u2068{line['text']}\u2069 ({line['grade']}). "
                   + "; ".join(line["evidence"])
                   for number, line in enumerate(self.shown["evidence"], 1)]  # fmt: skip
        heights = [len(broken(text, room, _SMALL)) * _SMALL * LINE + 4 for text in entries]
        column, deepest, self.y = 0, start, start
        for text, high in zip(entries, heights, strict=True):
            if self.y + high / 2 > start + sum(heights) / _EVIDENCE_COLUMNS and column < _EVIDENCE_COLUMNS - 1:
                column, deepest, self.y = column + 1, max(deepest, self.y), start
            self._paragraph(text, _MARGIN + column * (room + _BETWEEN_COLUMNS), room, size=_SMALL, colour=_SOFT)
            self.y += 4
        self.y = max(deepest, self.y)

    def _lane(self, lane: dict[str, Any]) -> None:
        top, name_room, room = self.y, _FIRST - 2 * _PAD, self.column - 2 * _PAD
        names = [(lane["name"], _INK)] + ([(self.words("from the team"), _SOFT)] if lane["team"] else [])
        curve = self.shown["curve"] if lane["lane"] == "feeling" else None
        if curve and curve["wanted"]:
            names += [(f"● {self.words('as it is')}", self.shown["colour"]), (f"◇ {self.words('as we want it')}", _INK)]
        high = sum(len(broken(name, name_room, 12, bold=True)) for name, _ in names) * 12 * LINE
        scale = self.column * len(self.phases) / curve["width"] if curve else 0.0
        if curve:
            high = max(high, curve["height"] * scale - 2 * _PAD)
        cells = [[] if lane["gap"] else entries for entries in lane["cells"]]
        if not curve:
            high = max(high, *(self._height(entries, room) for entries in cells))
        high += 2 * _PAD
        self._rect(_MARGIN, top, _FIRST, high, _GROUND)
        self.y = top + _PAD
        for name, colour in names:
            self._paragraph(name, _MARGIN + _PAD, name_room, size=12, colour=colour, bold=True)
        if curve:
            self._rect(_MARGIN + _FIRST, top, self.column * len(self.phases), high, "#ffffff")
            self._curve(curve, top, scale)
        for position, entries in enumerate(cells if not curve else []):
            x = self._column(position)
            self._rect(x, top, self.column, high, "#ffffff")
            self.y = top + _PAD
            if lane["gap"]:
                self._paragraph(self.words(GAP), x + _PAD, room, colour=_SOFT, italic=True)
            if not entries and not lane["gap"]:
                self._paragraph("–", x + _PAD, room, colour=_SOFT)
            for entry in entries:
                look = {"gap": {"colour": _SOFT, "italic": True}, "stuck": {"colour": _BAD, "bold": True}}.get(entry["kind"], {})
                self._paragraph(entry_text(entry), x + _PAD, room, free=entry["free"], **look)  # type: ignore[arg-type]
                self.y += BETWEEN * _SIZE
        self.y = top + high

    def _height(self, entries: list[dict[str, Any]], room: float) -> float:
        lines = sum(len(broken(entry_text(entry), room, _SIZE, bold=entry["kind"] == "stuck")) for entry in entries)
        return max(lines, 1) * LINE * _SIZE + max(len(entries) - 1, 0) * BETWEEN * _SIZE

    def _curve(self, curve: dict[str, Any], top: float, scale: float) -> None:
        """The curve has its points from the left already, mirrored where the map is."""
        left = _MARGIN if self.mirrored else _MARGIN + _FIRST
        place = f"translate({left:.1f} {top:.1f}) scale({scale:.4f})"
        self.lines.append({"place": place, "curve": curve})

    def _column(self, position: int) -> float:
        return _MARGIN + _FIRST + position * self.column

    def _rect(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        x = self.width - x - width if self.mirrored else x
        self.rects.append(
            {"x": round(x, 1), "y": round(y, 1), "width": round(width, 1), "height": round(height, 1), "fill": fill}
        )

    def _paragraph(  # noqa: PLR0913  where, and how it looks
        self, text: str, x: float, width: float, *, top: float | None = None, size: float = _SIZE, colour: str = _INK,
        bold: bool = False, italic: bool = False, free: bool = False,
    ) -> None:  # fmt: skip
        """Put a paragraph below what is there, or at ``top``; texts of people keep their own direction."""
        y = self.y if top is None else top
        backwards = self.mirrored and (not free or runs_right_to_left(text))
        for line in broken(text, width, size, bold=bold):
            y += size * LINE
            edge = self.width - x if self.mirrored else x
            anchor = "start" if backwards or not self.mirrored else "end"  # right to left, the start of a line is its right end
            self.texts.append(_Text(round(edge, 1), round(y - size * 0.3, 1), line, size, colour, bold, italic, anchor,
                                    "rtl" if backwards else "ltr"))  # fmt: skip
        if top is None:
            self.y = y
