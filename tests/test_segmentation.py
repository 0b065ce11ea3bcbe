"""Numbers of segments judged, segments made by a plain rule, and the rule as SQL."""

import duckdb
import numpy as np
import pandas as pd
import pytest
import sqlglot

from personakit.errors import DataError
from personakit.features import Features
from personakit.segmentation import Segmentation, segment_customers
from personakit.segmentation_panel import compare_solutions
from personakit.segmentation_rule import choose_basis
from personakit.stability import adjusted_rand_index
from personakit.study_parts import SegmentationChoice

from .conftest import monthly


def test_three_clear_groups_are_natural(blobs):
    """Planted groups are suggested, called natural, and found exactly."""
    panel = compare_solutions(blobs, basis=["a", "b"], n_segments=range(2, 6))
    assert (panel.suggested, panel.verdict, panel.confidence) == (3, "natural", "high")
    found = segment_customers(blobs, basis=["a", "b"], n_segments=3)
    assert adjusted_rand_index(found.labels.to_numpy() - 1, np.repeat([0, 1, 2], 60)) == 1.0


@pytest.mark.parametrize("seed", [0, *monthly(1, 2, 3, 4)])
def test_noise_is_refused(seed):
    """Answers that hang together by nothing give nothing to segment."""
    answers = np.random.default_rng(seed).integers(1, 6, (300, 6))
    panel = compare_solutions(pd.DataFrame(answers, columns=list("abcdef")), basis=list("abcdef"), n_segments=range(2, 7))
    assert (panel.suggested, panel.verdict) == (None, "nothing to segment")


def test_too_few_customers_are_refused(blobs):
    """A handful of customers is not segmented."""
    panel = compare_solutions(blobs.iloc[:20], basis=["a", "b"])
    assert (panel.suggested, panel.verdict, len(panel.table)) == (None, "nothing to segment", 0)


def test_the_planted_groups_of_the_shop_come_out(small_shop, small_run):
    """Segments of the small shop agree with the archetypes behind them."""
    truth = small_shop.truth.query("kind == 'archetype'").set_index("key")["value"]
    clean = small_run.report.clean["customers"].order_by("_row").select("customer_id", "_row").to_pandas()
    own = (
        small_run.protected["customers"].select("customer_id", "_row").to_pandas().merge(clean, on="_row", suffixes=("", "_real"))
    )
    archetype = truth.reindex(own.set_index("customer_id").reindex(small_run.segmentation.labels.index)["customer_id_real"])
    codes = archetype.astype("category").cat.codes.to_numpy().astype(int)
    assert adjusted_rand_index(codes, small_run.segmentation.labels.to_numpy() - 1) > 0.7


def test_same_input_same_output_in_any_order(blobs):
    """Rows in another order, and a second run, give the same JSON and labels."""
    one = segment_customers(blobs, basis=["a", "b"], n_segments=3)
    two = segment_customers(blobs.sample(frac=1, random_state=4), basis=["a", "b"], n_segments=3)
    assert one.to_json() == two.to_json()
    assert one.labels.equals(two.labels.reindex(one.labels.index))


def test_largest_segment_is_the_first(blobs):
    """Labels run from the largest segment on."""
    found = segment_customers(blobs.iloc[:150], basis=["a", "b"], n_segments=3)
    assert found.labels.value_counts().sort_index().is_monotonic_decreasing


def test_numbers_are_kept_from_an_earlier_wave(blobs):
    """Aligned to an earlier segmentation, most customers keep their number even when sizes change."""
    earlier = segment_customers(blobs, basis=["a", "b"], n_segments=3)
    fewer = blobs[(earlier.labels != 1) | (np.arange(180) % 3 == 0)]
    again = segment_customers(fewer, basis=["a", "b"], n_segments=3, align_to=earlier)
    assert (again.labels == earlier.labels.reindex(again.labels.index)).mean() > 0.99


def test_half_of_the_basis_is_enough(blobs):
    """One of two answers gets a segment, none does not."""
    table = blobs[["a", "b"]].copy()
    table.iloc[0, 1] = np.nan
    table.iloc[1] = np.nan
    found = segment_customers(table, basis=["a", "b"], n_segments=3)
    assert table.index[0] in found.labels.index
    assert table.index[1] not in found.labels.index
    assert found.assign(table).isna().tolist() == [i == 1 for i in range(180)]


def test_the_rule_labels_as_the_fit_did(small_run):
    """Assigning the same table again gives the same labels, also after files."""
    again = Segmentation.from_parts(small_run.segmentation.parts())
    assigned = again.assign(small_run.features.table).dropna().astype("int64")
    assert assigned.equals(small_run.segmentation.labels.astype("int64").rename("segment"))


