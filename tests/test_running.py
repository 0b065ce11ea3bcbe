"""Running the notebooks: all or nothing, with a summary and a manifest."""

import json
import os
import shutil
import time
from dataclasses import replace
from datetime import date

import nbformat
import pandas as pd
import pytest

import personakit as pk
from personakit import running
from personakit.errors import DataError, HandoffError, PersonakitError, StudyError
from personakit.handoffs import STEPS, numbered
from personakit.refreshing import refresh_study
from personakit.running import NotebookFailedError, run_study
from personakit.simulation_waves import some_months_more
from personakit.verification import verify


@pytest.fixture(scope="module")
def finished(sample_run, tmp_path_factory):
    """A copy of the sample's run."""
    summary, seen = sample_run
    folder = tmp_path_factory.mktemp("finished") / "work"
    shutil.copytree(summary.folder, folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["study"]["file"] = os.path.relpath(pk.sample_study(), folder)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return replace(summary, folder=folder), seen


def test_all_notebooks_run_and_deliver(finished):
    """Every notebook is executed, every deliverable is there, and nothing half-written is left."""
    summary, _ = finished
    assert list(summary.seconds) == [numbered(step) for step in STEPS]
    assert [path.name for path in summary.deliverables] == [
        "activation.html", "evidence.json", "feedback.csv",
        "journey_template.html", "journeys.html", "journeys.json", "measurement.html", "overview.html", "perception.csv",
        "personas.html", "personas.json", "processing.html", "screener.html"]  # fmt: skip
    assert sorted(p.stem for p in (summary.folder / "notebooks").glob("*.ipynb")) == [numbered(step) for step in STEPS]
    assert [p.name for p in summary.folder.parent.iterdir()] == ["work"]


def test_progress_reaches_the_end_of_each_notebook(finished):
    """Progress names the notebook, and counts its cells up to the last one."""
    _, seen = finished
    ends = {notebook: (done, total) for notebook, done, total in seen}
    assert set(ends) == {numbered(step) for step in STEPS}
    assert all(done == total for done, total in ends.values())


def test_the_manifest_and_the_warnings(finished):
    """The manifest names sources, seed and versions; the summary says what to look at."""
    summary, _ = finished
    manifest = json.loads((summary.folder / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest) == {"study", "language", "random_state", "versions", "sources", "steps"}
    assert set(manifest["steps"]) == {numbered(step) for step in STEPS}
    assert "customers.customer_id: 29 rows, repeats an earlier row (rows left out)" in summary.warnings


def test_every_claim_of_the_sample_resolves(finished):
    """Computed again from the sources, every claim resolves."""
    verification = verify(finished[0].folder)
    assert verification.all_resolve and len(verification.table) > 300


def test_executed_notebooks_name_the_final_folder(finished):
    """Nothing in the executed notebooks points to the folder they were made in."""
    summary, _ = finished
    for path in (summary.folder / "notebooks").glob("*.ipynb"):
        assert ".partial-" not in path.read_text(encoding="utf-8")


@pytest.mark.monthly
def test_six_months_more(finished, tmp_path):
    """Refreshed: names, numbers and edits stay, the old wave is whole, every claim resolves, and again there is nothing to do."""
    summary, _ = finished
    work, study = tmp_path / "work", tmp_path / "study"
    shutil.copytree(summary.folder, work)
    later = pk.simulate_shop(n_customers=600, n_survey=320, random_state=6)
    some_months_more(pk.simulate_shop(), later, days=184).write(study)
    sample = pk.sample_study()
    text = sample.read_text(encoding="utf-8")
    assert "as_of: 2026-06-30" in text
    (study / "study.yaml").write_text(text.replace("as_of: 2026-06-30", "as_of: 2026-12-31"), encoding="utf-8")
    shutil.copy(sample.parent / "pseudonyms.key", study)
    manifest = json.loads((work / "manifest.json").read_text(encoding="utf-8"))
    manifest["study"]["file"] = "../study/study.yaml"  # as if the first wave had been made from the files replaced just now
    (work / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    before = {str(p.relative_to(work)): p.read_bytes() for p in work.rglob("*") if p.is_file()}
    ws = pk.open_workspace(study, work_dir=work)
    old = pk.Personas.from_parts(ws.load("personas"))
    session = pk.PersonaSession(old, pk.SegmentProfiles.from_parts(ws.load("profiling")), study, who="Kari")
    card = old.personas[0]
    line = next(line for line in card.claims if line.kind == "data" and line.place == "needs")
    session.rewrite(card.name, line, "Says what she means")
    pk.log_decision(study, "Sell by telephone", who="Kari", on=date(2026, 7, 1), lines=[line], names={1: card.name})

    found = refresh_study(study, work_dir=work)
    assert found.changed and found.earlier == work / "waves" / "2026-06-30" and list(found.seconds)[-1] == "11_measurement"
    wave = {str(p.relative_to(found.earlier)): p.read_bytes() for p in found.earlier.rglob("*") if p.is_file()}
    assert set(wave) == set(before) and {name for name in wave if wave[name] != before[name]} == {"manifest.json"}
    new = pk.apply_edits(pk.Personas.from_parts(ws.load("personas")), pk.SegmentProfiles.from_parts(ws.load("profiling")), study)
    assert {p.segment: p.name for p in new.personas} == {p.segment: p.name for p in old.personas}
    assert any("Says what she means" in str(line.params.get("text", line.message)) for line in new.personas[0].claims)
    assert (old.about["review_by"], new.about["review_by"]) == ("2026-12-30", "2027-06-30")
    assert sum(p.n for p in new.personas) > sum(p.n for p in old.personas)
    page = (work / "deliverables" / "differences.html").read_text(encoding="utf-8")
    assert all(persona.name in page for persona in new.personas)
    assert "Sell by telephone" in (work / "deliverables" / "measurement.html").read_text(encoding="utf-8")
    assert verify(work).all_resolve
    with pytest.raises(HandoffError, match="2026-06-30 is an earlier wave, and its source files have been replaced"):
        verify(found.earlier)
    whole = {p: p.read_bytes() for p in work.rglob("*") if p.is_file()}
    assert not refresh_study(study, work_dir=work).changed
    assert {p: p.read_bytes() for p in work.rglob("*") if p.is_file()} == whole


@pytest.mark.monthly
def test_later_steps_can_be_run_again_in_another_language(finished):
    """From 08 on, with Persian pages; earlier results stay."""
    summary, _ = finished
    before = (summary.folder / "06_segmentation.parquet").read_bytes()
    again = run_study(work_dir=summary.folder, first=8, language="fa")
    assert list(again.seconds) == ["08_personas", "09_journeys", "10_activation", "11_measurement"]
    assert (summary.folder / "06_segmentation.parquet").read_bytes() == before
    assert 'dir="rtl"' in (summary.folder / "deliverables" / "personas.html").read_text(encoding="utf-8")


def test_a_failing_notebook_leaves_everything_as_it_was(finished, tmp_path, monkeypatch):
    """The message names notebook, cell and reason; the work folder is untouched and no other folder is left."""
    summary, _ = finished
    folder = tmp_path / "notebooks"
    folder.mkdir()
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell('study = ""\nwork_dir = ""\nlanguage = ""', metadata={"tags": ["parameters"]}),
            nbformat.v4.new_code_cell("open(work_dir + '/half', 'w').close()\n1 / 0"),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, folder / "08_personas.ipynb")
    monkeypatch.setattr(running, "shipped", lambda what: folder)
    before = {path.name: path.stat().st_mtime_ns for path in summary.folder.rglob("*")}
    with pytest.raises(NotebookFailedError) as caught:
        run_study(work_dir=summary.folder, first=8, last=8)
    assert str(caught.value) == "notebook 08_personas, cell 2: ZeroDivisionError: division by zero"
    assert {path.name: path.stat().st_mtime_ns for path in summary.folder.rglob("*")} == before
    assert [p.name for p in summary.folder.parent.iterdir()] == ["work"]


def test_a_notebook_whose_process_is_killed_is_one_clear_error(write_study, tmp_path, monkeypatch):
    """As when memory runs out: told within seconds, nothing is written, and no process stays behind."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell('study = ""\nwork_dir = ""\nlanguage = ""', metadata={"tags": ["parameters"]}),
               nbformat.v4.new_code_cell("import os\nos.kill(os.getpid(), 9)")],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )  # fmt: skip
    nbformat.write(notebook, folder / "00_start.ipynb")
    monkeypatch.setattr(running, "shipped", lambda what: folder)
    survey = pd.DataFrame({"q1": [1, 2, 3] * 20})
    file = write_study("study: T\nas_of: 2026-01-01\nsources:\n  survey: {path: survey.csv}\n", survey=survey)
    before = time.monotonic()
    with pytest.raises(NotebookFailedError, match="notebook 00_start: the process that ran it was ended from outside"):
        run_study(file, work_dir=tmp_path / "work", last=0)
    assert time.monotonic() - before < 60 and not (tmp_path / "work").exists()
    assert not list(tmp_path.glob(".work*"))


@pytest.mark.parametrize(("name", "content", "said"), [
    ("perception.csv", "statement,text,person_1\nclarity_1,x,9\n", "perception.csv: clarity_1, person_1: found '9'"),
    ("decisions.yaml", "decisions: [{number: x}]\n", "decisions.yaml: decisions.0"),
])  # fmt: skip
def test_what_people_filled_in_is_read_before_anything_is_written(write_study, tmp_path, name, content, said):
    """The form of perception and the log of decisions."""
    file = write_study(
        "study: T\nas_of: 2026-01-01\nsources:\n  survey: {path: survey.csv}\n", survey=pd.DataFrame({"q": [1, 2]})
    )
    (file.parent / name).write_text(content, encoding="utf-8")
    with pytest.raises(PersonakitError, match=said):
        run_study(file, work_dir=tmp_path / "deep" / "work")
    assert not (tmp_path / "deep").exists()


def test_wrong_data_write_nothing(write_study, tmp_path):
    """Data that cannot be used stop before anything is written, not even a folder."""
    file = write_study("study: T\nas_of: 2026-01-01\nsources:\n  orders: {path: gone.csv}\n")
    with pytest.raises(DataError, match="no file gone.csv"):
        run_study(file, work_dir=tmp_path / "deep" / "work")
    assert not (tmp_path / "deep").exists()


def test_a_wrong_codebook_stops_before_anything_is_written(write_study, tmp_path):
    """What people wrote beside the study file is read before the first notebook runs."""
    file = write_study(
        "study: T\nas_of: 2026-01-01\nsources:\n  survey: {path: survey.csv}\n", survey=pd.DataFrame({"q": [1, 2]})
    )
    (file.parent / "coding").mkdir()
    (file.parent / "coding" / "codebook.yaml").write_text("codes: {late: {type: pian}}\n", encoding="utf-8")
    with pytest.raises(StudyError, match="type 'pian' is not known"):
        run_study(file, work_dir=tmp_path / "deep" / "work")
    assert not (tmp_path / "deep").exists()


def test_a_failure_late_in_the_run_leaves_no_key(write_study, tmp_path):
    """A basis that does not exist is found in notebook 06; the key of the pseudonyms made before is taken away again."""
    survey = pd.DataFrame({"q1": [1, 2, 3] * 20, "q2": [3, 2, 1] * 20})
    sources = "sources:\n  survey: {path: survey.csv, items: {needs: [q1, q2]}}\n"
    text = f"study: T\nas_of: 2026-01-01\n{sources}segmentation: {{basis: [need]}}\n"
    file = write_study(text, survey=survey)
    with pytest.raises(
        NotebookFailedError, match=r"notebook 06_segmentation, cell 7: segmentation.basis: nothing is called 'need'"
    ):
        run_study(file, work_dir=tmp_path / "work")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["study.yaml", "survey.csv"]


def test_wrong_steps_are_refused():
    """From and to have to be steps, in this order."""
    with pytest.raises(PersonakitError, match="--from and --to: found 05 to 03; allowed are 00 to 11, in this order"):
        run_study(first=5, last=3)
