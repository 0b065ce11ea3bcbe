"""Data with a known truth: a synthetic Nordic sports shop with planted customer groups and planted faults."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from personakit.simulation_campaigns import add_contact_facts
from personakit.simulation_coding import code_interviews
from personakit.simulation_journeys import simulate_events
from personakit.simulation_perception import simulate_perception
from personakit.simulation_personal import SHARE_OF_TEXTS, add_personal_values
from personakit.voices import CODING_FOLDER
from personakit.voices_codebook import write_codebook
from personakit.voices_coding import Codings, write_codings

AS_OF = pd.Timestamp("2026-06-30")
LANGUAGES = ("nb", "fi", "en")
REGIONS = {
    "nb": ["Oslo", "Bergen", "Trondheim"],
    "fi": ["Helsinki", "Tampere", "Oulu"],
    "en": ["Oslo", "Helsinki", "Tampere"],
}
CAMPAIGNS = {"spring_running": "endurance_runner", "team_discount": "team_player", "calm_autumn": "yoga_practitioner",
             "expert_evening": "fitness_enthusiast", "back_to_school": "busy_parent"}  # fmt: skip
TICKET_TOPICS = {"endurance_runner": "product_page", "team_player": "delivery", "yoga_practitioner": "product_page",
                 "fitness_enthusiast": "return", "busy_parent": "checkout"}  # fmt: skip


@cache
def _content(name: str) -> dict[str, Any]:
    return yaml.safe_load((Path(__file__).parent / f"simulation_{name}.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True, eq=False, repr=False)
class SimulatedShop:
    """
    The simulated sources and what was planted in them.

    Attributes
    ----------
    tables : dict of str to pandas.DataFrame
        One table per source role, except interviews.
    interviews : dict of str to str
        File name to transcript.
    truth : pandas.DataFrame
        One row per planted fact: ``kind``, ``source``, ``key``, ``column``, ``value`` (what is really so).
    codings : Codings
        Interviews coded by two readers.
    perception : pandas.DataFrame
        How nine colleagues filled in the form of perception.
    """

    tables: dict[str, pd.DataFrame]
    interviews: dict[str, str]
    truth: pd.DataFrame
    codings: Codings
    perception: pd.DataFrame

    def write(self, folder: str | Path) -> list[Path]:
        """
        Write every source as a file of the kind such a shop would have.

        ``customers.csv`` comes as an old system exports it: semicolons, decimal commas, Windows encoding.

        Returns
        -------
        list of Path
            The written files.
        """
        folder = Path(folder)
        (folder / "interviews").mkdir(parents=True, exist_ok=True)
        written = []
        for role, table in {**self.tables, "truth": self.truth}.items():
            if role in {"orders", "events", "truth"}:
                written.append(folder / f"{role}.parquet")
                table.to_parquet(written[-1], index=False, compression="zstd")
                continue
            written.append(folder / f"{role}.csv")
            old_system = {"sep": ";", "decimal": ",", "encoding": "cp1252"} if role == "customers" else {"encoding": "utf-8"}
            table.to_csv(written[-1], index=False, lineterminator="\n", **old_system)
        written.append(folder / "perception.csv")
        self.perception.to_csv(written[-1], index=False, lineterminator="\n", encoding="utf-8")
        for name, text in self.interviews.items():
            written.append(folder / "interviews" / name)
            written[-1].write_text(text, encoding="utf-8", newline="\n")
        written.append(write_codebook(self.codings.codebook, folder / CODING_FOLDER / "codebook.yaml"))
        return written + write_codings(self.codings.table, folder / CODING_FOLDER)


def simulate_shop(
    *, n_customers: int = 2400, n_survey: int = 800, random_state: int = 1, bottleneck: bool = True, faults: bool = True
) -> SimulatedShop:
    """
    Simulate the sports shop: five overlapping customer groups, nine sources, and faults of every common kind.

    Parameters
    ----------
    n_customers : int
        Customers in the register.
    n_survey : int
        Survey answers, about.
    random_state : int
        The same number gives the same data.
    bottleneck : bool
        Whether busy parents lose their cart at the mobile checkout.
    faults : bool
        Whether faults (duplicates, conflicts, impossible values, careless answers, bots …) are planted.

    Returns
    -------
    SimulatedShop
        Sources, transcripts and the truth about them.

    Examples
    --------
    >>> shop = simulate_shop(n_customers=100, n_survey=40, random_state=3)
    >>> int((shop.truth["kind"] == "archetype").sum())
    100
    """
    rng = np.random.default_rng(random_state)
    people = _people(n_customers, rng)
    tables = {
        "customers": _customers(people, rng),
        "orders": _orders(people, rng),
        "events": simulate_events(people, _content("archetypes"), AS_OF, bottleneck=bottleneck, rng=rng),
        "survey": _survey(people, n_survey, rng),
        "tickets": _tickets(people, rng),
        "campaigns": _campaigns(people, rng),
        "mentions": _mentions(max(n_customers // 8, 12), rng),
        "population": _population(),
    }
    # campaign channels and solved tickets come from a source of chance of their own, so that they change nothing else
    add_contact_facts(tables, people.set_index("customer_id")["archetype"], np.random.default_rng([random_state, 3]))
    regions = tables["customers"].set_index("customer_id")["region"]
    tables["survey"]["region"] = tables["survey"]["customer_id"].map(regions)
    interviews = _interviews(people[people["customer_id"].isin(tables["survey"]["customer_id"])], rng)
    # personal values come from a source of chance of their own, so that they change nothing else
    own_rng = np.random.default_rng([random_state, 1])
    languages = people.set_index("customer_id")["language"]
    tables, interviews, personal = add_personal_values(
        tables, interviews, languages, own_rng, share=SHARE_OF_TEXTS if faults else 0.0
    )
    truth = [
        *([personal] if faults else []),
        people[["customer_id", "archetype"]]
        .set_axis(["key", "value"], axis=1)
        .assign(kind="archetype", source="customers", column=""),
    ]
    if bottleneck:
        truth.append(
            pd.DataFrame(
                [
                    {
                        "kind": "bottleneck",
                        "source": "events",
                        "key": "busy_parent",
                        "column": "mobile",
                        "value": "checkout",
                    }
                ]
            )
        )
    if faults:
        from personakit.simulation_faults import plant_faults

        tables, planted = plant_faults(tables, AS_OF, rng)
        truth.append(planted)
    codings = code_interviews(interviews, people.set_index("customer_id")["archetype"], _content("codes"),
                              np.random.default_rng([random_state, 2]))  # fmt: skip
    planted_facts = pd.concat(truth)[["kind", "source", "key", "column", "value"]].reset_index(drop=True)
    perception = simulate_perception(np.random.default_rng([random_state, 4]))
    return SimulatedShop(tables, interviews, planted_facts, codings, perception)


def _people(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """One row per person: who they are and which group they come from."""
    groups = _content("archetypes")["archetypes"]
    names = list(groups)
    shares = np.array([groups[name]["share"] for name in names])
    counts = np.floor(shares * n).astype(int)
    counts[0] += n - counts.sum()
    people = pd.DataFrame({"archetype": rng.permutation(np.repeat(names, counts))})
    people.insert(0, "customer_id", [f"C{number:05d}" for number in range(1, n + 1)])
    people["language"] = rng.choice(LANGUAGES, n, p=[0.45, 0.45, 0.10])
    own = people["archetype"].map(groups)
    people["birth_year"] = [int(np.clip(rng.normal(*g["birth_year"]), 1945, 2010)) for g in own]
    people["woman"] = [rng.random() < g["women"] for g in own]
    people["mobile"] = [rng.random() < g["mobile"] for g in own]
    return people


def _words(language: str, archetype: str, rng: np.random.Generator) -> dict[str, Any]:
    category = _content("archetypes")["archetypes"][archetype]["orders"]["category"]
    products = _content("texts")["products"][category][language]
    return {"product": str(rng.choice(products)), "days": int(rng.integers(2, 12))}


def _customers(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    groups = people["archetype"].map(_content("archetypes")["archetypes"])
    n = len(people)
    return pd.DataFrame({
        "customer_id": people["customer_id"],
        "birth_year": people["birth_year"].astype("Int64"),
        "gender": np.where(people["woman"], "woman", "man"),
        "region": [str(rng.choice(REGIONS[language])) for language in people["language"]],
        "occupation": [str(rng.choice(g["occupations"])) for g in groups],
        "household": [str(rng.choice(list(g["household"]), p=list(g["household"].values()))) for g in groups],
        "income": [round(float(np.clip(rng.normal(*g["income"]), 9000, None)), 2) for g in groups],
        "joined_on": (AS_OF - pd.to_timedelta(rng.integers(366, 1500, n), unit="D")).strftime("%Y-%m-%d"),
        "marketing_ok": np.where(rng.random(n) < 0.94, "yes", "no"),
        "email": people["customer_id"].str.lower() + "@example.com",
        "phone": [f"+00 555 {number:05d}" for number in rng.permutation(100_000)[:n]],
    })  # fmt: skip


def _orders(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    categories = ["running", "team", "yoga", "gym", "family"]
    rows: list[tuple[Any, ...]] = []
    for person in people.itertuples():
        wants = _content("archetypes")["archetypes"][person.archetype]["orders"]
        for _ in range(rng.poisson(wants["mean"] * rng.gamma(4, 0.25))):
            category = wants["category"] if rng.random() < 0.72 else str(rng.choice(categories))
            product = str(rng.choice(_content("texts")["products"][category]["en"]))
            quantity = 1 + int(rng.poisson(0.3))
            amount = round(float(rng.lognormal(np.log(wants["amount"]), 0.45)) * quantity, 2)
            channel = "web" if rng.random() < wants["web"] else "store"
            discount = 0.2 if rng.random() < (0.55 if person.archetype == "team_player" else 0.15) else 0.0
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


def _survey(people: pd.DataFrame, n_survey: int, rng: np.random.Generator) -> pd.DataFrame:
    """Answers of those who took part; runners and fitness people answer more often than others."""
    content = _content("archetypes")
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
        said = _content("texts")["open_answers"][person.archetype][person.language]
        row["improve"] = (
            str(rng.choice(said)).format(**_words(person.language, person.archetype, rng)) if rng.random() < 0.6 else None
        )
        rows.append(row)
    return pd.DataFrame(rows)


def _tickets(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    texts = _content("texts")["tickets"]
    rows = []
    for person in people.sample(n=int(len(people) * 0.28), random_state=int(rng.integers(2**31))).sort_index().itertuples():
        topic = TICKET_TOPICS[person.archetype] if rng.random() < 0.5 else str(rng.choice(list(texts)))
        variant = int(rng.integers(3))
        pleased = (topic, variant) in {
            ("delivery", 1),
            ("return", 2),
            ("product_page", 2),
            ("advice", 0),
            ("advice", 2),
        }
        rows.append({
            "customer_id": person.customer_id,
            "at": (AS_OF - pd.Timedelta(minutes=int(rng.integers(60, 365 * 24 * 60)))).strftime("%Y-%m-%d %H:%M:%S"),
            "channel": str(rng.choice(["chat", "email", "phone"], p=[0.5, 0.35, 0.15])),
            "topic": topic,
            "rating": int(np.clip(np.rint(rng.normal(4.4 if pleased else 2.0, 0.7)), 1, 5)),
            "text": texts[topic][person.language][variant].format(**_words(person.language, person.archetype, rng)),
        })  # fmt: skip
    table = pd.DataFrame(rows).sort_values(["at", "customer_id"], ignore_index=True)
    table.insert(0, "ticket_id", [f"T{number:05d}" for number in range(1, len(table) + 1)])
    return table


def _campaigns(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for number, (campaign, meant_for) in enumerate(CAMPAIGNS.items()):
        sent = (AS_OF - pd.Timedelta(days=300 - 60 * number)).strftime("%Y-%m-%d")
        for person in people[rng.random(len(people)) < 0.5].itertuples():
            fits = person.archetype == meant_for
            seen = rng.random() < 0.55
            clicked = seen and rng.random() < (0.30 if fits else 0.08)
            bought = clicked and rng.random() < (0.35 if fits else 0.12)
            rows.append((person.customer_id, campaign, sent, int(seen), int(clicked), int(bought), 0.12))
    return pd.DataFrame(rows, columns=["customer_id", "campaign", "sent_at", "seen", "clicked", "bought", "cost"])


def _mentions(n: int, rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for _ in range(n):
        language = str(rng.choice(LANGUAGES))
        archetype = str(rng.choice(list(TICKET_TOPICS)))
        text = str(rng.choice(_content("texts")["mentions"][language])).format(**_words(language, archetype, rng))
        when = AS_OF - pd.Timedelta(minutes=int(rng.integers(60, 365 * 24 * 60)))
        rows.append(
            {
                "at": when.strftime("%Y-%m-%d %H:%M:%S"),
                "platform": str(rng.choice(["Instagram", "X", "forum"])),
                "text": text,
            }
        )
    return pd.DataFrame(rows).sort_values(["at", "text"], ignore_index=True)


def _population() -> pd.DataFrame:
    """Made-up market figures to compare the customers with."""
    shares = {
        "gender": {"woman": 0.50, "man": 0.50},
        "region": {"Oslo": 0.25, "Bergen": 0.13, "Trondheim": 0.10, "Helsinki": 0.27, "Tampere": 0.14, "Oulu": 0.11},
    }
    rows = [
        (variable, value, share, "synthetic market figures", 2025)
        for variable, values in shares.items()
        for value, share in values.items()
    ]
    return pd.DataFrame(rows, columns=["variable", "value", "share", "source", "year"])


def _interviews(people: pd.DataFrame, rng: np.random.Generator, n: int = 24) -> dict[str, str]:
    """Transcripts with people who answered the survey, as many from each group, with the customer named in the head."""
    texts = _content("texts")["interviews"]
    archetypes = list(_content("archetypes")["archetypes"])
    transcripts: dict[str, str] = {}
    taken: set[str] = set()
    for number in range(1, n + 1):
        archetype = archetypes[number % len(archetypes)]
        pool = people[(people["archetype"] == archetype) & ~people["customer_id"].isin(taken)]
        if pool.empty:
            continue
        person = pool.iloc[int(rng.integers(len(pool)))]
        taken.add(person["customer_id"])
        words = _words(person["language"], archetype, rng)
        date = (AS_OF - pd.Timedelta(days=int(rng.integers(20, 90)))).date()
        lines = [
            f"customer_id: {person['customer_id']}",
            f"interviewed_on: {date}",
            f"language: {person['language']}",
            "",
        ]
        for question, answer in zip(texts["questions"][person["language"]], texts[archetype][person["language"]], strict=True):
            lines += [f"Interviewer: {question}", f"Customer: {answer.format(**words)}", ""]
        transcripts[f"interview_{number:02d}.txt"] = "\n".join(lines)
    return transcripts
