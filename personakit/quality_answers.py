"""Step 02, answers to survey questions: those that were not offered, and ratings in words turned into numbers."""

from __future__ import annotations

from typing import Any

import ibis

from personakit.collection_scales import SAME_SIGNS, numbers_of_words
from personakit.errors import listing
from personakit.quality_ledger import Rule, treat_as_missing
from personakit.study import Study
from personakit.study_parts import Items


def scale_of(block: Items) -> tuple[float, float] | None:
    """Lowest and highest possible answer of a block of questions; None when any number is possible."""
    if block.kind == "nps":
        return (0.0, 10.0)
    return block.scale if block.is_rated else None


def answer_rules(study: Study, role: str, table: Any) -> list[Rule]:
    """List the rules on answers that the questionnaire did not offer."""
    rules = []
    for block in study.sources[role].items.values():  # type: ignore[index]
        scale = scale_of(block)
        for column in block.columns:
            bad, rule = None, "not one of the answers offered"
            if scale and table.schema()[column].is_numeric():
                low, high = scale
                bad, rule = ~table[column].between(low, high), f"answer outside {low:g}-{high:g}"
            elif block.levels and block.is_rated and table.schema()[column].is_string():
                bad = ~_one_form(table[column]).isin(list(_numbers(block)))
            elif block.levels and block.kind == "choice" and table.schema()[column].is_string():
                bad = ~table[column].isin(block.levels)
            if bad is not None:
                rules.append(treat_as_missing(table, column, rule, bad, done="answer treated as missing"))
    return rules


def wrong_answers(study: Study, role: str, table: Any) -> list[str]:
    """Name the columns that hold text where answers are numbers, and those in which no answer is one of the levels."""
    found = []
    for block in study.sources[role].items.values():  # type: ignore[index]
        scale = scale_of(block)
        for column in block.columns if scale else ():
            if table.schema()[column].is_numeric():
                continue
            low, high = scale or (0.0, 0.0)
            if not block.levels:
                found.append(
                    f"sources.{role}: column '{column}' should hold numbers from {low:g} to {high:g} ({block.kind}), "
                    "but holds text; correct it, name the answers in words with 'levels', lowest first, "
                    "or give the block another kind"
                )
            elif not table.filter(_one_form(table[column]).isin(list(_numbers(block)))).count().execute():
                found.append(
                    f"sources.{role}: column '{column}' has none of the answers in 'levels' ({listing(block.levels)}); "
                    "write them as they stand in the file, lowest first"
                )
    return found


def in_numbers(study: Study, role: str, table: Any) -> Any:
    """
    Turn ratings in words into numbers.

    Parameters
    ----------
    study : Study
        The study; its ``levels`` name the answers, lowest first.
    role : str
        Role of the source.
    table : ibis table
        The source.

    Returns
    -------
    ibis table
        With a number in place of each word; other answers are missing.
    """
    counted = {}
    for block in study.sources[role].items.values():  # type: ignore[index]
        for column in block.columns if block.levels and block.is_rated else ():
            if table.schema()[column].is_string():
                own = _one_form(table[column])
                cases = [(own == word, number) for word, number in _numbers(block).items()]
                counted[column] = ibis.cases(*cases, else_=ibis.null("float64"))
    return table.mutate(**counted) if counted else table


def _numbers(block: Items) -> dict[str, float]:
    low, _ = scale_of(block) or (1.0, 0.0)
    return numbers_of_words(block.levels or [], low)


def _one_form(column: Any) -> Any:
    """As :func:`answer_form`, for a column."""
    for sign, same in SAME_SIGNS.items():
        column = column.replace(sign, same)
    return column.strip().lower()
