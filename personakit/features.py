"""Step 05, features: one row per customer, and a dictionary that says in plain words what each column is."""

from __future__ import annotations

from dataclasses import dataclass, field

import ibis
import numpy as np
import pandas as pd

from personakit.collection import Sources
from personakit.features_builder import DICTIONARY_COLUMNS, FeatureBuilder
from personakit.features_events import add_events
from personakit.features_orders import add_orders
from personakit.features_scores import RELIABILITY_COLUMNS, cronbach_alpha, score_of
from personakit.handoffs import Parts
from personakit.roles import AGREED
from personakit.study import Study
from personakit.study_parts import ABOUT_BY_NAME, Items

MOST_CATEGORIES = 12
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
    reliability : pandas.DataFrame
        One row per score that the study file names: ``score``, ``questions`` (number), ``n`` (people who answered all),
        ``alpha`` with ``alpha_low`` and ``alpha_high`` (Cronbach's alpha, 95 %).
    """

    table: pd.DataFrame
    dictionary: pd.DataFrame
    reliability: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=RELIABILITY_COLUMNS))

    def parts(self) -> Parts:
        """Split into what is written to files."""
        return {"": self.table, "dictionary": self.dictionary, "reliability": self.reliability}

    @classmethod
    def from_parts(cls, parts: Parts) -> Features:
        """Put together what was read from files."""
        return cls(parts[""], parts["dictionary"], parts["reliability"])

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


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
    builder = FeatureBuilder(ids)
    for role, build in (("customers", _attributes), ("survey", _survey), ("orders", add_orders), ("events", add_events),
                        ("campaigns", _campaigns), ("tickets", _tickets)):  # fmt: skip
        if role in sources and "customer_id" in sources.columns(role):
            build(builder, sources)
    table = pd.DataFrame(builder.columns, index=ids)
    dictionary = pd.DataFrame.from_dict(builder.entries, orient="index", columns=DICTIONARY_COLUMNS).rename_axis("feature")
    return Features(table, dictionary, pd.DataFrame(builder.reliability, columns=RELIABILITY_COLUMNS))


def _everyone(sources: Sources) -> pd.Index:
    """List the customers there are, in a fixed order."""
    linked = [r for r in ("customers", "survey", "orders", "events", "campaigns", "tickets", "interviews")
              if "customer_id" in sources.columns(r)]  # fmt: skip
    tables = [sources[role].select("customer_id") for role in (["customers"] if "customers" in linked else linked)]
    everyone = ibis.union(*tables, distinct=True) if len(tables) > 1 else tables[0].distinct()
    found = everyone.filter(everyone.customer_id.notnull()).order_by("customer_id").to_pandas()["customer_id"]
    return pd.Index(found, name="customer_id", dtype="str")


def _attributes(builder: FeatureBuilder, sources: Sources) -> None:
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


def _attribute(builder: FeatureBuilder, study: Study, role: str, column: str, values: pd.Series, *, rests_on: str = "") -> None:
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


def _survey(builder: FeatureBuilder, sources: Sources) -> None:
    study = sources.study
    spec = study.sources["survey"]
    frame = _by_customer(sources, "survey")
    asked = {c for block in spec.items.values() for c in block.columns}
    for group, block in spec.items.items():
        for column, wording in block.columns.items():
            _item(builder, frame[column], group, block, column, wording)
        for name, questions in block.scores.items():
            score, turned = score_of(frame, questions, block)
            builder.reliability.append({"score": name, **cronbach_alpha(turned)})
            about = block.about or ABOUT_BY_NAME.get(group.lower(), "opinion")
            low, high = block.scale or (turned.min().min(), turned.max().max())
            builder.add(name, score, label=name.replace("_", " ").capitalize(), unit=f"{low:g} to {high:g}", source="survey",
                        basis="psychographic", kind="likert", group=f"{group} scores", about=about,
                        columns=", ".join(f"survey.{column}" for column in turned))  # fmt: skip
    for column in [c for c in frame.columns if c not in asked and c not in AGREED["survey"]]:
        _attribute(builder, study, "survey", column, frame[column])


def _item(builder: FeatureBuilder, values: pd.Series, group: str, block: Items, column: str, wording: str) -> None:
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


def _campaigns(builder: FeatureBuilder, sources: Sources) -> None:
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


def _tickets(builder: FeatureBuilder, sources: Sources) -> None:
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
