"""Quizzes of the notebooks: a question, answers of which one is right, and for each answer why."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import yaml

from personakit.errors import PersonakitError, did_you_mean, listing
from personakit.handoffs import STEPS

_FILE = Path(__file__).with_name("quizzes.yaml")


@dataclass(frozen=True)
class QuizAnswer:
    """One answer: its text, whether it is right, and why it is or is not."""

    text: str
    right: bool
    why: str


@dataclass(frozen=True)
class QuizQuestion:
    """A question with its answers, in the order in which they are shown."""

    asks: str
    answers: tuple[QuizAnswer, ...]


@cache
def _content() -> dict[str, list[dict[str, Any]]]:
    content: dict[str, list[dict[str, Any]]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return content


def quiz_questions(step: str) -> list[QuizQuestion]:
    """
    Give the questions of a step.

    Parameters
    ----------
    step : str
        Word of the step, such as ``segmentation``.

    Returns
    -------
    list of QuizQuestion
        In the order in which they are asked.

    Raises
    ------
    PersonakitError
        If there is no such step.
    """
    if step not in STEPS:
        near = did_you_mean(step, list(STEPS))
        raise PersonakitError(f"there is no step '{step}'; allowed are {listing(list(STEPS), 20)}{near}")
    return [QuizQuestion(entry["asks"], _mixed(entry["answers"])) for entry in _content()[step]]


def _mixed(answers: list[dict[str, Any]]) -> tuple[QuizAnswer, ...]:
    """Answers in an order that follows from their wording alone, so that the right one stands anywhere."""
    found = [QuizAnswer(one["text"], bool(one.get("right")), one["why"]) for one in answers]
    return tuple(sorted(found, key=lambda answer: crc32(answer.text.encode())))
