"""The decision desk: what its buttons do, without a browser."""

import datetime as dt

import pytest

from personakit.decisions import read_decisions
from personakit.render.decision_desk import DecisionDesk


@pytest.fixture
def desk(small_run, tmp_path):
    names = {persona.segment: persona.name for persona in small_run.personas.personas}
    return DecisionDesk(tmp_path, small_run.personas.claims, names, today=dt.date(2026, 7, 1))


def test_a_decision_is_written_down_with_its_lines(desk, press):
    """For one persona only its lines are offered; the entry names them, and what happened is added later."""
    name = desk.names[2]
    desk._personas.value = (name,)
    assert desk._rests.options and all(text.startswith(f"{name}: ") for text, _ in desk._rests.options)
    places = [place for _, place in desk._rests.options[:2]]
    desk._rests.value = tuple(places)
    desk._who.value, desk._what.value, desk._expected.value = "Aino", "<b>Test</b> first", "fewer returns"
    press(desk, "Write down")
    (found,) = read_decisions(desk.folder)
    assert (found.on, found.who, found.personas, len(found.claims)) == ("2026-07-01", "Aino", [name], 2)
    assert desk._what.value == "" and desk._rests.value == () and "Decision 1 is written down." in desk._status.value
    assert (
        "&lt;b&gt;Test" in desk._log.value and "<b>Test" not in desk._log.value and name not in desk._log.value.split("Nobody")[1]
    )
    desk._number.value, desk._happened.value = 1, "one in ten fewer"
    press(desk, "Note what happened")
    assert read_decisions(desk.folder)[0].happened == "one in ten fewer"


def test_undo_takes_the_last_entry_back(desk, press):
    """Entry by entry, until there is nothing to undo."""
    desk._who.value, desk._what.value = "Aino", "One"
    press(desk, "Write down")
    desk._what.value = "Two"
    press(desk, "Write down")
    press(desk, "Undo")
    assert [decision.what for decision in read_decisions(desk.folder)] == ["One"]
    press(desk, "Undo")
    assert read_decisions(desk.folder) == [] and not (desk.folder / "decisions.yaml").exists()
    press(desk, "Undo")
    assert "nothing to undo" in desk._status.value


def test_what_is_wrong_is_said_and_the_words_stay(desk, press):
    """Without a name nothing is written, and what was typed is still there."""
    desk._what.value = "Something"
    press(desk, "Write down")
    assert "who: is empty" in desk._status.value and desk._what.value == "Something" and read_decisions(desk.folder) == []
    press(desk, "Note what happened")
    assert "there is no decision 0" in desk._status.value
