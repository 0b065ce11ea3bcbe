"""Client projects: a folder that runs by itself with notebooks of its own, and keeps data out of git."""

import subprocess

import nbformat
import pytest
import yaml
from typer.testing import CliRunner

import personakit as pk
from personakit.cli import app
from personakit.errors import PersonakitError, StudyError
from personakit.handoffs import STEPS, numbered
from personakit.projects import new_project
from personakit.running import run_study


@pytest.fixture
def client_data(small_study, tmp_path):
    """A folder with customers and a survey, as a client sends it."""
    folder = tmp_path / "from the client"
    folder.mkdir()
    for name in ("customers.csv", "survey.csv"):
        (folder / name).write_bytes((small_study.parent / name).read_bytes())
    return folder


def test_a_project_has_notebooks_without_outputs_and_finds_its_study(client_data, tmp_path, monkeypatch):
    """Study proposed from the data where they lie; it and the work folder are found from the project and from its notebooks."""
    monkeypatch.delenv("PERSONAKIT_WORK", raising=False)
    project = tmp_path / "project"
    made = new_project(project, data=client_data)
    assert [path.name for path in made] == [
        ".gitignore",
        ".personakit",
        ".pre-commit-config.yaml",
        "README.md",
        "notebooks",
        "study.yaml",
        "data",
    ]
    assert [path.stem for path in sorted((project / "notebooks").iterdir())] == [numbered(step) for step in STEPS]
    for path in (project / "notebooks").iterdir():
        cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
        assert cells and not any(cell.outputs or cell.execution_count for cell in cells)
    proposed = yaml.safe_load((project / "study.yaml").read_text(encoding="utf-8"))
    assert proposed["study"] == "project" and proposed["sources"]["survey"]["path"] == "../from the client/survey.csv"
    for folder in (project, project / "notebooks"):
        monkeypatch.chdir(folder)
        ws = pk.open_workspace()
        assert ws.study.file == project / "study.yaml" and ws.folder == project / "work" / "project"
        assert len(pk.load_sources(ws.study)["survey"].to_pandas()) > 100
    monkeypatch.chdir(tmp_path)
    assert pk.open_study().file == pk.sample_study()


def test_the_notebooks_of_the_project_are_the_ones_that_run(client_data, tmp_path):
    """A cell that the analyst added is in the notebook that was run."""
    project = tmp_path / "project"
    new_project(project, data=client_data)
    path = project / "notebooks" / "00_start.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("print('our own', ws.study.study)"))
    nbformat.write(notebook, path)
    found = run_study(project / "study.yaml", work_dir=project / "work", last=0)
    run = nbformat.read(found.folder / "notebooks" / "00_start.ipynb", as_version=4)
    assert run.cells[-1].outputs[0]["text"] == "our own project\n"


def test_data_and_results_stay_out_of_git(client_data, tmp_path):
    """Only the study file, the README and the notebooks would be committed."""
    project = tmp_path / "project"
    (project / "data").mkdir(parents=True)
    (client_data / "survey.csv").rename(project / "data" / "survey.csv")
    new_project(project)
    (project / "work").mkdir()
    (project / "work" / "people.parquet").write_bytes(b"x")
    (project / "pseudonyms.key").write_text("secret", encoding="utf-8")
    (project / "export.csv").write_text("customer_id\n1\n", encoding="utf-8")
    subprocess.run(["git", "init", "-q", str(project)], check=True)
    told = subprocess.run(["git", "-C", str(project), "status", "--short", "-uall"], check=True, capture_output=True, text=True)
    names = {line[3:].partition("/")[0] for line in told.stdout.splitlines()}
    assert names == {".gitignore", ".personakit", ".pre-commit-config.yaml", "README.md", "notebooks", "study.yaml"}


def test_nothing_is_overwritten_or_half_written(client_data, tmp_path):
    """What is there already, and data that are not there or no data at all, are one clear error each."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "study.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(PersonakitError, match="project has study.yaml already; give a new folder, or take them away first"):
        new_project(project, data=client_data)
    assert [path.name for path in project.iterdir()] == ["study.yaml"]
    with pytest.raises(StudyError, match="there is no folder .*gone; give the folder in which the data files lie"):
        new_project(tmp_path / "other", data=tmp_path / "gone")
    (tmp_path / "useless").mkdir()
    (tmp_path / "useless" / "notes.md").write_text("x", encoding="utf-8")
    with pytest.raises(StudyError, match="useless has no file that could be a source"):
        new_project(tmp_path / "other", data=tmp_path / "useless")
    assert not (tmp_path / "other").exists() and not list(tmp_path.glob(".*"))


def test_from_the_command_line(client_data, tmp_path, monkeypatch):
    """An empty project says what comes next, and that step makes the study file."""
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    made = runner.invoke(app, ["new", "project", "--exercises"])
    assert made.exit_code == 0 and "personakit init data --study study.yaml" in made.output
    assert not (tmp_path / "project" / "study.yaml").exists() and (tmp_path / "project" / "exercises" / "README.md").exists()
    for path in client_data.iterdir():
        path.rename(tmp_path / "project" / "data" / path.name)
    monkeypatch.chdir(tmp_path / "project")
    assert runner.invoke(app, ["init", "data", "--study", "study.yaml"]).exit_code == 0
    assert (
        yaml.safe_load((tmp_path / "project" / "study.yaml").read_text("utf-8"))["sources"]["survey"]["path"] == "data/survey.csv"
    )
    ready = runner.invoke(app, ["new", "second", "--data", "data"])
    assert ready.exit_code == 0 and "then: personakit check" in ready.output
