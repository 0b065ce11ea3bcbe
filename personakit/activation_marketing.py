"""Step 10, marketing: what to say to each persona, where, when, and what the brand has to do with it."""

from __future__ import annotations

import re

import pandas as pd

from personakit import activation_lines as say
from personakit.activation_lines import LINES_PER_FIELD, TeamData, level, not_known, once, placed, plain, words_for
from personakit.activation_table import ANSWERS, spoken
from personakit.evidence import Claim, Figure, claim
from personakit.journeys_cells import BAD_AT, STUCK, STUCK_DEVICE
from personakit.personas_lines import AVOID_CHANNEL, DO_MEND, LESS_SATISFIED, QUOTE, format_of, is_minority, line_of
from personakit.personas_model import Persona

MATRIX_COLUMNS = ["segment", "channel", "measure", "estimate", "ci_low", "ci_high", "n", "others", "short"]
#: What a channel is measured by, from which group of figures.
REACH, PREFERENCE, RESPONSE = "reach", "preference", "response"
#: A channel gets a yes in the short table when this share of a persona uses it, or when it beats everyone else's answers.
YES_SHARE = 0.5
#: From this share of what they write on, a language is one to write to them in.
_SPOKEN_SHARE = 0.25
#: From this ratio on texts are called longer or shorter than those of others.
_NOTABLE_RATIO = 1.25
#: Forms that content can have, and the words in the names of touchpoints and channels that ask for them.
FORMS = {
    "Short video": {"youtube", "tiktok", "video", "tv", "vimeo"},
    "Sound, half a minute": {"podcast", "podcasts", "radio", "spotify"},
    "Picture with one sentence": {"instagram", "facebook", "pinterest", "snapchat", "linkedin", "social", "banner", "display"},
    "Two lines of text": {"ad", "ads", "google", "bing", "sms", "push", "app"},
    "Mail with one topic": {"newsletter", "newsletters", "email", "mail", "mailing", "uutiskirje", "nyhetsbrev"},
    "Article or advertisement": {"newspaper", "newspapers", "magazine", "magazines", "blog", "press", "forum"},
    "Voice of a customer": {"review", "reviews", "rating", "ratings", "community"},
    "Product text and picture": {"product", "catalog", "catalogue", "category", "guide", "page", "listing", "main", "search"},
    "Sentence beside the button": {"cart", "basket", "checkout", "payment", "delivery", "confirmation"},
    "Sign and conversation": {"store", "shop", "advice", "visit", "fair", "cafe", "event"},
    "Line in the answer": {"support", "chat", "phone", "call", "return", "returns", "service", "ticket"},
    "Letter to members": {"loyalty", "club", "member", "members", "letter", "post"},
}


def marketing_lines(persona: Persona, data: TeamData) -> list[Claim]:
    """Write the message brief of one persona, and what to say when; ``place`` is ``marketing|field``."""
    segment = persona.segment
    found = [placed(line, "marketing|matters") for place in ("needs", "goals", "values") for line in persona.at(place)[:2]
             if line.evidence or line.edit]  # fmt: skip
    found = found[:LINES_PER_FIELD] or [not_known(segment, "marketing|matters", "ask about needs and values in the survey")]
    found += _own_words(segment, data) + tone_lines(segment, data, "marketing|tone")
    found += [placed(line, "marketing|imagery") for place in ("interests", "products", "devices")
              for line in persona.at(place)[:2] if line.evidence][:LINES_PER_FIELD]  # fmt: skip
    found += _objections(persona, data) + _channels(persona, data)
    found += [placed(line, "marketing|do") for line in persona.at("do") if line.message != DO_MEND]
    found += _avoid(persona, data)
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
            language=spoken(figure.column.split("_")[1]),
            **words_for(figure, "label"),
        )
        for figure in ranked
    ]
    voices = sorted(data.said.get(segment, []), key=lambda voice: (voice.source != "interviews", voice.topic.startswith("low:")))
    found += [claim(segment, "marketing|words", QUOTE, evidence=[voice], quote=voice.quote) for voice in voices[:2]]
    return found or [not_known(segment, "marketing|words", "add interviews, tickets or open answers")]


def tone_lines(segment: int, data: TeamData, place: str) -> list[Claim]:
    """In which language and at which length they write, and what their words show more often than those of others."""
    found = [level(figure, place, say.WRITE_IN, say.WRITE_IN_ALONE, **words_for(figure, "language"))
             for figure in data.group("language", segment)[:2] if figure.estimate >= _SPOKEN_SHARE]  # fmt: skip
    length = data.pick("text_words", segment)
    usual = length.others if length is not None else None
    if length is not None and usual and _differs(length.estimate, usual) and (say.is_lower(length) or say.is_higher(length)):
        found.append(line_of(length, place, say.SHORTER_TEXTS if say.is_lower(length) else say.LONGER_TEXTS, asserts="level"))
    if data.journeys is not None:
        shown = [figure for key, figure in data.figures.items() if key.startswith("journeys|react_")
                 and figure.segment == segment and say.is_higher(figure)]  # fmt: skip
        most = sorted(shown, key=lambda figure: (-(figure.effect or 0), figure.column))[:2]
        found += [plain(figure, place) for figure in most]
    return found or [not_known(segment, place, "add interviews, tickets or open answers")]


def _differs(own: float, others: float) -> bool:
    """Whether a length differs so much that one would write otherwise."""
    return max(own, others) >= _NOTABLE_RATIO * min(own, others)


