"""Simulate the surveys of usual markets and keep what was found, so that the planner of notebook 01 answers at once.

Run it after a change that moves segments on purpose: ``python tests/record_surveys.py`` (about a quarter of an hour on two
processors). ``tests/test_sample_planner_surveys.py`` simulates a few of them again and says when that is needed.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from itertools import product

import pandas as pd

from personakit.sample_planner_surveys import RECORDED, Finding, Survey, finding_of

DISTINCTNESS, RESPONDENTS, DRAWS = (1.0, 1.5, 2.0), (100, 200, 400, 800), 20


def main() -> None:
    """Simulate all surveys, the longest first, and write the file whole."""
    os.environ |= {"OMP_NUM_THREADS": "1", "LOKY_MAX_CPU_COUNT": "1"}  # processes that start below share the work already
    surveys = [Survey(12, 5, 0.15, apart, 1, n, draw) for apart, n, draw in product(DISTINCTNESS, RESPONDENTS, range(DRAWS))]
    longest_first = sorted(surveys, key=lambda survey: -survey.respondents)
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        found = dict(zip(longest_first, pool.map(finding_of, longest_first), strict=True))
    table = pd.DataFrame([(*survey, *found[survey]) for survey in surveys], columns=[*Survey._fields, *Finding._fields])
    beside = RECORDED.with_suffix(".new")
    table.to_csv(beside, index=False, lineterminator="\n")
    beside.replace(RECORDED)
    print(f"{len(table)} surveys in {RECORDED.name}")


if __name__ == "__main__":
    main()
