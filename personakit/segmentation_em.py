"""Step 06, the EM algorithm for many mixture models at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from personakit.segmentation_items import Item, MixtureForm, item_slices, rating_edges

#: Values of the common direction at which people are placed, in standard deviations, and the share of people at each.
NODES = np.linspace(-2.2, 2.2, 9)
NODE_SHARES = np.exp(-(NODES**2) / 2) / np.exp(-(NODES**2) / 2).sum()
_LEAST_SPREAD = {"rating": 0.2, "number": 0.05}
_LEAST_CHANCE = 1e-10
_CACHE_CELLS = 30_000  # of the joint chances, that the processor holds close by
#: Mean and variance of the unrounded value behind each step, per scale of ratings: steps, runs, segments, nodes, measured.
_Behind = dict[tuple[Any, ...], Any]


@dataclass(eq=False)
class Batch:
    """Parameters of many runs: the first axis counts the runs."""

    shares: np.ndarray  # runs, segments
    means: np.ndarray  # runs, segments, measured
    spreads: np.ndarray  # runs, segments, measured
    loadings: np.ndarray  # runs, measured
    chances: list[np.ndarray]  # runs, segments, levels

    def of(self, runs: np.ndarray) -> Batch:
        """Take some of the runs."""
        return Batch(
            self.shares[runs], self.means[runs], self.spreads[runs], self.loadings[runs], [c[runs] for c in self.chances]
        )

    def put(self, runs: np.ndarray, own: Batch) -> None:
        """Put some of the runs back."""
        for mine, other in zip(self._all(), own._all(), strict=True):
            mine[runs] = other

    def _all(self) -> list[np.ndarray]:
        return [self.shares, self.means, self.spreads, self.loadings, *self.chances]


def first_guess(
    design: np.ndarray, weights: np.ndarray, own: np.ndarray, form: MixtureForm, k: int, rng: np.random.Generator
) -> Batch:
    """Start each run from people who lie far from each other, mixed with everybody."""
    runs, places = len(own), item_slices(form.items)
    values = np.column_stack([design[:, place] @ _steps(item) for item, place in zip(form.items, places, strict=True)
                              if item.kind != "category"] or [np.empty((len(design), 0))])  # fmt: skip
    asked = np.column_stack([design[:, places[i]][:, 0] if form.items[i].kind == "number" else design[:, places[i]].sum(axis=1)
                             for i in form.measured] or [np.empty((len(design), 0))])  # fmt: skip
    each = weights[own]
    totals = np.maximum(each @ asked, 1e-12)
    middle = each @ (values * asked) / totals
    spread = np.sqrt(np.maximum(each @ (values**2 * asked) / totals - middle**2, 1e-4))
    people = _far_apart(design, form, each, k, rng)
    means = middle[:, None, :].repeat(k, axis=1)
    if k > 1:
        chosen = values[people]
        means = np.where(asked[people] > 0, chosen, means)
    chances = []
    for i in form.chosen:
        answers = each @ design[:, places[i]] + 1e-6
        overall = (answers / answers.sum(axis=1, keepdims=True))[:, None, :].repeat(k, axis=1)
        chances.append(overall if k == 1 else 0.4 * overall + 0.6 * _known_or(design[:, places[i]][people], overall))
    loadings = np.zeros((runs, len(form.measured)))
    if form.direction:
        loadings = spread * rng.uniform(0.2, 0.7, loadings.shape)
        loadings[1::2] *= rng.choice([-1.0, 1.0], loadings[1::2].shape)
    spread = 0.7 * spread if k > 1 else spread
    if form.spread == "common" and len(form.measured):
        spread = np.sqrt((spread**2).mean(axis=1, keepdims=True)).repeat(spread.shape[1], axis=1)
    return Batch(np.full((runs, k), 1 / k), means, spread[:, None, :].repeat(k, axis=1), loadings, chances)


def _known_or(answers: np.ndarray, overall: np.ndarray) -> np.ndarray:
    return np.where(answers.sum(axis=-1, keepdims=True) > 0, answers, overall)


def _steps(item: Item) -> np.ndarray:
    return np.array([0.0, 1.0, 0.0]) if item.kind == "number" else np.asarray(item.levels, dtype=float)


def _far_apart(design: np.ndarray, form: MixtureForm, each: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """People by k-means++ on the scaled answers, shape (runs, segments)."""
    parts = []
    for item, place in zip(form.items, item_slices(form.items), strict=True):
        block = design[:, place]
        if item.kind == "category":
            parts.append(block)
        else:
            value = block @ _steps(item)
            parts.append(((value - value.mean()) / (value.std() or 1.0))[:, None])
    points = np.concatenate(parts, axis=1)
    squares = (points**2).sum(axis=1)
    found = np.empty((len(each), k), dtype=np.int64)
    left = np.ones_like(each)
    for segment in range(k):
        mass = np.cumsum(left * each, axis=1)
        draw = rng.random(len(each))
        found[:, segment] = np.minimum((mass <= (draw * mass[:, -1])[:, None]).sum(axis=1), len(points) - 1)
        own = points[found[:, segment]]
        gap = np.maximum(squares - 2 * own @ points.T + (own**2).sum(axis=1)[:, None], 0)
        left = gap if segment == 0 else np.minimum(left, gap)
    return found


def run_all(design: np.ndarray, weights: np.ndarray, form: MixtureForm, batch: Batch, until: tuple[int, float]) -> np.ndarray:
    """Improve all runs on the same weighted people in place until they rest; give their log-likelihoods."""
    n_steps, tolerance = until
    counted = weights > 0  # a bootstrap sample leaves out a third of the people
    people, times = np.column_stack([design[counted], np.ones(int(counted.sum()))]), weights[counted].astype(float)
    active = np.arange(len(batch.shares))
    likelihood = np.full(len(active), -np.inf)
    for _ in range(n_steps):
        now = batch.of(active)
        found, statistics, behind = _expect(people, times, form, now)
        gain = found - likelihood[active]
        likelihood[active] = found
        moving = ~(gain < tolerance * np.abs(found))
        if not moving.any():
            break
        if not moving.all():
            active, now, statistics = active[moving], now.of(moving), statistics[moving]
            behind = {levels: (value[:, moving], variance[:, moving]) for levels, (value, variance) in behind.items()}
        batch.put(active, _maximise(form, now, statistics, behind))
    return likelihood


def _expect(people: np.ndarray, times: np.ndarray, form: MixtureForm, batch: Batch) -> tuple[np.ndarray, np.ndarray, _Behind]:
    """
    Log-likelihood, sums of the design per component, and what lies behind the ratings.

    The last column of the design is 1 for everybody: its coefficients are the constants, its sums the people per component.
    """
    coefficients, constants, behind = coefficients_of(form, batch)
    runs, components = constants.shape
    whole = np.concatenate([coefficients, constants[:, :, None]], axis=2)
    columns = whole.shape[2]
    likelihood, statistics = np.zeros(runs), np.zeros_like(whole)
    together = max(_CACHE_CELLS // (components * len(people)), 1)  # as many as the processor holds close by
    per = max(_CACHE_CELLS // (components * together), 1)
    for first in range(0, runs, together):
        own = whole[first : first + together].reshape(-1, columns)
        for start in range(0, len(people), per):
            block, counts = people[start : start + per], times[start : start + per]
            joint = (own @ block.T).reshape(-1, components, len(block))
            top = joint.max(axis=1, keepdims=True)
            joint -= top
            np.exp(joint, out=joint)
            total = joint.sum(axis=1, keepdims=True)
            likelihood[first : first + together] += (top[:, 0] + np.log(total[:, 0])) @ counts
            joint *= counts / total
            statistics[first : first + together] += (joint.reshape(-1, len(block)) @ block).reshape(-1, components, columns)
    return likelihood, statistics, behind


def coefficients_of(form: MixtureForm, batch: Batch) -> tuple[np.ndarray, np.ndarray, _Behind]:
    """Log-densities as coefficients of the design (runs, components, columns), constants, and the unrounded values."""
    runs, k = batch.shares.shape
    nodes = len(NODES) if form.direction else 1
    constants = np.log(np.maximum(batch.shares, _LEAST_CHANCE))[:, :, None]
    if form.direction:
        constants = constants + np.log(NODE_SHARES)
    centres = _centres(form, batch)
    parts: dict[int, np.ndarray] = {}
    behind: _Behind = {}
    for place, i in enumerate(form.chosen):
        own = np.log(np.maximum(batch.chances[place], _LEAST_CHANCE))
        parts[i] = own[:, :, None, :].repeat(nodes, axis=2)
    for levels, members in _scales(form).items():
        mean, spread = centres[..., members], batch.spreads[:, :, None, members]
        if levels:
            steps, *behind[levels] = _rounded(mean, spread, levels)
            logs = np.moveaxis(steps, 0, -1)
        else:
            variance = np.broadcast_to(spread**2, mean.shape)
            logs = np.stack(
                [-0.5 * (np.log(2 * np.pi * variance) + mean**2 / variance), mean / variance, -0.5 / variance], axis=-1
            )
        for order, member in enumerate(members):
            parts[form.measured[member]] = logs[..., order, :]
    joined = np.concatenate([parts[i] for i in range(len(form.items))], axis=-1)
    constants = np.broadcast_to(constants, (runs, k, nodes)).reshape(runs, k * nodes)
    return joined.reshape(runs, k * nodes, -1), constants, behind


def _scales(form: MixtureForm) -> dict[tuple[Any, ...], list[int]]:
    """Measured items by their steps, so that those of one scale are computed together; numbers have no steps."""
    found: dict[tuple[Any, ...], list[int]] = {}
    for place, i in enumerate(form.measured):
        found.setdefault(form.items[i].levels, []).append(place)
    return found


def _centres(form: MixtureForm, batch: Batch) -> np.ndarray:
    """Mean of every measured item in every component, shape (runs, segments, nodes, measured)."""
    if not form.direction:
        return batch.means[:, :, None, :]
    return batch.means[:, :, None, :] + batch.loadings[:, None, None, :] * NODES[None, None, :, None]


def _rounded(mean: np.ndarray, spread: np.ndarray, levels: tuple[Any, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Log chance of each step, and mean and variance of the unrounded value behind it (truncated normal distribution).

    Steps are the first axis of what comes out, so that neighbours in memory are computed together.
    """
    edges = rating_edges(levels).reshape(-1, *[1] * mean.ndim)
    scaled = np.clip((edges[1:-1] - mean) / spread, -38, 38)
    tail = ndtr(-np.abs(scaled))  # either tail is exact only from its own side
    above = scaled > 0
    chance = _between(np.where(above, 1 - tail, tail), 1.0)
    np.copyto(chance[1:], _between(-tail, 0.0)[1:], where=above)
    height = np.exp(-0.5 * scaled**2) / np.sqrt(2 * np.pi)
    safe = np.maximum(chance, _LEAST_CHANCE)
    shift = _between(-height, 0.0) / safe
    value = mean + spread * shift
    variance = spread**2 * np.maximum(1 - _between(scaled * height, 0.0) / safe - shift**2, 1e-6)
    rare = chance <= _LEAST_CHANCE
    if rare.any():
        low = np.where(np.isfinite(edges[:-1]), edges[:-1], edges[1:] - 0.5)
        high = np.where(np.isfinite(edges[1:]), edges[1:], edges[:-1] + 0.5)
        value = np.where(rare, np.clip(mean, low, high), value)
        variance = np.where(rare, ((high - low) / 4) ** 2, variance)
    return np.log(safe), value, variance


