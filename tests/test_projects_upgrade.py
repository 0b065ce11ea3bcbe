"""Newer notebooks in a client project: what nobody changed becomes new, the analyst's own stays, and the rest is said."""

import nbformat
import pytest
from typer.testing import CliRunner

from personakit import projects
from personakit.cli import app
from personakit.errors import PersonakitError
from personakit.projects import AS_MADE, new_project
from personakit.projects_upgrade import BOTH_CHANGED, DROPPED, NO_BEGINNING, TAKEN_OUT, upgrade_project

NAME = "00_start.ipynb"


def cell(name, source, kind="code"):
    made = nbformat.v4.new_code_cell(source) if kind == "code" else nbformat.v4.new_markdown_cell(source)
    made.id = name
    return made


def written(path, *cells):
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), path)


def read(path):
    return nbformat.read(path, as_version=4)


@pytest.fixture
def bundle(tmp_path, monkeypatch):
    """Notebooks that come with personakit, and can be changed."""
    folder = tmp_path / "bundle"
    written(folder / NAME, cell("a", "# Title", "markdown"), cell("b", "x = 1"), cell("c", "y = 2"), cell("d", "z = 3"))
    monkeypatch.setattr(projects, "shipped", lambda what: folder)
    return folder


@pytest.fixture
def project(bundle, tmp_path):
    """A project made from them."""
    new_project(tmp_path / "project")
    return tmp_path / "project"


def sources(project):
    return [(found.id, found.source) for found in read(project / "notebooks" / NAME).cells]


def test_what_nobody_changed_becomes_new_and_own_cells_stay(bundle, project):
    """One cell is newer, one new, one given up; the analyst's change, addition and order stay, with their outputs."""
    path = project / "notebooks" / NAME
    mine = read(path)
    mine.cells[2].source = "y = 20"
    mine.cells[2].outputs = [nbformat.v4.new_output("stream", text="kept\n")]
    mine.cells.insert(2, cell("own", "print('ours')"))
    mine.metadata["team"] = "ours"
    nbformat.write(mine, path)
    written(bundle / NAME, cell("a", "# Title", "markdown"), cell("b", "x = 100"), cell("n", "new = 1"), cell("c", "y = 2"))
    written(bundle / "01_collection.ipynb", cell("e", "later = 1"))
    found = upgrade_project(project)
    assert sources(project) == [("a", "# Title"), ("b", "x = 100"), ("own", "print('ours')"), ("n", "new = 1"), ("c", "y = 20")]
    assert read(path).cells[4].outputs[0].text == "kept\n" and read(path).metadata["team"] == "ours"
    assert found.changed == [NAME, "01_collection.ipynb"] and found.problems.empty
    assert [c.source for c in read(found.before / NAME).cells][2] == "print('ours')"
    again = upgrade_project(project)
    assert again.changed == [] and again.problems.empty
    assert sources(project)[1] == ("b", "x = 100")


def test_what_both_changed_is_kept_and_said(bundle, project):
    """The analyst's cell runs, the new one stands below as text; taken out stays out; given up but changed is kept."""
    path = project / "notebooks" / NAME
    mine = read(path)
    mine.cells[1].source, mine.cells[3].source = "x = 'mine'", "z = 'mine'"
    del mine.cells[2]
    nbformat.write(mine, path)
    written(bundle / NAME, cell("a", "# Title", "markdown"), cell("b", "x = 'new'"), cell("c", "y = 'new'"))
    found = upgrade_project(project)
    texts = read(path).cells
    assert [(c.cell_type, c.source) for c in texts] == [
        ("markdown", "# Title"), ("code", "x = 'mine'"), ("raw", "x = 'new'"), ("code", "z = 'mine'")]  # fmt: skip
    told = found.problems.set_index("what")
    assert told.loc[BOTH_CHANGED, ["cell", "begins"]].tolist() == [2, "x = 'mine'"]
    assert told.loc[TAKEN_OUT, "begins"] == "y = 'new'" and told.loc[DROPPED, "cell"] == 4
    assert upgrade_project(project).problems.empty and len(read(path).cells) == 4
    written(bundle / NAME, cell("a", "# Title", "markdown"), cell("b", "x = 'newer'"), cell("c", "y = 'new'"))
    assert upgrade_project(project).problems["what"].tolist() == [BOTH_CHANGED]
    assert [c.source for c in read(path).cells if c.cell_type == "raw"] == ["x = 'newer'"]


def test_a_notebook_that_was_taken_away_or_cannot_be_merged_is_left(bundle, project, tmp_path):
    """Taken away stays away; without its beginning it stays as it is, and this is said; a broken one stops everything."""
    written(bundle / "01_collection.ipynb", cell("e", "later = 1"))
    upgrade_project(project)
    (project / "notebooks" / NAME).unlink()
    (project / AS_MADE / "01_collection.ipynb").unlink()
    written(bundle / "01_collection.ipynb", cell("e", "later = 2"))
    found = upgrade_project(project)
    assert found.changed == [] and found.problems[["notebook", "what"]].to_numpy().tolist() == [
        ["01_collection.ipynb", NO_BEGINNING]
    ]
    assert not (project / "notebooks" / NAME).exists()
    (project / "notebooks" / "01_collection.ipynb").write_text("{", encoding="utf-8")
    written(bundle / "01_collection.ipynb", cell("e", "later = 3"))
    with pytest.raises(PersonakitError, match=r"01_collection.ipynb cannot be read .*restore it from a copy"):
        upgrade_project(project)
    assert read(project / AS_MADE / "01_collection.ipynb").cells[0].source == "later = 2"
    with pytest.raises(PersonakitError, match="bundle is no project that personakit has made"):
        upgrade_project(bundle)


def test_from_the_command_line(bundle, project):
    """Exit code 0 when all is merged, 3 when a person must look; each notebook and cell is named."""
    runner = CliRunner()
    assert "up to date" in runner.invoke(app, ["upgrade", str(project)]).output
    mine = read(project / "notebooks" / NAME)
    mine.cells[1].source = "x = 'mine'"
    nbformat.write(mine, project / "notebooks" / NAME)
    written(bundle / NAME, cell("a", "# Other", "markdown"), cell("b", "x = 'new'"), cell("c", "y = 2"), cell("d", "z = 3"))
    found = runner.invoke(app, ["upgrade", str(project)])
    assert found.exit_code == 3 and f"{NAME} is newer now" in found.output
    assert f"{NAME}, cell 2 “x = 'mine'”: {BOTH_CHANGED}" in found.output
