"""The ways between phases as boxes and bands: one layout for pictures in notebooks and for pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from personakit.journeys import JourneyMaps

#: Ways that are walked by less than this part of all steps between phases are left out, so that the picture can be read.
LEAST_PART = 0.004
#: A box takes at least so much room, in parts of the fullest phase, so that its name fits; and so much lies between boxes.
_LEAST_ROOM, _GAP = 0.05, 0.015


@dataclass(frozen=True)
class Box:
    """A touchpoint: ``column`` is its phase; ``top`` and ``touches`` are in touches."""

    touchpoint: str
    column: int
    top: float
    touches: float


@dataclass(frozen=True)
class Band:
    """Steps from one touchpoint to one in another phase; ``start_top`` and ``end_top`` say where it leaves and arrives."""

    start: Box
    end: Box
    start_top: float
    end_top: float
    steps: float

    @property
    def leads_back(self) -> bool:
        """Whether it leads to an earlier phase."""
        return self.end.column < self.start.column


@dataclass(frozen=True)
class Flow:
    """
    Boxes and bands.

    Attributes
    ----------
    boxes : list of Box
        One per touchpoint that was touched often enough to be shown, phase by phase, the most touched first.
    bands : list of Band
        One per way between two phases.
    depth : float
        How deep the fullest phase reaches, in touches and the room between boxes.
    """

    boxes: list[Box]
    bands: list[Band]
    depth: float


def flow_of(journeys: JourneyMaps) -> Flow | None:
    """
    Lay out the ways between phases.

    Parameters
    ----------
    journeys : JourneyMaps
        With transitions.

    Returns
    -------
    Flow or None
        None when there are no steps between phases.
    """
    boxes = _boxes(journeys)
    steps = [row for row in journeys.transitions.to_dict("records") if row["from"] in boxes and row["to"] in boxes]
    between = [row for row in steps if boxes[row["from"]].column != boxes[row["to"]].column]
    between = _commonest(between)
    if not between:
        return None
    left, arrived = dict.fromkeys(boxes, 0.0), dict.fromkeys(boxes, 0.0)
    bands = []
    for row in sorted(between, key=lambda row: (boxes[row["from"]].top, boxes[row["to"]].top, row["from"], row["to"])):
        start, end, steps_n = boxes[row["from"]], boxes[row["to"]], float(row["transitions"])
        bands.append(Band(start, end, start.top + left[row["from"]], end.top + arrived[row["to"]], steps_n))
        left[row["from"]] += steps_n
        arrived[row["to"]] += steps_n
    return Flow(list(boxes.values()), bands, max(box.top + box.touches for box in boxes.values()))


def _commonest(between: list[dict[Any, Any]]) -> list[dict[Any, Any]]:
    """Ways that are walked often enough to be seen; where all are rare, the commonest that make up half of the steps."""
    total, shown, kept = sum(row["transitions"] for row in between), 0, []
    for row in sorted(between, key=lambda row: (-row["transitions"], row["from"], row["to"])):
        if row["transitions"] < LEAST_PART * total and shown >= total / 2:
            break
        shown += row["transitions"]
        kept.append(row)
    return kept


def _boxes(journeys: JourneyMaps) -> dict[str, Box]:
    """Where the box of each touchpoint stands: its phase across, and down by how often it is touched."""
    arrivals = journeys.transitions[journeys.transitions["to"] != ""]
    touches: dict[str, float] = arrivals.groupby("to")["transitions"].sum().astype(float).to_dict()
    columns = [sorted((t for t in touchpoints if t in touches), key=lambda t: (-touches[t], t))
               for touchpoints in journeys.phases.values()]  # fmt: skip
    fullest = max((sum(touches[name] for name in names) for names in columns), default=0.0)
    found: dict[str, Box] = {}
    for column, names in enumerate(columns):
        top = 0.0
        for name in names:
            found[name] = Box(name, column, top, touches[name])
            top += max(touches[name], _LEAST_ROOM * fullest) + _GAP * fullest
    return found
