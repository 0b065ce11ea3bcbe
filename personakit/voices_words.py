"""Step 04, words: texts in one form, split into words and stems, and the language they are in."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

#: Languages of the study, and what the lists of stop words and the language model call them.
LANGUAGES = {"en": "en", "nb": "no", "fi": "fi", "fa": "fa"}
_MODEL_NAMES = {"en": "en", "no": "nb", "nb": "nb", "nn": "nb", "fi": "fi", "fa": "fa"}
_STEMMERS = {"en": "english", "nb": "norwegian", "fi": "finnish"}
#: How much likelier (in units of the natural logarithm) another language has to be than the four before it is named.
_CLEARLY_OTHER = 15.0
_SHORTEST_WORD = 3
DISTINCTIVE_COLUMNS = ["language", "stem", "word", "n", "others_n", "log_odds", "log_odds_low", "log_odds_high", "z"]
#: Weight of what everybody says, in words, when two groups are compared.
_PRIOR_WORDS = 500
_Z = 1.959963984540054
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|\u200c|['’-](?=[^\W\d_]))+")
_ARABIC_SCRIPT = re.compile(r"[\u0600-\u06ff]")
#: Letters that Persian does not use: of Pashto, and of Urdu.
_PASHTO, _URDU = re.compile(r"[ټډړښېځڅګ]"), re.compile(r"[ٹڈڑےںھہ]")
#: What stands in place of a personal word that was blanked, such as [name].
BLANKED = re.compile(r"\[[a-z][a-z -]{1,24}\]")
_PERSIAN_FORMS = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "ـ": None, "\u00ad": None})
#: Endings and beginnings that a zero-width joiner ties to a Persian word: plural, person, degree, tense.
_PERSIAN_PARTS = frozenset(
    [
        "ها",
        "های",
        "هایی",
        "ام",
        "ات",
        "اش",
        "ای",
        "اند",
        "ایم",
        "اید",
        "تر",
        "ترین",
        "می",
        "نمی",
        "هایم",
        "هایت",
        "هایش",
        "هایمان",
    ]
)


def one_form(text: str) -> str:
    """
    Bring a text into one form for counting: composed letters, Persian Yeh and Kaf, no stretched letters, small letters.

    The text that is quoted stays as it was written.

    Examples
    --------
    >>> one_form("كتابي") == one_form("کتابی")
    True
    """
    return unicodedata.normalize("NFC", text).translate(_PERSIAN_FORMS).lower()


def words_of(text: str) -> list[str]:
    """
    Split a text into words, in small letters and one form; numbers and blanked personal words are left out.

    Examples
    --------
    >>> words_of("Kännykän kassa, 3 kertaa!")
    ['kännykän', 'kassa', 'kertaa']
    """
    return _WORD.findall(BLANKED.sub(" ", one_form(text)))


@cache
def stop_words(language: str) -> frozenset[str]:
    """Small words of a language that say nothing about the matter; none for other languages."""
    from stopwordsiso import stopwords

    return frozenset(one_form(word) for word in stopwords(LANGUAGES[language])) if language in LANGUAGES else frozenset()


@cache
def _stemmer(language: str) -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer(_STEMMERS[language])


@cache
def _stem(word: str, language: str) -> str:
    if language == "fa":
        parts = [part for part in word.split("\u200c") if part and part not in _PERSIAN_PARTS]
        return max(parts, key=len) if parts else word
    return str(_stemmer(language).stemWord(word)) if language in _STEMMERS else word


def stems_of(text: str, language: str) -> list[tuple[str, str]]:
    """
    Give stem and word for every word of a text that is not a stop word.

    Examples
    --------
    >>> stems_of("The parcels were late", "en")
    [('parcel', 'parcels'), ('late', 'late')]
    """
    stop = stop_words(language)
    return [(_stem(word, language), word) for word in words_of(text) if word not in stop and len(word) >= _SHORTEST_WORD]


@cache
def _language_model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE)


def recognise_language(text: str) -> str:
    """
    Tell which language a text is in.

    Parameters
    ----------
    text : str
        What somebody said.

    Returns
    -------
    str
        ``en``, ``nb`` (also for Nynorsk), ``fi`` or ``fa``; another ISO 639 code when that language is clearly likelier;
        empty for texts without words.

    References
    ----------
    Lui, M., & Baldwin, T. (2012). langid.py: an off-the-shelf language identification tool. ACL System Demonstrations, 25-30.

    Examples
    --------
    >>> recognise_language("Jeg kom ikke forbi adressesiden på mobilen"), recognise_language("La livraison a été lente")
    ('nb', 'fr')
    """
    words = words_of(text)
    if not words:
        return ""
    plain = one_form(text)
    if _ARABIC_SCRIPT.search(plain):
        other = "ps" if _PASHTO.search(plain) else "ur" if _URDU.search(plain) else ""
        if other:
            return other
    ranked = [(name, score) for name, score in _language_model().rank(plain) if score > -1e30]
    if not ranked:
        return "fa" if _ARABIC_SCRIPT.search(plain) else _by_small_words(words)
    own, best = next((name, score) for name, score in ranked if name in _MODEL_NAMES)
    return ranked[0][0] if ranked[0][1] - best > _CLEARLY_OTHER and ranked[0][0] not in _MODEL_NAMES else _MODEL_NAMES[own]


def _by_small_words(words: list[str]) -> str:
    """Language of texts too short for the model: that of their small words, if one language alone has them."""
    hits = {language: sum(word in stop_words(language) for word in words) for language in LANGUAGES}
    best = max(hits, key=lambda language: hits[language])
    return best if hits[best] and list(hits.values()).count(hits[best]) == 1 else ""


def distinctive_words(texts: pd.DataFrame, inside: pd.Series) -> pd.DataFrame:
    """
    Find the words that a group uses more, or less, than everyone else.

    Parameters
    ----------
    texts : pandas.DataFrame
        Texts with ``text`` and ``language``.
    inside : pandas.Series of bool
        Which texts are the group's.

    Returns
    -------
    pandas.DataFrame
        One row per language and stem: ``language``, ``stem``, ``word`` (the form used most), ``n`` (times in the group),
        ``others_n`` (times elsewhere), ``log_odds`` with ``log_odds_low`` and ``log_odds_high`` (95 %; natural logarithm, 0 is no
        difference), ``z``; the most telling first. Empty when one side says nothing.

    References
    ----------
    Monroe, B. L., Colaresi, M. P., & Quinn, K. M. (2008). Fightin' words. Political Analysis, 16, 372-403.
    """
    group: Counter[tuple[str, str]] = Counter()
    rest: Counter[tuple[str, str]] = Counter()
    spoken: dict[tuple[str, str], Counter[str]] = {}
    for text, language, own in zip(texts["text"], texts["language"], inside, strict=True):
        for stem, word in stems_of(text, language):
            (group if own else rest)[language, stem] += 1
            spoken.setdefault((language, stem), Counter())[word] += 1
    everything = group + rest
    total, n_group, n_rest = sum(everything.values()), sum(group.values()), sum(rest.values())
    rows = []
    for (language, stem), n in everything.items() if n_group and n_rest else ():
        prior = _PRIOR_WORDS * n / total
        a, b = group[language, stem] + prior, rest[language, stem] + prior
        odds = float(np.log(a / (n_group + _PRIOR_WORDS - a)) - np.log(b / (n_rest + _PRIOR_WORDS - b)))
        error = float(np.sqrt(1 / a + 1 / b))
        rows.append({"language": language, "stem": stem, "word": spoken[language, stem].most_common(1)[0][0],
                     "n": group[language, stem], "others_n": rest[language, stem], "log_odds": odds,
                     "log_odds_low": odds - _Z * error, "log_odds_high": odds + _Z * error, "z": odds / error})  # fmt: skip
    table = pd.DataFrame(rows, columns=DISTINCTIVE_COLUMNS)
    return table.sort_values(["z", "language", "stem"], ascending=[False, True, True], kind="stable", ignore_index=True)
