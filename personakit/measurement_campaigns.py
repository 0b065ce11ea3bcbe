"""Step 11, campaigns: what came of each campaign, persona by persona."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from personakit.collection import Sources
from personakit.features_builder import until_the_day
from personakit.measurement_rates import rates_by_group, ratios_by_group
from personakit.privacy_cells import small_cells

CAMPAIGN_COLUMNS = ["campaign", "segment", "measure", "per", "over", "under", "value", "ci_low", "ci_high", "shrunk", "others",
                    "difference", "low", "high", "effect", "p_adjusted", "n", "customers", "thin"]  # fmt: skip
#: Shares: what is counted, of what.
RATES = {"seen": "contacts", "clicked": "contacts", "clicked_of_seen": "seen", "bought": "contacts",
         "bought_of_clicked": "clicked"}  # fmt: skip
#: Ratios of money: what stands above, what below.
RATIOS = {"cost_per_click": ("cost", "clicked"), "cost_per_purchase": ("cost", "bought"), "return_on_spend": ("revenue", "cost")}
FLAGS = ("seen", "clicked", "bought")
#: Which measures tell how many people did something.
_MEASURES_OF = {"seen": {"seen"}, "clicked": {"clicked", "clicked_of_seen", "cost_per_click"},
                "bought": {"bought", "bought_of_clicked", "cost_per_purchase", "return_on_spend"},
                "revenue": {"return_on_spend"}}  # fmt: skip
#: Days after a contact in which an order of somebody who bought counts as its revenue.
REVENUE_DAYS = 14
ALL = ""


def campaign_contacts(sources: Sources) -> pd.DataFrame:
    """
    Gather the contacts of campaigns, one row per customer and campaign.

    Parameters
    ----------
    sources : Sources
        Clean sources.

    Returns
    -------
    pandas.DataFrame
        ``customer_id``, ``campaign``, ``contacts``, and as far as the data have them ``seen``, ``clicked``, ``bought`` (how many
        contacts), ``cost`` (in the study's currency) and ``revenue`` (orders within 14 days of a contact after which somebody
        bought). Empty without campaigns.
    """
    if "campaigns" not in sources or "customer_id" not in sources.columns("campaigns"):
        return pd.DataFrame(columns=["customer_id", "campaign", "contacts"])
    table = until_the_day(sources, "campaigns")
    table = table.filter(table.customer_id.notnull())
    sums: dict[str, Any] = {flag: table[flag].fill_null(False).ifelse(1, 0).sum() for flag in FLAGS if flag in table.columns}
    if "cost" in table.columns:
        sums["cost"] = table.cost.cast("float64").sum()
    found = table.group_by(["customer_id", "campaign"]).aggregate(contacts=table.count(), **sums).to_pandas()
    revenue = _revenue(sources, table)
    if revenue is not None:
        found = found.merge(revenue, on=["customer_id", "campaign"], how="left").fillna({"revenue": 0.0})
    return found.sort_values(["campaign", "customer_id"], ignore_index=True)


def _revenue(sources: Sources, campaigns: Any) -> pd.DataFrame | None:
    """Orders of those who bought, within the days after the contact; each order counts for the latest contact before it."""
    if "orders" not in sources or not {"sent_at", "bought"} <= set(campaigns.columns):
        return None
    bought = campaigns.filter(campaigns.bought)
    bought = bought.select("customer_id", "campaign", "sent_at").distinct().to_pandas()
    orders = until_the_day(sources, "orders")
    own = orders.filter(orders.customer_id.isin(bought["customer_id"].unique().tolist())) if len(bought) else orders.limit(0)
    paid = own.select("customer_id", "ordered_at", "amount").to_pandas().dropna()
    if paid.empty:
        return pd.DataFrame({"customer_id": pd.Series(dtype="str"), "campaign": pd.Series(dtype="str"), "revenue": []})
    for frame, column in ((bought, "sent_at"), (paid, "ordered_at")):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[us]")
    bought = bought.sort_values(["sent_at", "customer_id", "campaign"])
    paid = paid.sort_values(["ordered_at", "customer_id", "amount"])
    joined = pd.merge_asof(paid, bought, left_on="ordered_at", right_on="sent_at", by="customer_id",
                           tolerance=pd.Timedelta(days=REVENUE_DAYS))  # fmt: skip
    return joined.dropna(subset=["campaign"]).groupby(["customer_id", "campaign"], as_index=False)["amount"].sum().rename(
        columns={"amount": "revenue"})  # fmt: skip


def campaign_figures(contacts: pd.DataFrame, segments: pd.Series, *, min_cell: int = 5, random_state: int = 1) -> pd.DataFrame:
    """
    Measure what came of each campaign, for each persona and for everybody.

    Parameters
    ----------
    contacts : pandas.DataFrame
        One row per customer and campaign, see :func:`campaign_contacts`; without ``contacts`` each row is one contact.
    segments : pandas.Series
        Segment of each customer.
    min_cell : int
        Smallest group shown, in customers.
    random_state : int
        Seed of the bootstrap.

    Returns
    -------
    pandas.DataFrame
        One row per campaign (empty for all of them), segment (0 for everybody) and measure: ``measure`` and ``per`` (what it is
        divided by: contacts, seen, clicked, bought or cost), ``over`` and ``under`` (the two sums), ``value`` with ``ci_low``
        and ``ci_high`` (95 %: Wilson for shares, bootstrap over customers for money), ``shrunk`` (shares only: drawn towards
        all personas), ``others``, ``difference`` with ``low`` and ``high``, ``effect`` (Cohen's h), ``p_adjusted``
        (Benjamini-Hochberg over all comparisons of the table), ``n`` (what it is divided by; for money the customers who have
        anything above or below, whichever are fewer), ``customers``, ``thin`` (``n`` under 30). Figures from which fewer than
        ``min_cell`` people who saw, clicked or bought could be read, also by subtraction, are left out.
    """
    from statsmodels.stats.multitest import multipletests

    if contacts.empty:
        return pd.DataFrame(columns=CAMPAIGN_COLUMNS)
    table = contacts.assign(contacts=contacts.get("contacts", 1), segment=contacts["customer_id"].map(segments))
    if {"seen", "clicked"} <= set(table.columns):
        table["clicked_of_seen"] = table[["seen", "clicked"]].min(axis=1)
    if {"clicked", "bought"} <= set(table.columns):
        table["bought_of_clicked"] = table[["clicked", "bought"]].min(axis=1)
    found = []
    for campaign in [ALL, *sorted(table["campaign"].dropna().unique())]:
        own = table if campaign == ALL else table[table["campaign"] == campaign]
        summed = own.drop(columns=["campaign"]).groupby(["customer_id", "segment"], dropna=False).sum().reset_index()
        parts = [*_rates(summed, min_cell), *_ratios(summed, min_cell, random_state)]
        found += [part.assign(campaign=campaign) for part in parts]
    whole = pd.concat([part for part in found if len(part)], ignore_index=True) if found else pd.DataFrame()
    whole = whole.reindex(columns=[*CAMPAIGN_COLUMNS, "p_value"])
    whole = whole[~_too_few(table, whole, min_cell)].reset_index(drop=True)
    known = whole["p_value"].notna()
    if known.any():
        whole.loc[known, "p_adjusted"] = multipletests(whole.loc[known, "p_value"].astype(float), method="fdr_bh")[1]
    return whole[CAMPAIGN_COLUMNS]


def _too_few(table: pd.DataFrame, whole: pd.DataFrame, min_cell: int) -> np.ndarray:
    """Which figures tell of too few people who did something, by themselves or by subtraction."""
    hidden = np.zeros(len(whole), dtype=bool)
    for flag, measures in _MEASURES_OF.items():
        if flag not in table:
            continue
        did = table[table[flag] > 0].assign(segment=table["segment"].fillna(-1).astype("int64"))
        people = did.pivot_table(index="campaign", columns="segment", values="customer_id", aggfunc="nunique").fillna(0)
        cells = small_cells(people, min_cell=min_cell)
        cells.loc[ALL] = small_cells(did.groupby("segment")["customer_id"].nunique(), min_cell=min_cell)
        for place, row in enumerate(whole.itertuples()):
            if row.measure not in measures:
                continue
            own = did if row.campaign == ALL else did[did["campaign"] == row.campaign]
            n = (
                own["customer_id"].nunique()
                if row.segment == 0
                else own.loc[own["segment"] == row.segment, "customer_id"].nunique()
            )
            within = row.campaign in cells.index and row.segment in cells.columns and row.segment != 0
            hidden[place] |= 0 < n < min_cell or (within and bool(cells.at[row.campaign, row.segment]))
    return hidden


def _rates(table: pd.DataFrame, min_cell: int) -> list[pd.DataFrame]:
    """Shares of contacts; the interval counts contacts, which are as many as customers unless somebody was written to twice."""
    people = table.groupby("segment")["customer_id"].nunique()
    parts = []
    for measure, per in RATES.items():
        if measure not in table or per not in table:
            continue
        sums = table.groupby("segment")[[measure, per]].sum()
        sums = sums[people.reindex(sums.index) >= min_cell]
        by_segment = rates_by_group(sums[measure], sums[per], min_cell=1)
        everybody = rates_by_group(*(pd.Series({0: table[name].sum()}) for name in (measure, per)), min_cell=1)
        both = pd.concat([part for part in (everybody, by_segment) if len(part)])
        both = both.rename(columns={"group": "segment", "k": "over", "rate": "value"})
        both["customers"] = [len(table) if segment == 0 else people[segment] for segment in both["segment"]]
        parts.append(both.assign(measure=measure, per=per, under=both["n"]))
    return parts


def _ratios(table: pd.DataFrame, min_cell: int, random_state: int) -> list[pd.DataFrame]:
    """Ratios of money, for everybody and for each segment."""
    parts = []
    for measure, (over, under) in RATIOS.items():
        if over not in table or under not in table:
            continue
        for groups in (pd.Series(0, index=table.index), table["segment"]):
            own = ratios_by_group(table[over], table[under], groups, min_cell=min_cell, random_state=random_state)
            own = own.rename(columns={"group": "segment", "ratio": "value"})
            parts.append(own.assign(measure=measure, per=under, segment=own["segment"].astype(np.int64)))
    return parts
