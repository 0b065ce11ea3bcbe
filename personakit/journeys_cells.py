"""Step 09, cells: what stands in each lane of a map, phase by phase, each with its evidence or marked as an assumption."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from personakit.evidence import Claim, Figure, Voice, claim
from personakit.journeys_feeling import REACTIONS
from personakit.journeys_log import CHANNELS_OF
from personakit.journeys_moments import Bottleneck, feels_bad
from personakit.personas_lines import OWN, QUOTE, line_of
from personakit.profiling import SegmentProfiles
from personakit.study_parts import Journey

TOUCHPOINTS_PER_CELL, QUOTES_PER_CELL = 4, 2
#: Fewer than this share come back to a phase on most journeys; from here on it is a loop worth a line.
LOOP_SHARE = 0.10
#: Who touches a phase once stays no time there.
SHORTEST_STAY_MINUTES = 0.1
LANES = ("expectation", "doing", "touchpoints", "front_stage", "back_stage", "thinking", "needs", "feeling", "reactions", "pains",
         "opportunities", "owner", "figures")  # fmt: skip
#: Lanes that the team fills; they stand on a map only when the study file gives them.
TEAM_LANES = ("expectation", "front_stage", "back_stage", "owner")
#: Lanes that are shown as a gap where nothing is known; in the others an empty cell says that there is nothing to tell.
GAP_LANES = ("doing", "touchpoints", "thinking", "feeling", "pains")

TOUCHED = "{text}: {value} (others {others})"
TOUCHED_ALONE = "{text}: {value}"
USED = "{device}: {value} of touches (others {others})"
USED_ALONE = "{device}: {value} of touches"
REACH = "{value} come this far (others {others})"
REACH_ALONE = "{value} come this far"
GO_ON = "{value} go on from here (others {others})"
GO_ON_ALONE = "{value} go on from here"
BACK = "{value} come back here from a later phase (others {others})"
BACK_ALONE = "{value} come back here from a later phase"
FEELING = "{value} on a scale from −2 to +2 (others {others})"
FEELING_ALONE = "{value} on a scale from −2 to +2"
DAYS = "Half of them are here within {value} of the first contact (others {others})"
DAYS_ALONE = "Half of them are here within {value} of the first contact"
WAIT = "Half of them wait {value} or less before this phase (others {others})"
WAIT_ALONE = "Half of them wait {value} or less before this phase"
STAY = "Half of them are done here within {value} (others {others})"
STAY_ALONE = "Half of them are done here within {value}"
SECOND_ORDER = "Half of those who buy again do so within {value} of their first order (others {others})"
SECOND_ORDER_ALONE = "Half of those who buy again do so within {value} of their first order"
CONTACTED = "{value} of their orders are followed by a support contact within 30 days (others {others})"
CONTACTED_ALONE = "{value} of their orders are followed by a support contact within 30 days"
STUCK_DEVICE = "Bottleneck on {device}: only {value} go on (elsewhere {others})"
STUCK = "Bottleneck: only {value} go on (others {others})"
BAD_AT = "They feel bad at “{text}”: {value} on a scale from −2 to +2"
MORE_ON_DEVICE = "As good on {device} as elsewhere: about {customers} more customers would go on ({low} to {high})"
MORE = "As good as for everyone else: about {customers} more customers would go on ({low} to {high})"
SHOWN = {
    "frustration": ("Frustration in what {value} of them say (others {others})", "Frustration in what {value} of them say"),
    "joy": ("Joy in what {value} of them say (others {others})", "Joy in what {value} of them say"),
    "doubt": ("Doubt in what {value} of them say (others {others})", "Doubt in what {value} of them say"),
    "enthusiasm": ("Enthusiasm in what {value} of them say (others {others})", "Enthusiasm in what {value} of them say"),
}
GAP = "No data on this yet"


@dataclass(frozen=True)
class MapData:
    """
    What the cells of all maps are made from.

    Attributes
    ----------
    choice : Journey
        Phases, and what the team knows of them.
    pieces : dict of str to Figure
        Figures of step 09, by key.
    dictionary : pandas.DataFrame
        What each column of the journey table means.
    profiles : SegmentProfiles
        For orders.
    has_events : bool
        Whether the study has events.
    bottlenecks : dict of (int, str) to Bottleneck
        By segment and phase, see :func:`personakit.journeys_moments.find_bottlenecks`.
    places, pains, needs : dict of str to set of str
        Phases and touchpoints that each text is about, those that it complains about, and those of which it names a need, by
        the key of the text.
    """

    choice: Journey
    pieces: dict[str, Figure]
    dictionary: pd.DataFrame
    profiles: SegmentProfiles
    has_events: bool
    bottlenecks: dict[tuple[int, str], Bottleneck] = field(default_factory=dict)
    places: dict[str, set[str]] = field(default_factory=dict)
    pains: dict[str, set[str]] = field(default_factory=dict)
    needs: dict[str, set[str]] = field(default_factory=dict)

    def pick(self, column: str, segment: int) -> Figure | None:
        """Find the figure of a column in a segment; None where there is none, or too few people."""
        return self.pieces.get(f"journeys|{column}||{segment}")


def cells_of(segment: int, data: MapData, said: list[Voice]) -> list[Claim]:
    """
    Fill the cells of one persona's map.

    Parameters
    ----------
    segment : int
        The persona's segment.
    data : MapData
        Figures and phases.
    said : list of Voice
        What its people said.

    Returns
    -------
    list of Claim
        ``place`` is ``phase|lane``; lanes without data hold a gap.
    """
    cells: list[Claim] = []
    for phase, touchpoints in data.choice.phases.items():
        found = [*_team(segment, phase, data.choice), *_measured(segment, phase, data),
                 *_touched(segment, phase, touchpoints, data), *_reactions(segment, phase, data),
                 *_pains(segment, phase, touchpoints, data), *_quotes(segment, phase, data, said),
                 *_orders(segment, phase, data)]  # fmt: skip
        lanes = {cell.place.split("|")[1] for cell in found}
        lanes |= {"pains"} if lanes & {"doing", "feeling"} else set()  # looked for, and none found
        cells += found + [claim(segment, f"{phase}|{lane}", GAP) for lane in GAP_LANES if lane not in lanes]
    return list({cell.id: cell for cell in cells}.values())


def _team(segment: int, phase: str, choice: Journey) -> list[Claim]:
    """What the study file says: it stands on the map as the team's own word, without evidence."""
    stage = choice.stages.get(phase)
    if stage is None:
        return []
    lines = [("expectation", [stage.expectation]), ("front_stage", stage.front_stage), ("back_stage", stage.back_stage),
             ("owner", [stage.owner])]  # fmt: skip
    return [claim(segment, f"{phase}|{lane}", OWN, text=text, label=text) for lane, texts in lines for text in texts if text]


