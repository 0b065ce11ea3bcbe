"""Step 07, one test per feature: do the segments differ at all, and how much, over all segments together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from personakit.features import numeric
from personakit.profiling_intervals import EffectIntervals

TEST_COLUMNS = [
    "feature",
    "test",
    "statistic",
    "df",
    "df_within",
    "p_value",
    "p_adjusted",
    "effect",
    "effect_low",
    "effect_high",
    "effect_kind",
    "n",
    "in_basis",
]
_FEWEST = 5


def chi_square(counts: np.ndarray) -> dict[str, Any]:
    """
    Test whether answers are spread alike over the segments.

    Parameters
    ----------
    counts : numpy.ndarray, shape (segments, answers)
        People per segment and answer.

    Returns
    -------
    dict
        ``statistic`` (Pearson's chi-square, without continuity correction), ``df``, ``p_value``, ``effect`` (Cramér's V
        with Bergsma's correction of its bias; 0 to 1) and ``residuals`` (adjusted standardised residuals of the counts'
        shape: beyond 2 a cell stands out).

    References
    ----------
    Bergsma, W. (2013). A bias-correction for Cramér's V and Tschuprow's T. Journal of the Korean Statistical Society, 42,
    323-328.
    Agresti, A. (2013). Categorical Data Analysis. Wiley. Section 3.3, standardised residuals.

    Examples
    --------
    >>> found = chi_square(np.array([[30, 10], [15, 25], [20, 20]]))
    >>> round(found["statistic"], 3), round(found["effect"], 3)
    (11.748, 0.286)
    """
    from scipy.stats import chi2

    table = np.asarray(counts, dtype=float)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    n, (rows, columns) = table.sum(), table.shape
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    statistic = float(((table - expected) ** 2 / expected).sum())
    df = (rows - 1) * (columns - 1)
    spread = np.outer(1 - table.sum(axis=1) / n, 1 - table.sum(axis=0) / n)
    residuals = np.full(np.shape(counts), np.nan)
    used = np.ix_(np.asarray(counts).sum(axis=1) > 0, np.asarray(counts).sum(axis=0) > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        residuals[used] = (table - expected) / np.sqrt(expected * spread)
    unbiased = max(statistic / n - df / (n - 1), 0)
    smallest = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1
    effect = float(np.sqrt(unbiased / smallest)) if smallest > 0 else 0.0
    return {"statistic": statistic, "df": float(df), "p_value": float(chi2.sf(statistic, df)) if df else 1.0, "effect": effect,
            "residuals": residuals}  # fmt: skip


def welch_anova(groups: Sequence[np.ndarray]) -> dict[str, Any]:
    """
    Test whether means are alike in all segments, without taking their spreads for equal.

    Parameters
    ----------
    groups : sequence of numpy.ndarray
        Values of each segment, at least two each.

    Returns
    -------
    dict
        ``statistic`` (Welch's F), ``df``, ``df_within``, ``p_value``, ``effect`` (omega squared: share of the variance
        between segments, less what chance would give).

    References
    ----------
    Welch, B. L. (1951). On the comparison of several mean values. Biometrika, 38, 330-336.
    Hays, W. L. (1973). Statistics for the Social Sciences. Holt (omega squared).

    Examples
    --------
    >>> groups = [np.array([6, 8, 4, 5, 3, 4]), np.array([8, 12, 9, 11, 6, 8]), np.array([13, 9, 11, 8, 7, 12])]
    >>> round(welch_anova(groups)["effect"], 6)
    0.478705
    """
    from statsmodels.stats.oneway import anova_oneway

    test = anova_oneway(list(groups), use_var="unequal", welch_correction=True)
    values = np.concatenate(groups)
    means = np.concatenate([np.full(len(group), group.mean()) for group in groups])
    between, within = float(((means - values.mean()) ** 2).sum()), float(((values - means) ** 2).sum())
    df, df_within = len(groups) - 1, len(values) - len(groups)
    error = within / df_within
    effect = max((between - df * error) / (between + within + error), 0.0)
    return {"statistic": float(test.statistic), "df": float(test.df_num), "df_within": float(test.df_denom),
            "p_value": float(test.pvalue), "effect": effect}  # fmt: skip


def kruskal_wallis(groups: Sequence[np.ndarray]) -> dict[str, Any]:
    """
    Test whether values are as high in all segments, by their ranks.

    Parameters
    ----------
    groups : sequence of numpy.ndarray
        Values of each segment.

    Returns
    -------
    dict
        ``statistic`` (H, corrected for ties), ``df``, ``p_value``, ``effect`` (epsilon squared; 0 to 1).

    References
    ----------
    Kruskal, W. H., & Wallis, W. A. (1952). Use of ranks in one-criterion variance analysis. JASA, 47, 583-621.
    Tomczak, M., & Tomczak, E. (2014). The need to report effect size estimates revisited. Trends in Sport Sciences, 1,
    19-25 (epsilon squared).

    Examples
    --------
    >>> groups = [np.array([6, 8, 4, 5, 3, 4]), np.array([8, 12, 9, 11, 6, 8]), np.array([13, 9, 11, 8, 7, 12])]
    >>> round(kruskal_wallis(groups)["statistic"], 6)
    9.420685
    """
    from scipy.stats import kruskal

    test = kruskal(*groups)
    n = sum(len(group) for group in groups)
    return {"statistic": float(test.statistic), "df": float(len(groups) - 1), "p_value": float(test.pvalue),
            "effect": float(test.statistic) / (n - 1)}  # fmt: skip


def related_to(basis: Sequence[str], dictionary: pd.DataFrame) -> set[str]:
    """
    Name the features that segments were made to differ on: the basis, and what rests on the same source columns.

    A variable that counts the rows of a source (it rests on its ``customer_id``) is related to all that the source tells.

    Parameters
    ----------
    basis : sequence of str
        Columns that made the segments.
    dictionary : pandas.DataFrame
        One row per feature; ``columns`` names the source columns, separated by a comma.

    Returns
    -------
    set of str
        Features that no p-value may be given for.
    """
    if "columns" not in dictionary:
        return set(basis)
    rests_on = {str(name): {c for c in str(columns).split(", ") if c} for name, columns in dictionary["columns"].items()}
    made_of = set().union(*(rests_on.get(name, set()) for name in basis))
    counted = {column.removesuffix("customer_id") for column in made_of if column.endswith(".customer_id")}
    return set(basis) | {name for name, columns in rests_on.items()
                         if columns & made_of or any(column.startswith(tuple(counted)) for column in columns)}  # fmt: skip


def with_basis(dictionary: pd.DataFrame, basis: Sequence[str], features: pd.DataFrame) -> pd.DataFrame:
    """
    Add the variables that made the segments to the dictionary of another table, so that its relatives of them are known.

    Parameters
    ----------
    dictionary : pandas.DataFrame
        One row per column of a table, such as that of journeys.
    basis : sequence of str
        Columns that made the segments.
    features : pandas.DataFrame
        Dictionary of step 05.

    Returns
    -------
    pandas.DataFrame
        ``dictionary`` with a row for each of the basis that it lacks.
    """
    lacking = [name for name in basis if name in features.index and name not in dictionary.index]
    return pd.concat([dictionary, features.reindex(index=lacking, columns=dictionary.columns)])


def compare_segments(table: pd.DataFrame, dictionary: pd.DataFrame, labels: pd.Series, *, basis: Sequence[str]) -> pd.DataFrame:
    """
    Test every feature over all segments together.

    Choices and yes/no answers by chi-square, amounts and counts by Kruskal-Wallis, other numbers by Welch's analysis of
    variance. Variables that made the segments, and features that rest on the same source columns, get an effect size and no
    p-value.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per customer, same index as ``labels``.
    dictionary : pandas.DataFrame
        One row per column with its ``kind``.
    labels : pandas.Series
        Segment of each customer.
    basis : sequence of str
        Columns that made the segments.

    Returns
    -------
    pandas.DataFrame
        One row per feature with at least two segments of five people: ``test``, ``statistic``, ``df``, ``df_within``,
        ``p_value``, ``p_adjusted`` (Benjamini-Hochberg over all rows), ``effect`` with ``effect_low`` and ``effect_high``
        (95 %, bootstrap) and ``effect_kind`` (cramers_v, epsilon_squared, omega_squared), ``n`` (people), ``in_basis``; the
        largest effect of each kind first.

    References
    ----------
    Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B, 57, 289-300.
    """
    from statsmodels.stats.multitest import multipletests

    rows: list[dict[str, Any]] = []
    untested = related_to(basis, dictionary)
    intervals = EffectIntervals(len(table))
    for name in table.columns:
        kind = str(dictionary.at[name, "kind"])
        known = table[name].notna()
        sizes = labels[known].value_counts()
        segments = sorted(sizes.index[sizes >= _FEWEST])
        if len(segments) < 2 or table.loc[known & labels.isin(segments), name].nunique() < 2:
            continue
        found = _test(table[name], kind, labels.where(known & labels.isin(segments)), segments)
        if found:
            codes = labels.where(labels.isin(segments), -1).fillna(-1).to_numpy(dtype=int)
            found |= _interval(intervals, found["effect_kind"], codes, table[name])
            if name in untested:
                found["p_value"] = None
            rows.append({"feature": name, "n": int(sizes[segments].sum()), "in_basis": name in basis, **found})
    tests = pd.DataFrame(rows, columns=TEST_COLUMNS)
    tests["p_adjusted"] = np.nan
    given = tests["p_value"].notna()
    if given.any():
        tests.loc[given, "p_adjusted"] = multipletests(tests.loc[given, "p_value"].astype(float), method="fdr_bh")[1]
    tests[["p_value", "df_within"]] = tests[["p_value", "df_within"]].astype(float)
    return tests.sort_values(["effect_kind", "effect"], ascending=[True, False], kind="stable", ignore_index=True)


def _interval(intervals: EffectIntervals, effect_kind: str, codes: np.ndarray, column: pd.Series) -> dict[str, float]:
    if effect_kind == "cramers_v":
        found = intervals.cramers_v(codes, pd.factorize(column, sort=True)[0])
    elif effect_kind == "omega_squared":
        found = intervals.omega_squared(codes, numeric(column))
    else:
        found = intervals.epsilon_squared(codes, numeric(column))
    return {"effect_low": found[0], "effect_high": found[1]}


def _test(column: pd.Series, kind: str, labels: pd.Series, segments: list[int]) -> dict[str, Any] | None:
    if kind in {"nominal", "binary"}:
        counts = labels.groupby([labels, column]).size().unstack(fill_value=0).reindex(segments).to_numpy()  # noqa: PD010  quicker
        found = chi_square(counts)
        found.pop("residuals")
        return {"test": "chi-square", "effect_kind": "cramers_v", **found}
    values = numeric(column)
    groups = [values[(labels == segment).to_numpy()] for segment in segments]
    if kind in {"amount", "count"}:
        return {"test": "Kruskal-Wallis", "effect_kind": "epsilon_squared", **kruskal_wallis(groups)}
    if all(np.ptp(group) == 0 for group in groups):
        return None
    if any(np.ptp(group) == 0 for group in groups):  # Welch's weights divide by each segment's variance
        return {"test": "Kruskal-Wallis", "effect_kind": "epsilon_squared", **kruskal_wallis(groups)}
    return {"test": "Welch's ANOVA", "effect_kind": "omega_squared", **welch_anova(groups)}
