"""Step 11, watch: customers as they come in, told apart from the old wave in constant memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from personakit.drift_profiles import LEAST_EFFECT, LEAST_SHARE
from personakit.errors import DataError, listing
from personakit.features import Features, numeric
from personakit.handoffs import to_json, whole_file
from personakit.segmentation import Segmentation

ALERT_COLUMNS = ["seen", "kind", "segment", "feature", "old", "new", "z"]
WINDOW, BLOCKS = 2_000, 10
#: Chance of a false alarm at one look; there is a look after each tenth of a window.
FALSE_ALARM_A_LOOK = 1e-5
_FEWEST, _LARGEST_BATCH = 30, 50_000


@dataclass(eq=False)
class DriftWatch:
    """
    A window over the customers who came last, compared with the old wave after each tenth of it.

    Made by :func:`start_watch`. The comparison allows for the error of the old wave too; an alert needs a change that is as
    large as in :func:`personakit.drift.detect_drift`, and so certain that one look in a hundred thousand gives a false one. A
    change of ten points of share is told within one window.

    Attributes
    ----------
    segmentation : Segmentation
        The rule.
    columns : list of str
        Ratings and other numbers whose means are watched.
    baseline : numpy.ndarray, shape (segments, 1 + 3 * columns)
        Customers of the old wave, and for each column how many have a value, its sum, and the sum of its squares.
    window : int
        Customers in the window.
    blocks : list of numpy.ndarray
        The same counts for each tenth of the window, the oldest first; the last one is being filled.
    recent : pandas.DataFrame
        The customers in the window themselves, the oldest first: what makes the segments, and the watched columns.
    seen, left_out : int
        Customers so far, and those of them who have less than half of the basis.
    """

    segmentation: Segmentation
    columns: list[str]
    baseline: np.ndarray
    window: int = WINDOW
    blocks: list[np.ndarray] = field(default_factory=list)
    recent: pd.DataFrame = field(default_factory=pd.DataFrame)
    seen: int = 0
    left_out: int = 0

    def update(self, table: pd.DataFrame) -> pd.DataFrame:
        """
        Take in customers.

        Parameters
        ----------
        table : pandas.DataFrame
            One row per customer with the variables that make the segments, measured like the features; columns that it lacks
            are not watched for these customers.

        Returns
        -------
        pandas.DataFrame
            One row per alert: ``seen`` (customers so far), ``kind`` (*mix* or *moved*), ``segment``, ``feature``, ``old`` and
            ``new`` (shares or means), ``z`` (in standard errors). Empty when nothing is new; what lasts is told at every look.

        Raises
        ------
        DataError
            If a variable that makes the segments is missing.
        """
        alerts = []
        for start in range(0, len(table), _LARGEST_BATCH):
            alerts += self._take_in(table.iloc[start : start + _LARGEST_BATCH])
        return pd.DataFrame(alerts, columns=ALERT_COLUMNS)

    def _take_in(self, table: pd.DataFrame) -> list[dict[str, Any]]:
        labels = self.segmentation.placed(table).labels
        self.left_out += len(table) - len(labels)
        values = _values(table.loc[labels.index], self.columns)
        places = labels.to_numpy(dtype=np.int64) - 1
        own = [name for name in dict.fromkeys([*self.segmentation.basis, *self.columns]) if name in table]
        come = table.loc[labels.index, own].tail(self.window)
        if len(come):
            self.recent = pd.concat([self.recent, come]).tail(self.window).reset_index(drop=True)
        alerts: list[dict[str, Any]] = []
        start, size = 0, self.window // BLOCKS
        while start < len(places):
            if not self.blocks or self.blocks[-1][:, 0].sum() >= size:
                self.blocks = [*self.blocks[-(BLOCKS - 1) :], np.zeros_like(self.baseline)]
            room = size - int(self.blocks[-1][:, 0].sum())
            part = slice(start, start + room)
            self.blocks[-1] += _counted(values[part], places[part], len(self.baseline))
            taken = len(places[part])
            self.seen, start = self.seen + taken, start + taken
            if len(self.blocks) == BLOCKS and self.blocks[-1][:, 0].sum() >= size:
                alerts += self._look()
        return alerts

    def _look(self) -> list[dict[str, Any]]:
        """Compare the whole window with the old wave."""
        now = np.sum(self.blocks, axis=0)
        limit = float(norm.isf(FALSE_ALARM_A_LOOK / 2 / (len(now) * (1 + len(self.columns)))))
        n, old_n = now[:, 0].sum(), self.baseline[:, 0].sum()
        alerts = []
        for segment, (own, old) in enumerate(zip(now, self.baseline, strict=True), start=1):
            share, before = own[0] / n, old[0] / old_n
            both = (own[0] + old[0] + 0.5) / (n + old_n + 1)
            z = (share - before) / np.sqrt(both * (1 - both) * (1 / n + 1 / old_n))
            if abs(z) > limit and abs(share - before) >= LEAST_SHARE:
                alerts.append(self._alert("mix", segment, "", before, share, z))
            alerts += [self._alert("moved", segment, self.columns[place], *found)
                       for place, found in enumerate(_moved(own, old)) if found and abs(found[2]) > limit]  # fmt: skip
        return alerts

    def _alert(self, kind: str, segment: int, feature: str, old: float, new: float, z: float) -> dict[str, Any]:
        return {"seen": self.seen, "kind": kind, "segment": segment, "feature": feature, "old": float(old), "new": float(new),
                "z": float(z)}  # fmt: skip

    def write(self, path: str | Path) -> None:
        """Write rule and counts as JSON, whole or not at all, so that another process can go on."""
        content = {"rule": json.loads(self.segmentation.to_json()), "columns": self.columns, "baseline": self.baseline.tolist(),
                   "window": self.window, "blocks": [block.tolist() for block in self.blocks], "seen": self.seen,
                   "left_out": self.left_out, "recent": self._recent_as_lists()}  # fmt: skip
        with whole_file(Path(path)) as temporary:
            temporary.write_text(to_json(content), encoding="utf-8", newline="\n")

    def _recent_as_lists(self) -> dict[str, list[Any]]:
        """The window column by column; what is missing is null."""
        table = self.recent.astype(object).where(self.recent.notna(), None)
        return {str(name): table[name].tolist() for name in table}

    @classmethod
    def read(cls, path: str | Path) -> DriftWatch:
        """
        Read what :meth:`write` wrote.

        Raises
        ------
        DataError
            If the file is no such watch.
        """
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
            rule, baseline = Segmentation.from_rule(content.pop("rule")), np.array(content.pop("baseline"), dtype=float)
            blocks = [np.array(block, dtype=float) for block in content.pop("blocks")]
            recent = pd.DataFrame(content.pop("recent", {}))
            recent = recent[[name for name in dict.fromkeys([*rule.basis, *content["columns"]]) if name in recent]]
            return cls(rule, baseline=baseline, blocks=blocks, recent=recent, **content)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError([f"{Path(path).name}: is no watch ({error}); start one anew"]) from error


def start_watch(
    features: Features, segmentation: Segmentation, *, columns: Sequence[str] | None = None, window: int = WINDOW
) -> DriftWatch:
    """
    Begin to watch, with the customers of a wave as what is usual.

    Parameters
    ----------
    features : Features
        One row per customer of the old wave.
    segmentation : Segmentation
        Its segments.
    columns : sequence of str, optional
        Numbers to watch; by default those that make the segments.
    window : int
        Customers in the window; a change is told within about so many customers.

    Returns
    -------
    DriftWatch
        Ready for :meth:`DriftWatch.update`.

    Raises
    ------
    DataError
        If a column is not in the table, or the window is too small.
    """
    table = features.table
    chosen = list(columns) if columns is not None else [name for name in segmentation.basis
                                                        if pd.api.types.is_numeric_dtype(table[name])]  # fmt: skip
    problems = [f"columns: {listing(lacking)} not in the table"] if (lacking := [c for c in chosen if c not in table]) else []
    if window < BLOCKS * _FEWEST:
        problems.append(f"window: found {window}; at least {BLOCKS * _FEWEST} customers")
    if problems:
        raise DataError(problems)
    labels = segmentation.placed(table).labels
    counts = _counted(_values(table.loc[labels.index], chosen), labels.to_numpy(dtype=np.int64) - 1, len(segmentation.segments))
    return DriftWatch(segmentation, chosen, counts, window - window % BLOCKS)


def _values(table: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """Numbers of the watched columns; missing where the table lacks one."""
    found = [numeric(table[name]) if name in table else np.full(len(table), np.nan) for name in columns]
    return np.column_stack(found) if found else np.empty((len(table), 0))


def _counted(values: np.ndarray, places: np.ndarray, k: int) -> np.ndarray:
    """Customers of each segment, and how many have each value, with the sum and the sum of squares."""
    known = ~np.isnan(values)
    filled = np.where(known, values, 0.0)
    parts = np.concatenate([np.ones((len(values), 1)), known, filled, filled**2], axis=1)
    counts = np.zeros((k, parts.shape[1]))
    np.add.at(counts, places, parts)
    return counts


def _moved(own: np.ndarray, old: np.ndarray) -> list[tuple[float, float, float] | None]:
    """Old mean, new mean and their distance in standard errors, for each column; None where there is too little or too small."""
    m = (len(own) - 1) // 3
    found: list[tuple[float, float, float] | None] = []
    for place in range(m):
        sides = [(side[1 + place], side[1 + m + place], side[1 + 2 * m + place]) for side in (old, own)]
        if min(n for n, *_ in sides) < _FEWEST:
            found.append(None)
            continue
        means = [total / n for n, total, _ in sides]
        variances = [max(squares / n - mean**2, 0.0) * n / (n - 1) for (n, _, squares), mean in zip(sides, means, strict=True)]
        error = np.sqrt(sum(variance / n for variance, (n, *_) in zip(variances, sides, strict=True)))
        large = abs(means[1] - means[0]) >= LEAST_EFFECT * np.sqrt(variances[0])
        found.append((means[0], means[1], (means[1] - means[0]) / error) if error > 0 and large else None)
    return found
