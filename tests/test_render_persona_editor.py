"""The persona editor without a browser: what its controls do to the files and to the card."""

import datetime as dt
import html

import pytest

from personakit.personas_edits import edits_file, read_edits
from personakit.personas_session import PersonaSession
from personakit.render.persona_editor import PersonaEditor


@pytest.fixture
def editor(small_run, tmp_path):
    return PersonaEditor(
        PersonaSession(small_run.personas, small_run.profiles, tmp_path, who="aino", today=dt.date(2026, 11, 22))
    )


def buttons(widget, text):
    """All buttons with a text below a widget."""
    found = [widget] if getattr(widget, "description", "") == text and hasattr(widget, "click") else []
    return found + [button for child in getattr(widget, "children", ()) for button in buttons(child, text)]


def page(editor):
    return html.unescape(html.unescape(editor._card.value))


def test_a_line_is_rewritten_and_the_card_shows_it(editor, small_run, tmp_path):
    """Open, write, save: on disk, on the card, marked."""
    buttons(editor._lines, "Rewrite")[0].click()
    row = next(row for row in editor._lines.children if buttons(row, "Save"))
    row.children[0].value = "Said in our own words"
    buttons(row, "Save")[0].click()
    assert "Said in our own words" in page(editor) and "edited by aino" in page(editor)
    assert read_edits(tmp_path)[small_run.personas.personas[0].name].edits[0].text == "Said in our own words"
    buttons(editor.box, "Undo")[0].click()
    assert "Said in our own words" not in page(editor) and "Taken back." in editor._status.value


def test_further_lines_names_and_marks(editor, small_run):
    """Pick, rename and mark; the list of personas shows the new name."""
    before = len(editor.session.further_lines(small_run.personas.personas[0].name))
    buttons(editor._further, "Add")[0].click()
    assert len(editor.session.further_lines(small_run.personas.personas[0].name)) == before - 1
    editor._name.value = "Inka"
    editor._mark.value = "primary"
    assert editor._persona.options[0] == ("Inka", small_run.personas.personas[0].name)
    assert "primary persona" in page(editor) and "Inka" in page(editor)


def test_own_lines_and_the_data_that_would_back_them(editor):
    """While a line is written, data about it are offered; without any, the editor says what to do."""
    editor._own.value = "Advice from somebody"
    assert any("Advice" in label for label, _ in editor._backing.options)
    editor._backing.value = next(value for _, value in editor._backing.options if value)
    buttons(editor.box, "Add line")[0].click()
    assert "Advice from somebody" in page(editor) and editor._own.value == ""
    editor._own.value = "zebra crossings"
    assert editor._backing.options[0][0].startswith("no data are about this")


def test_what_goes_wrong_is_said_and_nothing_is_written(editor, small_run, tmp_path):
    """An empty line, and a name that another persona has."""
    buttons(editor.box, "Add line")[0].click()
    assert "the line is empty" in editor._status.value
    editor._name.value = small_run.personas.personas[1].name
    assert "another persona is called" in editor._status.value
    assert not edits_file(tmp_path, small_run.personas.personas[0].name).exists()


def test_another_persona(editor, small_run):
    """The card changes with the choice."""
    second = small_run.personas.personas[1].name
    editor._persona.value = second
    assert f'id="name-{small_run.personas.personas[1].segment}"' in page(editor)
