"""The sample planner sends invented surveys through the real pipeline."""

import numpy as np
import pytest

from personakit import sample_planner
from personakit.errors import PersonakitError
from personakit.render.charts import sample_chart
from personakit.sample_planner import SAMPLE_COLUMNS, plan_sample


@pytest.mark.parametrize(("respondents", "draws"), [((60,), 1), pytest.param((60, 180), 2, marks=pytest.mark.monthly)])
def test_clear_segments_need_fewer_people_than_blurred_ones(respondents, draws):
    """Clear segments are found by a small survey, blurred ones by none of this size; the same seed gives the same curve."""
    survey = {"n_items": 6, "n_segments": 3, "smallest_segment": 0.2, "respondents": respondents, "draws": draws}
    clear, blurred = plan_sample(**survey, distinctness=2.5), plan_sample(**survey, distinctness=0.3)
    assert clear.suggested == 60 and blurred.suggested is None
    assert (clear.table["rand_index"] > 0.7).all() and (blurred.table["rand_index"] < 0.3).all()
    assert clear.rule_of_thumb == (420, 600) and "420 to 600" in clear.says
    assert plan_sample(**survey, distinctness=2.5).table.equals(clear.table)


def test_surveys_that_were_simulated_before_are_looked_up(monkeypatch):
    """The default plan asks the file alone; a survey that is not in it is simulated, and told beside those that are."""
    told = []
    with monkeypatch.context() as without:
        without.setattr(sample_planner, "finding_of", None)
        plan = plan_sample(progress=lambda *step: told.append(step))
    assert told == [(80, 80)]
    assert plan.table.columns.tolist() == SAMPLE_COLUMNS and (plan.table["draws"] == 20).all()
    assert (plan.table["found_share_low"] <= plan.table["found_share"]).all()
    assert (plan.table["found_share_high"] >= plan.table["found_share"]).all()
    assert np.all(np.diff(plan.table["rand_index"]) > 0)
    assert len(sample_chart(plan).axes[0].lines) >= 2
    told.clear()
    plan = plan_sample(respondents=(60, 100), draws=1, progress=lambda *step: told.append(step))
    assert told == [(2, 2)] and plan.table["respondents"].tolist() == [60, 100]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"n_items": 2, "n_segments": 3}, "n_items: found 2 for 3 segments"),
        ({"smallest_segment": 0.5}, "allowed is a share up to 1/5"),
        ({"respondents": (20,)}, "allowed are sizes from 50 on"),
        ({"draws": 0}, "draws: found 0; allowed is 1"),
    ],
)
def test_surveys_that_cannot_be(options, expected):
    """Numbers that make no survey are refused with what is allowed."""
    with pytest.raises(PersonakitError, match=expected):
        plan_sample(**options)
