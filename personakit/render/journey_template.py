"""A blank journey map of the study's phases: to print and fill with a pen, or to fill on the screen and save."""

from __future__ import annotations

from personakit.locale import Words
from personakit.render.journey_maps import LANE_NAMES
from personakit.render.pages import about_blank, page_of, phase_name
from personakit.study import Study

#: What to ask oneself in each lane.
HINTS = {
    "expectation": "What do they want to get done here?",
    "doing": "Step by step, what do they do?",
    "touchpoints": "Where do they meet us, and on which device?",
    "front_stage": "What do we show or say to them?",
    "back_stage": "What has to work behind the scenes?",
    "thinking": "What do they think or say, in their own words?",
    "needs": "What do they need to get on?",
    "feeling": "Draw a line from good (top) to bad (bottom).",
    "reactions": "Frustration, joy, doubt or enthusiasm?",
    "pains": "What is hard, slow or annoying?",
    "opportunities": "What could we make better?",
    "owner": "Who looks after this phase?",
    "figures": "Which number shows that it works?",
}


def journey_template_page(study: Study, *, language: str) -> str:
    """
    Lay out a blank journey map.

    Parameters
    ----------
    study : Study
        For its phases.
    language : {"en", "nb", "fi", "fa"}
        Language of the page; phases of the study's own keep their names.

    Returns
    -------
    str
        HTML that prints on one A3 sheet. On the screen its cells can be filled, the feeling of each phase set, and the page
        saved as a file with everything in it; it asks nothing from outside and keeps nothing elsewhere.
    """
    words = Words(language, study.currency, study.cards.calendar)
    lanes = [{"lane": lane, "name": words(name), "hint": words(HINTS[lane])} for lane, name in LANE_NAMES.items()]
    phases = [phase_name(phase, words) for phase in study.journey.phases]
    return page_of("journey_template.html", words, about_blank(study), paper="a3", lanes=lanes, phases=phases)
