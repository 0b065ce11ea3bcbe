"""Deliverables: pages and evidence, whole or not at all."""

import json
import re
import shutil
import sys

import pytest

from personakit.delivery import deliver, deliver_again, deliver_what_can_be
from personakit.errors import ExtraNeededError, HandoffError, PersonakitError
from personakit.evidence import Claim
from personakit.handoffs import open_workspace
from personakit.journeys_edits import MapEdit, MapEdits, write_map_edits
from personakit.personas_edits import CardEdit, CardEdits, write_edits
from personakit.render.cards import file_name


@pytest.fixture
def workspace(small_study, small_run, tmp_path):
    workspace = open_workspace(small_study, work_dir=tmp_path / "work")
    for step in ("segmentation", "profiling", "personas", "journeys"):
        result = getattr(small_run, {"profiling": "profiles"}.get(step, step))
        workspace.save(step, result.parts())
    return workspace


def names(workspace, written):
    return {path.relative_to(workspace.deliverables).as_posix() for path in written}


def test_cards_maps_and_evidence(workspace, small_run):
    """All cards, one page each, the comparison and the maps; the evidence holds every claim of cards and maps."""
    written = names(workspace, deliver(workspace))
    cards = {f"personas/{file_name(card)}.html" for card in small_run.personas.personas}
    assert written == cards | {"personas.html", "overview.html", "journeys.html", "journey_template.html", "evidence.json",
                               "personas.json", "journeys.json"}  # fmt: skip
    maps = json.loads((workspace.deliverables / "journeys.json").read_text(encoding="utf-8"))["maps"]
    assert [Claim.model_validate(cell) for shown in maps for cell in shown["cells"]] == small_run.journeys.claims
    content = json.loads((workspace.deliverables / "evidence.json").read_text(encoding="utf-8"))
    assert [Claim.model_validate(entry) for entry in content["claims"]] == small_run.personas.claims + small_run.journeys.claims
    assert sum(content["grades"].values()) == len(content["claims"])


def test_one_result_alone(workspace, small_run):
    """Its files and the evidence of everything; what other results wrote stays as it is; what is not there is asked for."""
    deliver(workspace)
    before = {path: path.read_bytes() for path in workspace.deliverables.rglob("*") if path.is_file()}
    page = workspace.deliverables / "personas" / "9-old-name.html"
    page.write_text("old", encoding="utf-8")
    written = names(workspace, deliver(workspace, results=["journeys"]))
    assert written == {"journeys.html", "journey_template.html", "evidence.json", "journeys.json"}
    assert {path: path.read_bytes() for path in before} == before and page.exists()
    with pytest.raises(HandoffError, match=r"the result of notebook 11_measurement is not in work"):
        deliver(workspace, results=["measurement"])
    with pytest.raises(
        PersonakitError, match=r"result 'maps' is not known; allowed: personas, journeys, activation, measurement"
    ):
        deliver(workspace, results=["maps"])


def test_a_card_is_small_and_alone(workspace):
    """A page with one card is under 400 kB and names no other persona's card."""
    deliver(workspace, formats=["html"])
    for path in (workspace.deliverables / "personas").glob("*.html"):
        assert path.stat().st_size < 400_000
        assert path.read_text(encoding="utf-8").count('class="card persona"') == 1


def test_tables_slides_and_text(workspace, small_run):
    """YAML, Markdown, Excel, slides, drawings and Mermaid; the same cards and maps give the same bytes."""
    formats = ["yaml", "md", "xlsx", "pptx", "svg", "mmd"]
    written = deliver(workspace, formats=formats)
    both = {f"{what}.{ending}" for what in ("personas", "journeys") for ending in ("md", "xlsx", "pptx")}
    single = {f"journeys/{file_name(card)}.{ending}" for card in small_run.personas.personas for ending in ("svg", "mmd")}
    assert names(workspace, written) == both | single | {"personas.yaml"}
    before = [path.read_bytes() for path in written]
    assert [path.read_bytes() for path in deliver(workspace, formats=formats)] == before


def test_another_language_later(workspace):
    """The same results can be delivered in another language."""
    deliver(workspace, formats=["html"], language="fa")
    assert 'dir="rtl"' in (workspace.deliverables / "personas.html").read_text(encoding="utf-8")


def test_role_only_cards(workspace, small_run):
    """No name, age or picture on any page or file."""
    deliver(workspace, formats=["html", "md", "xlsx"], style="role")
    for path in (
        workspace.deliverables / "personas.html",
        workspace.deliverables / "overview.html",
        workspace.deliverables / "personas.md",
    ):
        text = path.read_text(encoding="utf-8")
        assert "Group 1" in text and '<svg class="portrait"' not in text and "on average" not in text
        assert not any(re.search(rf"\b{card.name}\b", text) for card in small_run.personas.personas)


def test_what_is_not_installed_does_not_stop_the_rest(workspace, monkeypatch):
    """The other formats are made, and the error is the line that installs what is missing."""
    monkeypatch.setitem(sys.modules, "pptx", None)
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    made = deliver_what_can_be(workspace, formats=["pptx", "pdf", "md"])
    assert names(workspace, made.files) == {"personas.md", "journeys.md"}
    assert 'pip install "personakit[office]"' in made.not_made["pptx"] and 'pip install "personakit[pdf]"' in made.not_made["pdf"]
    with pytest.raises(ExtraNeededError, match="personakit\\[office\\]"):
        deliver(workspace, formats=["pptx", "html"])
    assert (workspace.deliverables / "personas.html").exists()