def _measured(segment: int, phase: str, data: MapData) -> list[Claim]:
    """How many come, go on and come back, how they feel, and how long it takes."""
    cells = []
    for column, lane, pattern, alone, form in (
        (f"reach_{phase}", "doing", REACH, REACH_ALONE, "percent"), (f"go_on_{phase}", "doing", GO_ON, GO_ON_ALONE, "percent"),
        (f"back_{phase}", "doing", BACK, BACK_ALONE, "percent"), (f"feel_{phase}", "feeling", FEELING, FEELING_ALONE, "signed"),
        (f"days_to_{phase}", "figures", DAYS, DAYS_ALONE, "days"), (f"wait_{phase}", "figures", WAIT, WAIT_ALONE, "days"),
        (f"stay_{phase}", "figures", STAY, STAY_ALONE, "minutes"),
    ):  # fmt: skip
        figure = data.pick(column, segment)
        least = {"back": LOOP_SHARE, "stay": SHORTEST_STAY_MINUTES}.get(column.split("_")[0], 0.0)
        if figure and (figure.estimate >= least or lane == "feeling"):
            message = alone if figure.others is None else pattern
            cells.append(claim(segment, f"{phase}|{lane}", message, evidence=[figure], asserts="level", value=figure.estimate,
                               others=figure.others, format=form))  # fmt: skip
    return cells


def _touched(segment: int, phase: str, touchpoints: list[str], data: MapData) -> list[Claim]:
    """The touchpoints that most of them use, and the device and channel on which they mostly do."""
    used = [figure for touchpoint in touchpoints if (figure := data.pick(f"touch_{touchpoint}", segment))]
    cells = [claim(segment, f"{phase}|touchpoints", TOUCHED_ALONE if figure.others is None else TOUCHED, evidence=[figure],
                   asserts="level", text=figure.label, value=figure.estimate, others=figure.others, format="percent")
             for figure in sorted(used, key=lambda f: (-f.estimate, f.column))[:TOUCHPOINTS_PER_CELL]]  # fmt: skip
    ways = data.dictionary[(data.dictionary["group"] == "use") & (data.dictionary["phase"] == phase)]
    for column in CHANNELS_OF:
        figures = [(figure, row["about"]) for name, row in ways.iterrows()
                   if f"@{column}=" in str(name) and (figure := data.pick(str(name), segment))]  # fmt: skip
        if figures:
            most, way = max(figures, key=lambda pair: (pair[0].estimate, pair[1]))
            message = USED_ALONE if most.others is None else USED
            cells.append(claim(segment, f"{phase}|touchpoints", message, evidence=[most], asserts="level", device=way,
                               value=most.estimate, others=most.others, format="percent"))  # fmt: skip
    return cells


