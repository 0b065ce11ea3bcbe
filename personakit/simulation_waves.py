"""Waves with a known truth: answers of the sample shop's customers at another time, with a planted change or without one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from personakit.features import Features
from personakit.features_builder import DICTIONARY_COLUMNS
from personakit.simulation import SimulatedShop
from personakit.simulation_content import market_content

PlantedChange = Literal["none", "mix", "moved", "split", "new group"]
#: How much is planted: points of share, standard deviations on so many features, points of the scale, share of the wave.
MIX_SHIFT, MOVED_SD, MOVED_FEATURES, SPLIT_POINTS, NEW_SHARE = 0.10, 0.5, 3, 1.0, 0.08
_ITEM_SD, _LEVEL_SD = 0.85, 0.25
_QUESTIONS = 2
_FAR = 2.5


@dataclass(frozen=True, eq=False, repr=False)
class SimulatedWave:
    """
    One wave of a survey, and what was planted in it.

    Attributes
    ----------
    features : Features
        One row per customer: needs and values (ratings from 1 to 5), interests and media (1 and 0), recommendation (0 to 10),
        age in years.
    groups : pandas.Series
        Group that each customer was drawn from; ``new`` for a planted new group.
    change : str
        What was planted.
    """

    features: Features
    groups: pd.Series
    change: PlantedChange


@dataclass(frozen=True, eq=False)
class _Group:
    share: float
    means: np.ndarray
    chances: np.ndarray
    nps: tuple[float, float]
    birth_year: tuple[float, float]


def simulate_wave(
    n_customers: int, *, random_state: int, change: PlantedChange = "none", change_state: int = 0
) -> SimulatedWave:  # fmt: skip
    """
    Draw customers of the sample shop's five groups, as another survey would meet them.

    Parameters
    ----------
    n_customers : int
        Customers of the wave.
    random_state : int
        Seed of the customers.
    change : {"none", "mix", "moved", "split", "new group"}
        What is different in this wave: one group ten points larger and another one ten points smaller; one group half a
        standard deviation higher or lower on three ratings; one group that has fallen into two halves, one point above and
        below on two needs each way; or a group of eight per cent that was not there before.
    change_state : int
        Seed of the change: which groups and ratings.

    Returns
    -------
    SimulatedWave
        Answers and truth. All data are synthetic.

    Examples
    --------
    >>> wave = simulate_wave(50, random_state=1)
    >>> wave.features.table.shape[0], int(wave.features.table["need_price_1"].between(1, 5).all())
    (50, 1)
    """
    rng = np.random.default_rng([random_state, 17])
    groups = _planted(_groups(), change, np.random.default_rng([change_state, 18]))
    names = list(groups)
    shares = np.array([groups[name].share for name in names])
    drawn = rng.choice(len(names), n_customers, p=shares / shares.sum())
    columns, entries = _columns()
    ratings = np.stack([groups[name].means for name in names])[drawn]
    level = rng.normal(0, _LEVEL_SD, (n_customers, 1))
    answers = np.clip(np.rint(rng.normal(ratings + level, _ITEM_SD)), 1, 5)
    picks = rng.random((n_customers, len(columns) - ratings.shape[1])) < np.stack([groups[n].chances for n in names])[drawn]
    table = pd.DataFrame(np.concatenate([answers, picks.astype(float)], axis=1), columns=columns)
    table["recommend"] = _normal(groups, names, drawn, "nps", rng).clip(0, 10)
    table["age"] = 2026 - _normal(groups, names, drawn, "birth_year", rng).clip(1945, 2010)
    table.index = pd.Index([f"W{random_state}-{number:06d}" for number in range(n_customers)], name="customer_id")
    dictionary = pd.DataFrame.from_dict(entries, orient="index", columns=DICTIONARY_COLUMNS).rename_axis("feature")
    told = pd.Series([name.partition(" ")[0] for name in np.array(names)[drawn]], index=table.index, name="group")
    return SimulatedWave(Features(table, dictionary), told, change)


def _groups() -> dict[str, _Group]:
    content = market_content()
    found = {}
    for name, group in content["archetypes"].items():
        means = [group["needs"][need] for need in content["needs"] for _ in range(_QUESTIONS)]
        means += [group["values"][value] for value in content["items"]["values"]]
        chances = [group[block][item] for block in ("interests", "media") for item in content["items"][block]]
        found[name] = _Group(group["share"], np.array(means), np.array(chances), tuple(group["nps"]), tuple(group["birth_year"]))
    return found


def _columns() -> tuple[list[str], dict[str, dict[str, str]]]:
    content = market_content()
    items = content["items"]
    entries: dict[str, dict[str, str]] = {}

    def add(name: str, label: str, **entry: str) -> None:
        own = {"label": label, "message": label, "source": "survey", "columns": f"survey.{name}", "basis": "psychographic"}
        entries[name] = dict.fromkeys(DICTIONARY_COLUMNS, "") | own | entry

    for need in content["needs"]:
        for number, label in enumerate(items["needs"][need], start=1):
            add(f"need_{need}_{number}", label, kind="ordinal", unit="1 to 5", group="needs", about="need")
    for value, label in items["values"].items():
        add(f"value_{value}", label, kind="ordinal", unit="1 to 5", group="values", about="value")
    for prefix, block, about in (("likes", "interests", "interest"), ("uses", "media", "media")):
        for name, label in items[block].items():
            add(f"{prefix}_{name}", label, kind="binary", unit="share", group=block, about=about)
    columns = list(entries)
    add("recommend", "Would recommend the shop", kind="ordinal", unit="0 to 10", group="recommendation", about="recommendation")
    add("age", "Age", kind="number", unit="years", group="customers", source="customers", basis="demographic")
    return columns, entries


def _planted(groups: dict[str, _Group], change: PlantedChange, rng: np.random.Generator) -> dict[str, _Group]:
    names = list(groups)
    chosen = str(rng.choice(names))
    own = groups[chosen]
    n_needs = len(market_content()["needs"]) * _QUESTIONS
    if change == "mix":
        other = str(rng.choice([name for name in names if name != chosen]))
        return groups | {chosen: replace(own, share=own.share - MIX_SHIFT),
                         other: replace(groups[other], share=groups[other].share + MIX_SHIFT)}  # fmt: skip
    if change == "moved":
        means = own.means.copy()
        for place in rng.choice(len(means), MOVED_FEATURES, replace=False):  # away from the scale's end
            means[place] += MOVED_SD * np.hypot(_ITEM_SD, _LEVEL_SD) * (1 if means[place] < 3 else -1)
        return groups | {chosen: replace(own, means=means)}
    if change == "split":
        needs = rng.choice(n_needs // _QUESTIONS, 4, replace=False)
        apart = np.zeros(len(own.means))
        for number, need in enumerate(needs):
            apart[need * _QUESTIONS : (need + 1) * _QUESTIONS] = SPLIT_POINTS if number % 2 else -SPLIT_POINTS
        half = replace(own, share=own.share / 2)
        return {name: group for name, group in groups.items() if name != chosen} | {
            f"{chosen} one": replace(half, means=own.means + apart),
            f"{chosen} two": replace(half, means=own.means - apart),
        }
    if change == "new group":
        smaller = {name: replace(group, share=group.share * (1 - NEW_SHARE)) for name, group in groups.items()}
        return smaller | {"new": replace(own, share=NEW_SHARE, means=_far_means(groups, n_needs, rng))}
    return groups


def _far_means(groups: dict[str, _Group], n_needs: int, rng: np.random.Generator) -> np.ndarray:
    """Means of a group that wants something else than all the others: the first draw far enough from each of them."""
    there = np.stack([group.means for group in groups.values()])
    while True:
        needs = np.repeat(rng.choice([1.8, 2.4, 3.2, 4.0, 4.6], n_needs // _QUESTIONS), _QUESTIONS)
        if np.sqrt(((there[:, :n_needs] - needs) ** 2).sum(axis=1)).min() >= _FAR:
            return np.concatenate([needs, there[:, n_needs:].mean(axis=0)])


def _normal(groups: dict[str, _Group], names: list[str], drawn: np.ndarray, what: str, rng: np.random.Generator) -> np.ndarray:
    own = np.array([getattr(groups[name], what) for name in names])[drawn]
    return np.rint(rng.normal(own[:, 0], own[:, 1]))


def some_months_more(shop: SimulatedShop, later: SimulatedShop, *, days: int) -> SimulatedShop:
    """
    Let time go on in a simulated shop: its own rows stay, and those of other customers come later.

    Parameters
    ----------
    shop : SimulatedShop
        The shop until now.
    later : SimulatedShop
        Simulated with another seed: its customers are the new ones.
    days : int
        By how much the rows of ``later`` are moved ahead.

    Returns
    -------
    SimulatedShop
        Both together, with new ids for the new customers; interviews, codings and population are those of ``shop``.
    """
    tables = {}
    for role, table in shop.tables.items():
        new = later.tables[role].copy()
        if role == "population":
            tables[role] = table
            continue
        for column in new.columns:
            if column.endswith("_id"):
                new[column] = [f"L{value}" if isinstance(value, str) and value else value for value in new[column]]
            elif column == "at" or column.endswith(("_at", "_on")):
                new[column] = _moved_ahead(new[column], days)
        tables[role] = pd.concat([table, new], ignore_index=True)
    return replace(shop, tables=tables)


def _moved_ahead(values: pd.Series, days: int) -> pd.Series:
    """Days or moments so many days later; what is neither stays."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return values + pd.Timedelta(days=days)
    moments = pd.to_datetime(values, errors="coerce", format="mixed")
    short = values.astype("str").str.len() <= len("2026-06-30")
    told = (moments + pd.Timedelta(days=days)).dt.strftime("%Y-%m-%d %H:%M:%S")
    return told.where(~short, told.str.slice(0, 10)).where(moments.notna(), values)
