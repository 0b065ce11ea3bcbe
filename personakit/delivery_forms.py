"""Every result of a study in every form it comes in: which files there are, and what is printed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from personakit.activation import ActivationPlan
from personakit.assignment import DIALECTS
from personakit.decisions import DecisionReview
from personakit.journeys import JourneyMaps
from personakit.measurement_perception import perception_form
from personakit.measurement_review import PersonaReview
from personakit.personas import Personas
from personakit.profiling import SegmentProfiles
from personakit.render.activation_sheets import activation_workbook
from personakit.render.activation_slides import activation_slides
from personakit.render.cards import file_name, file_stem, personas_page
from personakit.render.chromium import Print
from personakit.render.content_calendar import content_calendar
from personakit.render.journey_maps import journeys_page
from personakit.render.journey_template import journey_template_page
from personakit.render.map_markdown import journey_mermaid, journeys_markdown
from personakit.render.map_sheets import journeys_workbook
from personakit.render.map_slides import journeys_slides
from personakit.render.map_svg import journey_map_svg
from personakit.render.markdown import personas_markdown
from personakit.render.measurement_page import differences_page, measurement_page, perception_texts
from personakit.render.measurement_sheets import measurement_workbook, perception_workbook
from personakit.render.measurement_slides import measurement_slides
from personakit.render.overview import overview_page
from personakit.render.screener_form import screener_page
from personakit.render.screener_sheets import screener_workbook
from personakit.render.sheets import personas_workbook
from personakit.render.slides import personas_slides
from personakit.render.story_sheets import BACKLOGS, feedback_sheet, stories_csv, stories_markdown
from personakit.render.team_pages import activation_page
from personakit.study import Study

#: Parts of the page of maps that are made to fit on a sheet each.
MAP_SHEETS = ".journeys-overview, .map-face, .map-back"


class Forms(Protocol):
    """A result that knows its files and prints in each format; none for formats it does not come in."""

    def files(self, wanted: str) -> dict[str, str | bytes]:
        """What is made without a browser, by name."""

    def prints(self, folder: Path, wanted: str) -> list[Print]:
        """What a browser prints, with the files it goes to."""


@dataclass(frozen=True)
class CardForms:
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
class MapForms:
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
            return [Print(journeys_page(self.journeys, **how), folder / "journeys.pdf", paper="a3", parts=MAP_SHEETS),
                    Print(blank, folder / "journey_template.pdf", paper="a3", parts=".none")]  # fmt: skip
        if wanted != "png":
            return []
        return [Print(journeys_page(self.journeys, only=segment, **how), folder / "journeys" / f"{name}.png",
                      selector=".map-face", width=1500) for segment, name in self._names().items()]  # fmt: skip

    def _names(self) -> dict[int, str]:
        return {segment: file_stem(segment, self.journeys.names[segment]) for segment in self.journeys.maps}


@dataclass(frozen=True)
class PlanForms:
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
            return {f"rules/{name}.{dialect}.sql": query + "\n" for name, rule in rules.items()
                    for dialect, query in rule.in_dialects(DIALECTS).items()}  # fmt: skip
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
class ReviewForms:
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
        made: dict[str, str | bytes] = {}
        if wanted in makers:
            name, make = makers[wanted]
            made[name] = make(self.review, self.decisions, **how)
        if wanted == "html" and self.review.differences is not None:
            made["differences.html"] = differences_page(self.review, **how)
        if wanted == "html":  # the page names the form; the mark at its head lets spreadsheets know that it is UTF-8
            made["perception.csv"] = "\ufeff" + perception_form(perception_texts(self.language)).to_csv(index=False)
        if wanted == "xlsx":
            made["perception.xlsx"] = perception_workbook(self.review, language=self.language)
        return made

    def prints(self, folder: Path, wanted: str) -> list[Print]:
        """The review on A4."""
        if wanted != "pdf":
            return []
        page = measurement_page(self.review, self.decisions, language=self.language, style=self.style)
        return [Print(page, folder / "measurement.pdf", parts=".none")]
