"""Drift: the planted change is named, ordinary sampling is not, and bad input has one clear error."""

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit import errors
from personakit.drift import DriftReport, detect_drift
from personakit.features import Features
from personakit.simulation_waves import simulate_wave

FEW = {"n_resamples": 199, "n_refits": 9, "random_state": 1}


@pytest.fixture(scope="module")
def old():
    """A wave of the sample shop, and its segments."""
    wave = simulate_wave(1_500, random_state=400)
    basis = [name for name in wave.features.table if name.startswith("need_")]
    return wave.features, pk.segment_customers(wave.features, basis=basis, n_segments=5)


def compared(old, change, **options):
    """The report on a wave in which something was planted."""
    new = simulate_wave(1_500, random_state=401, change=change, change_state=3)
    return pk.detect_drift(old[0], new.features, segmentation=old[1], **{**FEW, **options}), new


def test_the_same_people_again_are_no_drift(old):
    """Another sample of the same customers: keep."""
    report, new = compared(old, "none")
    assert report.verdict == "keep" and report.findings.empty and report.kinds == []
    assert report.about["old_n"] == report.about["new_n"] == 1_500 and report.labels.index.equals(new.features.table.index)
    assert (report.structure["jaccard"] > 0.9).all() and report.about["rand_index"] > 0.9
    assert abs(report.mix["change"].sum()) < 1e-12


@pytest.mark.parametrize(("change", "verdict"), [("mix", "update the cards"), ("moved", "update the cards"),
                                                 ("split", "segment again"), ("new group", "segment again")])  # fmt: skip
def test_a_planted_change_is_named(old, change, verdict):
    """Each kind of change is found first, and where it was planted."""
    report, new = compared(old, change)
    assert report.verdict == verdict and report.kinds[0] == change
    first = report.findings.iloc[0]
    assert first["p_adjusted"] <= 0.01
    home = pd.crosstab(report.labels, new.groups)
    if change == "moved":
        assert report.kinds == ["moved"] and report.findings["segment"].nunique() == 1
        assert ((report.findings["low"] > 0) | (report.findings["high"] < 0)).all()
    elif change == "mix":
        assert sorted(np.sign(report.findings["new"] - report.findings["old"])) == [-1, 1]
        assert report.findings["low"].le(report.findings["new"] - report.findings["old"]).all()
    elif change == "new group":
        assert first["low"] <= 0.085 and first["high"] >= 0.06 and home.loc[first["segment"], "new"] > 0


def test_the_order_of_rows_changes_nothing(old):
    """Rows of both waves in another order, as plain tables, give the same report; files give it back."""
    report, new = compared(old, "mix", n_refits=3)
    turned = [features.table[::-1] for features in (old[0], new.features)]
    again = pk.detect_drift(*turned, segmentation=old[1], **{**FEW, "n_refits": 3})
    for name in ("findings", "mix", "profiles", "index", "structure"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(report, name))
    kept = DriftReport.from_parts(report.parts())
    assert kept.about == report.about and kept.findings.equals(report.findings) and kept.labels.equals(report.labels)


def test_other_families(old):
    """Models and tiers are compared with what they were made from; one segment alone has no structure to break."""
    features = old[0]
    half = Features(features.table.iloc[:600], features.dictionary)
    new = simulate_wave(600, random_state=402).features
    basis = [name for name in features.table if name.startswith("need_")]
    for family, n_segments in (("gaussian", 3), ("kmeans", 1)):
        segmentation = pk.segment_customers(half, basis=basis[:6], n_segments=n_segments, family=family)
        report = detect_drift(half, new, segmentation=segmentation, **{**FEW, "n_refits": 2})
        assert report.verdict == "keep", family
        assert (report.about["rand_index"] is None) == (n_segments == 1)


def test_features_of_one_wave_alone_are_named(old):
    """What only one wave has is listed and not compared."""
    features, segmentation = old
    new = simulate_wave(600, random_state=403).features
    new = Features(new.table.drop(columns="age").assign(extra=1.0), new.dictionary)
    report = detect_drift(features, new, segmentation=segmentation, **{**FEW, "n_refits": 2})
    assert report.about["old_only"] == ["age"] and report.about["new_only"] == ["extra"]
    assert not {"age", "extra"} & set(report.profiles["feature"])


def test_what_cannot_be_compared(old):
    """A wave without a basis variable, one too small, and a column that is not in both: one error, with all that is wrong."""
    features, segmentation = old
    lacking = Features(features.table.drop(columns=["need_price_1"]), features.dictionary)
    with pytest.raises(pk.DataError) as error:
        detect_drift(features, lacking, segmentation=segmentation, columns=["age", "shoe_size"])
    shared = errors.listing([name for name in features.table if name != "need_price_1"])
    assert str(error.value) == (
        "new wave: lacks need_price_1, which make the segments; build it with the same features\n"
        f"columns: shoe_size not in both waves; there are: {shared}"
    )
    few = Features(features.table.iloc[:20], features.dictionary)
    with pytest.raises(pk.DataError, match="new wave: 20 customers have a segment; at least 50 are needed to compare"):
        detect_drift(features, few, segmentation=segmentation)


def test_a_share_of_few_people_is_not_shown(old):
    """A segment that only a handful is left of, and an answer of a handful, stand without numbers."""
    features, segmentation = old
    keep = segmentation.labels[(segmentation.labels != 5) | (segmentation.labels.groupby(segmentation.labels).cumcount() < 3)]
    table = features.table.loc[keep.index].copy()
    table["tried"] = (np.arange(len(table)) < 4).astype(float)
    whole = features.table.assign(tried=(np.arange(len(features.table)) % 2).astype(float))
    report = pk.detect_drift(whole, table, segmentation=segmentation, **FEW)
    assert report.verdict != "keep" and 5 in set(report.findings.loc[report.findings["kind"] == "mix", "segment"])
    told = report.findings[report.findings["kind"] == "mix"].set_index("segment")
    assert np.isnan(told.loc[5, "new"]) and 5 not in set(report.mix["segment"]) and len(report.mix) <= 3
    tried = report.profiles.loc[report.profiles["feature"] == "tried", "new"]
    assert (tried == 0).all() and report.findings.loc[report.findings["feature"] == "tried", "new"].fillna(0).eq(0).all()
    lines = pk.describe_drift(report, features.dictionary)
    assert len(lines) == 1 + int(report.findings["new"].notna().sum())
    shown = pk.detect_drift(whole, table, segmentation=segmentation, min_cell=1, **FEW)
    assert 5 in set(shown.mix["segment"]) and (shown.profiles.loc[shown.profiles["feature"] == "tried", "new"] > 0).any()
