"""Step 08, personas: who stands for each group, as claims that carry their evidence."""

from __future__ import annotations

import hashlib
import json
from calendar import monthrange
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd

from personakit import personas_fields as fields
from personakit.collection import Sources
from personakit.evidence import Claim, Voice, claim
from personakit.features import Features
from personakit.handoffs import Workspace, numbered
from personakit.personas_figures import (
    borderline_figures,
    size_figures,
    total_share_figures,
    traits_of,
    traits_together,
    without_segment_figure,
)
from personakit.personas_lines import QUOTE
from personakit.personas_model import Mark, Persona, PersonaFile, Personas, personas_schema
from personakit.personas_names import name_of
from personakit.personas_people import goes_on_from, typical_people
from personakit.profiling import SegmentProfiles
from personakit.segmentation import Segmentation
from personakit.study import Study
from personakit.study_parts import known_language
from personakit.voices import Voices
from personakit.voices_quotes import choose_quotes
from personakit.voices_words import distinctive_words

__all__ = ["Mark", "Persona", "PersonaFile", "Personas", "earlier_personas", "personas_schema", "quotes_of", "write_personas"]

LOW_RATING = 2.0


def write_personas(  # noqa: PLR0913  what a card rests on, one by one
    profiles: SegmentProfiles,
    segmentation: Segmentation,
    *,
    study: Study,
    features: Features | None = None,
    voices: Voices | None = None,
    sources: Sources | None = None,
    stability: pd.DataFrame | None = None,
    earlier: Personas | None = None,
    language: str = "",
) -> Personas:
    """
    Write a card for each segment.

    A line stands on a card only when the segment differs from everyone else on it by at least a small, certain
    effect; with a single segment the highest values stand there. What the data do not say is marked as not known.

    Parameters
    ----------
    profiles : SegmentProfiles
        What sets each segment apart.
    segmentation : Segmentation
        The segments.
    study : Study
        For title, question and dates.
    features : Features, optional
        One row per customer: for the share of the spending, how many people have a card's traits together, and who is
        most typical.
    voices : Voices, optional
        For quotes.
    sources : Sources, optional
        For the window of the data and the number of customers in each source.
    stability : pandas.DataFrame, optional
        Whether each segment comes back, from :func:`personakit.segmentation_stability.segment_stability`.
    earlier : Personas, optional
        Personas of the run before: names stay with the people who had them, and the version counts on.
    language : {"en", "nb", "fi", "fa"}, optional
        Language of the names; the study's own without it.

    Returns
    -------
    Personas
        One card per segment.

    Raises
    ------
    PersonakitError
        If the language is not one of the four.
    """
    language = known_language(language or study.language)
    names = _names(profiles, segmentation, study, language, earlier)
    cards = [Persona(segment=segment, name=names[segment], n=int(profiles.sizes[segment]),
                     claims=_claims(segment, profiles, segmentation, features, voices))
             for segment in names]  # fmt: skip
    people = Personas([], {}).people
    if features is not None:
        people = typical_people(features.table, segmentation, {card.segment: traits_of(card.claims) for card in cards})
    about = {
        "title": study.study, "question": study.question, "as_of": str(study.as_of), "synthetic": study.synthetic,
        "review_by": _months_later(study.as_of, study.cards.review_months), "style": study.cards.style,
        "calendar": study.cards.calendar, "language": language, "currency": study.currency, "min_cell": profiles.min_cell,
        "family": segmentation.family, "verdict": segmentation.verdict, "confidence": segmentation.confidence,
        "customers": len(segmentation.labels), "borderline": segmentation.n_borderline,
        "basis": [profiles.dictionary.at[b, "label"] for b in segmentation.basis],
        "basis_words": profiles.dictionary.loc[list(segmentation.basis), ["message", "value"]].to_numpy().tolist(),
        "sources": _windows(sources, profiles), "stability": _stability(stability),
        "consent": study.privacy.consent_for("personas") or "", "legal_basis": study.privacy.basis,
    }  # fmt: skip
    about["version"] = _version(cards, earlier)
    return Personas(cards, about, people)


def earlier_personas(workspace: Workspace) -> Personas | None:
    """
    Read the personas that were in a work folder before this run.

    Parameters
    ----------
    workspace : Workspace
        The work folder.

    Returns
    -------
    Personas or None
        None when there were none, or when they were made by a version that wrote them differently.
    """
    stem = numbered("personas")
    for prefix in (stem, f"earlier_{stem}"):
        file, people = workspace.folder / f"{prefix}.json", workspace.folder / f"{prefix}_people.parquet"
        if file.exists() and people.exists():
            try:
                content = json.loads(file.read_text(encoding="utf-8"))
                found = Personas.from_parts({"": content, "people": pd.read_parquet(people)})
                aligned = bool(prefix != stem and workspace.earlier is not None)
                return replace(found, about={**found.about, "same_numbers": aligned})
            except ValueError:  # of another version
                return None
    return None


