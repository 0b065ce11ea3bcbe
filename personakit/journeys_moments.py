"""Step 09, moments that matter: where people get stuck or feel bad, how many that concerns, and what mending it could bring."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from personakit.evidence import Figure
from personakit.evidence_measures import wilson

#: A bottleneck lies at least so far below what it is compared with, in so many people on both sides, and by so many
#: standard errors of chance: a map looks in some sixty places, and at four one map in some five hundred shows a bottleneck
#: that is none.
LEAST_DROP, LEAST_PEOPLE, LEAST_ERRORS = 0.10, 30, 4.0
#: A feeling below this, with the whole interval below 0, is a pain.
BAD_FEELING = -0.25
MOMENT_COLUMNS = ["segment", "phase", "kind", "where", "compared_to", "value", "compared_with", "difference", "low", "high", "n",
                  "clear", "customers", "customers_low", "customers_high", "money", "money_low", "money_high"]  # fmt: skip
_Z = 1.959963984540054


@dataclass(frozen=True)
class Bottleneck:
    """
    A place where fewer people go on than elsewhere.

    Attributes
    ----------
    evidence : list of Figure
        The share who go on; for a device also the persona's share on its other devices.
    device : str
        The device it happens on; empty when it happens on all.
    value, compared_with : float
        Shares of people's journeys that go on: here, and elsewhere (everyone else, for a device on that device, and the
        persona's own journeys on other devices).
    difference, low, high : float
        By how much fewer go on, with a 95 % interval.
    n : int
        Customers of the persona who came there.
    errors : float
        How many standard errors of chance the difference is: the error that it would have if there were none.
    """

    evidence: list[Figure]
    device: str
    value: float
    compared_with: float
    difference: float
    low: float
    high: float
    n: int
    errors: float

    @property
    def clear(self) -> bool:
        """Whether the difference is at least 10 points, and far more than chance."""
        return self.difference >= LEAST_DROP and self.errors >= LEAST_ERRORS

    @property
    def customers(self) -> tuple[float, float, float]:
        """How many more would have gone on, had it been as elsewhere: estimate, lower and upper bound."""
        return tuple(max(share, 0.0) * self.n for share in (self.difference, self.low, self.high))  # type: ignore[return-value]


def find_bottlenecks(
    table: pd.DataFrame, dictionary: pd.DataFrame, labels: pd.Series, pieces: dict[str, Figure], *,
    untested: Collection[str] = (),
) -> dict[tuple[int, str], Bottleneck]:  # fmt: skip
    """
    Look in each phase of each persona for the place where fewest go on, against elsewhere.

    A device is looked at before the phase as a whole. Where the persona's other devices are as low, it is not the device.

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
    untested : collection of str
        Columns on which the segments were made to differ (:func:`personakit.profiling_tests.related_to`): there a persona is
        compared with itself on other devices only, since its difference from everyone else is no finding.

    Returns
    -------
    dict of (int, str) to Bottleneck
        By segment and phase: the clear one, or else the largest difference; none where too few people came.
    """
    found = {}
    for phase in dictionary.loc[dictionary["group"] == "go_on", "phase"]:
        devices = dictionary.loc[(dictionary["group"] == "device") & (dictionary["phase"] == phase), "about"].to_dict()
        for segment in sorted(int(s) for s in labels.unique()):
            inside = (labels == segment).to_numpy()
            alone = f"go_on_{phase}" in untested
            looks = [_on_device(segment, inside, name, devices, table, pieces, alone=alone) for name in devices]
            if not alone:
                looks.append(_compared(pieces.get(f"journeys|go_on_{phase}||{segment}"), "", table.loc[inside, f"go_on_{phase}"],
                                   table.loc[~inside, f"go_on_{phase}"]))  # fmt: skip
            known = [look for look in looks if look is not None]
            clear = [look for look in known if look.clear]
            if known:  # devices stand first, the one furthest below before the others
                found[segment, phase] = (
                    min(clear, key=lambda look: (not look.device, -look.errors)) if clear
                    else max(known, key=lambda look: look.difference)
                )  # fmt: skip
    return found


def _on_device(  # noqa: PLR0913  whose device, and what is known of it
    segment: int, inside: np.ndarray, name: str, devices: dict[str, str], table: pd.DataFrame, pieces: dict[str, Figure], *,
    alone: bool,
) -> Bottleneck | None:  # fmt: skip
    """One device of one persona, against the persona's other devices and, unless ``alone``, everyone else on it."""
    own, others = table.loc[inside, name], table.loc[~inside, name]
    elsewhere = pd.concat([table.loc[inside, other] for other in devices if other != name] or [pd.Series(dtype=float)]).dropna()
    look = _compared(pieces.get(f"journeys|{name}||{segment}"), devices[name], own,
                     elsewhere if alone else pd.concat([others, elsewhere]))  # fmt: skip
    if look is None:
        return None
    if len(elsewhere) >= LEAST_PEOPLE and elsewhere.mean() <= look.value + LEAST_DROP / 2:
        return None
    more = [pieces[key] for other in devices if other != name and (key := f"journeys|{other}||{segment}") in pieces]
    return replace(look, evidence=[*look.evidence, *more])


