"""Journey maps as slides: native shapes and text, so that everything can be moved and edited in PowerPoint."""

from __future__ import annotations

from typing import Any

from personakit.journeys import JourneyMaps
from personakit.journeys_cells import GAP
from personakit.render.journey_maps import map_names, map_of, map_words
from personakit.render.journeys_overview import journeys_overview
from personakit.render.map_layout import broken, entries_height, entry_text
from personakit.render.pages import phase_name
from personakit.render.sheets import safe_text
from personakit.render.slide import INK, MARGIN, SOFT, WIDTH, Slide, deck_bytes, new_deck

#: What a map says in short; it begins the first slide of a persona, the other lanes follow.
_FIRST_LANES = ("doing", "needs", "feeling", "pains", "opportunities")
_LANE_WIDTH, _TOP, _BOTTOM, _PAD = 1.6, 1.72, 7.2, 0.06
_LARGEST, _SMALLEST, _POINTS_PER_INCH = 11, 6, 72
_BAD = "a1260d"


def journeys_slides(journeys: JourneyMaps, *, language: str, style: str = "") -> bytes:
    """
    Write the journey maps as a presentation.

    Parameters
    ----------
    journeys : JourneyMaps
        The maps.
    language : {"en", "nb", "fi", "fa"}
        Language of the slides; Persian ones run right to left.
    style : {"", "person", "role"}
        ``role`` leaves out the names.

    Returns
    -------
    bytes
        A .pptx file: the feeling of all personas as a chart with the moments that matter, then for each persona what its map
        says in short, and the other lanes. Nothing is left out: what does not fit goes on to the next slide. The evidence
        stands in the notes. The same maps give the same bytes.

    Raises
    ------
    ExtraNeededError
        If python-pptx is not installed; the message is the line that installs it.
    """
    words, style = map_words(journeys, language), style or journeys.about.get("style", "person")
    maps = [map_of(journeys, segment, words, style=style) for segment in journeys.maps]
    phases = [phase_name(phase, words) for phase in journeys.phases]
    deck = new_deck(f"{words('Customer journeys')}: {journeys.about['title']}")
    overview = journeys_overview(journeys, words, map_names(journeys, words, style))
    _MapSlide(deck, words).overview(maps, phases, overview, journeys.about)
    for shown in maps:
        pages = _pages(shown, phases)
        for number, (lanes, size) in enumerate(pages, 1):
            _MapSlide(deck, words).lanes(shown, phases, lanes, size, f"{words.number(number)}/{words.number(len(pages))}")
    return deck_bytes(deck, journeys.about["as_of"])


def _pages(shown: dict[str, Any], phases: list[str]) -> list[tuple[list[dict[str, Any]], float]]:
    """Which lanes stand on which slide, and how large their letters are."""
    first = [lane for lane in shown["lanes"] if lane["lane"] in _FIRST_LANES]
    others = [lane for lane in shown["lanes"] if lane["lane"] not in _FIRST_LANES]
    pages: list[tuple[list[dict[str, Any]], float]] = []
    lanes = first
    while lanes or others:
        fitting = next((size for size in range(_LARGEST, 8, -1) if _depth(lanes, shown, phases, size) <= _BOTTOM - _TOP), 9)
        taken = len(lanes)
        while taken > 1 and _depth(lanes[:taken], shown, phases, fitting) > _BOTTOM - _TOP:
            taken -= 1
        here, lanes, others = lanes[:taken], lanes[taken:] + others, []
        size = next((size for size in range(fitting, _SMALLEST, -1) if _depth(here, shown, phases, size) <= _BOTTOM - _TOP),
                    _SMALLEST)  # fmt: skip
        pages += [(here, float(size))] if here else []
    return pages


def _depth(lanes: list[dict[str, Any]], shown: dict[str, Any], phases: list[str], size: float) -> float:
    return sum(_height(lane, shown, phases, size) for lane in lanes)


