"""Watch: customers who arrive in a folder, a file or a stream, told apart from the wave of a work folder in constant memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import duckdb
import numpy as np
import pandas as pd

from personakit.assignment import read_batches
from personakit.drift import DriftReport, detect_drift
from personakit.drift_watch import WINDOW, DriftWatch, start_watch
from personakit.errors import DataError, listing
from personakit.features import Features, numeric
from personakit.handoffs import Workspace, to_json, whole_file
from personakit.segmentation import Segmentation

WATCH = "watch"
ENDINGS = (".csv", ".parquet", ".jsonl", ".ndjson")
_READERS = {".csv": "read_csv", ".parquet": "read_parquet", ".jsonl": "read_json", ".ndjson": "read_json"}
_BATCH = 20_000


@dataclass
class WatchSession:
    """
    A watch that remembers which files it has seen, so that it can be stopped and started again.

    Attributes
    ----------
    watch : DriftWatch
        The window over the customers who came last.
    folder : Path
        Where it is kept: ``watch/state.json`` (window) and ``watch/seen.json`` (files).
    workspace : Workspace
        The work folder whose wave is what is usual.
    seen : dict of str to list of int
        Size and time of each file that was taken in.
    """

    watch: DriftWatch
    folder: Path
    workspace: Workspace
    seen: dict[str, list[int]] = field(default_factory=dict)

    def take(self, source: Path) -> Iterator[pd.DataFrame]:
        """
        Take in a file, or those files of a folder that have come since the last time, in the order of their names.

        Parameters
        ----------
        source : Path
            A file or a folder with CSV, Parquet or JSON lines: one row per customer, measured like the features.

        Yields
        ------
        pandas.DataFrame
            Alerts, after each file; see :meth:`personakit.drift_watch.DriftWatch.update`.

        Raises
        ------
        DataError
            If a file cannot be read, or lacks a variable that makes the segments; what was taken in before is kept.
        """
        for file in self._new_files(source):
            alerts = [self.watch.update(_with_numbers(table, self._numbers(), file.name))
                      for table in _tables(file, self._columns())]  # fmt: skip
            stamp = file.stat()
            self.seen[file.name] = [stamp.st_size, stamp.st_mtime_ns]
            self.write()
            yield pd.concat(alerts, ignore_index=True) if alerts else self.watch.update(pd.DataFrame(columns=self._columns()))

    def take_stream(self, lines: IO[str], *, batch: int = 1_000) -> Iterator[pd.DataFrame]:
        """Take in CSV or JSON lines as they come, so many customers at a time; the window is kept after each batch."""
        for table in read_batches(lines, batch):
            own = table[[name for name in self._columns() if name in table]]
            alerts = self.watch.update(_with_numbers(own, self._numbers(), "the stream"))
            self.write()
            yield alerts

    def report(self, *, progress: Callable[[int, int], None] | None = None) -> DriftReport:
        """
        Compare the customers in the window with the wave in full: mix, profiles, structure, split segments and new groups.

        Parameters
        ----------
        progress : callable, optional
            Called with steps done and steps in all.

        Returns
        -------
        DriftReport
            As between two waves, see :func:`personakit.drift.detect_drift`: the rolling window stands for the new one.

        Raises
        ------
        DataError
            If fewer than 50 customers in the window have a segment.
        """
        features = Features.from_parts(self.workspace.load("features"))
        segmentation = Segmentation.from_parts(self.workspace.load("segmentation", "", "rule"))
        basis = [name for name in segmentation.basis if name in features.table]
        recent = self.watch.recent if len(self.watch.recent) else pd.DataFrame(columns=basis, dtype="float64")
        return detect_drift(features, recent, segmentation=segmentation, progress=progress,
                            min_cell=self.workspace.study.privacy.min_cell,
                            random_state=self.workspace.study.segmentation.random_state)  # fmt: skip

    def write(self) -> None:
        """Keep the window and the list of files, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.watch.write(self.folder / "state.json")
        with whole_file(self.folder / "seen.json") as temporary:
            temporary.write_text(to_json(self.seen), encoding="utf-8", newline="\n")

    def _new_files(self, source: Path) -> list[Path]:
        if source.is_dir():
            files = sorted(path for path in source.iterdir() if path.suffix.lower() in ENDINGS)
        elif source.is_file() and source.suffix.lower() in ENDINGS:
            files = [source]
        else:
            there = f"found '{source.suffix}'" if source.exists() else "there is no such file or folder"
            raise DataError([f"{source.name}: {there}; allowed: a folder, or a file with {', '.join(ENDINGS)}"])
        return [file for file in files if self.seen.get(file.name) != [file.stat().st_size, file.stat().st_mtime_ns]]

    def _columns(self) -> list[str]:
        return list(dict.fromkeys([*self.watch.segmentation.basis, *self.watch.columns]))

    def _numbers(self) -> set[str]:
        words = {column.name for column in self.watch.segmentation.rule if column.category}
        return set(self._columns()) - words


