"""Journey maps as pages: lanes, gaps, numbers that lead to the evidence, and a mirrored curve."""

import re
from dataclasses import replace

import pytest

from personakit.evidence import claim
from personakit.journeys_cells import GAP, LANES, TEAM_LANES
from personakit.journeys_edits import MapEdit, MapEdits, apply_map_edits
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


def test_the_wanted_line_stands_beside_the_curve(small_run):
    """Its numbers keep away from those of the curve; phases without a wish are passed over; the page says whose wish it is."""
    by = {"who": "aino", "on": "2026-11-22"}
    wishes = [MapEdit(do="to_be", phase=phase, feeling=feeling, **by) for phase, feeling in (("awareness", 2), ("action", -2))]
    name = small_run.journeys.names[1]
    edited = apply_map_edits(small_run.journeys, small_run.personas, {name: MapEdits(persona=name, edits=wishes)})
    curve = map_of(edited, 1, Words("en"))["curve"]
    assert [point["phase"] for point in curve["wanted"]] == ["awareness", "action"]
    best, worst = curve["wanted"]
    assert best["text_y"] < best["y"] and worst["text_y"] > worst["y"]
    now = {point["x"]: point for point in curve["points"]}
    assert now[best["x"]]["text_y"] > now[best["x"]]["y"] and now[worst["x"]]["text_y"] < now[worst["x"]]["y"]
    page = journeys_page(edited, language="en", only=1)
    assert page.count('class="card map"') + page.count('class="map"') == 1
    assert "Wanted: +2.0 on a scale from −2 to +2 (assumption, edited by aino, November 22, 2026)" in page
    mirrored = map_of(edited, 1, Words("fa"))["curve"]["wanted"]
    assert [point["x"] for point in mirrored] == [curve["width"] - point["x"] for point in curve["wanted"]]


def test_maps_without_names(small_run):
    """With the style ``role`` no name and no picture."""
    page = journeys_page(small_run.journeys, language="en", style="role")
    assert "Group 1" in page and '<svg class="portrait"' not in page
    assert not any(re.search(rf"\b{name}\b", page) for name in small_run.journeys.names.values())