def _between(at_edges: np.ndarray, last: float) -> np.ndarray:
    """How much a curve that begins at 0 rises from each edge to the next, given its values at the inner edges and the end."""
    found = np.empty((len(at_edges) + 1, *at_edges.shape[1:]))
    found[0] = at_edges[0]
    np.subtract(at_edges[1:], at_edges[:-1], out=found[1:-1])
    np.subtract(last, at_edges[-1], out=found[-1])
    return found


def _maximise(form: MixtureForm, batch: Batch, statistics: np.ndarray, behind: _Behind) -> Batch:
    """Parameters that fit the expected sums best."""
    runs, k = batch.shares.shape
    nodes = len(NODES) if form.direction else 1
    places = item_slices(form.items)
    sums = statistics.reshape(runs, k, nodes, -1)
    shares = sums[..., -1].sum(axis=2)
    shares = np.maximum(shares / shares.sum(axis=1, keepdims=True), _LEAST_CHANCE)
    chances = []
    for i in form.chosen:
        own = sums[..., places[i]].sum(axis=2) + 1e-12
        chances.append(own / own.sum(axis=2, keepdims=True))
    means, spreads, loadings = batch.means, batch.spreads, batch.loadings
    if form.measured:
        first, second, known = _moments(form, sums, places, behind)
        means, loadings = _regress(form, first, known)
        centres = _centres(form, Batch(shares, means, spreads, loadings, chances))
        squares = (second - 2 * centres * first + centres**2 * known).sum(axis=2)
        totals = known.sum(axis=2)
        alike = {"common": (1, 2), "item": (1,), "segment": ()}[form.spread]
        squares, totals = (np.broadcast_to(x.sum(axis=alike, keepdims=True), means.shape) for x in (squares, totals))
        least = np.array([_LEAST_SPREAD[form.items[i].kind] for i in form.measured])
        spreads = np.maximum(np.sqrt(np.maximum(squares, 0) / np.maximum(totals, 1e-9)), least)
    return Batch(shares, means, spreads, loadings, chances)


