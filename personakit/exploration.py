"""Step 03, exploration: who the customers are as a whole, in first figures and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from personakit.collection import Sources
from personakit.errors import DataError
from personakit.evidence_measures import measure_group, wilson
from personakit.exploration_weights import PopulationWeights, rake
from personakit.handoffs import Parts
from personakit.privacy_cells import small_cells
from personakit.roles import TIME_COLUMN

FIGURE_COLUMNS = ["basis", "source", "variable", "label", "category", "statistic", "estimate", "ci_low", "ci_high",
                  "lower_quarter", "upper_quarter", "n"]  # fmt: skip
BASES = ("demographic", "geographic", "behavioural", "psychographic")
MOST_CATEGORIES, MOST_COHORTS = 12, 13
_GEOGRAPHIC = {"region", "country", "city", "postcode"}
_NO_FIGURES = {"customer_id", "_row", "order_id", "event_id", "session_id", "ticket_id", "birth_year", "agreed_quotes",
               "agreed_marketing", "weight", "seconds", "answered_at", "currency", "status"}  # fmt: skip
_YES = {"yes", "ja", "kyllä", "true", "1", "1.0", "بله"}
_EVER = {("orders", "channel"): "Ever ordered by", ("orders", "category"): "Ever bought", ("events", "channel"): "Ever met us by",
         ("events", "device"): "Ever came by", ("events", "touchpoint"): "Ever at"}  # fmt: skip
_RATED = {"likert", "csat", "effort", "nps"}


@dataclass(frozen=True, eq=False, repr=False)
class Exploration:
    """
    The customers as a whole.

    Attributes
    ----------
    figures : pandas.DataFrame
        One row per figure: ``basis`` (demographic, geographic, behavioural, psychographic), ``source``, ``variable``,
        ``label`` (plain words), ``category``, ``statistic`` (median, mean or share), ``estimate`` with ``ci_low`` and
        ``ci_high`` (95 %), ``lower_quarter`` and ``upper_quarter`` (a quarter of the people lie below and above), ``n``
        (people; for orders and events the customers with at least one).
    monthly : pandas.DataFrame
        One row per source and month: ``source``, ``month``, ``rows``.
    value : pandas.DataFrame
        Pareto curve of order value: ``customers_share`` and ``value_share``, from the best customers on.
    cohorts : pandas.DataFrame
        One row per month of the first order and month since: ``cohort``, ``month`` (0 is the first), ``customers`` (in
        the cohort), ``active_share``. Small groups are left out.
    correlations : pandas.DataFrame
        Rank correlation (Spearman) of rating questions, one row and column per question.
    population : pandas.DataFrame
        Sample against market: ``variable``, ``value``, ``n``, ``sample_share``, ``market_share``, ``weighted_share``.
    weights : pandas.Series
        A weight per customer that brings the sample in line with the market; empty without market figures.
    notes : list of str
        What the comparison with the market means, in plain words.
    """

    figures: pd.DataFrame
    monthly: pd.DataFrame
    value: pd.DataFrame
    cohorts: pd.DataFrame
    correlations: pd.DataFrame
    population: pd.DataFrame
    weights: pd.Series
    notes: list[str]

    def parts(self) -> Parts:
        """Split into what is written to files."""
        return {"figures": self.figures, "monthly": self.monthly, "value": self.value, "cohorts": self.cohorts,
                "correlations": self.correlations, "population": self.population, "weights": self.weights.to_frame(),
                "notes": self.notes}  # fmt: skip

    @classmethod
    def from_parts(cls, parts: Parts) -> Exploration:
        """Put together what was read from files."""
        return cls(parts["figures"], parts["monthly"], parts["value"], parts["cohorts"], parts["correlations"],
                   parts["population"], parts["weights"]["weight"], parts["notes"])  # fmt: skip

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def explore(sources: Sources) -> Exploration:
    """
    Describe the customers as a whole, by the four bases of segmentation.

    Parameters
    ----------
    sources : Sources
        Clean sources.

    Returns
    -------
    Exploration
        First figures with intervals and spread, activity per month, value curve, cohorts, correlations and comparison
        with the market, as far as the sources allow. Groups of fewer people than ``min_cell`` are hidden.
    """
    rows: list[dict[str, Any]] = []
    for role, describe in (("customers", _people), ("survey", _people), ("orders", _behaviour), ("events", _behaviour)):
        if role in sources:
            rows += describe(sources, role)
    weights, notes = _weights(sources)
    figures = pd.DataFrame(rows, columns=FIGURE_COLUMNS)
    figures["basis"] = pd.Categorical(figures["basis"], categories=BASES, ordered=True)
    figures = figures.sort_values("basis", kind="stable", ignore_index=True).astype({"basis": "str"})
    empty = pd.Series(dtype=float, name="weight", index=pd.Index([], name="customer_id"))
    return Exploration(
        figures=figures, monthly=_monthly(sources), value=_value(sources), cohorts=_cohorts(sources),
        correlations=_correlations(sources),
        population=weights.table if weights else pd.DataFrame(
            columns=["variable", "value", "n", "sample_share", "market_share", "weighted_share"]),
        weights=weights.weights.rename("weight") if weights else empty, notes=notes,
    )  # fmt: skip


def _basis_of(role: str, column: str, asked: dict[str, Any]) -> str:
    if column in asked:
        return "behavioural" if asked[column].about in {"behaviour", "channel"} else "psychographic"
    if role in {"orders", "events"}:
        return "behavioural"
    return "geographic" if column.lower() in _GEOGRAPHIC else "demographic"


def _people(sources: Sources, role: str) -> list[dict[str, Any]]:
    """Answers and attributes, one value per person: medians of numbers, means of ratings, shares of words."""
    table, schema, spec = sources[role], sources[role].schema(), sources.study.sources[role]  # type: ignore[index]
    asked = {c: block for block in spec.items.values() for c in block.columns}
    wordings = {c: text for block in spec.items.values() for c, text in block.columns.items()}
    found: list[dict[str, Any]] = []
    for column in [c for c in table.columns if c not in _NO_FIGURES]:
        kind = asked[column].kind if column in asked else None
        label = wordings.get(column) or spec.labels.get(column) or column.replace("_", " ").capitalize()
        entry = {"basis": _basis_of(role, column, asked), "source": role, "variable": column, "label": label, "category": ""}
        if kind == "text" or schema[column].is_temporal():
            continue
        if schema[column].is_numeric() and kind not in {"pick_any", "binary"}:
            values = table.select(column).to_pandas()[column].to_numpy(dtype=float, na_value=np.nan)
            found += _number(values, entry, "mean" if kind in _RATED else "median", sources.study.privacy.min_cell)
        elif schema[column].is_string() or schema[column].is_boolean() or kind in {"pick_any", "binary"}:
            known = table.filter(table[column].notnull())
            each = known.group_by(value=known[column].cast("string")).aggregate(n=known.count()).to_pandas()
            shares = _shares(each.set_index("value")["n"], entry, sources.study.privacy.min_cell)
            yes = [row for row in shares if row["category"].lower() in _YES]
            found += yes if kind in {"pick_any", "binary"} and yes else shares
    return found


def _number(values: np.ndarray, entry: dict[str, Any], statistic: str, min_cell: int) -> list[dict[str, Any]]:
    """Middle and spread of a number; nothing when fewer people than may be shown have one."""
    found = measure_group(values, np.ones(len(values), dtype=bool), statistic, test=False)  # type: ignore[arg-type]
    if not found or found["n"] < min_cell:
        return []
    low, high = np.nanquantile(values, [0.25, 0.75])
    return [entry | {"statistic": statistic} | found | {"lower_quarter": float(low), "upper_quarter": float(high)}]


def _shares(counts: pd.Series, entry: dict[str, Any], min_cell: int, total: int = 0) -> list[dict[str, Any]]:
    """Share of each answer with its interval; small answers are hidden, and what they could be worked out from."""
    if not 2 <= len(counts) <= MOST_CATEGORIES:
        return []
    counts = counts.sort_index().sort_values(ascending=False, kind="stable")
    everyone = total or int(counts.sum())
    hidden = small_cells(counts, min_cell=min_cell)
    if total:  # answers may go together, so each is a small table of its own too: those with it and those without
        hidden |= (counts < min_cell) | ((total - counts > 0) & (total - counts < min_cell))
    rows = []
    for value, n in counts[~hidden].items():
        low, high = wilson(int(n), everyone)
        rows.append(entry | {"category": str(value), "statistic": "share", "estimate": int(n) / everyone, "ci_low": low,
                             "ci_high": high, "n": everyone})  # fmt: skip
    return rows


def _behaviour(sources: Sources, role: str) -> list[dict[str, Any]]:
    """What customers do: how much of it (medians over customers), and which share of them ever uses each channel or device."""
    table, min_cell = sources[role], sources.study.privacy.min_cell
    known = table.filter(table.customer_id.notnull())
    entry = {"basis": "behavioural", "source": role, "category": ""}
    measures: dict[str, Any] = {f"{role}_count": known.count()}
    if role == "orders":
        measures["spend"] = known.amount.sum()
    each = known.group_by("customer_id").aggregate(**measures).order_by("customer_id").to_pandas()
    found: list[dict[str, Any]] = []
    names = {"orders_count": "Orders per customer", "events_count": "Events per customer", "spend": "Spend per customer"}
    for column in measures:
        what = entry | {"variable": column, "label": names[column]}
        found += _number(each[column].to_numpy(dtype=float), what, "median", min_cell)
    for column in [c for c in ("channel", "device", "category", "touchpoint") if c in table.columns]:
        used = known.filter(known[column].notnull())
        people = used.group_by(value=used[column]).aggregate(n=used.customer_id.nunique()).to_pandas().set_index("value")["n"]
        asked = int(used.customer_id.nunique().execute()) if len(people) else 0
        label = _EVER.get((role, column), f"Ever: {column}")
        found += _shares(people, entry | {"variable": column, "label": label}, min_cell, total=asked)
    return found


def _monthly(sources: Sources) -> pd.DataFrame:
    frames = []
    for role in ("orders", "events", "tickets"):
        column = TIME_COLUMN[role]
        if role in sources:
            table = sources[role]
            counts = table.group_by(month=table[column].truncate("M")).aggregate(rows=table.count()).order_by("month").to_pandas()
            counts = counts[counts["rows"] >= sources.study.privacy.min_cell]
            frames.append(counts.assign(source=role, month=counts["month"].dt.strftime("%Y-%m")))
    return pd.concat(frames)[["source", "month", "rows"]] if frames else pd.DataFrame(columns=["source", "month", "rows"])


def _value(sources: Sources) -> pd.DataFrame:
    """The curve starts at ``min_cell`` customers, so that nobody's own spend can be read from it."""
    least = sources.study.privacy.min_cell
    if "orders" not in sources:
        return pd.DataFrame(columns=["customers_share", "value_share"])
    orders = sources["orders"]
    spend = orders.group_by("customer_id").aggregate(spend=orders.amount.sum()).to_pandas()["spend"].astype(float)
    ordered = np.sort(spend.round(4).to_numpy())[::-1]
    if len(ordered) < 2 * least:
        return pd.DataFrame(columns=["customers_share", "value_share"])
    curve = np.cumsum(ordered) / ordered.sum()
    step = max(len(ordered) // 100, least)
    at = np.append(np.arange(least - 1, len(ordered) - least + 1, step), len(ordered) - 1)
    return pd.DataFrame({"customers_share": (at + 1) / len(ordered), "value_share": curve[at].round(9)})


def _cohorts(sources: Sources) -> pd.DataFrame:
    """Of the customers who first bought in a month, the share that buys again in each month after it."""
    columns = ["cohort", "month", "customers", "active_share"]
    if "orders" not in sources:
        return pd.DataFrame(columns=columns)
    orders, least = sources["orders"], sources.study.privacy.min_cell
    number = orders.ordered_at.year() * 12 + orders.ordered_at.month() - 1
    months = orders.filter(orders.customer_id.notnull()).select("customer_id", _month=number).distinct()
    first = months.group_by("customer_id").aggregate(_first=months["_month"].min())
    joined = months.inner_join(first, "customer_id")
    counts = joined.group_by("_first", month=joined["_month"] - joined["_first"]).aggregate(n=joined.count()).to_pandas()
    sizes = counts[counts["month"] == 0].set_index("_first")["n"].sort_index()
    counts["customers"] = counts["_first"].map(sizes[~small_cells(sizes, min_cell=least)])
    counts = counts[counts["customers"].notna() & (counts["n"] >= least)]
    counts = counts[(counts["month"] == 0) | (counts["customers"] - counts["n"] >= least)]
    counts = counts[counts["_first"] > counts["_first"].max() - MOST_COHORTS] if len(counts) else counts
    counts["cohort"] = [f"{int(m) // 12}-{int(m) % 12 + 1:02d}" for m in counts["_first"]]
    counts["customers"] = counts["customers"].astype("int64")
    counts["active_share"] = counts["n"] / counts["customers"]
    return counts.sort_values(["cohort", "month"], ignore_index=True)[columns]


def _correlations(sources: Sources) -> pd.DataFrame:
    """Which ratings go together."""
    if "survey" not in sources:
        return pd.DataFrame()
    blocks = [b for b in sources.study.sources["survey"].items.values() if b.kind in _RATED]
    items = [c for b in blocks for c in b.columns if c in sources.columns("survey")]
    if len(items) < 2:
        return pd.DataFrame()
    answers = sources["survey"].select(*items).to_pandas().astype(float)
    return answers.corr(method="spearman", min_periods=max(30, sources.study.privacy.min_cell)).round(9)


def _weights(sources: Sources) -> tuple[PopulationWeights | None, list[str]]:
    """Compare with the market, and weight the customers to it."""
    if "population" not in sources or "customers" not in sources:
        return None, []
    market = sources["population"].select("variable", "value", "share").to_pandas()
    shares: dict[str, dict[str, float]] = {}
    for row in market.itertuples():
        shares.setdefault(str(row.variable), {})[str(row.value)] = float(row.share)
    customers = sources["customers"]
    variables = [v for v in shares if v in customers.columns]
    ordered = customers.order_by("customer_id").select("customer_id", *variables).to_pandas()
    people = ordered.drop_duplicates("customer_id").set_index("customer_id")
    for variable in variables:
        people[variable] = people[variable].astype("str")
    try:
        raked = rake(people, shares)
    except DataError as error:
        return None, error.problems
    for _, own in raked.table.groupby("variable"):
        hidden = own.index[small_cells(own["n"], min_cell=sources.study.privacy.min_cell)]
        raked.table.loc[hidden, ["n", "sample_share", "weighted_share"]] = np.nan
    if raked.table["sample_share"].isna().all():
        return raked, []
    widest = (raked.table["sample_share"] - raked.table["market_share"]).abs()
    worst = raked.table.loc[widest.idxmax()]
    notes = [
        f"The largest gap to the market: {worst['variable']} {worst['value']} is {worst['sample_share']:.0%} of the customers "
        f"and {worst['market_share']:.0%} of the market.",
        f"Weights to the market have a design effect of {raked.design_effect:.2f}: {len(people):,} customers then count as "
        f"{raked.n_effective:,.0f}. Personas describe the customers as they are, so later steps do not use the weights.",
    ]
    if raked.trimmed:
        notes.append(f"{raked.trimmed} weights were held back so that nobody stands for more than five people.")
    return raked, notes
