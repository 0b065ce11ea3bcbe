"""Step 06, the basis and the rule: which variables make the segments, and how each enters the distance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from personakit.errors import DataError, did_you_mean, listing
from personakit.features import Features
from personakit.features_survey import DERIVED_BLOCKS
from personakit.study_parts import SegmentationChoice


@dataclass(frozen=True)
class RuleColumn:
    """How one basis variable enters the distance: ``(log1p(x) - mean) / scale``, or 1 where it equals ``category``."""

    name: str
    category: str
    log: bool
    mean: float
    scale: float
    fill: float


def choose_basis(features: Features, choice: SegmentationChoice) -> list[str]:
    """
    Name the variables that make the segments.

    Parameters
    ----------
    features : Features
        What describes each customer.
    choice : SegmentationChoice
        The study's ``segmentation`` block. Each name of ``basis`` is a feature, a block of questions or a source.
        Without names: survey questions about needs, goals and values, else spending and visits, else everything numeric.

    Returns
    -------
    list of str
        Feature names in the order of the table.

    Raises
    ------
    DataError
        If a name is unknown, or if nothing is left to segment by.
    """
    entries = features.dictionary
    usable = [name for name in entries.index if features.table[name].nunique() > 1]
    if not choice.basis:
        for wanted in (entries["about"].isin(["need", "goal", "value"]),
                       entries.index.isin(["order_count", "spend", "days_since_last_order"]),
                       (entries["source"] == "events") & (entries["kind"] == "share"),
                       entries["kind"].isin(["ordinal", "binary", "amount", "number", "count"])):  # fmt: skip
            # a score repeats its questions, so it has to be asked for by name
            found = [n for n in entries.index[np.asarray(wanted)]
                     if n in usable and not entries.at[n, "group"].endswith(DERIVED_BLOCKS)]  # fmt: skip
            if len(found) >= 2:
                return found
        if features.table.empty:
            msg = "segmentation: the sources tell of no single customer; personas need customers, orders, events or a survey"
            raise DataError([msg])
        raise DataError(["segmentation.basis: there are fewer than two variables to segment by; add a source or name them"])
    known = set(entries.index) | set(entries["group"]) | set(entries["source"])
    wrong = [name for name in choice.basis if name not in known]
    if wrong:
        raise DataError(
            [
                f"segmentation.basis: nothing is called '{name}'; there are blocks {listing(sorted(set(entries['group'])))} "
                f"and single variables{did_you_mean(name, known)}"
                for name in wrong
            ]
        )
    asked = [
        n
        for n in entries.index
        if n in choice.basis or entries.at[n, "group"] in choice.basis or entries.at[n, "source"] in choice.basis
    ]
    basis = [name for name in asked if name in usable]
    if not basis:
        raise DataError([f"segmentation.basis: {listing(asked)} have the same value for everybody or none; name others"])
    return basis


def make_rule(table: pd.DataFrame, basis: Sequence[str], dictionary: pd.DataFrame | None = None) -> list[RuleColumn]:
    """
    Decide how each basis variable enters the distance.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per customer.
    basis : sequence of str
        Columns.
    dictionary : pandas.DataFrame, optional
        One row per column with ``kind`` and ``unit``. Ratings on one scale, and yes/no answers, enter as they are; without a
        dictionary so do columns with one smallest and one largest value.

    Returns
    -------
    list of RuleColumn
        One per number, one per answer of a nominal variable.

    Raises
    ------
    DataError
        If a variable is not in the table, or has no values.
    """
    problems = [f"basis: no column '{n}'; the table has: {listing(table.columns)}{did_you_mean(n, table.columns)}"
                for n in basis if n not in table.columns]  # fmt: skip
    problems += [f"basis: column '{n}' has no values" for n in basis if n in table.columns and not table[n].notna().any()]
    if problems:
        raise DataError(problems)
    own = {name: kind_in(dictionary, name) for name in basis}
    units = set(dictionary.loc[basis, "unit"]) if dictionary is not None and set(own.values()) == {"ordinal"} else set()
    numeric = {name: pd.api.types.is_numeric_dtype(table[name]) for name in basis}
    spans = {(float(table[name].min()), float(table[name].max())) for name in basis if numeric[name]}
    same_scale = all(numeric.values()) and (
        len(units) == 1 or set(own.values()) <= {"binary"} or (not any(own.values()) and len(spans) == 1)
    )
    rule: list[RuleColumn] = []
    for name in basis:
        if numeric[name]:
            rule.append(_number_rule(table[name], name, own[name], same_scale=same_scale))
        else:
            values = table[name].dropna()
            shares = values.value_counts(normalize=True).sort_index()
            rule += [
                RuleColumn(name, str(category), False, float(share), 1.0, float(share)) for category, share in shares.items()
            ]
    return rule


def kind_in(dictionary: pd.DataFrame | None, name: str) -> str:
    """Kind of a column by the features' dictionary; empty when the dictionary does not know it."""
    return str(dictionary.at[name, "kind"]) if dictionary is not None and name in dictionary.index else ""


