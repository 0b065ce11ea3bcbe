"""Step 09, journeys: what each persona does, thinks and feels from phase to phase, and where they get stuck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd

from personakit.collection import Sources
from personakit.evidence import Claim, Figure, Voice, claim
from personakit.handoffs import Parts
from personakit.journeys_table import journey_table
from personakit.personas import Personas, quotes_of
from personakit.personas_lines import MEAN, MEAN_ALONE, QUOTE, line_of
from personakit.profiling import SegmentProfiles, describe, figures_of
from personakit.segmentation import Segmentation
from personakit.voices import Voices

LEAST_DROP, LEAST_PEOPLE, LEAST_ERRORS = 0.10, 30, 3.5
TOUCHPOINTS_PER_CELL = 4
LANES = ("doing", "touchpoints", "thinking", "feeling", "pains", "figures")
_PURCHASE = {"action", "purchase", "kjøp", "handling", "osto", "خرید", "اقدام"}

REACH = "{value} come this far (others {others})"
REACH_ALONE = "{value} come this far"
GO_ON = "{value} go on from here (others {others})"
GO_ON_ALONE = "{value} go on from here"
FEELING = "{value} on a scale from −2 to +2 (others {others})"
FEELING_ALONE = "{value} on a scale from −2 to +2"
WAIT = "Half of them are here within {value} of the first contact (others {others})"
WAIT_ALONE = "Half of them are here within {value} of the first contact"
STUCK_DEVICE = "Bottleneck on {device}: only {value} go on (on {other_device} {others})"
STUCK = "Bottleneck: only {value} go on (others {others})"
GAP = "No data on this yet"


@dataclass(frozen=True, eq=False, repr=False)
class JourneyMaps:
    """
    One journey map per persona.

    Attributes
    ----------
    maps : dict of int to list of Claim
        The cells of each segment's map; ``place`` is ``phase|lane``.
    names : dict of int to str
        Names of the personas.
    phases : dict of str to list of str
        Phases in order, with their touchpoints.
    unassigned : pandas.DataFrame
        Touchpoints that no phase names: ``touchpoint``, ``events``.
    figures : pandas.DataFrame
        One row per segment and figure, as in SegmentProfiles.
    dictionary : pandas.DataFrame
        What each figure means, as in Features.
    notes : list of str
        What could not be said, and which source would allow it.
    about : dict
        As in Personas.
    """

    maps: dict[int, list[Claim]]
    names: dict[int, str]
    phases: dict[str, list[str]]
    unassigned: pd.DataFrame
    figures: pd.DataFrame
    dictionary: pd.DataFrame
    notes: list[str]
    about: dict[str, Any]

    @property
    def claims(self) -> list[Claim]:
        """Every cell of every map."""
        return [cell for cells in self.maps.values() for cell in cells]

    def bottlenecks(self) -> pd.DataFrame:
        """
        List where people get stuck.

        Returns
        -------
        pandas.DataFrame
            One row per bottleneck: ``segment``, ``persona``, ``phase``, ``device`` (empty for all), ``go_on`` and
            ``compared_with`` (shares), ``n`` (people).
        """
        rows = []
        for cell in self.claims:
            if cell.message in {STUCK, STUCK_DEVICE} and isinstance(cell.evidence[0], Figure):
                rows.append({"segment": cell.segment, "persona": self.names[cell.segment], "phase": cell.place.split("|")[0],
                             "device": cell.params.get("device", ""), "go_on": cell.params["value"],
                             "compared_with": cell.params["others"], "n": cell.evidence[0].n})  # fmt: skip
        return pd.DataFrame(rows, columns=["segment", "persona", "phase", "device", "go_on", "compared_with", "n"])

    def parts(self) -> Parts:
        """Split into what is written to files."""
        maps = {str(segment): [cell.model_dump() for cell in cells] for segment, cells in self.maps.items()}
        names = {str(segment): name for segment, name in self.names.items()}
        content = {
            "maps": maps,
            "names": names,
            "phases": list(self.phases.items()),
            "notes": self.notes,
            "about": self.about,
        }
        return {"": content, "figures": self.figures, "dictionary": self.dictionary, "unassigned": self.unassigned}

    @classmethod
    def from_parts(cls, parts: Parts) -> JourneyMaps:
        """Put together what was read from files."""
        content = parts[""]
        maps = {int(segment): [Claim.model_validate(cell) for cell in cells] for segment, cells in content["maps"].items()}
        names = {int(segment): name for segment, name in content["names"].items()}
        return cls(maps, names, dict(content["phases"]), parts["unassigned"],
                   parts["figures"], parts["dictionary"], content["notes"], content["about"])  # fmt: skip

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def map_journeys(
    sources: Sources,
    segmentation: Segmentation,
    personas: Personas,
    profiles: SegmentProfiles,
    *,
    voices: Voices | None = None,
) -> JourneyMaps:
    """
    Map the journey of each persona.

    Parameters
    ----------
    sources : Sources
        Clean sources; events, survey ratings, tickets and orders are used as far as there are any.
    segmentation : Segmentation
        Who belongs to which segment.
    personas : Personas
        For the names.
    profiles : SegmentProfiles
        For orders, where the study has no events.
    voices : Voices, optional
        For quotes.

    Returns
    -------
    JourneyMaps
        Cells with evidence; what the data do not say is marked as a gap.
    """
    study = sources.study
    phases = dict(study.journey.phases)
    table = journey_table(sources)
    own = table.table.reindex(segmentation.labels.index)
    figures = describe(own, table.dictionary, segmentation.labels, basis=[], min_cell=profiles.min_cell, prefix="journeys")
    pieces = figures_of(figures, table.dictionary, "journeys")
    names = {persona.segment: persona.name for persona in personas.personas}
    maps: dict[int, list[Claim]] = {}
    for segment in names:
        said = quotes_of(voices, segmentation, segment) if voices is not None else []
        cells: list[Claim] = []
        for phase, touchpoints in phases.items():
            found = _cells(segment, phase, touchpoints, pieces, table.dictionary, said)
            found += _order_cells(segment, phase, phases, profiles) if "events" not in sources else []
            lanes = {cell.place.split("|")[1] for cell in found}
            cells += found + [claim(segment, f"{phase}|{lane}", GAP) for lane in LANES if lane not in lanes and lane != "figures"]
        maps[segment] = cells
    return JourneyMaps(
        maps, names, phases, unassigned_touchpoints(sources), figures, table.dictionary, _notes(sources), personas.about
    )


def unassigned_touchpoints(sources: Sources) -> pd.DataFrame:
    """
    List touchpoints that no phase names; they are on no map, but never dropped silently.

    Returns
    -------
    pandas.DataFrame
        One row per touchpoint: ``touchpoint``, ``events``.
    """
    if "events" not in sources:
        return pd.DataFrame({"touchpoint": pd.Series(dtype="str"), "events": pd.Series(dtype="int64")})
    events = sources["events"]
    known = [touchpoint for touchpoints in sources.study.journey.phases.values() for touchpoint in touchpoints]
    rest = events.filter(~events.touchpoint.isin(known)) if known else events
    counts = rest.group_by("touchpoint").aggregate(events=rest.count()).order_by([ibis.desc("events"), "touchpoint"])
    return counts.to_pandas()


def _notes(sources: Sources) -> list[str]:
    notes = []
    if "events" not in sources:
        notes.append("No events: what people do in each phase is not known. Add a source 'events'.")
    elif not any(sources.study.journey.phases.values()):
        notes.append("No phase names its touchpoints: add them under 'journey: {phases: …}' in the study file.")
    rated = any(block.phases for block in sources.study.sources["survey"].items.values()) if "survey" in sources else False
    if not rated and "tickets" not in sources:
        notes.append(
            "No ratings per phase: how people feel is not known. Ask a satisfaction question per phase, or add 'tickets'."
        )
    return notes


def _pick(pieces: dict[str, Figure], column: str, segment: int) -> Figure | None:
    return pieces.get(f"journeys|{column}||{segment}")


def _cells(
    segment: int,
    phase: str,
    touchpoints: list[str],
    pieces: dict[str, Figure],
    dictionary: pd.DataFrame,
    said: list[Voice],
) -> list[Claim]:
    cells: list[Claim] = []
    for column, lane, pattern, alone, form in (
        (f"reach_{phase}", "doing", REACH, REACH_ALONE, "percent"), (f"go_on_{phase}", "doing", GO_ON, GO_ON_ALONE, "percent"),
        (f"feel_{phase}", "feeling", FEELING, FEELING_ALONE, "signed"), (f"days_to_{phase}", "figures", WAIT, WAIT_ALONE, "days"),
    ):  # fmt: skip
        figure = _pick(pieces, column, segment)
        if figure:
            message = alone if figure.others is None else pattern
            cells.append(
                claim(
                    segment,
                    f"{phase}|{lane}",
                    message,
                    evidence=[figure],
                    asserts="level",
                    value=figure.estimate,
                    others=figure.others,
                    format=form,
                )
            )
    used = [figure for touchpoint in touchpoints if (figure := _pick(pieces, f"touch_{touchpoint}", segment))]
    for figure in sorted(used, key=lambda f: -f.estimate)[:TOUCHPOINTS_PER_CELL]:
        message = MEAN_ALONE if figure.others is None else MEAN
        cells.append(line_of(figure, f"{phase}|touchpoints", message, asserts="level"))
    cells += _stuck(segment, phase, pieces, dictionary)
    here = [voice for voice in said if voice.topic.removeprefix("low:") in {*touchpoints, phase}]
    cells += [
        claim(segment, f"{phase}|pains", QUOTE, evidence=[voice], quote=voice.quote)
        for voice in here
        if voice.topic.startswith("low:")
    ][:2]
    cells += [claim(segment, f"{phase}|thinking", QUOTE, evidence=[voice], quote=voice.quote)
              for voice in here if not voice.topic.startswith("low:")][:1]  # fmt: skip
    return list({cell.id: cell for cell in cells}.values())


def _stuck(segment: int, phase: str, pieces: dict[str, Figure], dictionary: pd.DataFrame) -> list[Claim]:
    """
    Find a bottleneck: one device lets clearly fewer people on than another, or this persona clearly fewer than others.

    Clearly means at least 10 points, 30 people on both sides, and a difference of 3.5 standard errors: a map looks in
    some twenty places, and with the usual two standard errors one of them would be found in most maps by chance.
    """
    place = f"{phase}|pains"
    devices = [
        figure
        for name in dictionary.index[(dictionary["group"] == "device") & (dictionary["phase"] == phase)]
        if (figure := _pick(pieces, name, segment)) and figure.n >= LEAST_PEOPLE
    ]
    if len(devices) >= 2:
        worst, *_, best = sorted(devices, key=lambda figure: figure.estimate)
        error = float(np.hypot(_error(worst.ci_low, worst.ci_high), _error(best.ci_low, best.ci_high)))
        drop = best.estimate - worst.estimate
        if drop >= LEAST_DROP and drop > LEAST_ERRORS * error:
            words: dict[str, Any] = {
                "device": dictionary.at[worst.column, "about"],
                "other_device": dictionary.at[best.column, "about"],
            }
            words |= {"value": worst.estimate, "others": best.estimate, "format": "percent"}
            return [claim(segment, place, STUCK_DEVICE, evidence=[worst, best], **words)]
    figure = _pick(pieces, f"go_on_{phase}", segment)
    if figure is None or figure.others is None or figure.effect is None or min(figure.n, figure.others_n or 0) < LEAST_PEOPLE:
        return []
    if figure.others - figure.estimate >= LEAST_DROP and -figure.effect > LEAST_ERRORS * _error(
        figure.effect_low, figure.effect_high
    ):
        return [claim(segment, place, STUCK, evidence=[figure], value=figure.estimate, others=figure.others, format="percent")]
    return []


def _error(low: float | None, high: float | None) -> float:
    """Standard error behind a 95 % interval."""
    return float("inf") if low is None or high is None else (high - low) / (2 * 1.96)


def _order_cells(segment: int, phase: str, phases: dict[str, list[str]], profiles: SegmentProfiles) -> list[Claim]:
    """Without events, orders say what is bought and how often people come back."""
    figures = profiles.figures()
    wanted = (
        ["order_count", "spend"]
        if phase in _PURCHASE
        else ["days_between_orders", "days_since_last_order"]
        if phase == list(phases)[-1]
        else []
    )
    found = [figures[key] for name in wanted if (key := f"features|{name}||{segment}") in figures]
    return [line_of(figure, f"{phase}|doing", asserts="level") for figure in found]
