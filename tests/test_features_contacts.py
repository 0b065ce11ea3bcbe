"""Campaigns, support contacts and texts by theme, against figures worked out by hand."""

import numpy as np
import pandas as pd

import personakit as pk
from personakit.features import build_features

STUDY = """study: T
as_of: 2026-01-31
sources:
  customers: {path: customers.csv}
  campaigns: {path: campaigns.csv}
  tickets: {path: tickets.csv}
  orders: {path: orders.csv}
"""
CUSTOMERS = pd.DataFrame({"customer_id": ["C1", "C2"], "joined_on": ["2026-01-21", "2026-03-01"]})
CAMPAIGNS = pd.DataFrame(
    [("C1", "a", "2026-01-01", 1, 1, 0), ("C1", "b", "2026-01-02", 1, 0, 0), ("C1", "c", "2026-02-01", 0, 0, 0)],
    columns=["customer_id", "campaign", "sent_at", "seen", "clicked", "bought"],
)
TICKETS = pd.DataFrame(
    [("C1", "2026-01-03 10:00", "late", 2), ("C1", "2026-02-03 10:00", "late", 5)],
    columns=["customer_id", "at", "text", "rating"],
)
ORDERS = pd.DataFrame(
    [("C1", "2026-01-03", 5, 1), ("C1", "2026-01-04", 6, 0), ("C2", "2026-01-05", 7, 0), ("C1", "2026-02-04", 8, 1)],
    columns=["customer_id", "ordered_at", "amount", "returned"],
)


def built(write_study):
    path = write_study(STUDY, customers=CUSTOMERS, campaigns=CAMPAIGNS, tickets=TICKETS, orders=ORDERS)
    return build_features(pk.load_sources(pk.open_study(path)))


def test_contacts_up_to_the_day(write_study):
    """Shares of the campaigns received, contacts, and returns; nothing dated after as_of counts."""
    one = built(write_study).table.loc["C1"]
    assert (one["campaign_count"], one["campaign_seen_share"], one["campaign_clicked_share"]) == (2, 1.0, 0.5)
    assert (one["ticket_count"], one["ticket_rating"]) == (1, 2)
    assert (one["spend"], one["order_count"], one["return_share"]) == (11, 2, 0.5)


def test_not_contacted_is_missing(write_study):
    """Who got no campaign has no share; who never wrote to support wrote 0 times; who joins later is not yet a customer."""
    features = built(write_study)
    two = features.table.loc["C2"]
    assert np.isnan(two["campaign_seen_share"]) and two["ticket_count"] == 0 and np.isnan(two["days_as_customer"])
    assert features.dictionary.loc[["campaign_seen_share", "ticket_count"], "missing"].tolist() == [
        "got no campaign", "never: without a contact it is 0"]  # fmt: skip


def test_texts_by_theme(small_run):
    """Each customer's texts are counted by theme; who said nothing is missing."""
    voices = small_run.voices
    features = pk.build_features(small_run.protected, voices)
    themes = [name for name in features.dictionary.index if name.startswith("theme_")]
    assert themes
    own = voices.texts[voices.texts["customer_id"].notna()]
    for name in themes:
        language, number = name.removeprefix("theme_").split("_")
        there = own[own["language"] == language]
        expected = (there["theme"] == int(number)).groupby(there["customer_id"]).sum()
        found = features.table[name].dropna()
        known = expected[expected.index.isin(found.index)]
        assert len(found) and found.sum() == known.sum()
        assert set(found.index) == set(expected.index) & set(features.table.index)
    columns = {part for name in themes for part in features.dictionary.at[name, "columns"].split(", ")}
    assert all(part.split(".")[1] in small_run.protected.columns(part.split(".")[0]) for part in columns)


def test_codes_of_each_customer(small_run):
    """Who was coded says it or does not; whom nobody read is missing; a typed code stands where a persona looks for it."""
    voices = small_run.voices
    features = pk.build_features(small_run.protected, voices)
    read = set(voices.texts.loc[voices.texts["key"].isin(voices.codings.judged(voices.texts)["key"]), "customer_id"])
    said = features.table["said_low_price"]
    assert set(said.dropna().index) == read & set(features.table.index) and set(said.dropna()) == {0.0, 1.0}
    assert ((features.table["code_low_price"] > 0) == (said > 0))[said.notna()].all()
    entry = features.dictionary.loc["said_mobile_checkout"]
    assert (entry["about"], entry["kind"], entry["basis"], entry["label"]) == (
        "frustration", "binary", "psychographic", "Says: Mobile checkout")  # fmt: skip
    assert features.dictionary.at["said_phone_search", "basis"] == "behavioural"
    assert features.dictionary.at["said_low_price", "missing"] == "nobody coded what they said"
