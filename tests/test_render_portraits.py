"""Portraits: drawn, the same each time, different within a study, and without text."""

import re
from xml.etree import ElementTree

from personakit.render.pages import colour_of
from personakit.render.portraits import portrait


def test_portraits_differ_within_a_study_and_stay():
    """No two of the first eight are alike, whatever the study; the same again each time."""
    for seed in ("Nordic sports shop", "A", "فروشگاه"):
        drawn = [str(portrait(segment, "#0b6e6e", seed=seed)) for segment in range(1, 9)]
        assert len(set(drawn)) == 8
        assert drawn == [str(portrait(segment, "#0b6e6e", seed=seed)) for segment in range(1, 9)]
    assert portrait(1, colour_of(1), seed="A") != portrait(1, colour_of(1), seed="B")


def test_a_portrait_is_a_drawing_and_nothing_else():
    """Well-formed shapes, no text, no address, nothing of the data; screen readers pass it over."""
    drawing = str(portrait(3, "#8a4b08", seed="<script>"))
    root = ElementTree.fromstring(drawing)
    assert root.attrib["aria-hidden"] == "true"
    assert {element.tag for element in root.iter()} <= {"svg", "g", "rect", "path", "ellipse", "circle"}
    assert "script" not in drawing and not re.search(r"url\(|href|<text", drawing)
