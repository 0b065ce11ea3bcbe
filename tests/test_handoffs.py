"""Hand-offs are whole files, and a missing one names the notebook to run."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from personakit.errors import HandoffError
from personakit.handoffs import STEPS, numbered, open_workspace, to_json, whole_file


@pytest.fixture
def workspace(small_study, tmp_path):
    return open_workspace(small_study, work_dir=tmp_path / "work")


def test_nothing_is_written_when_something_fails(tmp_path):
    """A file is replaced only when its writer came to the end."""
    path = tmp_path / "a.json"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(ValueError, match="stop"), whole_file(path) as temporary:
        temporary.write_text("half", encoding="utf-8")
        raise ValueError("stop")
    assert path.read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_parts_come_back_as_they_were(workspace):
    """Tables and plain content are the same after files."""
    table = pd.DataFrame({"a": [1.5, None], "b": ["x", "å"]}, index=pd.Index(["c1", "c2"], name="customer_id"))
    names = workspace.save("features", {"": table, "notes": {"b": 1, "a": "ø"}})
    assert names == ["05_features.parquet", "05_features_notes.json"]
    parts = workspace.load("features")
    assert parts[""].equals(table) and parts["notes"] == {"b": 1, "a": "ø"}
    assert set(workspace.load("features", "notes")) == {"notes"}


def test_the_manifest_says_what_the_results_rest_on(workspace):
    """Hashes of sources and files, seed and versions; the same input gives the same bytes."""
    workspace.save("quality", {"people": []})
    first = (workspace.folder / "manifest.json").read_bytes()
    workspace.save("quality", {"people": []})
    assert (workspace.folder / "manifest.json").read_bytes() == first
    manifest = json.loads(first)
    assert set(manifest["sources"]) == set(workspace.study.sources)
    assert manifest["random_state"] == 1 and "pandas" in manifest["versions"]
    assert set(manifest["steps"]["02_quality"]) == {"02_quality_people.json"}


def test_a_missing_result_names_the_notebook(workspace):
    """The message says which notebook to run, and the command."""
    with pytest.raises(HandoffError) as caught:
        workspace.load("segmentation")
    assert str(caught.value) == (
        "the result of notebook 06_segmentation is not in work; run that notebook, or: personakit run --to 06"
    )
    with pytest.raises(
        HandoffError, match="the clean sources are not in work; run notebook 02_quality, or: personakit run --to 02"
    ):
        workspace.sources()


def test_protected_sources_come_back(workspace, small_run):
    """Clean sources written and opened again hold the same rows."""
    workspace.save_sources(small_run.protected)
    again = workspace.sources()
    for role, table in small_run.protected.tables.items():
        assert again[role].count().execute() == table.count().execute(), role


def test_the_work_folder_is_chosen_in_this_order(small_study, tmp_path, monkeypatch):
    """Given folder, then the environment variable, then work/<study> where one stands."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PERSONAKIT_WORK", str(tmp_path / "from_environment"))
    assert open_workspace(small_study, work_dir=tmp_path / "given").folder.name == "given"
    assert open_workspace(small_study).folder.name == "from_environment"
    monkeypatch.delenv("PERSONAKIT_WORK")
    assert open_workspace(small_study).folder == (tmp_path / "work" / "nordic-sports-shop").resolve()


def test_numbers_that_are_none_are_refused():
    """JSON has no NaN; it is not written silently."""
    with pytest.raises(ValueError, match="JSON"):
        to_json({"a": float("nan")})
    assert numbered("quality") == "02_quality"


def test_notebooks_beside_each_other_lose_nothing_of_the_manifest(workspace):
    """Twelve steps write their results at the same moment, and a mark that a stopped process left holds nobody up for long."""
    mark = workspace.folder / ".manifest.json.busy"
    workspace.folder.mkdir(parents=True)
    mark.touch()
    os.utime(mark, (0, 0))
    with ThreadPoolExecutor(len(STEPS)) as pool:
        for saved in [pool.submit(workspace.save, step, {"": {"n": 1}}) for step in STEPS for _ in range(5)]:
            saved.result()
    manifest = json.loads((workspace.folder / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["steps"]) == {numbered(step) for step in STEPS} and not mark.exists()
