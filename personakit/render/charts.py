"""Pictures of results for the notebooks, each with its table behind it in the result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib import font_manager
from matplotlib.figure import Figure

from personakit.exploration import Exploration
from personakit.profiling import SegmentProfiles
from personakit.quality import QualityReport
from personakit.sample_planner import SamplePlan
from personakit.study import Study

_MOST_BARS, _BINS = 24, 24
ACCENT, QUIET = "#0b6e6e", "#8a93a3"


def _style() -> None:
    """Use the font of the deliverables, which has Latin and Persian letters."""
    for weight in ("Regular", "Bold"):
        font_manager.fontManager.addfont(Path(__file__).parent / "fonts" / f"Vazirmatn-{weight}.ttf")
    sns.set_theme(style="whitegrid", font="Vazirmatn", rc={"figure.dpi": 90, "axes.titleweight": "bold", "axes.titlesize": 12})
    mpl.rcParams["svg.hashsalt"] = "personakit"


def new_figure(width: float = 8.0, height: float = 3.4, columns: int = 1) -> tuple[Figure, Any]:
    """Begin a figure in the style of the deliverables."""
    _style()
    figure, axes = plt.subplots(1, columns, figsize=(width, height), layout="constrained")
    plt.close(figure)  # the notebook shows the returned figure once
    return figure, axes


def sources_chart(study: Study) -> Figure:
    """Size of each source's file or folder; a source that is not where the study file says is named, not left out."""
    sizes, labels = [], []
    for role, source in study.sources.items():
        if not source.path:
            size, label = 0, "a table of a database"
        else:
            path = study.path_of(role)
            size = sum(own.stat().st_size for own in [path, *path.rglob("*")] if own.is_file())
            label = _bytes(size) if path.exists() else f"{path.name} is not there"
        sizes.append(size)
        labels.append(label)
    figure, axis = new_figure(width=6.4, height=0.9 + 0.3 * len(sizes))
    bars = axis.barh(list(study.sources), sizes, color=ACCENT)
    axis.bar_label(bars, labels, padding=3)
    axis.invert_yaxis()
    axis.set(title="Sources of this study", xlabel="size of the file or folder", xlim=(0, max(*sizes, 1) * 1.3), xticks=[])
    return figure


