"""Weights bring a sample in line with the market, and say what they cost."""

import numpy as np
import pandas as pd
import pytest

from personakit.errors import DataError
from personakit.exploration_weights import LARGEST_WEIGHT, rake


@pytest.fixture
def sample():
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {"gender": rng.choice(["w", "m"], 500, p=[0.7, 0.3]), "town": rng.choice(["A", "B", "C"], 500, p=[0.5, 0.3, 0.2])}
    )


MARKET = {"gender": {"w": 0.5, "m": 0.5}, "town": {"A": 0.3, "B": 0.3, "C": 0.4}}


def test_all_margins_fit_at_once(sample):
    """After raking every variable has the market's shares, and the mean weight is one."""
    raked = rake(sample, MARKET)
    assert raked.table["weighted_share"].to_numpy() == pytest.approx(raked.table["market_share"].to_numpy(), abs=1e-6)
    assert raked.weights.mean() == pytest.approx(1)
    assert raked.design_effect == pytest.approx(1 + raked.weights.var(ddof=0), rel=1e-9) and raked.design_effect > 1.1
    assert raked.n_effective == pytest.approx(500 / raked.design_effect)


def test_a_sample_like_the_market_costs_nothing(sample):
    """Weights of one, design effect of one."""
    own = {v: sample[v].value_counts(normalize=True).to_dict() for v in MARKET}
    raked = rake(sample, own)
    assert raked.design_effect == pytest.approx(1) and raked.weights.to_numpy() == pytest.approx(np.ones(500))


def test_one_person_does_not_stand_for_many():
    """Weights are held between limits, and that is counted."""
    people = pd.DataFrame({"gender": ["w"] * 199 + ["m"]})
    raked = rake(people, {"gender": {"w": 0.5, "m": 0.5}})
    assert raked.trimmed == 1 and raked.weights.max() / raked.weights.min() <= LARGEST_WEIGHT / 0.2


def test_missing_traits_weigh_one(sample):
    """Who has no answer keeps the weight one."""
    sample.loc[3, "town"] = None
    assert rake(sample, MARKET).weights[3] == 1


def test_nothing_in_common(sample):
    """Other spellings in the market than in the sample are named."""
    with pytest.raises(DataError, match="none of its variables and answers stand in the sample"):
        rake(sample, {"gender": {"female": 1.0}})
