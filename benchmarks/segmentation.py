"""Step 06: bootstrap stability against a loop over scikit-learn's KMeans on the same resamples."""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from personakit.stability import STARTS, adjusted_rand_index, fit_many, nearest


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Compare CPU seconds and mean adjusted Rand index at the size of a brand survey (1,453 by 11 yes or no)."""
    rng = np.random.default_rng(0)
    levels = np.where(rng.random((4, 11)) < 0.5, 0.85, 0.15)
    answers = (rng.random((1453, 11)) < levels[rng.integers(0, 4, 1453)]).astype(float)
    points, counts = np.unique(answers, axis=0, return_counts=True)
    n_pairs, numbers = (5, [3]) if quick else (20, range(2, 9))
    ours = peer = 0.0
    differences = []
    for k in numbers:
        draws = rng.multinomial(len(answers), counts / len(answers), size=2 * n_pairs).astype(float)
        started = time.process_time()
        centres, _ = fit_many(points, draws, k, starts=STARTS, rng=rng)
        own = _mean_index([nearest(points, c) for c in centres], counts)
        ours += time.process_time() - started
        started = time.process_time()
        with threadpool_limits(1):
            fits = [KMeans(k, n_init=STARTS, random_state=i).fit(points, sample_weight=w) for i, w in enumerate(draws)]
        other = _mean_index([nearest(points, fit.cluster_centers_) for fit in fits], counts)
        peer += time.process_time() - started
        differences.append(abs(own - other))
    yield {
        "figure": "stability, CPU time",
        "value": round(ours / peer, 3),
        "unit": "ratio",
        "peer": f"scikit-learn KMeans(n_init={STARTS})",
        "aim": "<= 1",
        "holds": ours <= peer,
    }
    yield {
        "figure": "stability, largest difference of the mean index",
        "value": round(max(differences), 4),
        "unit": "adjusted Rand index",
        "peer": f"scikit-learn KMeans(n_init={STARTS})",
        "aim": "<= 0.05",
        "holds": max(differences) <= 0.05,
    }


def _mean_index(labels: list[np.ndarray], counts: np.ndarray) -> float:
    return float(np.mean([adjusted_rand_index(labels[i], labels[i + 1], counts) for i in range(0, len(labels), 2)]))
