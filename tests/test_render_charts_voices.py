"""Pictures of voices: drawn from results, with a sentence where there is nothing to draw."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

from personakit.render import charts_voices as charts
from personakit.voices import TEXT_COLUMNS, Voices
from personakit.voices_words import distinctive_words


def test_every_picture_is_drawn(small_run):
    """Themes, words and agreement of the small shop."""
    voices = small_run.voices
    told = distinctive_words(voices.texts, voices.texts["rating"] <= 2)
    for picture in (
        charts.theme_chart(voices),
        charts.words_chart(told),
        charts.agreement_chart(voices.codings.agreement(voices.texts)),
    ):
        assert isinstance(picture, Figure) and picture.axes[0].get_title()


def test_bars_are_the_texts(small_run):
    """The length of each bar is the number of texts of its theme."""
    axis = charts.theme_chart(small_run.voices).axes[0]
    assert [bar.get_width() for bar in axis.patches] == pytest.approx(small_run.voices.themes["n"].tolist())


def test_nothing_to_draw_is_said():
    """No themes, no telling words, one coder."""
    empty = Voices(pd.DataFrame(columns=TEXT_COLUMNS))
    assert "too few texts" in charts.theme_chart(empty)
    texts = pd.DataFrame({"text": ["a word"], "language": ["en"]})
    assert "No word" in charts.words_chart(distinctive_words(texts, pd.Series([True])))
    assert "two people" in charts.agreement_chart(empty.codings.agreement(empty.texts))
