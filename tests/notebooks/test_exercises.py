"""The exercises: blanks are made from their solutions, solutions pass, and every notebook has one."""

import contextlib
import io
import re

import nbformat
import pytest

from personakit.checks import CheckError
from personakit.checks_tasks import TASKS
from personakit.exercises import ANSWER, MODEL_ANSWER, WRITE_HERE, blank_of
from personakit.handoffs import STEPS, numbered

from .make_blanks import EXERCISES

MOST_LINES = 12
NAMES = [numbered(step) for step in STEPS]


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def solution(name):
    return nbformat.read(EXERCISES / "solutions" / f"{name}.ipynb", as_version=4)


@pytest.fixture
def blank(name):
    return nbformat.read(EXERCISES / f"{name}.ipynb", as_version=4)


def run(notebook, *, onward):
    """Run the code in this process; give what was printed by each cell that checks something."""
    import matplotlib as mpl

    mpl.use("agg")
    told, names = [], {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        out = io.StringIO()
        try:
            with contextlib.redirect_stdout(out):
                exec(compile(cell.source, cell.id, "exec"), names)
        except CheckError as error:
            out.write(str(error))
            if not onward:
                raise
        if "pk.check(" in cell.source:
            told.append(out.getvalue().strip())
    return told


def tasks_of(notebook):
    return re.findall(r'pk\.check\("([\d.]+)"', "\n".join(cell.source for cell in notebook.cells))


def test_one_exercise_for_each_step():
    """Solutions and blanks have the names of the notebooks, and nothing else is there."""
    for folder in (EXERCISES, EXERCISES / "solutions"):
        assert sorted(path.stem for path in folder.glob("*.ipynb")) == NAMES


def test_blanks_are_made_from_their_solutions(solution, blank):
    """Written by ``python -m tests.notebooks.make_blanks``; no answer is left in them."""
    assert blank == blank_of(solution)
    text = "\n".join(cell.source for cell in blank.cells)
    for cell in solution.cells:
        if MODEL_ANSWER in cell.metadata.get("tags", []):
            assert cell.source not in text and len(cell.source) > 80
    assert text.count(WRITE_HERE) >= 1


def test_form(solution, name):
    """10 to 20 minutes, three to five tasks from looking to judging, short cells, each task with its check or a rubric."""
    first = solution.cells[0].source
    minutes, n_tasks = re.search(r"^(\d+) minutes, (\d+) tasks\.", first, re.MULTILINE).groups()
    assert f"# {name[:2]} {name[3:].capitalize()}: exercise" in first and f"`{name}`" in first
    assert 10 <= int(minutes) <= 20 and 3 <= int(n_tasks) <= 5
    step = int(name[:2])
    checked = tasks_of(solution)
    assert checked == [number for number in TASKS if number.partition(".")[0] == str(step)]
    judged = [cell for cell in solution.cells if MODEL_ANSWER in cell.metadata.get("tags", [])]
    assert len(checked) + len(judged) == int(n_tasks)
    titles = re.findall(r"^## (\d+)\.(\d+) ", "\n".join(cell.source for cell in solution.cells), re.MULTILINE)
    assert titles == [(str(step), str(number)) for number in range(1, int(n_tasks) + 1)]
    assert "**A good answer**" in "\n".join(cell.source for cell in solution.cells)
    for cell in solution.cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= MOST_LINES and not cell.outputs
            assert not re.search(r"^\s*(def|class|lambda) ", cell.source, re.MULTILINE)
            assert (ANSWER in cell.metadata.get("tags", [])) == ("# your answer" in cell.source)


def test_solutions_pass(solution, monkeypatch):
    """Every check, as strict as it can be."""
    monkeypatch.setenv("PERSONAKIT_STRICT", "1")
    assert run(solution, onward=False) == [f"PASS {task}" for task in tasks_of(solution)]


def test_blanks_do_not_pass(blank, monkeypatch):
    """No task is solved before anybody has done something; each says what to do."""
    monkeypatch.setenv("PERSONAKIT_STRICT", "1")
    told = run(blank, onward=True)
    assert len(told) == len(tasks_of(blank)) and all(" not yet: " in line for line in told)
