"""What the desks of the workshop share: a box that a notebook shows, and buttons that do one thing."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets


class Desk:
    """A widget made of other widgets; ``box`` holds all of them."""

    box: widgets.Box

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.box)

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
