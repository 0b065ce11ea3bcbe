"""Self-checks of the exercises: ``check("6.2", answer)`` says PASS or gives a hint."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from personakit.cases import Case, open_case
from personakit.errors import PersonakitError, listing

STRICT = "PERSONAKIT_STRICT"
#: Tells what an answer lacks; an empty text when it is right.
Judge = Callable[[Any, Case], str]
_ROUNDING = 0.005


class CheckError(PersonakitError):
    """An answer is not right yet; raised only where the environment variable ``PERSONAKIT_STRICT`` is 1."""


class AnswerError(Exception):
    """An answer is of a kind that cannot be judged; the text says what to give instead."""


@dataclass(frozen=True)
class Task:
    """
    One task whose answer can be checked.

    Attributes
    ----------
    number : str
        Number of the step and of the task, such as ``6.2``.
    case : str
        The case it is about, see :func:`personakit.cases.open_case`.
    judge : callable
        Given the answer and the case: what is lacking, or an empty text.
    """

    number: str
    case: str
    judge: Judge


def check(task: str, answer: object = ...) -> None:
    """
    Check the answer to one task of the exercises, and print PASS or a hint.

    The right answer is computed from the data of the case, so that every way that leads to it is right.

    Parameters
    ----------
    task : str
        Number of the step and of the task, such as ``6.2``.
    answer : object
        What was found. ``...`` means that there is no answer yet.

    Raises
    ------
    CheckError
        If there is no such task; and, where the environment variable ``PERSONAKIT_STRICT`` is 1, if the answer is not right.

    Examples
    --------
    >>> check("0.1", 2)
    PASS 0.1
    >>> check("0.1", 9)
    0.1 not yet: Count the names under 'sources' in the study file of the café, not of the sports shop.
    >>> check("0.1")
    0.1 not yet: There is no answer. Put yours in the place of the three dots, and run the cell again.
    """
    from personakit.checks_tasks import TASKS

    if task not in TASKS:
        raise CheckError(f"there is no task '{task}'; this step has {listing(_same_step(task, TASKS) or list(TASKS), 40)}")
    found = TASKS[task]
    lacks = _lacks(found, answer)
    if lacks and os.environ.get(STRICT) == "1":
        raise CheckError(f"{task} not yet: {lacks}")
    print(f"{task} not yet: {lacks}" if lacks else f"PASS {task}")


def _lacks(task: Task, answer: object) -> str:
    if answer is ...:
        return "There is no answer. Put yours in the place of the three dots, and run the cell again."
    try:
        return task.judge(answer, open_case(task.case))
    except AnswerError as error:
        return str(error)


def _same_step(task: str, tasks: Mapping[str, Task]) -> list[str]:
    step = task.partition(".")[0]
    return [number for number in tasks if number.partition(".")[0] == step]


def number_in(answer: object) -> float:
    """
    Read an answer as a number: a number, a table with one cell, or a text such as ``"12 %"`` or ``"0,12"``.

    Raises
    ------
    AnswerError
        If it is none of these.

    Examples
    --------
    >>> number_in("12 %"), number_in("0,12"), number_in(np.int64(3))
    (0.12, 0.12, 3.0)
    """
    if isinstance(answer, pd.Series | pd.DataFrame | pd.Index | np.ndarray) and np.size(answer) == 1:
        answer = np.asarray(answer).reshape(-1)[0]
    if isinstance(answer, str):
        text = answer.strip().replace("\u2212", "-").replace(",", ".")
        found = re.fullmatch(r"(-?[\d.]+)\s*(%?)", text)
        if found and found[1].count(".") <= 1 and found[1].strip("-."):
            return float(found[1]) / (100 if found[2] else 1)
    if isinstance(answer, bool | np.bool_) or not isinstance(answer, int | float | np.number) or pd.isna(answer):
        raise AnswerError("A number is asked for, such as 12 or 0.4.")
    return float(answer)


def share_in(answer: object) -> float:
    """
    Read an answer as a share: 0.12, 12 (per cent) and ``"12 %"`` are the same.

    Examples
    --------
    >>> share_in(12), share_in(0.12)
    (0.12, 0.12)
    """
    found = number_in(answer)
    return found / 100 if abs(found) > 1 else found


def word_in(answer: object) -> str:
    """
    Read an answer as one name; large and small letters are the same.

    Examples
    --------
    >>> word_in(" Checkout ")
    'checkout'
    """
    if isinstance(answer, pd.Series | pd.Index | np.ndarray | list | tuple | set) and len(answer) == 1:
        answer = next(iter(answer))
    if not isinstance(answer, str):
        raise AnswerError('A name in quotes is asked for, such as "orders".')
    return answer.strip().casefold()


def words_in(answer: object) -> set[str]:
    """
    Read an answer as several names: a list, a column of a table, or one text with commas between.

    Examples
    --------
    >>> sorted(words_in("mentions, Population"))
    ['mentions', 'population']
    """
    if isinstance(answer, str):
        answer = answer.split(",")
    if not isinstance(answer, Iterable) or not all(isinstance(one, str) for one in answer):
        raise AnswerError('Names in quotes are asked for, such as ["orders", "events"].')
    return {one.strip().casefold() for one in answer}


def near(found: float, right: float, hints: Mapping[float, str], otherwise: str) -> str:
    """
    Judge a number: right when it is as near as rounding allows, else the hint for the mistake that leads to it.

    Parameters
    ----------
    found, right : float
        What was answered, and what is right.
    hints : mapping of float to str
        Numbers that typical mistakes lead to.
    otherwise : str
        The hint for every other number.

    Returns
    -------
    str
        Empty when it is right.

    Examples
    --------
    >>> near(0.84, 0.8403, {}, "Look again.")
    ''
    >>> near(655, 588, {655: "That is the other consent."}, "Look again.")
    'That is the other consent.'
    """

    def apart(number: float) -> float:
        wide = 1e-9 if number == round(number) else max(_ROUNDING, abs(number) * _ROUNDING)
        return abs(found - number) / wide

    if apart(right) <= 1:
        return ""
    nearest = min(hints, key=apart, default=None)
    return otherwise if nearest is None or apart(nearest) > 1 else hints[nearest]


def one_of(found: str, right: Iterable[str], hints: Mapping[str, str], otherwise: str) -> str:
    """
    Judge a name: right when it is among the right ones, else the hint for it.

    Examples
    --------
    >>> one_of("helsinki", ["turku"], {"helsinki": "Fewer than in the market."}, "Look again.")
    'Fewer than in the market.'
    """
    if found in {name.casefold() for name in right}:
        return ""
    return next((hint for wrong, hint in hints.items() if found == wrong.casefold()), otherwise)
