"""Refresh: all or nothing however it is stopped, one clear error where there is no earlier run, waves that find each other."""

import json
import random
import shutil
import subprocess
import sys
import time

import pytest

import personakit as pk
from personakit.errors import HandoffError
from personakit.handoffs import STEPS, WAVE_FILE, file_hash, numbered, open_workspace, to_json
from personakit.refreshing import _put_aside, refresh_study

from .conftest import monthly

#: A refresh whose notebooks only write files, so that it can be killed often; the moves are those of a real one.
SCRIPT = """
import sys, time
from pathlib import Path
from personakit import running, running_lanes
from personakit.handoffs import STEPS, open_workspace
from personakit.refreshing import _put_aside

class Kernels(running_lanes.Kernels):
    def take(self, *, another, niceness):
        return None
    def __exit__(self, *_):
        pass

def notebook(step, workspace, staging, *_):
    for number in range(4):
        (staging / f"{step}_{number}.txt").write_text(f"new {step}" * 2000, encoding="utf-8")
        time.sleep(0.004)

running_lanes.Kernels, running._run_notebook, running.forks_are_possible = Kernels, notebook, lambda: False
ws = open_workspace(sys.argv[1], work_dir=sys.argv[2])
print("ready", flush=True)
running.run_steps(ws, STEPS, language="en", progress=None,
                  prepare=lambda staging: _put_aside(staging, ws.folder, "2026-01-31", keeps_rule=True))
print("done", flush=True)
"""


@pytest.fixture
def work(small_study, tmp_path):
    """A work folder that looks like that of a whole run."""
    folder = tmp_path / "work"
    for step in STEPS:
        for number in range(3):
            (folder / "notebooks").mkdir(parents=True, exist_ok=True)
            (folder / f"{numbered(step)}_{number}.txt").write_text(f"old {step}" * 2000, encoding="utf-8")
    (folder / "08_personas.json").write_text(to_json({"about": {"as_of": "2026-01-31"}}), encoding="utf-8")
    (folder / "08_personas_people.parquet").write_bytes(b"people")
    study = {"file": f"../{small_study.name}", "file_sha256": file_hash(small_study), "title": "Shop"}
    steps = {numbered(step): {} for step in STEPS}
    manifest = {"study": study, "language": "en", "sources": {}, "steps": steps}
    (folder / "manifest.json").write_text(to_json(manifest), encoding="utf-8")
    return folder


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("n_moments", [3, *monthly(10)])
def test_killed_at_random_moments(work, small_study, n_moments):
    """Whenever it is killed, the work folder is, whole, the old wave or the new one; and the next run finds it."""
    old = contents(work)
    command = [sys.executable, "-c", SCRIPT, str(small_study), str(work)]
    kept = work.parent / "kept"
    shutil.copytree(work, kept)
    subprocess.run(command, check=True, capture_output=True)
    new = contents(work)
    assert new != old and {name.removeprefix("waves/2026-01-31/") for name in new if name.startswith("waves/")} == set(old)
    moments = random.Random(9)
    lasted = 0
    for _ in range(n_moments):
        shutil.rmtree(work)
        shutil.copytree(kept, work)
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "ready\n"
        time.sleep(moments.uniform(0.0, 0.6))
        process.kill()
        process.wait()
        process.stdout.close()
        found = contents(open_workspace(small_study, work_dir=work).folder)
        assert found in (old, new)
        lasted += found == old
    assert lasted > 0


def test_stopped_between_two_moves(work, small_study):
    """Stopped when the old wave had been moved aside: opening the work folder puts it back, and old leftovers go."""
    old = contents(work)
    work.rename(work.parent / ".work.old-123")
    assert contents(open_workspace(small_study, work_dir=work).folder) == old
    assert not (work.parent / ".work.old-123").exists()


def test_the_old_wave_knows_its_study_and_its_own_earlier_wave(work):
    """Put aside twice, both waves name the study file and the wave before, as seen from where they lie."""
    study = json.loads((work / "manifest.json").read_text(encoding="utf-8"))["study"]["file"]
    for name in ("2026-01-31", "2026-06-30"):
        _put_aside(work, work, name, keeps_rule=True)
        for part in ("08_personas.json", "08_personas_people.parquet", "manifest.json"):
            shutil.copy2(work / "waves" / name / part, work / part)
        manifest = json.loads((work / "manifest.json").read_text(encoding="utf-8"))
        manifest["study"]["file"] = study
        (work / "manifest.json").write_text(to_json(manifest), encoding="utf-8")
    first, second = work / "waves" / "2026-01-31", work / "waves" / "2026-06-30"
    for wave in (first, second):
        told = json.loads((wave / "manifest.json").read_text(encoding="utf-8"))["study"]["file"]
        assert (wave / told).resolve() == (work / study).resolve()
    assert not (first / WAVE_FILE).exists()
    assert (second / json.loads((second / WAVE_FILE).read_text(encoding="utf-8"))["earlier"]).resolve() == first.resolve()
    assert (work / "earlier_08_personas.json").exists()


def test_without_a_whole_earlier_run_there_is_one_clear_error(small_study, work, tmp_path):
    """No run: begin with one. Half a run: finish it. Nothing is written."""
    with pytest.raises(HandoffError, match="there is no earlier run in nowhere; begin with: personakit run"):
        refresh_study(small_study, work_dir=tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
    manifest = json.loads((work / "manifest.json").read_text(encoding="utf-8"))
    del manifest["steps"][numbered("activation")]
    (work / "manifest.json").write_text(to_json(manifest), encoding="utf-8")
    before = contents(work)
    with pytest.raises(HandoffError, match="ended before 10_activation; finish it first: .* --from 10"):
        refresh_study(small_study, work_dir=work)
    assert contents(work) == before


def test_nothing_changed_writes_nothing(work, small_study):
    """The same sources and study file: no file is touched, not even its time."""
    study = pk.open_study(small_study)
    manifest = json.loads((work / "manifest.json").read_text(encoding="utf-8"))
    manifest["sources"] = {role: file_hash(study.path_of(role)) for role, source in study.sources.items() if source.path}
    (work / "manifest.json").write_text(to_json(manifest), encoding="utf-8")
    before = {path: path.stat().st_mtime_ns for path in work.rglob("*")}
    found = refresh_study(small_study, work_dir=work)
    assert not found.changed and found.to_look_at == [] and found.folder == work.resolve()
    assert {path: path.stat().st_mtime_ns for path in work.rglob("*")} == before