def _moments(
    form: MixtureForm, sums: np.ndarray, places: list[slice], behind: _Behind
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Expected sums of the values and squares, and people who answered, shape (runs, segments, nodes, measured)."""
    shape = (*sums.shape[:3], len(form.measured))
    first, second, known = np.empty(shape), np.empty(shape), np.empty(shape)
    for levels, members in _scales(form).items():
        own = np.ascontiguousarray(np.moveaxis(np.stack([sums[..., places[form.measured[m]]] for m in members], axis=3), -1, 0))
        if not levels:
            known[..., members], first[..., members], second[..., members] = own
            continue
        value, variance = behind[levels]
        first[..., members] = (own * value).sum(axis=0)
        second[..., members] = (own * (variance + value**2)).sum(axis=0)
        known[..., members] = own.sum(axis=0)
    return first, second, np.maximum(known, 1e-9)


def _regress(form: MixtureForm, first: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means of the segments, and loadings on the common direction, by least squares."""
    totals = known.sum(axis=2)
    means = first.sum(axis=2) / totals
    if not form.direction:
        return means, np.zeros((len(means), means.shape[2]))
    place = (known * NODES[:, None]).sum(axis=2) / totals
    away = NODES[None, None, :, None] - place[:, :, None, :]
    up = (away * (first - means[:, :, None, :] * known)).sum(axis=(1, 2))
    loadings = up / np.maximum((known * away**2).sum(axis=(1, 2)), 1e-9)
    return means - loadings[:, None, :] * place, loadings
