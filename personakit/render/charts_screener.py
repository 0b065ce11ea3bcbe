"""Pictures of a screener: how many questions it takes, who is taken for whom, and what "not sure" costs."""

from __future__ import annotations

import numpy as np
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from personakit.render.charts import ACCENT, QUIET, new_figure
from personakit.screener import GOOD_ACCURACY, Screener


def screener_chart(screener: Screener) -> Figure:
    """Share of people told right with 1, 2, … questions, and whom the chosen screener takes for whom."""
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
    right.set(title=f"Who is taken for whom, with {chosen} questions", xlabel="the screener says", ylabel="they are")
    return figure


def not_sure_chart(screener: Screener) -> Figure:
    """How many people get a sure answer, and how often it is right, for each lead that one may ask for."""
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
