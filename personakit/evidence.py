"""Evidence, the spine: what a card line or map cell says, the figures and voices behind it, and how strong they are."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Statistic = Literal["mean", "median", "share", "count", "total_share", "opportunity", "rate", "change"]
Asserts = Literal["difference", "level", "joint"]
Table = Literal["features", "journeys", "activation", "measurement", "drift"]
Grade = Literal["strong", "moderate", "weak", "assumed"]

#: Bases under this many people are flagged wherever they are shown.
SMALL_BASE = 30
#: Grades of a difference that is certain.
CERTAIN_GRADES = ("strong", "moderate")
#: Smallest effect that counts as moderate and as strong, for each effect size.
EFFECT_STEPS = {"hedges_g": (0.2, 0.5), "cohens_h": (0.2, 0.5), "rank_biserial": (0.11, 0.28)}


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Figure(_Frozen):
    """
    A number behind a claim, with all that is needed to compute it again.

    Attributes
    ----------
    key : str
        Names the figure: table, column, category and segment.
    table : str
        Where the values stand, one row per customer: ``features``, ``journeys``, ``activation`` or ``measurement``; ``drift``
        compares the features of two waves, and everyone else is the earlier one.
    column, category : str
        The column, and for a share of one answer that answer.
    label, label_value, unit : str
        Plain words (a pattern, when ``label_value`` stands in it) and unit.
    sources : list of str
        The source columns it rests on, such as ``survey.need_price_1``.
    segment : int
        The segment; 0 stands for all customers.
    statistic : str
        What ``estimate`` is; ``total_share`` is the part that the segment has in the sum over all segments, ``opportunity``
        weighs importance and satisfaction, ``rate`` is a chance estimated with a model.
    estimate, ci_low, ci_high : float
        The estimate and its 95 % confidence interval.
    spread_low, spread_high : float
        Quarters of the people in the segment; none for shares.
    n : int
        People (or rows) it rests on.
    others, others_n : float, int
        The same statistic for everyone else.
    effect, effect_low, effect_high, effect_kind : float, float, float, str
        Effect size of the difference to everyone else with its 95 % confidence interval.
    p_value, p_adjusted : float
        p-value, and adjusted over all tests of the step (Benjamini-Hochberg). None for basis variables.
    """

    type: Literal["figure"] = "figure"
    key: str
    table: Table
    column: str
    category: str = ""
    label: str
    label_value: str = ""
    unit: str = ""
    sources: list[str]
    segment: int
    statistic: Statistic
    estimate: float
    ci_low: float | None = None
    ci_high: float | None = None
    spread_low: float | None = None
    spread_high: float | None = None
    n: int
    others: float | None = None
    others_n: int | None = None
    effect: float | None = None
    effect_low: float | None = None
    effect_high: float | None = None
    effect_kind: str | None = None
    p_value: float | None = None
    p_adjusted: float | None = None


class Voice(_Frozen):
    """A verbatim quote behind a claim, and where it stands."""

    type: Literal["voice"] = "voice"
    key: str
    source: str
    document: str
    line: int
    customer: str
    quote: str
    language: str = ""
    topic: str = ""


class Edit(_Frozen):
    """
    What a person did to a line, and what the data said to it.

    Attributes
    ----------
    who, on : str
        Who did it, and the day (ISO).
    data_now : str
        Empty, ``contradicts`` when the data now say otherwise, or ``silent`` when they no longer say what stood there.
    """

    who: str
    on: str
    data_now: Literal["", "contradicts", "silent"] = ""


Evidence = Annotated[Figure | Voice, Field(discriminator="type")]


class Claim(_Frozen):
    """
    What one line of a card or one cell of a map says.

    Attributes
    ----------
    id : str
        Unique in the study.
    segment : int
        The persona it belongs to.
    place : str
        Field of the card or lane of the map.
    message : str
        English pattern with ``{parameters}``; it is the id under which catalogues hold its translations.
    params : dict
        Values of the parameters.
    kind : {"data", "voice", "assumption", "edited"}
        Where it comes from.
    asserts : {"difference", "level", "joint"}
        Whether it says that the group differs from everyone else, only how things are in the group, or several
        differences at once.
    evidence : list of Figure or Voice
        What it rests on; empty only for assumptions.
    edit : Edit or None
        Who changed or wrote the line; None for lines that the data wrote.
    grade : {"strong", "moderate", "weak", "assumed"}
        Follows from the evidence by :func:`grade_of`.
    """

    id: str
    segment: int
    place: str
    message: str
    params: dict[str, Any] = {}
    kind: Literal["data", "voice", "assumption", "edited"]
    asserts: Asserts = "difference"
    evidence: list[Evidence] = []
    grade: Grade
    edit: Edit | None = None


def claim(
    segment: int,
    place: str,
    message: str,
    *,
    evidence: list[Figure | Voice] | None = None,
    asserts: Asserts = "difference",
    **params: Any,
) -> Claim:
    """
    Make a claim; its kind and grade follow from its evidence.

    Parameters
    ----------
    segment : int
        The persona.
    place : str
        Field of the card or lane of the map.
    message : str
        English pattern with ``{parameters}``.
    evidence : list of Figure or Voice, optional
        What it rests on. Without any, the claim is an assumption.
    asserts : {"difference", "level", "joint"}
        Whether the line says that the group differs from everyone else, only how things are in the group, or several
        differences at once.
    **params
        Values of the parameters.

    Returns
    -------
    Claim
        With an id made of segment, place and evidence.
    """
    found = evidence or []
    kind: Any = "assumption" if not found else "voice" if isinstance(found[0], Voice) else "data"
    what = found[0].key if found else "|".join([message, *(str(params[name]) for name in ("label",) if name in params)])
    return Claim(id=f"{segment}|{place}|{what}", segment=segment, place=place, message=message, params=params, kind=kind,
                 asserts=asserts, evidence=found, grade=grade_of(found, asserts=asserts))  # fmt: skip


def figure_of(line: Claim) -> Figure | None:
    """Give the first figure that a line rests on; None for lines that rest on words alone, or on nothing."""
    return next((piece for piece in line.evidence if isinstance(piece, Figure)), None)


def grade_of(evidence: list[Figure | Voice], *, asserts: Asserts = "difference") -> Grade:
    """
    Grade a claim by the published rule.

    A line that asserts a difference: *strong* when the effect is at least medium (Hedges' g or Cohen's h 0.5,
    rank-biserial 0.28), its 95 % interval leaves out zero and both groups have at least 30 people; *moderate* when
    the effect is at least small (0.2, 0.2, 0.11) and the rest holds; otherwise *weak*. A line that only says how
    things are in the group, or has nobody to compare with: *strong* from 100 people, *moderate* from 30, else *weak*.
    Voices: *moderate* from three different people, else *weak*. No evidence: *assumed*. A claim is as strong as its
    strongest piece of evidence; one that joins several differences is as strong as the weakest of them.

    Examples
    --------
    >>> grade_of([])
    'assumed'
    """
    if not evidence:
        return "assumed"
    voices = {piece.customer or piece.document for piece in evidence if isinstance(piece, Voice)}
    grades: list[Grade] = [_figure_grade(piece, asserts) for piece in evidence if isinstance(piece, Figure)]
    if voices:
        grades.append("moderate" if len(voices) >= 3 else "weak")
    order = ("strong", "moderate", "weak").index
    return max(grades, key=order) if asserts == "joint" else min(grades, key=order)


def _figure_grade(figure: Figure, asserts: Asserts) -> Grade:
    if asserts == "level" or figure.effect is None or figure.effect_kind is None:
        return "strong" if figure.n >= 100 else "moderate" if figure.n >= SMALL_BASE else "weak"
    small, medium = EFFECT_STEPS[figure.effect_kind]
    certain = (figure.effect_low or 0) * (figure.effect_high or 0) > 0
    enough = min(figure.n, figure.others_n or 0) >= SMALL_BASE
    if not (certain and enough) or abs(figure.effect) < small:
        return "weak"
    return "strong" if abs(figure.effect) >= medium else "moderate"


def sets_apart(figure: Figure, *, n_people: int) -> bool:
    """
    Tell whether a difference deserves a line on a card.

    It does when it is graded *moderate* or *strong*. In a group that has fewer than 30 people altogether no difference can be
    graded so; there it does when its 95 % interval leaves out zero and the effect is at least small. It stays *weak*, and the
    card says so.

    Parameters
    ----------
    figure : Figure
        A figure of the group, compared with everyone else.
    n_people : int
        People in the group.

    Returns
    -------
    bool
        Whether it deserves a line.

    Examples
    --------
    >>> quick = Figure(key="features|quick||2", table="features", column="quick", label="No queue", sources=["survey"], segment=2,
    ...                statistic="mean", estimate=4.8, n=22, others=2.4, others_n=58, effect=1.9, effect_low=1.3,
    ...                effect_high=2.5, effect_kind="hedges_g")
    >>> sets_apart(quick, n_people=22), sets_apart(quick, n_people=400)
    (True, False)
    """
    if grade_of([figure]) in CERTAIN_GRADES:
        return True
    if n_people >= SMALL_BASE or figure.effect is None or figure.effect_kind is None:
        return False
    certain = (figure.effect_low or 0) * (figure.effect_high or 0) > 0
    return certain and abs(figure.effect) >= EFFECT_STEPS[figure.effect_kind][0]