def _reactions(segment: int, phase: str, data: MapData) -> list[Claim]:
    """Which of the four reactions their words show."""
    cells = []
    for reaction in REACTIONS:
        figure = data.pick(f"react_{reaction}_{phase}", segment)
        if figure and figure.estimate > 0:
            message = SHOWN[reaction][1 if figure.others is None else 0]
            cells.append(claim(segment, f"{phase}|reactions", message, evidence=[figure], asserts="level", value=figure.estimate,
                               others=figure.others, format="percent"))  # fmt: skip
    return cells


def _pains(segment: int, phase: str, touchpoints: list[str], data: MapData) -> list[Claim]:
    """Bottlenecks, and what mending them could bring; touchpoints at which they clearly feel bad."""
    cells = []
    stuck = data.bottlenecks.get((segment, phase))
    if stuck is not None and stuck.clear:
        words: dict[str, Any] = {"value": stuck.value, "others": stuck.compared_with, "format": "percent"}
        devices: dict[str, Any] = {"device": stuck.device} if stuck.device else {}
        cells = [claim(segment, f"{phase}|pains", STUCK_DEVICE if stuck.device else STUCK, evidence=list(stuck.evidence),
                       **words, **devices), _opportunity(segment, phase, stuck, devices)]  # fmt: skip
    for touchpoint in touchpoints:
        felt = data.pick(f"feel_at_{touchpoint}", segment)
        if felt is not None and feels_bad(felt):
            name = data.dictionary["label"].get(f"touch_{touchpoint}", touchpoint.replace("_", " "))
            cells.append(claim(segment, f"{phase}|pains", BAD_AT, evidence=[felt], asserts="level", text=name,
                               value=felt.estimate, format="signed"))  # fmt: skip
    return cells


def _opportunity(segment: int, phase: str, stuck: Bottleneck, devices: dict[str, Any]) -> Claim:
    customers, low, high = (round(number) for number in stuck.customers)
    return claim(segment, f"{phase}|opportunities", MORE_ON_DEVICE if devices else MORE, evidence=list(stuck.evidence),
                 customers=customers, low=low, high=high, **devices)  # fmt: skip


def _quotes(segment: int, phase: str, data: MapData, said: list[Voice]) -> list[Claim]:
    """What they said of a phase: complaints are pains, then needs as people coded them; people in interviews speak first."""
    here = sorted((voice for voice in said if phase in data.places.get(voice.key, ())), key=lambda v: v.source != "interviews")
    pains = [voice for voice in here if phase in data.pains.get(voice.key, ())][:QUOTES_PER_CELL]
    others = [voice for voice in here if phase not in data.pains.get(voice.key, ())]
    needs = [voice for voice in others if phase in data.needs.get(voice.key, ())][:QUOTES_PER_CELL]
    thoughts = [voice for voice in others if phase not in data.needs.get(voice.key, ())][:1]
    return [claim(segment, f"{phase}|{lane}", QUOTE, evidence=[voice], quote=voice.quote)
            for lane, voices in (("pains", pains), ("needs", needs), ("thinking", thoughts)) for voice in voices]  # fmt: skip


_PURCHASE = {"action", "purchase", "kjøp", "handling", "osto", "خرید", "اقدام"}


def _orders(segment: int, phase: str, data: MapData) -> list[Claim]:
    """From orders: what is bought in the phase of the purchase, and how people come back in the last one."""
    phases, figures = list(data.choice.phases), data.profiles.figures()
    buys = set(data.choice.phases[phase]) & set(data.choice.conversion) or phase in _PURCHASE
    wanted = ["order_count", "average_order"] if buys else []
    wanted += ["spend"] if buys and not data.has_events else []
    wanted += ["bought_again", "days_between_orders", "return_share", "ticket_count"] if phase == phases[-1] else []
    found = [figures[key] for name in wanted if (key := f"features|{name}||{segment}") in figures]
    bought = [figure for key, figure in figures.items() if buys and key.startswith("features|category_") and figure.estimate
              and figure.segment == segment]  # fmt: skip
    found[:0] = [max(bought, key=lambda figure: (figure.estimate, figure.column))] if bought else []
    cells = [line_of(figure, f"{phase}|doing", asserts="level") for figure in found]
    for name, message, alone, form in (("days_to_second_order", SECOND_ORDER, SECOND_ORDER_ALONE, "days"),
                                       ("contacted_after_order", CONTACTED, CONTACTED_ALONE, "percent")):  # fmt: skip
        figure = data.pick(name, segment) if phase == phases[-1] else None
        if figure is not None:
            cells.append(claim(segment, f"{phase}|figures", alone if figure.others is None else message, evidence=[figure],
                               asserts="level", value=figure.estimate, others=figure.others, format=form))  # fmt: skip
    return cells
