"""Product's lines: opportunities by hand, needs in order, stories that differ and say when they are done."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from personakit.activation_lines import DONE_KNOWN, is_lower
from personakit.activation_product import OVER_SERVED, SERVED, UNDER_SERVED, opportunity_figures, served
from personakit.features_builder import DICTIONARY_COLUMNS


def figures_for(importance, satisfaction):
    n = len(importance)
    table = pd.DataFrame({"importance_x": importance, "satisfaction_x": satisfaction}, index=[f"c{i}" for i in range(n)])
    entry = dict.fromkeys(DICTIONARY_COLUMNS, "")
    dictionary = pd.DataFrame.from_dict({
        "importance_x": entry | {"group": "importance", "about": "x", "value": "X", "columns": "survey.x"},
        "satisfaction_x": entry | {"group": "satisfaction", "about": "x", "value": "X", "columns": "survey.sx"},
    }, orient="index")  # fmt: skip
    return opportunity_figures(table, dictionary, pd.Series(1, index=table.index))


def test_opportunity_by_hand():
    """Importance 8, satisfaction 3: 8 + 5 = 13; the interval is Student's."""
    rng = np.random.default_rng(1)
    importance, satisfaction = 8 + rng.choice([-1.0, 1.0], 40), 3 + rng.choice([-1.0, 1.0], 40)
    figure = figures_for(importance, satisfaction)["activation|opportunity_x||1"]
    values = 2 * importance - satisfaction
    half = t.ppf(0.975, 39) * values.std(ddof=1) / np.sqrt(40)
    assert figure.estimate == pytest.approx(importance.mean() + importance.mean() - satisfaction.mean())
    assert (figure.ci_low, figure.ci_high) == pytest.approx((values.mean() - half, values.mean() + half))
    assert served(figure) == UNDER_SERVED and figure.n == 40 and figure.sources == ["survey.x", "survey.sx"]


def test_satisfied_people_leave_no_opportunity_beyond_importance():
    """More satisfied than it matters: opportunity is importance, and the need is over-served; near each other it is served."""
    many = np.tile([4.0, 6.0], 20)
    over = figures_for(many, many + 3)["activation|opportunity_x||1"]
    assert over.estimate == pytest.approx(5) and served(over) == OVER_SERVED
    assert served(figures_for(many, np.roll(many, 1))["activation|opportunity_x||1"]) == SERVED


def test_fewer_than_thirty_answers_tell_nothing():
    """From 29 answers no opportunity is told."""
    assert figures_for(np.full(29, 8.0), np.full(29, 3.0)) == {} != figures_for(np.full(30, 8.0), np.arange(30) % 5)


def test_the_planted_opportunity_is_first(small_plan, small_run):
    """Busy parents want speed and are unhappy with the checkout: their largest opportunity, with a story of high priority."""
    speed = [line for line in small_plan.lines if line.place == "product|needs" and line.evidence
             and line.evidence[0].column == "opportunity_need_speed_1"]  # fmt: skip
    most = max(speed, key=lambda line: line.params["value"])
    assert served(most.evidence[0]) == UNDER_SERVED and most.params["value"] > 10
    first = small_plan.at(most.segment, "product|stories")[0]
    assert first.params["priority"] == "high"


def test_no_two_stories_alike(small_plan):
    """Every story of a persona wants something else, and says when it is done."""
    for segment in small_plan.names:
        stories = small_plan.at(segment, "product|stories")
        wanted = [tuple(line.params.get(name, "") for name in ("want", "phase", "device", "label")) for line in stories]
        assert len(set(wanted)) == len(wanted) >= 3
        for story in stories:
            assert story.evidence and small_plan.at(segment, story.place.replace("stories", "criteria"))


def test_no_story_for_what_is_served(small_plan):
    """A need that people were asked about has a story only when it is under-served; others say what has to be asked first."""
    rated = {(line.segment, line.evidence[0].label): served(line.evidence[0]) for line in small_plan.lines
             if line.place == "product|needs" and line.evidence and line.evidence[0].statistic == "opportunity"}  # fmt: skip
    assert set(rated.values()) > {UNDER_SERVED}
    stories = [line for line in small_plan.lines if line.place.startswith("product|stories|") and "want" in line.params]
    assert all(rated.get((line.segment, line.params["want"]), UNDER_SERVED) == UNDER_SERVED for line in stories)
    asked = [line for line in small_plan.lines if line.message == DONE_KNOWN]
    assert asked and all((line.segment, line.evidence[0].label) not in rated for line in asked)


def test_needs_that_count_less_are_not_ranked(small_plan):
    """What counts clearly less for a persona than for others is no need of theirs."""
    shown = [line.evidence[0] for line in small_plan.lines if line.place == "product|needs" and line.evidence]
    assert not [figure for figure in shown if figure.statistic != "opportunity" and is_lower(figure)]
