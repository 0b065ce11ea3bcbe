"""Pictures of step 10: how many questions tell who is who, what "not sure" costs, and whose persona is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from personakit.activation_audiences import BY_ANSWERS, BY_FACTS, Audiences
from personakit.render.charts import ACCENT, QUIET, new_figure
from personakit.screener import GOOD_ACCURACY, Screener

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