def open_watch(workspace: Workspace, *, window: int = WINDOW, start_anew: bool = False) -> WatchSession:
    """
    Go on with the watch of a work folder, or begin one.

    Parameters
    ----------
    workspace : Workspace
        A work folder in which notebook 06 has been run: its customers are what is usual.
    window : int
        Customers in the window, for a watch that begins.
    start_anew : bool
        Whether to forget what was seen before.

    Returns
    -------
    WatchSession
        Ready to take in customers.

    Raises
    ------
    HandoffError
        If notebook 06 has not been run.
    DataError
        If the state of the watch is damaged, or the window too small.
    """
    folder = workspace.folder / WATCH
    state, seen = folder / "state.json", folder / "seen.json"
    if state.exists() and not start_anew:
        files = json.loads(seen.read_text(encoding="utf-8")) if seen.exists() else {}
        return WatchSession(DriftWatch.read(state), folder, workspace, files)
    features = Features.from_parts(workspace.load("features"))
    segmentation = Segmentation.from_parts(workspace.load("segmentation", "", "rule"))
    return WatchSession(start_watch(features, segmentation, window=window), folder, workspace)


def _tables(file: Path, columns: list[str]) -> Iterator[pd.DataFrame]:
    """The columns that are watched, some thousand rows at a time, in the order of the file."""
    reader = f"{_READERS[file.suffix.lower()]}(?)"
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = true")
        try:
            there = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {reader}", [str(file)]).fetchall()]  # noqa: S608
            own = [name for name in columns if name in there]
            if not own:
                raise DataError([f"{file.name}: has none of the columns that make the segments: {listing(columns)}"])
            chosen = ", ".join('"' + name.replace('"', '""') + '"' for name in own)
            found = connection.execute(f"SELECT {chosen} FROM {reader}", [str(file)])  # noqa: S608
            while rows := found.fetchmany(_BATCH):
                yield _frame(rows, own)
        except duckdb.Error as error:
            raise DataError([f"{file.name}: {str(error).splitlines()[0]}"]) from error


def _with_numbers(table: pd.DataFrame, numbers: set[str], where: str) -> pd.DataFrame:
    """The table with numbers where numbers are needed; words there are an error, in which all of the columns are named."""
    found, problems = table.copy(), []
    for name in [name for name in table.columns if name in numbers]:
        found[name] = numeric(pd.to_numeric(table[name], errors="coerce"))
        wrong = table[name].notna() & found[name].isna()
        if wrong.any():
            problems.append(f"{where}: {name} holds '{str(table.loc[wrong, name].iloc[0])[:40]}'; only numbers, or nothing, "
                            "are allowed there; what was seen before is kept")  # fmt: skip
    if problems:
        raise DataError(problems)
    return found


def _frame(rows: list[tuple[Any, ...]], columns: list[str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=columns)
    for name in columns:
        if pd.api.types.is_bool_dtype(table[name]) or table[name].map(lambda value: isinstance(value, bool)).any():
            table[name] = table[name].astype("float64")
    return table.replace({None: np.nan})


def shares_of(watch: DriftWatch, names: dict[int, str]) -> pd.DataFrame:
    """
    Tell how large the personas are among the customers in the window.

    Parameters
    ----------
    watch : DriftWatch
        The watch.
    names : dict of int to str
        Name of each segment's persona.

    Returns
    -------
    pandas.DataFrame
        One row per persona: ``persona``, ``usual_share`` (of the wave), ``share`` (in the window), ``n``.
    """
    now = np.sum(watch.blocks, axis=0)[:, 0] if watch.blocks else np.zeros(len(watch.baseline))
    usual = watch.baseline[:, 0] / watch.baseline[:, 0].sum()
    rows = [{"persona": names.get(segment, str(segment)), "usual_share": float(before),
             "share": float(n / now.sum()) if now.sum() else np.nan, "n": int(n)}
            for segment, (before, n) in enumerate(zip(usual, now, strict=True), start=1)]  # fmt: skip
    return pd.DataFrame(rows, columns=["persona", "usual_share", "share", "n"])
