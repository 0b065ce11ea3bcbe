"""Deliverables in a real browser: nothing asked from outside, nothing clipped, both directions."""

import json
import os
import re
import shutil
from dataclasses import replace
from itertools import pairwise

import pandas as pd
import pytest

from personakit import screener_rule
from personakit.collection_templates import make_templates
from personakit.delivery_forms import MAP_SHEETS
from personakit.errors import ExtraNeededError
from personakit.handoffs import open_workspace
from personakit.privacy_record import processing_record
from personakit.render.cards import personas_page
from personakit.render.chromium import Print, print_pages
from personakit.render.collection_sheets import templates_page
from personakit.render.journey_maps import journeys_page
from personakit.render.journey_template import journey_template_page
from personakit.render.measurement_page import differences_page, measurement_page
from personakit.render.overview import overview_page
from personakit.render.record import processing_page
from personakit.render.screener_form import screener_page
from personakit.render.team_pages import activation_page

from ..conftest import monthly

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
def pages(small_run, small_study, small_screener, small_plan, small_review, tmp_path_factory):
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
        blank = journey_template_page(small_run.study, language=language)
        (folder / f"blank_{language}.html").write_text(blank, encoding="utf-8")
        (folder / f"activation_{language}.html").write_text(activation_page(small_plan, language=language), encoding="utf-8")
        told = small_review.review
        measured = measurement_page(told, small_review.decisions, language=language)
        (folder / f"measurement_{language}.html").write_text(measured, encoding="utf-8")
        (folder / f"differences_{language}.html").write_text(differences_page(told, language=language), encoding="utf-8")
        asked = screener_page(small_screener, small_run.personas.about, language=language)
        (folder / f"screener_{language}.html").write_text(asked, encoding="utf-8")
        templates = templates_page(make_templates(small_run.study, small_run.protected), language=language)
        (folder / f"templates_{language}.html").write_text(templates, encoding="utf-8")
        (folder / f"processing_{language}.html").write_text(processing_page(record, language=language), encoding="utf-8")
    return folder


KINDS = [
    "personas",
    "overview",
    "journeys",
    "activation",
    "measurement",
    "differences",
    "blank",
    "screener",
    "templates",
    "processing",
]


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
@pytest.mark.parametrize("language", ["fa", *monthly("en")])
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


@pytest.mark.parametrize("language", ["fa", *monthly("en", "nb", "fi")])
def test_cards_print_on_two_pages_of_a4_or_one_of_a3(small_run, tmp_path, language):
    """One page for the comparison, then two pages of A4, or one of A3, for each persona; the evidence is there."""
    sheets = [Print(personas_page(small_run.personas, small_run.profiles, language=language, paper=paper),
                    tmp_path / f"{paper}.pdf", paper=paper) for paper in ("a4", "a3")]  # fmt: skip
    written = print_pages(sheets)
    n = len(small_run.personas.personas)
    assert [pdf_pages(path) for path in written] == [[(842, 595)] + 2 * n * [(595, 842)], (1 + n) * [(1191, 842)]]


@pytest.mark.parametrize("language", ["fa", *monthly("en")])
def test_maps_print_on_a3(small_run, tmp_path, language):
    """A page for what stands before the maps, then one for each map and one for its evidence; the blank map is one page."""
    maps = Print(journeys_page(small_run.journeys, language=language), tmp_path / "maps.pdf", paper="a3", parts=MAP_SHEETS)
    blank = Print(journey_template_page(small_run.study, language=language), tmp_path / "blank.pdf", paper="a3", parts=".none")
    written = print_pages([maps, blank])
    n = len(small_run.journeys.maps)
    assert [pdf_pages(path) for path in written] == [(1 + 2 * n) * [(1191, 842)], [(1191, 842)]]


