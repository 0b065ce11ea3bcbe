"""Step 10, what a recruiter can ask: survey items and plain facts as questions with a few answers each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd

from personakit.errors import DataError, Note, did_you_mean, listing
from personakit.features import Features, numeric
from personakit.features_builder import answers_in_words
from personakit.features_survey import DERIVED_BLOCKS

#: Questions about what somebody has lived through with us; new people cannot answer them.
_ABOUT_US = {"satisfaction", "recommendation", "effort"}
#: Facts that everybody knows about themselves, and the words in which a recruiter asks for them.
FACTS = {
    "age": "How old are you?",
    "gender": "What is your gender?",
    "region": "Where do you live?",
    "occupation": "What is your occupation?",
    "household": "Who do you live with?",
    "income": "How much do you earn in a year?",
    "order_count": "How many times have you bought from us?",
    "favourite_category": "What do you buy from us most often?",
}
NOTHING_TO_ASK = "screener: there is nothing to ask; add a survey, or name features in candidates, such as {names}"
RATING = "On a scale from {low} to {high}, how well does this fit you: {label}?"
YES_NO = "Does this fit you: {label}?"
CHOICE = "Which of these fits you best: {label}?"
UNDER, BETWEEN, FROM, EXACTLY = "under {high}", "{low} to {high}", "{low} or more", "{low}"
YES, NO, OTHER = "yes", "no", "something else"
#: Ages at which the usual age groups of surveys begin.
_AGE_EDGES = (25.0, 35.0, 45.0, 55.0, 65.0)
_MOST_ANSWERS, _BANDS, _LEAST_SHARE = 8, 4, 0.02
_CUSTOMER_FACTS = {"demographic", "geographic"}


@dataclass(frozen=True)
class ScreenerAnswer:
    """
    One answer of a question.

    Attributes
    ----------
    text : str
        The answer itself, such as ``4`` or ``Oslo``; empty for a band of numbers.
    low, high : float or None
        A band holds numbers from ``low`` up to, but without, ``high``; None is open.
    points : tuple of int
        Points for each persona, in the order of the segments.
    words : str
        What the answer is called, where a rating is asked in words.
    """

    text: str = ""
    low: float | None = None
    high: float | None = None
    points: tuple[int, ...] = ()
    words: str = ""


@dataclass(frozen=True)
class ScreenerQuestion:
    """
    One question that a recruiter can ask.

    Attributes
    ----------
    name : str
        The feature it asks for.
    kind : {"rating", "yes_no", "choice", "band"}
        How it is answered: a step of a scale, yes or no, one of several answers, or a number.
    label, label_value : str
        Plain words, a pattern when ``label_value`` stands in it.
    unit : str
        Unit of a number.
    own_words : bool
        Whether the label is a wording of the study's own survey.
    counted : bool
        Whether a number is whole, such as years or orders.
    answers : tuple of ScreenerAnswer
        In the order they are shown. The last answer of a choice may be everything else (empty ``text``).
    """

    name: str
    kind: Literal["rating", "yes_no", "choice", "band"]
    label: str
    label_value: str
    unit: str
    own_words: bool
    counted: bool
    answers: tuple[ScreenerAnswer, ...]

    def to_plain(self) -> dict[str, Any]:
        """Write as plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_plain(cls, content: dict[str, Any]) -> ScreenerQuestion:
        """Read what :meth:`to_plain` wrote."""
        answers = tuple(ScreenerAnswer(**{**answer, "points": tuple(answer["points"])}) for answer in content["answers"])
        return cls(**{**content, "answers": answers})

    def codes(self, values: pd.Series) -> np.ndarray:
        """
        Find the answer that each person gave.

        Parameters
        ----------
        values : pandas.Series
            One value per person.

        Returns
        -------
        numpy.ndarray of int, shape (people,)
            Place of the answer; -1 for people who gave none of them.
        """
        found = np.full(len(values), -1)
        if self.kind == "choice":
            texts = values.astype("str").where(values.notna())
            for place, answer in enumerate(self.answers):
                found[((texts == answer.text) if answer.text else texts.notna() & (found < 0)).to_numpy(dtype=bool)] = place
            return found
        numbers = numeric(values)
        for place, answer in enumerate(self.answers):
            if self.kind == "band":
                inside = (numbers >= (-np.inf if answer.low is None else answer.low)) & (
                    numbers < (np.inf if answer.high is None else answer.high))  # fmt: skip
            else:
                inside = numbers == float(answer.text)
            found[inside] = place
        return found


