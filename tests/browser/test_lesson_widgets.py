"""Segment chooser, evidence explorer and quiz in a live JupyterLab: move, choose and press, and see what is said."""

import shutil

import pytest

from personakit.handoffs import open_workspace
from personakit.quizzes import quiz_questions
from tests.browser.live_lab import LIVE, kept, live_lab, opened

pytestmark = LIVE
CELL = """import personakit as pk
from IPython.display import display
from personakit.render.evidence_explorer import EvidenceExplorer
from personakit.render.quiz_desk import Quiz
from personakit.render.segment_chooser import SegmentChooser
ws = pk.open_workspace("shop/study.yaml", work_dir="work")
features = pk.Features.from_parts(ws.load("features"))
segmentation = pk.Segmentation.from_parts(ws.load("segmentation", "", "rule"))
personas = pk.Personas.from_parts(ws.load("personas"))
display(SegmentChooser(features, segmentation), EvidenceExplorer(personas, features, segmentation), Quiz("segmentation"))"""

#: The picture has been drawn in full.
DRAWN = "selector => { const image = document.querySelector(selector + ' img'); return !!image && image.naturalWidth > 100; }"


@pytest.fixture(scope="module")
def lab(small_study, small_run, tmp_path_factory):
    """A JupyterLab beside a study with features, segments and cards."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(small_study.parent, folder / "shop")
    workspace = open_workspace(folder / "shop" / "study.yaml", work_dir=folder / "work")
    for step, result in (
        ("features", small_run.features),
        ("segmentation", small_run.segmentation),
        ("personas", small_run.personas),
    ):
        workspace.save(step, result.parts())
    with live_lab(folder, CELL) as address:
        yield address, folder


@pytest.fixture(scope="module")
def page(lab):
    """The notebook with its three controls, in one browser for all tests."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; pip install personakit[test]")
    with playwright.sync_playwright() as driver:
        browser, page = opened(driver, lab[0], ".pk-quiz button")
        yield page
        browser.close()


def test_the_chooser_follows_the_slider_and_the_list(page, lab):
    """Keys move the number, one variable is chosen, both are told; the button leads back."""
    chooser = page.locator(".pk-chooser")
    status = chooser.locator("p[role='status']")
    page.wait_for_function(DRAWN, arg=".pk-chooser", timeout=20_000)
    start = status.inner_text()
    handle = chooser.locator(".noUi-handle")
    handle.focus()
    handle.press("ArrowRight")
    page.wait_for_function(
        "before => document.querySelector('.pk-chooser p[role=status]').innerText !== before", arg=start, timeout=20_000
    )
    moved = status.inner_text()
    assert int(moved.split()[0]) == int(start.split()[0]) + 1
    chooser.locator("code", has_text="n_segments = ").wait_for(timeout=20_000)
    chooser.locator("select[multiple]").select_option(index=[0, 1])
    status.filter(has_text="from 2 variables").wait_for(timeout=20_000)
    kept(page, lab[1], "chooser.png")
    chooser.locator("button", has_text="Back to the start").click()
    status.filter(has_text=start).wait_for(timeout=20_000)
    assert page.locator(".jp-OutputArea-output.jp-RenderedHTMLCommon >> text=The answer").count() == 0  # the twin is for paper


def test_the_explorer_shows_each_line_that_is_clicked(page, lab, small_run):
    """Another persona, one of its lines with figures: its picture and its source; then an assumption, if there is one."""
    explorer = page.locator(".pk-evidence")
    card = small_run.personas.personas[1]
    explorer.locator("select").nth(0).select_option(card.name)
    place = next(i for i, line in enumerate(card.claims) if line.evidence and line.evidence[0].type == "figure" and i > 0)
    figure = card.claims[place].evidence[0]
    page.wait_for_function(
        "n => document.querySelectorAll('.pk-evidence select')[1].options.length === n", arg=len(card.claims), timeout=20_000
    )
    explorer.locator("select").nth(1).select_option(index=place)
    explorer.locator("li", has_text=f"n = {figure.n:,}").first.wait_for(timeout=20_000)
    page.wait_for_function(DRAWN, arg=".pk-evidence", timeout=20_000)
    kept(page, lab[1], "explorer.png")


def test_the_quiz_says_why(page, lab):
    """A wrong answer, then the right one of the same question."""
    quiz = page.locator(".pk-quiz")
    question = quiz_questions("segmentation")[0]
    wrong, right = (next(answer for answer in question.answers if answer.right is wanted) for wanted in (False, True))
    quiz.locator("button", has_text=wrong.text).click()
    quiz.locator("p[role='status']", has_text="Not quite.").wait_for(timeout=20_000)
    quiz.locator("button", has_text=right.text).click()
    quiz.locator("p[role='status']", has_text="✓ Right.").wait_for(timeout=20_000)
    assert right.why in quiz.inner_text()
    kept(page, lab[1], "quiz.png")
