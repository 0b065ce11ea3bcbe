"""Cards as Markdown: every field, and signs of the data that are not read as markup."""

import pytest

from personakit.render.markdown import personas_markdown, plain_text


@pytest.mark.parametrize("language", ["en", "nb", "fi", "fa"])
def test_every_card_and_its_evidence(small_run, language):
    """A heading for each persona, its table of traits, and a numbered list of evidence."""
    text = personas_markdown(small_run.personas, small_run.profiles, language=language)
    assert text.count("\n## ") == len(small_run.personas.personas) + 1
    assert all(f"## {card.name}" in text for card in small_run.personas.personas)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len({line.replace("\\|", "").count("|") for line in rows}) == 1
    assert "\n1. " in text


def test_signs_of_markup_are_escaped():
    """Nothing in the data becomes a link, a tag, a heading or a table cell."""
    assert plain_text("[a](http://b) <i> # `c` | *d*\nnew") == r"\[a\](http://b) \<i\> \# \`c\` \| \*d\* new"


def test_role_cards_have_no_names(small_run):
    """Group numbers instead."""
    text = personas_markdown(small_run.personas, small_run.profiles, language="en", style="role")
    assert "## Group 1" in text and not any(f"## {card.name}" in text for card in small_run.personas.personas)
