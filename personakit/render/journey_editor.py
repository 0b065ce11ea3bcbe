"""The journey editor: a curve to drag, lines of each phase to change, pains, ideas and owners to add, and the map itself."""

from __future__ import annotations

from functools import partial
from html import escape
from itertools import pairwise

import ipywidgets as widgets

from personakit.evidence import Claim
from personakit.journeys_edits import OWN_LANES, JourneySession
from personakit.render.journey_maps import LANE_NAMES, map_frame, map_words
from personakit.render.line_editor import STYLE, LineEditor
from personakit.render.pages import colour_of, phase_name

_STYLE = """<style>
.pk-curve { position: relative; overflow: visible; }
.pk-curve > .pk-curve-line { position: absolute; inset: 0; margin: 0; }
.pk-curve-line .widget-html-content, .pk-curve-line svg { inline-size: 100%; block-size: 100%; display: block; }
.pk-curve > .pk-curve-points { position: absolute; inset: 0; overflow: visible; }
.pk-curve-points .noUi-target { background: transparent; border-color: #e6e9ee; box-shadow: none; }
.pk-curve-points .noUi-handle { background: #1d2430; border-color: #1d2430; }
.pk-curve-points .noUi-connect { background: transparent; }
.pk-curve-points .pk-open .noUi-handle { background: #fff; opacity: .6; }
.pk-curve > .pk-scale { position: absolute; inset: 0 auto 0 0; }
.pk-scale .widget-html-content { display: flex; flex-direction: column; justify-content: space-between; block-size: 100%;
  font-size: .8em; color: #596273; line-height: 1; }
.pk-phase { text-align: center; line-height: 1.35; }
</style>"""
#: The sliders' own height, and how far the middle of a handle stays from their ends.
_HEIGHT, _END = 200, 6
_STEP = 0.5


