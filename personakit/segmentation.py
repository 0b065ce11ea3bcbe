"""Step 06, segmentation: compare numbers of segments, choose one or refuse, and label every customer by a plain rule."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from personakit.errors import DataError, did_you_mean
from personakit.features import Features
from personakit.handoffs import Parts
from personakit.segmentation_rule import RuleColumn, make_rule, scaled, sql_value
from personakit.stability import Stability, assess_stability, nearest

STARTS = 50
FIT_ON_AT_MOST = 200_000
STABILITY_ON_AT_MOST = 1_500
FEWEST_CUSTOMERS = 30
BORDERLINE_CERTAINTY = 0.55
#: The rule of the verdict, on the median adjusted Rand index and the gain in fit over shuffled data.
NATURAL_RAND, REPRODUCIBLE_RAND, CONSTRUCTIVE_RAND = 0.90, 0.70, 0.50
LEAST_EXCESS, LEAST_GAIN, CLEAR_GAIN, NEAR_BEST = 0.20, 0.03, 0.25, 0.97

Verdict = Literal["natural", "reproducible", "constructive", "nothing to segment"]
PANEL_COLUMNS = ["n_segments", "rand_index", "rand_index_low", "null_rand_index", "null_rand_index_high", "fit_gain"]


@dataclass(frozen=True, eq=False, repr=False)
class SolutionPanel:
    """
    Numbers of segments side by side.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per number of segments: ``rand_index`` (median adjusted Rand index of bootstrap pairs; 1 is perfect),
        ``rand_index_low`` (lower quartile), ``null_rand_index`` and ``null_rand_index_high`` (median and 95th
        percentile on shuffled data), ``fit_gain`` (log ratio of within-segment spread, shuffled to real).
    verdict : str
        *natural* (clear groups), *reproducible* (the same segments come back), *constructive* (useful cuts through
        a continuum) or *nothing to segment*.
    suggested : int or None
        The number of segments to look at first; None when there is nothing to segment.
    confidence : {"high", "moderate", "low"}
        How clear the suggestion is.
    n_customers : int
        Customers the panel rests on.
    """

    table: pd.DataFrame
    verdict: Verdict
    suggested: int | None
    confidence: Literal["high", "moderate", "low"]
    n_customers: int

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


@dataclass(frozen=True, eq=False, repr=False)
class Segmentation:
    """
    One segment per customer, and the rule that gives it.

    Attributes
    ----------
    labels : pandas.Series
        Segment of each customer, from 1 (largest) on, indexed by ``customer_id``. Customers who answered less than
        half of the basis are left out.
    certainty : pandas.Series
        0.5 (as near to another segment) to 1 (at the centre), same index.
    within_ss : float
        Sum of squared distances to the segments' centres, on the scaled basis.
    basis : list of str
        Variables that made the segments.
    rule : list of RuleColumn
        How each of them is scaled.
    centres : numpy.ndarray, shape (segments, rule columns)
        Centres on the scaled basis.
    family, verdict, confidence : str
        Method, and what the panel said. ``verdict`` is "chosen by a person" when nobody asked the panel.
    random_state : int
        Seed of the fit.
    """

    labels: pd.Series
    certainty: pd.Series
    within_ss: float
    basis: list[str]
    rule: list[RuleColumn]
    centres: np.ndarray
    family: str
    random_state: int
    verdict: str = "chosen by a person"
    confidence: str = ""

    @property
    def segments(self) -> list[int]:
        """Segment numbers in order."""
        return list(range(1, len(self.centres) + 1))

    @property
    def n_borderline(self) -> int:
        """Customers who lie almost as near to another segment."""
        return int((self.certainty < BORDERLINE_CERTAINTY).sum()) if len(self.centres) > 1 else 0

    def judged_by(self, panel: SolutionPanel) -> Segmentation:
        """Take over the panel's verdict, when the number of segments is the one it suggested."""
        if len(self.centres) != (panel.suggested or 1):
            return self
        return replace(self, verdict=panel.verdict, confidence=panel.confidence)

    def assign(self, table: pd.DataFrame) -> pd.Series:
        """
        Label customers by the rule.

        Parameters
        ----------
        table : pandas.DataFrame
            One row per customer with the basis variables.

        Returns
        -------
        pandas.Series
            The segment; missing for customers with less than half of the basis.
        """
        points, known = scaled(table, self.rule)
        labels = pd.Series(nearest(points, self.centres) + 1, index=table.index, dtype="Int64", name="segment")
        return labels.where(known)

    def to_json(self) -> str:
        """Write the rule as JSON of plain numbers."""
        return json.dumps(self._content(), ensure_ascii=False, sort_keys=True)

    def to_sql(self, dialect: str = "duckdb", *, table: str = "features") -> str:
        """
        Write the rule as one SELECT statement.

        Parameters
        ----------
        dialect : str
            Any dialect of sqlglot, such as "duckdb", "bigquery", "snowflake", "spark", "postgres" or "tsql".
        table : str
            The table with one row per customer.

        Returns
        -------
        str
            A query that gives ``customer_id`` and ``segment``.
        """
        import sqlglot

        values = [sql_value(column) for column in self.rule]
        distances = [
            " + ".join(f"POWER({value} - ({centre!r}), 2)" for value, centre in zip(values, row.tolist(), strict=True))
            for row in self.centres
        ]
        inner = ", ".join(f"{distance} AS d{number}" for number, distance in enumerate(distances, start=1))
        known = " + ".join(f'CASE WHEN "{name}" IS NULL THEN 0 ELSE 1 END' for name in dict.fromkeys(c.name for c in self.rule))
        cases = " ".join(
            f"WHEN {' AND '.join(f'd{own} <= d{other}' for other in self.segments if other != own) or '1 = 1'} THEN {own}"
            for own in self.segments
        )
        names = len({column.name for column in self.rule})
        sql = (
            f"SELECT customer_id, CASE WHEN known * 2 < {names} THEN NULL {cases} END AS segment "  # noqa: S608
            f'FROM (SELECT customer_id, {known} AS known, {inner} FROM "{table}") AS distances'
        )
        return str(sqlglot.transpile(sql, read="duckdb", write=dialect, pretty=True)[0])

    def _content(self) -> dict[str, Any]:
        return {
            "basis": self.basis, "centres": self.centres.tolist(), "confidence": self.confidence, "family": self.family,
            "random_state": self.random_state, "rule": [column.__dict__ for column in self.rule],
            "verdict": self.verdict, "within_ss": self.within_ss,
        }  # fmt: skip

    def parts(self) -> Parts:
        """Split into what is written to files."""
        table = pd.DataFrame({"segment": self.labels.astype("int64"), "certainty": self.certainty})
        return {"": table, "rule": self._content()}

    @classmethod
    def from_parts(cls, parts: Parts) -> Segmentation:
        """Put together what was read from files."""
        table, rule = parts[""], parts["rule"]
        return cls(
            labels=table["segment"], certainty=table["certainty"], within_ss=rule["within_ss"], basis=rule["basis"],
            rule=[RuleColumn(**column) for column in rule["rule"]], centres=np.array(rule["centres"]),
            family=rule["family"], random_state=rule["random_state"], verdict=rule["verdict"], confidence=rule["confidence"],
        )  # fmt: skip

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def compare_solutions(
    table: pd.DataFrame | Features, *, basis: Sequence[str], n_segments: Iterable[int] = range(2, 9),
    random_state: int = 1, progress: Callable[[int, int], None] | None = None,
) -> SolutionPanel:  # fmt: skip
    """
    Ask for each number of segments whether it would come back with other customers.

    The rule of the verdict: a number counts as *reproducible* when its median adjusted Rand index is at least 0.70 and
    the segments explain more of the spread than in shuffled data (gain of 0.03). The index has to be 0.20 above that
    of shuffled data too, or the gain clear (0.25): columns with two humps keep them when they are shuffled, and then
    shuffled data give stable segments as well. Of those numbers, the smallest within 3 % of the best gain is
    suggested. It is *natural* from an index of 0.90 and a gain of 0.25 on; *constructive* when only 0.50 is reached;
    else there is *nothing to segment*.

    Parameters
    ----------
    table : pandas.DataFrame or Features
        One row per customer. Features say of what kind each column is; else the values tell.
    basis : sequence of str
        Columns that make the segments.
    n_segments : iterable of int
        Numbers to compare.
    random_state : int
        Seed.
    progress : callable, optional
        Called with the numbers done and the numbers in all.

    Returns
    -------
    SolutionPanel
        One row per number of segments, and the verdict.

    References
    ----------
    Dolnicar, S., Grün, B., & Leisch, F. (2018). Market Segmentation Analysis. Springer.
    Tibshirani, R., Walther, G., & Hastie, T. (2001). Estimating the number of clusters in a data set via the gap
    statistic. JRSS B, 63, 411-423 (the gain in fit over data without structure).
    """
    frame, kinds = _table_and_kinds(table)
    points, known = scaled(frame, make_rule(frame, basis, kinds))
    points = _sample(points[known], STABILITY_ON_AT_MOST, random_state)
    numbers = [k for k in n_segments if len(np.unique(points, axis=0)) > 2 * k]
    if len(points) < FEWEST_CUSTOMERS or not numbers:
        return SolutionPanel(pd.DataFrame(columns=PANEL_COLUMNS), "nothing to segment", None, "high", len(points))
    found: list[Stability] = []
    for done, k in enumerate(numbers, start=1):
        found.append(assess_stability(points, k, random_state=random_state))
        if progress:
            progress(done, len(numbers))
    rows = [{
        "n_segments": s.n_segments, "rand_index": float(np.median(s.rand_index)),
        "rand_index_low": float(np.quantile(s.rand_index, 0.25)), "null_rand_index": float(np.median(s.null_rand_index)),
        "null_rand_index_high": float(np.quantile(s.null_rand_index, 0.95)), "fit_gain": s.fit_gain,
    } for s in found]  # fmt: skip
    panel = pd.DataFrame(rows, columns=PANEL_COLUMNS)
    verdict, suggested, confidence = _judge(panel)
    return SolutionPanel(panel, verdict, suggested, confidence, len(points))


