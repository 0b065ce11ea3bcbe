"""Step 09, feeling: how customers felt in each phase and at each touchpoint, and which reactions their words show."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from personakit.collection import Sources
from personakit.personas import LOW_RATING
from personakit.quality_answers import scale_of
from personakit.study import Study
from personakit.voices import Voices
from personakit.voices_words import one_form

REACTIONS = {"frustration": "Shows frustration in {value}", "joy": "Shows joy in {value}", "doubt": "Shows doubt in {value}",
             "enthusiasm": "Shows enthusiasm in {value}"}  # fmt: skip
#: So many words before a reaction are looked at for a negation.
_NEGATION_WORDS = 3
_TICKET_MIDDLE = 3.0


def feelings_of(sources: Sources, voices: Voices | None = None) -> dict[str, tuple[pd.Series, dict[str, str]]]:
    """
    Say how each customer felt, on a scale from -2 to +2, and what their words show.

    In each phase satisfaction questions count first, then ratings of support contacts, then how texts sound (where step 04
    could learn that). At touchpoints ratings of contacts count first, then how texts sound.

    Parameters
    ----------
    sources : Sources
        Clean sources.
    voices : Voices, optional
        What customers said.

    Returns
    -------
    dict of str to (pandas.Series, dict)
        ``feel_<phase>``, ``feel_at_<touchpoint>`` (-2 to +2) and ``react_<reaction>_<phase>`` (1 when a customer who said
        something about the phase showed the reaction there), each by customer, with its dictionary entry.
    """
    phases = sources.study.journey.phases
    found = _questions(sources)
    rated = _rated_contacts(sources)
    said = texts_about(sources.study, voices) if voices is not None else None
    sounds = _by_place(said, "feeling") if said is not None else {}
    for phase in phases:
        values, entry = rated.get(phase) or sounds.get(phase) or (None, {})
        if f"feel_{phase}" not in found and values is not None:
            found[f"feel_{phase}"] = (values, entry | {"message": "Feeling in {value}", "value": phase, "phase": phase,
                                                       "group": "feel"})  # fmt: skip
    for phase, touchpoints in phases.items():
        for touchpoint in touchpoints:
            values, entry = rated.get(touchpoint) or sounds.get(touchpoint) or (None, {})
            if values is not None:
                told = {
                    "message": "Feeling at {value}",
                    "value": touchpoint,
                    "phase": phase,
                    "group": "feel_at",
                    "about": touchpoint,
                }
                found[f"feel_at_{touchpoint}"] = (values, entry | told)
    return found | (_reactions(said, phases) if said is not None else {})


def _questions(sources: Sources) -> dict[str, tuple[pd.Series, dict[str, str]]]:
    """Satisfaction questions that name a phase."""
    rated: dict[str, list[tuple[str, tuple[float, float]]]] = {}
    if "survey" in sources:
        for block in sources.study.sources["survey"].items.values():
            for column, phase in block.phases.items():
                if block.kind != "text":
                    rated.setdefault(phase, []).append((column, scale_of(block) or (1.0, 5.0)))
    found = {}
    for phase, questions in rated.items():
        answers = sources["survey"].select("customer_id", *[c for c, _ in questions]).to_pandas().drop_duplicates("customer_id")
        answers = answers.set_index("customer_id").astype(float)
        scaled = pd.DataFrame({c: (answers[c] - (low + high) / 2) / (high - low) * 4 for c, (low, high) in questions})
        entry = {"message": "Feeling in {value}", "value": phase, "kind": "number", "source": "survey", "phase": phase,
                 "columns": ", ".join(f"survey.{c}" for c, _ in questions), "group": "feel"}  # fmt: skip
        found[f"feel_{phase}"] = (scaled.mean(axis=1).round(9), entry)
    return found


def _rated_contacts(sources: Sources) -> dict[str, tuple[pd.Series, dict[str, str]]]:
    """Ratings of support contacts, by phase and by touchpoint."""
    if "tickets" not in sources or not {"rating", "topic", "customer_id"} <= set(sources.columns("tickets")):
        return {}
    tickets = sources["tickets"].filter(lambda t: t.customer_id.notnull() & t.rating.notnull() & t.topic.notnull())
    means = tickets.group_by(["customer_id", "topic"]).aggregate(total=tickets.rating.sum(), n=tickets.count()).to_pandas()
    entry = {"kind": "number", "source": "tickets", "columns": "tickets.rating, tickets.topic"}
    found = {}
    for place, topics in _topics(sources.study).items():
        own = means[means["topic"].isin(topics)].groupby("customer_id")[["total", "n"]].sum().astype(float)
        if len(own):
            found[place] = ((own["total"] / own["n"] - _TICKET_MIDDLE).clip(-2, 2).round(9), entry)
    return found


def _topics(study: Study) -> dict[str, set[str]]:
    """What a phase or a touchpoint is called in topics of tickets: by its own name, a phase also by its touchpoints."""
    found: dict[str, set[str]] = {}
    for phase, touchpoints in study.journey.phases.items():
        found |= {touchpoint: {touchpoint} for touchpoint in touchpoints}
        found[phase] = {phase, *touchpoints}
    return found


def texts_about(study: Study, voices: Voices) -> pd.DataFrame:
    """
    List texts and the phases and touchpoints they are about.

    A text is about a touchpoint when its topic names it, when its question belongs to the phase, or when a person gave it a
    code that does.

    Parameters
    ----------
    study : Study
        For phases, touchpoints and questions.
    voices : Voices
        What customers said, and the codes that people gave.

    Returns
    -------
    pandas.DataFrame
        One row per text and place: the columns of the texts, ``place`` (a phase or a touchpoint), ``codes`` (given to the
        text, a set), ``pain`` (whether it has a low rating, or the code of a pain) and ``need`` (whether it has the code of a
        need).
    """
    texts = voices.texts[voices.texts["customer_id"].notna()]
    coded = voices.codings.covered(voices.texts) if len(voices.codings.table) else pd.DataFrame({"key": [], "code": []})
    codes = coded.groupby("key")["code"].agg(set) if len(coded) else pd.Series(dtype=object)
    book = voices.codings.codebook.codes
    asked = {column: phase for block in (study.sources["survey"].items.values() if "survey" in study.sources else ())
             for column, phase in block.phases.items()}  # fmt: skip
    about: dict[str, set[str]] = {}
    for place, topics in _topics(study).items():
        for topic in topics:
            about.setdefault(topic, set()).add(place)
    rows = []
    for text in texts.to_dict("records"):
        own = codes.get(text["key"], set())
        named = {str(text["topic"]), asked.get(str(text["document"]), ""), *(book[c].phase for c in own if c in book)}
        low = pd.notna(text["rating"]) and text["rating"] <= LOW_RATING
        pain = low or (pd.isna(text["rating"]) and any(book[c].type == "pain" for c in own if c in book))
        places = sorted(set().union(*(about.get(n, set()) for n in named)))
        need = any(book[c].type == "need" for c in own if c in book)
        rows += [text | {"place": place, "codes": own, "pain": pain, "need": need} for place in places]
    return pd.DataFrame(rows, columns=[*texts.columns, "place", "codes", "pain", "need"])


def _by_place(said: pd.DataFrame, column: str) -> dict[str, tuple[pd.Series, dict[str, str]]]:
    """Mean of a column over each customer's texts about a place."""
    found = {}
    for place, own in said[said[column].notna()].groupby("place"):
        found[str(place)] = (
            own.groupby("customer_id")[column].mean().astype(float).clip(-2, 2).round(9),
            {"kind": "number", "source": "voices", "columns": _columns_of(own, "text", "topic", "rating")},
        )
    return found


