"""Step 05, features: one row per customer, and a dictionary that says in plain words what each column is."""

from __future__ import annotations

from dataclasses import dataclass, field

import ibis
import numpy as np
import pandas as pd

from personakit.collection import Sources
from personakit.features_attributes import add_attributes, by_customer
from personakit.features_builder import DICTIONARY_COLUMNS, FeatureBuilder
from personakit.features_contacts import add_campaigns, add_tickets, add_voices
from personakit.features_events import add_events
from personakit.features_orders import add_orders
from personakit.features_scores import RELIABILITY_COLUMNS
from personakit.features_survey import add_survey
from personakit.handoffs import Parts
from personakit.voices import Voices


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
        psychographic), ``kind`` (binary, ordinal, nominal, count, amount, share, or number for any other measurement),
        ``source``, ``columns`` (the source columns it rests on), ``group`` (block of questions, or the source),
        ``about`` (need, goal, value, …), ``phase`` (of the journey, or empty), ``missing`` (how a value comes to be missing),
        ``levels`` (answers of a rating in words, lowest first, one per line; empty where it was asked in numbers).
    reliability : pandas.DataFrame
        One row per score that the study file names: ``score``, ``questions`` (number), ``n`` (people who answered all),
        ``alpha`` with ``alpha_low`` and ``alpha_high`` (Cronbach's alpha, 95 %).
    weights : pandas.Series
        Survey weight of each customer who has one, mean 1; empty when the survey has none.
    """

    table: pd.DataFrame
    dictionary: pd.DataFrame
    reliability: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=RELIABILITY_COLUMNS))

    weights: pd.Series = field(default_factory=lambda: pd.Series(dtype=float, name="weight"))

    def parts(self) -> Parts:
        """Split into what is written to files."""
        return {"": self.table, "dictionary": self.dictionary, "reliability": self.reliability,
                "weights": self.weights.to_frame()}  # fmt: skip

    @classmethod
    def from_parts(cls, parts: Parts) -> Features:
        """Put together what was read from files."""
        return cls(parts[""], parts["dictionary"], parts["reliability"], parts["weights"]["weight"])

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def build_features(sources: Sources, voices: Voices | None = None) -> Features:
    """
    Describe each customer by everything the sources say; nothing after the study's ``as_of`` is used.

    Parameters
    ----------
    sources : Sources
        Clean sources.
    voices : Voices, optional
        What customers said, from step 04. With it, the texts of each customer are counted by theme.

    Returns
    -------
    Features
        One row per customer of ``customers``, or of all linked sources when the study has no ``customers``.
    """
    ids = _everyone(sources)
    builder = FeatureBuilder(ids)
    for role, build in (("customers", add_attributes), ("survey", add_survey), ("orders", add_orders), ("events", add_events),
                        ("campaigns", add_campaigns), ("tickets", add_tickets)):  # fmt: skip
        if role in sources and "customer_id" in sources.columns(role):
            build(builder, sources)
    if voices is not None:
        add_voices(builder, voices)
    table = pd.DataFrame(builder.columns, index=ids)
    dictionary = pd.DataFrame.from_dict(builder.entries, orient="index", columns=DICTIONARY_COLUMNS).rename_axis("feature")
    reliability = pd.DataFrame(builder.reliability, columns=RELIABILITY_COLUMNS)
    return Features(table, dictionary, reliability, _weights(sources, ids))


def _weights(sources: Sources, ids: pd.Index) -> pd.Series:
    """Survey weight of each customer who has a usable one, mean 1."""
    none = pd.Series(dtype=float, name="weight", index=pd.Index([], name="customer_id", dtype="str"))
    if not {"customer_id", "weight"} <= set(sources.columns("survey")):
        return none
    weights = pd.to_numeric(by_customer(sources, "survey")["weight"], errors="coerce").astype(float)
    weights = weights[(weights > 0) & np.isfinite(weights) & weights.index.isin(ids)].sort_index()
    return (weights / weights.mean()).round(9) if len(weights) else none


def _everyone(sources: Sources) -> pd.Index:
    """List the customers there are, in a fixed order."""
    linked = [r for r in ("customers", "survey", "orders", "events", "campaigns", "tickets", "interviews")
              if "customer_id" in sources.columns(r)]  # fmt: skip
    tables = [sources[role].select("customer_id") for role in (["customers"] if "customers" in linked else linked)]
    if not tables:  # what is said in public, and figures of the market, are about no single customer
        return pd.Index([], name="customer_id", dtype="str")
    everyone = ibis.union(*tables, distinct=True) if len(tables) > 1 else tables[0].distinct()
    found = everyone.filter(everyone.customer_id.notnull()).order_by("customer_id").to_pandas()["customer_id"]
    return pd.Index(found, name="customer_id", dtype="str")


def numeric(values: pd.Series) -> np.ndarray:
    """Values as numbers, missing as NaN."""
    return values.to_numpy(dtype=float, na_value=np.nan)
