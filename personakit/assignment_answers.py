"""Step 10, a block of customers: what is known of each as arrays of numbers, and what is told of them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import DTypeLike

from personakit.errors import DataError

#: Missing answers are counted in one byte.
MOST_COLUMNS = 255
#: Customers whose figures the processor holds close by.
CACHE_ROWS = 32_768
_LINE_BYTES = 64


@dataclass(frozen=True, eq=False)
class Told:
    """Who customers are: segment (0 where too little is known), certainty (rounded), and who they could as well be (or 0)."""

    segment: np.ndarray
    certainty: np.ndarray
    border: np.ndarray

    @classmethod
    def of_nobody_yet(cls, n: int) -> Told:
        """Make room for so many customers."""
        return cls(np.zeros(n, dtype=np.uint8), np.empty(n), np.zeros(n, dtype=np.uint8))


class Memory(threading.local):
    """Arrays that each thread writes to again and again; of new memory, a system hands over one page after the other."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, np.dtype], np.ndarray] = {}

    def array(self, name: str, shape: tuple[int, ...], kind: DTypeLike = float) -> np.ndarray:
        """Give the array of this name and kind, with what was last written to it."""
        key, size = (name, np.dtype(kind)), prod(shape)
        kept = self._kept.get(key)
        if kept is None or len(kept) < size:
            kept = self._kept[key] = aligned(size, kind)
        return kept[:size].reshape(shape)


def aligned(size: int, kind: DTypeLike) -> np.ndarray:
    """Make an array that begins where a line of the processor's memory does: rows of whole lines are copied quicker."""
    room = np.empty(size * np.dtype(kind).itemsize + _LINE_BYTES, dtype=np.uint8)
    start = -room.ctypes.data % _LINE_BYTES
    return room[start : start + size * np.dtype(kind).itemsize].view(kind)


@dataclass(frozen=True)
class Column:
    """A column that a rule needs: of numbers, or of words, of which these matter."""

    name: str
    words: tuple[str, ...] | None = None

    def suits(self, kind: pa.DataType) -> bool:
        """Say whether a column of a file is of this kind."""
        if self.words is None:
            return bool(pa.types.is_integer(kind) or pa.types.is_float32(kind) or pa.types.is_float64(kind))
        return bool(_is_text(kind) or (pa.types.is_dictionary(kind) and _is_text(kind.value_type)))


class Teller(Protocol):
    """Tells who customers are; several threads may ask one at once."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """What the rule needs."""

    def tell(self, answers: Answers) -> Told:
        """
        Tell who the customers of a block are.

        Parameters
        ----------
        answers : Answers
            Of the columns, in their order.

        Returns
        -------
        Told
            Segment, certainty, and the second segment of those who could as well be in it.

        Raises
        ------
        DataError
            If a figure has no logarithm where one is taken.
        """


@dataclass(frozen=True, eq=False)
class Answers:
    """
    What is known of as many customers in each of several columns.

    Attributes
    ----------
    values : list of numpy.ndarray
        Numbers, or the place of a word among those that matter (-1 for any other); one array per column.
    known : numpy.ndarray of uint8, shape (columns, customers)
        1 where something is written that is a number or a word, otherwise 0.
    """

    values: list[np.ndarray]
    known: np.ndarray

    @classmethod
    def of(cls, table: pa.Table, columns: Sequence[Column]) -> Answers:
        """
        Look at columns, without copying numbers in one piece.

        What is known stays until the same thread looks at other columns: it is written to memory that is used again.
        """
        values, known = [], _memory.array("known", (len(columns), len(table)), np.uint8)
        for column, row in zip(columns, known, strict=True):
            own = table.column(column.name)
            whole = _whole(own.cast(pa.float64(), safe=False) if column.words is None else _places(own, column.words))
            bits, numbers = whole.buffers()
            part = slice(whole.offset, whole.offset + len(whole))
            found = np.frombuffer(numbers, dtype=np.float64)[part] if len(whole) else np.empty(0)
            if whole.null_count:
                row[:] = np.unpackbits(np.frombuffer(bits, dtype=np.uint8), count=part.stop, bitorder="little")[part]
            else:
                row[:] = 1
            if np.isnan(found.min(initial=0)):  # so is the least of numbers if one of them is none (NaN)
                row &= ~np.isnan(found)
            values.append(found)
        return cls(values, known)


_memory = Memory()


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays([pa.array([], pa.float64()), *column.chunks])


def _places(column: pa.ChunkedArray, words: Sequence[str]) -> pa.ChunkedArray:
    """Place of each word among some, -1 for any other, and nothing where none is written."""
    found = []
    for chunk in column.chunks:
        packed = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
        written = packed.dictionary
        place = pc.fill_null(pc.index_in(written, pa.array(words, written.type)), -1)
        own = place.cast(pa.float64()).take(packed.indices)
        found.append(pc.if_else(written.is_valid().take(packed.indices), own, None) if written.null_count else own)
    return pa.chunked_array(found, pa.float64())


def logarithm(values: np.ndarray, name: str) -> None:
    """
    Take the logarithm of numbers and one in place.

    Raises
    ------
    DataError
        If one of them has none.
    """
    if values.min() <= -1:
        allowed = "allowed are numbers above -1, as a logarithm enters; mend it or leave it empty"
        raise DataError([f"{name} is {values.min():g}; {allowed}"])
    np.log1p(values, out=values)


def two_best(scores: np.ndarray, best: np.ndarray, next_best: np.ndarray, room: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """
    Find the first of the highest scores, and the first of the highest of the others.

    Parameters
    ----------
    scores : numpy.ndarray, shape (segments, customers)
        Finite numbers, of two segments or more.
    best, next_best, room : numpy.ndarray, shape (customers,)
        Memory; the two scores are put into the first two.

    Returns
    -------
    place, second : numpy.ndarray of uint8, shape (customers,)
        From 0 on.
    """
    np.maximum(scores[0], scores[1], out=best)
    np.minimum(scores[0], scores[1], out=next_best)
    place = (scores[1] > scores[0]).view(np.uint8)
    second = 1 - place
    for number, own in enumerate(scores[2:], start=2):
        better, closer = own > best, own > next_best
        second += (number - second) * closer  # a choice in arithmetic: no branch that the processor would guess wrong
        second += (place - second) * better
        place += (number - place) * better
        np.maximum(next_best, np.minimum(best, own, out=room), out=next_best)
        np.maximum(best, own, out=best)
    return place, second
