"""Points: rounded log-odds that add up to the same persona."""

import numpy as np
import pytest

from personakit.screener_points import add_points, answers_as_columns, calibrate, chances, fit_weights, log_loss, whole_points


def sample(n=600, seed=4):
    """People of three kinds and their answers to two questions of three answers."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    codes = np.column_stack([np.where(rng.random(n) < 0.7, labels, rng.integers(0, 3, n)) for _ in range(2)])
    return codes, labels


def test_answers_as_columns():
    """One column for each answer; no answer has none."""
    assert answers_as_columns(np.array([[0, 1], [-1, 0]]), [2, 2]).tolist() == [[1, 0, 0, 1], [0, 0, 1, 0]]


def test_points_tell_what_the_weights_tell():
    """Rounding to whole points changes no clear case, and no point is below zero."""
    codes, labels = sample()
    weights, start = fit_weights(answers_as_columns(codes, [3, 3]), labels, 3)
    points, begin = whole_points(weights, start, 1.0)
    assert points.min() == 0 and begin.min() == 0 and (points.min(axis=1) == 0).all()
    scores = answers_as_columns(codes, [3, 3]) @ weights + start
    sums = add_points(codes, [points[:3], points[3:]], begin)
    ordered = np.sort(scores, axis=1)
    clear = (ordered[:, -1] - ordered[:, -2]) > 0.3
    assert clear.mean() > 0.7
    assert (sums.argmax(axis=1) == scores.argmax(axis=1))[clear].all()
    assert np.abs(chances(sums * np.log(2) / 10) - chances(scores)).max() < 0.05


def test_missing_answers_add_nothing():
    """Without any answer the start is all there is."""
    points = np.array([[5, 0], [0, 7]])
    assert add_points(np.array([[-1], [1]]), [points], np.array([3, 1])).tolist() == [[3, 1], [3, 8]]


def test_two_segments_and_a_lonely_one():
    """Two segments are told apart both ways; with one segment present, or nothing asked, shares are all that is known."""
    codes, labels = sample()
    two = labels < 2
    weights, start = fit_weights(answers_as_columns(codes[two], [3, 3]), labels[two], 3)
    told = (answers_as_columns(codes[two], [3, 3]) @ weights + start).argmax(axis=1)
    assert (told == labels[two]).mean() > 0.75 and start[2] == -20
    weights, start = fit_weights(np.zeros((10, 0)), np.array([0] * 7 + [1] * 3), 2)
    assert np.exp(start).tolist() == pytest.approx([0.7, 0.3])


def test_calibration_finds_how_sure_one_may_be():
    """Log-odds that are three times too large are brought back to a third."""
    rng = np.random.default_rng(3)
    scores = rng.normal(size=(20_000, 3))
    labels = np.array([rng.choice(3, p=row) for row in chances(scores)])
    assert calibrate(scores * 3, labels) == pytest.approx(1 / 3, abs=0.02)
    assert log_loss(scores, labels) < log_loss(scores * 3, labels)
