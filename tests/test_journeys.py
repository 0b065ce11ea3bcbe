"""Journey maps: figures by hand, the planted bottleneck, and gaps shown as gaps."""

import pandas as pd
import pytest

import personakit as pk
from personakit.errors import HandoffError
from personakit.journeys import JourneyMaps, map_journeys
from personakit.journeys_cells import GAP, LANES, STUCK_DEVICE, TEAM_LANES
from personakit.journeys_table import journey_table

from .conftest import monthly

EVENTS = pd.DataFrame(
    [
        ("C1", "2025-01-01 10:00", "ad", "mobile"),
        ("C1", "2025-01-03 10:00", "cart", "mobile"),
        ("C1", "2025-01-03 10:05", "pay", "mobile"),
        ("C1", "2025-02-01 10:00", "ad", "desktop"),
        ("C2", "2025-01-01 10:00", "cart", "desktop"),
        ("C2", "2025-01-01 09:00", "chat", "desktop"),
    ],
    columns=["customer_id", "at", "touchpoint", "device"],
)
STUDY = """study: T
as_of: 2025-03-02
sources:
  events: {path: events.csv}
journey: {phases: {look: [ad], choose: [cart], buy: [pay]}, conversion: [pay]}
"""


def sources(write_study, **tables):
    return pk.load_sources(pk.open_study(write_study(STUDY, **tables)))


def test_journeys_by_hand(write_study):
    """Reach, going on and waiting of two customers, worked out by hand; a pause of 14 days starts a new journey."""
    table = journey_table(sources(write_study, events=EVENTS)).table
    one, two = table.loc["C1"], table.loc["C2"]
    assert (one["reach_look"], one["reach_choose"], one["reach_buy"]) == (1, 1, 1)
    assert one["go_on_look"] == 0.5
    assert one["go_on_look@device=mobile"] == 1.0 and one["go_on_look@device=desktop"] == 0.0
    assert one["go_on_look@first journey"] == 1.0 and one["go_on_look@later journeys"] == 0.0
    assert (one["wait_choose"], one["stay_choose"], one["back_choose"]) == (2.0, 0.0, 0.0)
    assert one["days_to_choose"] == 2.0
    assert (two["reach_look"], two["reach_choose"], two["go_on_choose"]) == (0, 1, 0)
    assert two["days_to_choose"] == pytest.approx(1 / 24, abs=1e-6)


def test_journeys_that_may_not_be_over_are_left_out_of_before_and_after(write_study):
    """Who began in the last 14 days had no time to go on: neither later journeys nor those after a change count them."""
    late = pd.DataFrame([("C1", "2025-02-20 10:00", "ad", "desktop"), ("C3", "2025-02-25 10:00", "ad", "desktop")],
                        columns=EVENTS.columns)  # fmt: skip
    change = STUDY.replace("conversion: [pay]", "conversion: [pay], changes: [{say: New ads, on: 2025-01-20}]")
    found = pk.load_sources(pk.open_study(write_study(change, events=pd.concat([EVENTS, late], ignore_index=True))))
    table = journey_table(found).table
    assert table.loc["C1", "go_on_look"] == pytest.approx(1 / 3) and table.loc["C3", "go_on_look"] == 0
    assert table.loc["C1", "go_on_look@later journeys"] == 0 and table.loc["C1", "go_on_look@from 2025-01-20"] == 0
    assert table.loc["C1", "go_on_look@before 2025-01-20"] == 1
    late_only = table.loc["C3", ["go_on_look@first journey", "go_on_look@from 2025-01-20"]]
    assert late_only.isna().all()


