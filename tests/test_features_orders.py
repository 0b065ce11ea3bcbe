"""Features from orders, against plain pandas and the numbers of another tool on real data."""

import numpy as np
import pandas as pd
import pytest

import personakit as pk

STUDY = "study: T\nas_of: 2026-06-30\nsources:\n  orders: {path: orders.csv}\n"


def built(file):
    return pk.build_features(pk.load_sources(pk.open_study(file))).table


@pytest.fixture
def lines(write_study):
    """Order lines over more than ten years, several lines per order, some without category."""
    rng = np.random.default_rng(2)
    n = 900
    orders = pd.DataFrame({
        "customer_id": rng.integers(1, 60, n).astype(str), "order_id": rng.integers(1, 400, n).astype(str),
        "ordered_at": pd.Timestamp("2014-01-15") + pd.to_timedelta(rng.integers(0, 4_500, n), unit="D"),
        "amount": rng.uniform(1, 90, n).round(2), "category": rng.choice(["a", "b", "c", None], n, p=[0.4, 0.3, 0.2, 0.1]),
        "channel": rng.choice(["web", "store"], n), "discount": rng.choice([0.0, 0.2], n),
    }).astype({"customer_id": str})  # fmt: skip
    return orders, built(write_study(STUDY, orders=orders))


def test_counts_sums_and_times_equal_pandas(lines):
    """Orders, spending, gaps, months with an order and shares are those of plain pandas."""
    orders, table = lines
    each = orders.groupby("customer_id")
    count, first, last = each["order_id"].nunique(), each["ordered_at"].min(), each["ordered_at"].max()
    days = (pd.Timestamp("2026-06-30") - last).dt.days
    expected = pd.DataFrame({
        "order_count": count, "spend": each["amount"].sum(), "average_order": each["amount"].sum() / count,
        "days_since_last_order": days, "days_since_first_order": (pd.Timestamp("2026-06-30") - first).dt.days,
        "days_between_orders": ((last - first).dt.days / (count - 1)).where(count > 1),
        "active_months": orders["ordered_at"].dt.to_period("M").groupby(orders["customer_id"]).nunique(),
        "channel_web": (orders["channel"] == "web").groupby(orders["customer_id"]).mean(),
        "discount_share": (orders["discount"] > 0).groupby(orders["customer_id"]).mean(),
        "category_b": (orders["category"] == "b").where(orders["category"].notna()).groupby(orders["customer_id"]).mean(),
    })  # fmt: skip
    for name, values in expected.items():
        assert table[name].to_numpy() == pytest.approx(
            values.reindex(table.index).to_numpy(dtype=float), abs=1e-4, nan_ok=True
        ), name
    assert expected["active_months"].max() > 10


def test_lines_without_an_order_number(write_study):
    """They count for spending and months, not as orders; nobody spends an endless sum per order."""
    orders = pd.DataFrame({"customer_id": ["x", "x", "x", "y"], "order_id": ["1", None, None, None], "amount": 5.0,
                           "ordered_at": ["1990-01-31", "1990-02-01", "2026-05-01", "2026-05-01"]})  # fmt: skip
    table = built(write_study(STUDY, orders=orders))
    assert table["order_count"].tolist() == [1, 0]
    assert table["spend"].tolist() == [15, 5]
    assert table["active_months"].tolist() == [3, 1]
    assert table["average_order"].fillna(-1).tolist() == [15, -1]


def test_favourite_category_and_its_ties(write_study):
    """The category bought most often; a tie goes to the one that is commoner among all customers."""
    orders = pd.DataFrame({"customer_id": ["x", "x", "x", "y", "y", "z", "z"], "ordered_at": "2026-01-02", "amount": 1.0,
                           "order_id": range(7), "category": ["b", "b", "a", "a", "b", None, None]})  # fmt: skip
    orders = pd.concat([orders, orders.assign(customer_id="w", category="a", order_id=range(7, 14))])
    table = built(write_study(STUDY, orders=orders))
    assert table["favourite_category"].fillna("–").to_dict() == {"w": "a", "x": "b", "y": "a", "z": "–"}


def test_nothing_after_the_day_of_the_study(write_study):
    """An order after ``as_of`` changes no feature, even when nobody checked the data before."""
    at = ["2026-06-30 18:00:00", "2026-05-01 00:00:00"]
    orders = pd.DataFrame({"customer_id": ["x", "x"], "order_id": [1, 2], "ordered_at": at, "amount": [5.0, 7.0]})
    orders["category"] = ["a", "b"]
    later = pd.concat([orders, orders.assign(order_id=[3, 4], ordered_at="2026-07-01 00:00:01", amount=99.0, category="c")])
    assert built(write_study(STUDY, orders=later)).equals(built(write_study(STUDY, orders=orders)))


@pytest.mark.real
def test_purchases_of_cdnow_equal_another_tool(real_data, tmp_path):
    """Repeat purchases exactly, and recency and age in weeks, for the 2,357 customers of the calibration period."""
    rows = pd.read_csv(real_data / "cdnow" / "CDNOW_sample.txt", sep=r"\s+", header=None, dtype=str,
                       names=["master", "customer_id", "date", "n", "amount"])  # fmt: skip
    rows["ordered_at"] = pd.to_datetime(rows["date"])
    rows[["customer_id", "ordered_at", "amount"]].to_csv(tmp_path / "orders.csv", index=False)
    (tmp_path / "study.yaml").write_text(
        "study: CDNOW\nas_of: 1997-09-30\nsources:\n  orders: {path: orders.csv, where: \"ordered_at <= '1997-09-30'\"}\n"
    )
    table = built(tmp_path / "study.yaml")
    expected = pd.read_csv(real_data.parent / "reference" / "cdnow_sample_rfm_calibration.csv")
    expected.index = [f"{number:04d}" for number in expected["id"]]
    own = table.reindex(expected.index)
    assert (own["order_count"] - 1).equals(expected["frequency"])
    weeks = (own["days_since_first_order"] - own["days_since_last_order"]) / 7
    assert np.abs(weeks - expected["recency"]).max() <= 0.005
    assert np.abs(own["days_since_first_order"] / 7 - expected["T"]).max() <= 0.005
