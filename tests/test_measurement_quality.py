"""Quality of personas: claims tested on other customers, a questionnaire with its reliability, and both put together."""

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.locale import Words
from personakit.measurement_quality import (
    BORNE_OUT_AND_LIKED,
    BORNE_OUT_NOT_LIKED,
    LIKED_NOT_BORNE_OUT,
    NEITHER,
    STATEMENTS,
    TOO_FEW_ANSWERS,
    confirm_claims,
    held_out_fidelity,
    perception_scores,
    persona_quality,
)


@pytest.fixture(scope="module")
def wave():
    """A wave and its segments."""
    features = pk.simulate_wave(1_600, random_state=420).features
    basis = [name for name in features.table if name.startswith("need_")]
    return features, pk.segment_customers(features, basis=basis, n_segments=5)


def answers_of(level, n=12, seed=1):
    """People who agree about so much with everything."""
    rng = np.random.default_rng(seed)
    own = rng.normal(level, 0.6, (n, 1))
    columns = [f"{dimension}_{i}" for dimension in STATEMENTS for i in (1, 2)]
    return pd.DataFrame(np.clip(np.rint(own + rng.normal(0, 0.5, (n, 12))), 1, 7), columns=columns)


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


def test_scores_are_means_with_reliability():
    """Mean, Student's interval and alpha of two statements, by hand; half of the answers are enough."""
    answers = answers_of(5.5)
    answers.loc[0, "clarity_2"] = np.nan
    table = perception_scores(answers).set_index("dimension")
    own = answers[["clarity_1", "clarity_2"]].mean(axis=1)
    assert table.loc["clarity", "score"] == pytest.approx(own.mean()) and table.loc["clarity", "n"] == 12
    assert table.loc["clarity", "ci_high"] - own.mean() == pytest.approx(2.200985 * own.std() / np.sqrt(12), rel=1e-5)
    assert table.loc["all", "alpha"] > 0.8 and set(table.index) == {*STATEMENTS, "all"}


def test_wrong_answers_are_named_together():
    """A missing column, and answers that are no numbers from 1 to 7."""
    answers = answers_of(5).astype(object).drop(columns="empathy_2")
    answers.loc[0, "clarity_1"], answers.loc[1, "clarity_1"] = 9, "yes"
    with pytest.raises(pk.DataError) as error:
        perception_scores(answers)
    assert str(error.value) == "answers: no column 'empathy_2'\nanswers: clarity_1 holds 9, yes; allowed: 1 to 7, or empty"


def test_both_are_put_together(wave, small_run):
    """Trust without truth is called what it is, in four languages."""
    good = held_out_fidelity(*wave)
    claims = [line for persona in small_run.personas.personas for line in persona.claims if line.asserts == "difference"]
    figures = {piece.key: piece for line in claims for piece in line.evidence if isinstance(piece, pk.Figure)}
    flat = {key: figure.model_copy(update={"effect": 0.01, "effect_low": -0.1, "effect_high": 0.1})
            for key, figure in figures.items() if figure.effect is not None}  # fmt: skip
    bad = confirm_claims(claims, flat)
    liked, disliked = perception_scores(answers_of(6)), perception_scores(answers_of(3).assign(empathy_1=1.0, empathy_2=1.0))
    assert persona_quality(good, liked)[0] == BORNE_OUT_AND_LIKED and persona_quality(bad, liked)[0] == LIKED_NOT_BORNE_OUT
    assert persona_quality(good, disliked) == (BORNE_OUT_NOT_LIKED, {"dimension": "empathy"})
    assert persona_quality(bad, disliked)[0] == NEITHER
    assert persona_quality(good, perception_scores(answers_of(6, n=4)))[0] == TOO_FEW_ANSWERS
    for language in ("nb", "fi", "fa"):
        words = Words(language)
        assert words(BORNE_OUT_NOT_LIKED, dimension=words("empathy")) != BORNE_OUT_NOT_LIKED.format(dimension="empathy")
        assert all(words(text) != text for own in STATEMENTS.values() for text in own)


def test_a_share_that_is_none(wave):
    """One clear error."""
    with pytest.raises(pk.DataError, match="share: found 1; write a number between 0 and 1"):
        held_out_fidelity(*wave, share=1)
