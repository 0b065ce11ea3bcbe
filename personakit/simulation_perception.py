"""Sample study: how nine colleagues who use the personas filled in the form of perception; synthetic."""

from __future__ import annotations

import numpy as np
import pandas as pd

from personakit.measurement_perception import HIGHEST, LOWEST, STATEMENTS, perception_form

#: What colleagues think of each side of the personas on average, from 1 to 7.
MEANS = {"clarity": 6.0, "completeness": 4.4, "credibility": 5.6, "consistency": 5.5, "empathy": 5.8, "usefulness": 5.1}
_PEOPLE, _PERSON_SD, _SIDE_SD, _ANSWER_SD = 9, 0.4, 0.7, 0.4


def simulate_perception(rng: np.random.Generator) -> pd.DataFrame:
    """
    Fill in the form as nine colleagues would.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    pandas.DataFrame
        One row per statement, see :func:`personakit.measurement_perception.perception_form`; one answer is left out.
    """
    form = perception_form(people=_PEOPLE)
    people = form.columns[2:]
    means = np.repeat([MEANS[dimension] for dimension in STATEMENTS], 2)[:, None]
    sides = np.repeat(rng.normal(0, _SIDE_SD, (len(STATEMENTS), len(people))), 2, axis=0)
    answers = means + rng.normal(0, _PERSON_SD, len(people)) + sides + rng.normal(0, _ANSWER_SD, (len(form), len(people)))
    form[people] = np.clip(np.rint(answers), LOWEST, HIGHEST).astype(int).astype(str)
    form.loc[4, people[-1]] = ""
    return form
