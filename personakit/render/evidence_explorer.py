"""The evidence explorer: choose a line of a card, and see the rows it rests on as a picture, or the words that were said."""

from __future__ import annotations

from html import escape

import ipywidgets as widgets

from personakit.errors import PersonakitError, did_you_mean
from personakit.evidence import Claim, Figure, Voice
from personakit.features import Features
from personakit.locale import Words
from personakit.personas_model import Personas
from personakit.render.charts_evidence import evidence_chart
from personakit.render.desk import Desk, picture_html
from personakit.render.pages import evidence_text
from personakit.segmentation import Segmentation

_WIDE = widgets.Layout(width="auto")
_GRADES = {"strong": "strong", "moderate": "moderate", "weak": "weak", "assumed": "an assumption"}


class EvidenceExplorer(Desk):
    """
    The lines of the cards on the left; on the right the evidence of the line that is chosen.

    Without a kernel, and on paper, it shows for each persona the line that sets it apart most, with its evidence.

    Parameters
    ----------
    personas : Personas
        The cards.
    features : Features
        One row per customer.
    segmentation : Segmentation
        Who is in which group.
    min_cell : int
        Bars of fewer people are left out.
    language : {"en", "nb", "fi", "fa"}
        Language of the lines.
    currency : str
        Currency of the study.
    """

    def __init__(  # what is explored, and how it is told
        self, personas: Personas, features: Features, segmentation: Segmentation, *, min_cell: int = 5, language: str = "en",
        currency: str = "EUR",
    ) -> None:  # fmt: skip
        self.personas, self.features, self.segmentation, self.min_cell = personas, features, segmentation, min_cell
        self.words = Words(language, currency)
        names = [persona.name for persona in personas.personas]
        self._whom = widgets.Dropdown(options=names, description="Persona", layout=_WIDE)
        self._lines = widgets.Select(options=[], rows=16, layout=_WIDE)
        self._shown = widgets.HTML()
        self._whom.observe(lambda _: self._offer(), names="value")
        self._lines.observe(lambda _: self._show(), names="value")
        left = widgets.VBox([self._whom, self._lines], layout=widgets.Layout(width="42%"))
        self.box = widgets.HBox([left, widgets.VBox([self._shown], layout=widgets.Layout(width="57%"))])
        self.box.add_class("pk-evidence")
        self._offer()

    def plain(self) -> str:
        """Show the line of each persona that sets it apart most."""
        parts = []
        for persona in self.personas.personas:
            if persona.claims:
                most = max(persona.claims, key=self._how_far_apart)
                parts.append(f"<h4 dir='auto'>{escape(persona.name)}</h4>{self.evidence_of(most.id)}")
        return "".join(parts)

    def evidence_of(self, line_id: str) -> str:
        """
        Show what a line rests on.

        Parameters
        ----------
        line_id : str
            Id of a line of one of the cards.

        Returns
        -------
        str
            HTML: the line, how strong it is, each piece of evidence, and a picture of the rows behind its first figure.

        Raises
        ------
        PersonakitError
            If no card has such a line.
        """
        known = {line.id: line for line in self.personas.claims}
        if line_id not in known:
            raise PersonakitError(f"line '{line_id}': no card has it{did_you_mean(line_id, list(known))}")
        line = known[line_id]
        said = f"<p dir='auto'><b>{escape(self.words.claim(line))}</b></p><p>This line is {_GRADES[line.grade]}.</p>"
        if not line.evidence:
            return f"{said}<p>Nothing in the data backs it. Notebook 08 lists what would.</p>"
        pieces = "".join(f"<li dir='auto'>{self._piece(piece)}</li>" for piece in line.evidence)
        return f"{said}{self._drawn(line)}<ul>{pieces}</ul>"

    def _how_far_apart(self, line: Claim) -> float:
        """The largest effect whose rows can be drawn; lines without one come last."""
        figures = [piece for piece in line.evidence if isinstance(piece, Figure) and piece.column in self.features.table]
        return max((abs(figure.effect) for figure in figures if figure.effect is not None), default=-1.0)

    def _drawn(self, line: Claim) -> str:
        figure = next((piece for piece in line.evidence if isinstance(piece, Figure)), None)
        if figure is None:
            return ""
        label = self.words.name_of(figure.model_copy(update={"category": ""}))  # every answer is drawn
        picture = evidence_chart(figure, self.features, self.segmentation, label=label, min_cell=self.min_cell)
        return picture_html(picture, evidence_text(figure, self.words))

    def _piece(self, piece: Figure | Voice) -> str:
        quote = f"“{escape(piece.quote)}”<br>" if isinstance(piece, Voice) else ""
        return f"{quote}{escape(evidence_text(piece, self.words))}"

    def _offer(self) -> None:
        persona = next((own for own in self.personas.personas if own.name == self._whom.value), None)
        lines = persona.claims if persona else []
        self._lines.options = [(f"{self.words.claim(line)} ({line.grade})", line.id) for line in lines]
        self._lines.value = lines[0].id if lines else None
        self._show()

    def _show(self) -> None:
        self._shown.value = self.evidence_of(self._lines.value) if self._lines.value else "<p>This card has no lines.</p>"
