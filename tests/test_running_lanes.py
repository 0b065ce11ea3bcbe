"""Notebooks beside each other: what waits for what, and that nothing goes on when one of them fails."""

import os
import time
from contextlib import nullcontext

import nbformat
import pandas as pd
import pytest

from personakit import running
from personakit.errors import PersonakitError
from personakit.handoffs import STEPS, numbered
from personakit.running import NotebookFailedError, run_study
from personakit.running_forks import ForkServer, forks_are_possible
from personakit.running_lanes import Lanes, reads_of

STUDY = "study: T\nas_of: 2026-01-01\nsources:\n  survey: {path: survey.csv}\n"
#: Longer than a test may take: somebody would notice a run that waits for it.
LONG = "import time\ntime.sleep(600)"


@pytest.fixture(scope="module")
def server():
    """Forks the kernels of all runs here: each would import the same once more."""
    with ForkServer() if forks_are_possible() else nullcontext() as server:
        yield server


@pytest.fixture
def run(write_study, tmp_path, monkeypatch, server):
    """Run notebooks of one cell each, or of some; those that are not given do nothing."""
    monkeypatch.setattr(running, "ForkServer", lambda: nullcontext(server))

    def go(last, progress=None, **cells):
        folder = tmp_path / "notebooks"
        folder.mkdir()
        for step in STEPS:
            parameters = nbformat.v4.new_code_cell('study = ""\nwork_dir = ""\nlanguage = ""', metadata={"tags": ["parameters"]})
            given = cells.get(step, "1")
            notebook = nbformat.v4.new_notebook(
                cells=[parameters, *map(nbformat.v4.new_code_cell, given if isinstance(given, list) else [given])],
                metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            )
            nbformat.write(notebook, folder / f"{numbered(step)}.ipynb")
        monkeypatch.setattr(running, "shipped", lambda what: folder)
        file = write_study(STUDY, survey=pd.DataFrame({"q1": [1, 2, 3] * 20}))
        return run_study(file, work_dir=tmp_path / "work", last=last, progress=progress)

    return go


def test_what_need_not_wait_runs_beside_the_others(run, tmp_path):
    """01 and 02 meet: each waits for a file that the other one writes. Seconds come in the order of the steps."""
    meet = "import pathlib, time\npathlib.Path('{own}').touch()\nwhile not pathlib.Path('{other}').exists(): time.sleep(.05)"
    seen = []
    summary = run(3, progress=lambda name, done, total: seen.append((name, done, total)),
                  collection=meet.format(own="a", other="b"), quality=meet.format(own="b", other="a"),
                  exploration="assert open('a') and open('b')")  # fmt: skip
    names = [numbered(step) for step in STEPS[:4]]
    assert list(summary.seconds) == names and [path.stem for path in sorted((tmp_path / "work" / "notebooks").iterdir())] == names
    assert {name for name, done, total in seen if done == total} == set(names)


def test_a_notebook_waits_for_what_it_loads(run):
    """03 reads what 02 writes."""
    run(3, quality="import pathlib, time\ntime.sleep(3)\npathlib.Path('clean').touch()",
        exploration="open('clean').close()  # ws.sources()")  # fmt: skip


def test_a_cell_that_reads_everything_waits_for_all_before_it(run, tmp_path):
    """11 goes its way beside 10 until it delivers; 10, which loads what 09 makes, comes after it."""
    meet = "import pathlib, time\npathlib.Path('{own}').touch()\nwhile not pathlib.Path('{other}').exists(): time.sleep(.05)"
    activation = ["open('maps').close()  # ws.load('journeys')", meet.format(own="a", other="b"),
                  "time.sleep(2)\nopen('plan', 'w').close()"]  # fmt: skip
    measurement = [meet.format(own="b", other="a"), "open('plan').close()  # pk.deliver(ws)"]
    run(11, journeys="open('maps', 'w').close()", activation=activation, measurement=measurement)


def test_a_notebook_begins_when_what_it_loads_has_been_saved(run):
    """06 looks on at its groups while 07 describes them: the last cell of 06 waits for what 07 writes."""
    wait = "import pathlib, time\nwhile not pathlib.Path('described').exists(): time.sleep(.05)"
    segmentation = ["open('first', 'w').close()  # ws.save('segmentation', {})", "time = 0",
                    "open('second', 'w').close()  # ws.save('segmentation', {})", wait]  # fmt: skip
    run(
        7,
        segmentation=segmentation,
        profiling="open('second').close()  # ws.load('segmentation')\nopen('described', 'w').close()",
    )