class JourneyEditor(LineEditor):
    """
    An editor for journey maps, for a team around one screen.

    Every change is kept beside the study file, with who made it and when, and the map is drawn again. The handles of the
    curve say how a phase ought to feel; what the data say stays beside them. Lines of one's own are assumptions.

    Parameters
    ----------
    session : JourneySession
        Who edits which maps. The editor holds nothing itself: close the browser whenever you like.
    """

    session: JourneySession

    def __init__(self, session: JourneySession) -> None:
        self.session = session
        self._words = map_words(session.journeys, session.journeys.about["language"])
        wide = widgets.Layout(width="98%")
        self._persona = widgets.Dropdown(options=[(shown, name) for name, shown in session.names.items()],
                                         description="Persona", layout=widgets.Layout(width="22em"))  # fmt: skip
        self._scenario = widgets.Text(description="Scenario", continuous_update=False, layout=widgets.Layout(flex="1 1 auto"))
        self._line_of_curve = widgets.HTML()
        self._line_of_curve.add_class("pk-curve-line")
        column = widgets.Layout(flex="1 1 0", align_items="center", overflow="visible")
        self._points = {phase: self._slider(phase) for phase in session.phases}
        self._said = {phase: widgets.HTML(layout=widgets.Layout(width="100%")) for phase in session.phases}
        self._clear = {phase: self._button("Clear", partial(self._want, phase, None), f"No wish for {phase}")
                       for phase in session.phases}  # fmt: skip
        points = widgets.HBox([widgets.VBox([point], layout=column) for point in self._points.values()])
        points.add_class("pk-curve-points")
        scale = widgets.HTML("".join(f"<span>{self._words.value(end, 'signed')}</span>" for end in (2, 0, -2)))
        scale.add_class("pk-scale")
        curve = widgets.Box([self._line_of_curve, scale, points], layout=widgets.Layout(width="100%", height=f"{_HEIGHT}px"))
        curve.add_class("pk-curve")
        below = widgets.HBox([widgets.VBox([self._said[phase], self._clear[phase]], layout=column) for phase in session.phases])
        options = [(phase_name(phase, self._words), phase) for phase in session.phases]
        self._phase = widgets.Dropdown(options=options, description="Phase", layout=widgets.Layout(width="22em"))
        self._lines = widgets.VBox(layout=widgets.Layout(width="100%", max_height="22em", overflow="auto", display="block"))
        self._lane = widgets.Dropdown(options=[(LANE_NAMES[lane], lane) for lane in OWN_LANES], value="pains", description="Lane")
        self._own = widgets.Text(placeholder="A pain, an idea, an owner …", layout=wide)
        self._map, self._status = widgets.HTML(layout=widgets.Layout(width="100%")), widgets.HTML()
        self._status.add_class("pk-status")
        buttons = [self._button("Add line", self._add, "Put your own line on the map"),
                   self._button("Undo", self._undo, "Take back the last change")]  # fmt: skip
        own = [
            widgets.HTML("<b>A line of your own in this phase</b>"),
            self._lane,
            self._own,
            widgets.HBox(buttons),
            self._status,
        ]
        half = widgets.Layout(width="50%")
        lines = widgets.HBox([widgets.VBox([self._phase, self._lines], layout=half), widgets.VBox(own, layout=half)])
        head = widgets.HTML("<b>How ought each phase to feel?</b> Drag a handle, or move it with the arrow keys. "
                            "The filled line is how it is.")  # fmt: skip
        self.box = widgets.VBox([widgets.HTML(STYLE + _STYLE), widgets.HBox([self._persona, self._scenario]), head, curve, below,
                                 lines, self._map])  # fmt: skip
        self.box.add_class("pk-editor")
        self._drawing = False
        self._persona.observe(lambda _: self._draw(), names="value")
        self._phase.observe(lambda _: self._draw_lines(), names="value")
        self._scenario.observe(lambda change: self._set_scenario(change["new"]), names="value")
        self._draw()
        self._say("")

    def _slider(self, phase: str) -> widgets.FloatSlider:
        slider = widgets.FloatSlider(min=-2, max=2, step=_STEP, orientation="vertical", readout=False, continuous_update=False,
                                     tooltip=f"How {phase} ought to feel, from −2 to +2",
                                     layout=widgets.Layout(height=f"{_HEIGHT}px", width="28px", margin="0"))  # fmt: skip
        slider.observe(lambda change: self._want(phase, change["new"]), names="value")
        return slider

    def _want(self, phase: str, feeling: float | None) -> None:
        if not self._drawing:
            self._change(lambda: self.session.set_to_be(self._persona.value, phase, feeling))

    def _set_scenario(self, text: str) -> None:
        if not self._drawing:
            self._change(lambda: self.session.set_scenario(self._persona.value, text))

    def _add(self) -> None:
        where = (self._persona.value, self._phase.value, self._lane.value)
        self._hand_over(self._own, lambda words: self._change(lambda: self.session.add(*where, words)))

    def _draw(self) -> None:
        """Show curve, lines and map as they are now."""
        self._drawing = True
        persona = self._persona.value
        self._scenario.value = self.session.scenario(persona)
        feelings = {phase: self.session.feeling(persona, phase) for phase in self.session.phases}
        for phase, (now, wanted) in feelings.items():
            point = self._points[phase]
            point.value = wanted if wanted is not None else round((now or 0) / _STEP) * _STEP
            (point.add_class if wanted is None else point.remove_class)("pk-open")
            self._clear[phase].disabled = wanted is None
            shown = [self._words.value(feeling, "signed") if feeling is not None else unknown
                     for feeling, unknown in ((now, "not known"), (wanted, "not said"))]  # fmt: skip
            name = escape(phase_name(phase, self._words))
            self._said[phase].value = f"<div class='pk-phase'><b>{name}</b><br>is {shown[0]}, wanted {shown[1]}</div>"
        self._line_of_curve.value = _curve(list(feelings.values()), colour_of(self.session.segment_of(persona)))
        self._map.value = map_frame(self.session.journeys, self.session.segment_of(persona))
        self._draw_lines()
        self._drawing = False

    def _draw_lines(self) -> None:
        """Show the lines of the chosen phase, lane by lane."""
        persona = self._persona.value
        cells = [
            cell for cell in self.session.cells(persona, self._phase.value) if cell.kind != "assumption" or "text" in cell.params
        ]
        rows: list[widgets.Widget] = []
        for lane, name in ((lane, name) for lane, name in LANE_NAMES.items() if lane != "feeling"):
            here = [cell for cell in cells if cell.place.endswith(f"|{lane}")]
            if here:
                rows.append(widgets.HTML(f"<div class='pk-field'>{escape(name)}</div>"))
                rows += [self._shown(persona, cell) for cell in here]
        self._lines.children = tuple(rows) or (widgets.HTML("Nothing is known of this phase yet."),)

    def _shown(self, persona: str, cell: Claim) -> widgets.Widget:
        rewrite = None if cell.kind == "voice" else lambda new: self.session.rewrite(persona, cell, new)
        return self._line(cell, self._words.claim(cell), rewrite, lambda: self.session.remove(persona, cell))

    def _against(self) -> str:
        n = len(self.session.journeys.about["edits_contradicted"])
        return f"{n} edits no longer fit the data; they are marked on the maps." if n else ""


def _curve(feelings: list[tuple[float | None, float | None]], colour: str) -> str:
    """The lines behind the handles: filled as it is, which stops where nothing is known; dashed as it is wanted."""
    now, wanted = ([(x, y) for x, pair in enumerate(feelings) if (y := pair[which]) is not None] for which in (0, 1))

    def line(start: tuple[int, float], end: tuple[int, float], look: str) -> str:
        places = (
            f'x1="{_across(start[0], feelings)}" x2="{_across(end[0], feelings)}" y1="{_down(start[1])}" y2="{_down(end[1])}"'
        )
        return f'<line {places} {look} vector-effect="non-scaling-stroke"/>'

    steps = [(one, other) for one, other in pairwise(now) if other[0] == one[0] + 1]
    lines = [line(one, other, f'stroke="{colour}" stroke-width="4"') for one, other in steps]
    lines += [line(point, point, f'stroke="{colour}" stroke-width="13" stroke-linecap="round"') for point in now]
    lines += [line(one, other, 'stroke="#1d2430" stroke-width="2" stroke-dasharray="7 5"') for one, other in pairwise(wanted)]
    zero = f'<line x1="0" x2="1000" y1="{_down(0)}" y2="{_down(0)}" stroke="#b8bec9" stroke-dasharray="4 4"/>'
    return f'<svg viewBox="0 0 1000 {_HEIGHT}" preserveAspectRatio="none" aria-hidden="true">{zero}{"".join(lines)}</svg>'


def _across(position: int, feelings: list[tuple[float | None, float | None]]) -> float:
    return round((position + 0.5) / len(feelings) * 1000, 1)


def _down(feeling: float) -> float:
    return round(_END + (2 - feeling) / 4 * (_HEIGHT - 2 * _END), 1)
