"""Newer notebooks for a client project: cells that nobody changed are brought up to date, and the analyst's own ones stay."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from personakit.errors import PersonakitError
from personakit.handoffs import whole_file
from personakit.notebook_files import nbformat
from personakit.projects import AS_MADE, shipped_notebooks

BEFORE = ".personakit/before"
NOT_MERGED = "not-merged"
BOTH_CHANGED = "changed here and in personakit: yours is kept, the new one stands below it as text"
TAKEN_OUT = "changed in personakit, but taken out here: it stays out"
DROPPED = "no longer part of personakit, but changed here: yours is kept"
NO_BEGINNING = "it is not known how this notebook was made, so that nothing can be merged: it stays as it is"
REPORT_COLUMNS = ["notebook", "cell", "begins", "what"]


@dataclass(frozen=True, eq=False, repr=False)
class UpgradeReport:
    """
    What became of the notebooks of a project.

    Attributes
    ----------
    changed : list of str
        Notebooks that are newer now, or new.
    problems : pandas.DataFrame
        One row per cell that could not be merged: ``notebook``, ``cell`` (its number, 1 is the first; 0 for the whole notebook),
        ``begins`` (its first words), ``what``.
    before : Path
        Where the notebooks lie as they were.
    """

    changed: list[str]
    problems: pd.DataFrame
    before: Path


@dataclass
class _Merge:
    """A notebook put together from its beginning, the analyst's and the new one."""

    notebook: Any
    problems: list[tuple[Any, str]] = field(default_factory=list)


def upgrade_project(folder: str | Path) -> UpgradeReport:
    """
    Bring the notebooks of a client project up to date.

    A cell that the analyst has not changed becomes the new one; one that was changed, added or taken out stays so. Where both
    were changed the analyst's cell stays, and the new one stands below it as text that does not run.

    Parameters
    ----------
    folder : str or Path
        The project's folder.

    Returns
    -------
    UpgradeReport
        What has changed, and what could not be merged. The notebooks as they were lie in ``.personakit/before``.

    Raises
    ------
    PersonakitError
        If the folder is no project, or a notebook in it cannot be read; nothing is written then.
    """
    project = Path(folder).expanduser().resolve()
    if not (project / AS_MADE).is_dir():
        raise PersonakitError(f"{project.name} is no project that personakit has made; make one with: personakit new FOLDER")
    merged: dict[str, _Merge] = {}
    rows: list[dict[str, Any]] = []
    new = dict(shipped_notebooks())
    for name, theirs in new.items():
        own, beginning = project / "notebooks" / name, project / AS_MADE / name
        if not own.exists():
            if not beginning.exists():
                merged[name] = _Merge(theirs)
            continue
        ours = _read(own)
        if not beginning.exists():
            rows.append({"notebook": name, "cell": 0, "begins": "", "what": NO_BEGINNING})
            continue
        found = _merged(_read(beginning), ours, theirs)
        rows += [{"notebook": name, "cell": place, "begins": cell.source.strip().split("\n")[0][:60], "what": what}
                 for cell, what in found.problems for place in _place(found.notebook, cell)]  # fmt: skip
        if found.notebook.cells != ours.cells:
            merged[name] = found
    before = project / BEFORE
    if merged:
        shutil.rmtree(before, ignore_errors=True)
        shutil.copytree(project / "notebooks", before)
    for name, found in merged.items():
        _write(found.notebook, project / "notebooks" / name)
    for name, theirs in new.items():
        _write(theirs, project / AS_MADE / name)
    return UpgradeReport(list(merged), pd.DataFrame(rows, columns=REPORT_COLUMNS), before)


def _read(path: Path) -> Any:
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.validator.NotebookValidationError) as error:
        said = str(error).splitlines()[0][:120]
        raise PersonakitError(f"{path.name} cannot be read ({said}); restore it from a copy, or take it away") from None


def _write(notebook: Any, path: Path) -> None:
    with whole_file(path) as temporary:
        temporary.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")


def _place(notebook: Any, cell: Any) -> Iterator[int]:
    """The number of a cell in its notebook; 0 for one that is not there."""
    yield next((number for number, other in enumerate(notebook.cells, 1) if other.id == cell.id), 0)


def _merged(beginning: Any, ours: Any, theirs: Any) -> _Merge:
    """Put the three together, cell by cell; cells are known by their ids."""
    was, own, new = ({cell.id: cell for cell in notebook.cells} for notebook in (beginning, ours, theirs))
    merge = _Merge(ours.copy())
    cells: list[Any] = []
    for name, cell in new.items():
        if name in own:
            kept, what = _either(was.get(name), own[name], cell)
            cells.append(kept)
            if what:
                merge.problems.append((kept, what))
                cells.append(_as_text(cell))
        elif name not in was:
            cells.append(cell)
        elif not _same(was[name], cell):
            merge.problems.append((cell, TAKEN_OUT))
    merge.problems += _put_back(cells, was, own)
    merge.notebook.cells = cells
    return merge


def _put_back(cells: list[Any], was: dict[str, Any], own: dict[str, Any]) -> list[tuple[Any, str]]:
    """Put the analyst's own cells below the ones that they stood below; say which of them personakit has given up."""
    there, previous, problems = {cell.id for cell in cells}, "", []
    for name, cell in own.items():
        given_up = name in was  # one that personakit still has is there already
        if name not in there and not (given_up and _same(was[name], cell)):
            stands = {previous, _text_id(previous)}  # the new text of a cell stays with it
            cells.insert(max((place for place, other in enumerate(cells, 1) if other.id in stands), default=0), cell)
            there.add(name)
            problems += [(cell, DROPPED)] if given_up else []
        previous = name if name in there else previous
    return problems


def _either(was: Any, own: Any, new: Any) -> tuple[Any, str]:
    """The analyst's cell or the new one; what to say where both were changed."""
    if _same(own, new) or (was is not None and _same(was, new)):
        return own, ""
    if was is not None and _same(was, own):
        return new, ""
    return own, BOTH_CHANGED


def _same(one: Any, other: Any) -> bool:
    return bool(one.cell_type == other.cell_type and one.source == other.source)


def _as_text(cell: Any) -> Any:
    """A new cell as text that does not run and is not shown as part of the lesson."""
    text = nbformat.v4.new_raw_cell(cell.source, metadata={"tags": [NOT_MERGED]})
    text.id = _text_id(cell.id)
    return text


def _text_id(name: str) -> str:
    return f"{name[:52]}-{NOT_MERGED}"
