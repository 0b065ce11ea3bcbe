"""Pictures of segments: do they come back, how well do they fit, where do they come from, and which to serve first."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from personakit.features import Features
from personakit.profiling import SegmentProfiles
from personakit.profiling_attractiveness import SegmentRating
from personakit.render.charts import ACCENT, QUIET, new_figure
from personakit.render.pages import colour_of
from personakit.segmentation import Segmentation
from personakit.segmentation_map import CustomerMap
from personakit.segmentation_panel import SolutionPanel
from personakit.segmentation_stability import STABLE
from personakit.segmentation_trial import SegmentTrial

_LONGEST_WORDING = 44


def _named(family: str) -> str:
    return {"kmeans": "k-means", "latent_classes": "latent classes", "gaussian": "Gaussian mixture", "mixed": "mixed data",
            "factor_mixture": "factor mixture", "rfm": "RFM tiers"}.get(family, family)  # fmt: skip


def stability_chart(panel: SolutionPanel) -> Figure | str:
    """How well each number of segments comes back in bootstrap pairs, and in data in which nothing holds together."""
    if panel.indices.empty:
        return "Too few customers to compare numbers of segments."
    families = list(dict.fromkeys(panel.indices["family"]))
    figure, axes = new_figure(width=4.4 * len(families) + 0.6, columns=len(families))
    for axis, family in zip(np.atleast_1d(axes), families, strict=True):
        own = panel.indices[panel.indices["family"] == family]
        numbers = sorted(own["n_segments"].unique())
        for data, colour, shift in (("shuffled", QUIET, 0.16), ("real", ACCENT, -0.16)):
            values = [own.loc[(own["n_segments"] == k) & (own["data"] == data), "rand_index"].to_numpy() for k in numbers]
            places = [k + shift for k, found in zip(numbers, values, strict=True) if len(found)]
            axis.boxplot([v for v in values if len(v)], positions=places, widths=0.28, manage_ticks=False, patch_artist=True,
                         flierprops={"markersize": 2, "markeredgecolor": colour}, boxprops={"facecolor": colour, "alpha": 0.5},
                         medianprops={"color": "#1c2330"})  # fmt: skip
            axis.plot([], [], "s", color=colour, label="these customers" if data == "real" else "shuffled data")
        if panel.suggested and family == panel.family:
            axis.axvline(panel.suggested, color="#9c2f55", linestyle="--", label="suggestion")
        axis.set(title=f"Do the segments come back? {_named(family)}", xlabel="number of segments", ylim=(-0.1, 1.05))
        axis.set_xticks(numbers)
    first = np.atleast_1d(axes)[0]
    first.set_ylabel("1 = the same segments, 0 = chance")
    first.legend(loc="center left", fontsize=8)
    return figure


def fit_chart(panel: SolutionPanel) -> Figure | str:
    """How well each number of segments describes the answers: models by BIC (the lowest is best), k-means by its gain."""
    models = panel.table.dropna(subset=["bic"])
    kmeans = panel.table[panel.table["family"] == "kmeans"]
    if panel.table.empty:
        return "Too few customers to compare numbers of segments."
    figure, axes = new_figure(columns=2)
    if len(models):
        for (family, own), colour in zip(models.groupby("family", sort=False), (ACCENT, "#b5651d", QUIET), strict=False):
            axes[0].plot(own["n_segments"], own["bic"], "o-", color=colour, label=_named(str(family)))
        axes[0].legend(fontsize=8)
    axes[0].set(title="Models: lower is better", xlabel="number of segments", ylabel="BIC")
    axes[1].plot(kmeans["n_segments"], kmeans["fit_gain"], "o-", color=ACCENT)
    axes[1].set(title="k-means: gain in fit over shuffled data", xlabel="number of segments", ylabel="gain")
    for axis in axes:
        if panel.suggested:
            axis.axvline(panel.suggested, color="#9c2f55", linestyle="--")
    return figure


def lineage_chart(panel: SolutionPanel) -> Figure | str:
    """Where customers go when one more segment is made; the darker a segment, the more parents it has."""
    own = panel.flows[panel.flows["family"] == panel.family]
    family = panel.family if len(own) else "kmeans"
    flows = panel.flows[panel.flows["family"] == family]
    segments = panel.segments[panel.segments["family"] == family]
    if flows.empty:
        return "There is only one number of segments to compare."
    figure, axis = new_figure(width=8.5, height=4.2)
    places: dict[tuple[int, int], tuple[float, float]] = {}
    total = segments.groupby("n_segments")["customers"].sum().max()
    numbers = sorted(segments["n_segments"].unique())
    for k in numbers:
        order = _untangled(flows, places, int(k), segments)
        top = 0.0
        for segment in order:
            row = segments[(segments["n_segments"] == k) & (segments["segment"] == segment)].iloc[0]
            height = row["customers"] / total
            places[int(k), segment] = (top, height)
            entropy = row["lineage_entropy"] if pd.notna(row["lineage_entropy"]) else 0.0
            axis.bar(k, height, bottom=top, width=0.16, color=plt.get_cmap("YlOrBr")(0.25 + 0.6 * entropy), edgecolor="white")
            axis.text(k, top + height / 2, str(segment), ha="center", va="center", fontsize=8)
            top += height + 0.025
    _draw_flows(axis, flows, places, total)
    axis.set(title=f"Lineage of the segments: {_named(family)}", xlabel="number of segments", yticks=[])
    axis.set_xticks(numbers)
    axis.grid(visible=False)
    return figure


def _untangled(
    flows: pd.DataFrame, places: dict[tuple[int, int], tuple[float, float]], k: int, segments: pd.DataFrame
) -> list[int]:
    """Order the segments of one column by where their customers come from, so that flows cross little."""
    names = segments.loc[segments["n_segments"] == k, "segment"].astype(int).tolist()
    coming = flows[flows["n_segments"] == k]
    if coming.empty or not any(place[0] == k - 1 for place in places):
        return names
    middle = {}
    for name in names:
        own = coming[coming["to_segment"] == name]
        heights = [sum(places[k - 1, int(s)]) - places[k - 1, int(s)][1] / 2 for s in own["from_segment"]]
        middle[name] = float(np.average(heights, weights=own["customers"]))
    return sorted(names, key=lambda name: (middle[name], name))


def _draw_flows(axis: Any, flows: pd.DataFrame, places: dict[tuple[int, int], tuple[float, float]], total: float) -> None:
    left = {key: top for key, (top, _) in places.items()}
    right = dict(left)
    width, steps = 0.08, np.linspace(0, 1, 30)
    bend = 3 * steps**2 - 2 * steps**3
    for k, own in flows.groupby("n_segments"):
        order = own.assign(a=[places[int(k) - 1, int(s)][0] for s in own["from_segment"]],
                           b=[places[int(k), int(s)][0] for s in own["to_segment"]]).sort_values(["a", "b"])  # fmt: skip
        for row in order.itertuples():
            source, target, height = (int(k) - 1, int(row.from_segment)), (int(k), int(row.to_segment)), row.customers / total
            start, end = left[source], right[target]
            line = start + (end - start) * bend
            axis.fill_between(k - 1 + width + steps * (1 - 2 * width), line, line + height, color=ACCENT, alpha=0.22, linewidth=0)
            left[source] += height
            right[target] += height


def gorge_chart(segmentation: Segmentation, features: Features) -> Figure:
    """How clear the memberships are, segment by segment: hills at both ends and a gorge between them mean clear segments."""
    figure, axes = new_figure(width=2.2 * len(segmentation.segments) + 1, height=2.6, columns=len(segmentation.segments))
    likeness = segmentation.likeness(features.table)
    for axis, segment in zip(np.atleast_1d(axes), segmentation.segments, strict=True):
        axis.hist(likeness[segment], bins=np.linspace(0, 1, 21), color=colour_of(segment))
        axis.set(title=f"Segment {segment}", xlabel="likeness (1 = like its core)", xticks=[0, 0.5, 1], yticks=[])
    return figure


def size_chart(segmentation: Segmentation) -> Figure:
    """Size of each segment, and how certain its members are."""
    sizes = segmentation.labels.value_counts().sort_index()
    figure, axes = new_figure(columns=2, height=3.0)
    bars = axes[0].bar(sizes.index.astype(str), sizes, color=[colour_of(s) for s in sizes.index])
    axes[0].bar_label(bars, labels=[f"{n / sizes.sum():.0%}" for n in sizes])
    axes[0].set(title="How large is each segment?", xlabel="segment", ylabel="customers", ylim=(0, sizes.max() * 1.15))
    axes[1].boxplot([segmentation.certainty[segmentation.labels == s] for s in sizes.index], tick_labels=sizes.index.astype(str))
    axes[1].set(title="How clear is the membership?", xlabel="segment", ylabel="certainty (0.5 = on the border)")
    return figure


def segment_stability_chart(stability: pd.DataFrame) -> Figure | str:
    """How well each chosen segment comes back with other customers; left of the dashed line it is not steady."""
    if stability.empty:
        return "One segment alone has nothing to come back."
    figure, axes = new_figure(height=0.9 + 0.4 * len(stability))
    heights = np.arange(len(stability))[::-1]
    colours = [colour_of(segment) for segment in stability["segment"]]
    axes.hlines(heights, stability["jaccard_low"], stability["jaccard_high"], color=colours, linewidth=6, alpha=0.35)
    axes.scatter(stability["jaccard"], heights, color=colours, zorder=3)
    axes.axvline(STABLE, color=QUIET, linestyle="--")
    axes.set(title="Does each segment come back?", xlabel="Jaccard index (1 = the same people come together again)",
             xlim=(0, 1.02), yticks=heights, yticklabels=[f"segment {s}" for s in stability["segment"]])  # fmt: skip
    return figure


def segment_profile_chart(profiles: SegmentProfiles) -> Figure | str:
    """What makes each segment: bars of the basis beside a dot for everybody; bars far from the dot are in colour."""
    rows = profiles.table[profiles.table["in_basis"]].copy()
    if rows.empty:
        return "The variables that made the segments are not shown: too few people."
    labels = profiles.dictionary["label"].reindex(rows["feature"]).to_numpy()
    rows["name"] = [f"{label}: {category}" if category else str(label)
                    for label, category in zip(labels, rows["category"], strict=True)]  # fmt: skip
    people = rows["n"] + rows["others_n"].fillna(0)
    rows["everybody"] = (rows["n"] * rows["estimate"] + (rows["others_n"] * rows["others"]).fillna(0)) / people
    low, length = _scale_of(rows, profiles.dictionary["unit"])
    for column in ("estimate", "everybody"):
        rows[column] = (rows[column] - low) / length * 100
    wide = rows.pivot_table(index="name", columns="segment", values="estimate", sort=False)
    order = [wide.index[i] for i in _alike_together(wide.fillna(wide.mean()).to_numpy())]
    segments = sorted(rows["segment"].unique())
    figure, axes = new_figure(width=2.2 * len(segments) + 2.6, height=0.9 + 0.26 * len(order), columns=len(segments))
    places = {name: i for i, name in enumerate(order)}
    for axis, segment in zip(np.atleast_1d(axes), segments, strict=True):
        own = rows[rows["segment"] == segment]
        heights = own["name"].map(places)
        colours = [colour_of(segment) if marker else QUIET for marker in own["marker"]]
        axis.barh(heights, own["estimate"], color=colours, alpha=0.85, height=0.7)
        axis.plot(own["everybody"], heights, "o", color="#1c2330", markersize=4)
        share = profiles.sizes[segment] / profiles.sizes.sum()
        axis.set(
            title=f"Segment {segment} ({share:.0%})",
            xlim=(0, 100),
            ylim=(-0.6, len(order) - 0.4),
            xlabel="% yes, or of the scale",
        )
        axis.set_yticks(range(len(order)), [_short(name) for name in order] if axis is np.atleast_1d(axes)[0] else [], fontsize=8)
    return figure


def _scale_of(rows: pd.DataFrame, units: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Lowest value and length of each row's scale: of shares and ratings as stated, of others from 0 to the largest segment."""
    largest = rows.groupby("name")["estimate"].transform("max").abs().clip(lower=1e-9)
    low, length = np.zeros(len(rows)), np.where(rows["statistic"] == "share", 1.0, largest)
    for i, feature in enumerate(rows["feature"]):
        ends = str(units.get(feature, "")).split(" to ")
        if len(ends) == 2:
            low[i], length[i] = float(ends[0]), float(ends[1]) - float(ends[0])
    return low, length


