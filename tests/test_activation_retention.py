"""What is said of each persona about staying away: chances with intervals, plans, small groups withheld."""

from dataclasses import replace

import pandas as pd
import pytest

from personakit.activation_loyalty import NO_BETTER_RISK, TOO_FEW, Prediction
from personakit.activation_retention import HIGH_RISK_PLAN, LOW_RISK_PLAN, MEDIUM_RISK_PLAN, RISK, Retention


def made(levels, segments):
    now = pd.DataFrame({"chance": [{"high": 0.8, "medium": 0.5, "low": 0.1}[level] for level in levels], "level": levels},
                       index=[f"c{i}" for i in range(len(levels))])  # fmt: skip
    risk = Prediction("risk", 60, "2026-01-01", "2026-03-01", 500, 0.05, 0.02, 0.08, 0.5, 0.75, 0.70, "recency", now=now)
    return Retention(risk, Prediction("need", refused="x"), pd.Series(segments, index=now.index), 5)


def test_chances_by_hand(small_plan):
    """Mean chance, with the interval of the share that will stay away."""
    retention = made(["high"] * 10 + ["low"] * 10, [1] * 20)
    figure = retention.figures()["activation|risk||1"]
    half = 1.959963984540054 * (10 * 0.8 * 0.2 + 10 * 0.1 * 0.9) ** 0.5 / 20
    assert (figure.estimate, figure.ci_low, figure.ci_high, figure.n) == pytest.approx((0.45, 0.45 - half, 0.45 + half, 20))
    topic = small_plan.spending.figures()[next(iter(small_plan.spending.figures()))]
    messages = [line.message for line in retention.lines({1: topic}, {1: topic}) if line.segment == 1]
    assert messages == [RISK, HIGH_RISK_PLAN, LOW_RISK_PLAN]


def test_small_groups_are_withheld(small_plan):
    """Fewer people than the smallest cell: no figure; a small level goes to the middle, or nothing is planned."""
    few = made(["high"] * 4, [1] * 4)
    assert "activation|risk||1" not in few.figures()
    topic = next(iter(small_plan.spending.figures().values()))
    lines = made(["high"] * 3 + ["low"] * 20, [1] * 23).lines({1: topic}, {1: topic})
    assert [line.message for line in lines if line.segment == 1] == [RISK]
    many = made(["high"] * 3 + ["medium"] * 30 + ["low"] * 20, [1] * 53).lines({1: topic}, {1: topic})
    assert [(line.message, line.params["n"]) for line in many if "n" in line.params and line.segment == 1] == [
        (MEDIUM_RISK_PLAN, 33), (LOW_RISK_PLAN, 20)]  # fmt: skip


def test_refused_is_said_once_and_foretells_nothing():
    """The refusal stands at segment 0, with the gain that was not enough."""
    retention = made(["high"] * 10, [1] * 10)
    refused = replace(retention, risk=replace(retention.risk, refused=NO_BETTER_RISK, gain_low=-0.01))
    lines = [line for line in refused.lines({}, {}) if line.message == NO_BETTER_RISK]
    assert len(lines) == 1 and lines[0].evidence and not [line for line in refused.lines({}, {}) if line.segment]


def test_one_reason_for_both_is_said_once():
    """Without orders neither is foretold, which is one line; reasons that differ are two."""
    alike = [Prediction(what, refused=TOO_FEW, refused_params={"n": 3, "least": 60}) for what in ("risk", "need")]
    assert [line.params["n"] for line in Retention(*alike).lines({}, {})] == [3]
    fewer = replace(alike[1], refused_params={"n": 2, "least": 60})
    assert [line.params["n"] for line in Retention(alike[0], fewer).lines({}, {})] == [3, 2]


def test_parts_and_back(small_plan):
    """Files give the same."""
    again = Retention.from_parts(small_plan.retention.parts())
    assert again.figures() == small_plan.retention.figures() and again.segments.equals(small_plan.retention.segments)
    plain = Retention()
    assert Retention.from_parts(plain.parts()).figures() == {}
