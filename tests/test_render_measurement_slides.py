"""Step 11 as slides: verdict, a difference card for each persona, measures, decisions and agenda."""

import io

import pytest
from pptx import Presentation

from personakit.render.measurement_slides import measurement_slides


@pytest.mark.parametrize("language", ["en", "fa"])
def test_slides_tell_the_review(small_review, language):
    """A slide for each persona of both waves; what was measured has its evidence in the notes; the same bytes again."""
    made = measurement_slides(small_review.review, small_review.decisions, language=language)
    assert made == measurement_slides(small_review.review, small_review.decisions, language=language)
    slides = list(Presentation(io.BytesIO(made)).slides)
    titles = [slide.shapes.title.text for slide in slides]
    assert all(any(title.startswith(name) for title in titles) for name in small_review.names.values())
    notes = "\n".join(slide.notes_slide.notes_text_frame.text for slide in slides if slide.has_notes_slide)
    assert notes.count("n = ") > 20
    for slide in slides:  # nothing stands outside the slide
        for shape in slide.shapes:
            assert shape.left >= 0 and shape.left + shape.width <= 12_192_000 + 10_000
