"""Printing: what is not installed is said with the line that installs it; the rest is in tests/browser."""

import sys

import pytest

from personakit.errors import ExtraNeededError
from personakit.render.chromium import Print, browser_path, print_pages


def test_without_a_browser(monkeypatch):
    """The line for Debian."""
    monkeypatch.setattr("personakit.render.chromium.shutil.which", lambda name: None)
    monkeypatch.setattr("personakit.render.chromium._MAC", ())
    with pytest.raises(ExtraNeededError, match="apt-get install chromium"):
        browser_path()


def test_without_playwright(monkeypatch, tmp_path):
    """The line for pip, and no file."""
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    with pytest.raises(ExtraNeededError, match=r"pip install \"personakit\[pdf\]\""):
        print_pages([Print("<p>x</p>", tmp_path / "x.pdf")])
    assert list(tmp_path.iterdir()) == []
