"""Pictures of step 10: how many questions tell who is who, whose persona is known, channels, budget and opportunities."""

from __future__ import annotations

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from personakit.activation import ActivationPlan
from personakit.activation_audiences import BY_ANSWERS, BY_FACTS, Audiences
from personakit.activation_budget import BY_REACH
from personakit.activation_lines import TEAM_FIELDS
from personakit.evidence import Figure as Evidence
from personakit.render.charts import ACCENT, QUIET, new_figure
from personakit.render.pages import colour_of
from personakit.screener import GOOD_ACCURACY, Screener

#: Opportunities from here on are named in the picture.
_WORTH_NAMING = 8.0
NO_CHANNELS = "No source tells channels: add events, orders or campaigns with a channel, or ask in the survey."
NO_OPPORTUNITIES = (
    "No opportunity can be told: ask how much each need matters and how well it is met, and name both questions under "
    "'satisfaction_with' in the study file."
)
NOTHING_TO_ASK = "There is no screener: nothing can be asked that would tell personas apart."


def screener_chart(screener: Screener | None) -> Figure | str:
    """Share of people told right with 1, 2, … questions, and whom the chosen screener takes for whom."""
    if screener is None:
        return NOTHING_TO_ASK
    figure, (left, right) = new_figure(width=9.6, height=3.6, columns=2)
    curve, chosen = screener.curve, len(screener.questions)
    left.fill_between(curve["n_questions"], curve["ci_low"], curve["ci_high"], color=ACCENT, alpha=0.15, label="95% interval")
    left.plot(curve["n_questions"], curve["accuracy"], color=ACCENT, marker="o", label="told right")
    left.axhline(screener.baseline, color=QUIET, linestyle="--", label="commonest persona every time")
    left.axhline(GOOD_ACCURACY, color=QUIET, linestyle=":", label="what a screener should reach")
    left.plot([chosen], [screener.accuracy["accuracy"]], "o", markersize=13, mfc="none", mec=ACCENT, mew=2, label="this screener")
    left.set(title="How many questions it takes", xlabel="questions", ylabel="people told right", ylim=(0, 1.02),
             xticks=curve["n_questions"])  # fmt: skip
    left.yaxis.set_major_formatter(PercentFormatter(1))
    left.legend(fontsize=7.5, loc="lower right")
    shares = screener.confusion.pivot_table(index="segment", columns="told", values="share", sort=False)
    names = [screener.names[segment] for segment in shares.index]
    labels = np.vectorize(lambda share: f"{share:.0%}")(shares.to_numpy())
    sns.heatmap(shares.to_numpy(), annot=labels, fmt="", cmap="crest", vmin=0, vmax=1, cbar=False, ax=right, xticklabels=names,
                yticklabels=names, linewidths=1)  # fmt: skip
    right.tick_params(axis="y", rotation=0)
    right.set(title=f"Who is taken for whom, with {chosen} questions", xlabel="the screener says", ylabel="they are")
    return figure


def not_sure_chart(screener: Screener | None) -> Figure | str:
    """How many people get a sure answer, and how often it is right, for each lead that one may ask for."""
    if screener is None:
        return NOTHING_TO_ASK
    figure, axis = new_figure(width=6.4)
    table = screener.not_sure
    axis.plot(table["lead"], table["sure_share"], color=QUIET, marker="s", label="get a sure answer")
    axis.fill_between(table["lead"], table["ci_low"], table["ci_high"], color=ACCENT, alpha=0.15)
    axis.plot(table["lead"], table["accuracy"], color=ACCENT, marker="o", label="of these told right (95% interval)")
    axis.axvline(screener.sure_lead, color=QUIET, linestyle=":", label="this screener")
    axis.set(title="What “not sure” costs and saves", xlabel="points ahead to be sure (ten: twice as likely)", ylim=(0, 1.02),
             xticks=table["lead"])  # fmt: skip
    axis.yaxis.set_major_formatter(PercentFormatter(1))
    axis.legend(fontsize=8)
    return figure


def audiences_chart(audiences: Audiences) -> Figure:
    """How many customers are which persona, and how that is known."""
    table = audiences.customers
    counts = pd.crosstab(table["persona"], table["told_by"]).reindex(columns=[BY_ANSWERS, BY_FACTS], fill_value=0)
    counts = counts.loc[counts.sum(axis=1).sort_values(kind="stable").index]
    counts = counts.where(counts >= audiences.min_cell, 0)
    figure, axis = new_figure(width=7.2, height=1.3 + 0.34 * len(counts))
    first = axis.barh(counts.index, counts[BY_ANSWERS], color=ACCENT, label="by their own answers")
    second = axis.barh(counts.index, counts[BY_FACTS], left=counts[BY_ANSWERS], color=QUIET, label="by facts known of everybody")
    for bars in (first, second):
        axis.bar_label(bars, labels=[f"{n:,.0f}" if n else "" for n in bars.datavalues], label_type="center", color="white")
    unknown = int(table["segment"].isna().sum())
    axis.set(title="Who is which persona", xlabel=f"customers ({unknown:,} more without a persona)")
    axis.legend(fontsize=8)
    return figure


