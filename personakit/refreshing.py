"""Refresh: new data become a new wave; names, numbers and people's edits stay, and the old wave stays readable."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from personakit.delivery import decisions_now
from personakit.drift_differences import NO_LONGER, differences_since
from personakit.edits import DATA_NOW
from personakit.errors import HandoffError
from personakit.handoffs import STEPS, WAVE_FILE, WAVES, Workspace, file_hash, numbered, open_workspace, to_json
from personakit.journeys import JourneyMaps
from personakit.journeys_edits import apply_map_edits
from personakit.personas import Personas
from personakit.personas_edits import apply_edits
from personakit.profiling import SegmentProfiles
from personakit.running import Progress, RunSummary, run_steps

_PERSONAS = ("08_personas.json", "08_personas_people.parquet")


@dataclass(frozen=True)
class RefreshSummary:
    """
    What a refresh found.

    Attributes
    ----------
    changed : bool
        Whether sources or study file differ from the last run; if not, nothing was written.
    folder : Path
        The work folder.
    earlier : Path or None
        Where the old wave lies now.
    verdict : str
        *keep*, *update the cards* or *segment again*; empty when nothing was run.
    to_look_at : list of str
        What a person should look at: the verdict, edits of cards and maps that the data contradict, how many lines are no
        longer true, decisions that rest on something that no longer holds, personas that came or went.
    deliverables : list of Path
        Pages and evidence.
    seconds : dict of str to float
        Time per notebook.
    """

    changed: bool
    folder: Path
    earlier: Path | None = None
    verdict: str = ""
    to_look_at: list[str] = field(default_factory=list)
    deliverables: list[Path] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def refresh_study(
    study: str | Path = "", *, work_dir: str | Path = "", segment_again: bool = False, language: str = "",
    progress: Progress | None = None,
) -> RefreshSummary:  # fmt: skip
    """
    Take the data of a study as a new wave.

    The rule of the segments is kept, so that a persona means the same people as before and cards can be compared; with
    ``segment_again`` the segments are made anew and get the numbers of the old ones that they match. Names stay with the
    people who had them, and what people changed on cards and maps is laid over the new ones. The old wave moves, whole, into
    the folder ``waves``. All is made beside the work folder and moved in place at the end.

    Parameters
    ----------
    study : str or Path
        A study file; without it, the one of the current folder, or else the sample study. Its sources are the new data, and
        its ``as_of`` their last day.
    work_dir : str or Path
        The work folder of the earlier run.
    segment_again : bool
        Whether the segments are made anew.
    language : {"en", "nb", "fi", "fa"}, optional
        Language of the deliverables; without it, as the last run was made.
    progress : callable, optional
        Called with the notebook, the cells done and the cells in all.

    Returns
    -------
    RefreshSummary
        What has changed, and what a person should look at.

    Raises
    ------
    HandoffError
        If the work folder has no whole earlier run.
    PersonakitError
        If the study or its data cannot be used, or a notebook fails; the old wave is as it was.
    """
    workspace = open_workspace(study, work_dir=work_dir, language=language)
    manifest = _manifest(workspace)
    language = language or manifest["language"]
    if not segment_again and _is_the_same(workspace, manifest, language):
        return RefreshSummary(changed=False, folder=workspace.folder)
    as_of = json.loads((workspace.folder / _PERSONAS[0]).read_text(encoding="utf-8"))["about"]["as_of"]
    name = _wave_name(workspace.folder, as_of)
    workspace = Workspace(workspace.study, workspace.folder, language)

    def put_aside(staging: Path) -> None:
        _put_aside(staging, workspace.folder, name, keeps_rule=not segment_again)

    summary = run_steps(workspace, STEPS, language=language, prepare=put_aside, progress=progress)
    return _found(workspace, summary, str(as_of))


def _manifest(workspace: Workspace) -> dict[str, Any]:
    """What the earlier run was made from; an error where there is none, or only a part."""
    file = workspace.folder / "manifest.json"
    name = workspace.folder.name
    if not file.exists():
        raise HandoffError(f"there is no earlier run in {name}; begin with: personakit run --work-dir {name}")
    manifest: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    lacking = [numbered(step) for step in STEPS[1:] if numbered(step) not in manifest.get("steps", {})]
    if lacking:
        raise HandoffError(f"the earlier run in {name} ended before {lacking[0]}; finish it first: "
                           f"personakit run --work-dir {name} --from {lacking[0][:2]}")  # fmt: skip
    return manifest


def _is_the_same(workspace: Workspace, manifest: dict[str, Any], language: str) -> bool:
    """Whether the run was made from these very files; tables of an engine cannot be told, so they count as new."""
    if not all(source.path for source in workspace.study.sources.values()):
        return False
    sources = {role: file_hash(workspace.study.path_of(role)) for role, source in workspace.study.sources.items() if source.path}
    return (manifest["sources"] == sources and manifest["study"]["file_sha256"] == file_hash(workspace.study.file)
            and manifest["language"] == language)  # fmt: skip


def _wave_name(folder: Path, as_of: str) -> str:
    """The last day of the wave's data, with a number where a wave of that day is there already."""
    name, number = as_of, 2
    while (folder / WAVES / name).exists():
        name, number = f"{as_of}-{number}", number + 1
    return name


