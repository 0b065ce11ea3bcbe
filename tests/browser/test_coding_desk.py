"""The coding desk in a live JupyterLab: code three lines with mouse and keyboard, close the browser, and find them again."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pandas as pd
import pytest

from personakit.voices_coding import read_codings
from personakit.voices_coding_session import CodingSession
from tests.browser.test_deliverables import ARGS, CHROMIUM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed; on Debian: apt-get install chromium"),
]
TOKEN = "for-tests-only"
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
    cell = {"cell_type": "code", "id": "desk", "execution_count": None, "metadata": {}, "outputs": [], "source": CELL}
    notebook = {"cells": [cell], "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}}, "nbformat": 4,
                "nbformat_minor": 5}  # fmt: skip
    (folder / "desk.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    settings = folder / ".settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews":"false","checkForUpdates":false}', encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {"JUPYTER_CONFIG_DIR": ".config", "JUPYTER_RUNTIME_DIR": ".runtime", "JUPYTERLAB_SETTINGS_DIR": ".settings",
           "JUPYTERLAB_WORKSPACES_DIR": ".workspaces", "IPYTHONDIR": ".ipython"}  # fmt: skip
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--expose-app-in-browser", "--allow-root",
               "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}",
               f"--ServerApp.root_dir={folder}", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]  # fmt: skip
    with (folder / "lab.log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT,
                                  env=os.environ | {name: str(folder / value) for name, value in own.items()})  # fmt: skip
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(120):
                try:
                    urllib.request.urlopen(f"{address}/api/status?token={TOKEN}")
                    break
                except OSError:
                    time.sleep(0.5)
            yield address, folder
        finally:
            server.terminate()
            server.wait(20)


def opened(driver, address):
    """A new browser with the notebook open and its cell run."""
    browser = driver.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGS)
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{address}/lab/tree/desk.ipynb?token={TOKEN}&reset")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
    page.wait_for_function(
        """() => { const w = window.jupyterapp && window.jupyterapp.shell.currentWidget;
                   const s = w && w.sessionContext && w.sessionContext.session;
                   return !!(s && s.kernel && w.sessionContext.isReady && s.kernel.status === 'idle'); }""",
        timeout=60_000,
    )
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_selector(".pk-desk .widget-checkbox input", timeout=60_000)
    return browser, page


def test_codes_are_there_after_the_browser_was_closed(lab):
    """Three lines are coded, two by mouse and one by keyboard; each is on disk at once, and there after a restart."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; pip install personakit[test]")
    address, folder = lab
    with playwright.sync_playwright() as driver:
        browser, page = opened(driver, address)
        boxes = page.locator(".pk-desk .widget-checkbox input")
        assert boxes.count() == 5
        assert page.locator(".pk-desk .widget-checkbox").nth(3).inner_text().strip().endswith("Nobody answered <b>me</b>.")
        boxes.nth(0).check()
        boxes.nth(2).check()
        page.locator(".pk-desk button", has_text="Price").click()
        page.wait_for_selector(".pk-status:has-text('Saved: 2 codings')", timeout=20_000)
        assert len(read_codings(folder / "coding").table) == 2
        page.locator(".pk-desk .widget-checkbox input").nth(1).focus()
        page.keyboard.press("Space")
        page.locator(".pk-desk button", has_text="Late parcel").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector(".pk-status:has-text('Saved: 3 codings')", timeout=20_000)
        page.screenshot(path=folder / "desk.png")
        browser.close()
        browser, page = opened(driver, address)
        page.wait_for_selector(".pk-desk .pk-chip", timeout=20_000)
        assert page.locator(".pk-desk .pk-chip").all_inner_texts() == ["Price", "Late parcel", "Price"]
        assert page.locator(".pk-desk .pk-chip").first.is_visible()
        browser.close()
    table = read_codings(folder / "coding").table[["coder", "line_first", "code"]]
    assert table.to_numpy().tolist() == [["aino", 1, "price"], ["aino", 2, "late_parcel"], ["aino", 3, "price"]]
    if os.environ.get("PERSONAKIT_SCREENSHOTS"):
        shutil.copy(folder / "desk.png", os.environ["PERSONAKIT_SCREENSHOTS"])
