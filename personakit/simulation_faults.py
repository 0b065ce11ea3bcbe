"""Faults planted in the simulated shop, each written down so that finding them can be measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

Planted = list[dict[str, Any]]


def plant_faults(
    tables: dict[str, pd.DataFrame], as_of: pd.Timestamp, rng: np.random.Generator
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """
    Plant duplicates, conflicts, impossible and missing values, careless answers, withdrawn consent and bots.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        The clean simulated sources; not changed.
    as_of : pandas.Timestamp
        The study's today; orders dated after it are one of the faults.
    rng : numpy.random.Generator
        The source of chance.

    Returns
    -------
    tables : dict of str to pandas.DataFrame
        The sources with faults.
    planted : pandas.DataFrame
        One row per fault: ``kind``, ``source``, ``key`` (customer, event or order id), ``column``, ``value``.
    """
    tables = {role: table.copy() for role, table in tables.items()}
    planted: Planted = []
    _conflicts(tables, planted, rng)
    _careless(tables["survey"], planted, rng)
    _impossible(tables, planted, as_of, rng)
    _missing(tables, planted, rng)
    for column in ("research_ok", "quotes_ok", "marketing_ok"):
        withdrawn = tables["customers"].loc[tables["customers"][column] == "no", "customer_id"]
        planted += [_fact("consent_withdrawn", "customers", key, column, "no") for key in withdrawn]
    tables["events"] = _bots(tables["events"], planted, as_of, rng)
    _duplicates(tables, planted, rng)
    return tables, pd.DataFrame(planted)


def _fact(kind: str, source: str, key: str, column: str, value: Any) -> dict[str, Any]:
    return {"kind": kind, "source": source, "key": str(key), "column": column, "value": str(value)}


def _some(table: pd.DataFrame, share: float, rng: np.random.Generator) -> list[Any]:
    """Choose a share of the rows, by index, at least one."""
    n = max(round(len(table) * share), 1)
    return sorted(rng.choice(table.index.to_numpy(), size=n, replace=False).tolist())


def _conflicts(tables: dict[str, pd.DataFrame], planted: Planted, rng: np.random.Generator) -> None:
    """Give some people another region or age in the survey than in the customer register."""
    survey = tables["survey"]
    places = sorted(tables["customers"]["region"].unique())
    for row in _some(survey, 0.05, rng):
        planted.append(_fact("conflict", "survey", survey.at[row, "customer_id"], "region", survey.at[row, "region"]))
        survey.at[row, "region"] = str(rng.choice([place for place in places if place != survey.at[row, "region"]]))
    for row in _some(survey, 0.04, rng):
        planted.append(_fact("conflict", "survey", survey.at[row, "customer_id"], "age", survey.at[row, "age"]))
        survey.at[row, "age"] = int(survey.at[row, "age"]) + int(rng.choice([-9, -7, 8, 12]))


def _careless(survey: pd.DataFrame, planted: Planted, rng: np.random.Generator) -> None:
    """Make about a tenth of the answers careless: in a hurry, and straight down one column or at random."""
    items = [column for column in survey.columns if column.startswith(("need_", "value_"))]
    for row in _some(survey, 0.10, rng):
        survey.at[row, "seconds"] = int(rng.integers(25, 75))
        straight = rng.random() < 0.6
        survey.loc[row, items] = int(rng.integers(1, 6)) if straight else rng.integers(1, 6, len(items))
        planted.append(_fact("careless", "survey", survey.at[row, "customer_id"], "", "straight" if straight else "random"))


def _impossible(tables: dict[str, pd.DataFrame], planted: Planted, as_of: pd.Timestamp, rng: np.random.Generator) -> None:
    customers, survey, orders = tables["customers"], tables["survey"], tables["orders"]
    for row in _some(customers, 0.006, rng):
        planted.append(
            _fact(
                "impossible",
                "customers",
                customers.at[row, "customer_id"],
                "birth_year",
                customers.at[row, "birth_year"],
            )
        )
        customers.at[row, "birth_year"] = int(rng.choice([1884, 1890, 2031]))
    items = [column for column in survey.columns if column.startswith("need_")]
    for row in _some(survey, 0.015, rng):
        column = str(rng.choice(items))
        planted.append(_fact("impossible", "survey", survey.at[row, "customer_id"], column, survey.at[row, column]))
        survey.at[row, column] = int(rng.choice([0, 9, 99]))
    chosen = _some(orders, 0.004, rng)
    for number, row in enumerate(chosen):
        if number % 2:
            planted.append(_fact("impossible", "orders", orders.at[row, "order_id"], "ordered_at", orders.at[row, "ordered_at"]))
            orders.at[row, "ordered_at"] = as_of + pd.Timedelta(days=int(rng.integers(30, 900)))
        else:
            planted.append(_fact("impossible", "orders", orders.at[row, "order_id"], "amount", orders.at[row, "amount"]))
            orders.at[row, "amount"] = -orders.at[row, "amount"] if number % 4 else 0.0


def _missing(tables: dict[str, pd.DataFrame], planted: Planted, rng: np.random.Generator) -> None:
    customers, survey = tables["customers"], tables["survey"]
    customers["income"] = customers["income"].astype("Float64")
    for column, share in (("income", 0.08), ("region", 0.03)):
        for row in _some(customers, share, rng):
            planted.append(_fact("missing", "customers", customers.at[row, "customer_id"], column, customers.at[row, column]))
            customers.at[row, column] = None
    for column in [column for column in survey.columns if column.startswith(("need_", "csat_"))]:
        survey[column] = survey[column].astype("Int64")
        for row in _some(survey, 0.015, rng):
            planted.append(_fact("missing", "survey", survey.at[row, "customer_id"], column, survey.at[row, column]))
            survey.at[row, column] = pd.NA


def _bots(events: pd.DataFrame, planted: Planted, as_of: pd.Timestamp, rng: np.random.Generator) -> pd.DataFrame:
    """Add visitors that load pages by the hundred at a steady beat."""
    rows: list[tuple[Any, ...]] = []
    for number in range(max(len(events) // 3000, 2)):
        name = f"V9{number:04d}"
        start = as_of - pd.Timedelta(hours=int(rng.integers(48, 8000)))
        beat = int(rng.integers(2, 5))
        pages = rng.choice(["product_page", "search"], size=int(rng.integers(250, 500)))
        rows += [(name, start + pd.Timedelta(seconds=beat * i), page, "web", "desktop") for i, page in enumerate(pages)]
        planted.append(_fact("bot", "events", name, "", "bot"))
    bots = pd.DataFrame(rows, columns=["customer_id", "at", "touchpoint", "channel", "device"])
    everything = pd.concat([events.drop(columns="event_id"), bots], ignore_index=True)
    everything = everything.sort_values(["at", "customer_id", "touchpoint"], ignore_index=True, kind="stable")
    everything.insert(0, "event_id", [f"E{number:07d}" for number in range(1, len(everything) + 1)])
    return everything


def _duplicates(tables: dict[str, pd.DataFrame], planted: Planted, rng: np.random.Generator) -> None:
    """Repeat some rows, as a double export does."""
    for role, key, share in (
        ("customers", "customer_id", 0.012),
        ("events", "event_id", 0.002),
        ("tickets", "ticket_id", 0.02),
    ):
        table = tables[role]
        chosen = _some(table, share, rng)
        planted += [_fact("duplicate", role, table.at[row, key], "", "") for row in chosen]
        tables[role] = pd.concat([table, table.loc[chosen]]).sort_index(kind="stable").reset_index(drop=True)
