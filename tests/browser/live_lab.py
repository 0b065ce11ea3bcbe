"""A live JupyterLab of its own for tests of widgets, driven by a real browser."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import pytest

from tests.browser.test_deliverables import ARGS, CHROMIUM

#: What every test in a live JupyterLab is marked with.
LIVE = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed; on Debian: apt-get install chromium"),
]

_TOKEN = "for-tests-only"
_READY = """() => { const w = window.jupyterapp && window.jupyterapp.shell.currentWidget;
                    const s = w && w.sessionContext && w.sessionContext.session;
                    return !!(s && s.kernel && w.sessionContext.isReady && s.kernel.status === 'idle'); }"""


@contextmanager
def live_lab(folder, cell):
    """Start JupyterLab in a folder with a notebook of one cell; give its address."""
    content = {"cell_type": "code", "id": "only", "execution_count": None, "metadata": {}, "outputs": [], "source": cell}
    notebook = {"cells": [content], "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}}, "nbformat": 4,
                "nbformat_minor": 5}  # fmt: skip
    (folder / "test.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    settings = folder / ".settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews":"false","checkForUpdates":false}', encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {"JUPYTER_CONFIG_DIR": ".config", "JUPYTER_RUNTIME_DIR": ".runtime", "JUPYTERLAB_SETTINGS_DIR": ".settings",
           "JUPYTERLAB_WORKSPACES_DIR": ".workspaces", "IPYTHONDIR": ".ipython"}  # fmt: skip
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--expose-app-in-browser", "--allow-root",
               "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={_TOKEN}",
               f"--ServerApp.root_dir={folder}", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]  # fmt: skip
    with (folder / "lab.log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT,
                                  env=os.environ | {name: str(folder / value) for name, value in own.items()})  # fmt: skip
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(120):
                try:
                    urllib.request.urlopen(f"{address}/api/status?token={_TOKEN}")
                    break
                except OSError:
                    time.sleep(0.5)
            yield address
        finally:
            server.terminate()
            server.wait(20)


def opened(driver, address, wait_for):
    """A new browser with the notebook open and its cell run, once something of it is to be seen."""
    browser = driver.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGS)
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(f"{address}/lab/tree/test.ipynb?token={_TOKEN}&reset")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
    page.wait_for_function(_READY, timeout=60_000)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_selector(wait_for, timeout=60_000)
    return browser, page


def kept(page, folder, name):
    """Take a screenshot; it is kept where ``PERSONAKIT_SCREENSHOTS`` says."""
    page.screenshot(path=folder / name)
    if os.environ.get("PERSONAKIT_SCREENSHOTS"):
        shutil.copy(folder / name, os.environ["PERSONAKIT_SCREENSHOTS"])
