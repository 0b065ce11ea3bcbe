"""Verification: every claim on every card and map is computed again from the sources."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from personakit.activation_audiences import who_agreed
from personakit.activation_loyalty import predict_loyalty
from personakit.activation_marketing import MATRIX_COLUMNS
from personakit.activation_retention import Retention
from personakit.activation_spending import plan_spending
from personakit.activation_teams import activation_figures
from personakit.collection import Sources, load_sources
from personakit.drift_lines import describe_drift
from personakit.errors import HandoffError
from personakit.evidence import Claim, Figure, Voice
from personakit.features import Features, build_features
from personakit.handoffs import WAVES, Workspace, file_hash, open_workspace, study_file_of
from personakit.journeys_table import journey_table
from personakit.measurement import measure
from personakit.measurement_perception import perception_lines, perception_scores, read_perception
from personakit.measurement_quality import held_out_fidelity
from personakit.measurement_review import drift_since, fidelity_lines
from personakit.personas import Personas
from personakit.personas_figures import (
    borderline_figures,
    size_figures,
    total_share_figures,
    traits_of,
    traits_together,
    without_segment_figure,
)
from personakit.privacy import protect
from personakit.profiling import SegmentProfiles, describe, figures_of
from personakit.profiling_tests import with_basis
from personakit.quality import check_quality
from personakit.segmentation import Segmentation
from personakit.voices import Voices, read_voices
from personakit.voices_quotes import stands_in

#: Numbers have to agree to this share; adjusted p-values are left out, since each rests on every other test.
TOLERANCE = 1e-7
_COMPARED = (
    "estimate",
    "ci_low",
    "ci_high",
    "spread_low",
    "spread_high",
    "n",
    "others",
    "others_n",
    "effect",
    "effect_low",
    "effect_high",
    "p_value",
)


@dataclass(frozen=True, eq=False, repr=False)
class Verification:
    """
    What became of every claim.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per claim: ``claim`` (its id), ``kind``, ``sources`` (columns it rests on), ``resolves``,
        ``what`` (what differs, empty when it resolves).
    """

    table: pd.DataFrame

    @property
    def all_resolve(self) -> bool:
        """Whether every claim resolves."""
        return bool(self.table["resolves"].all())

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def verify(work_dir: str | Path) -> Verification:
    """
    Compute every claim of the deliverables again, from the source files.

    Sources are read, checked and protected anew. Who was set aside as careless or as a bot, and who is in which
    segment, is taken from the hand-offs, so that one changed value makes only the claims fail that rest on it. The
    sizes of the segments are checked with the rule itself. Assumptions have nothing to compute and resolve.

    Parameters
    ----------
    work_dir : str or Path
        A work folder with deliverables.

    Returns
    -------
    Verification
        One row per claim.

    Raises
    ------
    HandoffError
        If the folder has no evidence, does not say which study it belongs to, or is an earlier wave whose sources have been
        replaced.
    DataError
        If the sources can no longer be read.
    """
    folder = Path(work_dir).expanduser().resolve()
    evidence = folder / "deliverables" / "evidence.json"
    if not evidence.exists():
        raise HandoffError(
            f"{folder.name} has no deliverables/evidence.json; make it with: personakit run --work-dir {folder.name}"
        )
    content = json.loads(evidence.read_text(encoding="utf-8"))
    workspace = open_workspace(study_file_of(folder), work_dir=folder)
    if folder.parent.name == WAVES and _sources_were_replaced(workspace):
        raise HandoffError(
            f"{folder.name} is an earlier wave, and its source files have been replaced since: its pages can be read, but "
            f"computed again only from the old files"
        )
    claims = [Claim.model_validate(entry) for entry in content["claims"]]
    sources = _sources_again(workspace)
    voices = read_voices(sources)
    ledger = _ledger(sources, voices, workspace)
    texts = voices.texts.set_index("key")
    segmentation = Segmentation.from_parts(workspace.load("segmentation"))
    rows = []
    for line in claims:
        problems = [_check(piece, ledger, texts, segmentation.labels) for piece in line.evidence]
        what = "; ".join(problem for problem in problems if problem)
        rests_on = sorted(
            {c for piece in line.evidence for c in (piece.sources if isinstance(piece, Figure) else [f"{piece.source}.text"])}
        )
        rows.append({"claim": line.id, "kind": line.kind, "sources": ", ".join(rests_on), "resolves": not what, "what": what})
    return Verification(pd.DataFrame(rows, columns=["claim", "kind", "sources", "resolves", "what"]))


def _sources_were_replaced(workspace: Workspace) -> bool:
    """Whether the study's files are others than those that a wave was made from."""
    made_from = json.loads((workspace.folder / "manifest.json").read_text(encoding="utf-8"))["sources"]
    study = workspace.study
    return any(role not in study.sources or not study.path_of(role).exists() or file_hash(study.path_of(role)) != digest
               for role, digest in made_from.items())  # fmt: skip


