"""Quizzes: each step has its questions, each question one right answer, and each answer a reason."""

import pytest

from personakit.errors import PersonakitError
from personakit.handoffs import STEPS
from personakit.quizzes import quiz_questions


@pytest.mark.parametrize("step", STEPS)
def test_each_question_has_one_right_answer_and_reasons(step):
    """Two questions, three answers, all different; the right one does not always stand in the same place."""
    questions = quiz_questions(step)
    assert len(questions) == 2
    for question in questions:
        assert question.asks.endswith("?") and len({answer.text for answer in question.answers}) == 3
        assert sum(answer.right for answer in question.answers) == 1
        assert all(len(answer.why.split()) >= 4 for answer in question.answers)


def test_the_right_answer_stands_anywhere():
    """Somebody who always presses the same button is right at most half of the time."""
    every = [question for step in STEPS for question in quiz_questions(step)]
    places = [next(i for i, answer in enumerate(question.answers) if answer.right) for question in every]
    assert set(places) <= {0, 1, 2} and max(places.count(place) for place in range(3)) <= len(places) / 2


def test_a_misspelt_step_is_said():
    """With the nearest one."""
    with pytest.raises(PersonakitError, match="did you mean 'voices'"):
        quiz_questions("voice")
