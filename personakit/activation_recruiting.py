"""Step 10, recruiting: how many people of each persona to talk to, and whom to call."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from personakit.activation_audiences import Audiences
from personakit.errors import DataError
from personakit.handoffs import Parts

QUOTA_COLUMNS = ["segment", "persona", "people", "to_call", "available", "short"]
CALL_COLUMNS = ["segment", "persona", "customer_id", "place", "certainty", "borderline_with", "order"]
#: People for each persona when there is one, when there are two, and when there are more.
PEOPLE = (5, 4, 3)
#: Of those who are called, about one in three comes.
_CALLS_PER_PERSON = 3
_EDGE_SHARE, _EDGE_QUARTER, _CORE_QUARTER = 1 / 3, 0.25, 0.75
CORE, EDGE, BETWEEN = "core", "edge", "between"


@dataclass(frozen=True, eq=False, repr=False)
class RecruitingPlan:
    """
    Whom to invite to a test or a conversation.

    Attributes
    ----------
    quotas : pandas.DataFrame
        One row per persona: ``people`` (to talk to), ``to_call`` (people on the call list), ``available`` (people who agreed to
        be written to; missing when too few to tell), ``short`` (whether the list is shorter than it should be).
    calls : pandas.DataFrame
        One row per person to call: ``customer_id``, ``place`` ("core": clearly this persona; "edge": could as well be another;
        "between"), ``certainty``, ``borderline_with``, ``order`` in which to call.
    """

    quotas: pd.DataFrame
    calls: pd.DataFrame

    def renamed(self, names: dict[str, str]) -> RecruitingPlan:
        """Take over other names of the personas, by the names they have."""
        return RecruitingPlan(self.quotas.replace({"persona": names}),
                              self.calls.replace({"persona": names, "borderline_with": names}))  # fmt: skip

    def parts(self) -> Parts:
        """Split into what is written to files."""
        return {"quotas": self.quotas, "calls": self.calls}

    @classmethod
    def from_parts(cls, parts: Parts) -> RecruitingPlan:
        """Put together what was read from files."""
        return cls(parts["quotas"], parts["calls"])

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def plan_recruiting(
    audiences: Audiences, *, people: int | None = None, calls_per_person: int = _CALLS_PER_PERSON, random_state: int = 1
) -> RecruitingPlan:
    """
    Plan whom to invite: two thirds clearly of the persona, a third at its edge, where a design fails first.

    Parameters
    ----------
    audiences : Audiences
        Everybody's persona, and who agreed to be written to.
    people : int, optional
        People for each persona; without it five for one persona, four each for two, three each for more.
    calls_per_person : int
        People to call for one who comes.
    random_state : int
        Seed: people are drawn, so that the call list is no list of favourites.

    Returns
    -------
    RecruitingPlan
        Quotas and call list.

    Raises
    ------
    DataError
        If a number is below one.

    References
    ----------
    Nielsen, J., & Landauer, T. K. (1993). A mathematical model of the finding of usability problems. INTERCHI '93, 206-213.
    """
    if (people is not None and people < 1) or calls_per_person < 1:
        raise DataError([f"people {people}, calls_per_person {calls_per_person}: both have to be at least 1"])
    personas = audiences.lists.drop_duplicates("segment")[["segment", "persona"]]
    people = people or PEOPLE[min(len(personas), len(PEOPLE)) - 1]
    rng = np.random.default_rng(random_state)
    quotas, calls = [], []
    for segment, persona in personas.itertuples(index=False):
        own = audiences.of(segment).sort_index()
        wanted = people * calls_per_person
        chosen = _drawn(own, wanted, rng)
        available = len(own) if len(own) >= audiences.min_cell else None
        quotas.append((segment, persona, people, len(chosen), available, len(chosen) < wanted))
        calls += [(segment, persona, row.Index, row.place, row.certainty, row.borderline_with, order)
                  for order, row in enumerate(chosen.itertuples(), start=1)]  # fmt: skip
    return RecruitingPlan(pd.DataFrame(quotas, columns=QUOTA_COLUMNS).astype({"available": "Int64"}),
                          pd.DataFrame(calls, columns=CALL_COLUMNS))  # fmt: skip


def _drawn(own: pd.DataFrame, wanted: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw from the core and from the edge; what one of them lacks comes from the others."""
    if own.empty:
        return own.assign(place=pd.Series(dtype="str"))
    shuffled = rng.permutation(len(own))
    rank = np.empty(len(own))
    rank[shuffled[np.argsort(own["certainty"].to_numpy()[shuffled], kind="stable")]] = (np.arange(len(own)) + 0.5) / len(own)
    edge = own["borderline_with"].notna().to_numpy() | (rank <= _EDGE_QUARTER)
    core = (rank >= _CORE_QUARTER) & ~edge
    place = np.where(edge, EDGE, np.where(core, CORE, BETWEEN))
    at_edge = round(wanted * _EDGE_SHARE)
    picked = [*shuffled[edge[shuffled]][:at_edge], *shuffled[core[shuffled]][: wanted - at_edge]]
    rest = [i for i in shuffled if i not in set(picked)]
    picked += sorted(rest, key=lambda i: place[i] == EDGE)[: max(wanted - len(picked), 0)]
    mixed = rng.permutation(picked)  # core and edge are called in turn, as they come
    return own.iloc[mixed].assign(place=place[mixed])
