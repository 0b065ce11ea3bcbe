"""The layout of the ways between phases."""

from dataclasses import replace
from itertools import pairwise

import pandas as pd
import pytest

from personakit.render.journey_flow import flow_of


def steps_of(journeys, rows):
    table = pd.DataFrame(rows, columns=["from", "to", "transitions"])
    return replace(journeys, transitions=table.reindex(columns=journeys.transitions.columns))


def test_bands_leave_and_arrive_inside_their_boxes(small_run):
    """Boxes of a phase do not overlap; what arrives at a box is not higher than the box."""
    flow = flow_of(small_run.journeys)
    for column in range(len(small_run.journeys.phases)):
        boxes = sorted((box for box in flow.boxes if box.column == column), key=lambda box: box.top)
        assert all(one.top + one.touches < other.top for one, other in pairwise(boxes))
    for band in flow.bands:
        assert band.end.top <= band.end_top and band.end_top + band.steps <= band.end.top + band.end.touches + 1e-9
        assert band.start.column != band.end.column
    assert flow.depth == pytest.approx(max(box.top + box.touches for box in flow.boxes))


def test_rare_ways_are_left_out_and_steps_back_are_known(small_run):
    """One step in a thousand is no way; a step to an earlier phase leads back."""
    rows = [["search", "cart", 998], ["cart", "search", 300], ["search", "payment", 1]]
    flow = flow_of(steps_of(small_run.journeys, rows))
    assert {(band.start.touchpoint, band.leads_back) for band in flow.bands} == {("search", False), ("cart", True)}


def test_where_all_ways_are_rare_the_commonest_are_shown(small_run):
    """A thousand ways of about the same size: half of the steps are drawn, and the picture is not empty."""
    phases = {"one": [f"a{n}" for n in range(32)], "two": [f"b{n}" for n in range(32)]}
    rows = [[one, other, 20 + i % 7] for i, one in enumerate(phases["one"]) for other in phases["two"]]
    first = [["", one, 700] for one in phases["one"]]
    flow = flow_of(steps_of(replace(small_run.journeys, phases=phases), [*first, *rows]))
    total = sum(row[2] for row in rows)
    assert total / 2 <= sum(band.steps for band in flow.bands) < total * 0.52


def test_many_touchpoints_keep_room_for_their_names(small_run):
    """Twelve touchpoints in a phase, most of them rarely touched: none stands on another."""
    names = [f"place {n}" for n in range(12)]
    phases = {"one": names, "two": ["end"]}
    rows = [[name, "end", 5 + n] for n, name in enumerate(names)] + [
        ["end", name, 3 + 90 * (n == 0)] for n, name in enumerate(names)
    ]
    flow = flow_of(steps_of(replace(small_run.journeys, phases=phases), rows))
    tops = sorted(box.top for box in flow.boxes if box.column == 0)
    assert len(tops) == 12 and min(b - a for a, b in pairwise(tops)) > 0.035 * flow.depth


def test_no_steps_no_flow(small_run):
    """Without a step between phases there is nothing to lay out."""
    assert flow_of(steps_of(small_run.journeys, [["search", "search", 9]])) is None
    assert flow_of(replace(small_run.journeys, transitions=small_run.journeys.transitions.iloc[:0])) is None
