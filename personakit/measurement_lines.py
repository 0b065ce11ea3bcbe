"""Step 11, measurement in words: what came of campaigns, service and changes, each line with the figure behind it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from personakit.evidence import Claim, Figure, claim

PURCHASES = "{value} of the contacts through campaigns end in a purchase ({low} to {high})"
CLICKS = "{value} of the contacts through campaigns are clicked ({low} to {high})"
COST_OF_CLICK = "A click costs {value} ({low} to {high})"
COST_OF_PURCHASE = "A purchase through campaigns costs {value} ({low} to {high})"
BROUGHT_BACK = "Money spent on campaigns comes back {value} times ({low} to {high}), in orders soon after"
SATISFIED_WITH = "{value} are satisfied with “{label}” ({low} to {high})"
FOUND_EASY = "{value} found it easy: “{label}” ({low} to {high})"
PROMOTERS = "Net promoter score: {value} ({low} to {high})"
BOUGHT_AGAIN = "{value} have bought again {days} days after the first purchase ({low} to {high})"
CASES_SOLVED = "{value} of their cases are solved by the service ({low} to {high})"
CONTACTS_RATED = "They rate the help of the service {value} ({low} to {high})"
AGAINST_OTHERS = "“{text}”: {outcome} changed by {value} ({low} to {high}) more than in the comparison group: shown"
AGAINST_COURSE = (
    "“{text}”: {outcome} changed by {value} ({low} to {high}) beyond the earlier course: shown, if nothing else happened"
)
NOT_SHOWN = "“{text}”: {outcome} changed by {value} ({low} to {high}); not shown to be caused by it"
NO_CHANGE = "“{text}”: no clear change of {outcome}; these data would have shown {smallest} or more"
NOT_COMPARED = "“{change}”, {outcome}: {problem}"
OUTCOME_NAMES = {"spend": "spending per customer and 30 days", "orders": "orders per customer and 30 days",
                 "rating": "the rating of the service"}  # fmt: skip
VERDICTS = {"shown against a comparison group": AGAINST_OTHERS, "shown against the earlier course": AGAINST_COURSE,
            "changed, not shown to be caused": NOT_SHOWN, "no clear change": NO_CHANGE}  # fmt: skip
#: What is said of each measure of campaigns, how it is written, and which source columns it rests on.
_CAMPAIGNS = {
    "bought": (PURCHASES, "rate", ["campaigns.bought"]), "clicked": (CLICKS, "rate", ["campaigns.clicked"]),
    "cost_per_click": (COST_OF_CLICK, "money", ["campaigns.cost", "campaigns.clicked"]),
    "cost_per_purchase": (COST_OF_PURCHASE, "money", ["campaigns.cost", "campaigns.bought"]),
    "return_on_spend": (BROUGHT_BACK, "number", ["orders.amount", "campaigns.cost", "campaigns.bought"]),
}  # fmt: skip
_SERVICE = {"resolved": (CASES_SOLVED, "percent"), "rating": (CONTACTS_RATED, "number")}
_RESTS = {"spend": ["orders.amount", "orders.ordered_at"], "orders": ["orders.ordered_at"], "rating": ["tickets.rating"]}
_AGAIN_AFTER_DAYS = 90
_POINTS = 100


def measurement_lines(tables: dict[str, pd.DataFrame], names: dict[int, str]) -> list[Claim]:
    """
    Say what was measured.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        The tables of :class:`personakit.measurement.Measurement`, by name.
    names : dict of int to str
        Name of each segment's persona.

    Returns
    -------
    list of Claim
        For everybody (segment 0) and each persona; ``place`` is ``measurement|`` and campaigns, satisfaction, service, repeat
        or changes.
    """
    found = [line for segment in (0, *names) for line in (*_campaign_lines(tables["campaigns"], segment),
             *_satisfaction_lines(tables["satisfaction"], segment), *_service_lines(tables["service"], segment),
             *_repeat_lines(tables["repeat"], segment))]  # fmt: skip
    return found + [_change_line(row) for row in tables["changes"].to_dict("records")]


def _campaign_lines(table: pd.DataFrame, segment: int) -> list[Claim]:
    own = table[(table["campaign"] == "") & (table["segment"] == segment)].set_index("measure")
    found = []
    for measure, (message, form, rests) in _CAMPAIGNS.items():
        if measure in own.index and np.isfinite(own.at[measure, "value"]) and own.at[measure, "n"] > 0:
            row = own.loc[measure]
            figure = _figure(f"campaigns_{measure}", segment, row, rests, unit={"rate": "share", "money": "money"}.get(form, ""))
            found.append(_said(figure, "campaigns", message, form))
    return found


def _satisfaction_lines(table: pd.DataFrame, segment: int) -> list[Claim]:
    found = []
    for row in table[table["segment"] == segment].to_dict("records"):
        rests = [f"survey.{row['feature']}"]
        if row["measure"] == "satisfied":
            figure = _figure(f"satisfied_{row['feature']}", segment, row, rests, unit="share", label=row["label"])
            found.append(_said(figure, "satisfaction", SATISFIED_WITH, "percent", label=row["label"]))
        elif row["measure"] == "easy":
            figure = _figure(f"easy_{row['feature']}", segment, row, rests, unit="share", label=row["label"])
            found.append(_said(figure, "satisfaction", FOUND_EASY, "percent", label=row["label"]))
        elif row["measure"] == "nps":
            points = {name: row[name] * _POINTS for name in ("value", "ci_low", "ci_high", "others")}
            figure = _figure(f"nps_{row['feature']}", segment, row | points, rests, label=row["label"])
            found.append(_said(figure, "satisfaction", PROMOTERS, "number"))
    return found


def _service_lines(table: pd.DataFrame, segment: int) -> list[Claim]:
    own = table[(table["segment"] == segment) & (table["month"] == "") & (table["topic"] == "")].set_index("measure")
    return [_said(_figure(f"service_{measure}", segment, own.loc[measure], [f"tickets.{measure}"],
                          unit="share" if form == "percent" else ""), "service", message, form)
            for measure, (message, form) in _SERVICE.items() if measure in own.index]  # fmt: skip


def _repeat_lines(table: pd.DataFrame, segment: int) -> list[Claim]:
    own = table[(table["segment"] == segment) & (table["days"] == _AGAIN_AFTER_DAYS) & table["again"].notna()]
    found = []
    for row in own.to_dict("records"):
        figure = _figure(
            "again", segment, row | {"value": row["again"]}, ["orders.customer_id", "orders.ordered_at"], unit="share"
        )
        found.append(_said(figure, "repeat", BOUGHT_AGAIN, "percent", days=int(row["days"])))
    return found


def _change_line(row: dict[str, Any]) -> Claim:
    outcome = str(row["outcome"])
    told = {"value": row["estimate"], "ci_low": row["ci_low"], "ci_high": row["ci_high"], "n": row["n"],
            "p_adjusted": row["p_value"]}  # fmt: skip
    figure = _figure(f"change_{row['on']}_{outcome}", 0, told, _RESTS[outcome], label=str(row["say"]),
                     unit="money" if outcome == "spend" else "").model_copy(update={"statistic": "change"})  # fmt: skip
    message = VERDICTS[str(row["verdict"])]
    more: dict[str, Any] = {"smallest": float(row["smallest"])} if message == NO_CHANGE else {}
    form = "money" if outcome == "spend" else "fine"
    line = _said(figure, "changes", message, form, text=row["say"], outcome=OUTCOME_NAMES[outcome], **more)
    return line.model_copy(update={"id": f"{line.id}|{row['say']}"})


def _figure(  # what a figure says, one by one
    column: str, segment: int, row: Any, rests: list[str], *, unit: str = "", label: str = ""
) -> Figure:
    def known(name: str) -> float | None:
        value = row.get(name)
        return None if value is None or not np.isfinite(float(value)) else float(value)

    return Figure(key=f"measurement|{column}||{segment}", table="measurement", column=column, label=label or column, unit=unit,
                  sources=rests, segment=segment, statistic="rate", estimate=float(row["value"]), ci_low=known("ci_low"),
                  ci_high=known("ci_high"), n=int(row["n"]), p_adjusted=known("p_adjusted"))  # fmt: skip


def _said(figure: Figure, place: str, message: str, form: str, **params: Any) -> Claim:
    return claim(figure.segment, f"measurement|{place}", message, evidence=[figure], asserts="level", value=figure.estimate,
                 low=figure.ci_low, high=figure.ci_high, format=form, **params)  # fmt: skip
