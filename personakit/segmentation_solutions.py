"""Step 06, the solutions that are compared: families and numbers of segments, each with its fit and its stability."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from personakit.errors import DataError, did_you_mean, listing
from personakit.features import Features
from personakit.processes import one_thread
from personakit.segmentation_items import (
    FAMILIES,
    MixtureForm,
    design_matrix,
    family_of,
    forms_of,
    item_slices,
    make_items,
)
from personakit.segmentation_kmeans import collapse, fit_many, nearest, within_ss
from personakit.segmentation_mixture import MixtureFit, best_mixture, fit_mixtures
from personakit.segmentation_rule import make_rule, rule_slices, scaled
from personakit.segmentation_tiers import can_be_tiers, fit_tiers, tier_labels, tier_values
from personakit.stability import SHUFFLES, LabelMany, Stability, assess_stability, prediction_strength, shuffled_copies

KMEANS_STARTS, FEWEST_MODEL_PAIRS, MIXTURE_STARTS = 50, 10, 4
_EXTRA_NUMBERS = 3
_SILHOUETTE_ON = 1_000


@dataclass(eq=False)
class Solution:
    """One family at one number of segments, while the panel is made."""

    family: str
    n_segments: int
    labels: np.ndarray
    row: dict[str, Any]
    stability: Stability | None = None
    posterior: np.ndarray | None = None
    form: MixtureForm | None = None


@dataclass(eq=False)
class Basis:
    """The basis as k-means, mixture models and tiers see it, how it is compared, and the place of each row in the table."""

    rows: np.ndarray
    points: np.ndarray
    groups: list[slice]
    design: np.ndarray
    items: tuple[Any, ...]
    values: np.ndarray
    n_everyone: int
    n_pairs: int
    random_state: int


def table_and_dictionary(table: pd.DataFrame | Features) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Split features into the table and what is known about its columns."""
    return (table.table, table.dictionary) if isinstance(table, Features) else (table, None)


def prepare_basis(  # noqa: PLR0913  what is segmented, and how it is compared
    frame: pd.DataFrame,
    basis: list[str],
    dictionary: pd.DataFrame | None,
    *,
    as_categories: bool,
    at_most: int,
    n_pairs: int,
    random_state: int,
) -> Basis:
    """Write the basis as k-means and as mixture models see it; rows stand in an order of their own."""
    rule = make_rule(frame, basis, dictionary)
    points, known = scaled(frame, rule)
    items = make_items(frame, basis, dictionary, as_categories=as_categories)
    design = design_matrix(frame, items)
    rows = np.flatnonzero(known)
    both = np.concatenate([points[rows], design[rows]], axis=1)
    order = np.lexsort(both.T[::-1])  # the order of rows must not matter
    n_everyone = len(order)
    if len(order) > at_most:
        order = order[np.sort(np.random.default_rng(random_state).choice(len(order), at_most, replace=False))]
    rows = rows[order]
    values = tier_values(frame, basis)[rows] if can_be_tiers(items) else np.empty((len(rows), 0))
    return Basis(rows, points[rows], rule_slices(rule), design[rows], items, values, n_everyone, n_pairs, random_state)


def wanted_families(families: str | Sequence[str], items: tuple[Any, ...]) -> list[str]:
    """Name the families to compare; by itself k-means and the models that suit the variables."""
    suitable = ["kmeans", *[name for name in FAMILIES if forms_of(name, items)], *(["rfm"] if can_be_tiers(items) else [])]
    if families == "auto":
        base = family_of(items)
        return ["kmeans", base, *(["factor_mixture"] if forms_of("factor_mixture", items) else [])]
    wanted = [families] if isinstance(families, str) else list(families)
    problems = [f"families: '{name}' is not known or does not suit these columns; allowed: {listing(suitable)}"
                f"{did_you_mean(name, suitable)}" for name in wanted if name not in suitable]  # fmt: skip
    if problems:
        raise DataError(problems)
    return wanted


