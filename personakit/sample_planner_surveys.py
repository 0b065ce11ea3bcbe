"""One simulated survey through the real pipeline, and the surveys that were simulated before and need not be again."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from personakit.segmentation import segment_customers
from personakit.segmentation_panel import compare_solutions
from personakit.stability import adjusted_rand_index

#: What was found in the surveys of usual markets; ``python tests/record_surveys.py`` makes the file.
RECORDED = Path(__file__).parent / "sample_planner_surveys.csv"
_SCALE, _ITEM_SPREAD, _STYLE_SPREAD = (1, 5), 1.0, 0.25
#: The planner asks what is found, not how often it comes back; the verdict needs few pairs for that.
_PAIRS = 20


class Survey(NamedTuple):
    """
    One survey to simulate; two with the same figures are the same survey.

    Attributes
    ----------
    n_items, n_segments : int
        Questions that make the segments, and segments in the market.
    smallest_segment : float
        Share of the smallest segment.
    distinctness : float
        How far apart the segments are, in standard deviations of the answers within a segment.
    random_state : int
        Seed.
    respondents, draw : int
        People who answer, and which of the surveys of this size it is.
    """

    n_items: int
    n_segments: int
    smallest_segment: float
    distinctness: float
    random_state: int
    respondents: int
    draw: int


class Finding(NamedTuple):
    """
    What the pipeline found in one survey.

    Attributes
    ----------
    suggested : int
        Number of segments that the comparison suggests; 0 when there is nothing to segment.
    rand_index : float
        Agreement of the segments found with those planted, adjusted Rand index.
    smallest_people : int
        People of the smallest planted segment.
    """

    suggested: int
    rand_index: float
    smallest_people: int


def finding_of(survey: Survey) -> Finding:
    """Simulate one survey, compare numbers of segments, and make the suggested ones."""
    answers, truth = _answers(survey)
    basis = list(answers.columns)
    near = [k for k in (survey.n_segments - 1, survey.n_segments, survey.n_segments + 1) if k >= 2]
    panel = compare_solutions(answers, basis=basis, n_segments=near, random_state=survey.random_state, check_noise=False,
                              n_pairs=_PAIRS)  # fmt: skip
    labels = segment_customers(answers, basis=basis, n_segments=panel.suggested or 1, family=panel.family,
                               random_state=survey.random_state).labels  # fmt: skip
    index = adjusted_rand_index(truth, labels.to_numpy(dtype=int))
    return Finding(panel.suggested or 0, float(index), int(np.bincount(truth).min()))


@cache
def recorded_findings() -> dict[Survey, Finding]:
    """Read what was found in surveys that were simulated before; the same figures come out when they are simulated again."""
    kinds = {name: float if name in {"smallest_segment", "distinctness", "rand_index"} else int
             for name in (*Survey._fields, *Finding._fields)}  # fmt: skip
    rows = pd.read_csv(RECORDED, dtype=kinds).itertuples(index=False, name=None)
    n = len(Survey._fields)
    return {Survey(*row[:n]): Finding(*row[n:]) for row in rows}


def _answers(survey: Survey) -> tuple[pd.DataFrame, np.ndarray]:
    """Answers of one simulated survey, and the segment that each person was drawn from."""
    rng = np.random.default_rng([survey.random_state, survey.respondents, survey.draw])
    n, n_segments, n_items = survey.respondents, survey.n_segments, survey.n_items
    shares = np.full(n_segments, (1 - survey.smallest_segment) / (n_segments - 1))
    shares[-1] = survey.smallest_segment
    truth = rng.choice(n_segments, size=n, p=shares)
    own = np.arange(n_items) % n_segments == np.arange(n_segments)[:, None]
    middle = sum(_SCALE) / 2 - survey.distinctness / 2
    means = middle + survey.distinctness * own[truth] + rng.normal(0, _STYLE_SPREAD, n)[:, None]
    answers = np.clip(np.rint(means + rng.normal(0, _ITEM_SPREAD, (n, n_items))), *_SCALE)
    columns = [f"question_{i + 1:02d}" for i in range(n_items)]
    index = pd.Index([f"respondent-{i + 1:05d}" for i in range(n)], name="customer_id")
    return pd.DataFrame(answers, columns=columns, index=index), truth
