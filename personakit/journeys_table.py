"""Step 09, the table behind the maps: one row per customer, with what they did and felt in each phase."""

from __future__ import annotations

from typing import Any

import ibis
import pandas as pd

from personakit.collection import Sources
from personakit.features import Features
from personakit.features_builder import DICTIONARY_COLUMNS, entry_for, until_the_day
from personakit.journeys_feeling import feelings_of
from personakit.journeys_log import CHANNELS_OF, common_ways, in_days, journeys_of, with_phase
from personakit.journeys_orders import after_purchase
from personakit.voices import Voices

#: At most so many touchpoints have columns of their own; the others still count for their phase.
MOST_TOUCHPOINTS = 120


def journey_table(sources: Sources, voices: Voices | None = None) -> Features:
    """
    Describe the journeys of each customer.

    For each phase: ``reach_`` says whether the customer ever came there, ``go_on_`` the share of their journeys through the
    phase that went on to a later one (also by device and channel, for first and later journeys, and before and after each
    change), ``back_`` the share of them that came back after a later phase, ``days_to_`` the days from the first contact,
    ``wait_`` the days since the phase before, ``stay_`` the minutes in the phase and ``feel_`` their rating from -2 to +2.
    ``use_`` is the share of their touches in a phase made on a device or in a channel (of those that say on which),
    ``days_to_second_order`` and ``contacted_after_order`` tell what comes after a purchase (:mod:`personakit.journeys_orders`).
    ``touch_`` says whether they used a touchpoint, ``feel_at_`` how they felt there, ``react_`` whether what they said about a
    phase shows frustration, joy, doubt or enthusiasm.

    Parameters
    ----------
    sources : Sources
        Clean sources.
    voices : Voices, optional
        What customers said.

    Returns
    -------
    Features
        One row per customer who has any of it.
    """
    columns: dict[str, pd.Series] = {}
    entries: dict[str, dict[str, str]] = {}
    if "events" in sources and any(sources.study.journey.phases.values()):
        _touchpoints(sources, columns, entries)
        _phases(sources, columns, entries)
        _used(sources, columns, entries)
    for name, (values, entry) in (after_purchase(sources) | feelings_of(sources, voices)).items():
        columns[name], entries[name] = values, entry_for(**entry)
    table = pd.DataFrame(columns)
    table.index.name = "customer_id"
    dictionary = pd.DataFrame.from_dict(entries, orient="index", columns=DICTIONARY_COLUMNS)
    return Features(table.sort_index(), dictionary)


def _touchpoints(sources: Sources, columns: dict[str, pd.Series], entries: dict[str, dict[str, str]]) -> None:
    """Whether each customer used each touchpoint that a phase names."""
    study = sources.study
    phase_of = {touchpoint: phase for phase, group in study.journey.phases.items() for touchpoint in group}
    events = until_the_day(sources, "events")
    some = list(phase_of)[:MOST_TOUCHPOINTS]
    sums = {f"t{i}": events.touchpoint.isin([touchpoint]).ifelse(1.0, 0.0).max() for i, touchpoint in enumerate(some)}
    touched = events.group_by("customer_id").aggregate(**sums).to_pandas().set_index("customer_id")
    labels = study.sources["events"].labels
    for i, touchpoint in enumerate(some):
        columns[f"touch_{touchpoint}"] = touched[f"t{i}"]
        entries[f"touch_{touchpoint}"] = entry_for(labels.get(touchpoint, touchpoint.replace("_", " ")), kind="binary",
                                                source="events", columns="events.touchpoint", phase=phase_of[touchpoint],
                                                group="touch", about=touchpoint)  # fmt: skip


