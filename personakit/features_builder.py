"""Step 05, how features are collected: each with an entry in the dictionary that says in plain words what it is."""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from personakit.collection import Sources
from personakit.roles import TIME_COLUMN

DICTIONARY_COLUMNS = [
    "label",
    "message",
    "value",
    "unit",
    "basis",
    "kind",
    "source",
    "columns",
    "group",
    "about",
    "phase",
    "missing",
    "levels",
]
MOST_SHARES = 8
#: Kinds of questions, and what their answers are for counting.
KIND_OF_QUESTION = {
    "likert": "ordinal",
    "nps": "ordinal",
    "csat": "ordinal",
    "effort": "ordinal",
    "choice": "nominal",
    "pick_any": "binary",
}
#: What a question of a kind is about, whatever its block is called.
ABOUT_BY_QUESTION = {"nps": "recommendation", "csat": "satisfaction", "effort": "effort"}
#: What is behaviour, whoever tells it; the rest of what people say about themselves is psychographic.
BEHAVIOURAL_ABOUT = {"behaviour", "media", "channel", "device", "product"}
_ABOUT_BY_COLUMN = {"channel": "channel", "device": "device", "category": "product"}
_DATED = {"orders", "events"}
#: How a value comes to be missing, by source, when the feature does not say it.
WHY_MISSING = {"customers": "not in the register", "survey": "not asked, or not answered", "orders": "has no order",
               "events": "has no event", "campaigns": "got no campaign", "tickets": "never wrote to support",
               "voices": "said nothing that was recorded"}  # fmt: skip


def answers_in_words(entry: pd.Series) -> list[str]:
    """List the answers of a rating in words, lowest first; none where it was asked in numbers."""
    return [word for word in str(entry.get("levels", "")).split("\n") if word]


class FeatureBuilder:
    """Collects features and their dictionary entries."""

    def __init__(self, ids: pd.Index) -> None:
        self.ids = ids
        self.columns: dict[str, pd.Series] = {}
        self.entries: dict[str, dict[str, str]] = {}
        self.reliability: list[dict[str, Any]] = []

    def add(self, name: str, values: pd.Series, **entry: str) -> None:
        """Add one feature; everybody without a value is missing."""
        self.columns[name] = values if values.index is self.ids else values.reindex(self.ids)
        message, value = entry.pop("message", entry.get("label", "")), entry.get("value", "")
        own = {"label": message.format(value=value) if value else message, "message": message, "group": entry["source"],
               "missing": WHY_MISSING[entry["source"]]}  # fmt: skip
        self.entries[name] = dict.fromkeys(DICTIONARY_COLUMNS, "") | own | entry

    def rows(self, per_customer: ibis.Table) -> pd.DataFrame:
        """
        Fetch numbers that an engine worked out, and put them in the order of the customers.

        Parameters
        ----------
        per_customer : ibis.Table
            One row per ``customer_id``; all other columns numbers or yes and no.

        Returns
        -------
        pandas.DataFrame
            One row per customer of the study, in order; a column of floats for each column of the table but the id,
            missing where the table has no row for the customer. Customers that the study does not have are left out.
        """
        found = per_customer.to_pyarrow()
        ids = pa.array(self.ids, type=pa.string())
        # looking ids up in Arrow spares a Python string for each customer, a third of the time at a million customers
        places = pc.index_in(found["customer_id"].cast(pa.string()), value_set=ids).to_numpy()
        known = ~np.isnan(places) if places.dtype.kind == "f" else np.ones(len(places), dtype=bool)
        places = places[known].astype(np.intp)
        columns: dict[str, np.ndarray] = {}
        for name in found.column_names:
            if name != "customer_id":
                columns[name] = np.full(len(self.ids), np.nan)
                columns[name][places] = found[name].to_numpy()[known].astype(float)
        return pd.DataFrame(columns, index=self.ids)


def entry_for(message: str, **entry: str) -> dict[str, str]:
    """Make an entry of a dictionary for what somebody does; ``value`` is filled into the message to make its label."""
    value = entry.get("value", "")
    own = {"label": message.format(value=value) if value else message, "message": message, "basis": "behavioural"}
    return dict.fromkeys(DICTIONARY_COLUMNS, "") | own | entry


def until_the_day(sources: Sources, role: str) -> Any:
    """Rows of a source up to the study's ``as_of``; undated rows stay, but for orders and events, which are nothing without."""
    table, column = sources[role], TIME_COLUMN.get(role, "")
    if column not in table.columns:
        return table
    end = ibis.timestamp(f"{sources.study.as_of} 23:59:59.999999")
    inside = table[column] <= end
    return table.filter(inside if role in _DATED else table[column].isnull() | inside)


def common_values(table: Any, column: str) -> list[str]:
    """List the commonest values of a column, the commonest first; none when the column is not there or has one value."""
    if column not in table.columns:
        return []
    known = table.filter(table[column].notnull())
    counts = known.group_by(column).aggregate(n=known.count()).order_by([ibis.desc("n"), column]).limit(MOST_SHARES).to_pandas()
    values = counts[column].tolist()
    return values if len(values) > 1 else []


def value_counts(table: Any, column: str, values: list[str]) -> dict[str, Any]:
    """Aggregates that count a customer's rows with each value, and those with any value."""
    if not values:
        return {}
    counts = {f"{column}{i}": table.count(where=table[column] == value) for i, value in enumerate(values)}
    return counts | {f"{column}_rows": table[column].count()}


def add_shares(builder: FeatureBuilder, frame: pd.DataFrame, column: str, values: list[str], message: str, role: str) -> None:
    """Add the share of each value as a feature, from the counts of :func:`value_counts`."""
    for i, value in enumerate(values):
        known = frame[f"{column}_rows"]
        shares = (frame[f"{column}{i}"] / known.where(known > 0)).round(6)
        builder.add(f"{column}_{value}", shares, message=message, value=str(value).replace("_", " "), unit="share",
                    basis="behavioural", kind="share", source=role, columns=f"{role}.{column}",
                    about=_ABOUT_BY_COLUMN.get(column, ""))  # fmt: skip
