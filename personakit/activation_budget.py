"""Step 10, budget: how to split money over channels and personas, against an equal split, with the uncertainty of the gain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from personakit.activation_responses import MOST_CONTACTS, Responses
from personakit.errors import DataError, did_you_mean

SPLIT_COLUMNS = ["segment", "channel", "customers", "contacts", "spend", "equal_contacts", "equal_spend", "marginal"]
#: What the split is made from.
BY_RESPONSE, BY_REACH = "response", "reach"
BETTER, NO_DIFFERENCE = "better", "no difference"


@dataclass(frozen=True, eq=False, repr=False)
class BudgetSplit:
    """
    A split of a budget.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per persona and channel: ``customers`` (that can be written to), ``contacts`` and ``spend`` (of the split that
        is proposed, in the study's currency), ``equal_contacts`` and ``equal_spend`` (of the equal split), ``marginal``
        (responses that one more unit of currency would bring).
    budget, spent : float
        What there is, and what the split uses; less when everybody would be written to as often as the data show.
    responses, equal_responses : float
        Responses expected from the split, and from the equal split.
    gain, gain_low, gain_high : float
        Responses more than with the equal split, with a 95 % interval.
    verdict : {"better", "no difference"}
        ``no difference``: the interval of the gain does not leave out zero, and the equal split is proposed.
    by : {"response", "reach"}
        What the split rests on; without campaigns it is reach.
    response : str
        What counts as a response.
    """

    table: pd.DataFrame
    budget: float
    spent: float
    responses: float
    equal_responses: float
    gain: float
    gain_low: float
    gain_high: float
    verdict: str
    by: str = BY_RESPONSE
    response: str = ""


def split_budget(
    responses: Responses, customers: pd.Series, budget: float, *, bounds: Mapping[str, tuple[float, float]] | None = None
) -> BudgetSplit:
    """
    Split a budget so that most responses are to be expected.

    Nobody is written to more often through a channel than the data show. The split is the best for the average over the
    draws; the gain over the equal split is worked out for each draw.

    Parameters
    ----------
    responses : Responses
        How often each persona answers in each channel.
    customers : pandas.Series
        Customers of each segment who can be written to, by segment.
    budget : float
        Money, in the study's currency.
    bounds : mapping of str to (float, float), optional
        Smallest and largest share of the budget for a channel.

    Returns
    -------
    BudgetSplit
        The split, its equal counterpart and the gain.

    Raises
    ------
    DataError
        If the budget is not above zero, or bounds name no channel or cannot hold together.

    References
    ----------
    Dantzig, G. B. (1957). Discrete-variable extremum problems. Operations Research, 5, 266-288 (the continuous case).
    """
    cells = responses.cells
    channels = sorted(cells["channel"].unique())
    limits = _checked(budget, dict(bounds or {}), channels)
    people = cells["segment"].map(customers).fillna(0).to_numpy(dtype=float)
    room = people[:, None] * (np.arange(MOST_CONTACTS) < cells["most"].to_numpy()[:, None])
    chances = responses.chances()
    average = chances.mean(axis=0)
    cost = cells["cost"].to_numpy(dtype=float)
    channel = np.array([channels.index(c) for c in cells["channel"]])
    equal = equal_split(room, cost, channel, budget)
    best = best_split(average, room, cost, channel, budget, limits)
    if best is None:
        raise DataError([f"bounds: no split of {budget:g} keeps all of them, since nobody is written to more often than the data "
                         "show; lower the smallest shares or the budget"])  # fmt: skip
    gains = np.tensordot(chances, best - equal, axes=2)
    low, high = (float(q) for q in np.quantile(gains, [0.025, 0.975]))
    better = low > 0
    fits = all(limits[c][0] - 1e-9 <= (equal.sum(axis=1) * cost)[channel == c].sum() / budget <= limits[c][1] + 1e-9
               for c in range(len(channels)))  # fmt: skip
    chosen = best if better or not fits else equal
    contacts, equal_contacts = chosen.sum(axis=1), equal.sum(axis=1)
    table = cells[["segment", "channel"]].assign(
        customers=people.astype("int64"), contacts=contacts, spend=contacts * cost, equal_contacts=equal_contacts,
        equal_spend=equal_contacts * cost, marginal=_marginal(average, room, chosen, cost),
    )  # fmt: skip
    return BudgetSplit(
        table[SPLIT_COLUMNS], budget, float(table["spend"].sum()), float((average * chosen).sum()),
        float((average * equal).sum()),
        float(gains.mean()), low, high, BETTER if better else NO_DIFFERENCE, BY_RESPONSE, responses.response,
    )  # fmt: skip


def split_by_reach(reach: pd.DataFrame, budget: float) -> BudgetSplit:
    """
    Split a budget by how many of each persona a channel reaches, where nothing is known of responses.

    Parameters
    ----------
    reach : pandas.DataFrame
        One row per persona and channel: ``segment``, ``channel``, ``customers`` (of the persona who use the channel).
    budget : float
        Money, in the study's currency.

    Returns
    -------
    BudgetSplit
        Shares of the budget go by people reached; numbers of responses are missing.
    """
    people = reach["customers"].to_numpy(dtype=float)
    per_channel = people / people.sum()
    count = len(reach)
    table = reach[["segment", "channel"]].assign(customers=people.astype("int64"), contacts=np.nan, spend=budget * per_channel,
                                                 equal_contacts=np.nan, equal_spend=budget / count, marginal=np.nan)  # fmt: skip
    unknown = float("nan")
    return BudgetSplit(table[SPLIT_COLUMNS].reset_index(drop=True), budget, budget, unknown, unknown, unknown, unknown, unknown,
                       NO_DIFFERENCE, BY_REACH)  # fmt: skip


def best_split(
    chances: np.ndarray, room: np.ndarray, cost: np.ndarray, channel: np.ndarray, budget: float,
    limits: list[tuple[float, float]],
) -> np.ndarray | None:  # fmt: skip
    """
    Find the contacts that bring most responses for the money: a linear programme, whose solution is exact.

    Parameters
    ----------
    chances : numpy.ndarray
        Chance that the first, second, … contact of a cell is answered, cells by contacts; it does not rise with contacts.
    room : numpy.ndarray
        Customers who can get that contact, cells by contacts.
    cost : numpy.ndarray
        Of one contact, by cell.
    channel : numpy.ndarray of int
        Channel of each cell.
    budget : float
        Money.
    limits : list of (float, float)
        Smallest and largest share of the budget, by channel.

    Returns
    -------
    numpy.ndarray or None
        Contacts, cells by contacts; None when the bounds cannot be kept.
    """
    from scipy.optimize import linprog

    costs = np.repeat(cost, room.shape[1])
    own = np.repeat(channel, room.shape[1])
    rows, most = [costs], [budget]
    for place, (low, high) in enumerate(limits):
        spent = np.where(own == place, costs, 0.0)
        if high < 1:
            rows.append(spent)
            most.append(high * budget)
        if low > 0:
            rows.append(-spent)
            most.append(-low * budget)
    found = linprog(-chances.ravel(), A_ub=np.array(rows), b_ub=np.array(most), bounds=list(zip(np.zeros(room.size), room.ravel(),
                    strict=True)), method="highs")  # fmt: skip
    return found.x.reshape(room.shape).round(9) if found.status == 0 else None


def equal_split(room: np.ndarray, cost: np.ndarray, channel: np.ndarray, budget: float) -> np.ndarray:
    """
    Give each channel as much money, and everybody in it as many contacts; what a full channel leaves goes to the others.

    Returns
    -------
    numpy.ndarray
        Contacts, cells by contacts.
    """
    whole = [float((room[channel == c].sum(axis=1) * cost[channel == c]).sum()) for c in range(channel.max() + 1)]
    money, left, open_ = np.zeros(len(whole)), budget, set(range(len(whole)))
    while open_ and left > 1e-9 * budget:
        part = left / len(open_)
        for c in sorted(open_):
            given = min(part, whole[c] - money[c])
            money[c] += given
            left -= given
        open_ = {c for c in open_ if whole[c] - money[c] > 1e-9 * max(whole[c], 1.0)}
    contacts = np.zeros_like(room)
    for c, spent in enumerate(money):
        inside = channel == c
        for number in range(room.shape[1]):
            price = float((room[inside, number] * cost[inside]).sum())
            share = min(spent / price, 1.0) if price > 0 else 0.0
            contacts[inside, number] = room[inside, number] * share
            spent -= price * share
    return contacts


def _checked(budget: float, bounds: dict[str, tuple[float, float]], channels: list[str]) -> list[tuple[float, float]]:
    problems = [] if budget > 0 else [f"budget {budget:g}: has to be above 0"]
    for name, (low, high) in bounds.items():
        if name not in channels:
            problems.append(f"bounds: '{name}' is no channel; allowed: {', '.join(channels)}{did_you_mean(name, channels)}")
        if not 0 <= low <= high <= 1:
            problems.append(f"bounds of {name}: {low:g} to {high:g}; write shares between 0 and 1, the smaller one first")
    limits = [bounds.get(name, (0.0, 1.0)) for name in channels]
    if not problems and sum(low for low, _ in limits) > 1:
        problems.append("bounds: the smallest shares add up to more than 1; lower them")
    if problems:
        raise DataError(problems)
    return limits


def _marginal(chances: np.ndarray, room: np.ndarray, contacts: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Responses that one more unit of currency would bring in each cell; none where everybody has got all contacts."""
    free = room - contacts > 1e-6
    nxt = np.where(free.any(axis=1), free.argmax(axis=1), -1)
    return np.where(nxt >= 0, chances[np.arange(len(nxt)), nxt] / cost, np.nan)
