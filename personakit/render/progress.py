"""A progress bar for long work in a notebook; in a terminal, and in a notebook that is printed, one line stays."""

from __future__ import annotations

import sys
import time
from html import escape
from typing import Any

_SECONDS_BETWEEN = 0.2


class ProgressBar:
    """
    A callable that shows how far long work is, such as ``compare_solutions(..., progress=ProgressBar("Comparing"))``.

    Parameters
    ----------
    what : str
        What is being done.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        self._handle: Any = None
        self._shown = 0.0

    def __call__(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` parts are done; the last one leaves a line that says so."""
        now = time.monotonic()
        if done < total and now - self._shown < _SECONDS_BETWEEN:
            return
        self._shown = now
        if not _in_notebook():
            ending = "\n" if done >= total else ""
            sys.stderr.write(f"\r{self.what}: {done} of {total}{ending}")
            return
        from IPython.display import HTML, display

        content = HTML(self._html(done, total))
        if self._handle is None:
            self._handle = display(content, display_id=True)
        else:
            self._handle.update(content)

    def _html(self, done: int, total: int) -> str:
        if done >= total:
            return f"<p>{escape(self.what)}: {total} of {total} done.</p>"
        return (f'<label>{escape(self.what)} <progress max="{total}" value="{done}" style="width:16em"></progress> '
                f"{done} of {total}</label>")  # fmt: skip


def _in_notebook() -> bool:
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    return shell is not None and shell.has_trait("kernel")
