"""Step 10, which questions tell most: chosen one after the other, and judged on people who had no say in the choice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from personakit.features import Features
from personakit.processes import processes_for, results_of
from personakit.screener_points import answers_as_columns, chances, fit_weights, log_loss
from personakit.screener_questions import ScreenerQuestion
from personakit.segmentation import Segmentation, segment_customers

_TRIED, _INNER_FOLDS = 4, 3


class PathFit(NamedTuple):
    """Questions in the order they were chosen, and the weights with the first one, the first two, and so on."""

    order: list[int]
    weights: list[np.ndarray]
    starts: list[np.ndarray]


class LeftOut(NamedTuple):
    """
    What happened to people while they were left out.

    Attributes
    ----------
    truth : numpy.ndarray of int, shape (people,)
        Segment from 0 on, by segments that were made without them; -1 where they have none.
    scores : numpy.ndarray, shape (lengths, people, k)
        Log-odds with 1, 2, … questions, chosen and weighed without them.
    orders : list of list of int
        Questions that were chosen each time.
    refitted : bool
        Whether the segments were made anew each time.
    """

    truth: np.ndarray
    scores: np.ndarray
    orders: list[list[int]]
    refitted: bool


def choose_questions(codes: np.ndarray, n_answers: list[int], labels: np.ndarray, k: int, most: int, seed: int) -> PathFit:
    """
    Choose questions one after the other, each time the one after which people who were left out are told apart best.

    Candidates are first ranked by how much the likelihood would rise (the score test); the best few are then tried in
    earnest.

    Parameters
    ----------
    codes : numpy.ndarray of int, shape (people, questions)
        Place of each answer; -1 for none.
    n_answers : list of int
        Answers of each question.
    labels : numpy.ndarray of int, shape (people,)
        Segment from 0 to ``k - 1``.
    k, most, seed : int
        Number of segments, questions to choose at most, and seed of the inner split.

    Returns
    -------
    PathFit
        At most ``most`` questions.

    References
    ----------
    Rao, C. R. (1948). Large sample tests of statistical hypotheses concerning several parameters. Proc. Camb. Phil. Soc., 44,
    50-57.
    """
    blocks = [answers_as_columns(codes[:, [q]], [n]) for q, n in enumerate(n_answers)]
    truth = np.eye(k)[labels]
    parts = split_evenly(labels, _INNER_FOLDS, seed)
    order: list[int] = []
    found = PathFit(order, [], [])
    weights, start = fit_weights(np.zeros((len(labels), 0)), labels, k)
    while len(order) < min(most, len(blocks)):
        columns = np.concatenate([np.zeros((len(labels), 0)), *(blocks[q] for q in order)], axis=1)
        fitted = chances(columns @ weights + start)
        left = [q for q in range(len(blocks)) if q not in order]
        gains = {q: _gain(blocks[q], truth - fitted, fitted) for q in left}
        tried = sorted(left, key=lambda q: (-round(gains[q], 6), q))[:_TRIED]
        tries = {q: _left_out(np.concatenate([columns, blocks[q]], axis=1), labels, k, parts) for q in tried}
        order.append(min(tried, key=lambda q: (*tries[q], q)))
        columns = np.concatenate([columns, blocks[order[-1]]], axis=1)
        weights, start = fit_weights(columns, labels, k)
        found.weights.append(weights)
        found.starts.append(start)
    return found


def leave_out(  # noqa: PLR0913  what build_screener was asked
    features: Features, segmentation: Segmentation | pd.Series, questions: list[ScreenerQuestion], *, k: int, most: int,
    folds: int, random_state: int, refits: dict[int, np.ndarray] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> LeftOut:  # fmt: skip
    """
    Leave out one part of the people after the other: make segments, choose questions and weigh them without that part, then try.

    Parameters
    ----------
    features : Features
        One row per customer.
    segmentation : Segmentation or pandas.Series
        Whose segments are made anew for each part; bare labels are taken as they are.
    questions : list of ScreenerQuestion
        What can be asked.
    k, most, folds, random_state : int
        Segments, questions at most, parts, and seed.
    refits : dict, optional
        See :func:`personakit.screener.build_screener`.
    progress : callable, optional
        Called with parts done and parts in all.

    Returns
    -------
    LeftOut
        One row per person with a segment, in the order of the labels.
    """
    labels = segmentation.labels if isinstance(segmentation, Segmentation) else segmentation
    people = labels.index
    own = labels.to_numpy(dtype=int) - 1
    parts = split_evenly(own, folds, random_state)
    known: dict[int, np.ndarray] = {} if refits is None else refits
    made = segmentation if isinstance(segmentation, Segmentation) else None
    if made is None:
        known = dict.fromkeys(range(len(parts)), own)
    table = features.table.loc[people]
    codes, n_answers = codes_of(questions, table), [len(question.answers) for question in questions]
    own_features = Features(table, features.dictionary)
    tasks = [(part, own_features, known.get(number, made), codes, n_answers, (k, most, random_state))
             for number, part in enumerate(parts)]  # fmt: skip
    truth = np.full(len(people), -1)
    orders: list[list[int]] = [[] for _ in parts]
    scores = np.zeros((min(most, len(questions)), len(people), k))
    for done, (number, (placed, path)) in enumerate(_walks(tasks), start=1):
        part = parts[number]
        known[number], truth[part], orders[number] = placed, placed[part], path.order
        for length, (weights, start) in enumerate(zip(path.weights, path.starts, strict=True)):
            chosen = path.order[: length + 1]
            columns = answers_as_columns(codes[part][:, chosen], [n_answers[q] for q in chosen])
            scores[length, part] = columns @ weights + start
        if progress:
            progress(done, len(parts))
    return LeftOut(truth, scores, orders, made is not None)


def _walks(tasks: list[tuple[Any, ...]]) -> Iterator[tuple[int, tuple[np.ndarray, PathFit]]]:
    """Walk without each part, with its number; in several processes when the first part says that they are worth it."""
    begun = time.perf_counter()
    yield 0, _without(*tasks[0])
    left = tasks[1:]
    seconds = (time.perf_counter() - begun) * len(left)
    for place, walk in results_of(_without, left, processes=processes_for(seconds, len(left))):
        yield place + 1, walk


def _without(
    part: np.ndarray, features: Features, segments: Segmentation | np.ndarray, codes: np.ndarray, n_answers: list[int],
    how: tuple[int, int, int],
) -> tuple[np.ndarray, PathFit]:  # fmt: skip
    """Everybody's segment and the questions, both without a part of the people; segments are made anew unless they are given."""
    people = features.table.index
    rest = np.setdiff1d(np.arange(len(people)), part)
    if isinstance(segments, Segmentation):
        made = _made_without(features, segments, people[rest], how[-1])
        placed = made.assign(features.table).to_numpy(dtype=float, na_value=0).astype(int) - 1
    else:
        placed = segments
    rest = rest[placed[rest] >= 0]
    return placed, choose_questions(codes[rest], n_answers, placed[rest], *how)


