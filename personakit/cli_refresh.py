"""Commands that keep the personas true: take new data as a new wave, and watch customers as they come in."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from personakit.cli_console import LOOK, err, out, run_progress, short, step_progress

if TYPE_CHECKING:
    from personakit.watching import WatchSession


def refresh(
    study: Annotated[str, typer.Argument(help="A study.yaml or its folder, with the new data; without it, the one here.")] = "",
    work_dir: Annotated[str, typer.Option(help="The work folder of the earlier run; without it, work/<study>.")] = "",
    segment_again: Annotated[bool, typer.Option("--segment-again", help="Make the segments anew.")] = False,
    language: Annotated[str, typer.Option(help="en, nb, fi or fa; without it, as the last run was made.")] = "",
) -> None:
    """Take the data as a new wave: names and edits stay; exit code 3 when a person must look."""
    from personakit.refreshing import refresh_study

    with run_progress() as report:
        found = refresh_study(study, work_dir=work_dir, segment_again=segment_again, language=language, progress=report)
    if not found.changed:
        out.print("Nothing has changed since the last run: no file was written.")
        return
    if found.earlier is not None:
        out.print(f"The earlier wave is in {short(found.earlier)}", markup=False, soft_wrap=True)
    out.print(f"Verdict: {found.verdict}")
    for page in found.deliverables:
        out.print(f"  {short(page)}", markup=False, soft_wrap=True)
    if found.to_look_at:
        out.print("To look at:")
        for line in found.to_look_at:
            out.print(f"  - {line}", markup=False, soft_wrap=True)
        if found.verdict == "segment again":
            out.print("  - the old rule was kept, so that waves can be compared; to make the segments anew, when you have read "
                      "what changed: personakit refresh --segment-again", soft_wrap=True)  # fmt: skip
        raise typer.Exit(LOOK)


def watch(
    source: Annotated[str, typer.Argument(help="A folder where files arrive, one file, or - for a stream of lines.")],
    work_dir: Annotated[str, typer.Option(help="The work folder whose wave is what is usual.")] = "",
    every: Annotated[float, typer.Option(help="Look into the folder again after so many seconds; 0 looks once.")] = 0.0,
    window: Annotated[int, typer.Option(help="Customers in the window; a change is told within about so many.")] = 2_000,
    report: Annotated[bool, typer.Option("--report", help="Compare the window in full: also split and new groups.")] = False,
    anew: Annotated[bool, typer.Option("--anew", help="Forget what was seen before.")] = False,
) -> None:
    """Watch customers as they come in; exit code 3 when the personas are drifting."""
    from personakit.handoffs import open_workspace, study_file_of
    from personakit.personas import earlier_personas
    from personakit.watching import open_watch, shares_of

    folder = open_workspace("", work_dir=work_dir).folder
    workspace = open_workspace(study_file_of(folder), work_dir=folder)
    session = open_watch(workspace, window=window, start_anew=anew)
    known = earlier_personas(workspace)
    names = {persona.segment: persona.name for persona in known.personas} if known else {}
    alarmed = False
    while True:
        arrived = session.take_stream(sys.stdin) if source == "-" else session.take(Path(source).expanduser())
        for alerts in arrived:
            for row in alerts.itertuples():
                who, what = names.get(row.segment, str(row.segment)), row.feature or "share"
                out.print(f"ALERT after {row.seen:,} customers: {who}: {what} {row.old:.3g} → {row.new:.3g}", markup=False,
                          soft_wrap=True)  # fmt: skip
            alarmed |= len(alerts) > 0
        if report:
            alarmed |= _report(session, names)
        if source == "-" or not every:
            break
        time.sleep(every)
    for row in shares_of(session.watch, names).itertuples():
        share = "–" if row.share != row.share else f"{row.share:.1%}"
        out.print(f"  {row.persona}: {share} of the last {sum(b[:, 0].sum() for b in session.watch.blocks):,.0f}, usually "
                  f"{row.usual_share:.1%}", markup=False, soft_wrap=True)  # fmt: skip
    out.print(f"{session.watch.seen:,} customers so far; {session.watch.left_out:,} without enough answers.")
    if alarmed:
        err.print("The personas are drifting: take the new data as a wave with personakit refresh", soft_wrap=True)
        raise typer.Exit(LOOK)


def _report(session: WatchSession, names: dict[int, str]) -> bool:
    """Say what has changed in the window, as between two waves; tell whether anything has."""
    from personakit.drift_lines import describe_drift
    from personakit.features import Features
    from personakit.locale import Words

    with step_progress("Comparing the window") as progress:
        found = session.report(progress=progress)
    words = Words("en", session.workspace.study.currency)
    for line in describe_drift(found, Features.from_parts(session.workspace.load("features")).dictionary, names):
        out.print(f"  {words.claim(line)}", markup=False, soft_wrap=True)
    return found.verdict != "keep"
