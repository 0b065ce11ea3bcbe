"""Small data with a known truth: a café with eighty answers to a paper questionnaire and eight interviews."""

from __future__ import annotations

import numpy as np
import pandas as pd

from personakit.simulation import SimulatedShop
from personakit.simulation_contacts import simulate_interviews
from personakit.simulation_content import market_content
from personakit.simulation_people import simulate_customers, simulate_people, simulate_survey


def simulate_cafe(*, n_survey: int = 80, random_state: int = 1) -> SimulatedShop:
    """
    Simulate the café: three groups of guests, who filled in a questionnaire; some of them were interviewed too.

    Parameters
    ----------
    n_survey : int
        Answers to the questionnaire.
    random_state : int
        The same number gives the same data.

    Returns
    -------
    SimulatedShop
        ``tables`` has only ``survey``, with ``age``, ``gender`` and ``occupation`` as the guests wrote them; ``truth`` names
        each guest's group (``kind`` is ``archetype``) and nothing else, since no faults are planted.

    Examples
    --------
    >>> cafe = simulate_cafe(random_state=2)
    >>> list(cafe.tables), len(cafe.tables["survey"]), len(cafe.interviews)
    (['survey'], 80, 8)
    """
    content, rng = market_content("cafe"), np.random.default_rng(random_state)
    guests = simulate_people(content, n_survey, rng)
    guests["customer_id"] = [f"G{number:03d}" for number in range(1, n_survey + 1)]
    said_of_themselves = simulate_customers(content, guests, rng).set_index("customer_id")[["gender", "occupation"]]
    survey = simulate_survey(content, guests, n_survey, rng).drop(columns=["region", "seconds"])
    place = survey.columns.get_loc("age") + 1
    for number, column in enumerate(said_of_themselves):
        survey.insert(place + number, column, survey["customer_id"].map(said_of_themselves[column]))
    truth = pd.DataFrame({"kind": "archetype", "source": "survey", "key": guests["customer_id"], "column": "",
                          "value": guests["archetype"]})  # fmt: skip
    return SimulatedShop({"survey": survey}, simulate_interviews(content, guests, rng), truth)
