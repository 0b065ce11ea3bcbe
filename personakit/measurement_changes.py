"""Step 11, before and after: what changed when something was changed, and whether the data show that it was the cause."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd

from personakit.collection import Sources
from personakit.dates import whole_seconds
from personakit.errors import DataError, Note
from personakit.features_builder import until_the_day

Method = Literal["difference in differences", "interrupted time series", "before and after"]
Verdict = Literal["shown against a comparison group", "shown against the earlier course", "changed, not shown to be caused",
                  "no clear change"]  # fmt: skip
#: A series is long enough with so many periods before and after the change.
PERIODS_BEFORE, PERIODS_AFTER = 12, 6
CONCERNED_BEFORE = "outcomes: {n} customers whom the change concerned have a value before the change; at least {least} are needed"
CONCERNED_AFTER = "outcomes: {n} customers whom the change concerned have a value after the change; at least {least} are needed"
OTHERS_BEFORE = "outcomes: {n} customers in the comparison group have a value before the change; at least {least} are needed"
OTHERS_AFTER = "outcomes: {n} customers in the comparison group have a value after the change; at least {least} are needed"
OUTCOME_COLUMNS = ["customer_id", "period", "value", "compared"]
_FEWEST, _Z, _POWER_Z = 20, 1.959963984540054, 0.8416212335729143
_ALPHA = 0.05
_DAYS_PER_PERIOD = 30
_MOST_TOGETHER = 0.9


@dataclass(frozen=True)
class ChangeEffect:
    """
    What a change did to one figure.

    Attributes
    ----------
    method : str
        *difference in differences* with a comparison group, *interrupted time series* with a long series, else *before and
        after*.
    verdict : str
        What the data show: a change *against a comparison group* (which went the same way before), *against the earlier
        course*, a change that is *not shown to be caused*, or *no clear change*.
    before, after : float
        Means of the figure before and after, of those whom the change concerned.
    compared_before, compared_after : float or None
        The same of the comparison group.
    estimate, ci_low, ci_high, p_value : float
        The change (with a comparison group: beyond that group's; in a series: beyond its course) with its 95 % interval.
    earlier_trend_p : float or None
        Whether both groups already went apart before the change: p-value; small means that they did.
    smallest : float
        The smallest change that these data would have shown in four of five cases.
    n, compared_n : int
        Customers whom the change concerned, and of the comparison group.
    periods_before, periods_after : int
        Periods with data.
    """

    method: Method
    verdict: Verdict
    before: float
    after: float
    compared_before: float | None
    compared_after: float | None
    estimate: float
    ci_low: float
    ci_high: float
    p_value: float
    earlier_trend_p: float | None
    smallest: float
    n: int
    compared_n: int
    periods_before: int
    periods_after: int

    def to_plain(self) -> dict[str, Any]:
        """Write as plain values for JSON."""
        return asdict(self)


def measure_change(outcomes: pd.DataFrame) -> ChangeEffect:
    """
    Measure what changed when something was changed.

    Parameters
    ----------
    outcomes : pandas.DataFrame
        One row per customer and period: ``customer_id``, ``period`` (whole numbers; from 0 on is after the change), ``value``,
        and, where there is a comparison group whom the change did not concern, ``compared`` (True for its customers).

    Returns
    -------
    ChangeEffect
        With a comparison group difference in differences; without one, and with at least 12 periods before and 6 after, an
        interrupted time series; else the plain difference, which cannot tell a cause. Errors are clustered by customer, or
        allow for neighbouring periods that go together.

    Raises
    ------
    DataError
        If there is nothing before or after the change, or fewer than 20 customers in a group.

    References
    ----------
    Angrist, J. D., & Pischke, J.-S. (2009). Mostly Harmless Econometrics. Princeton. Chapter 5.
    Bertrand, M., Duflo, E., & Mullainathan, S. (2004). How much should we trust differences-in-differences estimates?
    Quarterly Journal of Economics, 119, 249-275.
    Kendall, M. G. (1954). Note on bias in the estimation of autocorrelation. Biometrika, 41, 403-404.
    Wagner, A. K., Soumerai, S. B., Zhang, F., & Ross-Degnan, D. (2002). Segmented regression analysis of interrupted time
    series studies. Journal of Clinical Pharmacy and Therapeutics, 27, 299-309.
    """
    table = outcomes.assign(compared=outcomes["compared"].astype(bool) if "compared" in outcomes else False)
    table = table.dropna(subset=["value", "period"]).astype({"value": "float64", "period": "int64"})
    table = table.sort_values(["customer_id", "period"], ignore_index=True)
    _check(table)
    own = table[~table["compared"]]
    before, after = (sorted(own.loc[side, "period"].unique()) for side in (own["period"] < 0, own["period"] >= 0))
    trend_p = None
    if table["compared"].any():
        method: Method = "difference in differences"
        found = _differences(table)
        trend_p = _earlier_trend(table)
    elif len(before) >= PERIODS_BEFORE and len(after) >= PERIODS_AFTER:
        method, found = "interrupted time series", _series(own)
    else:
        method, found = "before and after", _clustered(own, pd.DataFrame({"after": own["period"] >= 0}), "after")
    estimate, error, p_value, critical = found
    means = {side: {part: _mean(group[(group["period"] >= 0) == part]) for part in (False, True)}
             for side, group in table.groupby("compared")}  # fmt: skip
    other = means.get(True, {False: None, True: None})
    return ChangeEffect(
        method, _verdict(method, p_value, trend_p), _known(means[False][False]), _known(means[False][True]), other[False],
        other[True], estimate, estimate - critical * error, estimate + critical * error, p_value, trend_p,
        (critical + _POWER_Z) * error, own["customer_id"].nunique(), table.loc[table["compared"], "customer_id"].nunique(),
        len(before), len(after),
    )  # fmt: skip


def _check(table: pd.DataFrame) -> None:
    problems: list[str] = []
    for compared, before, after in ((False, CONCERNED_BEFORE, CONCERNED_AFTER), (True, OTHERS_BEFORE, OTHERS_AFTER)):
        own = table[table["compared"] == compared]
        if compared and own.empty:
            continue
        for side, message in ((own["period"] < 0, before), (own["period"] >= 0, after)):
            n = own.loc[side, "customer_id"].nunique()
            if n < _FEWEST:
                problems.append(Note(message, n=n, least=_FEWEST))
    if problems:
        raise DataError(problems)


def _verdict(method: Method, p_value: float, trend_p: float | None) -> Verdict:
    if p_value >= _ALPHA:
        return "no clear change"
    if method == "before and after" or (trend_p is not None and trend_p < _ALPHA):
        return "changed, not shown to be caused"
    return "shown against the earlier course" if method == "interrupted time series" else "shown against a comparison group"


def _mean(group: pd.DataFrame) -> float | None:
    return float(group["value"].mean()) if len(group) else None


def _known(value: float | None) -> float:
    return float("nan") if value is None else value


def _differences(table: pd.DataFrame) -> tuple[float, float, float, float]:
    """How much more the concerned changed than the others, with a mean of its own for each period."""
    after, concerned = (table["period"] >= 0).astype(float), (~table["compared"]).astype(float)
    columns = pd.DataFrame({"effect": after * concerned, "concerned": concerned})
    periods = pd.get_dummies(table["period"], prefix="period", drop_first=True, dtype=float)
    return _clustered(table, pd.concat([columns, periods], axis=1), "effect")


def _earlier_trend(table: pd.DataFrame) -> float | None:
    """p-value of the two groups going apart before the change; None with fewer than three periods."""
    early = table[table["period"] < 0].reset_index(drop=True)
    if early["period"].nunique() < 3:
        return None
    concerned = (~early["compared"]).astype(float)
    periods = pd.get_dummies(early["period"], prefix="period", drop_first=True, dtype=float)
    columns = pd.DataFrame({"apart": early["period"] * concerned, "concerned": concerned})
    return _clustered(early, pd.concat([columns, periods], axis=1), "apart")[2]


def _clustered(table: pd.DataFrame, columns: pd.DataFrame, wanted: str) -> tuple[float, float, float, float]:
    """Estimate, error, p-value and critical value of one column, with errors clustered by customer."""
    from statsmodels.regression.linear_model import OLS
    from statsmodels.tools.tools import add_constant

    design = add_constant(columns.astype(float).set_axis(table.index), has_constant="add")
    groups = pd.factorize(table["customer_id"])[0]
    fit = OLS(table["value"], design).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    return _of(fit, wanted, len(np.unique(groups)) - 1)


def _series(own: pd.DataFrame) -> tuple[float, float, float, float]:
    """
    Step of the series at the change, beyond its course before and with a course of its own after it.

    Neighbouring periods go together; how much is estimated from what the course leaves over, and raised by what estimates from
    short series fall short of.
    """
    from statsmodels.regression.linear_model import GLS, WLS

    means = own.groupby("period")["value"].agg(["mean", "size"])
    time = means.index.to_numpy(dtype=float)
    after = (time >= 0).astype(float)
    design = pd.DataFrame({"const": 1.0, "time": time, "step": after, "bend": after * time}, index=means.index)
    n, columns = design.shape
    left = np.asarray(WLS(means["mean"], design, weights=means["size"]).fit().resid) * np.sqrt(means["size"].to_numpy())
    found = float(left[1:] @ left[:-1] / (left @ left)) if left @ left > 0 else 0.0
    together = float(np.clip((n * found + columns) / (n - columns), 0.0, _MOST_TOGETHER))
    apart = np.abs(time[:, None] - time[None, :])
    size = np.sqrt(means["size"].to_numpy(dtype=float))
    fit = GLS(means["mean"], design, sigma=together**apart / np.outer(size, size)).fit()
    return _of(fit, "step", n - columns - 1)


def _of(fit: Any, wanted: str, freedom: int) -> tuple[float, float, float, float]:
    from scipy.stats import t

    estimate, error = float(fit.params[wanted]), float(fit.bse[wanted])
    p_value = float(2 * t.sf(abs(estimate) / error, freedom)) if error > 0 else float(estimate == 0)
    return estimate, error, p_value, float(t.ppf(0.975, freedom))


def monthly_outcomes(sources: Sources, what: Literal["spend", "orders", "rating"], on: date, compared: set[str]) -> pd.DataFrame:
    """
    Gather a figure per customer and period of 30 days, counted from the day of a change.

    Parameters
    ----------
    sources : Sources
        Clean sources.
    what : {"spend", "orders", "rating"}
        What each customer spent (in the study's currency) or how often they ordered, after the period of their first order and
        0 in periods without one; or how they rated the support, in periods with a rating.
    on : datetime.date
        First day of the change.
    compared : set of str
        Customers whom the change did not concern; empty when it concerned everybody.

    Returns
    -------
    pandas.DataFrame
        One row per customer and period, as :func:`measure_change` wants it; periods that are not over are left out.
    """
    role, column = ("tickets", "at") if what == "rating" else ("orders", "ordered_at")
    if role not in sources or "customer_id" not in sources.columns(role):
        return pd.DataFrame(columns=OUTCOME_COLUMNS)
    table = until_the_day(sources, role)
    table = table.filter(table.customer_id.notnull() & table[column].notnull())
    days = whole_seconds(table[column]) // 86_400 - (pd.Timestamp(on) - pd.Timestamp(0)).days
    value = {"rating": table.rating if what == "rating" else None, "spend": table.amount if what == "spend" else None}.get(what)
    picked = table.select("customer_id", day=days, value=value.cast("float64") if value is not None else 1.0)
    frame = picked.to_pandas().dropna()
    frame["period"] = np.floor_divide(frame["day"].astype("int64"), _DAYS_PER_PERIOD)
    how = "mean" if what == "rating" else "sum"
    found = frame.groupby(["customer_id", "period"], as_index=False)["value"].agg(how)
    first, last = _whole_periods(frame["day"], on, sources)
    found = found[found["period"].between(first, last)]
    if what != "rating":
        found = _with_zeros(found, last)
    return found.assign(compared=found["customer_id"].isin(compared))[OUTCOME_COLUMNS].reset_index(drop=True)


def _whole_periods(days: pd.Series, on: date, sources: Sources) -> tuple[int, int]:
    """First and last period that the data cover from its first to its last day."""
    end = (sources.study.as_of - on).days
    start = int(days.min()) if len(days) else 0
    return -int(-start // _DAYS_PER_PERIOD) if start < 0 else 0, end // _DAYS_PER_PERIOD - 1


def _with_zeros(found: pd.DataFrame, last: int) -> pd.DataFrame:
    """Periods without an order count as nothing, from the period after a customer's first order on, in which everybody orders."""
    wide = found.pivot_table(index="customer_id", columns="period", values="value").reindex(
        columns=range(int(found["period"].min()), last + 1) if len(found) else [])  # fmt: skip
    began = (wide.notna().cumsum(axis=1) > 0).shift(1, axis=1, fill_value=False)
    long = wide.fillna(0.0).where(began).reset_index().melt("customer_id", var_name="period", value_name="value")
    return long.dropna().astype({"period": "int64"}).sort_values(["customer_id", "period"], ignore_index=True)
