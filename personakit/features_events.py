"""Step 05, what customers do on the way: visits, touchpoints, devices and habits, from events."""

from __future__ import annotations

from typing import Any

import ibis

from personakit.collection import Sources
from personakit.dates import whole_seconds
from personakit.features_builder import FeatureBuilder, add_shares, common_values, until_the_day, value_counts

#: Saturday and Sunday, and the hour at which the evening begins.
_WEEKEND, _EVENING = (5, 6), 18


def sessions(events: Any, gap_minutes: int) -> Any:
    """
    Number the sessions of each customer.

    A session ends after ``gap_minutes`` without an event. Seconds are compared, since engines count minutes
    differently.

    Parameters
    ----------
    events : ibis.Table
        Events with ``customer_id``, ``at`` and ``_row``, which breaks ties.
    gap_minutes : int
        The longest pause inside a session.

    Returns
    -------
    ibis.Table
        The events with ``session``, counted from 1 for each customer.
    """
    order = ["at", "_row"] if "_row" in events.columns else ["at"]
    window = ibis.window(group_by="customer_id", order_by=order)
    before = events["at"].lag().over(window)
    pause = whole_seconds(events["at"]) - whole_seconds(before)
    marked = events.mutate(_starts=(pause.isnull() | (pause > gap_minutes * 60)).ifelse(1, 0))
    running = ibis.window(group_by="customer_id", order_by=order, preceding=None, following=0)
    return marked.mutate(session=marked["_starts"].sum().over(running)).drop("_starts")


def add_events(builder: FeatureBuilder, sources: Sources) -> None:
    """
    Add what the events say about each customer; shares are shares of the customer's events.

    Parameters
    ----------
    builder : FeatureBuilder
        Collects the features.
    sources : Sources
        Clean sources with events.
    """
    study = sources.study
    events = until_the_day(sources, "events")
    shared = {column: common_values(events, column) for column in ("device", "touchpoint")}
    numbered = sessions(events, study.journey.gap_minutes)
    sums: dict[str, Any] = {
        "event_count": numbered.count(), "session_count": numbered.session.nunique(),
        "touchpoint_count": numbered.touchpoint.nunique(), "active_days": numbered["at"].date().nunique(),
    }  # fmt: skip
    phases = {phase: touchpoints for phase, touchpoints in study.journey.phases.items() if touchpoints}
    for i, touchpoints in enumerate(phases.values()):
        sums[f"p{i}"] = numbered.touchpoint.isin(touchpoints).ifelse(1.0, 0.0).max()
    if study.journey.conversion:
        sums["converted"] = numbered.touchpoint.isin(study.journey.conversion).ifelse(1.0, 0.0).max()
    at = numbered["at"]
    sums["weekend"] = at.day_of_week.index().isin(_WEEKEND).ifelse(1.0, 0.0).mean()
    sums["evening"] = (at.hour() >= _EVENING).ifelse(1.0, 0.0).mean()
    for column, values in shared.items():
        sums |= value_counts(numbered, column, values)
    frame = builder.rows(numbered.group_by("customer_id").aggregate(**sums))
    common = {"basis": "behavioural", "source": "events"}
    labels = {"event_count": ("Events", "events"), "session_count": ("Visits", "visits"),
              "touchpoint_count": ("Different touchpoints", "touchpoints"), "active_days": ("Active days", "days")}  # fmt: skip
    for name, (label, unit) in labels.items():
        columns = {"event_count": "events.customer_id", "touchpoint_count": "events.touchpoint"}.get(name, "events.at")
        builder.add(name, frame[name], label=label, unit=unit, kind="count", columns=columns, **common)
    builder.add("events_per_session", (frame["event_count"] / frame["session_count"]).round(6), label="Events per visit",
                unit="events", kind="count", columns="events.at", **common)  # fmt: skip
    for i, phase in enumerate(phases):
        builder.add(f"reached_{phase}", frame[f"p{i}"], message="Reached the phase {value}", value=phase, unit="", kind="binary",
                    columns="events.touchpoint", phase=phase, **common)  # fmt: skip
    if "converted" in frame:
        builder.add(
            "converted",
            frame["converted"],
            label="Bought",
            unit="",
            kind="binary",
            columns="events.touchpoint",
            **common,
        )
    for name, label in (
        ("weekend", "Share of events on Saturday and Sunday"),
        ("evening", "Share of events after six in the evening"),
    ):
        builder.add(f"{name}_share", frame[name].round(6), label=label, unit="share", kind="share", columns="events.at", **common)
    for column, label in (("device", "Share of visits by {value}"), ("touchpoint", "Share of touches at {value}")):
        add_shares(builder, frame, column, shared[column], label, "events")
