"""Step 10, retention: what is said of each persona about staying away and the next purchase, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from personakit.activation_loyalty import CALIBRATION_COLUMNS, NEED_COLUMNS, RISK_COLUMNS, Prediction
from personakit.evidence import Claim, Figure, claim
from personakit.evidence_measures import wilson
from personakit.handoffs import Parts

_PLACE, _Z = "marketing|loyalty", 1.959963984540054
RISK = "{value} of them are likely to buy nothing in the next {days} days ({low} to {high})"
NEXT = "“{category}” is the likeliest next purchase of {value} of them ({low} to {high})"
HIGH_RISK_PLAN = "High risk, {n} people: write to them first, by {channel}, about “{topic}”"
MEDIUM_RISK_PLAN = "Medium risk, {n} people: remind them of “{topic}” by {channel} before {days} days have passed"
LOW_RISK_PLAN = "Low risk, {n} people: thank them, and ask them to recommend you"
TRIED_RISK = ("Who stays away, tried on {n} people: {right} of pairs (one stayed away, one did not) are ranked right; by how "
              "long ago they bought, {by_rule}")  # fmt: skip
TRIED_NEED = "What they buy next, tried on {n} people: {right} named right; by a simple rule ({rule}), {by_rule}"
_PLANS = {"high": HIGH_RISK_PLAN, "medium": MEDIUM_RISK_PLAN, "low": LOW_RISK_PLAN}
_RESTS = {
    "risk": ["orders.customer_id", "orders.ordered_at"],
    "need": ["orders.customer_id", "orders.ordered_at", "orders.category"],
}
_TABLES = {"now": {"risk": RISK_COLUMNS, "need": NEED_COLUMNS}, "calibration": {"risk": CALIBRATION_COLUMNS,
                                                                                "need": CALIBRATION_COLUMNS}}  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Retention:
    """
    Who will stay away, and what people buy next.

    Attributes
    ----------
    risk, need : Prediction
        What was learnt, how it did, and what it says now.
    segments : pandas.Series
        Segment of each customer of whom something is said.
    min_cell : int
        Smallest group shown.
    """

    risk: Prediction = field(default_factory=lambda: Prediction("risk"))
    need: Prediction = field(default_factory=lambda: Prediction("need"))
    segments: pd.Series = field(default_factory=lambda: pd.Series(dtype="int64"))
    min_cell: int = 5

    def parts(self) -> Parts:
        """Split into what is written to files."""
        parts: Parts = {}
        for made in (self.risk, self.need):
            parts |= {f"{made.what}_{name}": getattr(made, name).reindex(columns=columns[made.what])
                      for name, columns in _TABLES.items()}  # fmt: skip
        about = {made.what: {name: None if value != value else value for name, value in vars(made).items()  # noqa: PLR0124  NaN
                             if name not in _TABLES} for made in (self.risk, self.need)}  # fmt: skip
        table = self.segments.rename("segment").rename_axis("customer_id").to_frame()
        return parts | {"retention": about | {"min_cell": self.min_cell}, "retention_segments": table}

    @classmethod
    def from_parts(cls, parts: Parts) -> Retention:
        """Put together what was read from files."""
        about, made = parts["retention"], {}
        for what in ("risk", "need"):
            numbers: dict[str, Any] = {name: float("nan") if value is None else value for name, value in about[what].items()}
            made[what] = Prediction(**numbers, **{name: parts[f"{what}_{name}"] for name in _TABLES})
        return cls(made["risk"], made["need"], parts["retention_segments"]["segment"], about["min_cell"])

    def figures(self) -> dict[str, Figure]:
        """Give what is foretold of each persona, and how well it did, as pieces of evidence by key."""
        found = []
        for made in (self.risk, self.need):
            if not np.isnan(made.gain):
                parts = tuple(nats / made.rule_loss for nats in (made.gain, made.gain_low, made.gain_high))
                found.append(_figure(made, f"{made.what}_gain", 0, parts, made.n, unit="share",
                                     label="Part of the uncertainty that it takes away"))  # fmt: skip
            for segment, own in self._of(made):
                if len(own) < self.min_cell:
                    continue
                category = "" if made.what == "risk" else _commonest(own)
                column, label = (
                    ("risk", "Buy nothing in the window ahead") if not category else (f"next_{category}", "Buy {value} next")
                )
                found.append(_figure(made, column, segment, _foretold(own, category), len(own), label=label, unit="share",
                                     value=category))  # fmt: skip
        return {figure.key: figure for figure in found}

    def _of(self, made: Prediction) -> list[tuple[int, pd.DataFrame]]:
        now = made.now if made.useful else made.now.iloc[:0]
        known = now[now.index.isin(self.segments.index)]
        return [(int(segment), own) for segment, own in known.groupby(self.segments.reindex(known.index))]

    def lines(self, topics: dict[int, Figure], channels: dict[int, Figure]) -> list[Claim]:
        """
        Say what is foretold of each persona and what to do about it; how good it is stands at segment 0.

        Parameters
        ----------
        topics : dict of int to Figure
            What each persona can be written to about.
        channels : dict of int to Figure
            The channel that each persona answers to.
        """
        figures, found = self.figures(), []
        for made, said in ((self.risk, TRIED_RISK), (self.need, TRIED_NEED)):
            gain = figures.get(f"activation|{made.what}_gain||0")
            if made.useful and gain is not None:
                found.append(claim(0, _PLACE, said, evidence=[gain], asserts="level", n=made.n, right=made.right,
                                   by_rule=made.right_by_rule, rule=made.rule))  # fmt: skip
            elif made.refused and not (made is self.need and _nothing_new(self.risk, self.need)):
                evidence = [gain] if gain is not None else []
                line = claim(
                    0, _PLACE, made.refused, evidence=list(evidence), asserts="level", label=made.what, **made.refused_params
                )
                found.append(line)
        for segment, own in self._of(self.need):
            category = _commonest(own) if len(own) >= self.min_cell else ""
            figure = figures.get(f"activation|next_{category}||{segment}")
            if figure is not None:
                found.append(claim(segment, _PLACE, NEXT, evidence=[figure], asserts="level", category=category,
                                   value=figure.estimate, low=figure.ci_low, high=figure.ci_high, format="percent"))  # fmt: skip
        for segment, own in self._of(self.risk):
            figure = figures.get(f"activation|risk||{segment}")
            if figure is not None:
                found.append(claim(segment, _PLACE, RISK, evidence=[figure], asserts="level", days=self.risk.window_days,
                                   value=figure.estimate, low=figure.ci_low, high=figure.ci_high, format="percent"))  # fmt: skip
                found += self._plans(own, figure, topics.get(segment), channels.get(segment))
        return found

    def _plans(self, own: pd.DataFrame, figure: Figure, topic: Figure | None, channel: Figure | None) -> list[Claim]:
        """What to do with people at high, medium and low risk; a group too small to be shown goes to those at medium risk."""
        counts = {name: int((own["level"] == name).sum()) for name in _PLANS}
        for name in ("high", "low"):
            if 0 < counts[name] < self.min_cell:
                counts |= {name: 0, "medium": counts["medium"] + counts[name]}
        if 0 < counts["medium"] < self.min_cell:
            return []
        found = []
        for name, message in _PLANS.items():
            params: dict[str, Any] = {"n": counts[name]}
            basis = [figure]
            if name != "low":
                if topic is None or channel is None:
                    continue
                basis += [topic, channel]
                params |= {"topic": _thing(topic), "channel": _thing(channel)}
            if name == "medium":
                params["days"] = self.risk.window_days
            if params["n"]:
                line = claim(figure.segment, _PLACE, message, evidence=list(basis), asserts="level", **params)
                found.append(line.model_copy(update={"id": f"{line.id}|{name}"}))
        return found


def _foretold(own: pd.DataFrame, category: str) -> tuple[float, float, float]:
    """Mean chance of staying away with the interval of the share that will; or the share with this category and its interval."""
    n = len(own)
    if category:
        k = int((own["category"] == category).sum())
        return k / n, *wilson(k, n)
    chances = own["chance"].to_numpy(dtype=float)
    half = _Z * float(np.sqrt((chances * (1 - chances)).sum())) / n
    mean = float(chances.mean())
    return mean, max(mean - half, 0.0), min(mean + half, 1.0)


def _figure(  # noqa: PLR0913  what a figure says, one by one
    made: Prediction, column: str, segment: int, numbers: tuple[float, ...], n: int, *, label: str, unit: str,
    value: str = "",
) -> Figure:  # fmt: skip
    estimate, low, high = (float(number) for number in numbers)
    return Figure(key=f"activation|{column}||{segment}", table="activation", column=column, label=label, label_value=value,
                  unit=unit, sources=_RESTS[made.what], segment=segment, statistic="rate", estimate=estimate, ci_low=low,
                  ci_high=high, n=n)  # fmt: skip


def _nothing_new(told: Prediction, made: Prediction) -> bool:
    """Whether the reason was given before, as without orders, and nothing was measured."""
    return (told.refused, told.refused_params) == (made.refused, made.refused_params) and np.isnan(made.gain)


def _commonest(own: pd.DataFrame) -> str:
    counts = own["category"].value_counts()
    return str(min(counts.index, key=lambda name: (-counts[name], str(name))))


def _thing(figure: Figure) -> str:
    return figure.category or figure.label_value or figure.label
