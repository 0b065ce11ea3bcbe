"""Step 06, the rule of a segmentation as SQL, for any warehouse."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from personakit.segmentation_items import Item, rating_edges
from personakit.segmentation_mixture import MixtureFit, linear_form
from personakit.segmentation_rule import RuleColumn, sql_name, sql_number, sql_text, sql_value
from personakit.segmentation_tiers import SURE_FROM, QuantileTiers


def kmeans_sql(rule: Sequence[RuleColumn], centres: np.ndarray, table: str, *, arrays: bool = False) -> str:
    """
    Write the nearest centre as one SELECT statement in DuckDB's dialect, with certainty and second segment.

    Sums of products rank the centres (half the distance is left out, which is the same for all). With ``arrays`` they are
    written in DuckDB's own way, which takes a third of the time; without, any engine can run them.
    """
    names = list(dict.fromkeys(column.name for column in rule))
    m = len(rule)
    weights = centres.tolist()
    halves = [sql_number(-sum(weight * weight for weight in row) / 2) for row in weights]
    if arrays:
        taken = f"[{', '.join(sql_value(column) for column in rule)}]::DOUBLE[{m}] AS x"
        sums = [f"ARRAY_INNER_PRODUCT(x, [{', '.join(map(sql_number, row))}]::DOUBLE[{m}])" for row in weights]
        squares = "ARRAY_INNER_PRODUCT(x, x)"
    else:
        taken = ", ".join(f"{sql_value(column)} AS x{i}" for i, column in enumerate(rule))
        sums = [" + ".join(f"x{i} * {sql_number(weight)}" for i, weight in enumerate(row)) for row in weights]
        squares = " + ".join(f"x{i} * x{i}" for i in range(m))
    scaled = f"SELECT customer_id, {_known(names)} AS known, {taken} FROM {sql_name(table)}"  # noqa: S608
    ranked = ", ".join(
        f"{own} + {half} AS d{number}" for number, (own, half) in enumerate(zip(sums, halves, strict=True), start=1)
    )
    inner = f"SELECT customer_id, known, {squares} AS squares, {ranked} FROM ({scaled}) AS scaled"  # noqa: S608
    near, far = (f"GREATEST(squares - 2e0 * {name}, {least})" for name, least in (("best", "0e0"), ("next_best", "1e-300")))
    certainty = f"1e0 / (1e0 + SQRT({near} / {far}))"
    return _told(inner, len(centres), len(names), certainty, "squares, ")


def mixture_sql(model: MixtureFit, table: str) -> str:
    """Write the most probable segment as one SELECT statement in DuckDB's dialect, with certainty and second segment."""
    coefficients, constants = linear_form(model)
    k = len(model.shares)
    nodes = len(coefficients) // k
    parts: list[list[str]] = [[] for _ in range(k * nodes)]
    start = 0
    for item in model.form.items:
        width = 3 if item.kind == "number" else len(item.levels)
        for component in range(k * nodes):
            parts[component].append(_item_sql(item, coefficients[component, start : start + width].tolist()))
        start += width
    scores = [f"{sql_number(constant)} + {' + '.join(own)}" for constant, own in zip(constants.tolist(), parts, strict=True)]
    names = [item.name for item in model.form.items]
    base = ", ".join(f"{score} AS {_component(i, nodes)}" for i, score in enumerate(scores))
    inner = f"SELECT customer_id, {_known(names)} AS known, {base} FROM {sql_name(table)}"  # noqa: S608
    if nodes > 1:
        own = [[_component(segment * nodes + node, nodes) for node in range(nodes)] for segment in range(k)]
        tops = ", ".join(f"GREATEST({', '.join(names_)}) AS m{segment}" for segment, names_ in enumerate(own, start=1))
        sums = ", ".join(
            f"m{segment} + LN({' + '.join(f'EXP({name} - m{segment})' for name in names_)}) AS d{segment}"
            for segment, names_ in enumerate(own, start=1)
        )
        inner = f"SELECT customer_id, known, {sums} FROM (SELECT *, {tops} FROM ({inner}) AS answers) AS highest"  # noqa: S608
    certainty = f"1e0 / ({' + '.join(f'EXP(d{segment} - best)' for segment in range(1, k + 1))})"
    return _told(inner, k, len(names), certainty, "")


