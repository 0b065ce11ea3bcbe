"""The persona check: each known mistake is found where it is planted, and nowhere else."""

from dataclasses import replace
from datetime import date

import pytest

from personakit.evidence import Edit, Voice, claim
from personakit.personas import write_personas
from personakit.personas_check import RULES, check_personas, loaded_words
from personakit.personas_lines import OWN, QUOTE, line_of
from personakit.profiling import profile_segments
from personakit.segmentation import segment_customers


def rules(result, persona=None):
    table = result.findings if persona is None else result.findings[result.findings["persona"] == persona]
    return set(table["rule"])


def with_card(personas, position, **update):
    cards = list(personas.personas)
    cards[position] = cards[position].model_copy(update=update)
    return replace(personas, personas=cards)


def test_good_personas_have_no_problem(small_run):
    """The sample's five archetypes are apart, known and reachable; every finding is complete."""
    result = check_personas(small_run.personas, small_run.profiles)
    assert not len(result.problems)
    assert not {"overlapping", "over-general", "too many", "only demography", "stale"} & rules(result)


def test_every_finding_says_what_where_why_and_how_to_mend(small_run):
    """And each rule has a reason and a remedy."""
    shop = with_card(small_run.personas, 0, name="Typical woman")
    for row in check_personas(shop, small_run.profiles, today=date(2030, 1, 1)).findings.itertuples():
        assert row.severity in {"problem", "warning"} and row.rule in RULES
        assert row.what and row.why and row.mend
    assert all(why and mend for why, mend in RULES.values())


def test_random_groups_overlap_and_are_over_general(small_run):
    """Customers dealt into groups by chance: nothing sets them apart, and their cards lead to the same decisions."""
    seg = small_run.segmentation
    dealt = seg.labels.sample(frac=1, random_state=3).set_axis(seg.labels.index)
    chance = replace(seg, labels=dealt)
    profiles = profile_segments(small_run.features, chance)
    personas = write_personas(profiles, chance, study=small_run.study)
    result = check_personas(personas, profiles)
    assert "over-general" in rules(result)
    assert (result.findings["severity"] == "problem").any()


def test_two_halves_of_one_group_should_be_merged(small_run):
    """One segment cut in two by chance: the merge test names the two."""
    seg = small_run.segmentation
    labels = seg.labels.copy()
    own = labels.index[labels == 1]
    labels.loc[own[::2]] = 6
    split = replace(seg, labels=labels, centres=seg.centres[[0, 1, 2, 3, 4, 0]])
    profiles = profile_segments(small_run.features, split)
    personas = write_personas(profiles, split, study=small_run.study)
    result = check_personas(personas, profiles)
    (finding,) = [row for row in result.findings.itertuples() if row.rule == "overlapping"]
    names = {card.segment: card.name for card in personas.personas}
    assert names[1] in finding.what and names[6] in finding.what


def test_many_personas_unless_they_are_not_served(small_run):
    """Seven are too many; marks bring the number down."""
    cards = [card.model_copy(update={"name": f"{card.name} {i}"}) for i in range(2) for card in small_run.personas.personas][:7]
    many = replace(small_run.personas, personas=cards)
    assert "too many" in rules(check_personas(many, small_run.profiles))
    fewer = replace(many, personas=[*cards[:5], *(card.model_copy(update={"mark": "not served"}) for card in cards[5:])])
    assert "too many" not in rules(check_personas(fewer, small_run.profiles))


def test_stale_by_the_calendar(small_run):
    """After the day of review, not before; nothing reads the clock by itself."""
    assert small_run.personas.about["review_by"] == "2026-12-30"
    for day, stale in ((None, False), (date(2026, 12, 30), False), (date(2026, 12, 31), True)):
        assert ("stale" in rules(check_personas(small_run.personas, small_run.profiles, today=day))) == stale


def test_small_and_unstable_segments(small_run):
    """Few people, and a Jaccard under three quarters."""
    shaky = replace(small_run.personas, about={**small_run.personas.about, "stability": {"1": 0.6, "2": 0.9}})
    few = with_card(shaky, 1, n=12)
    result = check_personas(few, small_run.profiles)
    names = [card.name for card in few.personas]
    assert "unstable segment" in rules(result, names[0]) and "unstable segment" not in rules(result, names[1])
    assert "small segment" in rules(result, names[1])