def _claims(
    segment: int, profiles: SegmentProfiles, segmentation: Segmentation, features: Features | None, voices: Voices | None
) -> list[Claim]:
    rows, figures, dictionary = profiles.of(segment), profiles.figures(), profiles.dictionary
    said = quotes_of(voices, segmentation, segment) if voices is not None else []
    claims = fields.who(rows, figures, segment)
    claims += fields.lists(rows, figures)
    claims += fields.frustrations(rows, figures, segment, said)
    claims += fields.behaviours(rows, figures, claims)
    claims += fields.satisfaction_and_loyalty(rows, figures)
    claims += [claim(segment, "quotes", QUOTE, evidence=[voice], quote=voice.quote) for voice in _card_quotes(said)]
    head = fields.essence_and_jobs(segment, claims)
    advice = fields.do_and_avoid(rows, figures, claims)
    shares = {} if features is None else total_share_figures(features.table, dictionary, segmentation.labels)
    size = size_figures(segmentation, dictionary)[segment]
    count = fields.size_and_value(size, shares.get(segment), rows, figures, int(profiles.sizes[segment]))
    tail: list[Claim] = []
    if features is not None:
        without = without_segment_figure(segmentation, features.table, dictionary)
        unsure = borderline_figures(segmentation, dictionary).get(segment)
        tail += fields.not_covered(unsure, without, segment, profiles.min_cell)
        tail += fields.prevalence(traits_together(features.table, segmentation.labels, traits_of(claims), segment,
                                                  min_cell=profiles.min_cell))  # fmt: skip
    return [*count, *head, *claims, *advice, *tail, *fields.unknown(segment, claims)]


def _names(
    profiles: SegmentProfiles, segmentation: Segmentation, study: Study, language: str, earlier: Personas | None
) -> dict[int, str]:
    """Name every segment that is large enough for a card; names of earlier personas stay with their people."""
    shown = [segment for segment in segmentation.segments if profiles.sizes.get(segment, 0) >= profiles.min_cell]
    before = {persona.segment: persona.name for persona in earlier.personas} if earlier else {}
    same = {}
    if earlier is not None:  # waves of other customers are matched by the numbers of their segments
        by_people = not earlier.about.get("same_numbers")
        same = goes_on_from(earlier.people, segmentation.labels) if by_people else {segment: segment for segment in shown}
    names = {segment: before[same[segment]] for segment in shown if same.get(segment) in before}
    taken = set(before.values()) if same else set()
    for segment in shown:
        if segment not in names:
            start = sum(study.study.encode()) + segment
            names[segment] = name_of(
                profiles.of(segment), language=language, year=study.as_of.year, start=start, taken=taken | set(names.values())
            )
    return {segment: names[segment] for segment in shown}


def _version(cards: list[Persona], earlier: Personas | None) -> int:
    """Count on when anything on the cards has changed."""
    if earlier is None:
        return 1
    before = int(earlier.about.get("version", 1))
    return before if _fingerprint(cards) == _fingerprint(earlier.personas) else before + 1


def _fingerprint(cards: list[Persona]) -> str:
    text = json.dumps([card.model_dump(mode="json") for card in cards], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _months_later(day: date, months: int) -> str:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return str(date(year, month + 1, min(day.day, monthrange(year, month + 1)[1])))


def _windows(sources: Sources | None, profiles: SegmentProfiles) -> list[dict[str, Any]]:
    """Each source with its rows, customers and period; only its name when the sources are not at hand."""
    if sources is None:
        return [{"source": name} for name in sorted(set(profiles.dictionary["source"]))]
    table = sources.overview()
    keep = [column for column in ("rows", "customers", "first", "last") if column in table]
    return [{"source": str(role)} | {name: _plain(row[name]) for name in keep} for role, row in table.iterrows()]


def _plain(value: Any) -> Any:
    if value is None or pd.isna(value):
        return None
    return value if isinstance(value, str) else int(value)


def _stability(stability: pd.DataFrame | None) -> dict[str, float]:
    """Jaccard index of each segment with those of other customers, by segment."""
    return {} if stability is None else {str(row.segment): round(float(row.jaccard), 4) for row in stability.itertuples()}


def quotes_of(voices: Voices, segmentation: Segmentation, segment: int) -> list[Voice]:
    """
    Choose what people of one segment said, the most distinctive first, one text per person and wording.

    Parameters
    ----------
    voices : Voices
        All texts.
    segmentation : Segmentation
        Who belongs to the segment.
    segment : int
        The segment.

    Returns
    -------
    list of Voice
        Verbatim texts with their place. ``topic`` starts with ``low:`` for tickets rated 2 or less.
    """
    texts = voices.texts[voices.texts["customer_id"].isin(segmentation.labels.index) & voices.texts["quotable"]]
    inside = texts["customer_id"].map(segmentation.labels) == segment
    if not inside.any():
        return []
    told = distinctive_words(texts, inside)
    worth = dict(zip(zip(told["language"], told["stem"], strict=True), told["z"], strict=True))
    chosen = choose_quotes(texts[inside], worth, voices.choices)
    return [_voice(row) for row in chosen.to_dict("records")]


def _voice(row: dict[str, Any]) -> Voice:
    low = pd.notna(row["rating"]) and row["rating"] <= LOW_RATING
    return Voice(
        key=row["key"], source=row["source"], document=row["document"], line=int(row["line"]), customer=str(row["customer_id"]),
        quote=row["quote"], language=row["language"], topic=("low:" if low else "") + row["topic"],
    )  # fmt: skip


def _card_quotes(said: list[Voice]) -> list[Voice]:
    """Interviews speak first, then open answers; two quotes from two people."""
    chosen: list[Voice] = []
    for voice in (v for source in ("interviews", "survey") for v in said if v.source == source):
        if len(chosen) < 2 and voice.customer not in {v.customer for v in chosen}:
            chosen.append(voice)
    return chosen
