"""Make the exercises from their solutions: ``python -m tests.notebooks.make_blanks``."""

from pathlib import Path

import nbformat

from personakit.exercises import blank_of

EXERCISES = Path(__file__).parents[2] / "exercises"


def write_blanks() -> None:
    """Write every exercise anew."""
    for path in sorted((EXERCISES / "solutions").glob("*.ipynb")):
        nbformat.write(blank_of(nbformat.read(path, as_version=4)), EXERCISES / path.name)


if __name__ == "__main__":
    write_blanks()
