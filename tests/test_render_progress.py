"""The progress bar in a terminal and in a notebook."""

import sys
from types import SimpleNamespace

import pytest

from personakit.render import progress
from personakit.render.progress import ProgressBar


def test_in_a_terminal_the_last_line_stays(capsys):
    """Parts that follow each other quickly are not all shown; the end always is."""
    bar = ProgressBar("Comparing")
    for done in range(1, 6):
        bar(done, 5)
    assert capsys.readouterr().err.endswith("\rComparing: 5 of 5\n")


def test_in_a_notebook_one_output_is_updated(monkeypatch):
    """One output is shown and then replaced; text is escaped; at the end a plain sentence stays."""
    shown = []
    handle = SimpleNamespace(update=lambda content: shown.append(content.data))
    monkeypatch.setattr(progress, "_in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda content, display_id: shown.append(content.data) or handle)
    bar = ProgressBar("<Comparing>")
    bar(1, 9)
    bar(9, 9)
    assert 'value="1"' in shown[0] and "&lt;Comparing&gt;" in shown[0]
    assert shown[1:] == ["<p>&lt;Comparing&gt;: 9 of 9 done.</p>"]


def test_without_a_kernel_it_is_no_notebook():
    """Plain Python writes to the terminal."""
    assert sys.stderr is not None and progress._in_notebook() is False


@pytest.mark.parametrize("total", [1, 3])
def test_it_fits_the_panel(total, capsys):
    """The panel calls it with what is done and what there is."""
    import pandas as pd

    import personakit as pk

    table = pd.DataFrame({"a": range(60), "b": [i % 7 for i in range(60)]})
    pk.compare_solutions(table, basis=["a", "b"], n_segments=range(2, 2 + total), families=["kmeans"], check_noise=False,
                         progress=ProgressBar("Comparing"))  # fmt: skip
    assert f"{total} of {total}" in capsys.readouterr().err
