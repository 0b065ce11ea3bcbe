"""Step 09, the table behind the maps: one row per customer, with what they did and felt in each phase."""

from __future__ import annotations

from typing import Any

import ibis
import pandas as pd

from personakit.collection import Sources
from personakit.features import Features
from personakit.features_builder import DICTIONARY_COLUMNS
from personakit.quality_rules import scale_of

#: A journey ends after this many days without an event.
JOURNEY_GAP_DAYS = 14


def journey_table(sources: Sources) -> Features:
    """
    Describe the journeys of each customer.

    A journey is a run of events with no pause of more than 14 days. ``reach_`` says whether the customer ever came
    to a phase, ``touch_`` whether they used a touchpoint, ``go_on_`` the share of their journeys through a phase
    that went on to a later one (also by device), ``days_to_`` the days from the first contact, ``feel_`` their
    rating of a phase on a scale from -2 to +2.

    Parameters
    ----------
    sources : Sources
        Clean sources.

    Returns
    -------
    Features
        One row per customer who has any of it.
    """
    columns: dict[str, pd.Series] = {}
    entries: dict[str, dict[str, str]] = {}
    if "events" in sources:
        _from_events(sources, columns, entries)
    _from_ratings(sources, columns, entries)
    table = pd.DataFrame(columns)
    table.index.name = "customer_id"
    dictionary = pd.DataFrame.from_dict(entries, orient="index", columns=DICTIONARY_COLUMNS)
    return Features(table.sort_index(), dictionary)


def _entry(message: str, **entry: str) -> dict[str, str]:
    value = entry.get("value", "")
    label = message.format(value=value) if value else message
    return dict.fromkeys(DICTIONARY_COLUMNS, "") | {"label": label, "message": message, "basis": "behavioural"} | entry


def _from_events(sources: Sources, columns: dict[str, pd.Series], entries: dict[str, dict[str, str]]) -> None:
    """Aggregate events in the engine to one row per customer and journey, then to one row per customer."""
    study = sources.study
    phases = {phase: touchpoints for phase, touchpoints in study.journey.phases.items() if touchpoints}
    events = _numbered_journeys(sources["events"])
    touchpoints = [touchpoint for group in phases.values() for touchpoint in group]
    sums = {f"t{i}": events.touchpoint.isin([t]).ifelse(1.0, 0.0).max() for i, t in enumerate(touchpoints)}
    if not sums:
        return
    touched = events.group_by("customer_id").aggregate(**sums).to_pandas().set_index("customer_id")
    labels = study.sources["events"].labels
    for i, touchpoint in enumerate(touchpoints):
        phase = next(name for name, group in phases.items() if touchpoint in group)
        columns[f"touch_{touchpoint}"] = touched[f"t{i}"]
        entries[f"touch_{touchpoint}"] = _entry(
            labels.get(touchpoint, touchpoint.replace("_", " ")),
            kind="binary",
            source="events",
            columns="events.touchpoint",
            phase=phase,
            group="touch",
        )
    journeys = _journeys(events, phases)
    for number, phase in enumerate(phases):
        _phase_columns(journeys, number, phase, list(phases), columns, entries)


def _numbered_journeys(events: Any) -> Any:
    order = ["at", "_row"] if "_row" in events.columns else ["at"]
    window = ibis.window(group_by="customer_id", order_by=order)
    pause = events["at"].epoch_seconds() - events["at"].lag().over(window).epoch_seconds()
    marked = events.mutate(_starts=(pause.isnull() | (pause > JOURNEY_GAP_DAYS * 86_400)).ifelse(1, 0))
    running = ibis.window(group_by="customer_id", order_by=order, preceding=None, following=0)
    return marked.mutate(journey=marked["_starts"].sum().over(running))


def _journeys(events: Any, phases: dict[str, list[str]]) -> pd.DataFrame:
    """One row per journey: when each phase was first and last touched, and with which device."""
    sums: dict[str, Any] = {"start": events["at"].min().epoch_seconds()}
    for number, touchpoints in enumerate(phases.values()):
        here = events.touchpoint.isin(touchpoints)
        sums[f"first{number}"] = events["at"].min(where=here).epoch_seconds()
        sums[f"last{number}"] = events["at"].max(where=here).epoch_seconds()
        if "device" in events.columns:
            sums[f"device{number}"] = events.device.min(where=here)
            sums[f"device_max{number}"] = events.device.max(where=here)
    return events.group_by(["customer_id", "journey"]).aggregate(**sums).order_by(["customer_id", "journey"]).to_pandas()


