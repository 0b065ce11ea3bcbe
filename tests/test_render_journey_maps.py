"""Journey maps as pages: lanes, gaps, numbers that lead to the evidence, and a mirrored curve."""

import re
from dataclasses import replace

import pytest

from personakit.evidence import claim
from personakit.journeys_cells import GAP, LANES, TEAM_LANES
from personakit.locale import Words
from personakit.render.journey_maps import LANE_NAMES, journeys_page, map_of
from personakit.study_parts import Journey, Stage


def test_every_lane_has_a_name():
    """Each lane is named, in the order in which it stands on the map."""
    assert tuple(LANE_NAMES) == LANES and set(TEAM_LANES) < set(LANES)


@pytest.mark.parametrize("language", ["en", "nb", "fi", "fa"])
def test_every_number_leads_to_its_evidence(small_run, language):
    """Each reference on the page has its entry, each entry its reference; gaps have none."""
    page = journeys_page(small_run.journeys, language=language)
    links, targets = set(re.findall(r'href="#(m\d+-\d+)"', page)), set(re.findall(r'<li id="(m\d+-\d+)"', page))
    assert links == targets and len(links) > 100
    assert not re.search(r"https?:", page) and "<script" not in page


def test_a_lane_without_data_is_one_wide_gap(small_run):
    """A lane that should be asked for shows a gap; one that the team fills is left out until it does."""
    without = {"thinking", *TEAM_LANES}
    cells = [cell for cell in small_run.journeys.maps[1] if cell.place.split("|")[1] not in without]
    cells += [claim(1, f"{phase}|thinking", GAP) for phase in small_run.journeys.phases]
    shown = map_of(replace(small_run.journeys, maps={1: cells}), 1, Words("en"))
    lanes = {lane["lane"]: lane for lane in shown["lanes"]}
    assert lanes["thinking"]["gap"] and not lanes["doing"]["gap"] and not set(TEAM_LANES) & set(lanes)


def test_what_the_team_knows_stands_marked_on_the_map(small_run):
    """Owner, stages and expectation of the study file; the page says that they come from the team, and escapes them."""
    from personakit.journeys_cells import _team

    choice = Journey(phases={"decision": ["cart"]}, stages={"decision": Stage(owner="<b>Web</b>", back_stage=["Stock check"])})
    cells = [*small_run.journeys.maps[1], *_team(1, "decision", choice)]
    page = journeys_page(replace(small_run.journeys, maps={1: cells}), language="en")
    assert "&lt;b&gt;Web&lt;/b&gt;" in page and "Stock check" in page and "from the team" in page


def test_the_curve_is_mirrored_and_stops_at_gaps(small_run):
    """Persian runs from right to left; a phase without ratings breaks the line."""
    here, there = (map_of(small_run.journeys, 1, Words(language))["curve"] for language in ("en", "fa"))
    assert [p["x"] for p in here["points"]] == [here["width"] - p["x"] for p in there["points"]]
    cells = [cell for cell in small_run.journeys.maps[1] if cell.place != "decision|feeling"]
    broken = map_of(replace(small_run.journeys, maps={1: cells}), 1, Words("en"))["curve"]
    assert len(here["runs"]) == 1 and len(broken["runs"]) == 2
