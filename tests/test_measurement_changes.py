"""Before and after: planted effects are found without bias, none where none is, and no cause is claimed without a comparison."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.measurement_changes import measure_change, monthly_outcomes


def outcomes(rng, n, *, effect=0.0, apart=0.0, compared=True, periods=range(-4, 4)):
    """Customers with levels of their own, a common course, and an effect on the first n of them."""
    own, times = rng.normal(0, 1, 2 * n if compared else n), np.array(periods)
    values = 10 + own[:, None] + 0.2 * times + rng.normal(0, 2, (len(own), len(times)))
    concerned = np.arange(len(own)) < n
    values += concerned[:, None] * (effect * (times >= 0) + apart * times)
    table = pd.DataFrame({"customer_id": np.repeat([f"c{i}" for i in range(len(own))], len(times)),
                          "period": np.tile(times, len(own)), "value": values.ravel()})  # fmt: skip
    return table.assign(compared=np.repeat(~concerned, len(times))) if compared else table


def test_difference_in_differences_has_no_bias():
    """The mean of many estimates is the planted effect, and about 95 of 100 intervals hold it."""
    rng = np.random.default_rng(1)
    found = [measure_change(outcomes(rng, 40, effect=0.5)) for _ in range(120)]
    estimates = np.array([change.estimate for change in found])
    assert estimates.mean() == pytest.approx(0.5, abs=3 * estimates.std() / np.sqrt(120))
    assert 107 <= sum(change.ci_low <= 0.5 <= change.ci_high for change in found) <= 119
    nothing = [measure_change(outcomes(rng, 40)) for _ in range(100)]
    assert sum(change.verdict != "no clear change" for change in nothing) <= 11


def test_the_estimate_is_that_of_the_four_means():
    """Change of the concerned less change of the others; swapping the groups turns the sign."""
    table = outcomes(np.random.default_rng(2), 50, effect=1.0)
    change = measure_change(table)
    means = table.assign(after=table["period"] >= 0).groupby(["compared", "after"])["value"].mean()
    by_hand = (means[False, True] - means[False, False]) - (means[True, True] - means[True, False])
    assert change.estimate == pytest.approx(by_hand) and change.method == "difference in differences"
    assert (change.before, change.compared_after) == pytest.approx((means[False, False], means[True, True]))
    turned = measure_change(table.assign(compared=~table["compared"]))
    assert turned.estimate == pytest.approx(-change.estimate) and turned.ci_low == pytest.approx(-change.ci_high)
    assert measure_change(table[::-1].sample(frac=1, random_state=1)).to_plain() == change.to_plain()


def test_groups_that_went_apart_before_prove_nothing():
    """A clear change with different earlier courses is not shown to be caused."""
    change = measure_change(outcomes(np.random.default_rng(3), 80, apart=0.6))
    assert change.earlier_trend_p < 0.05 and change.verdict == "changed, not shown to be caused"


def test_without_a_comparison_group():
    """A long series is judged against its course; a short one only says that things changed."""
    rng = np.random.default_rng(4)
    long = measure_change(outcomes(rng, 60, effect=1.5, compared=False, periods=range(-14, 8)))
    assert long.method == "interrupted time series" and long.verdict == "shown against the earlier course"
    assert long.ci_low <= 1.5 <= long.ci_high and (long.periods_before, long.periods_after) == (14, 8)
    course = measure_change(outcomes(rng, 60, compared=False, periods=range(-14, 8)))
    assert course.verdict == "no clear change"  # the common course alone is no step
    short = measure_change(outcomes(rng, 60, effect=1.5, compared=False))
    assert short.method == "before and after" and short.verdict == "changed, not shown to be caused"
    assert short.compared_before is None and short.compared_n == 0


def test_the_smallest_change_is_found_in_four_of_five():
    """An effect of that size is clear in about eighty of a hundred trials."""
    rng = np.random.default_rng(5)
    size = measure_change(outcomes(rng, 60)).smallest
    clear = sum(measure_change(outcomes(rng, 60, effect=size)).p_value < 0.05 for _ in range(100))
    assert 68 <= clear <= 92


def test_too_little_to_say_anything():
    """Every group and side that is too small is named at once."""
    table = outcomes(np.random.default_rng(6), 30)
    few = table[~((table["compared"]) & (table["period"] >= 0) & (table["customer_id"] > "c35"))]
    few = few[~((~few["compared"]) & (few["period"] < 0))]
    with pytest.raises(pk.DataError) as error:
        measure_change(few)
    assert str(error.value).splitlines()[0] == (
        "outcomes: 0 customers whom the change concerned have a value before the change; at least 20 are needed"
    )
    assert "in the comparison group have a value after the change" in str(error.value)


def test_outcomes_of_the_small_shop(small_run):
    """Spending per customer and period equals a hand count; periods without an order are nothing; the first one is left out."""
    on = date(2026, 3, 1)
    table = monthly_outcomes(small_run.protected, "spend", on, set(small_run.segmentation.labels.index[:50]))
    orders = small_run.protected["orders"].to_pandas()
    day = (orders["ordered_at"].dt.floor("D") - pd.Timestamp(on)).dt.days
    orders["period"] = np.floor_divide(day, 30)
    per = orders.groupby(["customer_id", "period"])["amount"].sum()
    first = orders.groupby("customer_id")["period"].min()
    assert (table["period"] > table["customer_id"].map(first.clip(lower=table["period"].min() - 1))).mean() > 0.95
    keys = pd.MultiIndex.from_frame(table[["customer_id", "period"]])
    assert table["value"].to_numpy() == pytest.approx(per.reindex(keys).fillna(0).to_numpy())
    assert table["period"].max() == (date(2026, 6, 30) - on).days // 30 - 1 and table["compared"].any()
    assert measure_change(table.assign(compared=False)).method in {"before and after", "interrupted time series"}
    ratings = monthly_outcomes(small_run.protected, "rating", on, set())
    assert ratings["value"].between(1, 5).all() and not ratings["compared"].any()
