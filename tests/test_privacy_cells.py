"""No small cell can be found by subtraction, and rare combinations of traits are counted."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.errors import PersonakitError
from personakit.privacy_cells import k_anonymity, small_cells


def rebuilt(grid, hidden):
    """Hidden cells that follow exactly from the shown ones and the totals of rows and columns."""
    cells = np.argwhere(hidden)
    if not len(cells):
        return []
    sums = np.array([[float(cell[0] == row) for cell in cells] for row in range(grid.shape[0])]
                    + [[float(cell[1] == column) for cell in cells] for column in range(grid.shape[1])])  # fmt: skip
    _, values, directions = np.linalg.svd(sums)
    free = directions[int((values > 1e-9).sum()) :]  # ways in which the hidden cells can change without changing a total
    return [tuple(cell) for position, cell in enumerate(cells) if not (np.abs(free[:, position]) > 1e-9).any()]


@given(st.lists(st.lists(st.integers(0, 40), min_size=4, max_size=4), min_size=2, max_size=5), st.integers(2, 8))
def test_no_small_cell_of_a_table_can_be_rebuilt(rows, min_cell):
    """Whatever the table, totals and shown cells together never give a hidden small cell."""
    grid = np.array(rows)
    hidden = small_cells(pd.DataFrame(grid), min_cell=min_cell).to_numpy()
    assert not ((grid > 0) & (grid < min_cell) & ~hidden).any()
    assert not [cell for cell in rebuilt(grid, hidden) if 0 < grid[cell] < min_cell]


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8), st.integers(2, 10))
def test_hidden_cells_of_a_list_cannot_be_rebuilt(counts, min_cell):
    """Of a list with a known total, never one cell alone is hidden, and the hidden ones are no small group together."""
    counts = pd.Series(counts)
    hidden = small_cells(counts, min_cell=min_cell)
    assert not ((counts[~hidden] > 0) & (counts[~hidden] < min_cell)).any()
    if hidden.any() and (counts > 0).sum() > 1:
        assert hidden.sum() > 1
        assert counts[hidden].sum() >= min_cell or (counts[~hidden] == 0).all()


def test_two_ones_hide_a_third():
    """Two cells of one person each are still a group of two; a third cell is hidden with them."""
    assert small_cells(pd.Series([1, 1, 30, 9]), min_cell=5).tolist() == [True, True, False, True]


def test_combinations_are_riskier_than_single_traits():
    """One person of 62 in a town stands alone, although the age and the town are common."""
    people = pd.DataFrame({"age": [30] * 10 + [62] * 10, "town": ["A"] * 10 + ["B"] * 9 + ["A"]})
    report = k_anonymity(people, ["age", "town"], k=5).set_index("combination")
    assert report.loc["age, town", ["groups", "smallest_group", "people_alone", "people_under_k"]].tolist() == [3, 1, 1, 1]
    assert report.loc["age", "people_under_k"] == 0
    assert report.index[0] == "age, town"


def test_numbers_are_taken_in_bands():
    """An exact income would make everybody unique."""
    people = pd.DataFrame({"income": np.arange(1000) * 17.5})
    assert k_anonymity(people, ["income"], k=5).loc[0, ["groups", "people_under_k"]].tolist() == [10, 0]


def test_an_unknown_column_is_named():
    """A misspelt column brings the one that was meant."""
    with pytest.raises(PersonakitError, match="no column 'twon'; the table has: town; did you mean 'town'"):
        k_anonymity(pd.DataFrame({"town": ["A"]}), ["twon"], k=2)
