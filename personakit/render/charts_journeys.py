"""Pictures of journeys: how many come how far, the ways between phases, how people feel, and which moments matter."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline

from personakit.journeys import JourneyMaps
from personakit.render.charts import ACCENT, QUIET, new_figure
from personakit.render.journey_flow import Band, flow_of
from personakit.render.pages import colour_of

_MOST_MOMENTS = 8
_NODE_WIDTH, _BACKWARDS = 0.16, "#b3362b"


def phase_funnel_chart(journeys: JourneyMaps) -> Figure | str:
    """How many customers reach each phase, and how many of those in the phase before come on to it."""
    funnel = journeys.funnel
    if funnel.empty:
        return "No events, so it is not known how many come how far."
    figure, axis = new_figure(height=0.9 + 0.5 * len(funnel))
    heights = np.arange(len(funnel))[::-1]
    axis.barh(heights, funnel["share"] * 100, color=ACCENT, height=0.6,
              xerr=np.clip([funnel["share"] - funnel["low"], funnel["high"] - funnel["share"]], 0, None) * 100,
              ecolor=QUIET)  # fmt: skip
    for height, row in zip(heights, funnel.to_dict("records"), strict=True):
        onward = "" if pd.isna(row["from_before"]) else f", {row['from_before']:.0%} of the phase before come on"
        axis.text(row["share"] * 100 + 3, height, f"{row['customers']:,}{onward}", va="center", fontsize=9)
    axis.set(title="How many customers come how far?", xlabel="% of the customers in the log", yticks=heights,
             yticklabels=funnel["phase"], xlim=(0, 150), xticks=range(0, 101, 20))  # fmt: skip
    axis.grid(visible=False, axis="y")
    return figure


def feeling_chart(journeys: JourneyMaps) -> Figure | str:
    """Feeling of each persona from phase to phase, with intervals."""
    rows = journeys.figures[journeys.figures["feature"].isin([f"feel_{phase}" for phase in journeys.phases])]
    if rows.empty:
        return "No ratings per phase, so feelings are not known."
    figure, axis = new_figure()
    order = {phase: position for position, phase in enumerate(journeys.phases)}
    for segment, own in rows.groupby("segment"):
        own = own.assign(x=own["feature"].str.removeprefix("feel_").map(order)).sort_values("x")
        axis.errorbar(
            own["x"],
            own["estimate"],
            yerr=[own["estimate"] - own["ci_low"], own["ci_high"] - own["estimate"]],
            marker="o",
            capsize=3,
            color=colour_of(int(str(segment))),
            label=journeys.names.get(int(str(segment)), str(segment)),
        )
    axis.axhline(0, color=QUIET, linestyle=":")
    axis.set_xticks(list(order.values()), [phase.capitalize() for phase in order])
    axis.set(title="How each persona feels along the journey", ylabel="feeling (−2 to +2)", ylim=(-2, 2))
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def moments_chart(journeys: JourneyMaps) -> Figure | str:
    """The moments that matter most, by customers, with intervals; grey ones are not clear."""
    moments = journeys.moments.head(_MOST_MOMENTS)
    if moments.empty:
        return "No moments to rank: there are no events and no ratings, or nobody gets stuck or feels bad."
    figure, axis = new_figure(height=1.0 + 0.42 * len(moments))
    heights = np.arange(len(moments))[::-1]
    colours = [
        colour_of(segment) if clear else QUIET for segment, clear in zip(moments["segment"], moments["clear"], strict=True)
    ]
    axis.hlines(heights, moments["customers_low"], moments["customers_high"], color=colours, linewidth=6, alpha=0.35)
    axis.scatter(moments["customers"], heights, color=colours, zorder=3)
    names = [f"{journeys.names[row['segment']]}: {row['kind']}, {row['where'] or 'whole phase'}, {row['phase']}"
             for row in moments.to_dict("records")]  # fmt: skip
    axis.set(title="Which moments matter most?", xlabel="customers who would go on, or who feel bad", yticks=heights,
             yticklabels=names, xlim=(0, None), ylim=(-0.6, len(moments) - 0.4))  # fmt: skip
    return figure


def flow_chart(journeys: JourneyMaps) -> Figure | str:
    """The ways from phase to phase: boxes are touchpoints, bands the steps between them; red ones lead back."""
    flow = flow_of(journeys)
    if flow is None:
        return "No steps between phases to draw."
    figure, axis = new_figure(width=10, height=5.2)
    for band in flow.bands:
        axis.add_patch(_band(band))
    for box in flow.boxes:
        axis.bar(box.column, box.touches, bottom=box.top, width=_NODE_WIDTH, color=ACCENT, zorder=3)
        axis.text(box.column, box.top + box.touches / 2, box.touchpoint.replace("_", " "), ha="center", va="center", fontsize=8,
                  zorder=4, bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1})  # fmt: skip
    phases = list(journeys.phases)
    axis.set(title="Which ways do customers take?", xlim=(-0.4, len(phases) - 0.6), yticks=[], xticks=range(len(phases)),
             ylim=(flow.depth * 1.03, -flow.depth * 0.03), xticklabels=[phase.capitalize() for phase in phases])  # fmt: skip
    axis.grid(visible=False)
    return figure


def _band(band: Band) -> PathPatch:
    """A band from the side of one box to the side of another, as wide as there are steps."""
    side = -_NODE_WIDTH / 2 if band.leads_back else _NODE_WIDTH / 2
    start, end = band.start.column + side, band.end.column - side
    middle, y, other_y, n = (start + end) / 2, band.start_top, band.end_top, band.steps
    points = [(start, y), (middle, y), (middle, other_y), (end, other_y), (end, other_y + n), (middle, other_y + n),
              (middle, y + n), (start, y + n), (start, y)]  # fmt: skip
    codes = [Outline.MOVETO, *[Outline.CURVE4] * 3, Outline.LINETO, *[Outline.CURVE4] * 3, Outline.CLOSEPOLY]
    return PathPatch(Outline(points, codes), facecolor=_BACKWARDS if band.leads_back else ACCENT, alpha=0.28, linewidth=0)
