"""Commands that begin a study: look at the files of a folder, and make a folder for a client project."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from personakit.cli_console import LOOK, out, short
from personakit.errors import StudyError


def new(
    folder: Annotated[str, typer.Argument(help="The folder to make.")],
    data: Annotated[str, typer.Option(help="A folder with the client's data, from which study.yaml is proposed.")] = "",
    exercises: Annotated[bool, typer.Option("--exercises", help="Copy the exercises too.")] = False,
) -> None:
    """Make a folder for a client project: notebooks of its own, a study file, and data kept out of git."""
    from personakit.projects import new_project

    made = new_project(folder, data=data, exercises=exercises)
    for path in made:
        out.print(f"  {short(path)}", markup=False, soft_wrap=True)
    proposed = any(path.name == "study.yaml" for path in made)
    then = ("read study.yaml and change what is wrong, then: personakit check" if proposed else
            "put the data into data/, then: personakit init data --study study.yaml")  # fmt: skip
    out.print(f"Next, in {short(made[0].parent)}: {then}", markup=False, soft_wrap=True)


def upgrade(folder: Annotated[str, typer.Argument(help="The project's folder.")] = ".") -> None:
    """Bring newer notebooks into a project; your own cells stay; exit code 3 when something could not be merged."""
    from personakit.projects_upgrade import upgrade_project

    found = upgrade_project(folder)
    for name in found.changed:
        out.print(f"  {name} is newer now", markup=False, soft_wrap=True)
    if not found.changed:
        out.print("The notebooks are up to date.")
    else:
        out.print(f"As they were: {short(found.before)}", markup=False, soft_wrap=True)
    for row in found.problems.itertuples():
        where = f"cell {row.cell}" if row.cell else "as a whole"
        begins = f" “{row.begins}”" if row.begins else ""
        out.print(f"  {row.notebook}, {where}{begins}: {row.what}", markup=False, soft_wrap=True)
    if len(found.problems):
        raise typer.Exit(LOOK)


def handouts(
    folder: Annotated[str, typer.Argument(help="Where to write the sheets.")] = "handouts",
    study: Annotated[str, typer.Option(help="Study file, for the phases of the journey; without it, the one found here.")] = "",
    language: Annotated[str, typer.Option(help="en, nb, fi or fa; all: every language.")] = "",
    formats: Annotated[str, typer.Option(help="pdf, html, or both with a comma between.")] = "pdf",
) -> None:
    """Write sheets for a workshop: empty persona card, empathy map, role card and journey map, as PDF or HTML."""
    from personakit.delivery_handouts import write_handouts
    from personakit.study import open_study

    for path in write_handouts(folder, open_study(study), language=language, formats=formats.split(",")):
        out.print(f"  {short(path)}", markup=False, soft_wrap=True)


def strip(
    notebooks: Annotated[list[str] | None, typer.Argument(help="Notebooks; without any, those in the folder notebooks.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit code 3 when a notebook shows data.")] = False,
) -> None:
    """Take outputs out of notebooks before they go into git, or only say which ones have some."""
    from personakit.projects_outputs import find_outputs

    files = [Path(name) for name in notebooks or []] or sorted(Path("notebooks").glob("*.ipynb"))
    found = find_outputs(files, take_out=not check)
    for row in found.itertuples():
        cells = "1 cell shows data" if row.cells == 1 else f"{row.cells} cells show data"
        out.print(f"  {row.notebook}: {cells}, the first is cell {row.first}", markup=False, soft_wrap=True)
    if check and len(found):
        out.print(f"Take them out with: personakit strip {' '.join(found['notebook'])}", markup=False, soft_wrap=True)
        raise typer.Exit(LOOK)
    out.print("Taken out." if len(found) else f"None of {len(files)} notebooks shows data." if files else "There is no notebook.")


def init(
    folder: Annotated[str, typer.Argument(help="The folder with the data files.")],
    study: Annotated[str, typer.Option(help="The study file to write; without it, study.yaml beside the data.")] = "",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Write over a study.yaml that is there.")] = False,
) -> None:
    """Look at the files of a folder and write a first study.yaml to edit."""
    from personakit.collection_proposal import propose_study
    from personakit.handoffs import whole_file

    file = Path(study).expanduser() if study else Path(folder).expanduser() / "study.yaml"
    text = propose_study(folder, study_folder=file.parent)
    if file.exists() and not overwrite:
        if not sys.stdin.isatty():
            raise StudyError(f"{short(file)} is there already; give --overwrite to write over it, or edit it")
        if not typer.confirm(f"{short(file)} is there already. Write over it?"):
            raise typer.Exit(1)
    with whole_file(file) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    out.print(text, markup=False, soft_wrap=True)
    out.print(
        f"Written to {short(file)}. Read it, change what is wrong, then: personakit check {short(file)}",
        markup=False,
        soft_wrap=True,
    )
