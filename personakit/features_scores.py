"""Step 05, scores: questions that measure the same thing become one figure, with its reliability."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from personakit.study_parts import Items

RELIABILITY_COLUMNS = ["score", "questions", "n", "alpha", "alpha_low", "alpha_high"]


def score_of(answers: pd.DataFrame, questions: list[str], block: Items) -> tuple[pd.Series, pd.DataFrame]:
    """
    Take the mean of several questions, for everybody who answered at least half of them.

    Parameters
    ----------
    answers : pandas.DataFrame
        One row per person, one column per question.
    questions : list of str
        Columns; a leading minus turns a question round within the block's scale.
    block : Items
        The block they belong to. Without a ``scale`` the lowest and highest answers count as its ends.

    Returns
    -------
    score : pandas.Series
        One value per person; missing for those who answered less than half.
    turned : pandas.DataFrame
        The answers, turned round where asked.
    """
    names = [question.removeprefix("-") for question in questions]
    own = answers[names].apply(pd.to_numeric, errors="coerce").astype(float)
    low, high = block.scale or (float(own.min().min()), float(own.max().max()))
    for question, name in zip(questions, names, strict=True):
        if question.startswith("-"):
            own[name] = low + high - own[name]
    enough = own.notna().sum(axis=1) >= len(names) / 2
    return own.mean(axis=1).where(enough).round(6), own


def relative_answers(answers: pd.DataFrame) -> pd.DataFrame:
    """
    Take each person's mean off each of their answers, for people who differ in how high they rate everything.

    Parameters
    ----------
    answers : pandas.DataFrame
        One row per person, one column per question, all on one scale.

    Returns
    -------
    pandas.DataFrame
        Same shape, in points above or below the person's own mean; missing for those who answered less than half.

    References
    ----------
    Fischer, R. (2004). Standardization to account for cross-cultural response bias. Journal of Cross-Cultural Psychology,
    35, 263-282 (within-subject centring).

    Examples
    --------
    >>> relative_answers(pd.DataFrame({"price": [5, 2], "nature": [3, 4]})).to_dict("list")
    {'price': [1.0, -1.0], 'nature': [-1.0, 1.0]}
    """
    own = answers.apply(pd.to_numeric, errors="coerce").astype(float)
    enough = own.notna().sum(axis=1) >= own.shape[1] / 2
    return own.sub(own.mean(axis=1), axis=0).where(enough, axis=0).round(6)


def cronbach_alpha(answers: pd.DataFrame) -> dict[str, Any]:
    """
    Say how well questions go together, from the people who answered all of them.

    Parameters
    ----------
    answers : pandas.DataFrame
        One row per person, one column per question, all pointing the same way.

    Returns
    -------
    dict
        ``questions`` (number), ``n`` (people), ``alpha`` (1 is perfect; from 0.7 on a score is usable) with
        ``alpha_low`` and ``alpha_high`` (95 %); missing with fewer than three people or no differences.

    References
    ----------
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika, 16, 297-334.
    Feldt, L. S., Woodruff, D. J., & Salih, F. A. (1987). Statistical inference for coefficient alpha. Applied
    Psychological Measurement, 11, 93-103.

    Examples
    --------
    >>> answers = pd.DataFrame({"a": [1, 2, 3, 4], "b": [1, 2, 3, 5], "c": [2, 2, 3, 4]})
    >>> round(cronbach_alpha(answers)["alpha"], 3)
    0.962
    """
    from scipy.stats import f

    complete = answers.dropna()
    n, k = complete.shape
    found: dict[str, Any] = {"questions": k, "n": n, "alpha": np.nan, "alpha_low": np.nan, "alpha_high": np.nan}
    whole = float(complete.sum(axis=1).var(ddof=1)) if n > 2 else 0.0
    if k < 2 or not whole > 0:
        return found
    alpha = k / (k - 1) * (1 - float(complete.var(ddof=1).sum()) / whole)
    freedom = (n - 1, (n - 1) * (k - 1))
    found |= {"alpha": alpha, "alpha_low": 1 - (1 - alpha) * float(f.ppf(0.975, *freedom)),
              "alpha_high": 1 - (1 - alpha) * float(f.ppf(0.025, *freedom))}  # fmt: skip
    return found
