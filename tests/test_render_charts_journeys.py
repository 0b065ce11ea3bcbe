"""Pictures of journeys: drawn from the results, with a sentence where there is nothing to draw."""

from dataclasses import replace

import pandas as pd
import pytest
from matplotlib.figure import Figure

from personakit.render import charts_journeys as charts

PICTURES = [charts.phase_funnel_chart, charts.feeling_chart, charts.moments_chart, charts.flow_chart]


@pytest.mark.parametrize("picture", PICTURES)
def test_every_picture_is_drawn(small_run, picture):
    """Each has a title."""
    found = picture(small_run.journeys)
    assert isinstance(found, Figure) and found.axes[0].get_title()


@pytest.mark.parametrize("picture", PICTURES)
def test_nothing_to_draw_is_a_sentence(small_run, picture):
    """Without events and ratings each says what is missing."""
    journeys = small_run.journeys
    empty = {name: getattr(journeys, name).iloc[:0] for name in ("funnel", "figures", "moments", "transitions")}
    assert isinstance(picture(replace(journeys, **empty)), str)


def test_bars_bands_and_points_are_the_figures(small_run):
    """Bars of the funnel are shares; boxes of the flow are touches; moments stand at their customers."""
    journeys = small_run.journeys
    bars = charts.phase_funnel_chart(journeys).axes[0].patches
    assert [bar.get_width() for bar in bars] == pytest.approx((journeys.funnel["share"] * 100).tolist())
    boxes = {
        round(float(bar.get_height()), 6) for container in charts.flow_chart(journeys).axes[0].containers for bar in container
    }
    touches = journeys.transitions[journeys.transitions["to"] != ""].groupby("to")["transitions"].sum()
    assert sorted(boxes) == pytest.approx(sorted(set(touches.astype(float))))
    points = charts.moments_chart(journeys).axes[0].collections[-1].get_offsets()
    assert points[:, 0].tolist() == pytest.approx(journeys.moments["customers"].head(8).tolist())


def test_steps_back_are_red(small_run):
    """A step to an earlier phase has another colour than one to a later phase."""
    steps = pd.DataFrame([["search", "cart", 50], ["cart", "search", 30]], columns=["from", "to", "transitions"])
    steps = steps.reindex(columns=small_run.journeys.transitions.columns)
    axis = charts.flow_chart(replace(small_run.journeys, transitions=steps)).axes[0]
    bands = [patch.get_facecolor()[:3] for patch in axis.patches if type(patch).__name__ == "PathPatch"]
    assert len(bands) == 2 and bands[0] != bands[1]
