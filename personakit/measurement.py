"""Step 11, measurement: did it work, persona by persona, with what the data can show and what they cannot."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from personakit.collection import Sources
from personakit.errors import DataError, Note
from personakit.evidence import Claim
from personakit.features import Features
from personakit.handoffs import Parts
from personakit.hypotheses import people_where
from personakit.measurement_campaigns import campaign_contacts, campaign_figures
from personakit.measurement_changes import ChangeEffect, measure_change, monthly_outcomes
from personakit.measurement_lines import NOT_COMPARED, OUTCOME_NAMES, measurement_lines
from personakit.measurement_retention import cohort_retention, purchase_days, repeat_purchases
from personakit.measurement_satisfaction import satisfaction_figures, service_figures
from personakit.segmentation import Segmentation

OUTCOMES = ("spend", "orders", "rating")
CHANGE_COLUMNS = ["say", "on", "outcome", *ChangeEffect.__dataclass_fields__]
NEEDS = {
    "campaigns": "Add a source 'campaigns': then clicks, purchases and costs are measured for each persona.",
    "satisfaction": "Ask a question of satisfaction or recommendation in the survey: then it is measured for each persona.",
    "service": "Add a source 'tickets' with a rating, or with whether the case was solved: then the service is measured.",
    "repeat": "Add a source 'orders': then it is measured who comes back, and how soon.",
    "changes": "Write what was changed, and when, into 'journey.changes': then before and after are compared.",
}
_DAY_SECONDS = 86_400


@dataclass(frozen=True, eq=False, repr=False)
class Measurement:
    """
    What the personas' campaigns, service and journeys have brought about.

    Attributes
    ----------
    campaigns : pandas.DataFrame
        See :func:`personakit.measurement_campaigns.campaign_figures`.
    satisfaction : pandas.DataFrame
        See :func:`personakit.measurement_satisfaction.satisfaction_figures`.
    service : pandas.DataFrame
        See :func:`personakit.measurement_satisfaction.service_figures`.
    repeat : pandas.DataFrame
        See :func:`personakit.measurement_retention.repeat_purchases`.
    cohorts : pandas.DataFrame
        See :func:`personakit.measurement_retention.cohort_retention`.
    changes : pandas.DataFrame
        One row per change of the study file and outcome (spend, orders: per customer and 30 days; rating of the service):
        ``say``, ``on``, ``outcome``, and the fields of :class:`personakit.measurement_changes.ChangeEffect`.
    names : dict of int to str
        Name of each segment's persona.
    notes : list of str
        What could not be measured, and which data would allow it.
    """

    campaigns: pd.DataFrame
    satisfaction: pd.DataFrame
    service: pd.DataFrame
    repeat: pd.DataFrame
    cohorts: pd.DataFrame
    changes: pd.DataFrame
    names: dict[int, str]
    notes: list[str] = field(default_factory=list)

    @property
    def lines(self) -> list[Claim]:
        """Say for each persona what was measured, and for each change what it did; see :mod:`personakit.measurement_lines`."""
        return measurement_lines(self._tables(), self.names)

    def _tables(self) -> dict[str, pd.DataFrame]:
        return {name: getattr(self, name) for name in ("campaigns", "satisfaction", "service", "repeat", "cohorts", "changes")}

    def parts(self) -> Parts:
        """Split into what is written to files."""
        content = {"names": {str(k): v for k, v in self.names.items()}, "notes": Note.all_to_plain(self.notes)}
        return {"": content, **self._tables()}

    @classmethod
    def from_parts(cls, parts: Parts) -> Measurement:
        """Put together what was read from files."""
        names = {int(segment): name for segment, name in parts[""]["names"].items()}
        tables = {name: parts[name] for name in ("campaigns", "satisfaction", "service", "repeat", "cohorts", "changes")}
        return cls(**tables, names=names, notes=[Note.from_plain(note) for note in parts[""]["notes"]])

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def measure(
    sources: Sources, features: Features, segmentation: Segmentation, *, names: dict[int, str] | None = None,
    random_state: int = 1,
) -> Measurement:  # fmt: skip
    """
    Measure what has worked, for each persona.

    Parameters
    ----------
    sources : Sources
        Protected sources; any subset of them.
    features : Features
        One row per customer.
    segmentation : Segmentation
        The segments.
    names : dict of int to str, optional
        Name of each segment's persona; without it the number.
    random_state : int
        Seed of the bootstrap.

    Returns
    -------
    Measurement
        What the sources allow; ``notes`` say what is missing for the rest.

    Raises
    ------
    StudyError
        If the condition of a change in the study file names something that is no feature.
    """
    labels, cell = segmentation.labels, sources.study.privacy.min_cell
    bought = "orders" in sources and "customer_id" in sources.columns("orders")
    days = purchase_days(sources) if bought else pd.DataFrame({"customer_id": pd.Series(dtype="str"), "day": []})
    last_day = int(pd.Timestamp(sources.study.as_of).timestamp()) // _DAY_SECONDS
    changes, notes = _changes(sources, features)
    found = Measurement(
        campaign_figures(campaign_contacts(sources), labels, min_cell=cell, random_state=random_state),
        satisfaction_figures(features, labels, basis=segmentation.basis, min_cell=cell),
        service_figures(sources, labels, min_cell=cell), repeat_purchases(days, labels, last_day, min_cell=cell),
        cohort_retention(days, last_day, min_cell=cell), changes,
        {segment: (names or {}).get(segment, str(segment)) for segment in segmentation.segments}, notes,
    )  # fmt: skip
    missing = [name for name in NEEDS if getattr(found, name).empty and not (name == "changes" and notes)]
    notes.extend(NEEDS[name] for name in missing)
    return found


def _changes(sources: Sources, features: Features) -> tuple[pd.DataFrame, list[str]]:
    """Every change of the study file against every outcome that the data have; and what could not be compared."""
    rows: list[dict[str, Any]] = []
    notes: list[str] = []
    for number, change in enumerate(sources.study.journey.changes, start=1):
        compared: set[str] = set()
        if change.concerns:
            inside = people_where(features.table, change.concerns, f"journey.changes.{number}.concerns")
            compared = set(features.table.index[~inside])
        for outcome in OUTCOMES:
            table = monthly_outcomes(sources, outcome, change.on, compared)  # type: ignore[arg-type]
            if table.empty:
                continue
            try:
                effect = measure_change(table)
            except DataError as error:
                named = Note(OUTCOME_NAMES[outcome])
                notes += [Note(NOT_COMPARED, change=change.say, outcome=named, problem=line) for line in error.problems]
                continue
            rows.append({"say": change.say, "on": change.on.isoformat(), "outcome": outcome, **effect.to_plain()})
    return pd.DataFrame(rows, columns=CHANGE_COLUMNS), notes
