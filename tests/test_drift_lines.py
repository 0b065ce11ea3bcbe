"""Drift in words: a line per change with its figure, in four languages."""

import pytest

import personakit as pk
from personakit.locale import Words
from personakit.render.html import to_html
from personakit.render.pages import evidence_text

FEW = {"n_resamples": 199, "n_refits": 2, "random_state": 1}


@pytest.fixture(scope="module")
def told():
    """Reports on waves with each kind of change."""
    old = pk.simulate_wave(1_200, random_state=410)
    basis = [name for name in old.features.table if name.startswith("need_")]
    segmentation = pk.segment_customers(old.features, basis=basis, n_segments=5)
    found = {}
    for change in ("none", "mix", "moved", "new group"):
        new = pk.simulate_wave(1_200, random_state=411, change=change, change_state=3)
        found[change] = pk.detect_drift(old.features, new.features, segmentation=segmentation, **FEW)
    return found, old.features.dictionary


@pytest.mark.parametrize(("change", "place", "begins"), [
    ("none", "drift|verdict", "Keep the personas"), ("mix", "drift|mix", "“Inka” has "), ("moved", "drift|moved", "“Inka” has "),
    ("new group", "drift|new group", "There is a new group: ")])  # fmt: skip
def test_lines_say_what_changed(told, change, place, begins):
    """The verdict stands first; each change has its line, its figure and its persona."""
    report, dictionary = told[0][change], told[1]
    lines = pk.describe_drift(report, dictionary, dict.fromkeys(range(1, 6), "Inka"))
    assert lines[0].place == "drift|verdict" and len(lines) == 1 + len(report.findings)
    line = next(line for line in lines if line.place == place)
    assert Words("en").claim(line).startswith(begins)
    assert len({line.id for line in lines}) == len(lines) and all(line.evidence for line in lines)
    figure = line.evidence[0]
    assert figure.table == "drift" and "before" in evidence_text(figure, Words("en"))
    if change != "none":
        row = report.findings.iloc[0]
        assert (figure.estimate, figure.others) == (row["new"], row["old"]) and figure.n == row["new_n"]


@pytest.mark.parametrize("language", ["nb", "fi", "fa"])
def test_lines_are_said_in_each_language(told, language):
    """No English is left in a line but the wordings of the study."""
    words, english = Words(language), Words("en")
    for report in told[0].values():
        for line in pk.describe_drift(report, told[1]):
            assert words.claim(line) != english.claim(line)
    text = words.claim(next(line for line in pk.describe_drift(told[0]["moved"], told[1]) if line.place == "drift|moved"))
    assert told[0]["moved"].findings["feature"].map(told[1]["label"]).iloc[0] in text


def test_a_report_shows_itself(told):
    """In a notebook: the verdict, the changes, and the shares."""
    page = to_html(told[0]["mix"])
    assert "Update the cards" in page and "0.1" in page
