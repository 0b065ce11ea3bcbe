"""Step 05, what a register or a questionnaire says about a person, one column at a time."""

from __future__ import annotations

import pandas as pd

from personakit.collection import Sources
from personakit.features_builder import ABOUT_BY_QUESTION, KIND_OF_QUESTION, FeatureBuilder, until_the_day
from personakit.study import Study

MOST_CATEGORIES = 12
_DEMOGRAPHIC = {"age", "birth_year", "gender", "occupation", "household", "income", "joined_on"}
_GEOGRAPHIC = {"region", "country", "city", "postcode"}
LABELS = {"age": "Age", "gender": "Gender", "region": "Region", "occupation": "Occupation", "household": "Household",
           "income": "Income"}  # fmt: skip
_YES_NO = {"yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0, "ja": 1.0, "nei": 0.0, "kyllä": 1.0, "ei": 0.0,
           "y": 1.0, "n": 0.0, "1": 1.0, "0": 0.0, "1.0": 1.0, "0.0": 0.0, "بله": 1.0, "خیر": 0.0}  # fmt: skip


def add_attributes(builder: FeatureBuilder, sources: Sources) -> None:
    """
    Add everything the customer register says about a person.

    Parameters
    ----------
    builder : FeatureBuilder
        Collects the features.
    sources : Sources
        Clean sources with customers.
    """
    frame = by_customer(sources, "customers")
    study = sources.study
    leave = {"birth_year", "updated_on", "agreed_quotes", "agreed_marketing", *study.privacy.consent_columns}
    if "joined_on" in frame:
        days = (pd.Timestamp(study.as_of) - pd.to_datetime(frame.pop("joined_on"))).dt.days.astype(float)
        builder.add("days_as_customer", days.where(days >= 0), label="Days as a customer", unit="days", basis="behavioural",
                    kind="count", source="customers", columns="customers.joined_on")  # fmt: skip
    for column in [c for c in frame.columns if c not in leave]:
        counted = column == "age" and "birth_year" in frame
        add_attribute(builder, study, "customers", column, frame[column], rests_on="birth_year" if counted else column)


def by_customer(sources: Sources, role: str) -> pd.DataFrame:
    """Give a source one row per customer; the first row counts where a customer stands twice."""
    table = sources[role] if role == "customers" else until_the_day(sources, role)
    ordered = table.order_by("_row") if "_row" in table.columns else table
    frame = ordered.filter(ordered.customer_id.notnull()).to_pandas().drop(columns="_row", errors="ignore")
    return frame.drop_duplicates("customer_id").set_index("customer_id")


def add_attribute(
    builder: FeatureBuilder, study: Study, role: str, column: str, values: pd.Series, *, rests_on: str = ""
) -> None:
    """Add a column that no rule knows, with the kind that its values suggest."""
    spec = study.sources[role]  # type: ignore[index]
    question = spec.kinds.get(column)
    kind = KIND_OF_QUESTION.get(question or "", question) or kind_of(values)
    if kind in {None, "text"} or values.nunique() <= 1:
        return
    basis = "demographic" if column in _DEMOGRAPHIC else "geographic" if column.lower() in _GEOGRAPHIC else ""
    basis = basis or ("behavioural" if kind in {"amount", "count", "share"} else "demographic")
    label = spec.labels.get(column) or LABELS.get(column) or column.replace("_", " ").capitalize()
    builder.add(column, coded(values, kind), label=label, unit=_unit(column, kind, study.currency), basis=basis, kind=kind,
                source=role, columns=f"{role}.{rests_on or column}",
                about=ABOUT_BY_QUESTION.get(question or "", str(spec.about.get(column, ""))))  # fmt: skip


def _unit(column: str, kind: str, currency: str) -> str:
    if kind == "amount" or column == "income":
        return currency
    return "years" if column == "age" else ""


def kind_of(values: pd.Series) -> str | None:
    """Tell the kind of a column from its values: binary, number or nominal; None for dates and free text."""
    known = values.dropna()
    if not len(known) or pd.api.types.is_datetime64_any_dtype(known):
        return None
    words = set(known.astype(str).str.strip().str.lower().unique()[:50]) if known.nunique() <= 2 else set()
    if pd.api.types.is_bool_dtype(known) or (words and words <= set(_YES_NO)):
        return "binary"
    if pd.api.types.is_numeric_dtype(known):
        return "number"
    return "nominal" if known.nunique() <= MOST_CATEGORIES or known.nunique() <= 0.02 * len(known) else None


def coded(values: pd.Series, kind: str) -> pd.Series:
    """Give answers the form that later steps count with: numbers, 1 and 0, or words."""
    if kind == "binary":
        return values.astype("object").map(lambda v: v if pd.isna(v) else _YES_NO.get(str(v).strip().lower())).astype(float)
    if kind == "nominal":
        return values.astype("str")
    return pd.to_numeric(values, errors="coerce").astype(float)
