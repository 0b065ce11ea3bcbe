"""Step 11, coming back: who buys again, how soon, and what becomes of the customers of each month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from personakit.collection import Sources
from personakit.dates import whole_seconds
from personakit.evidence_measures import wilson
from personakit.features_builder import until_the_day

REPEAT_COLUMNS = ["segment", "days", "again", "ci_low", "ci_high", "median_days", "median_low", "median_high", "n", "came_back",
                  "p_adjusted"]  # fmt: skip
COHORT_COLUMNS = ["cohort", "month", "customers", "active", "share", "ci_low", "ci_high"]
HORIZONS_DAYS = (30, 90, 180, 365)
_DAY_SECONDS, _Z = 86_400, 1.959963984540054


def purchase_days(sources: Sources) -> pd.DataFrame:
    """
    List on which days each customer bought.

    Parameters
    ----------
    sources : Sources
        Clean sources with orders.

    Returns
    -------
    pandas.DataFrame
        One row per customer and day with an order that was not for nothing: ``customer_id``, ``day`` (days since 1970).
    """
    orders = until_the_day(sources, "orders")
    orders = orders.filter(orders.customer_id.notnull() & (orders.amount > 0))
    days = orders.select("customer_id", day=whole_seconds(orders.ordered_at) // _DAY_SECONDS).distinct()
    return days.order_by(["customer_id", "day"]).to_pandas().astype({"day": "int64"})


def repeat_purchases(
    days: pd.DataFrame, segments: pd.Series, last_day: int, *, horizons: Sequence[int] = HORIZONS_DAYS, min_cell: int = 5
) -> pd.DataFrame:  # fmt: skip
    """
    Measure how soon customers buy for the second time; those who have not yet done so count for as long as they were watched.

    Parameters
    ----------
    days : pandas.DataFrame
        See :func:`purchase_days`.
    segments : pandas.Series
        Segment of each customer.
    last_day : int
        Last day of the data (days since 1970).
    horizons : sequence of int
        Days after the first purchase at which the share is told.
    min_cell : int
        Smallest group shown.

    Returns
    -------
    pandas.DataFrame
        One row per segment (0 for everybody) and horizon: ``days``, ``again`` (share who have bought again by then) with
        ``ci_low`` and ``ci_high`` (95 %, Kaplan-Meier with Greenwood's errors on the log-log scale; missing where nobody was
        watched so long), ``median_days`` until half have bought again with ``median_low`` and ``median_high`` (missing when
        fewer do), ``n`` customers, ``came_back`` (of them), ``p_adjusted`` (log-rank test against all others,
        Benjamini-Hochberg).

    References
    ----------
    Kaplan, E. L., & Meier, P. (1958). Nonparametric estimation from incomplete observations. JASA, 53, 457-481.
    Kalbfleisch, J. D., & Prentice, R. L. (2002). The Statistical Analysis of Failure Time Data. Wiley. Section 1.4.
    """
    from statsmodels.stats.multitest import multipletests

    gaps = _gaps(days, last_day)
    gaps["segment"] = gaps.index.map(segments)
    tests = _against_others(gaps, min_cell)
    adjusted = dict(zip(tests, multipletests(list(tests.values()), method="fdr_bh")[1], strict=True)) if tests else {}
    rows: list[dict[str, Any]] = []
    for segment in [0, *sorted(int(s) for s in gaps["segment"].dropna().unique())]:
        own = gaps if segment == 0 else gaps[gaps["segment"] == segment]
        if len(own) < min_cell:
            continue
        rows += [{"segment": segment, "n": len(own), "came_back": int(own["again"].sum()),
                  "p_adjusted": adjusted.get(segment, np.nan), **row} for row in _survival(own, horizons)]  # fmt: skip
    return pd.DataFrame(rows, columns=REPEAT_COLUMNS)


def _gaps(days: pd.DataFrame, last_day: int) -> pd.DataFrame:
    """Days from the first purchase to the second one, or to the last day; customers of the last day are left out."""
    ordered = days.sort_values(["customer_id", "day"])
    place = ordered.groupby("customer_id").cumcount()
    first = ordered[place == 0].set_index("customer_id")["day"]
    second = ordered[place == 1].set_index("customer_id")["day"].reindex(first.index)
    gaps = pd.DataFrame({"days": second.fillna(last_day) - first, "again": second.notna()})
    return gaps[gaps["days"] > 0].astype({"days": "int64"})


def _survival(gaps: pd.DataFrame, horizons: Sequence[int]) -> list[dict[str, Any]]:
    """Share who have bought again at each horizon, by Kaplan and Meier."""
    from statsmodels.duration.survfunc import SurvfuncRight

    curve = SurvfuncRight(gaps["days"].to_numpy(dtype=float), gaps["again"].to_numpy(dtype=int))
    times, alive, error = (np.asarray(part, dtype=float) for part in (curve.surv_times, curve.surv_prob, curve.surv_prob_se))
    bounds = [_log_log(stay, spread, len(gaps)) for stay, spread in zip(alive, error, strict=True)]
    share = np.array([(1 - stay, *pair) for stay, pair in zip(alive, bounds, strict=True)]).reshape(-1, 3)
    median = {name: _first_day(times, share[:, place]) for name, place in
              (("median_days", 0), ("median_low", 2), ("median_high", 1))}  # fmt: skip
    watched = int(gaps["days"].max())
    rows = []
    for horizon in horizons:
        row: dict[str, Any] = {"days": horizon, **median}
        place = int(np.searchsorted(times, horizon, side="right")) - 1
        if horizon <= watched:
            stay, spread = (float(alive[place]), float(error[place])) if place >= 0 else (1.0, 0.0)
            low, high = _log_log(stay, spread, len(gaps))
            row |= {"again": 1 - stay, "ci_low": low, "ci_high": high}
        rows.append(row)
    return rows


def _first_day(times: np.ndarray, share: np.ndarray) -> float:
    """First day on which a share reaches half; missing when it never does."""
    reached = share >= 0.5 - 1e-12
    return float(times[int(reached.argmax())]) if reached.any() else float("nan")


def _log_log(stay: float, error: float, n: int) -> tuple[float, float]:
    """Interval of the share who came back; where nobody or everybody did, Wilson's."""
    if not 0 < stay < 1:
        return wilson((1 - stay) * n, n)
    theta = np.log(-np.log(stay))
    half = _Z * error / (stay * abs(np.log(stay)))
    return 1 - float(np.exp(-np.exp(theta - half))), 1 - float(np.exp(-np.exp(theta + half)))


