"""The segment chooser: move the number of segments and what makes them, and see at once how large and how steady they are."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import ipywidgets as widgets
import pandas as pd

from personakit.errors import PersonakitError
from personakit.features import Features
from personakit.render.charts_segments import trial_chart
from personakit.render.desk import Desk, picture_html
from personakit.segmentation import Segmentation
from personakit.segmentation_trial import SegmentTrial, try_segments

_MOST = 8


class SegmentChooser(Desk):
    """
    A slider for the number of segments and a list of the variables that make them, above a picture of what comes out.

    Nothing is changed by it: it says which lines to write at the top of the notebook or into the study file to keep a choice.
    Without a kernel, and on paper, it shows the choice it begins with.

    Parameters
    ----------
    features : Features
        One row per customer.
    segmentation : Segmentation
        The segments that are there; their number and basis are where the chooser begins.
    candidates : sequence of str, optional
        Variables that can be chosen; by default all that are numbers, ratings or yes and no, and the basis.
    min_cell : int
        Of segments with fewer customers no profile is shown.
    """

    def __init__(
        self, features: Features, segmentation: Segmentation, *, candidates: Sequence[str] = (), min_cell: int = 5
    ) -> None:
        self.features, self.segmentation, self.min_cell = features, segmentation, min_cell
        entries = features.dictionary
        numeric = [name for name in entries.index
                   if entries.at[name, "kind"] != "nominal" and features.table[name].nunique() > 1]  # fmt: skip
        offered = [*segmentation.basis, *(name for name in candidates or numeric if name not in segmentation.basis)]
        self._start = (min(max(len(segmentation.segments), 2), _MOST), tuple(segmentation.basis))
        self._seen: dict[tuple[int, tuple[str, ...]], SegmentTrial] = {}
        self._number = widgets.IntSlider(value=self._start[0], min=2, max=_MOST, description="Segments", continuous_update=False)
        self._basis = widgets.SelectMultiple(options=[(str(entries.at[name, "label"]), name) for name in offered], rows=10,
                                             value=self._start[1], layout=widgets.Layout(width="auto"))  # fmt: skip
        self._says, self._picture, self._keep = widgets.HTML(), widgets.HTML(), widgets.HTML()
        back = self._button("Back to the start", self._reset, "The number and the variables that the notebook uses")
        hint = widgets.HTML("<b>What makes them</b> (hold Ctrl or ⌘ to choose several)")
        self.box = widgets.VBox([widgets.HBox([self._number, back]), hint, self._basis, self._says, self._picture, self._keep])
        self.box.add_class("pk-chooser")
        for control in (self._number, self._basis):
            control.observe(lambda _: self._show(), names="value")
        self._show()

    def plain(self) -> str:
        """Show the choice that the chooser begins with."""
        try:
            trial = self._tried(*self._start)
        except PersonakitError as error:
            return f"<p>{escape(str(error))}</p>"
        return f"<p>{escape(trial.says)}</p>{picture_html(trial_chart(trial), trial.says)}"

    def _tried(self, n_segments: int, basis: tuple[str, ...]) -> SegmentTrial:
        """Look once at each choice."""
        choice = (n_segments, basis)
        if choice not in self._seen:
            known: pd.Series = self.segmentation.labels
            self._seen[choice] = try_segments(self.features, basis=list(basis), n_segments=n_segments, compared_with=known,
                                              random_state=self.segmentation.random_state, min_cell=self.min_cell)  # fmt: skip
        return self._seen[choice]

    def _show(self) -> None:
        chosen = tuple(self._basis.value)
        try:
            trial = self._tried(self._number.value, chosen)
        except PersonakitError as error:
            self._says.value = f"<p role='status'>{escape(str(error))}</p>"
            self._picture.value = self._keep.value = ""
            return
        self._says.value = f"<p role='status'>{escape(trial.says)}</p>"
        self._picture.value = picture_html(trial_chart(trial), trial.says)
        same_basis = sorted(chosen) == sorted(self._start[1])
        if same_basis and trial.n_segments == len(self.segmentation.segments):
            self._keep.value = "<p>These are the number and the variables that the notebook uses.</p>"
            return
        basis = "" if same_basis else f"<br><code>segmentation: {{basis: [{escape(', '.join(chosen))}]}}</code> in the study file"
        self._keep.value = f"<p>To keep this: <code>n_segments = {trial.n_segments}</code> above the comparison{basis}</p>"

    def _reset(self) -> None:
        self._number.value, self._basis.value = self._start[0], self._start[1]