def _sources_again(workspace: Workspace) -> Sources:
    people = pd.DataFrame(workspace.load("quality", "people")["people"], columns=["source", "row", "rule"])
    return protect(check_quality(load_sources(workspace.study), people=people).clean)


def _ledger(sources: Sources, voices: Voices, workspace: Workspace) -> dict[str, Figure]:
    """Compute every figure again, by key."""
    study = workspace.study
    segmentation = Segmentation.from_parts(workspace.load("segmentation"))
    stored = SegmentProfiles.from_parts(workspace.load("profiling"))
    features = build_features(sources, voices)
    labels, cell = segmentation.labels, study.privacy.min_cell
    own = describe(features.table.reindex(labels.index), features.dictionary, labels, basis=segmentation.basis, min_cell=cell)
    ledger = figures_of(own, features.dictionary, "features")
    table = journey_table(sources, voices)
    known = with_basis(table.dictionary, segmentation.basis, features.dictionary)
    walked = describe(table.table.reindex(labels.index), known, labels, basis=segmentation.basis, min_cell=cell,
                      prefix="journeys")  # fmt: skip
    ledger |= figures_of(walked, table.dictionary, "journeys")
    whole = list(total_share_figures(features.table, features.dictionary, labels).values())
    if all(name in features.table for name in segmentation.basis):
        placed = segmentation.placed(features.table)
        whole += [*size_figures(placed, stored.dictionary).values(), *borderline_figures(placed, stored.dictionary).values(),
                  without_segment_figure(placed, features.table, stored.dictionary)]  # fmt: skip
    for persona in Personas.from_parts(workspace.load("personas")).personas:
        traits = [figure for figure in traits_of(persona.claims) if figure.column in features.table]
        whole += traits_together(features.table, labels, traits, persona.segment, min_cell=stored.min_cell)
    ledger |= {figure.key: figure for figure in whole}
    if _has_activation(workspace):
        ledger |= _activation_ledger(sources, voices, workspace, segmentation)
    if (workspace.folder / "11_measurement.json").exists():
        ledger |= _measurement_ledger(sources, features, workspace, segmentation)
    return ledger


def _measurement_ledger(
    sources: Sources, features: Features, workspace: Workspace, segmentation: Segmentation
) -> dict[str, Figure]:
    """Measure again, test the differences again, and compare again with the earlier wave, which stands in its own folder."""
    seed = workspace.study.segmentation.random_state
    lines = measure(sources, features, segmentation, random_state=seed).lines
    fidelity = held_out_fidelity(features, segmentation, random_state=seed)
    lines += fidelity_lines(fidelity) + perception_lines(perception_scores(read_perception(workspace.study.folder)), fidelity)
    drift = drift_since(workspace, features)
    lines += describe_drift(drift, features.dictionary) if drift is not None else []
    return {piece.key: piece for line in lines for piece in line.evidence if isinstance(piece, Figure)}


def _has_activation(workspace: Workspace) -> bool:
    return (workspace.folder / "10_activation_customers.parquet").exists()


def _activation_ledger(sources: Sources, voices: Voices, workspace: Workspace, segmentation: Segmentation) -> dict[str, Figure]:
    """Figures of step 10; which persona somebody is who did not answer the survey is taken from the hand-off."""
    stored, cell = SegmentProfiles.from_parts(workspace.load("profiling")), workspace.study.privacy.min_cell
    figures, _ = activation_figures(sources, voices, segmentation, stored.dictionary, min_cell=cell)
    customers = workspace.load("activation", "customers")["customers"]
    customers = customers.assign(agreed=who_agreed(sources).reindex(customers.index).astype("boolean"))
    figures |= plan_spending(sources, customers, pd.DataFrame(columns=MATRIX_COLUMNS)).figures()
    told = customers["segment"].dropna().astype("int64")
    return figures | Retention(*predict_loyalty(sources), told, cell).figures()


def _check(piece: Figure | Voice, ledger: dict[str, Figure], texts: pd.DataFrame, labels: pd.Series) -> str:
    """Say what differs, in one sentence; an empty text means that nothing does."""
    if isinstance(piece, Voice):
        if piece.key not in texts.index:
            return f"{piece.key} is no longer in the sources"
        text = texts.loc[piece.key]
        if not stands_in(piece.quote, text["text"]):
            return f"{piece.key} now says something else"
        if not text["quotable"]:
            return f"{piece.key}: its speaker no longer agrees to be quoted"
        return (
            ""
            if str(text["customer_id"]) == piece.customer and piece.customer in labels.index
            else f"{piece.key} now has another speaker"
        )
    again = ledger.get(piece.key)
    if again is None:
        return f"{piece.key} can no longer be computed"
    differing = [name for name in _COMPARED if not _same(getattr(piece, name), getattr(again, name))]
    return ", ".join(f"{piece.key}: {name} was {getattr(piece, name)}, is {getattr(again, name)}" for name in differing[:1])


def _same(first: float | None, second: float | None) -> bool:
    if first is None or second is None:
        return first is None and second is None
    return abs(first - second) <= TOLERANCE * max(1.0, abs(first), abs(second))
