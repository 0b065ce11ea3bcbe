"""Does each chosen segment come back, with the people who are in it."""

import numpy as np
import pandas as pd
import pytest

from personakit.segmentation import segment_customers
from personakit.segmentation_stability import SEGMENT_STABILITY_COLUMNS, STABLE, segment_stability


@pytest.fixture
def market():
    """Two clear groups, and a third cut in two by nothing."""
    rng = np.random.default_rng(4)
    middles, sizes = [(0, 0), (9, 9), (0, 9), (0.3, 9)], [120, 100, 60, 60]
    points = np.concatenate([rng.normal(m, 1, (n, 2)) for m, n in zip(middles, sizes, strict=True)])
    return pd.DataFrame(points, columns=["a", "b"], index=pd.Index(range(len(points)), name="customer_id"))


@pytest.mark.parametrize("family", ["kmeans", "gaussian"])
def test_clear_segments_come_back_and_a_halved_one_does_not(market, family):
    """The numbers of the segments are those of the segmentation, and so are the sizes."""
    made = segment_customers(market, basis=["a", "b"], n_segments=4, family=family)
    found = segment_stability(market, made)
    assert list(found.columns) == SEGMENT_STABILITY_COLUMNS and found["segment"].tolist() == made.segments
    assert found["customers"].tolist() == made.labels.value_counts().sort_index().tolist()
    first = made.labels.groupby(lambda customer: 0 if customer < 120 else 1 if customer < 220 else 2).agg(lambda s: s.mode()[0])
    jaccard = found.set_index("segment")["jaccard"]
    clear, torn = first.loc[[0, 1]].tolist(), sorted(set(made.segments) - set(first.loc[[0, 1]]))
    assert (jaccard[clear] > 0.9).all() and len(torn) == 2
    assert jaccard[torn].min() < STABLE < jaccard[clear].min()
    assert (found["jaccard_low"] <= found["jaccard"]).all() and (found["jaccard"] <= found["jaccard_high"]).all()


def test_a_sample_is_drawn_from_many_and_the_order_of_rows_does_not_matter(market):
    """The drawn customers keep the segments they have; the same table in another order gives the same figures."""
    made = segment_customers(market, basis=["a", "b"], n_segments=3)
    found = segment_stability(market, made, stability_on=100, n_pairs=20)
    assert found["jaccard"].min() > 0.9 and found["customers"].sum() == len(market)
    turned = market[::-1]
    again = segment_stability(turned, segment_customers(turned, basis=["a", "b"], n_segments=3), stability_on=100, n_pairs=20)
    assert again.equals(found)


def test_tiers_and_a_single_segment():
    """Tiers are cut again from each sample; one segment has nothing to come back."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"recency_days": rng.exponential(50, 300), "n_orders": rng.poisson(4, 300) + 1.0,
                          "monetary": rng.exponential(80, 300)})  # fmt: skip
    tiers = segment_customers(table, basis=list(table.columns), n_segments=3, family="rfm")
    assert segment_stability(table, tiers, n_pairs=20)["jaccard"].between(0.5, 1).all()
    assert segment_stability(table, segment_customers(table, basis=["monetary"], n_segments=1)).empty
