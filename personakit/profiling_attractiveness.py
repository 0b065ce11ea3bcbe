"""Step 07, attractiveness: which segments a team should serve first, and how far that hangs on its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from personakit.errors import DataError, did_you_mean, listing
from personakit.evidence import EFFECT_STEPS
from personakit.evidence_measures import measure_group, wilson
from personakit.features import Features, numeric
from personakit.handoffs import Parts
from personakit.segmentation import Segmentation
from personakit.study_parts import Attractiveness

FROM_DATA = ("size", "value", "growth", "satisfaction")
CRITERIA_COLUMNS = ["segment", "criterion", "source", "estimate", "ci_low", "ci_high", "n", "points", "weight"]
SCORE_COLUMNS = ["segment", "score", "rank", "first_share", "knocked_out", "under_served"]
_LOWEST, _HIGHEST = 1.0, 10.0
_NEW_DAYS, _DRAWS, _RESAMPLES = 365, 5_000, 500
_SATISFACTION = ("recommendation", "satisfaction")


@dataclass(frozen=True, eq=False, repr=False)
class SegmentRating:
    """
    Segments rated by what makes them worth serving.

    Attributes
    ----------
    criteria : pandas.DataFrame
        One row per segment and criterion: ``source`` (data or team), ``estimate`` with ``ci_low`` and ``ci_high`` (95 %;
        size: share of the customers; value: share of all spending; growth: share of the segment that came in the last
        year; satisfaction: mean answer), ``n`` (people), ``points`` (1 for the lowest segment to 10 for the highest;
        missing when not known), ``weight`` (shares that add up to 1).
    scores : pandas.DataFrame
        One row per segment: ``score`` (weighted points, 1 to 10), ``rank``, ``first_share`` (share of all possible weights
        under which it comes first), ``knocked_out`` (why it is not weighed at all, else empty), ``under_served`` (worth
        at least its share, and clearly less satisfied than everyone else).
    """

    criteria: pd.DataFrame
    scores: pd.DataFrame

    def parts(self) -> Parts:
        """Split into what is written to files."""
        return {"criteria": self.criteria, "scores": self.scores}

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def rate_segments(
    features: Features, segmentation: Segmentation, *, choice: Attractiveness | None = None, random_state: int = 1
) -> SegmentRating:
    """
    Rate every segment on size, value, growth, satisfaction, and what the team adds, such as the fit with its question.

    Parameters
    ----------
    features : Features
        One row per customer.
    segmentation : Segmentation
        One segment per customer.
    choice : Attractiveness, optional
        The study's ``attractiveness`` block: weights, the team's own ratings, and the sizes below which a segment is
        knocked out. By default all criteria that the data know count alike.
    random_state : int
        Seed of the resamples and of the weights that are tried.

    Returns
    -------
    SegmentRating
        Criteria, scores, and how far the order hangs on the weights.

    Raises
    ------
    DataError
        If a weight names a criterion that nobody rates, or a rating names a segment that does not exist.

    References
    ----------
    Dolnicar, S., Grün, B., & Leisch, F. (2018). Market Segmentation Analysis. Springer. Chapters 4 and 10 (knock-out and
    attractiveness criteria, segment evaluation).
    """
    choice = choice or Attractiveness()
    _check(choice, segmentation.segments)
    rng = np.random.default_rng(random_state)
    own = features.table.reindex(segmentation.labels.index)
    rows = _from_data(own, features.dictionary, segmentation.labels, rng)
    for criterion, ratings in choice.ratings.items():
        rows += [{"segment": s, "criterion": criterion, "source": "team", "points": ratings.get(s, np.nan)} for s in
                 segmentation.segments]  # fmt: skip
    criteria = pd.DataFrame(rows, columns=CRITERIA_COLUMNS)
    given = criteria["source"] == "data"
    criteria.loc[given, "points"] = criteria[given].groupby("criterion")["estimate"].transform(_points)
    criteria["points"] = criteria["points"].astype(float)
    names = list(dict.fromkeys(criteria["criterion"]))
    weights = pd.Series({name: choice.weights.get(name, 0.0 if choice.weights else 1.0) for name in names}, dtype=float)
    if not weights.sum():
        weights[:] = 1.0
    criteria["weight"] = criteria["criterion"].map(weights / weights.sum())
    return SegmentRating(criteria, _scores(criteria, own, features.dictionary, segmentation, choice, rng))


def _check(choice: Attractiveness, segments: list[int]) -> None:
    known = [*FROM_DATA, *choice.ratings]
    problems = [f"attractiveness.weights: nobody rates '{name}'; there are {listing(known)}; add it to "
                f"attractiveness.ratings{did_you_mean(name, known)}" for name in choice.weights if name not in known]  # fmt: skip
    problems += [f"attractiveness.ratings.{name}: the data rate '{name}' themselves; use another word"
                 for name in choice.ratings if name in FROM_DATA]  # fmt: skip
    problems += [f"attractiveness.ratings.{name}: there is no segment {segment}; the segments are {listing(map(str, segments))}"
                 for name, ratings in choice.ratings.items() for segment in ratings if segment not in segments]  # fmt: skip
    if problems:
        raise DataError(problems)


def satisfaction_feature(dictionary: pd.DataFrame) -> str | None:
    """Name the feature that says how satisfied customers are: a recommendation or satisfaction question, else support ratings."""
    for about in _SATISFACTION:
        found = dictionary.index[(dictionary["about"] == about) & (dictionary["kind"] == "ordinal")]
        if len(found):
            return str(found[0])
    return "ticket_rating" if "ticket_rating" in dictionary.index else None


def _from_data(own: pd.DataFrame, dictionary: pd.DataFrame, labels: pd.Series, rng: np.random.Generator) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    satisfied = satisfaction_feature(dictionary)
    spend = numeric(own["spend"]) if "spend" in own else None
    for segment in sorted(labels.unique()):
        inside = (labels == segment).to_numpy()
        n = int(inside.sum())
        rows.append(_row(segment, "size", n / len(labels), wilson(n, len(labels)), n))
        if spend is not None and np.nansum(spend) > 0:
            spent = np.nan_to_num(spend)
            draws = rng.integers(0, len(spent), (_RESAMPLES, len(spent)))
            shares = (spent * inside)[draws].sum(axis=1) / np.maximum(spent[draws].sum(axis=1), 1e-12)
            low, high = np.quantile(shares, [0.025, 0.975])
            rows.append(_row(segment, "value", float((spent * inside).sum() / spent.sum()), (float(low), float(high)), n))
        if "days_as_customer" in own:
            days = numeric(own["days_as_customer"])[inside]
            known = days[~np.isnan(days)]
            if len(known):
                new = int((known < _NEW_DAYS).sum())
                rows.append(_row(segment, "growth", new / len(known), wilson(new, len(known)), len(known)))
        if satisfied is not None:
            found = measure_group(numeric(own[satisfied]), inside, "mean", test=False)
            if found:
                rows.append(_row(segment, "satisfaction", found["estimate"], (found["ci_low"], found["ci_high"]), found["n"]))
    order = {name: place for place, name in enumerate(FROM_DATA)}
    return sorted(rows, key=lambda row: (order[row["criterion"]], row["segment"]))


def _row(segment: int, criterion: str, estimate: float, interval: tuple[float | None, float | None], n: int) -> dict[str, Any]:
    return {"segment": int(segment), "criterion": criterion, "source": "data", "estimate": estimate, "ci_low": interval[0],
            "ci_high": interval[1], "n": n}  # fmt: skip


def _points(estimates: pd.Series) -> pd.Series:
    """1 for the lowest segment to 10 for the highest, in proportion; the middle when all are alike."""
    low, high = estimates.min(), estimates.max()
    if not high > low:
        return pd.Series((_LOWEST + _HIGHEST) / 2, index=estimates.index)
    return _LOWEST + (_HIGHEST - _LOWEST) * (estimates - low) / (high - low)


def _scores(
    criteria: pd.DataFrame, own: pd.DataFrame, dictionary: pd.DataFrame, segmentation: Segmentation, choice: Attractiveness,
    rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    points = criteria.pivot_table(index="segment", columns="criterion", values="points", dropna=False)
    points = points.reindex(index=segmentation.segments, columns=list(dict.fromkeys(criteria["criterion"])))
    weights = criteria.drop_duplicates("criterion").set_index("criterion")["weight"].reindex(points.columns)
    sizes = segmentation.labels.value_counts().reindex(segmentation.segments, fill_value=0)
    out = {segment: _knocked_out(int(n), len(segmentation.labels), choice) for segment, n in sizes.items()}
    left = [segment for segment in segmentation.segments if not out[segment]]
    tried = rng.dirichlet(np.ones(len(points.columns)), _DRAWS)
    # a criterion that is not known for a segment counts as the middle, for it and for no other
    filled = points.fillna((_LOWEST + _HIGHEST) / 2)
    first = pd.Series(0.0, index=points.index)
    if left:
        winners = (filled.loc[left].to_numpy() @ tried.T).argmax(axis=0)
        first[left] = np.bincount(winners, minlength=len(left)) / _DRAWS
    scores = pd.DataFrame({"segment": points.index, "score": filled.to_numpy() @ weights.to_numpy()})
    scores["knocked_out"] = scores["segment"].map(out)
    scores["rank"] = scores["score"].where(scores["knocked_out"] == "").rank(ascending=False, method="min")
    scores["first_share"] = scores["segment"].map(first)
    served = _under_served(criteria, own, dictionary, segmentation)
    scores["under_served"] = scores["segment"].isin(served)
    return scores[SCORE_COLUMNS].sort_values(["rank", "segment"], kind="stable", ignore_index=True)


def _knocked_out(n: int, everyone: int, choice: Attractiveness) -> str:
    if n < choice.smallest_people:
        return f"{n} people; at least {choice.smallest_people} are asked for"
    if n / everyone < choice.smallest_share:
        return f"{n / everyone:.1%} of the customers; at least {choice.smallest_share:.0%} are asked for"
    return ""


def _under_served(criteria: pd.DataFrame, own: pd.DataFrame, dictionary: pd.DataFrame, segmentation: Segmentation) -> list[int]:
    """Segments worth at least an equal share of customers or spending, and clearly less satisfied than everyone else."""
    satisfied = satisfaction_feature(dictionary)
    if satisfied is None or len(segmentation.segments) < 2:
        return []
    fair = 1 / len(segmentation.segments)
    worth = criteria[criteria["criterion"].isin(["size", "value"])].groupby("segment")["estimate"].max()
    found = []
    for segment in segmentation.segments:
        inside = (segmentation.labels == segment).to_numpy()
        compared = measure_group(numeric(own[satisfied]), inside, "mean", test=False)
        if compared and worth.get(segment, 0) >= fair and compared.get("effect") is not None:
            small = EFFECT_STEPS["hedges_g"][0]
            if compared["effect"] <= -small and compared["effect_high"] < 0:
                found.append(segment)
    return found
