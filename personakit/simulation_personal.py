"""Personal values of the simulated customers: made-up names, consent per purpose, and what slips into free text."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

SHARE_OF_TEXTS = 0.12


@cache
def _content() -> dict[str, Any]:
    return yaml.safe_load((Path(__file__).parent / "simulation_personal.yaml").read_text(encoding="utf-8"))


def add_personal_values(
    tables: dict[str, pd.DataFrame], interviews: dict[str, str], languages: pd.Series, rng: np.random.Generator, *, share: float
) -> tuple[dict[str, pd.DataFrame], dict[str, str], pd.DataFrame]:
    """
    Give customers a name and consent per purpose, and let some of them write personal things into their texts.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        The simulated sources; not changed.
    interviews : dict of str to str
        File name to transcript.
    languages : pandas.Series
        Language of each customer, by ``customer_id``.
    rng : numpy.random.Generator
        The source of chance.
    share : float
        Share of the texts that get something personal; with 0 the interviews have nothing personal either.

    Returns
    -------
    tables : dict of str to pandas.DataFrame
        ``customers`` with ``name``, ``research_ok`` and ``quotes_ok``; ``tickets`` and ``survey`` with personal words.
    interviews : dict of str to str
        Transcripts that end with a name and a way to reach the customer.
    planted : pandas.DataFrame
        One row per text with something personal in it: ``kind``, ``source``, ``key`` (customer), ``column``, ``value``.
    """
    tables = dict(tables)
    customers = tables["customers"].copy()
    own = customers["customer_id"].map(languages)
    customers["name"] = [_name(language, rng) for language in own]
    customers["research_ok"] = np.where(rng.random(len(customers)) < 0.95, "yes", "no")
    customers["quotes_ok"] = np.where(rng.random(len(customers)) < 0.85, "yes", "no")
    tables["customers"] = customers
    people = customers.set_index("customer_id").assign(language=own.to_numpy())
    planted: list[dict[str, Any]] = []
    for role, column in (("tickets", "text"), ("survey", "improve")):
        table = tables[role].copy()
        for row in table.index[table[column].notna() & (rng.random(len(table)) < share)]:
            said = _sentence(people.loc[table.at[row, "customer_id"]], rng)
            table.at[row, column] = f"{table.at[row, column]} {said}"
            planted.append(_fact(role, table.at[row, "customer_id"], column, said))
        tables[role] = table
    spoken = {}
    for name, text in interviews.items() if share else ():
        person = text.split("customer_id: ", 1)[1].split("\n", 1)[0]
        said = _sentence(people.loc[person], rng)
        spoken[name] = f"{text}Customer: {said}\n"
        planted.append(_fact("interviews", person, "text", said))
    return tables, {**interviews, **spoken}, pd.DataFrame(planted)


def _fact(source: str, key: str, column: str, value: str) -> dict[str, Any]:
    return {"kind": "personal", "source": source, "key": key, "column": column, "value": value}


def _name(language: str, rng: np.random.Generator) -> str:
    names = _content()["names"][language]
    return f"{rng.choice(names['first'])} {rng.choice(names['last'])}"


def _sentence(person: pd.Series, rng: np.random.Generator) -> str:
    sentences = _content()["sentences"][person["language"]]
    return str(rng.choice(sentences)).format(name=person["name"], email=person["email"], phone=person["phone"], id=person.name)
