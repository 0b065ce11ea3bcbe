"""Did it work: every persona's figures from whatever sources there are, and what a change of the study file did."""

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.locale import Words
from personakit.measurement import Measurement
from personakit.render.html import to_html


@pytest.fixture(scope="module")
def measured(small_run):
    """The small shop, with a change that concerned everybody and one that concerned a region."""
    changes = [
        {"say": "Free returns", "on": "2026-02-01"},
        {"say": "New shop", "on": "2026-02-01", "concerns": "region = 'Oslo'"},
    ]
    journey = type(small_run.study.journey).model_validate(small_run.study.journey.model_dump() | {"changes": changes})
    study = small_run.study.model_copy(update={"journey": journey})
    sources = pk.Sources(study, small_run.protected.tables, small_run.protected.connection)
    names = {persona.segment: persona.name for persona in small_run.personas.personas}
    return pk.measure(sources, small_run.features, small_run.segmentation, names=names), sources


def test_everything_the_sources_allow_is_measured(measured, small_run):
    """No note for what is there; every persona has lines of every kind, each with its figure."""
    result = measured[0]
    assert all("“New shop”, the rating of the service: " in note for note in result.notes)  # too few ratings in one region
    for note in Measurement.from_parts(result.parts()).notes:
        assert Words("nb")(note).startswith("«New shop»") and "have a value" not in Words("nb")(note)
    lines = result.lines
    places = {segment: {line.place for line in lines if line.segment == segment} for segment in range(6)}
    for segment in range(1, 6):
        assert places[segment] == {f"measurement|{part}" for part in ("campaigns", "satisfaction", "service", "repeat")}
    assert "measurement|changes" in places[0] and len({line.id for line in lines}) == len(lines)
    assert all(line.evidence and line.kind == "data" for line in lines)
    figures = {piece.key: piece for line in lines for piece in line.evidence}
    clicked = small_run.protected["campaigns"].to_pandas()["clicked"].mean()
    assert figures["measurement|campaigns_clicked||0"].estimate == pytest.approx(clicked)
    assert figures["measurement|nps_recommend||2"].estimate == pytest.approx(
        result.satisfaction.query("measure == 'nps' and segment == 2")["value"].iloc[0] * 100)  # fmt: skip


def test_changes_are_compared_with_whom_they_did_not_concern(measured):
    """With a condition there is a comparison group; without one there is none, and no cause is claimed."""
    table = measured[0].changes.set_index(["say", "outcome"])
    assert set(table.index.get_level_values("say")) == {"Free returns", "New shop"}
    shop, returns = table.loc[("New shop", "spend")], table.loc[("Free returns", "spend")]
    assert shop["method"] == "difference in differences" and shop["compared_n"] > shop["n"] > 0
    assert returns["method"] != "difference in differences" and returns["compared_n"] == 0
    assert returns["verdict"] != "shown against a comparison group" and pd.isna(returns["compared_before"])


def test_a_condition_that_names_no_feature(measured, small_run):
    """One clear error names the change."""
    sources = measured[1]
    changes = [{"say": "New shop", "on": "2026-02-01", "concerns": "shoe_size > 40"}]
    journey = type(sources.study.journey).model_validate(sources.study.journey.model_dump() | {"changes": changes})
    wrong = pk.Sources(sources.study.model_copy(update={"journey": journey}), sources.tables, sources.connection)
    with pytest.raises(pk.StudyError, match=r"journey\.changes\.1\.concerns.*shoe_size"):
        pk.measure(wrong, small_run.features, small_run.segmentation)


def test_any_subset_of_sources(small_run):
    """Without campaigns, orders, tickets and changes the rest is measured, and one sentence each says what is missing."""
    study = small_run.study
    only = pk.Sources(study, {"survey": small_run.protected.tables["survey"]}, small_run.protected.connection)
    result = pk.measure(only, small_run.features, small_run.segmentation)
    assert {line.place for line in result.lines} == {"measurement|satisfaction"}
    assert [note.split("'")[1] for note in result.notes] == ["campaigns", "tickets", "orders", "journey.changes"]
    assert result.names[1] == "1"


def test_lines_in_four_languages_and_from_files(measured, small_run):
    """Each line is said in each language; files give everything back; the same seed gives the same again."""
    result, sources = measured
    for language in ("nb", "fi", "fa"):
        words = Words(language, "EUR")
        assert all(words.claim(line) != Words("en", "EUR").claim(line) for line in result.lines)
    kept = Measurement.from_parts(result.parts())
    assert [line.model_dump() for line in kept.lines] == [line.model_dump() for line in result.lines]
    again = pk.measure(sources, small_run.features, small_run.segmentation, names=result.names)
    pd.testing.assert_frame_equal(again.campaigns, result.campaigns)
    page = to_html(result)
    assert "solved by the service" in page and "New shop" in page and np.char.count(page, "everybody") > 0
