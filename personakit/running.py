"""Runs the numbered notebooks through papermill, in one process, and puts the results in place only when all went well."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from personakit.collection import load_sources
from personakit.decisions import read_decisions
from personakit.errors import Note, PersonakitError, counted
from personakit.handoffs import STEPS, Workspace, numbered, open_workspace, restore_after_a_stop
from personakit.journeys_edits import read_map_edits
from personakit.measurement_perception import read_perception
from personakit.personas_edits import read_edits
from personakit.running_forks import ForkServer, forks_are_possible
from personakit.running_lanes import Lanes
from personakit.study import Study, shipped
from personakit.voices import check_people_files

Progress = Callable[[str, int, int], None]
_OWN_ERRORS = {"PersonakitError", "StudyError", "DataError", "HandoffError", "SourceNeededError", "ExpressionError"}
_SECONDS_PER_CELL = 3600


class NotebookFailedError(PersonakitError):
    """A notebook stopped; the message names the notebook, the cell and the reason, ``number`` is the notebook's."""

    def __init__(self, notebook: str, what: str) -> None:
        super().__init__(f"notebook {notebook}{what}")
        self.number = int(notebook[:2])


@dataclass(frozen=True)
class RunSummary:
    """
    What a run made.

    Attributes
    ----------
    folder : Path
        The work folder.
    seconds : dict of str to float
        Time per notebook; some run beside others, so that the times add up to more than the whole.
    elapsed_seconds : float
        Time of the whole run.
    deliverables : list of Path
        Pages and evidence.
    warnings : list of str
        What a person should look at.
    """

    folder: Path
    seconds: dict[str, float]
    elapsed_seconds: float
    deliverables: list[Path] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def run_study(
    study: str | Path = "", *, work_dir: str | Path = "", first: int = 0, last: int = len(STEPS) - 1, language: str = "",
    progress: Progress | None = None,
) -> RunSummary:  # fmt: skip
    """
    Run the notebooks of a study from one step to another.

    Everything is made in a folder beside the work folder and moved in place at the end, so that a run that fails
    leaves the work folder as it was.

    Parameters
    ----------
    study : str or Path
        A study file; without it, the one of the current folder, or else the sample study. Notebooks in the folder
        ``notebooks`` beside it are run instead of those that come with personakit.
    work_dir : str or Path
        Where results go.
    first, last : int
        Numbers of the first and last notebook.
    language : {"en", "nb", "fi", "fa"}, optional
        Language of the deliverables.
    progress : callable, optional
        Called with the notebook, the cells done and the cells in all.

    Returns
    -------
    RunSummary
        What was made, how long it took, and what to look at.

    Raises
    ------
    PersonakitError
        If the study or its data cannot be used, or a notebook fails.
    """
    if not 0 <= first <= last < len(STEPS):
        raise PersonakitError(
            f"--from and --to: found {first:02d} to {last:02d}; allowed are 00 to {len(STEPS) - 1:02d}, in this order"
        )
    workspace = open_workspace(study, work_dir=work_dir, language=language)
    return run_steps(workspace, STEPS[first : last + 1], language=language, prepare=lambda staging: _drop_from(staging, first),
                     progress=progress)  # fmt: skip


def run_steps(
    workspace: Workspace, steps: Sequence[str], *, language: str, prepare: Callable[[Path], None],
    progress: Progress | None = None,
) -> RunSummary:  # fmt: skip
    """
    Run some notebooks beside the work folder, and move the result in place.

    Two notebooks run at the same time where neither needs the other.

    Parameters
    ----------
    workspace : Workspace
        The work folder.
    steps : sequence of str
        Step words, in order.
    language : str
        Language of the deliverables; empty: as the study says.
    prepare : callable
        Given the copy of the work folder before the first notebook runs; takes away what the steps make anew.
    progress : callable, optional
        Called with the notebook, the cells done and the cells in all.

    Returns
    -------
    RunSummary
        What was made.
    """
    started = time.perf_counter()
    with ForkServer() if forks_are_possible() else nullcontext() as server:  # it imports while notebooks and data are looked at
        code = {step: _code_of(_notebook_of(step, workspace)) for step in steps}
        _check_sources(workspace.study)
        seconds = _run_staged(workspace, code, language, prepare, progress, server)
    deliverables = sorted(workspace.deliverables.glob("*.*")) if workspace.deliverables.is_dir() else []
    return RunSummary(workspace.folder, seconds, time.perf_counter() - started, deliverables, _warnings(workspace))


