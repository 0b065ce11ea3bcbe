"""Scores of several questions, and how well the questions go together."""

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.errors import StudyError
from personakit.features_scores import cronbach_alpha

STUDY = """study: T
as_of: 2026-06-30
sources:
  survey:
    path: survey.csv
    items:
      opinions: {columns: [q1, q2, q3], kind: likert, scale: [1, 5], scores: {trust: [q1, q2, -q3]}}
"""


def test_alpha_equals_the_correlation_formula():
    """For standardised questions alpha follows from their mean correlation; the interval holds it."""
    rng = np.random.default_rng(1)
    values = rng.normal(size=(300, 1)) + rng.normal(size=(300, 4))
    table = pd.DataFrame((values - values.mean(axis=0)) / values.std(axis=0, ddof=1))
    r = (table.corr().to_numpy().sum() - 4) / 12
    found = cronbach_alpha(table)
    assert found["alpha"] == pytest.approx(4 * r / (1 + 3 * r))
    assert found["alpha_low"] < found["alpha"] < found["alpha_high"] and (found["questions"], found["n"]) == (4, 300)


def test_no_alpha_without_differences():
    """Two people, or answers that are all alike, have none."""
    assert np.isnan(cronbach_alpha(pd.DataFrame({"a": [1, 2], "b": [1, 2]}))["alpha"])
    assert np.isnan(cronbach_alpha(pd.DataFrame({"a": [3] * 9, "b": [3] * 9}))["alpha"])


def test_scores_become_features(write_study):
    """The mean of the questions, one of them turned round, for who answered at least half."""
    survey = pd.DataFrame({"q1": [5, 1, 4, None, None], "q2": [4, 2, None, None, 3], "q3": [1, 5, 2, 3, None]})
    features = pk.build_features(pk.load_sources(pk.open_study(write_study(STUDY, survey=survey))))
    assert features.table["trust"].round(3).tolist()[:3] == [4.667, 1.333, 4.0]
    assert features.table["trust"].isna().tolist() == [False, False, False, True, True]
    entry = features.dictionary.loc["trust"]
    assert entry["columns"] == "survey.q1, survey.q2, survey.q3" and entry["unit"] == "1 to 5"
    assert features.reliability["score"].tolist() == ["trust"] and features.reliability["n"].tolist() == [2]


def test_a_question_that_is_not_there(write_study):
    """The study file names the score, the question, and what there is."""
    file = write_study(STUDY.replace("-q3]", "-q4]"), survey=pd.DataFrame({"q1": [1], "q2": [1], "q3": [1]}))
    with pytest.raises(StudyError, match="scores.trust: '-q4' is no question of this block; the questions are q1, q2, q3"):
        pk.open_study(file)
