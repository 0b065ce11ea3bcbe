"""The sample planner sends invented surveys through the real pipeline."""

import pytest

from personakit.errors import PersonakitError
from personakit.render.charts import sample_chart
from personakit.sample_planner import plan_sample


def test_clear_segments_need_fewer_people_than_blurred_ones():
    """Clear segments are found by a small survey, blurred ones by none of this size; the same seed gives the same curve."""
    clear = plan_sample(n_items=6, n_segments=3, smallest_segment=0.2, distinctness=2.5, respondents=(60, 180), draws=2)
    blurred = plan_sample(n_items=6, n_segments=3, smallest_segment=0.2, distinctness=0.3, respondents=(60, 180), draws=2)
    assert clear.suggested == 60 and blurred.suggested is None
    assert (clear.table["rand_index"] > 0.7).all() and (blurred.table["rand_index"] < 0.3).all()
    assert clear.rule_of_thumb == (420, 600) and "420 to 600" in clear.says
    again = plan_sample(n_items=6, n_segments=3, smallest_segment=0.2, distinctness=2.5, respondents=(60, 180), draws=2)
    assert again.table.equals(clear.table)
    assert len(sample_chart(clear).axes[0].lines) >= 2


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"n_items": 2, "n_segments": 3}, "n_items: found 2 for 3 segments"),
        ({"smallest_segment": 0.5}, "allowed is a share up to 1/5"),
        ({"respondents": (20,)}, "allowed are sizes from 50 on"),
    ],
)
def test_surveys_that_cannot_be(options, expected):
    """Numbers that make no survey are refused with what is allowed."""
    with pytest.raises(PersonakitError, match=expected):
        plan_sample(**options)
