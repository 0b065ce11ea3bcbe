"""Pictures of step 10."""

from dataclasses import replace

import pytest

from personakit.activation_spending import Spending
from personakit.render.charts_activation import (
    NO_CHANNELS,
    NO_OPPORTUNITIES,
    NOTHING_TO_ASK,
    audiences_chart,
    budget_chart,
    channels_chart,
    lines_per_team,
    not_sure_chart,
    opportunity_chart,
    screener_chart,
)
from personakit.render.html import to_html


def test_curve_and_confusion(small_screener):
    """The curve has a point for each length, and each persona a row."""
    left, right = screener_chart(small_screener).axes
    assert list(left.lines[0].get_xdata()) == small_screener.curve["n_questions"].tolist()
    assert [label.get_text() for label in right.get_yticklabels()] == [small_screener.names[s] for s in (1, 2, 3, 4, 5)]


def test_what_not_sure_costs(small_screener):
    """Both lines stand over the same leads."""
    axis = not_sure_chart(small_screener).axes[0]
    assert list(axis.lines[0].get_xdata()) == list(axis.lines[1].get_xdata()) == small_screener.not_sure["lead"].tolist()


def test_in_a_notebook(small_screener):
    """The questions, how good they are, and each persona; texts of the study are escaped."""
    page = to_html(small_screener)
    assert page.count("<li dir") == 5 and "5 questions tell" in page and small_screener.names[1] in page


def test_without_a_screener():
    """Both pictures say in one sentence that there is none."""
    assert screener_chart(None) == not_sure_chart(None) == NOTHING_TO_ASK


def test_whose_persona_is_known(small_plan):
    """Bars add up to the customers with a persona."""
    axis = audiences_chart(small_plan.audiences).axes[0]
    assert sum(bar.get_width() for bar in axis.patches) == small_plan.audiences.customers["segment"].notna().sum()


def test_channels_budget_and_opportunities(small_plan):
    """Each picture shows what its table says."""
    heat = channels_chart(small_plan).axes
    assert [axis.get_title() for axis in heat] == ["use it", "prefer it", "click what comes by it"]
    bars = budget_chart(small_plan).axes[0].patches
    split = small_plan.spending.split
    assert sum(bar.get_width() for bar in bars) == pytest.approx(split.table[["spend", "equal_spend"]].to_numpy().sum())
    points = sum(len(group.get_offsets()) for group in opportunity_chart(small_plan).axes[0].collections[1:])
    assert points == sum(line.place == "product|needs" and "opportunity" in line.message for line in small_plan.lines)


def test_pictures_without_data(small_plan):
    """Each says in one sentence which data would allow it."""
    bare = replace(small_plan, matrix=small_plan.matrix.iloc[:0], spending=Spending(), lines=[])
    assert channels_chart(bare) == budget_chart(bare) == NO_CHANNELS and opportunity_chart(bare) == NO_OPPORTUNITIES


def test_lines_per_team(small_plan):
    """Lines with evidence and open ones are all lines."""
    table = lines_per_team(small_plan)
    assert table["lines"].sum() == len(small_plan.lines) and (table["with_evidence"] + table["open"] == table["lines"]).all()