def _bytes(size: float) -> str:
    """Say a size in the unit that suits it."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1_000:
            return f"{size:,.0f} {unit}"
        size /= 1_000
    return f"{size:,.1f} GB"


def sample_chart(plan: SamplePlan) -> Figure:
    """How well a survey of each size finds the segments, with the rule of thumb beside it."""
    figure, axis = new_figure(width=6.4)
    sizes = plan.table["respondents"]
    axis.fill_between(sizes, plan.table["rand_index_low"], plan.table["rand_index_high"], color=ACCENT, alpha=0.15)
    axis.plot(sizes, plan.table["rand_index"], "o-", color=ACCENT, label="agreement with the true segments")
    share = plan.table["found_share"]
    away = [(share - plan.table["found_share_low"]).clip(0), (plan.table["found_share_high"] - share).clip(0)]
    label = "share of surveys that find them, 95 % interval"
    axis.errorbar(sizes, share, yerr=away, fmt="s--", color=QUIET, capsize=3, label=label)
    axis.axvspan(*plan.rule_of_thumb, color="#f0e0c0", alpha=0.6, label="rule of thumb (70 to 100 per question)", zorder=0)
    axis.set(
        title="How many respondents does the survey need?", xlabel="respondents", ylabel="0 = chance, 1 = all", ylim=(-0.03, 1.05)
    )
    axis.set_xlim(0, max(sizes.max(), plan.rule_of_thumb[1]) * 1.05)
    axis.legend(loc="lower right", fontsize=8)
    return figure


def funnel_chart(report: QualityReport, consent: pd.DataFrame) -> Figure | str:
    """Source by source, the share of its rows that is left after each rule; the last bar is what is used."""
    rows = pd.concat([report.funnel, consent], ignore_index=True)
    if rows.empty:
        return "No rows were left out."
    bars: list[tuple[str, float, int, int, bool]] = []
    for source, own in rows.groupby("source", sort=False):
        start = int(own["rows_in"].iloc[0])
        bars.append((f"{source}: all rows", 1.0, start, 0, True))
        for row in own.itertuples():
            bars.append((f"without: {row.rule}", row.rows_out / start, row.rows_out, row.rows_in - row.rows_out, False))
    figure, axis = new_figure(width=9.5, height=0.9 + 0.32 * len(bars))
    places = range(len(bars))
    axis.barh(places, [100.0] * len(bars), color="#eceff3")
    axis.barh(places, [share * 100 for _, share, *_ in bars], color=[QUIET if first else ACCENT for *_, first in bars])
    for place, (_, _, left, lost, _) in enumerate(bars):
        axis.text(101, place, f"{left:,}" + (f"  (−{lost:,})" if lost else ""), va="center", fontsize=9)
    axis.set_yticks(places, [what for what, *_ in bars])
    axis.invert_yaxis()
    axis.grid(visible=False)
    axis.set(
        title="What is left of each source, rule by rule",
        xlabel="% of the source's rows",
        xlim=(0, 122),
        xticks=range(0, 101, 25),
    )
    return figure


def activity_chart(exploration: Exploration) -> Figure | str:
    """Rows per month, one line per source."""
    if exploration.monthly.empty:
        return "No source has dates to count by month."
    figure, axis = new_figure()
    sns.lineplot(exploration.monthly, x="month", y="rows", hue="source", marker="o", ax=axis, palette="dark")
    axis.tick_params(axis="x", rotation=60)
    axis.set(title="Activity per month", xlabel="", ylabel="rows", ylim=(0, None))
    sns.move_legend(axis, "center left", bbox_to_anchor=(1.01, 0.5))
    return figure


def basis_chart(exploration: Exploration, basis: str) -> Figure | str:
    """Shares of answers with their intervals, for one basis of segmentation."""
    rows = exploration.figures[(exploration.figures["basis"] == basis) & (exploration.figures["statistic"] == "share")]
    if rows.empty:
        return f"No {basis} shares are known."
    rows = rows.head(_MOST_BARS)
    yes = rows["category"].str.lower().isin(["yes", "ja", "kyllä", "true", "1", "1.0", "بله"])
    names = rows["label"].where(yes, rows["label"] + ": " + rows["category"])
    figure, axis = new_figure(height=0.9 + 0.26 * len(rows))
    places = np.arange(len(rows))
    axis.barh(places, rows["estimate"] * 100, color=ACCENT, alpha=0.85)
    wide = [(rows["estimate"] - rows["ci_low"]) * 100, (rows["ci_high"] - rows["estimate"]) * 100]
    axis.errorbar(rows["estimate"] * 100, places, xerr=wide, fmt="none", ecolor="#1d2430", capsize=3)
    axis.set_yticks(places, names)
    axis.invert_yaxis()
    axis.set(title=f"{basis.capitalize()}: shares with 95% intervals", xlabel="% of customers", xlim=(0, 100))
    return figure


def ratings_chart(exploration: Exploration) -> Figure | str:
    """Mean of each rating with its interval, and the middle half of the answers behind it."""
    rows = exploration.figures[exploration.figures["statistic"] == "mean"].head(_MOST_BARS)
    if rows.empty:
        return "No ratings are known."
    figure, axis = new_figure(height=0.9 + 0.28 * len(rows))
    places = np.arange(len(rows))
    axis.hlines(places, rows["lower_quarter"], rows["upper_quarter"], color=QUIET, alpha=0.45, linewidth=9)
    wide = [rows["estimate"] - rows["ci_low"], rows["ci_high"] - rows["estimate"]]
    axis.errorbar(rows["estimate"], places, xerr=wide, fmt="o", color=ACCENT, capsize=3)
    axis.set_yticks(places, rows["label"])
    axis.invert_yaxis()
    axis.set(title="Ratings: mean (dot) and the middle half of the answers (band)", xlabel="rating")
    return figure


def cohort_chart(exploration: Exploration) -> Figure | str:
    """Heat map: of the customers who first bought in a month, who buys again later."""
    later = exploration.cohorts[exploration.cohorts["month"] > 0]
    if later.empty:
        return "No orders over several months, so coming back is not known."
    grid = later.pivot_table(index="cohort", columns="month", values="active_share") * 100
    sizes = exploration.cohorts.drop_duplicates("cohort").set_index("cohort")["customers"]
    grid.index = [f"{cohort} ({sizes[cohort]:,.0f})" for cohort in grid.index]
    figure, axis = new_figure(height=1.2 + 0.32 * len(grid))
    marked = grid.map(lambda share: "" if pd.isna(share) else f"{share:.0f}")
    sns.heatmap(grid, cmap="crest", annot=marked, fmt="", linewidths=0.5, cbar_kws={"label": "% who buy in that month"}, ax=axis)
    axis.set(
        title="Who comes back? By month of the first order",
        xlabel="months after the first order",
        ylabel="first order (customers)",
    )
    axis.tick_params(axis="y", rotation=0)
    return figure


def correlation_chart(exploration: Exploration, labels: dict[str, str] | None = None) -> Figure | str:
    """Heat map of the rank correlation between ratings: what goes together."""
    grid = exploration.correlations
    if len(grid) < 2:
        return "Fewer than two ratings, so nothing can go together."
    grid = grid.rename(index=labels or {})
    figure, axis = new_figure(width=9.0, height=1.6 + 0.27 * len(grid))
    sns.heatmap(
        grid,
        center=0,
        vmin=-1,
        vmax=1,
        cmap="BrBG",
        linewidths=0.3,
        square=False,
        ax=axis,
        cbar_kws={"label": "rank correlation"},
    )
    axis.set(title="Which ratings go together?")
    axis.set_xticks([])
    return figure


def population_chart(exploration: Exploration) -> Figure | str:
    """Sample and market side by side."""
    table = exploration.population.dropna(subset=["sample_share"])
    if table.empty:
        return "The study has no market figures to compare with."
    names = table["variable"] + ": " + table["value"]
    figure, axis = new_figure(height=0.9 + 0.32 * len(table))
    places = np.arange(len(table))
    axis.hlines(places, table["sample_share"] * 100, table["market_share"] * 100, color=QUIET)
    axis.plot(table["market_share"] * 100, places, "D", color="#8a4b08", label="market")
    axis.plot(table["sample_share"] * 100, places, "o", color=ACCENT, label="these customers")
    axis.set_yticks(places, names)
    axis.invert_yaxis()
    axis.set(title="These customers and the market", xlabel="%", xlim=(0, None))
    axis.legend()
    return figure


def value_chart(exploration: Exploration) -> Figure | str:
    """Pareto curve: what share of the money comes from what share of the customers."""
    if exploration.value.empty:
        return "No orders, so the value of customers is not known."
    curve = exploration.value
    top = float(np.interp(0.2, curve["customers_share"], curve["value_share"]))
    figure, axis = new_figure(width=5.2)
    axis.plot(curve["customers_share"] * 100, curve["value_share"] * 100, color=ACCENT, linewidth=2.5)
    axis.plot([0, 100], [0, 100], color=QUIET, linestyle=":")
    axis.plot([20, 20, 0], [0, top * 100, top * 100], color=QUIET, linewidth=1)
    axis.set(title=f"The best 20% of customers bring {top:.0%} of the money", xlabel="% of customers, best first",
             ylabel="% of order value", xlim=(0, 100), ylim=(0, 100))  # fmt: skip
    return figure


def spread_chart(table: pd.DataFrame, column: str, label: str, *, min_cell: int = 5) -> Figure | str:
    """How one number is spread over customers; bars of fewer people than may be shown are left out."""
    if column not in table or not table[column].notna().any():
        return f"{label} is not known."
    figure, axis = new_figure(width=5.2)
    known = table[column].dropna().astype(float)
    whole = bool((known % 1 == 0).all())
    width = max(float(known.max() - known.min()) / _BINS, 1e-9)
    width = float(np.ceil(width)) if whole else width  # whole numbers in bins of whole width: no bin is emptier by chance
    edges = known.min() - (0.5 if whole else 0) + width * np.arange(int((known.max() - known.min()) // width) + 2)
    counts = np.histogram(known, edges)[0]
    counts = np.where(counts < min_cell, 0, counts)
    axis.bar(edges[:-1], counts, width=width, align="edge", color=ACCENT, edgecolor="white")
    axis.axvline(table[column].median(), color="#1d2430", linestyle="--")
    axis.set(
        title=f"{label}: half of the customers are below {table[column].median():,.0f}",
        xlabel=label,
        ylabel="customers",
    )
    return figure


def profile_chart(profiles: SegmentProfiles, *, at_most: int = 18) -> Figure | str:
    """Heat map of the traits that set segments apart: brown is more than everyone else, green is less."""
    table = profiles.table.dropna(subset=["effect"]).copy()
    if table.empty:
        return "There is nobody to compare with: everybody is in one segment."
    labels = profiles.dictionary["label"].reindex(table["feature"]).to_numpy()
    table["trait"] = [
        f"{label}: {category}" if category else str(label) for label, category in zip(labels, table["category"], strict=True)
    ]
    strongest = (
        table.groupby("trait")["effect"].apply(lambda effect: effect.abs().max()).sort_values(ascending=False).head(at_most)
    )
    grid = (
        table[table["trait"].isin(strongest.index)]
        .pivot_table(index="trait", columns="segment", values="effect")
        .reindex(strongest.index)
    )
    figure, axis = new_figure(height=1.2 + 0.3 * len(grid))
    sns.heatmap(grid, center=0, cmap="BrBG_r", annot=True, fmt=".1f", linewidths=0.5, cbar_kws={"label": "effect size"}, ax=axis)
    axis.set(title="What sets each segment apart", ylabel="")
    return figure
