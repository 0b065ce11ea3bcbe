"""Step 04, feeling: good or bad, learned from the study's own rated texts, with how often that is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from personakit.errors import listing
from personakit.evidence_measures import wilson
from personakit.voices_words import one_form

FEWEST_RATED, FEWEST_OF_A_KIND = 60, 15
_FOLDS, _MOST_TO_LEARN = 5, 50_000
_MOST_COLUMNS, _LOOSENESS = 20_000, 3.0
_WORD_SHAPE = r"\w[\w'’\u200c]+"
#: Largest rating of common scales, and the smallest.
_SCALE_ENDS = {5.0: 1.0, 7.0: 1.0, 10.0: 0.0}
_Z = 1.959963984540054
UNKNOWN = "Feeling is unknown: the study has too few rated texts to learn from."


@dataclass(frozen=True, eq=False)
class Feeling:
    """
    How texts sound, from -2 (bad) to 2 (good).

    Attributes
    ----------
    of_text : pandas.Series
        One value per text, same index as the texts; missing everywhere when nothing could be learned. Rated texts too are
        judged by a model that did not see them.
    n_rated : int
        Rated texts that could be learned from.
    accuracy, accuracy_low, accuracy_high : float
        Share of rated texts put into the right one of three kinds (below, at, above the middle of the scale), by models that
        did not see them; with a 95 % interval (Wilson).
    baseline : float
        The same when everything is put into the commonest kind.
    balanced_accuracy, balanced_low, balanced_high : float
        Mean of the shares of bad texts called bad and good ones called good, with a 95 % interval; 0.5 is guessing.
    says : str
        The same in plain words.
    """

    of_text: pd.Series
    n_rated: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    baseline: float
    balanced_accuracy: float
    balanced_low: float
    balanced_high: float
    says: str

    @property
    def known(self) -> bool:
        """Whether anything was learned."""
        return bool(self.of_text.notna().any())


def learn_feeling(texts: pd.DataFrame, *, middle: float | None = None, random_state: int = 1) -> Feeling:
    """
    Learn from rated texts how good and bad ones sound, and judge all texts.

    Words, pairs of words and pieces of words (so that endings and all four languages are served by the same code) enter a
    logistic regression. Five models are learned, each without a fifth of the people; each rated text is judged by the one
    that did not see its person.

    Parameters
    ----------
    texts : pandas.DataFrame
        One row per text with ``key``, ``text``, ``rating`` (missing for unrated ones) and ``customer_id``.
    middle : float, optional
        Middle of the rating scale; without it halfway between the lowest and the highest rating, where scales that end at 5, 7
        or 10 begin at 1 or 0 even when nobody gave that.
    random_state : int
        Seed.

    Returns
    -------
    Feeling
        Unknown when fewer than 60 texts are rated, when fewer than 15 of them are bad or good, or when the models do no better
        than guessing.

    References
    ----------
    Wang, S., & Manning, C. (2012). Baselines and bigrams: simple, good sentiment and topic classification. ACL, 90-94.
    Brodersen, K. H., Ong, C. S., Stephan, K. E., & Buhmann, J. M. (2010). The balanced accuracy and its posterior
    distribution. ICPR, 3121-3124.
    """
    from sklearn.linear_model import LogisticRegression

    rated = texts[texts["rating"].notna() & (texts["text"].str.len() > 0)].sort_values("key", kind="stable")
    ratings = rated["rating"].astype(float)
    centre = middle if middle is not None else _middle_of(ratings)
    kinds = np.sign(ratings.to_numpy() - centre).astype(int)
    counts = {kind: int((kinds == kind).sum()) for kind in (-1, 0, 1)}
    if len(rated) < FEWEST_RATED or min(counts[-1], counts[1]) < FEWEST_OF_A_KIND:
        return _unknown(texts, len(rated), UNKNOWN)
    rng = np.random.default_rng(random_state)
    people = rated["customer_id"].astype("object").where(rated["customer_id"].notna(), rated["key"]).astype(str)
    names = np.array(sorted(people.unique()), dtype=object)
    fold_of = dict(zip(names, rng.permutation(len(names)) % _FOLDS, strict=True))
    folds = people.map(fold_of).to_numpy()
    said = [one_form(text) for text in rated["text"]]
    try:
        vectors = _vectors().fit(said)  # counts words, and knows nothing of the ratings
    except ValueError:
        return _unknown(texts, len(rated), UNKNOWN)
    matrix = vectors.transform(said)
    rest = texts[texts["rating"].isna() & (texts["text"].str.len() > 0)]
    others = vectors.transform([one_form(text) for text in rest["text"]]) if len(rest) else None
    chances, elsewhere = np.zeros((len(rated), 3)), np.zeros((len(rest), 3))
    for fold in range(_FOLDS):
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        inside = np.sort(rng.permutation(inside)[:_MOST_TO_LEARN])
        model = LogisticRegression(C=_LOOSENESS, class_weight="balanced", max_iter=200).fit(matrix[inside], kinds[inside])
        if len(outside):
            chances[outside] = _chances(model, matrix[outside])
        if others is not None:
            elsewhere += _chances(model, others) / _FOLDS
    guessed = np.array([-1, 0, 1])[chances.argmax(axis=1)]
    right = guessed == kinds
    accuracy = float(right.mean())
    low, high = wilson(float(right.sum()), len(right))
    below, above = kinds < 0, kinds > 0
    called_good = chances[:, 2] > chances[:, 0]
    shares = [float((~called_good[below]).mean()), float(called_good[above].mean())]
    balanced = float(np.mean(shares))
    error = float(np.sqrt(sum(max(p * (1 - p), 1e-4) / n for p, n in zip(shares, (below.sum(), above.sum()), strict=True))) / 2)
    bounds = (max(balanced - _Z * error, 0.0), min(balanced + _Z * error, 1.0))
    baseline = max(counts.values()) / len(kinds)
    if bounds[0] <= 0.5:
        says = f"Feeling is unknown: from {len(rated):,} rated texts no better than guessing was learned."
        return _unknown(texts, len(rated), says)
    of_text = pd.Series(np.nan, index=texts.index, name="feeling")
    of_text[rated.index] = 2 * (chances[:, 2] - chances[:, 0])
    of_text[rest.index] = 2 * (elsewhere[:, 2] - elsewhere[:, 0])
    says = (f"Learned from {len(rated):,} rated texts: of bad and good ones {balanced:.0%} are told apart rightly "
            f"({bounds[0]:.0%} to {bounds[1]:.0%}; guessing gives 50%). Into the right one of three kinds come {accuracy:.0%} "
            f"({low:.0%} to {high:.0%}); calling everything the commonest kind gives {baseline:.0%}."
            f"{_not_checked(rated, rest)}")  # fmt: skip
    return Feeling(of_text.round(6), len(rated), accuracy, low, high, baseline, balanced, *bounds, says)


def _middle_of(ratings: pd.Series) -> float:
    """Middle of the scale that ratings are on."""
    if ratings.empty:
        return 0.0
    low, high = float(ratings.min()), float(ratings.max())
    if low > 1 and high in _SCALE_ENDS:
        low = _SCALE_ENDS[high]
    return (low + high) / 2


def _not_checked(rated: pd.DataFrame, rest: pd.DataFrame) -> str:
    """Name the sources that nobody rated: there it cannot be checked how often the feeling is right."""
    if "source" not in rated:
        return ""
    others = sorted(set(rest["source"]) - set(rated["source"]))
    return f" Nobody rated {listing(others)}; how often it is right there cannot be checked." if others else ""


def _unknown(texts: pd.DataFrame, n_rated: int, says: str) -> Feeling:
    nan = float("nan")
    return Feeling(pd.Series(np.nan, index=texts.index, name="feeling"), n_rated, nan, nan, nan, nan, nan, nan, nan, says)


def _vectors() -> Any:
    """Weights of words, pairs of words, and pieces of words."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union

    common = {"sublinear_tf": True, "max_features": _MOST_COLUMNS, "lowercase": False, "dtype": np.float32}
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, token_pattern=_WORD_SHAPE, **common)
    pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), min_df=3, **common)
    return make_union(words, pieces)


def _chances(model: Any, matrix: Any) -> np.ndarray:
    """Chances of bad, middling and good, shape (texts, 3)."""
    found = np.zeros((matrix.shape[0], 3))
    for kind, column in zip(model.classes_, model.predict_proba(matrix).T, strict=True):
        found[:, int(kind) + 1] = column
    return found
