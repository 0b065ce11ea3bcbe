"""The page of step 11 and the difference cards: every line is there, in four languages, and nothing from data is HTML."""

import re

import pytest

from personakit.locale import Words
from personakit.measurement_review import NO_EARLIER_WAVE, PersonaReview
from personakit.render.measurement_page import differences_page, measurement_page, panels_of, review_words

LANGUAGES = ["en", "nb", "fi", "fa"]


def plain(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_measured_line_stands_on_the_page(small_review, language):
    """Lines in the words of the language, with what they rest on; the right direction; no English sentence is left."""
    page = measurement_page(small_review.review, small_review.decisions, language=language, fonts=False)
    words = review_words(small_review.review, language)
    text = plain(page.replace("&#34;", '"').replace("&#39;", "'"))
    for line in small_review.review.lines:
        assert plain(words.claim(line)) in text
    assert f'dir="{words.direction}"' in page and 'lang="' + language in page
    assert language == "en" or ("Did it work" not in page and "Everyone" not in page and "95% interval" not in page)


def test_nothing_from_data_or_people_is_html(small_review):
    """Decisions and edits that look like HTML are shown as text."""
    for page in (measurement_page(small_review.review, small_review.decisions, language="en", fonts=False),
                 differences_page(small_review.review, language="en", fonts=False)):  # fmt: skip
        assert "<script>" not in page and "<b>Ours" not in page and "&lt;b&gt;Ours" in page


def test_groups_instead_of_names(small_review):
    """With the style role no first name is left anywhere."""
    pages = [measurement_page(small_review.review, small_review.decisions, language="en", style="role", fonts=False),
             differences_page(small_review.review, language="en", style="role", fonts=False)]  # fmt: skip
    for page in pages:
        assert not [name for name in small_review.names.values() if re.search(rf"\b{name}\b", plain(page))]
        assert "Group 1" in page


def test_strips_stand_on_one_scale(small_review):
    """Within a measure the dots stand in the order of their estimates, between the ends of their intervals."""
    review = small_review.review
    for panel in panels_of(review, Words("en")):
        for measure in panel["measures"]:
            for row in measure["rows"]:
                assert 0 <= row["left"] <= row["dot"] <= row["right"] <= measure["width"]


def test_a_first_wave_says_so(small_review):
    """Without an earlier wave the page says when it is told, and there are no difference cards."""
    first = PersonaReview(small_review.review.measurement, small_review.review.fidelity, about=small_review.review.about)
    page = measurement_page(first, small_review.decisions, language="en", fonts=False)
    assert NO_EARLIER_WAVE in page
    with pytest.raises(ValueError, match="no earlier wave"):
        differences_page(first, language="en")
