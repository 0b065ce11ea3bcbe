"""Step 10, the screener as SQL, for any warehouse."""

from __future__ import annotations

from collections.abc import Sequence

from personakit.screener_points import POINTS_PER_DOUBLING
from personakit.screener_questions import ScreenerQuestion
from personakit.segmentation_rule import sql_name, sql_number, sql_text


def screener_sql(
    questions: Sequence[ScreenerQuestion], start: Sequence[int], segments: Sequence[int], *, least_answers: int, sure_lead: int,
    table: str,
) -> str:  # fmt: skip
    """
    Write a screener as one SELECT statement in DuckDB's dialect.

    Parameters
    ----------
    questions : sequence of ScreenerQuestion
        With points.
    start : sequence of int
        Points of each persona before any answer.
    segments : sequence of int
        Their numbers.
    least_answers, sure_lead : int
        Answers without which nobody is told, and lead from which on the answer is sure.
    table : str
        The table with ``customer_id`` and one column per question.

    Returns
    -------
    str
        A query that gives ``customer_id``, ``segment``, ``second``, ``lead``, ``sure`` and ``certainty``.
    """
    sums = [f"{begin} + {' + '.join(_points(question, place) for question in questions)} AS p{segment}"
            for place, (segment, begin) in enumerate(zip(segments, start, strict=True))]  # fmt: skip
    answered = " + ".join(f"CASE WHEN {_any_answer(question)} THEN 1 ELSE 0 END" for question in questions)
    inner = f"SELECT customer_id, {answered} AS answered, {', '.join(sums)} FROM {sql_name(table)}"  # noqa: S608
    first = _first_best([f"p{s}" for s in segments], segments)
    told = f"SELECT *, CASE WHEN answered >= {least_answers} THEN {first} END AS segment FROM ({inner}) AS sums"  # noqa: S608
    cases = [(own, [other for other in segments if other != own]) for own in segments]
    second = " ".join(f"WHEN {own} THEN {_first_best([f'p{s}' for s in rest], rest)}" for own, rest in cases)
    lead = " ".join(f"WHEN {own} THEN p{own} - {_most(rest)}" for own, rest in cases)
    best = " ".join(f"WHEN {own} THEN p{own}" for own in segments)
    points = ", ".join(f"p{segment}" for segment in segments)
    whole = (
        f"SELECT customer_id, segment, CASE segment {second} END AS second, CASE segment {lead} END AS lead, "  # noqa: S608
        f"CASE segment {best} END AS best, {points} FROM ({told}) AS told"
    )
    likely = " + ".join(f"POWER(2e0, (p{segment} - best) / {sql_number(POINTS_PER_DOUBLING)})" for segment in segments)
    return (
        f"SELECT customer_id, segment, second, lead, CASE WHEN segment IS NULL THEN NULL WHEN lead >= {sure_lead} THEN 1 "  # noqa: S608
        f"ELSE 0 END AS sure, 1e0 / ({likely}) AS certainty FROM ({whole}) AS leads"
    )


def _most(segments: Sequence[int]) -> str:
    names = [f"p{segment}" for segment in segments]
    return names[0] if len(names) == 1 else f"GREATEST({', '.join(names)})"


def _first_best(names: Sequence[str], segments: Sequence[int]) -> str:
    """Number of the first of those with the most points."""
    if len(names) == 1:
        return str(segments[0])
    cases = " ".join(
        f"WHEN {' AND '.join(f'{own} >= {other}' for other in names if other != own)} THEN {segment}"
        for own, segment in zip(names, segments, strict=True)
    )
    return f"CASE {cases} END"


def _conditions(question: ScreenerQuestion) -> list[str]:
    """Which people gave each answer."""
    name = sql_name(question.name)
    found = []
    for answer in question.answers:
        if question.kind == "band":
            bounds = [] if answer.low is None else [f"{name} >= {sql_number(answer.low)}"]
            bounds += [] if answer.high is None else [f"{name} < {sql_number(answer.high)}"]
            found.append(" AND ".join(bounds))
        elif question.kind == "choice":
            found.append(f"{name} = {sql_text(answer.text)}" if answer.text else f"{name} IS NOT NULL")
        else:
            found.append(f"{name} = {sql_number(float(answer.text))}")
    return found


def _any_answer(question: ScreenerQuestion) -> str:
    return " OR ".join(f"({condition})" for condition in _conditions(question))


def _points(question: ScreenerQuestion, place: int) -> str:
    pairs = zip(_conditions(question), question.answers, strict=True)
    return f"CASE {' '.join(f'WHEN {condition} THEN {answer.points[place]}' for condition, answer in pairs)} ELSE 0 END"
