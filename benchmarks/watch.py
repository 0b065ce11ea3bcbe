"""Step 11, watch: a million customers one after the other, with a change in the middle."""

import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pandas as pd

import personakit as pk

FIRST_SEED = 9_101
_BATCH = 1_000


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Customers a minute, memory, false alarms before the change, and how soon it is told."""
    half = 50_000 if quick else 500_000
    old = pk.simulate_wave(5_000, random_state=FIRST_SEED).features
    basis = [name for name in old.table if name.startswith("need_")]
    segmentation = pk.segment_customers(old, basis=basis, n_segments=5)
    usual = pk.simulate_wave(half, random_state=FIRST_SEED + 1).features.table
    later = pk.simulate_wave(half, random_state=FIRST_SEED + 2, change="mix", change_state=FIRST_SEED).features.table
    watch = pk.start_watch(old, segmentation)
    seconds, false_alarms, grown = _watched(watch, usual)
    told, begun = pd.DataFrame(), watch.seen
    for start in range(0, len(later), _BATCH):
        told = watch.update(later.iloc[start : start + _BATCH])
        if len(told):
            break
    a_minute = round(half / seconds * 60)
    yield {"figure": f"customers a minute, one core, batches of {_BATCH:,}", "value": a_minute, "unit": "customers",
           "peer": f"{half:,} customers in {seconds:.1f} s", "aim": ">= 100,000", "holds": a_minute >= 100_000}  # fmt: skip
    yield {"figure": "memory grown over a hundred further batches", "value": round(grown / 1024, 1),
           "unit": "KiB", "peer": "", "aim": "<= 256", "holds": grown <= 256 * 1024}  # fmt: skip
    yield {"figure": "alerts before the change", "value": false_alarms, "unit": "alerts",
           "peer": f"{half // (watch.window // 10):,} looks", "aim": "0", "holds": false_alarms == 0}  # fmt: skip
    delay = int(told["seen"].iloc[0]) - begun if len(told) else -1
    yield {"figure": "ten points of share told after", "value": delay, "unit": "customers",
           "peer": f"a window of {watch.window:,}", "aim": f"<= {watch.window:,}",
           "holds": 0 < delay <= watch.window}  # fmt: skip


def _watched(watch: pk.DriftWatch, table: pd.DataFrame) -> tuple[float, int, int]:
    """CPU seconds, alerts, and bytes by which memory has grown since the first batch."""
    alerts, begun = len(watch.update(table.iloc[:_BATCH])), time.process_time()
    for start in range(_BATCH, len(table), _BATCH):
        alerts += len(watch.update(table.iloc[start : start + _BATCH]))
    seconds = time.process_time() - begun
    tracemalloc.start()  # measured apart, since it slows everything down
    watch.update(table.iloc[:_BATCH])
    before = tracemalloc.get_traced_memory()[0]
    for start in range(0, min(len(table), 100 * _BATCH), _BATCH):
        watch.update(table.iloc[start : start + _BATCH])
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return seconds, alerts, grown
