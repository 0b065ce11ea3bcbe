"""Deliverables: pages for readers and evidence for checkers, made from the hand-offs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from personakit.errors import PersonakitError, did_you_mean
from personakit.handoffs import Workspace, to_json, whole_file
from personakit.journeys import JourneyMaps
from personakit.personas import Personas
from personakit.privacy_record import has_record, processing_record
from personakit.profiling import SegmentProfiles
from personakit.render.pages import journeys_page, personas_page
from personakit.render.record import processing_page

FORMATS = ("html", "json")


def deliver(workspace: Workspace, *, formats: Sequence[str] = FORMATS, language: str = "") -> list[Path]:
    """
    Write the deliverables of a study.

    Parameters
    ----------
    workspace : Workspace
        A work folder in which the notebooks up to 09 have been run; with those up to 08, only the cards are made.
    formats : sequence of {"html", "json"}
        What to make.
    language : {"en", "nb", "fi", "fa"}, optional
        Language of the pages; the workspace's own without it.

    Returns
    -------
    list of Path
        The written files: ``personas.html``, ``journeys.html``, ``processing.html`` (the record of
        processing) and ``evidence.json``.

    Raises
    ------
    PersonakitError
        If a format is unknown.
    HandoffError
        If notebook 08 has not been run.
    """
    for wanted in formats:
        if wanted not in FORMATS:
            raise PersonakitError(f"format '{wanted}' is not known; allowed: {', '.join(FORMATS)}{did_you_mean(wanted, FORMATS)}")
    language = language or workspace.language
    personas = Personas.from_parts(workspace.load("personas"))
    profiles = SegmentProfiles.from_parts(workspace.load("profiling"))
    journeys = JourneyMaps.from_parts(workspace.load("journeys")) if (workspace.folder / "09_journeys.json").exists() else None
    pages: dict[str, str] = {}
    if "html" in formats:
        pages["personas.html"] = personas_page(personas, profiles, language=language)
        if journeys is not None:
            pages["journeys.html"] = journeys_page(journeys, language=language)
        if has_record(workspace):
            pages["processing.html"] = processing_page(processing_record(workspace), language=language)
    if "json" in formats:
        pages["evidence.json"] = to_json(_evidence(personas, journeys))
    written = []
    for name, text in pages.items():
        path = workspace.deliverables / name
        with whole_file(path) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    return written


def _evidence(personas: Personas, journeys: JourneyMaps | None) -> dict[str, Any]:
    claims = [*personas.claims, *(journeys.claims if journeys is not None else [])]
    grades = sorted({line.grade for line in claims})
    return {
        "about": personas.about,
        "personas": {str(persona.segment): {"name": persona.name, "n": persona.n} for persona in personas.personas},
        "grades": {grade: sum(line.grade == grade for line in claims) for grade in grades},
        "claims": [line.model_dump() for line in claims],
    }
