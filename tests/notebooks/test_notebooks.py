"""The numbered notebooks: their shape, and that their outputs are there to compare."""

import re
from pathlib import Path

import nbformat
import pytest

from personakit.handoffs import STEPS, numbered

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
ALLOWED_TAGS = {"parameters", "nbval-ignore-output"}
MOST_LINES = 12


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
