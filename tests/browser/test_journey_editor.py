"""The journey editor in a live JupyterLab: drag the curve, change lines, map again from the sources, and find the edits there."""

import shutil

import pytest
import yaml

import personakit as pk
from personakit.handoffs import open_workspace
from personakit.journeys_edits import map_edits_file
from tests.browser.live_lab import LIVE, kept, live_lab, opened

pytestmark = LIVE
CELL = """import personakit as pk
from personakit.render.journey_editor import JourneyEditor
ws = pk.open_workspace("shop/study.yaml", work_dir="work")
personas = pk.Personas.from_parts(ws.load("personas"))
maps = pk.JourneyMaps.from_parts(ws.load("journeys"))
JourneyEditor(pk.JourneySession(maps, personas, ws.study.folder, who="aino"))"""


@pytest.fixture(scope="module")
def lab(small_study, small_run, tmp_path_factory):
    """A JupyterLab beside a study that has been run up to its maps."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(small_study.parent, folder / "shop")
    shutil.rmtree(folder / "shop" / "journeys", ignore_errors=True)
    workspace = open_workspace(folder / "shop" / "study.yaml", work_dir=folder / "work")
    for step in ("personas", "journeys"):
        workspace.save(step, getattr(small_run, step).parts())
    with live_lab(folder, CELL) as address:
        yield address, folder


def drag_to_the_bottom(page, handle, curve):
    """Drag a handle of the curve with the mouse."""
    handle.scroll_into_view_if_needed()
    box, field = handle.bounding_box(), curve.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, field["y"] + field["height"] - 8, steps=8)
    page.mouse.up()


def test_the_curve_is_dragged_and_edits_survive_a_new_run(lab, small_run):
    """Drag a handle with the mouse, move another with the keys, rewrite, add, undo; the maps made anew hold all of it."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; pip install personakit[test]")
    address, folder = lab
    name, phases = small_run.journeys.names[1], list(small_run.journeys.phases)
    with playwright.sync_playwright() as driver:
        browser, page = opened(driver, address, ".pk-editor .pk-line")
        editor, frame = page.locator(".pk-editor"), page.frame_locator(".pk-editor iframe.pk-map")
        frame.locator("h2", has_text=name).wait_for()
        drag_to_the_bottom(page, editor.locator(".pk-curve .noUi-handle").nth(2), editor.locator(".pk-curve"))
        editor.locator(".pk-phase", has_text="wanted −2.0").wait_for()
        other = editor.locator(".pk-curve .noUi-handle").nth(3)
        other.focus()
        other.press("Home")
        editor.locator(".pk-phase", has_text="wanted −2.0").nth(1).wait_for()
        other.focus()
        for _ in range(2):
            other.press("ArrowUp")
        editor.locator(".pk-phase", has_text="wanted −1.0").wait_for()
        frame.locator(".curve svg path").nth(1).wait_for()
        editor.locator(".widget-dropdown", has_text="Phase").locator("select").select_option(index=2)
        editor.locator(".pk-line", has_text="cart:").first.wait_for()
        row = editor.locator(".widget-hbox", has=page.locator(".pk-line", has_text="come this far")).last
        row.locator("button", has_text="Rewrite").click()
        editor.locator(".widget-hbox:has(button:has-text('Save'))").last.locator("input").fill("Too few come this far")
        editor.locator("button", has_text="Save").click()
        frame.locator("li", has_text="Too few come this far").first.wait_for()
        own = editor.locator("input[placeholder^='A pain']")
        for lane, text in (("Opportunities", "Pay with one tap"), ("Who owns it", "The web team")):
            editor.locator(".widget-dropdown", has_text="Lane").locator("select").select_option(lane)
            own.fill(text)
            own.press("Tab")
            editor.locator("button", has_text="Add line").click()
            frame.locator("li", has_text=text).wait_for()
        assert "assumption" in frame.locator("li", has_text="Pay with one tap").inner_text()
        editor.locator("button", has_text="Undo").click()
        frame.locator("li", has_text="The web team").wait_for(state="detached")
        kept(page, folder, "journey_editor.png")
        browser.close()
    edits = yaml.safe_load(map_edits_file(folder / "shop", name).read_text(encoding="utf-8"))["edits"]
    assert [edit["do"] for edit in edits if edit["do"] != "to_be"] == ["rewrite", "add"]
    assert {edit["phase"]: edit["feeling"] for edit in edits if edit["do"] == "to_be"} == {phases[2]: -2, phases[3]: -1}

    study = pk.open_study(folder / "shop" / "study.yaml")
    protected = pk.protect(pk.check_quality(pk.load_sources(study)).clean)
    again = pk.map_journeys(protected, small_run.segmentation, small_run.personas, small_run.profiles,
                            voices=pk.read_voices(protected))  # fmt: skip
    cells = [cell for cell in pk.apply_map_edits(again, small_run.personas, study.folder).maps[1] if cell.kind == "edited"]
    assert {cell.place for cell in cells} == {f"{phases[2]}|doing", f"{phases[2]}|opportunities", f"{phases[2]}|to_be",
                                              f"{phases[3]}|to_be"}  # fmt: skip
    assert all(not cell.edit.data_now for cell in cells)
