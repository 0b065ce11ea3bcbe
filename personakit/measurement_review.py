"""Step 11, the review: what was measured, whether the claims hold, and what has changed since the earlier wave, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from personakit.drift import DriftReport, detect_drift
from personakit.drift_differences import WaveDifferences
from personakit.drift_lines import describe_drift
from personakit.evidence import Claim, claim
from personakit.features import Features
from personakit.handoffs import Parts, Workspace
from personakit.measurement import Measurement
from personakit.measurement_perception import PERCEPTION_COLUMNS, perception_lines
from personakit.measurement_quality import Fidelity, held_figure
from personakit.segmentation import Segmentation

HELD_OUT = "{value} of the clear differences between the personas hold for customers who had no say in them ({low} to {high})"
NO_EARLIER_WAVE = "This is the first wave: whether the personas are still true is told after: personakit refresh"
#: Minutes of the meeting in which the personas are reviewed.
AGENDA = {
    "What has changed since the last wave? Read the lines that no longer hold.": 10,
    "What came of what we decided? Fill in the log.": 15,
    "Which decisions rest on something that no longer holds?": 10,
    "Which persona did nobody use, and does that matter?": 5,
    "What do we decide today, for whom, on which line, and what do we expect?": 15,
    "When do we look again?": 5,
}


@dataclass(frozen=True, eq=False, repr=False)
class PersonaReview:
    """
    Everything that step 11 found.

    Attributes
    ----------
    measurement : Measurement
        What has worked.
    fidelity : Fidelity
        How many differences hold for customers who had no say in them.
    drift : DriftReport or None
        What has changed since the earlier wave; None for a first wave.
    drift_lines : list of Claim
        The same in words.
    differences : WaveDifferences or None
        What the cards say otherwise than those of the earlier wave.
    perception : pandas.DataFrame
        How the people who use the personas see them, see :func:`personakit.measurement_perception.perception_scores`; no row
        while nobody has answered.
    about : dict
        As in :class:`personakit.personas_model.Personas`.
    """

    measurement: Measurement
    fidelity: Fidelity
    drift: DriftReport | None = None
    drift_lines: list[Claim] = field(default_factory=list)
    differences: WaveDifferences | None = None
    perception: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=PERCEPTION_COLUMNS))
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def lines(self) -> list[Claim]:
        """Every line: of drift, of what was measured, and of quality."""
        return [*self.drift_lines, *self.measurement.lines, *fidelity_lines(self.fidelity),
                *perception_lines(self.perception, self.fidelity)]  # fmt: skip

    def renamed(self, names: dict[int, str]) -> PersonaReview:
        """Call the personas otherwise, as their cards do now."""
        lines = [line.model_copy(update={"params": {**line.params, "name": names.get(line.segment, line.params["name"])}})
                 if "name" in line.params else line for line in self.drift_lines]  # fmt: skip
        return replace(self, measurement=replace(self.measurement, names={**self.measurement.names, **names}), drift_lines=lines)

    def parts(self) -> Parts:
        """Split into what is written to files."""
        drift = self.drift.parts() | {"drift_lines": [line.model_dump() for line in self.drift_lines]} if self.drift else {}
        quality = {"fidelity": self.fidelity.claims, "grades": self.fidelity.by_grade, "perception": self.perception}
        return self.measurement.parts() | quality | drift

    @classmethod
    def from_parts(
        cls, parts: Parts, *, differences: WaveDifferences | None = None, about: dict[str, Any] | None = None
    ) -> PersonaReview:
        """Put together what was read from files, with the differences of the cards."""
        drift = DriftReport.from_parts(parts) if "drift" in parts else None
        lines = [Claim.model_validate(line) for line in parts.get("drift_lines", [])]
        return cls(Measurement.from_parts(parts), Fidelity(parts["fidelity"], parts["grades"]), drift, lines, differences,
                   parts.get("perception", _typed(None)), about or {})  # fmt: skip


def fidelity_lines(fidelity: Fidelity) -> list[Claim]:
    """Say how many clear differences hold for other customers; nothing where there was none to test."""
    figure = held_figure(fidelity)
    if figure is None:
        return []
    return [claim(0, "measurement|quality", HELD_OUT, evidence=[figure], asserts="level", value=figure.estimate,
                  low=figure.ci_low, high=figure.ci_high, format="percent")]  # fmt: skip


def drift_since(
    workspace: Workspace, features: Features, *, progress: Callable[[int, int], None] | None = None
) -> DriftReport | None:
    """
    Tell what has changed since the wave that a work folder goes on from.

    Parameters
    ----------
    workspace : Workspace
        The work folder of this wave.
    features : Features
        One row per customer of this wave.
    progress : callable, optional
        Called with steps done and steps in all.

    Returns
    -------
    DriftReport or None
        None for a study that has been run once.

    Raises
    ------
    DataError
        If the waves cannot be compared: a variable of the segments is missing, or a wave has too few customers.
    """
    earlier = workspace.earlier
    if earlier is None:
        return None
    before = Features.from_parts(earlier.load("features"))
    segmentation = Segmentation.from_parts(earlier.load("segmentation", "", "rule"))
    return detect_drift(before, features, segmentation=segmentation, progress=progress,
                        min_cell=workspace.study.privacy.min_cell,
                        random_state=workspace.study.segmentation.random_state)  # fmt: skip


def review_personas(
    measurement: Measurement, fidelity: Fidelity, drift: DriftReport | None = None, *, dictionary: pd.DataFrame,
    perception: pd.DataFrame | None = None,
) -> PersonaReview:  # fmt: skip
    """
    Put together what step 11 found.

    Parameters
    ----------
    measurement : Measurement
        What has worked.
    fidelity : Fidelity
        How many differences hold for other customers.
    drift : DriftReport, optional
        What has changed since the earlier wave.
    dictionary : pandas.DataFrame
        What each feature means (step 05).
    perception : pandas.DataFrame, optional
        How the people who use the personas see them.

    Returns
    -------
    PersonaReview
        With every line and its evidence.
    """
    lines = describe_drift(drift, dictionary, measurement.names) if drift is not None else []
    return PersonaReview(measurement, fidelity, drift, lines, perception=_typed(perception))


def _typed(perception: pd.DataFrame | None) -> pd.DataFrame:
    """The scores with the kinds of columns that they have when somebody has answered."""
    table = pd.DataFrame(columns=PERCEPTION_COLUMNS) if perception is None else perception
    return table.astype(dict.fromkeys(PERCEPTION_COLUMNS, "float64") | {"dimension": "str", "n": "int64"})