def _columns_of(said: pd.DataFrame, *names: str) -> str:
    """Source columns that texts rest on; support contacts have topics and ratings, and sessions that were written down."""
    given = {source: [name for name in names[1:] if own[name].notna().any() and (own[name] != "").any()]
             for source, own in said.groupby("source") if source in {"tickets", "interviews"}}  # fmt: skip
    return ", ".join(f"{source}.{name}" for source in sorted(said["source"].unique())
                     for name in (names[0], *given.get(source, [])))  # fmt: skip


def _reactions(said: pd.DataFrame, phases: dict[str, list[str]]) -> dict[str, tuple[pd.Series, dict[str, str]]]:
    """Whether a customer's words about a phase show a reaction."""
    found = {}
    said = said[said["place"].isin(phases)]
    shown = {key: reactions_of(text, language) | _coded(codes) for key, text, language, codes in
             said[["key", "text", "language", "codes"]].drop_duplicates("key").itertuples(index=False)}  # fmt: skip
    for phase, own in said.groupby("place", sort=False):
        sources = _columns_of(own, "text", "topic")
        for reaction, message in REACTIONS.items():
            values = own["key"].map(lambda key, r=reaction: float(r in shown[key])).groupby(own["customer_id"]).max()
            if values.any():
                entry = {"message": message, "value": str(phase), "kind": "binary", "source": "voices",
                         "columns": sources, "phase": str(phase), "group": "react", "about": reaction}  # fmt: skip
                found[f"react_{reaction}_{phase}"] = (values, entry)
    return found


def _coded(codes: set[str]) -> set[str]:
    """Reactions among the codes: a code of that name, or one that begins with it."""
    return {reaction for reaction in REACTIONS if any(code.split("_")[0] == reaction for code in codes)}


@cache
def _words() -> dict[str, Any]:
    return dict(yaml.safe_load((Path(__file__).parent / "journeys_reactions.yaml").read_text(encoding="utf-8")))


@cache
def _pattern(what: str, language: str) -> re.Pattern[str]:
    words = "|".join(re.escape(one_form(word)) for word in sorted(_words()[what].get(language, ()), key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{words})" if words else r"(?!)")


def reactions_of(text: str, language: str) -> set[str]:
    """
    Name the reactions that the words of a text show.

    Parameters
    ----------
    text : str
        What was said.
    language : {"en", "nb", "fi", "fa"}
        Its language; of others nothing is known.

    Returns
    -------
    set of str
        Of frustration, joy, doubt and enthusiasm; a word after a negation does not count.

    Examples
    --------
    >>> sorted(reactions_of("I gave up at the checkout, and I was not happy.", "en"))
    ['frustration']
    """
    form = one_form(text)
    no = _pattern("not", language)
    found = set()
    for reaction in REACTIONS:
        for match in _pattern(reaction, language).finditer(form):
            before = re.split(r"[.!?;,؛،]", form[: match.start()])[-1].split()[-_NEGATION_WORDS:]
            if not any(no.fullmatch(word) for word in before):
                found.add(reaction)
    return found
