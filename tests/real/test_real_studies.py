"""Four real studies, each with other sources, from the first notebook to the last; data lie beside the project."""

import duckdb
import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.projects import new_project
from personakit.running import run_study
from personakit.verification import verify

from ..conftest import REAL_STUDIES

pytestmark = pytest.mark.real
NAMES = ["mcdonalds", "online_retail", "retentioneering_simple_shop", "marketing_campaign"]


@pytest.fixture(scope="module", params=NAMES)
def finished(request, real_data, tmp_path_factory):
    """One real study in a client project of its own, run end to end with the project's notebooks."""
    folder = tmp_path_factory.mktemp(request.param) / "project"
    new_project(folder)
    study = (REAL_STUDIES / request.param / "study.yaml").read_text(encoding="utf-8")
    (folder / "study.yaml").write_text(study, encoding="utf-8")
    return request.param, run_study(folder, work_dir=folder / "work")


def test_each_study_runs_delivers_and_resolves(finished):
    """From the first to the last notebook, with all deliverables, and every claim resolves."""
    name, summary = finished
    assert len(summary.seconds) == 12
    asked = [] if name == "retentioneering_simple_shop" else ["screener.html"]  # nobody there can be asked anything
    assert [path.name for path in summary.deliverables] == [
        "activation.html", "evidence.json", "feedback.csv",
        "journey_template.html", "journeys.html", "journeys.json", "measurement.html", "overview.html", "perception.csv",
        "personas.html", "personas.json", "processing.html", *asked]  # fmt: skip
    verification = verify(summary.folder)
    assert len(verification.table) > 50
    assert verification.all_resolve, verification.table.query("not resolves")


def test_missing_sources_are_said(finished):
    """A study without events says what its map cannot show."""
    name, summary = finished
    said = any(warning.startswith("No events") for warning in summary.warnings)
    assert said == (name != "retentioneering_simple_shop")


def test_the_rule_as_sql_labels_as_python(finished):
    """The segments' rule, run as SQL on the features, labels every customer as the hand-off says."""
    _, summary = finished
    features = pd.read_parquet(summary.folder / "05_features.parquet").reset_index()  # noqa: F841  read by DuckDB
    workspace = pk.open_workspace(summary.folder.parent, work_dir=summary.folder)
    segmentation = pk.Segmentation.from_parts(workspace.load("segmentation", "", "rule"))
    labels = duckdb.sql(segmentation.to_sql()).df().set_index("customer_id")["segment"]
    assert labels.reindex(segmentation.labels.index).astype("int64").equals(segmentation.labels.astype("int64"))


def opened(name):
    return pk.load_sources(pk.open_study(REAL_STUDIES / name))


def test_online_retail_after_cleaning(real_data):
    """The counts that the literature gives: lines, customers, invoices and pounds."""
    orders = pk.check_quality(opened("online_retail")).clean["orders"]
    row = (
        orders.aggregate(
            lines=orders.count(),
            customers=orders.customer_id.nunique(),
            invoices=orders.order_id.nunique(),
            pounds=orders.amount.sum(),
        )
        .to_pandas()
        .iloc[0]
    )
    assert row[["lines", "customers", "invoices"]].astype(int).tolist() == [397_884, 4_338, 18_532]
    assert round(row["pounds"], 2) == 8_911_407.90


def test_simple_shop_reaches_the_payment(real_data):
    """653 of 3,751 users reach payment_done."""
    sources = opened("retentioneering_simple_shop")
    assert sources["events"].count().execute() == 35_381
    features = pk.build_features(pk.check_quality(sources).clean)
    assert (len(features.table), int(features.table["converted"].sum())) == (3_751, 653)


def test_mcdonalds_equals_the_file(real_data):
    """1,453 adults, eleven answers as in the file; the segments are as good as the best known."""
    features = pk.build_features(opened("mcdonalds"))
    table = pd.read_csv(real_data / "mcdonalds" / "mcdonalds.csv")
    items = list(table.columns[:11])
    answers = (table[items] == "Yes").astype(float).to_numpy()
    assert np.array_equal(features.table[items].to_numpy(), answers)
    found = pk.segment_customers(features, basis=items, n_segments=4)
    assert found.within_ss <= 1603.5


def test_online_retail_names_its_traps(real_data):
    """Lines without a customer, cancelled invoices, free lines and huge quantities are named."""
    report = pk.check_quality(opened("online_retail"))
    found = report.problems.set_index(["column", "rule"])["count"]
    assert found["customer_id", "no customer id"] == 135_080
    assert found["quantity", "cancelled or returned (quantity of 0 or less)"] == 8_905
    assert found["amount", "amount of 0 or less, or no amount or date"] == 40
    assert found["", "repeats an earlier row"] == 5_348  # without the stock code, which the study ignores
    assert {"quantity", "amount"} <= set(report.problems.query("rule == 'far from all others'")["column"])
    assert report.funnel[["rows_in", "rows_out"]].values.tolist()[0] == [541_909, 406_829]
    assert report.funnel["customers_out"].iloc[-1] == 4_338


def test_marketing_campaign_knows_its_traps(real_data):
    """Birth years of 1893, 1899 and 1900, an income of 666,666, jokes, constants and look-alikes are found."""
    report = pk.check_quality(opened("marketing_campaign"))
    found = report.problems.set_index(["column", "rule"])["count"]
    assert found["birth_year", "age outside 10-110 years"] == 3
    assert found["income", "far from all others"] == 1
    assert found["income", "missing"] == 24
    assert found["household", "3 answers that hardly anybody gives"] == 7
    assert {"Z_CostContact", "Z_Revenue"} <= set(report.problems.query("rule == 'the same in every row'")["column"])
    assert found["", "the same as an earlier row in all but the id"] == 182
    assert report.clean["customers"].count().execute() == 2_240
