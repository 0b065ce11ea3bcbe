"""Persona cards as slides: native text, table and chart, so that everything can be edited in PowerPoint."""

from __future__ import annotations

from typing import Any

from personakit.personas_model import Personas
from personakit.profiling import SegmentProfiles
from personakit.render.cards import card_of, facts_of
from personakit.render.overview import overview_of
from personakit.render.pages import words_of
from personakit.render.sheets import safe_text
from personakit.render.slide import FONT, INK, MARGIN, SOFT, WIDTH, Slide, complex_font, deck_bytes, new_deck

_TRAITS_IN_TABLE, _BARS, _LINES_PER_BOX, _ROWS_COMPARED = 9, 7, 5, 8
#: How wide the columns of the trait table are, against each other: trait, value, interval, everyone else, effect, n.
_TRAIT_WIDTHS = (2.9, 1.25, 2.2, 1.3, 1.15, 0.75)
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
    words = words_of(personas, language)
    style = style or personas.about.get("style", "person")
    deck = new_deck(f"{words('Customer personas')}: {personas.about['title']}")
    facts = [f"{name}: {'; '.join(lines)}" for name, lines in facts_of(personas, words)]
    _CardSlide(deck, words).overview(overview_of(personas, profiles, words, style=style), personas.about)
    for persona in personas.personas:
        card = card_of(persona, personas, profiles, words, style=style)
        _CardSlide(deck, words).face(card)
        _CardSlide(deck, words).back(card, facts)
    return deck_bytes(deck, personas.about["as_of"])


class _CardSlide(Slide):
    """A slide about personas."""

    def overview(self, overview: dict[str, Any], about: dict[str, Any]) -> None:
        """All personas side by side."""
        people = overview["people"]
        self.title(f"{self.words('Customer personas')}: {about['title']}", INK)
        header = ["", *(p["name"] + (f" ({p['mark']})" if p["mark"] else "") for p in people)]
        rows = [[self.words("Size"), *(p["share"] for p in people)], [self.words("In one line"), *(p["essence"] for p in people)]]
        rows += [[row["label"], *(cell["text"] for cell in row["cells"])] for row in overview["differ"][:_ROWS_COMPARED]]
        self.table(MARGIN, 1.25, WIDTH - 2 * MARGIN, [header, *rows], size=11 if len(people) <= 5 else 9)
        if about.get("synthetic"):
            self.box(MARGIN, 6.95, 12.3, 0.4, [self.words("Synthetic data: no real customer is in them.")], size=10, colour=SOFT)

    def face(self, card: dict[str, Any]) -> None:
        """Who it is, what they want, what stands in the way, how to reach them."""
        colour = card["colour"].lstrip("#")
        self.title(card["name"] + (f" ({card['mark']})" if card["mark"] else ""), colour)
        head = [_with_mark(line) for line in card["essence"]]
        self.box(MARGIN, 1.15, 12.3, 0.5, head, size=16)
        self.box(MARGIN, 1.65, 12.3, 0.4, [" · ".join([card["size"], *card["value"]])], size=11, colour=SOFT)
        self.box(MARGIN, 2.0, 12.3, 0.65, [self.words.listing([_with_mark(line) for line in card["who"]])], size=11)
        quote = [_with_mark(line) for line in card["quotes"][:1]]
        if quote:
            self.box(MARGIN, 2.7, 12.3, 0.6, quote, size=14, colour=colour)
        fields = {field["place"]: field for field in card["fields"]}
        shown = [fields[name] for name in _FACE_FIELDS if name in fields][:6]
        rows = 2 if len(shown) > 3 else 1
        for number, field in enumerate(shown):
            x, y = MARGIN + (number % 3) * 4.15, 3.35 + (number // 3) * 1.85
            lines = [_with_mark(line) for line in field["lines"][:_LINES_PER_BOX]]
            self.box(x, y, 4.0, 3.6 / rows, [field["name"], *lines], size=11 if rows == 2 else 16, heading=colour)
        if card["open"]:
            text = self.words("Not known from the data yet: {fields}. Ask about it in interviews.",
                              fields=self.words.listing(card["open"]))  # fmt: skip
            self.box(MARGIN, 7.02, 12.3, 0.4, [f"{self.words('assumption')}: {text}"], size=10, colour="7a4300")

    def back(self, card: dict[str, Any], facts: list[str]) -> None:
        """How it is known: the traits as a table and a chart, and what the card rests on."""
        colour = card["colour"].lstrip("#")
        self.title(f"{card['name']}: {self.words('How do we know?')}", colour)
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
            self.table(MARGIN, 1.2, 7.6, [header, *rows], size=10, widths=_TRAIT_WIDTHS)
            self._chart(8.35, 1.15, 4.5, 3.9, card, colour)
        stability = self.words(
            "Jaccard {value} over bootstrap samples; from 0.75 on the segment comes back", value=card["stability"]
        )
        steady = [f"{self.words('Stability')}: {stability}"] if card["stability"] else []
        notes = [*card["prevalence"], *card["not_covered"], *steady, *facts]
        self.box(MARGIN, 5.2, 12.3, 2.1, notes, size=9, colour=SOFT)

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
        place = (Inches(v) for v in (self.from_start(x, width), y, width, height))
        chart = self.slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *place, data).chart
        chart.has_legend, chart.has_title = False, True
        self.write(chart.chart_title.text_frame, [self.words("Effect")], size=11, colour=INK)
        chart.font.size, chart.font.name = Pt(9), FONT
        chart.category_axis.reverse_order = True
        chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
        chart.value_axis.has_major_gridlines = False
        chart.value_axis.reverse_order = self.mirrored
        fill = chart.plots[0].series[0].format.fill
        fill.solid()
        fill.fore_color.rgb = RGBColor.from_string(colour.upper())
        if self.mirrored:
            for properties in chart._chartSpace.iter("{http://schemas.openxmlformats.org/drawingml/2006/main}defRPr"):
                complex_font(properties)


def _with_mark(line: dict[str, Any]) -> str:
    arrow = f" {line['arrow']}" if line.get("arrow") else ""
    return line["text"] + arrow + (f" ({line['mark']})" if line["mark"] else "")
