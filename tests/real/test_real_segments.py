"""Segments of real data against the numbers that R gives on them (shared/reference)."""

import json

import numpy as np
import pandas as pd
import pytest

from personakit.segmentation import segment_customers
from personakit.segmentation_items import MixtureForm, design_matrix, make_items
from personakit.segmentation_kmeans import collapse, fit_many, nearest
from personakit.segmentation_mixture import fit_mixtures
from personakit.segmentation_panel import compare_solutions
from personakit.stability import adjusted_rand_index, assess_stability, segment_lineage

from ..conftest import monthly

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def reference(real_data):
    return real_data.parent / "reference"


@pytest.fixture(scope="module")
def brand(real_data):
    """Eleven yes or no answers of 1,453 people about a brand."""
    return (pd.read_csv(real_data / "mcdonalds" / "mcdonalds.csv").iloc[:, :11] == "Yes").astype(float)


def ten_starts(points, weights, n_segments, random_state):
    """As many starts as the peer had."""
    centres, _ = fit_many(points, weights, n_segments, starts=10, random_state=random_state)
    return np.array([nearest(points, own) for own in centres])


def test_four_segments_are_the_best_known(brand, reference):
    """The sum of squares is below that of the book, and the labels are those of 300 starts."""
    found = segment_customers(brand, basis=list(brand), n_segments=4)
    best = pd.read_csv(reference / "mcdonalds_k4_assignments.csv")["kmeans4_best"].to_numpy()
    assert found.within_ss <= 1603.5
    assert adjusted_rand_index(found.labels.to_numpy() - 1, best - best.min()) >= 0.86


def test_bootstrap_pairs_equal_flexclust(brand, reference):
    """Medians for two and three segments are those of the peer; more segments are not less stable than there."""
    medians = pd.read_csv(reference / "mcdonalds_boot_ari.csv").median()
    for k in range(2, 9):
        found = assess_stability(brand.to_numpy(), k, label_many=ten_starts, n_shuffles=0)
        median = float(np.median(found.rand_index))
        assert median >= medians[f"k{k}"] - 0.06, k
        if k <= 3:
            assert median <= medians[f"k{k}"] + 0.06, k


def test_lineage_equals_flexclust(reference):
    """Entropies of the book's chain of solutions."""
    chain = pd.read_csv(reference / "mcdonalds_label_chain_k2_8.csv")
    expected = json.loads((reference / "mcdonalds_flexclust.json").read_text(encoding="utf-8"))["slsa"]
    for found, own in zip(segment_lineage([chain[c].to_numpy() - 1 for c in chain]), expected, strict=True):
        assert found == pytest.approx(own, abs=1e-3)


def test_stability_of_each_segment_equals_flexclust(brand, reference):
    """SLSW of the book's four segments, with the peer's starts."""
    book = pd.read_csv(reference / "mcdonalds_k4_assignments.csv")["kmeans4"].to_numpy() - 1
    expected = [
        own["median"] for own in json.loads((reference / "mcdonalds_flexclust.json").read_text(encoding="utf-8"))["slsw_k4"]
    ]
    found = assess_stability(brand.to_numpy(), 4, reference=book, label_many=ten_starts, n_shuffles=0)
    assert np.median(found.jaccard, axis=0) == pytest.approx(expected, abs=0.06)


@pytest.mark.parametrize("seed", [21, *monthly(22, 23)])
def test_shuffled_answers_are_refused(brand, seed):
    """The same answers dealt out at random are nothing to segment."""
    rng = np.random.default_rng(seed)
    shuffled = brand.apply(rng.permutation)
    assert compare_solutions(shuffled, basis=list(brand)).verdict == "nothing to segment"


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("carcinoma", "carcinoma"),
        ("values", "values"),
        ("gss82", "gss82"),
        ("cheating", "cheating"),
        ("election_complete", "election"),
    ],
)
def test_latent_classes_equal_polca(real_data, reference, name, file):
    """Log-likelihoods and numbers of parameters, for every number of classes."""
    answers = pd.read_csv(real_data / "polca" / f"{file}.csv")
    if name == "cheating":
        answers = answers.drop(columns="GPA")
    if name == "election_complete":
        answers = answers[[c for c in answers if c.endswith(("G", "B"))]].dropna()
    items = make_items(answers, list(answers), None, as_categories=True)
    unique, _, counts = collapse(design_matrix(answers, items))
    expected = json.loads((reference / "polca_lca.json").read_text(encoding="utf-8"))[name]
    for key, own in expected.items():
        if key[1:].isdigit():
            k = int(key[1:])
            fit = fit_mixtures(unique, counts[None, :].astype(float), MixtureForm(items), k, starts=30, n_steps=5000,
                               tolerance=1e-10)[0]  # fmt: skip
            assert fit.log_likelihood == pytest.approx(own["loglik"], abs=1e-3)
            assert (fit.n, fit.form.n_parameters(k)) == (own["N"], own["npar"])


def test_latent_classes_use_what_is_missing_as_polca_does(real_data, reference):
    """People who left questions open count with the answers they gave."""
    answers = pd.read_csv(real_data / "polca" / "election.csv")
    answers = answers[[c for c in answers if c.endswith(("G", "B"))]].dropna(how="all")
    items = make_items(answers, list(answers), None, as_categories=True)
    unique, _, counts = collapse(design_matrix(answers, items))
    expected = json.loads((reference / "polca_lca.json").read_text(encoding="utf-8"))["election_missing_kept_k3"]
    fit = fit_mixtures(unique, counts[None, :].astype(float), MixtureForm(items), 3, starts=30, n_steps=5000, tolerance=1e-10)[0]
    assert fit.log_likelihood == pytest.approx(expected["loglik"], abs=1e-3)
