"""Step 04, quotes: short, clear, typical texts in the customers' own words, and what a person said about each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pandas as pd
import yaml

from personakit.errors import DataError
from personakit.handoffs import whole_file
from personakit.voices_coding import fingerprint
from personakit.voices_words import BLANKED, stems_of

Judgement = Literal["approved", "rejected"]
FEWEST_WORDS, BEST_WORDS, MOST_WORDS = 5, 14, 32
ELLIPSIS = "[…]"
#: Texts that share this part of their words say the same; each is compared with so many that stand above it.
_ALIKE, _COMPARED = 0.6, 60
_SENTENCE = re.compile(r"[^.!?؟…\n]+[.!?؟…]*\s*")
_LINK = re.compile(r"https?://|www\.|@\w")


@dataclass(frozen=True)
class QuoteChoices:
    """
    What people decided about quotes.

    Attributes
    ----------
    approved, rejected : dict of str to str
        Key of the text to a fingerprint of its words. A rejected text does not come back under another key either.
    """

    approved: dict[str, str] = field(default_factory=dict)
    rejected: dict[str, str] = field(default_factory=dict)

    def with_choice(self, key: str, text: str, judgement: Judgement | None) -> QuoteChoices:
        """Return the choices with one more; None takes a choice back."""
        approved = {k: v for k, v in self.approved.items() if k != key}
        rejected = {k: v for k, v in self.rejected.items() if k != key}
        if judgement:
            (approved if judgement == "approved" else rejected)[key] = fingerprint(text)
        return replace(self, approved=approved, rejected=rejected)

    def may_be_used(self, texts: pd.DataFrame) -> pd.Series:
        """Tell which texts nobody rejected, by key or by their words."""
        gone = set(self.rejected.values())
        return ~(texts["key"].isin(list(self.rejected)) | texts["text"].map(fingerprint).isin(gone))


def read_quote_choices(file: Path) -> QuoteChoices:
    """
    Read ``quotes.yaml`` beside the study file; a file that is not there means that nobody chose.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    if not file.exists():
        return QuoteChoices()
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8-sig")) or {}
        return QuoteChoices(**{name: {str(k): str(v) for k, v in dict(content.get(name) or {}).items()}
                               for name in ("approved", "rejected")})  # fmt: skip
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, TypeError, ValueError):
        msg = f"{file.name}: is not a list of choices ('approved:' and 'rejected:' with keys of texts); restore it from a copy"
        raise DataError([msg]) from None


