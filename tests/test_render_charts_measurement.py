"""Pictures of step 11: what was measured is drawn where it lies, and a sentence stands for what is not there."""

from dataclasses import replace

import pytest

from personakit.render.charts_measurement import drift_chart, fidelity_chart, measured_chart, returns_chart


@pytest.mark.parametrize("place", ["campaigns", "satisfaction", "service", "repeat"])
def test_dots_stand_at_the_estimates(small_review, place):
    """One dot for each line that is drawn."""
    measurement = small_review.review.measurement
    figure = measured_chart(measurement, place)
    values = {round(line.evidence[0].estimate, 9) for line in measurement.lines if line.place == f"measurement|{place}"}
    drawn = [float(line.get_xdata()[0]) for axis in figure.axes for line in axis.lines if line.get_marker() == "o"]
    assert drawn and {round(x, 9) for x in drawn} <= values
    empty = replace(measurement, **{name: getattr(measurement, name).iloc[:0]
                                    for name in ("campaigns", "satisfaction", "service", "repeat")})  # fmt: skip
    assert measured_chart(empty, place).startswith("There is nothing to show")


def test_other_pictures(small_review):
    """Coming back, fidelity and the mix of both waves."""
    review = small_review.review
    assert len(returns_chart(review.measurement).axes[0].lines) == review.measurement.repeat["segment"].nunique()
    bars = fidelity_chart(review.fidelity).axes[0].patches
    assert [bar.get_width() for bar in bars] == review.fidelity.by_grade.loc[
        review.fidelity.by_grade["claims"] > 0, "share"
    ].tolist()
    dots = [
        line.get_xdata()[0] for line in drift_chart(review.drift, small_review.names).axes[0].lines if line.get_marker() == "o"
    ]
    assert dots == pytest.approx(review.drift.mix["new_share"].tolist())
