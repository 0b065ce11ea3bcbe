"""Step 02, groups too small to show: what is hidden in one table, and how many people share a combination of traits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from personakit.errors import PersonakitError, did_you_mean, listing

K_ANONYMITY_COLUMNS = ["combination", "columns", "groups", "smallest_group", "people_alone", "people_under_k", "share_under_k"]
_MOST_COMBINED = 4


def small_cells(counts: pd.Series | pd.DataFrame, *, min_cell: int, hide: pd.DataFrame | None = None) -> pd.Series | pd.DataFrame:
    """
    Say which cells of one table have to be hidden, so that no small one can be found by subtraction.

    A cell of fewer than ``min_cell`` people is hidden (primary suppression). Then further cells are hidden, the smallest
    first, until in every row and column of which the total is known at least two cells are hidden and the hidden cells
    together are at least ``min_cell`` people (complementary suppression). Empty cells are hidden last.

    Parameters
    ----------
    counts : pandas.Series or pandas.DataFrame
        People per cell. The cells of a series add up to a known total, those of a frame to known totals of rows and
        columns. Missing stands for a cell that is not part of the table.
    min_cell : int
        Smallest number of people that may be shown.
    hide : pandas.DataFrame, optional
        For a frame: True where a cell is hidden for another reason, such as a base that is too small.

    Returns
    -------
    pandas.Series or pandas.DataFrame
        True where the cell has to be hidden, with the shape and labels of ``counts``.

    References
    ----------
    Hundepool, A. et al. (2012). Statistical Disclosure Control. Wiley. Chapter 4, tabular data.

    Examples
    --------
    >>> small_cells(pd.Series([3, 40, 12]), min_cell=5).tolist()
    [True, False, True]
    >>> small_cells(pd.DataFrame([[3, 40], [20, 30]]), min_cell=5).to_numpy().tolist()
    [[True, True], [True, True]]
    """
    if isinstance(counts, pd.Series):
        grid = counts.to_numpy(dtype=float)[None, :]
        return pd.Series(_hidden(grid, (grid > 0) & (grid < min_cell), min_cell, by_column=False)[0], index=counts.index)
    grid = counts.to_numpy(dtype=float)
    first = (grid > 0) & (grid < min_cell)
    if hide is not None:
        first |= hide.to_numpy(dtype=bool) & ~np.isnan(grid)
    return pd.DataFrame(_hidden(grid, first, min_cell, by_column=True), index=counts.index, columns=counts.columns)


def _hidden(grid: np.ndarray, hidden: np.ndarray, min_cell: int, *, by_column: bool) -> np.ndarray:
    """Hide more cells beside those that are hidden first, until none of them follows from the totals."""
    changed = True
    while changed:
        changed = False
        for cells, marks in [*zip(grid, hidden, strict=True), *(zip(grid.T, hidden.T, strict=True) if by_column else ())]:
            # the marks are views: hiding a cell of a row hides it in its column too
            while marks.any() and (marks.sum() < 2 or cells[marks].sum() < min_cell):
                free = np.flatnonzero(~marks & (cells >= 0))
                if not len(free):
                    break
                marks[min(free, key=lambda place: (cells[place] == 0, cells[place], place))] = True
                changed = True
        if not changed and by_column:
            changed = _close_gaps(grid, hidden)
    return hidden


def _close_gaps(grid: np.ndarray, hidden: np.ndarray) -> bool:
    """Hide one more cell beside a hidden one that still follows from all totals together; False when there is none."""
    for row, column in _determined(hidden):
        beside = [(row, c) for c in range(grid.shape[1])] + [(r, column) for r in range(grid.shape[0])]
        free = [cell for cell in beside if not hidden[cell] and grid[cell] >= 0]
        if free:
            hidden[min(free, key=lambda cell: (grid[cell] == 0, grid[cell], cell))] = True
            return True
    return False


def _determined(hidden: np.ndarray) -> list[tuple[int, int]]:
    """Hidden cells that cannot change without changing a total of a row or column."""
    cells = np.argwhere(hidden)
    if not len(cells):
        return []
    rows, columns = (cells[:, axis][None, :] == np.arange(hidden.shape[axis])[:, None] for axis in (0, 1))
    _, sizes, directions = np.linalg.svd(np.vstack([rows, columns]).astype(float))
    free = directions[int((sizes > 1e-9).sum()) :]
    return [(int(r), int(c)) for (r, c), moves in zip(cells, (np.abs(free) > 1e-9).any(axis=0), strict=True) if not moves]


def k_anonymity(table: pd.DataFrame, columns: Sequence[str], *, k: int) -> pd.DataFrame:
    """
    Report how many people stand alone, or nearly so, with a combination of traits that others may know.

    Every combination of up to four of the columns is counted. Missing counts as a value of its own.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per person: a table that leaves, such as a list of customers with their traits.
    columns : sequence of str
        The traits that somebody outside may know of a person, such as age, place and occupation. Numbers with more than
        ten different values are taken in ten bands of equal size.
    k : int
        Fewest people who have to share a combination.

    Returns
    -------
    pandas.DataFrame
        One row per combination: ``combination`` (names), ``columns`` (how many), ``groups`` (different values),
        ``smallest_group`` (people), ``people_alone``, ``people_under_k``, ``share_under_k`` (of all people). The
        riskiest first.

    Raises
    ------
    PersonakitError
        If a column is not in the table.

    References
    ----------
    Sweeney, L. (2002). k-anonymity: a model for protecting privacy. International Journal of Uncertainty, Fuzziness and
    Knowledge-Based Systems, 10, 557-570.

    Examples
    --------
    >>> people = pd.DataFrame({"town": ["A", "A", "A", "B"], "job": ["x", "x", "y", "x"]})
    >>> k_anonymity(people, ["town", "job"], k=2)[["combination", "people_alone"]].values.tolist()
    [['town, job', 2], ['town', 1], ['job', 1]]
    """
    from itertools import combinations

    for column in columns:
        if column not in table:
            have = [str(name) for name in table.columns]
            raise PersonakitError(f"no column '{column}'; the table has: {listing(have)}{did_you_mean(column, have)}")
    banded = pd.DataFrame({column: _banded(table[column]) for column in columns}, index=table.index)
    rows = []
    for size in range(1, min(len(columns), _MOST_COMBINED) + 1):
        for chosen in combinations(columns, size):
            sizes = banded.groupby(list(chosen), dropna=False, observed=True).size()
            under = int(sizes[sizes < k].sum())
            rows.append({"combination": ", ".join(chosen), "columns": size, "groups": len(sizes),
                         "smallest_group": int(sizes.min()), "people_alone": int((sizes == 1).sum()), "people_under_k": under,
                         "share_under_k": under / max(len(table), 1)})  # fmt: skip
    report = pd.DataFrame(rows, columns=K_ANONYMITY_COLUMNS)
    order = {"share_under_k": False, "people_alone": False, "columns": True}
    return report.sort_values(list(order), ascending=list(order.values()), kind="stable", ignore_index=True)


def _banded(values: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values) and values.nunique() > 10:
        return pd.qcut(values, 10, duplicates="drop").astype("str")
    return values.astype("str").where(values.notna(), "missing")