def _put_aside(staging: Path, folder: Path, name: str, *, keeps_rule: bool) -> None:
    """Move the old wave, whole, into the folder of waves, and say from which one the new one goes on."""
    wave = staging / WAVES / name
    moved = [path for path in sorted(staging.iterdir()) if path.name != WAVES]
    wave.mkdir(parents=True)
    for path in moved:
        path.rename(wave / path.name)
    manifest = json.loads((wave / "manifest.json").read_text(encoding="utf-8"))
    file = Path(manifest["study"]["file"])
    if not file.is_absolute():  # as seen from the folder where the wave lies from now on
        manifest["study"]["file"] = Path(os.path.relpath(folder / file, folder / WAVES / name)).as_posix()
        (wave / "manifest.json").write_text(to_json(manifest), encoding="utf-8", newline="\n")
    if (wave / WAVE_FILE).exists():
        before = json.loads((wave / WAVE_FILE).read_text(encoding="utf-8"))
        before["earlier"] = f"../{Path(before['earlier']).name}"
        (wave / WAVE_FILE).write_text(to_json(before), encoding="utf-8", newline="\n")
    for part in _PERSONAS:  # names stay with the people who had them
        shutil.copy2(wave / part, staging / f"earlier_{part}")
    goes_on = {"earlier": f"{WAVES}/{name}", "keeps_rule": keeps_rule}
    (staging / WAVE_FILE).write_text(to_json(goes_on), encoding="utf-8", newline="\n")


def _found(workspace: Workspace, summary: RunSummary, old_day: str) -> RefreshSummary:
    """What a person should look at after a refresh."""
    verdict = str(workspace.load("measurement", "drift")["drift"]["verdict"])
    look = [f"verdict: {verdict}"] if verdict != "keep" else []
    differences = differences_since(workspace)
    if differences is not None:
        look += [f"edit of {edit['who']} ({edit['persona']}): {DATA_NOW[edit['data_now']]}: {edit['line']}"
                 for edit in differences.contradicted]  # fmt: skip
        untrue = sum(len(differences.of(segment, NO_LONGER)) for segment in differences.names)
        look += [f"lines of cards that are no longer true: {untrue}"] if untrue else []
        look += [f"persona that is gone: {name}" for name in differences.gone]
        look += [f"new persona: {name}" for name in differences.come]
    personas = apply_edits(Personas.from_parts(workspace.load("personas")),
                           SegmentProfiles.from_parts(workspace.load("profiling")), workspace.study.folder)  # fmt: skip
    maps = apply_map_edits(JourneyMaps.from_parts(workspace.load("journeys")), personas, workspace.study.folder)
    look += [f"edit of a map ({edit['persona']}): {DATA_NOW[edit['data_now']]}: {edit['line']}"
             for edit in maps.about["edits_contradicted"]]  # fmt: skip
    decisions = decisions_now(workspace)
    look += [f"decision {row.number} ({row.what}): {row.standing}" for row in decisions.flagged.itertuples()]
    if str(workspace.study.as_of) == old_day:
        look.append(f"as_of is still {old_day}: rows after that day are left out; move it to the last day of the new data")
    return RefreshSummary(True, workspace.folder, workspace.earlier.folder if workspace.earlier else None, verdict, look,
                          summary.deliverables, summary.seconds)  # fmt: skip