def test_devices_of_a_phase_by_hand(write_study):
    """One of two looks by phone; who never came to a phase has no share there, and unknown devices do not count."""
    events = EVENTS.assign(device=EVENTS["device"].where(EVENTS["touchpoint"] != "pay", ""))
    table = journey_table(sources(write_study, events=events)).table
    assert table.loc["C1", ["use_look@device=mobile", "use_look@device=desktop"]].tolist() == [0.5, 0.5]
    assert table.loc["C2", ["use_choose@device=mobile", "use_choose@device=desktop"]].tolist() == [0.0, 1.0]
    assert pd.isna(table.loc["C2", "use_look@device=mobile"])
    assert "use_buy@device=mobile" not in table or table["use_buy@device=mobile"].isna().all()


def test_the_commonest_device_and_channel_stand_on_the_map(small_run):
    """One line each among the touchpoints of a phase, with the largest share."""
    figures = small_run.journeys.figures
    for segment, cells in small_run.journeys.maps.items():
        shown = {cell.params["device"]: cell.params["value"] for cell in cells
                 if cell.place == "consideration|touchpoints" and "device" in cell.params}  # fmt: skip
        for column in ("device", "channel"):
            own = figures[(figures["segment"] == segment) & figures["feature"].str.startswith(f"use_consideration@{column}=")]
            most = own.loc[own["estimate"].idxmax()]
            assert shown[most["feature"].rpartition("=")[2]] == most["estimate"]
        assert len(shown) == 2


def test_needs_stand_in_their_own_lane(small_run):
    """Texts that people coded as a need are needs and no thoughts; a text that also complains stays a pain."""
    cells = [cell for cell in small_run.journeys.claims if cell.evidence]
    needs = {cell.evidence[0].key for cell in cells if cell.place.endswith("|needs")}
    assert needs and not needs & {cell.evidence[0].key for cell in cells if cell.place.split("|")[1] in {"thinking", "pains"}}
    book, table = small_run.voices.codings.codebook.codes, small_run.voices.codings.covered(small_run.voices.texts)
    coded = set(table.loc[[book[code].type == "need" for code in table["code"]], "key"])
    assert needs <= coded


def test_after_the_purchase_stands_in_the_last_phase(small_run):
    """How soon people buy again, and how many orders are followed by a contact, with their evidence."""
    last = list(small_run.journeys.phases)[-1]
    shown = {cell.evidence[0].column for cell in small_run.journeys.maps[1] if cell.place == f"{last}|figures"}
    assert {"days_to_second_order", "contacted_after_order"} <= shown


def test_what_is_bought_stands_where_it_is_bought(small_run):
    """The category with the largest share of their orders, by the customers themselves."""
    shares = small_run.features.table.filter(regex="^category_")
    labels = small_run.segmentation.labels.reindex(shares.index)
    for segment, cells in small_run.journeys.maps.items():
        bought = [cell for cell in cells if cell.evidence and "orders.category" in getattr(cell.evidence[0], "sources", [])]
        assert [cell.place for cell in bought] == ["action|doing"]
        mine = shares[labels == segment].mean()
        assert bought[0].evidence[0].column == mine.idxmax() and bought[0].params["value"] == pytest.approx(mine.max())


def test_ratings_become_feelings(small_run):
    """A rating of 1 is -2, of 3 is 0 and of 5 is +2."""
    table = journey_table(small_run.protected).table
    answers = (
        small_run.protected["survey"].select("customer_id", "csat_decision").to_pandas().set_index("customer_id")["csat_decision"]
    )
    expected = (answers.astype(float) - 3).dropna()
    assert (table["feel_decision"].dropna().sort_index() == expected.sort_index()).all()


def bottlenecks(shop, folder):
    shop.write(folder)
    (folder / "study.yaml").write_text(pk.sample_study().read_text(encoding="utf-8"), encoding="utf-8")
    study = pk.open_study(folder)
    protected = pk.protect(pk.check_quality(pk.load_sources(study)).clean)
    features = pk.build_features(protected)
    segmentation = pk.segment_customers(features, basis=pk.choose_basis(features, study.segmentation), n_segments=5)
    profiles = pk.profile_segments(features, segmentation)
    personas = pk.write_personas(profiles, segmentation, study=study)
    return map_journeys(protected, segmentation, personas, profiles).bottlenecks(), personas


