"""Hand-offs between notebooks: every file is written whole or not at all, and a manifest says what it rests on."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from personakit.collection import Sources, connect, with_labels
from personakit.errors import HandoffError
from personakit.study import Study, open_study, shipped, study_here
from personakit.study_parts import ROLES, known_language

#: Steps in order; the word names notebook, module, test and exercise.
STEPS = ("start", "collection", "quality", "exploration", "voices", "features", "segmentation", "profiling",
         "personas", "journeys", "activation", "measurement")  # fmt: skip
#: Earlier waves of a study, each a work folder of its own, and the file that says how a wave goes on from the one before.
WAVES, WAVE_FILE = "waves", "wave.json"
_PACKAGES = ("personakit", "pandas", "numpy", "scikit-learn", "statsmodels", "ibis-framework", "duckdb")

#: Seconds after which the copy that a run works in belongs to a run that was stopped.
_STOPPED = 6 * 3600
#: Seconds after which the mark that a file is being changed belongs to a process that was stopped.
_LEFT_BEHIND = 10
_CARELESS = "survey_with_careless"

Parts = dict[str, Any]


def numbered(step: str) -> str:
    """
    Give a step its number.

    Examples
    --------
    >>> numbered("segmentation")
    '06_segmentation'
    """
    return f"{STEPS.index(step):02d}_{step}"


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path, and put it in place only when everything went well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Change a file while no other notebook does: two of them may run beside each other."""
    mark = path.with_name(f".{path.name}.busy")
    while True:
        try:
            os.close(os.open(mark, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            break
        except FileExistsError:
            with suppress(FileNotFoundError):
                if time.time() - mark.stat().st_mtime > _LEFT_BEHIND:
                    mark.unlink()
            time.sleep(0.02)
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def file_hash(path: Path) -> str:
    """SHA-256 of a file, or of the names and contents of all files in a folder."""
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            digest.update(file.name.encode())
            with file.open("rb") as stream:
                while block := stream.read(1 << 22):
                    digest.update(block)
    return digest.hexdigest()


@dataclass(frozen=True, eq=False, repr=False)
class Workspace:
    """
    The work folder of one study.

    Attributes
    ----------
    study : Study
        The study.
    folder : Path
        Where hand-offs, notebooks and deliverables are written.
    language : str
        The language of the deliverables.
    """

    study: Study
    folder: Path
    language: str

    @property
    def deliverables(self) -> Path:
        """Where the pages for readers are written."""
        return self.folder / "deliverables"

    @property
    def waves(self) -> list[Path]:
        """Folders of the earlier waves, the oldest first."""
        return sorted(path for path in (self.folder / WAVES).glob("*") if (path / "manifest.json").exists())

    @property
    def earlier(self) -> Workspace | None:
        """The wave that this one goes on from; None for a study that has been run once."""
        file = self.folder / WAVE_FILE
        if not file.exists():
            return None
        return Workspace(self.study, self.folder / json.loads(file.read_text(encoding="utf-8"))["earlier"], self.language)

    @property
    def keeps_rule(self) -> bool:
        """Whether the segments of the earlier wave are kept; False where they are made anew."""
        file = self.folder / WAVE_FILE
        return file.exists() and bool(json.loads(file.read_text(encoding="utf-8"))["keeps_rule"])

    def save(self, step: str, parts: Mapping[str, Any]) -> list[str]:
        """
        Write the parts of a step's result, each whole.

        Parameters
        ----------
        step : str
            The step word.
        parts : mapping
            Name to a data frame (written as Parquet), an Ibis table (Parquet, streamed by the engine), a page (text,
            written as HTML) or plain JSON content.

        Returns
        -------
        list of str
            The names of the written files.
        """
        written = []
        for name, part in parts.items():
            stem = numbered(step) + (f"_{name}" if name else "")
            if hasattr(part, "to_parquet"):  # a data frame, or a table of the engine
                path = self.folder / f"{stem}.parquet"
                with whole_file(path) as temporary:
                    part.to_parquet(temporary)
            elif isinstance(part, str):  # a page
                path = self.folder / f"{stem}.html"
                with whole_file(path) as temporary:
                    temporary.write_text(part, encoding="utf-8", newline="\n")
            else:
                path = self.folder / f"{stem}.json"
                with whole_file(path) as temporary:
                    temporary.write_text(to_json(part), encoding="utf-8", newline="\n")
            written.append(path.name)
        self._note(step, written)
        return written

    def load(self, step: str, *names: str) -> Parts:
        """
        Read the parts of a step's result: those that are named, or all of them.

        Raises
        ------
        HandoffError
            If the step has not been run in this work folder; the message names the notebook and the command.
        """
        stem = numbered(step)
        parts: Parts = {}
        for path in sorted(self.folder.glob(f"{stem}*")):
            name = path.stem.removeprefix(stem).removeprefix("_")
            if names and name not in names:
                continue
            if path.suffix == ".parquet":
                parts[name] = pd.read_parquet(path)
            elif path.suffix == ".json":
                parts[name] = json.loads(path.read_text(encoding="utf-8"))
        if not parts:
            number = stem[:2]
            msg = (
                f"the result of notebook {stem} is not in {self.folder.name}; run that notebook, or: personakit run --to {number}"
            )
            raise HandoffError(msg)
        return parts

    def save_sources(self, sources: Sources) -> list[str]:
        """Write the clean, pseudonymous sources, one Parquet file each."""
        parts = {role: table.order_by("_row") if "_row" in table.columns else table for role, table in sources.tables.items()}
        return self.save("quality", parts)

    def save_careless(self, protected: Sources) -> list[str]:
        """Write the survey with its careless respondents, for a comparison; nothing for a study without a survey."""
        if "survey" not in protected:
            return []
        survey = protected["survey"]
        return self.save("quality", {_CARELESS: survey.order_by("_row") if "_row" in survey.columns else survey})

    def sources(self, *, with_careless: bool = False) -> Sources:
        """
        Open the clean, pseudonymous sources that notebook 02 wrote, lazily.

        Parameters
        ----------
        with_careless : bool
            Whether the survey comes with the careless respondents that were left out.

        Raises
        ------
        HandoffError
            If notebook 02 has not been run in this work folder.
        """
        files = {role: self.folder / f"{numbered('quality')}_{role}.parquet" for role in ROLES}
        aside = self.folder / f"{numbered('quality')}_{_CARELESS}.parquet"
        if with_careless and aside.exists():
            files["survey"] = aside
        have: dict[str, Path] = {role: file for role, file in files.items() if file.exists() and role in self.study.sources}
        if not have:
            msg = f"the clean sources are not in {self.folder.name}; run notebook 02_quality, or: personakit run --to 02"
            raise HandoffError(msg)
        connection = connect()
        tables = {role: connection.read_parquet(str(file), table_name=role) for role, file in have.items()}
        return Sources(self.study, tables, connection)

    def _note(self, step: str, written: list[str]) -> None:
        """Write down which files a step made, from which sources, with which seed."""
        files = {name: file_hash(self.folder / name) for name in written}
        roles = [role for role, source in self.study.sources.items() if source.path] if step == "quality" else []
        sources: dict[str, str] = {role: file_hash(self.study.path_of(role)) for role in roles}
        path = self.folder / "manifest.json"
        with _alone(path):
            self._note_in(path, step, files, sources)

    def _note_in(self, path: Path, step: str, files: dict[str, str], sources: dict[str, str]) -> None:
        manifest = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        manifest["study"] = {
            "title": self.study.study,
            "file": _relative(self.study.file, self.folder),
            "file_sha256": file_hash(self.study.file),
        }
        manifest["language"] = self.language
        manifest["random_state"] = self.study.segmentation.random_state
        manifest["versions"] = {"python": ".".join(map(str, sys.version_info[:3]))} | {p: metadata.version(p) for p in _PACKAGES}
        if step == "quality":
            manifest["sources"] = sources
        manifest.setdefault("steps", {}).setdefault(numbered(step), {}).update(files)
        with whole_file(path) as temporary:
            temporary.write_text(to_json(manifest), encoding="utf-8", newline="\n")


def _relative(file: Path, folder: Path) -> str:
    """Write a path as seen from a folder, so that both can move together; as it is where that cannot be (Windows drives)."""
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:
        return file.as_posix()


def to_json(content: Any) -> str:
    """Write plain content as JSON with sorted keys; numbers that are no numbers are refused."""
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False, default=_plain) + "\n"


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def open_workspace(study: str | Path = "", *, work_dir: str | Path = "", language: str = "") -> Workspace:
    """
    Open a study and the folder where its results go.

    Parameters
    ----------
    study : str or Path
        A study file or its folder; without it, the one of the current folder, or else the sample study.
    work_dir : str or Path
        Where to write. Without it, the folder that the environment variable ``PERSONAKIT_WORK`` names, else
        ``work/<name of the study>`` in the current folder (beside the folder ``notebooks``, when that is the current one).
    language : {"en", "nb", "fi", "fa"}, optional
        Language of the deliverables; without it, the study's own.

    Returns
    -------
    Workspace
        The opened study and its folder. The folder is made when the first result is written.

    Raises
    ------
    PersonakitError
        If the study file cannot be used, or the language is not one of the four.
    """
    opened = with_labels(open_study(study))
    here = Path.cwd()
    in_notebooks = here == shipped("notebooks").resolve() or (here.name == "notebooks" and study_here() is not None)
    start = here.parent if in_notebooks else here  # the command line and JupyterLab share one folder
    folder = str(work_dir) or os.environ.get("PERSONAKIT_WORK", "") or str(start / "work" / opened.name)
    there = Path(folder).expanduser().resolve()
    if not there.exists():
        restore_after_a_stop(there)
    return Workspace(opened, there, known_language(language or opened.language))


def restore_after_a_stop(folder: Path) -> None:
    """Put a work folder back that a run had moved aside when it was stopped, and remove what a stopped run had begun."""
    aside = sorted(folder.parent.glob(f".{folder.name}.old-*"), key=lambda path: path.stat().st_mtime)
    if aside and not folder.exists():
        aside.pop().rename(folder)
    begun = [path for path in folder.parent.glob(f".{folder.name}.partial-*") if time.time() - path.stat().st_mtime > _STOPPED]
    for path in [*aside, *begun]:
        shutil.rmtree(path, ignore_errors=True)


def study_file_of(folder: Path) -> Path:
    """
    Find the study file that a work folder was made from.

    Raises
    ------
    HandoffError
        If the folder is no work folder, or the study file is no longer there.
    """
    if not (folder / "manifest.json").exists():
        raise HandoffError(
            f"{folder.name} is no work folder of personakit; make one with: personakit run --work-dir {folder.name}"
        )
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    file = (folder / manifest["study"]["file"]).resolve()
    if not file.exists():
        raise HandoffError(f"the study file {file} is no longer there; put it back, or run the study again")
    return file
