"""Persona cards as pages: a clean face, a back that answers "how do you know?", and one sheet that compares all of them."""

from __future__ import annotations

import re
import unicodedata
from html import escape
from typing import Any

import pandas as pd

from personakit.errors import PersonakitError, did_you_mean, listing
from personakit.evidence import SMALL_BASE, Claim, Figure, Voice, figure_of
from personakit.locale import Words
from personakit.personas_lines import DEMOGRAPHY, LESS_SATISFIED, format_of
from personakit.personas_model import FIELD_NAMES, Persona, Personas
from personakit.profiling import SegmentProfiles
from personakit.render.overview import overview_of
from personakit.render.pages import MARK_NAMES, colour_of, edit_mark, evidence_text, name_shown, page_of, words_of

#: Fields on the face, in order; channels, media and devices stand together.
FACE = ("goals", "needs", "jobs", "values", "opinions", "frustrations", "triggers", "objections", "interests", "behaviours",
        "products", "reach", "do", "avoid")  # fmt: skip
REACH = ("channels", "media", "devices")
REACH_NAME = "Where to meet them"
TRAITS_SHOWN = 14
_STRIP = 120


def personas_page(  # noqa: PLR0913  what is shown, how it looks, how it prints
    personas: Personas, profiles: SegmentProfiles, *, language: str, style: str = "", only: int = 0, paper: str = "a4",
    fonts: bool = True,
) -> str:  # fmt: skip
    """
    Lay out the persona cards as one page: all of them with the comparison, or a single one.

    Parameters
    ----------
    personas : Personas
        The cards.
    profiles : SegmentProfiles
        For the table of traits on the back.
    language : {"en", "nb", "fi", "fa"}
        Language of the page.
    style : {"", "person", "role"}
        ``role`` leaves out name, age and picture; without it as the study file says.
    only : int
        A segment, for a page with its card alone.
    paper : {"a4", "a3"}
        How it prints: face and back on two pages of A4, or side by side on one of A3.
    fonts : bool
        Whether the fonts are inside; a page without them looks as the fonts of the machine make it.

    Returns
    -------
    str
        HTML.
    """
    words = words_of(personas, language)
    style = style or personas.about.get("style", "person")
    cards = [card_of(persona, personas, profiles, words, style=style) for persona in personas.personas
             if only in {0, persona.segment}]  # fmt: skip
    overview = overview_of(personas, profiles, words, style=style) if not only else None
    labels = personas.about.get("basis_words", [[label, ""] for label in personas.about["basis"]])  # not in cards made earlier
    basis = words.listing([words.label(message, value or None) for message, value in labels])
    return page_of("personas.html", words, personas.about, cards=cards, overview=overview, facts=facts_of(personas, words),
                   basis=basis, paper=paper, fonts=fonts)  # fmt: skip


def show_card(personas: Personas, profiles: SegmentProfiles, persona: str) -> Any:
    """
    Show one card in a notebook, as it stands on the page for readers.

    Parameters
    ----------
    personas : Personas
        The cards.
    profiles : SegmentProfiles
        For the back of the card.
    persona : str
        Name of the persona.

    Returns
    -------
    IPython.display.HTML
        The card in a frame of its own, without scripts.

    Raises
    ------
    PersonakitError
        If there is no persona of that name.
    """
    from IPython.display import HTML

    names = {card.name: card for card in personas.personas}
    if persona not in names:
        raise PersonakitError(f"there is no persona '{persona}'; there are: {listing(names)}{did_you_mean(persona, names)}")
    return HTML(card_frame(personas, profiles, names[persona]))


def card_frame(personas: Personas, profiles: SegmentProfiles, card: Persona) -> str:
    """One card as a frame for notebooks and widgets: its style and that of the notebook stay apart."""
    page = personas_page(personas, profiles, only=card.segment, language=personas.about["language"], fonts=False)
    return (f'<div><iframe class="pk-card" title="{escape(card.name)}" sandbox="" srcdoc="{escape(page)}" '
            'style="width:100%;height:56em;border:1px solid #d9dde4"></iframe></div>')  # fmt: skip


def file_name(persona: Persona) -> str:
    """
    A name for the files of one persona that every system takes.

    Examples
    --------
    >>> file_name(Persona(segment=2, name="Kåre", n=9, claims=[]))
    '2-kåre'
    """
    return file_stem(persona.segment, persona.name)


