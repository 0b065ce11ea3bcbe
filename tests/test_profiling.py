"""What sets each segment apart, against plain pandas and statsmodels."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from personakit.features import Features
from personakit.profiling import SegmentProfiles, describe, profile_segments
from personakit.segmentation import Segmentation, segment_customers


def tiny(min_cell=5):
    table = pd.DataFrame({
        "score": [1.0] * 40 + [5.0] * 40, "city": ["Oslo"] * 36 + ["Bergen"] * 4 + ["Oslo"] * 20 + ["Bergen"] * 20,
        "likes": [1.0] * 38 + [0.0] * 2 + [0.0] * 40,
    }, index=pd.Index([f"c{i}" for i in range(80)], name="customer_id"))  # fmt: skip
    kinds = {"score": "ordinal", "city": "nominal", "likes": "binary"}
    entries = {
        n: {
            "label": n,
            "message": n,
            "value": "",
            "unit": "",
            "basis": "",
            "kind": k,
            "source": "survey",
            "columns": f"survey.{n}",
            "group": "",
            "about": "",
            "phase": "",
        }
        for n, k in kinds.items()
    }
    features = Features(table, pd.DataFrame.from_dict(entries, orient="index"))
    return profile_segments(features, segment_customers(features, basis=["score"], n_segments=2), min_cell=min_cell)


def test_estimates_equal_pandas(small_run):
    """Each estimate is the group's mean, median or share in pandas."""
    table, labels = small_run.features.table, small_run.segmentation.labels
    profile = small_run.profiles.table
    for row in profile.sample(60, random_state=1).itertuples():
        own = table.loc[labels.index[labels == row.segment], row.feature].dropna()
        if row.category:
            expected = (own == row.category).mean()
        else:
            expected = own.median() if row.statistic == "median" else own.mean()
        assert row.estimate == pytest.approx(expected)
        assert row.n == len(own)


def test_basis_is_described_but_never_tested(small_run):
    """Variables that made the segments have no p-value, all others have."""
    profile = small_run.profiles.table
    assert profile.loc[profile["in_basis"], ["p_value", "p_adjusted"]].isna().all().all()
    assert profile.loc[~profile["in_basis"], "p_value"].notna().mean() > 0.9


def test_p_values_are_adjusted_over_all_tests(small_run):
    """Adjusted values are Benjamini-Hochberg's over the whole table."""
    tested = small_run.profiles.table.dropna(subset=["p_value"])
    assert np.allclose(tested["p_adjusted"], multipletests(tested["p_value"].astype(float), method="fdr_bh")[1])


def test_small_cells_are_hidden():
    """Four people from Bergen are not shown, nor is what would reveal them; two who do not like it neither."""
    profile = tiny().table
    assert profile[profile["feature"] == "city"].empty
    assert profile[(profile["feature"] == "likes") & (profile["segment"] == 1)].empty
    assert len(tiny(min_cell=2).table.query("feature == 'city'")) == 4


def test_figures_carry_what_is_needed_to_compute_them_again(small_run):
    """Every row becomes a piece of evidence with its source columns."""
    figures = small_run.profiles.figures()
    assert set(figures) == set(small_run.profiles.table["key"])
    figure = figures[small_run.profiles.table.query("feature == 'age'")["key"].iloc[0]]
    assert figure.sources == ["customers.birth_year"]
    assert figure.unit == "years"


def test_one_segment_has_nobody_to_compare_with(small_run):
    """With everybody together there are estimates, but no effects."""
    segmentation = segment_customers(small_run.features, basis=small_run.basis, n_segments=1)
    profile = profile_segments(small_run.features, segmentation).table
    assert profile["effect"].isna().all() and profile["estimate"].notna().all()


def test_profiles_go_through_files_and_back(small_run):
    """Parts read back are the same profiles."""
    again = SegmentProfiles.from_parts(small_run.profiles.parts())
    assert again.table.equals(small_run.profiles.table)
    assert again.sizes.tolist() == small_run.profiles.sizes.tolist()
    assert isinstance(small_run.segmentation, Segmentation)


def test_no_test_on_what_made_the_segments(small_run):
    """A score of the questions that made the segments is not tested either, nor the other way round."""
    features = small_run.features
    table = features.table.assign(score=features.table[small_run.basis].mean(axis=1))
    entry = features.dictionary.loc[small_run.basis[0]].copy()
    entry["columns"] = ", ".join(features.dictionary.loc[small_run.basis, "columns"])
    dictionary = pd.concat([features.dictionary, entry.to_frame("score").T])
    scored = type(features)(table, dictionary)
    profiles = profile_segments(scored, small_run.segmentation)
    for found in (profiles.table, profiles.tests):
        related = found[(found["feature"] == "score") | found["in_basis"]]
        assert related["p_value"].isna().all() and len(related) and found["p_value"].notna().any()
    by_score = segment_customers(scored, basis=["score"], n_segments=2)
    tests = profile_segments(scored, by_score).tests.set_index("feature")
    assert tests.loc[small_run.basis, "p_value"].isna().all()


def test_markers_residuals_and_spread(small_run):
    """Basis variables far from everybody mark a segment; shares have residuals; numbers have quarters beside them."""
    table = small_run.profiles.table
    assert not table.loc[~table["in_basis"], "marker"].any() and table.loc[table["in_basis"], "marker"].any()
    shares = table[table["statistic"] == "share"]
    varies = ~((shares["estimate"] == shares["others"]) & shares["estimate"].isin([0, 1]))
    assert shares["spread_low"].isna().all() and shares.loc[varies, "adjusted_residual"].notna().all()
    numbers = table[table["statistic"] != "share"]
    assert (numbers["spread_low"] <= numbers["spread_high"]).all()
    medians = numbers[numbers["statistic"] == "median"]
    assert medians["estimate"].between(medians["spread_low"], medians["spread_high"]).all()


def test_residual_equals_that_of_the_table(small_run):
    """The residual of one answer in one segment is that of the whole table of answers by segments."""
    from personakit.profiling_tests import chi_square

    row = small_run.profiles.table.query("feature == 'gender'").iloc[0]
    labels = small_run.segmentation.labels
    counts = pd.crosstab(labels, small_run.features.table["gender"].reindex(labels.index))
    residuals = pd.DataFrame(chi_square(counts.to_numpy())["residuals"], index=counts.index, columns=counts.columns)
    assert row["adjusted_residual"] == pytest.approx(residuals.at[row["segment"], row["category"]])


def test_markers_by_a_quarter_of_the_scale():
    """A yes marks from 25 points on, a rating from a quarter of its scale, an amount from half; others mark nothing."""
    labels = pd.Series(np.repeat([1, 2], 50))
    table = pd.DataFrame({"yes": np.repeat([0.8, 0.2], 50).round() * 1.0, "stars": np.repeat([5.0, 1.0], 50),
                          "near": np.tile([1.0, 5.0, 3.0, 3.0, 3.0], 20), "spend": np.repeat([10.0, 100.0], 50)})  # fmt: skip
    kinds = pd.DataFrame({"kind": ["binary", "ordinal", "ordinal", "amount"], "message": "", "value": "", "unit": "",
                          "columns": "", "source": ""}, index=list(table))  # fmt: skip
    profile = describe(table, kinds, labels, basis=["yes", "stars", "near", "spend"], min_cell=5)
    marked = profile.groupby("feature")["marker"].all()
    assert marked.to_dict() == {"near": False, "spend": True, "stars": True, "yes": True}
