"""Step 05, what customers buy: how often, how much, how regularly, where and what, from orders."""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import pandas as pd

from personakit.collection import Sources
from personakit.features_builder import FeatureBuilder, add_shares, common_values, until_the_day, value_counts


def add_orders(builder: FeatureBuilder, sources: Sources) -> None:
    """
    Add what the orders say about each customer.

    Sums, dates and shares come from one aggregate. Different orders and months are counted by queries of their own, and
    the favourite category follows from the shares: counting distinct values or finding the commonest one inside the
    aggregate is several times slower on large tables.

    Parameters
    ----------
    builder : FeatureBuilder
        Collects the features.
    sources : Sources
        Clean sources with orders.
    """
    study = sources.study
    end = ibis.timestamp(f"{study.as_of} 23:59:59")
    orders = until_the_day(sources, "orders")
    channels, categories = common_values(orders, "channel"), common_values(orders, "category")
    # one row per customer of the study from here on, so that no feature has to be put in order again
    frame = _per_customer(orders, end, channels, categories).reindex(builder.ids)
    count, common = frame["order_count"], {"basis": "behavioural", "source": "orders"}
    none = pd.Series(0.0, index=builder.ids)
    time = {"unit": "days", "kind": "count", "columns": "orders.ordered_at", **common}
    never = {"missing": "never: without an order it is 0"}
    builder.add("order_count", count.fillna(none), label="Orders", unit="orders", kind="count", **never,
                columns="orders.order_id" if "order_id" in orders.columns else "orders.ordered_at", **common)  # fmt: skip
    builder.add("spend", frame["spend"].fillna(none), label="Spend", unit=study.currency, kind="amount", **never,
                columns="orders.amount", **common)  # fmt: skip
    builder.add("average_order", (frame["spend"] / count).round(4), label="Average order", unit=study.currency, kind="amount",
                columns="orders.amount", **common)  # fmt: skip
    builder.add("days_since_last_order", frame["seconds_since"] // 86_400, label="Days since the last order", **time)
    gap = (frame["seconds_between"] / 86_400 / (count - 1)).where(count > 1).round(4)
    builder.add("days_between_orders", gap, label="Days between orders", missing="has fewer than two orders", **time)
    first = (frame["seconds_since"] + frame["seconds_between"]) // 86_400
    builder.add("days_since_first_order", first, label="Days since the first order", **time)
    builder.add("active_months", frame["active_months"], label="Months with an order", **time | {"unit": "months"})
    for column, values, label in (("channel", channels, "Share of orders by {value}"),
                                  ("category", categories, "Share of orders in {value}")):  # fmt: skip
        add_shares(builder, frame, column, values, label, "orders")
    if categories:
        builder.add("favourite_category", _favourite(frame, categories), label="Category bought most often", kind="nominal",
                    columns="orders.category", **common)  # fmt: skip
    if "discount" in orders.columns:
        builder.add("discount_share", (frame["discounted"] / frame["rows"]).round(6), label="Share of orders at a discount",
                    unit="share", kind="share", columns="orders.discount", **common)  # fmt: skip
    if "returned" in orders.columns:
        builder.add("return_share", (frame["sent_back"] / frame["rows"]).round(6), label="Share of orders sent back",
                    unit="share", kind="share", columns="orders.returned", **common)  # fmt: skip


def _per_customer(orders: Any, end: Any, channels: list[str], categories: list[str]) -> pd.DataFrame:
    """Count, add up and date the orders of each customer, one row each."""
    sums: dict[str, Any] = {"rows": orders.count(), "spend": orders.amount.sum(), "first": orders.ordered_at.min(),
                            "last": orders.ordered_at.max()}  # fmt: skip
    sums |= value_counts(orders, "channel", channels) | value_counts(orders, "category", categories)
    if "discount" in orders.columns:
        sums["discounted"] = orders.count(where=orders.discount > 0)
    if "returned" in orders.columns:
        sums["sent_back"] = orders.count(where=orders.returned)
    per = orders.group_by("customer_id").aggregate(**sums)
    per = per.mutate(seconds_since=end.epoch_seconds() - per["last"].epoch_seconds(),
                     seconds_between=per["last"].epoch_seconds() - per["first"].epoch_seconds())  # fmt: skip
    per = per.drop("first", "last")
    key = "order_id" if "order_id" in orders.columns else "ordered_at"
    months = orders.ordered_at.year() * 12 + orders.ordered_at.month()
    for name, what in (("order_count", orders[key]), ("active_months", months)):
        per = per.left_join(_different(orders, what, name), "customer_id")
        per = per.drop("customer_id_right") if "customer_id_right" in per.columns else per
    frame = per.to_pandas().set_index("customer_id").astype(float)
    # the engine adds in parallel, so the last bits of a sum differ from run to run; a ten-thousandth is exact enough
    frame["spend"] = frame["spend"].round(4)
    return frame.fillna({"order_count": 0.0, "active_months": 0.0})


def _different(orders: Any, what: Any, name: str) -> Any:
    """Count the different values of each customer, such as orders or months."""
    pairs = orders.select("customer_id", what=what).distinct()
    return pairs.group_by("customer_id").aggregate(**{name: pairs.what.count()})


def _favourite(frame: pd.DataFrame, categories: list[str]) -> pd.Series:
    """Name the category each customer bought most often; ties go to the one that is commoner among all customers."""
    counts = frame[[f"category{i}" for i in range(len(categories))]].fillna(0).to_numpy()
    names = np.array([str(value) for value in categories], dtype=object)
    return pd.Series(names[counts.argmax(axis=1)], index=frame.index, dtype="str").where(counts.max(axis=1) > 0)
