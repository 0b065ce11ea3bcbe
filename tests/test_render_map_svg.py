"""Maps as drawings: well-formed, every line inside its place, mirrored, with their evidence."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from personakit.evidence import claim
from personakit.journeys_edits import MapEdit, MapEdits, apply_map_edits
from personakit.locale import Words
from personakit.render.journey_maps import map_of
from personakit.render.map_layout import text_width
from personakit.render.map_svg import journey_map_svg

SVG = "{http://www.w3.org/2000/svg}"


def drawing(journeys, language="en", **how):
    root = ET.fromstring(journey_map_svg(journeys, 1, language=language, **how))
    return root, [text for text in root.iter(f"{SVG}text") if "x" in text.attrib]


def words_of(texts):
    return "".join("".join(text.text.split()) for text in texts)


@pytest.mark.parametrize("language", ["en", "nb", "fi", "fa"])
def test_all_of_the_map_is_there_as_text(small_run, language):
    """Every entry and every piece of evidence, word for word, inside the drawing; nothing is asked from outside."""
    root, texts = drawing(small_run.journeys, language)
    shown, said = map_of(small_run.journeys, 1, Words(language)), words_of(texts)
    for lane in shown["lanes"]:
        assert "".join(lane["name"].split()) in said
        for entries in [] if lane["lane"] == "feeling" else lane["cells"]:
            assert all("".join(entry["text"].split()) in said for entry in entries)
    assert all("".join(piece.split()) in said for line in shown["evidence"] for piece in line["evidence"])
    width = float(root.get("width"))
    for text in (text for text in texts if text.get("text-anchor") != "middle" and float(text.get("font-size")) < 30):
        high = text_width(text.text, float(text.get("font-size")), bold=text.get("font-weight") == "700")
        x, leftwards = float(text.get("x")), (text.get("direction") == "rtl") != (text.get("text-anchor") == "end")
        assert (x - high if leftwards else x) >= 0 and (x if leftwards else x + high) <= width
    assert "http" not in journey_map_svg(small_run.journeys, 1, language=language).replace("http://www.w3.org/2000/svg", "")


def test_persian_is_mirrored_and_brings_its_font(small_run):
    """The names of the lanes stand on the right; quotes in other languages keep their direction."""
    (here, texts), (there, mirrored) = drawing(small_run.journeys), drawing(small_run.journeys, "fa")
    assert min(float(text.get("x")) for text in texts) < 60
    assert max(float(text.get("x")) for text in mirrored) > float(there.get("width")) - 60
    assert {text.get("direction") for text in mirrored} == {"rtl", None} and {text.get("direction") for text in texts} == {None}
    assert "font/woff2" in ET.tostring(there, encoding="unicode") and "woff2" not in ET.tostring(here, encoding="unicode")


@pytest.mark.parametrize("n_phases", [3, 8])
def test_few_and_many_phases_with_long_words(small_run, n_phases):
    """Columns stay wide enough; a word that is longer than its column is broken inside it."""
    word = "Lentokonesuihkuturbiinimoottoriapumekaanikkoaliupseerioppilas"
    phases = {f"vaihe {n}": [] for n in range(n_phases)}
    cells = [claim(1, f"{phase}|pains", "{text}", text=word, label=word) for phase in phases]
    root, texts = drawing(replace(small_run.journeys, maps={1: cells}, phases=phases), "fi")
    assert words_of(texts).count(word) == n_phases
    column = (float(root.get("width")) - 2 * 32 - 150) / n_phases
    assert column >= 190
    assert all(text_width(text.text, 13) <= column for text in texts if text.text and text.text in word and len(text.text) > 5)


def test_names_from_data_are_escaped_and_left_out_by_style(small_run):
    """A name with signs of markup stays text; the style ``role`` shows no name."""
    odd = replace(small_run.journeys, names={**small_run.journeys.names, 1: "<b>&"})
    assert "&lt;b&gt;&amp;" in journey_map_svg(odd, 1, language="en") and drawing(odd)
    assert small_run.journeys.names[1] not in journey_map_svg(small_run.journeys, 1, language="en", style="role")


def test_the_wanted_line_is_drawn(small_run):
    """With its name in the lane."""
    name, by = small_run.journeys.names[1], {"who": "aino", "on": "2026-11-22"}
    wishes = [MapEdit(do="to_be", phase=phase, feeling=2, **by) for phase in ("awareness", "action")]
    edited = apply_map_edits(small_run.journeys, small_run.personas, {name: MapEdits(persona=name, edits=wishes)})
    assert "as we want it" in journey_map_svg(edited, 1, language="en")
    assert journey_map_svg(edited, 1, language="en").count('stroke-dasharray="9 6"') == 1
