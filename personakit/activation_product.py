"""Step 10, product: which needs are served, which are not, and user stories with what has to be shown when they are done."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from personakit import activation_lines as say
from personakit.activation_lines import HIGH, LINES_PER_FIELD, LOW, MEDIUM, TeamData, not_known, once, placed, words_for
from personakit.evidence import SMALL_BASE, Claim, Figure, claim
from personakit.journeys_cells import BAD_AT, STUCK, STUCK_DEVICE
from personakit.personas_lines import is_minority, line_of
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
    Rank the needs and pains of one persona, and write its user stories.

    Parameters
    ----------
    persona : Persona
        The card.
    data : TeamData
        Figures and maps.

    Returns
    -------
    list of Claim
        ``place`` is ``product|field``; a story stands at ``product|stories|number`` with its ``priority`` among the parameters,
        what has to be shown at ``product|criteria|number|1`` and on.
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
        (piece for piece in others if piece.unit == units.index[0] and piece not in said), key=lambda p: (-p.estimate, p.column)
    )
    found = [*rated[UNDER_SERVED], *(line_of(piece, "product|needs", asserts="level") for piece in ranked[:LINES_PER_FIELD]),
             *(line_of(piece, "product|needs", asserts="level") for piece in said),
             *(placed(line, "product|needs") for line in persona.at("needs") if line.edit),
             *rated[SERVED], *rated[OVER_SERVED]]  # fmt: skip
    return found or [not_known(segment, "product|needs", "ask how much each need matters, and how well it is met")]


def _pains(persona: Persona, data: TeamData) -> list[Claim]:
    cells = data.journeys.maps.get(persona.segment, []) if data.journeys is not None else []
    own = [cell for cell in cells if cell.place.endswith("|pains") and cell.evidence]
    clear = [cell for cell in own if cell.message in {STUCK, STUCK_DEVICE, BAD_AT}]
    quotes = [cell for cell in own if cell not in clear]
    found = [placed(line, "product|pains") for line in [*clear, *persona.at("frustrations"), *quotes] if line.evidence]
    return found[:LINES_PER_FIELD] or [not_known(persona.segment, "product|pains", "add events, ratings or interviews")]


def story_lines(persona: Persona, data: TeamData) -> list[Claim]:
    """Write user stories from bottlenecks, under-served needs, the phase that feels worst, and what they want most."""
    segment, name = persona.segment, persona.name
    stories: list[tuple[Claim, list[Claim]]] = []
    aims = _wanted(persona, "values", "goals")

    def add(message: str, evidence: list[Figure], priority: str, criteria: list[Claim], **params: Any) -> None:
        place = f"product|stories|{len(stories) + 1:02d}"
        story = claim(segment, place, message, evidence=list(evidence), asserts="level", name=name, priority=priority, **params)
        if all(_said(story) != _said(earlier) for earlier, _ in stories):
            tried = claim(segment, "", say.DONE_TRIED, name=name, people=_PEOPLE_WHO_TRY)
            stories.append((story, [*criteria, tried]))

    for phase, stuck in _stuck(segment, data):
        figures = [piece for piece in stuck.evidence if isinstance(piece, Figure)]
        done = claim(segment, "", say.DONE_GO_ON, evidence=list(figures), asserts="level", value=stuck.params["value"],
                     target=stuck.params["others"], format="percent", phase=phase)  # fmt: skip
        device = {"device": stuck.params["device"]} if stuck.params.get("device") else {}
        add(say.STORY_STUCK if device else say.STORY_STUCK_ALL, figures, HIGH, [done], phase=phase, **device)
    for chance in [chance for chance in _opportunities(segment, data) if served(chance) == UNDER_SERVED]:
        need = chance.column.removeprefix("opportunity_")
        today, wanted = (data.pick(f"{kind}_{need}", segment) for kind in ("satisfaction", "importance"))
        if today is None or wanted is None:
            continue
        done = claim(segment, "", say.DONE_SATISFIED, evidence=[today, wanted], asserts="level", value=today.estimate,
                     target=wanted.estimate, format="scale", unit="0 to 10", **words_for(chance, "label"))  # fmt: skip
        aim = _aim(need, aims)
        priority, reason = HIGH if chance.estimate >= WORTH_IT else MEDIUM, words_for(aim, "so_that") if aim else {}
        add(say.STORY if aim else say.STORY_WANT, [chance, *([aim] if aim else [])], priority, [done],
            **words_for(chance, "want"), **reason)  # fmt: skip
    for want in _wanted(persona, "needs", "goals")[:LINES_PER_FIELD]:
        aim = _aim(want.column, aims)
        asked = claim(segment, "", say.DONE_ASKED, **words_for(want, "label"))
        add(say.STORY if aim else say.STORY_WANT, [want, *([aim] if aim else [])], MEDIUM, [asked], **words_for(want, "want"),
            **(words_for(aim, "so_that") if aim else {}))  # fmt: skip
    worst = _worst_phase(segment, data)
    if worst is not None and (worst.label_value or worst.label) not in {phase for phase, _ in _stuck(segment, data)}:
        target = max(worst.others or 0.0, 0.0)
        phase = worst.label_value or worst.label
        done = claim(segment, "", say.DONE_FEEL, evidence=[worst], asserts="level", value=worst.estimate, target=target,
                     format="signed", phase=phase)  # fmt: skip
        add(say.STORY_FEEL, [worst], LOW if worst.estimate > 0 else MEDIUM, [done], phase=phase)
    found: list[Claim] = []
    for story, criteria in stories:
        place = story.place.replace("stories", "criteria")
        found += [story, *(placed(done, f"{place}|{number}") for number, done in enumerate(criteria, 1))]
    return found or [not_known(segment, "product|stories", "ask about needs in the survey, or add events")]


def _wanted(persona: Persona, *places: str) -> list[Figure]:
    """What most of a persona want more than others, from fields of the card."""
    return [piece for place in places for line in persona.at(place) for piece in line.evidence
            if isinstance(piece, Figure) and (piece.effect or 1) > 0 and not is_minority(piece)]  # fmt: skip


def _aim(want: str, aims: list[Figure]) -> Figure | None:
    """What they come closer to: the first aim that is not the wish itself."""
    return next((aim for aim in aims if aim.column != want), None)


def _said(story: Claim) -> tuple[Any, ...]:
    """What a story wants, whatever its reason: two stories that want the same are one."""
    return tuple(str(story.params.get(name, "")) for name in ("want", "phase", "device"))


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
