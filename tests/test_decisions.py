"""Decisions: written whole, looked at again with new data, and nobody forgotten."""

from datetime import date

import pytest
import yaml

import personakit as pk
from personakit.decisions import DECISIONS, HOLDS, MOVED, NO_CLAIM, SILENT, read_decisions
from personakit.render.html import to_html

DAY = date(2026, 7, 1)


@pytest.fixture
def names(small_run):
    return {persona.segment: persona.name for persona in small_run.personas.personas}


@pytest.fixture
def lines(small_run):
    """Lines of the first card that rest on a figure with an interval."""
    own = [line for line in small_run.personas.personas[0].claims if line.kind == "data" and line.asserts == "difference"]
    return [line for line in own if getattr(line.evidence[0], "ci_low", None) is not None]


def everything(small_run):
    return [line for persona in small_run.personas.personas for line in persona.claims]


def test_decisions_are_kept_with_what_they_rest_on(tmp_path, names, lines, small_run):
    """Number, day, persona of the line; the same data say that it holds, and the others are forgotten."""
    first = pk.log_decision(tmp_path, "Show the test results first", who="Aino", on=DAY, lines=lines[:2], names=names,
                            expected="More of them go on to the cart")  # fmt: skip
    pk.log_decision(tmp_path, "No discounts in autumn", who="Bo", on=DAY, personas=[names[2]], names=names)
    assert first.number == 1 and first.personas == [names[1]] and first.claims[0].said["estimate"] == pytest.approx(
        lines[0].evidence[0].estimate, abs=1e-6)  # fmt: skip
    assert read_decisions(tmp_path)[0] == first
    review = pk.review_decisions(read_decisions(tmp_path), everything(small_run), names)
    assert review.decisions["standing"].tolist() == [NO_CLAIM, HOLDS] and review.flagged.empty
    assert review.unused == [names[segment] for segment in (3, 4, 5)]
    assert review.claims["decisions"].tolist() == [1, 1] and set(review.claims["standing"]) == {HOLDS}


def test_claims_that_no_longer_hold_flag_their_decisions(tmp_path, names, lines, small_run):
    """A figure outside its old interval, and a line that is gone."""
    pk.log_decision(tmp_path, "One", who="Aino", on=DAY, lines=lines[:1], names=names)
    pk.log_decision(tmp_path, "Two", who="Aino", on=DAY, lines=lines[:2], names=names)
    pk.log_decision(tmp_path, "Three", who="Aino", on=DAY, lines=lines[2:3], names=names)
    figure = lines[0].evidence[0]
    apart = figure.ci_high - figure.ci_low
    moved = figure.model_copy(update={name: getattr(figure, name) + 3 * apart for name in ("estimate", "ci_low", "ci_high")})
    later = [line.model_copy(update={"evidence": [moved]}) if line.id == lines[0].id else line
             for line in everything(small_run) if line.id != lines[1].id]  # fmt: skip
    review = pk.review_decisions(read_decisions(tmp_path), later, names)
    assert review.decisions.set_index("what")["standing"].to_dict() == {"One": MOVED, "Two": MOVED, "Three": HOLDS}
    assert review.flagged["what"].tolist() == ["Two", "One"] and review.claims.iloc[0]["decisions"] == 2
    assert SILENT in review.claims["standing"].tolist()
    page = to_html(review)
    assert MOVED in page and "Nothing was decided for" in page


def test_what_happened_is_written_beside_it(tmp_path):
    """The other decisions stay as they are."""
    for what in ("One", "Two"):
        pk.log_decision(tmp_path, what, who="Aino", on=DAY)
    pk.note_outcome(tmp_path, 1, "Nothing changed", on=date(2026, 9, 1))
    kept = read_decisions(tmp_path)
    assert [(d.what, d.happened, d.happened_on) for d in kept] == [("One", "Nothing changed", "2026-09-01"), ("Two", "", "")]


def test_wrong_entries_are_named_and_nothing_is_written(tmp_path, names):
    """An empty sentence and a misspelt persona together; a number that is not there; a damaged file."""
    with pytest.raises(pk.DataError) as error:
        pk.log_decision(tmp_path, " ", who="Aino", on=DAY, personas=[names[1][:-1]], names=names)
    assert str(error.value).splitlines()[0] == "what: is empty"
    assert f"nobody is called '{names[1][:-1]}'" in str(error.value) and f"did you mean '{names[1]}'" in str(error.value)
    with pytest.raises(pk.DataError, match="there is no decision 4; the log has: none yet"):
        pk.note_outcome(tmp_path, 4, "x", on=DAY)
    assert not (tmp_path / DECISIONS).exists()
    (tmp_path / DECISIONS).write_text(yaml.safe_dump({"decisions": [{"number": 1, "who": "A"}]}), encoding="utf-8")
    with pytest.raises(pk.StudyError) as error:
        pk.log_decision(tmp_path, "Two", who="Aino", on=DAY)
    assert "decisions.0.on: Field required" in str(error.value) and "decisions.0.what" in str(error.value)
    (tmp_path / DECISIONS).write_text("decisions: [", encoding="utf-8")
    with pytest.raises(pk.StudyError, match="is not valid YAML"):
        read_decisions(tmp_path)
