"""Contacts of a simulated market: support tickets, mailings, mentions in social media, market figures and interviews."""

from __future__ import annotations

import numpy as np
import pandas as pd

from personakit.simulation_people import AS_OF, Content, words_for


def simulate_tickets(content: Content, people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Give one row per support contact: about a quarter of the people, mostly about what troubles their group."""
    texts = content["texts"]["tickets"]
    rows = []
    for person in people.sample(n=int(len(people) * 0.28), random_state=int(rng.integers(2**31))).sort_index().itertuples():
        topic = content["archetypes"][person.archetype]["ticket_topic"] if rng.random() < 0.5 else str(rng.choice(list(texts)))
        variant = int(rng.integers(3))
        pleased = variant in content["texts"]["pleased"].get(topic, ())
        rows.append({
            "customer_id": person.customer_id,
            "at": (AS_OF - pd.Timedelta(minutes=int(rng.integers(60, 365 * 24 * 60)))).strftime("%Y-%m-%d %H:%M:%S"),
            "channel": str(rng.choice(["chat", "email", "phone"], p=[0.5, 0.35, 0.15])),
            "topic": topic,
            "rating": int(np.clip(np.rint(rng.normal(4.4 if pleased else 2.0, 0.7)), 1, 5)),
            "text": texts[topic][person.language][variant].format(**words_for(content, person.language, person.archetype, rng)),
        })  # fmt: skip
    table = pd.DataFrame(rows).sort_values(["at", "customer_id"], ignore_index=True)
    table.insert(0, "ticket_id", [f"T{number:05d}" for number in range(1, len(table) + 1)])
    return table


def simulate_mailings(content: Content, people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Give one row per person and campaign; each campaign is meant for one group and works better there."""
    meant = {group["campaign"]: name for name, group in content["archetypes"].items()}
    rows = []
    for number, (campaign, meant_for) in enumerate(meant.items()):
        sent = (AS_OF - pd.Timedelta(days=300 - 60 * number)).strftime("%Y-%m-%d")
        for person in people[rng.random(len(people)) < 0.5].itertuples():
            fits = person.archetype == meant_for
            seen = rng.random() < 0.55
            clicked = seen and rng.random() < (0.30 if fits else 0.08)
            bought = clicked and rng.random() < (0.35 if fits else 0.12)
            rows.append((person.customer_id, campaign, sent, int(seen), int(clicked), int(bought), 0.12))
    return pd.DataFrame(rows, columns=["customer_id", "campaign", "sent_at", "seen", "clicked", "bought", "cost"])


def simulate_mentions(content: Content, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Give one row per post in social media, not linked to anybody."""
    rows = []
    for _ in range(n):
        language = str(rng.choice(list(content["languages"])))
        archetype = str(rng.choice(list(content["archetypes"])))
        text = str(rng.choice(content["texts"]["mentions"][language])).format(**words_for(content, language, archetype, rng))
        when = AS_OF - pd.Timedelta(minutes=int(rng.integers(60, 365 * 24 * 60)))
        rows.append(
            {
                "at": when.strftime("%Y-%m-%d %H:%M:%S"),
                "platform": str(rng.choice(["Instagram", "X", "forum"])),
                "text": text,
            }
        )
    return pd.DataFrame(rows).sort_values(["at", "text"], ignore_index=True)


def simulate_population(content: Content) -> pd.DataFrame:
    """Made-up market figures to compare the customers with."""
    rows = [
        (variable, value, share, "synthetic market figures", 2025)
        for variable, values in content["population"].items()
        for value, share in values.items()
    ]
    return pd.DataFrame(rows, columns=["variable", "value", "share", "source", "year"])


def simulate_interviews(content: Content, people: pd.DataFrame, rng: np.random.Generator) -> dict[str, str]:
    """Transcripts with people who answered the survey, as many from each group, with the customer named in the head."""
    texts = content["texts"]["interviews"]
    archetypes = list(content["archetypes"])
    transcripts: dict[str, str] = {}
    taken: set[str] = set()
    for number in range(1, content["interviews"] + 1):
        archetype = archetypes[number % len(archetypes)]
        pool = people[(people["archetype"] == archetype) & ~people["customer_id"].isin(taken)]
        if pool.empty:
            continue
        person = pool.iloc[int(rng.integers(len(pool)))]
        taken.add(person["customer_id"])
        words = words_for(content, person["language"], archetype, rng)
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
