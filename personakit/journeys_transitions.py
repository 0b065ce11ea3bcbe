"""Step 09, from touchpoint to touchpoint: how often, how fast, where people turn round, and what the log looked like."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import ibis
import numpy as np
import pandas as pd

from personakit.collection import Sources
from personakit.evidence_measures import wilson
from personakit.features_builder import until_the_day
from personakit.journeys_log import one_sort_is_right, one_thread_instead_of_two, ordered_events, with_phase

START, END = "", ""
TRANSITION_COLUMNS = [
    "from",
    "to",
    "transitions",
    "share",
    "median_seconds",
    "quarter_seconds",
    "three_quarter_seconds",
    "returns",
]
_QUARTERS = {"quarter_seconds": 0.25, "median_seconds": 0.5, "three_quarter_seconds": 0.75}
FUNNEL_COLUMNS = ["phase", "customers", "share", "low", "high", "from_before", "from_before_low", "from_before_high",
                  "drop_off", "lost"]  # fmt: skip
LOOP_COLUMNS = ["touchpoint", "other", "times", "share", "median_seconds"]
#: Seconds are kept to three figures, so that a median needs a few thousand counts and not all pauses: exact up to 1,000
#: seconds, then to 10 seconds, and so on; the same on every engine, since only whole numbers are divided.
_STEPS = (1, 10, 100, 1_000, 10_000, 100_000)


@dataclass(frozen=True, eq=False, repr=False)
class Transitions:
    """
    How customers go from touchpoint to touchpoint.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per step that was taken: ``from`` and ``to`` (touchpoints; an empty ``from`` is the start of a journey or
        visit, an empty ``to`` its end), ``transitions`` (times it was taken), ``share`` (of the steps that lead from there
        to another touchpoint; of all starts for starts; of all touches for ends), ``median_seconds`` with its quarters
        ``quarter_seconds`` and ``three_quarter_seconds`` (to three figures; none for starts and ends), ``returns`` (times the
        next step led straight back: a loop). The commonest first.
    counts : dict of str to int
        ``events``, ``customers``, ``starts``, ``ties`` (events at the same moment as the one before), ``doubles`` (the same
        touchpoint twice at one moment) and ``backwards`` (events that stand in the file before an earlier one).
    """

    table: pd.DataFrame
    counts: dict[str, int]

    def share(self, before: str, after: str) -> float:
        """Share of the steps from one touchpoint that lead to another one; 0 where nobody went."""
        found = self.table[(self.table["from"] == before) & (self.table["to"] == after)]
        return float(found["share"].iloc[0]) if len(found) else 0.0


def count_transitions(sources: Sources, *, within: str = "journey", labels: pd.Series | None = None) -> Transitions:
    """
    Count the steps from touchpoint to touchpoint.

    Parameters
    ----------
    sources : Sources
        Clean sources with events.
    within : {"visit", "journey", "customer"}
        Where a path ends: after the pause of a visit, at the end of a journey, or never.
    labels : pandas.Series, optional
        Customers to count alone, as index; all without it.

    Returns
    -------
    Transitions
        Counts and times; the same log gives the same table on every engine.

    Raises
    ------
    ValueError
        If ``within`` is something else.
    """
    if within not in {"visit", "journey", "customer"}:
        raise ValueError(f"within: found '{within}'; allowed: visit, journey, customer")
    in_one_sort = one_sort_is_right(sources)
    events, names = ordered_events(sources, in_one_sort=in_one_sort)
    if labels is not None:
        own = ibis.memtable(pd.DataFrame({"customer_id": labels.index.astype(str)}))
        events = events.semi_join(own, "customer_id")
    with one_thread_instead_of_two(sources) if in_one_sort else nullcontext():
        counted = _counted(events, within, sources.study.journey.gap_minutes * 60)
    return _transitions(counted, names)


def _counted(events: Any, within: str, gap_seconds: int) -> pd.DataFrame:
    gap, gap_before = events.second - events.before_second, events.before_second - events.earlier_second
    first, first_before = gap.isnull(), gap_before.isnull()
    if within == "visit":
        first, first_before = first | (gap > gap_seconds), first_before | (gap_before > gap_seconds)
    elif within == "journey":
        first, first_before = events.journey_start == 1, events.before_start == 1
    tie = (events["at"] == events.before_at).fill_null(False)
    again = (events.before_code == events.code).fill_null(False)
    back = (events.earlier_code == events.code).fill_null(False)
    marks = {"newcomers": gap.isnull(), "ties": tie, "doubles": tie & again, "backwards": events.backwards == 1,
             "turned": ~first & ~first_before & back & ~again}  # fmt: skip
    # the marks as one number: to count rows of each kind is quicker than to add up each mark
    number = sum(mark.ifelse(2**place, 0) for place, mark in enumerate(marks.values()))
    seconds = _rounded(gap, gap_seconds if within == "visit" else None)
    start, pause = first.ifelse(-1, events.before_code), first.ifelse(-1, seconds)
    steps = events.select(start=start, code=events.code, pause=pause, marks=number)
    found = steps.group_by(["start", "code", "pause", "marks"]).aggregate(n=steps.count()).to_pandas().astype("int64")
    for place, name in enumerate(marks):
        found[name] = found["n"] * (found["marks"] // 2**place % 2)
    found = found.groupby(["start", "code", "pause"], as_index=False)[["n", *marks]].sum()
    return found.sort_values(["start", "code", "pause"], ignore_index=True)


def _transitions(found: pd.DataFrame, names: list[str]) -> Transitions:
    found["touchpoint"] = [names[code] for code in found["code"]]
    found["start"] = [names[code] if code >= 0 else START for code in found["start"]]
    counts = {"events": int(found["n"].sum()), "customers": int(found["newcomers"].sum()),
              "starts": int(found.loc[found["start"] == START, "n"].sum()),
              **{name: int(found[name].sum()) for name in ("ties", "doubles", "backwards")}}  # fmt: skip
    return Transitions(_table(found), counts)


def _rounded(gap: Any, longest_seconds: int | None) -> Any:
    """Seconds to three figures, in whole numbers; longer ones are not asked for."""
    steps = [step for step in _STEPS if longest_seconds is None or step == 1 or longest_seconds >= 100 * step]
    rounded = gap // steps[-1] * steps[-1]
    for step in reversed(steps[:-1]):
        rounded = (gap < 1_000 * step).ifelse(gap if step == 1 else gap // step * step, rounded)
    return rounded.cast("int64")


def _table(found: pd.DataFrame) -> pd.DataFrame:
    own = found.groupby(["start", "touchpoint"], sort=True)
    table = own.agg(transitions=("n", "sum"), returns=("turned", "sum"))
    upto, total = own["n"].cumsum(), own["n"].transform("sum")
    for name, part in _QUARTERS.items():  # the shortest pause that so large a part does not exceed; pauses stand in order
        table[name] = found[upto >= part * total].groupby(["start", "touchpoint"])["pause"].first()
    table = table.reset_index().rename(columns={"start": "from", "touchpoint": "to"})
    table.loc[table["from"] == START, list(_QUARTERS)] = np.nan
    touches = table.groupby("to")["transitions"].sum()
    onward = table[table["from"] != START].groupby("from")["transitions"].sum()
    left = (touches - onward.reindex(touches.index, fill_value=0)).rename_axis("from").reset_index(name="transitions")
    ends = left[left["transitions"] > 0].assign(to=END, returns=0)
    ends["share"] = ends["transitions"] / touches.reindex(ends["from"]).to_numpy()
    totals = table.groupby("from")["transitions"].transform("sum")
    table["share"] = table["transitions"] / totals
    whole = pd.concat([table, ends], ignore_index=True)[TRANSITION_COLUMNS]
    whole = whole.astype({"transitions": "int64", "returns": "int64", "share": "float64", "median_seconds": "float64",
                          "quarter_seconds": "float64", "three_quarter_seconds": "float64"})  # fmt: skip
    return whole.sort_values(["transitions", "from", "to"], ascending=[False, True, True], ignore_index=True, kind="stable")


def find_loops(transitions: Transitions, *, least: int = 30) -> pd.DataFrame:
    """
    Find where people go round in circles.

    Parameters
    ----------
    transitions : Transitions
        Steps, best within a journey or a visit.
    least : int
        Fewest times.

    Returns
    -------
    pandas.DataFrame
        One row per loop: ``touchpoint``, ``other`` (the same touchpoint when people repeat it at once), ``times``,
        ``share`` (of the steps that lead away from ``touchpoint`` to ``other`` or, for repeats, of all its steps) and
        ``median_seconds`` of one step. The commonest first.
    """
    rows = []
    steps = transitions.table[(transitions.table["from"] != START) & (transitions.table["to"] != END)]
    leave = steps.groupby("from")["transitions"].sum()
    for row in steps.to_dict("records"):
        again = row["from"] == row["to"]
        times = row["transitions"] if again else row["returns"]
        if times >= least:
            back = steps[(steps["from"] == row["to"]) & (steps["to"] == row["from"])]["transitions"].sum()
            rows.append({"touchpoint": row["to"], "other": row["from"], "times": int(times),
                         "share": float(times / (leave[row["from"]] if again else back)),
                         "median_seconds": row["median_seconds"]})  # fmt: skip
    return pd.DataFrame(rows, columns=LOOP_COLUMNS).sort_values(
        ["times", "touchpoint"], ascending=[False, True], ignore_index=True
    )


def count_funnel(sources: Sources) -> pd.DataFrame:
    """
    Count how many customers reach each phase, and how many of those in the phase before come on to it.

    Parameters
    ----------
    sources : Sources
        Clean sources with events.

    Returns
    -------
    pandas.DataFrame
        One row per phase that has touchpoints: ``phase``, ``customers`` (who ever came there), ``share`` of all customers with
        events with ``low`` and ``high`` (95 %, Wilson), ``from_before`` (of the customers of the phase before, the share who
        came here at the same time or later) with ``from_before_low`` and ``from_before_high``, ``drop_off`` (the others) and
        ``lost`` (customers). The first phase has none of the last five.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA, 22, 209-212.
    """
    choice = sources.study.journey
    phases = {place: phase for place, (phase, touchpoints) in enumerate(choice.phases.items()) if touchpoints}
    if not phases:
        return pd.DataFrame(columns=FUNNEL_COLUMNS)
    events = until_the_day(sources, "events")
    events = events.filter(events.customer_id.notnull() & events.touchpoint.notnull())
    events = with_phase(events, choice)
    firsts = {f"f{place}": events["at"].min(where=events.phase == place) for place in phases}
    each = events.group_by("customer_id").aggregate(**firsts)
    places = list(phases)
    sums = {"n": each.count()} | {f"n{place}": each[f"f{place}"].count() for place in places}
    sums |= {f"on{place}": (each[f"f{before}"] <= each[f"f{place}"]).ifelse(1, 0).sum()
             for before, place in pairwise(places)}  # fmt: skip
    found = each.aggregate(**sums).to_pandas().iloc[0].fillna(0).astype("int64")
    rows: list[dict[str, Any]] = []
    for before, place in zip([None, *places], places, strict=False):
        n = int(found[f"n{place}"])
        low, high = wilson(n, int(found["n"]))
        row = {"phase": phases[place], "customers": n, "share": n / max(int(found["n"]), 1), "low": low, "high": high}
        if before is not None and found[f"n{before}"]:
            on, base = int(found[f"on{place}"]), int(found[f"n{before}"])
            low, high = wilson(on, base)
            row |= {"from_before": on / base, "from_before_low": low, "from_before_high": high, "drop_off": 1 - on / base,
                    "lost": base - on}  # fmt: skip
        rows.append(row)
    return pd.DataFrame(rows, columns=FUNNEL_COLUMNS).astype({"lost": "Int64"})
