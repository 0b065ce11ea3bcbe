"""Step 10, screener: the fewest questions that tell which persona somebody is, as points that people can add up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from personakit.errors import DataError, Note
from personakit.evidence_measures import wilson
from personakit.features import Features
from personakit.handoffs import Parts
from personakit.screener_points import (
    POINTS_PER_DOUBLING,
    answers_as_columns,
    calibrate,
    chances,
    fit_weights,
    log_loss,
    whole_points,
)
from personakit.screener_questions import ScreenerQuestion, askable_questions
from personakit.screener_rule import ScreenerRule
from personakit.screener_selection import choose_questions, codes_of, leave_out, split_evenly
from personakit.segmentation import Segmentation

CURVE_COLUMNS = ["n_questions", "question", "accuracy", "ci_low", "ci_high", "gain", "gain_low", "gain_high", "log_loss"]
RECALL_COLUMNS = ["n_questions", "segment", "recall", "ci_low", "ci_high", "n"]
CONFUSION_COLUMNS = ["segment", "told", "share", "n"]
CALIBRATION_COLUMNS = ["certainty_from", "certainty_to", "certainty", "accuracy", "ci_low", "ci_high", "n"]
NOT_SURE_COLUMNS = ["lead", "sure_share", "accuracy", "ci_low", "ci_high", "n"]
#: What a screener should reach: people told right in all, and in the persona that is told worst.
GOOD_ACCURACY, GOOD_RECALL = 0.80, 0.65
FOLDS, FIT_ON_AT_MOST = 10, 5_000
_PARTS_TO_CHOOSE = 3
_LEADS = (0, 10, 20, 30, 40, 50)
_CERTAINTIES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_RULE_AGREES = 0.99
_LEAST_PEOPLE = 30
TOO_FEW_PEOPLE = "segmentation: {n} people have a segment; a screener needs {least} or more"
NOTHING_TO_TELL = "segmentation: a screener tells two or more segments, numbered from 1 on, apart; found {segments}"


@dataclass(frozen=True, eq=False, repr=False)
class Screener(ScreenerRule):
    """
    A few questions whose answers add up to a persona, and how well they do.

    What it asks and how answers add up is in :class:`personakit.screener_rule.ScreenerRule`.

    Attributes
    ----------
    curve : pandas.DataFrame
        One row per number of questions: ``n_questions``, ``question`` (the feature that comes in), ``accuracy`` with
        ``ci_low`` and ``ci_high`` (share of people told right while they were left out; 95 %), ``gain`` with
        ``gain_low`` and ``gain_high`` (difference to calling everybody the commonest persona; 95 %, adjusted for the number
        of lengths that were looked at), ``log_loss``.
    recalls : pandas.DataFrame
        One row per number of questions and segment: ``recall`` (share of its people told right), its interval, ``n``.
    confusion : pandas.DataFrame
        One row per pair of segments, with the questions of the screener: ``segment`` (what people are), ``told`` (what the
        screener says), ``share`` of the people of ``segment``, ``n`` people of ``segment``.
    calibration : pandas.DataFrame
        One row per band of certainty that has people: ``certainty`` (mean of what the screener says), ``accuracy`` (how
        often it is right) with interval, ``n``.
    not_sure : pandas.DataFrame
        One row per lead (points by which the first persona is ahead): ``sure_share`` (people with at least that lead),
        ``accuracy`` among them with interval, ``n``.
    baseline : float
        Share of the commonest persona: what naming it every time gets right.
    useful : bool
        Whether the screener tells more than the baseline; otherwise it should not be used.
    reaches : bool
        Whether it reaches the accuracy and the recall that were asked for.
    n, folds : int
        People who judge it, and parts they were left out in.
    refitted : bool
        Whether segments were made anew without the people who were left out.
    random_state : int
        Seed.
    """

    curve: pd.DataFrame
    recalls: pd.DataFrame
    confusion: pd.DataFrame
    calibration: pd.DataFrame
    not_sure: pd.DataFrame
    baseline: float
    useful: bool
    reaches: bool
    n: int
    folds: int
    refitted: bool
    random_state: int

    @property
    def accuracy(self) -> pd.Series:
        """The row of the curve for the screener's own number of questions."""
        return self.curve.set_index("n_questions", drop=False).loc[len(self.questions)]

    def parts(self) -> Parts:
        """Split into what is written to files."""
        whole = {"baseline": self.baseline, "useful": self.useful, "reaches": self.reaches, "n": self.n, "folds": self.folds,
                 "refitted": self.refitted, "random_state": self.random_state}  # fmt: skip
        return {"screener": self.rule() | {"quality": whole}, "screener_curve": self.curve, "screener_recalls": self.recalls,
                "screener_confusion": self.confusion, "screener_calibration": self.calibration,
                "screener_not_sure": self.not_sure}  # fmt: skip

    @classmethod
    def from_parts(cls, parts: Parts) -> Screener:
        """Put together what was read from files."""
        content = parts["screener"]
        rule = ScreenerRule.from_plain(content)
        return cls(
            rule.questions, rule.start, rule.names, rule.sure_lead,
            *(parts[f"screener_{name}"] for name in ("curve", "recalls", "confusion", "calibration", "not_sure")),
            **content["quality"],
        )  # fmt: skip

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def build_screener(  # noqa: PLR0913  options with defaults
    features: Features, segmentation: Segmentation | pd.Series, *, names: dict[int, str] | None = None,
    candidates: Sequence[str] | None = None, most: int = 8, accuracy: float = GOOD_ACCURACY, recall: float = GOOD_RECALL,
    n_questions: int | None = None, random_state: int = 1, progress: Callable[[int, int], None] | None = None,
    refits: dict[int, np.ndarray] | None = None,
) -> Screener:  # fmt: skip
    """
    Find the fewest questions that tell which persona somebody is.

    Questions are chosen and weighed without the people on whom they are tried, and segments are made anew without them too. A
    third of the people decides how many questions are asked, and the others judge the screener, so that its accuracy is that
    for new people.

    Parameters
    ----------
    features : Features
        One row per customer.
    segmentation : Segmentation or pandas.Series
        The segments; a Series of labels (from 1 on, by ``customer_id``) is taken as it is. So are labels that the rule of the
        segmentation does not give.
    names : dict of int to str, optional
        Name of each segment's persona.
    candidates : sequence of str, optional
        Features to choose from; see :func:`personakit.screener_questions.askable_questions`.
    most : int
        Questions at most.
    accuracy, recall : float
        What to reach: the share of people told right, also at the lower end of its interval, and that share in the persona that
        is told worst, also one standard error lower.
    n_questions : int, optional
        A number of questions that a person chose, instead; then everybody judges.
    random_state : int
        Seed. Beyond 5,000 people with a segment a random sample is used.
    progress : callable, optional
        Called with parts done and parts in all.
    refits : dict, optional
        Is filled with everybody's segment by the segments that were made without each part of the people; a second screener
        with the same segmentation and seed takes them over instead of making them again.

    Returns
    -------
    Screener
        As few questions as reach what was asked for; if none do, as many as still help.

    Raises
    ------
    DataError
        If there are fewer than two segments or too few people, nothing can be asked, or a number is out of range.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA, 22, 209-212.
    Nadeau, C., & Bengio, Y. (2003). Inference for the generalization error. Machine Learning, 52, 239-281.
    Breiman, L., Friedman, J., Olshen, R., & Stone, C. (1984). Classification and Regression Trees. Wadsworth. Section 3.4.3
    (the rule of one standard error).
    Varma, S., & Simon, R. (2006). Bias in error estimation when using cross-validation for model selection. BMC
    Bioinformatics, 7, 91.
    """
    labels, made = _labels(features, segmentation, random_state)
    segments = sorted(int(s) for s in labels.unique())
    _check(labels, segments, most, n_questions)
    questions = askable_questions(features, labels.index, candidates)
    k, most = len(segments), min(most, len(questions))
    left_out = leave_out(features, replace(made, labels=labels) if made else labels, questions, k=k, most=most, folds=FOLDS,
                         random_state=random_state, refits=refits, progress=progress)  # fmt: skip
    codes = codes_of(questions, features.table.loc[labels.index])
    n_answers = [len(question.answers) for question in questions]
    own = labels.to_numpy(dtype=int) - 1
    path = choose_questions(codes, n_answers, own, k, most, random_state)
    order = [questions[q].name for q in path.order]
    choosing = np.isin(np.arange(len(own)), split_evenly(own, _PARTS_TO_CHOOSE, random_state)[0])
    judging = left_out.truth >= 0
    length = n_questions or 0
    if not length:  # whoever had a say in the number of questions cannot judge how good it is
        own_scores, own_truth = left_out.scores[:, judging & choosing], left_out.truth[judging & choosing]
        length = _fewest(*_curve(own_truth, own_scores, order, segments), accuracy, recall)
        judging &= ~choosing
    truth, scores = left_out.truth[judging], left_out.scores[:, judging]
    curve, recalls = _curve(truth, scores, order, segments)
    if not n_questions:
        length = _until_judges_agree(curve, recalls, length, accuracy, recall)
    factor = calibrate(scores[length - 1], truth)
    chosen = [questions[q] for q in path.order[:length]]
    columns = answers_as_columns(codes[:, path.order[:length]], [len(question.answers) for question in chosen])
    points, start = whole_points(*fit_weights(columns, own, k), factor)
    row = curve.iloc[length - 1]
    least = recalls.loc[recalls["n_questions"] == length, "recall"].min()
    return Screener(
        _with_points(chosen, points), tuple(int(value) for value in start),
        {segment: (names or {}).get(segment, str(segment)) for segment in segments}, POINTS_PER_DOUBLING, curve, recalls,
        *_told(truth, scores[length - 1] * factor, segments), baseline=float(np.bincount(truth).max() / len(truth)),
        useful=bool(row["gain_low"] > 0), reaches=bool(row["accuracy"] >= accuracy and least >= recall), n=len(truth),
        folds=FOLDS, refitted=left_out.refitted, random_state=random_state,
    )  # fmt: skip