def _number_rule(values: pd.Series, name: str, kind: str, *, same_scale: bool) -> RuleColumn:
    log = kind in {"amount", "count"} and float(values.min()) >= 0
    known = values.dropna().astype(float)
    entering = np.log1p(known) if log else known
    spread = float(entering.std(ddof=0))
    mean, scale = (0.0, 1.0) if same_scale else (round(float(entering.mean()), 10), round(spread, 10) or 1.0)
    return RuleColumn(name, "", log, mean, scale, float(known.median()))


def scaled(table: pd.DataFrame, rule: list[RuleColumn]) -> tuple[np.ndarray, np.ndarray]:
    """
    Apply a rule to a table.

    Returns
    -------
    points : numpy.ndarray, shape (customers, rule columns)
        The scaled basis; missing values are filled as the rule says.
    known : numpy.ndarray of bool, shape (customers,)
        Who has at least half of the basis.
    """
    columns = []
    for column in rule:
        if column.category:
            known = table[column.name].notna()
            values = (table[column.name] == column.category).astype(float).where(known, column.fill).to_numpy(dtype=float)
        else:
            values = table[column.name].to_numpy(dtype=float, na_value=np.nan)
            values = np.where(np.isnan(values), column.fill, values)
        values = np.log1p(values) if column.log else values
        columns.append((values - column.mean) / column.scale)
    names = list(dict.fromkeys(column.name for column in rule))
    return np.column_stack(columns), (2 * table[names].notna().sum(axis=1) >= len(names)).to_numpy()


def rule_slices(rule: list[RuleColumn]) -> list[slice]:
    """Columns of the scaled basis that belong to each variable."""
    names = [column.name for column in rule]
    first = {name: names.index(name) for name in dict.fromkeys(names)}
    return [slice(start, start + names.count(name)) for name, start in first.items()]


def sql_name(name: str) -> str:
    """Quote a column or table for SQL."""
    return '"' + name.replace('"', '""') + '"'


def sql_text(word: str) -> str:
    """Quote a text for SQL."""
    return "'" + word.replace("'", "''") + "'"


def sql_number(number: float) -> str:
    """Write a number for SQL with an exponent, so that engines take it as a floating-point number and not as a decimal."""
    text = repr(float(number))
    return text if "e" in text else f"{text}e0"


def sql_value(column: RuleColumn) -> str:
    """Write one scaled variable as an SQL expression."""
    name, fill = sql_name(column.name), sql_number(column.fill)
    if column.category:
        value = f"CASE WHEN {name} IS NULL THEN {fill} WHEN {name} = {sql_text(column.category)} THEN 1e0 ELSE 0e0 END"
    else:
        value = f"COALESCE({name}, {fill})"
    value = f"LN(1 + {value})" if column.log else value
    if (column.mean, column.scale) == (0.0, 1.0):  # as it is: a third of the arithmetic less
        return value
    return f"(({value}) - ({sql_number(column.mean)})) / {sql_number(column.scale)}"
