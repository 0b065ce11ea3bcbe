"""A quick look at other segments: what is planted comes back, what is noise does not, and what is wrong is said."""

import numpy as np
import pandas as pd
import pytest

from personakit.errors import DataError
from personakit.segmentation_trial import try_segments


@pytest.fixture(scope="module")
def three():
    """Three clear groups of 60, 40 and 20 people, and a variable of noise."""
    rng = np.random.default_rng(3)
    truth = np.repeat([0, 1, 2], [60, 40, 20])
    centres = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]])
    values = centres[truth] + rng.normal(size=(120, 2))
    table = pd.DataFrame(values, columns=["first", "second"], index=[f"c{i:03d}" for i in range(120)])
    return table.assign(noise=rng.normal(size=120)), pd.Series(truth + 1, index=table.index)


def test_planted_groups_are_steady_and_agree(three):
    """Sizes are those that were planted, every group comes back, and the profile says in which variable each is more."""
    table, truth = three
    found = try_segments(table, basis=["first", "second"], n_segments=3, compared_with=truth)
    assert found.sizes["customers"].tolist() == [60, 40, 20] and found.sizes["share"].sum() == pytest.approx(1)
    assert found.rand_index > 0.9 and found.sizes["jaccard"].min() > 0.9 and found.agreement > 0.95
    assert found.profile.idxmax().tolist()[1:] == ["first", "second"]
    assert "Each segment comes back." in found.says and "3 segments by k-means from 2 variables" in found.says


def test_noise_does_not_come_back(three):
    """Six groups from noise are called not steady."""
    found = try_segments(three[0], basis=["noise"], n_segments=6)
    assert found.agreement is None and "Not steady: segments" in found.says and "from one variable" in found.says


def test_groups_that_come_back_in_part_are_called_so():
    """Two cuts through people who differ by degree: each keeps its core, and the whole is not called steady."""
    rng = np.random.default_rng(5)
    table = pd.DataFrame(rng.normal(size=(400, 3)), columns=list("abc"))
    found = try_segments(table, basis=list("abc"), n_segments=2)
    assert found.rand_index < 0.7 and "Each segment comes back." not in found.says


def test_groups_of_few_people_show_no_profile(three):
    """A group smaller than the smallest that may be shown has its size, and nothing else."""
    found = try_segments(three[0], basis=["first", "second"], n_segments=3, min_cell=30)
    assert found.profile[3].isna().all() and found.profile[[1, 2]].notna().all(axis=None)


def test_the_same_input_gives_the_same_look(three):
    """And the order of the rows does not matter."""
    first = try_segments(three[0], basis=["first", "second"], n_segments=4)
    again = try_segments(three[0].iloc[::-1], basis=["first", "second"], n_segments=4)
    pd.testing.assert_frame_equal(first.sizes, again.sizes)
    assert first.rand_index == again.rand_index


@pytest.mark.parametrize(
    ("basis", "n", "says"),
    [([], 3, "nothing is chosen"), (["first"], 1, "needs two segments"), (["frist"], 3, "first")],
)
def test_what_is_wrong_is_said(three, basis, n, says):
    """No variable, one segment, a misspelt name."""
    with pytest.raises(DataError, match=says):
        try_segments(three[0], basis=basis, n_segments=n)
