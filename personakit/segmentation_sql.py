"""Step 06, the rule of a segmentation as SQL, for any warehouse."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from personakit.segmentation_items import Item, rating_edges
from personakit.segmentation_mixture import MixtureFit, linear_form
from personakit.segmentation_rule import RuleColumn, sql_name, sql_number, sql_text, sql_value
from personakit.segmentation_tiers import QuantileTiers


def kmeans_sql(rule: Sequence[RuleColumn], centres: np.ndarray, table: str) -> str:
    """Write the nearest centre as one SELECT statement in DuckDB's dialect."""
    values = [sql_value(column) for column in rule]
    distances = [
        " + ".join(f"POWER({value} - ({sql_number(centre)}), 2)" for value, centre in zip(values, row, strict=True))
        for row in centres.tolist()
    ]
    inner = ", ".join(f"{distance} AS d{number}" for number, distance in enumerate(distances, start=1))
    names = list(dict.fromkeys(column.name for column in rule))
    return (
        f"SELECT customer_id, CASE WHEN known * 2 < {len(names)} THEN NULL {_first_best(len(centres), '<=')} END AS segment "  # noqa: S608
        f"FROM (SELECT customer_id, {_known(names)} AS known, {inner} FROM {sql_name(table)}) AS distances"
    )


def mixture_sql(model: MixtureFit, table: str) -> str:
    """Write the most probable segment as one SELECT statement in DuckDB's dialect."""
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
    return (
        f"SELECT customer_id, CASE WHEN known * 2 < {len(names)} THEN NULL {_first_best(k, '>=')} END AS segment "  # noqa: S608
        f"FROM ({inner}) AS chances"
    )


def tiers_sql(tiers: QuantileTiers, table: str) -> str:
    """Write the tier by the sum of scores as one SELECT statement in DuckDB's dialect."""
    scores = []
    for name, turned, edges in zip(tiers.names, tiers.turned, tiers.edges.tolist(), strict=True):
        value = f"(-{sql_name(name)})" if turned else sql_name(name)
        steps = " ".join(f"WHEN {value} <= {sql_number(edge)} THEN {score}" for score, edge in enumerate(edges, start=1)
                         if np.isfinite(edge))  # fmt: skip
        scores.append(f"CASE WHEN {sql_name(name)} IS NULL THEN 0 {steps} ELSE {len(edges) + 1} END")
    above = " ".join(f"WHEN total > {sql_number(border)} THEN {tier}"
                     for tier, border in enumerate(reversed(tiers.borders.tolist()), start=1))  # fmt: skip
    last = len(tiers.borders) + 1
    return (
        f"SELECT customer_id, CASE WHEN known * 2 < {len(tiers.names)} THEN NULL {above} ELSE {last} END AS segment "  # noqa: S608
        f"FROM (SELECT customer_id, {_known(tiers.names)} AS known, {' + '.join(scores)} AS total "
        f"FROM {sql_name(table)}) AS scores"
    )


def _component(place: int, nodes: int) -> str:
    return f"d{place + 1}" if nodes == 1 else f"c{place // nodes + 1}_{place % nodes + 1}"


def _known(names: Sequence[str]) -> str:
    return " + ".join(f"CASE WHEN {sql_name(name)} IS NULL THEN 0 ELSE 1 END" for name in names)


def _first_best(k: int, sign: str) -> str:
    """Conditions that pick the first of the best segments."""
    numbers = range(1, k + 1)
    return " ".join(
        f"WHEN {' AND '.join(f'd{own} {sign} d{other}' for other in numbers if other != own) or '1 = 1'} THEN {own}"
        for own in numbers
    )


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
