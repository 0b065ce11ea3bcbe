"""A screener as a page: words in four languages, points on paper, nothing from outside."""

import re
from dataclasses import replace

import pytest

from personakit.locale import Words
from personakit.render.screener_form import answer_text, question_text, screener_page
from personakit.screener_questions import ScreenerAnswer, ScreenerQuestion


def question(name, kind, *answers, unit="", label="", own_words=False, counted=True):
    """A question without points."""
    return ScreenerQuestion(name, kind, label or name, "", unit, own_words, counted, answers)


@pytest.mark.parametrize("language", ["en", "nb", "fi", "fa"])
def test_page(small_screener, small_run, language):
    """Every answer has its button and its row of points; nothing is asked from outside."""
    page = screener_page(small_screener, small_run.personas.about, language=language)
    answers = sum(len(one.answers) for one in small_screener.questions)
    assert page.count('type="radio"') == answers and page.count("<fieldset") == 5
    assert not re.search(r"https?:", page) and f'lang="{language}"' in page
    words = Words(language)
    for one in small_screener.questions:
        points = "".join(f"<td>{words.number(value)}</td>" for value in one.answers[0].points)
        assert points in page


def test_wording():
    """A recruiter asks whole sentences; groups of numbers are those people know."""
    words = Words("en")
    age = question("age", "band", ScreenerAnswer(high=25), ScreenerAnswer(low=25, high=35), ScreenerAnswer(low=65), unit="years")
    assert question_text(age, words) == "How old are you?"
    assert [answer_text(age, answer, words) for answer in age.answers] == ["under 25", "25 to 34", "65 or more"]
    orders = question("order_count", "band", ScreenerAnswer(low=1, high=2), ScreenerAnswer(low=2, high=5))
    assert [answer_text(orders, answer, words) for answer in orders.answers] == ["1", "2 to 4"]
    income = question("income", "band", ScreenerAnswer(high=34_000), ScreenerAnswer(low=34_000, high=41_000), unit="EUR")
    assert [answer_text(income, answer, words) for answer in income.answers] == ["under €34,000", "€34,000 to €41,000"]
    speed = question(
        "speed", "rating", ScreenerAnswer("1"), ScreenerAnswer("5"), label="Ordering in a few minutes", own_words=True
    )
    assert question_text(speed, words) == "On a scale from 1 to 5, how well does this fit you: Ordering in a few minutes?"
    assert question_text(speed, Words("fi")).startswith("Kuinka hyvin tämä sopii sinuun asteikolla 1–5: Ordering")


def test_ratings_asked_in_words():
    """The survey's own question and its own answers, not a number for each, in whatever language the page is."""
    ends = (ScreenerAnswer("1", words="Helt uenig"), ScreenerAnswer("2", words="Helt enig"))
    asked = question("q1", "rating", *ends, label="Jeg liker kø", own_words=True)
    for words in (Words("nb"), Words("fa")):
        assert question_text(asked, words) == "Jeg liker kø"
        assert [answer_text(asked, answer, words) for answer in ends] == ["Helt uenig", "Helt enig"]


def test_signs_of_markup_and_a_useless_screener(small_screener, small_run):
    """Names are escaped, also inside the script; a screener without a gain says that it should not be used."""
    odd = replace(small_screener, names={**small_screener.names, 1: "</script><b>Bo"}, useful=False)
    page = screener_page(odd, small_run.personas.about, language="en")
    assert "<b>Bo" not in page and "&lt;b&gt;Bo" in page and "Do not use this screener" in page
    assert "Do not use this screener" not in screener_page(small_screener, small_run.personas.about, language="en")
