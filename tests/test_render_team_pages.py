"""The teams' pages: every line with its evidence, in four languages, nothing unescaped, names as the style wants."""

import re
from dataclasses import replace

import pytest

from personakit.activation_spending import Spending
from personakit.errors import PersonakitError
from personakit.locale import Words
from personakit.render.team_pages import activation_page, budget_of, matrix_of, people_of, show_team, shown_names, tasks_of


@pytest.mark.parametrize("language", ["en", "nb", "fi", "fa"])
def test_every_line_is_on_the_page(small_plan, language):
    """Each line stands there once for its team; each number leads to an entry of the list behind it."""
    page = activation_page(small_plan, language=language)
    anchors, targets = set(re.findall(r'href="#([a-z]+\d+-\d+)"', page)), set(re.findall(r'li id="([a-z]+\d+-\d+)"', page))
    assert anchors == targets and len(anchors) > 100
    assert "{" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL) and "None" not in page
    assert ('dir="rtl"' in page) == (language == "fa")


def test_the_same_plan_gives_the_same_page(small_plan):
    """Byte for byte."""
    assert activation_page(small_plan, language="nb") == activation_page(small_plan, language="nb")


def test_no_markup_from_data(small_plan):
    """What stands in the data is text on the page."""
    line = small_plan.lines[0]
    bad = line.model_copy(update={"params": line.params | {"label": "<script>alert(1)</script>"}})
    page = activation_page(replace(small_plan, lines=[bad, *small_plan.lines[1:]]), language="en")
    assert "<script>alert" not in page and "&lt;script&gt;" in page


def test_role_style_has_no_names(small_plan):
    """Groups by number, also inside stories."""
    page = activation_page(small_plan, language="en", style="role")
    text = re.sub(r"<[^>]+>", " ", page)
    assert not [name for name in small_plan.names.values() if re.search(rf"\b{name}\b", text)]
    assert "As Group 1, I want" in text
    assert shown_names(small_plan, Words("en"), "person") is small_plan


def test_tables(small_plan):
    """Channels by personas, and a budget that adds up; none where nothing is known."""
    words = Words("en", "EUR")
    matrix, budget = matrix_of(small_plan, words), budget_of(small_plan, words)
    assert len(matrix["rows"][0]["cells"]) == len(small_plan.names) == len(budget["rows"][0]["cells"])
    assert sum(row["share"] for row in budget["rows"]) == pytest.approx(1)
    bare = replace(small_plan, matrix=small_plan.matrix.iloc[:0], spending=Spending(), lines=[])
    assert matrix_of(bare, words) is None and budget_of(bare, words) is None
    assert "How to split the budget" not in activation_page(bare, language="en")


def test_stories_carry_their_criteria(small_plan):
    """A story stands with what has to be shown, and tasks are phases."""
    words = Words("en", "EUR")
    stories = [line for person in people_of(small_plan, "product", words) for field in person["fields"]
               if field["place"] == "stories" for line in field["lines"]]  # fmt: skip
    assert all(line["criteria"] and line["priority"] for line in stories)
    assert all(tasks for tasks in tasks_of(small_plan, words).values())


def test_one_team_in_a_notebook(small_plan):
    """The page of one team alone, in a frame without scripts; a wrong name is told."""
    shown = show_team(small_plan, "service").data
    assert 'sandbox=""' in shown and "Customer service" in shown and "How to split the budget" not in shown
    with pytest.raises(PersonakitError, match="there is no team 'servce'.*did you mean 'service'"):
        show_team(small_plan, "servce")