def _used(sources: Sources, columns: dict[str, pd.Series], entries: dict[str, dict[str, str]]) -> None:
    """On which device and in which channel each customer touches each phase."""
    events = with_phase(until_the_day(sources, "events"), sources.study.journey)
    phases = list(sources.study.journey.phases)
    sums: dict[str, Any] = {}
    told: dict[str, tuple[str, str, str, int]] = {}
    for column in (column for column in CHANNELS_OF if column in events.columns):
        ways = sorted(common_ways(sources, column))
        for place, phase in enumerate(phases) if ways else ():
            here = (events.phase == place).fill_null(False) & events[column].notnull()
            sums[f"{column}{place}"] = here.ifelse(1, 0).sum()
            for way in ways:
                short = f"u{len(told)}"
                sums[short] = (here & (events[column] == way)).fill_null(False).ifelse(1, 0).sum()
                told[short] = (phase, column, way, place)
    if not told:
        return
    found = events.group_by("customer_id").aggregate(**sums).to_pandas().set_index("customer_id").astype("float64")
    for short, (phase, column, way, place) in told.items():
        n = found[f"{column}{place}"]
        values = (found[short] / n.where(n > 0)).round(9)
        if values.notna().any():
            columns[name := f"use_{phase}@{column}={way}"] = values
            entries[name] = entry_for("Touches in {value}", value=f"{phase} ({way})", kind="share", unit="share", source="events",
                                   phase=phase, group="use", about=way,
                                   columns=f"events.touchpoint, events.{column}")  # fmt: skip


def _phases(sources: Sources, columns: dict[str, pd.Series], entries: dict[str, dict[str, str]]) -> None:
    """Reach, going on, coming back, waiting and staying, each customer's journeys taken together in the engine."""
    journeys = journeys_of(sources)
    phases = list(sources.study.journey.phases)
    ways = {column: sorted(common_ways(sources, column)) for column in CHANNELS_OF if f"{column}0" in journeys.columns}
    measures: dict[str, Any] = {}
    told: dict[str, dict[str, str]] = {}
    for place, phase in enumerate(phases):
        for name, value, entry in _of_phase(journeys, place, phases):
            measures[name], told[name] = value.cast("float64"), {"source": "events", "phase": phase} | entry
        if place + 1 < len(phases):
            for name, where, entry in _ways(sources, journeys, ways, place, phase):
                own = where.ifelse(_went_on(journeys, place, len(phases)), ibis.null("float64"))
                measures[name], told[name] = own, {"source": "events", "phase": phase} | entry
    names = {f"m{i}": name for i, name in enumerate(measures)}
    wide = journeys.select("customer_id", **{short: measures[name] for short, name in names.items()})
    means = {short: wide[short].max() if told[name]["kind"] == "binary" else wide[short].mean() for short, name in names.items()}
    found = wide.group_by("customer_id").aggregate(**means).to_pandas().set_index("customer_id").sort_index()
    for short, name in names.items():
        values = found[short].astype(float).round(9)
        if told[name].get("group") in {"reach", "go_on", "back", "days", "wait", "stay"} or values.notna().any():
            columns[name], entries[name] = values, entry_for(**told[name])


def _went_on(journeys: Any, place: int, n_phases: int) -> Any:
    """1 when a journey touched a later phase after it came to this one; missing when it never came."""
    later = ibis.greatest(*[journeys[f"last{other}"].fill_null(-1) for other in range(place + 1, n_phases)], ibis.literal(-1))
    first = journeys[f"first{place}"]
    return first.isnull().ifelse(ibis.null("float64"), (later >= first).ifelse(1.0, 0.0))


