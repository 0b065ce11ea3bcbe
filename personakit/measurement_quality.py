"""Step 11, fidelity: do the claims of the personas hold for other customers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from personakit.edits import has_moved, said_of
from personakit.errors import DataError
from personakit.evidence import Claim, Figure, figure_of, grade_of
from personakit.evidence_measures import wilson
from personakit.features import Features
from personakit.profiling import describe_segments, figures_of
from personakit.segmentation import Segmentation, segment_customers

CLAIM_COLUMNS = ["claim", "segment", "grade", "said", "again", "found"]
GRADE_COLUMNS = ["grade", "claims", "confirmed", "share", "ci_low", "ci_high", "contradicted", "not_measured"]
CONFIRMED, OPEN, CONTRADICTED, NOT_MEASURED = "confirmed", "not certain", "contradicted", "not measured"
GRADES = ("strong", "moderate", "weak")


@dataclass(frozen=True, eq=False, repr=False)
class Fidelity:
    """
    How many claims come true for other customers.

    Attributes
    ----------
    claims : pandas.DataFrame
        One row per claim: ``claim``, ``segment``, ``grade``, ``said`` and ``again`` (the two estimates), ``found`` (*confirmed*:
        the same direction, and its 95 % interval leaves out zero, or for a level the intervals meet; *not certain*;
        *contradicted*; *not measured*).
    by_grade : pandas.DataFrame
        One row per grade: ``claims`` that could be measured, ``confirmed`` of them, ``share`` with ``ci_low`` and ``ci_high``
        (95 %, Wilson), ``contradicted``, ``not_measured``.
    """

    claims: pd.DataFrame
    by_grade: pd.DataFrame

    @property
    def share(self) -> float:
        """Share confirmed of the claims graded moderate or strong; missing when there are none."""
        own = self.by_grade[self.by_grade["grade"] != "weak"]
        return float(own["confirmed"].sum() / own["claims"].sum()) if own["claims"].sum() else float("nan")


def confirm_claims(claims: Iterable[Claim], again: dict[str, Figure]) -> Fidelity:
    """
    Test claims again on other customers, such as those of a new wave.

    Parameters
    ----------
    claims : iterable of Claim
        Lines of cards; those without a figure are left out.
    again : dict of str to Figure
        The same figures from other customers, by key.

    Returns
    -------
    Fidelity
        Claim by claim, and by grade.
    """
    rows = []
    for line in claims:
        figure = figure_of(line)
        if figure is None or line.kind != "data":
            continue
        other = again.get(figure.key)
        rows.append({"claim": line.id, "segment": line.segment, "grade": line.grade, "said": figure.estimate,
                     "again": other.estimate if other else np.nan, "found": _found(line, figure, other)})  # fmt: skip
    table = pd.DataFrame(rows, columns=CLAIM_COLUMNS)
    return Fidelity(table, _by_grade(table))


def _found(line: Claim, figure: Figure, other: Figure | None) -> str:
    if other is None:
        return NOT_MEASURED
    if line.asserts == "level" or figure.effect is None:
        return CONTRADICTED if has_moved(other, said_of(line), level=True) else CONFIRMED
    if other.effect is None:
        return NOT_MEASURED
    certain = (other.effect_low or 0.0) * (other.effect_high or 0.0) > 0
    same = other.effect * figure.effect > 0
    return (CONFIRMED if same else CONTRADICTED) if certain else OPEN


def _by_grade(table: pd.DataFrame) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for grade in GRADES:
        own = table.loc[table["grade"] == grade, "found"]
        n, k = int((own != NOT_MEASURED).sum()), int((own == CONFIRMED).sum())
        row: dict[str, Any] = {"grade": grade, "claims": n, "confirmed": k, "contradicted": int((own == CONTRADICTED).sum()),
                               "not_measured": int((own == NOT_MEASURED).sum())}  # fmt: skip
        if n:
            low, high = wilson(k, n)
            row |= {"share": k / n, "ci_low": low, "ci_high": high}
        rows.append(row)
    return pd.DataFrame(rows, columns=GRADE_COLUMNS)


def held_out_fidelity(features: Features, segmentation: Segmentation, *, share: float = 0.5, random_state: int = 1) -> Fidelity:
    """
    Describe the segments by some of the customers, and see whether the others bear it out.

    The segments are made anew without the customers who are held out; these are then placed by the rule.

    Parameters
    ----------
    features : Features
        One row per customer.
    segmentation : Segmentation
        Segments whose way of being made is judged.
    share : float
        Part of the customers with a segment who are held out.
    random_state : int
        Seed.

    Returns
    -------
    Fidelity
        Every difference that the first part shows with an interval that leaves out zero is a claim. Variables that made the
        segments are left out. None, where the first part is too small, or knows too little, to make the segments.

    Raises
    ------
    DataError
        If the share is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise DataError([f"share: found {share}; write a number between 0 and 1, such as 0.5"])
    people = segmentation.labels.index.sort_values()
    held = np.random.default_rng([random_state, 11, 7]).permutation(len(people)) < round(share * len(people))
    first, second = (Features(features.table.loc[people[side]], features.dictionary) for side in (~held, held))
    basis = [name for name in segmentation.basis if first.table[name].notna().any()]
    try:
        made = segment_customers(first, basis=basis, n_segments=len(segmentation.segments), family=segmentation.family,
                                 random_state=random_state, align_to=segmentation)  # fmt: skip
    except DataError:  # so few know so little that half of them cannot be told apart
        return confirm_claims([], {})
    claimed, again = (figures_of(describe_segments(part, placed, min_cell=1), features.dictionary, "features")
                      for part, placed in ((first, made), (second, made.placed(second.table))))  # fmt: skip
    clear = {key: figure for key, figure in claimed.items() if figure.column not in segmentation.basis
             and (figure.effect_low or 0.0) * (figure.effect_high or 0.0) > 0}  # fmt: skip
    claims = [Claim(id=key, segment=figure.segment, place="fidelity", message="", kind="data", evidence=[figure],
                    grade=grade_of([figure])) for key, figure in clear.items()]  # fmt: skip
    return confirm_claims(claims, again)


def held_figure(fidelity: Fidelity) -> Figure | None:
    """Share of the clear differences that hold for other customers; None where there was none to test."""
    own = fidelity.by_grade[fidelity.by_grade["grade"] != "weak"]
    n, confirmed = int(own["claims"].sum()), int(own["confirmed"].sum())
    if not n:
        return None
    low, high = wilson(confirmed, n)
    return Figure(key="measurement|held_out||0", table="measurement", column="held_out", label="Differences that hold",
                  unit="share", sources=["segments"], segment=0, statistic="share", estimate=confirmed / n, ci_low=low,
                  ci_high=high, n=n)  # fmt: skip
