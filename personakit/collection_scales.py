"""Step 01, rating scales in words: which answers of a column are steps of a scale, and in which order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

#: Two ways of writing one sign: no-break space, zero-width joiner, Arabic Yeh and Kaf.
SAME_SIGNS = {"\u00a0": " ", "\u200c": " ", "ي": "ی", "ك": "ک"}
_NUMBER = re.compile(r"[+-]?\d+")
_FEWEST, _MOST = 3, 11


def answer_form(answer: str) -> str:
    """
    Bring an answer into one form, in which it is the same however it is written.

    Examples
    --------
    >>> answer_form(" Strongly\u00a0Agree ")
    'strongly agree'
    """
    for sign, same in SAME_SIGNS.items():
        answer = answer.replace(sign, same)
    return answer.strip().lower()


def numbers_of_words(levels: Sequence[str], lowest: float) -> dict[str, float]:
    """
    Count the answers of a rating in words.

    Parameters
    ----------
    levels : sequence of str
        The answers, lowest first.
    lowest : float
        What the first one counts.

    Returns
    -------
    dict of str to float
        The form of each answer, as :func:`answer_form` gives it, and its number.

    Examples
    --------
    >>> numbers_of_words(["Never", "2", "Always"], 1)
    {'never': 1.0, '2': 2.0, '2.0': 2.0, 'always': 3.0}
    """
    found = {}
    for step, level in enumerate(levels):
        word = answer_form(level)
        found[word] = float(lowest + step)
        if word.lstrip("+-").isdigit():  # a spreadsheet may hand over 2 as 2.0
            found[f"{word}.0"] = float(lowest + step)
    return found


@dataclass(frozen=True)
class WordedScale:
    """
    A scale whose steps are named in words.

    Attributes
    ----------
    name : str
        What the words are about, such as ``agreement``; empty for words that come with a number.
    steps : dict of str to float
        Each answer as it is written, and where it stands; lowest first.
    """

    name: str
    steps: dict[str, float]

    @property
    def own_numbers(self) -> tuple[int, int] | None:
        """Lowest and highest number that the words come with, where they do not count from 1 on and none is left out."""
        low, high = int(min(self.steps.values())), int(max(self.steps.values()))
        return (low, high) if not self.name and low != 1 and high - low + 1 == len(self.steps) else None

    def joined(self, other: WordedScale) -> WordedScale | None:
        """Put the answers of two questions together; nothing when they are steps of different scales."""
        steps = dict(sorted((self.steps | other.steps).items(), key=lambda step: step[1]))
        alike = self.name == other.name and len(set(steps.values())) == len(steps) <= _MOST
        return WordedScale(self.name, steps) if alike else None


def worded_scale(answers: Iterable[str]) -> WordedScale | None:
    """
    Find the scale that answers in words are steps of.

    Parameters
    ----------
    answers : iterable of str
        Every answer that was given, as often as it was given.

    Returns
    -------
    WordedScale or None
        Its steps, lowest first: by a number that each answer holds (``3 Not too well``), or by what the words of usual scales
        mean in four languages. Answers such as "don't know" are no steps. None where at least one other answer is none either,
        or where fewer than three are.

    Examples
    --------
    >>> worded_scale(["Agree", "Strongly agree", "Disagree", "Don't know"]).steps
    {'Disagree': 1.0, 'Agree': 5.0, 'Strongly agree': 6.0}
    >>> list(worded_scale(["2", "1 - not at all", "3 - very much"]).steps)
    ['1 - not at all', '2', '3 - very much']
    >>> worded_scale(["1 child", "2 children", "3 children"]) is None
    True
    """
    written: dict[str, Counter[str]] = {}
    for answer in answers:
        written.setdefault(answer_form(answer), Counter())[answer.strip()] += 1
    forms = [form for form in written if form and form not in _nothing()]
    if not _FEWEST <= len(forms) <= _MOST:
        return None
    usual = {form: min(own, key=lambda text: (-own[text], text)) for form, own in written.items()}  # how most write it
    for name, places in [("", _numbered(forms)), *((name, _placed(forms, own)) for name, own in _scales().items())]:
        if len(set(places.values())) == len(forms):
            return WordedScale(name, {usual[form]: place for form, place in sorted(places.items(), key=lambda step: step[1])})
    return None


def _numbered(forms: list[str]) -> dict[str, float]:
    """Place of each answer by the one number in it; nothing where the words beside it say no more than the number."""
    numbers = {form: _NUMBER.findall(form) for form in forms}
    words = [_NUMBER.sub("", form).strip(" -–.:)(=") for form in forms]
    told = [word for word in words if word]
    if len(told) < 2 or len(set(told)) < len(told) or any(len(own) != 1 for own in numbers.values()):
        return {}
    places = {form: float(own[0]) for form, own in numbers.items()}
    return places if max(places.values()) - min(places.values()) < _MOST else {}


def _placed(forms: list[str], scale: dict[str, float]) -> dict[str, float]:
    return {form: scale[form] for form in forms if form in scale}


@cache
def _vocabulary() -> dict[str, Any]:
    return yaml.safe_load((Path(__file__).parent / "collection_scales.yaml").read_text(encoding="utf-8"))


@cache
def _scales() -> dict[str, dict[str, float]]:
    found = {}
    for name, rows in _vocabulary()["scales"].items():
        found[name] = {answer_form(str(word)): float(place) for place, row in enumerate(rows) for word in row}
    return found


@cache
def _nothing() -> frozenset[str]:
    return frozenset(answer_form(str(word)) for word in _vocabulary()["nothing"])
