"""The blank journey map: the study's phases, in four languages; filled, saved and opened again in a browser."""

import re

import pytest

from personakit.render.journey_maps import LANE_NAMES
from personakit.render.journey_template import HINTS, journey_template_page
from personakit.study import open_study


@pytest.mark.parametrize("language", ["en", "nb", "fi", "fa"])
def test_a_cell_for_every_phase_and_lane(small_study, language):
    """Each lane has a hint; nothing is asked from outside, and nothing that the page does needs a server."""
    study = open_study(small_study)
    page = journey_template_page(study, language=language)
    lanes, phases = len(LANE_NAMES), len(study.journey.phases)
    assert set(HINTS) == set(LANE_NAMES)
    assert page.count('class="write"') == (lanes - 1) * phases + 3 and page.count('type="range"') == phases
    assert not re.search(r"https?:", page) and f'lang="{language}"' in page


def test_own_phases_with_signs_of_markup(write_study):
    """They are escaped."""
    study = open_study(write_study("study: x\nas_of: 2026-01-01\njourney: {phases: {'<b>first': [], 'second': []}}\n"
                                   "sources: {customers: {path: c.csv}}", c="customer_id\n1\n"))  # fmt: skip
    page = journey_template_page(study, language="en")
    assert "&lt;b&gt;first" in page and "<b>first" not in page