@pytest.mark.skipif(not hasattr(os, "setpriority"), reason="this system has no order in which processes compute")
def test_notebooks_that_no_other_waits_for_let_the_others_compute_first(run, tmp_path):
    """Of the two that begin at once, 03 needs 02; nobody needs 00, and whatever it starts gives way too."""
    note = "import os, subprocess, sys\ncode = 'import os; print(os.getpriority(os.PRIO_PROCESS, 0))'\n"
    note += "open('{}', 'w').write(subprocess.run([sys.executable, '-c', code], capture_output=True, text=True).stdout)"
    found = {step: tmp_path / step for step in ("start", "quality", "exploration")}
    cells = {step: note.format(file) for step, file in found.items()}
    run(3, **cells | {"exploration": f"# ws.sources()\n{cells['exploration']}"})
    start, quality, exploration = (int(file.read_text()) - os.getpriority(os.PRIO_PROCESS, 0) for file in found.values())
    assert 0 == quality < start == exploration


@pytest.mark.parametrize("saving", ["open('saved', 'w').close()", "keep = lambda: ws.save('segmentation', {})"])
def test_where_it_cannot_be_seen_when_results_are_saved_a_notebook_is_waited_for(run, saving):
    """07 begins after the last cell of 06, which saves by a function."""
    run(7, segmentation=[saving, "import time\ntime.sleep(3)", "open('end', 'w').close()"],
        profiling="open('end').close()  # ws.load('segmentation')")  # fmt: skip


def test_what_is_saved_is_not_seen_by_a_notebook_before_it(run):
    """08 delivers what was made up to 08: 09, which computes beside it, saves after that."""
    meet = "import pathlib, time\nwhile not pathlib.Path('maps').exists(): time.sleep(.05)"
    personas = ["pass  # ws.save('personas', {})", f"{meet}\ntime.sleep(2)",
                "assert not pathlib.Path('saved').exists()  # pk.deliver(ws)"]  # fmt: skip
    journeys = ["open('maps', 'w').close()  # ws.load('personas')", "open('saved', 'w').close()  # ws.save('journeys', {})"]
    run(9, personas=personas, journeys=journeys)


@pytest.mark.parametrize(
    ("failing", "waiting"), [("collection", "quality"), ("quality", "collection"), ("voices", "exploration")]
)
def test_a_failure_in_one_lane_ends_the_other(run, tmp_path, monkeypatch, failing, waiting):
    """The first error is told, at once, and nothing is written; no process stays behind."""
    monkeypatch.setattr(running, "ForkServer", ForkServer)  # one of its own, which ends with the run
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


def test_what_code_reads_is_found():
    """Named results and sources; what cannot be seen is everything before."""
    assert reads_of("ws.load('voices')\nws.load(\n    \"features\", 'x')") == ({"voices", "features"}, False)
    assert reads_of("pk.apply_edits(a, b, ws.study.folder)\nws.save('x', y)") == (set(), False)
    assert reads_of("ws.sources(with_careless=True)") == ({"quality"}, False)
    for code in (
        "ws.load(step)",
        "pk.deliver(ws)",
        "pk.verify(work)",
        "pd.read_parquet(ws.folder / 'x')",
        "pk.decisions_now(ws)",
    ):
        assert reads_of(code).all_before, code


def test_the_shipped_notebooks_run_as_they_can():
    """Those that others load come first; 10 begins after 09, and 11 beside 10; where threads are all one's own."""
    code = {step: running._code_of(running.shipped("notebooks") / f"{numbered(step)}.ipynb") for step in STEPS}
    lanes = Lanes(code, running.Path(), print)
    assert {step for step, nice in lanes.niceness.items() if not nice} == {*lanes.left[:7]}
    assert 0 < lanes.niceness["collection"] == lanes.niceness["activation"] < lanes.niceness["measurement"]
    assert Lanes({"measurement": code["measurement"]}, running.Path(), print).niceness == {"measurement": 0}
    lanes.saved = lanes.done
    assert lanes.left[:7] == ["quality", "voices", "features", "segmentation", "profiling", "personas", "journeys"]
    assert [lanes._next(), lanes._next()] == ["quality", "start"] and lanes._environment()
    lanes.done |= {"quality", "start"}
    lanes.left = [step for step in STEPS if step not in lanes.done | {"collection", "exploration", "voices"}]
    assert not lanes._is_ready("segmentation") and lanes._environment()
    lanes.done |= {"collection", "exploration", "voices", "features"}
    lanes.left = list(STEPS[6:])
    assert lanes._next() == "segmentation" and not lanes._is_ready("measurement") and lanes._environment() == {}
    lanes.done |= set(STEPS[6:9])
    lanes.left = list(STEPS[9:])
    assert not lanes._is_ready("measurement") and not lanes._is_ready("activation")
    assert lanes._next() == "journeys"
    lanes.done.add("journeys")
    assert [lanes._next(), lanes._next(), lanes._next()] == ["activation", "measurement", ""] and lanes._environment()
