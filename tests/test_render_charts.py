"""Pictures: drawn from results, with a sentence where there is nothing to draw."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

from personakit import open_study
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


def test_each_source_has_its_size(small_study, write_study):
    """Bars are as long as the files are large; a file that is not there, and a table, are named."""
    study = open_study(small_study)
    picture = charts.sources_chart(study)
    sizes = [sum(file.stat().st_size for file in [study.path_of(role), *study.path_of(role).glob("*")] if file.is_file())
             for role in study.sources]  # fmt: skip
    assert [bar.get_width() for bar in picture.axes[0].patches] == pytest.approx(sizes) and min(sizes) > 0
    said = {text.get_text() for text in charts.sources_chart(open_study(write_study(
        "study: Ours\nas_of: 2026-06-30\nengine: duckdb://shop.db\nsources:\n  customers: {path: people.csv}\n"
        "  orders: {table: sales}\n  survey: {path: answers.csv}\n", answers=pd.DataFrame({"customer_id": ["a" * 1_200]})
    ))).axes[0].texts}  # fmt: skip
    assert said == {"people.csv is not there", "a table of a database", "1 kB"}


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
