"""Self-checks of the notebooks: is the computer ready, and is the result of a step as it should be."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd

from personakit.errors import HandoffError, listing
from personakit.evidence import Claim
from personakit.handoffs import Workspace
from personakit.journeys import JourneyMaps
from personakit.measurement_review import PersonaReview
from personakit.personas_model import Personas
from personakit.profiling import SegmentProfiles
from personakit.segmentation_stability import STABLE

#: Packages without which no notebook runs.
CORE_PACKAGES = ("jupyterlab", "ipywidgets", "pandas", "seaborn", "scikit-learn", "statsmodels", "duckdb", "papermill")
Finding = tuple[bool, str]


def check_ready(ws: Workspace) -> None:
    """
    Check that this computer is ready for the notebooks, and print READY or what to do.

    Parameters
    ----------
    ws : Workspace
        The opened study; a small file is written into its folder and taken away again.
    """
    findings = [*_packages(), _can_write(ws.folder), _can_draw(), _can_show_controls()]
    _show(findings)
    failed = sum(not holds for holds, _ in findings)
    print("READY" if not failed else f"NOT READY: mend {'the line' if failed == 1 else 'the lines'} with a cross, and run again.")


def check_result(ws: Workspace, step: str) -> None:
    """
    Check what a notebook has written, and print one line for each thing that has to be so.

    Parameters
    ----------
    ws : Workspace
        The opened study.
    step : str
        Word of the step, such as ``features``.

    Raises
    ------
    HandoffError
        If the step has written nothing yet, or there is no such step.
    """
    if step not in _CHECKS:
        raise HandoffError(f"there is no step '{step}' with a result to check; allowed are {listing(list(_CHECKS), 20)}")
    _show(_CHECKS[step](ws))


def _show(findings: Iterable[Finding]) -> None:
    for holds, says in findings:
        print(f"{'✓' if holds else '✗'} {says}")


def _packages() -> list[Finding]:
    missing = []
    for name in CORE_PACKAGES:
        try:
            version(name)
        except PackageNotFoundError:
            missing.append(name)
    if not missing:
        return [(True, f"All {len(CORE_PACKAGES)} packages are there.")]
    return [(False, f"Not installed: {listing(missing)}. Run: python -m pip install {' '.join(missing)}")]


def _can_write(folder: Path) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w+", dir=folder, suffix=".txt", encoding="utf-8") as file:
            file.write("øæå ک")
            file.seek(0)
            same = file.read() == "øæå ک"
    except OSError as error:
        return False, f"The work folder cannot be written ({error.strerror}). Give another one as work_dir at the top."
    return same, "A file was written into the work folder and read again."


def _can_draw() -> Finding:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1, 1))
    figure.subplots().bar(["a"], [1])
    with tempfile.TemporaryFile() as file:
        figure.savefig(file, format="png")
        drawn = file.tell() > 0
    return drawn, "A picture was drawn."


def _can_show_controls() -> Finding:
    try:
        from ipywidgets import Button

        Button(description="ready").close()
    except Exception as error:  # whatever a broken installation brings
        return False, f"Controls do not work ({error}). Run: python -m pip install --upgrade ipywidgets jupyterlab"
    return True, "Buttons and sliders can be shown."


def _collection(ws: Workspace) -> list[Finding]:
    overview = ws.load("collection", "overview")["overview"]
    empty = overview.loc[overview["rows"] == 0, "source"].tolist()
    says = f"Each of the {len(overview)} sources has rows, {int(overview['rows'].sum()):,} together."
    plan = ws.load("collection", "plan")["plan"]
    known = int((plan["status"] == "known").sum())
    missing = f"Without a row: {listing(empty)}. Look at the files, or take them out of the study."
    helps = f"{known} of the {len(plan)} questions of the plan are answered by these data"
    helps += "." if known == len(plan) else "; for the others it names the best source."
    return [(not empty, missing if empty else says), (True, helps)]


def _quality(ws: Workspace) -> list[Finding]:
    problems = ws.load("quality", "problems")["problems"]
    unsaid = int(problems["done"].fillna("").eq("").sum())
    sources = ws.sources()
    personal = ws.load("quality", "personal")["personal"]
    dropped = personal[personal["done"] == "column dropped"]
    still = [f"{row.source}.{row.column}" for row in dropped.itertuples()
             if row.source in sources and row.column in sources.columns(row.source)]  # fmt: skip
    return [
        (unsaid == 0, f"For each of the {len(problems)} kinds of problems it says what was done." if not unsaid
         else f"For {unsaid} kinds of problems it does not say what was done. Run the notebook again from the top."),
        (not still, f"{len(dropped)} columns that name people are gone from the data that go on." if not still
         else f"Still there: {listing(still)}. Name them under privacy.drop in the study file."),
    ]  # fmt: skip


def _exploration(ws: Workspace) -> list[Finding]:
    figures = ws.load("exploration", "figures")["figures"]
    if not len(figures):
        return [(True, "This study says nothing about single customers; no figure was made.")]
    least, smallest = int(figures["n"].min()), ws.study.privacy.min_cell
    says = f"{len(figures)} figures, none about fewer than {smallest} people (the smallest is about {least})."
    few = f"A figure is about {least} people, fewer than {smallest}. Run notebook 02 and this one again."
    return [(least >= smallest, says if least >= smallest else few)]


def _voices(ws: Workspace) -> list[Finding]:
    texts = ws.load("voices")[""]
    if not len(texts):
        return [(True, "This study has no texts; the cards will have no quotes.")]
    quotable = int(texts["quotable"].fillna(False).astype(bool).sum())
    twice = int(texts["key"].duplicated().sum())
    return [(twice == 0, f"{len(texts):,} texts, each with a place of its own to be looked up."),
            (quotable > 0, f"{quotable:,} of them may be quoted." if quotable
             else "None of them may be quoted: see privacy.consent.quotes in the study file.")]  # fmt: skip


def _features(ws: Workspace) -> list[Finding]:
    parts = ws.load("features")
    table, dictionary = parts[""], parts["dictionary"]
    without = [name for name in table.columns if name not in dictionary.index]
    late = [name for name in table.columns if name.startswith("days_since") and table[name].min() < 0]
    return [
        (table.index.is_unique, f"{len(table):,} customers, each in one row."),
        (not without, f"Each of the {table.shape[1]} features has a line in the dictionary." if not without
         else f"Without a line in the dictionary: {listing(without)}."),
        (not late, f"Nothing is from after {ws.study.as_of}." if not late
         else f"Later than {ws.study.as_of}: {listing(late)}. Look at as_of in the study file."),
    ]  # fmt: skip


def _segmentation(ws: Workspace) -> list[Finding]:
    parts = ws.load("segmentation", "", "stability")
    table, stability = parts[""], parts["stability"]
    shaky = stability.loc[stability["jaccard"] < STABLE, "segment"].astype(str).tolist()
    n = table["segment"].nunique()
    found = [(table.index.is_unique, f"{len(table):,} customers, each in one of {n} segments.")]
    if n == 1:
        return [*found, (True, "Everybody is in one segment: there was nothing to segment, or one was wanted.")]
    return [*found, (not shaky, "Each segment comes back with other customers." if not shaky
                     else f"Not steady: segment {listing(shaky)}. Try fewer segments; else the cards say so.")]  # fmt: skip


def _profiling(ws: Workspace) -> list[Finding]:
    profiles = SegmentProfiles.from_parts(ws.load("profiling"))
    tested = (
        int(profiles.tests.loc[profiles.tests["in_basis"].astype(bool), "p_value"].notna().sum()) if len(profiles.tests) else 0
    )
    least = int(profiles.table["n"].min()) if len(profiles.table) else profiles.min_cell
    return [(tested == 0, "No p-value for a question that made the groups." if not tested
             else f"{tested} questions that made the groups have a p-value. Run notebook 06 and this one again."),
            (least >= profiles.min_cell, f"No figure is about fewer than {profiles.min_cell} people.")]  # fmt: skip


def _backed(claims: list[Claim], what: str) -> list[Finding]:
    """Every line has evidence, or says that it has none."""
    bare = [line.id for line in claims if not line.evidence and line.grade != "assumed"]
    on_data = sum(bool(line.evidence) for line in claims)
    if bare:
        return [(False, f"Without evidence, and not marked: {listing(bare)}.")]
    if on_data == len(claims):
        return [(True, f"All {on_data:,} {what} rest on data.")]
    return [(True, f"{on_data:,} of {len(claims):,} {what} rest on data; the others are marked as assumptions.")]


def _personas(ws: Workspace) -> list[Finding]:
    return _backed(Personas.from_parts(ws.load("personas")).claims, "lines")


def _journeys(ws: Workspace) -> list[Finding]:
    return _backed(JourneyMaps.from_parts(ws.load("journeys")).claims, "lines of the maps")


def _activation(ws: Workspace) -> list[Finding]:
    parts = ws.load("activation")
    found = _backed([Claim.model_validate(line) for line in parts["lines"]], "lines")
    lists = parts.get("lists", pd.DataFrame())
    if len(lists):
        known = lists.dropna(subset=["agreed"])
        within = bool((known["listed"] <= known["agreed"]).all())
        found.append((within, f"The lists have {int(lists['listed'].sum()):,} entries, all of people who agreed." if within
                      else "Somebody is on a list who did not agree. Do not use the lists; run the notebook again."))  # fmt: skip
    return found


def _measurement(ws: Workspace) -> list[Finding]:
    return _backed(PersonaReview.from_parts(ws.load("measurement")).lines, "lines")


_CHECKS: dict[str, Any] = {"collection": _collection, "quality": _quality, "exploration": _exploration, "voices": _voices,
                           "features": _features, "segmentation": _segmentation, "profiling": _profiling, "personas": _personas,
                           "journeys": _journeys, "activation": _activation, "measurement": _measurement}  # fmt: skip
