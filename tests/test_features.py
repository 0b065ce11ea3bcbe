"""One row per customer, against plain pandas."""

import numpy as np
import pandas as pd
import pytest

from personakit.collection import load_sources
from personakit.errors import DataError
from personakit.features import Features, build_features
from personakit.features_events import sessions
from personakit.segmentation_rule import choose_basis
from personakit.study import open_study

ORDERS = pd.DataFrame(
    [("C1", "2025-01-01 10:00", 10.0, "a", "web", "A"), ("C1", "2025-01-11 10:00", 30.0, "b", "web", "A"),
     ("C1", "2025-01-31 10:00", 20.0, "c", "store", "B"), ("C2", "2025-03-01 00:00", 5.0, "d", "store", "A")],
    columns=["customer_id", "ordered_at", "amount", "order_id", "channel", "category"],
)  # fmt: skip
EVENTS = pd.DataFrame(
    [("C1", "2025-01-01 10:00:00", "ad", "mobile"), ("C1", "2025-01-01 10:30:00", "cart", "mobile"),
     ("C1", "2025-01-01 11:00:01", "pay", "desktop"), ("C2", "2025-01-02 10:00:00", "ad", "desktop")],
    columns=["customer_id", "at", "touchpoint", "device"],
)  # fmt: skip
STUDY = """study: T
as_of: 2025-03-02
sources:
  orders: {path: orders.csv}
  events: {path: events.csv}
journey: {phases: {look: [ad], buy: [cart, pay]}, conversion: [pay]}
"""


@pytest.fixture
def features(write_study):
    return build_features(load_sources(open_study(write_study(STUDY, orders=ORDERS, events=EVENTS))))


def test_orders_by_hand(features):
    """Recency, frequency, money and habits of two customers, worked out by hand."""
    one, two = features.table.loc["C1"], features.table.loc["C2"]
    assert (one["order_count"], one["spend"], one["average_order"]) == (3, 60.0, 20.0)
    assert (one["days_since_last_order"], one["days_between_orders"]) == (30, 15.0)
    assert (one["channel_web"], one["category_A"]) == pytest.approx((2 / 3, 2 / 3))
    assert two["order_count"] == 1 and np.isnan(two["days_between_orders"])


def test_a_session_ends_after_more_than_the_gap(write_study):
    """Exactly 30 minutes is the same session, one second more is a new one."""
    sources = load_sources(open_study(write_study(STUDY, orders=ORDERS, events=EVENTS)))
    numbered = sessions(sources["events"], 30).order_by("_row").to_pandas()
    assert numbered["session"].tolist() == [1, 1, 2, 1]


def test_events_by_hand(features):
    """Visits, devices, phases and conversion of two customers."""
    one, two = features.table.loc["C1"], features.table.loc["C2"]
    assert (one["event_count"], one["session_count"], one["reached_buy"], one["converted"]) == (3, 2, 1, 1)
    assert (two["reached_look"], two["reached_buy"], two["converted"]) == (1, 0, 0)
    assert one["device_mobile"] == pytest.approx(2 / 3)


def test_the_dictionary_names_every_feature(small_run):
    """Each column has a label, a kind, a basis and source columns that exist."""
    features = small_run.features
    assert list(features.dictionary.index) == list(features.table.columns)
    assert (features.dictionary[["label", "basis", "kind", "source", "columns"]] != "").all().all()
    for columns in features.dictionary["columns"]:
        for column in columns.split(", "):
            role, name = column.split(".")
            assert name in small_run.sources.columns(role), column


def test_not_known_is_not_zero(small_run):
    """Who did not answer the survey has no answers; who has no orders has none."""
    table = small_run.features.table
    assert table["need_price_1"].isna().sum() > 100
    assert table["order_count"].notna().all()
    assert table.loc[table["order_count"] == 0, "average_order"].isna().all()


def test_row_order_is_irrelevant(write_study, features):
    """Shuffled files give the same features."""
    shuffled = build_features(
        load_sources(open_study(write_study(STUDY, orders=ORDERS.sample(frac=1, random_state=2), events=EVENTS.iloc[::-1])))
    )
    pd.testing.assert_frame_equal(shuffled.table[sorted(shuffled.table)], features.table[sorted(features.table)])


def test_yes_and_no_in_four_languages(write_study):
    """Yes and no are read in each language; other words are missing."""
    survey = pd.DataFrame({"q1": ["yes", "nei", "kyllä", "خیر", "1", None]})
    study = (
        "study: T\nas_of: 2026-01-01\nsources:\n  survey: {path: survey.csv, items: {likes: {kind: pick_any, columns: [q1]}}}\n"
    )
    table = build_features(load_sources(open_study(write_study(study, survey=survey)))).table
    assert table["q1"].fillna(-1).tolist() == [1, 0, 1, 0, 1, -1]


def test_features_go_through_files_and_back(features):
    """Parts read back are the same features."""
    again = Features.from_parts(features.parts())
    assert again.table.equals(features.table) and again.dictionary.equals(features.dictionary)


def test_sources_about_no_single_customer(write_study):
    """What is said in public is about nobody in particular; segments of nobody are refused with what they need."""
    study = "study: T\nas_of: 2025-03-02\nsources:\n  mentions: {path: mentions.csv}\n"
    sources = load_sources(open_study(write_study(study, mentions="text,at\nGood shoes,2025-01-01\n")))
    none = build_features(sources)
    assert none.table.shape == (0, 0)
    with pytest.raises(DataError, match="tell of no single customer; personas need customers, orders, events or a survey"):
        choose_basis(none, sources.study.segmentation)
