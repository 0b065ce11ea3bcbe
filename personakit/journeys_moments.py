"""Step 09, moments that matter: where people get stuck or feel bad, how many that concerns, and what mending it could bring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from personakit.evidence import Figure, wilson

#: A bottleneck lies at least so far below what it is compared with, in so many people on both sides, and by so many
#: standard errors: a map looks in some twenty places, and with the usual two standard errors one of them would be found in
#: most maps by chance.
LEAST_DROP, LEAST_PEOPLE, LEAST_ERRORS = 0.10, 30, 3.5
#: A feeling below this, with the whole interval below 0, is a pain.
BAD_FEELING = -0.25
MOMENT_COLUMNS = ["segment", "phase", "kind", "where", "compared_to", "value", "compared_with", "difference", "low", "high", "n",
                  "clear", "customers", "customers_low", "customers_high", "money", "money_low", "money_high"]  # fmt: skip
_Z = 1.959963984540054


@dataclass(frozen=True)
class Bottleneck:
    """
    A place where clearly fewer people go on than elsewhere.

    Attributes
    ----------
    evidence : list of Figure
        The share who go on; second, for a device, the share on the other one.
    device, other_device : str
        The device it happens on, and the one it is compared with; empty when the persona is compared with everyone else.
    value, compared_with : float
        Shares of people's journeys that go on.
    difference, low, high : float
        By how much fewer go on, with a 95 % interval.
    n : int
        Customers of the persona who came there.
    """

    evidence: list[Figure]
    device: str
    other_device: str
    value: float
    compared_with: float
    difference: float
    low: float
    high: float
    n: int

    @property
    def customers(self) -> tuple[float, float, float]:
        """How many more would have gone on, had it been as elsewhere: estimate, lower and upper bound."""
        return tuple(max(share, 0.0) * self.n for share in (self.difference, self.low, self.high))  # type: ignore[return-value]


def find_bottleneck(
    segment: int, phase: str, pieces: dict[str, Figure], dictionary: pd.DataFrame, *, only_clear: bool = True
) -> Bottleneck | None:
    """
    Find a bottleneck: one device lets clearly fewer people on than another, or this persona clearly fewer than others.

    Parameters
    ----------
    segment : int
        The persona.
    phase : str
        The phase.
    pieces : dict of str to Figure
        Figures of step 09, by key.
    dictionary : pandas.DataFrame
        What each column of the journey table means.
    only_clear : bool
        Whether to leave out differences that are small, rest on few people or may be chance.

    Returns
    -------
    Bottleneck or None
        None when there is nothing to compare, or nothing clear.
    """
    own = dictionary[(dictionary["group"] == "device") & (dictionary["phase"] == phase)]
    devices = [figure for name in own.index if (figure := pieces.get(f"journeys|{name}||{segment}")) and figure.n >= LEAST_PEOPLE]
    found = []
    if len(devices) >= 2:
        worst, *_, best = sorted(devices, key=lambda figure: (figure.estimate, figure.column))
        names = dictionary.at[worst.column, "about"], dictionary.at[best.column, "about"]
        found.append(_bottleneck([worst, best], names, best.estimate, _errors(worst, best)))
    figure = pieces.get(f"journeys|go_on_{phase}||{segment}")
    if figure is not None and figure.others is not None and figure.effect is not None:
        effect_error = _error(figure.effect_low, figure.effect_high)
        gap = figure.others - figure.estimate
        error = abs(effect_error * gap / figure.effect) if figure.effect else float("inf")
        if min(figure.n, figure.others_n or 0) >= LEAST_PEOPLE:
            found.append(_bottleneck([figure], ("", ""), figure.others, error))
    if only_clear:
        found = [one for one in found if is_clear(one)]
    return found[0] if found else None


def is_clear(one: Bottleneck) -> bool:
    """Whether a difference is at least 10 points and 3.5 standard errors."""
    error = (one.high - one.low) / (2 * _Z)
    return one.difference >= LEAST_DROP and one.difference > LEAST_ERRORS * error


def _bottleneck(evidence: list[Figure], devices: tuple[str, str], compared_with: float, error: float) -> Bottleneck:
    own = evidence[0]
    gap = compared_with - own.estimate
    return Bottleneck(evidence, *devices, own.estimate, compared_with, gap, gap - _Z * error, gap + _Z * error, own.n)


def _errors(one: Figure, other: Figure) -> float:
    return float(np.hypot(_error(one.ci_low, one.ci_high), _error(other.ci_low, other.ci_high)))


def _error(low: float | None, high: float | None) -> float:
    """Standard error behind a 95 % interval."""
    return float("inf") if low is None or high is None else (high - low) / (2 * _Z)


def rank_moments(  # noqa: PLR0913  what is ranked, and in what it is counted
    table: pd.DataFrame,
    dictionary: pd.DataFrame,
    labels: pd.Series,
    pieces: dict[str, Figure],
    *,
    phases: list[str],
    order_value: dict[int, float],
    min_cell: int,
) -> pd.DataFrame:
    """
    Rank where people get stuck and where they feel bad, by how many customers that concerns.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per customer, from step 09, same index as ``labels``.
    dictionary : pandas.DataFrame
        What each of its columns means.
    labels : pandas.Series
        Segment of each customer.
    pieces : dict of str to Figure
        Figures of step 09, by key.
    phases : list of str
        Phases in order.
    order_value : dict of int to float
        Usual value of an order in each segment, in the study's currency; may be empty.
    min_cell : int
        Smallest group shown.

    Returns
    -------
    pandas.DataFrame
        One row per moment: ``segment``, ``phase``, ``kind`` ("few go on" or "they feel bad"), ``where`` (device or
        touchpoint; empty for the whole phase), ``compared_to`` (the other device, or "everyone else"), ``value``,
        ``compared_with``, ``difference`` with ``low`` and ``high`` (95 %; shares of people, or points of feeling below 0),
        ``n`` (customers it rests on), ``clear`` (by the published rule), ``customers`` (who would have gone on, had it been as
        elsewhere; or who feel bad) with its interval, and ``money`` (what they would have spent on one order, in the study's
        currency; missing without orders and for feelings). The largest first.
    """
    rows = []
    for segment in sorted(labels.unique()):
        inside = table[(labels == segment).to_numpy()]
        for phase in phases:
            one = find_bottleneck(int(segment), phase, pieces, dictionary, only_clear=False)
            if one is not None and one.difference > 0:
                rows.append(_stuck(int(segment), phase, one, order_value.get(int(segment))))
        felt = dictionary.index[dictionary["group"].isin(["feel", "feel_at"]) & dictionary["phase"].isin(phases)]
        for name in felt:
            figure = pieces.get(f"journeys|{name}||{segment}")
            if figure is not None and figure.estimate < 0 and figure.ci_high is not None:
                row = _unhappy(int(segment), figure, dictionary.loc[name], inside[name].dropna())
                if row["unhappy"] >= min_cell:
                    rows.append(row)
    found = pd.DataFrame(rows, columns=MOMENT_COLUMNS).astype({"clear": bool})
    return found.sort_values(["clear", "customers", "segment", "phase"], ascending=[False, False, True, True], ignore_index=True)


def _stuck(segment: int, phase: str, one: Bottleneck, worth: float | None) -> dict[str, Any]:
    most_likely, least, most = one.customers
    money = [np.nan] * 3 if worth is None else [worth * share for share in (most_likely, least, most)]
    return {"segment": segment, "phase": phase, "kind": "few go on", "where": one.device,
            "compared_to": one.other_device or "everyone else", "value": one.value, "compared_with": one.compared_with,
            "difference": one.difference, "low": one.low, "high": one.high, "n": one.n, "clear": is_clear(one),
            "customers": most_likely, "customers_low": least, "customers_high": most, "money": money[0], "money_low": money[1],
            "money_high": money[2]}  # fmt: skip


def _unhappy(segment: int, figure: Figure, entry: pd.Series, felt: pd.Series) -> dict[str, Any]:
    """How many of those who told feel bad; it says nothing about those who did not tell."""
    unhappy = int((felt < 0).sum())
    low, high = wilson(unhappy, len(felt))
    return {"segment": segment, "phase": entry["phase"], "kind": "they feel bad",
            "where": entry["about"] if entry["group"] == "feel_at" else "", "compared_to": "", "value": figure.estimate,
            "compared_with": 0.0, "difference": -figure.estimate, "low": -float(figure.ci_high or 0),
            "high": -float(figure.ci_low or 0), "n": figure.n, "clear": feels_bad(figure), "customers": float(unhappy),
            "customers_low": low * len(felt), "customers_high": high * len(felt), "money": np.nan, "money_low": np.nan,
            "money_high": np.nan, "unhappy": unhappy}  # fmt: skip


def feels_bad(figure: Figure) -> bool:
    """Whether people clearly feel bad: the mean at -0.25 or below, its interval below 0, and 30 people or more."""
    return figure.estimate <= BAD_FEELING and figure.ci_high is not None and figure.ci_high < 0 and figure.n >= LEAST_PEOPLE
