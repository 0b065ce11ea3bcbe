"""The quiz: what its buttons say, without a browser, and its plain twin."""

from personakit.render.quiz_desk import Quiz


def test_every_answer_says_why(press):
    """A wrong answer says why not, the right one that it is right; another can be pressed afterwards."""
    quiz = Quiz("segmentation")
    question = quiz.questions[0]
    for answer in question.answers:
        press(quiz, answer.text)
        assert ("✓ Right." in quiz._says[0].value) == answer.right and answer.why[:20] in quiz._says[0].value
    assert quiz._says[1].value == ""


def test_on_paper_the_answer_is_folded_in():
    """Questions and answers stand there; the right one with its reason below."""
    plain = Quiz("features").plain()
    assert plain.count("<details>") == 2 and plain.count("<li>") == 2 + 6
    assert "Not known. Perhaps the person was never asked" in plain
