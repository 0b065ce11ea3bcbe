"""Difference cards: what changed, what is new, what no longer holds; and what only changed its place."""

from dataclasses import replace

import pytest

import personakit as pk
from personakit.drift_differences import CHANGED, CLEAR_NOW, FIRST_SHOWN, NEW, NO_LONGER, NOT_CLEAR, STILL
from personakit.evidence import Figure


def figure_of(line):
    return next(piece for piece in line.evidence if isinstance(piece, Figure))


@pytest.fixture(scope="module")
def card(small_run):
    """A card and one of its lines that data make."""
    first = small_run.personas.personas[0]
    line = next(line for line in first.claims if line.kind == "data" and line.asserts == "difference" and figure_of(line).effect)
    return first, line


def with_claims(personas, card, claims):
    cards = [card.model_copy(update={"claims": claims}) if p.segment == card.segment else p for p in personas.personas]
    return replace(personas, personas=cards)


def test_the_same_cards_have_no_differences(small_run):
    """A wave against itself: nothing changed, everybody is there."""
    found = pk.compare_cards(small_run.personas, small_run.profiles, small_run.personas, small_run.profiles)
    assert found.lines == [] and found.table.empty and found.gone == [] and found.come == []
    assert found.n == found.old_n and found.since == found.until == "2026-06-30"


def test_a_line_whose_difference_turned_round_is_changed(small_run, card):
    """The line stands on both cards, and the data say the opposite."""
    first, line = card
    figure = figure_of(line)
    turned = figure.model_copy(update={"effect": -figure.effect, "effect_low": -figure.effect_high,
                                       "effect_high": -figure.effect_low})  # fmt: skip
    claims = [old.model_copy(update={"evidence": [turned]}) if old.id == line.id else old for old in first.claims]
    found = pk.compare_cards(small_run.personas, small_run.profiles, with_claims(small_run.personas, first, claims),
                             small_run.profiles)  # fmt: skip
    assert [(entry.what, entry.segment) for entry in found.lines] == [(CHANGED, first.segment)]
    assert found.table["persona"].tolist() == [first.name] and found.of(first.segment, CHANGED)[0].old.id == line.id


def test_a_line_that_only_lost_its_place_is_still_true(small_run, card):
    """Left off the new card while the data bear it out: still true; put on it: true before."""
    first, line = card
    without = with_claims(small_run.personas, first, [old for old in first.claims if old.id != line.id])
    gone = pk.compare_cards(small_run.personas, small_run.profiles, without, small_run.profiles)
    come = pk.compare_cards(without, small_run.profiles, small_run.personas, small_run.profiles)
    assert [entry.what for entry in gone.lines] == [STILL] and [entry.what for entry in come.lines] == [FIRST_SHOWN]
    assert gone.table.empty and come.table.empty


@pytest.mark.parametrize(("turn", "names"), [(-1.0, (NO_LONGER, NEW)), (0.0, (NOT_CLEAR, CLEAR_NOW))])
def test_a_line_that_the_other_wave_does_not_bear_out(small_run, card, turn, names):
    """The other wave says the opposite: new, or no longer true. It has zero in its interval: only not clear."""
    first, line = card
    key = figure_of(line).key
    blurred = small_run.profiles.table.copy()
    effect = figure_of(line).effect * turn
    blurred.loc[blurred["key"] == key, ["effect", "effect_low", "effect_high"]] = [effect, effect - 0.1, effect + 0.1]
    other = replace(small_run.profiles, table=blurred)
    without = with_claims(small_run.personas, first, [old for old in first.claims if old.id != line.id])
    gone = pk.compare_cards(small_run.personas, small_run.profiles, without, other)
    come = pk.compare_cards(without, other, small_run.personas, small_run.profiles)
    assert ([entry.what for entry in gone.lines], [entry.what for entry in come.lines]) == ([names[0]], [names[1]])
    assert gone.table["what"].tolist() == [names[0]] and come.table["line"].notna().all()


def test_personas_that_come_and_go_are_named(small_run):
    """A card that only one wave has."""
    fewer = replace(small_run.personas, personas=small_run.personas.personas[:-1])
    last = small_run.personas.personas[-1].name
    assert pk.compare_cards(small_run.personas, small_run.profiles, fewer, small_run.profiles).gone == [last]
    assert pk.compare_cards(fewer, small_run.profiles, small_run.personas, small_run.profiles).come == [last]


def test_a_first_wave_has_nothing_to_compare(small_run, tmp_path):
    """Without an earlier wave there are no differences."""
    assert pk.differences_since(pk.open_workspace(small_run.study.file, work_dir=tmp_path)) is None
