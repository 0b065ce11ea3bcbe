"""The evidence explorer: every line of the cards shows what it rests on, without a browser, and its plain twin."""

import pytest

from personakit.errors import PersonakitError
from personakit.evidence import Figure, Voice
from personakit.render.evidence_explorer import EvidenceExplorer


@pytest.fixture(scope="module")
def explorer(small_run):
    return EvidenceExplorer(small_run.personas, small_run.features, small_run.segmentation)


def test_every_line_shows_its_evidence(explorer, small_run):
    """Figures with a picture or a reason why not, quotes as they were said, assumptions as such; every fourth line."""
    lines = small_run.personas.claims[::4]
    assert {line.kind for line in lines} >= {"data", "voice", "assumption"}
    for line in lines:
        shown = explorer.evidence_of(line.id)
        assert shown.count("<li") == len(line.evidence)
        figures = [piece for piece in line.evidence if isinstance(piece, Figure)]
        assert ("<img" in shown or "not shown" in shown or "no interval" in shown) == bool(figures)
        assert all(f"n = {piece.n:,}" in shown for piece in figures)
        assert shown.count("“") >= sum(isinstance(piece, Voice) for piece in line.evidence)
        assert ("Nothing in the data backs it" in shown) == (not line.evidence)


def test_choosing_shows_the_lines_of_a_persona(explorer, small_run):
    """Another persona brings its own lines, and the first of them is shown."""
    card = small_run.personas.personas[1]
    explorer._whom.value = card.name
    assert [value for _, value in explorer._lines.options] == [line.id for line in card.claims]
    explorer._lines.value = card.claims[2].id
    assert explorer._shown.value == explorer.evidence_of(card.claims[2].id)


def test_on_paper_each_persona_has_a_line(explorer, small_run):
    """The plain twin names every persona and draws what sets it apart."""
    plain = explorer.plain()
    assert plain.count("<h4") == len(small_run.personas.personas) == plain.count("<img")


def test_text_of_data_is_escaped_and_a_wrong_line_is_said(explorer, small_run):
    """A quote with markup stays text; a misspelt line brings the nearest one."""
    quoted = next(line for line in small_run.personas.claims if any(isinstance(piece, Voice) for piece in line.evidence))
    piece = quoted.evidence[0].model_copy(update={"quote": "<script>alert(1)</script>"})
    assert "&lt;script&gt;" in explorer._piece(piece) and "<script>" not in explorer._piece(piece)
    line = small_run.personas.claims[0].id
    with pytest.raises(PersonakitError, match="no card has it"):
        explorer.evidence_of(line + "x")
