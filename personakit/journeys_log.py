"""Step 09, the event log: events in the order they happened, in visits and journeys, and one row per journey; in the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import ibis
import ibis.expr.datatypes as dt
import numpy as np
import pandas as pd

from personakit.collection import Sources
from personakit.dates import whole_seconds
from personakit.features_builder import common_values, until_the_day
from personakit.study_parts import Journey

DAY_SECONDS = 86_400
#: Threads up to which one sort is quicker than a window per customer.
_FEW = 4
#: Ways to look at a journey: with which device, in which channel.
CHANNELS_OF = ("device", "channel")


class OrderedEvents(NamedTuple):
    """
    Events in the order they happened.

    Attributes
    ----------
    table : ibis.Table
        One row per event, see :func:`ordered_events`.
    touchpoints : list of str
        Names of the touchpoints, by their ``code``.
    """

    table: Any
    touchpoints: list[str]


def ordered_events(sources: Sources, *, in_one_sort: bool = False) -> OrderedEvents:
    """
    Put the events of each customer in the order they happened.

    Two events at the same moment keep the order of their ids, or of the rows of the file; without either the name of the
    touchpoint decides, so that every run and every engine gives the same order. Times with a zone are compared as moments.

    Parameters
    ----------
    sources : Sources
        Clean sources with events.
    in_one_sort : bool
        Sort the whole log by a number made from each customer's id and look back row by row, instead of in a window per
        customer: the same events with two thirds of the computing. Only where :func:`one_sort_is_right`.

    Returns
    -------
    OrderedEvents
        The events up to the study's day, with ``code`` (number of the touchpoint), ``second`` (since 1970), ``phase`` (its
        number, missing for touchpoints that no phase names); ``before_code``, ``before_at``, ``before_second`` and
        ``before_phase`` of the customer's event before, and ``earlier_code``, ``earlier_at``, ``earlier_second`` and
        ``earlier_phase`` of the one before that; ``journey_start`` (1 at the first event of a journey), ``before_start`` (the
        same of the event before) and ``backwards`` (1 when it stands in the file before an earlier event).
    """
    choice = sources.study.journey
    events = until_the_day(sources, "events")
    events = events.filter(events.customer_id.notnull() & events.touchpoint.notnull())
    names = sorted(sources["events"].select("touchpoint").distinct().to_pandas()["touchpoint"].dropna().tolist())
    # numbers instead of names: half the memory while events are put in order
    codes = ibis.memtable(
        pd.DataFrame({"touchpoint": pd.Series(names, dtype="str"), "code": np.arange(len(names), dtype="int32")})
    )
    events = events.inner_join(codes, "touchpoint")
    found = _looked_back_in_one_sort(events) if in_one_sort else _looked_back(events)
    # counted after the events are in order: what is not carried along need not be moved
    found = found.mutate(**{f"{name}second": whole_seconds(found[f"{name}at"]) for name in ("", "before_", "earlier_")})
    groups = [[i for i, name in enumerate(names) if name in group] for group in choice.phases.values()]
    phases = {f"{name}phase": _phase_number(found[f"{name}code"], groups) for name in ("", "before_", "earlier_")}
    found = found.mutate(**phases)
    backwards = (found["before_row"] > found["_row"]).fill_null(False) if "_row" in events.columns else ibis.literal(False)
    start = _begins(found.second, found.before_second, found.phase, found.before_phase, choice)
    before = _begins(found.before_second, found.earlier_second, found.before_phase, found.earlier_phase, choice)
    marks = {"journey_start": start, "before_start": before, "backwards": backwards}
    return OrderedEvents(found.mutate(**{name: mark.ifelse(1, 0) for name, mark in marks.items()}), names)


def _looked_back(events: Any) -> Any:
    """Add what the customer's events before were, in a window per customer: the same on every engine."""
    window = ibis.window(group_by="customer_id", order_by=_order_of(events))
    return events.mutate(**{name: events[column].lag(steps).over(window) for name, column, steps in _backward(events)})


