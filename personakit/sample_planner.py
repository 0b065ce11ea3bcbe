"""How many respondents a survey needs so that segments can be found: the real pipeline on simulated answers, as a curve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from personakit.errors import PersonakitError
from personakit.segmentation import segment_customers
from personakit.segmentation_panel import compare_solutions
from personakit.stability import adjusted_rand_index

SAMPLE_COLUMNS = [
    "respondents",
    "found_share",
    "rand_index",
    "rand_index_low",
    "rand_index_high",
    "smallest_segment_people",
    "draws",
]
#: The rule of thumb of the literature: respondents per question that makes the segments.
THUMB_PER_ITEM = (70, 100)
FOUND_RAND_INDEX, FOUND_SHARE = 0.7, 0.8
_SCALE, _ITEM_SPREAD, _STYLE_SPREAD = (1, 5), 1.0, 0.25
#: The planner asks what is found, not how often it comes back; the verdict needs few pairs for that.
_PAIRS = 20


@dataclass(frozen=True, eq=False, repr=False)
class SamplePlan:
    """
    What a survey of each size would find.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per number of respondents: ``respondents``, ``found_share`` (share of the simulated surveys in which the
        comparison suggests the planted number of segments, or the segments agree with the planted ones to 0.7),
        ``rand_index`` (mean agreement with the planted segments, adjusted Rand index), ``rand_index_low`` and
        ``rand_index_high`` (lowest and highest), ``smallest_segment_people``, ``draws`` (simulated surveys).
    suggested : int or None
        The smallest number of respondents from which on at least 80 % of the surveys find the segments; None when even
        the largest does not.
    rule_of_thumb : tuple of int
        70 and 100 respondents per question that makes the segments.
    says : str
        The same in plain words.

    References
    ----------
    Dolnicar, S., Grün, B., Leisch, F., & Schmidt, K. (2014). Required sample sizes for data-driven market segmentation
    analyses in tourism. Journal of Travel Research, 53, 296-306.
    Dolnicar, S., Grün, B., & Leisch, F. (2016). Increasing sample size compensates for data problems in segmentation
    studies. Journal of Business Research, 69, 992-999.
    """

    table: pd.DataFrame
    suggested: int | None
    rule_of_thumb: tuple[int, int]
    says: str

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def plan_sample(  # noqa: PLR0913  every number describes the survey that is planned
    *, n_items: int = 12, n_segments: int = 5, smallest_segment: float = 0.15, distinctness: float = 1.5,
    respondents: Sequence[int] = (100, 200, 400, 800), draws: int = 5, random_state: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> SamplePlan:  # fmt: skip
    """
    Simulate surveys of several sizes, segment each with the real pipeline, and see from which size on it finds the segments.

    Each simulated person belongs to one segment and rates ``n_items`` questions from 1 to 5. Every segment rates its
    share of the questions higher than the others do, by ``distinctness`` standard deviations of the answers within a
    segment; people differ in how high they answer overall.

    Parameters
    ----------
    n_items : int
        Questions that make the segments.
    n_segments : int
        Segments in the market.
    smallest_segment : float
        Share of the smallest one; the others are of equal size.
    distinctness : float
        How far apart the segments are, in standard deviations (Cohen's d): 1 is blurred, 1.5 usual, 2 clear.
    respondents : sequence of int
        Sizes of the survey to try.
    draws : int
        Simulated surveys per size.
    random_state : int
        Seed.
    progress : callable, optional
        Called with the surveys done and the surveys in all.

    Returns
    -------
    SamplePlan
        The curve, and the smallest size that is enough.

    Raises
    ------
    PersonakitError
        If the numbers do not make a survey: fewer questions than segments, or a smallest segment larger than an equal share.
    """
    if n_items < n_segments or n_segments < 2:
        allowed = "allowed are 2 segments or more, and at least one question per segment"
        raise PersonakitError(f"n_items: found {n_items} for {n_segments} segments; {allowed}")
    if not 0 < smallest_segment <= 1 / n_segments:
        raise PersonakitError(f"smallest_segment: found {smallest_segment:g}; allowed is a share up to 1/{n_segments}")
    sizes = sorted({int(n) for n in respondents})
    if not sizes or sizes[0] < 10 * n_segments:
        raise PersonakitError(f"respondents: found {sizes}; allowed are sizes from {10 * n_segments} on, ten per segment")
    rows = []
    for step, n in enumerate(sizes):
        found, indices, smallest = 0, [], []
        for draw in range(draws):
            rng = np.random.default_rng([random_state, n, draw])
            answers, truth = _survey(n, n_items, n_segments, smallest_segment, distinctness, rng)
            basis = list(answers.columns)
            near = [k for k in (n_segments - 1, n_segments, n_segments + 1) if k >= 2]
            panel = compare_solutions(answers, basis=basis, n_segments=near, random_state=random_state, check_noise=False,
                                      n_pairs=_PAIRS)  # fmt: skip
            n_found = panel.suggested or 1
            labels = segment_customers(
                answers, basis=basis, n_segments=n_found, family=panel.family, random_state=random_state
            ).labels
            index = adjusted_rand_index(truth, labels.to_numpy(dtype=int))
            indices.append(index)
            smallest.append(int(np.bincount(truth).min()))
            found += (panel.suggested == n_segments and index >= FOUND_RAND_INDEX / 2) or index >= FOUND_RAND_INDEX
            if progress is not None:
                progress(step * draws + draw + 1, len(sizes) * draws)
        rows.append({"respondents": n, "found_share": found / draws, "rand_index": float(np.mean(indices)),
                     "rand_index_low": float(min(indices)), "rand_index_high": float(max(indices)),
                     "smallest_segment_people": int(np.median(smallest)), "draws": draws})  # fmt: skip
    table = pd.DataFrame(rows, columns=SAMPLE_COLUMNS)
    enough = [n for n in sizes if (table.loc[table["respondents"] >= n, "found_share"] >= FOUND_SHARE).all()]
    suggested = enough[0] if enough else None
    thumb = (THUMB_PER_ITEM[0] * n_items, THUMB_PER_ITEM[1] * n_items)
    said = f"Even {sizes[-1]:,} respondents are not enough; ask clearer questions, or more people."
    if suggested:
        said = f"From {suggested:,} respondents on, at least {FOUND_SHARE:.0%} of the simulated surveys find the segments."
    said += f" The rule of thumb of {THUMB_PER_ITEM[0]} to {THUMB_PER_ITEM[1]} per question says {thumb[0]:,} to {thumb[1]:,}."
    return SamplePlan(table, suggested, thumb, said)


def _survey(
    n: int, n_items: int, n_segments: int, smallest: float, distinctness: float, rng: np.random.Generator
) -> tuple[pd.DataFrame, np.ndarray]:
    """Answers of one simulated survey, and the segment that each person was drawn from."""
    shares = np.full(n_segments, (1 - smallest) / (n_segments - 1))
    shares[-1] = smallest
    truth = rng.choice(n_segments, size=n, p=shares)
    own = np.arange(n_items) % n_segments == np.arange(n_segments)[:, None]
    middle = sum(_SCALE) / 2 - distinctness / 2
    means = middle + distinctness * own[truth] + rng.normal(0, _STYLE_SPREAD, n)[:, None]
    answers = np.clip(np.rint(means + rng.normal(0, _ITEM_SPREAD, (n, n_items))), *_SCALE)
    columns = [f"question_{i + 1:02d}" for i in range(n_items)]
    index = pd.Index([f"respondent-{i + 1:05d}" for i in range(n)], name="customer_id")
    return pd.DataFrame(answers, columns=columns, index=index), truth
