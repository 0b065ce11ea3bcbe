"""Guesses are tested: direction, certainty and size, with p-values adjusted over all of them."""

import numpy as np
import pandas as pd
import pytest

from personakit.errors import StudyError
from personakit.features import Features
from personakit.features_builder import DICTIONARY_COLUMNS
from personakit.hypotheses import check_hypotheses
from personakit.study_parts import Hypothesis


@pytest.fixture
def features():
    rng = np.random.default_rng(0)
    n = 400
    young = np.arange(n) < 200
    table = pd.DataFrame({
        "age": np.where(young, 20, 50).astype(float), "price": np.clip(np.rint(3 + young + rng.normal(0, 1, n)), 1, 5),
        "noise": rng.normal(size=n), "town": np.where(young, "A", "B"),
    }, index=pd.Index([f"c{i}" for i in range(n)], name="customer_id"))  # fmt: skip
    kinds = {"age": "number", "price": "ordinal", "noise": "number", "town": "nominal"}
    dictionary = pd.DataFrame("", index=list(kinds), columns=DICTIONARY_COLUMNS)
    dictionary["kind"] = pd.Series(kinds)
    return Features(table, dictionary)


def guess(**entry):
    return Hypothesis(**({"say": "x", "variable": "price", "where": "age < 30", "expect": "higher"} | entry))


def test_verdicts(features):
    """What holds, the opposite, what is not certain, and what cannot be tested."""
    guesses = [
        guess(),
        guess(expect="lower"),
        guess(expect="different"),
        guess(variable="noise"),
        guess(variable="town"),
        guess(where="age > 90"),
        guess(where="town = 'A' AND age < 30"),
    ]
    table = check_hypotheses(features, guesses, min_cell=5)
    assert table["verdict"].tolist()[:4] == ["holds", "the opposite holds", "holds", "not certain"]
    assert table["verdict"][4].startswith("cannot be tested: the variable holds words")
    assert table["verdict"][5] == "cannot be tested: fewer than 5 people in the group or outside it"
    assert table["verdict"][6] == "holds" and table.loc[6, ["n", "others_n"]].tolist() == [200, 200]
    assert table["effect"][0] == pytest.approx(0.9, abs=0.25) and pd.isna(table["estimate"][5])


def test_wrong_names_are_named(features):
    """A misspelt feature or a condition that is not allowed brings one sentence."""
    with pytest.raises(StudyError, match=r"hypotheses.1: no feature 'prise'; did you mean 'price'\?"):
        check_hypotheses(features, [guess(variable="prise")], min_cell=5)
    with pytest.raises(StudyError, match="hypotheses.1.where"):
        check_hypotheses(features, [guess(where="agee < 30")], min_cell=5)


def test_a_word_where_a_number_stands_is_one_sentence(features):
    """An answer is 1 or 0 among the features, whatever the questionnaire called it; the message says so."""
    with pytest.raises(StudyError, match=r"hypotheses.2.where: 'price = 'yes'' does not fit .*there yes is 1") as told:
        check_hypotheses(features, [guess(), guess(where="price = 'yes'")], min_cell=5)
    assert len(str(told.value).splitlines()) == 1


def test_no_guess_is_no_table(features):
    """Without guesses the table is empty, with its columns."""
    assert check_hypotheses(features, [], min_cell=5).empty


def test_guesses_of_the_sample(small_run):
    """The planted groups make the guesses of the sample study come true or not."""
    guesses = small_run.study.hypotheses
    table = check_hypotheses(small_run.features, guesses, min_cell=5).set_index("variable")
    assert table.loc["need_speed_1", "verdict"] == "holds"
    assert (table["n"] > 20).all()
