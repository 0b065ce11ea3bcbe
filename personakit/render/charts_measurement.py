"""Pictures of step 11 for the notebooks: what was measured for each persona, who comes back, and what has changed."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from personakit.drift import DriftReport
from personakit.evidence import Claim
from personakit.evidence import Figure as Evidence
from personakit.locale import Words
from personakit.measurement import Measurement
from personakit.measurement_perception import FEWEST_ANSWERS, HIGHEST, LOWEST, TRUSTED
from personakit.measurement_quality import Fidelity
from personakit.render.charts import ACCENT, QUIET, new_figure
from personakit.render.measurement_page import PLACES, measure_title
from personakit.render.pages import colour_of

NOTHING = "There is nothing to show: the data have no {what}."
_MOST, _SHOWN_AGAIN = 6, (30, 60, 90, 180, 365)


def measured_chart(measurement: Measurement, place: str) -> Figure | str:
    """
    Draw one kind of measure: the personas below each other, with 95 % intervals; the dashed line is everyone.

    Parameters
    ----------
    measurement : Measurement
        What was measured.
    place : {"campaigns", "satisfaction", "service", "repeat"}
        What to draw; six measures at most.

    Returns
    -------
    matplotlib.figure.Figure or str
        A sentence where nothing was measured.
    """
    measures: dict[str, list[tuple[Claim, Evidence]]] = {}
    for line in measurement.lines:
        if line.place == f"measurement|{place}":
            piece = line.evidence[0]
            assert isinstance(piece, Evidence)
            measures.setdefault(piece.column, []).append((line, piece))
    if not measures:
        return NOTHING.format(what=PLACES[place].lower())
    shown = list(measures.values())[:_MOST]
    figure, _ = new_figure(width=3.6 * len(shown[:3]) + 1.2, height=(1.2 + 0.32 * (len(measurement.names) + 1))
                              * -(-len(shown) // 3), columns=1)  # fmt: skip
    figure.clear()
    grid = figure.subplots(-(-len(shown) // 3), min(len(shown), 3), squeeze=False)
    words = Words("en")
    names = {0: "Everyone"} | measurement.names
    order = list(names)
    for axis, found in zip(grid.flat, shown, strict=False):
        for line, piece in found:
            y = order.index(line.segment)
            colour = colour_of(line.segment) if line.segment else QUIET
            low, high = (piece.ci_low if piece.ci_low is not None else piece.estimate,
                         piece.ci_high if piece.ci_high is not None else piece.estimate)  # fmt: skip
            axis.plot([low, high], [y, y], color=colour, linewidth=5, alpha=0.4, solid_capstyle="round")
            axis.plot(piece.estimate, y, "o", color=colour)
            if line.segment == 0:
                axis.axvline(piece.estimate, color=QUIET, linestyle="--", linewidth=1)
        axis.set_yticks(range(len(order)), list(names.values()))
        axis.set_ylim(len(order) - 0.5, -0.5)
        axis.set_title(measure_title(found[0][0], words), fontsize=10)
    for axis in list(grid.flat)[len(shown) :]:
        axis.set_visible(False)
    return figure


def returns_chart(measurement: Measurement) -> Figure | str:
    """Share of the customers who have bought again, by days since their first purchase, persona by persona."""
    table = measurement.repeat[measurement.repeat["again"].notna()]
    if table.empty:
        return NOTHING.format(what="second purchases")
    figure, axis = new_figure(width=7.2, height=3.6)
    for segment, own in table.groupby("segment", sort=True):
        number = int(str(segment))
        colour = colour_of(number) if number else QUIET
        name = measurement.names.get(number, "Everyone")
        axis.fill_between(own["days"], own["ci_low"], own["ci_high"], color=colour, alpha=0.1)
        axis.plot(own["days"], own["again"], "o-", color=colour, label=name, linewidth=2)
    axis.set(title="Who comes back: share with a second purchase", xlabel="days since the first purchase", ylabel="share",
             ylim=(0, 1))  # fmt: skip
    axis.legend(fontsize=8)
    return figure


def fidelity_chart(fidelity: Fidelity) -> Figure | str:
    """How many differences hold for customers who had no say in them, by strength."""
    table = fidelity.by_grade[fidelity.by_grade["claims"] > 0]
    if table.empty:
        return NOTHING.format(what="clear differences")
    figure, axis = new_figure(width=6.4, height=0.9 + 0.5 * len(table))
    at = np.arange(len(table))
    axis.barh(at, table["share"], color=ACCENT, alpha=0.85)
    axis.hlines(at, table["ci_low"], table["ci_high"], color="#1d2430", linewidth=2)
    labels = [f"{grade} ({claims})" for grade, claims in zip(table["grade"], table["claims"], strict=True)]
    axis.set_yticks(at, labels)
    axis.invert_yaxis()
    axis.set(title="Differences that hold for other customers", xlabel="share, with its 95% interval", xlim=(0, 1))
    return figure


def perception_chart(perception: pd.DataFrame) -> Figure | str:
    """How the people who use the personas see them, from 1 to 7; a sentence while fewer than five have answered."""
    table = perception[(perception["n"] >= FEWEST_ANSWERS) & (perception["dimension"] != "all")]
    if table.empty:
        return f"Fewer than {FEWEST_ANSWERS} people have answered."
    figure, axis = new_figure(width=6.4, height=0.9 + 0.4 * len(table))
    at = np.arange(len(table))
    axis.hlines(at, table["ci_low"].clip(LOWEST, HIGHEST), table["ci_high"].clip(LOWEST, HIGHEST), color=ACCENT, linewidth=5,
                alpha=0.4)  # fmt: skip
    axis.plot(table["score"], at, "o", color=ACCENT)
    axis.axvline(TRUSTED, color=QUIET, linestyle="--", linewidth=1)
    axis.set_yticks(at, table["dimension"].tolist())
    axis.set_ylim(len(table) - 0.5, -0.5)
    axis.set(title="How people see the personas (dashed: from here on, trust)", xlabel="mean answer, with its 95% interval",
             xlim=(LOWEST, HIGHEST))  # fmt: skip
    return figure


def drift_chart(report: DriftReport, names: dict[int, str]) -> Figure:
    """Shares of the personas in both waves; the grey band is what two waves of the same people differ by."""
    table = report.mix
    figure, axis = new_figure(width=7.0, height=1.2 + 0.42 * max(len(table), 1))
    for place, row in enumerate(table.to_dict("records")):
        colour = colour_of(int(row["segment"]))
        axis.barh(place, 2 * row["band"], left=row["old_share"] - row["band"], height=0.5, color=QUIET, alpha=0.25)
        axis.plot(row["old_share"], place, "|", color=QUIET, markersize=18, markeredgewidth=2)
        axis.plot(row["new_share"], place, "o", color=colour, markersize=9)
    axis.set_yticks(range(len(table)), [names.get(int(segment), str(segment)) for segment in table["segment"]])
    axis.set_ylim(len(table) - 0.4, -0.6)
    axis.set(title="Share of each persona: earlier wave (line), this wave (dot), what is chance (band)", xlabel="share")
    return figure
