"""Step 04, voices: what customers say, gathered from every source, each line where it can be found again."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from personakit.collection import Sources
from personakit.handoffs import Parts

TEXT_COLUMNS = [
    "key",
    "source",
    "document",
    "line",
    "customer_id",
    "language",
    "topic",
    "rating",
    "question",
    "text",
    "quotable",
    "theme",
]
LANGUAGES = {"en": "en", "nb": "no", "fi": "fi", "fa": "fa"}
_STEMMERS = {"en": "english", "nb": "norwegian", "fi": "finnish"}
_ASKS = {"interviewer", "moderator", "researcher", "intervjuer", "haastattelija", "مصاحبه‌گر"}
FEWEST_TEXTS_FOR_THEMES = 30
WORDS_PER_THEME = 6
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|\u200c|['’-](?=[^\W\d_]))+")


@dataclass(frozen=True, eq=False, repr=False)
class Voices:
    """
    What customers said.

    Attributes
    ----------
    texts : pandas.DataFrame
        One row per text or speaker turn: ``key``, ``source``, ``document``, ``line`` (in the file or table),
        ``customer_id``, ``language`` (en, nb, fi, fa or empty), ``topic``, ``rating``, ``question``, ``text``
        (verbatim), ``quotable`` (whether the person agreed to be quoted, where they were asked), ``theme`` (the theme of
        its language it belongs to most; 0 is none).
    themes : pandas.DataFrame
        One row per language and theme, a suggestion by machine: ``language``, ``theme`` (number), ``words``,
        ``n`` (texts), ``share`` (of the language's texts), ``example`` (the most typical text).
    """

    texts: pd.DataFrame
    themes: pd.DataFrame

    def parts(self) -> Parts:
        """Split into what is written to files."""
        return {"": self.texts, "themes": self.themes}

    @classmethod
    def from_parts(cls, parts: Parts) -> Voices:
        """Put together what was read from files."""
        return cls(parts[""], parts["themes"])

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def read_voices(sources: Sources, *, random_state: int = 1) -> Voices:
    """
    Gather what customers said in interviews, open answers, tickets and mentions, and find first themes.

    Parameters
    ----------
    sources : Sources
        Clean, pseudonymous sources.
    random_state : int
        Seed of the themes.

    Returns
    -------
    Voices
        Texts and themes; both empty when the study has no texts.
    """
    gathered = [
        *_interviews(sources),
        *_open_answers(sources),
        *_short_texts(sources, "tickets"),
        *_short_texts(sources, "mentions"),
    ]
    texts = pd.DataFrame(gathered, columns=TEXT_COLUMNS)
    texts["text"] = texts["text"].astype("str")
    texts["rating"] = texts["rating"].astype(float)
    texts["quotable"] = _may_be_quoted(sources, texts)
    texts["theme"] = 0
    themes = _themes(texts, random_state)
    return Voices(texts, themes)


def _may_be_quoted(sources: Sources, texts: pd.DataFrame) -> pd.Series:
    """Tell who agreed to be quoted; where nobody was asked, or the speaker is not a known customer, that is everybody."""
    if "agreed_quotes" not in sources.columns("customers"):
        return pd.Series(True, index=texts.index)
    customers = sources["customers"]
    agreed = customers.filter(customers["agreed_quotes"]).select("customer_id").to_pandas()["customer_id"]
    return texts["customer_id"].isna() | texts["customer_id"].isin(agreed)


def _rows(sources: Sources, role: str) -> list[dict[str, Any]]:
    if role not in sources:
        return []
    table = sources[role]
    frame = (table.order_by("_row") if "_row" in table.columns else table).to_pandas()
    return [{k: None if not isinstance(v, str) and pd.isna(v) else v for k, v in row.items()} for row in frame.to_dict("records")]


def _text(source: str, row: dict[str, Any], document: Any, line: int, **entry: Any) -> dict[str, Any]:
    said = str(entry.pop("text"))
    language = str(row.get("language") or "") or recognise_language(said)
    return {"key": f"{source}|{document}|{line}", "source": source, "document": str(document), "line": line,
            "customer_id": row.get("customer_id"), "language": language, "topic": str(row.get("topic") or ""),
            "rating": row.get("rating"), "question": "", "text": said, **entry}  # fmt: skip


def _interviews(sources: Sources) -> list[dict[str, Any]]:
    found, question = [], ""
    for row in _rows(sources, "interviews"):
        if not row.get("text"):
            continue
        if str(row.get("speaker") or "").strip().lower() in _ASKS:
            question = row["text"]
            continue
        line = int(row.get("line") or row.get("_row") or 0)
        found.append(_text("interviews", row, row.get("document_id") or "interviews", line, text=row["text"], question=question))
    return found


def _open_answers(sources: Sources) -> list[dict[str, Any]]:
    if "survey" not in sources:
        return []
    blocks = [block for block in sources.study.sources["survey"].items.values() if block.kind == "text"]
    found = []
    for row in _rows(sources, "survey") if blocks else []:
        for column, wording in [item for block in blocks for item in block.columns.items()]:
            if row.get(column):
                found.append(_text("survey", row, column, int(row["_row"]), text=row[column], question=wording))
    return found


def _short_texts(sources: Sources, role: str) -> list[dict[str, Any]]:
    named = "ticket_id" if role == "tickets" else "platform"
    return [_text(role, row, row.get(named) or role, int(row.get("_row") or 0), text=row["text"])
            for row in _rows(sources, role) if row.get("text")]  # fmt: skip


@cache
def _stop_words(language: str) -> frozenset[str]:
    from stopwordsiso import stopwords

    return frozenset(stopwords(LANGUAGES[language]))


def words_of(text: str) -> list[str]:
    """
    Split a text into words, in lower case and one Unicode form.

    Examples
    --------
    >>> words_of("Kännykän kassa, 3 kertaa!")
    ['kännykän', 'kassa', 'kertaa']
    """
    return _WORD.findall(unicodedata.normalize("NFC", text).lower().replace("ي", "ی").replace("ك", "ک"))


def recognise_language(text: str) -> str:
    """
    Tell which of the four languages a text is in, by its commonest small words.

    Returns
    -------
    str
        ``en``, ``nb``, ``fi`` or ``fa``; empty when nothing speaks for one of them.

    Examples
    --------
    >>> recognise_language("Jeg kom ikke forbi adressesiden på mobilen")
    'nb'
    """
    words = words_of(text)
    if any("\u0600" <= letter <= "\u06ff" for letter in text):
        return "fa"
    # words that two languages share ("se", "for") speak for neither
    hits = dict.fromkeys(("en", "nb", "fi"), 0.0)
    for word in words:
        own = [language for language in hits if word in _stop_words(language)]
        for language in own:
            hits[language] += 1.0 if len(own) == 1 else 0.2
    hits["nb"] += sum(letter in "æøå" for letter in text.lower())
    hits["fi"] += sum(bool(re.search(r"(ää|öö|yö|uu|[aeiouyäö]{2}[nt]$|ss[aä]|st[aä]|ll[aä]|lt[aä])", word)) for word in words)
    best = max(hits, key=lambda language: hits[language])
    return best if hits[best] else ""


@cache
def _stemmer(language: str) -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer(_STEMMERS[language]) if language in _STEMMERS else None


def stems_of(text: str, language: str) -> list[tuple[str, str]]:
    """Give stem and word for every word that is not a stop word."""
    stop = _stop_words(language) if language in LANGUAGES else frozenset()
    words = [word for word in words_of(text) if word not in stop and len(word) > 2]
    stemmer = _stemmer(language)
    return list(zip(stemmer.stemWords(words) if stemmer else words, words, strict=True))


def _themes(texts: pd.DataFrame, random_state: int) -> pd.DataFrame:
    """Find the themes of each language, and write into ``texts`` which one each text is about."""
    rows: list[dict[str, Any]] = []
    for language in LANGUAGES:
        own = texts[texts["language"] == language]
        if len(own) >= FEWEST_TEXTS_FOR_THEMES:
            found, main = _themes_of(own["text"].tolist(), language, random_state, own["quotable"].to_numpy(dtype=bool))
            rows += found
            texts.loc[own.index, "theme"] = main
    return pd.DataFrame(rows, columns=["language", "theme", "words", "n", "share", "example"])


def _themes_of(
    texts: list[str], language: str, random_state: int, quotable: np.ndarray
) -> tuple[list[dict[str, Any]], np.ndarray]:
    """Factor the TF-IDF matrix of one language into themes (non-negative matrix factorisation); name each text's own."""
    from sklearn.decomposition import NMF
    from sklearn.feature_extraction.text import TfidfVectorizer

    spoken: dict[str, Counter[str]] = {}
    documents = []
    for text in texts:
        pairs = stems_of(text, language)
        documents.append([stem for stem, _ in pairs])
        for stem, word in pairs:
            spoken.setdefault(stem, Counter())[word] += 1
    counted = Counter(stem for document in documents for stem in set(document))
    if sum(n >= 3 for n in counted.values()) < 10:
        return [], np.zeros(len(texts), dtype=int)
    vectors = TfidfVectorizer(analyzer=list, min_df=3, max_df=0.5).fit(documents)
    matrix = vectors.transform(documents)
    n_themes = int(np.clip(len(texts) // 40, 2, 6))
    model = NMF(n_themes, init="nndsvda", random_state=random_state, max_iter=600, tol=1e-4)
    shares = model.fit_transform(matrix)
    names = vectors.get_feature_names_out()
    main = np.where(shares.max(axis=1) > 0, shares.argmax(axis=1), -1)
    rows = []
    for theme in range(n_themes):
        top = [
            spoken[names[i]].most_common(1)[0][0] for i in np.argsort(-model.components_[theme], kind="stable")[:WORDS_PER_THEME]
        ]
        n = int((main == theme).sum())
        rows.append({"language": language, "theme": theme + 1, "words": ", ".join(top), "n": n, "share": n / len(texts),
                     "example": texts[int(np.argmax(np.where(quotable, shares[:, theme], -1.0)))]})  # fmt: skip
    return rows, main + 1


def distinctive_words(texts: pd.DataFrame, inside: pd.Series) -> dict[tuple[str, str], float]:
    """
    Find the words that a group uses more than everyone else.

    Parameters
    ----------
    texts : pandas.DataFrame
        Texts with ``text`` and ``language``.
    inside : pandas.Series of bool
        Which texts are the group's.

    Returns
    -------
    dict
        Language and stem to the z-score of the log-odds with an informative prior.

    References
    ----------
    Monroe, B. L., Colaresi, M. P., & Quinn, K. M. (2008). Fightin' words. Political Analysis, 16, 372-403.
    """
    group: Counter[tuple[str, str]] = Counter()
    rest: Counter[tuple[str, str]] = Counter()
    for text, language, own in zip(texts["text"], texts["language"], inside, strict=True):
        (group if own else rest).update((language, stem) for stem, _ in stems_of(text, language))
    everything = group + rest
    total, n_group, n_rest = sum(everything.values()), sum(group.values()), sum(rest.values())
    if not n_group or not n_rest:
        return {}
    scores = {}
    for word, n in everything.items():
        prior = 500 * n / total
        a, b = group[word] + prior, rest[word] + prior
        odds = np.log(a / (n_group + 500 - a)) - np.log(b / (n_rest + 500 - b))
        scores[word] = float(odds / np.sqrt(1 / a + 1 / b))
    return scores
