"""Step 11, quality of personas, twice: do their claims hold for other customers, and do the people who use them trust them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t

from personakit.edits import has_moved, said_of
from personakit.errors import DataError, listing
from personakit.evidence import Claim, Figure, figure_of, grade_of, wilson
from personakit.features import Features
from personakit.features_scores import cronbach_alpha
from personakit.profiling import profile_segments
from personakit.segmentation import Segmentation, segment_customers

CLAIM_COLUMNS = ["claim", "segment", "grade", "said", "again", "found"]
GRADE_COLUMNS = ["grade", "claims", "confirmed", "share", "ci_low", "ci_high", "contradicted", "not_measured"]
PERCEPTION_COLUMNS = ["dimension", "score", "ci_low", "ci_high", "n", "alpha", "alpha_low", "alpha_high"]
CONFIRMED, OPEN, CONTRADICTED, NOT_MEASURED = "confirmed", "not certain", "contradicted", "not measured"
GRADES = ("strong", "moderate", "weak")
#: Statements of our own to which the people who use the personas agree from 1 to 7, two for each side of a persona's quality.
#: For research, the published Persona Perception Scale (Salminen et al., 2020) is the tested instrument.
STATEMENTS: dict[str, tuple[str, str]] = {
    "clarity": ("It is easy to see who this persona is.", "The words on the card are easy to understand."),
    "completeness": ("The card tells what I need to know for my work.", "Nothing important is missing from the card."),
    "credibility": ("I believe that customers like this exist.", "I can see where the statements come from."),
    "consistency": ("The statements on the card fit together.", "Picture, quotes and figures tell the same story."),
    "empathy": ("I can imagine how this persona feels.", "I understand why they act as they do."),
    "usefulness": ("I would decide differently with this card than without it.", "I know when I would use this card."),
}  # fmt: skip
LOWEST, HIGHEST = 1, 7
BORNE_OUT_AND_LIKED = "The data bear these personas out, and the people who use them trust them"
LIKED_NOT_BORNE_OUT = "People trust these personas more than the data bear them out: test the claims again before you decide"
BORNE_OUT_NOT_LIKED = "The data bear these personas out, but people find fault with them, most of all with their {dimension}"
NEITHER = "Neither do the data bear these personas out, nor do people trust them: make them again"
TOO_FEW_ANSWERS = "The data alone can be judged: fewer than five people have answered"
#: From here on claims count as borne out (share confirmed of those graded moderate or strong), and answers as trust.
BORNE_OUT, TRUSTED = 0.8, 5.0
_FEWEST_ANSWERS = 5


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
        segments are left out.

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
    made = segment_customers(first, basis=segmentation.basis, n_segments=len(segmentation.segments), family=segmentation.family,
                             random_state=random_state, align_to=segmentation)  # fmt: skip
    claimed = profile_segments(first, made, min_cell=1).figures()
    again = profile_segments(second, made.placed(second.table), min_cell=1).figures()
    clear = {key: figure for key, figure in claimed.items() if figure.column not in segmentation.basis
             and (figure.effect_low or 0.0) * (figure.effect_high or 0.0) > 0}  # fmt: skip
    claims = [Claim(id=key, segment=figure.segment, place="fidelity", message="", kind="data", evidence=[figure],
                    grade=grade_of([figure])) for key, figure in clear.items()]  # fmt: skip
    return confirm_claims(claims, again)


def perception_scores(answers: pd.DataFrame) -> pd.DataFrame:
    """
    Score what the people who use the personas say of them.

    Parameters
    ----------
    answers : pandas.DataFrame
        One row per person (or person and persona), with the columns ``clarity_1``, ``clarity_2``, ``completeness_1``, … for the
        statements of :data:`STATEMENTS`; answers from 1 to 7.

    Returns
    -------
    pandas.DataFrame
        One row per dimension, and ``all``: ``score`` (mean, 1 to 7) with ``ci_low`` and ``ci_high`` (95 %, Student), ``n``
        people, ``alpha`` with its interval (Cronbach's alpha).

    Raises
    ------
    DataError
        If a column is missing, or an answer is not between 1 and 7; all of them are named.

    References
    ----------
    Salminen, J., Santos, J. M., Kwak, H., An, J., Jung, S., & Jansen, B. J. (2020). Persona Perception Scale: development and
    exploratory validation. International Journal of Human-Computer Studies, 141, 102437.
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika, 16, 297-334.
    """
    columns = {dimension: [f"{dimension}_{i}" for i in range(1, len(own) + 1)] for dimension, own in STATEMENTS.items()}
    every = [column for own in columns.values() for column in own]
    problems = [f"answers: no column '{column}'" for column in every if column not in answers]
    values = answers.reindex(columns=every).apply(pd.to_numeric, errors="coerce")
    for column in every:
        wrong = values[column].notna() & ~values[column].between(LOWEST, HIGHEST)
        wrong |= answers[column].notna() & values[column].isna() if column in answers else False
        if wrong.any():
            found = listing(sorted({str(value) for value in answers.loc[wrong, column]}))
            problems.append(f"answers: {column} holds {found}; allowed: {LOWEST} to {HIGHEST}, or empty")
    if problems:
        raise DataError(problems)
    rows = [_scored(dimension, values[own]) for dimension, own in [*columns.items(), ("all", every)]]
    return pd.DataFrame([row for row in rows if row], columns=PERCEPTION_COLUMNS)


def _scored(dimension: str, values: pd.DataFrame) -> dict[str, Any] | None:
    scores = values.mean(axis=1)[values.notna().mean(axis=1) >= 0.5]
    if scores.empty:
        return None
    row: dict[str, Any] = {"dimension": dimension, "score": float(scores.mean()), "n": len(scores)}
    if len(scores) > 1:
        half = float(t.ppf(0.975, len(scores) - 1) * scores.std(ddof=1) / np.sqrt(len(scores)))
        row |= {"ci_low": row["score"] - half, "ci_high": row["score"] + half}
    reliable = cronbach_alpha(values)
    return row | {name: reliable[name] for name in ("alpha", "alpha_low", "alpha_high")}


def persona_quality(fidelity: Fidelity, perception: pd.DataFrame) -> tuple[str, dict[str, str]]:
    """
    Put both together, and call it what it is.

    Parameters
    ----------
    fidelity : Fidelity
        Whether the data bear the personas out: at least 80 % of the claims graded moderate or strong are confirmed.
    perception : pandas.DataFrame
        See :func:`perception_scores`; trust is a mean of 5 or more of 7.

    Returns
    -------
    str
        An English pattern, under which catalogues hold its translations.
    dict
        Its parameters.
    """
    scores = perception.set_index("dimension")
    if "all" not in scores.index or scores.at["all", "n"] < _FEWEST_ANSWERS:
        return TOO_FEW_ANSWERS, {}
    true, trusted = fidelity.share >= BORNE_OUT, scores.at["all", "score"] >= TRUSTED
    if true and not trusted:
        return BORNE_OUT_NOT_LIKED, {"dimension": str(scores["score"].drop("all").idxmin())}
    return (BORNE_OUT_AND_LIKED if true else LIKED_NOT_BORNE_OUT if trusted else NEITHER), {}
