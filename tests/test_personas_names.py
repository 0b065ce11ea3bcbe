"""Names: of the language and the cohort, never two alike."""

import pandas as pd
import pytest

from personakit.personas_names import _names, gender_of, name_of


def profile(age=None, women=None):
    rows = []
    if age is not None:
        rows.append({"feature": "age", "category": "", "estimate": age, "apart": False})
    if women is not None:
        rows.append({"feature": "gender", "category": "kvinne", "estimate": women, "apart": True})
    return pd.DataFrame(rows, columns=["feature", "category", "estimate", "apart"])


@pytest.mark.parametrize("language", ["en", "nb", "fi", "fa"])
def test_lists_are_whole(language):
    """Four cohorts for each gender, at least eight different names each."""
    for cohorts in _names()[language].values():
        assert list(cohorts) == [1900, 1960, 1980, 2000]
        assert all(len(set(names)) == len(names) >= 8 for names in cohorts.values())


@pytest.mark.parametrize(("age", "cohort"), [(20, 2000), (30, 1980), (60, 1960), (85, 1900), (130, 1900), (None, 1980)])
def test_a_name_fits_the_years_of_birth(age, cohort):
    """Names that were common when the people of the segment were born."""
    name = name_of(profile(age, women=0.9), language="nb", year=2026, start=3, taken=set())
    assert name in _names()["nb"]["woman"][cohort]


def test_a_gender_only_when_most_have_it():
    """Sixty in a hundred, and more than among others."""
    assert gender_of(profile(women=0.8)) == "woman"
    assert gender_of(profile(women=0.55)) == "either"
    assert gender_of(profile(women=0.8).assign(apart=False)) == "either"


def test_when_all_names_are_taken():
    """Even then no two are alike."""
    taken = set()
    for _ in range(30):
        name = name_of(profile(), language="fi", year=2026, start=0, taken=taken)
        assert name not in taken
        taken.add(name)
