"""Pictures of segments: drawn from results, with a sentence where there is nothing to draw."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from personakit.profiling_attractiveness import rate_segments
from personakit.render import charts_segments as charts
from personakit.segmentation_map import map_customers
from personakit.segmentation_panel import compare_solutions
from personakit.segmentation_stability import segment_stability


@pytest.fixture(scope="module")
def panel(small_run):
    return compare_solutions(small_run.features, basis=small_run.basis, n_segments=[2, 3, 4, 5], check_noise=False)


def test_every_picture_is_drawn(small_run, panel):
    """Each result has its picture, with a title."""
    pictures = [
        charts.stability_chart(panel), charts.fit_chart(panel), charts.lineage_chart(panel),
        charts.gorge_chart(small_run.segmentation, small_run.features), charts.size_chart(small_run.segmentation),
        charts.segment_stability_chart(segment_stability(small_run.features, small_run.segmentation, n_pairs=5)),
        charts.map_chart(map_customers(small_run.features.table, small_run.basis), small_run.segmentation),
        charts.rating_chart(rate_segments(small_run.features, small_run.segmentation)),
        charts.segment_profile_chart(small_run.profiles),
    ]  # fmt: skip
    for picture in pictures:
        assert isinstance(picture, Figure) and picture.axes[0].get_title()


def test_profile_bars_are_places_on_the_scale(small_run):
    """A mean of 4 on a scale from 1 to 5 is three quarters of the way; dots are everybody; markers are in colour."""
    figure = charts.segment_profile_chart(small_run.profiles)
    rows = small_run.profiles.table.query("in_basis and segment == 1")
    axis = figure.axes[0]
    widths = sorted(bar.get_width() for bar in axis.patches)
    assert widths == pytest.approx(sorted((rows["estimate"] - 1) / 4 * 100))
    own = small_run.features.table.loc[small_run.segmentation.labels.index, small_run.basis].mean()
    assert sorted(axis.lines[0].get_xdata()) == pytest.approx(sorted((own - 1) / 4 * 100))
    colours = {bar.get_facecolor() for bar in axis.patches}
    assert len(colours) == 1 + bool(rows["marker"].any())


def test_heights_of_the_lineage_are_customers(panel):
    """The segments of each number fill the same height, in proportion to their customers."""
    heights = {}
    for bar in charts.lineage_chart(panel).axes[0].patches:
        heights.setdefault(round(bar.get_x() + bar.get_width() / 2), []).append(bar.get_height())
    own = panel.segments[panel.segments["family"] == panel.family]
    for k, found in heights.items():
        assert sum(found) == pytest.approx(1)
        assert sorted(found) == pytest.approx(sorted(own.loc[own["n_segments"] == k, "share"]))


def test_bars_of_the_rating_are_the_scores(small_run):
    """The parts of each bar add up to the score."""
    rating = rate_segments(small_run.features, small_run.segmentation)
    bars = charts.rating_chart(rating).axes[0].patches
    ends = np.array([bar.get_x() + bar.get_width() for bar in bars]).reshape(-1, len(rating.scores))[-1]
    assert ends == pytest.approx(rating.scores["score"].to_numpy())


def test_nothing_to_draw_is_a_sentence(blobs):
    """Without enough customers there is a sentence instead of an empty picture."""
    empty = compare_solutions(blobs.iloc[:5], basis=["a"])
    assert charts.stability_chart(empty) == charts.fit_chart(empty) == "Too few customers to compare numbers of segments."
    assert charts.lineage_chart(empty) == "There is only one number of segments to compare."