def _labels(
    features: Features, segmentation: Segmentation | pd.Series, random_state: int
) -> tuple[pd.Series, Segmentation | None]:
    """Labels of at most so many people in a fixed order; and the segmentation, when its rule is what gave them."""
    given = segmentation.labels if isinstance(segmentation, Segmentation) else segmentation
    labels = given.dropna().astype("int64").sort_index()
    lacking = labels.index.difference(features.table.index)
    if len(lacking):
        raise DataError(
            [f"segmentation: {len(lacking)} customers with a segment have no features; build both from the same data"]
        )
    if len(labels) > FIT_ON_AT_MOST:
        chosen = np.random.default_rng(random_state).choice(len(labels), FIT_ON_AT_MOST, replace=False)
        labels = labels.iloc[np.sort(chosen)]
    if not isinstance(segmentation, Segmentation):
        return labels, None
    by_rule = segmentation.assign(features.table.loc[labels.index])
    return labels, segmentation if (by_rule == labels).fillna(False).mean() >= _RULE_AGREES else None


def _check(labels: pd.Series, segments: list[int], most: int, n_questions: int | None) -> None:
    problems: list[str] = []
    if len(segments) < 2 or segments != list(range(1, len(segments) + 1)):
        problems.append(Note(NOTHING_TO_TELL, segments=str(segments)))
    if len(labels) < _LEAST_PEOPLE:
        problems.append(Note(TOO_FEW_PEOPLE, n=len(labels), least=_LEAST_PEOPLE))
    if most < 1 or not 1 <= (n_questions or 1) <= most:
        problems.append(f"n_questions {n_questions} of at most {most}: ask between 1 and {max(most, 1)} questions")
    if problems:
        raise DataError(problems)


