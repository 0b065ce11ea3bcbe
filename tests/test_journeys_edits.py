"""Edits of maps: kept beside the study file, laid over every new result, and marked where the data now say otherwise."""

import datetime as dt
from dataclasses import replace

import pytest
import yaml

from personakit.errors import DataError, PersonakitError, StudyError
from personakit.evidence import claim
from personakit.journeys_cells import GAP
from personakit.journeys_edits import (
    JourneySession,
    MapEdit,
    MapEdits,
    apply_map_edits,
    map_edits_file,
    read_map_edits,
    write_map_edits,
)
from personakit.personas_edits import CardEdit, CardEdits, apply_edits

TODAY = dt.date(2026, 11, 22)


@pytest.fixture
def session(small_run, tmp_path):
    return JourneySession(small_run.journeys, small_run.personas, tmp_path, who="aino", today=TODAY)


@pytest.fixture
def name(small_run):
    return small_run.journeys.names[1]


def first(session, name, phase, lane):
    return next(cell for cell in session.cells(name, phase) if cell.place == f"{phase}|{lane}" and cell.evidence)


def test_every_kind_of_edit_is_kept_and_marked(session, name, small_run, tmp_path):
    """Rewrite, remove, add, wanted feeling and scenario: on disk at once, with who and when, the same after reading again."""
    reach, touched = (first(session, name, "decision", lane) for lane in ("doing", "touchpoints"))
    session.rewrite(name, reach, "Few come this far")
    session.remove(name, touched)
    session.add(name, "decision", "opportunities", "Pay with one tap")
    session.add(name, "decision", "owner", "The web team")
    session.set_to_be(name, "decision", 1.5)
    session.set_scenario(name, "A present for a friend")
    again = apply_map_edits(small_run.journeys, small_run.personas, tmp_path)
    assert again.maps == session.journeys.maps and session.scenario(name) == "A present for a friend"
    cells = {cell.place: cell for cell in again.maps[1] if cell.kind == "edited"}
    assert set(cells) == {f"decision|{lane}" for lane in ("doing", "opportunities", "owner", "to_be")}
    assert cells["decision|doing"].evidence == reach.evidence and cells["decision|doing"].grade == reach.grade
    assert all(cells[f"decision|{lane}"].grade == "assumed" for lane in ("opportunities", "owner", "to_be"))
    assert cells["decision|to_be"].params["value"] == 1.5 and session.feeling(name, "decision")[1] == 1.5
    assert touched.id not in {cell.id for cell in again.maps[1]}
    assert all((cell.edit.who, cell.edit.on) == ("aino", "2026-11-22") for cell in cells.values())
    assert {cell.id for cell in again.maps[2]} == {cell.id for cell in small_run.journeys.maps[2]}
    content = yaml.safe_load(map_edits_file(tmp_path, name).read_text(encoding="utf-8"))
    assert [edit["do"] for edit in content["edits"]] == ["rewrite", "remove", "add", "add", "to_be", "scenario"]


def test_undo_takes_back_one_change_after_the_other(session, name, small_run):
    """Until the map is as the data wrote it; a point can also be taken off the wanted line."""
    session.set_to_be(name, "decision", 1)
    session.set_to_be(name, "decision", 2)
    assert session.feeling(name, "decision")[1] == 2
    session.set_to_be(name, "decision", None)
    assert session.feeling(name, "decision")[1] is None
    assert session.undo() and session.feeling(name, "decision")[1] == 2
    assert session.undo() and session.feeling(name, "decision")[1] == 1
    assert session.undo() and session.journeys.maps == small_run.journeys.maps
    assert not session.undo()


def test_a_line_of_ones_own_takes_the_place_of_a_gap(name, small_run, tmp_path):
    """And is marked as an assumption; rewriting and removing it work as for every other line."""
    gap, phase = claim(1, "decision|pains", GAP), "decision"
    cells = [cell for cell in small_run.journeys.maps[1] if cell.place != gap.place]
    journeys = replace(small_run.journeys, maps={1: [*cells, gap]})
    session = JourneySession(journeys, small_run.personas, tmp_path, who="aino", today=TODAY)
    session.add(name, phase, "pains", "Nobody answers")
    (own,) = [cell for cell in session.cells(name, phase) if cell.place == gap.place]
    assert (own.params["text"], own.kind, own.grade) == ("Nobody answers", "edited", "assumed")
    session.rewrite(name, own, "Nobody answers at weekends")
    (own,) = [cell for cell in session.cells(name, phase) if cell.place == gap.place]
    assert own.params["text"] == "Nobody answers at weekends"
    session.remove(name, own)
    assert [cell.id for cell in session.cells(name, phase) if cell.place == gap.place] == [gap.id]


