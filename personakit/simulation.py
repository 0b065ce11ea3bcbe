"""Data with a known truth: synthetic web shops with planted customer groups and planted faults."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import yaml

from personakit.simulation_campaigns import add_contact_facts
from personakit.simulation_coding import code_interviews
from personakit.simulation_contacts import (
    simulate_interviews,
    simulate_mailings,
    simulate_mentions,
    simulate_population,
    simulate_tickets,
)
from personakit.simulation_content import market_content
from personakit.simulation_journeys import simulate_events
from personakit.simulation_people import AS_OF, simulate_customers, simulate_orders, simulate_people, simulate_survey
from personakit.simulation_perception import simulate_perception
from personakit.simulation_personal import SHARE_OF_TEXTS, add_personal_values
from personakit.voices import CODING_FOLDER
from personakit.voices_codebook import write_codebook
from personakit.voices_coding import Codings, write_codings


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
    codings : Codings or None
        Interviews coded by two readers; in the sports shop only.
    perception : pandas.DataFrame or None
        How nine colleagues filled in the form of perception.
    """

    tables: dict[str, pd.DataFrame]
    interviews: dict[str, str]
    truth: pd.DataFrame
    codings: Codings | None = None
    perception: pd.DataFrame | None = None

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
        if self.perception is not None:
            written.append(folder / "perception.csv")
            self.perception.to_csv(written[-1], index=False, lineterminator="\n", encoding="utf-8")
        for name, text in self.interviews.items():
            written.append(folder / "interviews" / name)
            written[-1].write_text(text, encoding="utf-8", newline="\n")
        if self.codings is None:
            return written
        written.append(write_codebook(self.codings.codebook, folder / CODING_FOLDER / "codebook.yaml"))
        return written + write_codings(self.codings.table, folder / CODING_FOLDER)


def simulate_shop(
    market: Literal["sports", "cosmetics"] = "sports", *, n_customers: int = 2400, n_survey: int = 800,
    random_state: int = 1, bottleneck: bool = True, faults: bool = True,
) -> SimulatedShop:  # fmt: skip
    """
    Simulate a shop: overlapping customer groups, nine sources, and faults of every common kind.

    Parameters
    ----------
    market : {"sports", "cosmetics"}
        The sports shop of the notebooks (five groups), or the cosmetics shop of the exercises (two groups).
    n_customers : int
        Customers in the register.
    n_survey : int
        Survey answers, about.
    random_state : int
        The same number gives the same data.
    bottleneck : bool
        Whether one group loses its cart at the checkout: busy parents, and people who look for quality, on the phone.
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
    content, rng = market_content(market), np.random.default_rng(random_state)
    people = simulate_people(content, n_customers, rng)
    tables = {
        "customers": simulate_customers(content, people, rng),
        "orders": simulate_orders(content, people, rng),
        "events": simulate_events(people, content, AS_OF, bottleneck=bottleneck, rng=rng),
        "survey": simulate_survey(content, people, n_survey, rng),
        "tickets": simulate_tickets(content, people, rng),
        "campaigns": simulate_mailings(content, people, rng),
        "mentions": simulate_mentions(content, max(n_customers // 8, 12), rng),
        "population": simulate_population(content),
    }
    # campaign channels and solved tickets come from a source of chance of their own, so that they change nothing else
    answers = {name: group["answers"] for name, group in content["archetypes"].items()}
    archetypes = people.set_index("customer_id")["archetype"]
    add_contact_facts(tables, archetypes, answers, np.random.default_rng([random_state, 3]))
    regions = tables["customers"].set_index("customer_id")["region"]
    tables["survey"]["region"] = tables["survey"]["customer_id"].map(regions)
    answered = people["customer_id"].isin(tables["survey"]["customer_id"])
    interviews = simulate_interviews(content, people[answered], rng)
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
        narrow = content["bottleneck"]
        truth.append(pd.DataFrame([{"kind": "bottleneck", "source": "events", "key": narrow["group"], "column": narrow["device"],
                                    "value": narrow["touchpoint"]}]))  # fmt: skip
    if faults:
        from personakit.simulation_faults import plant_faults

        tables, planted = plant_faults(tables, AS_OF, rng)
        truth.append(planted)
    planted_facts = pd.concat(truth)[["kind", "source", "key", "column", "value"]].reset_index(drop=True)
    perception = simulate_perception(np.random.default_rng([random_state, 4]))
    codings = None
    if market == "sports":
        codings = code_interviews(interviews, archetypes, _codes(), np.random.default_rng([random_state, 2]))
    return SimulatedShop(tables, interviews, planted_facts, codings, perception)


@cache
def _codes() -> dict[str, Any]:
    """Codes of the sports shop's interviews, and which answers carry them."""
    found: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "simulation_codes.yaml").read_text(encoding="utf-8"))
    return found
