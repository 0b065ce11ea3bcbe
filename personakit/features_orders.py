"""Step 05, what customers buy: how often, how much, how regularly, where and what, from orders."""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import pandas as pd

from personakit.collection import Sources
from personakit.dates import whole_seconds
from personakit.features_builder import FeatureBuilder, add_shares, common_values, until_the_day, value_counts

#: Months that one mask holds: a double holds this many bits exactly.
_MONTHS_IN_A_MASK = 52


def add_orders(builder: FeatureBuilder, sources: Sources) -> None:
    """
    Add what the orders say about each customer.

    Sums, dates, months and shares come from one aggregate; a month is a bit in a mask. Different orders are counted by a
    query of their own, and the favourite category follows from the shares: counting distinct values or finding the
    commonest one inside the aggregate is several times slower on large tables.

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
    masks = _month_masks(orders)
    frame = builder.rows(_per_customer(orders, end, channels, categories, masks))
    # the engine adds in parallel, so the last bits of a sum differ from run to run; a ten-thousandth is exact enough
    frame["spend"] = frame["spend"].round(4)
    # without an order id of its own a line still counts as a line, but not as an order
    frame["order_count"] = builder.rows(_different_orders(orders))["n"].fillna(0.0).where(frame["rows"].notna())
    frame["active_months"] = sum((_bits(frame[name]) for name in masks), 0 * frame["rows"])
    count, common = frame["order_count"], {"basis": "behavioural", "source": "orders"}
    none = pd.Series(0.0, index=builder.ids)
    time = {"unit": "days", "kind": "count", "columns": "orders.ordered_at", **common}
    never = {"missing": "never: without an order it is 0"}
    builder.add("order_count", count.fillna(none), label="Orders", unit="orders", kind="count", **never,
                columns="orders.order_id" if "order_id" in orders.columns else "orders.ordered_at", **common)  # fmt: skip
    again = (count > 1).astype(float).where(count > 0)
    builder.add("bought_again", again, label="Bought more than once", unit="", kind="binary", about="loyalty",
                columns="orders.order_id" if "order_id" in orders.columns else "orders.ordered_at", **common)  # fmt: skip
    builder.add("spend", frame["spend"].fillna(none), label="Spend", unit=study.currency, kind="amount", **never,
                columns="orders.amount", **common)  # fmt: skip
    builder.add("average_order", (frame["spend"] / count.where(count > 0)).round(4), label="Average order",
                unit=study.currency, kind="amount", columns="orders.amount", **common)  # fmt: skip
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
                    about="product", columns="orders.category", **common)  # fmt: skip
    if "discount" in orders.columns:
        builder.add("discount_share", (frame["discounted"] / frame["rows"]).round(6), label="Share of orders at a discount",
                    unit="share", kind="share", about="trigger", columns="orders.discount", **common)  # fmt: skip
    if "returned" in orders.columns:
        builder.add("return_share", (frame["sent_back"] / frame["rows"]).round(6), label="Share of orders sent back",
                    unit="share", kind="share", columns="orders.returned", **common)  # fmt: skip


@ibis.udf.agg.builtin(name="bit_or")  # type: ignore[untyped-decorator]
def _bits_together(bits: int) -> int:  # type: ignore[empty-body]
    """Set the bits that any row sets; DuckDB and Spark name it alike."""


def _month_masks(orders: Any) -> dict[str, Any]:
    """Months with an order as bits of as many numbers as the years in the orders need, one aggregate each."""
    month = orders.ordered_at.year() * 12 + orders.ordered_at.month()
    ends = orders.aggregate(first=month.min(), last=month.max()).to_pandas().iloc[0]
    if pd.isna(ends["first"]):
        return {}
    place = month - int(ends["first"])
    bit = ibis.literal(1, type="int64") << (place % _MONTHS_IN_A_MASK).cast("int64")
    n_masks = (int(ends["last"]) - int(ends["first"])) // _MONTHS_IN_A_MASK + 1
    return {f"months{i}": _bits_together((place // _MONTHS_IN_A_MASK == i).ifelse(bit, 0)) for i in range(n_masks)}


def _per_customer(orders: Any, end: Any, channels: list[str], categories: list[str], masks: dict[str, Any]) -> Any:
    """Count, add up and date the orders of each customer, one row each."""
    sums: dict[str, Any] = {"rows": orders.count(), "spend": orders.amount.sum(), "first": orders.ordered_at.min(),
                            "last": orders.ordered_at.max()}  # fmt: skip
    sums |= value_counts(orders, "channel", channels) | value_counts(orders, "category", categories) | masks
    if "discount" in orders.columns:
        sums["discounted"] = orders.count(where=orders.discount > 0)
    if "returned" in orders.columns:
        sums["sent_back"] = orders.count(where=orders.returned)
    per = orders.group_by("customer_id").aggregate(**sums)
    per = per.mutate(seconds_since=whole_seconds(end) - whole_seconds(per["last"]),
                     seconds_between=whole_seconds(per["last"]) - whole_seconds(per["first"]))  # fmt: skip
    return per.drop("first", "last")


def _different_orders(orders: Any) -> Any:
    """Count the different orders of each customer as ``n``; in a source without order numbers, the different times."""
    key = "order_id" if "order_id" in orders.columns else "ordered_at"
    pairs = orders.select("customer_id", what=orders[key]).distinct()
    return pairs.group_by("customer_id").aggregate(n=pairs.what.count())


def _bits(masks: pd.Series) -> pd.Series:
    """Count the bits that are set; missing stays missing."""
    return pd.Series(np.bitwise_count(masks.fillna(0).to_numpy().astype(np.int64)), index=masks.index).where(masks.notna())


def _favourite(frame: pd.DataFrame, categories: list[str]) -> pd.Series:
    """Name the category each customer bought most often; ties go to the one that is commoner among all customers."""
    counts = frame[[f"category{i}" for i in range(len(categories))]].fillna(0).to_numpy()
    names = np.array([str(value) for value in categories], dtype=object)
    return pd.Series(names[counts.argmax(axis=1)], index=frame.index, dtype="str").where(counts.max(axis=1) > 0)
