"""Self-checks of the notebooks: they say what is so, and a result that is not as it should be gets a cross and a way out."""

import shutil
from dataclasses import replace

import pandas as pd
import pytest

import personakit as pk
from personakit import lessons
from personakit.errors import HandoffError
from personakit.handoffs import STEPS, Workspace


@pytest.fixture(scope="module")
def whole(small_run, small_review, small_plan, tmp_path_factory):
    """A work folder with every result of the small shop."""
    run = small_run
    ws = Workspace(run.study, tmp_path_factory.mktemp("whole") / "work", "en")
    overview = run.sources.overview().reset_index().astype({"first": "str", "last": "str"})
    ws.save("collection", {"overview": overview, "plan": pk.plan_collection(run.sources).table})
    ws.save("quality", run.report.parts() | run.protected.parts())
    ws.save_sources(run.protected)
    ws.save("exploration", pk.explore(run.protected).parts())
    ws.save("voices", run.voices.parts())
    ws.save("features", run.features.parts())
    stability = pd.DataFrame({"segment": [1, 2, 3, 4, 5], "jaccard": [0.9, 0.95, 0.8, 0.99, 1.0]})
    ws.save("segmentation", run.segmentation.parts() | {"stability": stability})
    ws.save("profiling", run.profiles.parts())
    ws.save("personas", run.personas.parts())
    ws.save("journeys", run.journeys.parts())
    ws.save("activation", small_plan.parts())
    ws.save("measurement", small_review.review.parts())
    return ws.folder


@pytest.fixture
def ws(small_run, whole, tmp_path):
    """A copy of it."""
    return Workspace(small_run.study, shutil.copytree(whole, tmp_path / "work"), "en")


def said(capsys, ws, step):
    pk.check_result(ws, step)
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("step", STEPS[1:])
def test_a_good_result_has_no_cross(ws, step, capsys):
    """Every step has a check; each line holds, and its figures are those of the data."""
    lines = said(capsys, ws, step)
    assert lines and all(line.startswith("✓ ") for line in lines), lines


def test_figures_come_from_the_data(ws, small_run, capsys):
    """With other data it says other numbers."""
    assert said(capsys, ws, "features")[0] == f"✓ {len(small_run.features.table):,} customers, each in one row."
    assert (
        said(capsys, ws, "segmentation")[0] == f"✓ {len(small_run.segmentation.labels):,} customers, each in one of 5 segments."
    )


def test_a_fault_gets_a_cross_and_a_way_out(ws, small_run, capsys):
    """One planted fault a step."""
    table = small_run.features.table
    late = table.assign(days_since_last_order=-3.0, unknown=1.0)
    ws.save("features", small_run.features.parts() | {"": pd.concat([late, late.head(1)])})
    lines = said(capsys, ws, "features")
    assert [line[0] for line in lines] == ["✗", "✗", "✗"]
    assert "unknown" in lines[1] and "as_of in the study file" in lines[2]
    ws.save("segmentation", {"stability": pd.DataFrame({"segment": [1, 2], "jaccard": [0.9, 0.4]})})
    assert said(capsys, ws, "segmentation")[1] == "✗ Not steady: segment 2. Try fewer segments; else the cards say so."
    overview = ws.load("collection", "overview")["overview"]
    ws.save("collection", {"overview": overview.assign(rows=overview["rows"].where(overview["source"] != "orders", 0))})
    assert said(capsys, ws, "collection")[0].startswith("✗ Without a row: orders.")
    card = small_run.personas.personas[0]
    bare = card.claims[0].model_copy(update={"evidence": [], "grade": "strong"})
    broken = replace(small_run.personas, personas=[card.model_copy(update={"claims": [bare, *card.claims[1:]]})])
    ws.save("personas", broken.parts())
    assert said(capsys, ws, "personas") == [f"✗ Without evidence, and not marked: {bare.id}."]
    quiet = ws.load("voices")[""].assign(quotable=False)
    ws.save("voices", {"": quiet})
    assert "privacy.consent.quotes" in said(capsys, ws, "voices")[1]
    tests = small_run.profiles.tests.assign(p_value=0.01)
    ws.save("profiling", {"tests": tests})
    assert said(capsys, ws, "profiling")[0].startswith("✗ ")


def test_a_step_without_result_names_its_notebook(small_run, tmp_path):
    """As everywhere: which notebook has to be run."""
    with pytest.raises(HandoffError, match="05_features"):
        pk.check_result(Workspace(small_run.study, tmp_path, "en"), "features")
    with pytest.raises(HandoffError, match="no step 'featurs'"):
        pk.check_result(Workspace(small_run.study, tmp_path, "en"), "featurs")


def test_ready_or_what_to_do(small_run, tmp_path, monkeypatch, capsys):
    """A computer that has everything is ready; a missing package and a folder that cannot be written are named."""
    ws = Workspace(small_run.study, tmp_path / "work", "en")
    pk.check_ready(ws)
    assert capsys.readouterr().out.splitlines()[-1] == "READY"
    assert not list((tmp_path / "work").iterdir())
    monkeypatch.setattr(lessons, "CORE_PACKAGES", ("pandas", "no-such-package"))
    (tmp_path / "file").write_text("x", encoding="utf-8")
    pk.check_ready(Workspace(small_run.study, tmp_path / "file" / "work", "en"))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "✗ Not installed: no-such-package. Run: python -m pip install no-such-package"
    assert lines[1].startswith("✗ The work folder cannot be written") and lines[-1].startswith("NOT READY: mend the lines")


def test_figures_of_nobody(ws, capsys):
    """A study about no single customer has no figures, which is no fault."""
    parts = ws.load("exploration")
    ws.save("exploration", parts | {"figures": parts["figures"].iloc[:0]})
    assert said(capsys, ws, "exploration") == ["✓ This study says nothing about single customers; no figure was made."]
