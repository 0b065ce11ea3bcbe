"""Step 10, assignment of a Parquet file block by block, for segments that are told by the nearest centre."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from personakit.errors import DataError
from personakit.processes import one_thread
from personakit.segmentation import BORDERLINE_DISTANCE, Segmentation
from personakit.segmentation_rule import RuleColumn

#: Rows that are read and written together, and rows whose figures the processor holds close by.
_ROWS, _CACHE_ROWS = 262_144, 16_384
#: Rows of a row group up to which threads read row groups each for itself.
_MOST_ROWS = 2_000_000
#: Missing answers are counted in one byte.
_MOST_COLUMNS = 255
_BATCH, _PAGE_BYTES = 16_384, 4 << 20
_WORDS = pa.dictionary(pa.int8(), pa.string())
#: Pieces under way beyond one per processor.
_AHEAD = 2


@dataclass(frozen=True, eq=False)
class Told:
    """Who customers are: segment (0 where too little is known), certainty (0.5 to 1, six digits) and second segment."""

    segment: np.ndarray
    certainty: np.ndarray
    second: np.ndarray


def suits_blocks(segmentation: Segmentation, source: Path, target: Path, customer_id: str) -> bool:
    """Say whether a file can be told block by block: a nearest centre among several, from columns of numbers, in Parquet."""
    if segmentation.family != "kmeans" or len(segmentation.centres) < 2 or any(column.category for column in segmentation.rule):
        return False
    if len(segmentation.basis) > _MOST_COLUMNS or {source.suffix.lower(), target.suffix.lower()} != {".parquet"}:
        return False
    try:
        schema = pq.read_schema(source)
    except (pa.ArrowException, OSError):
        return False
    if any(schema.get_field_index(name) < 0 for name in [customer_id, *segmentation.basis]):  # missing, or there twice
        return False
    kinds = [schema.field(name).type for name in segmentation.basis]
    return all(pa.types.is_integer(kind) or pa.types.is_float32(kind) or pa.types.is_float64(kind) for kind in kinds)


def assign_blocks(segmentation: Segmentation, names: Mapping[int, str], source: Path, target: Path, customer_id: str) -> int:
    """
    Write the persona of every customer of one Parquet file to another, in constant memory.

    As many threads as there are processors read and compute, one writes; the order of the customers stays.

    Parameters
    ----------
    segmentation : Segmentation
        The rule, for which :func:`suits_blocks` holds.
    names : mapping of int to str
        Name of each segment's persona.
    source, target : Path
        The files.
    customer_id : str
        Column that names the customers.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    DataError
        If a part of the file cannot be read, or a figure has no logarithm where one is taken.
    """
    columns = list(dict.fromkeys([customer_id, *segmentation.basis]))

    def told(read: Callable[[], pa.Table], schema: pa.Schema) -> pa.Table:
        table = read()
        found = tell(segmentation, Numbers.of([table.column(name) for name in segmentation.basis]))
        return pa.table([table.column(customer_id), *_columns(found, names)], schema=schema)

    # text stays text for other readers: that it is packed as codes here is not written down (store_schema)
    packed = {"store_schema": False, "use_dictionary": ["segment", "persona", "borderline_with"], "write_statistics": False,
              "write_batch_size": _BATCH, "data_page_size": _PAGE_BYTES}  # fmt: skip
    with pq.ParquetFile(source) as file:
        schema = pa.schema([(customer_id, file.schema_arrow.field(customer_id).type), ("segment", pa.int32()),
                            ("persona", _WORDS), ("certainty", pa.float64()), ("borderline_with", _WORDS)])  # fmt: skip
        pieces = _pieces(file, source, columns)
        with (
            one_thread(),
            ThreadPoolExecutor(os.cpu_count() or 1) as pool,
            pq.ParquetWriter(target, schema, **packed) as writer,
        ):
            for table in _in_order(pool.submit(told, read, schema) for read in pieces):
                writer.write_table(table)
        return int(file.metadata.num_rows)


def _pieces(file: pq.ParquetFile, source: Path, columns: list[str]) -> Iterator[Callable[[], pa.Table]]:
    """Cut a file into pieces that several threads can read; one with very large row groups is read by one."""
    sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
    if max(sizes, default=0) > _MOST_ROWS:
        batches = file.iter_batches(_ROWS, columns=columns)
        while True:
            with _reading(source):
                batch = next(batches, None)
            if batch is None:
                return
            yield partial(pa.Table.from_batches, [batch])
    groups: list[int] = []
    for group in range(len(sizes)):
        groups.append(group)
        if sum(sizes[own] for own in groups) >= _ROWS or group == len(sizes) - 1:
            yield partial(_read, source, file.metadata, groups, columns)
            groups = []


def _read(source: Path, metadata: pq.FileMetaData, groups: list[int], columns: list[str]) -> pa.Table:
    with _reading(source), pq.ParquetFile(source, metadata=metadata) as file:
        return file.read_row_groups(groups, columns=columns, use_threads=False)


@contextmanager
def _reading(source: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise DataError([f"{source.name}: {str(error).splitlines()[0]}"]) from error


def _in_order(tasks: Iterator[Future[pa.Table]]) -> Iterator[pa.Table]:
    """Give results in their order, with a few tasks under way, so that memory does not grow with the file."""
    under_way: deque[Future[pa.Table]] = deque()
    for task in tasks:
        under_way.append(task)
        if len(under_way) > (os.cpu_count() or 1) + _AHEAD:
            yield under_way.popleft().result()
    while under_way:
        yield under_way.popleft().result()


@dataclass(frozen=True, eq=False)
class Numbers:
    """Columns of numbers, each of as many customers, and where one is written: 1 or 0, shape (columns, customers)."""

    values: list[np.ndarray]
    known: np.ndarray

    @classmethod
    def of(cls, columns: Sequence[pa.ChunkedArray]) -> Numbers:
        """Look at columns of numbers, without copying those in one piece."""
        values, known = [], np.ones((len(columns), len(columns[0])), dtype=np.uint8)
        for column, row in zip(columns, known, strict=True):
            chunks = column.cast(pa.float64(), safe=False).chunks
            whole = chunks[0] if len(chunks) == 1 else pa.concat_arrays([pa.array([], pa.float64()), *chunks])
            bits, numbers = whole.buffers()
            own = slice(whole.offset, whole.offset + len(whole))
            values.append(np.frombuffer(numbers, dtype=np.float64)[own] if len(whole) else np.empty(0))
            if whole.null_count:
                row[:] = np.unpackbits(np.frombuffer(bits, dtype=np.uint8), count=own.stop, bitorder="little")[own]
        return cls(values, known)


def _columns(found: Told, names: Mapping[int, str]) -> list[pa.Array]:
    known = sorted(names)
    words = pa.array([names[segment] for segment in known], pa.string())
    place = np.full(max([*known, int(found.segment.max(initial=0)), int(found.second.max(initial=0))]) + 1, -1, dtype=np.int8)
    place[known] = np.arange(len(known), dtype=np.int8)

    def named(segments: np.ndarray) -> pa.Array:
        codes = place.take(segments)
        places = pa.array(codes, mask=_some(codes < 0))
        return pa.DictionaryArray.from_arrays(places, words, safe=False)  # places are within words

    unknown = found.segment == 0
    mask = _some(unknown)
    border = (found.certainty < BORDERLINE_DISTANCE) & (len(names) > 1) & ~unknown
    return [pa.array(found.segment.astype(np.int32), mask=mask), named(found.segment),
            pa.array(found.certainty, mask=mask), named(found.second * border)]  # fmt: skip


def _some(mask: np.ndarray) -> np.ndarray | None:
    """A mask, where it masks anything: a column without gaps is written faster."""
    return mask if mask.any() else None


def tell(segmentation: Segmentation, numbers: Numbers) -> Told:
    """
    Tell the nearest centre of customers, and the second nearest.

    Parameters
    ----------
    segmentation : Segmentation
        With centres.
    numbers : Numbers
        The variables of its basis, in their order.

    Returns
    -------
    Told
        As :meth:`Segmentation.placed` tells them.

    Raises
    ------
    DataError
        If a figure has no logarithm where one is taken.
    """
    (m, n), k = numbers.known.shape, len(segmentation.centres)
    found = Told(np.zeros(n, dtype=np.uint8), np.empty(n), np.zeros(n, dtype=np.uint8))
    centres = segmentation.centres
    weights = np.column_stack([centres, -(centres**2).sum(axis=1) / 2])
    fills = np.array([[column.fill] for column in segmentation.rule])
    # all figures of a block are written to the same memory again and again
    points, scores, room = np.ones((m + 1, _CACHE_ROWS)), np.empty((k, _CACHE_ROWS)), np.empty((3, _CACHE_ROWS))
    for start in range(0, n, _CACHE_ROWS):
        own = slice(start, min(start + _CACHE_ROWS, n))
        size = own.stop - start
        block = points[:, :size]
        for row, values in zip(block, numbers.values, strict=False):
            row[:] = values[own]
        missing = np.isnan(block[:m])
        missing |= numbers.known[:, own] == 0
        np.copyto(block[:m], fills, where=missing)
        for row, rule in zip(block, segmentation.rule, strict=False):
            _scale(row, rule)
        best, next_best, squares = room[:, :size]
        place, second = _two_best(np.matmul(weights, block, out=scores[:, :size]), best, next_best, squares)
        np.einsum("ij,ij->j", block[:m], block[:m], out=squares)
        for score in (best, next_best):  # the squared distance is what is left of the squares
            score *= -2
            score += squares
            np.sqrt(np.maximum(score, 0, out=score), out=score)
        best += next_best
        if not best.all():  # on two centres at once, which are the same
            next_best[best == 0], best[best == 0] = 0.5, 1.0
        np.round(np.divide(next_best, best, out=best), 6, out=found.certainty[own])
        enough = np.add.reduce(missing.view(np.uint8), axis=0, dtype=np.uint8) <= m // 2
        np.multiply(place + 1, enough, out=found.segment[own])
        np.multiply(second + 1, enough, out=found.second[own])
    return found


def _scale(row: np.ndarray, rule: RuleColumn) -> None:
    if rule.log:
        if row.min() <= -1:
            allowed = "allowed are numbers above -1, as a logarithm enters; mend it or leave it empty"
            raise DataError([f"{rule.name} is {row.min():g}; {allowed}"])
        np.log1p(row, out=row)
    if (rule.mean, rule.scale) != (0.0, 1.0):
        row -= rule.mean
        row /= rule.scale


def _two_best(scores: np.ndarray, best: np.ndarray, next_best: np.ndarray, room: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First of the highest scores and first of the highest of the others; their values are put into ``best, next_best``."""
    n = scores.shape[1]
    best[:], next_best[:] = scores[0], -np.inf
    place, second = np.zeros(n, dtype=np.uint8), np.zeros(n, dtype=np.uint8)
    for number, own in enumerate(scores[1:], start=1):
        better, closer = own > best, own > next_best
        second += (number - second) * closer  # a choice in arithmetic: no branch that the processor would guess wrong
        second += (place - second) * better
        place += (number - place) * better
        np.maximum(next_best, np.minimum(best, own, out=room), out=next_best)
        np.maximum(best, own, out=best)
    return place, second
