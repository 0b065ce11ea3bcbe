"""What can be asked, and which answer somebody gave."""

import pandas as pd
import pytest

import personakit as pk
from personakit.features import Features
from personakit.screener_questions import FACTS, ScreenerQuestion, askable_questions

ENTRY = {"label": "", "message": "", "value": "", "unit": "", "source": "survey", "group": "needs", "about": "need",
         "basis": "psychographic", "kind": "ordinal"}  # fmt: skip


def features(**columns):
    """Features of six people; each column with its values and what differs from a survey question."""
    index = pd.Index([f"c{i}" for i in range(6)], name="customer_id")
    table = pd.DataFrame({name: values for name, (values, _) in columns.items()}, index=index)
    dictionary = pd.DataFrame([{**ENTRY, **entry} for _, entry in columns.values()], index=pd.Index(columns, name="feature"))
    return Features(table, dictionary)


def test_each_kind_of_answer():
    """A scale has all its steps, ages come in the usual groups, a choice has what people chose."""
    own = features(
        speed=([1.0, 2, 2, 4, 4, None], {"unit": "1 to 5"}),
        age=([19.0, 33, 34, 52, 70, None], {"kind": "number", "unit": "years"}),
        yoga=([1.0, 0, 1, 0, 0, None], {"kind": "binary"}),
        city=(["Oslo", "Oslo", "Bergen", "Oslo", "Bergen", None], {"kind": "nominal", "source": "customers",
                                                                  "basis": "geographic"}),
    )  # fmt: skip
    questions = {question.name: question for question in askable_questions(own, own.table.index)}
    assert [answer.text for answer in questions["speed"].answers] == ["1", "2", "3", "4", "5"]
    assert [(a.low, a.high) for a in questions["age"].answers] == [(None, 25), (25, 35), (35, 45), (45, 55), (55, 65), (65, None)]
    assert [answer.text for answer in questions["yoga"].answers] == ["1", "0"]
    assert [answer.text for answer in questions["city"].answers] == ["Bergen", "Oslo"]
    assert questions["age"].codes(own.table["age"]).tolist() == [0, 1, 1, 3, 5, -1]
    assert questions["speed"].codes(pd.Series([5.0, 1.5, None])).tolist() == [4, -1, -1]
    assert questions["city"].codes(pd.Series(["Oslo", "Hamar", None])).tolist() == [1, -1, -1]


def test_rare_answers_are_something_else():
    """Beyond eight answers, and below two of a hundred, people say something else."""
    towns = [f"town {i}" for i in range(9) for _ in range(10 - i)]
    index = pd.Index([f"c{i}" for i in range(len(towns))], name="customer_id")
    dictionary = pd.DataFrame([{**ENTRY, "kind": "nominal", "source": "customers", "basis": "geographic"}],
                              index=pd.Index(["town"], name="feature"))  # fmt: skip
    own = Features(pd.DataFrame({"town": towns}, index=index), dictionary)
    question = askable_questions(own, index)[0]
    assert [answer.text for answer in question.answers] == [*[f"town {i}" for i in range(8)], ""]
    assert question.codes(pd.Series(["town 8", "elsewhere", "town 0", None])).tolist() == [8, 8, 0, -1]


def test_experiences_with_us_are_not_asked(small_run):
    """New people cannot say how satisfied they are; facts and the survey's other questions can be asked."""
    names = {question.name for question in askable_questions(small_run.features, small_run.segmentation.labels.index)}
    assert {"age", "gender", "need_price_1", "likes_yoga"} <= names
    assert not {name for name in names if name.startswith(("csat", "recommend", "theme", "code"))}
    assert set(FACTS) & names


def test_plain_values_and_back(small_screener):
    """A question is the same after it was written as plain values."""
    for question in small_screener.questions:
        assert ScreenerQuestion.from_plain(question.to_plain()) == question


def test_an_unknown_candidate_is_named(small_run):
    """The message names the feature and what was meant."""
    with pytest.raises(pk.DataError, match="candidates: no feature 'agee'; did you mean 'age'"):
        askable_questions(small_run.features, small_run.features.table.index, ["agee"])


def test_nothing_to_ask():
    """Without a survey and without facts there is one clear sentence."""
    own = features(spend=([1.0, 2, 3, 4, 5, 6], {"kind": "amount", "source": "orders", "about": ""}))
    with pytest.raises(pk.DataError, match="screener: there is nothing to ask; add a survey, or name features"):
        askable_questions(own, own.table.index)


def test_words_of_a_rating_are_its_answers():
    """Every step of the scale has its word; where steps and words are not as many, numbers are asked."""
    rated = [1.0, 2, 2, 3, 1, None]
    own = features(
        q=(rated, {"unit": "1 to 3", "levels": "no\nso-so\nyes"}),
        odd=(rated, {"unit": "1 to 3", "levels": "no\nyes"}),
        plain=(rated, {"unit": "1 to 3", "levels": ""}),
    )
    worded, odd, plain = askable_questions(own, own.table.index)
    assert [(answer.text, answer.words) for answer in worded.answers] == [("1", "no"), ("2", "so-so"), ("3", "yes")]
    assert not any(answer.words for answer in (*odd.answers, *plain.answers))
    assert ScreenerQuestion.from_plain(worded.to_plain()) == worded
    before = {
        **worded.to_plain(),
        "answers": [{k: v for k, v in a.items() if k != "words"} for a in worded.to_plain()["answers"]],
    }
    assert not any(answer.words for answer in ScreenerQuestion.from_plain(before).answers)  # of a screener made earlier
