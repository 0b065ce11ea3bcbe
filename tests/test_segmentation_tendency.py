"""Hopkins and dip: against a linear programme that solves the definition, and on data with and without heaps."""

import numpy as np
import pytest
from scipy.optimize import linprog

from personakit.segmentation_tendency import cluster_tendency, dip, hopkins


def dip_by_definition(values):
    """The smallest distance to a distribution function that is convex before its hump and concave after it."""
    places, counts = np.unique(values, return_counts=True)
    n, m = len(values), len(places)
    through = np.cumsum(counts) / n
    before, best = through - counts / n, 1.0
    for hump in range(m):
        size = m + 2  # values before the hump and at its left, values at its right and after it, and the distance
        rows, bounds = [], []

        def must(bound, size=size, rows=rows, bounds=bounds, **weights):
            rows.append([weights.get(f"v{i}", 0.0) for i in range(size)])
            bounds.append(bound)

        def slope(i, sign, shift, must=must):
            a, b = 1 / (places[i] - places[i - 1]), 1 / (places[i + 1] - places[i])
            must(0, **{f"v{i + shift}": sign * (a + b), f"v{i - 1 + shift}": -sign * a, f"v{i + 1 + shift}": -sign * b})

        for i in range(m):
            own = [i] if i < hump else [i + 1] if i > hump else [i, i + 1]
            for v in own:
                low = before[i] if i == hump and v == i else through[i]
                high = through[i] if i == hump and v == i + 1 else before[i]
                must(-low, **{f"v{v}": -1.0, f"v{size - 1}": -1.0})
                must(high, **{f"v{v}": 1.0, f"v{size - 1}": -1.0})
        for v in range(m):
            must(0, **{f"v{v}": 1.0, f"v{v + 1}": -1.0})
        for i in range(1, hump):
            slope(i, 1, 0)
        for i in range(hump + 1, m - 1):
            slope(i, -1, 1)
        found = linprog([0.0] * (size - 1) + [1.0], A_ub=rows, b_ub=bounds, bounds=[(None, None)] * size)
        best = min(best, found.fun)
    return max(best, 1 / (2 * n))


@pytest.mark.parametrize("seed", range(15))
def test_dip_solves_its_definition(seed):
    """One hump, two humps and rounded answers with ties: the distance is the smallest there is."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(5, 28))
    values = {0: rng.normal(size=n), 1: np.round(2 * rng.normal(size=n)),
              2: np.concatenate([rng.normal(size=n), rng.normal(5, 1, n)])}[seed % 3]  # fmt: skip
    assert dip(values) == pytest.approx(dip_by_definition(values), abs=1e-9)


def test_dip_of_plain_cases():
    """All alike, evenly spread, and two points."""
    assert dip(np.full(10, 3.0)) == 1 / 20 and dip(np.arange(10.0)) == pytest.approx(1 / 20)
    assert dip(np.repeat([0.0, 9.0], 50)) == pytest.approx(0.25)


def test_hopkins_is_half_without_heaps():
    """Evenly spread points give 0.5 on average; heaps give nearly 1; equal points nothing."""
    even = [hopkins(np.random.default_rng(seed).random((400, 2)), random_state=seed) for seed in range(60)]
    assert np.mean(even) == pytest.approx(0.5, abs=0.02)
    heaps = np.repeat([[0.0, 0.0], [20.0, 20.0]], 100, axis=0) + np.random.default_rng(1).normal(size=(200, 2))
    assert hopkins(heaps) > 0.95 and hopkins(np.ones((20, 3))) == 0.5


def test_tendency_beside_shuffled_answers():
    """Heaps stand out from their own shuffled answers; answers that hang together in nothing do not."""
    rng = np.random.default_rng(5)
    group = rng.integers(0, 2, 300)[:, None]
    heaps = cluster_tendency(4 * group + rng.normal(size=(300, 5))).set_index("measure")
    assert (heaps["value"] > heaps["shuffled_high"]).all()
    nothing = cluster_tendency(rng.integers(1, 6, (300, 5)).astype(float)).set_index("measure")
    assert nothing.at["hopkins", "value"] == pytest.approx(nothing.at["hopkins", "shuffled"], abs=0.1)
    again = cluster_tendency(4 * group[::-1] + rng.normal(size=(300, 5))).set_index("measure")
    assert again.at["dip", "value"] > again.at["dip", "shuffled_high"]
