"""Outputs of notebooks, which show data: found, so that a commit can be refused, or taken out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from personakit.errors import PersonakitError
from personakit.handoffs import whole_file
from personakit.notebook_files import nbformat

SHOWN_COLUMNS = ["notebook", "cells", "first"]


def find_outputs(notebooks: Iterable[str | Path], *, take_out: bool = False) -> pd.DataFrame:
    """
    Find notebooks that show data, and on request take the outputs out.

    Parameters
    ----------
    notebooks : iterable of str or Path
        Notebook files.
    take_out : bool
        Whether outputs and the numbers of runs are taken out of the files.

    Returns
    -------
    pandas.DataFrame
        One row per notebook that has outputs: ``notebook``, ``cells`` (how many have some), ``first`` (number of the first one;
        1 is the first cell).

    Raises
    ------
    PersonakitError
        If a file is not there or is no notebook; nothing is changed then.
    """
    opened = {Path(path): _opened(Path(path)) for path in notebooks}
    rows = []
    for path, notebook in opened.items():
        shown = [number for number, cell in enumerate(notebook.cells, 1) if cell.get("outputs")]
        if shown:
            rows.append({"notebook": str(path), "cells": len(shown), "first": shown[0]})
        if take_out and any(cell.get("outputs") or cell.get("execution_count") for cell in notebook.cells):
            for cell in notebook.cells:
                if cell.cell_type == "code":
                    cell.outputs, cell.execution_count = [], None
            with whole_file(path) as temporary:
                nbformat.write(notebook, temporary)
    return pd.DataFrame(rows, columns=SHOWN_COLUMNS)


def _opened(path: Path) -> nbformat.NotebookNode:
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError) as error:
        reason = "is not there" if isinstance(error, FileNotFoundError) else "is not a notebook"
        raise PersonakitError(f"{path} {reason}; give files that end with .ipynb") from None
