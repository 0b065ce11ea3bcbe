"""The teams' pages as slides: native text, a slide for each team and persona, evidence in the notes."""

import io

from pptx import Presentation

from personakit.activation_lines import TEAM_FIELDS
from personakit.render.activation_slides import activation_slides


def test_slides(small_plan):
    """Channels, budget, then every team and persona; nothing leaves the slide."""
    deck = Presentation(io.BytesIO(activation_slides(small_plan, language="en")))
    slides = list(deck.slides)
    assert len(slides) == 2 + len(TEAM_FIELDS) * len(small_plan.names)
    assert slides[0].shapes.title.text == "Which channel for whom" and any(shape.has_table for shape in slides[1].shapes)
    for slide in slides:
        for shape in slide.shapes:
            assert shape.left >= 0 and shape.left + shape.width <= deck.slide_width
            assert shape.top + shape.height <= deck.slide_height
    assert "source" in slides[2].notes_slide.notes_text_frame.text


def test_the_same_plan_gives_the_same_bytes(small_plan):
    """Also in Persian."""
    assert activation_slides(small_plan, language="fa") == activation_slides(small_plan, language="fa")
