"""The teams' pages as slides: channels, budget, needs and, for each persona and team, what to do; native text and tables."""

from __future__ import annotations

from typing import Any

from personakit.activation import ActivationPlan
from personakit.activation_lines import TEAM_FIELDS, TEAM_NAMES
from personakit.render.slide import INK, MARGIN, SOFT, WIDTH, Slide, deck_bytes, new_deck
from personakit.render.team_pages import budget_of, matrix_of, people_of, plan_words, shown_names

#: Fields of a team that stand on its slide, six at most.
_SHOWN = {"marketing": ("matters", "words", "objections", "channels", "do", "avoid"), "product": ("needs", "pains", "stories"),
          "service": ("recognise", "come_for", "outcome", "tone", "do", "hand_over"), "research": ("tasks", "ask")}  # fmt: skip
_LINES_PER_BOX, _ROWS, _LINES_OF_STORIES = 5, 14, 8


def activation_slides(plan: ActivationPlan, *, language: str, style: str = "") -> bytes:
    """
    Write what each team can do as a presentation.

    Parameters
    ----------
    plan : ActivationPlan
        The plan.
    language : {"en", "nb", "fi", "fa"}
        Language of the slides; Persian ones run right to left.
    style : {"", "person", "role"}
        ``role`` names groups by number.

    Returns
    -------
    bytes
        A .pptx file: channels and budget, then a slide for each team and persona, with the evidence in its notes. The same plan
        gives the same bytes.

    Raises
    ------
    ExtraNeededError
        If python-pptx is not installed; the message is the line that installs it.
    """
    words = plan_words(plan, language)
    plan = shown_names(plan, words, style)
    deck = new_deck(f"{words('Putting personas to work')}: {plan.about['title']}")
    matrix, budget = matrix_of(plan, words), budget_of(plan, words)
    if matrix is not None:
        rows = [[row["channel"], *(cell["short"] for cell in row["cells"])] for row in matrix["rows"][:_ROWS]]
        _TeamSlide(deck, words).whole(words("Which channel for whom"), [[words("Channel"), *matrix["names"]], *rows], plan.about)
    if budget is not None:
        rows = [[row["channel"], *row["cells"], row["total"]] for row in budget["rows"]]
        head = [words("Channel"), *budget["names"], words("Together")]
        said = [line["text"] for line in budget["lines"]]
        _TeamSlide(deck, words).whole(words("How to split the budget"), [head, *rows], plan.about, said)
    for team in TEAM_FIELDS:
        for person in people_of(plan, team, words):
            _TeamSlide(deck, words).person(team, person)
    return deck_bytes(deck, plan.about["as_of"])


class _TeamSlide(Slide):
    """A slide for a team."""

    def whole(self, title: str, rows: list[list[str]], about: dict[str, Any], said: list[str] | None = None) -> None:
        """A table over all personas."""
        self.title(title, INK)
        self.box(MARGIN, 1.1, 12.3, 0.6, said or [], size=14)
        self.table(MARGIN, 1.8, WIDTH - 2 * MARGIN, rows, size=11, widths=(2.0, *[1.0] * (len(rows[0]) - 1)))
        if about.get("synthetic"):
            self.box(MARGIN, 6.95, 12.3, 0.4, [self.words("Synthetic data: no real customer is in them.")], size=10, colour=SOFT)

    def person(self, team: str, person: dict[str, Any]) -> None:
        """What one team does for one persona."""
        colour = person["colour"].lstrip("#")
        self.title(f"{person['name']}: {self.words(TEAM_NAMES[team])}", colour)
        fields = {field["place"]: field for field in person["fields"]}
        shown = [fields[place] for place in _SHOWN[team] if place in fields]
        rows = 2 if len(shown) > 3 else 1
        for number, field in enumerate(shown):
            x, y = MARGIN + (number % 3) * 4.15, 1.3 + (number // 3) * 2.95
            most = _LINES_OF_STORIES if rows == 1 else _LINES_PER_BOX
            lines = [
                line["text"] + (f" ({mark})" if (mark := line["priority"] or line["mark"]) else "")
                for line in field["lines"][:most]
            ]
            self.box(x, y, 4.0, 5.8 / rows, [field["name"], *lines], size=12 if rows == 2 else 13, heading=colour)
        notes = [
            f"{number}. {entry['text']}: {'; '.join(entry['evidence'])}" for number, entry in enumerate(person["evidence"], 1)
        ]
        self.slide.notes_slide.notes_text_frame.text = "\n".join(notes)
