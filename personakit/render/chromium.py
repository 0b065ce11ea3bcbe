"""PDF and PNG of the pages, made by an installed Chromium: the only printer here that also mirrors pages right to left."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from personakit.errors import ExtraNeededError
from personakit.handoffs import whole_file

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
_MAC = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium")
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
              "--disable-component-update", "--disable-sync"]  # fmt: skip
#: Pages and their printable size in CSS pixels, margins taken off; columns on A3 come out a line longer than on the screen.
_PAPER = {"a4": (718, 1047), "a3": (1512, 1020)}
#: A side is made as large as its page holds, within these; what is longer still goes on to the next page.
_SMALLEST_ZOOM, _LARGEST_ZOOM = 0.6, 1.35
_FIT = """([height, smallest, largest, parts]) => {
  const sides = document.querySelectorAll(parts);
  for (const side of sides) {
    let zoom = largest;
    side.style.zoom = zoom;
    const above = side.dataset.belowTitle === undefined ? 0 : side.getBoundingClientRect().top;
    while (side.getBoundingClientRect().height > height - above && zoom > smallest) {
      zoom -= 0.02;
      side.style.zoom = zoom;
    }
  }
}"""


@dataclass(frozen=True)
class Print:
    """
    One file to make from a page.

    Attributes
    ----------
    html : str
        The page.
    target : Path
        Where to write; ``.pdf`` or ``.png``.
    selector : str
        For a picture: which part of the page.
    paper : {"a4", "a3"}
        For a PDF.
    parts : str
        For a PDF: which parts of the page are made to fit on a sheet each (CSS selector).
    width : int
        For a picture: how wide the page is, in CSS pixels.
    """

    html: str
    target: Path
    selector: str = "main"
    paper: str = "a4"
    parts: str = ".persona .face, .persona .back"
    width: int = 1200


def browser_path() -> str:
    """
    Where an installed Chromium or Chrome lies.

    Raises
    ------
    ExtraNeededError
        If there is none; the message says how to install one.
    """
    found = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    found = found or next((path for path in _MAC if Path(path).exists()), None)
    if found is None:
        raise ExtraNeededError("PDF and PNG need an installed Chromium or Chrome; on Debian and Ubuntu: apt-get install chromium")
    return found


def print_pages(prints: Sequence[Print]) -> list[Path]:
    """
    Make PDF and PNG files, all with one browser.

    Parameters
    ----------
    prints : sequence of Print
        What to make.

    Returns
    -------
    list of Path
        The written files; each was written whole or not at all.

    Raises
    ------
    ExtraNeededError
        If playwright or a browser is missing; the message is the line that installs it.
    """
    with ThreadPoolExecutor(1) as thread:  # a notebook runs in an event loop, which the driver of the browser cannot share
        return thread.submit(_print_pages, prints).result()


def _print_pages(prints: Sequence[Print]) -> list[Path]:
    with _browser() as browser:
        for job in prints:
            page = browser.new_page(viewport={"width": _PAPER[job.paper][0], "height": 900}, device_scale_factor=2)
            page.route("**/*", lambda route: route.abort())  # nothing may be asked from outside
            page.set_content(job.html, wait_until="load")
            page.evaluate("document.fonts.ready")
            with whole_file(job.target) as temporary:
                temporary.write_bytes(_pdf(page, job) if job.target.suffix == ".pdf" else _picture(page, job))
            page.close()
    return [job.target for job in prints]


def _pdf(page: Any, job: Print) -> bytes:
    page.emulate_media(media="print")
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    page.evaluate(_FIT, [_PAPER[job.paper][1], _SMALLEST_ZOOM, _LARGEST_ZOOM, job.parts])
    return bytes(page.pdf(prefer_css_page_size=True, print_background=True))


def _picture(page: Any, job: Print) -> bytes:
    page.set_viewport_size({"width": job.width, "height": 900})
    return bytes(page.locator(job.selector).first.screenshot())


@contextmanager
def _browser() -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise ExtraNeededError('PDF and PNG need playwright; install it with: pip install "personakit[pdf]"') from None
    path = browser_path()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, headless=True, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()
