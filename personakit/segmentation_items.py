"""Step 06, what mixture models are made of: how each variable enters, and which models suit the variables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from personakit.segmentation_rule import kind_in

MOST_LEVELS = 11
FAMILIES = ("latent_classes", "gaussian", "mixed", "factor_mixture")
_FEWEST_FOR_DIRECTION = 3


@dataclass(frozen=True)
class Item:
    """
    How one variable enters a mixture model.

    Attributes
    ----------
    name : str
        The column.
    kind : {"category", "rating", "number"}
        A category has a chance per answer. A rating is a rounded value of a bell curve, so that answers at the end of a
        scale pile up without harm. A number has a bell curve itself.
    levels : tuple
        Answers of a category (words or numbers), or steps of a rating in order; empty for numbers.
    log : bool
        Whether ``log(1 + value)`` enters instead of the value.
    mean, scale : float
        Numbers enter as ``(value - mean) / scale``.
    """

    name: str
    kind: Literal["category", "rating", "number"]
    levels: tuple[Any, ...] = ()
    log: bool = False
    mean: float = 0.0
    scale: float = 1.0

    @property
    def of_words(self) -> bool:
        """Whether the column holds words; otherwise numbers."""
        return any(isinstance(level, str) for level in self.levels)


@dataclass(frozen=True)
class MixtureForm:
    """
    Which mixture model is fitted.

    Attributes
    ----------
    items : tuple of Item
        The variables.
    spread : {"common", "item", "segment"}
        Whether ratings and numbers spread alike within all segments (one figure), each variable in its own way, or each
        variable in each segment in its own way.
    direction : bool
        Whether people also differ along one common direction within every segment, such as how high they rate
        everything (a factor mixture).
    n_nodes : int
        At how many places along that direction people are counted, which stand for all of it (quadrature).
    """

    items: tuple[Item, ...]
    spread: Literal["common", "item", "segment"] = "item"
    direction: bool = False
    n_nodes: int = 9

    @cached_property
    def measured(self) -> list[int]:
        """Places of the items that are ratings or numbers."""
        return [i for i, item in enumerate(self.items) if item.kind != "category"]

    @cached_property
    def chosen(self) -> list[int]:
        """Places of the items that are categories."""
        return [i for i, item in enumerate(self.items) if item.kind == "category"]

    @cached_property
    def places(self) -> list[slice]:
        """Columns of the design that belong to each item."""
        return item_slices(self.items)

    def n_parameters(self, n_segments: int) -> int:
        """Count the free parameters."""
        n = len(self.measured)
        spreads = {"common": min(n, 1), "item": n, "segment": n * n_segments}[self.spread]
        chances = sum(len(self.items[i].levels) - 1 for i in self.chosen)
        return n_segments - 1 + n_segments * (n + chances) + spreads + (n if self.direction else 0)


def make_items(
    table: pd.DataFrame, basis: Sequence[str], dictionary: pd.DataFrame | None, *, as_categories: bool = False
) -> tuple[Item, ...]:
    """
    Decide how each basis variable enters a mixture model.

    Words, choices and yes/no answers are categories. Whole numbers of at most eleven steps are ratings, unless the
    dictionary calls them an amount or a count; amounts and counts enter after a logarithm.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per customer.
    basis : sequence of str
        Columns.
    dictionary : pandas.DataFrame, optional
        The features' dictionary, one row per column with its ``kind``.
    as_categories : bool
        Take ratings as categories too, as latent class analysis does.

    Returns
    -------
    tuple of Item
        In the order of ``basis``.
    """
    items = []
    for name in basis:
        values = table[name].dropna()
        kind = kind_in(dictionary, name)
        if not pd.api.types.is_numeric_dtype(values):
            items.append(Item(name, "category", tuple(sorted(str(v) for v in values.unique()))))
            continue
        numbers = values.astype(float)
        levels = np.unique(numbers)
        whole = bool((levels == np.rint(levels)).all())
        few = len(levels) <= MOST_LEVELS and kind not in {"amount", "count"}
        if kind == "binary" or len(levels) <= 2 or (as_categories and few):
            items.append(Item(name, "category", tuple(levels.tolist())))
        elif whole and few and levels[-1] - levels[0] < MOST_LEVELS:
            items.append(Item(name, "rating", tuple(float(v) for v in range(int(levels[0]), int(levels[-1]) + 1))))
        else:
            log = kind in {"amount", "count"} and float(levels[0]) >= 0
            entering = np.log1p(numbers) if log else numbers
            spread = round(float(entering.std(ddof=0)), 10) or 1.0
            items.append(Item(name, "number", (), log, round(float(entering.mean()), 10), spread))
    return tuple(items)


def family_of(items: tuple[Item, ...]) -> str:
    """Name the family of models that suits the variables: by kind, without a common direction."""
    kinds = {item.kind == "category" for item in items}
    return "mixed" if len(kinds) > 1 else "latent_classes" if True in kinds else "gaussian"


def forms_of(family: str, items: tuple[Item, ...]) -> list[MixtureForm]:
    """
    List the models of a family, the simplest first; none when the family does not suit the variables.

    Parameters
    ----------
    family : {"latent_classes", "gaussian", "mixed", "factor_mixture"}
        ``factor_mixture`` is the model of the variables' own family with a common direction; it takes at least three
        ratings or numbers.
    items : tuple of Item
        The variables.
    """
    measured = [item for item in items if item.kind != "category"]
    direction = family == "factor_mixture"
    if (direction and len(measured) < _FEWEST_FOR_DIRECTION) or (not direction and family != family_of(items)):
        return []
    one_scale = bool(measured) and len({item.levels for item in measured}) == 1 and measured[0].kind == "rating"
    spreads: list[Literal["common", "item", "segment"]] = ["common", "item"] if one_scale else ["item"]
    spreads += ["segment"] if measured else []
    return [MixtureForm(items, spread, direction) for spread in spreads]


def design_matrix(table: pd.DataFrame, items: Sequence[Item]) -> np.ndarray:
    """
    Write a table so that log-densities of all models are linear in it.

    Returns
    -------
    numpy.ndarray, shape (people, columns)
        For a category or rating one column per level, 1 where it was answered; for a number three columns: known, value,
        square. A missing answer is zero everywhere, so that it says nothing (full-information maximum likelihood).
    """
    columns: list[np.ndarray] = []
    for item in items:
        values = table[item.name]
        if item.kind == "category":
            columns += [(values == level).fillna(False).to_numpy(dtype=float) for level in item.levels]
            continue
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        if item.kind == "rating":
            steps = np.asarray(item.levels, dtype=float)
            nearest = np.abs(numbers[:, None] - steps[None, :]).argmin(axis=1)
            known = ~np.isnan(numbers)
            columns += [((nearest == i) & known).astype(float) for i in range(len(steps))]
            continue
        known = ~np.isnan(numbers)
        scaled = np.where(known, (np.log1p(np.where(known, numbers, 0)) if item.log else numbers) - item.mean, 0) / item.scale
        scaled = np.where(known, scaled, 0.0)
        columns += [known.astype(float), scaled, scaled**2]
    return np.column_stack(columns)


def item_slices(items: Sequence[Item]) -> list[slice]:
    """Columns of the design that belong to each variable."""
    ends = np.cumsum([3 if item.kind == "number" else len(item.levels) for item in items])
    return [slice(int(end - (3 if item.kind == "number" else len(item.levels))), int(end))
            for end, item in zip(ends, items, strict=True)]  # fmt: skip


def rating_edges(levels: tuple[Any, ...]) -> np.ndarray:
    """Borders between the steps of a rating, open at both ends."""
    steps = np.asarray(levels, dtype=float)
    return np.concatenate([[-np.inf], (steps[1:] + steps[:-1]) / 2, [np.inf]])
