"""Bootstrap intervals of effect sizes: around the effect itself, and right as often as they promise."""

import numpy as np
import pytest

from personakit.profiling_intervals import DRAW_FROM_AT_MOST, EffectIntervals
from personakit.profiling_tests import chi_square, kruskal_wallis, welch_anova


def three_segments(rng, n=300):
    segment = rng.integers(0, 3, n)
    return segment, np.array([0.0, 0.3, 0.8])[segment] + rng.normal(size=n)


def population_effects():
    """Effects in a very large sample, in which chance plays no part."""
    segment, values = three_segments(np.random.default_rng(0), 400_000)
    groups = [values[segment == s] for s in range(3)]
    counts = np.array([[(g > 0.5).sum(), (g <= 0.5).sum()] for g in groups])
    return {"cramers_v": chi_square(counts)["effect"], "omega_squared": welch_anova(groups)["effect"],
            "epsilon_squared": kruskal_wallis(groups)["effect"]}  # fmt: skip


def test_they_hold_the_truth_as_often_as_they_promise():
    """Over 150 samples of 300 customers, 95 % intervals hold the population's effect about so often."""
    truth = population_effects()
    held = dict.fromkeys(truth, 0)
    for seed in range(150):
        segment, values = three_segments(np.random.default_rng(seed + 1))
        intervals = EffectIntervals(300, random_state=seed)
        found = {"cramers_v": intervals.cramers_v(segment, (values > 0.5).astype(int)),
                 "omega_squared": intervals.omega_squared(segment, values),
                 "epsilon_squared": intervals.epsilon_squared(segment, values)}  # fmt: skip
        for name, (low, high) in found.items():
            held[name] += low <= truth[name] <= high
    assert {name: n / 150 for name, n in held.items()} == pytest.approx(dict.fromkeys(truth, 0.95), abs=0.055)


def test_equal_weights_give_the_effects_of_the_tests():
    """With nothing to draw, the middle of the interval is the effect of the test, with ties and missing values."""
    rng = np.random.default_rng(3)
    segment, values = three_segments(rng)
    values = np.round(values)
    values[:20] = np.nan
    intervals = EffectIntervals(300)
    intervals.weights = np.ones_like(intervals.weights)
    known = ~np.isnan(values)
    groups = [values[known & (segment == s)] for s in range(3)]
    answers = (values > 0).astype(int)
    counts = np.array([[(answers[segment == s] == a).sum() for a in (0, 1)] for s in range(3)])
    assert intervals.omega_squared(segment, values) == pytest.approx([welch_anova(groups)["effect"]] * 2)
    assert intervals.epsilon_squared(segment, values) == pytest.approx([kruskal_wallis(groups)["effect"]] * 2)
    assert intervals.cramers_v(segment, answers) == pytest.approx([chi_square(counts)["effect"]] * 2)


def test_many_customers_give_narrow_intervals():
    """Beyond the largest draw the interval goes on getting narrower, and holds the effect of everybody."""
    n = 9 * DRAW_FROM_AT_MOST
    segment, values = three_segments(np.random.default_rng(4), n)
    low, high = EffectIntervals(n).omega_squared(segment, values)
    small = EffectIntervals(DRAW_FROM_AT_MOST).omega_squared(segment[:DRAW_FROM_AT_MOST], values[:DRAW_FROM_AT_MOST])
    assert (high - low) == pytest.approx((small[1] - small[0]) / 3, rel=0.3)


@pytest.mark.parametrize("seed", range(20))
def test_very_few_people_give_wide_intervals(seed):
    """Ten people in two segments: the interval is wide, lies between 0 and 1, and nothing breaks."""
    rng = np.random.default_rng(seed)
    segment, values = np.repeat([0, 1], 5), np.round(rng.normal(size=10))
    if len(np.unique(values)) < 2:
        values[0] += 1
    intervals = EffectIntervals(10, random_state=seed)
    answers = np.unique(values, return_inverse=True)[1]
    for low, high in (intervals.cramers_v(segment, answers), intervals.omega_squared(segment, values),
                      intervals.epsilon_squared(segment, values)):  # fmt: skip
        assert 0 <= low <= high <= 1
