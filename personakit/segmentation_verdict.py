"""Step 06, the verdict: how many segments there are, and how far that can be trusted, by a published rule."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from personakit.segmentation_items import FAMILIES
from personakit.segmentation_solutions import Basis, Solution, bootstrap_model, note_stability
from personakit.stability import adjusted_rand_index

#: Something holds the answers together when k-means explains this much more of the spread than in shuffled data.
LEAST_GAIN, LEAST_GAIN_SD, LITTLE_GAIN = 0.02, 3.0, 0.05
#: Differences of the Bayesian information criterion (Kass and Raftery 1995): positive, and very strong.
POSITIVE_BIC, STRONG_BIC = 2.0, 10.0
#: Adjusted Rand index of bootstrap pairs from which a solution comes back, and below which it does not.
NATURAL_RAND, REPRODUCIBLE_RAND, CONSTRUCTIVE_RAND, LOWEST_QUARTILE = 0.90, 0.70, 0.50, 0.30
CLEAR_CERTAINTY, SAME_SEGMENTS = 0.90, 0.80
Verdict = Literal["natural", "reproducible", "constructive", "nothing to segment"]
Confidence = Literal["high", "moderate", "low"]


def judge(own: Basis, solutions: list[Solution], numbers: list[int]) -> tuple[Verdict, Solution | None, Confidence, str]:
    """Apply the documented rule."""
    kmeans = [s for s in solutions if s.family == "kmeans"]
    models = [s for s in solutions if s.family in FAMILIES]
    if not kmeans and not models:
        return _judge_tiers(solutions)
    if kmeans and not any(_holds_together(s.row) for s in kmeans):
        gain = max(s.row["fit_gain"] for s in kmeans)
        sure: Confidence = "high" if gain < LEAST_GAIN else "moderate"
        return "nothing to segment", None, sure, "Nothing to segment: the answers hang together no more than shuffled ones do."
    if not models:
        return _judge_kmeans(kmeans)
    best = {k: min((s for s in models if s.n_segments == k), key=lambda s: s.row["bic"]) for k in {s.n_segments for s in models}}
    ranked = sorted(best.values(), key=lambda s: (s.row["bic"], s.n_segments))
    first = ranked[0]
    if first.n_segments == 1:
        lead = ranked[1].row["bic"] - first.row["bic"] if len(ranked) > 1 else np.inf
        loose = all(s.row["fit_gain"] < LITTLE_GAIN for s in kmeans)
        sure = "high" if lead >= STRONG_BIC and loose else "moderate" if lead >= POSITIVE_BIC else "low"
        by_degree = first.family == "factor_mixture"
        why = "people differ by degree, along a common direction, and not in kind" if by_degree else (
            "one group describes the answers best")  # fmt: skip
        return "nothing to segment", None, sure, f"Nothing to segment: {why}."
    able = [s for s in ranked if s.n_segments > 1 and s.row["bic"] - first.row["bic"] <= STRONG_BIC and _comes_back(own, s)]
    if not able:
        index = first.row.get("rand_index", 0.0)
        why = f"{first.n_segments} segments fit best, but would not come back with other customers"
        return "nothing to segment", None, "moderate", f"Nothing to segment: {why} (adjusted Rand index {index:.2f})."
    return _grade(able[0], ranked, models, kmeans, numbers)


def _holds_together(row: dict[str, Any]) -> bool:
    return bool(row["fit_gain"] >= LEAST_GAIN and row["fit_gain"] >= LEAST_GAIN_SD * row["fit_gain_sd"])


def _comes_back(own: Basis, solution: Solution) -> bool:
    if solution.stability is None:
        note_stability(solution, bootstrap_model(own, solution, 0))
    return bool(solution.row["rand_index"] >= CONSTRUCTIVE_RAND and solution.row["rand_index_low"] >= LOWEST_QUARTILE)


def _grade(
    chosen: Solution, ranked: list[Solution], models: list[Solution], kmeans: list[Solution], numbers: list[int]
) -> tuple[Verdict, Solution, Confidence, str]:

    n, index = chosen.n_segments, chosen.row["rand_index"]
    by_icl = min(models, key=lambda s: (s.row["icl"], s.n_segments)).n_segments
    others = [s.row["bic"] for s in ranked if s.n_segments != n]
    lead = min(others) - chosen.row["bic"] if others else np.inf
    twin = next((s for s in kmeans if s.n_segments == n), None)
    same = twin is not None and adjusted_rand_index(chosen.labels, twin.labels) >= SAME_SEGMENTS
    verdict: Verdict = "reproducible" if index >= REPRODUCIBLE_RAND else "constructive"
    if index >= NATURAL_RAND and chosen.row["certainty"] >= CLEAR_CERTAINTY and by_icl > 1:
        verdict = "natural"
    confidence: Confidence = "low"
    if verdict != "constructive" and lead >= POSITIVE_BIC:
        confidence = "moderate"
    agreed = verdict == "natural" and by_icl == n and same and lead >= STRONG_BIC
    if agreed and n < max(numbers):
        confidence = "high"
    words = {
        "natural": f"{n} clear groups: they come back with other customers (adjusted Rand index {index:.2f})",
        "reproducible": f"{n} segments that come back with other customers (adjusted Rand index {index:.2f}), "
                        "though their borders are blurred",
        "constructive": f"{n} segments that come back only in part (adjusted Rand index {index:.2f}); useful cuts, "
                        "not clear groups",
    }  # fmt: skip
    says = words[verdict] + "."
    if n == max(numbers):
        says += " It is the largest number that was compared; more could fit better."
    if not same and kmeans:
        says += " k-means makes other segments" + _also(n, kmeans)
    return verdict, chosen, confidence, says


def _also(n: int, kmeans: list[Solution]) -> str:
    """Name the largest number of k-means segments that come back nearly unchanged, as one to look at beside the suggestion."""
    steady = [s for s in kmeans if s.row["rand_index"] >= NATURAL_RAND and _holds_together(s.row)]
    if not steady or steady[-1].n_segments == n:
        return "."
    return f"; with {steady[-1].n_segments} they come back best (adjusted Rand index {steady[-1].row['rand_index']:.2f})."


def _judge_tiers(tiers: list[Solution]) -> tuple[Verdict, Solution | None, Confidence, str]:
    """Tiers are cuts and always possible; the number that comes back best is the one to look at."""
    chosen = max(tiers, key=lambda s: (s.row["rand_index"], -s.n_segments))
    says = (f"{chosen.n_segments} tiers of value are steady cuts (adjusted Rand index {chosen.row['rand_index']:.2f}). "
            "Quantiles always give tiers; whether there are groups is another question.")  # fmt: skip
    return "constructive", chosen, "low", says


def _judge_kmeans(kmeans: list[Solution]) -> tuple[Verdict, Solution | None, Confidence, str]:
    """Without models: the smallest number near the best gain in fit, among those that come back."""
    able = [s for s in kmeans if _holds_together(s.row) and s.row["rand_index"] >= CONSTRUCTIVE_RAND]
    above = [s for s in able if s.row["rand_index"] >= REPRODUCIBLE_RAND] or able
    if not above:
        return "nothing to segment", None, "moderate", "Nothing to segment: no number of segments would come back."
    most = max(s.row["fit_gain"] for s in above)
    chosen = next(s for s in above if s.row["fit_gain"] >= 0.97 * most)
    verdict: Verdict = "reproducible" if chosen.row["rand_index"] >= REPRODUCIBLE_RAND else "constructive"
    confidence: Confidence = "moderate" if verdict == "reproducible" else "low"
    says = f"{chosen.n_segments} segments come back with other customers (adjusted Rand index {chosen.row['rand_index']:.2f})."
    return verdict, chosen, confidence, says
