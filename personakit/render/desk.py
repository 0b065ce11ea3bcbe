"""What the desks of the workshop share: a box that a notebook shows, its plain twin for paper, and buttons that do one thing."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from html import escape

import ipywidgets as widgets
from matplotlib.figure import Figure


def picture_html(picture: Figure | str, says: str) -> str:
    """Put a picture into a page; ``says`` is for people who do not see it. A text instead of a picture is written out."""
    if isinstance(picture, str):
        return f"<p>{escape(picture)}</p>"
    drawn = io.BytesIO()
    picture.savefig(drawn, format="png", metadata={"Software": None})
    image = base64.b64encode(drawn.getvalue()).decode()
    return f"<img src='data:image/png;base64,{image}' alt='{escape(says, quote=True)}' style='max-width:100%'>"


class Desk:
    """A widget made of other widgets; ``box`` holds all of them."""

    box: widgets.Box

    def _ipython_display_(self) -> None:
        from IPython.display import display, publish_display_data

        plain = self.plain()
        if plain:  # a page without a kernel, and paper, show what they can
            publish_display_data({"text/html": plain, "text/plain": type(self).__name__} | self._live())
        else:
            display(self.box)

    def plain(self) -> str:
        """Give the plain twin as HTML: what the desk says without anybody using it; empty for desks that only change things."""
        return ""

    def _live(self) -> dict[str, object]:
        found = self.box._repr_mimebundle_() or {}
        kind = "application/vnd.jupyter.widget-view+json"
        return {kind: found[kind]} if kind in found else {}

    @staticmethod
    def _button(text: str, act: Callable[[], object], tooltip: str) -> widgets.Button:
        button = widgets.Button(description=text, tooltip=tooltip, layout=widgets.Layout(width="auto", flex="0 0 auto"))
        button.on_click(lambda _: act())
        return button

    @staticmethod
    def _hand_over(box: widgets.Text, act: Callable[[str], bool]) -> None:
        """
        Empty a box and act on its words; when nothing came of it, the words come back.

        Emptied afterwards, it would wipe what somebody has typed while everything was drawn anew.
        """
        words, box.value = box.value, ""
        if not act(words):
            box.value = words