def _curve(truth: np.ndarray, scores: np.ndarray, order: list[str], segments: list[int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    from scipy.stats import norm

    n, commonest = len(truth), np.bincount(truth).argmax()
    z = norm.ppf(1 - 0.025 / len(scores))  # several lengths are looked at
    curve, recalls = [], []
    for length, own in enumerate(scores, start=1):
        right = own.argmax(axis=1) == truth
        more = right.astype(float) - (truth == commonest)
        half = z * more.std(ddof=1) / np.sqrt(n) * np.sqrt(1 + FOLDS / (FOLDS - 1))
        gain = (more.mean(), more.mean() - half, more.mean() + half)
        curve.append((length, order[length - 1], *_share_right(right)[:3], *gain, log_loss(own, truth)))
        for place, segment in enumerate(segments):
            recalls.append((length, segment, *_share_right(right[truth == place])))
    return pd.DataFrame(curve, columns=CURVE_COLUMNS).round(6), pd.DataFrame(recalls, columns=RECALL_COLUMNS).round(6)


def left_out_interval(right: float, n: float) -> tuple[float, float]:
    """
    95 % interval of a share of people who were left out in parts.

    The screeners of the parts share most of their people, so that their errors go together; Wilson's interval is taken for as
    many fewer people as that costs (Nadeau and Bengio's correction).

    Examples
    --------
    >>> tuple(round(bound, 3) for bound in left_out_interval(80, 100))
    (0.666, 0.889)
    """
    fewer = 1 / (1 + FOLDS / (FOLDS - 1))
    return wilson(right * fewer, n * fewer)


def _share_right(right: np.ndarray) -> tuple[float, float, float, int]:
    """Share, its interval, and people."""
    n = len(right)
    return (float(right.mean()), *left_out_interval(right.sum(), n), n) if n else (np.nan, np.nan, np.nan, 0)


def _fewest(curve: pd.DataFrame, recalls: pd.DataFrame, accuracy: float, recall: float) -> int:
    """The smallest number that reaches both aims; else the smallest within one standard error of the best."""
    from scipy.stats import norm

    error = (recalls["ci_high"] - recalls["ci_low"]) / (2 * norm.ppf(0.975))
    least = (recalls["recall"] - error).groupby(recalls["n_questions"]).min().to_numpy()
    good = (curve["ci_low"].to_numpy() >= accuracy) & (least >= recall)
    if good.any():
        return int(curve["n_questions"][good].iloc[0])
    best = curve.loc[curve["accuracy"].idxmax()]
    error = (best["ci_high"] - best["ci_low"]) / (2 * norm.ppf(0.975))
    return int(curve.loc[curve["accuracy"] >= best["accuracy"] - error, "n_questions"].iloc[0])


def _until_judges_agree(curve: pd.DataFrame, recalls: pd.DataFrame, length: int, accuracy: float, recall: float) -> int:
    """More questions, where the judges do not see the aims reached with so few; as many as were chosen, where none do."""
    least = recalls.groupby("n_questions")["recall"].min().to_numpy()
    agreed = (curve["accuracy"].to_numpy() >= accuracy) & (least >= recall) & (curve["n_questions"].to_numpy() >= length)
    return int(curve["n_questions"][agreed].iloc[0]) if agreed.any() else length


def _with_points(questions: list[ScreenerQuestion], points: np.ndarray) -> list[ScreenerQuestion]:
    found, first = [], 0
    for question in questions:
        own = points[first : first + len(question.answers)].tolist()
        answers = tuple(replace(answer, points=tuple(row)) for answer, row in zip(question.answers, own, strict=True))
        found.append(replace(question, answers=answers))
        first += len(question.answers)
    return found


def _told(truth: np.ndarray, scores: np.ndarray, segments: list[int]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Who is taken for whom, whether certainty comes true, and what "not sure" costs and saves."""
    told = scores.argmax(axis=1)
    right = told == truth
    ordered = np.sort(scores, axis=1)
    lead = (ordered[:, -1] - ordered[:, -2]) * POINTS_PER_DOUBLING / np.log(2)
    certainty = chances(scores).max(axis=1)
    confusion = [(own, other, float((told[truth == i] == j).mean()) if (truth == i).any() else np.nan, int((truth == i).sum()))
                 for i, own in enumerate(segments) for j, other in enumerate(segments)]  # fmt: skip
    bands = []
    for low, high in pairwise(_CERTAINTIES):
        inside = (certainty >= low) & ((certainty < high) | (high == 1))
        if inside.any():
            bands.append((low, high, certainty[inside].mean(), *_share_right(right[inside])))
    leads = []
    for least in _LEADS:
        sure = lead >= least
        if sure.any():
            leads.append((least, sure.mean(), *_share_right(right[sure])))
    tables = ((confusion, CONFUSION_COLUMNS), (bands, CALIBRATION_COLUMNS), (leads, NOT_SURE_COLUMNS))
    who, certain, not_sure = (pd.DataFrame(rows, columns=columns).round(6) for rows, columns in tables)
    return who, certain, not_sure
