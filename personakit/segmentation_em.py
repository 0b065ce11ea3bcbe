"""Step 06, the EM algorithm for many mixture models at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from personakit.segmentation_densities import (
    LEAST_CHANCE,
    Batch,
    Behind,
    centres_of,
    chances_of,
    coefficients_of,
    nodes_of,
    scales_of,
)
from personakit.segmentation_items import Item, MixtureForm
from personakit.segmentation_lookup import LookupPlan

_LEAST_SPREAD = {"rating": 0.2, "number": 0.05}
_CACHE_CELLS = 60_000  # of the joint chances, that the processor holds close by
#: A product of so many of the least chances is still a number that can be told from zero.
_MOST_FACTORS = 28
#: People whom a table has for each of its rows, so that making it is worth it.
_PEOPLE_PER_ROW = 8


def first_guess(
    design: np.ndarray, weights: np.ndarray, own: np.ndarray, form: MixtureForm, k: int, rng: np.random.Generator
) -> Batch:
    """Start each run from people who lie far from each other, mixed with everybody."""
    runs, places = len(own), form.places
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
    for item, place in zip(form.items, form.places, strict=True):
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


@dataclass(eq=False)
class _People:
    """
    Weighted people.

    Attributes
    ----------
    design : numpy.ndarray, shape (people, columns + 1)
        The last column is 1 for everybody: its coefficients are the constants, its sums the people per component.
    times : numpy.ndarray, shape (people,)
        How often each counts.
    plan : LookupPlan or None
        How answers are put together in tables; None when there are numbers, or so many answers that chances vanish.
    rows : list of numpy.ndarray, each of shape (people,)
        Row of each person in each table.
    """

    design: np.ndarray
    times: np.ndarray
    plan: LookupPlan | None
    rows: list[np.ndarray]

    @classmethod
    def of(cls, design: np.ndarray, weights: np.ndarray, form: MixtureForm) -> _People:
        """Leave out whom a bootstrap sample leaves out: a third of the people."""
        counted = weights > 0
        people, times = np.column_stack([design[counted], np.ones(int(counted.sum()))]), weights[counted].astype(float)
        if len(form.items) > _MOST_FACTORS or any(not item.levels for item in form.items):
            return cls(people, times, None, [])
        plan = LookupPlan.of([len(item.levels) + 1 for item in form.items], max(len(people) // _PEOPLE_PER_ROW, 1))
        answers = [(people[:, place] @ np.arange(1, len(item.levels) + 1)).astype(np.intp)
                   for item, place in zip(form.items, form.places, strict=True)]  # fmt: skip
        return cls(people, times, plan, [row.astype(np.intp) for row in plan.rows(answers)])


def run_all(design: np.ndarray, weights: np.ndarray, form: MixtureForm, batch: Batch, until: tuple[int, float]) -> np.ndarray:
    """Improve all runs on the same weighted people in place until they rest; give their log-likelihoods."""
    n_steps, tolerance = until
    people = _People.of(design, weights, form)
    active = np.arange(len(batch.shares))
    likelihood = np.full(len(active), -np.inf)
    for _ in range(n_steps):
        now = batch.of(active)
        found, statistics, behind = _expect(people, form, now)
        gain = found - likelihood[active]
        likelihood[active] = found
        moving = ~(gain < tolerance * np.abs(found))
        if not moving.any():
            break
        if not moving.all():
            active, now, statistics = active[moving], now.of(moving), statistics[:, moving]
            behind = {levels: (value[:, :, moving], variance[:, :, moving]) for levels, (value, variance) in behind.items()}
        batch.put(active, _maximise(form, now, statistics, behind))
    return likelihood


def _expect(people: _People, form: MixtureForm, batch: Batch) -> tuple[np.ndarray, np.ndarray, Behind]:
    """Log-likelihood, sums of the design per component (columns, runs, components), and what lies behind the ratings."""
    if people.plan is None:
        return _expect_by_products(people, form, batch)
    return _expect_by_tables(people, people.plan, form, batch)


def _pieces(people: _People, runs: int, components: int) -> Iterator[tuple[slice, list[slice]]]:
    """Cut runs, and people for each of them, into pieces whose joint chances the processor holds close by."""
    n = len(people.times)
    together = max(_CACHE_CELLS // (components * n), 1)
    per = -(-n // -(-n * components * together // _CACHE_CELLS))  # of about the same size
    for first in range(0, runs, together):
        yield slice(first, min(first + together, runs)), [slice(start, start + per) for start in range(0, n, per)]


def _expect_by_products(people: _People, form: MixtureForm, batch: Batch) -> tuple[np.ndarray, np.ndarray, Behind]:
    """Sums of log-densities are products of matrices."""
    coefficients, constants, behind = coefficients_of(form, batch)
    runs, components = constants.shape
    whole = np.concatenate([coefficients, constants[:, :, None]], axis=2)
    columns = whole.shape[2]
    likelihood, statistics = np.zeros(runs), np.zeros((columns, runs, components))
    for own, blocks in _pieces(people, runs, components):
        for some in blocks:
            block, counts = people.design[some], people.times[some]
            joint = (whole[own].reshape(-1, columns) @ block.T).reshape(-1, components, len(block))
            top = joint.max(axis=1, keepdims=True)
            joint -= top
            np.exp(joint, out=joint)
            total = joint.sum(axis=1, keepdims=True)
            likelihood[own] += (top[:, 0] + np.log(total[:, 0])) @ counts
            joint *= counts / total
            statistics[:, own] += (block.T @ joint.reshape(-1, len(block)).T).reshape(columns, -1, components)
    return likelihood, statistics, behind


def _expect_by_tables(
    people: _People, plan: LookupPlan, form: MixtureForm, batch: Batch
) -> tuple[np.ndarray, np.ndarray, Behind]:
    """Products of chances are looked up: an exponential less for every person and component."""
    chances, behind = chances_of(form, batch)
    runs, k, nodes = next(iter(chances.values())).shape[1:]
    components, columns = k * nodes, people.design.shape[1]
    shares = np.maximum(batch.shares, LEAST_CHANCE)[:, :, None] * (nodes_of(form.n_nodes)[1] if form.direction else 1.0)
    likelihood, statistics = np.zeros(runs), np.zeros((columns, runs, components))
    for own, blocks in _pieces(people, runs, components):
        scores = [chances[i][:, own].reshape(len(chances[i]), -1) for i in range(len(form.items))]
        tables = plan.tables([np.concatenate([np.ones_like(one[:1]), one]) for one in scores], np.multiply)
        tables[0] = tables[0] * shares[own].reshape(-1)
        for some in blocks:
            block, counts = people.design[some], people.times[some]
            first, *others = zip(people.rows, tables, strict=True)
            joint = first[1].take(first[0][some], axis=0)
            for rows, table in others:
                joint *= table.take(rows[some], axis=0)
            each = joint.reshape(len(block), -1, components)
            total = each.sum(axis=2)
            likelihood[own] += counts @ np.log(total)
            each *= (counts[:, None] / total)[:, :, None]
            statistics[:, own] += (block.T @ joint).reshape(columns, -1, components)
    return likelihood, statistics, behind


def _maximise(form: MixtureForm, batch: Batch, statistics: np.ndarray, behind: Behind) -> Batch:
    """Parameters that fit the expected sums best."""
    runs, k = batch.shares.shape
    sums = statistics.reshape(len(statistics), runs, k, -1)
    shares = sums[-1].sum(axis=2)
    shares = np.maximum(shares / shares.sum(axis=1, keepdims=True), LEAST_CHANCE)
    chances = []
    for i in form.chosen:
        own = np.moveaxis(sums[form.places[i]].sum(axis=3), 0, -1) + 1e-12
        chances.append(own / own.sum(axis=2, keepdims=True))
    means, spreads, loadings = batch.means, batch.spreads, batch.loadings
    if form.measured:
        first, second, known = _moments(form, sums, behind)
        means, loadings = _regress(form, first, known)
        centres = centres_of(form, Batch(shares, means, spreads, loadings, chances))
        second -= 2 * centres * first
        second += centres**2 * known
        squares, totals = second.sum(axis=3), known.sum(axis=3)
        alike = {"common": (0, 2), "item": (2,), "segment": ()}[form.spread]
        squares, totals = (x.sum(axis=alike, keepdims=True) for x in (squares, totals))
        least = np.array([_LEAST_SPREAD[form.items[i].kind] for i in form.measured])[:, None, None]
        found = np.maximum(np.sqrt(np.maximum(squares, 0) / np.maximum(totals, 1e-9)), least)
        spreads = np.ascontiguousarray(np.moveaxis(np.broadcast_to(found, (len(form.measured), runs, k)), 0, -1))
    return Batch(shares, means, spreads, loadings, chances)


def _moments(form: MixtureForm, sums: np.ndarray, behind: Behind) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Expected sums of the values and squares, and people who answered, shape (measured, runs, segments, nodes)."""
    shape = (len(form.measured), *sums.shape[1:])
    first, second, known = np.empty(shape), np.empty(shape), np.empty(shape)
    for levels, members in scales_of(form).items():
        columns = np.array([range(*form.places[form.measured[member]].indices(len(sums))) for member in members]).T
        own = sums[columns]  # answers, measured, runs, segments, nodes
        if not levels:
            known[members], first[members], second[members] = own
            continue
        value, variance = behind[levels]
        first[members] = (own * value).sum(axis=0)
        second[members] = (own * (variance + value**2)).sum(axis=0)
        known[members] = own.sum(axis=0)
    return first, second, np.maximum(known, 1e-9)


def _regress(form: MixtureForm, first: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means of the segments (runs, segments, measured), and loadings on the common direction, by least squares."""
    totals = known.sum(axis=3)
    means = first.sum(axis=3) / totals
    if not form.direction:
        return np.ascontiguousarray(np.moveaxis(means, 0, -1)), np.zeros(means.shape[1::-1])
    nodes, _ = nodes_of(form.n_nodes)
    place = known @ nodes / totals
    away = nodes - place[..., None]
    up = (away * (first - means[..., None] * known)).sum(axis=(2, 3))
    loadings = up / np.maximum((known * away**2).sum(axis=(2, 3)), 1e-9)
    means -= loadings[..., None] * place
    return np.ascontiguousarray(np.moveaxis(means, 0, -1)), np.ascontiguousarray(loadings.T)
