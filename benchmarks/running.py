"""The whole workbook run, against papermill one notebook after the other and against the floor: empty notebooks, same imports."""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

from personakit.running import run_study
from personakit.study import sample_study, shipped

MOST_OF_PAPERMILL = 0.6
#: What `import personakit` may cost beyond `import pandas`, in seconds.
MOST_BEYOND_PANDAS = 0.3
_IMPORT = re.compile(r"^(?:import|from) .+$", re.MULTILINE)


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Run the sample study, or with ``quick`` the café, in three ways; and import the package."""
    study = shipped("data") / "cafe" / "study.yaml" if quick else sample_study()
    notebooks = sorted(shipped("notebooks").glob("[0-9][0-9]_*.ipynb"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        started = time.perf_counter()
        run_study(study, work_dir=folder / "ours")
        ours = time.perf_counter() - started
        peer = _papermill(notebooks, folder / "peer", study=str(study), work_dir=str(folder / "peer" / "work"))
        empty = [_only_imports(path, folder / "empty") for path in notebooks]
        floor = _papermill(empty, folder / "floor")
    ratio = ours / peer
    unit = "times papermill in sequence"
    yield {"figure": f"personakit run, {len(notebooks)} notebooks", "value": round(ratio, 3), "unit": unit,
           "peer": f"{ours:.1f} s against {peer:.1f} s", "aim": f"<= {MOST_OF_PAPERMILL}",
           "holds": ratio <= MOST_OF_PAPERMILL}  # fmt: skip
    yield {"figure": f"floor: {len(empty)} empty notebooks with the same imports", "value": round(floor / peer, 3), "unit": unit,
           "peer": f"{floor:.1f} s against {peer:.1f} s", "aim": "for comparison", "holds": True}  # fmt: skip
    beyond = _import_seconds("personakit") - _import_seconds("pandas")
    yield {"figure": "import personakit, beyond import pandas", "value": round(beyond, 3), "unit": "s", "peer": "import pandas",
           "aim": f"<= {MOST_BEYOND_PANDAS}", "holds": beyond <= MOST_BEYOND_PANDAS}  # fmt: skip


def _papermill(notebooks: list[Path], folder: Path, **parameters: str) -> float:
    """Seconds that papermill takes for one notebook after the other."""
    import papermill

    folder.mkdir()
    started = time.perf_counter()
    for path in notebooks:
        papermill.execute_notebook(path, folder / path.name, parameters=parameters or None, kernel_name="python3",
                                   progress_bar=False, cwd=folder)  # fmt: skip
    return time.perf_counter() - started


def _only_imports(path: Path, folder: Path) -> Path:
    """Write a notebook that only imports what the given one imports."""
    folder.mkdir(exist_ok=True)
    code = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("\n".join(_IMPORT.findall(code)))],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, folder / path.name)
    return folder / path.name


def _import_seconds(package: str) -> float:
    """Best of seven, each in a process of its own."""
    times = []
    for _ in range(7):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", f"import {package}"], check=True)
        times.append(time.perf_counter() - started)
    return min(times)
