"""Step 04, first themes by machine: texts that use the same words, as suggestions that a person reads and judges."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from personakit.voices_words import LANGUAGES, stems_of

THEME_COLUMNS = ["language", "theme", "words", "n", "share", "stability", "examples"]
SHARE_COLUMNS = ["language", "theme", "source", "n", "share"]
FEWEST_TEXTS, WORDS_PER_THEME, EXAMPLES = 30, 6, 3
_FEWEST_USES, _MOST_SHARE, _FEWEST_WORDS = 3, 0.5, 10
_MOST_THEMES, _RESAMPLES, _PART, _NUMBER_ON, _FIT_ON = 12, 12, 0.8, 2_000, 20_000
_STABLE_WORDS = 20


@dataclass(frozen=True, eq=False)
class Themes:
    """
    Themes of all languages.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per language and theme: ``language``, ``theme`` (number, the largest first), ``words`` (the six that mark it
        most), ``n`` (texts), ``share`` (of the language's texts), ``stability`` (how well its number of themes comes back in
        other texts, 0 to 1), ``examples`` (keys of the three most typical quotable texts).
    sources : pandas.DataFrame
        One row per language, theme and source: ``n`` and ``share`` (of the source's texts in that language).
    of_text : pandas.Series
        Theme of each text; 0 is none. Same index as the texts.
    """

    table: pd.DataFrame
    sources: pd.DataFrame
    of_text: pd.Series


def find_themes(texts: pd.DataFrame, *, random_state: int = 1) -> Themes:
    """
    Group the texts of each language by the words they share.

    Words are weighted by how rare they are (TF-IDF) and the table of texts by words is split into themes (non-negative
    matrix factorisation). The number of themes is the one whose themes come back best in random parts of the texts; of
    several peaks within one standard error of the best, the largest.

    Parameters
    ----------
    texts : pandas.DataFrame
        One row per text with ``key``, ``source``, ``language``, ``text`` and ``quotable``.
    random_state : int
        Seed.

    Returns
    -------
    Themes
        Empty for languages with fewer than 30 texts.

    References
    ----------
    Lee, D. D., & Seung, H. S. (1999). Learning the parts of objects by non-negative matrix factorization. Nature, 401,
    788-791.
    Greene, D., O'Callaghan, D., & Cunningham, P. (2014). How many topics? Stability analysis for topic models. ECML PKDD,
    498-513.
    """
    of_text = pd.Series(0, index=texts.index, name="theme")
    rows: list[dict[str, Any]] = []
    for language in LANGUAGES:
        own = texts[texts["language"] == language]
        if len(own) >= FEWEST_TEXTS:
            found, place = _themes_of(own, language, random_state)
            rows += found
            of_text[own.index] = place
    table = pd.DataFrame(rows, columns=THEME_COLUMNS)
    return Themes(table, _by_source(texts, of_text, table), of_text)


def _themes_of(own: pd.DataFrame, language: str, random_state: int) -> tuple[list[dict[str, Any]], np.ndarray]:
    from sklearn.decomposition import NMF
    from sklearn.feature_extraction.text import TfidfVectorizer

    spoken: dict[str, Counter[str]] = {}
    documents = []
    for text in own["text"]:
        pairs = stems_of(text, language)
        documents.append([stem for stem, _ in pairs])
        for stem, word in pairs:
            spoken.setdefault(stem, Counter())[word] += 1
    used = Counter(stem for document in documents for stem in set(document))
    if sum(_FEWEST_USES <= n <= _MOST_SHARE * len(documents) for n in used.values()) < _FEWEST_WORDS:
        return [], np.zeros(len(own), dtype=int)
    matrix = TfidfVectorizer(analyzer=list, min_df=_FEWEST_USES, max_df=_MOST_SHARE, dtype=np.float32)
    weights = matrix.fit_transform(documents)
    names = matrix.get_feature_names_out()
    rng = np.random.default_rng(random_state)
    order = np.argsort(own["key"].to_numpy(), kind="stable")
    some = order[np.sort(rng.permutation(len(order))[:_FIT_ON])]
    n_themes, stability = _number_of_themes(weights[order], rng)
    with np.errstate(invalid="ignore"):  # where a few texts are told exactly, rounding makes what is left less than nothing
        model = NMF(n_themes, init="nndsvda", max_iter=600, tol=1e-4, random_state=random_state).fit(weights[some])
    shares = model.transform(weights)
    main = np.where(shares.max(axis=1) > 0, shares.argmax(axis=1), -1)
    sizes = np.bincount(main[main >= 0], minlength=n_themes)
    ranks = np.argsort(-sizes, kind="stable")
    place = np.zeros(len(own), dtype=int)
    rows = []
    for number, theme in enumerate(ranks[: np.count_nonzero(sizes)], start=1):  # what no text is mostly about is no theme
        place[main == theme] = number
        top = np.argsort(-model.components_[theme], kind="stable")[:WORDS_PER_THEME]
        words = [spoken[names[i]].most_common(1)[0][0] for i in top if model.components_[theme][i] > 0]
        rows.append({"language": language, "theme": number, "words": ", ".join(words), "n": int(sizes[theme]),
                     "share": sizes[theme] / len(own), "stability": stability,
                     "examples": _examples(own, shares[:, theme], main == theme)})  # fmt: skip
    return rows, place


def _number_of_themes(weights: Any, rng: np.random.Generator) -> tuple[int, float]:
    """Largest number of themes that is a peak of stability within one standard error of the highest, and its stability."""
    n = weights.shape[0]
    sample = weights[np.sort(rng.permutation(n)[:_NUMBER_ON])]
    most = min(_MOST_THEMES, max(n // FEWEST_TEXTS, 1), sample.shape[1] - 1)
    parts = [np.sort(rng.permutation(sample.shape[0])[: int(_PART * sample.shape[0])]) for _ in range(_RESAMPLES)]
    found: dict[int, list[float]] = {}
    for k in range(2, most + 1):
        whole = _top_words(sample, k)
        found[k] = [_agreement(whole, _top_words(sample[part], k)) for part in parts]
    if not found:
        return 1, 1.0
    means = {k: float(np.mean(own)) for k, own in found.items()}
    best = max(means, key=lambda k: means[k])
    least = means[best] - float(np.std(found[best], ddof=1)) / np.sqrt(_RESAMPLES)
    peaks = [k for k, mean in means.items() if mean >= max(least, means.get(k - 1, 0.0), means.get(k + 1, 0.0))]
    return max(peaks), means[max(peaks)]


def _top_words(weights: Any, k: int) -> list[list[int]]:
    """Words that mark each theme most, in order."""
    from sklearn.decomposition import NMF

    model = NMF(k, init="nndsvda", max_iter=150, tol=1e-3, random_state=0)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a rough fit is enough to compare the leading words
        model.fit(weights)
    return [list(np.argsort(-own, kind="stable")[:_STABLE_WORDS]) for own in model.components_]


def _agreement(first: list[list[int]], second: list[list[int]]) -> float:
    """Mean overlap of ranked words between themes matched one to one (average Jaccard index over depths)."""
    from scipy.optimize import linear_sum_assignment

    table = np.array([[_ranked_overlap(a, b) for b in second] for a in first])
    rows, columns = linear_sum_assignment(-table)
    return float(table[rows, columns].mean())


def _ranked_overlap(first: list[int], second: list[int]) -> float:
    shared, one, two, total = 0, set(), set(), 0.0
    for depth, (a, b) in enumerate(zip(first, second, strict=True), start=1):
        shared += (a in two) + (b in one) + (a == b)
        one.add(a)
        two.add(b)
        total += shared / (2 * depth - shared)
    return total / len(first)


def _examples(own: pd.DataFrame, shares: np.ndarray, inside: np.ndarray) -> str:
    """Keys of the most typical texts that may be quoted, no wording twice."""
    candidates = own.assign(_share=shares)[inside & own["quotable"].to_numpy(dtype=bool)]
    ranked = candidates.sort_values(["_share", "key"], ascending=[False, True], kind="stable").drop_duplicates("text")
    return " ".join(ranked["key"].head(EXAMPLES))


def _by_source(texts: pd.DataFrame, of_text: pd.Series, table: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for theme in table.itertuples():
        own = texts["language"] == theme.language
        for source, inside in (of_text[own] == theme.theme).groupby(texts.loc[own, "source"]):
            rows.append({"language": theme.language, "theme": theme.theme, "source": source, "n": int(inside.sum()),
                         "share": float(inside.mean())})  # fmt: skip
    return pd.DataFrame(rows, columns=SHARE_COLUMNS)
