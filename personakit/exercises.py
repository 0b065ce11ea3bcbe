"""Exercises: blanks made from their solutions, which are the source."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

ANSWER, MODEL_ANSWER = "answer", "model-answer"
WRITE_HERE = "*Write your answer here: double-click this text, write, and press Shift and Enter.*"
_ANSWER_LINE = re.compile(r"^(\w+) = .*  # your answer$", re.MULTILINE)


def blank_of(solution: Any) -> Any:
    """
    Make the exercise that people get from its solution.

    In cells tagged ``answer`` the line that ends with ``# your answer`` is emptied, or becomes what the cell's metadata has as
    ``blank``, for tasks in which something is to be changed. Cells tagged ``model-answer`` become room to write. Everything else
    stays, and nothing has outputs.

    Parameters
    ----------
    solution : nbformat.NotebookNode
        The notebook with the answers; not changed.

    Returns
    -------
    nbformat.NotebookNode
        The exercise.

    Raises
    ------
    ValueError
        If a cell tagged ``answer`` has not exactly one line to empty.

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> cell = new_code_cell('n = 36  # your answer', metadata={"tags": ["answer"]})
    >>> blank_of(new_notebook(cells=[cell])).cells[0].source
    'n = ...  # your answer'
    """
    blank = deepcopy(solution)
    for cell in blank.cells:
        tags = cell.metadata.get("tags", [])
        given = cell.metadata.pop("blank", "")
        if ANSWER in tags:
            if len(_ANSWER_LINE.findall(cell.source)) != 1:
                raise ValueError(f"a cell tagged {ANSWER} needs exactly one line that ends with '  # your answer': {cell.source}")
            line = _ANSWER_LINE.search(cell.source)
            cell.source = cell.source.replace(line[0], given or f"{line[1]} = ...  # your answer") if line else cell.source
        elif MODEL_ANSWER in tags:
            cell.source = WRITE_HERE
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return blank
