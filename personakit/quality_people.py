"""Step 02, people whose rows cannot be used: bots in the event log, careless respondents in the survey."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from personakit.quality_ledger import QualityLedger
from personakit.study import Study

FAST_SHARE_OF_MEDIAN = 0.4
STRAIGHT_FROM_ITEMS = 6
DISTANT_P = 0.001
PEOPLE_COLUMNS = ["source", "row", "rule"]


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
    labels = {
        "events": "more events in an hour than a person can make",
        "survey": "careless answers (two or more signs)",
    }
    for role, find in finders.items():
        if role not in tables:
            continue
        table = tables[role]
        first = table.group_by("customer_id").aggregate(row=table["_row"].min())
        if frozen is None:
            found = find(ledger.study, table)
            rows = first.filter(first.customer_id.isin(found["customer_id"].tolist())).to_pandas().set_index("customer_id")["row"]
            found = pd.DataFrame({"source": role, "row": found["customer_id"].map(rows).astype("int64"), "rule": found["rule"]})
        else:
            found = frozen[frozen["source"] == role]
        if found.empty:
            continue
        ledger.people.append(found.sort_values("row")[PEOPLE_COLUMNS])
        ids = table.filter(table["_row"].isin(found["row"].tolist())).select("customer_id").to_pandas()["customer_id"].tolist()
        tables[role] = ledger.remove(role, "customer_id", labels[role], table.customer_id.isin(ids), table)


def _bots(study: Study, events: Any) -> pd.DataFrame:
    hourly = events.group_by("customer_id", hour=events["at"].truncate("h")).aggregate(n=events.count())
    limit = study.quality.events_per_hour_limit
    fast = hourly.filter(hourly.n > limit).select("customer_id").distinct().order_by("customer_id").to_pandas()
    return fast.assign(rule="bot")


def _careless(study: Study, survey: Any) -> pd.DataFrame:
    """Flag respondents who were in a hurry, answered straight down a block, or far from everyone else's pattern."""
    blocks = [b for b in study.sources["survey"].items.values() if b.kind == "likert" and len(b.columns) >= STRAIGHT_FROM_ITEMS]
    items = [column for block in blocks for column in block.columns]
    columns = ["customer_id", *items] + (["seconds"] if "seconds" in survey.columns else [])
    answers = survey.order_by("_row").select(*columns).to_pandas().set_index("customer_id")
    flags = pd.DataFrame(False, index=answers.index, columns=["fast", "straight", "distant"])
    if "seconds" in answers:
        flags["fast"] = answers["seconds"] < FAST_SHARE_OF_MEDIAN * answers["seconds"].median()
    for block in blocks:
        flags["straight"] |= answers[list(block.columns)].nunique(axis=1) == 1
    if items:
        flags["distant"] = _distant(answers[items])
    chosen = flags[flags.sum(axis=1) >= study.quality.careless_flags]
    rules = chosen.apply(lambda row: " and ".join(row.index[row]), axis=1) if len(chosen) else pd.Series(dtype=str)
    return pd.DataFrame({"customer_id": chosen.index.astype(str), "rule": rules.to_numpy()})


def _distant(answers: pd.DataFrame) -> pd.Series:
    """
    Mark answers far from the common pattern by squared Mahalanobis distance.

    References
    ----------
    Meade, A. W., & Craig, S. B. (2012). Identifying careless responses in survey data. Psychological Methods, 17, 437.
    """
    from scipy.stats import chi2

    filled = answers.astype(float).fillna(answers.median())
    centred = (filled - filled.mean()).to_numpy()
    inverse = np.linalg.pinv(np.cov(centred, rowvar=False))
    squared = np.einsum("ij,jk,ik->i", centred, inverse, centred)
    return pd.Series(chi2.sf(squared, centred.shape[1]) < DISTANT_P, index=answers.index)
