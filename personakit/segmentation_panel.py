"""Step 06, the panel: families and numbers of segments side by side, and a verdict that says how far they can be trusted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from personakit.errors import listing
from personakit.features import Features
from personakit.handoffs import Parts
from personakit.processes import processes_for, results_of
from personakit.segmentation_items import FAMILIES, item_slices
from personakit.segmentation_kmeans import collapse
from personakit.segmentation_solutions import (
    Basis,
    Solution,
    bootstrap_model,
    fit_kmeans,
    fit_models,
    fit_tier_cuts,
    models_to_bootstrap,
    most_to_bootstrap,
    note_stability,
    prepare_basis,
    table_and_dictionary,
    wanted_families,
)
from personakit.segmentation_tendency import TENDENCY_COLUMNS, cluster_tendency
from personakit.segmentation_verdict import Confidence, Verdict, judge
from personakit.stability import PAIRS, segment_lineage

STABILITY_ON_AT_MOST = 1_500
FEWEST_CUSTOMERS = 30
NEAR_NOISE = 0.04
PANEL_COLUMNS = [
    "family", "n_segments", "rand_index", "rand_index_low", "null_rand_index", "null_rand_index_high", "prediction_strength",
    "jaccard_lowest", "smallest_share", "certainty", "bic", "icl", "fit_gain", "fit_gain_sd", "silhouette",
]  # fmt: skip
SEGMENT_COLUMNS = ["family", "n_segments", "segment", "customers", "share", "jaccard", "jaccard_low", "lineage_entropy"]
INDEX_COLUMNS = ["family", "n_segments", "data", "rand_index"]
FLOW_COLUMNS = ["family", "n_segments", "from_segment", "to_segment", "customers"]
ITEM_COLUMNS = ["feature", "effect_size", "near_noise"]


@dataclass(frozen=True, eq=False, repr=False)
class SolutionPanel:
    """
    Families and numbers of segments side by side.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per family and number of segments: ``rand_index`` and ``rand_index_low`` (median and lower quartile of the
        adjusted Rand index of bootstrap pairs; 1 is perfect), ``null_rand_index`` and ``null_rand_index_high`` (median and
        95th percentile on shuffled data), ``prediction_strength`` (median), ``jaccard_lowest`` (stability of the least
        stable segment), ``smallest_share`` (of the customers), ``certainty`` (mean probability of the own segment; models
        only), ``bic`` and ``icl`` (smaller is better; models only), ``fit_gain`` (log ratio of within-segment spread,
        shuffled to real: the gap statistic against shuffled data) and ``fit_gain_sd`` (its standard deviation over the
        shuffles), ``silhouette``. The last two never decide.
    segments : pandas.DataFrame
        One row per family, number of segments and segment: ``customers``, ``share``, ``jaccard`` and ``jaccard_low``
        (median and lower quartile of the stability within solutions, SLSW), ``lineage_entropy`` (stability across
        solutions, SLSA: 0 is one parent).
    indices : pandas.DataFrame
        One row per bootstrap pair: ``family``, ``n_segments``, ``data`` (real or shuffled), ``rand_index``.
    flows : pandas.DataFrame
        Where customers go when one more segment is made: ``from_segment`` of ``n_segments - 1`` to ``to_segment``.
    items : pandas.DataFrame
        One row per basis variable: ``effect_size`` between the suggested segments (share of variance explained; Cramér's
        V squared for categories) and ``near_noise``.
    verdict : str
        *natural* (clear groups), *reproducible* (the same segments come back), *constructive* (useful cuts that often
        come back) or *nothing to segment*.
    suggested : int or None
        The number of segments to look at first; None when there is nothing to segment.
    family : str
        The family to look at first.
    confidence : {"high", "moderate", "low"}
        How clear the suggestion is.
    says : str
        Verdict and reasons in plain words.
    n_customers : int
        Customers the panel rests on.
    n_everyone : int
        Customers with at least half of the basis; when there are more than the panel rests on, those were drawn at random.
    tendency : pandas.DataFrame
        Whether the customers lie in heaps at all, see :func:`personakit.segmentation_tendency.cluster_tendency`. It never
        decides.
    without_noise : SolutionPanel or None
        The panel once more without near-noise variables, where there are any.
    """

    table: pd.DataFrame
    verdict: Verdict
    suggested: int | None
    confidence: Confidence
    n_customers: int
    n_everyone: int = 0
    family: str = "kmeans"
    says: str = ""
    segments: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=SEGMENT_COLUMNS))
    indices: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=INDEX_COLUMNS))
    flows: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=FLOW_COLUMNS))
    items: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=ITEM_COLUMNS))
    tendency: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=TENDENCY_COLUMNS))
    without_noise: SolutionPanel | None = None

    def family_for(self, n_segments: int) -> str:
        """
        Name the family to make a number of segments with.

        Returns
        -------
        str
            The suggested family for the suggested number; for another number the model with the lowest BIC, else k-means.
        """
        if n_segments == self.suggested:
            return self.family
        models = self.table[(self.table["n_segments"] == n_segments) & self.table["bic"].notna()]
        return str(models.loc[models["bic"].idxmin(), "family"]) if len(models) else "kmeans"

    def parts(self) -> Parts:
        """Split into what is written to files."""
        return {"panel": self.table, "panel_segments": self.segments, "panel_indices": self.indices, "panel_flows": self.flows,
                "panel_items": self.items, "panel_tendency": self.tendency}  # fmt: skip

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def compare_solutions(  # noqa: PLR0913  the options of one comparison
    table: pd.DataFrame | Features, *, basis: Sequence[str], n_segments: Iterable[int] = range(2, 9),
    families: str | Sequence[str] = "auto", random_state: int = 1, stability_on: int = STABILITY_ON_AT_MOST,
    n_pairs: int = PAIRS, check_noise: bool = True, progress: Callable[[int, int], None] | None = None,
) -> SolutionPanel:  # fmt: skip
    """
    Ask for each family and number of segments whether the segments are there, and whether they would come back.

    The rule of the verdict, in this order:

    1. *Nothing holds the answers together*: k-means explains hardly more of the spread than in shuffled data (gain under
       0.02, or under three standard deviations of the shuffles). Nothing to segment.
    2. The number of segments with the lowest BIC over all models is looked at. One segment means that people differ by
       degree and not in kind: nothing to segment (with high confidence when the BIC is 10 better and the gain under 0.05).
    3. The segments of that model are made again from pairs of bootstrap samples. A median adjusted Rand index under 0.50,
       or a lower quartile under 0.30: they would not come back, and the next best number within 10 points of BIC is
       looked at, if there is one; else nothing to segment. From 0.50 on they are *constructive*, from 0.70 on
       *reproducible*, from 0.90 on, with a mean certainty of 0.90 and ICL choosing more than one segment, *natural*.
    4. Confidence is *high* when they are natural, BIC is at least 10 better than at any other number, ICL chooses the same
       number, k-means makes the same segments (adjusted Rand index of 0.80) and the number is not the largest one
       compared; *moderate* when they are at least reproducible and the BIC is at least 2 better; else *low*.

    Parameters
    ----------
    table : pandas.DataFrame or Features
        One row per customer. Features say of what kind each column is; else the values tell.
    basis : sequence of str
        Columns that make the segments.
    n_segments : iterable of int
        Numbers to compare.
    families : "auto" or sequence of str
        ``kmeans``, ``latent_classes``, ``gaussian``, ``mixed``, ``factor_mixture``, ``rfm``. By itself the
        panel takes k-means and the models that suit the answers.
    random_state : int
        Seed.
    stability_on : int
        At most so many customers, drawn at random, enter the panel.
    n_pairs : int
        Pairs of bootstrap samples; models, which take longer, get a fifth of them, at least ten.
    check_noise : bool
        Make the panel once more without variables that hardly differ between the suggested segments.
    progress : callable, optional
        Called with the parts done and the parts in all: solutions, and models that are made again from other customers. A
        long comparison can be interrupted: the panel then holds what was done.

    Returns
    -------
    SolutionPanel
        One row per family and number of segments, and the verdict.

    Raises
    ------
    DataError
        If a column is not in the table, or a family is unknown or does not suit the columns.

    References
    ----------
    Dolnicar, S., Grün, B., & Leisch, F. (2018). Market Segmentation Analysis. Springer.
    Biernacki, C., Celeux, G., & Govaert, G. (2000). Assessing a mixture model for clustering with the integrated
    completed likelihood. IEEE TPAMI, 22, 719-725.
    Kass, R. E., & Raftery, A. E. (1995). Bayes factors. JASA, 90, 773-795.
    Tibshirani, R., Walther, G., & Hastie, T. (2001). Estimating the number of clusters in a data set via the gap
    statistic. JRSS B, 63, 411-423.
    """
    frame, dictionary = table_and_dictionary(table)
    named = [] if families == "auto" else [families] if isinstance(families, str) else list(families)
    own = prepare_basis(frame, list(basis), dictionary, as_categories="latent_classes" in named, at_most=stability_on,
                        n_pairs=n_pairs, random_state=random_state)  # fmt: skip
    different = len(collapse(own.points)[0])
    numbers = [k for k in sorted(set(n_segments)) if different > 2 * k and k > 1]
    if len(own.points) < FEWEST_CUSTOMERS or not numbers:
        says = f"Nothing to segment: {len(own.points)} customers with {different} different answers are too few."
        return SolutionPanel(pd.DataFrame(columns=PANEL_COLUMNS), "nothing to segment", None, "high", len(own.points),
                             own.n_everyone, says=says)  # fmt: skip
    wanted = wanted_families(families, own.items)
    solutions: list[Solution] = []
    thorough, begun = families != "auto", time.perf_counter()
    made = len(wanted) * len(numbers)
    total = made + most_to_bootstrap(wanted, numbers, thorough=thorough)
    tell = progress or (lambda _done, _total: None)
    try:
        for solution in _made(own, wanted, numbers, thorough=thorough):
            solutions.append(solution)
            if solution.n_segments > 1:
                tell(min(sum(s.n_segments > 1 for s in solutions), total - 1), total)
        for done in _bootstrapped(own, solutions, time.perf_counter() - begun, thorough=thorough):
            tell(min(made + done, total - 1), total)  # the verdict is still to come
    except KeyboardInterrupt:
        if not any(s.n_segments > 1 for s in solutions):
            raise
    solutions.sort(key=lambda solution: (wanted.index(solution.family), solution.n_segments))
    tell(total, total)
    tendency = cluster_tendency(own.points, groups=own.groups, random_state=random_state)
    verdict, chosen, confidence, reason = judge(own, solutions, numbers)
    items = _items(frame, own, chosen)
    noise = items.loc[items["near_noise"], "feature"].tolist()
    kept = [name for name in basis if name not in noise]
    again = None
    if check_noise and noise and len(kept) >= 2:
        near = [k for k in numbers if chosen is not None and abs(k - chosen.n_segments) <= 1]
        again = compare_solutions(table, basis=kept, n_segments=near, random_state=random_state, stability_on=stability_on,
                                  n_pairs=n_pairs)  # fmt: skip
        reason += f" {listing(noise)} hardly differ between the segments; without them the verdict is: {again.verdict}"
        reason += f", {again.suggested} segments." if again.suggested else "."
    shown = [s for s in solutions if s.n_segments in numbers]
    return SolutionPanel(
        pd.DataFrame([s.row for s in shown], columns=PANEL_COLUMNS), verdict, chosen.n_segments if chosen else None, confidence,
        len(own.points), own.n_everyone, chosen.family if chosen else "kmeans", reason, _segment_table(shown),
        _index_table(shown), _flows(shown), items, tendency, again,
    )  # fmt: skip


def _made(own: Basis, wanted: list[str], numbers: list[int], *, thorough: bool) -> Iterator[Solution]:
    """Make all solutions; in several processes when the first of them says that they are worth it."""
    # of models, the last ones tell whether one more segment is tried, so that one process makes all of a family
    tasks = [(family, own, some, thorough) for family in wanted
             for some in ([numbers] if family in FAMILIES else [[k] for k in numbers])]  # fmt: skip
    begun = time.perf_counter()
    yield from _made_by(*tasks[0])
    left = sorted(tasks[1:], key=lambda task: -len(task[2]))
    each = (time.perf_counter() - begun) / sum(tasks[0][2])  # more segments take longer
    processes = processes_for(each * sum(sum(task[2]) for task in left), len(left))
    if processes == 1:  # in their order, and told one by one
        for task in tasks[1:]:
            yield from _made_by(*task)
        return
    with closing(results_of(_all_made_by, left, processes=processes)) as found:
        for _, solutions in found:
            yield from solutions


def _all_made_by(family: str, own: Basis, numbers: list[int], thorough: bool) -> list[Solution]:
    return list(_made_by(family, own, numbers, thorough))


def _made_by(family: str, own: Basis, numbers: list[int], thorough: bool) -> Iterator[Solution]:
    if family in FAMILIES:
        yield from fit_models(own, family, numbers, thorough=thorough)
    else:
        yield from (fit_kmeans(own, k) if family == "kmeans" else fit_tier_cuts(own, k) for k in numbers)


def _bootstrapped(own: Basis, solutions: list[Solution], seconds: float, *, thorough: bool) -> Iterator[int]:
    """See which models come back when other customers are drawn, which takes about as long as it took to make them all."""
    chosen = sorted(models_to_bootstrap(solutions, thorough=thorough), key=lambda model: (-model[1], model[0].n_segments))
    processes = processes_for(seconds, len(chosen))
    with closing(results_of(bootstrap_model, [(own, *model) for model in chosen], processes=processes)) as found:
        for done, (place, stability) in enumerate(found, start=1):
            note_stability(chosen[place][0], stability)
            yield done


def _items(frame: pd.DataFrame, own: Basis, chosen: Solution | None) -> pd.DataFrame:
    """How much of each basis variable the chosen segments explain."""
    if chosen is None:
        return pd.DataFrame(columns=ITEM_COLUMNS)
    member = (chosen.labels[:, None] == np.arange(chosen.labels.max() + 1)).astype(float)
    rows = []
    for item, place in zip(own.items, item_slices(own.items), strict=True):
        block = own.design[:, place]
        block = block[:, 1:2] if item.kind == "number" else block
        if item.kind == "rating":
            block = block @ np.asarray(item.levels, dtype=float)[:, None]
        sizes = np.maximum(member.sum(axis=0)[:, None], 1)
        means = (member.T @ block) / sizes
        between = (sizes * (means - block.mean(axis=0)) ** 2).sum()
        whole = float(((block - block.mean(axis=0)) ** 2).sum())
        effect = float(between / whole) if whole > 0 else 0.0
        rows.append({"feature": item.name, "effect_size": effect, "near_noise": effect < NEAR_NOISE})
    return pd.DataFrame(rows, columns=ITEM_COLUMNS)


def _segment_table(solutions: list[Solution]) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for before, own in zip([None, *solutions[:-1]], solutions, strict=True):
        sizes = np.bincount(own.labels)
        chained = before is not None and before.family == own.family and before.n_segments == own.n_segments - 1
        entropy = segment_lineage([before.labels, own.labels])[0] if chained and before is not None else [np.nan] * len(sizes)
        for segment, size in enumerate(sizes):
            row = {"family": own.family, "n_segments": own.n_segments, "segment": segment + 1, "customers": int(size),
                   "share": size / len(own.labels), "lineage_entropy": float(entropy[segment])}  # fmt: skip
            if own.stability is not None and segment < own.stability.jaccard.shape[1]:
                found = own.stability.jaccard[:, segment]
                row |= {"jaccard": float(np.median(found)), "jaccard_low": float(np.quantile(found, 0.25))}
            rows.append(row)
    return pd.DataFrame(rows, columns=SEGMENT_COLUMNS)


def _index_table(solutions: list[Solution]) -> pd.DataFrame:
    frames = [
        pd.DataFrame({"family": s.family, "n_segments": s.n_segments, "data": data, "rand_index": values})
        for s in solutions if s.stability is not None
        for data, values in (("real", s.stability.rand_index), ("shuffled", s.stability.null_rand_index))
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True)[INDEX_COLUMNS] if frames else pd.DataFrame(columns=INDEX_COLUMNS)


def _flows(solutions: list[Solution]) -> pd.DataFrame:
    rows = []
    for before, own in pairwise(solutions):
        if before.family == own.family and before.n_segments == own.n_segments - 1:
            crossed = (
                pd.Series(1, index=pd.MultiIndex.from_arrays([before.labels + 1, own.labels + 1])).groupby(level=[0, 1]).sum()
            )
            rows += [{"family": own.family, "n_segments": own.n_segments, "from_segment": int(a), "to_segment": int(b),
                      "customers": int(n)} for (a, b), n in crossed.items() if n]  # fmt: skip
    return pd.DataFrame(rows, columns=FLOW_COLUMNS)