def _alike_together(values: np.ndarray) -> list[int]:
    """Order rows so that variables with similar profiles stand beside each other (Ward's clustering)."""
    from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
    from scipy.spatial.distance import pdist

    if len(values) < 3:
        return list(range(len(values)))
    apart = pdist(values)
    return [int(i) for i in leaves_list(optimal_leaf_ordering(linkage(apart, "ward"), apart))]


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST_WORDING else words[: _LONGEST_WORDING - 1] + "…"


def map_chart(found: CustomerMap, segmentation: Segmentation, *, labels: pd.Series | None = None) -> Figure | str:
    """Every customer as a dot in the two directions that hold most differences, in the colour of the segment."""
    if found.coordinates.shape[1] < 2:
        return "The customers differ along one direction only; there is no map to draw."
    figure, axis = new_figure(width=6.4, height=5.0)
    places = found.coordinates.reindex(segmentation.labels.index)
    for segment in segmentation.segments:
        own = places[segmentation.labels == segment]
        axis.scatter(own[1], own[2], s=12, alpha=0.5, color=colour_of(segment), label=f"segment {segment} ({len(own):,})")
        axis.annotate(str(segment), own.mean(), fontsize=13, weight="bold", ha="center", va="center",
                      bbox={"boxstyle": "circle,pad=0.25", "facecolor": "white", "edgecolor": colour_of(segment)})  # fmt: skip
    for direction, name in ((1, "x"), (2, "y")):
        strongest = found.variables[direction].nlargest(3).index
        words = [str(labels.get(feature, feature)) if labels is not None else str(feature) for feature in strongest]
        text = f"{found.shares[direction - 1]:.0%} of the differences\n" + "\n".join(map(_short, words))
        (axis.set_xlabel if name == "x" else axis.set_ylabel)(text, fontsize=8)
    axis.set_title("Where do the segments lie?")
    axis.legend(fontsize=8, loc="best")
    return figure


