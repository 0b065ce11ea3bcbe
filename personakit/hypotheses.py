"""Hypotheses: what the team wrote down in step 03, tested on the features in step 07."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import numpy as np
import pandas as pd

from personakit.errors import StudyError, did_you_mean
from personakit.evidence import EFFECT_STEPS
from personakit.evidence_measures import measure_group
from personakit.expressions import check_expression
from personakit.features import Features, numeric
from personakit.study_parts import Hypothesis

HYPOTHESIS_COLUMNS = ["say", "variable", "where", "expect", "n", "others_n", "statistic", "estimate", "others", "effect",
                      "effect_low", "effect_high", "effect_kind", "p_adjusted", "verdict"]  # fmt: skip
_CERTAIN_P = 0.05


def check_hypotheses(features: Features, hypotheses: Sequence[Hypothesis], *, min_cell: int) -> pd.DataFrame:
    """
    Test what the team expected.

    Parameters
    ----------
    features : Features
        One row per customer.
    hypotheses : sequence of Hypothesis
        What was written down before anybody looked.
    min_cell : int
        Groups of fewer people are not shown.

    Returns
    -------
    pandas.DataFrame
        One row per hypothesis: ``say``, ``variable``, ``where``, ``expect``; ``n`` and ``others_n`` (people in the group and
        outside it), ``statistic``, ``estimate`` and ``others``, ``effect`` with ``effect_low`` and ``effect_high`` (95 %) and
        its ``effect_kind``, ``p_adjusted`` (Benjamini-Hochberg over all hypotheses), ``verdict``: *holds* (the expected
        direction, certain, at least a small effect), *the opposite holds*, *too small to matter*, *not certain*, or why it
        could not be tested.

    Raises
    ------
    StudyError
        If a hypothesis names a feature that is not there, or its condition is not allowed.
    """
    from statsmodels.stats.multitest import multipletests

    rows = [_measured(features, hypothesis, number, min_cell) for number, hypothesis in enumerate(hypotheses)]
    table = pd.DataFrame(rows, columns=[*HYPOTHESIS_COLUMNS, "p_value"])
    tested = table["p_value"].notna()
    if tested.any():
        table.loc[tested, "p_adjusted"] = multipletests(table.loc[tested, "p_value"].astype(float), method="fdr_bh")[1]
        table.loc[tested, "verdict"] = [_verdict(row) for row in table[tested].to_dict("records")]
    return table[HYPOTHESIS_COLUMNS]


def _measured(features: Features, hypothesis: Hypothesis, number: int, min_cell: int) -> dict[str, object]:
    columns = [str(column) for column in features.table.columns]
    where = f"hypotheses.{number + 1}"
    if hypothesis.variable not in columns:
        hint = did_you_mean(hypothesis.variable, columns)
        raise StudyError(f"{where}: no feature '{hypothesis.variable}'{hint}; notebook 05 lists the features")
    row: dict[str, object] = dict.fromkeys(HYPOTHESIS_COLUMNS) | hypothesis.model_dump()
    inside = people_where(features.table, hypothesis.where, f"{where}.where")
    kind = str(features.dictionary.at[hypothesis.variable, "kind"])
    if kind == "nominal":
        return row | {"verdict": "cannot be tested: the variable holds words; name a number, a rating or a yes-or-no"}
    statistic = {"binary": "share", "amount": "median", "count": "median"}.get(kind, "mean")
    values = numeric(features.table[hypothesis.variable])
    n, others = int((inside & ~np.isnan(values)).sum()), int((~inside & ~np.isnan(values)).sum())
    if min(n, others) < min_cell:
        return row | {"verdict": f"cannot be tested: fewer than {min_cell} people in the group or outside it"}
    found = measure_group(values, inside, statistic, test=True) or {}  # type: ignore[arg-type]
    return row | {"statistic": statistic} | found


def people_where(table: pd.DataFrame, condition: str, where: str) -> np.ndarray:
    """
    Tell for whom a condition holds.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per customer.
    condition : str
        A condition on its columns, as the study file has it.
    where : str
        Its place in the study file, for messages.

    Returns
    -------
    numpy.ndarray of bool, shape (customers,)
        False where it is not known.

    Raises
    ------
    StudyError
        If the condition is not allowed (see :func:`personakit.expressions.check_expression`), or compares a number with a word.
    """
    checked = check_expression(condition, [str(column) for column in table.columns], where)
    with duckdb.connect() as connection:
        connection.register("features_table", table.reset_index())
        asked = f"SELECT coalesce(({checked}), false) AS inside FROM features_table"  # noqa: S608  checked by check_expression
        try:
            return connection.execute(asked).df()["inside"].to_numpy(dtype=bool)
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise StudyError(f"{where}: '{condition}' does not fit the features ({reason}); there yes is 1 and no is 0, "
                             "ratings are numbers, and only words stand in quotes: uses_radio = 1, age < 28, region = 'Oslo'"
                             ) from None  # fmt: skip


def _verdict(row: dict[str, object]) -> str:
    effect, p = float(str(row["effect"])), float(str(row["p_adjusted"]))
    if p >= _CERTAIN_P:
        return "not certain"
    if abs(effect) < EFFECT_STEPS[str(row["effect_kind"])][0]:
        return "too small to matter"
    if row["expect"] == "different" or (effect > 0) == (row["expect"] == "higher"):
        return "holds"
    return "the opposite holds"
