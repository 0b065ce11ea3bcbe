"""Step 01, what the columns of a survey ask: the kind of each question, its scale, and blocks that are answered the same way."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import count

import pandas as pd

from personakit.collection_files import Table, vocabulary, words_in
from personakit.collection_multiple_response import multiple_response
from personakit.collection_scales import WordedScale, worded_scale
from personakit.privacy_patterns import is_personal_name, what_it_looks_like
from personakit.readers import quoted

_NUMBERED = re.compile(r"^(.*?)[_ .-]?\d+[a-z]?$")
_YES_NO = {"yes", "no", "ja", "nei", "kyllä", "ei", "true", "false", "0", "1", "y", "n", "بله", "خیر"}
_RECOMMENDS = re.compile("recommend|nps|anbefal|suosit|توصیه")
_MOST_ANSWERS, _LIKERT_SHARE, _USED_SHARE = 12, 0.97, 0.6
#: Of answers in words to a question with few of them, at most this share differ from each other.
_MOST_DIFFERENT = 0.5
_ALONE_NAMES = {"likert": "ratings", "csat": "satisfaction", "pick_any": "answers"}
ASKED_KINDS = {"likert", "csat", "nps", "pick_any", "text"}
NAME_WORDS = 3
#: What a form says in brackets after a question, such as "(several answers are possible)".
_HINT = re.compile(r"\s*[(\[][^)\]]*[)\]]\s*$")
_BLOCK_NAMES = {"text": "open_answers", "nps": "recommendation", "number": "numbers", "choice": "choices"}


@dataclass(frozen=True)
class Asked:
    """How a question is answered: its kind, and the scale of a rating, in numbers or in words."""

    kind: str
    scale: tuple[int, int] | None = None
    words: WordedScale | None = None

    def joined(self, other: Asked) -> Asked | None:
        """Both in one block; nothing where they are answered in different ways."""
        if self.kind != other.kind or bool(self.words) != bool(other.words):
            return None
        if self.words and other.words:
            both = self.words.joined(other.words)
            return Asked(self.kind, None, both) if both else None
        ends = (*(self.scale or ()), *(other.scale or ()))
        return Asked(self.kind, (min(ends), max(ends)) if ends else None)


@dataclass
class Block:
    """Questions that are answered the same way."""

    asked: Asked
    columns: dict[str, str]  # column: its wording
    computed: dict[str, str] = field(default_factory=dict)  # column that is made from another: how
    split: list[str] = field(default_factory=list)  # columns of the file that are no longer needed then
    question: str = ""  # what they answer

    @property
    def n_asked(self) -> int:
        """Columns of the file that are questions."""
        return len(self.split) or len(self.columns)

    @property
    def name_alone(self) -> str:
        """What questions are called that stand alone; empty where they stay alone."""
        own = _ALONE_NAMES.get(self.asked.kind, "")
        if self.asked.words and own == "ratings":
            return self.asked.words.name or own
        return f"{own}_{self.asked.scale[0]}_to_{self.asked.scale[1]}" if own and self.asked.scale else own


def question_blocks(table: Table, others: set[str]) -> dict[str, Block]:
    """
    Put the questions of a survey together in blocks.

    Parameters
    ----------
    table : Table
        The file.
    others : set of str
        Its columns that are no questions, such as ids, times and facts about people.

    Returns
    -------
    dict of str to Block
        Columns with a common beginning, or that are whole sentences, and with the same kind of answers; by a name for each.
    """
    blocks: dict[str, Block] = {}
    taken = set(table.columns)
    for column in [c for c in table.columns if c not in others]:
        values = table.sample[column].dropna()
        if block := _ticked(column, values, table, taken) or _split(column, values, table, taken):
            taken |= set(block.columns)
            _put(blocks, _short(block.question), block)
            continue
        asked = _asked(values, words_in(column), table.labels.get(column, ""))
        if asked is None:
            continue
        name, about = _block_name(column, asked.kind)
        if asked.kind == "likert" and (about == "satisfaction" or (asked.words and asked.words.name == "satisfaction")):
            asked = replace(asked, kind="csat")
        block = Block(asked, {column: table.labels.get(column, column)})
        _put(blocks, name or block.name_alone, block)
    merged: dict[str, Block] = {}
    for name, block in blocks.items():
        alone = len(block.columns) == 1 and block.name_alone
        _put(merged, alone or name, block)
    return merged


def _split(column: str, values: pd.Series, table: Table, taken: set[str]) -> Block | None:
    """Make a yes-or-no question of each answer to a question that can have several."""
    texts = [text for text in values if isinstance(text, str)]
    if len(texts) < len(values) or table.looks_personal(column) or not (found := multiple_response(texts)):
        return None
    question = _HINT.sub("", table.labels.get(column, column)).rstrip(" :?؟.")
    wordings: dict[str, str] = {}
    computed: dict[str, str] = {}
    for answer in found.answers:
        name = _unlike(f"{_short(column)}_{_short(answer)}", {*taken, *wordings})
        wordings[name], computed[name] = f"{question}: {answer}", found.condition(column, answer)
    return Block(Asked("pick_any"), wordings, computed, [column], column)


def _ticked(column: str, values: pd.Series, table: Table, taken: set[str]) -> Block | None:
    """Make a yes-or-no question of a column that holds one answer, which stands below its question, or nothing."""
    question, _, answer = table.labels.get(column, "").rpartition(": ")
    if not question or not len(values) or set(values) != {answer}:
        return None
    name = _unlike(f"{_short(question)}_{_short(answer)}", taken)
    return Block(Asked("pick_any"), {name: f"{question}: {answer}"}, {name: f"{quoted(column)} IS NOT NULL"}, [column], question)


def _short(text: str) -> str:
    """A name of a few words for a question or an answer."""
    return "_".join(words_in(text).split()[:NAME_WORDS]) or "question"


def _unlike(name: str, taken: set[str]) -> str:
    """The name, with a number where it is taken: questions and answers often begin with the same words."""
    return next(own for number in count(1) if (own := f"{name}_{number}" if number > 1 else name) not in taken)


def _put(blocks: dict[str, Block], name: str, block: Block) -> None:
    """Put a block into the first one of this name that is answered the same way; else under a name of its own."""
    for number in count(1):
        own = f"{name}_{number}" if number > 1 else name
        if own not in blocks:
            blocks[own] = block
            return
        there = blocks[own]
        both = there.asked.joined(block.asked) if there.question == block.question else None
        if both:
            blocks[own] = Block(both, there.columns | block.columns, there.computed | block.computed, there.split + block.split,
                                 block.question)  # fmt: skip
            return


def _block_name(column: str, kind: str) -> tuple[str, str]:
    """Name a block by what its columns begin with, and what it is about, where a word tells; a sentence has no such name."""
    if kind in _BLOCK_NAMES:
        return _BLOCK_NAMES[kind], ""
    words = words_in(column).split() or ["questions"]
    numbered = _NUMBERED.match(words[0])
    stem = (numbered[1] if numbered else words[0]) or "questions"
    about = next((about for about, known in vocabulary()["about"].items() if stem in known), "")
    return "" if (len(words) > NAME_WORDS or len(stem) < 2) and not about else re.sub(r"\W+", "_", about or stem), about


def _asked(values: pd.Series, words: str, wording: str = "") -> Asked | None:
    """Tell the kind of a question from its answers, and its scale; a few impossible answers do not hide it."""
    if not len(values) or is_personal_name(words) or what_it_looks_like(values.astype(str).unique()[:200]):
        return None
    if values.nunique() < 2:  # the same from everybody tells nobody apart
        return None
    answers = {str(value).strip().lower().removesuffix(".0") for value in values.unique()[:50]}
    if answers <= _YES_NO and len(answers) <= 2:
        return Asked("pick_any")
    if pd.api.types.is_datetime64_any_dtype(values):
        return None
    if not pd.api.types.is_numeric_dtype(values):
        return _asked_in_words(values.astype(str))
    numbers = values.astype(float)
    whole = bool((numbers % 1 == 0).all())
    if whole and numbers.is_unique and len(numbers) > _MOST_ANSWERS and numbers.max() - numbers.min() + 1 == len(numbers):
        return None  # numbers of rows
    recommends = _RECOMMENDS.search(f"{words} {wording.casefold()}")
    for low, high in ((1, 5), (1, 7), (0, 10)):
        inside = numbers[numbers.between(low, high)]
        fits = whole and len(inside) >= _LIKERT_SHARE * len(numbers)
        if fits and high == 10 and recommends:
            return Asked("nps")
        used = inside.nunique() >= (high - low) * _USED_SHARE and inside.max() >= high - 1 and inside.min() <= low + 1
        if fits and used:
            return Asked("likert", (low, high))
    return Asked("number")


def _asked_in_words(texts: pd.Series) -> Asked | None:
    """Tell ratings in words, choices and open answers apart: few of the former, again and again."""
    if scale := worded_scale(texts):
        return Asked("likert", words=scale)
    if texts.nunique() <= min(_MOST_ANSWERS, _MOST_DIFFERENT * len(texts)):
        return Asked("choice")
    long = texts.str.split().str.len().mean() > 3
    return Asked("text") if long else Asked("choice") if texts.nunique() <= _MOST_ANSWERS else None
