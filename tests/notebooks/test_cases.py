"""The notebooks on the two cases of the exercises, from the first to the last, against what was planted there."""

import nbformat
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

import personakit as pk
from personakit.cases import CASES
from personakit.privacy import pseudonym_of
from personakit.running import run_study
from personakit.study import shipped


@pytest.fixture(scope="module", params=list(CASES))
def finished(request, tmp_path_factory):
    """One case, run end to end."""
    study = shipped("data") / request.param
    return request.param, run_study(study, work_dir=tmp_path_factory.mktemp(request.param) / "work")


def test_the_planted_groups_are_found(finished):
    """As many segments as groups were planted, with the same people in them."""
    name, summary = finished
    ws = pk.open_workspace(shipped("data") / name, work_dir=summary.folder)
    labels = ws.load("segmentation")[""]["segment"]
    truth = pd.read_parquet(ws.study.folder / "truth.parquet").query("kind == 'archetype'")
    people = [pseudonym_of(ws.study, key) for key in truth["key"]]
    planted = pd.Series(truth["value"].to_numpy(), index=people).reindex(labels.index)
    assert labels.nunique() == CASES[name] and planted.notna().all()
    assert adjusted_rand_score(planted, labels) > 0.9


def test_every_line_resolves_and_every_notebook_checks_itself(finished):
    """No claim without its figure, and no cross in the self-checks."""
    _, summary = finished
    verification = pk.verify(summary.folder)
    assert verification.all_resolve and len(verification.table) > 80
    told = 0
    for path in (summary.folder / "notebooks").glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            if "pk.check_re" in cell.source:
                text = "".join(output.get("text", "") for output in cell.outputs)
                assert "✓" in text and "✗" not in text, (path.stem, text)
                told += 1
    assert told == 12


def test_each_persona_has_a_card_worth_reading(finished):
    """Even with twenty people in a group: what they want, what annoys them, and in their own words."""
    name, summary = finished
    ws = pk.open_workspace(shipped("data") / name, work_dir=summary.folder)
    for card in pk.Personas.from_parts(ws.load("personas")).personas:
        told = {line.place for line in card.claims if line.kind != "assumption"}
        assert {"needs", "essence", "quotes", "do"} <= told, (name, card.name, told)


def test_the_bottleneck_is_where_it_was_planted(finished):
    """Cosmetics: people who look for quality, on the phone, at the checkout. The café has no events, and says so."""
    name, summary = finished
    ws = pk.open_workspace(shipped("data") / name, work_dir=summary.folder)
    journeys = pk.JourneyMaps.from_parts(ws.load("journeys"))
    if name == "cafe":
        assert any(note.startswith("No events") for note in summary.warnings) and journeys.bottlenecks().empty
        return
    found = journeys.bottlenecks()
    assert found[["phase", "device"]].values.tolist() == [["decision", "mobile"]]
    assert found["persona"].iloc[0] == pk.Personas.from_parts(ws.load("personas")).personas[1].name
