"""Deliverables: pages for readers and evidence for checkers, made from the hand-offs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from personakit.activation import ActivationPlan
from personakit.decisions import DecisionReview, read_decisions, review_decisions
from personakit.delivery_forms import CardForms, Forms, MapForms, PlanForms, ReviewForms
from personakit.drift_differences import differences_since
from personakit.errors import ExtraNeededError, HandoffError, PersonakitError, did_you_mean
from personakit.evidence import Claim
from personakit.handoffs import Workspace, to_json, whole_file
from personakit.journeys import JourneyMaps
from personakit.journeys_edits import apply_map_edits
from personakit.measurement_review import PersonaReview
from personakit.personas import Personas
from personakit.personas_edits import apply_edits
from personakit.privacy_record import has_record, processing_record
from personakit.profiling import SegmentProfiles
from personakit.render.cards import file_name
from personakit.render.chromium import Print, print_pages
from personakit.render.record import processing_page
from personakit.segmentation import Segmentation
from personakit.study_parts import known_language

FORMATS = ("html", "json", "yaml", "md", "xlsx", "csv", "ics", "pdf", "png", "svg", "mmd", "pptx", "sql")
#: What a run makes by itself; the others need an extra or a browser, or are asked for.
DEFAULT_FORMATS = ("html", "json")
STYLES = ("person", "role")
#: What there are deliverables of: each notebook from 08 on writes its own.
RESULTS = ("personas", "journeys", "activation", "measurement")


@dataclass(frozen=True)
class Delivered:
    """
    What was made.

    Attributes
    ----------
    files : list of Path
        The written files.
    not_made : dict of str to str
        Formats that could not be made, and the line that installs what they need.
    """

    files: list[Path]
    not_made: dict[str, str]


def deliver(
    workspace: Workspace, *, formats: Sequence[str] = DEFAULT_FORMATS, language: str = "", style: str = "",
    results: Sequence[str] = (),
) -> list[Path]:  # fmt: skip
    """
    Write the deliverables of a study.

    Parameters
    ----------
    workspace : Workspace
        A work folder in which the notebooks up to 11 have been run; with fewer, what they allow is made.
    formats : sequence of {"html", "json", "yaml", "md", "xlsx", "csv", "ics", "pdf", "png", "svg", "mmd", "pptx", "sql"}
        What to make. PDF and PNG need the extra ``pdf`` and an installed Chromium, PPTX and ICS the extra ``office``. SVG
        drawings and Mermaid texts (mmd) are made of maps, YAML of cards, SQL of the rules that tell which persona a
        customer is, CSV of the user stories, a calendar (ICS) of the content plan.
    language : {"en", "nb", "fi", "fa"}, optional
        Language of the pages; the workspace's own without it.
    style : {"person", "role"}, optional
        ``role`` leaves out name, age and picture on cards; as the study file says without it.
    results : sequence of {"personas", "journeys", "activation", "measurement"}
        Whose files to write; without it, those of all results that are there. ``evidence.json`` always holds every claim.

    Returns
    -------
    list of Path
        The written files: ``personas.html`` (all cards), ``overview.html`` (side by side), ``personas/`` (a page for each
        card), ``journeys.html`` (all maps), ``journey_template.html`` (a blank map), ``processing.html`` (the record of
        processing), ``activation.html`` (a page for each team), ``feedback.csv`` (for sessions), ``measurement.html`` (what
        has worked, and what was decided), ``perception.csv`` (the form for the people who use the personas), after a refresh
        ``differences.html`` (what changed on each card) and ``evidence.json``; the cards as ``personas``, the maps as
        ``journeys``, the teams' pages as ``activation`` and the review as ``measurement`` with the ending of each further
        format, and drawings of single maps in ``journeys/``; the screener as a form, a sheet and a file, and the rules of the
        personas in ``rules/``.

    Raises
    ------
    PersonakitError
        If a format, language, style or result is unknown.
    ExtraNeededError
        If something for a format is not installed; all other formats are made first.
    HandoffError
        If notebook 08 has not been run, or the one that makes a result that was asked for.
    """
    made = deliver_what_can_be(workspace, formats=formats, language=language, style=style, results=results)
    if made.not_made:
        raise ExtraNeededError("\n".join(f"{name} was not made: {why}" for name, why in made.not_made.items()))
    return made.files


def deliver_what_can_be(
    workspace: Workspace, *, formats: Sequence[str] = DEFAULT_FORMATS, language: str = "", style: str = "",
    results: Sequence[str] = (),
) -> Delivered:  # fmt: skip
    """Write the deliverables, and say which formats could not be made; the parameters are those of :func:`deliver`."""
    _refuse_unknown(formats, language, style, results)
    language = language or workspace.language
    profiles = SegmentProfiles.from_parts(workspace.load("profiling"))
    personas = apply_edits(Personas.from_parts(workspace.load("personas")), profiles, workspace.study.folder)
    forms, claims = _results(workspace, profiles, personas, {"language": language, "style": style})
    for name in set(results) - set(forms):
        workspace.load(name)  # says which notebook makes it
    texts: dict[str, str | bytes] = {}
    not_made: dict[str, str] = {}
    prints: list[Print] = []
    for wanted in dict.fromkeys(formats):
        try:
            if wanted == "json":
                texts["evidence.json"] = to_json(_evidence(personas, claims))
            if wanted == "html":
                texts |= _record(workspace, language)
            for result in (form for name, form in forms.items() if name in (results or RESULTS)):
                texts |= result.files(wanted)
                prints += result.prints(workspace.deliverables, wanted)
        except ExtraNeededError as error:
            not_made[wanted] = str(error)
    if set(formats) & {"html", "png", "svg", "mmd"}:
        _take_away_old_names(workspace.deliverables, personas, results or RESULTS)
    written = [_written(workspace.deliverables / name, content) for name, content in texts.items()]
    try:
        written += print_pages(prints) if prints else []
    except ExtraNeededError as error:
        not_made |= {name: str(error) for name in formats if name in {"pdf", "png"}}
    return Delivered(written, not_made)


def _refuse_unknown(formats: Sequence[str], language: str, style: str, results: Sequence[str]) -> None:
    if language:
        known_language(language)
    for what, found, allowed in (*(("format", wanted, FORMATS) for wanted in formats),
                                 *(("style", wanted, STYLES) for wanted in [style] if wanted),
                                 *(("result", wanted, RESULTS) for wanted in results)):  # fmt: skip
        if found not in allowed:
            raise PersonakitError(f"{what} '{found}' is not known; allowed: {', '.join(allowed)}{did_you_mean(found, allowed)}")


def _results(
    workspace: Workspace, profiles: SegmentProfiles, personas: Personas, how: dict[str, str]
) -> tuple[dict[str, Forms], list[Claim]]:
    """Every result that the notebooks have made so far, in its forms, and all of their claims."""
    forms: dict[str, Forms] = {"personas": CardForms(personas, profiles, **how)}
    claims = list(personas.claims)
    if (workspace.folder / "09_journeys.json").exists():
        journeys = apply_map_edits(JourneyMaps.from_parts(workspace.load("journeys")), personas, workspace.study.folder)
        forms["journeys"] = MapForms(journeys, workspace.study, **how)
        claims += journeys.claims
    if (workspace.folder / "10_activation.json").exists():
        plan = _plan(workspace, personas)
        forms["activation"] = PlanForms(plan, **how)
        claims += plan.lines
    if (workspace.folder / "11_measurement.json").exists():
        review = _review(workspace, personas)
        claims += review.lines
        forms["measurement"] = ReviewForms(review, _decisions(workspace, personas, claims), **how)
    return forms, claims


def _plan(workspace: Workspace, personas: Personas) -> ActivationPlan:
    """The plan of notebook 10, with the names that the cards have now."""
    segmentation = Segmentation.from_parts(workspace.load("segmentation", "", "rule"))
    plan = ActivationPlan.from_parts(workspace.load("activation"), segmentation)
    return plan.renamed({persona.segment: persona.name for persona in personas.personas})


def _review(workspace: Workspace, personas: Personas) -> PersonaReview:
    """The review of notebook 11, with the names that the cards have now."""
    names = {persona.segment: persona.name for persona in personas.personas}
    review = PersonaReview.from_parts(
        workspace.load("measurement"), differences=differences_since(workspace), about=personas.about
    )
    return review.renamed(names)


def _decisions(workspace: Workspace, personas: Personas, claims: list[Claim]) -> DecisionReview:
    """Look at the log of decisions again, with what the data say now and what the personas are called now."""
    names = {persona.segment: persona.name for persona in personas.personas}
    once = {card.name: names[card.segment] for card in Personas.from_parts(workspace.load("personas")).personas
            if names[card.segment] != card.name}  # fmt: skip
    figures = SegmentProfiles.from_parts(workspace.load("profiling")).figures()
    return review_decisions(read_decisions(workspace.study.folder), claims, names, once_named=once, figures=figures)


def decisions_now(workspace: Workspace) -> DecisionReview:
    """
    Look at the log of decisions again, with the claims of the deliverables.

    Parameters
    ----------
    workspace : Workspace
        A work folder with deliverables.

    Returns
    -------
    DecisionReview
        What still holds and what does not.

    Raises
    ------
    HandoffError
        If nothing has been delivered yet.
    """
    claims, _ = delivered_claims(workspace)
    profiles = SegmentProfiles.from_parts(workspace.load("profiling"))
    personas = apply_edits(Personas.from_parts(workspace.load("personas")), profiles, workspace.study.folder)
    return _decisions(workspace, personas, claims)


def delivered_claims(workspace: Workspace) -> tuple[list[Claim], dict[int, str]]:
    """
    Read every claim of the deliverables, and how the personas are called.

    Returns
    -------
    list of Claim
        As in ``evidence.json``.
    dict of int to str
        Name of each segment's persona, with people's edits.

    Raises
    ------
    HandoffError
        If nothing has been delivered yet.
    """
    file = workspace.deliverables / "evidence.json"
    if not file.exists():
        name = workspace.folder.name
        raise HandoffError(f"{name} has no deliverables/evidence.json; make it with: personakit run --work-dir {name}")
    profiles = SegmentProfiles.from_parts(workspace.load("profiling"))
    personas = apply_edits(Personas.from_parts(workspace.load("personas")), profiles, workspace.study.folder)
    claims = [Claim.model_validate(entry) for entry in json.loads(file.read_text(encoding="utf-8"))["claims"]]
    return claims, {persona.segment: persona.name for persona in personas.personas}


def deliver_again(workspace: Workspace) -> list[Path]:
    """
    Write every deliverable that is there anew, and take away those that cannot be made any more.

    Returns
    -------
    list of Path
        The written files.
    """
    folder = workspace.deliverables
    there = {path.suffix.removeprefix(".") for path in folder.rglob("*") if path.is_file()}
    formats = [name for name in FORMATS if name in there]
    for path in [path for path in folder.rglob("*") if path.is_file()]:  # names of files change with the names of personas
        path.unlink()
    return deliver_what_can_be(workspace, formats=formats).files


def _record(workspace: Workspace, language: str) -> dict[str, str | bytes]:
    """The record of processing, where there is one."""
    if not has_record(workspace):
        return {}
    return {"processing.html": processing_page(processing_record(workspace), language=language)}


def _take_away_old_names(folder: Path, personas: Personas, results: Sequence[str]) -> None:
    """Remove pages and pictures of personas that are called differently now."""
    names = {file_name(persona) for persona in personas.personas}
    for path in [path for kind in ("personas", "journeys") if kind in results for path in (folder / kind).glob("*")]:
        if path.suffix in {".html", ".png", ".svg", ".mmd"} and path.stem not in names:
            path.unlink()


def _written(path: Path, content: str | bytes) -> Path:
    with whole_file(path) as temporary:
        temporary.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path


def _evidence(personas: Personas, claims: list[Claim]) -> dict[str, Any]:
    grades = sorted({line.grade for line in claims})
    return {
        "about": personas.about,
        "personas": {str(persona.segment): {"name": persona.name, "n": persona.n} for persona in personas.personas},
        "grades": {grade: sum(line.grade == grade for line in claims) for grade in grades},
        "claims": [line.model_dump() for line in claims],
    }
