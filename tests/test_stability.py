"""Stability of segments, against scikit-learn and planted structure."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from personakit.stability import adjusted_rand_index, assess_stability, fit_many, nearest

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


def test_many_fits_at_once_are_as_good_as_scikit_learn(blobs):
    """The batched fit finds the same sum of squares as KMeans with as many starts, with weights too."""
    points = blobs[["a", "b"]].to_numpy()
    rng = np.random.default_rng(3)
    weights = rng.integers(0, 4, (5, len(points))).astype(float)
    _, within = fit_many(points, weights, 3, starts=20, rng=rng)
    for own, found in zip(weights, within, strict=True):
        peer = KMeans(3, n_init=20, random_state=0).fit(points, sample_weight=own).inertia_
        assert found == pytest.approx(peer, rel=1e-6)


def test_clear_groups_come_back_and_noise_does_not(blobs):
    """Three planted groups are found again at three; shuffled data are not."""
    good = assess_stability(blobs[["a", "b"]].to_numpy(), 3)
    assert np.median(good.rand_index) > 0.99
    assert good.fit_gain > 1
    noise = np.random.default_rng(1).normal(size=(300, 5))
    bad = assess_stability(noise, 3)
    assert np.median(bad.rand_index) < 0.6
    assert bad.fit_gain < 0.03


def test_row_order_is_irrelevant(blobs):
    """The same customers in another order give the same indices."""
    points = blobs[["a", "b"]].to_numpy()
    one, two = assess_stability(points, 4), assess_stability(points[::-1], 4)
    assert np.array_equal(one.rand_index, two.rand_index)
    assert np.array_equal(one.null_rand_index, two.null_rand_index)


def test_nearest_takes_the_first_of_equals():
    """A point between two centres belongs to the first."""
    assert nearest(np.array([[0.0]]), np.array([[1.0], [-1.0]])).tolist() == [0]
