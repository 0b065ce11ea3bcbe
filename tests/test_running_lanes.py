"""Notebooks beside each other: what waits for what, and that nothing goes on when one of them fails."""

import os
import time

import nbformat
import pandas as pd
import pytest

from personakit import running
from personakit.errors import PersonakitError
from personakit.handoffs import STEPS, numbered
from personakit.running import NotebookFailedError, run_study
from personakit.running_lanes import BESIDE

STUDY = "study: T\nas_of: 2026-01-01\nsources:\n  survey: {path: survey.csv}\n"
#: Longer than a test may take: somebody would notice a run that waits for it.
LONG = "import time\ntime.sleep(600)"


@pytest.fixture
def run(write_study, tmp_path, monkeypatch):
    """Run notebooks of one cell each; those that are not given do nothing."""

    def go(last, progress=None, **cells):
        folder = tmp_path / "notebooks"
        folder.mkdir()
        for step in STEPS:
            parameters = nbformat.v4.new_code_cell('study = ""\nwork_dir = ""\nlanguage = ""', metadata={"tags": ["parameters"]})
            notebook = nbformat.v4.new_notebook(
                cells=[parameters, nbformat.v4.new_code_cell(cells.get(step, "1"))],
                metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            )
            nbformat.write(notebook, folder / f"{numbered(step)}.ipynb")
        monkeypatch.setattr(running, "shipped", lambda what: folder)
        file = write_study(STUDY, survey=pd.DataFrame({"q1": [1, 2, 3] * 20}))
        return run_study(file, work_dir=tmp_path / "work", last=last, progress=progress)

    return go


def test_what_nothing_rests_on_runs_beside_the_others(run, tmp_path):
    """01 and 02 meet: each waits for a file that the other one writes. Seconds come in the order of the steps."""
    meet = "import pathlib, time\npathlib.Path('{own}').touch()\nwhile not pathlib.Path('{other}').exists(): time.sleep(.05)"
    seen = []
    summary = run(3, progress=lambda name, done, total: seen.append((name, done, total)),
                  collection=meet.format(own="a", other="b"), quality=meet.format(own="b", other="a"),
                  exploration="assert open('a') and open('b')")  # fmt: skip
    names = [numbered(step) for step in STEPS[:4]]
    assert list(summary.seconds) == names and [path.stem for path in sorted((tmp_path / "work" / "notebooks").iterdir())] == names
    assert {name for name, done, total in seen if done == total} == set(names)


def test_exploration_waits_for_the_clean_sources(run):
    """03 reads what 02 writes."""
    run(3, quality="import pathlib, time\ntime.sleep(3)\npathlib.Path('clean').touch()", exploration="open('clean').close()")


@pytest.mark.parametrize(
    ("failing", "waiting"), [("collection", "quality"), ("quality", "collection"), ("voices", "exploration")]
)
def test_a_failure_in_one_lane_ends_the_other(run, tmp_path, failing, waiting):
    """The first error is told, at once, and nothing is written; no process stays behind."""
    begun = time.monotonic()
    note = f"import os\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n"
    wait = f"import pathlib, time\nwhile not pathlib.Path({str(tmp_path / 'pid')!r}).exists(): time.sleep(.05)\n"
    with pytest.raises(NotebookFailedError, match=f"notebook {numbered(failing)}, cell 2: ZeroDivisionError: division by zero"):
        run(4, **{failing: f"{wait}time.sleep(.5)\n1 / 0", waiting: note + LONG})
    assert time.monotonic() - begun < 60 and not (tmp_path / "work").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_notebook_that_is_missing_is_told_before_any_runs(run, tmp_path, monkeypatch):
    """Nothing waits for a run that cannot end."""
    exists = running.Path.exists
    monkeypatch.setattr(running.Path, "exists", lambda path: path.name != "04_voices.ipynb" and exists(path))
    with pytest.raises(PersonakitError, match="notebook 04_voices.ipynb is missing"):
        run(4, start=LONG)
    assert not (tmp_path / "work").exists()


def test_no_other_notebook_reads_what_runs_beside():
    """Results of these steps are read by their own notebook alone; those of others are found where they are read."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in running.shipped("notebooks").glob("[01]*.ipynb")}
    readers = {step: {name for name, text in texts.items() if f'load(\\"{step}' in text} for step in STEPS}
    assert all(readers[step] <= {numbered(step)} for step in BESIDE) and len(texts) == len(STEPS)
    assert {numbered("segmentation"), numbered("activation")} <= readers["features"]
