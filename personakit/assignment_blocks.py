"""Step 10, assignment of a file block by block, by as many threads as there are processors."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import TypeVar

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from personakit.assignment_answers import MOST_COLUMNS, Answers, Teller, Told
from personakit.assignment_centres import NearestCentre
from personakit.assignment_lookup import MostPoints, TierOfValue, bands_touch
from personakit.assignment_mixture import MostProbable
from personakit.errors import DataError
from personakit.processes import one_thread, threads
from personakit.screener_rule import ScreenerRule
from personakit.segmentation import Segmentation
from personakit.segmentation_rule import sql_text

T = TypeVar("T")

#: Segments are counted in one byte, with a sign in what is written.
_MOST_SEGMENTS = 127
#: Rows that are read and written together.
_ROWS = 262_144
#: Rows of a row group up to which threads read row groups each for itself.
_MOST_ROWS = 2_000_000
#: A piece is large enough when what is left of the file makes no more than so many of them.
_STILL_TO_COME = 2 * threads()
_BATCH, _PAGE_BYTES = 16_384, 4 << 20
_BUFFER_BYTES = 1 << 20
_WORDS = pa.dictionary(pa.int8(), pa.string())
#: DuckDB writes the file itself, which is there already: one of its own would be left behind when it fails.
_IN_PLACE = "USE_TMP_FILE false"
WRITERS = {".csv": f"(FORMAT csv, HEADER, {_IN_PLACE})", ".parquet": f"(FORMAT parquet, {_IN_PLACE})",
           ".jsonl": f"(FORMAT json, {_IN_PLACE})", ".ndjson": f"(FORMAT json, {_IN_PLACE})"}  # fmt: skip
#: What engines say of a file that is not Parquet, or that ends too soon or has a hole.
_NO_PARQUET = ("magic bytes", "too small to be a Parquet file", "TProtocolException")
#: Pieces under way beyond one per processor.
_AHEAD = 1


def teller_of(rule: Segmentation | ScreenerRule) -> Teller | None:
    """Find what tells customers by a rule, block by block; nothing where SQL has to."""
    teller: Teller
    if isinstance(rule, ScreenerRule):
        if not 2 <= len(rule.start) <= _MOST_SEGMENTS or not all(bands_touch(question) for question in rule.questions):
            return None
        teller = MostPoints(rule)
    elif not 2 <= len(rule.centres) <= _MOST_SEGMENTS:  # one segment leaves nothing to tell
        return None
    elif rule.model is not None:
        teller = MostProbable(rule.model)
    else:
        teller = TierOfValue(rule.tiers) if rule.tiers is not None else NearestCentre(rule)
    return teller if len(teller.columns) <= MOST_COLUMNS else None


def suits_blocks(teller: Teller, source: Path, target: Path, customer_id: str) -> bool:
    """Say whether one Parquet file is turned into another, from columns as they are needed."""
    if {source.suffix.lower(), target.suffix.lower()} != {".parquet"}:
        return False
    try:
        schema = pq.read_schema(source)
    except (pa.ArrowException, OSError):
        return False
    names = [customer_id, *(column.name for column in teller.columns)]
    if any(schema.get_field_index(name) < 0 for name in names):  # missing, or there twice
        return False
    return all(column.suits(schema.field(column.name).type) for column in teller.columns)


@dataclass(frozen=True, eq=False)
class Assigner:
    """
    What turns tables of customers into tables of who they are.

    Attributes
    ----------
    teller : Teller
        The rule.
    names : mapping of int to str
        Name of each segment's persona.
    customer_id : str
        Column that names the customers.
    kind : pyarrow.DataType
        What those names are written in.
    all_named : bool
        Whether every customer has a name.
    """

    teller: Teller
    names: Mapping[int, str]
    customer_id: str
    kind: pa.DataType
    all_named: bool = False

    @property
    def schema(self) -> pa.Schema:
        """Columns that are written."""
        return pa.schema([pa.field(self.customer_id, self.kind, nullable=not self.all_named), ("segment", pa.int32()),
                          ("persona", _WORDS), ("certainty", pa.float64()), ("borderline_with", _WORDS)])  # fmt: skip

    def __call__(self, read: Callable[[], pa.Table]) -> pa.Table:
        """Read a table, and tell who its customers are."""
        table = read()
        if self.all_named and table.column(self.customer_id).null_count:
            raise DataError([f"{self.customer_id}: the file says that each customer has one, and some have none; write it again"])
        told = self.teller.tell(Answers.of(table, self.teller.columns))
        return pa.table([table.column(self.customer_id), *_columns(told, self.names)], schema=self.schema)


def assign_blocks(teller: Teller, names: Mapping[int, str], source: Path, target: Path, customer_id: str) -> int:
    """
    Write the persona of every customer of one Parquet file to another, in constant memory.

    As many threads as there are processors read and compute, one writes; the order of the customers stays.

    Parameters
    ----------
    teller : Teller
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
    columns = list(dict.fromkeys([customer_id, *(column.name for column in teller.columns)]))
    packed = [column.name for column in teller.columns if column.words is not None and column.name != customer_id]
    with one_thread(), pq.ParquetFile(source, read_dictionary=packed) as file:
        kind = file.schema_arrow.field(customer_id).type
        assigner = Assigner(teller, names, customer_id, kind, _is_whole(file, customer_id))
        return _write(_done(assigner, _pieces(file, source, columns, packed)), assigner.schema, target)