def _looked_back_in_one_sort(events: Any) -> Any:
    """
    Add what the customer's events before were, from the rows above in the sorted log.

    Short numbers are sorted much faster than ids of any length.
    """
    ordered = events.mutate(customer_number=_number_of(events.customer_id)).order_by(["customer_number", *_order_of(events)])
    above = ibis.window()
    same = {steps: ordered.customer_number == ordered.customer_number.lag(steps).over(above) for steps in (1, 2)}
    looked_back = {name: same[steps].ifelse(ordered[column].lag(steps).over(above), ibis.null(ordered[column].type()))
                   for name, column, steps in _backward(events)}  # fmt: skip
    return ordered.mutate(**looked_back)


def one_sort_is_right(sources: Sources) -> bool:
    """
    Tell whether events can be put in order in one sort, and whether that is quicker.

    The rows of the sorted log are walked by one thread, so that with many of them windows are quicker. And each customer must
    have a number that no other one has: in about one log of four thousand, two of a hundred million customers share one.
    """
    if sources.connection.name != "duckdb" or _threads(sources) > _FEW:
        return False
    ids = sources["events"].select("customer_id").distinct().filter(ibis._.customer_id.notnull())
    counts = ids.aggregate(customers=ids.count(), numbers=_number_of(ids.customer_id).nunique()).to_pandas().iloc[0]
    return bool(counts["customers"] == counts["numbers"])


@contextmanager
def one_thread_instead_of_two(sources: Sources) -> Iterator[None]:
    """
    Let one thread do what is asked meanwhile, where the engine has two.

    While one of them walks the sorted log, DuckDB has the other one ask all the time whether it is done: with both it takes
    somewhat less time, and up to twice the computing.

    Parameters
    ----------
    sources : Sources
        Sources on DuckDB.
    """
    if _threads(sources) != 2:
        yield
        return
    sources.connection.con.execute("SET threads = 1")
    try:
        yield
    finally:
        sources.connection.con.execute("SET threads = 2")


def _threads(sources: Sources) -> int:
    return int(sources.connection.con.execute("SELECT current_setting('threads')").fetchone()[0])


@ibis.udf.scalar.builtin(name="hash")  # type: ignore[untyped-decorator]
def _number_of(text: str) -> dt.uint64:
    """Make a number of 64 bits from a text, as DuckDB does; ``hash`` of ibis adds two conversions that cost more than it."""


def _backward(events: Any) -> list[tuple[str, str, int]]:
    """List the columns to look back at: new name, column, events back."""
    steps = {"before": 1, "earlier": 2}
    found = [(f"{name}_{column}", column, back) for name, back in steps.items() for column in ("code", "at")]
    return found + ([("before_row", "_row", 1)] if "_row" in events.columns else [])


def _begins(second: Any, before_second: Any, phase: Any, before_phase: Any, choice: Journey) -> Any:
    """Whether an event is the first of a journey: after a long pause, or looking around anew after a purchase."""
    pause = second - before_second
    begins = pause.isnull() | (pause > choice.pause_days * DAY_SECONDS)
    bought = conversion_phase(choice)
    if bought is None:
        return begins
    return begins | ((phase < bought) & (before_phase >= bought)).fill_null(False)


def _order_of(events: Any) -> list[str]:
    for column in ("event_id", "_row"):
        if column in events.columns:
            return ["at", column]
    return ["at", "code", *(column for column in CHANNELS_OF if column in events.columns)]


def with_phase(events: Any, choice: Journey) -> Any:
    """Add the number of each event's phase, from 0 on; missing where no phase names its touchpoint."""
    places = {name: place for place, group in enumerate(choice.phases.values()) for name in group}
    named = pd.DataFrame(
        {"touchpoint": pd.Series(list(places), dtype="str"), "phase": pd.Series(list(places.values()), dtype="int32")}
    )
    return events.left_join(ibis.memtable(named), "touchpoint")  # far quicker than to compare each event with each name


