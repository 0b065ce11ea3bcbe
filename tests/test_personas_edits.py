"""Edits: kept beside the study file, laid over every new result, and marked where the data now say otherwise."""

import datetime as dt
from dataclasses import replace

import pytest
import yaml

from personakit.errors import DataError, PersonakitError, StudyError
from personakit.personas_edits import CardEdit, CardEdits, apply_edits, candidates, edits_file, line_key, read_edits, write_edits
from personakit.personas_session import PersonaSession

TODAY = dt.date(2026, 11, 22)


@pytest.fixture
def session(small_run, tmp_path):
    return PersonaSession(small_run.personas, small_run.profiles, tmp_path, who="aino", today=TODAY)


@pytest.fixture
def name(small_run):
    return small_run.personas.personas[0].name


def first(session, name, place):
    return next(line for line in session.card(name).at(place) if line.evidence)


def test_every_kind_of_edit_is_kept_and_marked(session, name, small_run, tmp_path):
    """Rewrite, remove, pick, add, rename and mark: on disk at once, with who and when, and the same after reading again."""
    need, value = first(session, name, "needs"), first(session, name, "values")
    session.rewrite(name, need, "Only the best will do")
    session.remove(name, value)
    session.pick(name, session.further_lines(name)[0])
    session.add(name, "objections", "Fears that it is too small")
    session.rename(name, "Inka")
    session.mark(name, "primary")
    again = apply_edits(small_run.personas, small_run.profiles, tmp_path).personas[0]
    assert again == session.card(name)
    assert (again.name, again.mark) == ("Inka", "primary")
    (line,) = [line for line in again.at("needs") if line.kind == "edited"]
    assert (line.params["text"], line.evidence, line.edit.who, line.edit.on) == (
        "Only the best will do", need.evidence, "aino", "2026-11-22")  # fmt: skip
    assert line.grade == need.grade
    assert value.id not in {line.id for line in again.claims}
    (own,) = again.at("objections")
    assert (own.kind, own.grade, own.evidence) == ("edited", "assumed", [])
    assert sum(line.edit is not None for line in again.claims) == 3
    content = yaml.safe_load(edits_file(tmp_path, name).read_text(encoding="utf-8"))
    assert [edit["do"] for edit in content["edits"]] == ["rewrite", "remove", "pick", "add", "name", "mark"]


def test_undo_takes_back_one_change_after_the_other(session, name, small_run):
    """Until the card is as the data wrote it; then there is nothing to take back."""
    session.rename(name, "Inka")
    session.add(name, "needs", "One more thing")
    assert session.undo() and session.card(name).name == "Inka" and not [x for x in session.card(name).at("needs") if x.edit]
    assert session.undo() and session.card(name) == small_run.personas.personas[0]
    assert not session.undo()


def test_own_lines_are_assumptions_until_data_back_them(session, name, small_run):
    """The same line without data, with data that agree, and with data that say the opposite."""
    need = first(session, name, "needs").evidence[0]
    session.add(name, "needs", "Cares a lot", feature=need.column, direction="higher")
    session.add(name, "needs", "Does not care", feature=need.column, direction="lower")
    session.add(name, "needs", "Somehow")
    backed, against, open_line = [line for line in session.card(name).at("needs") if line.id.split("|")[2] == "own"]
    assert backed.evidence[0].column == need.column and backed.grade == "strong" and not backed.edit.data_now
    assert against.grade == "assumed" and against.edit.data_now == "contradicts"
    assert open_line.grade == "assumed" and not open_line.edit.data_now
    assert [entry["line"] for entry in session.personas.about["edits_contradicted"]] == ["Does not care"]


def test_the_editor_shows_which_data_would_back_a_line(session, name):
    """Features about the same words, with what they say now; none for something else."""
    found = session.could_back(name, "Wants advice from somebody who knows")
    assert found[0].feature == "need_advice_1" and found[0].now in {"higher", "lower", "no clear difference"}
    assert session.could_back(name, "zebra crossings") == []


def test_edits_that_new_data_contradict_are_named(session, name, small_run, tmp_path):
    """Figures moved away: the edited line stays and says so; a line that is gone is kept as silent."""
    need, interest = first(session, name, "needs"), first(session, name, "interests")
    session.rewrite(name, need, "Only the best will do")
    session.rewrite(name, interest, "Lives for it")
    figure = need.evidence[0]
    moved = figure.model_copy(update={"estimate": 1.2, "ci_low": 1.1, "ci_high": 1.3, "effect": -figure.effect})
    card = small_run.personas.personas[0]
    lines = [line.model_copy(update={"evidence": [moved]}) if line.id == need.id else line for line in card.claims]
    lines = [line for line in lines if line.id != interest.id]
    table = small_run.profiles.table.copy()
    own = table["key"] == interest.evidence[0].key
    table.loc[own, ["effect", "effect_low", "effect_high"]] = [0.01, -0.2, 0.2]
    later = replace(small_run.personas, personas=[card.model_copy(update={"claims": lines}), *small_run.personas.personas[1:]])
    now = apply_edits(later, replace(small_run.profiles, table=table), tmp_path)
    said = {entry["line"]: entry["data_now"] for entry in now.about["edits_contradicted"]}
    assert said == {"Only the best will do": "contradicts", "Lives for it": "silent"}
    assert {line.params["text"] for line in now.personas[0].claims if line.kind == "edited"} == set(said)


