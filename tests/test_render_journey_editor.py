"""The journey editor without a browser: what its controls do to the files and to the map."""

import datetime as dt
import html

import pytest

from personakit.journeys_edits import JourneySession, map_edits_file, read_map_edits
from personakit.render.journey_editor import JourneyEditor
from tests.test_render_persona_editor import buttons


@pytest.fixture
def editor(small_run, tmp_path):
    session = JourneySession(small_run.journeys, small_run.personas, tmp_path, who="aino", today=dt.date(2026, 11, 22))
    return JourneyEditor(session)


@pytest.fixture
def name(small_run):
    return small_run.journeys.names[1]


def page(editor):
    return html.unescape(html.unescape(editor._map.value))


def test_a_handle_of_the_curve_is_kept_and_drawn(editor, name, tmp_path):
    """A moved handle is a wish; clearing it takes it off; handles without a wish lie where the data lie, and wish nothing."""
    assert not map_edits_file(tmp_path, name).exists() and "as we want it" not in page(editor)
    editor._points["decision"].value = -1.5
    assert read_map_edits(tmp_path)[name].edits[0].feeling == -1.5
    assert "as we want it" in page(editor) and "wanted −1.5" in editor._said["decision"].value
    assert editor._line_of_curve.value.count('stroke-dasharray="7 5"') == 0  # one point is no line yet
    editor._points["action"].value = 2
    assert editor._line_of_curve.value.count('stroke-dasharray="7 5"') == 1
    editor._clear["decision"].click()
    assert "wanted not said" in editor._said["decision"].value and editor._clear["decision"].disabled
    now = editor.session.feeling(name, "decision")[0]
    assert abs(editor._points["decision"].value - now) <= 0.25
    assert len(read_map_edits(tmp_path)[name].edits) == 3


def test_lines_of_a_phase_are_changed_and_the_map_shows_it(editor, name, tmp_path):
    """Rewrite, add, take back; quotes can only be taken off."""
    editor._phase.value = "decision"
    buttons(editor._lines, "Rewrite")[0].click()
    row = next(row for row in editor._lines.children if buttons(row, "Save"))
    row.children[0].value = "Said in our own words"
    buttons(row, "Save")[0].click()
    assert "Said in our own words" in page(editor) and "edited by aino" in page(editor)
    editor._lane.value, editor._own.value = "opportunities", "Pay with one tap"
    buttons(editor.box, "Add line")[0].click()
    assert "Pay with one tap" in page(editor) and editor._own.value == ""
    buttons(editor.box, "Undo")[0].click()
    assert "Pay with one tap" not in page(editor) and "Taken back." in editor._status.value
    assert [edit.do for edit in read_map_edits(tmp_path)[name].edits] == ["rewrite"]
    assert len(buttons(editor._lines, "Remove")) >= len(buttons(editor._lines, "Rewrite"))


def test_scenario_and_another_persona(editor, small_run):
    """The scenario belongs to one map; the choice of a persona writes nothing."""
    editor._scenario.value = "A present for a friend"
    assert "A present for a friend" in page(editor)
    second = small_run.journeys.names[2]
    editor._persona.value = second
    assert 'id="map-2"' in page(editor) and "A present for a friend" not in page(editor)
    assert list(editor.session._edits) == [small_run.journeys.names[1]]


def test_what_goes_wrong_is_said_and_nothing_is_written(editor, name, tmp_path):
    """An empty line; its blanks stay in the box."""
    editor._own.value = "  "
    buttons(editor.box, "Add line")[0].click()
    assert "the line is empty" in editor._status.value and not map_edits_file(tmp_path, name).exists()
    assert editor._own.value == "  "


def test_words_typed_while_the_map_is_drawn_are_kept(editor, monkeypatch):
    """The box is emptied before the map is drawn anew, not after it."""
    seen = []
    monkeypatch.setattr(editor, "_draw", lambda: seen.append(editor._own.value))
    editor._own.value = "Pay with one tap"
    buttons(editor.box, "Add line")[0].click()
    assert seen == [""]
