"""Cards as slides: native text, tables and charts, in both directions."""

import io

import pytest

from personakit.render.slides import personas_slides

pptx = pytest.importorskip("pptx", reason="python-pptx is not installed; pip install personakit[office]")


@pytest.fixture(scope="module", params=["en", "nb", "fi", "fa"])
def deck(request, small_run):
    content = personas_slides(small_run.personas, small_run.profiles, language=request.param)
    return request.param, pptx.Presentation(io.BytesIO(content))


def test_a_comparison_and_two_slides_each(deck, small_run):
    """Titles name the personas; every back has a native table and a native chart that can be edited."""
    _, slides = deck
    assert len(slides.slides) == 1 + 2 * len(small_run.personas.personas)
    titles = [slide.shapes.title.text_frame.text for slide in slides.slides]
    for number, card in enumerate(small_run.personas.personas):
        assert titles[1 + 2 * number].startswith(card.name) and titles[2 + 2 * number].startswith(card.name)
        back = slides.slides[2 + 2 * number]
        assert any(shape.has_chart for shape in back.shapes) and any(shape.has_table for shape in back.shapes)


def test_nothing_lies_outside_the_slide(deck):
    """Every box is inside, also when the slide is mirrored."""
    _, slides = deck
    for slide in slides.slides:
        for shape in slide.shapes:
            assert shape.left >= 0 and shape.top >= 0
            assert shape.left + shape.width <= slides.slide_width + 10_000


def test_persian_runs_right_to_left(deck):
    """Paragraphs of Persian letters are marked, with a font for them; others are not."""
    language, slides = deck
    paragraphs = [
        p
        for slide in slides.slides
        for shape in slide.shapes
        if shape.has_text_frame
        for p in shape.text_frame.paragraphs
        if p.runs
    ]
    marked = [p for p in paragraphs if p._p.pPr is not None and p._p.pPr.get("rtl") == "1"]
    assert bool(marked) == (language == "fa")
    for paragraph in marked:
        assert paragraph.runs[0]._r.rPr.find(pptx.oxml.ns.qn("a:cs")) is not None


def test_the_same_cards_give_the_same_bytes(small_run):
    """No clock inside, also not in the data of the charts."""
    one, two = (personas_slides(small_run.personas, small_run.profiles, language="fa") for _ in range(2))
    assert one == two
