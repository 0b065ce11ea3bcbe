"""Themes: planted ones are found, their number comes from the data, and each is a suggestion with examples."""

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.voices_themes import FEWEST_TEXTS, find_themes

from .conftest import monthly

PLANTED = {
    "delivery": ["parcel", "late", "courier", "tracking", "delivery", "days", "waiting", "arrived", "doorstep", "driver"],
    "sizes": ["size", "guide", "shoe", "tight", "narrow", "returned", "fits", "larger", "measure", "width"],
    "checkout": ["checkout", "payment", "card", "phone", "address", "cart", "lost", "password", "login", "error"],
    "advice": ["chat", "expert", "advice", "helped", "answer", "friendly", "knew", "staff", "question", "kind"],
}


def planted_texts(seed, n=240, themes=4):
    rng = np.random.default_rng(seed)
    names = list(PLANTED)[:themes]
    truth = rng.choice(names, n)
    filler = ["really", "shop", "ordered", "again", "today", "product", "bought", "week", "thing", "bit"]
    said = [" ".join([*rng.choice(PLANTED[t], 6), *rng.choice(filler, 4)]) for t in truth]
    return pd.DataFrame({"key": [f"t{i:04d}" for i in range(n)], "source": rng.choice(["tickets", "survey"], n), "language": "en",
                         "text": said, "quotable": True}), truth  # fmt: skip


@pytest.mark.filterwarnings("error")
def test_a_few_remarks_again_and_again():
    """Where everybody says one of four things, each is a theme, and no library warns of rounding."""
    said = ["Altfor dyrt i det siste", "Fin butikk, hyggelige folk", "Leveringen tok to uker!", "Jeg vil ha bedre utvalg"]
    texts = pd.DataFrame({"key": [f"t{i:04d}" for i in range(240)], "source": "survey", "language": "nb",
                          "text": np.random.default_rng(3).choice(said, 240), "quotable": True})  # fmt: skip
    found = find_themes(texts)
    assert len(found.table) == 4 and found.table["n"].sum() == 240


@pytest.mark.parametrize("themes", [3, *monthly(2, 4)])
def test_planted_themes_are_found(themes):
    """In at least nine of ten trials the number of themes is right, and then their texts and words are those planted."""
    right = 0
    for seed in range(10):
        texts, truth = planted_texts(seed, themes=themes)
        found = find_themes(texts, random_state=seed)
        if len(found.table) != themes:
            continue
        right += 1
        agreement = pd.crosstab(found.of_text, truth)
        assert agreement.max(axis=1).sum() / len(texts) > 0.95
        for words in found.table["words"]:
            assert max(len(set(words.split(", ")) & set(planted)) for planted in PLANTED.values()) >= 4
    assert right >= 9


def test_shares_examples_and_order():
    """Shares add up to at most one, also by source; examples are typical texts of the theme; the largest comes first."""
    texts, _ = planted_texts(5)
    texts.loc[:80, "quotable"] = False
    found = find_themes(texts)
    assert found.table["n"].is_monotonic_decreasing and found.table["share"].sum() <= 1
    assert found.sources.groupby("source")["share"].sum().max() <= 1 + 1e-9
    for theme in found.table.itertuples():
        keys = theme.examples.split(" ")
        own = texts.set_index("key").loc[keys]
        assert len(keys) == 3 and own["quotable"].all()
        assert (found.of_text[texts["key"].isin(keys)] == theme.theme).all()


def test_row_order_is_irrelevant():
    """Shuffled texts give the same themes for the same texts."""
    texts, _ = planted_texts(6)
    shuffled = texts.sample(frac=1, random_state=1)
    one, two = find_themes(texts), find_themes(shuffled)
    assert one.table.equals(two.table) and (one.of_text == two.of_text.sort_index()).all()


def test_few_texts_have_no_themes():
    """Under 30 texts of a language nothing is claimed."""
    texts, _ = planted_texts(7, n=FEWEST_TEXTS - 1)
    found = find_themes(texts)
    assert found.table.empty and (found.of_text == 0).all()


def test_planted_themes_of_the_sample():
    """At least four in five of the planted subjects of tickets, in each language, are a theme by their words."""
    subjects = {
        "checkout": {"en": "checkout mobile phone address stuck cart", "nb": "mobilen kassen adressesiden handlekurven",
                     "fi": "kassa kännykän osoite ostoskorin"},
        "delivery": {"en": "parcel days late tracking time", "nb": "pakken sporingen forsinket tide takk",
                     "fi": "paketti myöhässä päivää ajoissa seuranta"},
        "return": {"en": "refund return money size guide", "nb": "pengene returen størrelsesguiden tok",
                   "fi": "palautuksen hyvitys rahat kesti"},
        "product_page": {"en": "description recycled material made needed", "nb": "laget produktsiden beskrivelse materiale",
                         "fi": "tuotesivulla valmistettu kuvaus tuotteen tarvitsin"},
    }  # fmt: skip
    themes = pk.read_voices(pk.protect(pk.check_quality(pk.load_sources(pk.open_study())).clean)).themes
    found = []
    for words in subjects.values():
        for language, own in words.items():
            listed = themes.loc[themes["language"] == language, "words"]
            found.append(any(len(set(row.split(", ")) & set(own.split())) >= 2 for row in listed))
    assert np.mean(found) >= 0.8, found
