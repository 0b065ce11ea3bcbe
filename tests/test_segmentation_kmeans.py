"""k-means for many bootstrap samples at once, against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.cluster import KMeans

from personakit import segmentation_kmeans
from personakit.segmentation_kmeans import collapse, fit_many, nearest, within_ss


def test_many_fits_at_once_are_as_good_as_scikit_learn(blobs):
    """The batched fit finds the same sum of squares as KMeans with as many starts, with weights too."""
    points = blobs[["a", "b"]].to_numpy()
    weights = np.random.default_rng(3).integers(0, 4, (5, len(points))).astype(float)
    _, within = fit_many(points, weights, 3)
    for own, found in zip(weights, within, strict=True):
        peer = KMeans(3, n_init=20, random_state=0).fit(points, sample_weight=own).inertia_
        assert found == pytest.approx(peer, rel=1e-9)


def test_bootstrap_samples_agree_with_scikit_learn():
    """On the same resamples the mean agreement of pairs is that of a loop over scikit-learn."""
    from personakit.stability import rand_indices

    rng = np.random.default_rng(5)
    levels = np.where(rng.random((4, 11)) < 0.5, 0.9, 0.1)
    answers = (rng.random((700, 11)) < levels[rng.integers(0, 4, 700)]).astype(float)
    points, place, counts = collapse(answers)
    draws = rng.integers(0, len(answers), (40, len(answers)))
    weights = np.array([np.bincount(place[draw], minlength=len(points)) for draw in draws]).astype(float)
    for k in (2, 3, 4):
        ours = [nearest(points, centres) for centres in fit_many(points, weights, k, starts=10)[0]]
        theirs = [
            nearest(points, KMeans(k, n_init=10, random_state=i).fit(answers[d]).cluster_centers_) for i, d in enumerate(draws)
        ]
        means = [rand_indices(np.array(labels), counts).mean() for labels in (ours, theirs)]
        assert means[0] == pytest.approx(means[1], abs=0.02)


def test_starts_on_a_sample_are_as_good():
    """Beyond 20,000 points the starts run on a sample; the result is as good as with all points."""
    rng = np.random.default_rng(1)
    points = rng.normal(0, 2, (5, 6))[rng.integers(0, 5, 30_000)] + rng.normal(0, 1, (30_000, 6))
    weights = rng.multinomial(30_000, np.full(30_000, 1 / 30_000), size=1).astype(float)
    centres, within = fit_many(points, weights, 5, starts=10)
    peer = KMeans(5, n_init=10, random_state=0).fit(points, sample_weight=weights[0])
    assert within[0] <= peer.inertia_ * 1.0005
    assert within[0] == pytest.approx(within_ss(points, centres[0], weights[0]), rel=1e-9)


def test_the_number_of_processors_is_irrelevant(blobs, monkeypatch):
    """The same centres come out with one thread and with eight."""
    points = blobs[["a", "b", "noise"]].to_numpy()
    weights = np.random.default_rng(3).integers(0, 3, (60, len(points))).astype(float)
    found = []
    for n in (1, 8):
        monkeypatch.setattr(segmentation_kmeans, "threads", lambda n=n: n)
        found.append(fit_many(points, weights, 4)[0])
    assert np.array_equal(*found)


def test_nearest_takes_the_first_of_equals():
    """A point between two centres belongs to the first."""
    assert nearest(np.array([[0.0]]), np.array([[1.0], [-1.0]])).tolist() == [0]


@given(arrays(float, st.tuples(st.integers(1, 30), st.integers(1, 3)), elements=st.integers(0, 2).map(float)))
def test_collapsed_points_give_the_points_again(points):
    """Every point stands once, in order, and is found at its place."""
    unique, place, counts = collapse(points)
    assert np.array_equal(unique[place], points)
    assert counts.sum() == len(points) and np.array_equal(np.bincount(place), counts)
    assert np.array_equal(unique, np.unique(points, axis=0))


def test_fewer_points_than_wanted():
    """Empty segments keep their centre and do no harm."""
    centres, within = fit_many(np.array([[0.0], [1.0]]), np.array([[3.0, 2.0]]), 2)
    assert sorted(centres[0].ravel()) == pytest.approx([0, 1]) and within[0] == pytest.approx(0)