def tiers_sql(tiers: QuantileTiers, table: str) -> str:
    """Write the tier by the sum of scores as one SELECT statement in DuckDB's dialect, with certainty and second tier."""
    scores = []
    for name, turned, edges in zip(tiers.names, tiers.turned, tiers.edges.tolist(), strict=True):
        value = f"(-{sql_name(name)})" if turned else sql_name(name)
        steps = " ".join(f"WHEN {value} <= {sql_number(edge)} THEN {score}" for score, edge in enumerate(edges, start=1)
                         if np.isfinite(edge))  # fmt: skip
        scores.append(f"CASE WHEN {sql_name(name)} IS NULL THEN 0 {steps} ELSE {len(edges) + 1} END")
    borders = tiers.borders.tolist()
    last = len(borders) + 1
    above = " ".join(f"WHEN total > {sql_number(border)} THEN {tier}" for tier, border in enumerate(reversed(borders), start=1))
    sums = f"SELECT customer_id, {_known(tiers.names)} AS known, {' + '.join(scores)} AS total FROM {sql_name(table)}"  # noqa: S608
    told = (
        f"SELECT *, CASE WHEN known * 2 < {len(tiers.names)} THEN NULL {above} ELSE {last} END AS segment FROM ({sums}) AS scores"  # noqa: S608
    )
    if not borders:
        return f"SELECT customer_id, segment, {_ONLY} FROM ({told}) AS told"  # noqa: S608
    gaps = [f"ABS(total - {sql_number(border)})" for border in borders]
    nearest = gaps[0] if len(gaps) == 1 else f"LEAST({', '.join(gaps)})"
    across = " ".join(f"WHEN gap = {gap} THEN CASE WHEN total > {sql_number(border)} THEN segment + 1 ELSE segment - 1 END"
                      for gap, border in zip(gaps, borders, strict=True))  # fmt: skip
    return (
        f"SELECT customer_id, segment, CASE WHEN segment IS NOT NULL THEN 0.5e0 + CASE WHEN gap < {SURE_FROM} THEN gap "  # noqa: S608
        f"ELSE {SURE_FROM} END / {sql_number(2 * SURE_FROM)} END AS certainty, CASE WHEN segment IS NULL THEN NULL {across} END "
        f"AS second FROM (SELECT *, {nearest} AS gap FROM ({told}) AS told) AS gaps"
    )


#: What a single segment has beside its number.
_ONLY = "CASE WHEN segment IS NOT NULL THEN 1e0 END AS certainty, CAST(NULL AS INTEGER) AS second"


def _told(inner: str, k: int, n_names: int, certainty: str, carried: str) -> str:
    """Pick the first of the best segments, then the first of the best of the others."""
    numbers = range(1, k + 1)
    unknown = f"known * 2 < {n_names}"
    if k == 1:
        return f"SELECT customer_id, segment, {_ONLY} FROM (SELECT customer_id, CASE WHEN {unknown} THEN NULL ELSE 1 END AS segment FROM ({inner}) AS scores) AS told"  # noqa: E501, S608
    scores = ", ".join(f"d{segment}" for segment in numbers)
    best = f"SELECT *, GREATEST({scores}) AS best FROM ({inner}) AS scores"  # noqa: S608
    cases = " ".join(f"WHEN d{segment} = best THEN {segment}" for segment in numbers)
    told = f"SELECT *, CASE WHEN {unknown} THEN NULL {cases} END AS segment FROM ({best}) AS highest"  # noqa: S608
    rest = {segment: [f"d{other}" for other in numbers if other != segment] for segment in numbers}
    others = " ".join(f"WHEN {segment} THEN {_greatest(own)}" for segment, own in rest.items())
    second = f"SELECT customer_id, segment, {carried}{scores}, best, CASE segment {others} END AS next_best FROM ({told}) AS told"  # noqa: S608
    cases = " ".join(f"WHEN segment <> {segment} AND d{segment} = next_best THEN {segment}" for segment in numbers)
    return (
        f"SELECT customer_id, segment, CASE WHEN segment IS NOT NULL THEN {certainty} END AS certainty, "  # noqa: S608
        f"CASE {cases} END AS second FROM ({second}) AS others"
    )


def _greatest(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"GREATEST({', '.join(names)})"


def _component(place: int, nodes: int) -> str:
    return f"d{place + 1}" if nodes == 1 else f"c{place // nodes + 1}_{place % nodes + 1}"


def _known(names: Sequence[str]) -> str:
    return " + ".join(f"CASE WHEN {sql_name(name)} IS NULL THEN 0 ELSE 1 END" for name in names)


def _item_sql(item: Item, scores: list[float]) -> str:
    """What one answer adds to a component's score; nothing when it is missing or unknown."""
    name = sql_name(item.name)
    if item.kind == "category":
        cases = " ".join(
            f"WHEN {name} = {sql_text(level) if isinstance(level, str) else sql_number(level)} THEN {sql_number(score)}"
            for level, score in zip(item.levels, scores, strict=True)
        )
        return f"CASE {cases} ELSE 0e0 END"
    if item.kind == "rating":
        edges = rating_edges(item.levels)[1:-1].tolist()
        cases = " ".join(
            f"WHEN {name} <= {sql_number(edge)} THEN {sql_number(score)}" for edge, score in zip(edges, scores[:-1], strict=True)
        )
        return f"CASE WHEN {name} IS NULL THEN 0e0 {cases} ELSE {sql_number(scores[-1])} END"
    value = f"LN(1 + {name})" if item.log else name
    scaled = f"(({value}) - ({sql_number(item.mean)})) / {sql_number(item.scale)}"
    constant, slope, curve = (sql_number(score) for score in scores)
    return f"CASE WHEN {name} IS NULL THEN 0e0 ELSE {constant} + ({slope}) * {scaled} + ({curve}) * POWER({scaled}, 2) END"
