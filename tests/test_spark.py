"""The same checks give the same numbers on Spark: needs Java and the extra ``spark``."""

import os
import shutil
import sys

import pandas as pd
import pytest

import personakit as pk
from personakit.collection import Sources
from personakit.collection_ids import with_one_id

pytestmark = [
    pytest.mark.spark,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


@pytest.fixture(scope="module")
def spark():
    """A small Spark in this process, without a web page of its own."""
    pytest.importorskip("pyspark", reason='Spark is not installed; install it with: pip install "personakit[spark]"')
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, which is not installed")
    import ibis
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    options = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
               "spark.sql.shuffle.partitions": "2", "spark.sql.session.timeZone": "UTC", "spark.log.level": "ERROR",
               # few rows, and long queries: Java code made for each, and plans made again on the way, take longer than the rows
               "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN",
               "spark.sql.adaptive.enabled": "false",
               "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}  # fmt: skip
    builder = SparkSession.builder.master("local[2]")
    for name, value in options.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session, ibis.pyspark.connect(session)
    session.stop()


@pytest.mark.parametrize(("roles", "n_problems"), [
    (["customers", "orders"], 7), pytest.param(["customers", "orders", "events", "survey"], 25, marks=pytest.mark.monthly),
])  # fmt: skip
def test_quality_is_the_same_on_duckdb_and_spark(spark, tmp_path, roles, n_problems):
    """Every problem, its count, and every step of the funnel."""
    session, connection = spark
    pk.simulate_shop(n_customers=200, n_survey=80, random_state=3).write(tmp_path)
    (tmp_path / "study.yaml").write_text(pk.sample_study().read_text(encoding="utf-8"), encoding="utf-8")
    study = pk.open_study(tmp_path)
    sources = pk.load_sources(study)
    here, there = {}, {}
    for role in roles:
        here[role] = sources[role].drop("_row")  # tables of an engine have no row numbers
        file = tmp_path / f"{role}_for_spark.parquet"
        here[role].to_parquet(file)
        session.read.parquet(str(file)).createOrReplaceTempView(role)
        there[role] = connection.table(role)
    expected = pk.check_quality(Sources(study, here, sources.connection))
    found = pk.check_quality(Sources(study, there, connection))
    assert len(found.problems) > n_problems
    order = ["source", "column", "rule"]
    assert found.problems.sort_values(order, ignore_index=True).equals(expected.problems.sort_values(order, ignore_index=True))
    assert found.funnel.equals(expected.funnel) and found.conflicts.equals(expected.conflicts)
    for role in there:
        assert found.clean[role].count().execute() == expected.clean[role].count().execute(), role


def test_other_ids_are_resolved_on_spark(spark, write_study):
    """By an address of one person, whatever the capitals; any other id stays."""
    session, connection = spark
    study = """study: T
as_of: 2026-12-31
sources:
  customers: {path: customers.csv, columns: {customer_id: number}, other_ids: [mail]}
  orders: {path: orders.csv}
"""
    customers = pd.DataFrame({"number": ["K1", "K2", "K3"], "mail": ["a@b.no", "both@b.no", "both@b.no"]})
    orders = pd.DataFrame(
        {"customer_id": ["A@b.no", "both@b.no", "K2", "a@b.no"], "ordered_at": "2026-01-01", "amount": [1, 2, 3, 4]}
    )
    tables = {"customers": customers.rename(columns={"number": "customer_id"}), "orders": orders}
    for role, table in tables.items():
        session.createDataFrame(table).createOrReplaceTempView(role)
    opened = with_one_id({role: connection.table(role) for role in tables},
                         pk.open_study(write_study(study, customers=customers, orders=orders)))  # fmt: skip
    found = opened["orders"].execute().sort_values("amount")
    assert found["customer_id"].tolist() == ["K1", "both@b.no", "K2", "K1"] and list(found.columns) == list(orders.columns)


def test_ratings_in_words_are_the_same_on_duckdb_and_spark(spark, write_study, tmp_path):
    """The same number for each word, however it is written; other words are missing and counted."""
    session, connection = spark
    study = """study: T
as_of: 2026-01-01
sources:
  survey:
    path: survey.csv
    items:
      told: {kind: likert, levels: [کاملا مخالفم, نظری ندارم, کاملا موافقم], columns: [price]}
      liked: {kind: number, scale: [-1, 1], levels: [hate it, 0, love it], columns: [like]}
"""
    price, like = ["کاملا مخالفم", "كاملا موافقم ", "Strange", None], ["Love it", "0", "HATE\u00a0it", "2"]
    words = pd.DataFrame({"price": price, "like": like})
    sources = pk.load_sources(pk.open_study(write_study(study, survey=words)))
    here = sources["survey"].drop("_row")
    here.to_parquet(tmp_path / "survey.parquet")
    session.read.parquet(str(tmp_path / "survey.parquet")).createOrReplaceTempView("in_words")
    expected = pk.check_quality(Sources(sources.study, {"survey": here}, sources.connection))
    found = pk.check_quality(Sources(sources.study, {"survey": connection.table("in_words")}, connection))
    offered = found.problems[found.problems["rule"] == "not one of the answers offered"]
    assert found.problems.equals(expected.problems) and offered["count"].tolist() == [1, 1]
    for report in (found, expected):
        clean = report.clean["survey"].order_by("customer_id").to_pandas()
        assert clean["price"].fillna(0).tolist() == [1, 3, 0, 0] and clean["like"].fillna(9).tolist() == [1, 0, -1, 9]


def test_features_are_the_same_on_duckdb_and_spark(spark, tmp_path):
    """Every feature of every customer from orders and events."""
    import numpy as np

    session, connection = spark
    pk.simulate_shop(n_customers=120, n_survey=40, random_state=4).write(tmp_path)
    (tmp_path / "study.yaml").write_text(pk.sample_study().read_text(encoding="utf-8"), encoding="utf-8")
    clean = pk.check_quality(pk.load_sources(pk.open_study(tmp_path))).clean
    here, there = {}, {}
    for role in ("orders", "events"):
        here[role] = clean[role]
        file = tmp_path / f"{role}_features.parquet"
        here[role].to_parquet(file)
        session.read.parquet(str(file)).createOrReplaceTempView(f"{role}_features")
        there[role] = connection.table(f"{role}_features")
    one = pk.build_features(Sources(clean.study, here, clean.connection))
    two = pk.build_features(Sources(clean.study, there, connection))
    assert one.dictionary.equals(two.dictionary) and len(one.dictionary) > 25
    for name in one.table:
        if one.table[name].dtype.kind == "f":
            assert np.allclose(one.table[name], two.table[name], atol=1e-4, equal_nan=True), name
        else:
            assert one.table[name].equals(two.table[name]), name


@pytest.mark.monthly
def test_journeys_are_the_same_on_duckdb_and_spark(spark, tmp_path):
    """Steps from touchpoint to touchpoint row for row, and every journey with its phases."""
    from personakit.journeys_log import journeys_of
    from personakit.journeys_table import journey_table
    from personakit.journeys_transitions import count_transitions

    session, connection = spark
    pk.simulate_shop(n_customers=150, n_survey=40, random_state=6).write(tmp_path)
    (tmp_path / "study.yaml").write_text(pk.sample_study().read_text(encoding="utf-8"), encoding="utf-8")
    clean = pk.check_quality(pk.load_sources(pk.open_study(tmp_path))).clean
    own = {"events": clean["events"].drop("_row")}  # tables of an engine have no row numbers
    own |= {role: clean[role].drop("_row") if "_row" in clean[role].columns else clean[role] for role in ("orders", "tickets")}
    for role, table in own.items():
        table.to_parquet(tmp_path / f"{role}_journeys.parquet")
        session.read.parquet(str(tmp_path / f"{role}_journeys.parquet")).createOrReplaceTempView(f"{role}_journeys")
    here = Sources(clean.study, own, clean.connection)
    there = Sources(clean.study, {role: connection.table(f"{role}_journeys") for role in own}, connection)
    for within in ("visit", "journey", "customer"):
        one, two = count_transitions(here, within=within), count_transitions(there, within=within)
        assert one.table.equals(two.table) and one.counts == two.counts and len(one.table) > 50
    tables = [journey_table(own).table for own in (here, there)]
    pd.testing.assert_frame_equal(*tables, check_dtype=False, atol=1e-9)
    assert any(name.startswith("use_") for name in tables[0]) and "days_to_second_order" in tables[0]
    walked = [journeys_of(own).order_by(["customer_id", "number"]).to_pandas() for own in (here, there)]
    assert len(walked[0]) > 200 and walked[0].columns.tolist() == walked[1].columns.tolist()
    for column in walked[0]:
        first, second = (own[column].fillna(-1) if own[column].dtype.kind in "if" else own[column].fillna("") for own in walked)
        assert first.astype(str if first.dtype == object else "float64" if first.dtype.kind in "if" else "str").tolist() == (
            second.astype(str if second.dtype == object else "float64" if second.dtype.kind in "if" else "str").tolist()
        ), column


def test_step_10_is_the_same_on_duckdb_and_spark(spark, tmp_path):
    """What the teams know of each customer, and the contacts that campaigns made."""
    from personakit.activation_responses import count_contacts
    from personakit.activation_table import activation_table

    session, connection = spark
    pk.simulate_shop(n_customers=150, n_survey=40, random_state=7).write(tmp_path)
    (tmp_path / "study.yaml").write_text(pk.sample_study().read_text(encoding="utf-8"), encoding="utf-8")
    clean = pk.check_quality(pk.load_sources(pk.open_study(tmp_path))).clean
    own = {role: clean[role].drop("_row") if "_row" in clean[role].columns else clean[role]
           for role in ("events", "tickets", "campaigns")}  # fmt: skip
    engines = on_both(session, connection, clean, own, tmp_path)
    tables = [activation_table(sources) for sources in engines]
    assert tables[0].dictionary.equals(tables[1].dictionary)
    assert {"reach", "answer_clicked", "topic"} <= set(tables[0].dictionary["group"])
    pd.testing.assert_frame_equal(tables[0].table, tables[1].table, check_dtype=False, atol=1e-9)
    labels = pd.Series(1, index=tables[0].table.index)
    contacts = [count_contacts(sources, labels)[0] for sources in engines]
    pd.testing.assert_frame_equal(*contacts, check_dtype=False, atol=1e-9)


def test_what_is_foretold_is_the_same_on_duckdb_and_spark(spark, write_study, tmp_path):
    """Who is likely to stay away, and what people buy next."""
    import numpy as np

    from personakit.activation_loyalty import predict_loyalty

    session, connection = spark
    rng = np.random.default_rng(7)
    people = np.repeat(np.arange(500), 8)
    days = pd.Timestamp("2026-06-30") - pd.to_timedelta(rng.integers(0, 540, len(people)), unit="D")
    category = np.where(rng.random(len(people)) < 0.8, people % 3, rng.integers(3, size=len(people)))
    orders = pd.DataFrame({"customer_id": [f"C{n}" for n in people], "ordered_at": days.strftime("%Y-%m-%d"), "amount": 10.0,
                           "category": [f"kind {n}" for n in category]})  # fmt: skip
    sources = pk.load_sources(pk.open_study(write_study("study: T\nas_of: 2026-06-30\nsources: {orders: {path: orders.csv}}\n",
                                                        orders=orders)))  # fmt: skip
    engines = on_both(session, connection, sources, {"orders": sources["orders"].drop("_row")}, tmp_path)
    (risk, need), found = (predict_loyalty(engine) for engine in engines)
    assert need.useful and need.n > 200 and len(need.now) == 500
    for one, two in zip((risk, need), found, strict=True):
        assert one.n == two.n and one.refused == two.refused and one.right == pytest.approx(two.right, abs=1e-9)
        pd.testing.assert_frame_equal(one.now.sort_index(), two.now.sort_index(), check_dtype=False, atol=1e-6)


def on_both(session, connection, sources, tables, folder):
    """The same tables on DuckDB and on Spark."""
    for role, table in tables.items():
        table.to_parquet(folder / f"{role}_both.parquet")
        session.read.parquet(str(folder / f"{role}_both.parquet")).createOrReplaceTempView(f"{role}_both")
    there = {role: connection.table(f"{role}_both") for role in tables}
    return [Sources(sources.study, tables, sources.connection), Sources(sources.study, there, connection)]


def test_rules_tell_the_same_on_spark(spark, small_run, small_screener):
    """Segment, persona and borderline of both rules, and the screener's lead, for every customer."""
    from personakit.assignment import PersonaRule

    session, _ = spark
    table = small_run.features.table
    for rule in (PersonaRule(small_screener.names, small_run.segmentation), PersonaRule(small_screener.names, small_screener)):
        own = table[rule.columns].astype(object).where(table[rule.columns].notna(), None).reset_index()
        kinds = ", ".join(f"`{name}` {'double' if name in rule.numbers else 'string'}" for name in rule.columns)
        session.createDataFrame(own.values.tolist(), f"customer_id string, {kinds}").createOrReplaceTempView("features")
        found = session.sql(rule.to_sql("spark")).toPandas().set_index("customer_id").loc[table.index]
        told = rule.assign(table)
        assert found["segment"].astype("Int64").fillna(0).tolist() == told["segment"].fillna(0).tolist()
        for column in ("persona", "borderline_with"):
            assert found[column].fillna("").tolist() == told[column].fillna("").tolist()
