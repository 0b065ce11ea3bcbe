"""Step 10, marketing: what to say to each persona, where, when, and what the brand has to do with it."""

from __future__ import annotations

import pandas as pd

from personakit import activation_lines as say
from personakit.activation_lines import LINES_PER_FIELD, TeamData, level, not_known, once, placed, plain, words_for
from personakit.activation_table import ANSWERS
from personakit.evidence import Claim, Figure, claim
from personakit.journeys_cells import BAD_AT, STUCK, STUCK_DEVICE
from personakit.personas_lines import QUOTE, format_of, is_minority, line_of
from personakit.personas_model import Persona

MATRIX_COLUMNS = ["segment", "channel", "measure", "estimate", "ci_low", "ci_high", "n", "others", "short"]
#: What a channel is measured by, from which group of figures.
REACH, PREFERENCE, RESPONSE = "reach", "preference", "response"
#: A channel gets a yes in the short table when this share of a persona uses it, or when it beats everyone else's answers.
YES_SHARE = 0.5


def marketing_lines(persona: Persona, data: TeamData) -> list[Claim]:
    """
    Write the message brief of one persona, and what to say when.

    Parameters
    ----------
    persona : Persona
        The card.
    data : TeamData
        Figures, maps and quotes.

    Returns
    -------
    list of Claim
        ``place`` is ``marketing|field``.
    """
    segment = persona.segment
    found = [placed(line, "marketing|matters") for place in ("needs", "goals", "values") for line in persona.at(place)[:2]
             if line.evidence or line.edit]  # fmt: skip
    found = found[:LINES_PER_FIELD] or [not_known(segment, "marketing|matters", "ask about needs and values in the survey")]
    found += _own_words(segment, data) + tone_lines(segment, data, "marketing|tone")
    found += [placed(line, "marketing|imagery") for place in ("interests", "products", "devices")
              for line in persona.at(place)[:2] if line.evidence][:LINES_PER_FIELD]  # fmt: skip
    found += _objections(persona, data) + _channels(persona, data)
    found += [placed(line, f"marketing|{place}") for place in ("do", "avoid") for line in persona.at(place)]
    found += content_lines(persona, data) + _brand(segment, data) + _loyalty(persona, data)
    return once(found)


def _own_words(segment: int, data: TeamData) -> list[Claim]:
    """Words that they use more than others, and two quotes."""
    words = [figure for figure in data.group("word", segment) if say.is_higher(figure)]
    ranked = sorted(words, key=lambda figure: (-(figure.effect or 0), figure.column))[:LINES_PER_FIELD]
    found = [
        level(
            figure,
            "marketing|words",
            say.WORD,
            say.WORD_ALONE,
            language=figure.column.split("_")[1],
            **words_for(figure, "label"),
        )
        for figure in ranked
    ]
    voices = sorted(data.said.get(segment, []), key=lambda voice: (voice.source != "interviews", voice.topic.startswith("low:")))
    found += [claim(segment, "marketing|words", QUOTE, evidence=[voice], quote=voice.quote) for voice in voices[:2]]
    return found or [not_known(segment, "marketing|words", "add interviews, tickets or open answers")]


def tone_lines(segment: int, data: TeamData, place: str) -> list[Claim]:
    """How they write, and what their words show more often than those of others."""
    found = []
    length = data.pick("text_words", segment)
    if length is not None:
        found.append(level(length, place, say.SHORT_TEXTS, say.SHORT_TEXTS_ALONE))
    if data.journeys is not None:
        shown = [figure for key, figure in data.figures.items() if key.startswith("journeys|react_")
                 and figure.segment == segment and say.is_higher(figure)]  # fmt: skip
        most = sorted(shown, key=lambda figure: (-(figure.effect or 0), figure.column))[:2]
        found += [plain(figure, place) for figure in most]
    return found or [not_known(segment, place, "add interviews, tickets or open answers")]


