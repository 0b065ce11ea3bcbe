"""Pictures: drawn from results, with a sentence where there is nothing to draw."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

from personakit.exploration import explore
from personakit.render import charts


def test_every_picture_is_drawn(small_run):
    """Each result of the shop has its picture, with a title."""
    exploration = explore(small_run.protected)
    lost = pd.DataFrame([{"source": "survey", "rule": "no consent", "rows_in": 320, "rows_out": 300}])
    pictures = [
        charts.sources_chart(small_run.study),
        charts.funnel_chart(small_run.report, lost),
        charts.activity_chart(exploration),
        charts.value_chart(exploration),
        charts.spread_chart(small_run.features.table, "age", "Age"),
        charts.profile_chart(small_run.profiles),
    ]
    for picture in pictures:
        assert isinstance(picture, Figure)
        assert picture.axes[0].get_title()


def test_bars_are_the_funnel(small_run):
    """The bars show what is left of each source: all rows, then the rows after each rule."""
    picture = charts.funnel_chart(small_run.report, pd.DataFrame(columns=["source", "rule", "rows_in", "rows_out"]))
    funnel = small_run.report.funnel
    expected = []
    for _, own in funnel.groupby("source", sort=False):
        expected += [100.0, *(own["rows_out"] / own["rows_in"].iloc[0] * 100)]
    widths = [bar.get_width() for bar in picture.axes[0].patches]
    assert widths == pytest.approx([100.0] * len(expected) + expected)


def test_nothing_to_draw_is_a_sentence(small_run, blobs):
    """Without data there is a sentence instead of an empty picture."""
    assert charts.spread_chart(blobs, "age", "Age") == "Age is not known."
