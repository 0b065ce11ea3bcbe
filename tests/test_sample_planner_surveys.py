"""Surveys that were simulated before are what the pipeline finds today."""

import pytest

from personakit.sample_planner_surveys import Survey, finding_of, recorded_findings


@pytest.mark.parametrize(("distinctness", "respondents", "draw"), [(1.0, 100, 3), (1.5, 200, 11), (2.0, 100, 19)])
def test_recorded_surveys_are_what_the_pipeline_finds(distinctness, respondents, draw):
    """What is looked up is what is found when the survey is simulated; else ``python tests/record_surveys.py`` is due."""
    survey = Survey(12, 5, 0.15, distinctness, 1, respondents, draw)
    found, recorded = finding_of(survey), recorded_findings()[survey]
    assert (found.suggested, found.smallest_people) == (recorded.suggested, recorded.smallest_people)
    assert found.rand_index == pytest.approx(recorded.rand_index, abs=0.01)


def test_the_same_figures_are_the_same_survey():
    """Whole numbers and fractions name one survey, and the file names none twice."""
    recorded = recorded_findings()
    assert len(recorded) == 240 and Survey(12, 5, 0.15, 2, 1, 800, 0) in recorded
    assert Survey(12, 5, 0.15, 2.0, 2, 800, 0) not in recorded
