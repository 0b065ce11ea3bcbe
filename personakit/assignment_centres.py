"""Step 10, assignment by the nearest centre, for a block of customers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from personakit.assignment_answers import CACHE_ROWS, Answers, Column, Told, logarithm, two_best
from personakit.segmentation import BORDERLINE_DISTANCE, CERTAINTY_DIGITS, Segmentation
from personakit.segmentation_rule import RuleColumn


@dataclass(frozen=True, eq=False)
class NearestCentre:
    """Tells the nearest centre of customers, as :meth:`Segmentation.placed` does."""

    segmentation: Segmentation

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """What the rule needs."""
        rules = self.segmentation.rule
        words = {own.name: tuple(other.category for other in rules if other.name == own.name) for own in rules}
        return tuple(Column(name, own if own[0] else None) for name, own in words.items())

    def tell(self, answers: Answers) -> Told:
        """Tell the nearest centre, certainty (0.5 to 1), and the second nearest where that is almost as near."""
        rules, centres = self.segmentation.rule, self.segmentation.centres
        n, m, k = answers.known.shape[1], len(rules), len(centres)
        found = Told.of_nobody_yet(n)
        weights = np.column_stack([centres, -(centres**2).sum(axis=1) / 2])
        fills = np.array([[column.fill] for column in rules])
        sources, firsts = self._sources
        # all figures of a block are written to the same memory again and again
        points, scores, room = np.ones((m + 1, CACHE_ROWS)), np.empty((k, CACHE_ROWS)), np.empty((3, CACHE_ROWS))
        for start in range(0, n, CACHE_ROWS):
            own = slice(start, min(start + CACHE_ROWS, n))
            size = own.stop - start
            block = points[:, :size]
            for row, source in zip(block, range(m) if isinstance(sources, slice) else sources, strict=False):
                row[:] = answers.values[source][own]
            missing = answers.known[sources, own] == 0
            for row, word in zip(block, self._words, strict=False):
                if word >= 0:
                    np.equal(row, word, out=row)
            np.copyto(block[:m], fills, where=missing)
            for row, rule in zip(block, rules, strict=False):
                _scale(row, rule)
            best, next_best, squares = room[:, :size]
            place, second = two_best(np.matmul(weights, block, out=scores[:, :size]), best, next_best, squares)
            np.einsum("ij,ij->j", block[:m], block[:m], out=squares)
            for score in (best, next_best):  # the squared distance is what is left of the squares
                score *= -2
                score += squares
                np.sqrt(np.maximum(score, 0, out=score), out=score)
            best += next_best
            if not best.all():  # on two centres at once, which are the same
                next_best[best == 0], best[best == 0] = 0.5, 1.0
            certainty = np.round(np.divide(next_best, best, out=best), CERTAINTY_DIGITS, out=found.certainty[own])
            enough = np.add.reduce(missing[firsts].view(np.uint8), axis=0, dtype=np.uint8) <= len(answers.values) // 2
            np.multiply(place + 1, enough, out=found.segment[own])
            np.multiply(second + 1, enough & (certainty < BORDERLINE_DISTANCE), out=found.border[own])
        return found

    @cached_property
    def _sources(self) -> tuple[slice | list[int], slice | list[int]]:
        """Which column each variable of the rule comes from, and the first variable of each column."""
        names = [column.name for column in self.columns]
        sources = [names.index(own.name) for own in self.segmentation.rule]
        if sources == list(range(len(names))):  # a slice copies nothing
            return slice(None), slice(None)
        return sources, [sources.index(place) for place in range(len(names))]

    @cached_property
    def _words(self) -> list[int]:
        """Which word of its column each variable stands for; -1 for numbers."""
        words = {column.name: column.words for column in self.columns}
        return [(words[own.name] or ()).index(own.category) if own.category else -1 for own in self.segmentation.rule]


def _scale(row: np.ndarray, rule: RuleColumn) -> None:
    if rule.log:
        logarithm(row, rule.name)
    if (rule.mean, rule.scale) != (0.0, 1.0):
        row -= rule.mean
        row /= rule.scale
