"""Feeling: questions, ratings of contacts and how texts sound, by phase and touchpoint; reactions from words and codes."""

import pandas as pd
import pytest

import personakit as pk
from personakit.journeys_feeling import REACTIONS, _words, feelings_of, reactions_of
from personakit.voices import Voices
from personakit.voices_codebook import Code, Codebook
from personakit.voices_coding import CODING_COLUMNS, Codings

STUDY = """study: T
as_of: 2025-12-31
sources:
  survey:
    path: survey.csv
    items:
      rated: {kind: csat, scale: [1, 7], columns: [s1, s2], phases: {s1: look, s2: look}}
      said: {kind: text, columns: [open1], phases: {open1: after}}
  tickets: {path: tickets.csv}
journey: {phases: {look: [page], choose: [cart, size_guide], after: [help]}}
"""
SURVEY = pd.DataFrame({"customer_id": ["A", "B", "C"], "s1": [7, 1, 4], "s2": [7, 4, 4],
                       "open1": ["I can't wait to come back.", "", "So frustrating, I gave up."]})  # fmt: skip
TICKETS = pd.DataFrame({"ticket_id": ["1", "2", "3", "4"], "customer_id": ["A", "A", "B", "C"], "rating": [1, 2, 5, 3],
                        "topic": ["cart", "cart", "size_guide", "page"], "text": ["It failed", "Again", "Fine", "Hm"],
                        "at": "2025-02-01"})  # fmt: skip


@pytest.fixture
def sources(write_study):
    return pk.load_sources(pk.open_study(write_study(STUDY, survey=SURVEY, tickets=TICKETS)))


def test_questions_first_then_ratings(sources):
    """A scale of 1 to 7 becomes -2 to +2; tickets rate the phase that no question asks about, and each touchpoint."""
    found = feelings_of(sources)
    assert found["feel_look"][0].to_dict() == {"A": 2.0, "B": -1.0, "C": 0.0}
    assert found["feel_choose"][0].to_dict() == {"A": -1.5, "B": 2.0}
    assert found["feel_at_cart"][0].to_dict() == {"A": -1.5} and found["feel_at_page"][0].to_dict() == {"C": 0.0}
    assert "feel_after" not in found
    assert found["feel_choose"][1]["columns"] == "tickets.rating, tickets.topic"


def test_texts_fill_what_nobody_rated(sources):
    """How open answers sound stands where there is no rating; words and codes show reactions."""
    voices = pk.read_voices(sources)
    texts = voices.texts.assign(feeling=[1.2 if "wait" in text else -0.8 for text in voices.texts["text"]])
    found = feelings_of(sources, Voices(texts))
    assert found["feel_after"][0].to_dict() == {"A": 1.2, "C": -0.8}
    assert found["feel_after"][1]["columns"] == "survey.text"
    assert found["react_enthusiasm_after"][0].to_dict() == {"A": 1.0, "C": 0.0}
    assert found["react_frustration_after"][0].to_dict() == {"A": 0.0, "C": 1.0}
    assert "react_joy_after" not in found


def test_codes_say_where_and_what(sources):
    """A code with a phase puts a text there, and a code named after a reaction shows it."""
    voices = pk.read_voices(sources)
    said = voices.texts[(voices.texts["source"] == "tickets") & (voices.texts["text"] == "Hm")].iloc[0]
    rows = [["ada", "tickets", said["document"], said["line"], said["line"], code, "", ""] for code in ("doubt_size", "in_cart")]
    book = Codebook(codes={"doubt_size": Code(type="pain"), "in_cart": Code(phase="cart")})
    coded = Voices(voices.texts, codings=Codings(pd.DataFrame(rows, columns=CODING_COLUMNS), book))
    found = feelings_of(sources, coded)
    assert found["react_doubt_choose"][0].to_dict() == {"A": 0.0, "B": 0.0, "C": 1.0}


@pytest.mark.parametrize(("text", "language", "shown"), [
    ("Jeg er fornøyd med betalingen.", "nb", {"joy"}), ("Jeg er ikke fornøyd.", "nb", set()),
    ("Tämä ärsyttää minua suuresti", "fi", {"frustration"}), ("En ole varma koosta", "fi", {"doubt"}),
    ("واقعاً کلافه شدم", "fa", {"frustration"}), ("از خریدم راضی هستم و توصیه می‌کنم", "fa", {"joy", "enthusiasm"}),
    ("Not bad. I love it!", "en", {"joy"}), ("I was never annoyed", "en", set()), ("Wunderbar", "de", set()),
    ("The glove fits", "en", set()),
])  # fmt: skip
def test_reactions_in_four_languages(text, language, shown):
    """Words count at their beginning, not after a negation in the same clause, and only in languages that have a list."""
    assert reactions_of(text, language) == shown


def test_lists_have_all_languages():
    """Four reactions and the negations, in four languages, without a word in two lists."""
    words = _words()
    assert set(words) == {*REACTIONS, "not"}
    for language in ("en", "nb", "fi", "fa"):
        said = [word for name in REACTIONS for word in words[name][language]]
        assert len(said) == len(set(said)) >= 40 and all(isinstance(word, str) for word in words["not"][language])
