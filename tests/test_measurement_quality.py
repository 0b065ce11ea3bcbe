"""Fidelity: claims tested on other customers."""

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.measurement_quality import confirm_claims, held_out_fidelity


@pytest.fixture(scope="module")
def wave():
    """A wave and its segments."""
    features = pk.simulate_wave(1_600, random_state=420).features
    basis = [name for name in features.table if name.startswith("need_")]
    return features, pk.segment_customers(features, basis=basis, n_segments=5)


def test_strong_claims_come_true_for_customers_who_were_held_out(wave):
    """Nearly all strong ones, more than moderate ones, nothing contradicted; the same seed gives the same."""
    found = held_out_fidelity(*wave)
    table = found.by_grade.set_index("grade")
    assert table.loc["strong", "share"] > 0.95 and table.loc["strong", "contradicted"] == 0 and table.loc["strong", "claims"] > 30
    assert table.loc["moderate", "share"] < table.loc["strong", "share"] and found.share > 0.8
    assert not any(name.startswith("features|need_") for name in found.claims["claim"])
    assert held_out_fidelity(*wave).claims.equals(found.claims)


def test_noise_is_not_borne_out():
    """Segments of pure noise: what one half shows, the other half does not."""
    rng = np.random.default_rng(3)
    table = pd.DataFrame(rng.normal(size=(800, 60)), columns=[f"x{i}" for i in range(60)])
    table.index = pd.Index([f"c{i}" for i in range(800)], name="customer_id")
    plain = pk.simulate_wave(10, random_state=1).features.dictionary.loc[["age"] * 60].set_axis(table.columns)
    plain = plain.assign(source="customers", columns=[f"customers.{name}" for name in table.columns], basis="behavioural")
    features = pk.Features(table, plain)
    segmentation = pk.segment_customers(features, basis=["x0", "x1"], n_segments=3)
    found = held_out_fidelity(features, segmentation)
    assert len(found.claims) >= 3 and (found.claims["found"] == "confirmed").mean() < 0.4


def test_claims_on_a_new_wave(wave, small_run):
    """Claims of cards against their own figures are all confirmed; turned round they are contradicted; gone, not measured."""
    claims = [line for persona in small_run.personas.personas for line in persona.claims]
    figures = {piece.key: piece for line in claims for piece in line.evidence if isinstance(piece, pk.Figure)}
    same = confirm_claims(claims, figures)
    strong = same.by_grade.set_index("grade").loc["strong"]
    assert strong["confirmed"] == strong["claims"] > 0 and (same.claims["said"] == same.claims["again"]).all()
    turned = {key: figure.model_copy(update={name: -value for name in ("effect", "effect_low", "effect_high")
                                             if (value := getattr(figure, name)) is not None})
              for key, figure in figures.items()}  # fmt: skip
    line = next(line for line in claims if line.grade == "strong" and line.asserts == "difference" and line.kind == "data")
    assert confirm_claims([line], turned).claims["found"].tolist() == ["contradicted"]
    assert confirm_claims([line], {}).claims["found"].tolist() == ["not measured"]


def test_a_share_that_is_none(wave):
    """One clear error."""
    with pytest.raises(pk.DataError, match="share: found 1; write a number between 0 and 1"):
        held_out_fidelity(*wave, share=1)


def test_what_half_of_the_customers_do_not_know():
    """A question that the first half never answered is left out; too few for segments make no claims, and no error."""
    table = pd.DataFrame({"a": [1.0, 9.0] * 20, "b": [1.0, 9.0] * 20, "rare": np.nan, "other": np.arange(40.0)})
    table.index = pd.Index([f"c{i:02d}" for i in range(40)], name="customer_id")
    table.loc[["c00", "c01"], "rare"] = [1.0, 2.0]
    entry = pk.simulate_wave(10, random_state=1).features.dictionary.loc[["age"] * 4].set_axis(table.columns)
    features = pk.Features(table, entry)
    segmentation = pk.segment_customers(features, basis=["a", "b", "rare"], n_segments=2)
    for seed in range(4):  # whoever knows the rare one is in either half
        assert set(held_out_fidelity(features, segmentation, random_state=seed).claims["found"]) <= {"confirmed", "not confirmed"}
    few = pk.Features(table.iloc[:4], entry)
    segments = pk.segment_customers(few, basis=["other", "a"], n_segments=4)
    found = held_out_fidelity(few, segments)
    assert found.claims.empty and found.by_grade["claims"].sum() == 0
