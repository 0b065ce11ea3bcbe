"""Step 10, assignment of customers who answer in words: numbers in place of the words of a rating."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from personakit.collection_scales import SAME_SIGNS, answer_form, numbers_of_words
from personakit.features_builder import answers_in_words
from personakit.segmentation_rule import sql_number, sql_text


def words_of_ratings(dictionary: pd.DataFrame) -> dict[str, dict[str, float]]:
    """
    Say for each rating in words which number each word stands for.

    Parameters
    ----------
    dictionary : pandas.DataFrame
        The dictionary of the features.

    Returns
    -------
    dict of str to dict of str to float
        By feature: the word in the form of ``answer_form``, and its number.
    """
    lowest = {str(name): str(entry["unit"]).split(" to ")[0] for name, entry in dictionary.iterrows()}
    words = {str(name): answers_in_words(entry) for name, entry in dictionary.iterrows()}
    return {name: numbers_of_words(own, float(lowest[name])) for name, own in words.items() if own}


def counted(values: pd.Series, words: Mapping[str, float]) -> pd.Series:
    """Put numbers in place of words; what is a number stays, and any other word is missing."""
    if pd.api.types.is_numeric_dtype(values):
        return values
    texts = values.astype("str").where(values.notna())
    return texts.map(answer_form, na_action="ignore").map(words).fillna(pd.to_numeric(texts, errors="coerce")).astype("float64")


def counted_sql(column: str, words: Mapping[str, float]) -> str:
    """Write :func:`counted` in SQL, for a column of text."""
    form = column
    for sign, same in SAME_SIGNS.items():
        form = f"replace({form}, {sql_text(sign)}, {sql_text(same)})"
    cases = " ".join(f"WHEN {sql_text(word)} THEN {sql_number(number)}" for word, number in words.items())
    return f"CASE lower(trim({form})) {cases} ELSE TRY_CAST({column} AS DOUBLE) END"
