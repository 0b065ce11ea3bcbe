"""Outputs of notebooks: found, taken out, and kept out of git by a hook."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from typer.testing import CliRunner

from personakit.cli import app
from personakit.errors import PersonakitError
from personakit.projects import new_project
from personakit.projects_outputs import find_outputs


@pytest.fixture
def shown(tmp_path):
    """A notebook whose second cell shows a name."""
    cell = new_code_cell("people", outputs=[new_output("stream", text="Kari Nordmann\n")], execution_count=4)
    path = tmp_path / "shown.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell("People"), cell]), path)
    return path


def test_outputs_are_found_and_taken_out(shown):
    """Cell by cell; source and text stay, and a second time there is nothing to do."""
    before = shown.read_bytes()
    assert find_outputs([shown]).values.tolist() == [[str(shown), 1, 2]] and shown.read_bytes() == before
    find_outputs([shown], take_out=True)
    again = nbformat.read(shown, as_version=4)
    assert [cell.source for cell in again.cells] == ["People", "people"]
    assert "Nordmann" not in shown.read_text("utf-8") and again.cells[1].execution_count is None
    clean = shown.read_bytes()
    assert find_outputs([shown], take_out=True).empty and shown.read_bytes() == clean


def test_what_is_no_notebook_is_one_sentence_and_nothing_is_changed(shown, tmp_path):
    """Also the good one beside it stays."""
    (tmp_path / "text.ipynb").write_text("x", encoding="utf-8")
    before = shown.read_bytes()
    for name, said in (("text.ipynb", "is not a notebook"), ("gone.ipynb", "is not there")):
        with pytest.raises(PersonakitError, match=f"{name} {said}; give files that end with .ipynb"):
            find_outputs([shown, tmp_path / name], take_out=True)
    assert shown.read_bytes() == before


def test_from_the_command_line(shown, monkeypatch):
    """Exit code 3 when something shows data, and the line that mends it."""
    monkeypatch.chdir(shown.parent)
    runner = CliRunner()
    told = runner.invoke(app, ["strip", "--check", "shown.ipynb"])
    assert told.exit_code == 3 and "shown.ipynb: 1 cell shows data, the first is cell 2" in told.output
    assert "Take them out with: personakit strip shown.ipynb" in told.output
    assert runner.invoke(app, ["strip", "shown.ipynb"]).exit_code == 0
    told = runner.invoke(app, ["strip", "--check", "shown.ipynb"])
    assert told.exit_code == 0 and "None of 1 notebooks shows data." in told.output
    assert "There is no notebook." in runner.invoke(app, ["strip"]).output


def test_a_commit_of_a_client_project_with_outputs_is_refused(tmp_path, monkeypatch):
    """The hook that ``personakit new`` writes, run by pre-commit as git would run it."""
    pytest.importorskip("pre_commit", reason="pre-commit is not installed; pip install personakit[test]")
    project = tmp_path / "project"
    new_project(project)
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "hooks"))

    def commit():
        subprocess.run(["git", "-C", str(project), "add", "-A"], check=True)
        return subprocess.run(
            [sys.executable, "-m", "pre_commit", "run"], cwd=project, capture_output=True, text=True, check=False
        )

    subprocess.run(["git", "init", "-q", str(project)], check=True)
    made = commit()
    assert made.returncode == 0, made.stdout + made.stderr
    path = project / "notebooks" / "00_start.ipynb"
    notebook = nbformat.read(path, as_version=4)
    next(cell for cell in notebook.cells if cell.cell_type == "code").outputs = [new_output("stream", text="Kari Nordmann\n")]
    nbformat.write(notebook, path)
    refused = commit()
    assert refused.returncode == 1 and "no client data in outputs" in refused.stdout
    assert "00_start.ipynb: 1 cell shows data" in refused.stdout
