"""What the editors of cards and maps share: lines to rewrite and remove, undo, and one sentence about what happened."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from personakit.edits import EditSession
from personakit.errors import PersonakitError
from personakit.evidence import Claim
from personakit.render.desk import Desk

STYLE = """<style>
.pk-editor .pk-line { unicode-bidi: plaintext; line-height: 1.4; white-space: normal; }
.pk-editor .pk-field { color: #0b6e6e; font-weight: 700; margin-top: .5em; }
.pk-editor button:focus-visible, .pk-editor input:focus-visible, .pk-editor .noUi-handle:focus-visible {
  outline: 3px solid #1b7f79; outline-offset: 1px; }
</style>"""
_WIDE = {"flex": "1 1 auto", "width": "auto"}


class LineEditor(Desk, ABC):
    """An editor that changes lines through a session; the session keeps every change, the editor holds nothing itself."""

    session: EditSession[Any]
    _status: widgets.HTML

    @abstractmethod
    def _draw(self) -> None:
        """Show everything as it is now."""

    @abstractmethod
    def _against(self) -> str:
        """Say how many edits no longer fit the data; empty when all do."""

    def _line(
        self, line: Claim, text: str, rewrite: Callable[[str], object] | None, remove: Callable[[], object]
    ) -> widgets.Widget:
        """One line with its buttons; without ``rewrite`` (quotes) it can only be taken off."""
        shown = widgets.HTML(f"<div class='pk-line' dir='auto'>{escape(text)} <small>({escape(line.grade)})</small></div>",
                             layout=widgets.Layout(**_WIDE))  # fmt: skip
        row = widgets.HBox(layout=widgets.Layout(width="100%"))
        take_off = self._button("Remove", lambda: self._change(remove), f"Take off: {text}")
        if rewrite is None:
            row.children = (shown, take_off)
        else:
            say = rewrite
            row.children = (shown, self._button("Rewrite", lambda: self._open(row, text, say), f"Say in other words: {text}"),
                            take_off)  # fmt: skip
        return row

    def _open(self, row: widgets.HBox, text: str, rewrite: Callable[[str], object]) -> None:
        """Turn a line into a box to write in."""
        box = widgets.Text(value=text, layout=widgets.Layout(**_WIDE))
        save = self._button("Save", lambda: self._change(lambda: rewrite(box.value)), "Keep these words")
        row.children = (box, save, self._button("Cancel", self._draw, "Leave the line as it was"))
        box.focus()

    def _undo(self) -> None:
        done: list[bool] = []
        if self._change(lambda: done.append(self.session.undo())):
            self._say("Taken back." if done[0] else "There is nothing to take back.")

    def _change(self, act: Callable[[], object]) -> bool:
        """Do something that writes; what goes wrong is said in one sentence."""
        try:
            act()
        except (PersonakitError, OSError) as error:
            self._say(str(error))
            return False
        self._draw()
        self._say("Saved.")
        return True

    def _say(self, words: str) -> None:
        self._status.value = f"<p role='status'>{escape(' '.join(part for part in (words, self._against()) if part))}</p>"
