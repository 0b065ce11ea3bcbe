"""Step 01, the collection plan: what is known for the study's question, by which source, how well, and what is missing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import ibis
import pandas as pd

from personakit.collection import Sources
from personakit.errors import PersonakitError
from personakit.handoffs import Parts
from personakit.roles import TIME_COLUMN
from personakit.study_parts import ABOUT_BY_NAME, Items

PLAN_COLUMNS = ["topic", "asks", "status", "source", "rests_on", "rows", "customers", "share_of_customers", "linked_share",
                "from", "to", "best_source", "still_needed", "why"]  # fmt: skip
#: A topic is known when this many people have it, or this share of all customers; below it is known in part.
ENOUGH_PEOPLE, ENOUGH_SHARE = 100, 0.3
#: Conversations per segment after which little new comes up (Hennink and Kaiser 2022: 9 to 17).
INTERVIEWS_PER_SEGMENT = 12
_Z = 1.959963984540054


@dataclass(frozen=True)
class _Topic:
    """A thing a persona or a journey map says, and where it can be known from."""

    asks: str
    columns: tuple[tuple[str, str], ...] = ()
    about: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    phases: bool = False
    best: str = "survey"


_TOPICS: dict[str, _Topic] = {
    "age": _Topic("How old are they?", (("customers", "age"), ("customers", "birth_year"), ("survey", "age")), best="customers"),
    "gender": _Topic("Who are they by gender?", (("customers", "gender"), ("survey", "gender")), best="customers"),
    "place": _Topic("Where do they live?", (("customers", "region"), ("survey", "region")), best="customers"),
    "occupation": _Topic("What do they do for a living?", (("customers", "occupation"), ("survey", "occupation"))),
    "household": _Topic("Whom do they live with?", (("customers", "household"), ("survey", "household"))),
    "income": _Topic("What do they earn?", (("customers", "income"), ("survey", "income"))),
    "needs": _Topic("What do they need from us?", about=("need",)),
    "values and goals": _Topic("What do they value and want to reach?", about=("value", "goal")),
    "frustrations": _Topic("What gets in their way?", (("tickets", "text"),), about=("frustration",)),
    "interests": _Topic("What do they like to do?", about=("interest",)),
    "media": _Topic("What do they read, hear and watch?", about=("media",)),
    "satisfaction": _Topic("How satisfied are they?", (("tickets", "rating"),), kinds=("nps", "csat", "effort")),
    "feelings along the journey": _Topic("How does each phase of the journey feel?", phases=True),
    "reasons": _Topic("Why, in their own words?", (("interviews", "text"),), kinds=("text",), best="interviews"),
    "purchases": _Topic("What do they buy, how often, for how much?", (("orders", "amount"),), best="orders"),
    "journey": _Topic("What do they do before and after they buy?", (("events", "touchpoint"),), best="events"),
    "devices": _Topic("Which devices do they use?", (("events", "device"),), best="events"),
    "channels": _Topic("Through which channels do they come?", (("orders", "channel"), ("events", "channel")), best="events"),
    "problems": _Topic("Where does it go wrong?", (("tickets", "text"), ("tickets", "topic")), best="tickets"),
    "campaigns": _Topic("What do they react to?", (("campaigns", "clicked"), ("campaigns", "seen")), best="campaigns"),
    "public talk": _Topic("What is said in public?", (("mentions", "text"),), best="mentions"),
    "market": _Topic("How do they compare with the market?", (("population", "share"),), best="population"),
}  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class CollectionPlan:
    """
    What is known and what is missing.

    Attributes
    ----------
    question : str
        The study's question.
    table : pandas.DataFrame
        One row per topic: ``topic``, ``asks`` (in plain words), ``status`` (known, in part, missing), ``source`` and
        ``rests_on`` (columns), ``rows`` and ``customers`` with a value (of the source that has most), ``share_of_customers``
        (of the register), ``linked_share`` (share of the source's ids that stand in the register), ``from`` and ``to`` (days),
        ``best_source`` for what is missing, ``still_needed`` (people to ask or to talk to), ``why`` (how that number comes
        about).
    """

    question: str
    table: pd.DataFrame

    @property
    def gaps(self) -> pd.DataFrame:
        """What is missing, or known only in part."""
        return self.table[self.table["status"] != "known"]

    def parts(self) -> Parts:
        """Split into what is written to files."""
        return {"plan": self.table}

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def plan_collection(
    sources: Sources, *, margin: float = 0.10, smallest_segment: float = 0.10, n_segments: int = 5
) -> CollectionPlan:
    """
    Say for everything that a persona tells whether it is known, and how to find out what is not.

    Parameters
    ----------
    sources : Sources
        The opened sources.
    margin : float
        How exactly shares have to be known in the smallest segment: half the width of the 95 % interval.
    smallest_segment : float
        Share of the customers in the smallest segment that is of interest.
    n_segments : int
        How many segments are expected; people to talk to are counted per segment.

    Returns
    -------
    CollectionPlan
        One row per topic. For a survey, ``still_needed`` is the number of answers that gives the margin in the smallest
        segment; whether segments can be found at all is another question (``plan_sample``).

    Raises
    ------
    PersonakitError
        If margin or smallest_segment are no shares between 0 and 1.

    References
    ----------
    Hennink, M., & Kaiser, B. N. (2022). Sample sizes for saturation in qualitative research. Social Science & Medicine,
    292, 114523.
    """
    for name, value in (("margin", margin), ("smallest_segment", smallest_segment)):
        if not 0 < value < 1:
            raise PersonakitError(f"{name}: found {value:g}; allowed is a share between 0 and 1, such as 0.1")
    answers = answers_needed(margin=margin, smallest_segment=smallest_segment)
    linked = sources.overview()["linked_share"].to_dict()
    everyone = _count(sources, "customers", None)[0] if "customers" in sources else None
    rows = []
    for topic, wanted in _TOPICS.items():
        found = _found(sources, wanted)
        people = max((entry["customers"] or entry["rows"] for entry in found), default=0)
        known = people >= ENOUGH_PEOPLE or (everyone is not None and people >= ENOUGH_SHARE * everyone)
        if topic == "reasons" and found:
            known = people >= INTERVIEWS_PER_SEGMENT * n_segments
        if topic == "market" and found:
            known = True
        status = "missing" if not found else "known" if known else "in part"
        entry: dict[str, Any] = {"topic": topic, "asks": wanted.asks, "status": status,
                 "source": ", ".join(dict.fromkeys(e["source"] for e in found)),
                 "rests_on": ", ".join(e["column"] for e in found), "customers": max((e["customers"] for e in found), default=0),
                 "rows": max((e["rows"] for e in found), default=0), "share_of_customers": None,
                 "linked_share": next((linked[e["source"]] for e in found if linked.get(e["source"]) is not None), None),
                 "from": min((e["from"] for e in found if e["from"]), default=None),
                 "to": max((e["to"] for e in found if e["to"]), default=None)}  # fmt: skip
        if everyone and entry["customers"]:
            entry["share_of_customers"] = min(entry["customers"] / everyone, 1.0)
        rows.append(entry | _advice(wanted.best, status, people, answers, n_segments, (margin, smallest_segment)))
    return CollectionPlan(sources.study.question, pd.DataFrame(rows, columns=PLAN_COLUMNS))


def answers_needed(*, margin: float, smallest_segment: float) -> int:
    """
    Answers that a survey needs so that a share of one half is known to a margin in the smallest segment, at 95 %.

    Examples
    --------
    >>> answers_needed(margin=0.1, smallest_segment=0.1)
    970
    """
    return 10 * math.ceil(math.ceil(_Z**2 * 0.25 / margin**2) / smallest_segment / 10)


def _advice(best: str, status: str, people: int, answers: int, n_segments: int, aims: tuple[float, float]) -> dict[str, Any]:
    """The best source for a gap, and how many people it takes."""
    if status == "known":
        return {"best_source": "", "still_needed": None, "why": ""}
    if best == "interviews":
        wanted = INTERVIEWS_PER_SEGMENT * n_segments
        return {"best_source": best, "still_needed": max(wanted - people, 0),
                "why": f"{INTERVIEWS_PER_SEGMENT} conversations in each of {n_segments} segments"}  # fmt: skip
    if best == "survey":
        margin, smallest = aims
        return {"best_source": best, "still_needed": max(answers - people, 0),
                "why": f"shares to ±{margin:.0%} in a segment of {smallest:.0%} of the customers"}  # fmt: skip
    return {"best_source": best, "still_needed": None, "why": "an export of what is already recorded; nobody has to be asked"}


def _found(sources: Sources, wanted: _Topic) -> list[dict[str, Any]]:
    """Where a topic is known from: source, columns, people and period."""
    found = []
    for role, column in wanted.columns:
        if role in sources and column in sources.columns(role):
            found.append(_entry(sources, role, [column]))
    if "survey" in sources:
        blocks = sources.study.sources["survey"].items
        for name, block in blocks.items():
            if _fits(name, block, wanted):
                found.append(_entry(sources, "survey", list(block.columns)))
    return [entry for entry in found if entry["rows"]]


def _fits(name: str, block: Items, wanted: _Topic) -> bool:
    about: str = block.about or ABOUT_BY_NAME.get(name) or ""
    return about in wanted.about or (block.kind in wanted.kinds) or (wanted.phases and bool(block.phases))


def _entry(sources: Sources, role: str, columns: list[str]) -> dict[str, Any]:
    people, rows, first, last = _count(sources, role, columns)
    shown = columns if len(columns) <= 3 else [*columns[:2], f"… ({len(columns)} columns)"]
    named = ", ".join(f"{role}.{c}" if not c.startswith("…") else c for c in shown)
    return {"source": role, "column": named, "customers": people,
            "rows": rows, "from": first, "to": last}  # fmt: skip


def _count(sources: Sources, role: str, columns: list[str] | None) -> tuple[int, int, str | None, str | None]:
    """People and rows with a value in any of the columns, and the period they are from."""
    table = sources[role]
    if columns:
        known = table[columns[0]].notnull()
        for column in columns[1:]:
            known |= table[column].notnull()
        table = table.filter(known)
    time = TIME_COLUMN.get(role, "")
    wanted: dict[str, Any] = {"rows": table.count(), "people": ibis.literal(0)}
    if "customer_id" in table.columns:
        wanted["people"] = table.customer_id.nunique()
    if time in table.columns and role != "customers":
        wanted |= {"first": table[time].min(), "last": table[time].max()}
    row = table.aggregate(**wanted).to_pandas().iloc[0]
    first, last = (None if pd.isna(row.get(name)) else str(pd.Timestamp(row[name]).date()) for name in ("first", "last"))
    return int(row["people"]), int(row["rows"]), first, last
