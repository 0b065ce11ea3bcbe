"""Words, stems and languages, on plain cases and on real lines in four languages."""

import gzip
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from personakit.voices_words import distinctive_words, one_form, recognise_language, stems_of, words_of


@pytest.mark.parametrize(
    ("text", "language"),
    [("La livraison a été lente", "fr"), ("Die Lieferung kam viel zu spät an", "de"), ("لم أتمكن من الدفع عبر الهاتف", "ar"),
     ("یہ بہت اچھا ہے", "ur"), ("Leveransen kom alldeles för sent och paketet var skadat", "sv"), ("ok", "en"), ("خوب", "fa")],
)  # fmt: skip
def test_other_languages_are_named(text, language):
    """A language that is none of the four is named; short texts still have one."""
    assert recognise_language(text) == language


def test_persian_parts_are_cut_off():
    """Plural and tense that a zero-width joiner ties to a word do not make another word."""
    assert [stem for stem, _ in stems_of("کتاب\u200cهای", "fa")] == ["کتاب"]
    assert one_form("دســت") == "دست" and words_of("می\u200cروم") == ["می\u200cروم"]


def lines(n=400):
    file = Path(os.environ["PERSONAKIT_DATA"]) / "text_fi_no_fa_xed" / "xed_fi_no_fa.csv.gz"
    with gzip.open(file, "rt", encoding="utf-8") as text:
        table = pd.read_csv(text).dropna(subset=["text"])
    return table.groupby("lang", group_keys=False)[["lang", "text"]].sample(n, random_state=7)


def test_real_lines_are_recognised(real_data):
    """Short subtitle lines, many of one or two words, that no rule was made on."""
    own = lines()
    found = own["text"].map(recognise_language)
    right = (found == own["lang"].replace("no", "nb")).groupby(own["lang"]).mean()
    assert right["fi"] >= 0.97 and right["no"] >= 0.93 and right["fa"] >= 0.97


def test_real_lines_go_through_every_function(real_data):
    """Nothing is lost: every line keeps its words, has a stem for each, and is quoted as it stands."""
    from personakit.voices_quotes import clarity, excerpt, stands_in

    for lang, text in lines().itertuples(index=False):
        stems = stems_of(text, {"no": "nb"}.get(lang, lang))
        assert all(stem and word for stem, word in stems) and {w for _, w in stems} <= set(words_of(text))
        assert stands_in(excerpt(text), text) and 0 <= clarity(text) <= 1
        assert len(one_form(text)) > 0 or not text.strip()


def test_intervals_of_distinctive_words():
    """A word that one group says far more often lies clearly right of 0; one that both say alike does not."""
    rng = np.random.default_rng(1)
    texts = pd.DataFrame({"text": ["price " * int(n) + "shoes quality comfort" for n in rng.integers(1, 3, 100)]
                          + ["shoes quality comfort colour"] * 100, "language": "en"})  # fmt: skip
    told = distinctive_words(texts, pd.Series(np.arange(200) < 100)).set_index("word")
    assert told.at["price", "log_odds_low"] > 0 > told.at["colour", "log_odds_high"]
    assert told.at["shoes", "log_odds_low"] < 0 < told.at["shoes", "log_odds_high"]
    assert (told["n"] + told["others_n"]).loc["shoes"] == 200
    assert distinctive_words(texts, pd.Series(True, index=texts.index)).empty
