"""Persona cards as slides: native text, table and chart, so that everything can be edited in PowerPoint."""

from __future__ import annotations

import io
import unicodedata
from typing import Any

from personakit.errors import ExtraNeededError
from personakit.locale import Words
from personakit.personas_model import Personas
from personakit.profiling import SegmentProfiles
from personakit.render.cards import card_of, facts_of
from personakit.render.overview import overview_of
from personakit.render.pages import words_of
from personakit.render.sheets import fixed_archive, safe_text

_WIDTH, _HEIGHT, _MARGIN = 13.333, 7.5, 0.5
_TRAITS_IN_TABLE, _BARS, _LINES_PER_BOX, _ROWS_COMPARED = 9, 7, 5, 8
#: How wide the columns of the trait table are, against each other: trait, value, interval, everyone else, effect, n.
_TRAIT_WIDTHS = (2.9, 1.25, 2.2, 1.3, 1.15, 0.75)
#: Office has these on every machine, and both have Persian letters.
_FONT = "Tahoma"
_INK, _SOFT = "1d2430", "596273"
#: A slide has room for six fields: the first of these that the card has.
_FACE_FIELDS = ("needs", "goals", "frustrations", "opinions", "behaviours", "reach", "do", "avoid", "values", "interests",
                "products", "jobs", "triggers", "objections")  # fmt: skip


def personas_slides(personas: Personas, profiles: SegmentProfiles, *, language: str, style: str = "") -> bytes:
    """
    Write the persona cards as a presentation: a comparison, then a face and a back for each persona.

    Parameters
    ----------
    personas : Personas
        The cards.
    profiles : SegmentProfiles
        For tables and charts.
    language : {"en", "nb", "fi", "fa"}
        Language of the slides; Persian ones run right to left.
    style : {"", "person", "role"}
        ``role`` leaves out name and age.

    Returns
    -------
    bytes
        A .pptx file; the same cards give the same bytes.

    Raises
    ------
    ExtraNeededError
        If python-pptx is not installed; the message is the line that installs it.
    """
    try:
        from pptx import Presentation
        from pptx.util import Inches
    except ImportError:
        raise ExtraNeededError('slides need python-pptx; install it with: pip install "personakit[office]"') from None
    words = words_of(personas, language)
    style = style or personas.about.get("style", "person")
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(_WIDTH), Inches(_HEIGHT)
    deck.core_properties.title = f"{words('Customer personas')}: {safe_text(personas.about['title'])}"
    deck.core_properties.author = "personakit"
    facts = [f"{name}: {'; '.join(lines)}" for name, lines in facts_of(personas, words)]
    _Slide(deck, words).overview(overview_of(personas, profiles, words, style=style), personas.about)
    for persona in personas.personas:
        card = card_of(persona, personas, profiles, words, style=style)
        _Slide(deck, words).face(card)
        _Slide(deck, words).back(card, facts)
    target = io.BytesIO()
    deck.save(target)
    return fixed_archive(target.getvalue(), personas.about["as_of"])


