"""Step 10, points: how the answers to a few questions add up to the persona that somebody most probably is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from personakit.processes import one_thread

#: Ten points make a persona twice as likely.
POINTS_PER_DOUBLING = 10
_PENALTY = 1.0
_NEVER = -20.0
_BOUNDS = (0.2, 3.0)


def answers_as_columns(codes: np.ndarray, n_answers: Sequence[int]) -> np.ndarray:
    """
    Turn answers into columns of 1 and 0.

    Parameters
    ----------
    codes : numpy.ndarray of int, shape (people, questions)
        Place of each answer; -1 for none.
    n_answers : sequence of int
        Answers of each question.

    Returns
    -------
    numpy.ndarray, shape (people, sum of answers)
        A question without an answer has only zeros.
    """
    blocks = [codes[:, [question]] == np.arange(n) for question, n in enumerate(n_answers)]
    return np.concatenate(blocks, axis=1).astype(float) if blocks else np.zeros((len(codes), 0))


def fit_weights(columns: np.ndarray, labels: np.ndarray, k: int, *, roughly: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """
    Fit how much each answer speaks for each segment: a multinomial logistic regression with a ridge penalty.

    Parameters
    ----------
    columns : numpy.ndarray, shape (people, answers)
        Answers as 1 and 0.
    labels : numpy.ndarray of int, shape (people,)
        Segment of each person, from 0 to ``k - 1``.
    k : int
        Number of segments.
    roughly : bool
        Stop some hundredths of the log-odds earlier, in a quarter of the time: enough to see which of several fits is better.

    Returns
    -------
    weights : numpy.ndarray, shape (answers, k)
        Log-odds that each answer adds.
    start : numpy.ndarray, shape (k,)
        Log-odds before any answer.

    References
    ----------
    Hastie, T., Tibshirani, R., & Friedman, J. (2009). The Elements of Statistical Learning. Springer. Section 4.4.
    """
    from sklearn.linear_model import LogisticRegression

    weights, start = np.zeros((columns.shape[1], k)), np.full(k, _NEVER)
    present = np.unique(labels)
    if len(present) == 1 or not columns.shape[1]:
        start[present] = np.log(np.bincount(labels, minlength=k)[present] / len(labels))
        return weights, start
    how: dict[str, Any] = {"solver": "newton-cg", "tol": 1e-3} if roughly else {"tol": 1e-5}
    with one_thread("sklearn.linear_model"):  # threads add in any order, and the last digits would differ
        model = LogisticRegression(C=_PENALTY, max_iter=1_000, **how).fit(columns, labels)
    if len(present) == 2:  # scikit-learn keeps only the second of two
        weights[:, present] = np.column_stack([-model.coef_[0] / 2, model.coef_[0] / 2])
        start[present] = (-model.intercept_[0] / 2, model.intercept_[0] / 2)
    else:
        weights[:, present], start[present] = model.coef_.T, model.intercept_
    return weights, start


def chances(scores: np.ndarray) -> np.ndarray:
    """Turn log-odds into probabilities, row by row."""
    rising = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(rising / rising.sum(axis=1, keepdims=True))


def log_loss(scores: np.ndarray, labels: np.ndarray) -> float:
    """Mean of minus the logarithm of the probability of what was true."""
    return float(-np.log(np.maximum(chances(scores)[np.arange(len(labels)), labels], 1e-12)).mean())


def calibrate(scores: np.ndarray, labels: np.ndarray) -> float:
    """
    Find the factor that makes probabilities of people who were left out come true.

    Parameters
    ----------
    scores : numpy.ndarray, shape (people, k)
        Log-odds of people whom the fit has not seen.
    labels : numpy.ndarray of int, shape (people,)
        What was true.

    Returns
    -------
    float
        By which log-odds are multiplied; below 1 when they were too sure.

    References
    ----------
    Guo, C., Pleiss, G., Sun, Y., & Weinberger, K. Q. (2017). On calibration of modern neural networks. ICML (temperature
    scaling).
    """
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(lambda factor: log_loss(scores * factor, labels), bounds=_BOUNDS, method="bounded")
    return round(float(found.x), 6)


def whole_points(weights: np.ndarray, start: np.ndarray, factor: float) -> tuple[np.ndarray, np.ndarray]:
    """
    Round log-odds to whole points that people can add up, ten for twice as likely.

    Parameters
    ----------
    weights, start : numpy.ndarray
        See :func:`fit_weights`.
    factor : float
        See :func:`calibrate`.

    Returns
    -------
    points : numpy.ndarray of int, shape (answers, k)
        None below zero, and each answer gives at least one segment none: what it would give to all of them is left out, which
        changes no lead.
    start : numpy.ndarray of int, shape (k,)
        Points before any answer.
    """
    scale = factor * POINTS_PER_DOUBLING / np.log(2)
    points = np.round(weights * scale).astype(int)
    begin = np.round(np.maximum(start, _NEVER) * scale).astype(int)
    return points - points.min(axis=1, keepdims=True), begin - begin.min()


def add_points(codes: np.ndarray, answers: Sequence[np.ndarray], start: np.ndarray) -> np.ndarray:
    """
    Add up the points of each person.

    Parameters
    ----------
    codes : numpy.ndarray of int, shape (people, questions)
        Place of each answer; -1 for none.
    answers : sequence of numpy.ndarray of int, shape (answers, k)
        Points by answer, for each question.
    start : numpy.ndarray of int, shape (k,)
        Points before any answer.

    Returns
    -------
    numpy.ndarray of int, shape (people, k)
        Sums; no answer adds nothing.
    """
    total = np.tile(start.astype(int), (len(codes), 1))
    for question, points in enumerate(answers):
        with_nothing = np.vstack([points, np.zeros((1, points.shape[1]), dtype=int)])  # the last row is for no answer
        total += with_nothing[codes[:, question]]
    return total
