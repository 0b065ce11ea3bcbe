"""Quotes: chosen, shortened with marks, never changed, approved or rejected for good."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.errors import DataError
from personakit.voices_quotes import (
    ELLIPSIS,
    MOST_WORDS,
    QuoteChoices,
    choose_quotes,
    clarity,
    excerpt,
    read_quote_choices,
    stands_in,
    write_quote_choices,
)

TEXTS = pd.DataFrame({
    "key": ["t|1", "t|2", "t|3", "t|4", "t|5"], "source": "tickets", "document": "t", "line": [1, 2, 3, 4, 5],
    "customer_id": ["a", "b", "c", "d", "d"], "language": "en", "quotable": [True, True, True, False, True],
    "text": ["The parcel came far too late again.", "[name] wrote THAT THE PARCEL IS AT www.x.example now", "Late.",
             "The parcel was late and I may not be quoted.", "A lovely parcel came on Monday morning."],
})  # fmt: skip
TELLING = {("en", "parcel"): 1.0, ("en", "late"): 3.0, ("en", "love"): -1.0}


def test_typical_and_clear_ones_come_first():
    """Short ones, and those who did not agree, are left out; links, blanks and shouting go to the end."""
    assert choose_quotes(TEXTS, TELLING)["key"].tolist()[0] == "t|1"
    assert set(choose_quotes(TEXTS, TELLING)["key"]) == {"t|1", "t|2", "t|5"}
    assert clarity(TEXTS["text"][1]) < clarity(TEXTS["text"][0])


def test_nearly_the_same_is_said_once():
    """Two people who complain in the same words with other numbers make one quote; another complaint makes a second."""
    said = ["It took 9 days to get my refund for the shoes.", "It took 5 days to get my refund for the shoes.",
            "Nobody answered the phone on any day of that week."]  # fmt: skip
    texts = pd.DataFrame({"key": ["a", "b", "c"], "source": "tickets", "document": "t", "line": [1, 2, 3], "language": "en",
                          "customer_id": ["x", "y", "z"], "quotable": True, "text": said})  # fmt: skip
    assert len(choose_quotes(texts, {})) == 2
    approved = QuoteChoices().with_choice("a", said[0], "approved").with_choice("b", said[1], "approved")
    assert len(choose_quotes(texts, {}, approved)) == 3


def test_rejected_ones_never_come_back(tmp_path):
    """A rejected quote stays away by key and by its words; an approved one comes first; choices can be taken back."""
    choices = QuoteChoices().with_choice("t|1", TEXTS["text"][0], "rejected").with_choice("t|5", TEXTS["text"][4], "approved")
    file = write_quote_choices(choices, tmp_path / "quotes.yaml")
    again = read_quote_choices(file)
    copy = TEXTS.assign(key=["t|9", *TEXTS["key"][1:]])
    for texts in (TEXTS, copy):
        chosen = choose_quotes(texts, TELLING, again)
        assert chosen["quote"].tolist()[0] == TEXTS["text"][4] and TEXTS["text"][0] not in set(chosen["text"])
    back = again.with_choice("t|1", TEXTS["text"][0], None)
    assert "t|1" in set(choose_quotes(TEXTS, TELLING, back)["key"])


def test_long_texts_are_shortened_at_sentences():
    """Whole sentences stay together; what is left out is marked at its place."""
    long = "It began well. " + "The parcel came late and nobody answered the phone for days. " * 4 + "The end"
    short = excerpt(long)
    assert ELLIPSIS in short and stands_in(short, long) and len(short.split()) <= MOST_WORDS + 2
    assert excerpt("word " * 60).endswith(ELLIPSIS) and stands_in(excerpt("word " * 60), "word " * 60)


@given(st.text(max_size=400))
def test_every_excerpt_stands_in_its_text(text):
    """Whatever is shortened can be found again, word for word."""
    assert stands_in(excerpt(text), text)


def test_a_changed_quote_does_not_stand():
    """One word changed, or a gap without a mark, is noticed."""
    text = "The parcel came late. I called. Nobody answered."
    assert not stands_in("The parcel came soon.", text) and not stands_in("The parcel came late. Nobody answered.", text)
    assert stands_in("The parcel came late. […] Nobody answered.", text)
    assert not stands_in("Nobody answered. […] The parcel came late.", text)


@pytest.mark.parametrize("text", ["approved: [1", "- a\n- b\n", "approved: 5\n"])
def test_a_damaged_file_is_named(tmp_path, text):
    """The answer says which file, and what it should be."""
    (tmp_path / "quotes.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="quotes.yaml: is not a list of choices"):
        read_quote_choices(tmp_path / "quotes.yaml")
