"""Step 10, audiences: everybody's persona, and lists of those who agreed to be written to, by persona and channel."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import ibis
import pandas as pd

from personakit.assignment import ASSIGNED_COLUMNS, PersonaRule
from personakit.collection import Sources
from personakit.features import Features
from personakit.handoffs import Parts
from personakit.privacy_cells import K_ANONYMITY_COLUMNS, k_anonymity
from personakit.screener import Screener
from personakit.segmentation import Segmentation

CUSTOMER_COLUMNS = [*ASSIGNED_COLUMNS, "told_by", "channel", "agreed"]
LIST_COLUMNS = ["segment", "persona", "channel", "customers", "agreed", "listed", "note"]
#: Why a list is not there.
TOO_SMALL = "fewer than {n} people: withheld"
NO_CONSENT = "nobody was asked for consent to marketing: name the column in privacy.consent.marketing of the study file"
NOBODY_ASKED = "Nobody was asked for consent to marketing: name the column in privacy.consent.marketing of the study file."
WITHOUT_PERSONA = "Customers without a segment stay without a persona: facts tell no more than the commonest persona."
#: Folder of the lists in the work folder.
AUDIENCES = "audiences"
#: Where a channel is not known.
ANY_CHANNEL = "any"
BY_ANSWERS, BY_FACTS = "answers", "facts"


@dataclass(frozen=True, eq=False, repr=False)
class Audiences:
    """
    Who is which persona, and who may be written to.

    Attributes
    ----------
    customers : pandas.DataFrame
        One row per customer, indexed by ``customer_id``: ``segment``, ``persona`` (missing when not known), ``certainty`` (0 to
        1), ``borderline_with`` (the persona a customer could as well be), ``told_by`` ("answers": by the rule of the segments;
        "facts": by a screener from what is known of everybody), ``channel`` (used most often), ``agreed`` (to marketing).
    lists : pandas.DataFrame
        One row per persona and channel: ``segment``, ``persona``, ``channel``, ``customers``, ``agreed`` (of these),
        ``listed`` (people on the list; 0 when it is withheld), ``note`` (why it is withheld, else empty). Small numbers are
        missing.
    anonymity : pandas.DataFrame
        What the lists tell of a person, and how many share it; see :func:`personakit.k_anonymity`.
    min_cell : int
        Fewest people on a list.
    notes : list of str
        What could not be made, and which data would allow it.
    """

    customers: pd.DataFrame
    lists: pd.DataFrame
    anonymity: pd.DataFrame
    min_cell: int = 5
    notes: list[str] = field(default_factory=list)

    def of(self, segment: int, channel: str = "") -> pd.DataFrame:
        """
        Give the people who may be written to about one persona, the surest first.

        Parameters
        ----------
        segment : int
            The persona.
        channel : str
            Only people who use this channel most; without it, all.

        Returns
        -------
        pandas.DataFrame
            One row per person on a list that is not withheld, with the columns of ``customers``.
        """
        open_ = self.lists[(self.lists["listed"].fillna(0) > 0) & (self.lists["segment"] == segment)]
        wanted = open_["channel"] if not channel else open_.loc[open_["channel"] == channel, "channel"]
        own = self.customers[(self.customers["segment"] == segment) & self.customers["agreed"].fillna(False)
                             & self.customers["channel"].isin(wanted)]  # fmt: skip
        return own.sort_values("certainty", ascending=False, kind="stable")

    def renamed(self, names: dict[str, str]) -> Audiences:
        """Take over other names of the personas, by the names they have."""
        customers = self.customers.replace({"persona": names, "borderline_with": names})
        return replace(self, customers=customers, lists=self.lists.replace({"persona": names}))

    def parts(self) -> Parts:
        """Split into what is written to files."""
        return {"customers": self.customers, "lists": self.lists, "anonymity": self.anonymity,
                "audiences": {"min_cell": self.min_cell, "notes": self.notes}}  # fmt: skip

    @classmethod
    def from_parts(cls, parts: Parts) -> Audiences:
        """Put together what was read from files."""
        about = parts["audiences"]
        return cls(parts["customers"], parts["lists"], parts["anonymity"], about["min_cell"], about["notes"])

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def build_audiences(
    sources: Sources, features: Features, segmentation: Segmentation, names: dict[int, str], *, by_facts: Screener | None = None
) -> Audiences:
    """
    Tell everybody's persona, and list by persona and channel who agreed to marketing.

    Parameters
    ----------
    sources : Sources
        Protected sources: consent is taken from ``customers``, the channel from ``events``, else from ``orders``.
    features : Features
        One row per customer.
    segmentation : Segmentation
        The segments.
    names : dict of int to str
        Name of each segment's persona.
    by_facts : Screener, optional
        Tells the persona of customers who have no segment, from what is known of everybody; left aside when it is no better
        than naming the commonest persona.

    Returns
    -------
    Audiences
        Everybody's persona, and the lists; those under the study's ``min_cell`` people are withheld.
    """
    told = PersonaRule(names, segmentation).assign(features.table)
    told["told_by"] = pd.Series(BY_ANSWERS, index=told.index, dtype="str").where(told["segment"].notna())
    notes = []
    unknown = told["segment"].isna()
    if by_facts is not None and unknown.any():
        if by_facts.useful:
            guessed = PersonaRule(names, by_facts).assign(features.table[unknown])
            guessed["told_by"] = pd.Series(BY_FACTS, index=guessed.index, dtype="str").where(guessed["segment"].notna())
            told = pd.concat([told[~unknown], guessed]).reindex(told.index)
        else:
            notes.append(WITHOUT_PERSONA)
    told["channel"] = _channel(sources).reindex(told.index).fillna(ANY_CHANNEL).astype("str")
    told["agreed"] = who_agreed(sources).reindex(told.index).astype("boolean")
    min_cell = sources.study.privacy.min_cell
    asked = bool(told["agreed"].notna().any())
    rows = [_list(own, int(segment), names, str(channel), min_cell, asked=asked)
            for (segment, channel), own in told.dropna(subset=["segment"]).groupby(["segment", "channel"])]  # fmt: skip
    lists = pd.DataFrame(rows, columns=LIST_COLUMNS).astype({"customers": "Int64", "agreed": "Int64", "listed": "Int64"})
    if not asked:
        notes.append(NOBODY_ASKED)
    found = Audiences(told[CUSTOMER_COLUMNS], lists, pd.DataFrame(), min_cell, notes)
    leaving = pd.concat([found.of(segment) for segment in names])
    anonymity = pd.DataFrame(columns=K_ANONYMITY_COLUMNS)
    if len(leaving):
        anonymity = k_anonymity(leaving, ["persona", "channel"], k=min_cell)
    return Audiences(found.customers, lists, anonymity, min_cell, notes)


def _list(own: pd.DataFrame, segment: int, names: dict[int, str], channel: str, min_cell: int, *, asked: bool) -> tuple[Any, ...]:
    """Count one list; numbers under the smallest cell are not told."""
    n, agreed = len(own), int(own["agreed"].fillna(False).sum())
    small = agreed < min_cell
    note = NO_CONSENT if not asked else TOO_SMALL.format(n=min_cell) if small else ""
    hidden = n - agreed < min_cell and n != agreed  # who did not agree could be counted
    shown = None if n < min_cell or hidden else n
    return segment, names[segment], channel, shown, None if small else agreed, 0 if small else agreed, note


def who_agreed(sources: Sources) -> pd.Series:
    """Tell whether each customer agreed to marketing; missing where nobody was asked."""
    if "agreed_marketing" not in sources.columns("customers"):
        return pd.Series(dtype="boolean")
    table = sources["customers"].select("customer_id", "agreed_marketing").distinct().to_pandas().dropna(subset=["customer_id"])
    return table.groupby("customer_id")["agreed_marketing"].min().astype("boolean")


def _channel(sources: Sources) -> pd.Series:
    """The channel that each customer uses most; with as many uses of two, the first by its name."""
    for role in ("events", "orders"):
        if {"customer_id", "channel"} <= set(sources.columns(role)):
            table = sources[role]
            known = table.filter(table.customer_id.notnull() & table.channel.notnull())
            counted = known.group_by(["customer_id", "channel"]).aggregate(n=known.count())
            order = ibis.window(group_by="customer_id", order_by=[ibis.desc("n"), "channel"])
            ranked = counted.mutate(place=ibis.row_number().over(order))
            found = ranked.filter(ranked.place == 0).select("customer_id", "channel").to_pandas()
            return found.set_index("customer_id")["channel"]
    return pd.Series(dtype="str")
