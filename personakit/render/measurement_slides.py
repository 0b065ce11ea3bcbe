"""Step 11 as slides: are they still true, what has changed on each card, what has worked, and the agenda; native text."""

from __future__ import annotations

from typing import Any

from personakit.decisions import DecisionReview
from personakit.measurement_review import AGENDA, PersonaReview
from personakit.render.measurement_page import (
    decisions_of,
    differences_of,
    panels_of,
    quality_of,
    review_words,
    shown_review,
    truth_of,
)
from personakit.render.slide import INK, MARGIN, SOFT, WIDTH, Slide, deck_bytes, new_deck

_LINES, _ROWS, _MEASURES = 6, 12, 6


def measurement_slides(review: PersonaReview, decisions: DecisionReview, *, language: str, style: str = "") -> bytes:
    """
    Write what step 11 found as a presentation.

    Parameters
    ----------
    review : PersonaReview
        What was found.
    decisions : DecisionReview
        The log, looked at again.
    language : {"en", "nb", "fi", "fa"}
        Language of the slides; Persian ones run right to left.
    style : {"", "person", "role"}
        ``role`` names groups by number.

    Returns
    -------
    bytes
        A .pptx file: whether the personas are still true, a difference card for each persona of two waves, what was measured with
        its evidence in the notes, decisions, and the agenda of the review. The same review gives the same bytes.

    Raises
    ------
    ExtraNeededError
        If python-pptx is not installed; the message is the line that installs it.
    """
    words = review_words(review, language)
    review, decisions = shown_review(review, decisions, words, style)
    deck = new_deck(f"{words('Did it work, and are they still true?')} {review.about['title']}")
    truth = truth_of(review, words)
    said = [truth["verdict"], *(line["text"] for line in truth["lines"][:10])]
    _ReviewSlide(deck, words).text(words("Are they still true?"), said, review.about)
    if review.differences is not None:
        told = differences_of(review.differences, words)
        title = words("What has changed from {since} to {until}", since=told["since"], until=told["until"])
        for person in told["personas"]:
            _ReviewSlide(deck, words).card(title, person)
    for panel in panels_of(review, words):
        _ReviewSlide(deck, words).measures(panel, [*review.measurement.names.values()])
    changes = [line for line in review.measurement.lines if line.place == "measurement|changes"]
    if changes:
        _ReviewSlide(deck, words).text(words("Before and after a change"), [words.claim(line) for line in changes], review.about)
    quality = quality_of(review, words)
    held = [line["text"] for line in quality["lines"]] + ([quality["verdict"]] if quality["seen"] else [])
    held += [row["text"] for row in quality["seen"]]
    if held:
        _ReviewSlide(deck, words).text(words("Do the lines hold?"), held, review.about)
    log = decisions_of(decisions, words)
    head = [
        words(name) for name in ("Date", "Who", "What was decided", "Persona", "Expected", "What happened", "What it rests on")
    ]
    rows = [[row[name] for name in ("on", "who", "what", "personas", "expected", "happened", "standing")]
            for row in log["rows"][:_ROWS]]  # fmt: skip
    unused = words("Personas nobody has used yet: {names}", names=log["unused"]) if log["unused"] else ""
    _ReviewSlide(deck, words).whole(words("Decisions"), [head, *rows] if rows else [], [unused],
                                    widths=(1.4, 1.0, 3.0, 1.4, 2.0, 2.0, 1.4))  # fmt: skip
    agenda = [[words("minutes"), words("Agenda of the review")]]
    agenda += [[words.number(minutes), words(text)] for text, minutes in AGENDA.items()]
    _ReviewSlide(deck, words).whole(words("Agenda of the review"), agenda, [], widths=(1.0, 9.0))
    return deck_bytes(deck, review.about["as_of"])


class _ReviewSlide(Slide):
    """A slide of the review."""

    def text(self, title: str, lines: list[str], about: dict[str, Any]) -> None:
        """Lines below a title."""
        self.title(title, INK)
        self.box(MARGIN, 1.3, 12.3, 5.4, lines, size=18)
        if about.get("synthetic"):
            self.box(MARGIN, 6.95, 12.3, 0.4, [self.words("Synthetic data: no real customer is in them.")], size=10, colour=SOFT)

    def card(self, title: str, person: dict[str, Any]) -> None:
        """What has changed on one card."""
        colour = person["colour"].lstrip("#")
        self.title(f"{person['name']}: {title}", colour)
        size = self.words("{n} customers, {others} in the earlier wave", n=person["n"], others=person["old_n"])
        self.box(MARGIN, 1.1, 12.3, 0.4, [size], size=13, colour=SOFT)
        for number, block in enumerate(person["blocks"][:3]):  # the first ones are what changed; notes and page have all
            lines = [" → ".join(part for part in (line["old"], line["new"]) if part) for line in block["lines"][:_LINES]]
            self.box(MARGIN + number * 4.15, 1.7, 4.0, 4.9, [block["name"], *lines], size=13, heading=colour)
        if not person["blocks"]:
            self.box(MARGIN, 1.7, 12.3, 1.0, [self.words("Nothing on this card has changed beyond chance.")], size=18)
        self.box(MARGIN, 6.7, 12.3, 0.5, [person["quiet"]], size=11, colour=SOFT)
        self.slide.notes_slide.notes_text_frame.text = "\n".join(
            f"{line['new'] or line['old']}: {line['why']}" for block in person["blocks"] for line in block["lines"])  # fmt: skip

    def measures(self, panel: dict[str, Any], names: list[str]) -> None:
        """One kind of measure: personas side by side, a row for each measure."""
        self.title(panel["title"], INK)
        everyone = self.words("Everyone")
        rows = [[self.words("Measure"), everyone, *names]]
        notes = []
        for measure in panel["measures"][:_MEASURES]:
            own = {row["name"]: f"{row['value']} ({row['interval']})" for row in measure["rows"]}
            rows.append([measure["title"], *(own.get(name, "–") for name in (everyone, *names))])
            notes += [f"{row['name']}: {row['text']}. {row['why']}" for row in measure["rows"]]
        self.table(MARGIN, 1.4, WIDTH - 2 * MARGIN, rows, size=11, widths=(2.0, *[1.4] * (len(rows[0]) - 1)))
        self.slide.notes_slide.notes_text_frame.text = "\n".join(notes)

    def whole(self, title: str, rows: list[list[str]], lines: list[str], *, widths: tuple[float, ...] = ()) -> None:
        """A table and lines below a title."""
        self.title(title, INK)
        self.box(MARGIN, 1.1, 12.3, 0.6, lines, size=14)
        if rows:
            self.table(MARGIN, 1.8, WIDTH - 2 * MARGIN, rows, size=11, widths=widths)
