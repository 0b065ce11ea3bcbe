"""Stability of segments, against scikit-learn and planted structure."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from personakit.stability import adjusted_rand_index, assess_stability, prediction_strength, segment_jaccard, segment_lineage

labels = st.lists(st.integers(0, 3), min_size=4, max_size=60)


@given(labels, st.randoms(use_true_random=False))
def test_rand_index_equals_scikit_learn(first, random):
    """The adjusted Rand index is the one scikit-learn gives, and relabelling changes nothing."""
    second = first[:]
    random.shuffle(second)
    a, b = np.array(first), np.array(second)
    assert adjusted_rand_index(a, b) == pytest.approx(adjusted_rand_score(a, b), abs=1e-12)
    assert adjusted_rand_index(3 - a, b) == pytest.approx(adjusted_rand_index(a, b), abs=1e-12)


def test_weights_stand_for_repeated_rows():
    """A row that counts three times is three rows."""
    a, b, weights = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), np.array([3, 1, 2, 1])
    assert adjusted_rand_index(a, b, weights) == pytest.approx(adjusted_rand_score(np.repeat(a, weights), np.repeat(b, weights)))


def test_clear_groups_come_back_and_noise_does_not(blobs):
    """Three planted groups are found again at three; shuffled data are not."""
    good = assess_stability(blobs[["a", "b"]].to_numpy(), 3)
    assert np.median(good.rand_index) > 0.99
    noise = np.random.default_rng(1).normal(size=(300, 5))
    bad = assess_stability(noise, 3)
    assert np.median(bad.rand_index) < 0.6


def test_row_order_is_irrelevant(blobs):
    """The same customers in another order give the same indices."""
    points = blobs[["a", "b"]].to_numpy()
    one, two = assess_stability(points, 4), assess_stability(points[::-1], 4)
    assert np.array_equal(one.rand_index, two.rand_index)
    assert np.array_equal(one.null_rand_index, two.null_rand_index)


def test_stability_of_each_segment(blobs):
    """Clear segments are found again whole; half of a blob is not."""
    points = blobs[["a", "b"]].to_numpy()
    clear = np.repeat([0, 1, 2], 60)
    assert np.median(assess_stability(points, 3, reference=clear, n_pairs=20).jaccard, axis=0) == pytest.approx(
        [1, 1, 1], abs=0.02
    )
    halved = clear.copy()
    halved[:30] = 3
    found = np.median(assess_stability(points, 3, reference=halved, n_pairs=20).jaccard, axis=0)
    assert found == pytest.approx([0.5, 1, 1, 0.5], abs=0.02)


def test_jaccard_with_repeated_rows():
    """A row that counts three times is three rows."""
    reference, other, counts = np.array([0, 0, 1]), np.array([[0, 1, 1]]), np.array([3, 1, 2])
    repeated = segment_jaccard(np.repeat(reference, counts), np.repeat(other, counts, axis=1))
    assert segment_jaccard(reference, other, counts) == pytest.approx(repeated)
    assert repeated[0] == pytest.approx([3 / 4, 2 / 3])


def test_lineage_counts_parents():
    """A segment from one parent has entropy 0, one from both parents in equal parts 1."""
    chain = [np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 2, 2])]
    assert segment_lineage(chain)[0] == pytest.approx([0, 1, 0])


def test_one_half_predicts_the_other(blobs):
    """Three planted groups are predicted perfectly; more segments than groups, and noise, are not."""
    points = blobs[["a", "b"]].to_numpy()
    assert np.median(prediction_strength(points, 3)) > 0.95
    assert np.median(prediction_strength(points, 5)) < 0.8
    assert np.median(prediction_strength(np.random.default_rng(1).normal(size=(300, 5)), 4)) < 0.5


def test_variables_are_shuffled_as_a_whole():
    """The columns of one question stay together in shuffled data."""
    from personakit.stability import shuffled_copies

    answers = np.eye(3)[np.random.default_rng(2).integers(0, 3, 50)]
    copy = shuffled_copies(answers, np.ones(50, dtype=int), [slice(0, 3)], 1, 1)[0]
    assert (copy.sum(axis=1) == 1).all() and copy.sum(axis=0).tolist() == answers.sum(axis=0).tolist()
