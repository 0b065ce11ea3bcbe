"""Step 11, satisfaction: how satisfied each persona is, by phase and by month, and how contacts with the service end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from personakit.collection import Sources
from personakit.evidence import SMALL_BASE
from personakit.evidence_measures import measure_group, wilson
from personakit.features import Features, numeric
from personakit.features_builder import until_the_day
from personakit.measurement_rates import rates_by_group

SATISFACTION_COLUMNS = ["measure", "feature", "label", "phase", "segment", "value", "ci_low", "ci_high", "n", "others",
                        "others_n", "effect", "p_adjusted", "thin"]  # fmt: skip
SERVICE_COLUMNS = ["measure", "month", "topic", "segment", "value", "ci_low", "ci_high", "n", "thin"]
PROMOTERS_FROM, DETRACTORS_TO = 9, 6
#: The upper two of five steps count as satisfied, and as much of every other scale.
_SATISFIED_FROM = 0.7
_Z = 1.959963984540054


def satisfaction_figures(
    features: Features, segments: pd.Series, *, basis: Sequence[str] = (), min_cell: int = 5
) -> pd.DataFrame:
    """
    Measure how satisfied each persona is.

    Parameters
    ----------
    features : Features
        One row per customer. Questions of satisfaction and recommendation are known by what they are about.
    segments : pandas.Series
        Segment of each customer.
    basis : sequence of str
        Variables that made the segments; they are not tested.
    min_cell : int
        Smallest group shown.

    Returns
    -------
    pandas.DataFrame
        One row per question, measure and segment (0 for everybody): ``measure`` (*csat*: mean rating on the question's own scale;
        *satisfied*: share in the upper part of the scale, two of five steps; *effort* and *easy*: the same for questions of kind
        ``effort``, which ask how easy something was; *nps*: share of promoters, 9 and 10, less that of detractors, 0 to 6),
        ``feature``, ``label``, ``phase`` of the journey, ``value`` with ``ci_low`` and ``ci_high``
        (95 %: Student for means, Wilson for shares, Agresti and Min for the difference of shares), ``n``, ``others`` and
        ``others_n`` (all other segments), ``effect`` (Hedges' g or Cohen's h; none for nps), ``p_adjusted``
        (Benjamini-Hochberg over the table), ``thin`` (fewer than 30).

    References
    ----------
    Dixon, M., Freeman, K., & Toman, N. (2010). Stop trying to delight your customers. Harvard Business Review, 88(7), 116-122.
    Reichheld, F. F. (2003). The one number you need to grow. Harvard Business Review, 81(12), 46-54.
    Agresti, A., & Min, Y. (2005). Simple improved confidence intervals for comparing matched proportions. Statistics in
    Medicine, 24, 729-740.
    """
    from statsmodels.stats.multitest import multipletests

    entries = features.dictionary
    asked = [str(name) for name in entries.index[(entries["kind"] == "ordinal")
             & entries["about"].isin(["satisfaction", "recommendation", "effort"])] if name in features.table]  # fmt: skip
    known = segments.reindex(features.table.index)
    rows: list[dict[str, Any]] = []
    for name in asked:
        values, entry = numeric(features.table[name]), entries.loc[name]
        about = {"feature": name, "label": entry["label"], "phase": entry["phase"]}
        for segment in [0, *sorted(int(s) for s in known.dropna().unique())]:
            inside = np.ones(len(values), dtype=bool) if segment == 0 else (known == segment).fillna(False).to_numpy(dtype=bool)
            everyone = inside if segment == 0 else known.notna().to_numpy()
            for measure, row in _measured(values[everyone], inside[everyone], entry, test=name not in basis):
                if row["n"] >= min_cell:
                    rows.append({"measure": measure, **about, "segment": segment, "thin": row["n"] < SMALL_BASE, **row})
    table = pd.DataFrame(rows, columns=[*SATISFACTION_COLUMNS, "p_value"])
    tested = table["p_value"].notna()
    if tested.any():
        table.loc[tested, "p_adjusted"] = multipletests(table.loc[tested, "p_value"].astype(float), method="fdr_bh")[1]
    return table[SATISFACTION_COLUMNS]


def _measured(values: np.ndarray, inside: np.ndarray, entry: pd.Series, *, test: bool) -> list[tuple[str, dict[str, Any]]]:
    """Each measure of one question in one segment."""
    if entry["about"] == "recommendation":
        row = net_promoters(values[inside])
        if row is None:
            return []
        others = net_promoters(values[~inside])
        return [("nps", row | ({"others": others["value"], "others_n": others["n"]} if others else {}))]
    low, high = _scale(entry, values)
    good = np.where(np.isnan(values), np.nan, (values >= low + _SATISFIED_FROM * (high - low)).astype(float))
    found = []
    names = ("effort", "easy") if entry["about"] == "effort" else ("csat", "satisfied")
    for measure, own, statistic in ((names[0], values, "mean"), (names[1], good, "share")):
        row = measure_group(own, inside, "share" if statistic == "share" else "mean", test=test)
        if row is not None:
            found.append((measure, {"value": row.pop("estimate"), **row}))
    return found


def _scale(entry: pd.Series, values: np.ndarray) -> tuple[float, float]:
    ends = [part for part in str(entry["unit"]).split(" to ") if part.lstrip("-").replace(".", "").isdigit()]
    return (float(ends[0]), float(ends[1])) if len(ends) == 2 else (float(np.nanmin(values)), float(np.nanmax(values)))


def net_promoters(answers: np.ndarray) -> dict[str, Any] | None:
    """
    Measure the net promoter score.

    Parameters
    ----------
    answers : numpy.ndarray of float
        Answers from 0 to 10; NaN is missing.

    Returns
    -------
    dict or None
        ``value`` (share of promoters less share of detractors, -1 to 1) with ``ci_low`` and ``ci_high`` (95 %), and ``n``;
        None without answers.

    Examples
    --------
    >>> found = net_promoters(np.array([10.0, 9, 8, 3]))
    >>> found["value"], found["n"]
    (0.25, 4)
    """
    known = answers[~np.isnan(answers)]
    n = len(known)
    if not n:
        return None
    good, bad = float((known >= PROMOTERS_FROM).sum()), float((known <= DETRACTORS_TO).sum())
    up, down = (good + 0.5) / (n + 2), (bad + 0.5) / (n + 2)
    half = _Z * float(np.sqrt((up + down - (up - down) ** 2) / (n + 2)))
    value = (good - bad) / n
    return {"value": value, "ci_low": min(max(up - down - half, -1.0), value), "ci_high": max(min(up - down + half, 1.0), value),
            "n": n}  # fmt: skip


def service_figures(sources: Sources, segments: pd.Series, *, min_cell: int = 5) -> pd.DataFrame:
    """
    Measure how contacts with the service go: how many are solved and how they are rated, by month and by topic.

    Parameters
    ----------
    sources : Sources
        Clean sources.
    segments : pandas.Series
        Segment of each customer.
    min_cell : int
        Smallest number of contacts shown.

    Returns
    -------
    pandas.DataFrame
        One row per measure (*resolved*: share of the cases; *rating*: mean), month (such as 2026-05, or empty) or topic (or
        empty), and segment (0 for everybody): ``value`` with ``ci_low`` and ``ci_high`` (95 %), ``n`` contacts, ``thin``. Empty
        without tickets.
    """
    if "tickets" not in sources:
        return pd.DataFrame(columns=SERVICE_COLUMNS)
    table = until_the_day(sources, "tickets")
    wanted = [name for name in ("customer_id", "at", "topic", "rating", "resolved") if name in table.columns]
    frame = table.select(*wanted).to_pandas()
    frame["segment"] = frame["customer_id"].map(segments) if "customer_id" in frame else np.nan
    frame["month"] = pd.to_datetime(frame["at"]).dt.strftime("%Y-%m")
    rows: list[dict[str, Any]] = []
    for by in ("", "month", "topic"):
        if by and by not in frame:
            continue
        parts = [("", frame)] if not by else [(str(key), own) for key, own in frame.groupby(by)]
        for key, part in parts:
            for segment, own in [(0, part), *((int(s), group) for s, group in part.groupby("segment"))]:
                for measure, found in _service(own, min_cell):
                    where = {"month": key if by == "month" else "", "topic": key if by == "topic" else ""}
                    rows.append({"measure": measure, **where, "segment": segment, **found})
    return pd.DataFrame(rows, columns=SERVICE_COLUMNS)


def _service(own: pd.DataFrame, min_cell: int) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    if "resolved" in own and (n := int(own["resolved"].notna().sum())) >= min_cell:
        k = int(own["resolved"].astype("boolean").fillna(False).sum())
        low, high = wilson(k, n)
        found.append(("resolved", {"value": k / n, "ci_low": low, "ci_high": high, "n": n, "thin": n < SMALL_BASE}))
    if "rating" in own and own["rating"].notna().sum() >= max(min_cell, 2):
        values = numeric(own["rating"])
        row = measure_group(values, np.ones(len(values), dtype=bool), "mean", test=False)
        if row is not None:
            found.append(("rating", {"value": row["estimate"], "ci_low": row["ci_low"], "ci_high": row["ci_high"], "n": row["n"],
                                     "thin": row["n"] < SMALL_BASE}))  # fmt: skip
    return found


def shares_by_group(happened: pd.Series, groups: pd.Series, *, min_cell: int = 5) -> pd.DataFrame:
    """
    Measure how often something happened to the customers of each group, such as churn by contract.

    Parameters
    ----------
    happened : pandas.Series of bool
        Whether it happened to each customer; missing is left out.
    groups : pandas.Series
        Group of each customer, same index.
    min_cell : int
        Smallest group shown.

    Returns
    -------
    pandas.DataFrame
        See :func:`personakit.measurement_rates.rates_by_group`.
    """
    known = happened.notna() & groups.notna()
    counted = happened[known].astype(bool).groupby(groups[known])
    return rates_by_group(counted.sum(), counted.size(), min_cell=min_cell)