def _judge(panel: pd.DataFrame) -> tuple[Verdict, int | None, Literal["high", "moderate", "low"]]:
    """Apply the documented rule."""
    excess = panel["rand_index"] - panel["null_rand_index"]
    real = (panel["fit_gain"] >= LEAST_GAIN) & ((excess >= LEAST_EXCESS) | (panel["fit_gain"] >= CLEAR_GAIN))
    for least, verdict in ((REPRODUCIBLE_RAND, "reproducible"), (CONSTRUCTIVE_RAND, "constructive")):
        able = panel[real & (panel["rand_index"] >= least)]
        if able.empty:
            continue
        best = able[able["fit_gain"] >= NEAR_BEST * able["fit_gain"].max()].iloc[0]
        n = int(best["n_segments"])
        if verdict == "constructive":
            return "constructive", n, "low"
        clear = best["rand_index"] >= NATURAL_RAND and best["fit_gain"] >= CLEAR_GAIN
        return ("natural", n, "high") if clear else ("reproducible", n, "moderate")
    return "nothing to segment", None, "high" if float(panel["fit_gain"].max()) < LEAST_GAIN else "moderate"


def segment_customers(
    table: pd.DataFrame | Features, *, basis: Sequence[str], n_segments: int, family: str = "kmeans", random_state: int = 1,
    align_to: Segmentation | None = None,
) -> Segmentation:  # fmt: skip
    """
    Give every customer a segment.

    Answers on one scale enter as they are; other variables are standardised, amounts and counts after a logarithm.
    Customers with less than half of the basis get no segment; single missing values are filled with the median.

    Parameters
    ----------
    table : pandas.DataFrame or Features
        One row per customer. Features say of what kind each column is; else the values tell.
    basis : sequence of str
        Columns that make the segments.
    n_segments : int
        Number of segments; 1 keeps everybody together.
    family : {"kmeans"}
        Method.
    random_state : int
        Seed. The same table and seed give the same segments, in whatever order the rows stand.
    align_to : Segmentation, optional
        An earlier segmentation on the same basis: segments keep its numbers as far as they match.

    Returns
    -------
    Segmentation
        Labels from 1 (largest segment) on, certainty and rule.

    Raises
    ------
    DataError
        If the family is unknown, or there are fewer different customers than segments.
    """
    if family != "kmeans":
        raise DataError([f"family '{family}' is not known; allowed: kmeans{did_you_mean(family, ['kmeans'])}"])
    frame, kinds = _table_and_kinds(table)
    rule = make_rule(frame, list(basis), kinds)
    points, known = scaled(frame, rule)
    points, ids = points[known], frame.index[known]
    if len(np.unique(points, axis=0)) < n_segments:
        different = len(np.unique(points, axis=0))
        raise DataError([f"{n_segments} segments need as many different customers; the basis has {different}"])
    centres = _fit(_sample(points, FIT_ON_AT_MOST, random_state), n_segments, random_state)
    labels = nearest(points, centres)
    order = _canonical_order(labels, centres)
    if align_to is not None:
        order = _aligned_order(pd.Series(labels, index=ids), order, align_to)
    centres = centres[order]
    labels = nearest(points, centres)
    distances = np.sqrt(np.maximum(((points[:, None, :] - centres[None]) ** 2).sum(axis=2), 0))
    return Segmentation(
        labels=pd.Series(labels + 1, index=ids, name="segment"),
        certainty=pd.Series(_certainty(distances), index=ids, name="certainty").round(6),
        within_ss=round(float((distances.min(axis=1) ** 2).sum()), 6),
        basis=list(basis), rule=rule, centres=centres, family=family, random_state=random_state,
    )  # fmt: skip


