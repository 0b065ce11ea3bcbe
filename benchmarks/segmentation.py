"""Step 06 at size: stability and mixed data against loops over the peers, on the same resamples, in CPU seconds."""

import gc
import json
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks.processes import in_own_process, peak_gib
from personakit.segmentation import segment_customers
from personakit.segmentation_kmeans import collapse, fit_many, nearest
from personakit.stability import adjusted_rand_index, assess_stability, rand_indices

STARTS = 10
#: Customers, variables, pairs of samples, numbers of segments, largest ratio of CPU seconds that is aimed at.
SIZES = [(1_453, 11, 100, range(2, 9), 1 / 8), (10_000, 20, 10, range(2, 9), 1 / 2), (100_000, 30, 3, range(2, 9), 1 / 4)]
QUICK = [(1_453, 11, 10, (3, 5), 1 / 4)]


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Stability at three sizes against scikit-learn, a million customers in memory, and mixed data against k-prototypes."""
    for size in QUICK if quick else SIZES:
        yield from _stability(*size)
    if quick:
        return
    yield _million()
    yield from _mixed()


def _points(n: int, d: int) -> np.ndarray:
    """Answers of a brand survey (yes or no) up to 2,000 customers, else scores around five centres."""
    rng = np.random.default_rng(0)
    if n <= 2_000:
        levels = np.where(rng.random((4, d)) < 0.5, 0.85, 0.15)
        return (rng.random((n, d)) < levels[rng.integers(0, 4, n)]).astype(float)
    return rng.normal(0, 1, (5, d))[rng.integers(0, 5, n)] + rng.normal(0, 1.5, (n, d))


def _stability(n: int, d: int, n_pairs: int, numbers: Any, aim: float) -> Iterator[dict[str, Any]]:
    from sklearn.cluster import KMeans

    answers, rng = _points(n, d), np.random.default_rng(1)
    ours = peer = 0.0
    means = []
    for k in numbers:
        draws = rng.integers(0, n, (2 * n_pairs, n))
        gc.collect()
        started = time.process_time()
        unique, place, counts = collapse(answers)
        weights = np.array([np.bincount(place[draw], minlength=len(unique)) for draw in draws]).astype(float)
        labels = np.array([nearest(unique, own) for own in fit_many(unique, weights, k, starts=STARTS)[0]])
        own = float(rand_indices(labels, counts).mean())
        ours += time.process_time() - started
        started = time.process_time()
        with threadpool_limits(1):
            fits = [KMeans(k, n_init=STARTS, random_state=i).fit(answers[draw]) for i, draw in enumerate(draws)]
            labels = np.array([nearest(answers, fit.cluster_centers_) for fit in fits])
        other = float(rand_indices(labels, np.ones(n)).mean())
        peer += time.process_time() - started
        means.append(own - other)
    size = f"stability, {n:,} customers by {d}"
    name = f"scikit-learn KMeans(n_init={STARTS})"
    yield {"figure": f"{size}, CPU time", "value": round(ours / peer, 3), "unit": "ratio", "seconds": round(ours, 2),
           "peer": f"{name} ({peer:.1f} s)", "aim": f"<= {aim:g}", "holds": ours <= aim * peer}  # fmt: skip
    gap = abs(float(np.mean(means)))
    yield {"figure": f"{size}, difference of the mean index", "value": round(gap, 4), "unit": "adjusted Rand index",
           "largest_of_one_number": round(float(np.max(np.abs(means))), 4), "peer": name, "aim": "<= 0.01",
           "holds": gap <= 0.01}  # fmt: skip


def _million() -> dict[str, Any]:
    """Stability of a million customers, in a process of its own."""
    found = in_own_process("benchmarks.segmentation")
    return {"figure": "stability, 1,000,000 customers by 30, 20 pairs, peak memory", "value": round(found["peak_gib"], 2),
            "unit": "GiB", "seconds": round(found["seconds"], 1), "peer": "none", "aim": "<= 2",
            "holds": found["peak_gib"] <= 2}  # fmt: skip


def _mixed() -> Iterator[dict[str, Any]]:
    from kmodes.kprototypes import KPrototypes

    rng = np.random.default_rng(3)
    n, groups = 100_000, 4
    truth = rng.integers(0, groups, n)
    numbers = rng.normal(0, 1, (groups, 10))[truth] + rng.normal(0, 1.5, (n, 10))
    usual = rng.integers(0, 4, (groups, 10))[truth]
    words = np.array(list("abcd"))[np.where(rng.random((n, 10)) < 0.5, usual, rng.integers(0, 4, (n, 10)))]
    table = pd.DataFrame(numbers, columns=[f"n{i}" for i in range(10)])
    table[[f"c{i}" for i in range(10)]] = words
    started = time.process_time()
    made = segment_customers(table, basis=list(table), n_segments=groups, family="mixed")
    ours = time.process_time() - started
    started = time.process_time()
    with threadpool_limits(1):
        peer = KPrototypes(groups, n_init=1, random_state=1).fit_predict(table.to_numpy(), categorical=list(range(10, 20)))
    theirs = time.process_time() - started
    yield {"figure": "mixed data, 100,000 customers by 10 numbers and 10 words, CPU time", "value": round(ours / theirs, 3),
           "unit": "ratio", "seconds": round(ours, 1), "peer": f"KPrototypes(n_init=1) ({theirs:.0f} s)", "aim": "<= 0.2",
           "holds": ours <= 0.2 * theirs}  # fmt: skip
    found, other = adjusted_rand_index(truth, made.labels.to_numpy() - 1), adjusted_rand_index(truth, peer.astype(np.int64))
    yield {"figure": "mixed data, agreement with the truth", "value": round(found, 3), "unit": "adjusted Rand index",
           "peer": f"KPrototypes(n_init=1) ({other:.3f})", "aim": f">= {other:.3f}", "holds": found >= other}  # fmt: skip


if __name__ == "__main__":
    started = time.perf_counter()
    assess_stability(_points(1_000_000, 30), 5, n_pairs=20, n_shuffles=0)
    peak = peak_gib()
    print(json.dumps({"seconds": time.perf_counter() - started, "peak_gib": peak}))
