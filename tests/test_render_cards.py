"""Cards: a clean face, a back that says everything once, a comparison, and data that cannot break the page."""

import html
import json
import re

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.errors import PersonakitError
from personakit.locale import Words
from personakit.render.cards import card_of, personas_page, show_card, traits_of_back, traits_table
from personakit.render.overview import overview_of, overview_page

WORDS = Words("en", "EUR")


@pytest.fixture
def card(small_run):
    return card_of(small_run.personas.personas[0], small_run.personas, small_run.profiles, WORDS, style="person")


def test_the_face_is_clean(card):
    """No comparison with everyone else on the face; every line leads to its evidence by a number."""
    lines = [line for field in card["fields"] for line in field["lines"]]
    assert lines and all(line["ref"] for line in lines)
    assert not any("(others" in line["text"] for line in lines)
    assert {field["place"] for field in card["fields"]} >= {"needs", "jobs", "values", "reach", "do", "avoid"}


def test_the_back_says_everything_once(card, small_run):
    """Lines on the same evidence share one entry, and every line of the card is in some entry."""
    persona = small_run.personas.personas[0]
    evidence = [tuple(piece.key for piece in line.evidence) for line in persona.claims if line.evidence]
    assert len(card["evidence"]) == len(set(evidence)) < len(evidence)
    joined = next(entry for entry in card["evidence"] if entry["field"] == "In one line")
    assert joined["evidence"][0].startswith("joins ")


def test_strips_place_segment_and_everyone_else(small_run):
    """The dot lies in its interval, the spread holds the middle half, and a strip is mirrored in Persian."""
    for trait in traits_of_back(small_run.profiles, 1, WORDS):
        strip = trait["strip"]
        assert 0 <= strip["low"] <= strip["dot"] <= strip["high"] <= 120
        assert (strip["dot"] > strip["others"]) == (trait["figure"].estimate > trait["figure"].others) or strip["dot"] == strip[
            "others"
        ]
    one, other = (traits_of_back(small_run.profiles, 1, Words(language))[0]["strip"]["dot"] for language in ("en", "fa"))
    assert one + other == pytest.approx(120)


def test_the_comparison_shows_what_tells_them_apart(small_run):
    """Needs that made the segments lead; what is shared differs by less than a medium effect everywhere."""
    sheet = overview_of(small_run.personas, small_run.profiles, WORDS, style="person")
    assert len(sheet["people"]) == 5 and 5 <= len(sheet["differ"]) <= 12
    for row in sheet["differ"]:
        places = [cell["place"] for cell in row["cells"] if cell["place"] is not None]
        assert min(places) == 0 and max(places) == 1
    assert not {row["label"] for row in sheet["differ"]} & set(sheet["share"])
    assert small_run.personas.personas[0].name in overview_page(small_run.personas, small_run.profiles, language="fi")


@pytest.mark.parametrize(("language", "words"), [("en", "Groups were looked for in: "), ("fi", "Ryhmiä etsittiin näistä: ")])
def test_one_card_for_everybody_speaks_of_no_segments(small_run, language, words):
    """Where nothing is segmented, nobody lies between two segments."""
    one = pk.segment_customers(small_run.features, basis=small_run.basis, n_segments=1)
    profiles = pk.profile_segments(small_run.features, one)
    personas = pk.write_personas(profiles, one, study=small_run.study, language=language)
    page = personas_page(personas, profiles, language=language)
    assert words in page and Words(language).number(len(one.labels)) in page
    assert "almost as near" not in page and "lähes yhtä lähellä" not in page


@pytest.mark.parametrize(
    ("language", "words"),
    [("nb", "laget av: Bestillinger, Kjøpesum, Dager siden siste bestilling."), ("fa", "ساخته شده‌اند: ")],
)
def test_what_made_the_segments_in_the_language_of_the_page(small_run, language, words):
    """What somebody does is said in the language of the page, with its comma; cards made earlier have their labels."""
    three = pk.segment_customers(small_run.features, basis=["order_count", "spend", "days_since_last_order"], n_segments=3)
    profiles = pk.profile_segments(small_run.features, three)
    personas = pk.write_personas(profiles, three, study=small_run.study, language=language)
    page = personas_page(personas, profiles, language=language)
    assert words in page and "Days since" not in page.split("<nav")[0]
    if language == "fa":
        assert "، " in page.split(words)[1].split(".")[0]
    del personas.about["basis_words"]
    assert "Days since the last order" in personas_page(personas, profiles, language="en").split("<nav")[0]


def test_traits_together_as_a_table(small_run):
    """Shares fall with the number of traits, and lie inside their intervals."""
    table = traits_table(small_run.personas)
    for _, own in table.groupby("persona"):
        assert own["share"].is_monotonic_decreasing
        assert ((own["low"] <= own["share"]) & (own["share"] <= own["high"])).all()


def test_one_card_in_a_notebook(small_run):
    """In a frame of its own without scripts; a wrong name is one sentence."""
    shown = show_card(small_run.personas, small_run.profiles, small_run.personas.personas[1].name).data
    assert shown.startswith("<div><iframe") and 'sandbox=""' in shown and "<script" not in html.unescape(shown)
    with pytest.raises(PersonakitError, match="there is no persona 'Nobody'"):
        show_card(small_run.personas, small_run.profiles, "Nobody")


HOSTILE = ["<script>alert(1)</script>", "\u202eright to left\u202c \u2066x", "x" * 10_000, 'a"onload="alert(1)',
           "{value} {missing}", "=1+1", "''; DROP TABLE", "&lt;b&gt;", "\x07bell"]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("evil", HOSTILE)
def test_hostile_texts_stay_texts(write_study, evil, language):
    """Tags, marks of direction, endless names, braces and formulas as answers, names and wordings: the page stays whole."""
    rng = np.random.default_rng(1)
    half = np.repeat([1, 5], 60)
    likes = np.where((half == 1) ^ (rng.random(120) < 0.1), "yes", "no")
    table = pd.DataFrame({"customer_id": [f"c{i}" for i in range(120)], "q1": half, "q2": 6 - half, "likes": likes,
                          "job": np.where(half == 1, evil, "baker")})  # fmt: skip
    study = pk.open_study(write_study(f"""study: "Shop"
as_of: 2026-01-01
sources:
  survey:
    path: survey.csv
    items:
      needs: {{kind: likert, scale: [1, 5], columns: {{q1: One, q2: Two}}}}
      interests: {{kind: pick_any, columns: {{likes: {json.dumps(evil[:900])}}}}}
      job: {{kind: choice, about: trait, columns: {{job: Job}}}}
""", survey=table))  # fmt: skip
    sources = pk.protect(pk.load_sources(study))
    features = pk.build_features(sources)
    segmentation = pk.segment_customers(features, basis=["q1", "q2"], n_segments=2)
    profiles = pk.profile_segments(features, segmentation)
    personas = pk.write_personas(profiles, segmentation, study=study, features=features)
    cards = [card.model_copy(update={"name": evil}) if card.segment == 1 else card for card in personas.personas]
    page = personas_page(type(personas)(cards, personas.about), profiles, language=language)
    assert "<script" not in page and 'onload="' not in page
    assert page.count("<article") == 2 and page.rstrip().endswith("</html>")
    assert not re.findall(r"""(?:src|href)=["']?(?!#)(?!data:)[^"'>]+|url\((?!data:)|@import""", page)
