"""A reader who subtracts: no group under min_cell can be worked out from the figures of steps 03 and 07."""

import numpy as np
import pytest

from personakit.exploration import explore

SMALLEST = 5


def answers(table, column):
    """People per answer, as the reader would like to know them."""
    return table[column].dropna().astype("str").value_counts()


def test_shares_of_the_whole(small_run):
    """What is left when the shown answers of one variable are taken away is nobody, or no small group."""
    figures = explore(small_run.protected).figures
    shares = figures[(figures["statistic"] == "share") & figures["source"].isin(["customers", "survey"])]
    assert len(shares) > 20
    for (role, column), rows in shares.groupby(["source", "variable"]):
        counts = answers(small_run.protected[role].to_pandas(), column)
        shown = set(rows["category"])
        left = counts[~counts.index.isin(shown)]
        assert (counts[counts.index.isin(shown)] >= SMALLEST).all(), column
        assert left.sum() == 0 or left.sum() >= SMALLEST, column
        assert rows["n"].nunique() == 1


def test_shares_of_the_segments(small_run):
    """Nor when the shown segments are taken from everybody: the answer of one hidden segment never follows."""
    profiles = small_run.profiles
    rows = profiles.table[(profiles.table["statistic"] == "share")]
    assert len(rows) > 100
    segments = set(small_run.segmentation.segments)
    tried = 0
    for (feature, category), own in rows.groupby(["feature", "category"]):
        values = small_run.features.table[feature].reindex(small_run.segmentation.labels.index)
        yes = (values.astype("str") == category) if category else values == 1
        counts = yes.groupby(small_run.segmentation.labels).sum()
        bases = values.notna().groupby(small_run.segmentation.labels).sum()
        shown = set(own["segment"])
        for row in own.itertuples():
            inside = counts[row.segment]
            assert inside == 0 or inside >= SMALLEST, (feature, category)
            assert row.estimate * row.n == pytest.approx(inside)
        hidden = sorted(segments - shown)
        # everybody's answer follows from any shown segment and the others beside it
        left = counts.reindex(hidden).sum()
        tried += bool(hidden)
        if hidden and bases.reindex(hidden).sum() > 0:
            assert len(hidden) > 1 or counts[hidden[0]] == 0 or counts[hidden[0]] >= SMALLEST, (feature, category)
            assert left == 0 or left >= SMALLEST or np.isnan(left) or len(hidden) > 1, (feature, category)
    assert tried > 3
