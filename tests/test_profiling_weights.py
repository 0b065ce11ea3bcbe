"""Weighted figures: against StepMix, statsmodels and populations whose truth is known."""

import numpy as np
import pandas as pd
import pytest

from personakit.features import Features
from personakit.features_builder import DICTIONARY_COLUMNS
from personakit.profiling import profile_segments
from personakit.profiling_weights import bch_weights, membership_weights, weighted_figure
from personakit.segmentation import segment_customers


def blurred_classes(n=3000, seed=1):
    """Two classes told apart by five yes/no answers, with a value that differs by exactly one between them."""
    rng = np.random.default_rng(seed)
    group = (rng.random(n) < 0.4).astype(int)
    answers = (rng.random((n, 5)) < np.array([[0.3], [0.7]])[group][:, 0, None]).astype(float)
    index = pd.Index([f"c{i:04d}" for i in range(n)], name="customer_id")
    table = pd.DataFrame(answers, columns=list("abcde"), index=index)
    table["value"] = group + rng.normal(0, 0.5, n)
    dictionary = pd.DataFrame("", index=list(table), columns=DICTIONARY_COLUMNS)
    dictionary["kind"] = ["binary"] * 5 + ["number"]
    dictionary["columns"] = [f"survey.{name}" for name in table]
    return Features(table, dictionary), group


def test_equals_stepmix():
    """The means of the BCH method are those of StepMix's three steps, on its own probabilities."""
    stepmix = pytest.importorskip("stepmix", reason="the peer is part of the extra 'test'")
    features, _ = blurred_classes()
    answers, value = features.table[list("abcde")], features.table[["value"]]
    peer = stepmix.StepMix(2, measurement="binary", structural="gaussian_unit", n_steps=3, correction="BCH", assignment="modal",
                   random_state=3, progress_bar=0, verbose=0)  # fmt: skip
    peer.fit(answers, value)
    chances = peer.predict_proba(answers)
    weights = bch_weights(chances, chances.argmax(axis=1))
    own = [weighted_figure(value["value"].to_numpy(), weights[:, s], "mean")["weighted"] for s in (0, 1)]
    theirs = peer.get_parameters()["structural"]["means"].ravel()
    assert own == pytest.approx(theirs, abs=1e-3)


def test_correction_gives_the_truth_back():
    """The difference between the classes is one; the plain profile shrinks it, the corrected one does not, in its interval."""
    features, _ = blurred_classes()
    segmentation = segment_customers(features, basis=list("abcde"), n_segments=2, family="latent_classes")
    rows = profile_segments(features, segmentation).table.query("feature == 'value'").set_index("segment")
    assert abs(rows["estimate"].diff().iloc[-1]) < 0.85
    assert abs(rows["weighted"].diff().iloc[-1]) == pytest.approx(1, abs=0.1)
    truth = {1: 0.0, 2: 1.0}
    assert all(rows.at[s, "weighted_low"] < truth[s] < rows.at[s, "weighted_high"] for s in truth)
    assert (rows["weighted_high"] - rows["weighted_low"] > rows["ci_high"] - rows["ci_low"]).all()


def test_intervals_hold_what_they_promise():
    """Over 200 samples the 95 % interval of a corrected mean and of a corrected share holds the truth about so often."""
    held = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        group = (rng.random(400) < 0.4).astype(int)
        signal = group + rng.normal(0, 0.6, 400)
        odds = np.exp((signal - 0.5) / 0.36) * 0.4 / 0.6
        chances = np.column_stack([1 / (1 + odds), odds / (1 + odds)])
        weights = bch_weights(chances, chances.argmax(axis=1))
        mean = weighted_figure(2 * group + rng.normal(size=400), weights[:, 1], "mean")
        share = weighted_figure((rng.random(400) < np.where(group, 0.7, 0.2)) * 1.0, weights[:, 1], "share")
        held.append([mean["weighted_low"] < 2 < mean["weighted_high"], share["weighted_low"] < 0.7 < share["weighted_high"]])
    assert np.mean(held, axis=0) == pytest.approx([0.95, 0.95], abs=0.04)


def test_survey_weights_equal_those_of_statsmodels():
    """Weighted mean and median are those of statsmodels; equal weights change nothing."""
    from statsmodels.stats.weightstats import DescrStatsW

    rng = np.random.default_rng(2)
    values, weights = rng.exponential(size=301), rng.integers(1, 5, 301).astype(float)
    peer = DescrStatsW(values, weights=weights)
    assert weighted_figure(values, weights, "mean")["weighted"] == pytest.approx(peer.mean)
    median = weighted_figure(values, weights, "median")
    assert median["weighted"] == pytest.approx(float(np.median(np.repeat(values, weights.astype(int)))))
    assert median["weighted_low"] < median["weighted"] < median["weighted_high"]
    even = weighted_figure(values, np.ones(301), "median")
    assert even["weighted"] == pytest.approx(np.median(values)) and even["n_effective"] == 301


def test_weights_of_the_survey_reach_the_profile(write_study):
    """Who has no weight does not count in weighted figures; weights enter with mean one; the plain figures stay as they are."""
    import personakit as pk

    n = 60
    survey = pd.DataFrame({"customer_id": [f"C{i:02d}" for i in range(n)], "q": [1, 5] * (n // 2), "r": [1] * 30 + [5] * 30,
                           "w": [3.0] * 30 + [1.0] * 29 + [None]})  # fmt: skip
    study = ("study: T\nas_of: 2026-01-31\nsources:\n  survey: {path: survey.csv, weight: w, items: {needs: {kind: likert, "
             "scale: [1, 5], columns: [q]}, values: {kind: likert, scale: [1, 5], columns: [r]}}}\n")  # fmt: skip
    features = pk.build_features(pk.load_sources(pk.open_study(write_study(study, survey=survey))))
    assert features.weights.mean() == pytest.approx(1) and len(features.weights) == 59
    assert pk.Features.from_parts(features.parts()).weights.equals(features.weights)
    segmentation = pk.segment_customers(features, basis=["q"], n_segments=2)
    row = pk.profile_segments(features, segmentation).table.query("feature == 'r' and segment == 1").iloc[0]
    assert row["estimate"] == 3 and row["weighted"] == pytest.approx((15 * 3 * 1 + 15 * 1 * 5) / 60)
    weights = membership_weights(features, segmentation)
    assert weights.isna().all(axis=1).sum() == 1 and row["n_effective"] < row["n"]


def test_no_weights_without_need(small_run):
    """k-means without survey weights counts everybody once, and says nothing about weights."""
    table = small_run.profiles.table
    assert small_run.segmentation.family != "kmeans" or table["weighted"].isna().all()
    assert bch_weights(np.full((10, 2), 0.5), np.array([0, 1] * 5)) is None  # segments that overlap altogether
