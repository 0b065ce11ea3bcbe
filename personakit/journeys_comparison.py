"""Step 09, comparisons: personas phase by phase, and devices, channels, first and later journeys, before and after a change."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from personakit.profiling_tests import compare_segments

PHASE_MEASURES = ("reach", "go_on", "back", "days", "wait", "stay", "feel")
PERSONA_COLUMNS = ["phase", "measure", "segment", "value", "n", "test", "effect", "p_adjusted"]
WAY_COLUMNS = ["segment", "phase", "compared", "way", "other_way", "value", "other_value", "n", "other_n", "difference", "low",
               "high", "effect", "p_value", "p_adjusted"]  # fmt: skip
TOUCHPOINT_COLUMNS = ["touchpoint", "phase", "reach", "n", "go_on_with", "go_on_without", "difference", "low", "high",
                      "feeling", "feeling_n"]  # fmt: skip
_Z = 1.959963984540054
_FEWEST = 10


def compare_personas(
    table: pd.DataFrame, dictionary: pd.DataFrame, labels: pd.Series, *, basis: list[str], min_cell: int
) -> pd.DataFrame:
    """
    Put the personas side by side, phase by phase, and test whether they differ.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per customer, from step 09, same index as ``labels``.
    dictionary : pandas.DataFrame
        What each of its columns means.
    labels : pandas.Series
        Segment of each customer.
    basis : list of str
        Variables that made the segments; what rests on the same source columns gets no p-value.
    min_cell : int
        Smallest group shown.

    Returns
    -------
    pandas.DataFrame
        One row per phase, measure and segment: ``phase``, ``measure`` (reach, go_on, back: shares; days, wait: days; stay:
        minutes; feel: -2 to +2), ``segment``, ``value`` (mean; median for times), ``n``, and for all segments together
        ``test``, ``effect`` and ``p_adjusted`` (Benjamini-Hochberg over all tests of this table).
    """
    named = dictionary.index[dictionary["group"].isin(PHASE_MEASURES)]
    own = table[[name for name in named if name in table]]
    tests = compare_segments(own, dictionary, labels, basis=basis)
    tests = tests.set_index("feature") if "feature" in tests else tests
    rows: list[dict[str, Any]] = []
    for name in own:
        entry = dictionary.loc[name]
        found = tests.loc[name] if name in tests.index else pd.Series(dtype=object)
        for segment in sorted(labels.unique()):
            values = own.loc[(labels == segment).to_numpy(), name].dropna()
            if len(values) >= min_cell:
                middle = values.median() if entry["kind"] == "count" else values.mean()
                rows.append({"phase": entry["phase"], "measure": entry["group"], "segment": int(segment), "value": float(middle),
                             "n": len(values), "test": found.get("test", ""), "effect": found.get("effect", np.nan),
                             "p_adjusted": found.get("p_adjusted", np.nan)})  # fmt: skip
    return pd.DataFrame(rows, columns=PERSONA_COLUMNS)


def compare_ways(
    table: pd.DataFrame, dictionary: pd.DataFrame, labels: pd.Series, *, min_cell: int = _FEWEST
) -> pd.DataFrame:  # fmt: skip
    """
    Compare how many go on from each phase: by device, by channel, on first and later journeys, before and after a change.

    The unit is the customer: the mean of a customer's journeys. Customers who went both ways enter both means, and the error of
    the difference takes that into account.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per customer, from step 09, same index as ``labels``.
    dictionary : pandas.DataFrame
        What each of its columns means.
    labels : pandas.Series
        Segment of each customer.
    min_cell : int
        Smallest group shown; groups of fewer than ten are never compared.

    Returns
    -------
    pandas.DataFrame
        One row per segment (0 for all customers), phase and pair: ``compared`` (device, channel, order, or the day of a
        change), ``way`` and ``other_way``, ``value`` and ``other_value`` (shares of journeys that went on), ``n`` and
        ``other_n`` (customers), ``difference`` with ``low`` and ``high`` (95 %), ``effect`` (Cohen's h), ``p_value`` and
        ``p_adjusted`` (Benjamini-Hochberg over the whole table). First and later journeys, and those before and after a
        change, are compared without journeys that began in the last ``pause_days``, which may not be over yet. A difference
        before and after a change is not shown to be caused by it.

    References
    ----------
    Agresti, A., & Caffo, B. (2000). Simple and effective confidence intervals for proportions and differences of proportions
    result from adding two successes and two failures. The American Statistician, 54, 280-288.
    Derrick, B., Russ, B., Toher, D., & White, P. (2017). Test statistics for the comparison of means for two samples that
    include both paired and independent observations. Journal of Modern Applied Statistical Methods, 16, 137-157.
    """
    from statsmodels.stats.multitest import multipletests

    ways = dictionary.loc[[name for name in dictionary.index if str(name).startswith("go_on_") and "@" in str(name)]]
    rows: list[dict[str, Any]] = []
    for (phase, compared), own in ways.groupby(["phase", "group"], sort=False):
        for one, other in combinations([name for name in own.index if name in table], 2):
            for segment in [0, *sorted(int(s) for s in labels.unique())]:
                inside = table if segment == 0 else table[(labels == segment).to_numpy()]
                found = _difference(inside[one], inside[other], max(min_cell, _FEWEST))
                if found is not None:
                    rows.append({"segment": segment, "phase": phase, "compared": str(compared).removeprefix("change "),
                                 "way": own.at[one, "about"], "other_way": own.at[other, "about"], **found})  # fmt: skip
    found_table = pd.DataFrame(rows, columns=WAY_COLUMNS)
    if len(found_table):
        found_table["p_adjusted"] = multipletests(found_table["p_value"].astype(float), method="fdr_bh")[1]
    return found_table


def _difference(one: pd.Series, other: pd.Series, fewest: int = _FEWEST) -> dict[str, float] | None:
    """
    Difference of two mean shares with the error of partly the same people; None for few people or no spread at all.

    Interval and p-value allow for one more person who did and one who did not on each side (Agresti and Caffo), since shares
    near none or all of few people have a much larger error than they show.
    """
    a, b, both = one.dropna(), other.dropna(), pd.concat([one, other], axis=1).dropna()
    if min(len(a), len(b)) < fewest or a.var() + b.var() == 0:
        return None
    sides = [np.append(side.to_numpy(dtype=float), [0.0, 1.0]) for side in (a, b)]
    shared = float(both.cov().iloc[0, 1]) * len(both) / (len(sides[0]) * len(sides[1])) if len(both) > 1 else 0.0
    variance = float(sum(side.var() / len(side) for side in sides) - 2 * shared)
    if variance <= 0:
        return None
    gap, error = float(a.mean() - b.mean()), float(np.sqrt(variance))
    middle = float(sides[0].mean() - sides[1].mean())
    effect = 2 * (np.arcsin(np.sqrt(a.mean())) - np.arcsin(np.sqrt(b.mean())))
    return {"value": float(a.mean()), "other_value": float(b.mean()), "n": len(a), "other_n": len(b), "difference": gap,
            "low": middle - _Z * error, "high": middle + _Z * error, "effect": float(effect),
            "p_value": float(2 * stats.norm.sf(abs(middle) / error))}  # fmt: skip


def rank_touchpoints(table: pd.DataFrame, dictionary: pd.DataFrame, *, min_cell: int) -> pd.DataFrame:
    """
    Rank the touchpoints by how many use them, whether those who do go on more often, and how they feel there.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per customer, from step 09.
    dictionary : pandas.DataFrame
        What each of its columns means.
    min_cell : int
        Smallest group shown.

    Returns
    -------
    pandas.DataFrame
        One row per touchpoint: ``touchpoint``, ``phase``, ``reach`` (share of the customers with events), ``n`` (customers),
        ``go_on_with`` and ``go_on_without`` (shares of journeys that go on from its phase, of customers who use it and of those
        who come to the phase without it), ``difference`` with ``low`` and ``high`` (95 %; together with it, not because of it),
        ``feeling`` (-2 to +2) and ``feeling_n``. The most used first.
    """
    rows: list[dict[str, Any]] = []
    for name in dictionary.index[dictionary["group"] == "touch"]:
        phase, touchpoint = dictionary.at[name, "phase"], dictionary.at[name, "about"]
        used = table[name].dropna() == 1
        if used.sum() < min_cell:
            continue
        row: dict[str, Any] = {"touchpoint": touchpoint, "phase": phase, "reach": float(used.mean()), "n": int(used.sum())}
        if f"go_on_{phase}" in table:
            went = table[f"go_on_{phase}"]
            with_it, without = (
                went[used.reindex(table.index, fill_value=False)],
                went[~used.reindex(table.index, fill_value=True)],
            )
            found = _difference(with_it, without, max(min_cell, _FEWEST))
            if found is not None:
                row |= {"go_on_with": found["value"], "go_on_without": found["other_value"],
                        **{part: found[part] for part in ("difference", "low", "high")}}  # fmt: skip
        felt = table.get(f"feel_at_{touchpoint}", pd.Series(dtype=float)).dropna()
        if len(felt) >= min_cell:
            row |= {"feeling": float(felt.mean()), "feeling_n": len(felt)}
        rows.append(row)
    ranked = pd.DataFrame(rows, columns=TOUCHPOINT_COLUMNS)
    return ranked.sort_values(["n", "touchpoint"], ascending=[False, True], ignore_index=True)
