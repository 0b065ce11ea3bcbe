"""The templates as pages in four languages."""

import re

import pytest

from personakit.collection_templates import make_templates
from personakit.render.collection_sheets import templates_page
from personakit.study import open_study


@pytest.mark.parametrize(
    ("language", "direction", "words"),
    [
        ("en", "ltr", ["Interview guide", "please mark 4 here"]),
        ("nb", "ltr", ["Intervjuguide", "kryss av 4 her"]),
        ("fi", "ltr", ["Haastatteluopas", "valitse tässä 4"]),
        ("fa", "rtl", ["راهنمای مصاحبه", "۴ را علامت بزنید"]),
    ],
)
def test_four_documents_in_four_languages(small_run, language, direction, words):
    """Guide, questionnaire, consent and screener; nothing is asked of the outside."""
    page = templates_page(make_templates(small_run.study, small_run.protected), language=language)
    assert f'dir="{direction}"' in page and page.count('class="sheet"') == 4
    assert all(word in page for word in words)
    assert not re.search(r'(src|href)="http', page)


def test_a_study_without_a_survey_gets_needs_to_start_from(write_study):
    """The questionnaire is never empty, and data are escaped."""
    study = open_study(
        write_study("study: <b>T</b>\nas_of: 2026-01-01\nsources:\n  orders: {path: orders.csv}\n", orders="a\n1\n")
    )
    page = templates_page(make_templates(study), language="en")
    assert "The lowest price" in page and "<b>T</b>" not in page and "Year of birth" in page


def test_answers_in_words_stand_in_the_questionnaire(write_study):
    """Ratings in words and choices are ticked under their words, escaped; who reads is asked for one of them."""
    levels = "[<b>Never</b>, Sometimes, Often, Always]"
    block = f"{{kind: likert, levels: {levels}, columns: [a, b, c, d]}}"
    text = f"study: T\nas_of: 2026-01-01\nsources:\n  survey: {{path: survey.csv, items: {{told: {block}}}}}\n"
    page = templates_page(make_templates(open_study(write_study(text, survey="a\n1\n"))), language="en")
    assert "<bdi>&lt;b&gt;Never&lt;/b&gt;</bdi>" in page and "<b>Never" not in page
    assert "please mark Often here" in page and "1 is not at all" not in page.split("please mark Often")[0]
