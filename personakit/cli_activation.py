"""Commands that put the personas to work: lists of people, new customers, and the log of decisions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from personakit.cli_console import err, out, short


def audiences(
    work_dir: Annotated[str, typer.Argument(help="A work folder in which notebook 10 has been run.")],
    target: Annotated[str, typer.Option("--out", help="Folder to write; without it, audiences in the work folder.")] = "",
    own_ids: Annotated[bool, typer.Option("--own-ids", help="Your own customer ids instead of pseudonyms.")] = False,
    language: Annotated[str, typer.Option(help="en, nb, fi or fa; without it, as the run was made.")] = "",
) -> None:
    """Write who may be written to, by persona and channel, and whom to call: CSV and Excel."""
    from personakit.activation import ActivationPlan
    from personakit.activation_audiences import AUDIENCES
    from personakit.collection import load_sources
    from personakit.handoffs import open_workspace, study_file_of, whole_file
    from personakit.personas import Personas
    from personakit.personas_edits import apply_edits
    from personakit.privacy import own_ids as own_ids_of
    from personakit.profiling import SegmentProfiles
    from personakit.render.audience_sheets import audience_csv, audience_workbook
    from personakit.render.cards import file_stem
    from personakit.segmentation import Segmentation

    folder = open_workspace("", work_dir=work_dir).folder
    workspace = open_workspace(study_file_of(folder), work_dir=folder, language=language)
    segmentation = Segmentation.from_parts(workspace.load("segmentation", "", "rule"))
    profiles = SegmentProfiles.from_parts(workspace.load("profiling"))
    personas = apply_edits(Personas.from_parts(workspace.load("personas")), profiles, workspace.study.folder)
    names = {persona.segment: persona.name for persona in personas.personas}
    plan = ActivationPlan.from_parts(workspace.load("activation"), segmentation).renamed(names)
    ids = own_ids_of(load_sources(workspace.study)) if own_ids else None
    there = Path(target).expanduser() if target else folder / AUDIENCES
    lists = plan.audiences.lists
    files: dict[str, bytes] = {"audiences.xlsx": audience_workbook(plan, language=workspace.language, ids=ids)}
    for row in lists[lists["listed"] > 0].itertuples():
        name = f"{file_stem(row.segment, f'{row.persona} {row.channel}')}.csv"
        files[name] = audience_csv(plan, row.segment, row.channel, ids=ids).encode("utf-8")
    for name, content in files.items():
        with whole_file(there / name) as temporary:
            temporary.write_bytes(content)
        out.print(f"  {short(there / name)}", markup=False, soft_wrap=True)
    withheld = int((lists["listed"] == 0).sum())
    out.print(f"{len(files)} files; {withheld} lists are withheld: {', '.join(sorted(set(lists['note']) - {''})) or 'none'}.",
              markup=False, soft_wrap=True)  # fmt: skip
    for note in plan.notes:
        out.print(f"  - {note}", markup=False, soft_wrap=True)


def assign(
    file: Annotated[str, typer.Argument(help="CSV, Parquet or JSON lines with one row per customer; - reads a stream.")],
    rule: Annotated[str, typer.Option(help="The file of the rule; notebook 10 writes it.")] = "persona_rule.json",
    target: Annotated[str, typer.Option("--out", help="File to write; without it, <file>_personas beside it.")] = "",
    customer_id: Annotated[str, typer.Option("--id", help="Column that names the customers.")] = "customer_id",
) -> None:
    """Tell which persona new customers are, by a rule in one file, without the study."""
    from personakit.assignment import assign_file, assign_stream, read_rule

    known = read_rule(rule)
    if file == "-":

        def write(lines: str) -> None:
            sys.stdout.write(lines)
            sys.stdout.flush()

        n = assign_stream(known, sys.stdin, write, customer_id=customer_id)
        err.print(f"{n:,} customers.")
        return
    source = Path(file)
    written = Path(target) if target else source.with_name(f"{source.stem}_personas{source.suffix}")
    with err.status("assigning …"):
        n = assign_file(known, source, written, customer_id=customer_id)
    out.print(f"{n:,} customers in {short(written)}", markup=False, soft_wrap=True)


def log(  # noqa: PLR0913, PLR0917  options of the command
    work_dir: Annotated[str, typer.Argument(help="A work folder with deliverables.")],
    what: Annotated[str, typer.Argument(help="What was decided, or what happened; without it, the log is shown.")] = "",
    who: Annotated[str, typer.Option(help="Who decided.")] = "",
    personas: Annotated[list[str] | None, typer.Option("--persona", help="For whom; may be given several times.")] = None,
    claims: Annotated[list[str] | None, typer.Option("--claim", help="Id of a claim it rests on, as in evidence.json.")] = None,
    expected: Annotated[str, typer.Option(help="What is expected of it.")] = "",
    outcome: Annotated[int, typer.Option(help="Number of the decision of which WHAT tells what happened.")] = 0,
    on: Annotated[str, typer.Option(help="The day, such as 2026-07-01; without it, today.")] = "",
) -> None:
    """Write down a decision or what came of it, or show which decisions still stand on what the data say."""
    import datetime as dt

    from personakit.decisions import log_decision, note_outcome
    from personakit.delivery import decisions_now, delivered_claims
    from personakit.errors import DataError, did_you_mean
    from personakit.handoffs import open_workspace, study_file_of

    folder = open_workspace("", work_dir=work_dir).folder
    workspace = open_workspace(study_file_of(folder), work_dir=folder)
    lines, names = delivered_claims(workspace)
    try:
        day = dt.date.fromisoformat(on) if on else dt.datetime.now().astimezone().date()
    except ValueError:
        raise DataError([f"--on: found '{on}'; write a day such as 2026-07-01"]) from None
    if what and outcome:
        decision = note_outcome(workspace.study.folder, outcome, what, on=day)
        out.print(f"Decision {decision.number}: {decision.what} – {decision.happened}", markup=False, soft_wrap=True)
        return
    if what:
        by_id = {line.id: line for line in lines}
        wrong = [f"--claim: there is no claim '{name}'{did_you_mean(name, by_id)}" for name in claims or [] if name not in by_id]
        if wrong:
            raise DataError(wrong)
        decision = log_decision(workspace.study.folder, what, who=who, on=day, personas=personas or [],
                                lines=[by_id[name] for name in claims or []], names=names, expected=expected)  # fmt: skip
        out.print(f"Decision {decision.number} is written down for {', '.join(decision.personas) or 'nobody in particular'}.",
                  markup=False, soft_wrap=True)  # fmt: skip
        return
    review = decisions_now(workspace)
    for row in review.decisions.itertuples():
        told = f" – {row.happened}" if row.happened else ""
        out.print(f"  {row.number}. {row.on} {row.what} ({row.who}): {row.standing}{told}", markup=False, soft_wrap=True)
    out.print(f"{len(review.decisions)} decisions; {len(review.flagged)} to look at again.")
    if review.unused:
        out.print(f"Nothing was decided for: {', '.join(review.unused)}", markup=False, soft_wrap=True)
    if len(review.flagged):
        raise typer.Exit(1)
