"""The coding desk in a live JupyterLab: code three lines with mouse and keyboard, close the browser, and find them again."""

import pandas as pd
import pytest

from personakit.voices_coding import read_codings
from personakit.voices_coding_session import CodingSession
from tests.browser.live_lab import LIVE, kept, live_lab, opened

pytestmark = LIVE
CELL = """import pandas as pd
import personakit as pk
from personakit.render.coding_desk import CodingDesk
texts = pd.read_parquet("texts.parquet")
CodingDesk(pk.CodingSession(__import__("pathlib").Path("coding"), texts, coder="aino"))"""
SAID = ["The price was right.", "It came far too late.", "قیمت مهم است", "Nobody answered <b>me</b>.", "I would come again."]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab of its own, with a notebook that shows the desk."""
    folder = tmp_path_factory.mktemp("lab")
    texts = pd.DataFrame({"key": [f"interviews|talk|{n}" for n in range(1, 6)], "source": "interviews", "document": "talk",
                          "line": range(1, 6), "customer_id": "C1", "text": SAID})  # fmt: skip
    texts.to_parquet(folder / "texts.parquet")
    session = CodingSession(folder / "coding", texts, coder="aino")
    for code in ("price", "late_parcel"):
        session.add_code(code)
    with live_lab(folder, CELL) as address:
        yield address, folder


def tick_by_key(page, position):
    """Tick a line with the space bar; once more when the lines were drawn anew in between."""
    for _ in range(5):
        page.locator(".pk-desk .widget-checkbox input").nth(position).press("Space")
        page.wait_for_timeout(500)
        if page.locator(".pk-desk .widget-checkbox input:checked").count():
            return
    raise AssertionError("no line was ticked")


def test_codes_are_there_after_the_browser_was_closed(lab):
    """Three lines are coded, two by mouse and one by keyboard; each is on disk at once, and there after a restart."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; pip install personakit[test]")
    address, folder = lab
    with playwright.sync_playwright() as driver:
        browser, page = opened(driver, address, ".pk-desk .widget-checkbox input")
        boxes = page.locator(".pk-desk .widget-checkbox input")
        assert boxes.count() == 5
        assert page.locator(".pk-desk .widget-checkbox").nth(3).inner_text().strip().endswith("Nobody answered <b>me</b>.")
        boxes.nth(0).check()
        boxes.nth(2).check()
        page.locator(".pk-desk button", has_text="Price").click()
        page.wait_for_selector(".pk-status:has-text('Saved: 2 codings')", timeout=20_000)
        assert len(read_codings(folder / "coding").table) == 2
        page.locator(".pk-desk .pk-chip").nth(1).wait_for()  # the lines are drawn anew after the status is
        tick_by_key(page, 1)
        page.locator(".pk-desk button", has_text="Late parcel").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector(".pk-status:has-text('Saved: 3 codings')", timeout=20_000)
        kept(page, folder, "desk.png")
        browser.close()
        browser, page = opened(driver, address, ".pk-desk .widget-checkbox input")
        page.wait_for_selector(".pk-desk .pk-chip", timeout=20_000)
        assert page.locator(".pk-desk .pk-chip").all_inner_texts() == ["Price", "Late parcel", "Price"]
        assert page.locator(".pk-desk .pk-chip").first.is_visible()
        browser.close()
    table = read_codings(folder / "coding").table[["coder", "line_first", "code"]]
    assert table.to_numpy().tolist() == [["aino", 1, "price"], ["aino", 2, "late_parcel"], ["aino", 3, "price"]]
