"""The numbered notebooks: their shape, and that their outputs are there to compare."""

import re
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from personakit.cli import app
from personakit.handoffs import STEPS, numbered

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
EXERCISES = NOTEBOOKS.parent / "exercises"
ALLOWED_TAGS = {"parameters", "nbval-ignore-output"}
MOST_LINES = 12
COMMANDS = {command.name or command.callback.__name__ for command in app.registered_commands}


@pytest.fixture(params=[numbered(step) for step in STEPS])
def notebook(request):
    return nbformat.read(NOTEBOOKS / f"{request.param}.ipynb", as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_is_one_notebook_per_step():
    """Notebook names are the numbered steps, and nothing else."""
    assert sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")) == [numbered(step) for step in STEPS]


def test_outputs_are_there_to_compare(notebook):
    """Every code cell was run, in order, without error, and the notebook shows results."""
    cells = code(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert sum(bool(cell.outputs) for cell in cells if "nbval-ignore-output" not in cell.metadata.get("tags", [])) >= 2
    assert not [output for cell in cells for output in cell.outputs if output.output_type == "error"]


def test_one_parameters_cell_with_help_for_each(notebook):
    """The parameters are plain literals, each with a help text."""
    (cell,) = [cell for cell in code(notebook) if "parameters" in cell.metadata.get("tags", [])]
    lines = cell.source.splitlines()
    assert [line.split(" = ")[0] for line in lines] == ["study", "work_dir", "language"]
    assert all("  # " in line for line in lines)


def test_cells_are_short_and_define_nothing(notebook):
    """Cells have at most 12 lines and no functions: the notebooks are for people who do not program."""
    for cell in code(notebook):
        assert len(cell.source.splitlines()) <= MOST_LINES
        assert not re.search(r"^\s*(def|class|lambda) ", cell.source, re.MULTILINE)


def test_opens_with_the_question_and_closes_with_key_points(notebook):
    """A lesson says its question, what it needs and makes, and ends with key points, limits and what comes next."""
    first, last = notebook.cells[0].source, notebook.cells[-1].source
    for words in ("**The question:**", "**You need:**", "**You make:**", "After this notebook you can:", "minutes"):
        assert words in first
    for words in ("## Key points", "sceptical client", "**Limits.**", "**Next:**"):
        assert words in last


def test_only_known_tags_and_no_paths_of_a_machine(notebook):
    """A mistyped tag is ignored in silence, and a path in an output would fail elsewhere."""
    assert {tag for cell in notebook.cells for tag in cell.metadata.get("tags", [])} <= ALLOWED_TAGS
    outputs = str([cell.outputs for cell in code(notebook)])
    assert not re.search(r"/(home|root|Users|tmp|work)/|[A-Z]:\\\\", outputs)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


def test_minutes_and_pauses(notebook):
    """Minutes for teaching and for the exercise, as the exercise says; somebody predicts something every ten minutes."""
    first = notebook.cells[0].source
    step = re.match(r"# (\d\d) (\w+)", first)
    teaching, exercise = re.search(r"Teaching (\d+) minutes, exercise (\d+) minutes\.$", first).groups()
    name = f"{step[1]}_{step[2].lower()}"
    own = nbformat.read(EXERCISES / f"{name}.ipynb", as_version=4).cells[0].source
    assert re.search(r"^(\d+) minutes", own, re.MULTILINE)[1] == exercise
    assert f"**Exercise:** `exercises/{name}.ipynb`, {exercise} minutes." in notebook.cells[-1].source
    pauses = sum("**Pause and predict:**" in cell.source for cell in notebook.cells)
    assert pauses >= int(teaching) // 10 - (name == "00_start")
    objectives = first.partition("After this notebook you can:")[2].partition("Teaching")[0].strip().splitlines()
    assert len(objectives) == 3 and all(re.match(r"- [a-z]+ ", line) for line in objectives)


def test_a_sentence_before_each_result(notebook):
    """No two results without a word between them, apart from pictures that belong together and the parameters."""
    bare = 0
    for before, cell in pairwise(notebook.cells):
        shown = cell.cell_type == "code" and cell.outputs and "parameters" not in cell.metadata.get("tags", [])
        bare += bool(shown and before.cell_type == "code")
    assert bare <= 2


def test_the_notebook_checks_itself(notebook):
    """After the result is written, one cell says whether it is as it should be, and what it says holds."""
    cells = code(notebook)
    (place,) = [i for i, cell in enumerate(cells) if re.search(r"pk\.check_(result|ready)\(ws", cell.source)]
    assert any("ws.save(" in cell.source for cell in cells[:place])
    told = "".join(output.get("text", "") for output in cells[place].outputs)
    assert told.count("✓ ") >= 1 and "✗" not in told


def test_what_is_named_is_there(notebook):
    """Other notebooks, commands and files that the text names exist."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    for name in re.findall(r"`(\d\d_\w+)`", text):
        assert (NOTEBOOKS / f"{name}.ipynb").exists(), name
    for command in re.findall(r"`personakit (\w+)", text):
        assert command in COMMANDS, command
    for link in re.findall(r"\]\((?!http|attachment:)([^)]+)\)", text):
        assert (NOTEBOOKS / link).exists(), link
    for cell in notebook.cells:
        for name in re.findall(r"attachment:([\w.]+)", cell.source):
            assert name in cell.attachments


def test_features_are_made_with_what_people_said(notebook):
    """Where segments rest on themes, features without voices would lack what made them."""
    calls = re.findall(r"build_features\((.*)\)", "\n".join(cell.source for cell in code(notebook)))
    assert all(call.endswith(", voices") for call in calls)