class _Slide:
    """One slide, with boxes placed from the side on which its language begins."""

    def __init__(self, deck: Any, words: Words) -> None:
        self.slide = deck.slides.add_slide(deck.slide_layouts[5])  # title only
        self.words = words
        self.mirrored = words.direction == "rtl"

    def overview(self, overview: dict[str, Any], about: dict[str, Any]) -> None:
        """All personas side by side."""
        people = overview["people"]
        self._title(f"{self.words('Customer personas')}: {about['title']}", _INK)
        header = ["", *(p["name"] + (f" ({p['mark']})" if p["mark"] else "") for p in people)]
        rows = [[self.words("Size"), *(p["share"] for p in people)], [self.words("In one line"), *(p["essence"] for p in people)]]
        rows += [[row["label"], *(cell["text"] for cell in row["cells"])] for row in overview["differ"][:_ROWS_COMPARED]]
        self._table(_MARGIN, 1.25, _WIDTH - 2 * _MARGIN, [header, *rows], size=11 if len(people) <= 5 else 9)
        if about.get("synthetic"):
            self._box(
                _MARGIN, 6.95, 12.3, 0.4, [self.words("Synthetic data: no real customer is in them.")], size=10, colour=_SOFT
            )

    def face(self, card: dict[str, Any]) -> None:
        """Who it is, what they want, what stands in the way, how to reach them."""
        colour = card["colour"].lstrip("#")
        self._title(card["name"] + (f" ({card['mark']})" if card["mark"] else ""), colour)
        head = [_with_mark(line) for line in card["essence"]]
        self._box(_MARGIN, 1.15, 12.3, 0.5, head, size=16)
        self._box(_MARGIN, 1.65, 12.3, 0.4, [" · ".join([card["size"], *card["value"]])], size=11, colour=_SOFT)
        self._box(_MARGIN, 2.0, 12.3, 0.65, [self.words.listing([_with_mark(line) for line in card["who"]])], size=11)
        quote = [_with_mark(line) for line in card["quotes"][:1]]
        if quote:
            self._box(_MARGIN, 2.7, 12.3, 0.6, quote, size=14, colour=colour)
        fields = {field["place"]: field for field in card["fields"]}
        shown = [fields[name] for name in _FACE_FIELDS if name in fields][:6]
        rows = 2 if len(shown) > 3 else 1
        for number, field in enumerate(shown):
            x, y = _MARGIN + (number % 3) * 4.15, 3.35 + (number // 3) * 1.85
            lines = [_with_mark(line) for line in field["lines"][:_LINES_PER_BOX]]
            self._box(x, y, 4.0, 3.6 / rows, [field["name"], *lines], size=11 if rows == 2 else 16, heading=colour)
        if card["open"]:
            text = self.words("Not known from the data yet: {fields}. Ask about it in interviews.",
                              fields=self.words.listing(card["open"]))  # fmt: skip
            self._box(_MARGIN, 7.02, 12.3, 0.4, [f"{self.words('assumption')}: {text}"], size=10, colour="7a4300")

    def back(self, card: dict[str, Any], facts: list[str]) -> None:
        """How it is known: the traits as a table and a chart, and what the card rests on."""
        colour = card["colour"].lstrip("#")
        self._title(f"{card['name']}: {self.words('How do we know?')}", colour)
        header = [
            self.words("Trait"),
            card["name"],
            self.words("95% interval"),
            self.words("Everyone else"),
            self.words("Effect"),
            "n",
        ]
        rows = [
            [t["label"], t["value"], t["interval"], t["others"], t["effect"], t["n"]] for t in card["traits"][:_TRAITS_IN_TABLE]
        ]
        if rows:
            self._table(_MARGIN, 1.2, 7.6, [header, *rows], size=10, widths=_TRAIT_WIDTHS)
            self._chart(8.35, 1.15, 4.5, 3.9, card, colour)
        stability = self.words(
            "Jaccard {value} over bootstrap samples; from 0.75 on the segment comes back", value=card["stability"]
        )
        steady = [f"{self.words('Stability')}: {stability}"] if card["stability"] else []
        notes = [*card["prevalence"], *card["not_covered"], *steady, *facts]
        self._box(_MARGIN, 5.2, 12.3, 2.1, notes, size=9, colour=_SOFT)

    def _title(self, text: str, colour: str) -> None:
        from pptx.util import Inches

        title = self.slide.shapes.title
        title.left, title.top, title.width, title.height = (Inches(v) for v in (_MARGIN, 0.3, _WIDTH - 2 * _MARGIN, 0.8))
        self._write(title.text_frame, [text], size=26, colour=colour, bold=True)

    def _box(  # noqa: PLR0913  where, what, and how it looks
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        lines: list[str],
        *,
        size: int,
        colour: str = _INK,
        heading: str = "",
    ) -> None:
        from pptx.util import Inches

        if not any(lines):
            return
        box = self.slide.shapes.add_textbox(*(Inches(v) for v in (self._from_start(x, width), y, width, height)))
        self._write(box.text_frame, lines, size=size, colour=colour, heading=heading)

    def _from_start(self, x: float, width: float) -> float:
        return _WIDTH - x - width if self.mirrored else x

    def _write(
        self, frame: Any, lines: list[str], *, size: int, colour: str, bold: bool = False, heading: str = ""
    ) -> None:  # fmt: skip
        from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE
        from pptx.util import Pt

        frame.word_wrap, frame.auto_size, frame.vertical_anchor = True, MSO_AUTO_SIZE.TEXT_TO_FIT_SHAPE, MSO_ANCHOR.TOP
        for number, line in enumerate(line for line in lines if line):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            run = paragraph.add_run()
            run.text = safe_text(line)
            first = bool(heading) and number == 0
            self._style(paragraph, run, size=size + 1 if first else size, colour=heading if first else colour, bold=bold or first)
            paragraph.space_after = Pt(2)

    def _style(self, paragraph: Any, run: Any, *, size: int, colour: str, bold: bool) -> None:
        from pptx.dml.color import RGBColor
        from pptx.enum.text import PP_ALIGN
        from pptx.util import Pt

        run.font.size, run.font.bold, run.font.name = Pt(size), bold, _FONT
        run.font.color.rgb = RGBColor.from_string(colour.upper())
        paragraph.alignment = PP_ALIGN.RIGHT if self.mirrored else PP_ALIGN.LEFT
        properties = run._r.get_or_add_rPr()
        properties.set("lang", {"en": "en-GB", "nb": "nb-NO", "fi": "fi-FI", "fa": "fa-IR"}[self.words.language])
        if self.mirrored:
            paragraph._p.get_or_add_pPr().set("rtl", "1" if _runs_right_to_left(run.text) else "0")
            _complex_font(properties)

    def _table(
        self, x: float, y: float, width: float, rows: list[list[str]], *, size: int, widths: tuple[float, ...] = ()
    ) -> None:  # fmt: skip
        from pptx.util import Inches

        columns = len(rows[0])
        place = (Inches(v) for v in (self._from_start(x, width), y, width, 0.3 * len(rows)))
        table = self.slide.shapes.add_table(len(rows), columns, *place).table
        wide = (columns - 1) / 2 if columns > 3 else columns - 1
        parts = widths or (wide, *[1.0] * (columns - 1))
        for column, part in enumerate(parts):
            # columns in the order they are read; the table's own switch is not known to every program
            table.columns[columns - 1 - column if self.mirrored else column].width = Inches(width * part / sum(parts))
        for r, row in enumerate(rows):
            for c, text in enumerate(row):
                cell = table.cell(r, columns - 1 - c if self.mirrored else c)
                cell.margin_top = cell.margin_bottom = Inches(0.02)
                frame = cell.text_frame
                frame.word_wrap = True
                run = frame.paragraphs[0].add_run()
                run.text = safe_text(text)
                self._style(frame.paragraphs[0], run, size=size, colour="ffffff" if r == 0 else _INK, bold=r == 0)

    def _chart(self, x: float, y: float, width: float, height: float, card: dict[str, Any], colour: str) -> None:
        """Bars of the largest effects; a native chart with its own data sheet."""
        from pptx.chart.data import CategoryChartData
        from pptx.dml.color import RGBColor
        from pptx.enum.chart import XL_CHART_TYPE, XL_TICK_LABEL_POSITION
        from pptx.util import Inches, Pt

        shown = [t for t in card["traits"] if t["figure"].effect is not None][:_BARS]
        if not shown:
            return
        data = CategoryChartData()
        data.categories = [safe_text(t["label"]) for t in shown]
        data.add_series(self.words("Effect"), [round(t["figure"].effect, 2) for t in shown])
        place = (Inches(v) for v in (self._from_start(x, width), y, width, height))
        chart = self.slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *place, data).chart
        chart.has_legend, chart.has_title = False, True
        self._write(chart.chart_title.text_frame, [self.words("Effect")], size=11, colour=_INK)
        chart.font.size, chart.font.name = Pt(9), _FONT
        chart.category_axis.reverse_order = True
        chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
        chart.value_axis.has_major_gridlines = False
        chart.value_axis.reverse_order = self.mirrored
        fill = chart.plots[0].series[0].format.fill
        fill.solid()
        fill.fore_color.rgb = RGBColor.from_string(colour.upper())
        if self.mirrored:
            for properties in chart._chartSpace.iter("{http://schemas.openxmlformats.org/drawingml/2006/main}defRPr"):
                _complex_font(properties)


def _runs_right_to_left(text: str) -> bool:
    """Tell a Norwegian quote on a Persian slide, which keeps its full stop at its end, from a Persian line with a name in it."""
    kinds = {unicodedata.bidirectional(letter) for letter in text}
    return bool(kinds & {"R", "AL"}) or "L" not in kinds


def _with_mark(line: dict[str, Any]) -> str:
    arrow = f" {line['arrow']}" if line.get("arrow") else ""
    return line["text"] + arrow + (f" ({line['mark']})" if line["mark"] else "")


def _complex_font(properties: Any) -> None:
    """Name the font for Persian letters, which has an entry of its own."""
    from pptx.oxml.ns import qn

    if properties.find(qn("a:cs")) is None:
        font = properties.makeelement(qn("a:cs"), {"typeface": _FONT})
        properties.append(font)
