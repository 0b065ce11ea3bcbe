"""Notebook files: the library is there at once, and what it does without is there for everybody else."""

import subprocess
import sys

CODE = """
import sys
from personakit.notebook_files import nbformat
assert "rfc3987_syntax" not in sys.modules
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
nbformat.validate(notebook)
assert nbformat.reads(nbformat.writes(notebook), as_version=4) == notebook
notebook.cells[0].pop("source")
try:
    nbformat.validate(notebook)
except nbformat.ValidationError:
    print("checked")
import rfc3987_syntax
assert rfc3987_syntax.is_valid_syntax("iri", "https://example.org/å")
"""


def test_notebooks_are_read_written_and_checked_without_a_grammar_of_web_addresses():
    """In a process of its own, since another test may have imported all of it."""
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "checked"), done.stderr