def _compared(figure: Figure | None, device: str, own: pd.Series, elsewhere: pd.Series) -> Bottleneck | None:
    """
    Compare people here with people elsewhere; none where they are too few.

    The errors are those of a difference of nothing, from the spread elsewhere (a score test): where hardly anybody stops,
    few who do are already a sign.
    """
    own, elsewhere = own.dropna(), elsewhere.dropna()
    if figure is None or min(len(own), len(elsewhere)) < LEAST_PEOPLE:
        return None
    gap = float(elsewhere.mean() - own.mean())
    error = float(np.sqrt(own.var() / len(own) + elsewhere.var() / len(elsewhere)))
    chance = float(np.sqrt(elsewhere.var() * (1 / len(own) + 1 / len(elsewhere))))
    return Bottleneck([figure], device, float(own.mean()), float(elsewhere.mean()), gap, gap - _Z * error, gap + _Z * error,
                      len(own), gap / chance if chance > 0 else 0.0)  # fmt: skip


def rank_moments(  # noqa: PLR0913  what is ranked, and in what it is counted
    table: pd.DataFrame,
    dictionary: pd.DataFrame,
    labels: pd.Series,
    pieces: dict[str, Figure],
    *,
    bottlenecks: dict[tuple[int, str], Bottleneck],
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
    bottlenecks : dict of (int, str) to Bottleneck
        From :func:`find_bottlenecks`.
    order_value : dict of int to float
        Usual value of an order in each segment, in the study's currency; may be empty.
    min_cell : int
        Smallest group shown.

    Returns
    -------
    pandas.DataFrame
        One row per moment: ``segment``, ``phase``, ``kind`` ("few go on" or "they feel bad"), ``where`` (device or
        touchpoint; empty for the whole phase), ``compared_to`` ("everyone else", or "elsewhere": everyone else on that device
        and the persona on other ones), ``value``, ``compared_with``, ``difference`` with ``low`` and ``high`` (95 %; shares of
        people, or points of feeling below 0), ``n`` (customers it rests on), ``clear`` (by the published rule), ``customers``
        (who would have gone on, had it been as elsewhere; or who feel bad) with its interval, and ``money`` (what they would
        have spent on one order, in the study's currency; missing without orders and for feelings). The largest first.
    """
    rows = []
    for segment in sorted(labels.unique()):
        inside = table[(labels == segment).to_numpy()]
        rows += [_stuck(int(segment), phase, one, order_value.get(int(segment)))
                 for (own, phase), one in bottlenecks.items() if own == segment and one.difference > 0]  # fmt: skip
        felt = dictionary.index[dictionary["group"].isin(["feel", "feel_at"])]
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
            "compared_to": "elsewhere" if one.device else "everyone else", "value": one.value, "compared_with": one.compared_with,
            "difference": one.difference, "low": one.low, "high": one.high, "n": one.n, "clear": one.clear,
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
