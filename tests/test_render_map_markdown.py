"""Maps as Markdown and as Mermaid text."""

import re
from dataclasses import replace

import pytest

from personakit.evidence import claim
from personakit.journeys_cells import GAP
from personakit.journeys_edits import MapEdit, MapEdits, apply_map_edits
from personakit.render.map_markdown import _faces, journey_mermaid, journeys_markdown


@pytest.mark.parametrize("language", ["en", "fa"])
def test_tables_are_whole(small_run, language):
    """Each row has a cell per phase; signs of markup in the data are escaped; the evidence is numbered."""
    text = journeys_markdown(small_run.journeys, language=language)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert {len(re.split(r"(?<!\\)\|", row)) - 2 for row in rows} == {len(small_run.journeys.phases) + 1}
    assert text.count("```mermaid") == len(small_run.journeys.maps)
    odd = [*small_run.journeys.maps[1], claim(1, "decision|owner", "{text}", text="a|b <i>", label="x")]
    assert "a\\|b \\<i\\>" in journeys_markdown(replace(small_run.journeys, maps={1: odd}), language=language)


def test_a_diagram_for_mermaid(small_run):
    """A section per phase, marks from 1 to 5, and a comment where nothing is known; no sign that Mermaid would trip over."""
    text = journey_mermaid(small_run.journeys, 1, language="en")
    lines = text.splitlines()
    assert lines[0] == "journey" and sum("section" in line for line in lines) == len(small_run.journeys.phases)
    tasks = [line for line in lines if re.search(r": \d: ", line)]
    assert len(tasks) >= len(small_run.journeys.phases) and all(
        re.fullmatch(r" {6}[^:;#]+: [1-5]: [^:;#]+", line) for line in tasks
    )
    felt = next(cell.evidence[0] for cell in small_run.journeys.maps[1] if cell.place == "decision|feeling")
    assert f"      Decision (n = {felt.n}): {_faces(felt.estimate)}: " in text
    cells = [cell for cell in small_run.journeys.maps[1] if cell.place != "decision|feeling"]
    without = journey_mermaid(
        replace(small_run.journeys, maps={1: [*cells, claim(1, "decision|feeling", GAP)]}), 1, language="en"
    )
    assert "%% Decision - No data on this yet" in without and "section Decision" not in without
    odd = replace(small_run.journeys, names={**small_run.journeys.names, 1: "A: b; #c"})
    assert "    title A b c" in journey_mermaid(odd, 1, language="en").splitlines()


def test_marks_of_mermaid():
    """From very bad to very good."""
    assert [_faces(feeling) for feeling in (-2, -1.6, -0.4, 0, 0.5, 1.4, 2)] == [1, 1, 3, 3, 4, 4, 5]


def test_wishes_are_a_row(small_run):
    """The wanted feelings stand below the lanes."""
    name, by = small_run.journeys.names[1], {"who": "aino", "on": "2026-11-22"}
    wish = [MapEdit(do="to_be", phase="decision", feeling=1.5, **by)]
    edited = apply_map_edits(small_run.journeys, small_run.personas, {name: MapEdits(persona=name, edits=wish)})
    assert "| as we want it | – | – | +1.5 | – | – |" in journeys_markdown(edited, language="en")
