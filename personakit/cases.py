"""Cases of the exercises: a small study whose results are there as soon as they are asked for."""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path

import pandas as pd

from personakit.collection import Sources, load_sources
from personakit.errors import PersonakitError, did_you_mean, listing
from personakit.exploration import Exploration, explore
from personakit.features import Features, build_features
from personakit.journeys import JourneyMaps, map_journeys
from personakit.measurement import Measurement, measure
from personakit.personas import write_personas
from personakit.personas_model import Personas
from personakit.privacy import Protected, protect
from personakit.profiling import SegmentProfiles, profile_segments
from personakit.quality import QualityReport, check_quality
from personakit.segmentation import Segmentation, segment_customers
from personakit.segmentation_rule import choose_basis
from personakit.study import Study, open_study, shipped
from personakit.voices import Voices, read_voices

#: Cases and how many customer groups were planted in each.
CASES = {"organic-cosmetics": 2, "cafe": 3}
_SEED = 1


class Case:
    """
    A study of the exercises; each result is made when it is first asked for, and kept.

    Attributes
    ----------
    name : str
        Name of the case.
    study : Study
        The study file.
    sources, quality, protected, exploration, voices, features, basis, segmentation, profiles, personas, journeys, measurement
        What each step makes: of ``protected`` on without direct identifiers, and of people who agreed.
    truth : pandas.DataFrame
        What was planted: ``kind``, ``source``, ``key``, ``column``, ``value``.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.study: Study = open_study(folder)

    def __repr__(self) -> str:
        """Name the case."""
        return f"Case {self.name}: {self.study.study}"

    @cached_property
    def truth(self) -> pd.DataFrame:
        """What was planted in the data."""
        return pd.read_parquet(self.study.folder / "truth.parquet")

    @cached_property
    def sources(self) -> Sources:
        """The data as they came (step 01)."""
        return load_sources(self.study)

    @cached_property
    def quality(self) -> QualityReport:
        """What is wrong with them (step 02)."""
        return check_quality(self.sources)

    @cached_property
    def protected(self) -> Protected:
        """Clean sources without direct identifiers, of people who agreed (step 02)."""
        return protect(self.quality.clean)

    @cached_property
    def exploration(self) -> Exploration:
        """First figures (step 03)."""
        return explore(self.protected)

    @cached_property
    def voices(self) -> Voices:
        """What people say (step 04)."""
        return read_voices(self.protected)

    @cached_property
    def features(self) -> Features:
        """One row per customer (step 05)."""
        return build_features(self.protected, self.voices)

    @cached_property
    def basis(self) -> list[str]:
        """The features that make the groups (step 06)."""
        return choose_basis(self.features, self.study.segmentation)

    @cached_property
    def segmentation(self) -> Segmentation:
        """As many segments as groups were planted (step 06)."""
        return segment_customers(self.features, basis=self.basis, n_segments=CASES[self.name], random_state=_SEED)

    @cached_property
    def profiles(self) -> SegmentProfiles:
        """What sets the segments apart (step 07)."""
        return profile_segments(self.features, self.segmentation, min_cell=self.study.privacy.min_cell)

    @cached_property
    def personas(self) -> Personas:
        """The cards (step 08)."""
        return write_personas(self.profiles, self.segmentation, study=self.study, features=self.features, voices=self.voices,
                              sources=self.protected)  # fmt: skip

    @cached_property
    def journeys(self) -> JourneyMaps:
        """The maps (step 09)."""
        return map_journeys(self.protected, self.segmentation, self.personas, self.profiles, voices=self.voices)

    @cached_property
    def measurement(self) -> Measurement:
        """Campaigns, satisfaction and returning customers (step 11)."""
        names = {persona.segment: persona.name for persona in self.personas.personas}
        return measure(self.protected, self.features, self.segmentation, names=names, random_state=_SEED)


@cache
def open_case(name: str = "organic-cosmetics") -> Case:
    """
    Open a case of the exercises.

    Parameters
    ----------
    name : {"organic-cosmetics", "cafe"}
        A web shop with all kinds of data, or eighty answers and eight interviews. Both are synthetic.

    Returns
    -------
    Case
        The study; its results are made when they are asked for.

    Raises
    ------
    PersonakitError
        If there is no such case.

    Examples
    --------
    >>> list(open_case("cafe").study.sources)
    ['survey', 'interviews']
    """
    if name not in CASES:
        raise PersonakitError(f"there is no case '{name}'{did_you_mean(name, list(CASES))}; allowed are {listing(list(CASES))}")
    return Case(name, shipped("data") / name)
