"""The command line: run a study, check its data, verify its claims."""

from __future__ import annotations

import json
import sys
from datetime import date
from typing import TYPE_CHECKING, Annotated

import duckdb
import typer
from rich.table import Table

from personakit import __version__
from personakit.cli_activation import assign, audiences, log
from personakit.cli_console import err, out, run_progress, short
from personakit.cli_projects import handouts, init, new, strip, upgrade
from personakit.cli_refresh import refresh, watch
from personakit.errors import PersonakitError, StudyError, counted, did_you_mean
from personakit.study_parts import Language

if TYPE_CHECKING:
    from personakit.handoffs import Workspace
    from personakit.personas import Personas

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
                  help="Turn customer data into personas and journey maps that carry their evidence.")  # fmt: skip
_LANGUAGES: tuple[str, ...] = Language.__args__  # type: ignore[attr-defined]


def _show_version(wanted: bool) -> None:
    if wanted:
        out.print(f"personakit {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """Options of the program itself."""


@app.command()
def run(
    study: Annotated[
        str, typer.Argument(help="A study.yaml or its folder; without it, study.yaml here, or else the sample.")
    ] = "",
    work_dir: Annotated[str, typer.Option(help="Where results go; without it, work/<study>.")] = "",
    first: Annotated[int, typer.Option("--from", help="Number of the first notebook.")] = 0,
    last: Annotated[int, typer.Option("--to", help="Number of the last notebook.")] = 11,
    language: Annotated[str, typer.Option(help="Language of the deliverables: en, nb, fi or fa.")] = "",
) -> None:
    """Run the notebooks: from a study file to persona cards and journey maps."""
    from personakit.running import NotebookFailedError, run_study

    if language and language not in _LANGUAGES:
        raise PersonakitError(
            f"--language: found '{language}'; allowed: {', '.join(_LANGUAGES)}{did_you_mean(language, _LANGUAGES)}"
        )
    try:
        with run_progress() as report:
            summary = run_study(study, work_dir=work_dir, first=first, last=last, language=language, progress=report)
    except NotebookFailedError as error:
        if error.number == first:
            raise
        kept = f"Nothing was written; with --to {error.number - 1:02d} the results before it are kept"
        raise PersonakitError(f"{error}. {kept}") from None
    table = Table("notebook", "seconds", title=f"Done in {summary.elapsed_seconds:.0f} seconds", title_justify="left")
    for notebook, seconds in summary.seconds.items():
        table.add_row(notebook, f"{seconds:.1f}")
    out.print(table)
    if summary.warnings:
        out.print("To look at:")
        for warning in summary.warnings:
            out.print(f"  - {warning}", markup=False)
    out.print(f"Results in {short(summary.folder)}", markup=False, soft_wrap=True)
    for page in summary.deliverables:
        out.print(f"  {short(page)}", markup=False, soft_wrap=True)


@app.command()
def check(
    study: Annotated[
        str, typer.Argument(help="A study.yaml or its folder; without it, study.yaml here, or else the sample.")
    ] = "",
    work_dir: Annotated[
        str, typer.Option(help="The work folder, whose personas are checked too; without it, work/<study>.")
    ] = "",
    today: Annotated[str, typer.Option(help="The day (YYYY-MM-DD) on which cards may be out of date; without it, today.")] = "",
) -> None:
    """Check a study file and its data, and the personas if there are any; exit code 1 when something must be mended."""
    from personakit.collection import load_sources
    from personakit.journeys_edits import read_map_edits
    from personakit.personas_edits import read_edits
    from personakit.quality import check_quality
    from personakit.study import open_study
    from personakit.voices import check_people_files

    opened = open_study(study)
    sources = load_sources(opened)
    check_people_files(opened)
    read_edits(opened.folder)
    read_map_edits(opened.folder)
    report = check_quality(sources)
    table = Table("source", "file", "rows", "customers", "from", "to", title=opened.study, title_justify="left")
    for role, row in sources.overview().iterrows():
        n = "" if row["customers"] is None or row["customers"] != row["customers"] else f"{int(row['customers']):,}"
        period = [str(day) if isinstance(day, str) else "" for day in (row["first"], row["last"])]
        table.add_row(str(role), str(row["file"]), f"{row['rows']:,}", n, *period)
    out.print(table)
    found = report.problems[report.problems["severity"] == "warning"]
    for row in found.itertuples():
        where = f"{row.source}.{row.column}" if row.column else str(row.source)
        out.print(f"  - {where}: {counted(row.count, 'row', 'rows')}, {row.rule} ({row.done})", markup=False)
    dealt_with = f" {counted(len(found), 'kind of problem is', 'kinds of problems are')} dealt with as said above."
    out.print(f"The study file is valid, and its sources can be used.{dealt_with if len(found) else ' No problem was found.'}")
    if not sources.overview()["customers"].fillna(0).any():
        out.print("No source says which customer it tells of: themes and figures can be made (personakit run --to 05), personas "
                  "need customers, orders, events or a survey.")  # fmt: skip
    if not _check_personas(study, work_dir, today):
        raise typer.Exit(1)


def _check_personas(study: str, work_dir: str, today: str) -> bool:
    """Check the personas of a work folder, and print what is wrong; whether nothing must be mended."""
    from personakit.handoffs import open_workspace
    from personakit.personas import Personas, earlier_personas
    from personakit.personas_check import check_personas
    from personakit.personas_edits import apply_edits
    from personakit.profiling import SegmentProfiles

    workspace = open_workspace(study, work_dir=work_dir)
    if earlier_personas(workspace) is None:
        out.print("No personas yet; they are checked here as soon as notebook 08 has been run.")
        return True
    try:
        day = date.fromisoformat(today) if today else date.today()
    except ValueError:
        raise PersonakitError(f"--today: found '{today}'; write a date as YYYY-MM-DD, such as 2026-06-30") from None
    profiles = SegmentProfiles.from_parts(workspace.load("profiling"))
    personas = apply_edits(Personas.from_parts(workspace.load("personas")), profiles, workspace.study.folder)
    result = check_personas(personas, profiles, today=day)
    n_warnings = len(result.findings) - len(result.problems)
    out.print(f"{result.n_personas} personas: {len(result.problems)} problems, {n_warnings} warnings.")
    for row in result.findings.itertuples():
        where = ", ".join(part for part in (row.persona, row.where) if part)
        out.print(f"  - {row.severity}, {row.rule}{f' ({where})' if where else ''}: {row.what}", markup=False, soft_wrap=True)
        out.print(f"    why it matters: {row.why}; to mend it: {row.mend}", markup=False, soft_wrap=True)
    if (workspace.folder / "09_journeys.json").exists():
        _check_maps(workspace, personas)
    return not len(result.problems)


def _check_maps(workspace: Workspace, personas: Personas) -> None:
    """Print the edits of journey maps that the data no longer bear out."""
    from personakit.edits import DATA_NOW
    from personakit.journeys import JourneyMaps
    from personakit.journeys_edits import apply_map_edits

    about = apply_map_edits(JourneyMaps.from_parts(workspace.load("journeys")), personas, workspace.study.folder).about
    for edit in about["edits_contradicted"]:
        by = f"({edit['who']}, {edit['on']})"
        out.print(
            f"  - edit of a map ({edit['persona']}): {DATA_NOW[edit['data_now']]}: {edit['line']} {by}",
            markup=False,
            soft_wrap=True,
        )
    for place in about["edits_without_phase"]:
        out.print(f"  - edit of a map, not shown: the study has no such phase: {place}", markup=False, soft_wrap=True)


@app.command("deliver")
def deliver_command(
    work_dir: Annotated[
        str, typer.Argument(help="A work folder in which notebook 08 has been run; empty: that of the sample.")
    ] = "",
    formats: Annotated[
        str, typer.Option(help="What to make, with commas: html, json, yaml, md, xlsx, pdf, png, svg, mmd, pptx, sql, or all.")
    ] = "all",
    language: Annotated[str, typer.Option(help="en, nb, fi or fa; without it, as the run was made.")] = "",
    style: Annotated[str, typer.Option(help="person, or role: cards without name, age and picture.")] = "",
) -> None:
    """Write the cards and maps again: in other formats, in another language, with or without names."""
    from personakit.delivery import FORMATS, deliver_what_can_be
    from personakit.handoffs import open_workspace, study_file_of

    folder = open_workspace("", work_dir=work_dir).folder
    study = study_file_of(folder)
    as_run = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["language"]
    workspace = open_workspace(study, work_dir=folder, language=language or as_run)
    wanted = list(FORMATS) if formats == "all" else [name.strip().lower() for name in formats.split(",") if name.strip()]
    with err.status("writing …"):
        made = deliver_what_can_be(workspace, formats=wanted, language=language, style=style)
    for file in made.files:
        out.print(f"  {short(file)}", markup=False, soft_wrap=True)
    out.print(f"{len(made.files)} files in {short(workspace.deliverables)}.", markup=False, soft_wrap=True)
    for name, why in made.not_made.items():
        err.print(f"{name} was not made: {why}", markup=False, soft_wrap=True)
    if made.not_made:
        raise typer.Exit(1)


@app.command()
def verify(work_dir: Annotated[str, typer.Argument(help="A work folder with deliverables.")]) -> None:
    """Compute every claim of the deliverables again, from the sources."""
    from personakit.verification import verify as verify_claims

    verification = verify_claims(work_dir)
    table = verification.table
    out.print(f"{int(table['resolves'].sum()):,} of {len(table):,} claims resolve.")
    for row in table[~table["resolves"]].itertuples():
        out.print(f"  - {row.claim}: {row.what}", markup=False, soft_wrap=True)
    if not verification.all_resolve:
        raise typer.Exit(1)


@app.command()
def forget(
    customer_id: Annotated[str, typer.Argument(help="The customer's id in the sources, or their pseudonym.")],
    study: Annotated[str, typer.Option(help="A study.yaml or its folder; without it, study.yaml here, or else the sample.")] = "",
    work_dir: Annotated[str, typer.Option(help="The work folder; without it, work/<study>.")] = "",
) -> None:
    """Remove a person from hand-offs, quotes and pages, and from every later run."""
    from personakit.forgetting import forget as forget_person
    from personakit.handoffs import open_workspace

    gone = forget_person(open_workspace(study, work_dir=work_dir), customer_id)
    for name, rows in gone.rows.items():
        out.print(f"  {name}: {rows} rows removed", markup=False)
    out.print(f"{sum(gone.rows.values())} rows and {gone.quotes} quotes removed from {len(gone.rows)} files.")
    if gone.notebooks:
        out.print(f"Outputs that showed their words were cleared in: {', '.join(gone.notebooks)}", markup=False)
    if not gone.rows:
        out.print("Nobody with this id is in the work folder; check the id if that surprises you.")
    out.print(f"No later run uses this person ({short(gone.list_file)}).", markup=False, soft_wrap=True)
    if gone.lists:
        out.print("Lists of whom to write to were taken away; write them again: personakit audiences", markup=False)
    out.print("Still to do:")
    out.print("  - delete the person from the source files, which personakit never changes")
    if gone.rows:
        out.print("  - delete lists that were written to other folders (personakit audiences --out)", markup=False)
    if gone.rows:
        out.print("  - figures counted the person as one among many; to count anew:", markup=False)
        out.print(f"    {gone.rerun}", markup=False, soft_wrap=True)


for command in (new, init, handouts, upgrade, strip, audiences, assign, refresh, watch, log):
    app.command()(command)


def main() -> None:
    """Run the command line; errors a user can mend are shown as sentences, without a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except PersonakitError as error:
        err.print(f"personakit: {error}", markup=False, soft_wrap=True)
        raise SystemExit(2 if isinstance(error, StudyError) else 1) from None
    except duckdb.Error as error:
        said = str(error).splitlines()[0][:200]
        err.print(f"personakit: the engine could not read on ({said}); is a source file damaged? Export it again", markup=False)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        err.print("personakit: stopped; the work folder is as it was")
        raise SystemExit(130) from None
