"""Figures of whole segments, against plain counting."""

import numpy as np
import pandas as pd
import pytest

from personakit.evidence import Figure
from personakit.personas_figures import (
    borderline_figures,
    has_traits,
    size_figures,
    total_share_figures,
    traits_of,
    traits_together,
    without_segment_figure,
)


def test_share_of_spending_and_its_interval():
    """The part of a sum; the interval holds the truth in 95 of 100 samples."""
    rng = np.random.default_rng(0)
    spend = np.where(np.arange(20_000) < 8_000, rng.gamma(2, 60, 20_000), rng.gamma(2, 30, 20_000))
    labels = pd.Series(np.where(np.arange(20_000) < 8_000, 1, 2))
    truth = spend[:8_000].sum() / spend.sum()
    dictionary = pd.DataFrame({"columns": ["orders.amount"]}, index=["spend"])
    held = 0
    for seed in range(300):
        some = np.sort(np.random.default_rng(seed).choice(20_000, 400, replace=False))
        table = pd.DataFrame({"spend": spend[some]})
        figure = total_share_figures(table, dictionary, labels.iloc[some].reset_index(drop=True))[1]
        held += figure.ci_low <= truth <= figure.ci_high
    assert 0.92 <= held / 300 <= 0.98
    exact = total_share_figures(pd.DataFrame({"spend": spend}), dictionary, labels)
    assert exact[1].estimate == pytest.approx(truth) and exact[1].estimate + exact[2].estimate == pytest.approx(1)
    assert total_share_figures(pd.DataFrame({"other": spend}), dictionary, labels) == {}


def test_shares_of_segments_and_borderline(small_run):
    """Sizes add up to everybody; borderline people are those that the segmentation counts."""
    dictionary = small_run.profiles.dictionary
    assert sum(f.estimate for f in size_figures(small_run.segmentation, dictionary).values()) == pytest.approx(1)
    unsure = borderline_figures(small_run.segmentation, dictionary)
    assert sum(round(f.estimate * f.n) for f in unsure.values()) == small_run.segmentation.n_borderline
    without = without_segment_figure(small_run.segmentation, small_run.features.table, dictionary)
    assert without.estimate == len(small_run.features.table) - len(small_run.segmentation.labels)


def trait(column, effect, **more):
    plain = {"key": f"features|{column}|{more.get('category', '')}|1", "table": "features", "column": column, "label": column,
             "unit": "", "sources": [f"survey.{column}"], "segment": 1, "statistic": "mean", "estimate": 4.0, "others": 2.0,
             "n": 9, "effect": effect, "effect_kind": "hedges_g"}  # fmt: skip
    return Figure(**plain | more)


def test_who_has_a_trait():
    """On the segment's side of the middle; the answer given; missing stays missing."""
    table = pd.DataFrame(
        {"a": [5.0, 3.0, 1.0, np.nan], "b": [1.0, 0.0, np.nan, 0.0], "c": pd.Series(["x", "y", None, "x"], dtype="str")}
    )
    held = has_traits(table, [trait("a", 1.0, estimate=4.0, others=2.0),
                              trait("b", -0.5, statistic="share", estimate=0.1, others=0.5),
                              trait("c", 0.8, statistic="share", category="x", estimate=0.7, others=0.3)])  # fmt: skip
    assert held.iloc[:, 0].fillna(-1).tolist() == [1, 0, 0, -1]
    assert held.iloc[:, 1].fillna(-1).tolist() == [0, 1, -1, 1]
    assert held.iloc[:, 2].fillna(-1).tolist() == [1, 0, -1, 1]


def test_traits_together_count_people_and_hide_few():
    """Shares of at least k traits equal plain counting, and no step gives away fewer than five people."""
    rng = np.random.default_rng(4)
    table = pd.DataFrame(
        (rng.random((300, 6)) < np.where(np.arange(300) < 100, 0.8, 0.3)[:, None]).astype(float), columns=list("abcdef")
    )
    labels = pd.Series(np.where(np.arange(300) < 100, 1, 2))
    traits = [trait(c, 1.0, statistic="share", estimate=0.8, others=0.3) for c in "abcdef"]
    steps = traits_together(table, labels, traits, 1, min_cell=5)
    number = table.sum(axis=1)
    shown = []
    for figure in steps:
        k = int(figure.category.split(" of ")[0])
        assert figure.estimate == pytest.approx((number[:100] >= k).mean())
        assert figure.others is None or figure.others == pytest.approx((number[100:] >= k).mean())
        shown.append(int((number[:100] >= k).sum()))
    assert len(steps) >= 3
    between = [a - b for a, b in zip([100, *shown], [*shown, 0], strict=True)]
    assert all(part == 0 or part >= 5 for part in between)
    assert traits_together(table.iloc[:4], labels.iloc[:4], traits, 1, min_cell=5) == []


def test_traits_are_differences_once_per_feature(small_run):
    """Largest first, no advice, no level."""
    traits = traits_of(small_run.personas.personas[0].claims)
    assert len({figure.column for figure in traits}) == len(traits) <= 10
    sizes = [abs(figure.effect) for figure in traits]
    assert sizes == sorted(sizes, reverse=True)