def file_stem(segment: int, name: str) -> str:
    """A name for the files of a segment's persona that every system takes."""
    plain = unicodedata.normalize("NFC", name.lower())
    word = re.sub(r"[^\w]+", "-", plain)[:40].strip("-")
    return f"{segment}-{word}".rstrip("-")


def card_of(persona: Persona, personas: Personas, profiles: SegmentProfiles, words: Words, *, style: str) -> dict[str, Any]:
    """Everything that a card shows, in the words of one language; slides and sheets use the same."""
    groups = _by_evidence([line for line in persona.claims if not (style == "role" and line.place == "who")])
    refs = {line.id: number for number, lines in enumerate(groups, 1) for line in lines}
    alone = {lines[0].evidence[0].key: number for number, lines in enumerate(groups, 1) if len(lines[0].evidence) == 1}
    who = [] if style == "role" else [line for line in persona.at("who") if line.evidence]
    fields = []
    for field in FACE:
        lines = [line for place in (REACH if field == "reach" else (field,)) for line in persona.at(place)]
        known = _once([_entry(line, words, refs) for line in lines if line.kind != "assumption"])
        if known:
            fields.append({"place": field, "name": words(REACH_NAME if field == "reach" else FIELD_NAMES[field]), "lines": known})
    curve = [_step(piece, words) for line in persona.at("prevalence") for piece in line.evidence if isinstance(piece, Figure)]
    return {
        "segment": persona.segment, "name": name_shown(persona, words, style), "n": persona.n, "style": style,
        "colour": colour_of(persona.segment), "seed": personas.about["title"], "small": persona.n < SMALL_BASE,
        "mark": words(MARK_NAMES[persona.mark]) if persona.mark else "", "size": words.claim(persona.at("size")[0]),
        "value": [words.thing(line) for line in persona.at("value")],
        "essence": [_entry(line, words, refs) for line in persona.at("essence")],
        "who": [_entry(line, words, refs) | {"quiet": line.asserts == "level"} for line in who],
        "quotes": [_quote(line, words) for line in persona.at("quotes") if line.kind in {"voice", "edited"}], "fields": fields,
        "open": _open(persona, words, style),
        "traits": traits_of_back(profiles, persona.segment, words, style=style),
        "evidence": [_back(lines, words, refs, alone) for lines in groups],
        "assumed": [_entry(line, words, refs) for line in persona.claims if line.kind == "edited" and not line.evidence],
        "curve": sorted(curve, key=lambda step: step["k"]),
        "prevalence": [words.claim(line) for line in persona.at("prevalence")[:1]],
        "not_covered": [words.claim(line) for line in persona.at("not_covered")],
        "satisfaction": [words.thing(line) for place in ("satisfaction", "loyalty") for line in persona.at(place)
                         if line.evidence],
        "stability": words.number(personas.about.get("stability", {}).get(str(persona.segment), 0.0), 2)
        if str(persona.segment) in personas.about.get("stability", {}) else "",
    }  # fmt: skip


