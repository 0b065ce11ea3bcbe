"""The segment chooser: what its controls do, without a browser, and its plain twin."""

import pytest

from personakit.render.segment_chooser import SegmentChooser
from personakit.segmentation import segment_customers


@pytest.fixture
def chooser(small_run):
    return SegmentChooser(small_run.features, small_run.segmentation)


def test_it_begins_with_the_segments_that_are_there(chooser, small_run):
    """The same number and basis, which is said; on paper the same look stands."""
    assert chooser._number.value == len(small_run.segmentation.segments)
    assert list(chooser._basis.value) == list(small_run.segmentation.basis)
    assert "that the notebook uses" in chooser._keep.value and "<img" in chooser._picture.value
    assert chooser._says.value[21:-4] in chooser.plain() and "<img" in chooser.plain()


def test_another_number_is_shown_at_once_with_what_keeps_it(chooser):
    """The words, the picture and the line to write change together; the way back is one press."""
    before = chooser._picture.value
    chooser._number.value = 6
    assert "6 segments by k-means" in chooser._says.value and chooser._picture.value != before
    assert "n_segments = 6" in chooser._keep.value and "basis" not in chooser._keep.value
    chooser._basis.value = chooser._basis.value[:2]
    assert "from 2 variables" in chooser._says.value and "segmentation: {basis: [" in chooser._keep.value
    chooser._reset()
    assert chooser._picture.value == before


def test_nothing_chosen_is_said(chooser):
    """No variable: one sentence in place of the picture, and nothing breaks."""
    chooser._basis.value = ()
    assert "choose at least one variable" in chooser._says.value and chooser._picture.value == ""


def test_it_shows_itself_live_and_plain(chooser, monkeypatch):
    """One output holds the control for JupyterLab and the plain twin for paper."""
    shown = []
    monkeypatch.setattr("IPython.display.publish_display_data", shown.append)
    chooser._ipython_display_()
    assert set(shown[0]) == {"text/html", "text/plain", "application/vnd.jupyter.widget-view+json"}
    assert shown[0]["text/html"] == chooser.plain()


def test_one_segment_for_all_is_not_called_two(small_run):
    """Where everybody is in one segment the slider begins at two, and says what would make them."""
    whole = segment_customers(small_run.features, basis=small_run.basis, n_segments=1)
    chooser = SegmentChooser(small_run.features, whole)
    assert chooser._number.value == 2 and "n_segments = 2" in chooser._keep.value
