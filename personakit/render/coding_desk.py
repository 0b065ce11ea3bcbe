"""The coding desk: a document on the left, codes on the right; every change is on disk at once."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as widgets

from personakit.errors import PersonakitError
from personakit.render.desk import Desk
from personakit.voices_coding_session import CodingSession

_LINES_PER_PAGE = 40
_STYLE = """<style>
.pk-desk .widget-checkbox { height: auto; width: 100%; }
.pk-desk .widget-checkbox label { height: auto; line-height: 1.45; white-space: normal; align-items: start; }
.pk-desk .widget-checkbox span { white-space: normal; overflow: visible; unicode-bidi: plaintext; }
.pk-desk .pk-chip { border-radius: 0.7em; padding: 0 0.6em; margin-inline-end: 0.3em; color: #fff; font-size: 85%; }
.pk-desk .pk-asked { color: #5a6472; font-style: italic; line-height: 1.4; margin-top: 0.5em; }
.pk-desk button:focus-visible, .pk-desk input:focus-visible { outline: 3px solid #1b7f79; outline-offset: 1px; }
</style>"""


class CodingDesk(Desk):
    """
    A desk for coding texts with mouse or keyboard.

    Tick one or several lines, then press a code: it is given to the ticked lines, or taken away when all of them have it.
    The tabulator moves on, the space bar ticks and presses.

    Parameters
    ----------
    session : CodingSession
        Who codes what. The desk holds nothing itself: close the browser whenever you like.
    """

    def __init__(self, session: CodingSession) -> None:
        self.session = session
        self._documents = session.documents()
        self._page = 0
        options = [(f"{source}: {document}", place) for place, (source, document) in enumerate(self._documents)]
        self._document = widgets.Dropdown(options=options, description="Document", layout=widgets.Layout(width="100%"))
        self._document.observe(self._open, names="value")
        self._lines = widgets.VBox(layout=widgets.Layout(width="100%", max_height="32em", overflow="auto", display="block"))
        self._codes = widgets.VBox(layout=widgets.Layout(width="100%"))
        self._status = widgets.HTML()
        self._status.add_class("pk-status")
        self._new = widgets.Text(placeholder="new_code", layout=widgets.Layout(width="10em"))
        self._boxes: list[tuple[int, widgets.Checkbox]] = []
        move = [self._button("Back", lambda: self._turn(-1), "The page before"),
                self._button("Next", lambda: self._turn(1), "The next page or document")]  # fmt: skip
        add = self._button("Add code", self._add_code, "Put a new code into the codebook")
        undo = self._button("Undo", self._undo, "Take back the last change")
        read = self._button("Mark as read", self._mark_read, "Note that all lines shown were read, also those without a code")
        left = widgets.VBox([widgets.HBox([self._document, *move]), self._lines], layout=widgets.Layout(width="66%"))
        right = widgets.VBox([widgets.HTML("<b>Codes</b>"), self._codes, widgets.HBox([self._new, add]),
                              widgets.HBox([undo, read])], layout=widgets.Layout(width="32%"))  # fmt: skip
        self.box = widgets.VBox([widgets.HTML(_STYLE), widgets.HBox([left, right]), self._status])
        self.box.add_class("pk-desk")
        self._show_codes()
        self._show_lines()
        self._say("")

    def _place(self) -> tuple[str, str]:
        return self._documents[self._document.value]

    def _numbers(self) -> list[int]:
        """Line numbers of the open page."""
        numbers = sorted(self.session.codes_of(*self._place()))
        return numbers[self._page * _LINES_PER_PAGE : (self._page + 1) * _LINES_PER_PAGE]

    def _show_lines(self) -> None:
        if not self._documents:
            self._lines.children = (widgets.HTML("There are no texts to code."),)
            return
        ticked = {number for number, box in self._boxes if box.value}
        self._boxes, rows = [], []
        codes = self.session.codes_of(*self._place())
        for number in self._numbers():
            text = self.session.text_of(*self._place(), number)
            box = widgets.Checkbox(value=number in ticked, indent=False, description=f"{number}  {text}",
                                   layout=widgets.Layout(width="100%"))  # fmt: skip
            chips = "".join(self._chip(code) for code in codes[number])
            self._boxes.append((number, box))
            asked = self.session.asked_before(*self._place(), number)
            if asked:
                rows.append(widgets.HTML(f"<div dir='auto' class='pk-asked'>{escape(asked)}</div>"))
            rows += [box, widgets.HTML(f"<div dir='auto' class='pk-chips'>{chips}</div>")] if chips else [box]
        self._lines.children = tuple(rows)

    def _chip(self, code: str) -> str:
        book = self.session.codebook
        return f"<span class='pk-chip' style='background:{book.colour(code)}'>{escape(book.label(code))}</span>"

    def _show_codes(self) -> None:
        buttons = []
        for name, code in self.session.codebook.codes.items():
            tip = "; ".join(filter(None, [code.definition, code.example and f"such as: {code.example}",
                                          code.not_when and f"not when: {code.not_when}"]))  # fmt: skip
            edge = f"0.6em solid {self.session.codebook.colour(name)}"
            button = widgets.Button(description=self.session.codebook.label(name), tooltip=tip or name,
                                    layout=widgets.Layout(width="100%", border_left=edge))  # fmt: skip
            button.on_click(lambda _, name=name: self._toggle(name))
            buttons.append(button)
        self._codes.children = tuple(buttons) or (widgets.HTML("No codes yet. Write a name below."),)

    def _toggle(self, code: str) -> None:
        lines = [number for number, box in self._boxes if box.value]
        if not lines:
            self._say("Tick one or more lines first.")
            return
        have = self.session.codes_of(*self._place())
        everywhere = all(code in have[line] for line in lines)
        self._do(lambda: self.session.change(code, *self._place(), lines, give=not everywhere))
        for _, box in self._boxes:
            box.value = False
        self._show_lines()

    def _add_code(self) -> None:
        def add(words: str) -> bool:
            name = words.strip().lower().replace(" ", "_")
            return bool(name) and self._do(lambda: self.session.add_code(name))

        self._hand_over(self._new, add)
        self._show_codes()

    def _undo(self) -> None:
        done: list[bool] = []
        if self._do(lambda: done.append(self.session.undo())):
            self._show_lines()
            self._say("Taken back." if done[0] else "There is nothing to take back.")

    def _mark_read(self) -> None:
        numbers = self._numbers()
        if numbers and self._do(lambda: self.session.mark_read(*self._place(), numbers[0], numbers[-1])):
            self._say(f"Lines {numbers[0]} to {numbers[-1]} are noted as read.")

    def _turn(self, by: int) -> None:
        pages = -(-len(self.session.codes_of(*self._place())) // _LINES_PER_PAGE)
        if 0 <= self._page + by < pages:
            self._page += by
            self._boxes = []
            self._show_lines()
        elif 0 <= self._document.value + by < len(self._documents):
            self._document.value += by

    def _open(self, _: Any) -> None:
        self._page, self._boxes = 0, []
        self._show_lines()

    def _do(self, act: Any) -> bool:
        """Do something that writes; what goes wrong is said in one sentence."""
        try:
            act()
        except (PersonakitError, ValueError, OSError) as error:
            self._say(str(error))
            return False
        self._say("")
        return True

    def _say(self, words: str) -> None:
        n = len(self.session.table)
        saved = f"Saved: {n} codings in {escape(self.session.file.name)}." if n else "Nothing is coded yet."
        self._status.value = f"<p role='status'>{escape(words)} {saved}</p>"
