"""Deliverables: pages for readers and evidence for checkers, made from the hand-offs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from personakit.activation import ActivationPlan
from personakit.assignment import DIALECTS
from personakit.decisions import DecisionReview, read_decisions, review_decisions
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
from personakit.render.activation_sheets import activation_workbook
from personakit.render.activation_slides import activation_slides
from personakit.render.cards import file_name, file_stem, personas_page
from personakit.render.chromium import Print, print_pages
from personakit.render.content_calendar import content_calendar
from personakit.render.journey_maps import journeys_page
from personakit.render.journey_template import journey_template_page
from personakit.render.map_markdown import journey_mermaid, journeys_markdown
from personakit.render.map_sheets import journeys_workbook
from personakit.render.map_slides import journeys_slides
from personakit.render.map_svg import journey_map_svg
from personakit.render.markdown import personas_markdown
from personakit.render.measurement_page import differences_page, measurement_page
from personakit.render.measurement_sheets import measurement_workbook
from personakit.render.measurement_slides import measurement_slides
from personakit.render.overview import overview_page
from personakit.render.record import processing_page
from personakit.render.screener_form import screener_page
from personakit.render.screener_sheets import screener_workbook
from personakit.render.sheets import personas_workbook
from personakit.render.slides import personas_slides
from personakit.render.story_sheets import BACKLOGS, feedback_sheet, stories_csv, stories_markdown
from personakit.render.team_pages import activation_page
from personakit.segmentation import Segmentation
from personakit.study import Study
from personakit.study_parts import Language

FORMATS = ("html", "json", "yaml", "md", "xlsx", "csv", "ics", "pdf", "png", "svg", "mmd", "pptx", "sql")
#: What a run makes by itself; the others need an extra or a browser, or are asked for.
DEFAULT_FORMATS = ("html", "json")
STYLES = ("person", "role")
#: Parts of the page of maps that are made to fit on a sheet each.
_MAP_SHEETS = ".journeys-overview, .map-face, .map-back"


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


def deliver(workspace: Workspace, *, formats: Sequence[str] = DEFAULT_FORMATS, language: str = "", style: str = "") -> list[Path]:
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

    Returns
    -------
    list of Path
        The written files: ``personas.html`` (all cards), ``overview.html`` (side by side), ``personas/`` (a page for each
        card), ``journeys.html`` (all maps), ``journey_template.html`` (a blank map), ``processing.html`` (the record of
        processing), ``activation.html`` (a page for each team), ``feedback.csv`` (for sessions), ``measurement.html`` (what has
        worked, and what was decided), after a refresh ``differences.html`` (what changed on each card) and ``evidence.json``; the
        cards as ``personas``, the maps as ``journeys``, the teams' pages as ``activation`` and the review as ``measurement`` with
        the ending of each further format, and drawings of single maps in ``journeys/``; the screener as a form, a sheet and a
        file, and the rules of the personas in ``rules/``.

    Raises
    ------
    PersonakitError
        If a format, language or style is unknown.
    ExtraNeededError
        If something for a format is not installed; all other formats are made first.
    HandoffError
        If notebook 08 has not been run.
    """
    made = deliver_what_can_be(workspace, formats=formats, language=language, style=style)
    if made.not_made:
        raise ExtraNeededError("\n".join(f"{name} was not made: {why}" for name, why in made.not_made.items()))
    return made.files


def deliver_what_can_be(
    workspace: Workspace, *, formats: Sequence[str] = DEFAULT_FORMATS, language: str = "", style: str = ""
) -> Delivered:
    """Write the deliverables, and say which formats could not be made; the parameters are those of :func:`deliver`."""
    languages: tuple[str, ...] = Language.__args__  # type: ignore[attr-defined]
    for what, found, allowed in (*(("format", wanted, FORMATS) for wanted in formats),
                                 *(("language", wanted, languages) for wanted in [language] if wanted),
                                 *(("style", wanted, STYLES) for wanted in [style] if wanted)):  # fmt: skip
        if found not in allowed:
            raise PersonakitError(f"{what} '{found}' is not known; allowed: {', '.join(allowed)}{did_you_mean(found, allowed)}")
    language = language or workspace.language
    profiles = SegmentProfiles.from_parts(workspace.load("profiling"))
    personas = apply_edits(Personas.from_parts(workspace.load("personas")), profiles, workspace.study.folder)
    journeys = _journeys(workspace, personas) if (workspace.folder / "09_journeys.json").exists() else None
    cards = _Cards(personas, profiles, language, style)
    maps = _Maps(journeys, workspace.study, language, style) if journeys is not None else None
    plan = _plan(workspace, personas, language, style) if (workspace.folder / "10_activation.json").exists() else None
    review = _review(workspace, personas) if (workspace.folder / "11_measurement.json").exists() else None
    claims = [*personas.claims, *(journeys.claims if journeys is not None else []), *(plan.plan.lines if plan else [])]
    claims += review.lines if review is not None else []
    pages = _Review(review, _decisions(workspace, personas, claims), language, style) if review is not None else None
    texts: dict[str, str | bytes] = {}
    not_made: dict[str, str] = {}
    prints: list[Print] = []
    for wanted in dict.fromkeys(formats):
        try:
            if wanted == "json":
                texts["evidence.json"] = to_json(_evidence(personas, claims))
            if wanted == "html":
                texts |= _record(workspace, language)
            texts |= cards.files(wanted) | (maps.files(wanted) if maps is not None else {})
            texts |= plan.files(wanted) if plan is not None else {}
            texts |= pages.files(wanted) if pages is not None else {}
            prints += cards.prints(workspace.deliverables, wanted)
            prints += maps.prints(workspace.deliverables, wanted) if maps is not None else []
            prints += plan.prints(workspace.deliverables, wanted) if plan is not None else []
            prints += pages.prints(workspace.deliverables, wanted) if pages is not None else []
        except ExtraNeededError as error:
            not_made[wanted] = str(error)
    if set(formats) & {"html", "png", "svg", "mmd"}:
        _take_away_old_names(workspace.deliverables, personas)
    written = [_written(workspace.deliverables / name, content) for name, content in texts.items()]
    try:
        written += print_pages(prints) if prints else []
    except ExtraNeededError as error:
        not_made |= {name: str(error) for name in formats if name in {"pdf", "png"}}
    return Delivered(written, not_made)