def _phase_number(code: Any, groups: Iterable[Sequence[int]]) -> Any:
    """Number the phase of a touchpoint's code, from 0 on; missing where no phase has it."""
    number = ibis.null("int32")
    for place, group in enumerate(groups):
        if group:
            number = code.isin(list(group)).ifelse(ibis.literal(place, "int32"), number)
    return number


def conversion_phase(choice: Journey) -> int | None:
    """Number the first phase in which people buy; None when the study file does not say what a purchase is."""
    places = [place for place, touchpoints in enumerate(choice.phases.values()) if set(touchpoints) & set(choice.conversion)]
    return min(places, default=None)


def journeys_of(sources: Sources) -> Any:
    """
    Gather the events of each journey in one row.

    A journey ends after a pause (``pause_days``), when somebody who has bought looks around anew, and ``window_days`` after
    its first contact.

    Parameters
    ----------
    sources : Sources
        Clean sources with events.

    Returns
    -------
    ibis.Table
        One row per journey: ``customer_id``, ``number`` (from 1 on), ``start`` and ``end`` (seconds since 1970), ``events``,
        ``visits``, ``bought`` (1 when it has a conversion); for each phase by its number ``first0``, ``last0`` (seconds),
        ``touches0``, and for devices and channels the smallest and largest value in it (``device0``, ``device0_max``): equal
        when the phase was walked with one alone.
    """
    choice = sources.study.journey
    events, names = ordered_events(sources)
    running = ibis.window(group_by="customer_id", order_by=_order_of(events), preceding=None, following=0)
    started = (events.journey_start == 1).ifelse(events.second, ibis.null("int64"))
    events = events.mutate(run=events.journey_start.sum().over(running), run_start=started.max().over(running))
    sold = [i for i, name in enumerate(names) if name in choice.conversion]
    converts = events.code.isin(sold).ifelse(1, 0) if sold else ibis.literal(0)
    events = events.mutate(converts=converts, part=(events.second - events.run_start) // (choice.window_days * DAY_SECONDS))
    pause = events.second - events.before_second
    sums: dict[str, Any] = {
        "start": events.second.min(), "end": events.second.max(), "events": events.count(),
        "visits": (pause.isnull() | (pause > choice.gap_minutes * 60)).ifelse(1, 0).sum(),
        "bought": events.converts.max(),
    }  # fmt: skip
    for place in range(len(choice.phases)):
        here = (events.phase == place).fill_null(False)
        sums |= {f"first{place}": events.second.min(where=here), f"last{place}": events.second.max(where=here),
                 f"touches{place}": here.ifelse(1, 0).sum()}  # fmt: skip
        for column in CHANNELS_OF:
            if column in events.columns:
                sums |= {
                    f"{column}{place}": events[column].min(where=here),
                    f"{column}{place}_max": events[column].max(where=here),
                }
    journeys = events.group_by(["customer_id", "run", "part"]).aggregate(**sums)
    each = ibis.window(group_by="customer_id", order_by=["run", "part"])
    numbered = journeys.mutate(number=ibis.row_number().over(each) + 1)
    return numbered.mutate(visits=numbered.visits.fill_null(0).clip(lower=1)).drop("run", "part")


def in_days(seconds: Any) -> Any:
    """
    Say a number of whole seconds in days.

    Parameters
    ----------
    seconds : ibis column
        Whole seconds.

    Returns
    -------
    ibis column
        Days as floating-point numbers on every engine: an integer divided by a literal such as ``86400.0`` is a decimal with
        few digits on Spark.
    """
    return seconds.cast("float64") / DAY_SECONDS


def common_ways(sources: Sources, column: str) -> list[str]:
    """List the commonest devices or channels of the events; none when there is only one."""
    return common_values(until_the_day(sources, "events"), column)
