"""Step 06, mixture models: segments as groups of people who answer by the same chances, for answers of any kind."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from personakit.processes import one_thread, threads
from personakit.segmentation_densities import Batch, coefficients_of
from personakit.segmentation_em import first_guess, run_all
from personakit.segmentation_items import Item, MixtureForm

_FIRST_STEPS, _KEPT_STARTS, _FITS_PER_THREAD = 25, 3, 10
_FIRST_NODES = 5  # places of the common direction that are enough to tell which starts go on
_SCREENED_FROM, _SCREEN_ON = 20_000, 10_000


@dataclass(frozen=True, eq=False)
class MixtureFit:
    """
    One fitted mixture model.

    Attributes
    ----------
    form : MixtureForm
        The model.
    shares : numpy.ndarray, shape (segments,)
        Share of people.
    means : numpy.ndarray, shape (segments, measured items)
        On the scale of the ratings, or of the scaled numbers.
    spreads : numpy.ndarray, shape (segments, measured items)
        Standard deviations within a segment.
    loadings : numpy.ndarray, shape (measured items,)
        How much each item goes along with the common direction; zeros without one.
    chances : list of numpy.ndarray, each of shape (segments, levels)
        Chance of each answer, for every category.
    log_likelihood : float
        Of the data it was fitted to.
    n : float
        People it was fitted to.
    """

    form: MixtureForm
    shares: np.ndarray
    means: np.ndarray
    spreads: np.ndarray
    loadings: np.ndarray
    chances: list[np.ndarray]
    log_likelihood: float
    n: float

    @property
    def bic(self) -> float:
        """Bayesian information criterion (Schwarz 1978); smaller is better."""
        return -2 * self.log_likelihood + self.form.n_parameters(len(self.shares)) * float(np.log(self.n))

    def log_density(self, design: np.ndarray) -> np.ndarray:
        """Logarithm of share times density, shape (people, segments)."""
        coefficients, constants = linear_form(self)
        joint = design @ coefficients.T + constants
        joint = joint.reshape(len(design), len(self.shares), -1)
        top = joint.max(axis=2, keepdims=True)
        return np.asarray(top[..., 0] + np.log(np.exp(joint - top).sum(axis=2)))

    def rounded(self) -> MixtureFit:
        """Return the same model with figures of ten digits, as files hold it."""
        return MixtureFit(self.form, self.shares.round(10), self.means.round(10), self.spreads.round(10), self.loadings.round(10),
                          [c.round(10) for c in self.chances], round(self.log_likelihood, 6), self.n)  # fmt: skip

    def to_plain(self) -> dict[str, Any]:
        """Write the model as plain numbers and words."""
        return {
            "items": [item.__dict__ | {"levels": list(item.levels)} for item in self.form.items], "spread": self.form.spread,
            "direction": self.form.direction, "shares": self.shares.tolist(), "means": self.means.tolist(),
            "spreads": self.spreads.tolist(), "loadings": self.loadings.tolist(), "chances": [c.tolist() for c in self.chances],
            "log_likelihood": self.log_likelihood, "n": self.n,
        }  # fmt: skip

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> MixtureFit:
        """Put together what :meth:`to_plain` wrote."""
        items = tuple(Item(**{**item, "levels": tuple(item["levels"])}) for item in plain["items"])
        k = len(plain["shares"])
        shaped = {name: np.array(plain[name], dtype=float).reshape(k, -1) for name in ("means", "spreads")}
        return cls(MixtureForm(items, plain["spread"], plain["direction"]), np.array(plain["shares"]), shaped["means"],
                   shaped["spreads"], np.array(plain["loadings"], dtype=float), [np.array(c) for c in plain["chances"]],
                   plain["log_likelihood"], plain["n"])  # fmt: skip

    def posterior(self, design: np.ndarray) -> np.ndarray:
        """Probability of each segment for each person, shape (people, segments)."""
        joint = self.log_density(design)
        chances = np.exp(joint - joint.max(axis=1, keepdims=True))
        return np.asarray(chances / chances.sum(axis=1, keepdims=True))

    def reordered(self, order: np.ndarray) -> MixtureFit:
        """Return the same model with its segments in another order."""
        return MixtureFit(self.form, self.shares[order], self.means[order], self.spreads[order], self.loadings,
                          [c[order] for c in self.chances], self.log_likelihood, self.n)  # fmt: skip


def linear_form(model: MixtureFit) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of the design (components, columns) and constants (components) of log share times density."""
    coefficients, constants, _ = coefficients_of(model.form, _batch_of([model]))
    return coefficients[0], constants[0]


