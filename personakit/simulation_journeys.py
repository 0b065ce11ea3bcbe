"""Web and store events of the simulated shop, one path through the journey phases at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

#: How likely a customer goes on from a phase to the next one; the planted bottleneck replaces one of them.
GO_ON = {"awareness": 0.85, "consideration": 0.72, "decision": 0.84, "action": 0.60}
BOTTLENECK_GO_ON = 0.38
#: Where a touchpoint happens, when it is not the web site.
CHANNELS = {"advice": "chat", "support": "phone", "delivery": "parcel", "newsletter": "email", "store_visit": "store"}


def simulate_events(
    people: pd.DataFrame, content: dict[str, Any], as_of: pd.Timestamp, *, bottleneck: bool, rng: np.random.Generator
) -> pd.DataFrame:
    """
    Simulate one to four journeys per person over the last year, and visitors who never became customers.

    Parameters
    ----------
    people : pandas.DataFrame
        One row per person: ``customer_id``, ``archetype``, ``mobile``.
    content : dict
        What the market is made of: phases with their touchpoints, and where the bottleneck is.
    as_of : pandas.Timestamp
        Nothing happens after it.
    bottleneck : bool
        Whether one group on one kind of device seldom gets from the checkout to the payment.
    rng : numpy.random.Generator
        The source of chance.

    Returns
    -------
    pandas.DataFrame
        One row per event: ``event_id``, ``customer_id``, ``at``, ``touchpoint``, ``channel``, ``device``.
    """
    narrow = content["bottleneck"]
    rows: list[tuple[Any, ...]] = []
    for person in people.itertuples():
        favourites = content["archetypes"][person.archetype]["touchpoints"]
        for _ in range(1 + int(rng.integers(0, 3))):
            mobile = person.mobile if rng.random() < 0.8 else not person.mobile
            stuck = bottleneck and person.archetype == narrow["group"] and mobile == (narrow["device"] == "mobile")
            rows += _journey(person.customer_id, content["phases"], favourites, as_of, mobile=mobile, stuck=stuck, rng=rng)
    for number in range(len(people) // 12):
        phases = {phase: content["phases"][phase] for phase in ("awareness", "consideration")}
        rows += _journey(f"V{number:05d}", phases, {}, as_of, mobile=bool(rng.random() < 0.5), stuck=False, rng=rng)
    table = pd.DataFrame(rows, columns=["customer_id", "at", "touchpoint", "channel", "device"])
    table = table.sort_values(["at", "customer_id", "touchpoint"], ignore_index=True, kind="stable")
    table.insert(0, "event_id", [f"E{number:07d}" for number in range(1, len(table) + 1)])
    return table


def _journey(  # noqa: PLR0913  one journey has this many sides
    who: str, phases: dict[str, list[str]], favourites: dict[str, float], as_of: pd.Timestamp,
    *, mobile: bool, stuck: bool, rng: np.random.Generator,
) -> list[tuple[Any, ...]]:  # fmt: skip
    """Walk one person through the phases until they stop."""
    when = as_of - pd.Timedelta(seconds=int(rng.integers(20 * 86_400, 365 * 86_400)))
    device = "mobile" if mobile else "desktop"
    rows = []
    for phase, touchpoints in phases.items():
        weights = np.array([favourites.get(touchpoint, 1.0) for touchpoint in touchpoints])
        n_touches = 1 + int(rng.poisson(1.6 if phase == "consideration" else 0.5))
        chosen = [touchpoints[i] for i in np.sort(rng.choice(len(touchpoints), n_touches, p=weights / weights.sum()))]
        if phase == "decision":
            chosen = ["cart", *(["checkout"] * (2 if stuck else 1))]
        if phase == "action":
            chosen = ["payment", "delivery"]
        for touchpoint in chosen:
            channel = CHANNELS.get(touchpoint, "web")
            rows.append((who, when, touchpoint, channel, None if channel == "store" else device))
            when += pd.Timedelta(seconds=int(rng.exponential(150)) + 5)
        if phase not in GO_ON or rng.random() > (BOTTLENECK_GO_ON if stuck and phase == "decision" else GO_ON[phase]):
            break
        wait_days = {"awareness": 0.6, "consideration": 1.5, "decision": 0.01, "action": 6.0}[phase]
        when += pd.Timedelta(seconds=int(rng.exponential(wait_days * 86_400)))
        if when >= as_of:
            break
    return rows