def _table_and_kinds(table: pd.DataFrame | Features) -> tuple[pd.DataFrame, pd.Series | None]:
    return (table.table, table.dictionary["kind"]) if isinstance(table, Features) else (table, None)


def _certainty(distances: np.ndarray) -> np.ndarray:
    """Distance to the second-nearest centre as a share of both; 1 with one segment."""
    if distances.shape[1] == 1:
        return np.ones(len(distances))
    two = np.sort(distances, axis=1)[:, :2]
    total = two.sum(axis=1)
    return np.where(total > 0, two[:, 1] / np.where(total > 0, total, 1), 0.5)


def _fit(points: np.ndarray, n_segments: int, random_state: int) -> np.ndarray:
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    ordered = points[np.lexsort(points.T[::-1])]  # the order of rows must not matter
    with threadpool_limits(1):  # threads add in any order, and the last digits would differ
        model = KMeans(n_segments, n_init=STARTS, random_state=random_state).fit(ordered)
    return np.round(model.cluster_centers_, 10)


def _canonical_order(labels: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Largest segment first; equal sizes by their centres."""
    sizes = np.bincount(labels, minlength=len(centres))
    return np.lexsort((*centres.T[::-1], -sizes))


def _aligned_order(labels: pd.Series, order: np.ndarray, earlier: Segmentation) -> np.ndarray:
    """Number segments like the earlier ones they share most customers with (Hungarian matching)."""
    from scipy.optimize import linear_sum_assignment

    shared = labels.index.intersection(earlier.labels.index)
    table = pd.crosstab(labels[shared], earlier.labels[shared]).reindex(
        index=range(len(order)), columns=earlier.segments, fill_value=0
    )
    rows, columns = linear_sum_assignment(-table.to_numpy())
    matched = dict(zip(columns.tolist(), rows.tolist(), strict=True))
    kept = [matched[i] for i in range(len(earlier.segments)) if i in matched]
    return np.array(kept + [segment for segment in order if segment not in kept])


def _sample(points: np.ndarray, at_most: int, random_state: int) -> np.ndarray:
    if len(points) <= at_most:
        return points
    ordered = points[np.lexsort(points.T[::-1])]
    return ordered[np.sort(np.random.default_rng(random_state).choice(len(points), at_most, replace=False))]
