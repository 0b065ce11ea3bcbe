"""Step 05, features: one row per customer, and a dictionary that says in plain words what each column is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd

from personakit.collection import Sources
from personakit.handoffs import Parts
from personakit.roles import AGREED
from personakit.study import Study
from personakit.study_parts import ABOUT_BY_NAME, Items

DICTIONARY_COLUMNS = [
    "label",
    "message",
    "value",
    "unit",
    "basis",
    "kind",
    "source",
    "columns",
    "group",
    "about",
    "phase",
]
MOST_CATEGORIES = 12
MOST_SHARES = 8
_DEMOGRAPHIC = {"age", "birth_year", "gender", "occupation", "household", "income", "joined_on"}
_GEOGRAPHIC = {"region", "country", "city", "postcode"}
_LABELS = {"age": "Age", "gender": "Gender", "region": "Region", "occupation": "Occupation", "household": "Household",
           "income": "Income"}  # fmt: skip
_YES_NO = {"yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0, "ja": 1.0, "nei": 0.0, "kyllä": 1.0, "ei": 0.0,
           "y": 1.0, "n": 0.0, "1": 1.0, "0": 0.0, "1.0": 1.0, "0.0": 0.0, "بله": 1.0, "خیر": 0.0}  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Features:
    """
    What describes each customer.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per customer, indexed by ``customer_id``; one column per feature. Missing means not known.
    dictionary : pandas.DataFrame
        One row per feature: ``label`` (plain words), ``message`` and ``value`` (the same as a pattern that catalogues
        translate), ``unit``, ``basis`` (demographic, geographic, behavioural,
        psychographic), ``kind``, ``source``, ``columns`` (the source columns it rests on), ``group`` (block of
        questions, or the source), ``about`` (need, goal, value, …), ``phase`` (of the journey, or empty).
    """

    table: pd.DataFrame
    dictionary: pd.DataFrame

    def parts(self) -> Parts:
        """Split into what is written to files."""
        return {"": self.table, "dictionary": self.dictionary}

    @classmethod
    def from_parts(cls, parts: Parts) -> Features:
        """Put together what was read from files."""
        return cls(parts[""], parts["dictionary"])

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


class _Builder:
    """Collects features and their dictionary entries."""

    def __init__(self, ids: pd.Index) -> None:
        self.ids = ids
        self.columns: dict[str, pd.Series] = {}
        self.entries: dict[str, dict[str, str]] = {}

    def add(self, name: str, values: pd.Series, **entry: str) -> None:
        """Add one feature; everybody without a value is missing."""
        self.columns[name] = values.reindex(self.ids)
        message, value = entry.pop("message", entry.get("label", "")), entry.get("value", "")
        own = {"label": message.format(value=value) if value else message, "message": message, "group": entry["source"]}
        self.entries[name] = dict.fromkeys(DICTIONARY_COLUMNS, "") | own | entry


def build_features(sources: Sources) -> Features:
    """
    Describe each customer by everything the sources say; nothing after the study's ``as_of`` is used.

    Parameters
    ----------
    sources : Sources
        Clean sources.

    Returns
    -------
    Features
        One row per customer of ``customers``, or of all linked sources when the study has no ``customers``.
    """
    ids = _everyone(sources)
    builder = _Builder(ids)
    for role, build in (("customers", _attributes), ("survey", _survey), ("orders", _orders), ("events", _events),
                        ("campaigns", _campaigns), ("tickets", _tickets)):  # fmt: skip
        if role in sources and "customer_id" in sources.columns(role):
            build(builder, sources)
    table = pd.DataFrame(builder.columns, index=ids)
    dictionary = pd.DataFrame.from_dict(builder.entries, orient="index", columns=DICTIONARY_COLUMNS).rename_axis("feature")
    return Features(table, dictionary)


def _everyone(sources: Sources) -> pd.Index:
    """List the customers there are, in a fixed order."""
    linked = [r for r in ("customers", "survey", "orders", "events", "campaigns", "tickets", "interviews")
              if "customer_id" in sources.columns(r)]  # fmt: skip
    ids: set[str] = set()
    for role in ["customers"] if "customers" in linked else linked:
        ids |= set(sources[role].select("customer_id").distinct().to_pandas()["customer_id"].dropna())
    return pd.Index(sorted(ids), name="customer_id", dtype="str")


def _attributes(builder: _Builder, sources: Sources) -> None:
    """Everything the customer register says about a person."""
    frame = _by_customer(sources, "customers")
    study = sources.study
    leave = {"birth_year", "updated_on", "agreed_quotes", "agreed_marketing", *study.privacy.consent_columns}
    if "joined_on" in frame:
        days = (pd.Timestamp(study.as_of) - pd.to_datetime(frame.pop("joined_on"))).dt.days.astype(float)
        builder.add("days_as_customer", days, label="Days as a customer", unit="days", basis="behavioural", kind="count",
                    source="customers", columns="customers.joined_on")  # fmt: skip
    for column in [c for c in frame.columns if c not in leave]:
        counted = column == "age" and "birth_year" in frame
        _attribute(builder, study, "customers", column, frame[column], rests_on="birth_year" if counted else column)


def _by_customer(sources: Sources, role: str) -> pd.DataFrame:
    table = sources[role]
    ordered = table.order_by("_row") if "_row" in table.columns else table
    frame = ordered.filter(ordered.customer_id.notnull()).to_pandas().drop(columns="_row", errors="ignore")
    return frame.drop_duplicates("customer_id").set_index("customer_id")


def _attribute(builder: _Builder, study: Study, role: str, column: str, values: pd.Series, *, rests_on: str = "") -> None:
    """Add a column that no rule knows, with the kind that its values suggest."""
    spec = study.sources[role]  # type: ignore[index]
    kind = spec.kinds.get(column) or _kind_of(values)
    if kind is None or values.nunique() <= 1:
        return
    basis = "demographic" if column in _DEMOGRAPHIC else "geographic" if column.lower() in _GEOGRAPHIC else ""
    basis = basis or ("behavioural" if kind in {"amount", "count", "share"} else "demographic")
    label = spec.labels.get(column) or _LABELS.get(column) or column.replace("_", " ").capitalize()
    builder.add(column, _coded(values, kind), label=label, unit=_unit(column, kind, study.currency), basis=basis, kind=kind,
                source=role, columns=f"{role}.{rests_on or column}", about=str(spec.about.get(column, "")))  # fmt: skip


def _unit(column: str, kind: str, currency: str) -> str:
    if kind == "amount" or column == "income":
        return currency
    return "years" if column == "age" else ""


def _kind_of(values: pd.Series) -> str | None:
    known = values.dropna()
    if not len(known) or pd.api.types.is_datetime64_any_dtype(known):
        return None
    words = set(known.astype(str).str.strip().str.lower().unique()[:50]) if known.nunique() <= 2 else set()
    if pd.api.types.is_bool_dtype(known) or (words and words <= set(_YES_NO)):
        return "binary"
    if pd.api.types.is_numeric_dtype(known):
        return "number"
    return "choice" if known.nunique() <= MOST_CATEGORIES or known.nunique() <= 0.02 * len(known) else None


def _coded(values: pd.Series, kind: str) -> pd.Series:
    """Give answers the form that later steps count with: numbers, 1 and 0, or words."""
    if kind in {"binary", "pick_any"}:
        return values.astype("object").map(lambda v: v if pd.isna(v) else _YES_NO.get(str(v).strip().lower())).astype(float)
    if kind == "choice":
        return values.astype("str")
    return pd.to_numeric(values, errors="coerce").astype(float)


def _survey(builder: _Builder, sources: Sources) -> None:
    study = sources.study
    spec = study.sources["survey"]
    frame = _by_customer(sources, "survey")
    asked = {c for block in spec.items.values() for c in block.columns}
    for group, block in spec.items.items():
        for column, wording in block.columns.items():
            _item(builder, frame[column], group, block, column, wording)
    for column in [c for c in frame.columns if c not in asked and c not in AGREED["survey"]]:
        _attribute(builder, study, "survey", column, frame[column])


def _item(builder: _Builder, values: pd.Series, group: str, block: Items, column: str, wording: str) -> None:
    kind = block.kind or _kind_of(values)
    if kind is None or kind == "text":
        return
    if kind == "choice" and block.levels:
        known = values.isin(block.levels)
        values = values.where(known)
    unit = f"{block.scale[0]:g} to {block.scale[1]:g}" if block.scale else "0 to 10" if kind == "nps" else ""
    about = block.about or ABOUT_BY_NAME.get(group.lower(), "opinion")
    basis = "behavioural" if about in {"behaviour", "media", "channel"} else "psychographic"
    if kind == "choice" and about == "opinion":
        basis = "demographic"
    builder.add(column, _coded(values, kind), label=wording, unit=unit, basis=basis, kind=kind, source="survey",
                columns=f"survey.{column}", group=group, about=about, phase=block.phases.get(column, ""))  # fmt: skip


def _orders(builder: _Builder, sources: Sources) -> None:
    orders, study = sources["orders"], sources.study
    end = ibis.timestamp(f"{study.as_of} 23:59:59")
    number = orders.order_id.nunique() if "order_id" in orders.columns else orders.ordered_at.nunique()
    per = orders.group_by("customer_id").aggregate(
        order_count=number, spend=orders.amount.sum(), first=orders.ordered_at.min(), last=orders.ordered_at.max()
    )
    per = per.mutate(seconds_since=end.epoch_seconds() - per["last"].epoch_seconds(),
                     seconds_between=per["last"].epoch_seconds() - per["first"].epoch_seconds())  # fmt: skip
    frame = per.drop("first", "last").to_pandas().set_index("customer_id")
    count = frame["order_count"].astype(float)
    # DuckDB adds in parallel, so the last bits of a sum differ from run to run; a ten-thousandth is exact enough.
    spend = frame["spend"].astype(float).round(4)
    none = pd.Series(0.0, index=builder.ids)
    days = frame["seconds_since"] // 86_400
    gap = (frame["seconds_between"] / 86_400 / (count - 1)).where(count > 1).round(4)
    common = {"basis": "behavioural", "source": "orders"}
    builder.add("order_count", count.reindex(builder.ids).fillna(none), label="Orders", unit="orders", kind="count",
                columns="orders.order_id" if "order_id" in orders.columns else "orders.ordered_at", **common)  # fmt: skip
    builder.add("spend", spend.reindex(builder.ids).fillna(none), label="Spend", unit=study.currency, kind="amount",
                columns="orders.amount", **common)  # fmt: skip
    builder.add("average_order", (spend / count).round(4), label="Average order", unit=study.currency, kind="amount",
                columns="orders.amount", **common)  # fmt: skip
    builder.add("days_since_last_order", days.astype(float), label="Days since the last order", unit="days", kind="count",
                columns="orders.ordered_at", **common)  # fmt: skip
    builder.add("days_between_orders", gap, label="Days between orders", unit="days", kind="count",
                columns="orders.ordered_at", **common)  # fmt: skip
    for column, label in (("channel", "Share of orders by {value}"), ("category", "Share of orders in {value}")):
        _shares(builder, orders, column, label, "orders")
    if "discount" in orders.columns:
        rows = orders.group_by("customer_id").aggregate(share=(orders.discount > 0).ifelse(1.0, 0.0).mean()).to_pandas()
        builder.add("discount_share", rows.set_index("customer_id")["share"].round(6), label="Share of orders at a discount",
                    unit="share", kind="share", columns="orders.discount", **common)  # fmt: skip


def _shares(builder: _Builder, table: Any, column: str, label: str, role: str) -> None:
    """Add the share of a customer's rows with each of the commonest values of a column."""
    if column not in table.columns:
        return
    known = table.filter(table[column].notnull())
    common = known.group_by(column).aggregate(n=known.count()).order_by([ibis.desc("n"), column]).limit(MOST_SHARES).to_pandas()
    values = common[column].tolist()
    if len(values) < 2:
        return
    sums = {f"v{i}": (known[column] == value).ifelse(1.0, 0.0).mean() for i, value in enumerate(values)}
    frame = known.group_by("customer_id").aggregate(**sums).to_pandas().set_index("customer_id")
    for i, value in enumerate(values):
        builder.add(f"{column}_{value}", frame[f"v{i}"].round(6), message=label, value=str(value).replace("_", " "), unit="share",
                    basis="behavioural", kind="share", source=role, columns=f"{role}.{column}",
                    about="channel" if column in {"channel", "device"} else "")  # fmt: skip


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
    pause = events["at"].epoch_seconds() - before.epoch_seconds()
    marked = events.mutate(_starts=(pause.isnull() | (pause > gap_minutes * 60)).ifelse(1, 0))
    running = ibis.window(group_by="customer_id", order_by=order, preceding=None, following=0)
    return marked.mutate(session=marked["_starts"].sum().over(running)).drop("_starts")