@pytest.mark.parametrize(("n_phases", "n_touchpoints"), [(3, 12), (8, 2), (8, 12)])
@pytest.mark.parametrize("width", [1280, 1920])
def test_maps_of_any_shape_fit_the_screen(browser, small_run, tmp_path, n_phases, n_touchpoints, width):
    """Few and many phases and touchpoints, long Finnish words: nothing is cut off; what is too wide can be scrolled to."""
    journeys = stretched(small_run.journeys, n_phases, n_touchpoints)
    (tmp_path / "maps.html").write_text(journeys_page(journeys, language="fi"), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto((tmp_path / "maps.html").as_uri())
    assert page.locator(".map").nth(1).locator(".phase").count() == n_phases
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    cut = page.evaluate("""[...document.querySelectorAll('.grid li, .phase, .lane')]
        .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent.slice(0, 80))""")
    assert cut == []
    names = page.evaluate("""[...document.querySelectorAll('.flow g text')].map(e => e.getBoundingClientRect())
        .map(b => [b.left, b.right, b.top, b.bottom])""")
    assert len(names) == n_phases * n_touchpoints
    columns = {}
    for left, right, top, bottom in names:
        columns.setdefault(round((left + right) / 40), []).append((top, bottom, left, right))
    assert len(columns) == n_phases
    for places in columns.values():
        assert all(one[1] <= other[0] + 4 for one, other in pairwise(sorted(places)))
    edges = [(min(place[2] for place in places), max(place[3] for place in places)) for _, places in sorted(columns.items())]
    assert all(one[1] <= other[0] for one, other in pairwise(edges))
    if shots := os.environ.get("PERSONAKIT_SCREENSHOTS"):
        page.screenshot(path=f"{shots}/maps_{n_phases}_{n_touchpoints}_{width}.png", full_page=True)
    page.close()


def stretched(journeys, n_phases, n_touchpoints):
    """The same maps with other numbers of phases and touchpoints, named with long words."""
    word = "Asiakaspalvelukeskustelupalstakokemus"
    old = list(journeys.phases)
    phases = {f"{word} {p}": [f"verkkokauppatilausvahvistus_{p}_{t}" for t in range(n_touchpoints)] for p in range(n_phases)}
    maps = {}
    for segment, cells in journeys.maps.items():
        found = []
        for p, phase in enumerate(phases):
            own = [cell for cell in cells if cell.place.split("|")[0] == old[p % len(old)]]
            found += [
                cell.model_copy(update={"place": f"{phase}|{cell.place.split('|')[1]}", "id": f"{cell.id}|{p}"}) for cell in own
            ]
        maps[segment] = found
    names = [name for touchpoints in phases.values() for name in touchpoints]
    begin = [("", name, 50) for name in names[:n_touchpoints]]
    steps = pd.DataFrame(begin + [(one, other, 20 + (i * j) % 90) for i, one in enumerate(names) for j, other in enumerate(names)
                          if i // n_touchpoints == j // n_touchpoints - 1], columns=["from", "to", "transitions"])  # fmt: skip
    return replace(journeys, phases=phases, maps=maps, funnel=journeys.funnel.iloc[:0], moments=journeys.moments.iloc[:0],
                   transitions=steps.reindex(columns=journeys.transitions.columns))  # fmt: skip


@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_blank_map_is_filled_saved_and_opened_again(browser, pages, tmp_path, language):
    """Words, signs of markup and feelings are in the saved page; it can be filled further; pasted looks are left behind."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page.goto((pages / f"blank_{language}.html").as_uri())
    page.locator(".grid .write").nth(3).fill("They compare <b>three</b> shops")
    for position, feeling in ((0, "1"), (2, "-1.5")):
        page.locator(".points input").nth(position).fill(feeling)
    with page.expect_download() as download:
        page.locator("#save").click()
    download.value.save_as(tmp_path / "saved.html")
    page.close()
    again = browser.new_page(viewport={"width": 1280, "height": 900})
    again.goto((tmp_path / "saved.html").as_uri())
    assert again.locator(".grid .write").nth(3).inner_text() == "They compare <b>three</b> shops"
    assert [again.locator(".points input").nth(n).input_value() for n in range(3)] == ["1", "0", "-1.5"]
    places = [tuple(map(float, pair.split(","))) for pair in again.locator("#line").get_attribute("points").split()]
    assert [y for _, y in places] == [55, 167.5] and (places[0][0] > places[1][0]) == (language == "fa")
    again.locator(".points input").nth(1).fill("2")
    assert len(again.locator("#line").get_attribute("points").split()) == 3
    again.on("dialog", lambda dialog: dialog.accept())
    again.locator("#clear").click()
    assert again.locator("#line").get_attribute("points") == "" and again.locator(".grid .write").nth(3).inner_text() == ""
    again.close()


@pytest.mark.parametrize("language", ["fi", "fa", *monthly("en", "nb")])
def test_handouts_print_on_a_sheet_each(small_run, tmp_path, language):
    """Card, empathy map and role card on one A4 each, the blank map on A3."""
    from personakit.delivery_handouts import write_handouts

    written = write_handouts(tmp_path, small_run.study, language=language)
    assert [path.name for path in written] == [f"handouts_{language}.pdf", f"journey_template_{language}.pdf"]
    assert [pdf_pages(path) for path in written] == [3 * [(595, 842)], [(1191, 842)]]


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


def test_the_form_tells_the_same_as_python(browser, pages, small_screener, people_who_answer, monkeypatch):
    """A thousand people, with missing and strange answers among them."""
    monkeypatch.setattr(screener_rule, "CERTAINTY_DIGITS", 6)  # the form does not round
    told = small_screener.tell(people_who_answer)
    page = browser.new_page()
    page.goto((pages / "screener_fa.html").as_uri())
    found = page.evaluate("rows => rows.map(row => window.personakit.tell(row))",
                          json.loads(people_who_answer.to_json(orient="records")))  # fmt: skip
    page.close()
    assert [None if one is None else [one["segment"], one["second"], one["lead"], one["sure"]] for one in found] == [
        None if pd.isna(row.segment) else [row.segment, row.second, row.lead, row.sure] for row in told.itertuples()
    ]
    certainty = pd.Series([one["certainty"] if one else None for one in found], dtype=float, index=told.index)
    pd.testing.assert_series_equal(certainty, told["certainty"], check_names=False, atol=1e-6)


@pytest.mark.parametrize("language", ["en", "fa"])
def test_a_person_is_told_while_answers_are_picked(browser, pages, small_screener, language):
    """Nothing is said before half of the answers are there; the next person starts with an empty form."""
    page = browser.new_page()
    page.goto((pages / f"screener_{language}.html").as_uri())
    before = page.locator("#told").inner_text()
    for question in range(3):
        assert page.locator("#told").inner_text() == before
        page.locator("fieldset").nth(question).locator("input").first.check()
    first = {question.name: question.answers[0] for question in small_screener.questions[:3]}
    row = {name: answer.text if answer.text else (answer.high or 0) - 1 for name, answer in first.items()}
    kinds = {question.name: question.kind for question in small_screener.questions}
    values = {name: value if kinds[name] == "choice" else float(value) for name, value in row.items()}
    table = pd.DataFrame([{question.name: values.get(question.name) for question in small_screener.questions}])
    assert small_screener.names[small_screener.tell(table)["segment"].iloc[0]] in page.locator("#told").inner_text()
    page.locator("#again").click()
    assert page.locator("#told").inner_text() == before and page.locator("input:checked").count() == 0
    page.close()
