"""Deliverables: pages and evidence, whole or not at all."""

import json

import pytest

from personakit.delivery import deliver
from personakit.errors import HandoffError, PersonakitError
from personakit.evidence import Claim
from personakit.handoffs import open_workspace


@pytest.fixture
def workspace(small_study, small_run, tmp_path):
    workspace = open_workspace(small_study, work_dir=tmp_path / "work")
    for step in ("segmentation", "profiling", "personas", "journeys"):
        result = getattr(small_run, {"profiling": "profiles"}.get(step, step))
        workspace.save(step, result.parts())
    return workspace


def test_cards_maps_and_evidence(workspace, small_run):
    """Three files; the evidence holds every claim of cards and maps."""
    assert [path.name for path in deliver(workspace)] == ["personas.html", "journeys.html", "evidence.json"]
    content = json.loads((workspace.deliverables / "evidence.json").read_text(encoding="utf-8"))
    assert [Claim.model_validate(entry) for entry in content["claims"]] == small_run.personas.claims + small_run.journeys.claims
    assert sum(content["grades"].values()) == len(content["claims"])


def test_another_language_later(workspace):
    """The same results can be delivered in another language."""
    deliver(workspace, formats=["html"], language="fa")
    assert 'dir="rtl"' in (workspace.deliverables / "personas.html").read_text(encoding="utf-8")


def test_unknown_format_and_missing_results(workspace, small_study, tmp_path):
    """A format that is not known, and a folder without results, bring one sentence."""
    with pytest.raises(PersonakitError, match=r"format 'htm' is not known; allowed: html, json; did you mean 'html'\?"):
        deliver(workspace, formats=["htm"])
    with pytest.raises(HandoffError, match="the result of notebook 08_personas is not in empty"):
        deliver(open_workspace(small_study, work_dir=tmp_path / "empty"))
