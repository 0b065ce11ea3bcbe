"""Step 11, measurement: how often the intervals of the main figures hold the truth, and what difference-in-differences finds."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from personakit.evidence_measures import wilson
from personakit.measurement_changes import measure_change
from personakit.measurement_rates import rates_by_group, ratios_by_group
from personakit.measurement_retention import repeat_purchases
from personakit.measurement_satisfaction import net_promoters

FIRST_SEED = 8_001
_LOW, _HIGH = 0.93, 0.97
_EFFECT = 0.5
Interval = tuple[float, float]


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Draw samples with a known truth and count how often it lies inside the 95 % interval."""
    times = 60 if quick else 500
    for what, truth, draw in _CASES:
        inside = sum(bool(low <= truth <= high) for low, high in (draw(_rng(number), number) for number in range(times)))
        share = inside / times
        margin = 0.05 if quick else 0.0  # with few simulations chance alone goes beyond the bounds
        low, high = wilson(inside, times)
        yield {"figure": f"interval holds the truth: {what}", "value": round(share, 4), "unit": "share",
               "peer": f"{times} simulations; 95 % interval {low:.3f} to {high:.3f}", "aim": f"{_LOW} to {_HIGH}",
               "holds": _LOW - margin <= share <= _HIGH + margin}  # fmt: skip
    yield from _differences(times)


def _differences(times: int) -> Iterator[dict[str, Any]]:
    found = [measure_change(_panel(_rng(number), _EFFECT)) for number in range(times)]
    estimates = np.array([change.estimate for change in found])
    error = float(estimates.std(ddof=1) / np.sqrt(times))
    bias = float(estimates.mean() - _EFFECT)
    yield {"figure": f"difference in differences, planted {_EFFECT}: mean error", "value": round(bias, 4), "unit": "effect",
           "peer": f"{times} simulations; standard error of the mean {error:.4f}", "aim": "within three standard errors of 0",
           "holds": abs(bias) <= 3 * error}  # fmt: skip
    nothing = [measure_change(_panel(_rng(times + number), 0.0)) for number in range(times)]
    shown = sum(change.verdict != "no clear change" for change in nothing)
    low, high = wilson(shown, times)
    yield {"figure": "difference in differences without an effect: called a change", "value": shown / times, "unit": "share",
           "peer": f"{times} simulations; 95 % interval {low:.3f} to {high:.3f}", "aim": "0.05 inside the interval",
           "holds": low <= 0.05 <= high}  # fmt: skip


def _rng(number: int) -> np.random.Generator:
    return np.random.default_rng([FIRST_SEED, number])


def _click_rate(rng: np.random.Generator, _: int) -> Interval:
    clicks = pd.Series(rng.binomial(400, [0.06, 0.12]))
    row = rates_by_group(clicks, pd.Series([400, 400])).iloc[0]
    return row["ci_low"], row["ci_high"]


def _difference_of_rates(rng: np.random.Generator, _: int) -> Interval:
    row = rates_by_group(pd.Series(rng.binomial([300, 500], [0.12, 0.08])), pd.Series([300, 500])).iloc[0]
    return row["low"], row["high"]


def _cost_per_purchase(rng: np.random.Generator, number: int) -> Interval:
    cost = pd.Series(rng.choice([0.12, 0.25, 0.9], 600, p=[0.5, 0.3, 0.2]))
    bought = pd.Series((rng.random(600) < 0.1).astype(float))
    row = ratios_by_group(cost, bought, pd.Series(1, index=cost.index), random_state=number).iloc[0]
    return row["ci_low"], row["ci_high"]


def _return_on_spend(rng: np.random.Generator, number: int) -> Interval:
    bought = rng.random(600) < 0.1
    revenue = pd.Series(np.where(bought, rng.lognormal(3.0, 0.8, 600), 0.0))
    cost = pd.Series(rng.choice([0.5, 1.0, 2.0], 600))
    row = ratios_by_group(revenue, cost, pd.Series(1, index=cost.index), random_state=number).iloc[0]
    return row["ci_low"], row["ci_high"]


def _net_promoters(rng: np.random.Generator, _: int) -> Interval:
    found = net_promoters(rng.choice([10.0, 7.0, 3.0], 120, p=[0.45, 0.3, 0.25]))
    assert found is not None
    return found["ci_low"], found["ci_high"]


def _bought_again(rng: np.random.Generator, _: int) -> Interval:
    n, end = 250, 150
    start, wait = rng.integers(0, 100, n), np.ceil(rng.exponential(80, n)).astype(int)
    first = pd.DataFrame({"customer_id": np.arange(n).astype(str), "day": start})
    second = first.assign(day=start + wait)[start + wait <= end]
    row = repeat_purchases(pd.concat([first, second]), pd.Series(dtype="int64"), end, horizons=(60,)).iloc[0]
    return row["ci_low"], row["ci_high"]


def _change(rng: np.random.Generator, _: int) -> Interval:
    found = measure_change(_panel(rng, _EFFECT))
    return found.ci_low, found.ci_high


def _series(rng: np.random.Generator, _: int) -> Interval:
    found = measure_change(_panel(rng, _EFFECT, compared=False, periods=range(-18, 12)))
    return found.ci_low, found.ci_high


def _panel(rng: np.random.Generator, effect: float, *, compared: bool = True, periods: range = range(-4, 4)) -> pd.DataFrame:
    """Sixty customers in each group with levels of their own and a common course."""
    n, times = 60, np.array(periods)
    own = rng.normal(0, 1, 2 * n if compared else n)
    concerned = np.arange(len(own)) < n
    values = 10 + own[:, None] + 0.2 * times + rng.normal(0, 2, (len(own), len(times))) + effect * np.outer(concerned, times >= 0)
    table = pd.DataFrame({"customer_id": np.repeat([f"c{i:03d}" for i in range(len(own))], len(times)),
                          "period": np.tile(times, len(own)), "value": values.ravel()})  # fmt: skip
    return table.assign(compared=np.repeat(~concerned, len(times))) if compared else table


_CASES: list[tuple[str, float, Callable[[np.random.Generator, int], Interval]]] = [
    ("click rate of 400 contacts", 0.06, _click_rate),
    ("difference of two click rates", 0.12 - 0.08, _difference_of_rates),
    ("cost per purchase, 600 customers", (0.12 * 0.5 + 0.25 * 0.3 + 0.9 * 0.2) / 0.1, _cost_per_purchase),
    ("return on spend, 600 customers", 0.1 * float(np.exp(3.0 + 0.8**2 / 2)) / (3.5 / 3), _return_on_spend),
    ("net promoter score of 120 answers", 0.20, _net_promoters),
    ("share who buy again within 60 days", 1 - float(np.exp(-60 / 80)), _bought_again),
    ("difference in differences", _EFFECT, _change),
    ("interrupted time series, 18 months before and 12 after", _EFFECT, _series),
]
