"""Phases: touchpoints that no phase names get a proposal from their name or their place, and none is dropped."""

import pandas as pd
import pytest
import yaml

import personakit as pk
from personakit.journeys_phases import phases_as_yaml, propose_phases, touchpoint_places
from personakit.journeys_transitions import count_transitions

STUDY = """study: T
as_of: 2025-12-31
sources:
  events: {path: events.csv}
journey: {phases: PHASES}
"""
WAY = ["spring_banner", "hall", "shelf", "till", "payment_done", "reklamasjon"]


def walked(write_study, phases):
    """Thirty people go the same way; every third goes back from the shelf to the hall once."""
    rows = []
    for person in range(30):
        way = WAY if person % 3 else [*WAY[:3], "hall", *WAY[2:]]
        moments = pd.date_range("2025-03-01", periods=len(way), freq="1min").strftime("%Y-%m-%d %H:%M:%S")
        rows.append(pd.DataFrame({"customer_id": f"C{person:02d}", "touchpoint": way, "at": moments}))
    study = pk.open_study(write_study(STUDY.replace("PHASES", phases), events=pd.concat(rows)))
    return study, count_transitions(pk.load_sources(study))


def test_places_follow_the_way(write_study):
    """From 0 to 1 in the order that people go."""
    _, steps = walked(write_study, "{first: [hall], last: [till]}")
    places = touchpoint_places(steps)
    assert places.sort_values().index.tolist() == WAY
    assert (places.min(), places.max()) == (0, 1)


def test_names_and_places_propose_a_phase(write_study):
    """A banner is told by its name; a shelf by lying nearer to the cart's phase than to others."""
    study, steps = walked(write_study, "{awareness: [], consideration: [hall], decision: [till], action: [], loyalty: []}")
    found = propose_phases(study, steps).set_index("touchpoint")
    assert found.loc["spring_banner", ["phase", "told_by"]].tolist() == ["awareness", "name"]
    assert found.loc["payment_done", ["phase", "told_by"]].tolist() == ["action", "name"]
    assert found.loc["shelf", "told_by"] == "place on the way" and found.loc["shelf", "phase"] in {"consideration", "decision"}
    assert found.loc["reklamasjon", "phase"] == "decision"  # complaint in a language the lists lack: its place tells
    assert found["events"].to_dict() == {"spring_banner": 30, "shelf": 40, "payment_done": 30, "reklamasjon": 30}
    proposal = yaml.safe_load(phases_as_yaml(found.reset_index()))
    assert proposal["journey"]["phases"]["awareness"] == ["spring_banner"]


def test_without_any_touchpoints_phases_are_spread_over_the_way(write_study):
    """The places alone put the earliest touchpoint in the first phase and the latest in the last."""
    study, steps = walked(write_study, "{a: [], b: [], c: []}")
    found = propose_phases(study, steps).set_index("touchpoint")["phase"]
    assert found["spring_banner"] == "a" and found["reklamasjon"] == "c" and len(found) == len(WAY)


def test_a_study_without_events_has_nothing_to_propose(small_study):
    """An empty table of steps gives an empty table of proposals, and no lines of YAML."""
    from personakit.journeys_transitions import TRANSITION_COLUMNS, Transitions

    found = propose_phases(pk.open_study(small_study), Transitions(pd.DataFrame(columns=TRANSITION_COLUMNS), {}))
    assert found.empty and phases_as_yaml(found) == ""


@pytest.mark.parametrize(("name", "phase"), [("Handlekurv", "decision"), ("tilaus_vahvistettu", "action"), ("سبد خرید", ""),
                                             ("produktside", "consideration"), ("asiakaspalvelu-chat", "loyalty"),
                                             ("email_newsletter", "awareness"), ("leaderboard", "")])  # fmt: skip
def test_names_in_four_languages(name, phase):
    """A name that tells two kinds, or only holds a short word inside a longer one, tells none."""
    from personakit.journeys_phases import _by_name

    assert _by_name(name, ["awareness", "consideration", "decision", "action", "loyalty"]) == phase