def assign_rows(
    teller: Teller, names: Mapping[int, str], rows: duckdb.DuckDBPyRelation, source: Path, target: Path, kind: str
) -> int:
    """
    Write the persona of every customer of a query to a file, in constant memory.

    One thread reads, as many as there are processors compute, one writes; the order of the customers stays.

    Parameters
    ----------
    teller : Teller
        The rule.
    names : mapping of int to str
        Name of each segment's persona.
    rows : duckdb.DuckDBPyRelation
        Customers: their name in the first column, and the columns of the rule.
    source, target : Path
        The file that the query reads, and the one to write.
    kind : str
        What kind of file to write, one of ``WRITERS``.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    DataError
        If the query fails, or a figure has no logarithm where one is taken.
    """
    with _reading(source):
        reader = rows.to_arrow_reader(_ROWS)
    assigner = Assigner(teller, names, reader.schema.field(0).name, reader.schema.field(0).type)

    def pieces(thread: ThreadPoolExecutor) -> Iterator[Callable[[], pa.Table]]:
        coming = thread.submit(_next, reader, source)
        while (batch := coming.result()) is not None:
            coming = thread.submit(_next, reader, source)  # the next rows are read while these are told and written
            yield partial(pa.Table.from_batches, [batch])

    with one_thread(), ThreadPoolExecutor(1) as thread:
        if kind == ".csv":
            return _write_csv(_done(partial(_as_csv, assigner), pieces(thread)), assigner.schema, target)
        told = _done(assigner, pieces(thread))
        return _write(told, assigner.schema, target) if kind == ".parquet" else _copy(told, assigner.schema, target, kind)


def _done(work: Callable[[Callable[[], pa.Table]], T], pieces: Iterator[Callable[[], pa.Table]]) -> Iterator[T]:
    """Work on pieces of customers, and give what comes out in their order, so that memory does not grow with the file."""
    under_way: deque[Future[T]] = deque()
    with ThreadPoolExecutor(threads()) as pool:
        for read in pieces:
            under_way.append(pool.submit(work, read))
            if len(under_way) > threads() + _AHEAD:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


def _write(tables: Iterator[pa.Table], schema: pa.Schema, target: Path) -> int:
    """Write tables as Parquet; into the empty file that is there, as Linux waits for the disk when one is emptied and closed."""
    # text stays text for other readers: that it is packed as codes here is not written down (store_schema)
    # few different values are written as codes, which packing again would make no smaller; packing the customers' names would
    # halve the file at best (not at all where they are random), and take a fifth of the time to write it
    packed = {"store_schema": False, "use_dictionary": schema.names[1:], "compression": "none", "write_statistics": False,
              "write_batch_size": _BATCH, "data_page_size": _PAGE_BYTES}  # fmt: skip
    n = 0
    with pa.OSFile(str(target), "a") as file, pq.ParquetWriter(file, schema, **packed) as writer:
        for table in tables:
            writer.write_table(table)
            n += len(table)
    return n


def _as_csv(assigner: Assigner, read: Callable[[], pa.Table]) -> tuple[int, pa.Buffer]:
    """Lines of a table, and how many there are."""
    table, lines = assigner(read), pa.BufferOutputStream()
    csv.write_csv(table, lines, csv.WriteOptions(include_header=False))
    return len(table), lines.getvalue()


def _write_csv(pieces: Iterator[tuple[int, pa.Buffer]], schema: pa.Schema, target: Path) -> int:
    n = 0
    with target.open("ab") as file:
        csv.write_csv(schema.empty_table(), file)
        for n_lines, lines in pieces:
            file.write(lines)
            n += n_lines
    return n