@pytest.mark.parametrize("seed", [1, *monthly(2, 3)])
def test_the_planted_bottleneck_is_found_and_located(tmp_path, seed):
    """Busy parents on a phone at the checkout: persona, phase and device are named; without the plant nothing is."""
    found, personas = bottlenecks(pk.simulate_shop(random_state=seed), tmp_path / "with")
    assert found[["phase", "device"]].values.tolist() == [["decision", "mobile"]]
    card = next(persona for persona in personas.personas if persona.segment == found["segment"].iloc[0])
    assert card.at("needs")[0].evidence[0].column.startswith("need_speed")
    without, _ = bottlenecks(pk.simulate_shop(random_state=seed, bottleneck=False), tmp_path / "without")
    assert without.empty


def test_every_cell_has_evidence_or_is_a_gap(small_run):
    """A cell without data says so, what the team wrote is an assumption, and the others rest on something."""
    for cell in small_run.journeys.claims:
        from_team = cell.place.split("|")[1] in TEAM_LANES
        assert bool(cell.evidence) != (cell.message == GAP or from_team) and (cell.kind == "assumption") != bool(cell.evidence)
    stuck = [cell for cell in small_run.journeys.claims if cell.message == STUCK_DEVICE]
    assert all(1 <= len(cell.evidence) <= 2 for cell in stuck)


def test_without_events_the_map_is_a_map_of_gaps(write_study):
    """A survey-only study has a map that says what is missing."""
    survey = pd.DataFrame({"q1": [1, 5] * 40, "q2": [1, 5] * 40})
    study = pk.open_study(
        write_study(
            "study: T\nas_of: 2026-01-01\nsources:\n"
            "  survey: {path: survey.csv, items: {needs: {kind: likert, scale: [1, 5], columns: [q1, q2]}}}\n",
            survey=survey,
        )
    )
    opened = pk.load_sources(study)
    features = pk.build_features(opened)
    segmentation = pk.segment_customers(features, basis=["q1", "q2"], n_segments=2)
    profiles = pk.profile_segments(features, segmentation)
    personas = pk.write_personas(profiles, segmentation, study=study)
    journeys = map_journeys(opened, segmentation, personas, profiles)
    assert {cell.message for cell in journeys.claims} == {GAP}
    assert len(journeys.notes) == 2


def test_maps_go_through_files_and_back(small_run):
    """Parts read back are the same maps, with phases in their order."""
    again = JourneyMaps.from_parts(small_run.journeys.parts())
    assert again.maps == small_run.journeys.maps
    assert list(again.phases) == ["awareness", "consideration", "decision", "action", "loyalty"]


def test_parts_of_the_result(small_run):
    """Moments, touchpoints, steps, loops and comparisons come with the maps, and every lane is a known one."""
    journeys = small_run.journeys
    assert {cell.place.split("|")[1] for cell in journeys.claims} <= set(LANES)
    assert len(journeys.touchpoints) == 16 and journeys.touchpoints["n"].is_monotonic_decreasing
    assert journeys.transitions["transitions"].min() >= 5
    assert set(journeys.personas["segment"]) == set(journeys.maps) and journeys.about["log"]["customers"] > 500
    again = JourneyMaps.from_parts(journeys.parts())
    assert again.moments.equals(journeys.moments) and again.ways.equals(journeys.ways)


def test_files_of_an_earlier_version_say_what_to_run(small_run):
    """A hand-off that lacks a table is one sentence, not a traceback."""
    parts = {name: part for name, part in small_run.journeys.parts().items() if name != "moments"}
    with pytest.raises(HandoffError, match=r"lacks moments; make it again with: personakit run --from 09"):
        JourneyMaps.from_parts(parts)
