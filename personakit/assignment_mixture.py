"""Step 10, assignment by a mixture model, for a block of customers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from personakit.assignment_answers import Answers, Column, Memory, Told, logarithm
from personakit.assignment_lookup import AnswerScale, plan_for
from personakit.segmentation import BORDERLINE_CHANCE
from personakit.segmentation_items import rating_edges
from personakit.segmentation_lookup import LookupPlan
from personakit.segmentation_mixture import MixtureFit, linear_form

#: Customers whose answers, and scores of customers, that are looked up together.
_ROWS, _SCORE_CELLS = 131_072, 100_000
#: A product of chances is kept above exp(-600), far from where numbers end.
_LEAST_LOG = -600.0


@dataclass(frozen=True, eq=False)
class MostProbable:
    """Tells the most probable segment by a mixture model, as :meth:`Segmentation.placed` does."""

    model: MixtureFit

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """What the model needs."""
        return tuple(Column(item.name, item.levels if item.of_words else None) for item in self.model.form.items)

    def tell(self, answers: Answers) -> Told:
        """Tell the most probable segment, its probability, and the second where the first is not probable enough."""
        (m, n), k, n_components = answers.known.shape, len(self.model.shares), len(self._linear[1])
        found = Told.of_nobody_yet(n)
        room = self._memory.array("room", (k + 2, _ROWS))
        products = self._memory.array("products", (2, max(_SCORE_CELLS // n_components, 1), n_components))
        for start in range(0, n, _ROWS):
            own = slice(start, min(start + _ROWS, n))
            known = answers.known[:, own]
            (best, total), chances = room[:2, : own.stop - start], room[2:, : own.stop - start]
            self._chances([values[own] for values in answers.values], known, products, chances)
            place = _most_probable(chances, best)
            np.divide(best, np.add.reduce(chances, axis=0, out=total), out=best)
            certainty = np.round(best, 6, out=found.certainty[own])
            enough = np.add.reduce(known, axis=0, dtype=np.uint8) >= (m + 1) // 2
            np.multiply(place + 1, enough, out=found.segment[own])
            border = np.flatnonzero(enough & (certainty < BORDERLINE_CHANCE))  # few: the second is looked for among them alone
            others = chances[:, border]
            others[place[border], np.arange(len(border))] = -1
            found.border[start + border] = others.argmax(axis=0) + 1
        return found

    def _chances(self, values: list[np.ndarray], known: np.ndarray, products: np.ndarray, chances: np.ndarray) -> None:
        """Put the chances of the segments, up to a factor, into an array of shape (segments, customers)."""
        n, step = len(values[0]), products.shape[1]
        codes = [scale.codes(values[place], known[place]) for place, scale in self._scales]
        rows = list(self._plan.rows(codes))
        figures = self._figures(values, known)
        for start in range(0, n, step):
            own = slice(start, min(start + step, n))
            product, factor = products[:, : own.stop - start]
            if len(figures):
                np.matmul(figures[:, own].T, self._weights, out=product)
                product -= product.max(axis=1, keepdims=True)
                np.exp(product, out=product)
            for number, (row, table) in enumerate(zip(rows, self._factors, strict=True)):
                if number == 0 and not len(figures):
                    np.take(table, row[own], axis=0, out=product, mode="clip")
                    continue
                product *= np.take(table, row[own], axis=0, out=factor, mode="clip")
                if number in self._to_raise:
                    product /= product.max(axis=1, keepdims=True)
            by_segment = product.reshape(-1, product.shape[1] // len(chances))
            chances[:, own] = (by_segment @ np.ones(by_segment.shape[1])).reshape(-1, len(chances)).T

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
        return plan_for([scale for _, scale in self._scales], len(self._linear[1]))

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
    def _factors(self) -> list[np.ndarray]:
        return [np.exp(table) for table in self._tables]

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
        """What each figure adds to each component, shape (figures, components)."""
        coefficients, constants = self._linear
        parts = self.model.form.places
        numbers = [coefficients[:, parts[place]].T for place, item in enumerate(self.model.form.items) if item.kind == "number"]
        return np.vstack([constants[None, :], *numbers])


def _most_probable(chances: np.ndarray, best: np.ndarray) -> np.ndarray:
    """First of the highest chances of each customer, which are put into ``best``; in arithmetic, as in :func:`two_best`."""
    best[:], place = chances[0], np.zeros(chances.shape[1], dtype=np.uint8)
    for number, own in enumerate(chances[1:], start=1):
        place += (number - place) * (own > best)
        np.maximum(best, own, out=best)
    return place
