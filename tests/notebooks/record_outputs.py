"""Run the numbered notebooks on the sample study and keep their outputs, so that nbval has something to compare.

Run it after a change that moves an output on purpose: ``python tests/notebooks/record_outputs.py``.
"""

import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def record(path: Path) -> None:
    """Run one notebook and write it with its outputs, without anything that differs from run to run."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, kernel_name="python3", record_timing=False, timeout=600, resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        cell.metadata = {"tags": tags} if tags else {}
        if "nbval-ignore-output" in tags:
            cell.outputs = []
        for output in cell.get("outputs", []):
            output.pop("transient", None)
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)  # a control lives in its kernel
            plain = output.get("data", {}).get("text/plain")
            if plain:
                output["data"]["text/plain"] = re.sub(r"0x[0-9a-fA-F]{6,16}", "ADDRESS", plain)
    nbformat.write(notebook, path)


def main() -> None:
    """Record all notebooks in their order."""
    with tempfile.TemporaryDirectory() as work:
        os.environ["PERSONAKIT_WORK"] = work
        for path in sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb")):
            print(path.name, file=sys.stderr)
            record(path)


if __name__ == "__main__":
    main()
