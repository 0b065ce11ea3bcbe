"""Deliverables in a real browser: nothing asked from outside, nothing clipped, both directions."""

import shutil

import pytest

from personakit.collection_templates import make_templates
from personakit.handoffs import open_workspace
from personakit.privacy_record import processing_record
from personakit.render.collection_sheets import templates_page
from personakit.render.pages import journeys_page, personas_page
from personakit.render.record import processing_page

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync"]  # fmt: skip
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed; on Debian: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; pip install personakit[test]")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def pages(small_run, small_study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    workspace = open_workspace(small_study, work_dir=folder / "work")
    workspace.save("quality", small_run.protected.parts())
    workspace.save_sources(small_run.protected)
    record = processing_record(workspace)
    for language in ("en", "nb", "fi", "fa"):
        cards = personas_page(small_run.personas, small_run.profiles, language=language)
        (folder / f"personas_{language}.html").write_text(cards, encoding="utf-8")
        (folder / f"journeys_{language}.html").write_text(journeys_page(small_run.journeys, language=language), encoding="utf-8")
        templates = templates_page(make_templates(small_run.study, small_run.protected), language=language)
        (folder / f"templates_{language}.html").write_text(templates, encoding="utf-8")
        (folder / f"processing_{language}.html").write_text(processing_page(record, language=language), encoding="utf-8")
    return folder


@pytest.mark.parametrize("kind", ["personas", "journeys", "templates", "processing"])
@pytest.mark.parametrize("language", ["en", "nb", "fi", "fa"])
def test_pages_open_offline_and_fit_the_screen(browser, pages, kind, language):
    """No request leaves, no error is logged, the font is there, and nothing is wider than the screen."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    asked, logged = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: logged.append(message.text))
    page.on("pageerror", lambda error: logged.append(str(error)))
    page.goto((pages / f"{kind}_{language}.html").as_uri())
    page.evaluate("document.fonts.ready")
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert logged == []
    assert page.evaluate("document.fonts.check('16px Vazirmatn')")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    clipped = page.evaluate(
        "[...document.querySelectorAll('li, td, .phase, .lane, h2, h3, summary')]"
        ".filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth).length"
    )
    assert clipped == 0
    page.close()


def test_persian_runs_from_right_to_left(browser, pages):
    """The first phase stands right of the last one in Persian, left of it in Norwegian."""
    for language, first_is_right in (("fa", True), ("nb", False)):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto((pages / f"journeys_{language}.html").as_uri())
        first, last = (page.locator(".phase").nth(i).bounding_box()["x"] for i in (0, 4))
        assert (first > last) == first_is_right
        page.close()


def test_cards_print_one_to_a_page(browser, pages, tmp_path):
    """Printed, no card is cut and the evidence is there."""
    page = browser.new_page()
    page.goto((pages / "personas_en.html").as_uri())
    target = tmp_path / "cards.pdf"
    page.pdf(path=target, prefer_css_page_size=True, print_background=True)
    assert target.stat().st_size > 20_000
    page.close()
