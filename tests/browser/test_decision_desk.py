"""The decision desk in a live JupyterLab: write a decision down on a line, note what came of it, undo, and find it again."""

import shutil

import pytest

from personakit.decisions import read_decisions
from personakit.handoffs import open_workspace
from tests.browser.live_lab import LIVE, kept, live_lab, opened

pytestmark = LIVE
CELL = """import personakit as pk
from personakit.render.decision_desk import DecisionDesk
ws = pk.open_workspace("shop/study.yaml", work_dir="work")
personas = pk.Personas.from_parts(ws.load("personas"))
DecisionDesk(ws.study.folder, personas.claims, {persona.segment: persona.name for persona in personas.personas})"""

#: All lines that are offered belong to one persona.
OF_ONE = """name => { const lines = [...document.querySelectorAll('.pk-decisions select[multiple]')[1].options];
                      return lines.length > 1 && lines.every(line => line.text.startsWith(name)); }"""


@pytest.fixture(scope="module")
def lab(small_study, small_run, tmp_path_factory):
    """A JupyterLab beside a study with its cards."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(small_study.parent, folder / "shop")
    open_workspace(folder / "shop" / "study.yaml", work_dir=folder / "work").save("personas", small_run.personas.parts())
    with live_lab(folder, CELL) as address:
        yield address, folder


def test_decisions_are_there_after_the_browser_was_closed(lab, small_run):
    """Written down on two lines, with its outcome; a second one is taken back; all on disk at once, and there after a restart."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; pip install personakit[test]")
    address, folder = lab
    card = small_run.personas.personas[0]
    with playwright.sync_playwright() as driver:
        browser, page = opened(driver, address, ".pk-decisions select option")
        desk = page.locator(".pk-decisions")
        status = desk.locator("p[role='status']")
        whom, rests = desk.locator("select[multiple]").nth(0), desk.locator("select[multiple]").nth(1)
        whom.select_option(card.name)
        page.wait_for_function(OF_ONE, arg=f"{card.name}:", timeout=20_000)
        desk.locator("input[placeholder='Who decided']").fill("Aino")
        desk.locator("input[placeholder='What was decided']").fill("Show <b>tests</b> first")
        desk.locator("input[placeholder='What is expected of it']").fill("More go on to the cart")
        rests.select_option(index=[0, 1])
        desk.locator("button", has_text="Write down").click()
        status.filter(has_text="Decision 1 is written down. Saved in decisions.yaml.").wait_for(timeout=20_000)
        found = read_decisions(folder / "shop")
        assert [(d.who, d.what, d.expected, len(d.claims)) for d in found] == [
            ("Aino", "Show <b>tests</b> first", "More go on to the cart", 2)
        ]
        desk.locator("input[placeholder='What happened']").fill("Four more of a hundred did")
        desk.locator("button", has_text="Note what happened").click()
        status.filter(has_text="What came of decision 1 is written down").wait_for(timeout=20_000)
        desk.locator("input[placeholder='What was decided']").fill("A slip")
        desk.locator("button", has_text="Write down").click()
        status.filter(has_text="Decision 2 is written down").wait_for(timeout=20_000)
        desk.locator("button", has_text="Undo").click()
        status.filter(has_text="The last entry is taken back").wait_for(timeout=20_000)
        kept(page, folder, "decisions.png")
        browser.close()
        browser, page = opened(driver, address, ".pk-decisions td")
        row = page.locator(".pk-decisions tbody tr")
        assert row.count() == 1
        cells = row.locator("td").all_inner_texts()
        assert cells[2:7] == [
            "Aino",
            "Show <b>tests</b> first",
            card.name,
            "More go on to the cart",
            "Four more of a hundred did",
        ]
        browser.close()
    assert [(d.what, d.happened) for d in read_decisions(folder / "shop")] == [
        ("Show <b>tests</b> first", "Four more of a hundred did")
    ]