def _journeys(workspace: Workspace, personas: Personas) -> JourneyMaps:
    return apply_map_edits(JourneyMaps.from_parts(workspace.load("journeys")), personas, workspace.study.folder)


def _plan(workspace: Workspace, personas: Personas, language: str, style: str) -> _Plan:
    """The plan of notebook 10, with the names that the cards have now."""
    segmentation = Segmentation.from_parts(workspace.load("segmentation", "", "rule"))
    plan = ActivationPlan.from_parts(workspace.load("activation"), segmentation)
    return _Plan(plan.renamed({persona.segment: persona.name for persona in personas.personas}), language, style)


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


@dataclass(frozen=True)
class _Cards:
    """The cards of a study in one language, in every form."""

    personas: Personas
    profiles: SegmentProfiles
    language: str
    style: str

    def files(self, wanted: str) -> dict[str, str | bytes]:
        """What is made without a browser, by name: pages (all cards, the comparison, a page for each card) or one file."""
        how: dict[str, Any] = {"language": self.language, "style": self.style}
        if wanted == "html":
            pages: dict[str, str | bytes] = {"personas.html": personas_page(self.personas, self.profiles, **how)}
            pages["overview.html"] = overview_page(self.personas, self.profiles, **how)
            for persona in self.personas.personas:
                card = personas_page(self.personas, self.profiles, only=persona.segment, **how)
                pages[f"personas/{file_name(persona)}.html"] = card
            return pages
        if wanted in {"json", "yaml"}:
            return {f"personas.{wanted}": self.personas.to_json() if wanted == "json" else self.personas.to_yaml()}
        makers: dict[str, Callable[..., str | bytes]] = {"md": personas_markdown, "xlsx": personas_workbook,
                                                         "pptx": personas_slides}  # fmt: skip
        return {f"personas.{wanted}": makers[wanted](self.personas, self.profiles, **how)} if wanted in makers else {}

    def prints(self, folder: Path, wanted: str) -> list[Print]:
        """Both print sheets, or a picture of each card's face and of the comparison."""
        how: dict[str, Any] = {"language": self.language, "style": self.style}
        if wanted == "pdf":
            sheets = {"a4": Print.parts, "a3": ".persona"}
            return [Print(personas_page(self.personas, self.profiles, paper=paper, **how),
                          folder / ("personas.pdf" if paper == "a4" else "personas-a3.pdf"), paper=paper, parts=parts)
                    for paper, parts in sheets.items()]  # fmt: skip
        if wanted != "png":
            return []
        faces = [Print(personas_page(self.personas, self.profiles, only=p.segment, **how),
                       folder / "personas" / f"{file_name(p)}.png", selector=".face")
                 for p in self.personas.personas]  # fmt: skip
        return [*faces, Print(overview_page(self.personas, self.profiles, **how), folder / "overview.png")]


