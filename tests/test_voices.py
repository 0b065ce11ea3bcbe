"""What customers say: gathered, recognised, grouped into first themes."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.voices import TEXT_COLUMNS, Voices, read_voices
from personakit.voices_quotes import QuoteChoices, choose_quotes, write_quote_choices
from personakit.voices_words import distinctive_words, recognise_language, stems_of, words_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The parcel was late and nobody answered.", "en"),
        ("Jeg kom ikke forbi adressesiden på mobilen.", "nb"),
        ("Fint å se resirkulert utstyr hos sportsbutikken.", "nb"),
        ("Lisää eettisiä merkkejä ja rauhallisia värejä.", "fi"),
        ("Kännykän kassa hävitti ostoskorini.", "fi"),
        ("سفارش من هنوز نرسیده است", "fa"),
        ("", ""),
        ("12345", ""),
    ],
)
def test_language_is_recognised(text, language):
    """Short texts in the four languages, and texts in none."""
    assert recognise_language(text) == language


def test_words_keep_persian_joiners_and_one_form():
    """Zero-width joiners stay inside words; Arabic Yeh and Kaf become Persian ones."""
    assert words_of("می\u200cروم") == ["می\u200cروم"]
    assert words_of("كتابي") == words_of("کتابی")


@given(st.text(max_size=80))
def test_any_text_goes_through(text):
    """Whatever people write, nothing breaks."""
    assert len(recognise_language(text)) <= 4
    assert all(word for _, word in stems_of(text, "fi"))


def test_every_text_keeps_its_place(small_run):
    """Each text names source, document and line, and stands there word for word."""
    texts = small_run.voices.texts
    assert list(texts.columns) == TEXT_COLUMNS
    assert texts["key"].is_unique
    assert set(texts["source"]) == {"interviews", "survey", "tickets", "mentions"}
    interviews = small_run.protected["interviews"].to_pandas().set_index(["document_id", "line"])["text"]
    for row in texts[texts["source"] == "interviews"].itertuples():
        assert interviews[row.document, row.line] == row.text


def test_interviewers_do_not_speak_for_customers(small_run):
    """Questions are kept beside the answer, not as answers."""
    interviews = small_run.voices.texts.query("source == 'interviews'")
    assert "Why" not in set(interviews["text"])
    assert (interviews["question"] != "").all()
    assert not set(interviews["question"]) & set(interviews["text"])


def test_planted_languages_are_recognised(small_run):
    """Nearly all interview answers are in the language that their head names, told from the text alone."""
    interviews = small_run.voices.texts.query("source == 'interviews'")
    assert (interviews["text"].map(recognise_language) == interviews["language"]).mean() >= 0.9


def test_themes_are_suggestions_with_examples(small_run):
    """Each theme has words, a share and an example; shares of a language do not exceed one."""
    themes = small_run.voices.themes
    assert len(themes) > 2
    assert (themes.groupby("language")["share"].sum() <= 1 + 1e-9).all()
    keys = themes["examples"].str.split(" ").explode()
    assert keys.isin(small_run.voices.texts["key"]).all()
    checkout = themes[themes["words"].str.contains("mobil|kännykän|phone|kasse")]
    assert len(checkout), "the planted trouble with the mobile checkout is a theme"


def test_themes_are_the_same_again(small_run):
    """The same texts give the same themes."""
    assert read_voices(small_run.protected).themes.equals(small_run.voices.themes)


def test_distinctive_words_flip_with_the_group():
    """A word one group says is theirs; seen from the other group it is not."""
    texts = pd.DataFrame({"text": ["cheap price", "cheap sale", "calm colours", "calm mind"], "language": "en"})
    inside = pd.Series([True, True, False, False])
    ours, theirs = (distinctive_words(texts, own).set_index("stem")["z"] for own in (inside, ~inside))
    assert ours["cheap"] > 0 > ours["calm"]
    assert ours["cheap"] == pytest.approx(-theirs["cheap"])


def test_voices_go_through_files_and_back(small_run):
    """Parts read back are the same voices."""
    again = Voices.from_parts(small_run.voices.parts())
    assert again.texts.equals(small_run.voices.texts)


def test_codes_are_suggested_and_not_given(small_run):
    """Each theme suggests a code with its words; nothing carries it."""
    book = small_run.voices.suggested_codes()
    assert 1 < len(book.codes) <= len(small_run.voices.themes)
    assert all("Suggested by machine" in code.definition for code in book.codes.values())
    assert not set(book.codes) & set(small_run.voices.codings.table["code"])


def test_people_who_worked_since_count(small_run, tmp_path):
    """Codes and choices made after the hand-off are taken over; a folder without any takes them away."""
    key = small_run.voices.texts["key"].iloc[0]
    text = small_run.voices.texts["text"].iloc[0]
    write_quote_choices(QuoteChoices().with_choice(key, text, "rejected"), tmp_path / "quotes.yaml")
    voices = small_run.voices.with_people(tmp_path)
    assert list(voices.choices.rejected) == [key] and voices.codings.table.empty
    assert Voices.from_parts(voices.parts()).choices == voices.choices
    quoted = {piece.key for line in small_run.personas.claims for piece in line.evidence if piece.type == "voice"}
    chosen = choose_quotes(small_run.voices.texts, {}, voices.choices)
    assert quoted and key not in set(chosen["key"])


def test_open_answers_learn_from_satisfaction(write_study):
    """Without rated texts, the writer's satisfaction stands in for a rating."""
    import numpy as np

    import personakit as pk

    rng = np.random.default_rng(1)
    good = rng.random(200) < 0.5
    said = [
        " ".join(rng.choice(["lovely quick friendly", "late broken rude"][0 if g else 1].split(), 2)) + " parcel shop"
        for g in good
    ]
    survey = pd.DataFrame({"customer_id": [f"C{i:03d}" for i in range(200)], "stars": np.where(good, 5, 1), "why": said})
    study = ("study: T\nas_of: 2026-01-31\nsources:\n  survey: {path: survey.csv, items: {satisfaction: {kind: csat, "
             "scale: [1, 5], columns: [stars]}, reasons: {kind: text, columns: [why]}}}\n")  # fmt: skip
    voices = read_voices(pk.load_sources(pk.open_study(write_study(study, survey=survey))))
    assert voices.feeling["balanced_accuracy"] > 0.95
    assert (np.sign(voices.texts["feeling"]) == np.where(good, 1, -1)).mean() > 0.95
    assert voices.texts["rating"].isna().all()


def test_a_code_of_an_unknown_phase_is_named(small_study, tmp_path):
    """A misspelled phase in the codebook is reported before anything is computed, with what was probably meant."""
    import shutil

    import personakit as pk
    from personakit.errors import DataError
    from personakit.voices import check_people_files

    shutil.copytree(small_study.parent, tmp_path / "study")
    (tmp_path / "study" / "coding").mkdir(exist_ok=True)
    (tmp_path / "study" / "coding" / "codebook.yaml").write_text("codes:\n  lost_cart: {phase: decison}\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"code 'lost_cart' has the phase 'decison'.*'decision'"):
        check_people_files(pk.open_study(tmp_path / "study"))