def askable_questions(features: Features, people: pd.Index, candidates: Sequence[str] | None = None) -> list[ScreenerQuestion]:
    """
    List what could be asked to tell who somebody is.

    Parameters
    ----------
    features : Features
        One row per customer.
    people : pandas.Index
        The customers whose segment is known.
    candidates : sequence of str, optional
        Features to choose from. By default every question of the survey except those about experiences with the company, and
        the facts people know about themselves: age, gender, place, occupation, household, income. Without any of these, what and
        how often they buy.

    Returns
    -------
    list of ScreenerQuestion
        In the order of the features; questions with the same answer from everybody are left out.

    Raises
    ------
    DataError
        If a candidate is unknown, or nothing can be asked.
    """
    entries = features.dictionary
    if candidates is None:
        asked = [str(name) for name, entry in entries.iterrows() if _can_be_asked(str(name), entry)]
        names = [name for name in asked if entries.at[name, "source"] != "orders"] or asked  # anybody can be asked
    else:
        wrong = [name for name in candidates if name not in entries.index]
        if wrong:
            raise DataError([f"candidates: no feature '{name}'{did_you_mean(name, entries.index)}" for name in wrong])
        names = list(candidates)
    found = [_question(name, features.table.loc[people, name], entries.loc[name]) for name in names]
    questions = [question for question in found if len(question.answers) > 1]
    if not questions:
        raise DataError([Note(NOTHING_TO_ASK, names=listing(list(entries.index[:3])))])
    return questions


def _can_be_asked(name: str, entry: pd.Series) -> bool:
    if name in FACTS:
        return True
    if entry["source"] == "survey":
        return (entry["about"] not in _ABOUT_US and not entry["group"].endswith(DERIVED_BLOCKS)
                and entry["kind"] in {"ordinal", "binary", "nominal"})  # fmt: skip
    return (entry["source"] == "customers" and entry["basis"] in _CUSTOMER_FACTS
            and entry["kind"] in {"nominal", "binary", "ordinal"})  # fmt: skip


def _question(name: str, values: pd.Series, entry: pd.Series) -> ScreenerQuestion:
    known = values.dropna()
    kind, answers = _answers(name, known, str(entry["kind"]), str(entry["unit"]))
    words = answers_in_words(entry)
    if kind == "rating" and len(words) == len(answers):
        answers = tuple(replace(answer, words=word) for answer, word in zip(answers, words, strict=True))
    counted = kind == "band" and bool((numeric(known) == np.round(numeric(known))).all()) and entry["kind"] != "amount"
    return ScreenerQuestion(name, kind, str(entry["message"]), str(entry["value"]), str(entry["unit"]),
                            entry["source"] == "survey" and not entry["value"], counted, answers)  # fmt: skip


def _answers(name: str, known: pd.Series, kind: str, unit: str) -> tuple[Any, tuple[ScreenerAnswer, ...]]:
    if not pd.api.types.is_numeric_dtype(known):
        shares = known.astype("str").value_counts(normalize=True)
        shares = shares[shares >= _LEAST_SHARE]
        kept = sorted(sorted(shares.index, key=lambda text: (-shares[text], text))[:_MOST_ANSWERS])
        rest = not set(known.astype("str")) <= set(kept)
        return "choice", tuple(ScreenerAnswer(text) for text in [*kept, *([""] if rest else [])])
    numbers = np.unique(numeric(known))
    if kind == "binary" and set(numbers) <= {0.0, 1.0}:
        return "yes_no", tuple(ScreenerAnswer(text) for text in ("1", "0") if float(text) in numbers)
    if kind == "ordinal" and len(numbers) <= _MOST_ANSWERS + 3 and (numbers == np.round(numbers)).all():
        return "rating", tuple(ScreenerAnswer(str(step)) for step in _steps(numbers, unit))
    edges = _AGE_EDGES if name == "age" else _round_edges(numeric(known))
    edges = tuple(edge for edge in edges if numbers[0] < edge <= numbers[-1])
    bounds = [None, *edges, None]
    return "band", tuple(ScreenerAnswer(low=low, high=high) for low, high in pairwise(bounds))


def _steps(numbers: np.ndarray, unit: str) -> list[int]:
    """All steps of the scale, also those that nobody chose."""
    ends = [part for part in unit.split(" to ") if part.lstrip("-").isdigit()]
    low, high = (int(ends[0]), int(ends[1])) if len(ends) == 2 else (int(numbers[0]), int(numbers[-1]))
    return list(range(min(low, int(numbers[0])), max(high, int(numbers[-1])) + 1))


def _round_edges(numbers: np.ndarray) -> tuple[float, ...]:
    """Quarters of the people, at numbers that are easy to say."""
    edges = np.quantile(numbers, np.linspace(0, 1, _BANDS + 1)[1:-1])
    rounded = [float(f"{edge:.2g}") if abs(edge) >= 100 else float(np.ceil(edge)) for edge in edges]
    return tuple(dict.fromkeys(rounded))
