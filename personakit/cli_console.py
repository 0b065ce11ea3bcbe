"""What every command of the command line writes with."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def short(path: Path) -> Path:
    """Name a path as seen from the current folder, where it lies below it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
