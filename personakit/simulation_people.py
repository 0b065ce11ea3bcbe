"""People of a simulated market: who they are, what they buy, and what they answer in a survey."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from personakit.simulation_content import AS_OF_DATE

Content = dict[str, Any]
AS_OF = pd.Timestamp(AS_OF_DATE)


def simulate_people(content: Content, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """One row per person: who they are and which group they come from."""
    groups = content["archetypes"]
    names = list(groups)
    shares = np.array([groups[name]["share"] for name in names])
    counts = np.floor(shares * n).astype(int)
    counts[0] += n - counts.sum()
    people = pd.DataFrame({"archetype": rng.permutation(np.repeat(names, counts))})
    people.insert(0, "customer_id", [f"C{number:05d}" for number in range(1, n + 1)])
    people["language"] = rng.choice(list(content["languages"]), n, p=list(content["languages"].values()))
    own = people["archetype"].map(groups)
    people["birth_year"] = [int(np.clip(rng.normal(*g["birth_year"]), 1945, 2010)) for g in own]
    people["woman"] = [rng.random() < g["women"] for g in own]
    people["mobile"] = [rng.random() < g["mobile"] for g in own]
    return people


def words_for(content: Content, language: str, archetype: str, rng: np.random.Generator) -> dict[str, Any]:
    """Choose the product and the number of days that fill the gaps of a text."""
    category = content["archetypes"][archetype]["orders"]["category"]
    products = content["texts"]["products"][category][language]
    return {"product": str(rng.choice(products)), "days": int(rng.integers(2, 12))}


def simulate_customers(content: Content, people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Give one row per customer, as the shop's register has it."""
    groups = people["archetype"].map(content["archetypes"])
    n = len(people)
    return pd.DataFrame({
        "customer_id": people["customer_id"],
        "birth_year": people["birth_year"].astype("Int64"),
        "gender": np.where(people["woman"], "woman", "man"),
        "region": [str(rng.choice(content["regions"][language])) for language in people["language"]],
        "occupation": [str(rng.choice(g["occupations"])) for g in groups],
        "household": [str(rng.choice(list(g["household"]), p=list(g["household"].values()))) for g in groups],
        "income": [round(float(np.clip(rng.normal(*g["income"]), 9000, None)), 2) for g in groups],
        "joined_on": (AS_OF - pd.to_timedelta(rng.integers(366, 1500, n), unit="D")).strftime("%Y-%m-%d"),
        "marketing_ok": np.where(rng.random(n) < 0.94, "yes", "no"),
        "email": people["customer_id"].str.lower() + "@example.com",
        "phone": [f"+00 555 {number:05d}" for number in rng.permutation(100_000)[:n]],
    })  # fmt: skip


def simulate_orders(content: Content, people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Give one row per order of the last year; people buy mostly what their group buys."""
    categories = [group["orders"]["category"] for group in content["archetypes"].values()]
    rows: list[tuple[Any, ...]] = []
    for person in people.itertuples():
        wants = content["archetypes"][person.archetype]["orders"]
        for _ in range(rng.poisson(wants["mean"] * rng.gamma(4, 0.25))):
            category = wants["category"] if rng.random() < 0.72 else str(rng.choice(categories))
            product = str(rng.choice(content["texts"]["products"][category]["en"]))
            quantity = 1 + int(rng.poisson(0.3))
            amount = round(float(rng.lognormal(np.log(wants["amount"]), 0.45)) * quantity, 2)
            channel = "web" if rng.random() < wants["web"] else "store"
            discount = 0.2 if rng.random() < wants["discounted"] else 0.0
            when = AS_OF - pd.Timedelta(minutes=int(rng.integers(60, 365 * 24 * 60)))
            rows.append((person.customer_id, when, amount, quantity, product, category, channel, discount))
    table = pd.DataFrame(
        rows, columns=["customer_id", "ordered_at", "amount", "quantity", "product", "category", "channel", "discount"]
    )
    table = table.sort_values(["ordered_at", "customer_id"], ignore_index=True)
    table.insert(0, "order_id", [f"O{number:06d}" for number in range(1, len(table) + 1)])
    return table.astype({"quantity": "int64"})


def _likert(mean: float, own_level: float, rng: np.random.Generator, sd: float = 0.85) -> int:
    return int(np.clip(np.rint(rng.normal(mean + own_level, sd)), 1, 5))


def simulate_survey(content: Content, people: pd.DataFrame, n_survey: int, rng: np.random.Generator) -> pd.DataFrame:
    """Answers of those who took part; some groups answer more often than others."""
    chance = people["archetype"].map({name: group["response"] for name, group in content["archetypes"].items()}).to_numpy()
    chosen = np.sort(rng.choice(len(people), size=min(n_survey, len(people)), replace=False, p=chance / chance.sum()))
    rows = []
    for person in people.iloc[chosen].itertuples():
        group, own_level = content["archetypes"][person.archetype], rng.normal(0, 0.25)
        row: dict[str, Any] = {"customer_id": person.customer_id}
        row["answered_at"] = (AS_OF - pd.Timedelta(minutes=int(rng.integers(60, 60 * 24 * 60)))).strftime("%Y-%m-%d %H:%M:%S")
        row["seconds"] = int(rng.lognormal(np.log(260), 0.3))
        row["age"] = AS_OF.year - person.birth_year
        row["region"] = None
        for need, wordings in content["items"]["needs"].items():
            for number in range(1, len(wordings) + 1):
                row[f"need_{need}_{number}"] = _likert(group["needs"][need], own_level, rng)
        row |= {f"value_{value}": _likert(group["values"][value], own_level, rng) for value in content["items"]["values"]}
        row |= {
            f"likes_{name}": "yes" if rng.random() < group["interests"][name] else "no" for name in content["items"]["interests"]
        }
        row |= {f"uses_{name}": "yes" if rng.random() < group["media"][name] else "no" for name in content["items"]["media"]}
        row["recommend"] = int(np.clip(np.rint(rng.normal(*group["nps"])), 0, 10))
        row |= {f"csat_{phase}": _likert(group["csat"][phase], own_level, rng, sd=0.8) for phase in content["items"]["csat"]}
        said = content["texts"]["open_answers"][person.archetype][person.language]
        row["improve"] = None
        if rng.random() < 0.6:
            wording = str(rng.choice(said))
            row["improve"] = wording.format(**words_for(content, person.language, person.archetype, rng))
        rows.append(row)
    return pd.DataFrame(rows)
