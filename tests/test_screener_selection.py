"""Questions are chosen one after the other, and judged on people who had no say in it."""

import numpy as np
import pandas as pd

from personakit.features import Features
from personakit.screener_questions import askable_questions
from personakit.screener_selection import choose_questions, leave_out


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


def test_everybody_is_left_out_once():
    """With bare labels the truth is what was given; those left out are told worse than by a fit that saw them."""
    codes, labels = toy()
    index = pd.Index([f"c{i:03}" for i in range(len(labels))], name="customer_id")
    table = pd.DataFrame(codes.astype(float), index=index, columns=[f"q{i}" for i in range(6)])
    entry = {"label": "", "message": "", "value": "", "unit": "0 to 2", "source": "survey", "group": "needs", "about": "need",
             "basis": "psychographic", "kind": "ordinal"}  # fmt: skip
    features = Features(table, pd.DataFrame([entry] * 6, index=pd.Index(table.columns, name="feature")))
    questions = askable_questions(features, index)
    seen = []
    found = leave_out(features, pd.Series(labels + 1, index=index), questions, k=3, most=3, folds=5, random_state=1,
                      progress=lambda done, total: seen.append((done, total)))  # fmt: skip
    assert (found.truth == labels).all() and not found.refitted and found.scores.shape == (3, 300, 3)
    assert seen == [(done, 5) for done in range(1, 6)] and all(order[0] == 3 for order in found.orders)
    accuracy = (found.scores.argmax(axis=2) == labels).mean(axis=1)
    assert 0.85 < accuracy[0] < 1
