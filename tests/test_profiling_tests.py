"""Tests over all segments against scipy, statsmodels and numbers of the literature."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency
from statsmodels.stats.contingency_tables import Table

from personakit.profiling_tests import chi_square, compare_segments, kruskal_wallis, related_to, welch_anova, with_basis

GROUPS = [np.array([6, 8, 4, 5, 3, 4.0]), np.array([8, 12, 9, 11, 6, 8.0]), np.array([13, 9, 11, 8, 7, 12.0])]


def test_chi_square_equals_scipy_and_statsmodels():
    """Statistic, p-value and adjusted residuals; Cramér's V with its bias taken away."""
    counts = np.array([[30, 10], [15, 25], [20, 20]])
    found, peer = chi_square(counts), chi2_contingency(counts, correction=False)
    assert (found["statistic"], found["p_value"], found["df"]) == pytest.approx((peer.statistic, peer.pvalue, peer.dof))
    assert found["residuals"] == pytest.approx(Table(counts).standardized_resids)
    assert found["effect"] == pytest.approx(0.2859766147004078, abs=1e-9)


def test_empty_answers_do_no_harm():
    """An answer that nobody gave is left out, and chance alone gives no effect."""
    found = chi_square(np.array([[10, 0, 10], [10, 0, 10]]))
    assert found["effect"] == 0 and found["p_value"] == pytest.approx(1)
    assert np.isnan(found["residuals"][:, 1]).all()


def test_effects_of_numbers():
    """Omega squared and the Kruskal-Wallis statistic of the textbook example; epsilon squared from 0 to 1."""
    assert welch_anova(GROUPS)["effect"] == pytest.approx(0.47870528109028965, abs=1e-9)
    found = kruskal_wallis(GROUPS)
    assert found["statistic"] == pytest.approx(9.420684835779168, abs=1e-9)
    assert found["effect"] == pytest.approx(9.420684835779168 / 17)
    apart = [np.arange(5.0), np.arange(5.0) + 100]
    assert 0.7 < kruskal_wallis(apart)["effect"] <= 1


def test_reference_numbers(real_data):
    """The same numbers as the tools named in the reference give."""
    import json

    reference = json.loads((real_data.parent / "reference" / "agreement_drift.json").read_text(encoding="utf-8"))
    table = reference["chi2_3x2"]
    found = chi_square(np.array(table["table"]))
    assert found["effect"] == pytest.approx(table["cramers_v_bias_corrected"], abs=1e-6)
    assert found["residuals"] == pytest.approx(np.array(table["adj_residuals"]), abs=1e-6)
    groups = [np.array(group, dtype=float) for group in reference["anova_3x6"]["groups"]]
    assert welch_anova(groups)["effect"] == pytest.approx(reference["anova_3x6"]["omega2"], abs=1e-6)
    assert kruskal_wallis(groups)["statistic"] == pytest.approx(reference["anova_3x6"]["kruskal_H"], abs=1e-6)


def test_the_basis_is_never_tested(small_run):
    """Features that made the segments have an effect and no p-value; the others are adjusted together."""
    tests = small_run.profiles.tests
    inside = tests[tests["in_basis"]]
    assert set(inside["feature"]) == set(small_run.basis)
    assert inside["p_value"].isna().all() and inside["effect"].min() > 0.1
    others = tests[~tests["in_basis"]]
    assert others["p_value"].notna().all() and (others["p_adjusted"] >= others["p_value"] - 1e-15).all()
    assert set(tests["effect_kind"]) == {"cramers_v", "epsilon_squared", "omega_squared"}


def test_thin_segments_and_constant_columns_are_left_out():
    """A segment of four people is not tested, a column with one value neither; a constant segment is tested by ranks."""
    labels = pd.Series([1] * 10 + [2] * 10 + [3] * 4)
    table = pd.DataFrame({"same": 1.0, "score": [1.0] * 10 + list(np.arange(10.0)) + [50.0] * 4})
    kinds = pd.DataFrame({"kind": ["number", "number"]}, index=list(table))
    found = compare_segments(table, kinds, labels, basis=[])
    assert found["feature"].tolist() == ["score"] and found["test"].tolist() == ["Kruskal-Wallis"] and found["n"].tolist() == [20]


def test_alike_in_every_segment_that_counts():
    """A value that differs only among the few people of a tiny segment is not tested: the others are all alike."""
    labels = pd.Series(np.repeat([1, 2, 3], [30, 30, 3]))
    table = pd.DataFrame({"texts": np.repeat([0.0, 0.0, 4.0], [30, 30, 3]), "word": np.repeat(["a", "a", "b"], [30, 30, 3])})
    kinds = pd.DataFrame({"kind": ["count", "nominal"]}, index=list(table))
    assert compare_segments(table, kinds, labels, basis=[]).empty


def test_relatives_of_the_basis():
    """What shares a source column with the basis; where the basis counts the rows of a source, all that the source tells."""
    features = pd.DataFrame({"columns": ["events.customer_id", "events.at", "survey.need_price"]},
                            index=["event_count", "weekend_share", "need_price"])  # fmt: skip
    journeys = pd.DataFrame({"columns": ["events.touchpoint, events.at", "events.touchpoint", "survey.csat"]},
                            index=["go_on_decision", "reach_decision", "feel_decision"])  # fmt: skip

    def related(*basis):
        return related_to(basis, with_basis(journeys, basis, features)) - set(basis)

    assert related("event_count") == {"go_on_decision", "reach_decision"}
    assert related("weekend_share") == {"go_on_decision"}
    assert related("need_price") == set()
    assert list(with_basis(journeys, ["need_price"], features).index) == [*journeys.index, "need_price"]
