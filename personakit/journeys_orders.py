"""Step 09, after the purchase: how soon people buy again, and how often they have to ask for help; from orders and tickets."""

from __future__ import annotations

from typing import Any

import ibis
import pandas as pd

from personakit.collection import Sources
from personakit.dates import whole_seconds
from personakit.features_builder import until_the_day
from personakit.journeys_log import DAY_SECONDS, in_days

#: A support contact within so many days of an order counts as one after the purchase.
CONTACT_DAYS = 30


def after_purchase(sources: Sources) -> dict[str, tuple[pd.Series, dict[str, str]]]:
    """
    Measure what happens after orders.

    Lines with the same order id are one order, which was made when its first line was; without an order id every moment with
    a line is one.

    Parameters
    ----------
    sources : Sources
        Clean sources; without orders nothing is measured, without tickets no contacts are.

    Returns
    -------
    dict of str to (Series, dict)
        Values by customer and the entry of the dictionary: ``days_to_second_order`` (days from the first to the second order
        of those who ordered again) and ``contacted_after_order`` (share of a customer's orders that were followed by a support
        contact within 30 days; orders younger than that are left out, since their time is not over).
    """
    if "orders" not in sources:
        return {}
    phase = list(sources.study.journey.phases)[-1]
    lines = until_the_day(sources, "orders")
    lines = lines.filter(lines.customer_id.notnull() & lines.ordered_at.notnull())
    order = "order_id" if "order_id" in lines.columns else "ordered_at"
    made = lines.group_by(["customer_id", order]).aggregate(made=lines.ordered_at.min())
    orders = made.select("customer_id", order=made[order].cast("string"), second=whole_seconds(made.made))
    found = {"days_to_second_order": (_second_order(orders), {
        "message": "Days from the first to the second order", "kind": "count", "unit": "days", "group": "after", "phase": phase,
        "source": "orders", "columns": "orders.ordered_at"})}  # fmt: skip
    if "tickets" in sources and "customer_id" in sources.columns("tickets"):
        found["contacted_after_order"] = (_contacted(sources, orders), {
            "message": "Orders followed by a support contact", "kind": "share", "unit": "share", "group": "after",
            "phase": phase, "source": "orders", "columns": "orders.ordered_at, tickets.at"})  # fmt: skip
    return {name: pair for name, pair in found.items() if pair[0].notna().any()}


def _second_order(orders: Any) -> pd.Series:
    window = ibis.window(group_by="customer_id", order_by=["second", "order"])
    ranked = orders.mutate(place=ibis.row_number().over(window), before=orders["second"].lag().over(window))
    again = ranked.filter(ranked.place == 1)
    days = again.select("customer_id", days=in_days(again["second"] - again.before)).to_pandas()
    return days.set_index("customer_id")["days"].astype("float64").round(9)


def _contacted(sources: Sources, orders: Any) -> pd.Series:
    """An order counts once, however often its customer wrote."""
    last = int(pd.Timestamp(f"{sources.study.as_of} 23:59:59").timestamp()) - CONTACT_DAYS * DAY_SECONDS
    old = orders.filter(orders["second"] <= last)
    tickets = until_the_day(sources, "tickets")
    tickets = tickets.filter(tickets.customer_id.notnull() & tickets["at"].notnull())
    asked = tickets.select("customer_id", asked=whole_seconds(tickets["at"]))
    both = old.inner_join(asked, "customer_id")
    soon = both.filter((both.asked >= both["second"]) & (both.asked <= both["second"] + CONTACT_DAYS * DAY_SECONDS))
    followed = soon.select("customer_id", "order").distinct().group_by("customer_id").aggregate(n=ibis._.count()).to_pandas()
    every = old.group_by("customer_id").aggregate(n=old.count()).to_pandas().set_index("customer_id")["n"].astype("float64")
    n = followed.set_index("customer_id")["n"].astype("float64").reindex(every.index).fillna(0.0)
    return (n / every).round(9)