def _of_phase(journeys: Any, place: int, phases: list[str]) -> list[tuple[str, Any, dict[str, str]]]:
    phase = phases[place]
    first, last = journeys[f"first{place}"], journeys[f"last{place}"]
    here = first.notnull()
    nothing = ibis.null("float64")
    timed = "events.touchpoint, events.at"
    found = [(f"reach_{phase}", here.ifelse(1.0, 0.0), {"message": "Come as far as {value}", "value": phase, "kind": "binary",
                                                       "group": "reach", "columns": "events.touchpoint"})]  # fmt: skip
    if place:
        before = ibis.greatest(*[(journeys[f"first{other}"] <= first).ifelse(journeys[f"last{other}"], -1).fill_null(-1)
                                 for other in range(place)], ibis.literal(-1))  # fmt: skip
        wait = ((before >= 0) & here).ifelse(in_days(first - ibis.least(before, first)), nothing)
        found += [
            (f"days_to_{phase}", here.ifelse(in_days(first - journeys.start), nothing),
             {"message": "Days until {value}", "value": phase, "kind": "count", "unit": "days", "group": "days",
              "columns": timed}),
            (f"wait_{phase}", wait, {"message": "Days between the phase before and {value}", "value": phase, "kind": "count",
                                     "unit": "days", "group": "wait", "columns": timed}),
        ]  # fmt: skip
    found.append((f"stay_{phase}", here.ifelse((last - first).cast("float64") / 60, nothing),
                  {"message": "Minutes in {value}", "value": phase, "kind": "count", "unit": "minutes", "group": "stay",
                   "columns": timed}))  # fmt: skip
    if place + 1 < len(phases):
        later = [journeys[f"first{other}"].fill_null(2**62) for other in range(place + 1, len(phases))]
        came_back = (last > ibis.least(*later, ibis.literal(2**62))).ifelse(1.0, 0.0)
        found += [
            (f"go_on_{phase}", _went_on(journeys, place, len(phases)),
             {"message": "Go on from {value}", "value": phase, "kind": "share", "unit": "share", "group": "go_on",
              "columns": timed}),
            (f"back_{phase}", here.ifelse(came_back, nothing),
             {"message": "Come back to {value} from a later phase", "value": phase, "kind": "share", "unit": "share",
              "group": "back", "columns": timed}),
        ]  # fmt: skip
    return found


def _last_start(sources: Sources) -> int:
    """
    The second from which on a journey may not be over yet; what lies apart in time is compared without such journeys.

    Else the later ones would seem to go on less often, only because the data end.
    """
    end = pd.Timestamp(sources.study.as_of) + pd.Timedelta(days=1 - sources.study.journey.pause_days)
    return int(end.timestamp())


def _ways(
    sources: Sources, journeys: Any, ways: dict[str, list[str]], place: int, phase: str
) -> list[tuple[str, Any, dict[str, str]]]:
    """Which journeys through a phase belong to each device, channel, first or later journey, and time."""
    common = {"message": "Go on from {value}", "kind": "share", "unit": "share"}
    timed = "events.touchpoint, events.at"
    here = journeys[f"first{place}"].notnull()
    found: list[tuple[str, Any, dict[str, str]]] = []
    for column, values in ways.items():
        alone = journeys[f"{column}{place}"] == journeys[f"{column}{place}_max"]
        for way in values:
            own = (alone & (journeys[f"{column}{place}"] == way)).fill_null(False)
            found.append((f"go_on_{phase}@{column}={way}", own,
                          common | {"value": f"{phase} ({way})", "group": column, "about": way,
                                    "columns": f"{timed}, events.{column}"}))  # fmt: skip
    splits = [("order", "first journey", journeys.number == 1), ("order", "later journeys", journeys.number > 1)]
    for change in sources.study.journey.changes:
        day = int(pd.Timestamp(change.on).timestamp())
        splits += [(f"change {change.on}", f"before {change.on}", journeys.start < day),
                   (f"change {change.on}", f"from {change.on}", journeys.start >= day)]  # fmt: skip
    had_time = journeys.start <= _last_start(sources)
    splits = [(group, way, where & had_time) for group, way, where in splits]
    found += [(f"go_on_{phase}@{way}", here & where, common | {"value": f"{phase} ({way})", "group": group, "about": way,
                                                              "columns": timed}) for group, way, where in splits]  # fmt: skip
    return found