def channels_chart(plan: ActivationPlan) -> Figure | str:
    """Which share of each persona uses a channel, prefers it, or clicks what comes by it."""
    shown = {"reach": "use it", "preference": "prefer it", "clicked": "click what comes by it"}
    tables = {name: plan.matrix[plan.matrix["measure"] == measure] for measure, name in shown.items()}
    tables = {name: table for name, table in tables.items() if len(table)}
    if not tables:
        return NO_CHANNELS
    longest = max(table["channel"].nunique() for table in tables.values())
    figure, axes = new_figure(width=3.6 * len(tables) + 0.6, height=1.4 + 0.34 * longest, columns=len(tables))
    for axis, (name, table) in zip(np.atleast_1d(axes), tables.items(), strict=True):
        shares = table.pivot_table(index="channel", columns="segment", values="estimate", sort=False)
        shares = shares.reindex(columns=list(plan.names))
        labels = np.vectorize(lambda share: "" if np.isnan(share) else f"{share:.0%}")(shares.to_numpy(dtype=float))
        sns.heatmap(shares.to_numpy(dtype=float), annot=labels, fmt="", cmap="crest", vmin=0, cbar=False, ax=axis, linewidths=1,
                    xticklabels=list(plan.names.values()), yticklabels=shares.index, annot_kws={"fontsize": 8})  # fmt: skip
        axis.tick_params(axis="both", labelsize=8, rotation=0)
        axis.set(title=name, xlabel="", ylabel="")
    return figure


def budget_chart(plan: ActivationPlan) -> Figure | str:
    """What the split gives each channel, persona by persona, beside the same money for each channel."""
    split = plan.spending.split
    if split is None:
        return NO_CHANNELS
    figure, axis = new_figure(width=8.4, height=1.4 + 0.55 * split.table["channel"].nunique())
    channels = list(dict.fromkeys(split.table["channel"]))
    for offset, column, alpha in ((-0.2, "spend", 1.0), (0.2, "equal_spend", 0.35)):
        begin = np.zeros(len(channels))
        for segment, name in plan.names.items():
            own = split.table[split.table["segment"] == segment].set_index("channel")[column].reindex(channels).fillna(0.0)
            label = name if column == "spend" else None
            axis.barh(
                np.arange(len(channels)) + offset, own, 0.36, left=begin, color=colour_of(segment), alpha=alpha, label=label
            )
            begin = begin + own.to_numpy()
    axis.set_yticks(range(len(channels)), channels)
    axis.invert_yaxis()
    said = "split by reach" if split.by == BY_REACH else (
        f"gain {split.gain:,.0f} responses (95% interval {split.gain_low:,.0f} to {split.gain_high:,.0f})")  # fmt: skip
    axis.set(title=f"Budget: proposed (full colour), and the same money for each channel (pale)\n{said}",
             xlabel=f"spend, {plan.about['currency']}")  # fmt: skip
    axis.legend(fontsize=8)
    return figure


def opportunity_chart(plan: ActivationPlan) -> Figure | str:
    """Needs by importance and satisfaction; below the line a need matters more than it is met."""
    found = [(line, line.evidence[0]) for line in plan.lines if line.place == "product|needs" and line.evidence
             and isinstance(line.evidence[0], Evidence) and line.evidence[0].statistic == "opportunity"]  # fmt: skip
    if not found:
        return NO_OPPORTUNITIES
    figure, axis = new_figure(width=7.4, height=4.6)
    axis.fill_between([0, 10], [0, 10], 0, color="#a1260d", alpha=0.06)
    axis.plot([0, 10], [0, 10], color=QUIET, linestyle="--")
    for segment, name in plan.names.items():
        own = [(line, piece) for line, piece in found if line.segment == segment]
        points = [(line.params["importance"], line.params["satisfaction"]) for line, _ in own]
        axis.scatter(*zip(*points, strict=True), s=60, color=colour_of(segment), label=name) if points else None
        for (x, y), (_, piece) in zip(points, own, strict=True):
            if piece.estimate >= _WORTH_NAMING:
                axis.annotate(piece.label, (x, y), xytext=(-6, 6), textcoords="offset points", fontsize=8, ha="right")
    axis.set(title="Where needs are not met", xlabel="importance, 0 to 10", ylabel="satisfaction, 0 to 10", xlim=(0, 10.2),
             ylim=(0, 10.2))  # fmt: skip
    axis.legend(fontsize=8, loc="lower left")
    return figure


def lines_per_team(plan: ActivationPlan) -> pd.DataFrame:
    """
    Count the lines of each team's page, and how many of them are open or assumed.

    Returns
    -------
    pandas.DataFrame
        One row per team: ``lines``, ``with_evidence`` and ``open`` (no data, or a proposal of ours).
    """
    rows = [(team, [line for line in plan.lines if line.place.startswith(f"{team}|")]) for team in TEAM_FIELDS]
    table = pd.DataFrame({"lines": [len(own) for _, own in rows],
                          "with_evidence": [sum(bool(line.evidence) for line in own) for _, own in rows]},
                         index=pd.Index([team for team, _ in rows], name="team"))  # fmt: skip
    return table.assign(open=table["lines"] - table["with_evidence"])
