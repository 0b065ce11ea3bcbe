"""Step 06, tables in which what several answers say together is looked up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np


@dataclass(frozen=True, eq=False)
class LookupPlan:
    """
    Which variables share a table: it has one row per combination of their answers, none being an answer.

    Attributes
    ----------
    groups : list of list of int
        Variables of each table.
    sizes : list of int
        Answers of each variable, none being the first.
    """

    groups: list[list[int]]
    sizes: list[int]

    @classmethod
    def of(cls, sizes: Sequence[int], most_rows: int) -> LookupPlan:
        """Put variables together, in their order, as long as their table has no more rows than that."""
        groups: list[list[int]] = []
        rows = 0
        for place, size in enumerate(sizes):
            if groups and rows * size <= most_rows:
                groups[-1].append(place)
                rows *= size
            else:
                groups.append([place])
                rows = size
        return cls(groups, list(sizes))

    def rows(self, answers: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
        """Give the row of each table that holds what each person answered, in few bytes; answers count from 1 on, 0 is none."""
        for group in self.groups:
            # counted in as few bytes as hold the number of rows: more of them go through the processor at once
            kind = np.min_scalar_type(prod(self.sizes[place] for place in group))
            row = answers[group[0]].astype(kind)
            for place in group[1:]:
                row *= self.sizes[place]
                np.add(row, answers[place], out=row, casting="unsafe")
            yield row

    def tables(self, scores: Sequence[np.ndarray], join: np.ufunc) -> list[np.ndarray]:
        """Join scores of single variables, shape (answers, scores), to tables of shape (combinations of answers, scores)."""
        found = []
        for group in self.groups:
            table = scores[group[0]]
            for place in group[1:]:
                table = join(table[:, None, :], scores[place]).reshape(-1, table.shape[1])
            found.append(table)
        return found
