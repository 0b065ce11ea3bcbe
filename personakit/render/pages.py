"""Self-contained pages of persona cards and journey maps: one file, fonts and style inside, no outside request."""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from personakit.evidence import Claim, Edit, Figure, Voice
from personakit.locale import Words
from personakit.personas_lines import format_of
from personakit.personas_model import FIELD_NAMES, Persona, Personas
from personakit.render.portraits import portrait
from personakit.study import Study

_FOLDER = Path(__file__).parent
#: Colours of the personas; each has a contrast of at least 4.5 to white.
COLOURS = ("#0b6e6e", "#8a4b08", "#5b3fa0", "#9c2f55", "#2f6b1f", "#1f5a9c", "#7a5a00", "#6b3a2e")
MARK_NAMES = {"primary": "primary persona", "secondary": "secondary persona", "served": "served", "not served": "not served"}
VERDICTS = {
    "natural": "The segments are natural: clear groups that come back in every sample.",
    "reproducible": "The segments are reproducible: the same groups come back in other samples, with blurred borders.",
    "constructive": "The segments are constructive: useful cuts through a continuum, not groups that exist by themselves.",
    "nothing to segment": "There is nothing to segment: no groups come back in other samples, so this one card describes "
    "everybody.",
    "chosen by a person": "A person chose the number of segments; it was not tested whether they come back in other samples.",
}
STRENGTHS = ("How strong a line is: strong – a clear difference, at least medium, 30 people or more on both sides; moderate – a "
             "small but certain difference; weak – uncertain, or few people; assumption – no data. A line that only says how "
             "things are: strong from 100 people, moderate from 30.")  # fmt: skip


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(_FOLDER / "templates"), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)  # fmt: skip


@cache
def _style(*, fonts: bool) -> Markup:
    """The style sheet with the fonts inside; both are the package's own files."""
    css = (_FOLDER / "templates" / "pages.css").read_text(encoding="utf-8")
    return Markup("\n".join([*([_faces()] if fonts else []), css]))  # noqa: S704  no data of a study is in it


@cache
def _faces() -> Markup:
    """The fonts, inside the page."""
    faces = []
    for weight, name in ((400, "Regular"), (700, "Bold")):
        font = base64.b64encode((_FOLDER / "fonts" / f"Vazirmatn-{name}.woff2").read_bytes()).decode()
        faces.append(f"@font-face{{font-family:Vazirmatn;font-weight:{weight};font-display:swap;"
                     f"src:url(data:font/woff2;base64,{font}) format('woff2')}}")  # fmt: skip
    return Markup("\n".join(faces))  # noqa: S704  no data of a study is in it


def words_of(personas: Personas, language: str) -> Words:
    """Words in a language, with the currency and calendar of the study."""
    return Words(language, personas.about["currency"], personas.about.get("calendar", "gregorian"))


def name_shown(persona: Persona, words: Words, style: str) -> str:
    """The name of a persona, or with the style ``role`` the number of its group."""
    return words("Group {number}", number=words.number(persona.segment)) if style == "role" else persona.name


def about_blank(study: Study) -> dict[str, Any]:
    """What the head and the foot of a blank page say about the study; nothing of its data is on such a page."""
    return {"title": study.study, "question": "", "as_of": str(study.as_of), "synthetic": False,
            "min_cell": study.privacy.min_cell}  # fmt: skip


def phase_name(phase: str, words: Words) -> str:
    """The name of a phase in a language; with a capital where the language has them."""
    name = words(phase)
    return name[:1].upper() + name[1:]


def colour_of(segment: int) -> str:
    """Give each persona the same colour on card, map and chart."""
    return COLOURS[(segment - 1) % len(COLOURS)]


def page_of(template: str, words: Words, about: dict[str, Any], *, paper: str = "a4", fonts: bool = True, **content: Any) -> str:
    """Fill a template with style, words and content; ``paper`` is for print, and without fonts a page is small."""
    return _environment().get_template(template).render(
        words=words, t=words, about=about, style=_style(fonts=fonts), evidence_text=lambda piece: evidence_text(piece, words),
        portrait=portrait, field_names=FIELD_NAMES, verdicts=VERDICTS, strengths=STRENGTHS, paper=paper,
        document=template.partition(".")[0], **content,
    )  # fmt: skip


def fill_template(template: str, words: Words, **content: Any) -> str:
    """Fill a template that is no page, such as a drawing; texts are escaped."""
    return _environment().get_template(template).render(words=words, t=words, fonts=_faces(), **content)


def edit_mark(line: Claim, edit: Edit, words: Words) -> str:
    """Say who changed a line and when, whether it is an assumption, and what the data now say to it."""
    said = {"contradicts": words("the data now say otherwise"), "silent": words("the data no longer say this"), "": ""}
    by = words("edited by {who}, {date}", who=edit.who, date=words.date(edit.on))
    parts = [words("assumption") if line.grade == "assumed" else "", by, said[edit.data_now]]
    return words.listing([part for part in parts if part])


def evidence_text(piece: Figure | Voice, words: Words, *, short: bool = False) -> str:
    """
    Say in one line what a claim rests on; in short only the answer, the estimate and its interval.

    Returns
    -------
    str
        For a figure: source, estimate with interval, n, everyone else, effect, adjusted p. For a voice: where it stands.
    """
    if isinstance(piece, Voice):
        return words(
            "{source}, {document}, line {line}",
            source=words(piece.source),
            document=piece.document,
            line=words.number(piece.line),
        )
    form, unit = format_of(piece), piece.unit
    form = unit if unit in {"days", "minutes"} and piece.table == "journeys" else form
    parts = [words("source {source}", source=", ".join(piece.sources[:3]) + (" …" if len(piece.sources) > 3 else ""))]
    name = {
        "mean": "mean",
        "median": "median",
        "share": "share",
        "count": "count",
        "total_share": "share",
        "opportunity": "opportunity",
        "rate": "rate",
        "change": "change",
    }[piece.statistic]
    plain = "number" if form == "scale" else form
    parts.append(f"{words(name)} {words.value(piece.estimate, form, unit)}")
    if piece.ci_low is not None and piece.ci_high is not None:
        low, high = (words.value(bound, plain, unit if plain == "money" else "") for bound in (piece.ci_low, piece.ci_high))
        parts.append(words("95% interval {low} to {high}", low=low, high=high))
    if short:
        return words.joined([f"{words(piece.category)}: {parts[1]}" if piece.category else parts[1], *parts[2:]])
    parts.append(f"n = {words.number(piece.n)}")
    if piece.others is not None and piece.others_n is not None:
        others, n = words.value(piece.others, plain, unit if plain == "money" else ""), words.number(piece.others_n)
        parts.append(words("before {others} (n = {n})", others=others, n=n) if piece.table == "drift" else
                     words("everyone else {others} (n = {n})", others=others, n=n))  # fmt: skip
    if piece.effect is not None:
        kind = {"hedges_g": "Hedges’ g", "cohens_h": "Cohen’s h", "rank_biserial": "rank-biserial r"}[str(piece.effect_kind)]
        parts.append(f"{kind} {words.number(piece.effect, 2)}")
    if piece.p_adjusted is not None:
        small = piece.p_adjusted < 0.001
        parts.append(
            words(
                "adjusted p {value}",
                value=("< " if small else "") + words.number(0.001 if small else piece.p_adjusted, 3),
            )
        )
    return words.joined(parts)