def _check_sources(study: Study) -> None:
    """Report wrong data, and mistakes in what people wrote, before anything is written."""
    load_sources(study)
    check_people_files(study)
    read_edits(study.folder)
    read_map_edits(study.folder)
    read_decisions(study.folder)
    read_perception(study.folder)


def _run_staged(
    workspace: Workspace, code: dict[str, list[str]], language: str, prepare: Callable[[Path], None], progress: Progress | None,
    server: ForkServer | None,
) -> dict[str, float]:  # fmt: skip
    with _no_new_key(workspace.study), _staged(workspace.folder) as staging:
        prepare(staging)
        _register_engine()
        (staging / "notebooks").mkdir(exist_ok=True)

        def run(step: str, kernel: Any, before_cell: Callable[[str], None]) -> None:
            _run_notebook(step, workspace, staging, language, kernel, (before_cell, progress))

        return Lanes(code, staging, run, server).finish()


@contextmanager
def _no_new_key(study: Study) -> Iterator[None]:
    """Take away a key that this run made, when the run fails: nothing rests on it."""
    key = study.folder / study.privacy.key_file
    existed = key.exists()
    try:
        yield
    except BaseException:
        if not existed:
            key.unlink(missing_ok=True)
        raise


@contextmanager
def _staged(folder: Path) -> Iterator[Path]:
    """Give a copy of the work folder; put it in place at the end, or throw it away when something fails."""
    restore_after_a_stop(folder)
    staging = folder.parent / f".{folder.name}.partial-{os.getpid()}"
    created = [parent for parent in [folder.parent, *folder.parent.parents] if not parent.exists()]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.is_dir():
            shutil.copytree(folder, staging)
        else:
            staging.mkdir()
        yield staging
        old = folder.parent / f".{folder.name}.old-{os.getpid()}"
        if folder.exists():
            folder.rename(old)
        staging.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise PersonakitError(
            f"{error.filename or folder} cannot be written ({error.strerror}); give another --work-dir"
        ) from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if not folder.exists():
            for parent in created:
                if parent.is_dir() and not any(parent.iterdir()):
                    parent.rmdir()


def _drop_from(folder: Path, first: int) -> None:
    """
    Remove results of this step and later ones: they would rest on something that is no longer there.

    The personas stay as ``earlier_…``, so that names stay with the people who had them.
    """
    personas = numbered("personas")
    if first <= STEPS.index("personas"):
        for path in (folder / f"{personas}.json", folder / f"{personas}_people.parquet"):
            if path.exists():
                path.replace(folder / f"earlier_{path.name}")
    for step in STEPS[first:]:
        for path in [*folder.glob(f"{numbered(step)}*"), *(folder / "notebooks").glob(f"{numbered(step)}.ipynb")]:
            path.unlink()
    shutil.rmtree(folder / "deliverables", ignore_errors=True)


def _notebook_of(step: str, workspace: Workspace) -> Path:
    """Find the notebook of a step: those of a project are its own."""
    own = workspace.study.folder / "notebooks" / f"{numbered(step)}.ipynb"
    source = own if own.exists() else shipped("notebooks") / f"{numbered(step)}.ipynb"
    if not source.exists():
        raise PersonakitError(f"notebook {source.name} is missing from {source.parent}; install personakit again")
    return source


def _code_of(notebook: Path) -> list[str]:
    """Read the code cells."""
    from personakit.notebook_files import nbformat

    return [cell.source for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]


