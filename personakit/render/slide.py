"""One slide: boxes, tables and notes placed from the side on which its language begins, all of it native and editable."""

from __future__ import annotations

import io
from typing import Any

from personakit.errors import ExtraNeededError
from personakit.locale import Words
from personakit.render.map_layout import runs_right_to_left
from personakit.render.sheets import fixed_archive, safe_text

WIDTH, HEIGHT, MARGIN = 13.333, 7.5, 0.5
#: Office has these on every machine, and both have Persian letters.
FONT = "Tahoma"
INK, SOFT = "1d2430", "596273"


def new_deck(title: str) -> Any:
    """
    An empty presentation.

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
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    deck.core_properties.title = safe_text(title)
    deck.core_properties.author = "personakit"
    return deck


def deck_bytes(deck: Any, day: str) -> bytes:
    """The presentation as a file; the same content gives the same bytes."""
    target = io.BytesIO()
    deck.save(target)
    return fixed_archive(target.getvalue(), day)


class Slide:
    """One slide, with boxes placed from the side on which its language begins."""

    def __init__(self, deck: Any, words: Words) -> None:
        self.slide = deck.slides.add_slide(deck.slide_layouts[5])  # title only
        self.words = words
        self.mirrored = words.direction == "rtl"

    def title(self, text: str, colour: str) -> None:
        """Put a title on top."""
        from pptx.util import Inches

        title = self.slide.shapes.title
        title.left, title.top, title.width, title.height = (Inches(v) for v in (MARGIN, 0.3, WIDTH - 2 * MARGIN, 0.8))
        self.write(title.text_frame, [text], size=26, colour=colour, bold=True)

    def box(  # noqa: PLR0913  where, what, and how it looks
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        lines: list[str],
        *,
        size: int,
        colour: str = INK,
        heading: str = "",
    ) -> None:
        """Put a box of paragraphs somewhere; the first may be a heading. An empty one is left out."""
        from pptx.util import Inches

        if not any(lines):
            return
        box = self.slide.shapes.add_textbox(*(Inches(v) for v in (self.from_start(x, width), y, width, height)))
        self.write(box.text_frame, lines, size=size, colour=colour, heading=heading)

    def from_start(self, x: float, width: float) -> float:
        """Turn a distance from the side where reading begins into one from the left."""
        return WIDTH - x - width if self.mirrored else x

    def write(
        self, frame: Any, lines: list[str], *, size: int, colour: str, bold: bool = False, heading: str = ""
    ) -> None:  # fmt: skip
        """Write paragraphs into a frame; empty ones are left out."""
        from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE
        from pptx.util import Pt

        frame.word_wrap, frame.auto_size, frame.vertical_anchor = True, MSO_AUTO_SIZE.TEXT_TO_FIT_SHAPE, MSO_ANCHOR.TOP
        for number, line in enumerate(line for line in lines if line):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            run = paragraph.add_run()
            run.text = safe_text(line)
            first = bool(heading) and number == 0
            self.style(paragraph, run, size=size + 1 if first else size, colour=heading if first else colour, bold=bold or first)
            paragraph.space_after = Pt(2)

    def style(self, paragraph: Any, run: Any, *, size: int, colour: str, bold: bool) -> None:
        """Give a piece of text its look, language and direction."""
        from pptx.dml.color import RGBColor
        from pptx.enum.text import PP_ALIGN
        from pptx.util import Pt

        run.font.size, run.font.bold, run.font.name = Pt(size), bold, FONT
        run.font.color.rgb = RGBColor.from_string(colour.upper())
        paragraph.alignment = PP_ALIGN.RIGHT if self.mirrored else PP_ALIGN.LEFT
        properties = run._r.get_or_add_rPr()
        properties.set("lang", {"en": "en-GB", "nb": "nb-NO", "fi": "fi-FI", "fa": "fa-IR"}[self.words.language])
        if self.mirrored:
            paragraph._p.get_or_add_pPr().set("rtl", "1" if runs_right_to_left(run.text) else "0")
            complex_font(properties)

    def table(
        self, x: float, y: float, width: float, rows: list[list[str]], *, size: int, widths: tuple[float, ...] = ()
    ) -> None:  # fmt: skip
        """Put a table somewhere; its first row is the head, and ``widths`` are parts of its width."""
        from pptx.util import Inches

        columns = len(rows[0])
        place = (Inches(v) for v in (self.from_start(x, width), y, width, 0.3 * len(rows)))
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
                self.style(frame.paragraphs[0], run, size=size, colour="ffffff" if r == 0 else INK, bold=r == 0)


def complex_font(properties: Any) -> None:
    """Name the font for Persian letters, which has an entry of its own."""
    from pptx.oxml.ns import qn

    if properties.find(qn("a:cs")) is None:
        font = properties.makeelement(qn("a:cs"), {"typeface": FONT})
        properties.append(font)
