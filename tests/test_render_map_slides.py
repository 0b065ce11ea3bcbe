"""Maps as slides: native shapes, nothing left out, evidence in the notes, mirrored, the same bytes twice."""

import io

import pytest

from personakit.journeys_edits import MapEdit, MapEdits, apply_map_edits
from personakit.locale import Words
from personakit.render.journey_maps import map_of
from personakit.render.map_slides import journeys_slides

pptx = pytest.importorskip("pptx", reason='python-pptx is not installed; pip install "personakit[office]"')


def deck_of(journeys, language="en", **how):
    return pptx.Presentation(io.BytesIO(journeys_slides(journeys, language=language, **how)))


def texts_of(slide):
    return [paragraph.text for shape in slide.shapes if shape.has_text_frame for paragraph in shape.text_frame.paragraphs]


@pytest.mark.parametrize("language", ["en", "fa"])
def test_nothing_of_a_map_is_left_out(small_run, language):
    """Every entry stands on one slide of its persona; each number on a slide has its evidence in the notes."""
    deck, words = deck_of(small_run.journeys, language), Words(language)
    for segment in small_run.journeys.maps:
        shown = map_of(small_run.journeys, segment, words)
        own = [slide for slide in deck.slides if slide.shapes.title.text.startswith(f"{shown['name']} (")]
        said = "\n".join(text for slide in own for text in texts_of(slide))
        notes = "\n".join(slide.notes_slide.notes_text_frame.text for slide in own)
        for lane in shown["lanes"]:
            assert lane["name"] in said
            assert all(entry["text"] in said for entries in lane["cells"] for entry in entries if lane["lane"] != "feeling")
        assert all(piece in notes for line in shown["evidence"] for piece in line["evidence"])
        assert all(point["text"] in said for point in shown["curve"]["points"])


def test_everything_lies_on_its_slide(small_run):
    """No shape reaches beyond the edges, and letters stay readable."""
    deck = deck_of(small_run.journeys, "fi")
    for slide in deck.slides:
        for shape in slide.shapes:
            assert shape.left >= 0 and shape.left + shape.width <= deck.slide_width
            assert shape.top >= -10 and shape.top + shape.height <= deck.slide_height + 10
            sizes = [run.font.size.pt for paragraph in shape.text_frame.paragraphs for run in paragraph.runs
                     if run.font.size] if shape.has_text_frame else []  # fmt: skip
            assert min(sizes, default=9) >= 6


def test_shapes_are_native(small_run):
    """A chart with the feelings of all personas, arrows, dots and lines; no pictures."""
    deck = deck_of(small_run.journeys)
    charts = [shape.chart for shape in deck.slides[0].shapes if shape.has_chart]
    assert [series.name for series in charts[0].plots[0].series] == list(small_run.journeys.names.values())
    felt = {cell.place: cell.evidence[0].estimate for cell in small_run.journeys.maps[1] if cell.place.endswith("|feeling")}
    assert list(charts[0].plots[0].series[0].values) == [
        round(felt[f"{phase}|feeling"], 2) for phase in small_run.journeys.phases
    ]
    kinds = {shape.shape_type for slide in deck.slides for shape in slide.shapes}
    assert pptx.enum.shapes.MSO_SHAPE_TYPE.FREEFORM in kinds and pptx.enum.shapes.MSO_SHAPE_TYPE.PICTURE not in kinds


def test_persian_slides_are_mirrored(small_run):
    """Arrows point to the left; paragraphs run from right to left."""
    deck = deck_of(small_run.journeys, "fa")
    arrows = [shape for shape in deck.slides[1].shapes if shape._element.spPr.xfrm is not None
              and shape._element.spPr.xfrm.get("flipH") == "1"]  # fmt: skip
    assert len(arrows) == len(small_run.journeys.phases)
    marked = [p for p in arrows[0].text_frame.paragraphs if p._p.pPr.get("rtl") == "1"]
    assert marked and arrows[0].left > arrows[-1].left


def test_the_same_maps_give_the_same_bytes_and_style_leaves_names_out(small_run):
    """Twice the same; with the style ``role`` no name."""
    assert journeys_slides(small_run.journeys, language="en") == journeys_slides(small_run.journeys, language="en")
    said = "\n".join(text for slide in deck_of(small_run.journeys, style="role").slides for text in texts_of(slide))
    assert "Group 1" in said and small_run.journeys.names[1] not in said


def test_the_wanted_line_stands_on_the_slide(small_run):
    """As diamonds with their numbers."""
    name, by = small_run.journeys.names[1], {"who": "aino", "on": "2026-11-22"}
    wishes = [MapEdit(do="to_be", phase=phase, feeling=1.5, **by) for phase in ("awareness", "action")]
    edited = apply_map_edits(small_run.journeys, small_run.personas, {name: MapEdits(persona=name, edits=wishes)})
    slide = deck_of(edited).slides[1]
    assert texts_of(slide).count("+1.5") == 2 and "◇ as we want it" in texts_of(slide)
