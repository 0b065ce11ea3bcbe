"""Deliverables in a real browser: nothing asked from outside, nothing clipped, both directions."""

import re
import shutil
from dataclasses import replace

import pytest

from personakit.collection_templates import make_templates
from personakit.errors import ExtraNeededError
from personakit.handoffs import open_workspace
from personakit.privacy_record import processing_record
from personakit.render.cards import personas_page
from personakit.render.chromium import Print, print_pages
from personakit.render.collection_sheets import templates_page
from personakit.render.journey_maps import journeys_page
from personakit.render.overview import overview_page
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
        overview = overview_page(small_run.personas, small_run.profiles, language=language)
        (folder / f"overview_{language}.html").write_text(overview, encoding="utf-8")
        (folder / f"journeys_{language}.html").write_text(journeys_page(small_run.journeys, language=language), encoding="utf-8")
        templates = templates_page(make_templates(small_run.study, small_run.protected), language=language)
        (folder / f"templates_{language}.html").write_text(templates, encoding="utf-8")
        (folder / f"processing_{language}.html").write_text(processing_page(record, language=language), encoding="utf-8")
    return folder


KINDS = ["personas", "overview", "journeys", "templates", "processing"]


@pytest.mark.parametrize("kind", KINDS)
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


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "fa"])
def test_pages_are_accessible(browser, pages, kind, language):
    """axe-core finds no serious or critical fault, with everything opened."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install personakit[test]").Axe()
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((pages / f"{kind}_{language}.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    found = axe.run(page).response["violations"]
    grave = [
        (v["id"], v["impact"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found if v["impact"] in {"serious", "critical"}
    ]
    assert grave == []
    page.close()


@pytest.mark.parametrize("language", ["en", "fa"])
def test_endless_names_and_marks_of_direction_do_not_break_a_card(browser, small_run, tmp_path, language):
    """Ten thousand letters without a space, and an override of direction: nothing is wider than the screen, nothing is asked."""
    first, second, *rest = small_run.personas.personas
    names = {first.segment: "x" * 10_000, second.segment: "\u202eabc\u2067<b>"}
    cards = [card.model_copy(update={"name": names[card.segment]}) for card in (first, second)]
    personas = replace(small_run.personas, personas=[*cards, *rest])
    for card in cards:
        text = personas_page(personas, small_run.profiles, language=language, only=card.segment)
        assert len(text.encode()) < 400_000
        (tmp_path / "card.html").write_text(text, encoding="utf-8")
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        asked = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto((tmp_path / "card.html").as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        page.close()


def test_persian_runs_from_right_to_left(browser, pages):
    """The first phase stands right of the last one in Persian, left of it in Norwegian."""
    for language, first_is_right in (("fa", True), ("nb", False)):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto((pages / f"journeys_{language}.html").as_uri())
        first, last = (page.locator(".phase").nth(i).bounding_box()["x"] for i in (0, 4))
        assert (first > last) == first_is_right
        page.close()


@pytest.mark.parametrize("language", ["en", "nb", "fi", "fa"])
def test_cards_print_on_two_pages_of_a4_or_one_of_a3(small_run, tmp_path, language):
    """One page for the comparison, then two pages of A4, or one of A3, for each persona; the evidence is there."""
    sheets = [Print(personas_page(small_run.personas, small_run.profiles, language=language, paper=paper),
                    tmp_path / f"{paper}.pdf", paper=paper) for paper in ("a4", "a3")]  # fmt: skip
    written = print_pages(sheets)
    n = len(small_run.personas.personas)
    assert [pdf_pages(path) for path in written] == [[(842, 595)] + 2 * n * [(595, 842)], (1 + n) * [(1191, 842)]]


def pdf_pages(path):
    """Width and height of every page, in points."""
    boxes = re.findall(rb"/MediaBox\s*\[([\d. ]+)\]", path.read_bytes())
    return [tuple(round(float(v)) for v in box.split()[2:]) for box in boxes]


def test_pictures_of_faces(small_run, tmp_path):
    """A picture of one card's face, with the persona's name on it and no back."""
    page = personas_page(small_run.personas, small_run.profiles, language="en", only=1)
    (target,) = print_pages([Print(page, tmp_path / "face.png", selector=".face")])
    assert target.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n" and target.stat().st_size > 20_000


def test_without_a_browser_the_line_that_installs_it(monkeypatch, tmp_path):
    """Nothing half-made is left."""
    monkeypatch.setattr("personakit.render.chromium.shutil.which", lambda name: None)
    with pytest.raises(ExtraNeededError, match="apt-get install chromium"):
        print_pages([Print("<p>x</p>", tmp_path / "x.pdf")])
    assert list(tmp_path.iterdir()) == []
