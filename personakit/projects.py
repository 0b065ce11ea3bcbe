"""Client projects: a folder with notebooks of its own and a study file, whose data and results stay out of git."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from personakit.collection_proposal import propose_study
from personakit.errors import PersonakitError, StudyError, listing
from personakit.notebook_files import nbformat
from personakit.study import shipped

#: The notebooks as they were made, so that newer ones can be merged with what people changed.
AS_MADE = ".personakit/notebooks"
HOOKS_FILE = ".pre-commit-config.yaml"
README = """# {name}: personas and journey maps

Made with personakit. The notebooks in this folder are yours: change them as the project needs it.

1. Put the client's data into `data/` and run `personakit init data --study study.yaml`: it looks at the files and proposes
   a study file. Read every line of it, and change what is wrong.
2. `personakit check` tells whether file and data are all right, `personakit run` runs the notebooks of this folder, and
   `jupyter lab notebooks` opens them. All three find `study.yaml` by themselves.
3. `personakit upgrade` brings newer notebooks of personakit; cells that you changed, added or took out stay so.
4. Notebooks show data once they have been run: `personakit strip` takes the outputs out before a commit. After
   `pre-commit install` a commit with outputs is refused (`pip install pre-commit`).
5. Cards and maps are in `work/`. `personakit verify work/NAME` computes every line of them again.

Data and results stay out of git: `.gitignore` names `data/`, `work/`, pseudonym keys and lists of people. Commit the study
file, the notebooks without their outputs, and what people wrote: `personas.edits.yaml`, `decisions.yaml` and the like.
"""
HOOKS = """# After `pre-commit install` a commit is refused when a notebook in it shows data. Nothing is downloaded.
repos:
  - repo: local
    hooks:
      - {id: no-outputs, name: no client data in outputs, entry: personakit strip --check, language: system, types: [jupyter]}
"""
IGNORED = """# Client data and everything made of it stay here.
.personakit/before/
data/
work/
*.csv
*.parquet
*.xlsx
*.sav
!perception.csv
!perception.xlsx
pseudonyms.key
forgotten.txt
*.edits.lock

.venv/
__pycache__/
.ipynb_checkpoints/
"""


def new_project(folder: str | Path, *, data: str | Path = "", exercises: bool = False) -> list[Path]:
    """
    Make a folder for a client project.

    Parameters
    ----------
    folder : str or Path
        The project's folder; a new one, or one in which none of the project's files is there yet.
    data : str or Path
        A folder with the client's data; they stay where they are, and ``study.yaml`` is proposed from them. Without it, the
        files in ``data`` of the project, if there are any.
    exercises : bool
        Whether the exercises are copied too.

    Returns
    -------
    list of Path
        What was made: ``notebooks`` (without outputs), ``README.md``, ``.gitignore``, ``.pre-commit-config.yaml`` (a commit
        with outputs is refused), ``study.yaml`` when there are data, ``data``, on request ``exercises``, and ``.personakit``
        (the notebooks as they were made, for upgrades).

    Raises
    ------
    PersonakitError
        If one of them is there already; nothing is written then.
    StudyError
        If there is no such folder of data, or nothing in it can be a source.
    """
    target = Path(folder).expanduser().resolve()
    own = target / "data"
    source = Path(data).expanduser().resolve() if str(data) else own
    if str(data) and not source.is_dir():
        raise StudyError(f"there is no folder {source}; give the folder in which the data files lie")
    wanted = [
        ".personakit",
        "notebooks",
        "README.md",
        ".gitignore",
        HOOKS_FILE,
        "study.yaml",
        *(["exercises"] if exercises else []),
    ]
    there = [name for name in wanted if (target / name).exists()]
    if there:
        raise PersonakitError(f"{target.name} has {listing(there)} already; give a new folder, or take them away first")
    proposal = propose_study(source, study_folder=target) if source.is_dir() and any(source.iterdir()) else ""
    staging = target.parent / f".{target.name}.new-{os.getpid()}"
    try:
        _fill(staging, target.name, proposal, exercises=exercises)
        made = sorted(path.name for path in staging.iterdir())
        target.mkdir(parents=True, exist_ok=True)
        for name in made:
            (staging / name).rename(target / name)
        own.mkdir(exist_ok=True)
    except OSError as error:
        raise PersonakitError(f"{error.filename or target} cannot be written ({error.strerror}); give another folder") from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return [target / name for name in [*made, "data"]]


def shipped_notebooks() -> Iterator[tuple[str, Any]]:
    """Give the notebooks that come with personakit, by file name and without their outputs."""
    for path in sorted(shipped("notebooks").glob("[0-9][0-9]_*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        yield path.name, notebook


def _fill(staging: Path, name: str, proposal: str, *, exercises: bool) -> None:
    """Make everything of a project beside its folder."""
    for place in ("notebooks", AS_MADE):
        (staging / place).mkdir(parents=True)
        for file, notebook in shipped_notebooks():
            nbformat.write(notebook, staging / place / file)
    texts = {"README.md": README.format(name=name), ".gitignore": IGNORED, HOOKS_FILE: HOOKS, "study.yaml": proposal}
    for file, text in texts.items():
        if text:
            (staging / file).write_text(text, encoding="utf-8", newline="\n")
    if exercises:
        shutil.copytree(shipped("exercises"), staging / "exercises")
