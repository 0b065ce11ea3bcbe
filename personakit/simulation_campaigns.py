"""Campaigns with a known truth: through which channel the shop wrote, who answers to which, and what was solved."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

#: What one contact costs in the shop's currency, and which share of all contacts goes through the channel.
CHANNELS = {"email": (0.12, 0.5), "sms": (0.25, 0.3), "letter": (0.90, 0.2)}
_SOLVED = {True: 0.9, False: 0.45}
_PLEASED = 4


def add_contact_facts(
    tables: dict[str, Any], archetypes: pd.Series, answers_by_group: dict[str, dict[str, float]], rng: np.random.Generator
) -> None:
    """
    Add to campaigns the channel and what it cost, and to tickets whether the case was solved.

    Channels are drawn so that click rates differ by group and channel as planted, while every click stays where it was.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        The shop's sources; ``campaigns`` and ``tickets`` get new columns.
    archetypes : pandas.Series
        Group of each customer.
    answers_by_group : dict of str to dict of str to float
        How much more often a group clicks what comes through a channel than it would click on average.
    rng : numpy.random.Generator
        Source of chance.
    """
    campaigns = tables["campaigns"]
    names = list(CHANNELS)
    shares = np.array([share for _, share in CHANNELS.values()])
    groups = campaigns["customer_id"].map(archetypes)
    seen, clicked = (campaigns[flag].astype(float) == 1 for flag in ("seen", "clicked"))
    rates = (clicked & seen).groupby(groups).sum() / seen.groupby(groups).sum()
    answers = np.array([[answers_by_group[group][name] for name in names] for group in groups])
    odds = np.ones_like(answers)
    odds[clicked] = answers[clicked]
    quiet = seen & ~clicked
    odds[quiet] = 1 - (groups.map(rates).to_numpy()[:, None] * answers)[quiet]
    chances = odds * shares
    drawn = rng.random(len(campaigns))[:, None] > np.cumsum(chances / chances.sum(axis=1, keepdims=True), axis=1)
    places = drawn.sum(axis=1).clip(max=len(names) - 1)
    tables["campaigns"] = campaigns.assign(channel=np.array(names)[places],
                                           cost=np.array([cost for cost, _ in CHANNELS.values()])[places])  # fmt: skip
    tickets = tables["tickets"]
    chance = (tickets["rating"] >= _PLEASED).map(_SOLVED)
    tables["tickets"] = tickets.assign(resolved=(rng.random(len(tickets)) < chance).astype(int))


def simulate_campaigns(
    answers: pd.DataFrame, customers: pd.Series, *, costs: dict[str, float], n_contacts: int, fatigue: float = 0.0,
    random_state: int = 1,
) -> pd.DataFrame:  # fmt: skip
    """
    Simulate campaigns whose response is known.

    Parameters
    ----------
    answers : pandas.DataFrame
        Chance that the first contact is answered: one row per segment, one column per channel.
    customers : pandas.Series
        Customers of each segment, by segment.
    costs : dict of str to float
        What one contact costs, by channel.
    n_contacts : int
        Contacts in all; segments and channels are drawn at random.
    fatigue : float
        Each further contact to the same customer in a channel is answered by exp(-fatigue) as often.
    random_state : int
        The same number gives the same data.

    Returns
    -------
    pandas.DataFrame
        One row per contact: ``customer_id``, ``segment``, ``campaign``, ``channel``, ``sent_at``, ``bought``, ``cost``.

    Examples
    --------
    >>> answers = pd.DataFrame({"email": [0.1], "sms": [0.2]}, index=[1])
    >>> found = simulate_campaigns(answers, pd.Series({1: 50}), costs={"email": 0.1, "sms": 0.2}, n_contacts=80)
    >>> len(found), found["segment"].unique().tolist()
    (80, [1])
    """
    rng = np.random.default_rng(random_state)
    segments = np.repeat(customers.index.to_numpy(), customers.to_numpy())
    who = rng.integers(0, len(segments), n_contacts)
    channel = rng.integers(0, answers.shape[1], n_contacts)
    table = pd.DataFrame({"customer_id": [f"C{i:07d}" for i in who], "segment": segments[who],
                          "channel": answers.columns.to_numpy()[channel]})  # fmt: skip
    earlier = table.groupby(["customer_id", "channel"]).cumcount().to_numpy()
    rate = answers.to_numpy()[answers.index.get_indexer(table["segment"]), channel] * np.exp(-fatigue * earlier)
    days = np.sort(rng.integers(0, 300, n_contacts))
    return table.assign(campaign=[f"campaign {day // 30 + 1}" for day in days], sent_at=pd.Timestamp("2025-08-01")
                        + pd.to_timedelta(days, unit="D"), bought=(rng.random(n_contacts) < rate).astype(int),
                        cost=table["channel"].map(costs))  # fmt: skip