def write_quote_choices(choices: QuoteChoices, file: Path) -> Path:
    """Write the choices, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {"approved": dict(sorted(choices.approved.items())), "rejected": dict(sorted(choices.rejected.items()))}
    with whole_file(file) as temporary:
        temporary.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8", newline="\n")
    return file


def excerpt(text: str) -> str:
    """
    Shorten a long text to whole sentences that stand together; what is left out is marked, nothing else is changed.

    Examples
    --------
    >>> excerpt("Short and clear.")
    'Short and clear.'
    >>> excerpt("One two three four five. " * 3 + "word " * 40).startswith("One two three four five. One")
    True
    """
    if len(text.split()) <= MOST_WORDS:
        return text
    sentences = [part for part in _SENTENCE.findall(text) if part.strip()]
    first, best = 0, (0, 0)
    while first < len(sentences):
        last, words = first, 0
        while last < len(sentences) and words + len(sentences[last].split()) <= MOST_WORDS:
            words += len(sentences[last].split())
            last += 1
        if words > sum(len(s.split()) for s in sentences[best[0] : best[1]]):
            best = (first, last)
        first += 1
    if best == (0, 0):
        kept = " ".join(text.split()[:MOST_WORDS])
        start = text.find(text.split(maxsplit=1)[0])
        whole = text[start : _end_of_words(text, start, MOST_WORDS)]
        return f"{whole if whole else kept} {ELLIPSIS}"
    kept = "".join(sentences[best[0] : best[1]]).strip()
    before = f"{ELLIPSIS} " if best[0] > 0 else ""
    after = f" {ELLIPSIS}" if best[1] < len(sentences) else ""
    return f"{before}{kept}{after}"


def _end_of_words(text: str, start: int, words: int) -> int:
    found = list(re.finditer(r"\S+", text[start:]))
    return start + found[min(words, len(found)) - 1].end()


def stands_in(quote: str, text: str) -> bool:
    """
    Tell whether a quote is a text, or an excerpt of it with its gaps marked.

    Examples
    --------
    >>> stands_in("[…] b c. […]", "a. b c. d"), stands_in("b d", "a. b c. d")
    (True, False)
    """
    if quote == text:
        return True
    place = 0
    for part in (piece.strip() for piece in quote.split(ELLIPSIS)):
        found = text.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return ELLIPSIS in quote


def clarity(text: str) -> float:
    """
    Say how well a text can stand alone, from 0 to 1: of a good length, whole, nothing blanked, no links, no shouting.

    Examples
    --------
    >>> clarity("The parcel came on the day that I was told.") > clarity("[name] said THE PARCEL IS LATE at www.shop.example")
    True
    """
    words = text.split()
    if len(words) < FEWEST_WORDS:
        return 0.0
    shown = min(len(words), MOST_WORDS)
    score = 1 - abs(shown - BEST_WORDS) / MOST_WORDS
    score -= 0.35 * len(BLANKED.findall(text)) + (0.5 if _LINK.search(text) else 0.0)
    letters = [c for c in text if c.isalpha()]
    if letters and sum(c.isupper() for c in letters) > 0.5 * len(letters):
        score -= 0.3
    if not re.search(r"[.!?؟…»”\"]\s*$", text):
        score -= 0.1
    return max(score, 0.0)


def choose_quotes(
    texts: pd.DataFrame, telling: Mapping[tuple[str, str], float], choices: QuoteChoices | None = None
) -> pd.DataFrame:
    """
    Rank texts as quotes: approved ones first, then those that are typical, clear and short.

    Parameters
    ----------
    texts : pandas.DataFrame
        Texts of one group, with ``key``, ``source``, ``customer_id``, ``language``, ``text`` and ``quotable``.
    telling : mapping of (str, str) to float
        Language and stem to how much it says about the group, such as from
        :func:`personakit.voices_words.distinctive_words`.
    choices : QuoteChoices, optional
        What people decided; rejected texts are left out.

    Returns
    -------
    pandas.DataFrame
        The texts with ``quote`` (verbatim, gaps marked), ``score`` and ``approved``; one text per person and source, and
        none that says nearly the same as one above it.
    """
    choices = choices or QuoteChoices()
    own = texts[texts["quotable"] & choices.may_be_used(texts)].copy()
    own = own[own["text"].str.split().str.len() >= FEWEST_WORDS]
    if own.empty:
        return own.assign(quote=pd.Series(dtype="str"), score=pd.Series(dtype=float), approved=pd.Series(dtype=bool))
    typical = pd.Series(
        [_typical(t, lang, telling) for t, lang in zip(own["text"], own["language"], strict=True)], index=own.index
    )
    own["quote"] = own["text"].map(excerpt)
    own["score"] = (typical.rank(pct=True) + own["text"].map(clarity)).round(9)
    own["approved"] = own["key"].isin(list(choices.approved))
    own = own.sort_values(["approved", "score", "key"], ascending=[False, False, True], kind="stable")
    own = own.drop_duplicates(["source", "customer_id"]).drop_duplicates("text")
    return own[_says_something_new(own)]


def _says_something_new(ranked: pd.DataFrame) -> list[bool]:
    """Leave out texts that say nearly the same, in the same language, as one further up, unless a person approved them."""
    seen: list[tuple[str, frozenset[str]]] = []
    new = []
    for text, language, approved in zip(ranked["text"], ranked["language"], ranked["approved"], strict=True):
        stems = frozenset(stem for stem, _ in stems_of(text, language))
        alike = any(language == other and len(stems & own) >= _ALIKE * len(stems | own) for other, own in seen[:_COMPARED] if own)
        new.append(bool(approved) or not alike)
        if new[-1]:
            seen.append((language, stems))
    return new


def _typical(text: str, language: str, telling: Mapping[tuple[str, str], float]) -> float:
    found = [telling.get((language, stem), 0.0) for stem, _ in stems_of(text, language)]
    return round(sum(found) / len(found), 9) if found else -9.0