def codes_of(questions: list[ScreenerQuestion], table: pd.DataFrame) -> np.ndarray:
    """
    Find the answers that people gave to questions.

    Returns
    -------
    numpy.ndarray of int, shape (people, questions)
        Place of each answer; -1 for none.
    """
    found = [question.codes(table[question.name]) for question in questions]
    return np.column_stack(found) if found else np.zeros((len(table), 0), dtype=int)


def split_evenly(labels: np.ndarray, parts: int, seed: int) -> list[np.ndarray]:
    """
    Split people into parts of about one size, with about the same share of each segment.

    Returns
    -------
    list of numpy.ndarray of int
        Places of the people of each part, in order.
    """
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(labels))
    by_segment = shuffled[np.argsort(labels[shuffled], kind="stable")]
    return [np.sort(by_segment[start::parts]) for start in range(min(parts, len(labels)))]


def _made_without(features: Features, segmentation: Segmentation, people: pd.Index, random_state: int) -> Segmentation:
    own = Features(features.table.loc[people], features.dictionary)
    return segment_customers(own, basis=segmentation.basis, n_segments=len(segmentation.centres), family=segmentation.family,
                             random_state=random_state, align_to=segmentation)  # fmt: skip


def _gain(block: np.ndarray, residuals: np.ndarray, fitted: np.ndarray) -> float:
    """Rise of the log-likelihood when the answers of a question may speak, to second order and with the ridge penalty."""
    slope, bend = block.T @ residuals, block.T @ (fitted * (1 - fitted))
    return float((slope**2 / (2 * (bend + 1))).sum())


def _left_out(columns: np.ndarray, labels: np.ndarray, k: int, parts: list[np.ndarray]) -> tuple[float, float]:
    """Share of people told wrong, and the log-loss, while they were left out."""
    wrong, loss = 0, 0.0
    for part in parts:
        rest = np.setdiff1d(np.arange(len(labels)), part)
        weights, start = fit_weights(columns[rest], labels[rest], k, roughly=True)
        scores = columns[part] @ weights + start
        wrong += int((scores.argmax(axis=1) != labels[part]).sum())
        loss += log_loss(scores, labels[part]) * len(part)
    return wrong / len(labels), round(loss / len(labels), 6)