def _run_notebook(
    step: str, workspace: Workspace, staging: Path, language: str, kernel: Any,
    told: tuple[Callable[[str], None], Progress | None],
) -> None:  # fmt: skip
    import papermill
    from nbclient.exceptions import DeadKernelError

    name = numbered(step)
    parameters = {"study": str(workspace.study.file), "work_dir": str(staging), "language": language}
    output = staging / "notebooks" / f"{name}.ipynb"
    try:
        papermill.execute_notebook(
            _notebook_of(step, workspace), output, parameters=parameters, engine_name="personakit", kernel_name="python3",
            progress_bar=False, log_output=False, told=told, label=name, kernel=kernel,
            request_save_on_cell_execute=False,  # nobody sees half a notebook, and each saving writes all of its pictures
        )  # fmt: skip
    except DeadKernelError:
        raise NotebookFailedError(name, ": the process that ran it was ended from outside, most often because memory ran "
                                  "out; close other programs, or run it on a machine with more memory") from None  # fmt: skip
    except papermill.PapermillExecutionError as error:
        reason = error.evalue if error.ename in _OWN_ERRORS else f"{error.ename}: {error.evalue}"
        raise NotebookFailedError(name, f", cell {error.cell_index}: {reason}") from None
    _forget_staging(output, staging, workspace.folder)


def _forget_staging(output: Path, staging: Path, folder: Path) -> None:
    """Name the final folder in the executed notebook, so that it can be run again where it lies."""
    text = output.read_text(encoding="utf-8")
    output.write_text(text.replace(json.dumps(str(staging))[1:-1], json.dumps(str(folder))[1:-1]), encoding="utf-8", newline="\n")


def _register_engine() -> None:
    from jupyter_core.utils import run_sync
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import Engine, papermill_engines

    class _Reporting(Engine):  # type: ignore[misc]
        """Runs a notebook in a kernel that is already there, and tells how many cells are done."""

        @classmethod
        def execute_managed_notebook(
            cls, nb_man: Any, kernel_name: str, *, kernel: Any, told: tuple[Callable[[str], None], Progress | None], label: str,
            **_: Any,
        ) -> None:  # fmt: skip
            (before_cell, report), total = told, len(nb_man.nb.cells)
            start, complete = nb_man.cell_start, nb_man.cell_complete

            def cell_start(cell: Any, cell_index: int | None = None, **kwargs: Any) -> None:
                if cell.cell_type == "code":
                    before_cell(cell.source)
                start(cell, cell_index, **kwargs)

            def cell_complete(cell: Any, cell_index: int | None = None, **kwargs: Any) -> None:
                complete(cell, cell_index=cell_index, **kwargs)
                if report:
                    report(label, (cell_index or 0) + 1, total)

            nb_man.cell_start, nb_man.cell_complete = cell_start, cell_complete
            client = PapermillNotebookClient(
                nb_man, km=kernel, kernel_name=kernel_name, timeout=_SECONDS_PER_CELL, startup_timeout=120
            )
            try:
                client.execute()
            finally:  # nbclient leaves a kernel that it did not start itself
                if client.kc is not None:
                    client.kc.stop_channels()
                run_sync(kernel.shutdown_kernel)(now=True)

    papermill_engines.register("personakit", _Reporting)


def _warnings(workspace: Workspace) -> list[str]:
    """List what a person should look at: data that were left out, segments that were refused, gaps."""
    weighted = [role for role, source in workspace.study.sources.items() if source.weight]
    found = [f"{role}.{workspace.study.sources[role].weight}: segments are made without weights; 07 shows weighted figures"
             for role in weighted]  # fmt: skip
    if (workspace.folder / "02_quality_problems.parquet").exists():
        problems = workspace.load("quality", "problems")["problems"]
        rows = problems[problems["severity"] == "warning"]
        found += [
            f"{r.source}{'.' + r.column if r.column else ''}: {counted(r.count, 'row', 'rows')}, {r.rule} ({r.done})"
            for r in rows.itertuples()
        ]
    if (workspace.folder / "06_segmentation_rule.json").exists():
        rule = workspace.load("segmentation", "rule")["rule"]
        if rule["verdict"] not in {"natural", "reproducible"}:
            found.append(f"segments: {rule['verdict']}")
    if (workspace.folder / "09_journeys.json").exists():
        found += workspace.load("journeys")[""]["notes"]
    if (workspace.folder / "10_activation.json").exists():
        found += [Note.from_plain(note) for note in workspace.load("activation", "")[""]["notes"]]
    return found