def _objections(persona: Persona, data: TeamData) -> list[Claim]:
    """What holds them back, from card and map; and what goes so well for them that it can be shown as proof."""
    segment = persona.segment
    found = [placed(line, "marketing|objections") for place in ("objections", "frustrations") for line in persona.at(place)[:2]
             if line.evidence]  # fmt: skip
    if data.journeys is not None:
        cells = [cell for cell in data.journeys.maps.get(segment, []) if cell.place.endswith("|pains")]
        found += [placed(cell, "marketing|objections") for cell in cells if cell.message in {STUCK, STUCK_DEVICE, BAD_AT}]
    found = found[:LINES_PER_FIELD] or [not_known(segment, "marketing|objections", "ask what nearly kept them from buying")]
    return found + (_proofs(segment, data) or [claim(segment, "marketing|proof", say.NO_PROOF)])


def _proofs(segment: int, data: TeamData) -> list[Claim]:
    """What they rate well, and not worse than others do; without ratings the phases in which they feel well."""
    rated = [figure for figure in data.ratings(segment).values() if not say.is_lower(figure)
             and (figure.ci_low or 0) > sum(map(float, figure.unit.split(" to "))) / 2]  # fmt: skip
    if rated:
        best = sorted(rated, key=lambda figure: (not say.is_higher(figure), -figure.estimate, figure.column))[:2]
        return [level(figure, "marketing|proof", say.PROOF, say.PROOF_ALONE) for figure in best]
    if data.journeys is None or data.ratings(segment):
        return []
    felt = [data.pick(f"feel_{phase}", segment, table="journeys") for phase in data.journeys.phases]
    well = sorted((figure for figure in felt if figure is not None and (figure.ci_low or 0) > 0 and not say.is_lower(figure)),
                  key=lambda figure: -figure.estimate)[:2]  # fmt: skip
    return [claim(segment, "marketing|proof", say.PROOF_FEEL, evidence=[figure], asserts="level", value=figure.estimate,
                  format="signed", **words_for(figure, "phase")) for figure in well]  # fmt: skip


def _avoid(persona: Persona, data: TeamData) -> list[Claim]:
    """What the card warns of, but for channels that they use all the same; and what cannot be promised yet."""
    table = channel_matrix([persona.segment], data)
    open_ = set(table.loc[table["short"] == "yes", "channel"])
    found = [line_of(piece, "marketing|avoid", say.NO_PROMISE, asserts="level") for line in persona.at("frustrations")
             if line.message == LESS_SATISFIED for piece in line.evidence if isinstance(piece, Figure)][:1]  # fmt: skip
    for line in persona.at("avoid"):
        about = {piece.label_value or piece.label for piece in line.evidence if isinstance(piece, Figure)}
        if line.message != AVOID_CHANNEL or not about & open_:
            found.append(placed(line, "marketing|avoid"))
    return found


def _channels(persona: Persona, data: TeamData) -> list[Claim]:
    """Where they are met more than others, what they use most, and what they answer to."""
    segment, place = persona.segment, "marketing|channels"
    found = [placed(line, place) for field in ("channels", "media") for line in persona.at(field)[:2] if line.evidence]
    most = data.group("preference", segment)
    found += [plain(figure, place) for figure in most if say.is_higher(figure) or (figure is most[0] and not found)][:1]
    answers = [figure for flag in ("bought", "clicked", "seen") for figure in data.group(f"answer_{flag}", segment)[:1]
               if figure.estimate > 0 and say.is_higher(figure)]  # fmt: skip
    found += [plain(figure, place) for figure in answers[:1]]
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
        One for each phase of which a figure is known; parameters ``phase``, ``topic``, ``form`` (a proposal, see
        :func:`form_of`), ``touchpoint`` (where they are met most), ``channel`` (in the first phase the medium that sets them
        apart), ``value`` (of the figure to watch) and ``owner``.
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
        where = words_for(most, "touchpoint") if most else {}
        form = form_of(where.get("touchpoint", ""), way[1] if way else "")
        if not number and (medium := _medium(persona)):  # before the first visit they are met where they are anyway
            way = (medium, medium.label_value or medium.label)
            form = form_of("", way[1]) or form
        topic = topics[number % len(topics)]
        message = (say.CONTENT_LAST if most else say.CONTENT_LAST_PLAIN) if last else (say.CONTENT if most else say.CONTENT_PLAIN)
        owner = next((cell.params["text"] for cell in data.journeys.maps.get(persona.segment, [])
                      if cell.place == f"{phase}|owner" and "text" in cell.params), "")  # fmt: skip
        rests = [watched, topic, *([most] if most else []), *([way[0]] if way else [])]
        found.append(claim(persona.segment, "marketing|content", message, evidence=list(rests), asserts="level", phase=phase,
                           value=watched.estimate, format="percent", owner=owner, channel=way[1] if way else "",
                           form=form, **words_for(topic, "topic"), **where))  # fmt: skip
    return found or [not_known(persona.segment, "marketing|content", "add events")]


def _medium(persona: Persona) -> Figure | None:
    """The medium that sets a persona apart most."""
    return next((piece for line in persona.at("media") for piece in line.evidence
                 if isinstance(piece, Figure) and (piece.effect or 1) > 0 and not is_minority(piece)), None)  # fmt: skip


def form_of(touchpoint: str, channel: str) -> str:
    """Propose the form of what is said, from the words that name touchpoint and channel; empty where none is known."""
    for name in (touchpoint, channel):
        words = re.split(r"[^a-zæøåäö]+", name.lower())
        found = next((form for form, known in FORMS.items() if any(word in known for word in words)), "")
        if found:
            return found
    return ""


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
