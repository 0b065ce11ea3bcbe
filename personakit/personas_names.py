"""Step 08, names: first names of the study's language and the cohort of the segment, never two alike."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path
from typing import Literal

import pandas as pd
import yaml

Gender = Literal["woman", "man", "either"]
_WOMAN = {"woman", "female", "f", "kvinne", "nainen", "زن"}
_MAN = {"man", "male", "m", "mann", "mies", "مرد"}
#: A name is a woman's or a man's only when at least this share of the segment is, and clearly more than among others.
MOSTLY = 0.6
#: Where the age is not known, names of this year of birth are taken.
_MIDDLE_YEAR = 1985


@cache
def _names() -> dict[str, dict[str, dict[int, list[str]]]]:
    return yaml.safe_load((Path(__file__).parent / "names.yaml").read_text(encoding="utf-8"))


def gender_of(rows: pd.DataFrame) -> Gender:
    """
    Say whether the name of a segment should be a woman's, a man's or either.

    Parameters
    ----------
    rows : pandas.DataFrame
        The segment's profile.

    Returns
    -------
    {"woman", "man", "either"}
        A gender only when most of the segment have it, and certainly more than everyone else.
    """
    own = rows[(rows["feature"] == "gender") & rows["apart"] & (rows["estimate"] >= MOSTLY)]
    word = str(own.sort_values("estimate", ascending=False)["category"].iloc[0]).lower() if len(own) else ""
    return "woman" if word in _WOMAN else "man" if word in _MAN else "either"


def name_of(rows: pd.DataFrame, *, language: str, year: int, start: int, taken: AbstractSet[str]) -> str:
    """
    Choose a name for a segment.

    Parameters
    ----------
    rows : pandas.DataFrame
        The segment's profile.
    language : {"en", "nb", "fi", "fa"}
        Language of the name.
    year : int
        Year of the study, from which ages are counted back.
    start : int
        Where in the list to begin, so that studies do not all start with the same name.
    taken : set of str
        Names that are in use.

    Returns
    -------
    str
        A name that was common in the years in which the people of the segment were born; with a number behind it only
        when the list is used up.

    Examples
    --------
    >>> nobody = pd.DataFrame(columns=["feature", "category", "estimate", "apart"])
    >>> name_of(nobody, language="en", year=2026, start=0, taken={"Alex"})
    'Sam'
    """
    age = rows.loc[rows["feature"] == "age", "estimate"]
    born = year - float(age.iloc[0]) if len(age) else _MIDDLE_YEAR
    cohorts = _names()[language][gender_of(rows)]
    pool = cohorts[max(first for first in cohorts if first <= max(born, min(cohorts)))]
    for step in range(len(pool)):
        name = pool[(start + step) % len(pool)]
        if name not in taken:
            return name
    number = 2
    while f"{pool[start % len(pool)]} {number}" in taken:
        number += 1
    return f"{pool[start % len(pool)]} {number}"
