"""Step 06, customers on a map: distances between mixed answers, and the two directions that hold most of the differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from personakit.errors import DataError, did_you_mean, listing

_MOST_DISTANCES = 20_000


@dataclass(frozen=True, eq=False, repr=False)
class CustomerMap:
    """
    Customers in as few directions as possible.

    Attributes
    ----------
    coordinates : pandas.DataFrame
        One row per customer, one column per direction (1 is the one that holds most), in standard deviations of it.
    eigenvalues : numpy.ndarray
        Spread along each direction.
    shares : numpy.ndarray
        Share of all differences that each direction holds.
    variables : pandas.DataFrame
        One row per variable and direction of ``coordinates``: how closely they go together (squared correlation, or share
        of variance explained for words; 0 to 1).
    """

    coordinates: pd.DataFrame
    eigenvalues: np.ndarray
    shares: np.ndarray
    variables: pd.DataFrame


def gower_distances(table: pd.DataFrame, columns: Sequence[str] | None = None) -> np.ndarray:
    """
    Measure how different customers are over answers of any kind.

    Numbers count by their difference as a share of the range, words as 0 (the same) or 1; a pair is compared on what both
    answered.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per customer, at most 20,000. Columns that are not numbers are words.
    columns : sequence of str, optional
        Columns to use; all by default.

    Returns
    -------
    numpy.ndarray, shape (customers, customers)
        Distances from 0 to 1; missing where two customers share no answer.

    Raises
    ------
    DataError
        If a column is not in the table, or there are too many customers for a table of all pairs.

    References
    ----------
    Gower, J. C. (1971). A general coefficient of similarity and some of its properties. Biometrics, 27, 857-871.

    Examples
    --------
    >>> gower_distances(pd.DataFrame({"age": [20, 30, 40], "town": ["a", "a", "b"]})).tolist()
    [[0.0, 0.25, 1.0], [0.25, 0.0, 0.75], [1.0, 0.75, 0.0]]
    """
    names = _checked(table, columns)
    if len(table) > _MOST_DISTANCES:
        raise DataError([f"table: {len(table):,} customers make too many pairs; allowed are {_MOST_DISTANCES:,}; take a sample"])
    total = np.zeros((len(table), len(table)))
    known = np.zeros_like(total)
    for name in names:
        values = table[name]
        given = values.notna().to_numpy()
        if pd.api.types.is_numeric_dtype(values):
            numbers = values.to_numpy(dtype=float, na_value=0.0)
            span = np.ptp(numbers[given]) if given.any() else 0.0
            apart = np.abs(numbers[:, None] - numbers[None, :]) / (span or 1.0)
        else:
            codes = pd.factorize(values)[0]
            apart = (codes[:, None] != codes[None, :]).astype(float)
        both = given[:, None] & given[None, :]
        total += np.where(both, apart, 0.0)
        known += both
    with np.errstate(invalid="ignore"):
        return np.where(known > 0, total / known, np.nan)


def map_customers(table: pd.DataFrame, columns: Sequence[str] | None = None, *, n_directions: int = 2) -> CustomerMap:
    """
    Find the directions that hold most of the differences between customers (factor analysis of mixed data).

    Parameters
    ----------
    table : pandas.DataFrame
        One row per customer. Columns that are not numbers are words.
    columns : sequence of str, optional
        Columns to use; all by default.
    n_directions : int
        Directions to keep.

    Returns
    -------
    CustomerMap
        Places of the customers, and what each direction stands for. Missing answers count as the middle.

    Raises
    ------
    DataError
        If a column is not in the table, or nothing differs between the customers.

    References
    ----------
    Pagès, J. (2004). Analyse factorielle de données mixtes. Revue de Statistique Appliquée, 52, 93-111.
    """
    names = _checked(table, columns)
    blocks = {name: _scaled(table[name]) for name in names}
    blocks = {name: block for name, block in blocks.items() if block.shape[1] and np.any(block)}
    if not blocks:
        raise DataError([f"columns: {listing(names)} have the same value for everybody; name others"])
    points = np.concatenate(list(blocks.values()), axis=1)
    left, sizes, right = np.linalg.svd(points / np.sqrt(len(points)), full_matrices=False)
    eigenvalues = sizes**2
    n = min(n_directions, int((eigenvalues > 1e-12).sum()))
    # a fixed sign, so that the same customers give the same map: the heaviest column points up
    signs = np.sign(right[np.arange(len(right)), np.abs(right).argmax(axis=1)])
    axes = left[:, :n] * signs[:n] * np.sqrt(len(points))
    directions = list(range(1, n + 1))
    closeness = {name: [_together(block, axes[:, i]) for i in range(n)] for name, block in blocks.items()}
    return CustomerMap(
        pd.DataFrame(axes, index=table.index, columns=directions), eigenvalues, eigenvalues / eigenvalues.sum(),
        pd.DataFrame.from_dict(closeness, orient="index", columns=directions).rename_axis("feature"),
    )  # fmt: skip


def _checked(table: pd.DataFrame, columns: Sequence[str] | None) -> list[str]:
    names = list(table.columns if columns is None else columns)
    problems = [f"columns: no column '{name}'; the table has: {listing(table.columns)}{did_you_mean(name, table.columns)}"
                for name in names if name not in table]  # fmt: skip
    if problems:
        raise DataError(problems)
    return names


def _scaled(values: pd.Series) -> np.ndarray:
    """Numbers standardised; words as indicators divided by the root of their share; missing answers in the middle."""
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        if np.isnan(numbers).all():
            return np.zeros((len(numbers), 0))
        spread = float(np.nanstd(numbers))
        centred = numbers - np.nanmean(numbers)
        return np.nan_to_num(centred / spread if spread else 0 * centred)[:, None]
    known = values.dropna().astype("str")
    shares = known.value_counts(normalize=True).sort_index()
    given = values.notna().to_numpy()
    words = values.astype("str").to_numpy()
    columns = [np.where(given, (words == word) - share, 0.0) / np.sqrt(share) for word, share in shares.items()]
    return np.column_stack(columns) if columns else np.zeros((len(values), 0))


def _together(block: np.ndarray, axis: np.ndarray) -> float:
    """Share of a direction's spread that one variable explains."""
    fitted = block @ np.linalg.lstsq(block, axis, rcond=None)[0]
    return float((fitted**2).sum() / (axis**2).sum())
