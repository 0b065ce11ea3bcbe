"""Step 10, assignment by a mixture model, for a block of customers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import DTypeLike

from personakit.assignment_answers import Answers, Column, Memory, Told, aligned, logarithm
from personakit.assignment_lookup import STEPS, AnswerScale, ToldBefore, plan_for
from personakit.segmentation import BORDERLINE_CHANCE
from personakit.segmentation_items import rating_edges
from personakit.segmentation_lookup import LookupPlan
from personakit.segmentation_mixture import MixtureFit, linear_form

#: Customers whose answers, and bytes of scores of customers, that are looked up together.
_ROWS, _SCORE_BYTES = 131_072, 600_000
#: A table's columns are filled up to a multiple of this.
_WIDTH_STEP = 8
#: A product of chances is kept above exp(-600), far from where numbers end.
_LEAST_LOG = -600.0
#: Up to how many tables are multiplied in single precision, and the least and the greatest chance in them: products of three
#: stay above where single precision ends (2^-126), and sums of them below (2^128).
_MOST_SINGLE, _SINGLE_RANGE = 3, (2.0**-42, 2.0**40)
#: How much of itself a number may be off by each operation in single precision. What is left out as too small is less than one
#: part of so many of all chances of a customer together.
_ROUNDING, _LEAST_TOTAL = 2.0**-24, 5e7


@dataclass(frozen=True, eq=False)
class Factors:
    """
    Chances of all combinations of answers, which are multiplied, in one precision.

    Attributes
    ----------
    tables : list of numpy.ndarray, each of shape (combinations, width)
        One column per component, and more to fill up the width.
    adding : numpy.ndarray, shape (width, segments)
        1 where a component belongs to a segment.
    slack : float
        How far a share may be off.
    least : float
        Below this, all chances of a customer together are too small to tell.
    """

    tables: list[np.ndarray]
    adding: np.ndarray
    slack: float = 0.0
    least: float = 0.0


@dataclass(frozen=True, eq=False)
class MostProbable:
    """
    Tells the most probable segment by a mixture model, as :meth:`Segmentation.placed` does.

    Where each column holds one of a few answers, customers who answer alike are told once.

    Single precision takes half the time. Whoever is so close to another answer that it might be wrong is told again in double
    precision, so that what comes out is always that of double precision.
    """

    model: MixtureFit

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """What the model needs."""
        return tuple(Column(item.name, item.levels if item.of_words else None) for item in self.model.form.items)

    def tell(self, answers: Answers) -> Told:
        """Tell the most probable segment, its probability, and the second where the first is not probable enough."""
        m, n = answers.known.shape
        found = Told.of_nobody_yet(n)
        for start in range(0, n, _ROWS):
            own = slice(start, min(start + _ROWS, n))
            values, known = [column[own] for column in answers.values], answers.known[:, own]
            codes = [scale.codes(values[place], known[place]) for place, scale in self._scales]
            here = Told(found.segment[own], found.certainty[own], found.border[own])
            if self._before:
                self._before.tell(codes, self._of_codes, here)
            else:
                self._tell(codes, self._figures(values, known), here)
            enough = np.add.reduce(known, axis=0, dtype=np.uint8) >= (m + 1) // 2
            for places in (here.segment, here.border):
                np.multiply(places, enough, out=places)
        return found

    def _of_codes(self, codes: list[np.ndarray]) -> Told:
        """Tell by the numbers of the answers, where there are no others."""
        told = Told.of_nobody_yet(len(codes[0]))
        self._tell(codes, np.empty((0, len(codes[0]))), told)
        return told

    def _tell(self, codes: list[np.ndarray], figures: np.ndarray, told: Told) -> None:
        """Tell by the numbers of the answers and by figures, whoever has answered how much."""
        rows, factors = list(self._plan.rows(codes)), self._single or self._double
        unsure = self._told(self._chances(rows, figures, factors), factors, told)
        if len(unsure):
            again = Told.of_nobody_yet(len(unsure))
            self._told(self._chances([row[unsure] for row in rows], figures, self._double), self._double, again)
            told.segment[unsure], told.certainty[unsure], told.border[unsure] = again.segment, again.certainty, again.border

    def _chances(self, rows: list[np.ndarray], figures: np.ndarray, factors: Factors) -> np.ndarray:
        """Chances of the segments, up to a factor, in memory that is used again, shape (segments, customers)."""
        n, (width, k), kind = figures.shape[1] if len(figures) else len(rows[0]), factors.adding.shape, factors.adding.dtype
        step = max(_SCORE_BYTES // (width * kind.itemsize), 1)
        products = self._memory.array("products", (2, step, width), kind)
        chances = self._memory.array("chances", (k, n), kind)
        for start in range(0, n, step):
            own = slice(start, min(start + step, n))
            product, factor = products[:, : own.stop - start]
            if len(figures):
                np.matmul(figures[:, own].T, self._weights, out=product)
                product -= product.max(axis=1, keepdims=True)
                np.exp(product, out=product)
            for number, (row, table) in enumerate(zip(rows, factors.tables, strict=True)):
                if number == 0 and not len(figures):
                    np.take(table, row[own], axis=0, out=product, mode="clip")
                    continue
                product *= np.take(table, row[own], axis=0, out=factor, mode="clip")
                if number in self._to_raise:
                    product /= product.max(axis=1, keepdims=True)
            chances[:, own] = (product @ factors.adding).T
        return chances

    def _told(self, chances: np.ndarray, factors: Factors, told: Told) -> np.ndarray:
        """Write down what chances mean, and give those for whom they are not exact enough."""
        best, total, share, step = self._memory.array("shares", (4, chances.shape[1]), chances.dtype)
        place = _most_probable(chances, best)
        np.add.reduce(chances, axis=0, out=total)
        np.divide(best, np.maximum(total, chances.dtype.type(factors.least), out=share), out=share)
        np.add(place, 1, out=told.segment)
        share *= STEPS
        np.divide(np.rint(share, out=step), STEPS, out=told.certainty, dtype=float)
        border = np.flatnonzero(step < BORDERLINE_CHANCE * STEPS)  # few: the second is looked for among them alone
        others, column = np.take(chances, border, axis=1), np.arange(len(border))
        others[place[border], column] = -1
        second = _most_probable(others, next_best := np.empty(len(border), dtype=chances.dtype))
        told.border[border] = second + 1
        if not factors.slack:
            return np.empty(0, dtype=np.intp)
        others[second, column] = -1
        gap = np.minimum(best[border] - next_best, next_best - np.maximum.reduce(others, axis=0))
        share -= step
        unsure = np.abs(share, out=share) > 0.5 - factors.slack * STEPS  # there rounding could go the other way
        unsure[border] |= gap < 4 * factors.slack * total[border]
        unsure |= total < factors.least
        return np.flatnonzero(unsure)

    def _figures(self, values: list[np.ndarray], known: np.ndarray) -> np.ndarray:
        """What numbers enter with: 1 for everybody, then whether it is known, value and square of each number."""
        found: list[np.ndarray] = []
        for place, item in enumerate(self.model.form.items):
            if item.kind == "number":
                written = known[place].astype(float)
                entering = np.where(known[place], values[place], 0.0)
                if item.log:
                    logarithm(entering, item.name)
                entering -= item.mean
                entering /= item.scale
                entering *= written
                found += [written, entering, entering**2]
        return np.array([np.ones(len(values[0])), *found]) if found else np.empty((0, len(values[0])))

    @cached_property
    def _before(self) -> ToldBefore | None:
        return ToldBefore.of([scale for _, scale in self._scales]) if len(self._scales) == len(self.columns) else None

    @cached_property
    def _memory(self) -> Memory:
        return Memory()

    @cached_property
    def _linear(self) -> tuple[np.ndarray, np.ndarray]:
        return linear_form(self.model)

    @cached_property
    def _scales(self) -> list[tuple[int, AnswerScale]]:
        """Place and scale of each item that has answers."""
        found = []
        for place, item in enumerate(self.model.form.items):
            n = len(item.levels)
            if item.kind == "rating":
                found.append((place, AnswerScale(n, edges=tuple(rating_edges(item.levels)[1:-1].tolist()))))
            elif item.kind == "category":
                levels = tuple(float(level) for level in (range(n) if item.of_words else item.levels))
                found.append((place, AnswerScale(n, levels=levels)))
        return found

    @cached_property
    def _plan(self) -> LookupPlan:
        return plan_for([scale for _, scale in self._scales], self._width)

    @cached_property
    def _tables(self) -> list[np.ndarray]:
        """Logarithms of the chances of all combinations of answers; without numbers, the first table holds the constants too."""
        coefficients, constants = self._linear
        parts, nothing = self.model.form.places, np.zeros((1, len(constants)))
        tables = self._plan.tables([np.vstack([nothing, coefficients[:, parts[place]].T]) for place, _ in self._scales], np.add)
        if len(self._scales) == len(parts):
            tables[0] = tables[0] + constants
        return tables

    @cached_property
    def _double(self) -> Factors:
        """In double precision."""
        return Factors([self._filled(np.exp(table), float) for table in self._tables], self._adding(float))

    @cached_property
    def _single(self) -> Factors | None:
        """In single precision; none where products could leave its range."""
        n_tables, (least, greatest) = len(self._tables), _SINGLE_RANGE
        if len(self._scales) < len(self.model.form.items) or n_tables > _MOST_SINGLE or self._to_raise:
            return None
        factors = [greatest * np.exp(table - table.max(axis=1, keepdims=True)) for table in self._tables]
        tables = [self._filled(np.where(own < least, 0, own), np.float32) for own in factors]
        k, n_components = len(self.model.shares), len(self._linear[1])
        left_out = n_tables * n_components * least * greatest ** (n_tables - 1)
        # each factor, each product and each sum puts a chance off, and the share p by twice that times p (1 - p), which is at
        # most a quarter; then come the sum of all, their quotient, the steps, and one more for what products of these add
        n_roundings = 2 * n_tables - 1 + n_components // k - 1
        slack = (n_roundings / 2 + k + 2) * _ROUNDING + 1 / _LEAST_TOTAL
        return Factors(tables, self._adding(np.float32), slack, _LEAST_TOTAL * left_out)

    @cached_property
    def _width(self) -> int:
        """Columns of a table: as many as fill lines of the processor's memory, or a part of one that is copied at once."""
        n = len(self._linear[1])
        return -(-n // _WIDTH_STEP) * _WIDTH_STEP if n > _WIDTH_STEP else 1 << (n - 1).bit_length()

    def _filled(self, table: np.ndarray, kind: DTypeLike) -> np.ndarray:
        """Repeat the last column up to the width; what is in it is never added up."""
        found = aligned(len(table) * self._width, kind).reshape(len(table), self._width)
        found[:] = np.pad(table, ((0, 0), (0, self._width - table.shape[1])), mode="edge")
        return found

    def _adding(self, kind: DTypeLike) -> np.ndarray:
        k, n_components = len(self.model.shares), len(self._linear[1])
        adding = np.zeros((self._width, k), dtype=kind)
        adding[np.arange(n_components), np.arange(n_components) // (n_components // k)] = 1
        return adding

    @cached_property
    def _to_raise(self) -> set[int]:
        """Tables after which a product is brought back to at most 1, as it could come too near to zero by the next one."""
        found, least = set(), 0.0
        lowest = [float(table.min()) for table in self._tables]
        for number, (own, next_) in enumerate(pairwise([*lowest, 0.0])):
            least += own
            if least + next_ < _LEAST_LOG:
                found.add(number)
                least = 0.0
        return found

    @cached_property
    def _weights(self) -> np.ndarray:
        """What each figure adds to each component, shape (figures, width)."""
        coefficients, constants = self._linear
        parts = self.model.form.places
        numbers = [coefficients[:, parts[place]].T for place, item in enumerate(self.model.form.items) if item.kind == "number"]
        return self._filled(np.vstack([constants[None, :], *numbers]), float)


def _most_probable(chances: np.ndarray, best: np.ndarray) -> np.ndarray:
    """First of the highest chances of each customer, which are put into ``best``; in arithmetic, as in :func:`two_best`."""
    best[:], place = chances[0], np.zeros(chances.shape[1], dtype=np.uint8)
    for number, own in enumerate(chances[1:], start=1):
        place += (number - place) * (own > best)
        np.maximum(best, own, out=best)
    return place
