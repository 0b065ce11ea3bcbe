"""Pictures of evidence: the rows behind one line of a card, for the group and for everyone else."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Picture

from personakit.evidence import Figure
from personakit.features import Features
from personakit.privacy_cells import small_cells
from personakit.render.charts import QUIET, new_figure
from personakit.render.pages import colour_of
from personakit.segmentation import Segmentation

_BINS, _MOST_ANSWERS, _LONGEST_ANSWER = 12, 12, 34


def evidence_chart(
    figure: Figure, features: Features, segmentation: Segmentation, *, label: str, min_cell: int = 5
) -> Picture | str:  # fmt: skip
    """
    Draw the rows behind a figure: how the people of the group answered, and how everyone else did.

    Parameters
    ----------
    figure : Figure
        A piece of evidence.
    features : Features
        One row per customer.
    segmentation : Segmentation
        Who is in the group.
    label : str
        What the figure is about, in plain words.
    min_cell : int
        Bars of fewer people are left out, and bars from which they would follow.

    Returns
    -------
    matplotlib.figure.Figure or str
        Shares of each answer for words and ratings, of each step for numbers. A figure whose rows are not features of
        customers (journeys, campaigns) is drawn as its estimate with its interval. A text where there is nothing to draw.
    """
    if figure.table != "features" or figure.column not in features.table or figure.segment not in segmentation.segments:
        return _interval(figure, label)
    values = features.table[figure.column].reindex(segmentation.labels.index)
    kind = str(features.dictionary["kind"].get(figure.column, ""))
    if kind == "share":
        values = values * 100
    if kind == "binary":
        values = values.map({0: "no", 1: "yes"})
    words = kind == "nominal" or not pd.api.types.is_numeric_dtype(values)
    counts = _counts(values, segmentation.labels, words=words)
    if figure.segment not in counts:
        return "Nobody in this group answered."
    own, everybody = counts[figure.segment], counts.sum(axis=1)
    shown = pd.DataFrame({"group": own, "others": everybody - own})
    bases = shown.sum()
    hidden = _small(counts, min_cell)[figure.segment] | ((shown["others"] > 0) & (shown["others"] < min_cell))
    shares = shown.where(~hidden) / bases * 100
    if hidden.all():
        return f"Fewer than {min_cell} people stand behind each answer; they are not shown."
    if words:
        shares = shares.loc[everybody.sort_values(ascending=False, kind="stable").index[:_MOST_ANSWERS]]
    picture, axis = new_figure(width=8.4, height=max(2.4, 1.2 + 0.34 * len(shares)))
    places = np.arange(len(shares))
    named = (f"this group (n = {int(bases['group']):,})", f"everyone else (n = {int(bases['others']):,})")
    axis.barh(places - 0.2, shares["group"], height=0.38, color=colour_of(figure.segment), label=named[0])
    axis.barh(places + 0.2, shares["others"], height=0.38, color=QUIET, label=named[1])
    axis.set_yticks(places, [_short(f"{name}{' %' if kind == 'share' else ''}") for name in shares.index])
    axis.set(title=_short(label, 70), xlabel="% of those who answered", ylim=(len(shares) - 0.5, -0.5))
    axis.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.01, 1))
    if hidden.any():
        axis.set_xlabel("% of those who answered; what would tell of too few people is left out")
    return picture


def _counts(values: pd.Series, segments: pd.Series, *, words: bool) -> pd.DataFrame:
    """People per answer, or per step of a number, one column per segment."""
    known = values.notna().to_numpy()
    answers = values[known].astype("str") if words else _steps(values[known].astype(float))
    return pd.crosstab(answers, segments[known].astype(int))


def _small(counts: pd.DataFrame, min_cell: int) -> pd.DataFrame:
    """Cells of too few people, and those from which they would follow: the cards of all segments show the same answers."""
    if counts.shape[1] > 1:
        return pd.DataFrame(small_cells(counts, min_cell=min_cell))
    return small_cells(counts.iloc[:, 0], min_cell=min_cell).to_frame(counts.columns[0])


def _steps(values: pd.Series) -> pd.Series:
    """Numbers as they are when they are few, else in steps of equal width; what lies far out stands in the outermost ones."""
    different = np.sort(values.unique())
    if len(different) <= _BINS:
        names = pd.Categorical(values.map(lambda value: f"{value:g}"), [f"{value:g}" for value in different], ordered=True)
        return pd.Series(names, index=values.index)
    low, high = np.quantile(values, [0.01, 0.95])
    edges = np.linspace(low, high, _BINS + 1)
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, _BINS - 1)
    digits = 0 if high - low >= 2 * _BINS else 2
    names = [f"{a:,.{digits}f} to {b:,.{digits}f}" for a, b in pairwise(edges)]
    names[0], names[-1] = f"up to {edges[1]:,.{digits}f}", f"{edges[-2]:,.{digits}f} or more"
    return pd.Series(pd.Categorical.from_codes(place, names, ordered=True), index=values.index)


def _interval(figure: Figure, label: str) -> Picture | str:
    """The estimate with its interval, beside everyone else."""
    if figure.ci_low is None or figure.ci_high is None:
        return f"{label}: {figure.estimate:,.2f} (n = {figure.n:,}); there is no interval to draw."
    percent = 100 if figure.statistic in {"share", "total_share", "rate"} else 1
    picture, axis = new_figure(width=7.2, height=1.9)
    colour = colour_of(max(figure.segment, 1))
    axis.hlines([0], figure.ci_low * percent, figure.ci_high * percent, color=colour, linewidth=5, alpha=0.4)
    axis.plot([figure.estimate * percent], [0], "o", color=colour)
    heights, names = [0], [f"estimate (n = {figure.n:,})"]
    if figure.others is not None:
        axis.plot([figure.others * percent], [1], "o", color=QUIET)
        heights, names = [0, 1], [*names, f"everyone else (n = {figure.others_n or 0:,})"]
    axis.set_yticks(heights, names)
    axis.set(title=_short(label, 70), xlabel="%" if percent == 100 else figure.unit or "value", ylim=(max(heights) + 0.6, -0.6))
    return picture


def _short(words: str, longest: int = _LONGEST_ANSWER) -> str:
    return words if len(words) <= longest else words[: longest - 1] + "…"