def _batch_of(fits: Sequence[MixtureFit]) -> Batch:
    def stacked(name: str) -> np.ndarray:
        return np.stack([getattr(fit, name) for fit in fits])

    chances = [np.stack(own) for own in zip(*(fit.chances for fit in fits), strict=True)]
    return Batch(stacked("shares"), stacked("means"), stacked("spreads"), stacked("loadings"), chances)


def fit_mixtures(  # noqa: PLR0913  the data, the model, and how hard to look
    design: np.ndarray, weights: np.ndarray, form: MixtureForm, n_segments: int, *, starts: int = 8,
    random_state: int | list[int] = 1, n_steps: int = 500, tolerance: float = 1e-7,
) -> list[MixtureFit]:  # fmt: skip
    """
    Fit one mixture model to many weightings of the same people at once.

    All starts go a few steps of the EM algorithm (beyond 20,000 different people on 10,000 of them, and along a common
    direction at fewer places); the best three of each weighting go on with everything until the log-likelihood rests.

    Parameters
    ----------
    design : numpy.ndarray, shape (people, columns)
        As :func:`design_matrix` writes it.
    weights : numpy.ndarray, shape (fits, people)
        How often each person counts in each fit.
    form : MixtureForm
        The model.
    n_segments : int
        Segments per fit.
    starts : int
        Starts per fit.
    random_state : int or list of int
        Seed.
    n_steps : int
        Most steps.
    tolerance : float
        Relative change of the log-likelihood at which a run ends.

    Returns
    -------
    list of MixtureFit
        The best run of each weighting.

    References
    ----------
    Dempster, A. P., Laird, N. M., & Rubin, D. B. (1977). Maximum likelihood from incomplete data via the EM algorithm.
    JRSS B, 39, 1-38.
    Lubke, G. H., & Muthén, B. (2005). Investigating population heterogeneity with factor mixture models. Psychological
    Methods, 10, 21-39 (the common direction).
    """
    if n_segments == 1 and not form.direction:
        starts = 1
    # one thread: small products gain nothing from more, and the last digits must not depend on their number
    seed = np.atleast_1d(random_state).tolist()

    def fit(first: int) -> list[MixtureFit]:
        own = weights[first : first + _FITS_PER_THREAD]
        return _fit(design, own, form, (n_segments, starts), np.random.default_rng([*seed, first]), (n_steps, tolerance))

    with one_thread(), ThreadPoolExecutor(threads()) as pool:
        return [one for block in pool.map(fit, range(0, len(weights), _FITS_PER_THREAD)) for one in block]


def _fit(
    design: np.ndarray, weights: np.ndarray, form: MixtureForm, size: tuple[int, int], rng: np.random.Generator,
    until: tuple[int, float],
) -> list[MixtureFit]:  # fmt: skip
    (n_segments, starts), tolerance = size, until[1]
    coarse = replace(form, n_nodes=_FIRST_NODES)
    batch = first_guess(design, weights, np.repeat(np.arange(len(weights)), starts), form, n_segments, rng)
    some = np.arange(len(design))
    if len(design) > _SCREENED_FROM:
        some = np.sort(rng.choice(len(design), _SCREEN_ON, replace=False))
    found = []
    for place, counts in enumerate(weights):
        own = batch.of(np.arange(place * starts, (place + 1) * starts))
        likelihood = run_all(design[some], counts[some], coarse, own, (_FIRST_STEPS, tolerance))
        if starts > _KEPT_STARTS:
            own = own.of(np.argsort(-likelihood, kind="stable")[:_KEPT_STARTS])
        likelihood = run_all(design, counts, form, own, until)
        best = int(likelihood.argmax())
        found.append(MixtureFit(form, own.shares[best], own.means[best], own.spreads[best], own.loadings[best],
                                [c[best] for c in own.chances], float(likelihood[best]), float(counts.sum())))  # fmt: skip
    return found


def best_mixture(  # noqa: PLR0913  as fit_mixtures
    design: np.ndarray, weights: np.ndarray, forms: Sequence[MixtureForm], n_segments: int, *, random_state: int = 1,
    starts: int = 8, n_steps: int = 200, tolerance: float = 1e-6,
) -> MixtureFit:  # fmt: skip
    """Fit every form, and keep the one with the lowest BIC."""
    fits = [
        fit_mixtures(design, weights, form, n_segments, starts=starts, random_state=[random_state, n_segments], n_steps=n_steps,
                     tolerance=tolerance)[0]
        for form in forms
    ]  # fmt: skip
    return min(fits, key=lambda fit: fit.bic)
