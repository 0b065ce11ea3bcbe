"""The persona editor in a live JupyterLab: edit cards, change the data, run again, and find the edits marked."""

import re
import shutil

import pandas as pd
import pytest
import yaml

import personakit as pk
from personakit.handoffs import open_workspace
from personakit.personas_edits import edits_file
from personakit.privacy import pseudonym_of
from tests.browser.live_lab import LIVE, kept, live_lab, opened

pytestmark = LIVE
CELL = """import personakit as pk
from personakit.render.persona_editor import PersonaEditor
ws = pk.open_workspace("shop/study.yaml", work_dir="work")
profiles = pk.SegmentProfiles.from_parts(ws.load("profiling"))
personas = pk.Personas.from_parts(ws.load("personas"))
PersonaEditor(pk.PersonaSession(personas, profiles, ws.study.folder, who="aino"))"""


@pytest.fixture(scope="module")
def lab(small_study, small_run, tmp_path_factory):
    """A JupyterLab beside a study that has been run up to its cards."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(small_study.parent, folder / "shop")
    shutil.rmtree(folder / "shop" / "personas", ignore_errors=True)
    workspace = open_workspace(folder / "shop" / "study.yaml", work_dir=folder / "work")
    for step, result in (("segmentation", small_run.segmentation), ("profiling", small_run.profiles),
                         ("personas", small_run.personas)):  # fmt: skip
        workspace.save(step, result.parts())
    with live_lab(folder, CELL) as address:
        yield address, folder


def cards_of(folder, earlier):
    """Run the changed study again, up to its cards, as notebooks 02 to 08 do."""
    study = pk.open_study(folder / "shop" / "study.yaml")
    protected = pk.protect(pk.check_quality(pk.load_sources(study)).clean)
    voices = pk.read_voices(protected)
    features = pk.build_features(protected, voices)
    basis = pk.choose_basis(features, study.segmentation)
    segmentation = pk.segment_customers(features, basis=basis, n_segments=5, random_state=1)
    profiles = pk.profile_segments(features, segmentation)
    computed = pk.write_personas(profiles, segmentation, study=study, features=features, voices=voices, earlier=earlier)
    return computed, pk.apply_edits(computed, profiles, study.folder), profiles, segmentation


def test_edits_survive_new_data_and_are_named_where_they_no_longer_fit(lab, small_run):
    """Rewrite, add, mark and undo in the browser; the data turn round on one line; the next run keeps all edits and says so."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; pip install personakit[test]")
    address, folder = lab
    card = small_run.personas.personas[0]
    line = next(line for line in card.at("interests") if line.evidence)
    label = line.params["label"]
    with playwright.sync_playwright() as driver:
        browser, page = opened(driver, address, ".pk-editor .pk-line")
        editor = page.locator(".pk-editor")
        frame = page.frame_locator(".pk-editor iframe.pk-card")
        frame.locator("h2", has_text=card.name).wait_for()
        row = editor.locator(".widget-hbox", has=page.locator(".pk-line", has_text=re.compile(rf"^{label}: "))).last
        row.locator("button", has_text="Rewrite").click()
        editor.locator(".widget-hbox:has(button:has-text('Save'))").last.locator("input").fill("Lives and breathes it")
        editor.locator("button", has_text="Save").click()
        frame.locator("li", has_text="Lives and breathes it").first.wait_for()
        assert "edited by aino" in frame.locator("li", has_text="Lives and breathes it").first.inner_text()
        editor.locator(".widget-dropdown", has_text="Field").locator("select").select_option("Objections")
        own = editor.locator("input[placeholder='A line of your own']")
        own.fill("Fears that it is too small")
        own.press("Tab")
        editor.locator("button", has_text="Add line").click()
        frame.locator("li", has_text="Fears that it is too small").first.wait_for()
        assert "assumption" in frame.locator("li", has_text="Fears that it is too small").first.inner_text()
        editor.locator(".widget-dropdown", has_text="Mark").locator("select").select_option("primary")
        frame.locator("h2 .mark", has_text="primary persona").wait_for()
        editor.locator(".widget-dropdown", has_text="Mark").locator("select").select_option("served")
        frame.locator("h2 .mark", has_text="served").wait_for()
        editor.locator("button", has_text="Undo").click()
        frame.locator("h2 .mark", has_text="primary persona").wait_for()
        editor.locator(".widget-dropdown", has_text="Persona").scroll_into_view_if_needed()
        kept(page, folder, "editor.png")
        browser.close()
    edits = yaml.safe_load(edits_file(folder / "shop", card.name).read_text(encoding="utf-8"))["edits"]
    assert [(edit["do"], edit["who"]) for edit in edits] == [("rewrite", "aino"), ("add", "aino"), ("mark", "aino")]

    column, members = line.evidence[0].column, small_run.segmentation.labels
    survey = pd.read_csv(folder / "shop" / "survey.csv", dtype=str, keep_default_na=False)
    study = pk.open_study(folder / "shop" / "study.yaml")
    segment = survey["customer_id"].map(lambda who: members.get(pseudonym_of(study, who), 0))
    turned = survey[column].map({"yes": "no", "no": "yes"}).fillna(survey[column])
    survey[column] = turned.where(segment == card.segment, "yes")
    survey.to_csv(folder / "shop" / "survey.csv", index=False, lineterminator="\n")
    _, edited, _, _ = cards_of(folder, small_run.personas)
    again = next(persona for persona in edited.personas if persona.name == card.name)
    assert again.mark == "primary"
    own = {line.params["text"]: line for line in again.claims if line.kind == "edited"}
    assert set(own) == {"Lives and breathes it", "Fears that it is too small"}
    assert own["Lives and breathes it"].edit.data_now == "contradicts" and own["Fears that it is too small"].grade == "assumed"
    assert [entry["line"] for entry in edited.about["edits_contradicted"]] == ["Lives and breathes it"]
