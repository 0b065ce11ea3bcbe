"""Step 11, drift in words: what has changed in the personas, each line with the figure behind it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from personakit.drift import DriftReport
from personakit.evidence import Claim, Figure, claim

KEEP = "Keep the personas: the waves differ no more than two samples of the same people"
UPDATE = "Update the cards: the groups are the same, but their shares or profiles have changed"
AGAIN = "Make the segments again: the groups themselves are no longer the same"
GROWN = "“{name}” has grown: {value} of the customers, {others} before"
SHRUNK = "“{name}” has become smaller: {value} of the customers, {others} before"
MOVED = "“{name}” has changed: {label}, {value}, {others} before"
MOVED_ANSWER = "“{name}” has changed: {label}: {category}, {value}, {others} before"
FALLEN_APART = "“{name}” has fallen apart: {value} of all customers now lie elsewhere ({low} to {high})"
NEW_GROUP = "There is a new group: {value} of the customers ({low} to {high}), whom the rule takes for “{name}”"
OTHER_GROUPS = "Made anew, the groups are other ones: agreement {value}; waves of the same people reach {others} or more"
VERDICTS = {"keep": KEEP, "update the cards": UPDATE, "segment again": AGAIN}


def describe_drift(report: DriftReport, dictionary: pd.DataFrame, names: dict[int, str] | None = None) -> list[Claim]:
    """
    Say what a report found, the verdict first.

    Parameters
    ----------
    report : DriftReport
        What has changed.
    dictionary : pandas.DataFrame
        What each feature means (step 05).
    names : dict of int to str, optional
        Name of each segment's persona; without it the number.

    Returns
    -------
    list of Claim
        The verdict, and each change that may be told in numbers; ``place`` is ``drift|verdict`` or ``drift|`` and the kind of
        change.
    """
    called = names or {}
    basis = [_whole(report)] if report.about["rand_index"] is not None else []
    found = [claim(0, "drift|verdict", VERDICTS[report.verdict], evidence=list(basis), asserts="level")]
    for row in report.findings[report.findings["new"].notna()].to_dict("records"):
        segment = int(row["segment"])
        name = called.get(segment, str(segment))
        figure = _whole(report) if row["kind"] == "structure" else _figure(row, dictionary)
        params: dict[str, Any] = {"value": row["new"], "others": row["old"], "format": _form(figure), "unit": figure.unit}
        if row["kind"] in {"split", "new group"}:
            params |= {"low": row["low"], "high": row["high"]}
        if row["kind"] == "moved":
            params |= {"label": figure.label, "category": row["category"]}
            params |= {"label_value": figure.label_value} if figure.label_value else {}
        message = _message(row)
        params |= {"name": name} if "{name}" in message else {}
        found.append(claim(segment, f"drift|{row['kind']}", message, evidence=[figure], **params))
    return found


def _message(row: dict[str, Any]) -> str:
    if row["kind"] == "mix":
        return GROWN if row["new"] > row["old"] else SHRUNK
    if row["kind"] == "moved":
        return MOVED_ANSWER if row["category"] else MOVED
    return {"split": FALLEN_APART, "new group": NEW_GROUP, "structure": OTHER_GROUPS}[row["kind"]]


def _form(figure: Figure) -> str:
    if figure.unit == "share":
        return "percent"
    return "scale" if " to " in figure.unit else "money" if len(figure.unit) == 3 and figure.unit.isupper() else "number"


def _figure(row: dict[str, Any], dictionary: pd.DataFrame) -> Figure:
    """The figure of one finding; ``others`` is the old wave, and the interval that of the change."""
    segment, column = int(row["segment"]), str(row["feature"]) or str(row["kind"])
    entry = dictionary.loc[column] if column in dictionary.index else None
    share = entry is None or bool(row["category"]) or entry["kind"] in {"binary", "share"}
    return Figure(
        key=f"drift|{column}|{row['category']}|{segment}", table="drift", column=column, category=str(row["category"]),
        label=str(entry["message"]) if entry is not None else "Share of the customers",
        label_value=str(entry["value"]) if entry is not None else "",
        unit="share" if share or entry is None else str(entry["unit"]),
        sources=str(entry["columns"]).split(", ") if entry is not None else ["segments"], segment=segment,
        statistic="share" if share else "mean", estimate=float(row["new"]), n=int(row["new_n"]), others=float(row["old"]),
        others_n=int(row["old_n"]), p_adjusted=float(row["p_adjusted"]), **_effect(row),
    )  # fmt: skip


def _effect(row: dict[str, Any]) -> dict[str, Any]:
    """Effect size with its interval, which is that of the change in the same unit."""
    change = row["new"] - row["old"]
    if pd.isna(row["effect"]) or not change:
        return {}
    per_unit = row["effect"] / change
    bounds = sorted(float(bound * per_unit) for bound in (row["low"], row["high"]))
    return {"effect": float(row["effect"]), "effect_low": bounds[0], "effect_high": bounds[1], "effect_kind": "hedges_g"}


def _whole(report: DriftReport) -> Figure:
    """Agreement of the old rule with segments made from the new wave."""
    about = report.about
    return Figure(key="drift|agreement||0", table="drift", column="agreement", label="Agreement of the segments", unit="0 to 1",
                  sources=["segments"], segment=0, statistic="rate", estimate=about["rand_index"], n=about["new_n"],
                  others=about["rand_index_band"], others_n=about["old_n"], p_adjusted=about["rand_index_p"])  # fmt: skip
