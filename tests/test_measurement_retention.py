"""Who buys again and how soon, against a walk by hand."""

import numpy as np
import pandas as pd
import pytest

from personakit.measurement_retention import cohort_retention, purchase_days, repeat_purchases


def days_of(**customers):
    rows = [(name, day) for name, own in customers.items() for day in own]
    return pd.DataFrame(rows, columns=["customer_id", "day"])


def test_shares_are_those_of_kaplan_and_meier():
    """Five customers: two come back, one leaves early, two are watched to the end; the product by hand."""
    days = days_of(a=[0, 10], b=[0, 20, 25], c=[25], d=[0], e=[0])
    table = repeat_purchases(days, pd.Series(1, index=list("abcde")), 40, horizons=(10, 30, 60), min_cell=1)
    own = table[table["segment"] == 0].set_index("days")
    # at day 10 all five are watched, at day 20 b, d and e (c was watched for 15 days)
    assert own.loc[10, "again"] == pytest.approx(1 / 5) and own.loc[30, "again"] == pytest.approx(1 - 4 / 5 * 2 / 3)
    assert pd.isna(own.loc[60, "again"]) and own["n"].eq(5).all() and own["came_back"].eq(2).all()
    assert own.loc[30, "ci_low"] < own.loc[30, "again"] < own.loc[30, "ci_high"]
    assert (table[table["segment"] == 1]["again"].dropna().to_numpy() == own["again"].dropna().to_numpy()).all()


def test_faster_groups_are_told_apart():
    """Half of one group is back after its own median, and the test against the others says that they differ."""
    rng = np.random.default_rng(2)
    waits = np.concatenate([rng.exponential(30, 300), rng.exponential(90, 300)]).astype(int) + 1
    days = pd.DataFrame({"customer_id": np.repeat([f"c{i}" for i in range(600)], 2),
                         "day": np.column_stack([np.zeros(600, int), waits]).ravel()})  # fmt: skip
    days = days[days["day"] <= 120]
    segments = pd.Series(np.repeat([1, 2], 300), index=[f"c{i}" for i in range(600)])
    table = repeat_purchases(days, segments, 120).drop_duplicates("segment").set_index("segment")
    assert table.loc[1, "median_days"] == pytest.approx(30 * np.log(2), abs=6)
    assert table.loc[2, "median_low"] < 90 * np.log(2) < table.loc[2, "median_high"]
    assert (table.loc[[1, 2], "p_adjusted"] < 1e-6).all() and pd.isna(table.loc[0, "p_adjusted"])


def test_intervals_hold_the_truth():
    """Share back after 60 days, with people watched for different times: about 95 of 100 intervals hold it."""
    rng, inside = np.random.default_rng(4), 0
    truth = 1 - np.exp(-60 / 80)
    for _ in range(100):
        start, wait = rng.integers(0, 100, 200), np.ceil(rng.exponential(80, 200)).astype(int)
        rows = pd.DataFrame({"customer_id": np.arange(200).astype(str), "day": start})
        back = rows.assign(day=start + wait)[start + wait <= 150]
        row = repeat_purchases(pd.concat([rows, back]), pd.Series(dtype=int), 150, horizons=(60,)).iloc[0]
        inside += bool(row["ci_low"] <= truth <= row["ci_high"])
    assert 88 <= inside <= 100


def test_cohorts_are_counted_by_hand():
    """Two months of customers; a month that is not over is left out, and so are small numbers."""
    start = (pd.Timestamp("2026-01-10") - pd.Timestamp(0)).days
    days = days_of(**{f"a{i}": [start, start + 31] if i < 6 else [start] for i in range(8)}, b=[start + 31])
    last = (pd.Timestamp("2026-03-15") - pd.Timestamp(0)).days
    table = cohort_retention(days, last)
    assert table[["cohort", "month", "customers", "active"]].to_numpy().tolist() == [["2026-01", 0, 8, 8], ["2026-01", 1, 8, 6]]
    assert cohort_retention(days, last, min_cell=7).to_numpy().tolist()[0][:4] == ["2026-01", 0, 8, 8]


def test_days_of_the_small_shop(small_run):
    """One row per customer and day, without orders for nothing."""
    orders = small_run.protected["orders"].to_pandas()
    orders = orders[orders["amount"] > 0].dropna(subset=["customer_id", "ordered_at"])
    expected = orders.assign(day=orders["ordered_at"].dt.floor("D"))[["customer_id", "day"]].drop_duplicates()
    found = purchase_days(small_run.protected)
    assert len(found) == len(expected) and found["customer_id"].nunique() == expected["customer_id"].nunique()
    table = repeat_purchases(found, small_run.segmentation.labels, int(found["day"].max()))
    assert set(table["segment"]) == {0, 1, 2, 3, 4, 5} and table["again"].dropna().between(0, 1).all()
