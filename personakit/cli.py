"""The command line: run a study, check its data, verify its claims."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from personakit import __version__
from personakit.errors import PersonakitError, StudyError, did_you_mean
from personakit.study_parts import Language

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
                  help="Turn customer data into personas and journey maps that carry their evidence.")  # fmt: skip
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)
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
    study: Annotated[str, typer.Argument(help="A study.yaml or its folder; without it, the sample study.")] = "",
    work_dir: Annotated[str, typer.Option(help="Where results go; without it, work/<study>.")] = "",
    first: Annotated[int, typer.Option("--from", help="Number of the first notebook.")] = 0,
    last: Annotated[int, typer.Option("--to", help="Number of the last notebook.")] = 9,
    language: Annotated[str, typer.Option(help="Language of the deliverables: en, nb, fi or fa.")] = "",
) -> None:
    """Run the notebooks: from a study file to persona cards and journey maps."""
    from personakit.running import run_study

    if language and language not in _LANGUAGES:
        raise PersonakitError(
            f"--language: found '{language}'; allowed: {', '.join(_LANGUAGES)}{did_you_mean(language, _LANGUAGES)}"
        )
    columns = (
        TextColumn("{task.description:<18}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("cells"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=not err.is_terminal, disable=not err.is_terminal) as bar:
        tasks: dict[str, int] = {}

        def report(notebook: str, done: int, total: int) -> None:
            if notebook not in tasks:
                tasks[notebook] = bar.add_task(notebook, total=total)
                if not err.is_terminal:
                    err.print(f"notebook {notebook} …")
            bar.update(tasks[notebook], completed=done)  # type: ignore[arg-type]

        summary = run_study(study, work_dir=work_dir, first=first, last=last, language=language, progress=report)
    table = Table("notebook", "seconds", title=f"Done in {sum(summary.seconds.values()):.0f} seconds", title_justify="left")
    for notebook, seconds in summary.seconds.items():
        table.add_row(notebook, f"{seconds:.1f}")
    out.print(table)
    if summary.warnings:
        out.print("To look at:")
        for warning in summary.warnings:
            out.print(f"  - {warning}", markup=False)
    out.print(f"Results in {_short(summary.folder)}", markup=False, soft_wrap=True)
    for page in summary.deliverables:
        out.print(f"  {_short(page)}", markup=False, soft_wrap=True)


def _short(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


@app.command()
def init(
    folder: Annotated[str, typer.Argument(help="The folder with the data files.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Write over a study.yaml that is there.")] = False,
) -> None:
    """Look at the files of a folder and write a first study.yaml to edit."""
    from personakit.collection_proposal import propose_study
    from personakit.handoffs import whole_file

    text = propose_study(folder)
    file = Path(folder).expanduser() / "study.yaml"
    if file.exists() and not overwrite:
        if not sys.stdin.isatty():
            raise StudyError(f"{_short(file)} is there already; give --overwrite to write over it, or edit it")
        if not typer.confirm(f"{_short(file)} is there already. Write over it?"):
            raise typer.Exit(1)
    with whole_file(file) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    out.print(text, markup=False, soft_wrap=True)
    out.print(
        f"Written to {_short(file)}. Read it, change what is wrong, then: personakit check {_short(file)}",
        markup=False,
        soft_wrap=True,
    )


@app.command()
def check(
    study: Annotated[str, typer.Argument(help="A study.yaml or its folder; without it, the sample study.")] = "",
) -> None:
    """Check a study file and its data without running anything."""
    from personakit.collection import load_sources
    from personakit.quality import check_quality
    from personakit.study import open_study
    from personakit.voices import check_people_files

    opened = open_study(study)
    sources = load_sources(opened)
    check_people_files(opened.folder)
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
        out.print(f"  - {where}: {row.count:,} rows, {row.rule} ({row.done})", markup=False)
    out.print(
        f"The study file is valid, and its sources can be used. {len(found)} kinds of problems are dealt with as said above."
    )


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
    study: Annotated[str, typer.Option(help="A study.yaml or its folder; without it, the sample study.")] = "",
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
    out.print(f"No later run uses this person ({_short(gone.list_file)}).", markup=False, soft_wrap=True)
    out.print("Still to do:")
    out.print("  - delete the person from the source files, which personakit never changes")
    if gone.rows:
        out.print("  - figures counted the person as one among many; to count anew:", markup=False)
        out.print(f"    {gone.rerun}", markup=False, soft_wrap=True)


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
