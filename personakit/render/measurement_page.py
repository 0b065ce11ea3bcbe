"""Measurement as one page: whether the personas are still true, what has worked, how good they are, and what was decided."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from personakit.decisions import HOLDS, MOVED, NO_CLAIM, SILENT, DecisionReview, review_decisions
from personakit.drift_differences import (
    CHANGED,
    CLEAR_NOW,
    FIRST_SHOWN,
    NEW,
    NO_LONGER,
    NOT_CLEAR,
    STILL,
    LineDifference,
    WaveDifferences,
)
from personakit.edits import DATA_NOW
from personakit.evidence import Claim, Figure, figure_of
from personakit.locale import Words
from personakit.measurement_perception import HIGHEST, LOWEST, persona_quality, statement_ids
from personakit.measurement_quality import GRADES
from personakit.measurement_review import AGENDA, NO_EARLIER_WAVE, PersonaReview
from personakit.render.pages import colour_of, evidence_text, page_of

#: Headings of what is measured, by the place of the lines.
PLACES = {"campaigns": "Campaigns", "satisfaction": "Satisfaction", "service": "Customer service", "repeat": "Who comes back"}
STANDINGS = {HOLDS: "still holds", MOVED: "a figure has moved", SILENT: "no longer said", NO_CLAIM: "rests on no line"}
WHAT = {CHANGED: "Changed", NEW: "New", NO_LONGER: "No longer true", CLEAR_NOW: "Clear now", NOT_CLEAR: "No longer clear"}
ONLY_MOVED = "Lines that only changed their place, as the data of both waves bear them out: {n}."
_QUIET = "#596273"
#: The strip of a picture: its width, and the room at both ends.
_WIDE, _ROOM = 200.0, 6.0


def measurement_page(
    review: PersonaReview, decisions: DecisionReview, *, language: str, style: str = "", fonts: bool = True
) -> str:  # fmt: skip
    """
    Lay out what step 11 found, as one page.

    Parameters
    ----------
    review : PersonaReview
        What was found.
    decisions : DecisionReview
        The log, looked at again.
    language : {"en", "nb", "fi", "fa"}
        Language of the page.
    style : {"", "person", "role"}
        ``role`` names groups by number instead of by first names.
    fonts : bool
        Whether the fonts are inside.

    Returns
    -------
    str
        HTML.
    """
    words = review_words(review, language)
    review, decisions = shown_review(review, decisions, words, style)
    return page_of(
        "measurement.html", words, {**review.about, "question": ""}, fonts=fonts, truth=truth_of(review, words),
        differences=differences_of(review.differences, words) if review.differences else None, panels=panels_of(review, words),
        changes=[_said(line, words) for line in review.measurement.lines if line.place == "measurement|changes"],
        quality=quality_of(review, words), decisions=decisions_of(decisions, words),
        notes=[words(note) for note in review.measurement.notes],
        agenda=[(words.value(minutes, "number", "minutes"), words(text)) for text, minutes in AGENDA.items()],
        agenda_minutes=words.value(sum(AGENDA.values()), "number", "minutes"),
    )  # fmt: skip


def review_words(review: PersonaReview, language: str) -> Words:
    """Words in a language, with the currency and calendar of the study."""
    return Words(language, review.about["currency"], review.about.get("calendar", "gregorian"))


def shown_review(
    review: PersonaReview, decisions: DecisionReview, words: Words, style: str
) -> tuple[PersonaReview, DecisionReview]:
    """Name personas as the style wants it: by first name, or by the number of the group."""
    if (style or review.about.get("style", "person")) != "role":
        return review, decisions
    names = {segment: words("Group {number}", number=words.number(segment)) for segment in review.measurement.names}
    numbered = {name: names[segment] for segment, name in review.measurement.names.items()}
    told = review.differences
    if told is not None:
        old = {segment: words("Group {number}", number=words.number(segment)) for segment in told.old_names}
        contradicted = [{**edit, "persona": numbered.get(edit["persona"], edit["persona"])} for edit in told.contradicted]
        told = replace(told, names={segment: names.get(segment, old.get(segment, "")) for segment in told.names}, old_names=old,
                       contradicted=contradicted)  # fmt: skip
    unused = [numbered.get(name, name) for name in decisions.unused]
    personas = decisions.decisions["personas"].replace(numbered)
    return (replace(review.renamed(names), differences=told),
            replace(decisions, decisions=decisions.decisions.assign(personas=personas), unused=unused,
                    claims=decisions.claims.assign(persona=decisions.claims["persona"].replace(numbered))))  # fmt: skip


def _said(line: Claim, words: Words) -> dict[str, Any]:
    """A line with what it rests on."""
    return {"text": words.claim(line), "why": "; ".join(evidence_text(piece, words) for piece in line.evidence)}


def truth_of(review: PersonaReview, words: Words) -> dict[str, Any]:
    """Whether the personas are still true: the verdict, its reasons, and what is to be done."""
    if review.drift is None or not review.drift_lines:
        return {"level": "", "verdict": words(NO_EARLIER_WAVE), "lines": []}
    verdict, *reasons = review.drift_lines
    level = {"keep": "good", "update the cards": "", "segment again": "bad"}[review.drift.verdict]
    return {"level": level, "verdict": words.claim(verdict), "lines": [_said(line, words) for line in reasons]}


def panels_of(review: PersonaReview, words: Words) -> list[dict[str, Any]]:
    """
    Gather what was measured, one panel for each kind, with the personas below each other.

    Returns
    -------
    list of dict
        ``place``, ``title`` and ``measures``, a list of dict: ``title``, ``rows`` (persona, colour, value, interval, n, evidence,
        and where its strip lies) and ``ends``, the numbers at both ends of the strips.
    """
    panels = []
    for place, title in PLACES.items():
        own = [line for line in review.measurement.lines if line.place == f"measurement|{place}"]
        measures: dict[str, list[Claim]] = {}
        for line in own:
            measures.setdefault(_figure(line).column, []).append(line)
        if own:
            shown = [_measure(lines, review.measurement.names, words) for lines in measures.values()]
            panels.append({"place": place, "title": words(title), "measures": shown})
    return panels


def _figure(line: Claim) -> Figure:
    return next(piece for piece in line.evidence if isinstance(piece, Figure))


def _measure(lines: list[Claim], names: dict[int, str], words: Words) -> dict[str, Any]:
    """One measure over everybody and all personas: a row each, with a strip on one scale."""
    figures = [_figure(line) for line in lines]
    form = str(lines[0].params.get("format", "number"))
    low = min(figure.ci_low if figure.ci_low is not None else figure.estimate for figure in figures)
    high = max(figure.ci_high if figure.ci_high is not None else figure.estimate for figure in figures)
    room = (high - low) or 1.0

    def at(value: float | None, otherwise: float) -> float:
        return round(_ROOM + ((otherwise if value is None else value) - low) / room * (_WIDE - 2 * _ROOM), 1)

    everyone = next((figure.estimate for figure in figures if figure.segment == 0), None)
    rows = []
    for line, figure in zip(lines, figures, strict=True):
        left, right = at(figure.ci_low, figure.estimate), at(figure.ci_high, figure.estimate)
        interval = "–" if figure.ci_low is None or figure.ci_high is None else words(
            "{low} to {high}", low=words.value(figure.ci_low, form), high=words.value(figure.ci_high, form))  # fmt: skip
        rows.append({
            "name": names.get(figure.segment) or words("Everyone"), "everyone": figure.segment == 0,
            "colour": colour_of(figure.segment) if figure.segment else _QUIET, "value": words.value(figure.estimate, form),
            "interval": interval, "n": words.number(figure.n), "left": left, "right": right, "dot": at(figure.estimate, 0.0),
            "text": words.claim(line), "why": "; ".join(evidence_text(piece, words) for piece in line.evidence),
            "few": figure.n < 30, "differs": figure.p_adjusted is not None and figure.p_adjusted < 0.05,
        })  # fmt: skip
    return {"title": measure_title(lines[0], words), "rows": rows, "middle": at(everyone, low) if everyone is not None else None,
            "ends": (words.value(low, form), words.value(high, form)), "width": _WIDE}  # fmt: skip


#: Short names of what is measured, by the column of the figure.
MEASURES = {
    "campaigns_bought": "Purchases per contact", "campaigns_clicked": "Clicks per contact",
    "campaigns_cost_per_click": "Cost of a click", "campaigns_cost_per_purchase": "Cost of a purchase",
    "campaigns_return_on_spend": "Money back for money spent", "service_resolved": "Cases solved",
    "service_rating": "Rating of the help", "again": "Bought again after {days} days",
}  # fmt: skip


def measure_title(line: Claim, words: Words) -> str:
    """Name what a line measures, in a few words."""
    figure = _figure(line)
    if figure.column in MEASURES:
        days = {"days": words.number(line.params["days"])} if "days" in line.params else {}
        return words(MEASURES[figure.column], **days)
    name = words.name_of(figure)
    return words("Net promoter score: {label}", label=name) if figure.column.startswith("nps_") else name


def quality_of(review: PersonaReview, words: Words) -> dict[str, Any]:
    """
    How many claims hold for other customers, by grade, and how the people who use the personas see them.

    Returns
    -------
    dict
        ``rows`` (by grade), ``lines``, ``seen`` (dimensions, with score, interval, n, alpha, and where their strip lies),
        ``verdict`` (both put together, in words), ``ends`` (the numbers at both ends of the strips), and ``statements``.
    """
    table = review.fidelity.by_grade.set_index("grade")
    rows = []
    for grade in (grade for grade in GRADES if grade in table.index and table.at[grade, "claims"] > 0):
        row = table.loc[grade]
        interval = words("{low} to {high}", low=words.percent(row["ci_low"]), high=words.percent(row["ci_high"]))
        rows.append({"grade": words(grade), "claims": words.number(row["claims"]), "share": float(row["share"]),
                     "percent": words.percent(row["share"]), "interval": interval,
                     "contradicted": words.number(row["contradicted"])})  # fmt: skip
    held, seen = ([line for line in review.lines if line.place == f"measurement|{place}"] for place in ("quality", "perception"))
    message, params = persona_quality(review.fidelity, review.perception)
    return {"rows": rows, "lines": [_said(line, words) for line in held], "seen": _seen(review, seen, words),
            "verdict": words(message, **{name: words(value) for name, value in params.items()}),
            "ends": (words.number(LOWEST), words.number(HIGHEST)), "width": _WIDE,
            "statements": [words(text) for text in statement_ids().values()]}  # fmt: skip


def _seen(review: PersonaReview, lines: list[Claim], words: Words) -> list[dict[str, Any]]:
    """A row for each dimension that people have judged, with a strip from the lowest to the highest answer."""
    alphas = review.perception.set_index("dimension")["alpha"]
    told = {_figure(line).column.removeprefix("perception_"): line for line in lines if "value" in line.params}

    def at(value: float) -> float:
        return round(_ROOM + (min(max(value, LOWEST), HIGHEST) - LOWEST) / (HIGHEST - LOWEST) * (_WIDE - 2 * _ROOM), 1)

    rows = []
    for name, line in told.items():
        figure = _figure(line)
        low, high = (figure.estimate if bound is None else bound for bound in (figure.ci_low, figure.ci_high))
        interval = words("{low} to {high}", low=words.number(low, 1), high=words.number(high, 1))
        rows.append({"name": words("All statements" if name == "all" else name), "everyone": name == "all", "colour": _QUIET,
                     "value": words.number(figure.estimate, 1), "interval": interval, "n": words.number(figure.n),
                     "left": at(low), "right": at(high), "dot": at(figure.estimate),
                     "alpha": "–" if pd.isna(alphas[name]) else words.number(alphas[name], 2), "text": words.claim(line),
                     "why": "; ".join(evidence_text(piece, words) for piece in line.evidence)})  # fmt: skip
    return rows


def perception_texts(language: str) -> dict[str, str]:
    """The statements of the form in a language, by name."""
    words = Words(language)
    return {name: words(text) for name, text in statement_ids().items()}


def decisions_of(review: DecisionReview, words: Words) -> dict[str, Any]:
    """The log of decisions, the personas nobody used, and the claims that are used most."""
    rows = [{"number": words.number(row["number"]), "on": words.date(row["on"]), "who": row["who"], "what": row["what"],
             "personas": row["personas"] or "–", "expected": row["expected"] or "–", "happened": row["happened"] or "–",
             "standing": words(STANDINGS[row["standing"]]), "flagged": row["standing"] in {MOVED, SILENT}}
            for row in review.decisions.to_dict("records")]  # fmt: skip
    used = [{"persona": row["persona"], "line": _line_said(review, row, words), "decisions": words.number(row["decisions"]),
             "standing": words(STANDINGS[row["standing"]])} for row in review.claims.to_dict("records")]  # fmt: skip
    return {"rows": rows, "used": used, "unused": words.listing(review.unused), "flagged": words.number(len(review.flagged)),
            "any_flagged": len(review.flagged) > 0}  # fmt: skip


def _line_said(review: DecisionReview, row: dict[str, Any], words: Words) -> str:
    """A line that decisions rest on in words; what is no longer said, by the name of its figure."""
    found = [line for (name, key), line in review.said.items() if key == row["line"] and row["persona"] == name]
    found += [line for (_, key), line in review.said.items() if key == row["line"]]  # personas by number are called otherwise
    return words.claim(found[0]) if found else row["line"].replace("|", " ").strip()


def differences_of(differences: WaveDifferences, words: Words) -> dict[str, Any]:
    """
    What changed on the cards, persona by persona; page, slides and sheet use the same.

    Returns
    -------
    dict
        ``since``, ``until``, ``personas`` (each with ``name``, ``old_name``, ``colour``, ``n``, ``old_n``, ``blocks`` of lines
        with ``old`` and ``new``, and ``quiet``, on what only changed its place), ``gone``, ``come`` and ``contradicted``.
    """
    people = []
    for segment, name in differences.names.items():
        if segment not in differences.old_names:
            continue
        blocks = [{"what": what, "name": words(WHAT[what]), "lines": [_pair(entry, words) for entry in found]}
                  for what in WHAT if (found := differences.of(segment, what))]  # fmt: skip
        quiet = len(differences.of(segment, STILL, FIRST_SHOWN))
        people.append({
            "segment": segment, "name": name, "old_name": differences.old_names[segment], "colour": colour_of(segment),
            "n": words.number(differences.n[segment]), "old_n": words.number(differences.old_n[segment]), "blocks": blocks,
            "quiet": words(ONLY_MOVED, n=words.number(quiet)) if quiet else "",
        })  # fmt: skip
    contradicted = [{"persona": edit["persona"], "line": edit["line"], "who": edit["who"], "on": words.date(edit["on"]),
                     "now": words(DATA_NOW[edit["data_now"]])}
                    for edit in differences.contradicted]  # fmt: skip
    return {"since": words.date(differences.since), "until": words.date(differences.until), "personas": people,
            "gone": words.listing(differences.gone), "come": words.listing(differences.come),
            "contradicted": contradicted}  # fmt: skip


def _pair(entry: LineDifference, words: Words) -> dict[str, str]:
    old, new = (words.claim(line) if line is not None else "" for line in (entry.old, entry.new))
    why = [_figure_text(line, words) for line in (entry.old, entry.new) if line is not None]
    return {"old": old, "new": new, "why": " → ".join(why)}


def _figure_text(line: Claim, words: Words) -> str:
    piece = figure_of(line)
    return evidence_text(piece, words, short=True) if piece is not None else ""


def differences_page(review: PersonaReview, *, language: str, style: str = "", fonts: bool = True) -> str:
    """
    Lay out the difference cards: what each card says otherwise than in the earlier wave.

    Parameters
    ----------
    review : PersonaReview
        With differences.
    language : {"en", "nb", "fi", "fa"}
        Language of the page.
    style : {"", "person", "role"}
        ``role`` names groups by number.
    fonts : bool
        Whether the fonts are inside.

    Returns
    -------
    str
        HTML.
    """
    words = review_words(review, language)
    review, _ = shown_review(review, review_decisions([], [], {}), words, style)
    if review.differences is None:
        raise ValueError("there is no earlier wave to compare with")
    return page_of("differences.html", words, {**review.about, "question": ""}, fonts=fonts, truth=truth_of(review, words),
                   differences=differences_of(review.differences, words))  # fmt: skip
