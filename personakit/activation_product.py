"""Step 10, product: which needs are served, which are not, and user stories with what has to be shown when they are done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from personakit import activation_lines as say
from personakit.activation_lines import HIGH, LINES_PER_FIELD, LOW, MEDIUM, TeamData, not_known, once, placed, words_for
from personakit.evidence import SMALL_BASE, Claim, Figure, claim
from personakit.journeys_cells import BAD_AT, STUCK, STUCK_DEVICE
from personakit.personas_lines import format_of, is_minority, label_of, line_of
from personakit.personas_model import Persona

UNDER_SERVED, SERVED, OVER_SERVED = "under-served", "served", "over-served"
_MESSAGES = {UNDER_SERVED: say.NEED_UNDER, SERVED: say.NEED_SERVED, OVER_SERVED: say.NEED_OVER}
#: From this opportunity on a need is worth a story of high priority.
WORTH_IT = 10.0
_FROM_VOICES = 2
#: So many people try a story before it is done.
_PEOPLE_WHO_TRY = 5


def opportunity_figures(table: pd.DataFrame, dictionary: pd.DataFrame, labels: pd.Series) -> dict[str, Figure]:
    """
    Measure how large the opportunity in each need of each segment is.

    Opportunity is importance + max(importance - satisfaction, 0), both mean answers on a scale from 0 to 10, over people who
    answered both.

    Parameters
    ----------
    table : pandas.DataFrame
        The activation table, with ``importance_`` and ``satisfaction_`` of needs.
    dictionary : pandas.DataFrame
        What its columns mean.
    labels : pandas.Series
        Segment of each customer.

    Returns
    -------
    dict of str to Figure
        By key, for segments in which at least 30 people answered both questions; the interval is Student's, of the mean of
        2 x importance - satisfaction (or of importance, when people are satisfied). ``spread_low`` and ``spread_high`` hold the
        95 % interval of importance - satisfaction.

    References
    ----------
    Ulwick, A. W. (2005). What Customers Want. McGraw-Hill. Chapter 3, the opportunity algorithm.
    """
    from scipy.stats import t

    figures = {}
    for name in dictionary.index[dictionary["group"] == "importance"]:
        need = str(dictionary.at[name, "about"])
        both = table[[name, f"satisfaction_{need}"]].reindex(labels.index).dropna()
        for segment, own in both.groupby(labels.reindex(both.index)):
            if len(own) < SMALL_BASE:
                continue
            importance, satisfaction = own.to_numpy(dtype=float).T
            gap = importance - satisfaction
            wanted = importance + gap if gap.mean() > 0 else importance
            half, half_gap = (
                float(t.ppf(0.975, len(own) - 1) * values.std(ddof=1) / np.sqrt(len(own))) for values in (wanted, gap)
            )
            key = f"activation|opportunity_{need}||{segment}"
            figures[key] = Figure(
                key=key, table="activation", column=f"opportunity_{need}", label=dictionary.at[name, "value"], unit="0 to 20",
                sources=[dictionary.at[name, "columns"], dictionary.at[f"satisfaction_{need}", "columns"]],
                segment=int(segment), statistic="opportunity", estimate=float(wanted.mean()),
                ci_low=float(wanted.mean()) - half, ci_high=float(wanted.mean()) + half, n=len(own),
                spread_low=float(gap.mean()) - half_gap, spread_high=float(gap.mean()) + half_gap,
            )  # fmt: skip
    return figures


def served(figure: Figure) -> str:
    """Say whether a need is under-served, served or over-served: by the interval of importance - satisfaction."""
    if (figure.spread_low or 0) > 0:
        return UNDER_SERVED
    return OVER_SERVED if (figure.spread_high or 0) < 0 else SERVED


def product_lines(persona: Persona, data: TeamData) -> list[Claim]:
    """
    Rank the needs and pains of one persona, and write its user stories; ``place`` is ``product|field``.

    A story stands at ``product|stories|number`` with its ``priority`` among the parameters, what has to be shown at
    ``product|criteria|number|1`` and on.
    """
    return once([*need_lines(persona, data), *_pains(persona, data), *story_lines(persona, data)])


def _opportunities(segment: int, data: TeamData) -> list[Figure]:
    found = [figure for figure in data.figures.values() if figure.statistic == "opportunity" and figure.segment == segment]
    return sorted(found, key=lambda figure: (-figure.estimate, figure.column))


def need_lines(persona: Persona, data: TeamData) -> list[Claim]:
    """Under-served needs first, then what matters most, what they say they need, and needs that are served already."""
    segment = persona.segment
    rated: dict[str, list[Claim]] = {UNDER_SERVED: [], SERVED: [], OVER_SERVED: []}
    told = set()
    for figure in _opportunities(segment, data):
        need = figure.column.removeprefix("opportunity_")
        told.add(need)
        importance, satisfaction = (data.pick(f"{name}_{need}", segment) for name in ("importance", "satisfaction"))
        if importance is not None and satisfaction is not None:
            rated[served(figure)].append(
                claim(segment, "product|needs", _MESSAGES[served(figure)], evidence=[figure, importance, satisfaction],
                      asserts="level", value=figure.estimate, importance=importance.estimate,
                      satisfaction=satisfaction.estimate, format="scale", unit=figure.unit, **words_for(figure, "label"))
            )  # fmt: skip
    named = data.dictionary.index[data.dictionary["about"].isin(["need", "goal"]) & (data.dictionary["kind"] != "nominal")]
    known = [data.pick(str(name), segment, table="features") for name in named if name not in told]
    others = [piece for piece in known if piece is not None and piece.statistic != "median"]
    # answers on one scale stand beside each other; those against a person's own mean, or on another scale, would not rank
    units = pd.Series([piece.unit for piece in others]).value_counts()
    said = sorted((piece for piece in others if piece.sources and piece.column.startswith("said_") and piece.estimate > 0),
                  key=lambda p: (-p.estimate, p.column))[:_FROM_VOICES]  # fmt: skip
    ranked = sorted(
        (piece for piece in others if piece.unit == units.index[0] and piece not in said and _counts(piece)),
        key=lambda p: (-p.estimate, p.column),
    )
    found = [*rated[UNDER_SERVED], *(line_of(piece, "product|needs", asserts="level") for piece in ranked[:LINES_PER_FIELD]),
             *(line_of(piece, "product|needs", asserts="level") for piece in said),
             *(placed(line, "product|needs") for line in persona.at("needs") if line.edit),
             *rated[SERVED], *rated[OVER_SERVED]]  # fmt: skip
    return found or [not_known(segment, "product|needs", "ask how much each need matters, and how well it is met")]


def _counts(figure: Figure) -> bool:
    """Whether a need counts for them: not clearly less than for others, and on a scale of answers above its middle."""
    middle = sum(map(float, figure.unit.split(" to "))) / 2 if format_of(figure) == "scale" else -np.inf
    return not say.is_lower(figure) and figure.estimate > middle


def _pains(persona: Persona, data: TeamData) -> list[Claim]:
    cells = data.journeys.maps.get(persona.segment, []) if data.journeys is not None else []
    own = [cell for cell in cells if cell.place.endswith("|pains") and cell.evidence]
    clear = [cell for cell in own if cell.message in {STUCK, STUCK_DEVICE, BAD_AT}]
    quotes = [cell for cell in own if cell not in clear]
    found = [placed(line, "product|pains") for line in [*clear, *persona.at("frustrations"), *quotes] if line.evidence]
    return found[:LINES_PER_FIELD] or [not_known(persona.segment, "product|pains", "add events, ratings or interviews")]


@dataclass(frozen=True)
class _Story:
    """What is wanted, what that rests on, how soon, and what has to be shown beside people who try it."""

    message: str
    evidence: list[Figure]
    priority: str
    done: Claim
    params: dict[str, Any]

    @property
    def wish(self) -> tuple[str, ...]:
        """What is wanted, whatever the reason: two stories that want the same are one."""
        return tuple(str(self.params.get(name, "")) for name in ("want", "phase", "device", "label"))


def story_lines(persona: Persona, data: TeamData) -> list[Claim]:
    """Write user stories from bottlenecks, under-served needs, what they want most, and the phase that goes worst for them."""
    segment, name = persona.segment, persona.name
    stories: dict[tuple[str, ...], _Story] = {}
    for story in chain(_from_bottlenecks(segment, data), _from_needs(persona, data), _from_wants(persona, data),
                       _from_worst_phase(segment, data)):  # fmt: skip
        stories.setdefault(story.wish, story)
    found: list[Claim] = []
    for number, story in enumerate(stories.values(), 1):
        place = f"product|stories|{number:02d}"
        found.append(claim(segment, place, story.message, evidence=list(story.evidence), asserts="level", name=name,
                           priority=story.priority, **story.params))  # fmt: skip
        wish = {"text": story.params["want"]} if "want" in story.params else {}
        tried = claim(segment, "", say.DONE_SHOWN if wish else say.DONE_TRIED, name=name, people=_PEOPLE_WHO_TRY, **wish)
        criteria = place.replace("stories", "criteria")
        found += [placed(line, f"{criteria}|{order}") for order, line in enumerate([story.done, tried], 1)]
    return found or [not_known(segment, "product|stories", "ask about needs in the survey, or add events")]


def _from_bottlenecks(segment: int, data: TeamData) -> Iterator[_Story]:
    for phase, stuck in _stuck(segment, data):
        figures = [piece for piece in stuck.evidence if isinstance(piece, Figure)]
        done = claim(segment, "", say.DONE_GO_ON, evidence=list(figures), asserts="level", value=stuck.params["value"],
                     target=stuck.params["others"], format="percent", phase=phase)  # fmt: skip
        device = {"device": stuck.params["device"]} if stuck.params.get("device") else {}
        yield _Story(say.STORY_STUCK if device else say.STORY_STUCK_ALL, figures, HIGH, done, {"phase": phase, **device})


def _from_needs(persona: Persona, data: TeamData) -> Iterator[_Story]:
    """Needs that are under-served: done when they are met as much as they matter."""
    segment = persona.segment
    for chance in [chance for chance in _opportunities(segment, data) if served(chance) == UNDER_SERVED]:
        need = chance.column.removeprefix("opportunity_")
        today, wanted = (data.pick(f"{kind}_{need}", segment) for kind in ("satisfaction", "importance"))
        if today is not None and wanted is not None:
            done = claim(segment, "", say.DONE_SATISFIED, evidence=[today, wanted], asserts="level", value=today.estimate,
                         target=wanted.estimate, format="scale", unit="0 to 10", **words_for(chance, "label"))  # fmt: skip
            yield _wish(persona, chance, need, HIGH if chance.estimate >= WORTH_IT else MEDIUM, done)


def _from_wants(persona: Persona, data: TeamData) -> Iterator[_Story]:
    """What they want more than others, where nobody asked yet how well it is met."""
    for want in _wanted(persona, "needs", "goals")[:LINES_PER_FIELD]:
        if data.pick(f"satisfaction_{want.column}", persona.segment) is None:
            on_scale = format_of(want) == "scale"
            done = line_of(want, "", say.DONE_KNOWN, asserts="level") if on_scale else claim(
                persona.segment, "", say.DONE_ASKED, **words_for(want, "text"))  # fmt: skip
            yield _wish(persona, want, want.column, MEDIUM, done)


def _wish(persona: Persona, want: Figure, column: str, priority: str, done: Claim) -> _Story:
    """Say what is wanted, and the first aim of the card that is not the wish itself as the reason."""
    aim = next((aim for aim in _wanted(persona, "values", "goals") if aim.column != column), None)
    reason = words_for(aim, "so_that") if aim else {}
    evidence = [want, aim] if aim else [want]
    return _Story(say.STORY if aim else say.STORY_WANT, evidence, priority, done, {**words_for(want, "want"), **reason})


def _from_worst_phase(segment: int, data: TeamData) -> Iterator[_Story]:
    """The phase in which they feel worst, and clearly worse than everyone else."""
    worst = _worst_phase(segment, data)
    phase = (worst.label_value or worst.label) if worst else ""
    if worst is None or phase in {stuck for stuck, _ in _stuck(segment, data)}:
        return
    priority = LOW if worst.estimate > 0 else MEDIUM
    rated = data.ratings(segment).get(worst.column.removeprefix("feel_"))
    if rated is not None and say.is_lower(rated):
        done = line_of(rated, "", say.DONE_SATISFIED, asserts="level", target=rated.others)
        yield _Story(say.STORY_RATED, [rated], priority, done, label_of(rated))
    else:
        target = max(worst.others or 0.0, 0.0)
        done = claim(segment, "", say.DONE_FEEL, evidence=[worst], asserts="level", value=worst.estimate, target=target,
                     format="signed", phase=phase)  # fmt: skip
        yield _Story(say.STORY_FEEL, [worst], priority, done, {"phase": phase})


def _wanted(persona: Persona, *places: str) -> list[Figure]:
    """What most of a persona want more than others, from fields of the card."""
    return [piece for place in places for line in persona.at(place) for piece in line.evidence
            if isinstance(piece, Figure) and (piece.effect or 1) > 0 and not is_minority(piece)]  # fmt: skip


def _stuck(segment: int, data: TeamData) -> list[tuple[str, Claim]]:
    cells = data.journeys.maps.get(segment, []) if data.journeys is not None else []
    return [(cell.place.split("|")[0], cell) for cell in cells if cell.message in {STUCK, STUCK_DEVICE}
            and {"value", "others"} <= set(cell.params)]  # fmt: skip


def _worst_phase(segment: int, data: TeamData) -> Figure | None:
    """The phase in which they feel worst, when they feel clearly worse there than everyone else."""
    if data.journeys is None:
        return None
    felt = [data.pick(f"feel_{phase}", segment, table="journeys") for phase in data.journeys.phases]
    clear = [figure for figure in felt if figure is not None and say.is_lower(figure)]
    return min(clear, key=lambda figure: (figure.estimate, figure.column)) if clear else None
