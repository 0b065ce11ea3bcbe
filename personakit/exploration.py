"""Step 03, exploration: who the customers are as a whole, in first figures and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd

from personakit.collection import Sources
from personakit.evidence import measure_group, wilson
from personakit.handoffs import Parts
from personakit.privacy_cells import small_cells

FIGURE_COLUMNS = ["source", "variable", "category", "statistic", "estimate", "ci_low", "ci_high", "n"]
MOST_CATEGORIES = 12


@dataclass(frozen=True, eq=False, repr=False)
class Exploration:
    """
    The customers as a whole.

    Attributes
    ----------
    figures : pandas.DataFrame
        One row per figure: ``source``, ``variable``, ``category``, ``statistic`` (median or share), ``estimate``
        with ``ci_low`` and ``ci_high`` (95 %), ``n``.
    monthly : pandas.DataFrame
        One row per source and month: ``source``, ``month``, ``rows``.
    value : pandas.DataFrame
        Pareto curve of order value: ``customers_share`` and ``value_share``, from the best customer on.
    population : pandas.DataFrame
        Sample against market: ``variable``, ``value``, ``sample_share``, ``market_share``, ``n``.
    """

    figures: pd.DataFrame
    monthly: pd.DataFrame
    value: pd.DataFrame
    population: pd.DataFrame

    def parts(self) -> Parts:
        """Split into what is written to files."""
        return {"figures": self.figures, "monthly": self.monthly, "value": self.value, "population": self.population}

    @classmethod
    def from_parts(cls, parts: Parts) -> Exploration:
        """Put together what was read from files."""
        return cls(parts["figures"], parts["monthly"], parts["value"], parts["population"])

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def explore(sources: Sources) -> Exploration:
    """
    Describe the customers as a whole, source by source.

    Parameters
    ----------
    sources : Sources
        Clean sources.

    Returns
    -------
    Exploration
        First figures, activity per month, value curve and comparison with the market, as far as the sources allow.
    """
    rows: list[dict[str, Any]] = []
    for role in ("customers", "survey", "orders", "events"):
        if role in sources:
            rows += _figures(sources, role)
    return Exploration(
        figures=pd.DataFrame(rows, columns=FIGURE_COLUMNS), monthly=_monthly(sources), value=_value(sources),
        population=_population(sources),
    )  # fmt: skip


def _figures(sources: Sources, role: str) -> list[dict[str, Any]]:
    """Median of numbers, shares of words; people for customers and survey, rows for orders and events."""
    table, schema = sources[role], sources[role].schema()
    skip = {
        "customer_id",
        "_row",
        "order_id",
        "event_id",
        "session_id",
        "respondent_id",
        "birth_year",
        "agreed_quotes",
        "agreed_marketing",
    }
    texts = {c for block in sources.study.sources[role].items.values() if block.kind == "text" for c in block.columns}  # type: ignore[index]
    found = []
    for column in [c for c in table.columns if c not in skip | texts]:
        if schema[column].is_numeric():
            if role in {"customers", "survey"}:
                found += _number(table, role, column)
            else:
                row = table.aggregate(m=table[column].median(), n=table[column].count()).to_pandas().iloc[0]
                if row["n"]:
                    found.append({"source": role, "variable": column, "category": "", "statistic": "median",
                                  "estimate": float(row["m"]), "n": int(row["n"])})  # fmt: skip
        elif schema[column].is_string():
            found += _shares(table, role, column, sources.study.privacy.min_cell)
    return found


def _number(table: Any, role: str, column: str) -> list[dict[str, Any]]:
    values = table.select(column).to_pandas()[column].to_numpy(dtype=float, na_value=np.nan)
    found = measure_group(values, np.ones(len(values), dtype=bool), "median", test=False)
    entry = {"source": role, "variable": column, "category": "", "statistic": "median"}
    return [entry | found] if found else []


def _shares(table: Any, role: str, column: str, min_cell: int) -> list[dict[str, Any]]:
    known = table.filter(table[column].notnull())
    counts = known.group_by(column).aggregate(n=known.count()).order_by([ibis.desc("n"), column]).to_pandas()
    if not 2 <= len(counts) <= MOST_CATEGORIES:
        return []
    total = int(counts["n"].sum())
    shown = counts[~small_cells(counts["n"], min_cell=min_cell)]
    rows = []
    for value, n in zip(shown[column], shown["n"], strict=True):
        low, high = wilson(int(n), total)
        rows.append({"source": role, "variable": column, "category": str(value), "statistic": "share", "estimate": n / total,
                     "ci_low": low, "ci_high": high, "n": total})  # fmt: skip
    return rows


def _monthly(sources: Sources) -> pd.DataFrame:
    frames = []
    for role, column in (("orders", "ordered_at"), ("events", "at"), ("tickets", "at")):
        if role in sources:
            table = sources[role]
            counts = table.group_by(month=table[column].truncate("M")).aggregate(rows=table.count()).order_by("month").to_pandas()
            frames.append(counts.assign(source=role, month=counts["month"].dt.strftime("%Y-%m")))
    return pd.concat(frames)[["source", "month", "rows"]] if frames else pd.DataFrame(columns=["source", "month", "rows"])


def _value(sources: Sources) -> pd.DataFrame:
    if "orders" not in sources:
        return pd.DataFrame(columns=["customers_share", "value_share"])
    orders = sources["orders"]
    spend = orders.group_by("customer_id").aggregate(spend=orders.amount.sum()).to_pandas()["spend"].astype(float)
    ordered = np.sort(spend.round(4).to_numpy())[::-1]
    curve = np.cumsum(ordered) / ordered.sum()
    at = np.unique(np.linspace(0, len(ordered) - 1, 101).round().astype(int))
    return pd.DataFrame({"customers_share": (at + 1) / len(ordered), "value_share": curve[at].round(9)})


def _population(sources: Sources) -> pd.DataFrame:
    columns = ["variable", "value", "sample_share", "market_share", "n"]
    rows = []
    if "population" in sources and "customers" in sources:
        market = sources["population"].select("variable", "value", "share").to_pandas()
        for variable in [v for v in market["variable"].unique() if v in sources.columns("customers")]:
            own = sources["customers"].select(variable).to_pandas()[variable].dropna().astype(str)
            for entry in market[market["variable"] == variable].itertuples():
                rows.append({"variable": variable, "value": entry.value, "sample_share": float((own == entry.value).mean()),
                             "market_share": float(entry.share), "n": len(own)})  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
