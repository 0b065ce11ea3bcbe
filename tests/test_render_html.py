"""Results show themselves in a notebook."""

import pandas as pd
import pytest

from personakit.exploration import explore
from personakit.render.html import show_table, table_html, to_html
from personakit.segmentation_panel import compare_solutions


def test_every_result_shows_itself(small_run, blobs):
    """Each result type has a view."""
    results = [
        small_run.study,
        small_run.sources,
        small_run.report,
        explore(small_run.protected),
        small_run.voices,
        small_run.features,
        compare_solutions(blobs, basis=["a", "b"], n_segments=[2, 3]),
        small_run.segmentation,
        small_run.profiles,
        small_run.personas,
        small_run.journeys,
    ]
    for result in results:
        assert result._repr_html_() == to_html(result)
        assert "<" in to_html(result)


def test_unknown_results_are_refused():
    """Something that is no result has no view."""
    with pytest.raises(TypeError, match="dict has no view for notebooks"):
        to_html({})


def test_tables_round_escape_and_mark_what_is_missing():
    """Numbers are rounded, missing values are a dash, text is escaped."""
    table = pd.DataFrame({"a_b": [1.239, None], "c": ["<b>", "x"], "n": [12345, 2]})
    found = table_html(table)
    assert "<th style='text-align:left'>a b</th>" in found
    for cell in ("1.24", "–", "&lt;b&gt;", "12,345"):
        assert f">{cell}</td>" in found


def test_a_table_is_shown_whole():
    """Long texts are not cut, shares are in per cent, text is escaped; a sentence stays one, and no rows are said to be none."""
    long = "word " * 60 + "<b>"
    shown = show_table(pd.DataFrame({"text": [long], "share": [0.051502], "p_adjusted": [0.00123]}), digits=3).data
    assert "word " * 60 + "&lt;b&gt;" in shown and "5.2%" in shown and "0.001" in shown
    assert show_table("No <register>.").data == "<p>No &lt;register&gt;.</p>"
    assert "nothing to show" in show_table(pd.DataFrame(columns=["a"])).data
