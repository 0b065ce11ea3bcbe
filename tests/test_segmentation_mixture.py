"""Mixture models against scikit-learn, StepMix and numbers worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.mixture import GaussianMixture

from personakit.segmentation_items import Item, MixtureForm, design_matrix, family_of, forms_of, make_items
from personakit.segmentation_mixture import MixtureFit, best_mixture, fit_mixtures
from personakit.stability import adjusted_rand_index


def ones(design):
    return np.ones((1, len(design)))


@pytest.fixture
def numbers():
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 3, 400)
    values = np.array([[0, 0, 0], [4, 0, 0], [0, 4, 4.0]])[truth] + rng.normal(size=(400, 3))
    return pd.DataFrame(values, columns=["a", "b", "c"]), truth


def test_numbers_equal_scikit_learn(numbers):
    """A spread of its own for every variable and segment is the diagonal Gaussian mixture: same likelihood."""
    table, truth = numbers
    items = make_items(table, list(table), None)
    design = design_matrix(table, items)
    fit = fit_mixtures(design, ones(design), MixtureForm(items, "segment"), 3, tolerance=1e-10)[0]
    scaled = (table - table.mean()) / table.std(ddof=0)
    peer = GaussianMixture(3, covariance_type="diag", n_init=10, tol=1e-8, reg_covar=1e-9, random_state=1).fit(scaled)
    assert fit.log_likelihood == pytest.approx(peer.score(scaled) * len(table), abs=1e-3)
    assert fit.bic == pytest.approx(peer.bic(scaled), abs=2e-3)
    assert adjusted_rand_index(truth, fit.posterior(design).argmax(axis=1)) > 0.9


def test_categories_equal_stepmix():
    """Latent classes have the likelihood that StepMix finds, also with missing answers."""
    stepmix = pytest.importorskip("stepmix", reason="the peer is part of the extra 'test'")
    rng = np.random.default_rng(2)
    chances = np.where(rng.random((3, 8)) < 0.5, 0.85, 0.15)
    answers = (rng.random((500, 8)) < chances[rng.integers(0, 3, 500)]).astype(float)
    answers[rng.random(answers.shape) < 0.1] = np.nan
    table = pd.DataFrame(answers, columns=[f"q{i}" for i in range(8)])
    items = make_items(table, list(table), None)
    design = design_matrix(table, items)
    fit = fit_mixtures(design, ones(design), MixtureForm(items), 3, starts=20, tolerance=1e-10)[0]
    peer = stepmix.StepMix(3, measurement="binary_nan", n_init=20, random_state=1, abs_tol=1e-9, max_iter=5000, verbose=0,
                           progress_bar=0).fit(table)  # fmt: skip
    assert fit.log_likelihood == pytest.approx(peer.score(table) * len(table), abs=1e-2)


def test_one_segment_of_ratings_is_the_rounded_normal():
    """With one segment the likelihood is that of a rounded normal distribution, found by a plain search."""
    from scipy.optimize import minimize
    from scipy.stats import norm

    rng = np.random.default_rng(3)
    table = pd.DataFrame({"q": np.clip(np.rint(rng.normal(4.2, 1.1, 300)), 1, 5)})
    items = make_items(table, ["q"], None)
    assert items[0].kind == "rating" and items[0].levels == (1.0, 2.0, 3.0, 4.0, 5.0)
    design = design_matrix(table, items)
    fit = fit_mixtures(design, ones(design), MixtureForm(items), 1, tolerance=1e-12, n_steps=5000)[0]
    edges = np.array([-np.inf, 1.5, 2.5, 3.5, 4.5, np.inf])
    counts = design.sum(axis=0)

    def loss(at):
        return -(counts * np.log(np.diff(norm.cdf(edges, at[0], np.exp(at[1]))))).sum()

    assert fit.log_likelihood == pytest.approx(-minimize(loss, [3, 0], method="Nelder-Mead").fun, abs=1e-3)


def test_weights_stand_for_repeated_people(numbers):
    """A person who counts twice is two people."""
    table, _ = numbers
    items = make_items(table, list(table), None)
    twice = pd.concat([table, table.iloc[:100]], ignore_index=True)
    own, repeated = design_matrix(table, items), design_matrix(twice, items)
    weights = np.where(np.arange(400) < 100, 2.0, 1.0)[None]
    found = [fit_mixtures(d, w, MixtureForm(items, "segment"), 3, tolerance=1e-11)[0].log_likelihood
             for d, w in ((own, weights), (repeated, ones(repeated)))]  # fmt: skip
    assert found[0] == pytest.approx(found[1], abs=1e-3)


def test_the_likelihood_never_falls(numbers):
    """Every step of the algorithm explains the answers at least as well, for every kind of variable together."""
    from personakit.segmentation_em import first_guess, run_all

    rng = np.random.default_rng(6)
    table = numbers[0].assign(rating=rng.integers(1, 6, 400).astype(float), town=rng.choice(["x", "y", "z"], 400))
    table.loc[::7, "rating"] = np.nan
    items = make_items(table, list(table), None)
    design = design_matrix(table, items)
    for direction in (False, True):
        form = MixtureForm(items, "item", direction)
        batch = first_guess(design, ones(design), np.zeros(4, dtype=int), form, 3, rng)
        values = [run_all(design, ones(design)[0], form, batch, (1, 0.0)) for _ in range(40)]
        assert (np.diff(np.array(values), axis=0) > -1e-6).all()


@pytest.mark.parametrize("direction", [False, True])
@pytest.mark.parametrize("spread", ["common", "item", "segment"])
def test_chances_that_are_looked_up(direction, spread, monkeypatch):
    """Ratings on two scales and categories, some unanswered: tables and products of matrices give one model."""
    from personakit import segmentation_em

    rng = np.random.default_rng(9)
    group = rng.integers(0, 3, 500)
    table = pd.DataFrame(
        {name: np.clip(np.rint(rng.normal(1.5 + (group + i) % 3 * 1.4, 0.9)), 1, 5) for i, name in enumerate("abcd")}
    )
    table = table.assign(e=np.clip(np.rint(rng.normal(3 + 2 * group, 1.2)), 0, 9), town=np.array(list("xyz"))[group])
    table = table.mask(rng.random(table.shape) < 0.15)
    items = make_items(table, list(table), None)
    assert [item.kind for item in items] == ["rating"] * 5 + ["category"]
    design, form = design_matrix(table, items), MixtureForm(items, spread, direction)
    weights = np.stack([np.ones(500), rng.multinomial(500, np.full(500, 1 / 500)).astype(float)])
    found = {}
    for most in (segmentation_em._MOST_FACTORS, 0):
        monkeypatch.setattr(segmentation_em, "_MOST_FACTORS", most)
        monkeypatch.setattr(segmentation_em, "_CACHE_CELLS", 60_000 if most else 7_000)
        found[most] = fit_mixtures(design, weights, form, 3, starts=4, n_steps=60)
    for one, other in zip(*found.values(), strict=True):
        for name in ("shares", "means", "spreads", "loadings", "log_likelihood"):
            assert np.allclose(getattr(one, name), getattr(other, name), rtol=1e-9, atol=1e-9), name
        assert np.allclose(one.chances[0], other.chances[0], rtol=1e-9, atol=1e-9)


def test_fewer_places_choose_starts_as_good(monkeypatch):
    """Starts chosen at five places of a common direction end where those end that are chosen at all nine, and count all nine."""
    from personakit import segmentation_mixture

    rng = np.random.default_rng(12)
    group = rng.integers(0, 4, 600)
    centre = rng.uniform(1.5, 4.5, (4, 8))[group] + rng.normal(0, 0.8, (600, 1))
    table = pd.DataFrame(np.clip(np.rint(centre + rng.normal(0, 0.7, (600, 8))), 1, 5), columns=list("abcdefgh"))
    items = make_items(table, list(table), None)
    design, form = design_matrix(table, items), MixtureForm(items, "item", direction=True)
    weights = np.vstack([ones(design), rng.multinomial(600, np.full(600, 1 / 600), 5).astype(float)])
    found = {}
    for n_nodes in (segmentation_mixture._FIRST_NODES, form.n_nodes):
        monkeypatch.setattr(segmentation_mixture, "_FIRST_NODES", n_nodes)
        found[n_nodes] = fit_mixtures(design, weights, form, 4, starts=8, tolerance=1e-9)
    few, all_places = ([fit.log_likelihood for fit in fits] for fits in found.values())
    assert len(found) == 2
    assert np.allclose(few, all_places, atol=0.01)
    assert all(fit.form == form for fits in found.values() for fit in fits)


def test_a_common_direction_is_told_from_segments():
    """Raters who are high or low on everything are one group with a direction, and two planted groups within are found."""
    rng = np.random.default_rng(8)
    style = rng.normal(0, 0.9, (500, 1))
    truth = rng.integers(0, 2, 500)
    answers = 3 + style + np.where(truth[:, None] == 1, 1, -1) * np.array([0.9, 0.9, 0.9, -0.9, -0.9, -0.9])
    for planted in (True, False):
        own = answers if planted else 3 + style + 0 * answers
        table = pd.DataFrame(np.clip(np.rint(own + rng.normal(0, 0.7, (500, 6))), 1, 5), columns=list("abcdef"))
        items = make_items(table, list(table), None)
        design = design_matrix(table, items)
        fits = [best_mixture(design, ones(design), forms_of("factor_mixture", items), k) for k in (1, 2, 3)]
        assert int(np.argmin([fit.bic for fit in fits])) + 1 == (2 if planted else 1)
        if planted:
            assert adjusted_rand_index(truth, fits[1].posterior(design).argmax(axis=1)) > 0.75
            assert (fits[1].loadings > 0.4).all() or (fits[1].loadings < -0.4).all()


def test_noise_in_half_of_mixed_answers_does_no_harm():
    """Four ratings make three groups; two picks are noise, or go along."""
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 3, 400)
    centres = np.array([[4, 4, 2, 2], [2, 2, 4, 4], [4, 2, 4, 2.0]])
    ratings = np.clip(np.rint(centres[truth] + rng.normal(0, 0.65, (400, 4))), 1, 5)
    for picks, least in ((rng.integers(0, 3, (400, 2)), 0.8), (np.where(rng.random((400, 2)) < 0.8, truth[:, None], 0), 0.88)):
        table = pd.DataFrame(ratings, columns=list("abcd"))
        table[["p", "q"]] = np.array(["x", "y", "z"])[picks]
        items = make_items(table, list(table), None)
        assert family_of(items) == "mixed"
        design = design_matrix(table, items)
        fit = best_mixture(design, ones(design), forms_of("mixed", items), 3)
        assert adjusted_rand_index(truth, fit.posterior(design).argmax(axis=1)) >= least


def test_files_keep_the_model(numbers):
    """What is written gives the same probabilities."""
    table, _ = numbers
    items = make_items(table, list(table), None)
    design = design_matrix(table, items)
    fit = best_mixture(design, ones(design), forms_of("gaussian", items), 3).rounded()
    again = MixtureFit.from_plain(fit.to_plain())
    assert np.array_equal(fit.posterior(design), again.posterior(design)) and again.form == fit.form


def test_how_variables_enter():
    """Words and yes/no are categories, few whole numbers ratings, amounts logarithms; a dictionary decides where it speaks."""
    table = pd.DataFrame({"town": ["a", "b", None], "yes": [1.0, 0.0, 1.0], "stars": [1.0, 3.0, 5.0], "spend": [1.0, 2.0, 900.0],
                          "n": [0.0, 1.0, 2.0], "share": [0.1, 0.25, 0.8]})  # fmt: skip
    kinds = pd.DataFrame({"kind": {"spend": "amount", "n": "count"}})
    found = {item.name: (item.kind, item.levels, item.log) for item in make_items(table, list(table), kinds)}
    assert found["town"] == ("category", ("a", "b"), False) and found["yes"] == ("category", (0.0, 1.0), False)
    assert found["stars"] == ("rating", (1.0, 2.0, 3.0, 4.0, 5.0), False)
    assert (
        found["spend"][::2] == ("number", True)
        and found["n"][::2] == ("number", True)
        and found["share"][::2] == ("number", False)
    )
    assert make_items(table, ["stars"], None, as_categories=True)[0] == Item("stars", "category", (1.0, 3.0, 5.0))


def test_a_missing_answer_says_nothing():
    """Who answered nothing has the shares of the segments as probabilities."""
    table = pd.DataFrame({"a": [1.0, 2, 5, 4] * 20 + [np.nan], "b": ["x", "x", "y", "y"] * 20 + [None]})
    items = make_items(table, ["a", "b"], None)
    design = design_matrix(table, items)
    fit = best_mixture(design, ones(design), forms_of("mixed", items), 2)
    assert fit.posterior(design)[-1] == pytest.approx(fit.shares)
