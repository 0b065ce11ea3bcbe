"""Questions are chosen one after the other, and judged on people who had no say in it."""

import numpy as np
import pandas as pd
import pytest

from personakit import processes
from personakit.features import Features
from personakit.screener_questions import askable_questions
from personakit.screener_selection import LeftOut, choose_questions, leave_out
from personakit.segmentation import segment_customers


def toy(n=300, seed=2):
    """Three kinds of people; one question tells nearly all, one a little, and four tell nothing."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    noise = [rng.integers(0, 3, n) for _ in range(4)]
    good = np.where(rng.random(n) < 0.9, labels, rng.integers(0, 3, n))
    some = np.where(rng.random(n) < 0.5, labels, rng.integers(0, 3, n))
    return np.column_stack([*noise[:2], some, good, *noise[2:]]), labels


def test_the_most_telling_question_comes_first():
    """Then the one that adds most to it."""
    codes, labels = toy()
    path = choose_questions(codes, [3] * 6, labels, 3, 4, seed=1)
    assert path.order[:2] == [3, 2] and len(path.order) == 4 == len(path.weights)
    assert [weights.shape for weights in path.weights] == [(3 * length, 3) for length in (1, 2, 3, 4)]


def test_a_repetition_is_not_asked_twice():
    """A copy of the best question adds nothing, so another comes second."""
    codes, labels = toy()
    path = choose_questions(np.column_stack([codes, codes[:, 3]]), [3] * 7, labels, 3, 2, seed=1)
    assert path.order == [3, 2]


@pytest.fixture
def people():
    """Features of the three kinds of people, and their labels from 0 on."""
    codes, labels = toy()
    index = pd.Index([f"c{i:03}" for i in range(len(labels))], name="customer_id")
    table = pd.DataFrame(codes.astype(float), index=index, columns=[f"q{i}" for i in range(6)])
    entry = {"label": "", "message": "", "value": "", "unit": "0 to 2", "source": "survey", "group": "needs", "about": "need",
             "basis": "psychographic", "kind": "ordinal"}  # fmt: skip
    return Features(table, pd.DataFrame([entry] * 6, index=pd.Index(table.columns, name="feature"))), labels


def test_processes_change_nothing_but_the_time(people, monkeypatch):
    """Segments made anew without each part, in this process and in two others: the same people, scores and questions."""
    features, _ = people
    segmentation = segment_customers(features, basis=["q2", "q3"], n_segments=3)
    questions = askable_questions(features, segmentation.labels.index)
    seen: dict[str, LeftOut] = {}
    for name, worth in (("here", float("inf")), ("elsewhere", -1.0)):
        monkeypatch.setattr(processes, "WORTH_SECONDS", worth)
        monkeypatch.setattr(processes, "cpu_count", lambda: 2)
        refits: dict[int, np.ndarray] = {}
        seen[name] = leave_out(features, segmentation, questions, k=3, most=2, folds=4, random_state=1, refits=refits)
        assert sorted(refits) == [0, 1, 2, 3] and seen[name].refitted
    assert (seen["here"].truth == seen["elsewhere"].truth).all() and seen["here"].orders == seen["elsewhere"].orders
    np.testing.assert_array_equal(seen["here"].scores, seen["elsewhere"].scores)


def test_everybody_is_left_out_once(people):
    """With bare labels the truth is what was given; those left out are told worse than by a fit that saw them."""
    features, labels = people
    index = features.table.index
    questions = askable_questions(features, index)
    seen = []
    found = leave_out(features, pd.Series(labels + 1, index=index), questions, k=3, most=3, folds=5, random_state=1,
                      progress=lambda done, total: seen.append((done, total)))  # fmt: skip
    assert (found.truth == labels).all() and not found.refitted and found.scores.shape == (3, 300, 3)
    assert seen == [(done, 5) for done in range(1, 6)] and all(order[0] == 3 for order in found.orders)
    accuracy = (found.scores.argmax(axis=2) == labels).mean(axis=1)
    assert 0.85 < accuracy[0] < 1