def test_only_demography_and_assumptions(small_run):
    """A card with nothing but age is a stereotype, and one that is mostly opinion says so."""
    card = small_run.personas.personas[0]
    kept = [line for line in card.claims if line.place in {"size", "who"}]
    result = check_personas(with_card(small_run.personas, 0, claims=kept), small_run.profiles)
    assert {"only demography", "no goal", "no channel"} <= rules(result, card.name)
    own = [claim(1, "needs", OWN, text=f"Opinion {i}").model_copy(update={"kind": "edited", "id": str(i)}) for i in range(30)]
    result = check_personas(with_card(small_run.personas, 0, claims=[*card.claims, *own]), small_run.profiles)
    assert "resting on assumptions" in set(result.problems.loc[result.problems["persona"] == card.name, "rule"])


@pytest.mark.parametrize(("text", "words"), [
    ("A bossy housewife", ["bossy", "housewife"]), ("En typisk kvinne", ["typisk kvinne"]), ("Oikea mies", ["oikea mies"]),
    ("مرد واقعی است", ["مرد واقعی"]), ("Lazyness is no word here", []), ("Wants the lowest price", [])])  # fmt: skip
def test_loaded_words_in_four_languages(text, words):
    """Whole words only."""
    assert loaded_words(text) == words


def test_sources_that_contradict_each_other(small_run):
    """Says it reads newsletters, and hardly ever opens one."""
    figures = small_run.profiles.figures()
    said = next(f for f in figures.values() if f.column == "uses_newsletter" and f.segment == 1)
    strong = {"effect": 0.9, "effect_low": 0.6, "effect_high": 1.2, "n": 100, "others_n": 100}
    likes = said.model_copy(update=strong)
    avoids = said.model_copy(update={"key": "features|touchpoint_newsletter||1", "column": "touchpoint_newsletter",
                                     "label": "Share of touches at {value}", "label_value": "newsletters", **strong,
                                     "sources": ["events.touchpoint"], "effect": -0.9, "effect_low": -1.2,
                                     "effect_high": -0.6})  # fmt: skip
    lines = [line_of(likes, "media"), line_of(avoids, "behaviours")]
    card = small_run.personas.personas[0]
    result = check_personas(with_card(small_run.personas, 0, claims=[*card.claims, *lines]), small_run.profiles)
    assert "contradicting sources" in rules(result, card.name)


def test_quotes_of_one_speaker(small_run):
    """Two quotes of one person stand for one person."""
    voices = [
        Voice(key=f"interviews|a|{i}", source="interviews", document="a", line=i, customer="P1", quote=f"Text {i}")
        for i in (1, 2)
    ]
    card = small_run.personas.personas[0]
    kept = [line for line in card.claims if line.kind != "voice"]
    quotes = [claim(1, "quotes", QUOTE, evidence=[voice], quote=voice.quote) for voice in voices]
    assert "one speaker" in rules(check_personas(with_card(small_run.personas, 0, claims=kept + quotes), small_run.profiles))
    assert "one speaker" not in rules(check_personas(small_run.personas, small_run.profiles))


def test_edits_against_the_data(small_run):
    """A contradicted edit is a problem, a silent one a warning."""
    card = small_run.personas.personas[0]
    for now, severity in (("contradicts", "problem"), ("silent", "warning")):
        line = claim(1, "needs", OWN, text="x").model_copy(
            update={"kind": "edited", "edit": Edit(who="a", on="2026-01-01", data_now=now)}
        )
        result = check_personas(with_card(small_run.personas, 0, claims=[*card.claims, line]), small_run.profiles)
        own = result.findings[result.findings["rule"] == "edit against the data"]
        assert own["severity"].tolist() == [severity]


def test_one_card_for_everybody_is_not_over_general(small_run):
    """Where there is nothing to compare with, nothing can set the card apart."""
    one = segment_customers(small_run.features, basis=small_run.basis, n_segments=1)
    profiles = profile_segments(small_run.features, one)
    personas = write_personas(profiles, one, study=small_run.study)
    assert "over-general" not in rules(check_personas(personas, profiles))
