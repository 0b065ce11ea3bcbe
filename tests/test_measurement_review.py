"""All that step 11 found, put together: every line with its figure, and files that give it back."""

import pandas as pd

import personakit as pk
from personakit.evidence import Figure
from personakit.measurement_quality import GRADE_COLUMNS, Fidelity
from personakit.measurement_review import AGENDA, PersonaReview, fidelity_lines


def test_every_line_has_a_figure_of_its_own(small_review):
    """Drift, measurement and fidelity; no two figures share a key unless they are the same."""
    lines = small_review.review.lines
    assert {line.place.split("|")[0] for line in lines} == {"drift", "measurement"}
    assert any(line.place == "measurement|quality" for line in lines)
    figures = {}
    for line in lines:
        for piece in line.evidence:
            assert isinstance(piece, Figure) and figures.setdefault(piece.key, piece) == piece
    assert len({line.id for line in lines}) == len(lines)


def test_files_give_it_back(small_review, tmp_path, small_run):
    """Written to a work folder and read again, lines and tables are the same."""
    review = small_review.review
    ws = pk.open_workspace(small_run.study.file, work_dir=tmp_path)
    ws.save("measurement", review.parts())
    again = PersonaReview.from_parts(ws.load("measurement"))
    assert [line.model_dump() for line in again.lines] == [line.model_dump() for line in review.lines]
    assert again.drift.verdict == review.drift.verdict and again.measurement.names == review.measurement.names
    pd.testing.assert_frame_equal(again.fidelity.by_grade, review.fidelity.by_grade)
    first = PersonaReview(review.measurement, review.fidelity)
    other = pk.open_workspace(small_run.study.file, work_dir=tmp_path / "first")
    other.save("measurement", first.parts())
    assert PersonaReview.from_parts(other.load("measurement")).drift is None


def test_names_of_the_cards_are_taken_over(small_review):
    """A persona that is renamed on its card is called so in every line."""
    found = small_review.review.renamed({1: "Somebody else"})
    told = [line for line in found.drift_lines if line.segment == 1 and "name" in line.params]
    assert told and all(line.params["name"] == "Somebody else" for line in told)
    assert found.measurement.names[1] == "Somebody else" and small_review.review.measurement.names[1] != "Somebody else"


def test_nothing_to_test_again_says_nothing():
    """Without a clear difference there is no line of fidelity; with some, the share is that of moderate and strong ones."""
    rows = [
        ["strong", 8, 7, 7 / 8, 0.5, 0.98, 0, 0],
        ["moderate", 2, 1, 0.5, 0.1, 0.9, 1, 0],
        ["weak", 9, 0, 0.0, 0.0, 0.3, 0, 0],
    ]
    table = pd.DataFrame(rows, columns=GRADE_COLUMNS)
    (line,) = fidelity_lines(Fidelity(pd.DataFrame(), table))
    assert (line.evidence[0].estimate, line.evidence[0].n) == (0.8, 10)
    assert fidelity_lines(Fidelity(pd.DataFrame(), table[table["grade"] == "weak"])) == []


def test_the_review_takes_an_hour():
    """The agenda adds up."""
    assert sum(AGENDA.values()) == 60


def test_a_first_wave_has_no_drift(small_run, tmp_path):
    """A work folder that goes on from nothing."""
    assert pk.drift_since(pk.open_workspace(small_run.study.file, work_dir=tmp_path), small_run.features) is None