def _objections(persona: Persona, data: TeamData) -> list[Claim]:
    """What holds them back, from card and map; and where they feel so well that it can be shown as proof."""
    segment = persona.segment
    found = [placed(line, "marketing|objections") for place in ("objections", "frustrations") for line in persona.at(place)[:2]
             if line.evidence]  # fmt: skip
    proof: list[Figure] = []
    if data.journeys is not None:
        cells = [cell for cell in data.journeys.maps.get(segment, []) if cell.place.endswith("|pains")]
        found += [placed(cell, "marketing|objections") for cell in cells if cell.message in {STUCK, STUCK_DEVICE, BAD_AT}]
        felt = [data.pick(f"feel_{phase}", segment, table="journeys") for phase in data.journeys.phases]
        proof = sorted((figure for figure in felt if figure is not None and (figure.ci_low or 0) > 0),
                       key=lambda figure: -figure.estimate)[:2]  # fmt: skip
    found = found[:LINES_PER_FIELD] or [not_known(segment, "marketing|objections", "ask what nearly kept them from buying")]
    found += [claim(segment, "marketing|proof", say.PROOF, evidence=[figure], asserts="level", value=figure.estimate,
                    format="signed", **words_for(figure, "phase")) for figure in proof]  # fmt: skip
    return found if proof else [*found, claim(segment, "marketing|proof", say.NO_PROOF)]


def _channels(persona: Persona, data: TeamData) -> list[Claim]:
    """Where they are met more than others, what they use most, and what they answer to."""
    segment, place = persona.segment, "marketing|channels"
    found = [placed(line, place) for field in ("channels", "media") for line in persona.at(field)[:2] if line.evidence]
    found += [plain(figure, place) for figure in data.group("preference", segment)[:1]]
    answers = [figure for flag in ("bought", "clicked", "seen") for figure in data.group(f"answer_{flag}", segment)[:1]
               if figure.estimate > 0]  # fmt: skip
    clear = [figure for figure in answers if say.is_higher(figure)]
    found += [plain(figure, place) for figure in (clear or answers[-2:])[:1]]
    return found or [not_known(segment, "marketing|channels", "add events or campaigns with a channel")]


def topics_of(persona: Persona) -> list[Figure]:
    """What a persona can be told about, the most telling first, no thing twice."""
    pieces = [piece for place in ("interests", "needs", "goals", "products", "values") for line in persona.at(place)
              for piece in line.evidence if isinstance(piece, Figure) and (piece.effect or 1) > 0
              and not is_minority(piece)]  # fmt: skip
    return list({(piece.column, piece.category): piece for piece in pieces}.values())


def content_lines(persona: Persona, data: TeamData) -> list[Claim]:
    """
    Plan what to say in each phase: about what, where they are met, and which figure to watch.

    Returns
    -------
    list of Claim
        One for each phase of which a figure is known; parameters ``phase``, ``topic``, ``touchpoint`` (the form in which it is
        met), ``channel``, ``value`` (of the figure to watch) and ``owner``.
    """
    topics = topics_of(persona)
    if data.journeys is None or not topics:
        return [not_known(persona.segment, "marketing|content", "add events, and ask about needs in the survey")]
    found = []
    phases = list(data.journeys.phases)
    for number, phase in enumerate(phases):
        last = number == len(phases) - 1
        watched = data.pick(f"{'reach' if last else 'go_on'}_{phase}", persona.segment, table="journeys")
        if watched is None:
            continue
        used = [figure for touchpoint in data.journeys.phases[phase]
                if (figure := data.pick(f"touch_{touchpoint}", persona.segment, table="journeys"))]  # fmt: skip
        most = max(used, key=lambda figure: (figure.estimate, figure.column)) if used else None
        ways = [(figure, str(data.journeys.dictionary.at[name, "about"])) for name in data.journeys.dictionary.index
                if str(name).startswith(f"use_{phase}@channel=")
                and (figure := data.pick(str(name), persona.segment, table="journeys"))]  # fmt: skip
        way = max(ways, key=lambda pair: (pair[0].estimate, pair[1])) if ways else None
        topic = topics[number % len(topics)]
        message = (say.CONTENT_LAST if most else say.CONTENT_LAST_PLAIN) if last else (say.CONTENT if most else say.CONTENT_PLAIN)
        where = words_for(most, "touchpoint") if most else {}
        owner = next((cell.params["text"] for cell in data.journeys.maps.get(persona.segment, [])
                      if cell.place == f"{phase}|owner" and "text" in cell.params), "")  # fmt: skip
        rests = [watched, topic, *([most] if most else []), *([way[0]] if way else [])]
        found.append(claim(persona.segment, "marketing|content", message, evidence=list(rests), asserts="level", phase=phase,
                           value=watched.estimate, format="percent", owner=owner, channel=way[1] if way else "",
                           **words_for(topic, "topic"), **where))  # fmt: skip
    return found or [not_known(persona.segment, "marketing|content", "add events")]


