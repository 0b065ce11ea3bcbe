"""What every command of the command line writes with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)
#: Exit code when all went well and a person must look at something.
LOOK = 3


def short(path: Path) -> Path:
    """Name a path as seen from the current folder, where it lies below it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


@contextmanager
def run_progress() -> Iterator[Callable[[str, int, int], None]]:
    """Show how far each notebook is; where no person looks, a line per notebook."""
    columns = (
        TextColumn("{task.description:<18}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("cells"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=not err.is_terminal, disable=not err.is_terminal) as bar:
        tasks: dict[str, int] = {}

        def report(notebook: str, done: int, total: int) -> None:
            if notebook not in tasks:
                tasks[notebook] = bar.add_task(notebook, total=total)
                if not err.is_terminal:
                    err.print(f"notebook {notebook} …")
            bar.update(tasks[notebook], completed=done)  # type: ignore[arg-type]

        yield report


@contextmanager
def step_progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far one long computation is; nothing where no person looks."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
