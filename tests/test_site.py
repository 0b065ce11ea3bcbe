"""The course site: it builds without a warning and without the internet, its links lead somewhere, and its words are whole."""

import importlib.util
import re
from pathlib import Path

import pytest

import personakit
from personakit.handoffs import STEPS, numbered
from personakit.locale import Words

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def builder():
    spec = importlib.util.spec_from_file_location("build_site", DOCS / "build_site.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def site(builder, tmp_path_factory):
    pytest.importorskip("myst_nb", reason='the course site needs the extra docs; pip install "personakit[docs]"')
    folder = tmp_path_factory.mktemp("site") / "made"
    builder.build(folder)
    return folder


def test_the_site_has_every_notebook_exercise_and_function(site):
    """Building raises for a warning or a broken link; here: nothing was left out, and results are on the pages."""
    for step in STEPS:
        page = (site / "notebooks" / f"{numbered(step)}.html").read_text(encoding="utf-8")
        assert "Key points" in page and "cell_output" in page
        assert (site / "exercises" / f"{numbered(step)}.html").exists()
    reference = "".join(path.read_text(encoding="utf-8") for path in (site / "api").glob("*.html"))
    missing = [name for name in personakit.__all__ if f'id="{getattr(personakit, name).__module__}.{name}"' not in reference]
    assert not missing
    assert (site / "exercises" / "facilitator" / "run_sheets.html").exists() and (site / "searchindex.js").exists()
    chooser = (site / "notebooks" / "06_segmentation.html").read_text(encoding="utf-8")
    assert "segments by k-means from" in chooser and "widget-view" not in chooser  # the plain twin stands for the control


def test_broken_links_and_the_internet_are_named(builder, tmp_path):
    """A page that is not there, a place that is not there, a script from elsewhere; links to the outside are left alone."""
    (tmp_path / "a.html").write_text(
        "<a href='b.html'></a><a href='#none'></a><a href='c.html#here'></a><a href='https://example.org'></a>"
        "<script src='https://example.org/x.js'></script>", encoding="utf-8")  # fmt: skip
    (tmp_path / "c.html").write_text("<p id='here'>", encoding="utf-8")
    assert builder.broken_links(tmp_path) == [
        "a.html: loads https://example.org/x.js from the internet", "a.html: b.html leads nowhere",
        "a.html: #none names a place that is not there"]  # fmt: skip


def test_words_are_whole_in_four_languages(builder):
    """Each word once, in the script of its language, with a meaning and a step; as the deliverables say it, where they do."""
    words = builder.glossary()
    assert len({word["en"] for word in words}) == len(words) >= 40
    for word in words:
        assert set(word) == {"en", "nb", "fi", "fa", "means", "step"} and word["step"] in STEPS and word["means"].endswith(".")
        assert re.search(r"[\u0600-\u06ff]", word["fa"]) and not re.search(r"[a-z]", word["fa"])
        for language in ("nb", "fi", "fa"):
            told = Words(language)(word["en"])
            assert told == word["en"] or word[language] in told or told in word[language], (word["en"], language, told)


def test_every_step_answers_a_question():
    """The page of questions leads to each notebook, by links that Sphinx checks."""
    page = (DOCS / "site" / "which_step.md").read_text(encoding="utf-8")
    assert set(re.findall(r"</notebooks/(\w+)>", page)) == {numbered(step) for step in STEPS}
    assert all(row.split("|")[1].strip().endswith("?") for row in page.splitlines() if "{doc}" in row)