def test_segments_with_other_numbers_keep_their_edits(session, name, small_run, tmp_path):
    """The key of a line does not hang on the number of its segment."""
    need = first(session, name, "needs")
    session.rewrite(name, need, "Only the best will do")
    text = (
        small_run.personas.to_json()
        .replace('"id": "1|', '"id": "9|')
        .replace('||1"', '||9"')
        .replace('"segment": 1', '"segment": 9')
    )
    other = type(small_run.personas).from_text(text)
    assert line_key(other.personas[0].at("needs")[0]) == line_key(small_run.personas.personas[0].at("needs")[0])
    assert any(line.kind == "edited" for line in apply_edits(other, small_run.profiles, tmp_path).personas[0].at("needs"))


def test_further_lines_are_not_on_the_card(session, name, small_run):
    """Certain differences only, and none that stands there already."""
    card = small_run.personas.personas[0]
    shown = {piece.key for line in card.claims for piece in line.evidence}
    lines = candidates(card, small_run.profiles)
    assert lines and not shown & {line.evidence[0].key for line in lines}
    assert all(line.grade in {"strong", "moderate"} for line in lines)


@pytest.mark.parametrize(("act", "said"), [
    (lambda s, n: s.add(n, "neds", "x"), r"field 'neds' is not known; allowed: .*; did you mean 'needs'\?"),
    (lambda s, n: s.add(n, "needs", "  "), "the line is empty"),
    (lambda s, n: s.add(n, "needs", "x" * 301), "the line has 301 letters; there is room for 300"),
    (lambda s, n: s.add(n, "needs", "x", feature="need_advice"), r"feature 'need_advice' is not known; did you mean"),
    (lambda s, n: s.mark(n, "primry"), r"mark 'primry' is not known; .*did you mean 'primary'\?"),
    (lambda s, n: s.rename(n, list(s.names)[1]), "another persona is called"),
    (lambda s, n: s.rename("Nobody", "x"), "there is no persona 'Nobody'"),
])  # fmt: skip
def test_what_cannot_be_done_is_one_sentence(session, name, act, said):
    """And nothing is written."""
    with pytest.raises(PersonakitError, match=said):
        act(session, name)
    assert not edits_file(session.folder, name).exists()


def test_damaged_files_are_named_together(tmp_path):
    """Every wrong entry of every file, in one error."""
    (tmp_path / "personas").mkdir()
    (tmp_path / "personas" / "a.edits.yaml").write_text(
        "persona: A\nedits: [{do: rewrit, who: x, on: '2026-01-01'}]", encoding="utf-8"
    )
    (tmp_path / "personas" / "b.edits.yaml").write_text("persona: [", encoding="utf-8")
    (tmp_path / "personas" / "c.edits.yaml").write_text("persona: C\nedits: [{do: add, who: x, on: today}]", encoding="utf-8")
    with pytest.raises(StudyError) as error:
        read_edits(tmp_path)
    text = str(error.value)
    assert "a.edits.yaml: edits.1.do: found 'rewrit'" in text and "did you mean 'rewrite'?" in text
    assert "b.edits.yaml, line 1: is not valid YAML" in text and "c.edits.yaml: edits.1.on" in text


def test_a_folder_that_cannot_be_written_to(small_run, tmp_path, name):
    """The reason and what to do; the card stays as it was."""
    (tmp_path / "personas").write_text("a file in the way", encoding="utf-8")
    session = PersonaSession(small_run.personas, small_run.profiles, tmp_path, who="aino")
    with pytest.raises(DataError, match="cannot be written to"):
        session.rename(name, "Inka")
    assert session.card(name).name == name


def test_who_edits_is_a_name(small_run, tmp_path):
    """Not a path and not nothing."""
    for who in ("", "../x", "a/b"):
        with pytest.raises(StudyError, match="write your name in letters"):
            PersonaSession(small_run.personas, small_run.profiles, tmp_path, who=who)


def test_edits_go_through_files_and_back(tmp_path):
    """Persian names and texts too; an unknown persona does no harm."""
    edits = CardEdits(persona="سارا", edits=[CardEdit(do="name", who="Åse Ö.", on="2026-01-02", text="نیلوفر")])
    write_edits(edits, tmp_path)
    assert read_edits(tmp_path) == {"سارا": edits}
