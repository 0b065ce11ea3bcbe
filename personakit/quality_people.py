"""Step 02, people whose rows cannot be used: bots in the event log, careless respondents in the survey."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis
import numpy as np
import pandas as pd

from personakit.dates import whole_seconds
from personakit.quality_ledger import QualityLedger, leave_out
from personakit.study import Study

#: Signs of a bot: events at a beat this regular (standard deviation over mean of the gaps), in an hour with this many
#: events; or rows in this many different hours of one day; or a name that says so.
STEADY_VARIATION, STEADY_FROM_EVENTS = 0.3, 30
WAKING_HOURS = 20
BOT_NAMES = r"(?i)bot\b|crawl|spider|slurp|headless|scrapy|curl/|wget/|python-|httpclient|phantomjs|selenium|monitor"
#: Signs of a careless respondent, with the cut-offs that the literature uses.
FAST_SHARE_OF_MEDIAN = 0.4
STRAIGHT_FROM_ITEMS = 6
DISTANT_P = 0.001
PAIR_CORRELATION, PAIRS_FROM, CONSISTENT_CORRELATION = 0.45, 5, 0.22
PEOPLE_COLUMNS = ["source", "row", "rule"]
_LABELS = {"events": "bots: faster, steadier or longer than a person", "survey": "careless answers (two or more signs)"}


def set_people_aside(ledger: QualityLedger, tables: dict[str, Any], frozen: pd.DataFrame | None) -> None:
    """
    Set aside bots in the event log and careless respondents in the survey.

    Parameters
    ----------
    ledger : QualityLedger
        Takes note of them.
    tables : dict
        The sources; changed in place.
    frozen : pandas.DataFrame, optional
        People found earlier, by row; nobody is judged anew then.
    """
    finders: dict[str, Callable[[Study, Any], pd.DataFrame]] = {"events": _bots, "survey": _careless}
    for role, find in finders.items():
        if role not in tables:
            continue
        table = tables[role]
        numbered = "_row" in table.columns
        if frozen is None or not numbered:
            found = find(ledger.study, table)
            ids = found["customer_id"].tolist()
            if numbered and ids:
                own = table.filter(table.customer_id.isin(ids))
                first = own.group_by("customer_id").aggregate(row=own["_row"].min()).to_pandas().set_index("customer_id")["row"]
                found = found.assign(row=found["customer_id"].map(first).astype("int64"))
            found = found.assign(source=role, row=found.get("row"))
        else:
            found = frozen[frozen["source"] == role]
            rows = found["row"].tolist()
            ids = table.filter(table["_row"].isin(rows)).select("customer_id").to_pandas()["customer_id"].tolist() if rows else []
        if not ids:
            continue
        ledger.people.append(found.sort_values("row")[PEOPLE_COLUMNS])
        tables[role] = ledger.apply(role, table, [leave_out("customer_id", _LABELS[role], table.customer_id.isin(ids))])


def _bots(study: Study, events: Any) -> pd.DataFrame:
    """Machines that pose as visitors: one row per id, with the signs that gave them away."""
    hourly = events.group_by("customer_id", hour=events["at"].truncate("h")).aggregate(n=events.count())
    signs: dict[str, set[str]] = {}

    def add(ids: pd.Series, sign: str) -> None:
        for one in ids.dropna():
            signs.setdefault(str(one), set()).add(sign)

    limit = study.quality.events_per_hour_limit
    add(
        hourly.filter(hourly.n > limit).select("customer_id").distinct().to_pandas()["customer_id"],
        f"over {limit} events an hour",
    )
    daily = hourly.group_by("customer_id", day=hourly["hour"].truncate("D")).aggregate(hours=hourly.count())
    awake = daily.filter(daily.hours >= WAKING_HOURS).select("customer_id").distinct().to_pandas()["customer_id"]
    add(awake, f"active in {WAKING_HOURS} or more hours of a day")
    busy = hourly.filter(hourly.n >= STEADY_FROM_EVENTS).select("customer_id").distinct().to_pandas()["customer_id"].tolist()
    if busy:
        add(_steady(events.filter(events.customer_id.isin(busy))), "a steady beat")
    if "user_agent" in events.columns:
        named = events.filter(events.user_agent.re_search(BOT_NAMES)).select("customer_id").distinct().to_pandas()
        add(named["customer_id"], "says so by its user agent")
    rows = [{"customer_id": one, "rule": "bot: " + ", ".join(sorted(found))} for one, found in sorted(signs.items())]
    return pd.DataFrame(rows, columns=["customer_id", "rule"])


def _steady(events: Any) -> pd.Series:
    """Ids whose events within an hour come at an even beat, of those that make many."""
    order = ["at", "event_id"] if "event_id" in events.columns else ["at"]
    window = ibis.window(group_by="customer_id", order_by=order)
    seconds = whole_seconds(events["at"])
    gaps = events.mutate(_gap=seconds - seconds.lag().over(window), _hour=events["at"].truncate("h"))
    gaps = gaps.filter(gaps["_gap"].notnull() & (gaps["_gap"] < 3600))
    beats = gaps.group_by("customer_id", "_hour").aggregate(
        n=gaps.count(), mean=gaps["_gap"].mean(), square=(gaps["_gap"].cast("float64") * gaps["_gap"]).mean()
    )
    frame = beats.filter(beats.n >= STEADY_FROM_EVENTS - 1).to_pandas()
    spread = np.sqrt(np.maximum(frame["square"] - frame["mean"] ** 2, 0.0))
    return frame.loc[(frame["mean"] > 0) & (spread <= STEADY_VARIATION * frame["mean"]), "customer_id"].drop_duplicates()


def _careless(study: Study, survey: Any) -> pd.DataFrame:
    """
    Flag respondents by several signs of careless answers: one row per respondent with enough of them.

    References
    ----------
    Meade, A. W., & Craig, S. B. (2012). Identifying careless responses in survey data. Psychological Methods, 17, 437.
    Curran, P. G. (2016). Methods for the detection of carelessly invalid responses in survey data. Journal of
    Experimental Social Psychology, 66, 4.
    """
    spec = study.sources["survey"]
    blocks = [b for b in spec.items.values() if b.kind == "likert"]
    items = [column for block in blocks for column in block.columns]
    extra = [c for c in ["seconds", *spec.traps] if c in survey.columns and c not in items]
    frame = survey.select("customer_id", *items, *extra, *(["_row"] if "_row" in survey.columns else [])).to_pandas()
    frame = frame.sort_values("_row" if "_row" in frame else "customer_id", kind="stable")
    answers = frame.set_index("customer_id")
    flags = pd.DataFrame(False, index=answers.index, columns=["fast", "straight", "distant", "inconsistent", "trapped"])
    if "seconds" in answers:
        flags["fast"] = answers["seconds"] < FAST_SHARE_OF_MEDIAN * answers["seconds"].median()
    for block in blocks:
        own = answers[list(block.columns)]
        if own.shape[1] >= STRAIGHT_FROM_ITEMS:
            flags["straight"] |= (own.nunique(axis=1) == 1) & (own.notna().sum(axis=1) >= STRAIGHT_FROM_ITEMS)
    if len(items) >= STRAIGHT_FROM_ITEMS:
        flags["distant"] = _distant(answers[items])
        flags["inconsistent"] = _inconsistent(answers[items])
    for column, right in spec.traps.items():
        flags["trapped"] |= answers[column].notna() & (pd.to_numeric(answers[column], errors="coerce") != right)
    chosen = flags[flags.sum(axis=1) >= study.quality.careless_flags]
    rules = ["careless: " + " and ".join(flags.columns[row]) for row in chosen.to_numpy(dtype=bool)]
    return pd.DataFrame({"customer_id": chosen.index.astype(str), "rule": rules}, columns=["customer_id", "rule"])


def _distant(answers: pd.DataFrame) -> pd.Series:
    """Mark answers far from the common pattern by squared Mahalanobis distance."""
    from scipy.stats import chi2

    filled = answers.astype(float).fillna(answers.median())
    centred = (filled - filled.mean()).to_numpy()
    inverse = np.linalg.pinv(np.cov(centred, rowvar=False))
    squared = np.einsum("ij,jk,ik->i", centred, inverse, centred)
    return pd.Series(chi2.sf(squared, centred.shape[1]) < DISTANT_P, index=answers.index)


def _inconsistent(answers: pd.DataFrame) -> pd.Series:
    """
    Mark people who answer questions differently that everyone else answers alike.

    Each question is paired with the one it goes with most (psychometric synonyms, and antonyms turned round). A
    person's consistency is the correlation of the two answers over the pairs, each answer taken as its distance from
    that question's mean. It is low for answers at random, and not defined for straight lines, which have a sign of
    their own.
    """
    numbers = answers.astype(float)
    linked = numbers.corr(min_periods=30).to_numpy(copy=True)
    linked = np.nan_to_num(linked)
    np.fill_diagonal(linked, 0.0)
    pairs = {tuple(sorted((i, int(np.abs(linked[i]).argmax())))) for i in range(len(linked))}
    pairs = {(i, j) for i, j in pairs if abs(linked[i, j]) >= PAIR_CORRELATION}
    none = pd.Series(False, index=answers.index)
    if len(pairs) < PAIRS_FROM:
        return none
    centred = ((numbers - numbers.mean()) / numbers.std()).to_numpy()
    chosen = sorted(pairs)
    first = centred[:, [i for i, _ in chosen]]
    second = centred[:, [j for _, j in chosen]] * np.sign([linked[i, j] for i, j in chosen])
    # the order within a pair is arbitrary: both orders count, so that the result does not hang on it
    left, right = np.hstack([first, second]), np.hstack([second, first])
    known = ~(np.isnan(left) | np.isnan(right))
    left, right = np.where(known, left, 0.0), np.where(known, right, 0.0)
    norm = np.sqrt((left**2).sum(axis=1) * (right**2).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        agreement = (left * right).sum(axis=1) / norm
    straight = numbers.nunique(axis=1) <= 1
    return pd.Series(agreement < CONSISTENT_CORRELATION, index=answers.index) & (known.sum(axis=1) >= 2 * PAIRS_FROM) & ~straight
