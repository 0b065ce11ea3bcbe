"""Step 10, spending: from the campaigns of the data to a split of the budget, with the lines that say so."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from personakit.activation_budget import BETTER, BY_REACH, BudgetSplit, split_budget, split_by_reach
from personakit.activation_responses import count_contacts, fit_responses
from personakit.collection import Sources
from personakit.errors import DataError
from personakit.evidence import Claim, Figure, claim
from personakit.handoffs import Parts

RESPONSE_COLUMNS = ["segment", "channel", "contacts", "responses", "cost", "most", "raw", "rate", "ci_low", "ci_high"]
SPEND = {
    "bought": ("{spend} by {channel}: {value} of first contacts end in a purchase ({low} to {high})",
               "Nothing by {channel}: {value} of first contacts end in a purchase ({low} to {high})"),
    "clicked": ("{spend} by {channel}: {value} of first contacts are clicked ({low} to {high})",
                "Nothing by {channel}: {value} of first contacts are clicked ({low} to {high})"),
    "seen": ("{spend} by {channel}: {value} of first contacts are seen ({low} to {high})",
             "Nothing by {channel}: {value} of first contacts are seen ({low} to {high})"),
}  # fmt: skip
GAIN = "About {value} more responses than with the same money for each channel ({low} to {high})"
NO_GAIN = "No clear difference to the same money for each channel ({low} to {high} responses): that split stands"
TIRES = "Whoever has been written to before answers less often: the split counts that"
SPLIT_BY_REACH = "No campaigns with channel and cost: the split goes by how many people a channel reaches"
NEEDS_CAMPAIGNS = "Add a source 'campaigns' with channel and cost: then the split goes by what people answer."
_PLACE = "marketing|budget"


@dataclass(frozen=True, eq=False, repr=False)
class Spending:
    """
    How to spend the money for campaigns.

    Attributes
    ----------
    split : BudgetSplit or None
        The split; None when neither campaigns nor channels are known.
    cells : pandas.DataFrame
        How often each persona answers in each channel, see :class:`personakit.activation_responses.Responses`; empty without
        campaigns.
    tires : bool
        Whether further contacts are clearly answered less often.
    """

    split: BudgetSplit | None = None
    cells: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=RESPONSE_COLUMNS))
    tires: bool = False

    def parts(self) -> Parts:
        """Split into what is written to files."""
        numbers: dict[str, Any] = {}
        table = pd.DataFrame()
        if self.split is not None:
            numbers = {name: value for name, value in vars(self.split).items() if name != "table"}
            table = self.split.table
            numbers = {name: None if value != value else value for name, value in numbers.items()}  # noqa: PLR0124  NaN
        return {"spending": {"split": numbers, "tires": self.tires}, "split": table, "responses": self.cells}

    @classmethod
    def from_parts(cls, parts: Parts) -> Spending:
        """Put together what was read from files."""
        about = parts["spending"]
        numbers: dict[str, Any] = {name: float("nan") if value is None else value for name, value in about["split"].items()}
        return cls(BudgetSplit(parts["split"], **numbers) if numbers else None, parts["responses"], about["tires"])

    def figures(self) -> dict[str, Figure]:
        """Give chances of a response, and the gain, as pieces of evidence by key."""
        split = self.split
        if split is None or split.by == BY_REACH:
            return {}
        rests = [f"campaigns.{name}" for name in (split.response, "channel", "cost")]
        found = [Figure(key=f"activation|rate_{row.channel}||{row.segment}", table="activation", column=f"rate_{row.channel}",
                        label="Answer what comes by {value}", label_value=str(row.channel), unit="share", sources=rests[:2],
                        segment=int(row.segment), statistic="rate", estimate=row.rate, ci_low=row.ci_low, ci_high=row.ci_high,
                        n=int(row.contacts)) for row in self.cells.itertuples()]  # fmt: skip
        found.append(Figure(key="activation|gain||0", table="activation", column="gain", label="Gain of the split",
                            unit="responses", sources=rests, segment=0, statistic="count", estimate=split.gain,
                            ci_low=split.gain_low, ci_high=split.gain_high, n=int(self.cells["contacts"].sum())))  # fmt: skip
        return {figure.key: figure for figure in found}

    def lines(self) -> list[Claim]:
        """Say what to spend where, persona by persona; what holds for all stands at segment 0."""
        split = self.split
        if split is None:
            return []
        if split.by == BY_REACH:
            return [claim(0, _PLACE, SPLIT_BY_REACH)]
        figures = self.figures()
        gain = figures["activation|gain||0"]
        found = [claim(0, _PLACE, GAIN if split.verdict == BETTER else NO_GAIN, evidence=[gain], asserts="level",
                       value=gain.estimate, low=gain.ci_low, high=gain.ci_high)]  # fmt: skip
        if self.tires:
            found.append(claim(0, _PLACE, TIRES, evidence=[gain], asserts="level").model_copy(update={"id": f"0|{_PLACE}|tires"}))
        for row in split.table.sort_values(["segment", "spend"], ascending=[True, False], kind="stable").itertuples():
            figure = figures[f"activation|rate_{row.channel}||{row.segment}"]
            some, none = SPEND[split.response]
            money = {"spend": round(row.spend, 2)} if row.spend > 0 else {}
            found.append(claim(int(row.segment), _PLACE, some if money else none, evidence=[figure], asserts="level",
                               channel=row.channel, value=figure.estimate, low=figure.ci_low, high=figure.ci_high,
                               format="percent", **money))  # fmt: skip
        return found


def plan_spending(sources: Sources, customers: pd.DataFrame, matrix: pd.DataFrame, *, random_state: int = 1) -> Spending:
    """
    Split the study's budget over personas and channels.

    Parameters
    ----------
    sources : Sources
        Clean sources; the budget and bounds come from ``activation`` in the study file. Without a budget it is what the
        campaigns of the data cost.
    customers : pandas.DataFrame
        One row per customer with ``segment`` and ``agreed``, as in :class:`personakit.activation_audiences.Audiences`. Whoever
        did not agree to marketing is not written to; where nobody was asked, everybody is.
    matrix : pandas.DataFrame
        Personas by channels, for a split by reach where there are no campaigns.
    random_state : int
        Seed.

    Returns
    -------
    Spending
        The split and what it rests on.

    Raises
    ------
    DataError
        If the bounds of the study file name no channel, or cannot be kept.
    """
    choice = sources.study.activation
    known = customers.dropna(subset=["segment"])
    asked = bool(customers["agreed"].notna().any())
    open_ = known[known["agreed"].fillna(False)] if asked else known
    people = open_["segment"].astype("int64").value_counts()
    contacts, response = count_contacts(sources, customers["segment"])
    if contacts["responses"].sum() > 0 and len(people):
        responses = fit_responses(contacts, response, random_state=random_state)
        budget = choice.budget or float((contacts["cost"] * contacts["contacts"]).sum())
        if budget > 0:
            try:
                split = split_budget(responses, people, budget, bounds=choice.bounds)
            except DataError as error:
                raise DataError([f"activation.{line}" for line in str(error).splitlines()]) from None
            cells = responses.cells
            split = replace(split, table=split.table.reset_index(drop=True))
            return Spending(split, cells[RESPONSE_COLUMNS], responses.tires)
    reach = matrix[matrix["measure"] == "reach"]
    if reach.empty or not len(people):
        return Spending()
    counted = reach[["segment", "channel"]].assign(customers=(reach["estimate"] * reach["segment"].map(people).fillna(0)).round())
    if not counted["customers"].sum():
        return Spending()
    return Spending(split_by_reach(counted, choice.budget or 1.0))
