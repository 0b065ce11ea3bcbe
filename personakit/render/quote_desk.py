"""The quote desk: one quote after the other, to approve or reject; every choice is on disk at once."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd

from personakit.errors import PersonakitError
from personakit.render.desk import Desk
from personakit.voices_quotes import Judgement, read_quote_choices, write_quote_choices

_SHOWN = 12


class QuoteDesk(Desk):
    """
    A list of quotes with three buttons each: approve, reject, leave open.

    Parameters
    ----------
    quotes : pandas.DataFrame
        Candidates with ``key``, ``source``, ``document``, ``line``, ``text`` and ``quote``, the best first.
    file : Path
        ``quotes.yaml`` beside the study file. A rejected quote does not come back, whatever is computed again.
    """

    def __init__(self, quotes: pd.DataFrame, file: Path) -> None:
        self.file = file
        self._status = widgets.HTML()
        self._rows: dict[str, widgets.ToggleButtons] = {}
        choices = read_quote_choices(file)
        rows: list[Any] = []
        for row in quotes.head(_SHOWN).to_dict("records"):
            now = "approved" if row["key"] in choices.approved else "rejected" if row["key"] in choices.rejected else "open"
            toggle = widgets.ToggleButtons(options=["open", "approved", "rejected"], value=now, style={"button_width": "6em"})
            toggle.observe(lambda change, row=row: self._choose(row, change["new"]), names="value")
            self._rows[row["key"]] = toggle
            where = escape(f"{row['source']}, {row['document']}, line {row['line']}")
            said = (
                f"<p dir='auto' style='line-height:1.4;margin:0.6em 0 0'>“{escape(row['quote'])}”<br><small>{where}</small></p>"
            )
            rows += [widgets.HTML(said), toggle]
        self.box = widgets.VBox([*rows, self._status] if rows else [widgets.HTML("There is nothing to quote.")])
        self.box.add_class("pk-quotes")

    def _choose(self, row: dict[str, Any], chosen: str) -> None:
        judgement: Judgement | None = None if chosen == "open" else "approved" if chosen == "approved" else "rejected"
        try:
            choices = read_quote_choices(self.file).with_choice(row["key"], row["text"], judgement)
            write_quote_choices(choices, self.file)
        except (PersonakitError, OSError) as error:
            self._status.value = f"<p role='status'>{escape(str(error))}</p>"
            return
        n, gone = len(choices.approved), len(choices.rejected)
        self._status.value = f"<p role='status'>Saved in {escape(self.file.name)}: {n} approved, {gone} rejected.</p>"
