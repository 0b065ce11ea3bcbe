"""Pages of cards and maps: whole, offline, safe, in each language."""

import html
import re

import pandas as pd
import pytest

import personakit as pk
from personakit.journeys import map_journeys
from personakit.locale import Words
from personakit.render.cards import personas_page
from personakit.render.journey_maps import journeys_page
from personakit.render.pages import evidence_text


@pytest.mark.parametrize("language", ["en", "nb", "fi", "fa"])
def test_pages_are_whole_and_ask_nobody(small_run, language):
    """No address outside the file, the right language and direction, every name on it."""
    for page in (
        personas_page(small_run.personas, small_run.profiles, language=language),
        journeys_page(small_run.journeys, language=language),
    ):
        assert page.startswith("<!doctype html>")
        assert f'lang="{language}" dir="{"rtl" if language == "fa" else "ltr"}"' in page
        assert not re.findall(r"""(?:src|href)=["']?(?!#)(?!data:)[^"'>]+|url\((?!data:)|@import|<script""", page)
        assert all(persona.name in page for persona in small_run.personas.personas)
        assert len(page.encode()) < 700_000


def test_every_claim_stands_on_its_page(small_run):
    """Each line of the cards and each cell of the maps is on the page, with its evidence behind it."""
    words = Words("en", "EUR")
    page = html.unescape(personas_page(small_run.personas, small_run.profiles, language="en"))
    for line in small_run.personas.claims:
        if line.kind != "assumption":
            said = f"“{line.evidence[0].quote}”" if line.kind == "voice" else words.claim(line)
            assert said in page or words.thing(line) in page
            pieces = line.evidence[:1] if line.place == "prevalence" else line.evidence  # the rest is the curve
            assert all(evidence_text(piece, words) in page or evidence_text(piece, words, short=True) in page for piece in pieces)
    page = html.unescape(journeys_page(small_run.journeys, language="en"))
    for cell in small_run.journeys.claims:
        assert all(evidence_text(piece, words) in page for piece in cell.evidence)


def test_synthetic_data_are_named_as_such(small_run):
    """A study that says it is synthetic says so on its pages."""
    assert "Synthetic data" in personas_page(small_run.personas, small_run.profiles, language="en")


def test_text_of_data_cannot_become_markup(write_study):
    """Tags in wordings, answers and quotes are shown as text."""
    evil = "<script>alert(1)</script>"
    n = 80
    survey = pd.DataFrame({"q1": [1, 5] * (n // 2), "q2": [5, 1] * (n // 2), "city": [evil, "Oslo"] * (n // 2),
                           "say": [f"I like <img src=x onerror=alert(1)> number {i} a lot" for i in range(n)]})  # fmt: skip
    study = pk.open_study(write_study(f"""study: "T {evil}"
question: "{evil}"
as_of: 2026-01-01
sources:
  survey:
    path: survey.csv
    items:
      needs: {{kind: likert, scale: [1, 5], columns: {{q1: "{evil}", q2: Two}}}}
      wishes: {{kind: text, columns: [say]}}
""", survey=survey))  # fmt: skip
    sources = pk.protect(pk.load_sources(study))
    features = pk.build_features(sources)
    segmentation = pk.segment_customers(features, basis=["q1", "q2"], n_segments=2)
    profiles = pk.profile_segments(features, segmentation)
    voices = pk.read_voices(sources)
    personas = pk.write_personas(profiles, segmentation, study=study, voices=voices)
    journeys = map_journeys(sources, segmentation, personas, profiles, voices=voices)
    for page in (personas_page(personas, profiles, language="en"), journeys_page(journeys, language="fa")):
        assert "<script" not in page and "<img" not in page
    assert "&lt;script&gt;" in personas_page(personas, profiles, language="en")
    for result in (personas, profiles, voices, features, segmentation, journeys, sources, study):
        assert "<script" not in result._repr_html_() and "<img" not in result._repr_html_()


def test_the_same_results_give_the_same_page(small_run):
    """Byte for byte."""
    one, two = (personas_page(small_run.personas, small_run.profiles, language="fi") for _ in range(2))
    assert one == two