def rating_chart(rating: SegmentRating) -> Figure:
    """What each segment's score is made of; beside it, the share of all possible weights under which it comes first."""
    order = rating.scores["segment"].tolist()
    figure, axes = new_figure(columns=2, height=0.8 + 0.45 * len(order))
    left = np.zeros(len(order))
    criteria = list(dict.fromkeys(rating.criteria["criterion"]))
    for criterion, colour in zip(criteria, plt.get_cmap("viridis")(np.linspace(0.15, 0.9, len(criteria))), strict=True):
        own = rating.criteria[rating.criteria["criterion"] == criterion].set_index("segment").reindex(order)
        part = (own["points"] * own["weight"]).fillna(0).to_numpy()
        axes[0].barh([str(s) for s in order], part, left=left, color=colour, label=criterion)
        left += part
    axes[0].set(title="Which segments to serve first?", xlabel="score (1 to 10)", ylabel="segment")
    axes[0].legend(fontsize=8, loc="lower right")
    axes[1].barh([str(s) for s in order], rating.scores["first_share"] * 100, color=[colour_of(s) for s in order])
    axes[1].set(title="Does it hang on the weights?", xlabel="comes first under … % of all weights", xlim=(0, 100))
    for axis in axes:
        axis.invert_yaxis()
    return figure