def _once(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what stands there already: the same channel may be told by orders and by the survey."""
    seen: set[str] = set()
    return [entry for entry in entries if not (entry["text"] in seen or seen.add(entry["text"]))]  # type: ignore[func-returns-value]


def _entry(line: Claim, words: Words, refs: dict[str, int]) -> dict[str, Any]:
    voice = line.evidence[0] if line.evidence and isinstance(line.evidence[0], Voice) and line.kind == "voice" else None
    return {"text": f"“{voice.quote}”" if voice else words.thing(line), "language": voice.language if voice else "",
            "free": voice is not None or line.kind == "edited", "ref": words.number(refs[line.id]) if line.id in refs else "",
            "mark": _mark(line, words), "grade": line.grade,
            "arrow": _arrow(line), "than_others": words(_THAN_OTHERS[_arrow(line)]) if _arrow(line) else ""}  # fmt: skip


_THAN_OTHERS = {"↑": "more than others", "↓": "less than others"}


def _arrow(line: Claim) -> str:
    """Which way a line lies from everyone else, where its words alone do not say it."""
    figure = figure_of(line)
    if line.message == LESS_SATISFIED:
        return "↓"
    if line.place not in {"opinions", "behaviours"} or figure is None or not figure.effect or line.asserts != "difference":
        return ""
    return "↑" if figure.effect > 0 else "↓"


def _quote(line: Claim, words: Words) -> dict[str, Any]:
    voice = line.evidence[0] if line.evidence else None
    if not isinstance(voice, Voice) or line.kind == "edited":
        return {"text": words.claim(line), "language": "", "free": True, "where": "", "mark": _mark(line, words)}
    return {"text": f"“{voice.quote}”", "language": voice.language, "free": True, "where": words(voice.source), "mark": ""}


def _mark(line: Claim, words: Words) -> str:
    """What a reader has to know about a line: an assumption, an edit, what the data now say to it, or weakness."""
    if line.edit is not None:
        return edit_mark(line, line.edit, words)
    if line.kind == "assumption":
        return words("assumption")
    return words("weak") if line.grade == "weak" and line.kind == "data" else ""


def _by_evidence(claims: list[Claim]) -> list[list[Claim]]:
    """Lines that rest on the same evidence stand together, so that the back says everything once."""
    groups: dict[tuple[str, ...], list[Claim]] = {}
    for line in claims:
        if line.evidence:
            groups.setdefault(tuple(piece.key for piece in line.evidence), []).append(line)
    return list(groups.values())


def _back(lines: list[Claim], words: Words, refs: dict[str, int], alone: dict[str, int]) -> dict[str, Any]:
    """One entry of the evidence list: the line, the other fields that rest on the same evidence, and the evidence."""
    first = lines[0]
    entry = _entry(first, words, refs)
    fields = [words(FIELD_NAMES.get(line.place, line.place)) for line in lines]
    shown = _shown_evidence(first, words, alone)
    return entry | {"text": entry["text"] if first.kind == "voice" else words.claim(first), "field": fields[0],
                    "grade": words(first.grade), "also": list(dict.fromkeys(fields[1:])), "evidence": shown}  # fmt: skip


def _shown_evidence(line: Claim, words: Words, alone: dict[str, int]) -> list[str]:
    """The evidence of a line: once in full; answers of one question after it in short; joined figures by their numbers."""
    first, *more = line.evidence
    if line.asserts == "joint":
        numbers = [alone.get(piece.key) for piece in line.evidence]
        if all(numbers):
            return [words("joins {numbers}", numbers=words.listing([words.number(int(n)) for n in numbers if n]))]
    if line.place == "prevalence":
        return [evidence_text(first, words)]
    return [evidence_text(first, words), *(evidence_text(piece, words, short=True) for piece in more)]


def _open(persona: Persona, words: Words, style: str) -> list[str]:
    """Fields that the data leave open, named once each."""
    places = [line for line in persona.claims if line.kind == "assumption" and not (style == "role" and line.place == "who")]
    named = [words.label(str(line.params["label"])) if line.place == "who" else words(FIELD_NAMES[line.place]) for line in places]
    return list(dict.fromkeys(named))


def _step(figure: Figure, words: Words) -> dict[str, Any]:
    k, _, m = figure.category.partition(" of ")
    others = words("too few to show") if figure.others is None else words.percent(figure.others)
    return {"k": int(k), "m": int(m), "share": figure.estimate, "others": figure.others, "label": words.number(int(k)),
            "text": words.percent(figure.estimate), "others_text": others}  # fmt: skip


def traits_of_back(profiles: SegmentProfiles, segment: int, words: Words, *, style: str = "") -> list[dict[str, Any]]:
    """
    Rows of the trait table: the largest differences, with a strip that shows where segment and everyone else lie.

    Returns
    -------
    list of dict
        One per trait: ``label``, ``value``, ``others``, ``interval``, ``n``, ``effect``, ``grade``, ``basis`` (made the
        segments), ``strip`` (positions from 0 to 120: ``dot``, ``low`` and ``high`` of the interval, ``left`` and ``right``
        of the middle half of the people, ``others``), and the plain ``figure``.
    """
    rows = profiles.of(segment)
    rows = rows[~rows["feature"].isin(DEMOGRAPHY)] if style == "role" else rows
    kept = rows[rows["apart"]].drop_duplicates("columns" if len(rows) > 40 else "key")
    figures = profiles.figures()
    traits = []
    for row in kept.head(TRAITS_SHOWN).to_dict("records"):
        figure = figures[row["key"]]
        label = words.name_of(figure)
        form = format_of(figure)
        short = "number" if form == "scale" else form
        unit = figure.unit if form in {"money", "number"} else ""
        low, high = (
            words.value(bound, short, figure.unit if short == "money" else "") for bound in (figure.ci_low, figure.ci_high)
        )
        traits.append({
            "label": label, "value": words.value(figure.estimate, short, unit), "others": words.value(figure.others, short, unit),
            "interval": f"{low} – {high}", "n": words.number(figure.n),
            "effect": words.number(figure.effect, 2) if figure.effect is not None else "–", "grade": words(row["grade"]),
            "basis": bool(row["in_basis"]), "strip": _strip(figure, profiles.table, words.direction == "rtl"), "figure": figure,
        })  # fmt: skip
    return traits


def _strip(figure: Figure, table: pd.DataFrame, mirrored: bool) -> dict[str, float]:
    """Positions on a strip from the lowest to the highest value of the feature over all segments."""
    low, high = 0.0, 1.0
    if figure.statistic != "share":
        scale = re.fullmatch(r"(-?\d+(?:\.\d+)?) to (-?\d+(?:\.\d+)?)", figure.unit)
        own = table[table["feature"] == figure.column]
        ends = own[["spread_low", "spread_high", "ci_low", "ci_high", "estimate", "others"]].astype(float)
        low, high = (float(scale[1]), float(scale[2])) if scale else (float(ends.min().min()), float(ends.max().max()))

    def place(value: float | None) -> float:
        part = ((figure.estimate if value is None else value) - low) / ((high - low) or 1.0)
        part = min(max(part, 0.0), 1.0)
        return round((1 - part if mirrored else part) * _STRIP, 1)

    ends = sorted((place(figure.spread_low), place(figure.spread_high)))
    bounds = sorted((place(figure.ci_low), place(figure.ci_high)))
    return {"dot": place(figure.estimate), "others": place(figure.others), "left": ends[0], "right": ends[1],
            "low": bounds[0], "high": bounds[1], "has_spread": float(figure.spread_low is not None)}  # fmt: skip


def facts_of(personas: Personas, words: Words) -> list[tuple[str, list[str]]]:
    """What every card rests on: method, sample, period, consent, version and dates; name and lines of each."""
    about = personas.about
    sources = [words.listing([part for part in (words(entry["source"]), _period(entry, words), _size(entry, words)) if part])
               for entry in about["sources"]]  # fmt: skip
    consent = words("only customers who agreed are counted") if about.get("consent") else words("no consent column is named")
    facts = [
        (words("Method"), [words(METHOD_NAMES.get(about["family"], about["family"]))]),
        (words("Data"), sources),
        (words("Consent"), [consent + (f" ({words(about['legal_basis'])})" if about.get("legal_basis") else "")]),
        (words("Version"), [words.number(int(about.get("version", 1)))]),
        (words("Data up to"), [words.date(about["as_of"])]),
    ]
    return [*facts, (words("Look at it again by"), [words.date(about["review_by"])])] if about.get("review_by") else facts


METHOD_NAMES = {
    "kmeans": "k-means", "latent_classes": "latent classes", "gaussian": "Gaussian mixture", "factor_mixture": "factor mixture",
    "mixed": "mixture model for mixed answers", "rfm": "tiers by recency, frequency and money",
}  # fmt: skip


def _period(entry: dict[str, Any], words: Words) -> str:
    if not entry.get("first") or not entry.get("last"):
        return ""
    first, last = (words.date(str(entry[end])[:10]) for end in ("first", "last"))
    return words("{first} to {last}", first=first, last=last)


def _size(entry: dict[str, Any], words: Words) -> str:
    n = entry.get("customers") or entry.get("rows")
    return "" if not n else words("n = {n}", n=words.number(int(n)))


def traits_table(personas: Personas) -> pd.DataFrame:
    """
    Put the curve of traits of every card into one table.

    Returns
    -------
    pandas.DataFrame
        One row per persona and number of traits: ``share`` of its people (percent) who have at least ``traits`` of the
        card's ``of`` traits, the interval ``low`` to ``high`` (95 %), and the share of ``others``; missing where too few
        people are left to show.
    """
    rows = []
    for card in personas.personas:
        for line in card.at("prevalence"):
            for piece in line.evidence:
                if isinstance(piece, Figure):
                    k, _, m = piece.category.partition(" of ")
                    numbers = (piece.estimate, piece.ci_low, piece.ci_high, piece.others)
                    rows.append([card.name, int(k), int(m), *(None if v is None else round(100 * v) for v in numbers)])
    table = pd.DataFrame(rows, columns=["persona", "traits", "of", "share", "low", "high", "others"])
    return table.astype({"others": "Int64"}).sort_values(["persona", "traits"], kind="stable").set_index(["persona", "traits"])
