"""Krippendorff's alpha: reference values of other tools, its interval, and cases worked out by hand."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from personakit.voices_agreement import alpha_interval, krippendorff_alpha

N = np.nan
FOUR_CODERS = np.array([
    [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N], [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3], [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
])  # fmt: skip


def test_equals_the_reference(real_data):
    """Four coders, twelve units and missing judgements, at every level of measurement."""
    file = Path(os.environ["PERSONAKIT_DATA"]).parent / "reference" / "agreement_drift.json"
    expected = json.loads(file.read_text(encoding="utf-8"))["krippendorff_4x12"]
    for level, value in expected.items():
        assert krippendorff_alpha(FOUR_CODERS, level=level) == pytest.approx(value, abs=1e-6)


def test_textbook_values():
    """The values of the book, to three digits."""
    assert krippendorff_alpha(FOUR_CODERS) == pytest.approx(0.743, abs=5e-4)
    assert krippendorff_alpha(FOUR_CODERS, level="interval") == pytest.approx(0.849, abs=5e-4)


def test_nothing_to_compare():
    """One coder, or one answer throughout, has no alpha; coders who disagree throughout are below 0."""
    assert np.isnan(krippendorff_alpha(np.array([[1.0, 2, 3]]))) and np.isnan(krippendorff_alpha(np.ones((3, 5))))
    assert np.isnan(alpha_interval(np.array([[1.0, 2, 3]]))[0])
    assert krippendorff_alpha(np.array([[0, 1, 0, 1], [1, 0, 1, 0]])) < 0


def test_the_interval_holds_the_truth():
    """Two coders who are each wrong in one of ten cases: over 200 samples the interval holds the long-run value mostly."""
    rng = np.random.default_rng(1)

    def sample(n):
        truth = rng.integers(0, 2, n)
        return np.array([np.where(rng.random(n) < 0.1, 1 - truth, truth) for _ in range(2)], dtype=float)

    long_run = krippendorff_alpha(sample(200_000))
    held = [low <= long_run <= high for low, high in (alpha_interval(sample(80), draws=300, random_state=i) for i in range(200))]
    assert np.mean(held) == pytest.approx(0.94, abs=0.05)
