"""Step 06, the next wave: the segments of the earlier one go on, by the same rule or with the same numbers."""

from __future__ import annotations

from dataclasses import replace

from personakit.features import Features
from personakit.handoffs import Workspace
from personakit.segmentation import Segmentation, segment_customers


def go_on_from(workspace: Workspace, segmentation: Segmentation, features: Features) -> Segmentation:
    """
    Let the segments of the earlier wave go on in this one.

    Cards of two waves can be compared only when both mean the same groups. So the rule of the earlier wave is kept and places
    the customers of this one, until a person asks for segments that are made anew; these get the numbers of the earlier ones
    that they match.

    Parameters
    ----------
    workspace : Workspace
        The work folder; it knows the earlier wave after ``personakit refresh``.
    segmentation : Segmentation
        Segments made from this wave alone.
    features : Features
        One row per customer of this wave.

    Returns
    -------
    Segmentation
        As it is where there is no earlier wave.

    Raises
    ------
    DataError
        If the rule of the earlier wave needs a feature that this one lacks.
    """
    if workspace.earlier is None:
        return segmentation
    before = Segmentation.from_parts(workspace.earlier.load("segmentation", "", "rule")).placed(features.table)
    if workspace.keeps_rule:
        return before
    made = segment_customers(features, basis=segmentation.basis, n_segments=len(segmentation.segments), align_to=before,
                             family=segmentation.family, random_state=segmentation.random_state)  # fmt: skip
    return replace(made, verdict=segmentation.verdict, confidence=segmentation.confidence)
