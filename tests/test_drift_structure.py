"""Segments made anew, and people who lie where the old rule has no middle."""

import numpy as np
import pytest

from personakit.drift_structure import agreement, further_groups, halves
from personakit.segmentation_kmeans import nearest

CENTRES = np.array([[0.0, 0.0], [8.0, 0.0], [0.0, 8.0]])


def drawn(rng, *groups):
    """People around middles: (how many, middle) each."""
    return np.concatenate([np.asarray(middle) + rng.normal(0, 1, (n, 2)) for n, middle in groups])


@pytest.fixture
def old():
    """Three groups of two hundred."""
    points = drawn(np.random.default_rng(1), *((200, centre) for centre in CENTRES))
    return points, nearest(points, CENTRES)


def found(old, new, **options):
    return further_groups(old[0], new, CENTRES, old[1], nearest(new, CENTRES), n_resamples=199, random_state=1, **options)


def test_the_same_groups_come_back(old):
    """Another sample is matched segment by segment, within the band; a shuffled numbering does not matter."""
    new = drawn(np.random.default_rng(2), *((150, centre) for centre in CENTRES))
    made = agreement(*(old[0], new), old[1], nearest(new, CENTRES), 3, n_refits=9, random_state=1)
    assert made.rand_index > 0.99 and made.p_value > 0.01 and (made.jaccard > 0.99).all()
    assert (made.matched[nearest(new, CENTRES)] == made.refit).mean() > 0.99


def test_groups_that_are_no_longer_there(old):
    """Other middles altogether: the agreement falls below everything that the old wave gives."""
    new = drawn(np.random.default_rng(3), (200, (4, 0)), (200, (0, 4)), (200, (8, 8)))
    made = agreement(old[0], new, old[1], nearest(new, CENTRES), 3, n_refits=99, random_state=1)
    assert made.p_value == 0.01 and made.rand_index < made.band and (made.jaccard < made.jaccard_band).any()


def test_nothing_further(old):
    """The same three groups, in other sizes, or all of them moved: nobody lies apart."""
    rng = np.random.default_rng(4)
    assert found(old, drawn(rng, (300, CENTRES[0]), (200, CENTRES[1]), (100, CENTRES[2]))) == []
    assert found(old, drawn(rng, *((200, centre + 0.7) for centre in CENTRES))) == []


def test_a_group_that_came_in_addition(old):
    """Sixty more people at a place of their own: a new group of about that share, and everybody else as before."""
    new = drawn(np.random.default_rng(5), *((180, centre) for centre in CENTRES), (60, (6, 6)))
    groups = found(old, new)
    assert len(groups) == 1 and groups[0].joined and groups[0].share == pytest.approx(0.1, abs=0.02)
    assert groups[0].gain > groups[0].band > groups[0].usual and groups[0].p_value == 1 / 200
    assert groups[0].members[-60:].mean() > 0.9 and groups[0].members[:-60].mean() < 0.05


def test_a_segment_that_fell_apart(old):
    """Half of a group goes elsewhere: it is missing there, so the segment fell apart."""
    new = drawn(np.random.default_rng(6), (100, CENTRES[0]), (100, (-5, -5)), (200, CENTRES[1]), (200, CENTRES[2]))
    groups = found(old, new)
    assert [(group.segment, group.joined) for group in groups] == [(0, False)]
    assert groups[0].share == pytest.approx(1 / 6, abs=0.03)


def test_halves():
    """Two heaps are found whatever their order; equal points have none."""
    points = np.array([[0.0, 1], [0, 1.1], [9, 1], [9, 1.2]])
    gain, centres = halves(points)
    assert gain > 0.99 and sorted(centres[:, 0].tolist()) == [0, 9]
    assert halves(points[::-1])[0] == pytest.approx(gain)
    assert halves(np.ones((4, 2)))[0] == 0