def trial_chart(trial: SegmentTrial, *, at_most: int = 16) -> Figure:
    """How large and how steady tried segments are, and how each differs from everybody: brown is more, green is less."""
    segments = trial.sizes["segment"].tolist()
    rows = trial.profile.loc[trial.profile.abs().max(axis=1).sort_values(ascending=False, kind="stable").index[:at_most]]
    rows = rows.iloc[_alike_together(rows.fillna(0).to_numpy())]
    figure, axes = new_figure(width=9.6, height=max(1.4 + 0.27 * len(rows), 1.0 + 0.42 * len(segments)), columns=2)
    places = np.arange(len(segments))
    steady = trial.sizes["jaccard"] >= STABLE
    bars = axes[0].barh(places, trial.sizes["share"] * 100, color=[colour_of(s) if own else QUIET for s, own in
                                                                   zip(segments, steady, strict=True)])  # fmt: skip
    notes = [f"{share:.0%}, comes back {jaccard:.2f}" for share, jaccard in
             zip(trial.sizes["share"], trial.sizes["jaccard"], strict=True)]  # fmt: skip
    axes[0].bar_label(bars, notes, padding=3, fontsize=8)
    axes[0].set(title="Size; grey: not steady", xlabel="% of customers", yticks=places,
                yticklabels=[f"segment {s}" for s in segments], xlim=(0, trial.sizes["share"].max() * 190))  # fmt: skip
    axes[0].invert_yaxis()
    axes[0].grid(visible=False, axis="y")
    axes[1].imshow(rows.to_numpy(), cmap="BrBG_r", vmin=-1.5, vmax=1.5, aspect="auto")
    axes[1].set(title="Green: less, brown: more", xticks=range(rows.shape[1]),
                xticklabels=[str(s) for s in rows.columns], yticks=range(len(rows)), xlabel="segment")  # fmt: skip
    axes[1].set_yticklabels([_short(str(name)) for name in rows.index], fontsize=8)
    axes[1].grid(visible=False)
    return figure
