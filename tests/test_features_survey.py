"""Answers as features: kinds, groups of recommendation, satisfaction, and answers against a person's own mean."""

import numpy as np
import pandas as pd
import pytest

from personakit.collection import load_sources
from personakit.errors import StudyError
from personakit.features import build_features
from personakit.quality import check_quality
from personakit.segmentation_rule import choose_basis
from personakit.study import open_study

STUDY = """study: T
as_of: 2026-01-31
sources:
  survey:
    path: survey.csv
    items:
      needs: {kind: likert, scale: [1, 5], centre: true, columns: {price: Low prices, nature: Sparing nature, speed: Speed}}
      recommendation: {kind: nps, columns: {recommend: Would recommend the shop}}
      satisfaction: {kind: csat, scale: [1, 5], columns: {cart: The cart, help: Help}}
      town: {kind: choice, levels: [small, large], columns: {town: Where they live}}
"""
SURVEY = pd.DataFrame({
    "customer_id": ["C1", "C2", "C3", "C4"], "answered_at": ["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-31 23:10"],
    "price": [5, 2, 4, 1], "nature": [3, 2, None, 1], "speed": [4, 5, None, 4], "recommend": [10, 7, 6, 8],
    "cart": [5, 2, 4, 3], "help": [4, 2, None, 3], "town": ["small", "large", "large", "elsewhere"],
})  # fmt: skip


@pytest.fixture
def features(write_study):
    return build_features(load_sources(open_study(write_study(STUDY, survey=SURVEY))))


def test_kinds_of_answers(features):
    """Ratings are ordinal, choices nominal, shares shares; each says how a value comes to be missing."""
    kinds = features.dictionary["kind"]
    assert kinds[["price", "recommend", "cart"]].tolist() == ["ordinal"] * 3
    assert (kinds["town"], kinds["recommend_group"], kinds["satisfaction_satisfied"]) == ("nominal", "nominal", "share")
    assert features.dictionary["missing"].str.len().gt(5).all()


def test_recommendation_groups(features):
    """Promoters give 9 or 10, detractors 6 or less."""
    assert features.table["recommend_group"].tolist() == [
        "promoter (9 or 10)", "passive (7 or 8)", "detractor (0 to 6)", "passive (7 or 8)"]  # fmt: skip


def test_share_of_satisfied_answers(features):
    """One of the two best answers counts as satisfied, of the questions that were answered."""
    assert features.table["satisfaction_satisfied"].tolist() == [1.0, 0.0, 1.0, 0.0]


def test_answers_against_the_own_mean(features):
    """Who rates everything high is centred; with one answer of three nothing can be said."""
    own = features.table[["price_relative", "nature_relative", "speed_relative"]]
    assert own.loc["C1"].tolist() == [1.0, -1.0, 0.0] and own.loc["C2"].tolist() == [-1.0, -1.0, 2.0]
    assert own.loc["C3"].isna().all()


def test_derived_blocks_are_asked_for_by_name(features):
    """The default basis are the questions; the relative ones are a block of their own."""
    choice = type(open_study().segmentation)
    assert choose_basis(features, choice()) == ["price", "nature", "speed"]
    found = choose_basis(features, choice(basis=["needs relative"]))
    assert found == ["price_relative", "speed_relative"]  # the third is alike for everybody


def test_answers_after_the_day_are_not_used(write_study):
    """An answer given after as_of does not count; one on the last evening does."""
    late = SURVEY.assign(answered_at=["2026-01-05", "2026-02-01 00:00:01", "2026-01-07", "2026-01-31 23:59:59"])
    table = build_features(load_sources(open_study(write_study(STUDY, survey=late)))).table
    assert np.isnan(table.loc["C2", "price"]) and table.loc["C4", "price"] == 1


def test_centre_is_yes_or_no(write_study):
    """A wrong value is named with its line."""
    with pytest.raises(StudyError, match=r"line 7.*centre"):
        open_study(write_study(STUDY.replace("centre: true", "centre: perhaps"), survey=SURVEY))


def test_answers_in_words_are_kept(write_study):
    """The dictionary says which words the numbers of a rating stand for, lowest first; other questions have none."""
    text = STUDY.replace("scale: [1, 5], centre: true,", "levels: [no, hardly, so-so, rather, yes],")
    words = SURVEY.assign(price=["yes", "hardly", "rather", "no"])
    made = build_features(load_sources(open_study(write_study(text, survey=words))))
    assert made.table["price"].isna().all()  # words are counted in step 02
    made = build_features(check_quality(load_sources(open_study(write_study(text, survey=words)))).clean)
    assert made.table.loc[["C1", "C2", "C3", "C4"], "price"].tolist() == [5, 2, 4, 1]
    levels, unit = made.dictionary["levels"], made.dictionary.at["price", "unit"]
    assert levels["price"].split("\n") == ["no", "hardly", "so-so", "rather", "yes"] and unit == "1 to 5"
    assert levels["town"] == "" and levels["cart"] == ""
