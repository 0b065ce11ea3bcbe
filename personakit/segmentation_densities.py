"""Step 06, densities of many mixture models at once: what each answer says in each segment, at each place of a direction."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy.special import ndtr

from personakit.segmentation_items import MixtureForm, rating_edges

_FARTHEST = 2.2  # standard deviations from the middle of the common direction
LEAST_CHANCE = 1e-10
#: Mean and variance of the unrounded value behind each step, per scale of ratings: steps, measured, runs, segments, nodes.
Behind = dict[tuple[Any, ...], Any]


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


@cache
def nodes_of(n_nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Values of the common direction at which people are placed, in standard deviations, and the share of people at each."""
    nodes = np.linspace(-_FARTHEST, _FARTHEST, n_nodes)
    heights = np.exp(-(nodes**2) / 2)
    return nodes, heights / heights.sum()


def coefficients_of(form: MixtureForm, batch: Batch) -> tuple[np.ndarray, np.ndarray, Behind]:
    """Log-densities as coefficients of the design (runs, components, columns), constants, and the unrounded values."""
    runs, k = batch.shares.shape
    nodes = form.n_nodes if form.direction else 1
    chances, behind = chances_of(form, batch)
    parts = {i: np.moveaxis(np.log(own), 0, -1) for i, own in chances.items()}
    centres = centres_of(form, batch)
    for place, i in enumerate(form.measured):
        if not form.items[i].levels:
            mean, spread = centres[place], batch.spreads[:, :, None, place]
            variance = np.broadcast_to(spread**2, mean.shape)
            parts[i] = np.stack(
                [-0.5 * (np.log(2 * np.pi * variance) + mean**2 / variance), mean / variance, -0.5 / variance], axis=-1
            )
    joined = np.concatenate([parts[i] for i in range(len(form.items))], axis=-1)
    constants = np.log(np.maximum(batch.shares, LEAST_CHANCE))[:, :, None]
    if form.direction:
        constants = constants + np.log(nodes_of(form.n_nodes)[1])
    constants = np.broadcast_to(constants, (runs, k, nodes)).reshape(runs, k * nodes)
    return joined.reshape(runs, k * nodes, -1), constants, behind


def chances_of(form: MixtureForm, batch: Batch) -> tuple[dict[int, np.ndarray], Behind]:
    """Chance of each answer of every category and rating, shape (answers, runs, segments, nodes), and the unrounded values."""
    nodes = form.n_nodes if form.direction else 1
    chances: dict[int, np.ndarray] = {}
    behind: Behind = {}
    for place, i in enumerate(form.chosen):
        own = np.moveaxis(np.maximum(batch.chances[place], LEAST_CHANCE), -1, 0)
        chances[i] = own[..., None].repeat(nodes, axis=3)
    centres = centres_of(form, batch)
    for levels, members in scales_of(form).items():
        if levels:
            spreads = np.moveaxis(batch.spreads[..., members], -1, 0)[..., None]
            steps, *behind[levels] = _rounded(centres[members], spreads, levels)
            for order, member in enumerate(members):
                chances[form.measured[member]] = steps[:, order]
    return chances, behind


def scales_of(form: MixtureForm) -> dict[tuple[Any, ...], list[int]]:
    """Measured items by their steps, so that those of one scale are computed together; numbers have no steps."""
    found: dict[tuple[Any, ...], list[int]] = {}
    for place, i in enumerate(form.measured):
        found.setdefault(form.items[i].levels, []).append(place)
    return found


def centres_of(form: MixtureForm, batch: Batch) -> np.ndarray:
    """Mean of every measured item in every component, shape (measured, runs, segments, nodes)."""
    means = np.ascontiguousarray(np.moveaxis(batch.means, -1, 0))[..., None]
    return means + batch.loadings.T[:, :, None, None] * nodes_of(form.n_nodes)[0] if form.direction else means


def _rounded(mean: np.ndarray, spread: np.ndarray, levels: tuple[Any, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Chance of each step, and mean and variance of the unrounded value behind it (truncated normal distribution).

    Steps are the first axis of what comes out, so that neighbours in memory are computed together.
    """
    edges = rating_edges(levels).reshape(-1, *[1] * mean.ndim)
    scaled = (edges[1:-1] - mean) / spread
    np.minimum(np.maximum(scaled, -38, out=scaled), 38, out=scaled)
    tail = ndtr(-np.abs(scaled))  # either tail is exact only from its own side
    above = scaled > 0
    chance = _between(np.where(above, 1 - tail, tail), 1.0)
    np.copyto(chance[1:], _between(-tail, 0.0)[1:], where=above)
    height = np.exp(-0.5 * scaled**2) / np.sqrt(2 * np.pi)
    rare = chance <= LEAST_CHANCE
    safe = np.maximum(chance, LEAST_CHANCE, out=chance)
    shift = _between(-height, 0.0)
    shift /= safe
    value = spread * shift
    value += mean
    scaled *= height
    variance = _between(scaled, 0.0)
    variance /= safe
    variance += shift**2
    np.subtract(1, variance, out=variance)
    np.maximum(variance, 1e-6, out=variance)
    variance *= spread**2
    if rare.any():
        low = np.where(np.isfinite(edges[:-1]), edges[:-1], edges[1:] - 0.5)
        high = np.where(np.isfinite(edges[1:]), edges[1:], edges[:-1] + 0.5)
        value = np.where(rare, np.clip(mean, low, high), value)
        variance = np.where(rare, ((high - low) / 4) ** 2, variance)
    return safe, value, variance


def _between(at_edges: np.ndarray, last: float) -> np.ndarray:
    """How much a curve that begins at 0 rises from each edge to the next, given its values at the inner edges and the end."""
    found = np.empty((len(at_edges) + 1, *at_edges.shape[1:]))
    found[0] = at_edges[0]
    np.subtract(at_edges[1:], at_edges[:-1], out=found[1:-1])
    np.subtract(last, at_edges[-1], out=found[-1])
    return found