def _brand(segment: int, data: TeamData) -> list[Claim]:
    """What the brand stands for against what counts most for them, the largest gap first."""
    stated = {name: figure for name in data.brand if (figure := data.pick(name, segment, table="features"))}
    if not stated:
        return []
    kinds = {data.dictionary.at[name, "about"] for name in stated}
    alike = [figure for name in data.dictionary.index[data.dictionary["about"].isin(kinds)]
             if (figure := data.pick(str(name), segment, table="features"))]  # fmt: skip
    found = []
    for figure in stated.values():
        same_scale = [other for other in alike if (other.unit, other.statistic) == (figure.unit, figure.statistic)]
        most = max(same_scale, key=lambda other: (other.estimate, other.column))
        gap = most.estimate - figure.estimate
        clear = most is not figure and (most.ci_low or 0) > (figure.ci_high or 0)
        line = line_of(figure, "marketing|brand", say.BRAND_FITS, asserts="level")
        if clear:
            line = claim(segment, "marketing|brand", say.BRAND_GAP, evidence=[figure, most], asserts="level",
                         value=figure.estimate, top=most.estimate, format=format_of(figure), unit=figure.unit,
                         **words_for(figure, "label"), **words_for(most, "most"))  # fmt: skip
        found.append((gap if clear else 0.0, line))
    return [line for _, line in sorted(found, key=lambda pair: -pair[0])]


def _loyalty(persona: Persona, data: TeamData) -> list[Claim]:
    """Whether they come back, from the card, and how long it takes."""
    found = [placed(line, "marketing|loyalty") for line in persona.at("loyalty") if line.evidence]
    told = {piece.column for line in found for piece in line.evidence if isinstance(piece, Figure)}
    pauses = [data.pick(column, persona.segment, table="features") for column in ("bought_again", "days_between_orders")]
    return [
        *found,
        *(plain(figure, "marketing|loyalty") for figure in pauses if figure is not None and figure.column not in told),
    ]


def channel_matrix(segments: list[int], data: TeamData) -> pd.DataFrame:
    """
    Put personas and channels side by side.

    Parameters
    ----------
    segments : list of int
        The personas.
    data : TeamData
        Figures of steps 07 and 10.

    Returns
    -------
    pandas.DataFrame
        One row per persona, channel and measure: ``segment``, ``channel``, ``measure`` (``reach``: share who use it,
        ``preference``: share who use it most or say so in the survey, ``seen``, ``clicked`` and ``bought``: mean share of the
        campaigns through it), ``estimate`` with ``ci_low`` and ``ci_high`` (95 %), ``n`` (people), ``others`` (everyone else),
        ``short`` ("yes", "no"; the same for all measures of a pair: yes when at least half of the persona use the channel, or
        when it clearly answers to it, or names it, more often than everyone else).
    """
    measures = [(REACH, "reach"), (PREFERENCE, "preference"), *((flag, f"answer_{flag}") for flag in ANSWERS)]
    rows = []
    for segment in segments:
        known = [(measure, str(data.table.at[figure.column, "about"]), figure) for measure, group in measures
                 for figure in data.group(group, segment)]  # fmt: skip
        named = data.dictionary.index[data.dictionary["about"].isin(["media", "channel"])
                                      & (data.dictionary["source"] == "survey")]  # fmt: skip
        known += [(PREFERENCE, figure.label, figure) for name in named
                  if (figure := data.pick(str(name), segment, table="features")) and format_of(figure) == "percent"]  # fmt: skip
        for measure, channel, figure in known:  # the interval of a mean of shares may leave 0 to 1
            own = [(m, f) for m, c, f in known if c == channel]
            yes = any(
                (m != "seen" and say.is_higher(f)) or (m in {REACH, PREFERENCE} and f.estimate >= YES_SHARE) for m, f in own
            )
            rows.append((segment, channel, measure, figure.estimate, _inside(figure.ci_low), _inside(figure.ci_high), figure.n,
                         figure.others, "yes" if yes else "no"))  # fmt: skip
    return pd.DataFrame(rows, columns=MATRIX_COLUMNS)


def _inside(share: float | None) -> float | None:
    return None if share is None else min(max(share, 0.0), 1.0)