def _height(lane: dict[str, Any], shown: dict[str, Any], phases: list[str], size: float) -> float:
    """How high a lane is, in inches."""
    column = _column(phases)
    if lane["lane"] == "feeling" and shown["curve"]:
        return column * len(phases) * shown["curve"]["height"] / shown["curve"]["width"]
    room = (column - 2 * _PAD) * _POINTS_PER_INCH
    cells = max(entries_height(entries, room, size) for entries in lane["cells"])
    name = len(broken(lane["name"], (_LANE_WIDTH - 2 * _PAD) * _POINTS_PER_INCH, size, bold=True)) * size * 1.4
    return (max(cells, name + (size * 1.4 if lane["team"] else 0)) + 5) / _POINTS_PER_INCH + 2 * _PAD


def _column(phases: list[str]) -> float:
    return (WIDTH - 2 * MARGIN - _LANE_WIDTH) / len(phases)


class _MapSlide(Slide):
    """A slide about journeys."""

    def overview(
        self, maps: list[dict[str, Any]], phases: list[str], overview: dict[str, Any], about: dict[str, Any]
    ) -> None:  # fmt: skip
        """How everybody feels from phase to phase, as a chart, and the moments that matter most."""
        self.title(f"{self.words('Customer journeys')}: {about['title']}", INK)
        self.box(MARGIN, 1.2, 6.2, 0.4, [self.words("How they feel, phase by phase, on a scale from −2 to +2")], size=14)
        self._feelings(maps, phases)
        self.box(7.0, 1.2, 5.8, 0.4, [self.words("Moments that matter most")], size=14)
        header = [self.words(name) for name in ("Persona", "Phase", "What happens", "Customers concerned")]
        rows = [[moment["name"], moment["phase"], moment["text"], moment["customers"]] for moment in overview["moments"][:6]]
        if rows:
            self.table(7.0, 1.7, 5.8, [header, *rows], size=10, widths=(0.9, 1.1, 2.4, 1.4))
        else:
            none = self.words("No clear bottleneck, and no phase in which people clearly feel bad.")
            self.box(7.0, 1.7, 5.8, 0.6, [none], size=11, colour=SOFT)
        if about.get("synthetic"):
            self.box(MARGIN, 6.95, 12.3, 0.4, [self.words("Synthetic data: no real customer is in them.")], size=10, colour=SOFT)
        self.slide.notes_slide.notes_text_frame.text = safe_text("\n".join(overview["log"]))

    def lanes(
        self, shown: dict[str, Any], phases: list[str], lanes: list[dict[str, Any]], size: float, part: str
    ) -> None:  # fmt: skip
        """Some lanes of a map below its phases."""
        colour = shown["colour"].lstrip("#")
        self.title(f"{shown['name']} ({part})", colour)
        scenario = f"{self.words('Scenario')}: {shown['scenario']}" if shown["scenario"] else ""
        self.box(
            MARGIN, 0.85, 12.3, 0.4, [" · ".join(part for part in (shown["essence"], scenario) if part)], size=11, colour=SOFT
        )
        self._phases(phases, colour)
        y = _TOP
        for lane in lanes:
            y = self._lane(lane, shown, phases, size, y)
        numbers = {entry["number"] for lane in lanes for entries in lane["cells"] for entry in entries if entry["number"]}
        notes = [f"{self.words.number(number)}. {line['place']}: {line['text']} ({line['grade']}). {'; '.join(line['evidence'])}"
                 for number, line in enumerate(shown["evidence"], 1) if number in numbers]  # fmt: skip
        self.slide.notes_slide.notes_text_frame.text = safe_text("\n".join([self.words("How do we know?"), *notes]))

    def _phases(self, phases: list[str], colour: str) -> None:
        """One arrow per phase, pointing where reading goes."""
        from pptx.enum.shapes import MSO_SHAPE

        for position, phase in enumerate(phases):
            arrow = self._shape(
                MSO_SHAPE.PENTAGON, self._start(position, phases), _TOP - 0.42, _column(phases), 0.38, fill=colour
            )
            if self.mirrored:
                arrow._element.spPr.xfrm.set("flipH", "1")
            self.write(arrow.text_frame, [phase], size=12 if len(phases) <= 6 else 10, colour="ffffff", bold=True)

    def _lane(self, lane: dict[str, Any], shown: dict[str, Any], phases: list[str], size: float, y: float) -> float:
        from pptx.enum.shapes import MSO_SHAPE

        high = _height(lane, shown, phases, size)
        label = self._shape(MSO_SHAPE.RECTANGLE, MARGIN, y, _LANE_WIDTH, high, fill="f3f4f6")
        notes = [self.words("from the team")] if lane["team"] else []
        curve = shown["curve"] if lane["lane"] == "feeling" else None
        if curve and curve["wanted"]:
            notes += [f"● {self.words('as it is')}", f"◇ {self.words('as we want it')}"]
        self.write(label.text_frame, [lane["name"], *notes], size=int(size), colour=SOFT, heading=INK)
        if curve:
            self._shape(MSO_SHAPE.RECTANGLE, MARGIN + _LANE_WIDTH, y, _column(phases) * len(phases), high, fill="ffffff")
            self._curve(curve, shown["colour"].lstrip("#"), y, _column(phases) * len(phases) / curve["width"])
            return y + high
        for position, entries in enumerate(lane["cells"]):
            cell = self._shape(MSO_SHAPE.RECTANGLE, self._start(position, phases), y, _column(phases), high, fill="ffffff")
            gap = lane["gap"] or (entries and entries[0]["kind"] == "gap")
            texts = [self.words(GAP)] if gap else [entry_text(entry) for entry in entries] or ["–"]
            stuck = bool(entries) and entries[0]["kind"] == "stuck"
            self.write(cell.text_frame, texts, size=int(size), colour=SOFT if gap else INK, heading=_BAD if stuck else "")
        return y + high

    def _curve(self, curve: dict[str, Any], colour: str, top: float, scale: float) -> None:
        """The feeling as lines and dots that can be moved; the points are mirrored already where the slide is."""
        left = MARGIN if self.mirrored else MARGIN + _LANE_WIDTH

        def place(x: float, y: float) -> tuple[float, float]:
            return left + x * scale, top + y * scale

        self._stroke([place(0, curve["middle"]), place(curve["width"], curve["middle"])], "b8bec9", 0.75, dashed=True)
        for run in curve["runs"]:
            self._area([place(*pair) for pair in _pairs(run["band"])], colour)
            self._stroke([place(*pair) for pair in _pairs(run["line"])], colour, 2.5)
        if len(curve["wanted"]) > 1:
            self._stroke([place(*pair) for pair in _pairs(curve["wanted_line"])], INK, 1.5, dashed=True)
        for point in curve["points"]:
            self._dot(*place(point["x"], point["y"]), colour, hollow=point["small"])
            self._number(*place(point["x"], point["text_y"]), f"{point['text']} [{point['ref']}]", 12, bold=True)
            self._number(*place(point["x"], curve["height"] - 4), point["n"], 9)
        for point in curve["wanted"]:
            self._dot(*place(point["x"], point["y"]), INK, hollow=True, diamond=True)
            self._number(*place(point["x"], point["text_y"]), point["text"], 10)

    def _feelings(self, maps: list[dict[str, Any]], phases: list[str]) -> None:
        """One line per persona; a native chart with its own data sheet. It stops at gaps."""
        from pptx.chart.data import CategoryChartData
        from pptx.dml.color import RGBColor
        from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
        from pptx.util import Inches, Pt

        known = [shown for shown in maps if shown["curve"] and shown["curve"]["points"]]
        if not known:
            return
        data = CategoryChartData()
        data.categories = [safe_text(phase) for phase in phases]
        for shown in known:
            felt = {point["position"]: round(point["feeling"], 2) for point in shown["curve"]["points"]}
            data.add_series(safe_text(shown["name"]), [felt.get(position) for position in range(len(phases))])
        place = (Inches(v) for v in (self.from_start(MARGIN, 6.2), 1.7, 6.2, 5.0))
        chart = self.slide.shapes.add_chart(XL_CHART_TYPE.LINE_MARKERS, *place, data).chart
        chart.has_title, chart.has_legend = False, True
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
        chart.font.size = Pt(10)
        chart.value_axis.minimum_scale, chart.value_axis.maximum_scale, chart.value_axis.major_unit = -2, 2, 1
        chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
        chart.category_axis.reverse_order = self.mirrored
        for series, shown in zip(chart.plots[0].series, known, strict=True):
            series.smooth = False
            series.format.line.color.rgb = RGBColor.from_string(shown["colour"].lstrip("#").upper())
            series.marker.format.fill.solid()
            series.marker.format.fill.fore_color.rgb = RGBColor.from_string(shown["colour"].lstrip("#").upper())

    def _start(self, position: int, phases: list[str]) -> float:
        return MARGIN + _LANE_WIDTH + position * _column(phases)

    def _shape(self, kind: Any, x: float, y: float, width: float, height: float, *, fill: str) -> Any:
        from pptx.dml.color import RGBColor
        from pptx.util import Inches, Pt

        shape = self.slide.shapes.add_shape(kind, *(Inches(v) for v in (self.from_start(x, width), y, width, height)))
        shape.fill.solid()
        shape.fill.fore_color.rgb = RGBColor.from_string(fill.upper())
        shape.line.color.rgb, shape.line.width = RGBColor.from_string("D9DDE4"), Pt(0.75)
        shape.shadow.inherit = False
        frame = shape.text_frame
        frame.margin_left = frame.margin_right = Inches(_PAD)
        frame.margin_top = frame.margin_bottom = Inches(0.03)
        return shape

    def _stroke(self, points: list[tuple[float, float]], colour: str, width: float, *, dashed: bool = False) -> None:
        """A line through points, open at its ends."""
        shape = self._freeform(points, close=False)
        if shape is None:
            return
        from pptx.dml.color import RGBColor
        from pptx.enum.dml import MSO_LINE
        from pptx.util import Pt

        shape.fill.background()
        shape.line.color.rgb, shape.line.width = RGBColor.from_string(colour.upper()), Pt(width)
        if dashed:
            shape.line.dash_style = MSO_LINE.DASH

    def _area(self, points: list[tuple[float, float]], colour: str) -> None:
        """A see-through area, such as the band of a curve."""
        shape = self._freeform(points, close=True)
        if shape is None:
            return
        from pptx.dml.color import RGBColor
        from pptx.oxml.ns import qn

        shape.fill.solid()
        shape.fill.fore_color.rgb = RGBColor.from_string(colour.upper())
        shape.line.fill.background()
        solid = shape.fill._xPr.find(qn("a:solidFill"))[0]
        solid.append(solid.makeelement(qn("a:alpha"), {"val": "18000"}))

    def _freeform(self, points: list[tuple[float, float]], *, close: bool) -> Any:
        from pptx.util import Inches

        if len(set(points)) < 2:
            return None
        corners = [(Inches(x), Inches(y)) for x, y in points]
        builder = self.slide.shapes.build_freeform(*corners[0], scale=1.0)
        builder.add_line_segments(corners[1:], close=close)
        shape = builder.convert_to_shape()
        shape.shadow.inherit = False
        return shape

    def _dot(self, x: float, y: float, colour: str, *, hollow: bool = False, diamond: bool = False) -> None:
        from pptx.dml.color import RGBColor
        from pptx.enum.shapes import MSO_SHAPE
        from pptx.util import Inches, Pt

        kind, size = (MSO_SHAPE.DIAMOND, 0.2) if diamond else (MSO_SHAPE.OVAL, 0.15)
        dot = self.slide.shapes.add_shape(kind, *(Inches(v) for v in (x - size / 2, y - size / 2, size, size)))
        dot.fill.solid()
        dot.fill.fore_color.rgb = RGBColor.from_string("FFFFFF" if hollow else colour.upper())
        dot.line.color.rgb, dot.line.width = RGBColor.from_string(colour.upper()), Pt(1.75)
        dot.shadow.inherit = False

    def _number(self, x: float, y: float, text: str, size: int, *, bold: bool = False) -> None:
        """A number with its letters standing on ``y``, in the middle of ``x``."""
        from pptx.enum.text import PP_ALIGN
        from pptx.util import Inches

        high, width = size / _POINTS_PER_INCH * 1.5, 1.6
        box = self.slide.shapes.add_textbox(*(Inches(v) for v in (x - width / 2, y - high * 0.8, width, high)))
        frame = box.text_frame
        frame.margin_top = frame.margin_bottom = 0
        self.write(frame, [text], size=size, colour=INK, bold=bold)
        frame.paragraphs[0].alignment = PP_ALIGN.CENTER


def _pairs(points: str) -> list[tuple[float, float]]:
    """Points of a drawing ("x,y x,y") as numbers."""
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in points.split())]
