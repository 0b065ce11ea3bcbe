"""
Step 10, assignment by scores that are looked up, for a block of customers: tiers, screeners, and what was told before.

Most columns hold one of a few answers. What several columns say together stands in one table, with a row for every combination
of their answers, so that a customer's scores are a few rows of tables. Where there are not too many combinations of all columns,
what was told of one customer is remembered for the next one with the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import prod

import numpy as np

from personakit.assignment_answers import Answers, Column, Memory, Told, two_best
from personakit.screener_points import POINTS_PER_DOUBLING
from personakit.screener_questions import ScreenerQuestion
from personakit.screener_rule import ScreenerRule
from personakit.segmentation import BORDERLINE_CHANCE, CERTAINTY_DIGITS
from personakit.segmentation_lookup import LookupPlan
from personakit.segmentation_tiers import QuantileTiers

#: Customers that are told together (with fewer, threads wait for each other), and figures of a table that stay close at hand.
_ROWS, _TABLE_CELLS = 65_536, 70_000
#: Combinations of a screener's answers up to which each is told once, and customers are looked up among them.
_MOST_COMBINATIONS = 300_000
#: Combinations of answers up to which it is remembered what was told of each, in 16 MB at most.
_MOST_REMEMBERED = 2**22
#: Steps between the certainties 0 and 1.
STEPS = 10**CERTAINTY_DIGITS
#: Doublings after which a chance is too small for a number.
_NO_CHANCE = 1_100


@dataclass(frozen=True)
class AnswerScale:
    """
    How a value becomes the number of an answer: from 1 on, and 0 for none.

    Attributes
    ----------
    n : int
        Answers.
    edges : tuple of float
        Where the next answer begins, for answers in order; otherwise empty.
    from_edge : bool
        Whether the next answer begins on the edge itself, and not only above it.
    levels : tuple of float
        Answers that stand for themselves; otherwise empty.
    rest : int
        Number of the answer that any other value is.
    """

    n: int
    edges: tuple[float, ...] = ()
    from_edge: bool = False
    levels: tuple[float, ...] = ()
    rest: int = 0

    def codes(self, values: np.ndarray, known: np.ndarray) -> np.ndarray:
        """Number of each answer, in arithmetic: no branch that the processor would guess wrong."""
        kind = np.min_scalar_type(self.n)
        if self.levels:
            numbers = np.arange(1, len(self.levels) + 1, dtype=kind)[:, None]
            is_level = (values == np.array(self.levels)[:, None]).view(np.uint8)
            found = np.add.reduce(np.multiply(is_level, numbers), axis=0, dtype=kind)
            if self.rest:
                found += np.multiply((found == 0).view(np.uint8), self.rest, dtype=kind)
        else:
            edges = np.array(self.edges)[:, None]
            beyond = (values >= edges if self.from_edge else values > edges).view(np.uint8)
            found = np.add.reduce(beyond, axis=0, dtype=kind)
            found += 1
        found *= known
        return found


def plan_for(scales: Sequence[AnswerScale], n_scores: int) -> LookupPlan:
    """Put columns together as long as their tables, of so many scores, stay close to the processor."""
    return LookupPlan.of([scale.n + 1 for scale in scales], _TABLE_CELLS // n_scores)


class ToldBefore:
    """
    Remembers what was told of each combination of answers; several threads may use one at once.

    Parameters
    ----------
    sizes : list of int
        Answers of each column, none being the first.
    """

    def __init__(self, sizes: list[int]) -> None:
        self._plan = LookupPlan([list(range(len(sizes)))], sizes)
        # in one number, from the lowest bit on: that it was told, segment, second segment, and certainty in steps
        self._told = np.zeros(prod(sizes), dtype=np.uint32)
        self._memory = Memory()

    @classmethod
    def of(cls, scales: Sequence[AnswerScale]) -> ToldBefore | None:
        """Make one for columns with these answers, unless they have too many combinations."""
        sizes = [scale.n + 1 for scale in scales]
        return cls(sizes) if prod(sizes) <= _MOST_REMEMBERED else None

    def tell(self, codes: Sequence[np.ndarray], anew: Callable[[list[np.ndarray]], Told], found: Told) -> None:
        """
        Tell customers from memory, and the others anew.

        Parameters
        ----------
        codes : sequence of numpy.ndarray, each of shape (customers,)
            Number of each answer, 0 being none.
        anew : callable
            Tells customers by their answers; what it says depends on nothing else.
        found : Told
            Is filled; certainty has ``CERTAINTY_DIGITS`` digits.
        """
        n = len(codes[0])
        place = self._memory.array("place", (n,), np.intp)
        place[:] = next(self._plan.rows(codes))
        told = self._told.take(place, mode="clip", out=self._memory.array("told", (n,), np.uint32))
        new = np.flatnonzero(told == 0)
        if len(new):
            said = anew([code[new] for code in codes])
            packed = np.rint(said.certainty * STEPS).astype(np.uint32)
            for part, bits in ((said.border, 8), (said.segment, 8), (np.uint8(1), 1)):
                packed <<= bits
                packed |= part
            told[new] = self._told[place[new]] = packed  # another thread may write the same
        for part, bits in ((found.segment, 1), (found.border, 9)):
            np.copyto(part, told >> bits, casting="unsafe")  # its lowest byte
        np.divide(told >> 17, STEPS, out=found.certainty)


@dataclass(frozen=True, eq=False)
class TierOfValue:
    """Tells the tier by a sum of scores, as :meth:`Segmentation.placed` does."""

    tiers: QuantileTiers

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """What the scores need."""
        return tuple(Column(name) for name in self.tiers.names)

    def tell(self, answers: Answers) -> Told:
        """Tell the tier, certainty (0.5 on a border, 1 far from it), and the tier across the border where that is near."""
        m, n = answers.known.shape
        found = Told.of_nobody_yet(n)
        plan = plan_for(self._scales, 1)
        tables = plan.tables([np.arange(scale.n + 1)[:, None] for scale in self._scales], np.add)
        # there are few sums of scores, and what each means is looked up as well
        place, certainty, second = self.tiers.standing_of(np.arange(1 + sum(scale.n for scale in self._scales), dtype=float))
        certainty = certainty.round(CERTAINTY_DIGITS)
        segment, border = (place + 1).astype(np.uint8), ((second + 1) * (certainty < BORDERLINE_CHANCE)).astype(np.uint8)
        for start in range(0, n, _ROWS):
            own = slice(start, min(start + _ROWS, n))
            known, codes = answers.known[:, own], []
            for scale, values, told, turned in zip(self._scales, answers.values, known, self.tiers.turned, strict=True):
                entering = -values[own] if turned else values[own]
                codes.append(scale.codes(entering, told & np.isfinite(entering).view(np.uint8)))
            totals = np.zeros(own.stop - start, dtype=np.intp)
            for row, table in zip(plan.rows(codes), tables, strict=True):
                totals += table[:, 0].take(row)
            enough = np.add.reduce(known, axis=0, dtype=np.uint8) >= (m + 1) // 2
            np.multiply(segment.take(totals), enough, out=found.segment[own])
            np.multiply(border.take(totals), enough, out=found.border[own])
            found.certainty[own] = certainty.take(totals)
        return found

    @cached_property
    def _scales(self) -> list[AnswerScale]:
        return [AnswerScale(len(edges) + 1, edges=tuple(edges)) for edges in self.tiers.edges.tolist()]


@dataclass(frozen=True, eq=False)
class MostPoints:
    """Tells by the points of a screener, as :meth:`ScreenerRule.tell` does."""

    rule: ScreenerRule

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """What the questions need."""
        return tuple(Column(question.name, tuple(answer.text for answer in question.answers if answer.text)
                            if question.kind == "choice" else None) for question in self.rule.questions)  # fmt: skip

    def tell(self, answers: Answers) -> Told:
        """Tell the segment with the most points, how likely it is, and the second where the lead is too small."""
        n = answers.known.shape[1]
        found = Told.of_nobody_yet(n)
        for start in range(0, n, _ROWS):
            own = slice(start, min(start + _ROWS, n))
            codes = [scale.codes(values[own], known[own])
                     for scale, values, known in zip(self._scales, answers.values, answers.known, strict=True)]  # fmt: skip
            if self._everybody:
                place = next(self._plan.rows(codes)).astype(np.intp)
                self._everybody.segment.take(place, mode="clip", out=found.segment[own])
                self._everybody.certainty.take(place, mode="clip", out=found.certainty[own])
                self._everybody.border.take(place, mode="clip", out=found.border[own])
            else:
                told = self._of_codes(codes, self._memory)
                found.segment[own], found.certainty[own], found.border[own] = told.segment, told.certainty, told.border
        return found

    def _of_codes(self, codes: Sequence[np.ndarray], memory: Memory) -> Told:
        """Tell by the numbers of the answers, 0 being none."""
        k, n, kind = len(self.rule.start), len(codes[0]), self._tables[0].dtype.type
        total, others = memory.array("total", (n, k), kind), memory.array("others", (n, k), kind)
        for number, (row, table) in enumerate(zip(self._point_plan.rows(codes), self._tables, strict=True)):
            table.take(row, axis=0, mode="clip", out=others if number else total)
            if number:
                total += others
        best, next_best, free = memory.array("scores", (3, n), kind)
        points = memory.array("points", (k, n), kind)
        np.copyto(points, total.T)
        place, second = two_best(points, best, next_best, free)
        behind = np.subtract(best, points, out=points)
        chances = self._chances.take(behind, mode="clip", out=memory.array("chances", (k, n)))
        certainty = np.round(1 / np.add.reduce(chances, axis=0), CERTAINTY_DIGITS)
        segments = np.array(sorted(self.rule.names), dtype=np.uint8)
        answered = np.add.reduce([(code > 0).view(np.uint8) for code in codes], axis=0, dtype=np.uint8)
        enough, sure = answered >= self.rule.least_answers, best - next_best >= self.rule.sure_lead
        return Told(segments.take(place) * enough, certainty, segments.take(second) * (enough & ~sure))

    @cached_property
    def _everybody(self) -> Told | None:
        """What is told of each combination of answers, where there are not too many."""
        sizes, n = self._plan.sizes, prod(self._plan.sizes)
        if n > _MOST_COMBINATIONS:
            return None
        codes = np.indices(sizes, dtype=np.min_scalar_type(max(sizes))).reshape(len(sizes), n)
        return self._of_codes(list(codes), Memory())  # not kept: there are many

    @cached_property
    def _memory(self) -> Memory:
        return Memory()

    @cached_property
    def _plan(self) -> LookupPlan:
        """All questions together."""
        return LookupPlan([list(range(len(self._scales)))], [scale.n + 1 for scale in self._scales])

    @cached_property
    def _scales(self) -> list[AnswerScale]:
        return [_scale_of(question) for question in self.rule.questions]

    @cached_property
    def _point_plan(self) -> LookupPlan:
        return plan_for(self._scales, len(self.rule.start))

    @cached_property
    def _tables(self) -> list[np.ndarray]:
        """Points of all combinations of answers, in few bytes; the first table holds what everybody begins with."""
        none = [0] * len(self.rule.start)
        points = [np.array([none, *(answer.points for answer in question.answers)], dtype=np.int64)
                  for question in self.rule.questions]  # fmt: skip
        most = max(map(abs, self.rule.start)) + sum(int(abs(own).max()) for own in points)
        first, *others = self._point_plan.tables(points, np.add)
        return [table.astype(np.min_scalar_type(-2 * most - 1)) for table in (first + self.rule.start, *others)]

    @cached_property
    def _chances(self) -> np.ndarray:
        """How likely a segment is beside the likeliest one, by how many points it is behind; from some number on, not at all."""
        return np.exp2(-np.arange(_NO_CHANCE * POINTS_PER_DOUBLING + 1) / POINTS_PER_DOUBLING)


def bands_touch(question: ScreenerQuestion) -> bool:
    """Say whether bands of numbers follow each other without a gap, open at both ends; other questions have none."""
    if question.kind != "band":
        return True
    ends = [(answer.low, answer.high) for answer in question.answers]
    return ends[0][0] is None and ends[-1][1] is None and all(one[1] == next_[0] for one, next_ in pairwise(ends))


def _scale_of(question: ScreenerQuestion) -> AnswerScale:
    n = len(question.answers)
    if question.kind == "band":
        edges = tuple(float(answer.low) for answer in question.answers[1:] if answer.low is not None)
        return AnswerScale(n, edges=edges, from_edge=True)
    if question.kind == "choice":
        texts = [answer.text for answer in question.answers]
        places = tuple(float(place) for place in range(len([text for text in texts if text])))
        return AnswerScale(n, levels=places, rest=texts.index("") + 1 if "" in texts else 0)
    return AnswerScale(n, levels=tuple(float(answer.text) for answer in question.answers))