def _against_others(gaps: pd.DataFrame, min_cell: int) -> dict[int, float]:
    """p-value of the log-rank test of each segment against all others."""
    from statsmodels.duration.survfunc import survdiff

    known = gaps.dropna(subset=["segment"])
    found = {}
    for segment in sorted(int(s) for s in known["segment"].unique()):
        inside = (known["segment"] == segment).to_numpy()
        if min(inside.sum(), (~inside).sum()) >= max(min_cell, 2) and known["again"].any():
            found[segment] = float(survdiff(known["days"].to_numpy(float), known["again"].to_numpy(int), inside.astype(int))[1])
    return found


def cohort_retention(days: pd.DataFrame, last_day: int, *, min_cell: int = 5) -> pd.DataFrame:
    """
    Follow the customers of each month: which share of them buys in each later month.

    Parameters
    ----------
    days : pandas.DataFrame
        See :func:`purchase_days`.
    last_day : int
        Last day of the data (days since 1970); months that are not over by then are left out.
    min_cell : int
        Smallest cohort shown; smaller numbers of active customers in a cohort are left out too.

    Returns
    -------
    pandas.DataFrame
        One row per cohort and month: ``cohort`` (month of the first purchase, such as 2025-07), ``month`` (0 for that month),
        ``customers`` in the cohort, ``active`` of them, ``share`` with ``ci_low`` and ``ci_high`` (95 %, Wilson).
    """
    dates = pd.to_datetime(days["day"], unit="D")
    months = dates.dt.year * 12 + dates.dt.month - 1
    first = months.groupby(days["customer_id"]).transform("min")
    active = pd.DataFrame({"first": first, "month": months - first, "customer_id": days["customer_id"]}).drop_duplicates()
    end = pd.Timestamp(last_day + 1, unit="D")
    whole = end.year * 12 + end.month - 2  # the last month that is over
    rows: list[dict[str, Any]] = []
    for cohort, own in active.groupby("first"):
        n = own["customer_id"].nunique()
        if n < min_cell:
            continue
        counts = own["month"].value_counts()
        for month in range(int(whole - cohort) + 1):
            k = int(counts.get(month, 0))
            if k and k < min_cell:
                continue
            low, high = wilson(k, n)
            rows.append({"cohort": f"{int(cohort) // 12}-{int(cohort) % 12 + 1:02d}", "month": month, "customers": n, "active": k,
                         "share": k / n, "ci_low": low, "ci_high": high})  # fmt: skip
    return pd.DataFrame(rows, columns=COHORT_COLUMNS)
