"""Step 10, loyalty: who stays away and what people buy next, learnt before a day and tried after it; refused when no better."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd

from personakit.collection import Sources
from personakit.features_builder import common_values

RISK_COLUMNS = ["chance", "level"]
NEED_COLUMNS = ["category", "chance"]
CALIBRATION_COLUMNS = ["n", "predicted", "observed", "ci_low", "ci_high"]
#: From these chances of staying away on, a customer is at high and at medium risk.
HIGH_RISK, MEDIUM_RISK = 2 / 3, 1 / 3
#: A trial needs so many people, and so many of each outcome; a window lasts at least so many days.
FEWEST_PEOPLE, FEWEST_OUTCOMES, SHORTEST_WINDOW_DAYS = 200, 30, 28
_BINS, _KNOTS, _Z = 10, 5, 1.959963984540054
_FEWEST_SHARE_NAMED = 0.5

TOO_SHORT = "The orders cover too short a time: three windows of {days} days are needed to learn, to try and to look ahead."
TOO_FEW = "Too few people bought before and after the day of the trial: {n}; {least} are needed, some of whom came back."
NO_BETTER_RISK = "Not used: how long ago somebody bought tells as much about who stays away as all of their behaviour."
NO_BETTER_NEED = "Not used: the category bought last, or the most popular one, tells as much about the next one."
NO_CATEGORIES = "Orders name no categories (or too many different ones): what people buy next cannot be told."
NO_ORDERS = "No orders: add a source 'orders' to tell who will stay away and what people buy next."


@dataclass(frozen=True, eq=False, repr=False)
class Prediction:
    """
    What was learnt from behaviour before a day, and how it did after it.

    Attributes
    ----------
    what : {"risk", "need"}
        Who stays away, or which category somebody buys next.
    window_days : int
        How far it looks ahead.
    learnt_on, tried_on : str
        Days (ISO) up to which behaviour was known when it was learnt, and when it was tried.
    n : int
        People on whom it was tried.
    gain, gain_low, gain_high : float
        How much more it knew than the best simple rule (difference of log loss, in nats a person) with a 95 % interval.
    rule_loss : float
        Log loss of that rule, in nats a person: what there was to be gained.
    right, right_by_rule : float
        Risk: share of pairs of one who stayed away and one who did not that are ranked right. Need: share of people whose next
        category is named right.
    rule : str
        The best simple rule: recency, the last category, or the most popular one.
    calibration : pandas.DataFrame
        Risk only; one row per tenth of the people, by chance: ``n``, ``predicted`` (mean chance), ``observed`` (share who stayed
        away) with ``ci_low`` and ``ci_high`` (Wilson, 95 %).
    now : pandas.DataFrame
        One row per customer, as of the study's day. Risk: ``chance`` of staying away, ``level`` (high, medium, low). Need:
        ``category`` and its ``chance``. Empty when it is refused.
    refused : str
        Why it is not used, a pattern with ``refused_params``; empty when it is.
    """

    what: str
    window_days: int = 0
    learnt_on: str = ""
    tried_on: str = ""
    n: int = 0
    gain: float = float("nan")
    gain_low: float = float("nan")
    gain_high: float = float("nan")
    rule_loss: float = float("nan")
    right: float = float("nan")
    right_by_rule: float = float("nan")
    rule: str = ""
    calibration: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=CALIBRATION_COLUMNS))
    now: pd.DataFrame = field(default_factory=pd.DataFrame)
    refused: str = ""
    refused_params: dict[str, Any] = field(default_factory=dict)

    @property
    def useful(self) -> bool:
        """Whether it may be used."""
        return not self.refused


def predict_loyalty(sources: Sources) -> tuple[Prediction, Prediction]:
    """
    Learn who stays away and what people buy next, and try both on a later time.

    Behaviour up to a day is set against what happened in the window after it. What is learnt on one day is tried a window
    later, on behaviour up to then and what followed; nothing of the later window is known to it. Only what clearly beats a
    simple rule is used, learnt anew from the later window, to look ahead from the study's day.

    Parameters
    ----------
    sources : Sources
        Clean sources with orders; amounts of nothing or less (returns) are no purchases.

    Returns
    -------
    Prediction, Prediction
        The risk of staying away, and the next category.

    References
    ----------
    Wübben, M., & von Wangenheim, F. (2008). Instant customer base analysis: managerial heuristics often "get it right".
    Journal of Marketing, 72, 82-93 (recency as the rule to beat).
    """
    if "orders" not in sources or not {"customer_id", "ordered_at"} <= set(sources.columns("orders")):
        return Prediction("risk", refused=NO_ORDERS), Prediction("need", refused=NO_ORDERS)
    end = sources.study.as_of
    window, first, last = _window(sources, end)
    end = min(end, last)
    learnt, tried = end - timedelta(days=2 * window), end - timedelta(days=window)
    if first > learnt - timedelta(days=window):
        why: dict[str, Any] = {"refused": TOO_SHORT, "refused_params": {"days": window}}
        return Prediction("risk", window, **why), Prediction("need", window, **why)
    days: dict[str, Any] = {"learnt_on": str(learnt), "tried_on": str(tried)}
    named = _categories(sources)
    before, after, today = (_snapshot(sources, day, window, named) for day in (learnt, tried, end))
    return _risk(before, after, today, window, days), _need(before, after, today, window, days, named)


def _window(sources: Sources, end: date) -> tuple[int, date, date]:
    """How far to look ahead, and the first and last day of the orders; pauses of the first half alone say how far."""
    bought = _purchases(sources, end)
    span = bought.aggregate(first=bought.day.min(), last=bought.day.max()).to_pandas().iloc[0]
    first, last = (pd.Timestamp(span[name]).date() if pd.notna(span[name]) else end for name in ("first", "last"))
    half = first + (min(end, last) - first) / 2
    early = bought.filter(bought.day <= ibis.date(str(half)))
    people = early.group_by("customer_id").aggregate(first=early.day.min(), last=early.day.max(), n=early.day.nunique())
    again = people.filter(people.n > 1)
    frame = again.select(pause=(again.last.cast("timestamp").epoch_seconds() - again.first.cast("timestamp").epoch_seconds())
                         / 86_400 / (again.n - 1)).to_pandas()  # fmt: skip
    pause = float(frame["pause"].quantile(0.75)) if len(frame) else 0.0
    longest = max((min(end, last) - first).days // 4, SHORTEST_WINDOW_DAYS)
    return int(np.clip(round(pause), SHORTEST_WINDOW_DAYS, longest)), first, last


def _purchases(sources: Sources, end: date) -> Any:
    orders = sources["orders"]
    paid = orders.filter(orders.customer_id.notnull() & orders.ordered_at.notnull())
    if "amount" in paid.columns:
        paid = paid.filter(paid.amount > 0)
    return paid.mutate(day=paid.ordered_at.date()).filter(lambda t: t.day <= ibis.date(str(end)))


def _categories(sources: Sources) -> list[str]:
    """The categories that are told apart; none when orders name none, or the commonest ones are a small part."""
    if "category" not in sources.columns("orders"):
        return []
    orders = sources["orders"]
    named = common_values(orders, "category")
    if not named:
        return []
    share = (
        orders.aggregate(share=orders.category.isin(named).fill_null(False).ifelse(1.0, 0.0).mean()).to_pandas()["share"].iloc[0]
    )
    return named if share >= _FEWEST_SHARE_NAMED else []


def _snapshot(sources: Sources, day: date, window: int, named: list[str]) -> pd.DataFrame:
    """Behaviour of each customer up to a day, and what happened in the window after it."""
    known = _purchases(sources, day)
    recent = known.day > ibis.date(str(day - timedelta(days=window)))
    sums: dict[str, Any] = {"n": known.day.nunique(), "recent": known.day.nunique(where=recent), "first": known.day.min(),
                            "last": known.day.max(), "lines": known.count()}  # fmt: skip
    if "amount" in known.columns:
        sums["spend"] = known.amount.sum().cast("float64")
    sums |= {f"c{i}": known.count(where=known.category == name) for i, name in enumerate(named)}
    frame = known.group_by("customer_id").aggregate(**sums).to_pandas().set_index("customer_id").sort_index()
    end = pd.Timestamp(day)
    frame["recency"] = (end - pd.to_datetime(frame["last"])).dt.days.astype(float)
    frame["tenure"] = (end - pd.to_datetime(frame["first"])).dt.days.astype(float)
    later = _purchases(sources, day + timedelta(days=window)).filter(lambda t: t.day > ibis.date(str(day)))
    came = later.group_by("customer_id").aggregate(first_day=later.day.min())
    next_days = came.to_pandas().set_index("customer_id")
    frame["came"] = frame.index.isin(next_days.index)
    if named:
        frame["last_category"] = _category_on(known, known.day.max(), named)
        frame["next_category"] = _category_on(later, later.day.min(), named)
    return frame


def _category_on(purchases: Any, day: Any, named: list[str]) -> pd.Series:
    """The category of which each customer bought most on the first or last day; with as many of two, the commoner one."""
    theirs = purchases.group_by("customer_id").aggregate(own_day=day)
    own = purchases.join(theirs, "customer_id").filter(lambda t: (t.day == t.own_day) & t.category.isin(named))
    counts = own.group_by(["customer_id", "category"]).aggregate(lines=own.count())
    behind = counts.category.cases(*((name, place) for place, name in enumerate(named)), else_=len(named))
    best = counts.group_by("customer_id").aggregate(category=counts.category.argmax(counts.lines * (len(named) + 1) - behind))
    return best.to_pandas().set_index("customer_id")["category"]


def _behaviour(frame: pd.DataFrame, usual_pause: float) -> np.ndarray:
    """What is known of each customer, on scales on which a straight line goes a long way."""
    n = frame["n"].to_numpy(dtype=float)
    pause = np.where(n > 1, (frame["tenure"] - frame["recency"]) / np.maximum(n - 1, 1), usual_pause)
    spend = frame["spend"].to_numpy(dtype=float) / n if "spend" in frame else np.ones(len(n))
    # shares of the time that somebody is known, not the time itself: everybody is known longer when it is used
    known = frame["tenure"] + 1
    return np.column_stack([np.log1p(frame["recency"]), frame["recency"] / known, np.log(n), np.log(n / known),
                            np.log1p(frame["recent"]), np.log1p(np.maximum(spend, 0)),
                            np.log1p(frame["recency"] / np.maximum(pause, 1))])  # fmt: skip


def _model() -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import SplineTransformer, StandardScaler

    return make_pipeline(StandardScaler(), SplineTransformer(_KNOTS, degree=2, extrapolation="linear"),
                         LogisticRegression(C=1.0, max_iter=2_000))  # fmt: skip


def _risk(before: pd.DataFrame, after: pd.DataFrame, today: pd.DataFrame, window: int, days: dict[str, Any]) -> Prediction:
    from sklearn.metrics import roc_auc_score

    fewest = min(int(frame["came"].sum()) if came else int((~frame["came"]).sum()) for frame in (before, after)
                 for came in (True, False))  # fmt: skip
    if min(len(before), len(after)) < FEWEST_PEOPLE or fewest < FEWEST_OUTCOMES:
        few = {"n": min(len(before), len(after)), "least": FEWEST_PEOPLE}
        return Prediction("risk", window, **days, refused=TOO_FEW, refused_params=few)
    pause = float(window) / 2
    ours = _model().fit(_behaviour(before, pause), ~before["came"])
    rule = _model().fit(np.log1p(before[["recency"]].to_numpy(dtype=float)), ~before["came"])
    stayed_away = (~after["came"]).to_numpy()
    chance = ours.predict_proba(_behaviour(after, pause))[:, 1]
    by_rule = rule.predict_proba(np.log1p(after[["recency"]].to_numpy(dtype=float)))[:, 1]
    lost = _log_loss(by_rule, stayed_away)
    gain, low, high = _mean_interval(lost - _log_loss(chance, stayed_away))
    told: dict[str, Any] = {"n": len(after), "gain": gain, "gain_low": low, "gain_high": high, "rule": "recency",
                            "rule_loss": float(lost.mean()),
            "right": float(roc_auc_score(stayed_away, chance)), "right_by_rule": float(roc_auc_score(stayed_away, by_rule)),
            "calibration": _calibration(chance, stayed_away)}  # fmt: skip
    if low <= 0:
        return Prediction("risk", window, **days, **told, refused=NO_BETTER_RISK)
    latest = _model().fit(_behaviour(after, pause), stayed_away)
    now = pd.Series(latest.predict_proba(_behaviour(today, pause))[:, 1], today.index, name="chance").round(9)
    levels = pd.Series(np.select([now >= HIGH_RISK, now >= MEDIUM_RISK], ["high", "medium"], "low"), now.index)
    return Prediction("risk", window, **days, **told, now=pd.DataFrame({"chance": now, "level": levels}))


def _need(
    before: pd.DataFrame, after: pd.DataFrame, today: pd.DataFrame, window: int, days: dict[str, Any], named: list[str]
) -> Prediction:
    if not named:
        return Prediction("need", window, **days, refused=NO_CATEGORIES)
    learn, trial = (frame.dropna(subset=["next_category", "last_category"]) for frame in (before, after))
    if min(len(learn), len(trial)) < FEWEST_PEOPLE or learn["next_category"].nunique() < 2:
        few = {"n": min(len(learn), len(trial)), "least": FEWEST_PEOPLE}
        return Prediction("need", window, **days, refused=TOO_FEW, refused_params=few)
    truth = trial["next_category"].map({name: place for place, name in enumerate(named)}).to_numpy()
    chances = _next_chances(learn, trial, named)
    rules = {
        "the last category": _from_last(learn, trial, named),
        "the most popular category": _popular(learn, len(trial), named),
    }
    losses = {name: -np.log(table[np.arange(len(truth)), truth]) for name, table in rules.items()}
    rule = min(losses, key=lambda name: (losses[name].mean(), name))
    gain, low, high = _mean_interval(losses[rule] + np.log(chances[np.arange(len(truth)), truth]))
    told: dict[str, Any] = {"n": len(trial), "gain": gain, "gain_low": low, "gain_high": high, "rule": rule,
                            "rule_loss": float(losses[rule].mean()),
            "right": float((chances.argmax(axis=1) == truth).mean()),
            "right_by_rule": float((rules[rule].argmax(axis=1) == truth).mean())}  # fmt: skip
    if low <= 0:
        return Prediction("need", window, **days, **told, refused=NO_BETTER_NEED)
    people = today.dropna(subset=["last_category"])
    found = _next_chances(trial, people, named)
    now = pd.DataFrame({"category": np.array(named)[found.argmax(axis=1)], "chance": found.max(axis=1).round(9)}, people.index)
    return Prediction("need", window, **days, **told, now=now)


def _bought(frame: pd.DataFrame, named: list[str]) -> np.ndarray:
    """What each customer bought so far, as shares drawn a little together, and what came last."""
    counts = frame[[f"c{i}" for i in range(len(named))]].to_numpy(dtype=float)
    shares = (counts + 1 / len(named)) / (counts.sum(axis=1, keepdims=True) + 1)
    last = frame["last_category"].to_numpy()[:, None] == np.array(named)
    return np.hstack([np.log(shares), last.astype(float)])


def _next_chances(learn: pd.DataFrame, people: pd.DataFrame, named: list[str]) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1.0, max_iter=2_000).fit(_bought(learn, named), learn["next_category"])
    found = np.full((len(people), len(named)), 1e-6)
    found[:, [named.index(name) for name in model.classes_]] = model.predict_proba(_bought(people, named))
    return found / found.sum(axis=1, keepdims=True)


def _from_last(learn: pd.DataFrame, people: pd.DataFrame, named: list[str]) -> np.ndarray:
    counts = pd.crosstab(learn["last_category"], learn["next_category"]).reindex(index=named, columns=named, fill_value=0)
    shares = counts.to_numpy() + 1.0
    return (shares / shares.sum(axis=1, keepdims=True))[people["last_category"].map(named.index).to_numpy()]


def _popular(learn: pd.DataFrame, n: int, named: list[str]) -> np.ndarray:
    shares = learn["next_category"].value_counts().reindex(named, fill_value=0).to_numpy() + 1.0
    return np.tile(shares / shares.sum(), (n, 1))


def _log_loss(chance: np.ndarray, happened: np.ndarray) -> np.ndarray:
    return -np.log(np.clip(np.where(happened, chance, 1 - chance), 1e-9, None))


def _mean_interval(values: np.ndarray) -> tuple[float, float, float]:
    half = _Z * float(values.std(ddof=1)) / float(np.sqrt(len(values)))
    return float(values.mean()), float(values.mean()) - half, float(values.mean()) + half


def _calibration(chance: np.ndarray, happened: np.ndarray) -> pd.DataFrame:
    from personakit.evidence_measures import wilson

    order = np.argsort(chance, kind="stable")
    rows = []
    for part in np.array_split(order, _BINS):
        k, n = int(happened[part].sum()), len(part)
        rows.append((n, float(chance[part].mean()), k / n, *wilson(k, n)))
    return pd.DataFrame(rows, columns=CALIBRATION_COLUMNS)
