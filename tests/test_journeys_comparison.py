"""Comparisons: devices and times with partly the same people, personas phase by phase, touchpoints by reach and effect."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from personakit.journeys_comparison import _difference, compare_personas, compare_ways, rank_touchpoints


def test_the_difference_of_the_same_people_is_a_paired_test():
    """With everybody on both sides the error is that of the pairs; with nobody on both it is Welch's."""
    rng = np.random.default_rng(3)
    one, noise = rng.random(20_000), rng.normal(0, 0.3, 20_000)
    both = pd.DataFrame({"one": one, "other": np.clip(one + noise + 0.01, 0, 1)})
    found = _difference(both["one"], both["other"])
    paired = stats.ttest_rel(both["one"], both["other"])
    assert stats.norm.isf(found["p_value"] / 2) == pytest.approx(abs(paired.statistic), rel=0.01)
    apart = pd.DataFrame({"one": one, "other": both["other"]})
    apart.loc[:9_999, "one"], apart.loc[10_000:, "other"] = np.nan, np.nan
    welch = stats.ttest_ind(apart["one"].dropna(), apart["other"].dropna(), equal_var=False)
    assert stats.norm.isf(_difference(apart["one"], apart["other"])["p_value"] / 2) == pytest.approx(
        abs(welch.statistic), rel=0.01
    )


@pytest.mark.parametrize(("n", "other_n", "share"), [(41, 100, 0.87), (15, 60, 0.9), (25, 200, 0.95), (30, 30, 0.5)])
def test_few_people_near_all_or_none_are_rarely_called_different(n, other_n, share):
    """Of 600 pairs from one population at most 8 % lie beyond 95 %, and at most 1 % beyond 99.9 %; intervals cover."""
    rng = np.random.default_rng(n)
    found = [_difference(pd.Series((rng.random(n) < share) * 1.0), pd.Series((rng.random(other_n) < share) * 1.0))
             for _ in range(600)]  # fmt: skip
    p_values = np.array([1.0 if pair is None else pair["p_value"] for pair in found])
    assert (p_values < 0.05).mean() <= 0.08 and (p_values < 0.001).mean() <= 0.01
    assert np.mean([pair is None or pair["low"] <= 0 <= pair["high"] for pair in found]) >= 0.93


def test_few_people_or_no_spread_give_no_test():
    """Nine people are too few; a share of 1 on both sides has no error."""
    assert _difference(pd.Series([1.0, 0.0] * 4 + [1.0]), pd.Series([1.0, 0.0] * 20)) is None
    assert _difference(pd.Series(np.ones(50)), pd.Series(np.ones(50))) is None


def test_chance_alone_is_rarely_called_a_difference():
    """Of 40 differences of nothing, adjusted, hardly any stays; the planted one does."""
    rng = np.random.default_rng(8)
    columns, entries = {}, {}
    for i in range(40):
        for way in ("mobile", "desktop"):
            name = f"go_on_p{i}@device={way}"
            columns[name] = rng.choice([0.0, 0.5, 1.0], 300)
            entries[name] = {"group": "device", "phase": f"p{i}", "about": way}
    columns["go_on_p0@device=mobile"] = rng.choice([0.0, 1.0], 300, p=[0.75, 0.25])
    found = compare_ways(pd.DataFrame(columns), pd.DataFrame.from_dict(entries, orient="index"), pd.Series(1, index=range(300)))
    everyone = found[found["segment"] == 0]
    assert len(everyone) == 40 and everyone.loc[everyone["phase"] == "p0", "p_adjusted"].iloc[0] < 0.001
    assert (everyone.loc[everyone["phase"] != "p0", "p_adjusted"] < 0.05).sum() <= 2
    planted = everyone[everyone["phase"] == "p0"].iloc[0]
    assert (
        planted["way"] == "mobile" and planted["low"] < planted["difference"] < planted["high"] < 0 and planted["effect"] < -0.4
    )


def test_personas_side_by_side(small_run):
    """Every phase and measure has a value per persona, small cells hidden; one test for all of them."""
    from personakit.journeys_table import journey_table

    walked = journey_table(small_run.protected)
    labels = small_run.segmentation.labels
    table = walked.table.reindex(labels.index)
    found = compare_personas(table, walked.dictionary, labels, basis=small_run.basis, min_cell=5)
    assert found["n"].min() >= 5 and set(found["measure"]) == {"reach", "go_on", "back", "days", "wait", "stay", "feel"}
    reach = found[(found["phase"] == "decision") & (found["measure"] == "reach")].set_index("segment")["value"]
    assert reach.to_dict() == pytest.approx(table["reach_decision"].groupby(labels).mean().to_dict())
    tested = found.groupby(["phase", "measure"])["p_adjusted"].nunique(dropna=False)
    assert (tested == 1).all()


def test_touchpoints_by_reach_effect_and_feeling(small_run):
    """Reach is the share who used it; the effect compares those who came to the phase with and without it."""
    from personakit.journeys_table import journey_table

    walked = journey_table(small_run.protected, small_run.voices)
    found = rank_touchpoints(walked.table, walked.dictionary, min_cell=5).set_index("touchpoint")
    used = walked.table["touch_reviews"] == 1
    assert found.loc["reviews", "reach"] == pytest.approx(walked.table["touch_reviews"].mean())
    assert found.loc["reviews", "go_on_with"] == pytest.approx(walked.table.loc[used, "go_on_consideration"].mean())
    assert found.loc["reviews", "go_on_without"] == pytest.approx(walked.table.loc[~used, "go_on_consideration"].mean())
    assert found["feeling"].notna().sum() >= 3 and found["n"].is_monotonic_decreasing
