"""The decision desk: what was decided, on which lines, and what came of it; every entry is on disk at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

import ipywidgets as widgets

from personakit.decisions import DECISIONS, log_decision, note_outcome, read_decisions, review_decisions
from personakit.errors import PersonakitError
from personakit.evidence import Claim
from personakit.handoffs import whole_file
from personakit.locale import Words
from personakit.render.desk import Desk

_HEADS = ("number", "on", "who", "what", "for whom", "expected", "happened", "standing")
_WIDE = widgets.Layout(width="auto")


class DecisionDesk(Desk):
    """
    A form for decisions above the log of them.

    Choose for whom, choose the lines it rests on, write what was decided and what you expect, and press *Write down*. Later,
    choose the decision and write what happened. *Undo* takes the last entry back.

    Parameters
    ----------
    folder : Path
        The study's folder, where ``decisions.yaml`` lies.
    lines : sequence of Claim
        Lines of cards, maps and pages that a decision can rest on.
    names : dict of int to str
        Name of each segment's persona.
    language : {"en", "nb", "fi", "fa"}
        Language in which the lines are shown.
    currency : str
        Currency of the study.
    today : datetime.date, optional
        The day that is written down; without it, the day on which a button is pressed.
    """

    def __init__(  # what a form knows, one by one
        self, folder: Path, lines: Sequence[Claim], names: dict[int, str], *, language: str = "en", currency: str = "EUR",
        today: dt.date | None = None,
    ) -> None:  # fmt: skip
        self.folder, self.names, self.today = folder, names, today
        words = Words(language, currency)
        self._lines = [line for line in lines if line.segment in names and line.evidence]
        self._texts = [words.claim(line) for line in self._lines]
        self._before: list[bytes | None] = []
        self._who = widgets.Text(placeholder="Who decided", layout=_WIDE)
        self._what = widgets.Text(placeholder="What was decided", layout=_WIDE)
        self._expected = widgets.Text(placeholder="What is expected of it", layout=_WIDE)
        self._personas = widgets.SelectMultiple(options=list(names.values()), rows=min(len(names), 6) or 1, layout=_WIDE)
        self._personas.observe(lambda _: self._show_lines(), names="value")
        self._rests = widgets.SelectMultiple(options=[], rows=8, layout=_WIDE)
        self._number = widgets.Dropdown(options=[], layout=widgets.Layout(width="auto"))
        self._happened = widgets.Text(placeholder="What happened", layout=widgets.Layout(width="auto", flex="1 1 auto"))
        self._status, self._log = widgets.HTML(), widgets.HTML()
        write = self._button("Write down", self._write, "Put the decision into the log")
        outcome = self._button("Note what happened", self._note, "Write down what came of the decision that is chosen")
        undo = self._button("Undo", self._undo, "Take back the last entry")
        left = widgets.VBox([widgets.HTML("<b>For whom</b>"), self._personas, self._who, self._what, self._expected],
                            layout=widgets.Layout(width="38%"))  # fmt: skip
        right = widgets.VBox([widgets.HTML("<b>Which lines it rests on</b>"), self._rests], layout=widgets.Layout(width="60%"))
        self.box = widgets.VBox([widgets.HBox([left, right]), widgets.HBox([write, undo]),
                                 widgets.HBox([self._number, self._happened, outcome]), self._status, self._log])  # fmt: skip
        self.box.add_class("pk-decisions")
        self._show_lines()
        self._show_log()

    def _show_lines(self) -> None:
        """Lines of the personas that are chosen; of all when none is."""
        chosen = set(self._personas.value or self.names.values())
        kept = set(self._rests.value)
        options = [(f"{self.names[line.segment]}: {text}", place) for place, (line, text) in
                   enumerate(zip(self._lines, self._texts, strict=True)) if self.names[line.segment] in chosen]  # fmt: skip
        self._rests.options = options
        self._rests.value = tuple(place for _, place in options if place in kept)

    def _show_log(self) -> None:
        decisions = read_decisions(self.folder)
        review = review_decisions(decisions, self._lines, self.names)
        chosen = self._number.value
        with self._number.hold_sync():  # in one message: a browser that gets options alone sends back that none is chosen
            self._number.options = [(f"{decision.number}. {decision.what}", decision.number) for decision in decisions]
            numbers = [decision.number for decision in decisions]
            self._number.value = chosen if chosen in numbers else numbers[-1] if numbers else None
        rows = "".join(
            f"<tr><td>{row.number}</td><td>{row.on}</td><td>{escape(row.who)}</td><td dir='auto'>{escape(row.what)}</td>"
            f"<td>{escape(row.personas)}</td><td dir='auto'>{escape(row.expected)}</td><td dir='auto'>{escape(row.happened)}</td>"
            f"<td>{escape(row.standing)}</td></tr>"
            for row in review.decisions.itertuples())  # fmt: skip
        head = "".join(f"<th style='text-align:left'>{name}</th>" for name in _HEADS)
        unused = f"<p>Nobody has used: {escape(', '.join(review.unused))}</p>" if review.unused else ""
        self._log.value = (f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>" if rows else "") + unused

    def _write(self) -> None:
        lines = [self._lines[place] for place in self._rests.value]
        personas = list(self._personas.value)

        def act() -> str:
            found = log_decision(self.folder, self._what.value, who=self._who.value, on=self._day(), personas=personas,
                                 lines=lines, names=self.names, expected=self._expected.value)  # fmt: skip
            self._what.value = self._expected.value = ""
            self._rests.value = ()
            return f"Decision {found.number} is written down."

        self._do(act)

    def _note(self) -> None:
        def act() -> str:
            found = note_outcome(self.folder, self._number.value or 0, self._happened.value, on=self._day())
            self._happened.value = ""
            return f"What came of decision {found.number} is written down."

        self._do(act)

    def _undo(self) -> None:
        if not self._before:
            self._say("There is nothing to undo.")
            return
        content = self._before.pop()
        file = self.folder / DECISIONS
        try:
            if content is None:
                file.unlink(missing_ok=True)
            else:
                with whole_file(file) as temporary:
                    temporary.write_bytes(content)
        except OSError as error:
            self._say(str(error))
            return
        self._show_log()
        self._say("The last entry is taken back.")

    def _do(self, act: Callable[[], str]) -> None:
        """Change the log; what is wrong is said, and nothing is lost."""
        file = self.folder / DECISIONS
        before = file.read_bytes() if file.exists() else None
        try:
            said = act()
        except (PersonakitError, OSError) as error:
            self._say(str(error))
            return
        self._before.append(before)
        self._show_log()
        self._say(f"{said} Saved in {DECISIONS}.")

    def _day(self) -> dt.date:
        return self.today or dt.datetime.now().astimezone().date()

    def _say(self, text: str) -> None:
        self._status.value = f"<p role='status'>{escape(text)}</p>" if text else ""
