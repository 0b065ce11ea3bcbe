"""Step 10, teams: the lines of every team's page, each from figures that can be computed again."""

from __future__ import annotations

import pandas as pd

from personakit.activation_lines import TEAM_FIELDS, TeamData
from personakit.activation_marketing import channel_matrix, marketing_lines
from personakit.activation_product import opportunity_figures, product_lines
from personakit.activation_service import research_lines, service_lines
from personakit.activation_table import activation_table
from personakit.collection import Sources
from personakit.errors import DataError, did_you_mean
from personakit.evidence import Claim, Figure
from personakit.features import Features
from personakit.journeys import JourneyMaps
from personakit.personas import Personas, quotes_of
from personakit.profiling import SegmentProfiles, describe, figures_of
from personakit.profiling_tests import with_basis
from personakit.segmentation import Segmentation
from personakit.voices import Voices

TEAMS = tuple(TEAM_FIELDS)


def activation_figures(
    sources: Sources, voices: Voices | None, segmentation: Segmentation, dictionary: pd.DataFrame, *, min_cell: int
) -> tuple[dict[str, Figure], Features]:
    """
    Measure what the teams' pages rest on beside cards and maps.

    Parameters
    ----------
    sources : Sources
        Protected sources.
    voices : Voices or None
        What customers said.
    segmentation : Segmentation
        Who belongs to which segment.
    dictionary : pandas.DataFrame
        What each feature means (step 05), to know which columns made the segments.
    min_cell : int
        Smallest group shown.

    Returns
    -------
    dict of str to Figure
        By key. Nothing that rests on columns of the segments, or words chosen because they differ, gets a p-value.
    Features
        The activation table and what its columns mean.
    """
    labels = segmentation.labels
    found = activation_table(sources, voices, labels)
    table = found.table.reindex(labels.index)
    chosen = found.dictionary.index[found.dictionary["group"] == "word"].tolist()
    known = with_basis(found.dictionary, segmentation.basis, dictionary)
    described = describe(table, known, labels, basis=[*segmentation.basis, *chosen], min_cell=min_cell, prefix="activation")
    figures = figures_of(described, found.dictionary, "activation")
    return figures | opportunity_figures(found.table, found.dictionary, labels), found


def team_lines(  # noqa: PLR0913  what the pages rest on, one by one
    sources: Sources, segmentation: Segmentation, personas: Personas, profiles: SegmentProfiles, *,
    journeys: JourneyMaps | None = None, voices: Voices | None = None, asked: list[str] | None = None,
) -> tuple[list[Claim], pd.DataFrame]:  # fmt: skip
    """
    Write every line of every team's page.

    Parameters
    ----------
    sources : Sources
        Protected sources.
    segmentation : Segmentation
        The segments.
    personas : Personas
        The cards, with people's edits.
    profiles : SegmentProfiles
        Figures of step 07.
    journeys : JourneyMaps, optional
        The maps.
    voices : Voices, optional
        What customers said.
    asked : list of str, optional
        Questions of the screener.

    Returns
    -------
    list of Claim
        ``place`` is ``team|field``.
    pandas.DataFrame
        Personas by channels, see :func:`personakit.activation_marketing.channel_matrix`.

    Raises
    ------
    DataError
        If the study file names what the brand stands for by something that is no feature.
    """
    unknown = [name for name in sources.study.activation.brand if name not in profiles.dictionary.index]
    if unknown:
        raise DataError([f"activation.brand: '{name}' is no feature; write names of step 05"
                         f"{did_you_mean(name, list(profiles.dictionary.index))}" for name in unknown])  # fmt: skip
    figures, found = activation_figures(sources, voices, segmentation, profiles.dictionary, min_cell=profiles.min_cell)
    walked = figures_of(journeys.figures, journeys.dictionary, "journeys") if journeys is not None else {}
    segments = [persona.segment for persona in personas.personas]
    said = {segment: quotes_of(voices, segmentation, segment) for segment in segments} if voices is not None else {}
    data = TeamData(personas, profiles.figures() | walked | figures, profiles.dictionary, found.dictionary, journeys, said,
                    asked or [], sources.study.activation.brand)  # fmt: skip
    lines = [line for write in (marketing_lines, product_lines, service_lines, research_lines)
             for persona in personas.personas for line in write(persona, data)]  # fmt: skip
    return lines, channel_matrix(segments, data)