def _events(builder: _Builder, sources: Sources) -> None:
    events, study = sources["events"], sources.study
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
    frame = numbered.group_by("customer_id").aggregate(**sums).to_pandas().set_index("customer_id").astype(float)
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
    _shares(builder, events, "device", "Share of visits by {value}", "events")
    _shares(builder, events, "touchpoint", "Share of touches at {value}", "events")


def _campaigns(builder: _Builder, sources: Sources) -> None:
    campaigns = sources["campaigns"]
    flags = [c for c in ("seen", "clicked", "bought") if c in campaigns.columns]
    labels = {
        "seen": "Share of campaigns seen",
        "clicked": "Share of campaigns clicked",
        "bought": "Share of campaigns bought from",
    }
    sums = {flag: campaigns[flag].ifelse(1.0, 0.0).mean() for flag in flags}
    frame = (
        campaigns.group_by("customer_id").aggregate(n=campaigns.campaign.nunique(), **sums).to_pandas().set_index("customer_id")
    )
    builder.add("campaign_count", frame["n"].astype(float), label="Campaigns received", unit="campaigns", basis="behavioural",
                kind="count", source="campaigns", columns="campaigns.campaign")  # fmt: skip
    for flag in flags:
        builder.add(f"campaign_{flag}_share", frame[flag].round(6), label=labels[flag], unit="share", basis="behavioural",
                    kind="share", source="campaigns", columns=f"campaigns.{flag}")  # fmt: skip


def _tickets(builder: _Builder, sources: Sources) -> None:
    tickets = sources["tickets"].filter(sources["tickets"].customer_id.notnull())
    sums = {"n": tickets.count()} | ({"rating": tickets.rating.mean()} if "rating" in tickets.columns else {})
    frame = tickets.group_by("customer_id").aggregate(**sums).to_pandas().set_index("customer_id").astype(float)
    n = frame["n"].reindex(builder.ids).fillna(pd.Series(0.0, index=builder.ids))
    builder.add("ticket_count", n, label="Support contacts", unit="contacts", basis="behavioural", kind="count",
                source="tickets", columns="tickets.customer_id")  # fmt: skip
    if "rating" in frame:
        builder.add("ticket_rating", frame["rating"].round(6), label="Rating of support", unit="", basis="behavioural",
                    kind="number", source="tickets", columns="tickets.rating")  # fmt: skip


def numeric(values: pd.Series) -> np.ndarray:
    """Values as numbers, missing as NaN."""
    return values.to_numpy(dtype=float, na_value=np.nan)
