"""How many respondents a survey needs so that segments can be found: the real pipeline on simulated answers, as a curve."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import pandas as pd

from personakit.errors import PersonakitError
from personakit.evidence_measures import wilson
from personakit.processes import processes_for, results_of
from personakit.sample_planner_surveys import Finding, Survey, finding_of, recorded_findings

SAMPLE_COLUMNS = [
    "respondents", "found_share", "found_share_low", "found_share_high", "rand_index", "rand_index_low", "rand_index_high",
    "smallest_segment_people", "draws",
]  # fmt: skip
#: The rule of thumb of the literature: respondents per question that makes the segments.
THUMB_PER_ITEM = (70, 100)
FOUND_RAND_INDEX, FOUND_SHARE = 0.7, 0.8


@dataclass(frozen=True, eq=False, repr=False)
class SamplePlan:
    """
    What a survey of each size would find.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per number of respondents: ``respondents``, ``found_share`` (share of the simulated surveys in which the
        comparison suggests the planted number of segments, or the segments agree with the planted ones to 0.7),
        ``found_share_low`` and ``found_share_high`` (95 % Wilson interval: what it would be in other surveys),
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
    respondents: Sequence[int] = (100, 200, 400, 800), draws: int = 20, random_state: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> SamplePlan:  # fmt: skip
    """
    Simulate surveys of several sizes, segment each with the real pipeline, and see from which size on it finds the segments.

    Each simulated person belongs to one segment and rates ``n_items`` questions from 1 to 5. Every segment rates its
    share of the questions higher than the others do, by ``distinctness`` standard deviations of the answers within a
    segment; people differ in how high they answer overall. Surveys of usual markets (12 questions, five segments, a smallest
    one of 15 %, distinctness of 1, 1.5 or 2, 100 to 800 respondents, up to 20 draws, the first seed) were simulated before,
    and are looked up; of others, a survey of 400 takes some 7 seconds.

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
        Simulated surveys per size; the interval of the share says whether they are enough.
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
    if draws < 1:
        raise PersonakitError(f"draws: found {draws}; allowed is 1 survey of each size or more")
    surveys = [Survey(n_items, n_segments, smallest_segment, distinctness, random_state, n, draw)
               for n in sizes for draw in range(draws)]  # fmt: skip
    recorded = recorded_findings()
    findings = {survey: recorded[survey] for survey in surveys if survey in recorded}
    for survey, finding in _simulated([survey for survey in surveys if survey not in findings]):
        findings[survey] = finding
        if progress is not None and len(findings) < len(surveys):
            progress(len(findings), len(surveys))
    if progress is not None:
        progress(len(surveys), len(surveys))
    rows = [_row(n, n_segments, [findings[survey] for survey in surveys if survey.respondents == n]) for n in sizes]
    table = pd.DataFrame(rows, columns=SAMPLE_COLUMNS)
    enough = [n for n in sizes if (table.loc[table["respondents"] >= n, "found_share"] >= FOUND_SHARE).all()]
    suggested = enough[0] if enough else None
    thumb = (THUMB_PER_ITEM[0] * n_items, THUMB_PER_ITEM[1] * n_items)
    said = f"Even {sizes[-1]:,} respondents are not enough; ask clearer questions, or more people."
    if suggested:
        said = f"From {suggested:,} respondents on, at least {FOUND_SHARE:.0%} of the simulated surveys find the segments."
    said += f" The rule of thumb of {THUMB_PER_ITEM[0]} to {THUMB_PER_ITEM[1]} per question says {thumb[0]:,} to {thumb[1]:,}."
    return SamplePlan(table, suggested, thumb, said)


def _simulated(surveys: list[Survey]) -> Iterator[tuple[Survey, Finding]]:
    """Simulate surveys; in several processes when the first of them says that they are worth it."""
    if not surveys:
        return
    begun = time.perf_counter()
    first = finding_of(surveys[0])
    per_person = (time.perf_counter() - begun) / surveys[0].respondents
    yield surveys[0], first
    left = sorted(surveys[1:], key=lambda survey: -survey.respondents)
    processes = processes_for(per_person * sum(survey.respondents for survey in left), len(left))
    with closing(results_of(finding_of, [(survey,) for survey in left], processes=processes)) as found:
        for place, finding in found:
            yield left[place], finding


def _row(respondents: int, n_segments: int, findings: list[Finding]) -> dict[str, float]:
    """One row of the table from all surveys of a size."""
    indices = [finding.rand_index for finding in findings]
    found = sum((finding.suggested == n_segments and finding.rand_index >= FOUND_RAND_INDEX / 2)
                or finding.rand_index >= FOUND_RAND_INDEX for finding in findings)  # fmt: skip
    low, high = wilson(found, len(findings))
    return {"respondents": respondents, "found_share": found / len(findings), "found_share_low": low, "found_share_high": high,
            "rand_index": float(np.mean(indices)), "rand_index_low": min(indices), "rand_index_high": max(indices),
            "smallest_segment_people": int(np.median([finding.smallest_people for finding in findings])),
            "draws": len(findings)}  # fmt: skip
