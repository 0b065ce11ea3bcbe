"""The quiz at the end of a notebook: press an answer and read why it is right, or why not."""

from __future__ import annotations

from functools import partial
from html import escape

import ipywidgets as widgets

from personakit.quizzes import QuizQuestion, quiz_questions
from personakit.render.desk import Desk

_WIDE = widgets.Layout(width="auto", height="auto", margin="2px 0")


class Quiz(Desk):
    """
    Questions with answers to press; every answer says why it is right, or why not. Nothing is counted or kept.

    Without a kernel, and on paper, it shows the questions, and the right answer of each folded in below it.

    Parameters
    ----------
    step : str
        Word of the step, such as ``segmentation``.

    Raises
    ------
    PersonakitError
        If there is no such step.
    """

    def __init__(self, step: str) -> None:
        self.questions = quiz_questions(step)
        self._says = [widgets.HTML() for _ in self.questions]
        self.box = widgets.VBox([part for place, question in enumerate(self.questions) for part in self._parts(place, question)])
        self.box.add_class("pk-quiz")

    def plain(self) -> str:
        """Show the questions, with the right answer folded in below each."""
        parts = []
        for question in self.questions:
            answers = "".join(f"<li>{escape(answer.text)}</li>" for answer in question.answers)
            right = next(answer for answer in question.answers if answer.right)
            parts.append(f"<li><b>{escape(question.asks)}</b><ol type='a'>{answers}</ol><details><summary>The answer</summary>"
                         f"{escape(right.text)} {escape(right.why)}</details></li>")  # fmt: skip
        return f"<ol>{''.join(parts)}</ol>"

    def _parts(self, place: int, question: QuizQuestion) -> list[widgets.Widget]:
        asks = widgets.HTML(f"<p><b>{place + 1}. {escape(question.asks)}</b></p>")
        buttons = []
        for number, answer in enumerate(question.answers):
            button = self._button(answer.text, partial(self._told, place, number), "Press to see whether this is right")
            button.layout = _WIDE
            buttons.append(button)
        return [asks, *buttons, self._says[place]]

    def _told(self, place: int, number: int) -> None:
        """Say whether an answer is right, and why; another one can be pressed at any time."""
        answer = self.questions[place].answers[number]
        colour, verdict = ("#1d6b3a", "✓ Right.") if answer.right else ("#9c2f55", "✗ Not quite.")
        self._says[
            place
        ].value = f"<p role='status'><b style='color:{colour}'>{verdict}</b> “{escape(answer.text)}” {escape(answer.why)}</p>"