def test_edits_that_no_longer_fit_are_named(session, name, small_run):
    """The figure moved out of its interval, the line is no longer told, the phase is gone; nothing is lost."""
    reach, touched = (first(session, name, "decision", lane) for lane in ("doing", "touchpoints"))
    session.rewrite(name, reach, "Few come this far")
    session.rewrite(name, touched, "They all use it")
    figure = reach.evidence[0]
    moved = figure.model_copy(update={"estimate": 0.01, "ci_low": 0.0, "ci_high": 0.02})
    cells = [cell.model_copy(update={"evidence": [moved]}) if cell.id == reach.id else cell
             for cell in small_run.journeys.maps[1] if cell.id != touched.id]  # fmt: skip
    later = replace(small_run.journeys, maps={**small_run.journeys.maps, 1: cells})
    about = apply_map_edits(later, small_run.personas, session._edits).about
    found = {edit["line"]: edit["data_now"] for edit in about["edits_contradicted"]}
    assert found == {"Few come this far": "contradicts", "They all use it": "silent"}
    phases = {phase: points for phase, points in small_run.journeys.phases.items() if phase != "decision"}
    cells = [cell for cell in small_run.journeys.maps[1] if not cell.place.startswith("decision|")]
    without = replace(small_run.journeys, phases=phases, maps={1: cells})
    again = apply_map_edits(without, small_run.personas, session._edits)
    assert again.maps[1] == cells and again.about["edits_without_phase"] == [f"{name}: decision"]


def test_names_on_maps_are_those_of_the_cards(small_run, name, tmp_path):
    """A persona that was renamed after the maps were made has its new name on them, and keeps its edits."""
    write_map_edits(MapEdits(persona=name, edits=[MapEdit(do="to_be", phase="decision", feeling=1, who="aino", on="2026-11-22")]),
                    tmp_path)  # fmt: skip
    renamed = {name: CardEdits(persona=name, edits=[CardEdit(do="name", text="Inka", who="aino", on="2026-11-22")])}
    personas = apply_edits(small_run.personas, small_run.profiles, renamed)
    again = apply_map_edits(small_run.journeys, personas, tmp_path)
    assert again.names[1] == "Inka" and any(cell.place == "decision|to_be" for cell in again.maps[1])


@pytest.mark.parametrize(("act", "said"), [
    (lambda s, n: s.add(n, "decision", "pain", "x"), "lane 'pain' is not known.*did you mean 'pains'"),
    (lambda s, n: s.add(n, "decison", "pains", "x"), "phase 'decison' is not known.*did you mean 'decision'"),
    (lambda s, n: s.add(n, "decision", "pains", " "), "the line is empty"),
    (lambda s, n: s.set_to_be(n, "decision", 3), "feeling: found 3; allowed: -2 to"),
    (lambda s, n: s.set_to_be("Nobody", "decision", 1), "there is no persona 'Nobody'"),
])  # fmt: skip
def test_what_cannot_be_done_is_one_sentence(session, name, act, said):
    """And nothing is written."""
    with pytest.raises(PersonakitError, match=said):
        act(session, name)
    assert not session.folder.exists()


def test_damaged_files_are_named_with_every_wrong_entry(session, name, tmp_path):
    """Wrong word and a feeling beyond the scale, in one message; a folder that cannot be written to is said too."""
    session.set_to_be(name, "decision", 1)
    file = map_edits_file(tmp_path, name)
    wrong = file.read_text(encoding="utf-8").replace("do: to_be", "do: to_bee").replace("feeling: 1.0", "feeling: 7")
    file.write_text(wrong, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        read_map_edits(tmp_path)
    text = str(caught.value)
    assert f"journeys/{file.name}: edits.1.do: found 'to_bee'" in text and "did you mean 'to_be'" in text
    assert "edits.1.feeling" in text
    blocked = tmp_path / "other"
    blocked.mkdir()
    (blocked / "journeys").write_text("a file in the way", encoding="utf-8")
    with pytest.raises(DataError, match="cannot be written to"):
        session.__class__(session._computed, session._personas, blocked, who="aino").set_to_be(name, "decision", 1)