def _phase_columns(
    journeys: pd.DataFrame,
    number: int,
    phase: str,
    phases: list[str],
    columns: dict[str, pd.Series],
    entries: dict[str, dict[str, str]],
) -> None:
    who = journeys["customer_id"]
    here = journeys[f"first{number}"].notna()
    common = {"source": "events", "phase": phase, "columns": "events.touchpoint, events.at"}
    columns[f"reach_{phase}"] = here.groupby(who).max().astype(float)
    entries[f"reach_{phase}"] = _entry("Come as far as {value}", value=phase, kind="binary", group="reach", **common)
    days = ((journeys[f"first{number}"] - journeys["start"]) / 86_400).where(here)
    if number:
        columns[f"days_to_{phase}"] = days.groupby(who).median().round(6)
        entries[f"days_to_{phase}"] = _entry("Days until {value}", value=phase, kind="count", unit="days", group="days", **common)
    if number + 1 == len(phases):
        return
    later = [f"last{other}" for other in range(number + 1, len(phases))]
    went_on = (journeys[later].max(axis=1) >= journeys[f"first{number}"]).astype(float).where(here)
    columns[f"go_on_{phase}"] = went_on.groupby(who).mean().round(9)
    entries[f"go_on_{phase}"] = _entry("Go on from {value}", value=phase, kind="share", unit="share", group="go_on", **common)
    if f"device{number}" not in journeys:
        return
    one_device = journeys[f"device{number}"] == journeys[f"device_max{number}"]
    common["columns"] += ", events.device"
    for device in sorted(journeys.loc[one_device, f"device{number}"].dropna().unique()):
        own = went_on.where(one_device & (journeys[f"device{number}"] == device))
        columns[f"go_on_{phase}@{device}"] = own.groupby(who).mean().round(9)
        entries[f"go_on_{phase}@{device}"] = _entry("Go on from {value}", value=f"{phase} ({device})", kind="share", unit="share",
                                                    group="device", about=str(device), **common)  # fmt: skip


def _from_ratings(sources: Sources, columns: dict[str, pd.Series], entries: dict[str, dict[str, str]]) -> None:
    """Feeling per phase: satisfaction questions first, ratings of tickets where there are none."""
    phases = sources.study.journey.phases
    rated: dict[str, list[tuple[str, tuple[float, float]]]] = {}
    if "survey" in sources:
        for block in sources.study.sources["survey"].items.values():
            for column, phase in block.phases.items():
                rated.setdefault(phase, []).append((column, scale_of(block) or (1.0, 5.0)))
    for phase, questions in rated.items():
        answers = sources["survey"].select("customer_id", *[c for c, _ in questions]).to_pandas().drop_duplicates("customer_id")
        answers = answers.set_index("customer_id").astype(float)
        scaled = pd.DataFrame({c: (answers[c] - (low + high) / 2) / (high - low) * 4 for c, (low, high) in questions})
        columns[f"feel_{phase}"] = scaled.mean(axis=1).round(9)
        names = ", ".join(f"survey.{c}" for c, _ in questions)
        entries[f"feel_{phase}"] = _entry("Feeling in {value}", value=phase, kind="number", source="survey", columns=names,
                                          phase=phase, group="feel")  # fmt: skip
    if "tickets" not in sources or not {"rating", "topic", "customer_id"} <= set(sources.columns("tickets")):
        return
    for phase, touchpoints in phases.items():
        if phase in rated or not touchpoints:
            continue
        tickets = sources["tickets"]
        own = tickets.filter(tickets.topic.isin(touchpoints) & tickets.customer_id.notnull())
        means = own.group_by("customer_id").aggregate(rating=own.rating.mean()).to_pandas().set_index("customer_id")["rating"]
        columns[f"feel_{phase}"] = (means.astype(float) - 3).clip(-2, 2).round(9)
        entries[f"feel_{phase}"] = _entry("Feeling in {value}", value=phase, kind="number", source="tickets",
                                          columns="tickets.rating, tickets.topic", phase=phase, group="feel")  # fmt: skip