def _copy(tables: Iterator[pa.Table], schema: pa.Schema, target: Path, kind: str) -> int:
    """Let DuckDB write tables."""
    failed: list[Exception] = []

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            for table in tables:
                yield from table.to_batches()
        except Exception as error:
            failed.append(error)
            raise

    with duckdb.connect() as connection:
        connection.register("told", pa.RecordBatchReader.from_batches(schema, batches()))
        try:
            row = connection.execute(f"COPY (SELECT * FROM told) TO {sql_text(str(target))} {WRITERS[kind]}").fetchone()  # noqa: S608
        except duckdb.Error:
            if failed:  # DuckDB says that reading failed, and not why
                raise failed[0] from None
            raise
    return int(row[0]) if row else 0


def _pieces(file: pq.ParquetFile, source: Path, columns: list[str], packed: list[str]) -> Iterator[Callable[[], pa.Table]]:
    """Cut a file into pieces that several threads can read; one with very large row groups is read by one."""
    sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
    if max(sizes, default=0) > _MOST_ROWS:
        batches = file.iter_batches(_ROWS, columns=columns)
        while (batch := _next(batches, source)) is not None:
            yield partial(pa.Table.from_batches, [batch])
        return
    groups: list[int] = []
    left = sum(sizes)
    for group, size in enumerate(sizes):
        groups.append(group)
        left -= size
        # the last pieces are small, so that no processor waits long for another; with nothing left, any is large enough
        if sum(sizes[own] for own in groups) >= min(_ROWS, left // _STILL_TO_COME):
            yield partial(_read, source, file.metadata, groups, columns, packed)
            groups = []


def _is_whole(file: pq.ParquetFile, name: str) -> bool:
    """Say whether a file says of each row group that no value of a column is missing; such a column is written faster."""
    flat = [place for place in range(len(file.schema)) if file.schema.column(place).path == name]  # none for a list
    if len(flat) != 1:
        return False
    columns = [file.metadata.row_group(group).column(flat[0]) for group in range(file.num_row_groups)]
    return all(own.is_stats_set and own.statistics.has_null_count and own.statistics.null_count == 0 for own in columns)


def _read(source: Path, metadata: pq.FileMetaData, groups: list[int], columns: list[str], packed: list[str]) -> pa.Table:
    with _reading(source), pq.ParquetFile(source, metadata=metadata, read_dictionary=packed, buffer_size=_BUFFER_BYTES) as file:
        return file.read_row_groups(groups, columns=columns, use_threads=False)


def _next(batches: Iterator[pa.RecordBatch], source: Path) -> pa.RecordBatch | None:
    with _reading(source):
        return next(batches, None)


@contextmanager
def _reading(source: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, duckdb.Error) as error:
        raise DataError([f"{source.name}: {what_it_says(error)}"]) from error


def what_it_says(error: Exception) -> str:
    """Say in one line what an engine says in several: what is wrong and where, without the row of a customer or advice."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    if "when sniffing file" in lines[0]:  # what follows is how to set DuckDB's reader
        return ("no table could be made out in it; allowed is text in UTF-8: a line of column names, then one line per customer, "
                "values separated by commas, semicolons or tabs")  # fmt: skip
    if any(sign in lines[0] for sign in _NO_PARQUET):
        return "it is no Parquet file, or not a whole one; write or copy it again"
    if any(line.startswith("Original Line") for line in lines):  # the row itself may go over several lines
        own = [lines[0], *(line for line in lines if line.startswith(("Error when", "Expected Number")))]
    else:
        own = list(takewhile(str.strip, lines))
    return "; ".join(line.strip() for line in own)


def _columns(found: Told, names: Mapping[int, str]) -> list[pa.Array]:
    known = sorted(segment for segment in names if segment <= _MOST_SEGMENTS)
    words = pa.array([names[segment] for segment in known], pa.string())
    place = np.full(256, -1, dtype=np.int8)  # one for each number that a byte can hold
    place[known] = np.arange(len(known), dtype=np.int8)

    def named(segments: np.ndarray) -> pa.Array:
        codes = np.frombuffer(segments.tobytes().translate(place.tobytes()), dtype=np.int8)
        places = pa.array(codes, mask=_some(codes < 0))
        return pa.DictionaryArray.from_arrays(places, words, safe=False)  # places are within words

    mask = _some(found.segment == 0)
    border = found.border if len(names) > 1 else np.zeros_like(found.border)
    return [pa.array(found.segment.astype(np.int32), mask=mask), named(found.segment),
            pa.array(found.certainty, mask=mask), named(border)]  # fmt: skip


def _some(mask: np.ndarray) -> np.ndarray | None:
    """A mask, where it masks anything: a column without gaps is written faster."""
    return mask if mask.any() else None
