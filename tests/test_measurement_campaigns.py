"""What came of campaigns, against hand counts."""

import numpy as np
import pandas as pd
import pytest

from personakit.measurement_campaigns import campaign_contacts, campaign_figures


def at(table, measure, campaign="", segment=0):
    found = table[(table["measure"] == measure) & (table["campaign"] == campaign) & (table["segment"] == segment)]
    assert len(found) == 1, (measure, campaign, segment)
    return found.iloc[0]


def test_figures_of_the_small_shop_equal_a_hand_count(small_run):
    """Shares of contacts, clicks and purchases, and money per click, by campaign and persona."""
    contacts = campaign_contacts(small_run.protected)
    segments = small_run.segmentation.labels
    table = campaign_figures(contacts, segments)
    plain = small_run.protected["campaigns"].to_pandas()
    row = at(table, "clicked", "", 1)
    own = plain[plain["customer_id"].isin(segments.index[segments == 1])]
    assert (row["over"], row["under"]) == (own["clicked"].sum(), len(own)) and row["per"] == "contacts"
    assert row["value"] == pytest.approx(own["clicked"].mean()) and row["ci_low"] < row["value"] < row["ci_high"]
    whole = at(table, "cost_per_click")
    assert whole["value"] == pytest.approx(plain["cost"].sum() / plain["clicked"].sum())
    assert whole["customers"] == plain["customer_id"].nunique() and whole["per"] == "clicked"
    assert at(table, "clicked")["value"] == pytest.approx(plain["clicked"].mean())
    assert at(table, "bought_of_clicked")["under"] == plain["clicked"].sum()


def test_revenue_is_that_of_orders_soon_after_a_purchase(small_run):
    """Orders of those who bought count for the latest contact in the two weeks before them."""
    contacts = campaign_contacts(small_run.protected)
    bought = small_run.protected["campaigns"].to_pandas().query("bought")
    orders = small_run.protected["orders"].to_pandas()
    total = 0.0
    for order in orders[orders["customer_id"].isin(bought["customer_id"])].itertuples():
        since = (order.ordered_at - bought.loc[bought["customer_id"] == order.customer_id, "sent_at"]).dt.total_seconds()
        total += order.amount if ((since >= 0) & (since <= 14 * 86_400)).any() else 0.0
    assert contacts["revenue"].sum() == pytest.approx(total)
    assert (contacts.loc[contacts["bought"] == 0, "revenue"] == 0).all()


def test_a_table_without_costs_and_small_groups():
    """What the table lacks is left out, and so are groups under the smallest cell; the order of rows changes nothing."""
    rng = np.random.default_rng(1)
    contacts = pd.DataFrame({"customer_id": [f"c{i}" for i in range(60)], "campaign": "one", "clicked": rng.random(60) < 0.3})
    contacts["clicked"] = contacts["clicked"].astype(int)
    segments = pd.Series([1] * 57 + [2] * 3, index=contacts["customer_id"])
    table = campaign_figures(contacts, segments)
    assert set(table["measure"]) == {"clicked"} and set(table["segment"]) == {0, 1}
    again = campaign_figures(contacts[::-1], segments)
    pd.testing.assert_frame_equal(table, again)
    assert campaign_figures(contacts.iloc[:0], segments).empty


def test_fewer_than_five_buyers_are_not_shown():
    """Neither a small number of clicks nor one that could be found by subtraction."""
    rows = [(f"c{i}", campaign, 1) for campaign, clicks in (("one", 40), ("two", 40)) for i in range(clicks)]
    rows += [(f"d{i}", "one", 1) for i in range(3)] + [(f"d{i}", "two", 1) for i in range(30)]
    rows += [(f"e{i}", campaign, 1) for campaign in ("one", "two") for i in range(20)]
    rows += [(f"{name}{i}", campaign, 0) for name in "cde" for i in range(50, 60) for campaign in ("one", "two")]
    contacts = pd.DataFrame(rows, columns=["customer_id", "campaign", "clicked"])
    segments = pd.Series({name: {"c": 1, "d": 2, "e": 3}[name[0]] for name in contacts["customer_id"].unique()})
    table = campaign_figures(contacts, segments)
    shown = set(zip(table["campaign"], table["segment"], strict=True))
    assert ("one", 2) not in shown and len({("one", 1), ("one", 3)} & shown) == 1 and ("", 2) in shown


@pytest.mark.real
def test_marketing_campaign_equals_a_hand_count(real_data):
    """Acceptance of the six campaigns of the real data."""
    raw = pd.read_csv(
        real_data / "marketing_campaign" / "marketing_campaign.csv", sep=None, engine="python", encoding="utf-8-sig"
    )
    flags = [*(f"AcceptedCmp{i}" for i in range(1, 6)), "Response"]
    contacts = raw.melt("ID", flags, var_name="campaign", value_name="bought").rename(columns={"ID": "customer_id"})
    segments = pd.Series(np.where(raw["Income"] > raw["Income"].median(), 1, 2), index=raw["ID"])
    table = campaign_figures(contacts, segments, min_cell=1)
    for flag in flags:
        assert at(table, "bought", flag)["over"] == raw[flag].sum() and at(table, "bought", flag)["under"] == len(raw)
        rich = raw.loc[segments.to_numpy() == 1, flag]
        assert at(table, "bought", flag, 1)["value"] == pytest.approx(rich.mean())
    assert at(table, "bought", "Response")["value"] == pytest.approx(0.149, abs=5e-4)


def test_money_of_a_handful_of_buyers_is_not_shown():
    """Money back tells what single people spent, so it needs as many of them as any other group; the rest hides with it."""
    rows = 600
    bought = np.arange(rows) < 60
    table = pd.DataFrame(
        {"customer_id": [f"c{i}" for i in range(rows)], "campaign": "spring", "cost": 1.0, "bought": bought * 1.0}
    )
    table["revenue"] = np.where(bought, 20.0, 0.0)
    segments = pd.Series(np.repeat([1, 2, 3], 200), index=table["customer_id"])
    table["segment_wanted"] = segments.to_numpy()
    order = table.sample(frac=1.0, random_state=1).reset_index(drop=True)
    segments = pd.Series([1 + i % 3 for i in range(rows)], index=order["customer_id"])
    few = order["customer_id"].isin(segments.index[(segments == 3)]) & (order["revenue"] > 0)
    order.loc[few & (few.cumsum() > 3), "revenue"] = 0.0  # three people of segment 3 have an amount
    found = campaign_figures(order.drop(columns="segment_wanted"), segments)
    back = found[(found["measure"] == "return_on_spend") & (found["campaign"] == "")]
    assert 3 not in set(back["segment"]) and len(back[back["segment"] > 0]) == 1 and 0 in set(back["segment"])
    assert (back["n"] >= 5).all()