def test_sql_labels_as_python_does(small_run):
    """The rule as SQL, run in DuckDB, labels every customer as Python does."""
    features = small_run.features.table.reset_index()  # noqa: F841  read by DuckDB
    mixed = pd.DataFrame({"customer_id": range(90), "spend": np.linspace(0, 5000, 90), "kind": ["x", "y", None] * 30}).set_index(
        "customer_id"
    )
    table = mixed.reset_index()  # noqa: F841  read by DuckDB
    dictionary = pd.DataFrame({"kind": ["amount", "nominal"]}, index=["spend", "kind"])
    found = segment_customers(Features(mixed, dictionary), basis=["spend", "kind"], n_segments=3)
    for segmentation, name, values in ((small_run.segmentation, "features", small_run.features.table), (found, "table", mixed)):
        rows = duckdb.sql(segmentation.to_sql(table=name)).df().set_index("customer_id")["segment"]
        assert rows.reindex(values.index).astype("Int64").equals(segmentation.assign(values).rename("segment"))


@pytest.mark.parametrize("dialect", ["duckdb", "bigquery", "snowflake", "spark", "postgres", "tsql"])
def test_sql_can_be_read_in_every_dialect(small_run, dialect):
    """The rule parses in each warehouse's own SQL."""
    assert sqlglot.parse_one(small_run.segmentation.to_sql(dialect), read=dialect)


def test_amounts_enter_as_logarithms():
    """Spending is skewed: without a logarithm one rich customer would be a segment."""
    table = pd.DataFrame({"spend": [10.0] * 40 + [100.0] * 40 + [1e6], "n": [1.0] * 40 + [9.0] * 41})
    features = Features(table, pd.DataFrame({"kind": ["amount", "count"]}, index=["spend", "n"]))
    sizes = segment_customers(features, basis=["spend", "n"], n_segments=2).labels.value_counts()
    assert sizes.tolist() == [41, 40]


def test_the_verdict_is_kept_only_for_the_suggested_number(blobs):
    """A number that a person chose against the suggestion says so."""
    panel = compare_solutions(blobs, basis=["a", "b"], n_segments=range(2, 5))
    made = segment_customers(blobs, basis=["a", "b"], n_segments=3, family=panel.family_for(3))
    assert made.judged_by(panel).verdict == "natural"
    for n, family in ((4, panel.family_for(4)), (3, "kmeans")):
        other = segment_customers(blobs, basis=["a", "b"], n_segments=n, family=family)
        assert other.judged_by(panel).verdict == "chosen by a person"


def test_one_segment_keeps_everybody_together(blobs):
    """One segment is allowed, and everybody is certain."""
    found = segment_customers(blobs, basis=["a", "b"], n_segments=1)
    assert (found.labels == 1).all() and (found.certainty == 1).all() and found.n_borderline == 0


def test_basis_by_block_source_or_name(small_run):
    """Names of features, blocks and sources are understood; without names the needs are taken."""
    features = small_run.features
    needs = [name for name in features.table if name.startswith("need_")]
    assert choose_basis(features, SegmentationChoice(basis=["needs"])) == needs
    assert choose_basis(features, SegmentationChoice(basis=["spend"])) == ["spend"]
    assert set(choose_basis(features, SegmentationChoice())) > set(needs)


def test_wrong_names_are_named(small_run, blobs):
    """An unknown basis, column, family or too many segments bring one sentence."""
    with pytest.raises(DataError, match=r"segmentation.basis: nothing is called 'need'; .*did you mean 'needs'\?"):
        choose_basis(small_run.features, SegmentationChoice(basis=["need"]))
    with pytest.raises(DataError, match=r"basis: no column 'aa'; the table has: a, b, noise"):
        segment_customers(blobs, basis=["aa"], n_segments=2)
    with pytest.raises(DataError, match=r"family 'kmean' is not known; allowed: kmeans, latent_classes.*did you mean 'kmeans'\?"):
        segment_customers(blobs, basis=["a"], n_segments=2, family="kmean")
    with pytest.raises(DataError, match="3 segments need as many different customers; the basis has 2"):
        segment_customers(pd.DataFrame({"a": [1, 1, 2]}), basis=["a"], n_segments=3)


def test_the_callers_table_is_not_changed(blobs):
    """Neither comparing nor segmenting writes into the table."""
    before = blobs.copy()
    compare_solutions(blobs, basis=["a", "b"], n_segments=[2])
    segment_customers(blobs, basis=["a", "b"], n_segments=2)
    assert blobs.equals(before)
