"""After the purchase: the second order and the contacts that follow orders, worked out by hand."""

import pandas as pd
import pytest

import personakit as pk
from personakit.journeys_orders import after_purchase

ORDERS = pd.DataFrame(
    [
        ("C1", "2025-01-01 10:00", "o1", 10),
        ("C1", "2025-01-01 10:00", "o1", 5),
        ("C1", "2025-01-11 10:00", "o2", 20),
        ("C1", "2025-05-01 10:00", "o3", 20),
        ("C2", "2025-02-01 12:00", "o4", 30),
        ("C3", "2025-03-01 09:00", "o6", 30),
        ("C3", "2025-03-01 09:00", "o5", 30),
        ("C4", "2025-06-20 09:00", "o7", 30),
    ],
    columns=["customer_id", "ordered_at", "order_id", "amount"],
)
TICKETS = pd.DataFrame(
    [
        ("t1", "C1", "2025-01-12 10:00", "Where is it?"),
        ("t2", "C1", "2025-01-13 10:00", "Still waiting"),
        ("t3", "C1", "2025-04-30 10:00", "A question before I order"),
        ("t4", "C2", "2025-03-15 12:00", "Much later"),
        ("t5", "C4", "2025-06-21 12:00", "Where is it?"),
    ],
    columns=["ticket_id", "customer_id", "at", "text"],
)
STUDY = """study: T
as_of: 2025-06-30
sources:
  orders: {path: orders.csv}
  tickets: {path: tickets.csv}
journey: {phases: {look: [], buy: []}}
"""


def measured(write_study, study=STUDY, **tables):
    return after_purchase(pk.load_sources(pk.open_study(write_study(study, **tables))))


def test_days_to_the_second_order(write_study):
    """Ten days; two orders at one moment are none apart; lines of one order are one order; who bought once has none."""
    values, entry = measured(write_study, orders=ORDERS, tickets=TICKETS)["days_to_second_order"]
    assert values.to_dict() == {"C1": 10.0, "C3": 0.0}
    assert (entry["phase"], entry["unit"], entry["columns"]) == ("buy", "days", "orders.ordered_at")


def test_orders_followed_by_a_contact(write_study):
    """Within 30 days after an order, once for each order however often somebody wrote; young orders are left out."""
    values, _ = measured(write_study, orders=ORDERS, tickets=TICKETS)["contacted_after_order"]
    assert values.to_dict() == pytest.approx({"C1": 2 / 3, "C2": 0.0, "C3": 0.0})


def test_sources_that_are_missing_say_nothing(write_study):
    """Without tickets no contacts, without an order id every moment is an order, without a second order nothing."""
    alone = STUDY.replace("  tickets: {path: tickets.csv}\n", "")
    found = measured(write_study, alone, orders=ORDERS.drop(columns="order_id"))
    assert set(found) == {"days_to_second_order"} and found["days_to_second_order"][0].to_dict() == {"C1": 10.0}
    assert measured(write_study, alone, orders=ORDERS[ORDERS["customer_id"] == "C2"]) == {}
    events = pd.DataFrame({"customer_id": ["C1"], "at": ["2025-01-01"], "touchpoint": ["ad"]})
    only = "study: T\nas_of: 2025-06-30\nsources:\n  events: {path: events.csv}\n"
    assert measured(write_study, only, events=events) == {}
