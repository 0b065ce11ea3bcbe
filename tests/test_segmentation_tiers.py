"""Tiers of value: scores against plain pandas, steady cuts, and the same tiers in SQL."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from personakit.errors import DataError
from personakit.features import Features
from personakit.segmentation import Segmentation, segment_customers
from personakit.segmentation_panel import compare_solutions
from personakit.segmentation_tiers import fit_tiers, tier_values

RFM = ["days_since_last_order", "order_count", "spend"]


def shop(n=2000, seed=1):
    """Customers with many who ordered once, some who never did, and long tails of spending."""
    rng = np.random.default_rng(seed)
    orders = rng.geometric(0.4, n).astype(float) - (rng.random(n) < 0.1)
    table = pd.DataFrame({
        "days_since_last_order": np.where(orders > 0, rng.integers(0, 700, n), np.nan), "order_count": orders,
        "spend": np.round(orders * rng.lognormal(3, 0.7, n), 2),
    }, index=pd.Index([f"c{i:05d}" for i in range(n)], name="customer_id"))  # fmt: skip
    dictionary = pd.DataFrame({"kind": ["count", "count", "amount"], "unit": ["days", "orders", "EUR"]}, index=RFM)
    return Features(table, dictionary)


def test_scores_equal_pandas_quintiles():
    """Each score counts the quintiles below the value; days since the last order are turned round."""
    features = shop()
    tiers = segment_customers(features, basis=RFM, n_segments=4, family="rfm").tiers
    table = features.table
    turned = table.assign(days_since_last_order=-table["days_since_last_order"])
    total = pd.Series(0, index=table.index)
    for name in RFM:
        edges = np.quantile(turned[name].dropna(), [0.2, 0.4, 0.6, 0.8], method="inverted_cdf")
        total += (turned[name].to_numpy()[:, None] > edges).sum(axis=1) + turned[name].notna().astype(int)
    assert (tiers.totals(tier_values(table, RFM)) == total.to_numpy()).all()


def test_the_best_come_first():
    """Tier 1 ordered latest, most often and most; tiers are about equal in size."""
    features = shop()
    segmentation = segment_customers(features, basis=RFM, n_segments=4, family="rfm")
    means = features.table.groupby(segmentation.labels).mean()
    assert means["spend"].is_monotonic_decreasing and means["order_count"].is_monotonic_decreasing
    assert means["days_since_last_order"].idxmin() == 1 and means["days_since_last_order"].idxmax() == 4
    assert segmentation.labels.value_counts(normalize=True).between(0.15, 0.35).all()


def test_weights_are_copies():
    """A customer who counts twice is the same as two customers."""
    values = tier_values(shop(300).table, RFM)
    weights = np.random.default_rng(2).integers(0, 4, len(values))
    weighted = fit_tiers(values, weights.astype(float), RFM, 5)
    copied = fit_tiers(np.repeat(values, weights, axis=0), np.ones(weights.sum()), RFM, 5)
    assert np.array_equal(weighted.edges, copied.edges) and np.array_equal(weighted.borders, copied.borders)


def test_sql_files_and_standing():
    """SQL, a file and Python give one answer; certainty is lowest at the border, and the second tier is a neighbour."""
    features = shop()
    segmentation = segment_customers(features, basis=RFM, n_segments=5, family="rfm")
    table = features.table.reset_index()  # noqa: F841  read by DuckDB
    found = duckdb.sql(segmentation.to_sql(table="table")).df()
    rows = found.set_index("customer_id")["segment"].astype("Int64")
    assert rows.reindex(features.table.index).equals(segmentation.assign(features.table))
    told = found.set_index("customer_id").loc[segmentation.labels.index]
    assert np.allclose(told["certainty"], segmentation.certainty) and (told["second"] == segmentation.second).all()
    again = Segmentation.from_parts(segmentation.parts())
    assert again.to_json() == segmentation.to_json() and again.likeness(features.table).equals(
        segmentation.likeness(features.table)
    )
    assert (segmentation.second.astype(int) - segmentation.labels).abs().eq(1).all()
    assert segmentation.borderline["certainty"].max() < segmentation.certainty.max() <= 1


def test_the_panel_calls_them_cuts():
    """Tiers are never called groups, however steady they are."""
    panel = compare_solutions(shop(800), basis=RFM, n_segments=[3, 4], families=["rfm"], check_noise=False)
    assert (panel.verdict, panel.confidence, panel.family) == ("constructive", "low", "rfm")
    assert panel.table["rand_index"].between(0.5, 1).all() and "cuts" in panel.says


def test_what_cannot_be_cut():
    """Words have no more or less, and three different sums make no five tiers."""
    table = pd.DataFrame({"town": ["a", "b"] * 20, "n": [1.0, 2.0] * 20})
    with pytest.raises(DataError, match="does not suit the basis; allowed here: kmeans, latent_classes"):
        segment_customers(table, basis=["town", "n"], n_segments=2, family="rfm")
    few = pd.DataFrame({"spend": [1.0, 2.0, 3.0] * 20, "recency": [1.0, 2.0, 3.0] * 20})  # the sums are 4 or 5
    with pytest.raises(DataError, match="3 tiers need more different customers; at most 2 can be made"):
        segment_customers(few, basis=["spend", "recency"], n_segments=3, family="rfm")