def test_edits_of_people_are_on_what_is_delivered(workspace, small_run):
    """And they are in the evidence, marked as edited."""
    name = small_run.personas.personas[0].name
    edit = CardEdit(do="add", place="objections", text="Fears it is too small", who="aino", on="2026-11-22")
    write_edits(CardEdits(persona=name, edits=[edit]), workspace.study.folder)
    try:
        deliver(workspace)
        page = (workspace.deliverables / "personas.html").read_text(encoding="utf-8")
        assert "Fears it is too small" in page and "edited by aino, November 22, 2026" in page
        content = json.loads((workspace.deliverables / "evidence.json").read_text(encoding="utf-8"))
        assert sum(claim["kind"] == "edited" for claim in content["claims"]) == 1
    finally:
        shutil.rmtree(workspace.study.folder / "personas")


def test_edits_of_maps_are_on_what_is_delivered(workspace, small_run):
    """The line that the team wants, a line of its own and the new name of the persona; all of it is in the evidence."""
    name, folder, by = small_run.personas.personas[0].name, workspace.study.folder, {"who": "aino", "on": "2026-11-22"}
    wanted = [MapEdit(do="to_be", phase=phase, feeling=1.5, **by) for phase in ("awareness", "decision")]
    own = MapEdit(do="add", phase="decision", lane="opportunities", text="Pay with one tap", **by)
    write_map_edits(MapEdits(persona=name, edits=[*wanted, own]), folder)
    write_edits(CardEdits(persona=name, edits=[CardEdit(do="name", text="Inka", **by)]), folder)
    try:
        deliver(workspace)
        page = (workspace.deliverables / "journeys.html").read_text(encoding="utf-8")
        assert "Pay with one tap" in page and "assumption, edited by aino, November 22, 2026" in page
        assert (
            "Inka" in page and name not in page and page.count("as we want it") == 2 and page.count('stroke-dasharray="9 6"') == 1
        )
        content = json.loads((workspace.deliverables / "evidence.json").read_text(encoding="utf-8"))
        assert sum(claim["kind"] == "edited" for claim in content["claims"]) == 3
    finally:
        shutil.rmtree(folder / "personas")
        shutil.rmtree(folder / "journeys")


def test_pages_of_old_names_are_taken_away(workspace):
    """After a persona was renamed, no page with the old name is left beside the new one."""
    deliver(workspace, formats=["html"])
    old = workspace.deliverables / "personas" / "9-old-name.html"
    old.write_text("old", encoding="utf-8")
    deliver(workspace, formats=["html"])
    assert not old.exists() and len(list((workspace.deliverables / "personas").iterdir())) == 5


def test_what_is_there_is_made_again(workspace, small_run):
    """The same formats, without files of names that are gone."""
    deliver(workspace, formats=["html", "md"])
    (workspace.deliverables / "personas" / "9-nobody.html").write_text("old", encoding="utf-8")
    assert "personas.md" in names(workspace, deliver_again(workspace))
    assert not (workspace.deliverables / "personas" / "9-nobody.html").exists()


def test_unknown_format_and_missing_results(workspace, small_study, tmp_path):
    """A format, language or style that is not known, and a folder without results, bring one sentence."""
    with pytest.raises(PersonakitError, match=r"format 'htm' is not known; allowed: html, .*; did you mean 'html'\?"):
        deliver(workspace, formats=["htm"])
    with pytest.raises(PersonakitError, match="language 'no' is not known; allowed: en, nb, fi, fa"):
        deliver(workspace, language="no")
    with pytest.raises(PersonakitError, match=r"style 'roll' is not known; allowed: person, role; did you mean 'role'\?"):
        deliver(workspace, style="roll")
    with pytest.raises(HandoffError, match="the result of notebook .* is not in empty"):
        deliver(open_workspace(small_study, work_dir=tmp_path / "empty"))


def test_the_teams_pages(workspace, small_plan):
    """Pages, sheets, slides, stories and calendar of step 10; their lines are in the evidence; twice the same bytes."""
    workspace.save("activation", small_plan.parts())
    formats = ["html", "json", "xlsx", "csv", "ics", "md", "pptx", "sql"]
    written = names(workspace, deliver(workspace, formats=formats))
    stories = {f"user_stories/{name}" for name in ("jira.csv", "github.csv", "azure.csv", "user_stories.md")}
    assert written >= stories | {"activation.html", "activation.xlsx", "activation.pptx", "content_plan.ics", "feedback.csv",
                                 "screener.html", "screener.xlsx", "rules/persona_rule.json"}  # fmt: skip
    content = json.loads((workspace.deliverables / "evidence.json").read_text(encoding="utf-8"))
    assert len({entry["id"] for entry in content["claims"]}) == len(content["claims"]) > len(small_plan.lines)
    before = (workspace.deliverables / "activation.html").read_bytes()
    deliver(workspace, formats=["html"])
    assert (workspace.deliverables / "activation.html").read_bytes() == before
