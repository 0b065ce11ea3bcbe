"""Step 06, segmentation: label every customer by a plain rule that can be read, stored and run anywhere."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from personakit.errors import DataError, did_you_mean, listing
from personakit.features import Features
from personakit.handoffs import Parts
from personakit.processes import one_thread
from personakit.segmentation_items import FAMILIES, Item, design_matrix, forms_of, make_items
from personakit.segmentation_kmeans import collapse, nearest, within_ss
from personakit.segmentation_mixture import MixtureFit, best_mixture
from personakit.segmentation_panel import SolutionPanel
from personakit.segmentation_places import (
    aligned_order,
    canonical_order,
    places_by_centres,
    places_by_chances,
    sample_rows,
    segment_means,
)
from personakit.segmentation_rule import RuleColumn, make_rule, scaled
from personakit.segmentation_solutions import table_and_dictionary
from personakit.segmentation_sql import kmeans_sql, mixture_sql, tiers_sql
from personakit.segmentation_tiers import QuantileTiers, can_be_tiers, fit_tiers, tier_values

STARTS = 50
FIT_ON_AT_MOST = 200_000
#: Below these, a customer is nearly as close to another segment: distances of k-means, chances of models.
BORDERLINE_DISTANCE, BORDERLINE_CHANCE = 0.55, 0.60
#: Digits after the point that are told of how sure a segment is.
CERTAINTY_DIGITS = 4


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
        How clearly each customer belongs to the segment, same index. k-means: 0.5 (as near to another segment) to 1 (at
        the centre). Models: the probability of the segment. Tiers: 0.5 (on the border) to 1.
    second : pandas.Series
        The segment each customer would belong to otherwise; missing with one segment.
    within_ss : float
        Sum of squared distances to the segments' centres, on the scaled basis.
    basis : list of str
        Variables that made the segments.
    rule : list of RuleColumn
        How each of them is scaled.
    centres : numpy.ndarray, shape (segments, rule columns)
        Means of the segments on the scaled basis.
    family, verdict, confidence : str
        Method, and what the panel said. ``verdict`` is "chosen by a person" when nobody asked the panel.
    random_state : int
        Seed of the fit.
    n_fitted : int
        Customers the segments were made from; beyond 200,000 a random sample, and the rule labels everybody.
    model : MixtureFit or None
        The model, for families that are models.
    tiers : QuantileTiers or None
        Quantiles and borders, for the family "rfm"; its segments stand in the order of value, the best first.
    """

    labels: pd.Series
    certainty: pd.Series
    second: pd.Series
    within_ss: float
    basis: list[str]
    rule: list[RuleColumn]
    centres: np.ndarray
    family: str
    random_state: int
    n_fitted: int
    model: MixtureFit | None = None
    tiers: QuantileTiers | None = None
    verdict: str = "chosen by a person"
    confidence: str = ""

    @property
    def segments(self) -> list[int]:
        """Segment numbers in order."""
        return list(range(1, len(self.centres) + 1))

    @property
    def borderline(self) -> pd.DataFrame:
        """
        Customers who could as well belong to another segment.

        Returns
        -------
        pandas.DataFrame
            One row per borderline customer, indexed by ``customer_id``: ``segment``, ``other_segment``, ``certainty``;
            the least certain first.
        """
        least = BORDERLINE_DISTANCE if self.family == "kmeans" else BORDERLINE_CHANCE
        table = pd.DataFrame({"segment": self.labels, "other_segment": self.second, "certainty": self.certainty})
        own = table[(table["certainty"] < least) & (len(self.centres) > 1)]
        return own.sort_values("certainty", kind="stable")

    @property
    def n_borderline(self) -> int:
        """Customers who lie almost as near to another segment."""
        return len(self.borderline)

    def judged_by(self, panel: SolutionPanel) -> Segmentation:
        """Take over the panel's verdict, when family and number of segments are those it suggested."""
        if len(self.centres) != (panel.suggested or 1) or (panel.suggested and self.family != panel.family):
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

        Raises
        ------
        DataError
            If a basis variable is not in the table.
        """
        return self.placed(table).labels.astype("Int64").reindex(table.index)

    def placed(self, table: pd.DataFrame) -> Segmentation:
        """
        Place customers by the rule, with the certainty of each and the segment they would belong to otherwise.

        Parameters
        ----------
        table : pandas.DataFrame
            One row per customer with the basis variables.

        Returns
        -------
        Segmentation
            The same rule with ``labels``, ``certainty`` and ``second`` of these customers; those with less than half of
            the basis are left out.

        Raises
        ------
        DataError
            If a basis variable is not in the table.
        """
        lacking = [name for name in self.basis if name not in table]
        if lacking:
            raise DataError([f"table: lacks {listing(lacking)}, which make the segments; build it with the same features"])
        points, known = scaled(table, self.rule)
        own = table[known]
        place, certainty, second = self._places(own, points[known])
        other = second + 1 if len(self.centres) > 1 else pd.NA
        return replace(self, labels=pd.Series(place + 1, index=own.index, name="segment"),
                       certainty=pd.Series(certainty, index=own.index, name="certainty").round(CERTAINTY_DIGITS),
                       second=pd.Series(other, index=own.index, name="second", dtype="Int64"))  # fmt: skip

    def likeness(self, table: pd.DataFrame) -> pd.DataFrame:
        """
        Say how much each customer is like each segment.

        Parameters
        ----------
        table : pandas.DataFrame
            One row per customer with the basis variables.

        Returns
        -------
        pandas.DataFrame
            One row per customer who has a segment, one column per segment, from 0 to 1; each row adds up to 1. Models: the
            probability of the segment. k-means: ``exp(-distance)`` as a share of that to all segments. Tiers: the certainty,
            and what is left of it for the second tier.

        References
        ----------
        Dolnicar, S., Grün, B., & Leisch, F. (2018). Market Segmentation Analysis. Springer. Section 7.5, gorge plots.
        """
        points, known = scaled(table, self.rule)
        if self.model is not None:
            shares = self.model.posterior(design_matrix(table, self.model.form.items))
        elif self.tiers is not None:
            place, certainty, second = self._places(table, points)
            shares = np.zeros((len(table), len(self.centres)))
            shares[np.arange(len(table)), second] = 1 - certainty
            shares[np.arange(len(table)), place] = certainty
        else:
            away = np.sqrt(np.maximum(((points[:, None, :] - self.centres[None]) ** 2).sum(axis=2), 0))
            near = np.exp(away.min(axis=1, keepdims=True) - away)
            shares = near / near.sum(axis=1, keepdims=True)
        return pd.DataFrame(shares, index=table.index, columns=self.segments)[known]

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
            A query that gives ``customer_id``, ``segment``, ``certainty`` and ``second``, as :meth:`placed` does.
        """
        import sqlglot

        return str(sqlglot.transpile(self.statement(dialect, table=table), read="duckdb", write=dialect, pretty=True)[0])

    def statement(self, dialect: str = "duckdb", *, table: str = "features") -> str:
        """Give what :meth:`to_sql` writes before it is translated: in DuckDB's own dialect, in one line."""
        if self.model is not None:
            return mixture_sql(self.model, table)
        if self.tiers is not None:
            return tiers_sql(self.tiers, table)
        return kmeans_sql(self.rule, self.centres, table, arrays=dialect == "duckdb")

    def _places(self, table: pd.DataFrame, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Segment from 0 on, certainty, and second segment of each customer."""
        if len(self.centres) == 1:
            return np.zeros(len(points), dtype=np.int64), np.ones(len(points)), np.zeros(len(points), dtype=np.int64)
        if self.model is not None:
            return places_by_chances(self.model.posterior(design_matrix(table, self.model.form.items)))
        if self.tiers is not None:
            return self.tiers.standing(tier_values(table, self.tiers.names))
        return places_by_centres(points, self.centres)

    def _content(self) -> dict[str, Any]:
        return {
            "basis": self.basis, "centres": self.centres.tolist(), "confidence": self.confidence, "family": self.family,
            "model": self.model.to_plain() if self.model else None, "n_fitted": self.n_fitted,
            "random_state": self.random_state, "rule": [column.__dict__ for column in self.rule],
            "tiers": self.tiers.to_plain() if self.tiers else None, "verdict": self.verdict, "within_ss": self.within_ss,
        }  # fmt: skip

    def parts(self) -> Parts:
        """Split into what is written to files."""
        table = pd.DataFrame({"segment": self.labels.astype("int64"), "certainty": self.certainty, "second": self.second})
        return {"": table, "rule": self._content()}

    @classmethod
    def from_rule(cls, rule: dict[str, Any]) -> Segmentation:
        """Put together a rule from the content of :meth:`to_json`, without anybody who has a segment."""
        nobody = pd.DataFrame({"segment": [], "certainty": [], "second": []}, index=pd.Index([], name="customer_id"))
        return cls.from_parts({"": nobody.astype({"segment": "int64", "second": "Int64"}), "rule": rule})

    @classmethod
    def from_parts(cls, parts: Parts) -> Segmentation:
        """Put together what was read from files."""
        table, rule = parts[""], parts["rule"]
        return cls(
            labels=table["segment"], certainty=table["certainty"], second=table["second"], within_ss=rule["within_ss"],
            basis=rule["basis"], rule=[RuleColumn(**column) for column in rule["rule"]], centres=np.array(rule["centres"]),
            family=rule["family"], random_state=rule["random_state"], n_fitted=rule["n_fitted"],
            model=MixtureFit.from_plain(rule["model"]) if rule["model"] else None, verdict=rule["verdict"],
            tiers=QuantileTiers.from_plain(rule["tiers"]) if rule["tiers"] else None, confidence=rule["confidence"],
        )  # fmt: skip

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def segment_customers(
    table: pd.DataFrame | Features, *, basis: Sequence[str], n_segments: int, family: str = "kmeans", random_state: int = 1,
    align_to: Segmentation | None = None,
) -> Segmentation:  # fmt: skip
    """
    Give every customer a segment.

    k-means: answers on one scale enter as they are; other variables are standardised, amounts and counts after a
    logarithm; single missing values are filled with the median. Models: every answer by its kind, and missing answers say
    nothing. Customers with less than half of the basis get no segment.

    Parameters
    ----------
    table : pandas.DataFrame or Features
        One row per customer. Features say of what kind each column is; else the values tell.
    basis : sequence of str
        Columns that make the segments.
    n_segments : int
        Number of segments; 1 keeps everybody together.
    family : {"kmeans", "latent_classes", "gaussian", "mixed", "factor_mixture", "rfm"}
        Method. ``latent_classes`` is for categories and yes/no answers (and takes the steps of a rating as categories),
        ``gaussian`` for ratings and numbers, ``mixed`` for both; ``factor_mixture`` also lets people differ along one common
        direction within each segment, such as how high they rate everything. ``rfm`` cuts customers into tiers of value by
        the quintiles of numbers such as recency, frequency and money; tiers are cuts, and say nothing about groups.
    random_state : int
        Seed. The same table and seed give the same segments, in whatever order the rows stand.
    align_to : Segmentation, optional
        An earlier segmentation of these customers, on whatever basis: segments keep its numbers as far as they match. Tiers are
        numbered by value in any case.

    Returns
    -------
    Segmentation
        Labels from 1 (largest segment) on, certainty and rule.

    Raises
    ------
    DataError
        If the family is unknown or does not suit the basis, or there are fewer different customers than segments.

    References
    ----------
    Dolnicar, S., Grün, B., & Leisch, F. (2018). Market Segmentation Analysis. Springer.
    McLachlan, G., & Peel, D. (2000). Finite Mixture Models. Wiley.
    """
    allowed = ["kmeans", *FAMILIES, "rfm"]
    if family not in allowed:
        raise DataError([f"family '{family}' is not known; allowed: {listing(allowed)}{did_you_mean(family, allowed)}"])
    frame, dictionary = table_and_dictionary(table)
    rule = make_rule(frame, list(basis), dictionary)
    points, known = scaled(frame, rule)
    points, own = points[known], frame[known]
    different = len(collapse(points)[0])
    if different < n_segments:
        raise DataError([f"{n_segments} segments need as many different customers; the basis has {different}"])
    items = make_items(frame, list(basis), dictionary, as_categories=family == "latent_classes")
    suits = [name for name in allowed if name == "kmeans" or forms_of(name, items) or (name == "rfm" and can_be_tiers(items))]
    if family not in suits:
        raise DataError([f"family '{family}' does not suit the basis; allowed here: {listing(suits)}"])
    fitted = _fit(family, own, points, items, n_segments, random_state)
    order = np.arange(n_segments) if fitted.tiers else canonical_order(fitted.labels, fitted.centres)
    if align_to is not None and not fitted.tiers:
        order = aligned_order(pd.Series(fitted.labels, index=own.index), order, align_to.labels)
    made = Segmentation(
        labels=pd.Series(dtype="int64"), certainty=pd.Series(dtype=float), second=pd.Series(dtype=float), within_ss=0.0,
        basis=list(basis), rule=rule, centres=fitted.centres[order], family=family, random_state=random_state,
        n_fitted=fitted.n_fitted, model=fitted.model.reordered(order) if fitted.model else None, tiers=fitted.tiers,
    )  # fmt: skip
    made = made.placed(own)
    place = made.labels.to_numpy() - 1
    spread = within_ss(points, made.centres) if family == "kmeans" else float(((points - made.centres[place]) ** 2).sum())
    return replace(made, within_ss=round(spread, 6))


class _Fitted(NamedTuple):
    """What one family made of the customers, before segments are put in order."""

    labels: np.ndarray
    centres: np.ndarray
    n_fitted: int
    model: MixtureFit | None = None
    tiers: QuantileTiers | None = None


def _fit(
    family: str, own: pd.DataFrame, points: np.ndarray, items: tuple[Item, ...], n_segments: int, random_state: int
) -> _Fitted:
    if family == "rfm":
        names = [item.name for item in items]
        values = tier_values(own, names)
        some = sample_rows(values, FIT_ON_AT_MOST, random_state)
        tiers = fit_tiers(values[some], np.ones(len(some)), names, n_segments)
        if len(tiers.borders) < n_segments - 1:
            raise DataError([f"{n_segments} tiers need more different customers; at most {len(tiers.borders) + 1} can be made"])
        labels = tiers.place(values)
        return _Fitted(labels, segment_means(points, labels, n_segments), len(some), tiers=tiers)
    if family == "kmeans":
        some = sample_rows(points, FIT_ON_AT_MOST, random_state)
        centres = _fit_kmeans(points[some], n_segments, random_state)
        return _Fitted(nearest(points, centres), centres, len(some))
    design = design_matrix(own, items)
    some = sample_rows(np.concatenate([points, design], axis=1), FIT_ON_AT_MOST, random_state)
    unique, _, counts = collapse(design[some])
    model = best_mixture(unique, counts[None, :].astype(float), forms_of(family, items), n_segments, random_state=random_state,
                         starts=20, n_steps=2_000, tolerance=1e-9).rounded()  # fmt: skip
    labels = model.posterior(design).argmax(axis=1)
    return _Fitted(labels, segment_means(points, labels, n_segments), len(some), model=model)


def _fit_kmeans(points: np.ndarray, n_segments: int, random_state: int) -> np.ndarray:
    from sklearn.cluster import KMeans

    ordered = points[np.lexsort(points.T[::-1])]  # the order of rows must not matter
    with one_thread("sklearn.cluster"):  # threads add in any order, and the last digits would differ
        model = KMeans(n_segments, n_init=STARTS, random_state=random_state).fit(ordered)
    return np.asarray(np.round(model.cluster_centers_, 10))