@dataclass(frozen=True)
class _Maps:
    """The journey maps of a study in one language, in every form, and a blank one."""

    journeys: JourneyMaps
    study: Study
    language: str
    style: str

    def files(self, wanted: str) -> dict[str, str | bytes]:
        """What is made without a browser, by name."""
        how: dict[str, Any] = {"language": self.language, "style": self.style}
        if wanted == "html":
            return {"journeys.html": journeys_page(self.journeys, **how),
                    "journey_template.html": journey_template_page(self.study, language=self.language)}  # fmt: skip
        if wanted == "json":
            return {"journeys.json": self.journeys.to_json()}
        single: dict[str, Callable[..., str]] = {"svg": journey_map_svg, "mmd": journey_mermaid}
        if wanted in single:
            return {f"journeys/{name}.{wanted}": single[wanted](self.journeys, segment, **how)
                    for segment, name in self._names().items()}  # fmt: skip
        whole: dict[str, Callable[..., str | bytes]] = {
            "md": journeys_markdown,
            "xlsx": journeys_workbook,
            "pptx": journeys_slides,
        }
        return {f"journeys.{wanted}": whole[wanted](self.journeys, **how)} if wanted in whole else {}

    def prints(self, folder: Path, wanted: str) -> list[Print]:
        """The maps and the blank one on A3, or a picture of each map."""
        how: dict[str, Any] = {"language": self.language, "style": self.style}
        if wanted == "pdf":
            blank = journey_template_page(self.study, language=self.language)
            return [Print(journeys_page(self.journeys, **how), folder / "journeys.pdf", paper="a3", parts=_MAP_SHEETS),
                    Print(blank, folder / "journey_template.pdf", paper="a3", parts=".none")]  # fmt: skip
        if wanted != "png":
            return []
        return [Print(journeys_page(self.journeys, only=segment, **how), folder / "journeys" / f"{name}.png",
                      selector=".map-face", width=1500) for segment, name in self._names().items()]  # fmt: skip

    def _names(self) -> dict[int, str]:
        return {segment: file_stem(segment, self.journeys.names[segment]) for segment in self.journeys.maps}


@dataclass(frozen=True)
class _Plan:
    """The teams' pages, the screener, and the rules of the personas, in every form."""

    plan: ActivationPlan
    language: str
    style: str

    def files(self, wanted: str) -> dict[str, str | bytes]:
        """What is made, by name."""
        screener, rules, about = self.plan.screener, self.plan.rules, self.plan.about
        if wanted == "json":
            return {f"rules/{name}.json": rule.to_json() for name, rule in rules.items()}
        if wanted == "sql":
            return {f"rules/{name}.{dialect}.sql": rule.to_sql(dialect) + "\n" for name, rule in rules.items()
                    for dialect in DIALECTS}  # fmt: skip
        how: dict[str, Any] = {"language": self.language, "style": self.style}
        if wanted == "csv":
            return {f"user_stories/{backlog}.csv": stories_csv(self.plan, backlog, **how) for backlog in BACKLOGS}
        makers: dict[str, tuple[str, Callable[..., str | bytes]]] = {
            "html": ("activation.html", activation_page), "xlsx": ("activation.xlsx", activation_workbook),
            "md": ("user_stories/user_stories.md", stories_markdown), "ics": ("content_plan.ics", content_calendar),
            "pptx": ("activation.pptx", activation_slides),
        }  # fmt: skip
        name, make = makers.get(wanted, ("", stories_markdown))
        made: dict[str, str | bytes] = {name: make(self.plan, **how)} if name else {}
        if wanted == "html":
            made["feedback.csv"] = feedback_sheet(self.plan, **how)
        if wanted == "html" and screener is not None:
            made["screener.html"] = screener_page(screener, about, language=self.language)
        if wanted == "xlsx" and screener is not None:
            made["screener.xlsx"] = screener_workbook(screener, about, language=self.language)
        return made

    def prints(self, folder: Path, wanted: str) -> list[Print]:
        """The teams' pages on A4."""
        if wanted != "pdf":
            return []
        page = activation_page(self.plan, language=self.language, style=self.style)
        return [Print(page, folder / "activation.pdf", parts=".none")]


@dataclass(frozen=True)
class _Review:
    """What has worked, what has changed and what was decided, in every form."""

    review: PersonaReview
    decisions: DecisionReview
    language: str
    style: str

    def files(self, wanted: str) -> dict[str, str | bytes]:
        """What is made, by name."""
        how: dict[str, Any] = {"language": self.language, "style": self.style}
        makers: dict[str, tuple[str, Callable[..., str | bytes]]] = {
            "html": ("measurement.html", measurement_page), "xlsx": ("measurement.xlsx", measurement_workbook),
            "pptx": ("measurement.pptx", measurement_slides),
        }  # fmt: skip
        if wanted not in makers:
            return {}
        name, make = makers[wanted]
        made: dict[str, str | bytes] = {name: make(self.review, self.decisions, **how)}
        if wanted == "html" and self.review.differences is not None:
            made["differences.html"] = differences_page(self.review, **how)
        return made

    def prints(self, folder: Path, wanted: str) -> list[Print]:
        """The review on A4."""
        if wanted != "pdf":
            return []
        page = measurement_page(self.review, self.decisions, language=self.language, style=self.style)
        return [Print(page, folder / "measurement.pdf", parts=".none")]


def _record(workspace: Workspace, language: str) -> dict[str, str | bytes]:
    """The record of processing, where there is one."""
    if not has_record(workspace):
        return {}
    return {"processing.html": processing_page(processing_record(workspace), language=language)}


def _take_away_old_names(folder: Path, personas: Personas) -> None:
    """Remove pages and pictures of personas that are called differently now."""
    names = {file_name(persona) for persona in personas.personas}
    for path in [path for kind in ("personas", "journeys") for path in (folder / kind).glob("*")]:
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