def fit_kmeans(own: Basis, k: int) -> Solution:
    """Fit k-means with one number of segments, and see what comes back."""
    from sklearn.metrics import silhouette_score

    unique, place, counts = collapse(own.points)
    weights = counts[None, :].astype(float)
    every = max(len(own.points) // _SILHOUETTE_ON, 1)
    seed = [own.random_state, k]
    centres, spread = fit_many(unique, weights, k, starts=KMEANS_STARTS, random_state=seed)
    labels = _largest_first(nearest(unique, centres[0])[place])
    logs = []
    for copy in shuffled_copies(unique, counts, own.groups, SHUFFLES, own.random_state):
        points, _, repeats = collapse(copy)
        other, _ = fit_many(points, repeats[None, :].astype(float), k, starts=KMEANS_STARTS // 2, random_state=seed)
        logs.append(np.log(max(within_ss(points, other[0], repeats.astype(float)), 1e-300)))
    stability = assess_stability(own.points, k, reference=labels, groups=own.groups, n_pairs=own.n_pairs,
                                 random_state=own.random_state)  # fmt: skip
    row = _row("kmeans", k, labels, stability)
    row["prediction_strength"] = float(np.median(prediction_strength(own.points, k, random_state=own.random_state)))
    row["fit_gain"] = float(np.mean(logs) - np.log(max(spread[0], 1e-300))) if spread[0] > 0 else float(np.mean(logs))
    row["fit_gain_sd"] = float(np.std(logs))
    some = slice(None, None, every)
    if len(np.unique(labels[some])) > 1:
        with one_thread("sklearn.metrics"):  # the last digits must not depend on the number of threads
            row["silhouette"] = float(silhouette_score(own.points[some], labels[some]))
    return Solution("kmeans", k, labels, row, stability)


def fit_tier_cuts(own: Basis, k: int) -> Solution:
    """Cut the customers into a number of tiers, and see how steady the cuts are."""
    names = [item.name for item in own.items]
    labels = fit_tiers(own.values, np.ones(len(own.values)), names, k).place(own.values)
    stability = assess_stability(own.values, k, reference=labels, label_many=tier_labels, n_pairs=own.n_pairs,
                                 random_state=own.random_state)  # fmt: skip
    return Solution("rfm", k, labels, _row("rfm", k, labels, stability), stability)


def fit_models(own: Basis, family: str, numbers: list[int], *, thorough: bool) -> Iterator[Solution]:
    """Fit a family of models from one segment on; by default until the BIC has risen three times."""
    unique, place, counts = collapse(own.design)
    weights = counts[None, :].astype(float)
    found: list[float] = []
    for k in [1, *numbers]:
        fit = best_mixture(unique, weights, forms_of(family, own.items), k, random_state=own.random_state)
        found.append(fit.bic)
        yield _model_solution(family, k, fit, fit.posterior(unique), (place, counts))
        if len(found) - 1 - int(np.argmin(found)) >= _EXTRA_NUMBERS and not thorough:
            return


def models_to_bootstrap(solutions: list[Solution], *, thorough: bool) -> list[tuple[Solution, int]]:
    """Choose the best model and its neighbours, or all models when the user named the families, each with its shuffles."""
    models = [s for s in solutions if s.family in FAMILIES]
    if not models:
        return []
    best = min(models, key=lambda s: (s.row["bic"], s.n_segments))
    return [(s, SHUFFLES if thorough or s is best else 0) for s in models if s.n_segments > 1 and (
            thorough or (s.family == best.family and abs(s.n_segments - best.n_segments) <= 1))]  # fmt: skip


def most_to_bootstrap(wanted: list[str], numbers: list[int], *, thorough: bool) -> int:
    """Say how many models :func:`models_to_bootstrap` chooses at most."""
    families = sum(family in FAMILIES for family in wanted)
    return families * len(numbers) if thorough else min(families, 1) * min(3, len(numbers))


def bootstrap_model(own: Basis, solution: Solution, n_shuffles: int) -> Stability:
    """Draw other customers for one model."""
    return assess_stability(
        own.design, solution.n_segments, reference=solution.labels, label_many=labels_by(solution.form), n_shuffles=n_shuffles,
        groups=item_slices(own.items), n_pairs=max(own.n_pairs // 5, FEWEST_MODEL_PAIRS), random_state=own.random_state,
    )  # fmt: skip


def note_stability(solution: Solution, stability: Stability) -> None:
    """Write down how stable a model is."""
    solution.stability = stability
    solution.row |= _row(solution.family, solution.n_segments, solution.labels, stability)


def labels_by(form: MixtureForm | None) -> LabelMany:
    """Label all points by the segments of a mixture model, for :func:`personakit.stability.assess_stability`."""

    def label(points: np.ndarray, weights: np.ndarray, n_segments: int, random_state: list[int]) -> np.ndarray:
        assert form is not None
        fits = fit_mixtures(points, weights, form, n_segments, starts=MIXTURE_STARTS, random_state=random_state, n_steps=100,
                            tolerance=1e-5)  # fmt: skip
        return np.array([fit.posterior(points).argmax(axis=1) for fit in fits])

    return label


def _model_solution(
    family: str, k: int, fit: MixtureFit, posterior: np.ndarray, where: tuple[np.ndarray, np.ndarray]
) -> Solution:
    place, counts = where
    entropy = -float((counts[:, None] * posterior * np.log(np.clip(posterior, 1e-300, 1))).sum())
    labels = _largest_first(posterior.argmax(axis=1)[place])
    row = _row(family, k, labels, None)
    row |= {
        "bic": fit.bic,
        "icl": fit.bic + 2 * entropy,
        "certainty": float((counts * posterior.max(axis=1)).sum() / counts.sum()),
    }
    return Solution(family, k, labels, row, None, posterior[place], fit.form)


def _largest_first(labels: np.ndarray) -> np.ndarray:
    """Number segments from 0 by size; segments without anybody are left out."""
    names, counts = np.unique(labels, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    rank = np.empty(int(names.max()) + 1, dtype=np.int64)
    rank[names[order]] = np.arange(len(names))
    return rank[labels]


def _row(family: str, k: int, labels: np.ndarray, stability: Stability | None) -> dict[str, Any]:
    row: dict[str, Any] = {"family": family, "n_segments": k}
    row["smallest_share"] = float(np.bincount(labels).min() / len(labels)) if labels.max() + 1 == k else 0.0
    if stability is not None:
        row["rand_index"] = float(np.median(stability.rand_index))
        row["rand_index_low"] = float(np.quantile(stability.rand_index, 0.25))
        row["jaccard_lowest"] = float(np.median(stability.jaccard, axis=0).min())
        if len(stability.null_rand_index):
            row["null_rand_index"] = float(np.median(stability.null_rand_index))
            row["null_rand_index_high"] = float(np.quantile(stability.null_rand_index, 0.95))
    return row
