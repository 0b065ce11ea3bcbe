"""The persona editor: lines of a card to rewrite, remove, pick and add, with the card itself beside them."""

from __future__ import annotations

from html import escape

import ipywidgets as widgets

from personakit.evidence import Claim
from personakit.personas_model import FIELD_NAMES, MARKS
from personakit.personas_session import OWN_FIELDS, PersonaSession
from personakit.render.cards import card_frame
from personakit.render.line_editor import STYLE, LineEditor
from personakit.render.pages import words_of

_FURTHER = 12
_EDITED_FIELDS = [name for name in FIELD_NAMES if name not in {"size", "value", "prevalence", "not_covered"}]


class PersonaEditor(LineEditor):
    """
    An editor for persona cards, for a team around one screen.

    Every change is kept beside the study file, with who made it and when, and the card is drawn again. Lines of one's own
    are assumptions until data back them; the editor shows which data would.

    Parameters
    ----------
    session : PersonaSession
        Who edits which cards. The editor holds nothing itself: close the browser whenever you like.
    """

    session: PersonaSession

    def __init__(self, session: PersonaSession) -> None:
        self.session = session
        wide = widgets.Layout(width="100%")
        self._persona = widgets.Dropdown(options=self._options(), description="Persona", layout=wide)
        self._name = widgets.Text(description="Name", continuous_update=False)
        self._mark = widgets.Dropdown(options=[(mark or "not marked", mark) for mark in MARKS], description="Mark")
        self._lines, self._further = (
            widgets.VBox(layout=widgets.Layout(width="100%", max_height=height, overflow="auto", display="block"))
            for height in ("24em", "12em")
        )
        self._field = widgets.Dropdown(
            options=[(FIELD_NAMES[name], name) for name in OWN_FIELDS], value="needs", description="Field"
        )
        self._own = widgets.Text(placeholder="A line of your own", layout=wide)
        self._backing = widgets.Dropdown(options=[("nothing yet: an assumption", "")], description="Backed by", layout=wide)
        self._direction = widgets.Dropdown(options=["higher", "lower"], description="Here it is")
        self._card, self._status = widgets.HTML(layout=wide), widgets.HTML()
        self._status.add_class("pk-status")
        self._persona.observe(lambda _: self._draw(), names="value")
        self._name.observe(lambda change: self._rename(change["new"]), names="value")
        self._mark.observe(lambda change: self._set_mark(change["new"]), names="value")
        self._own.observe(lambda change: self._look_for_data(change["new"]), names="value")
        buttons = [self._button("Add line", self._add, "Put your own line on the card"),
                   self._button("Undo", self._undo, "Take back the last change")]  # fmt: skip
        own = widgets.VBox([widgets.HTML("<b>A line of your own</b>"), self._field, self._own, self._backing, self._direction])
        left = widgets.VBox([self._persona, self._name, self._mark, self._lines, self._further, own,
                             widgets.HBox(buttons), self._status], layout=widgets.Layout(width="46%"))  # fmt: skip
        for box in (self._persona, self._own, self._backing):
            box.layout.width = "98%"
        right = widgets.VBox([self._card], layout=widgets.Layout(width="54%"))
        self.box = widgets.VBox([widgets.HTML(STYLE), widgets.HBox([left, right])])
        self.box.add_class("pk-editor")
        self._drawing = False
        self._draw()
        self._say("")

    def _options(self) -> list[tuple[str, str]]:
        return [(shown, name) for name, shown in self.session.names.items()]

    def _draw(self) -> None:
        """Show lines, further lines and the card as they are now."""
        self._drawing = True
        persona, card = self._persona.value, self.session.card(self._persona.value)
        self._name.value, self._mark.value = card.name, card.mark
        words = words_of(self.session.personas, self.session.personas.about["language"])
        rows: list[widgets.Widget] = []
        for place in _EDITED_FIELDS:
            lines = [line for line in card.at(place) if line.kind != "assumption"]
            if lines:
                rows.append(widgets.HTML(f"<div class='pk-field'>{escape(FIELD_NAMES[place])}</div>"))
                rows += [self._shown(persona, line, words.claim(line)) for line in lines]
        self._lines.children = tuple(rows)
        further = [self._further_line(persona, line, words.claim(line))
                   for line in self.session.further_lines(persona)[:_FURTHER]]  # fmt: skip
        title = "<b>Further lines that the data back</b>" if further else "All that the data back is on the card."
        self._further.children = (widgets.HTML(title), *further)
        self._card.value = card_frame(self.session.personas, self.session.profiles, card)
        self._drawing = False

    def _shown(self, persona: str, line: Claim, text: str) -> widgets.Widget:
        rewrite = None if line.kind == "voice" else lambda new: self.session.rewrite(persona, line, new)
        return self._line(line, text, rewrite, lambda: self.session.remove(persona, line))

    def _further_line(self, persona: str, line: Claim, text: str) -> widgets.Widget:
        add = self._button("Add", lambda: self._change(lambda: self.session.pick(persona, line)), f"Put on the card: {text}")
        shown = f"{escape(FIELD_NAMES[line.place])}: {escape(text)} <small>({escape(line.grade)})</small>"
        return widgets.HBox([widgets.HTML(f"<div class='pk-line' dir='auto'>{shown}</div>",
                                          layout=widgets.Layout(flex="1 1 auto", width="auto")), add])  # fmt: skip

    def _look_for_data(self, text: str) -> None:
        """Show which data would back the line that is being written."""
        found = self.session.could_back(self._persona.value, text) if text.strip() else []
        nothing = "nothing yet: an assumption" if found or not text.strip() else "no data are about this: ask in a survey"
        self._backing.options = [(nothing, ""), *((f"{b.label} (now: {b.now})", b) for b in found)]

    def _add(self) -> None:
        backing = self._backing.value
        data = {"feature": backing.feature, "category": backing.category, "direction": self._direction.value} if backing else {}
        where = (self._persona.value, self._field.value)
        self._hand_over(self._own, lambda words: self._change(lambda: self.session.add(*where, words, **data)))

    def _rename(self, name: str) -> None:
        if not self._drawing and self._change(lambda: self.session.rename(self._persona.value, name)):
            chosen = self._persona.value
            self._persona.options = self._options()
            self._persona.value = chosen

    def _set_mark(self, mark: str) -> None:
        if not self._drawing:
            self._change(lambda: self.session.mark(self._persona.value, mark))

    def _against(self) -> str:
        n = len(self.session.personas.about.get("edits_contradicted", []))
        return f"{n} edits no longer fit the data; they are marked on the cards." if n else ""
