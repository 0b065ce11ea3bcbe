"""The rule of every family as SQL labels every customer as Python does, missing answers and all."""

import duckdb
import numpy as np
import pandas as pd
import pytest
import sqlglot

from personakit import segmentation
from personakit.segmentation import Segmentation, segment_customers

DIALECTS = ["duckdb", "bigquery", "snowflake", "spark", "postgres", "tsql"]


@pytest.fixture(scope="module")
def people():
    """Customers with all kinds of answers, some missing, some with a quotation mark."""
    rng = np.random.default_rng(7)
    n = 500
    group, style = rng.integers(0, 3, n), rng.normal(0, 0.6, (n, 1))
    ratings = np.array([[4, 2, 2], [2, 4, 2], [2, 2, 4.0]])[group] + style + rng.normal(0, 0.6, (n, 3))
    table = pd.DataFrame(np.clip(np.rint(ratings), 1, 5), columns=["r1", "r2", "r 3"])
    table["town"] = np.array(["Ås", "O'Hara", "x"])[np.where(rng.random(n) < 0.7, group, rng.integers(0, 3, n))]
    table["yes"] = (rng.random(n) < np.array([0.2, 0.5, 0.8])[group]).astype(float)
    table["spend"] = np.exp(2 + group + rng.normal(0, 0.4, n)).round(2)
    table = table.mask(rng.random(table.shape) < 0.12)
    return table.set_index(pd.Index([f"c{i}" for i in range(n)], name="customer_id"))


FAMILIES = [
    ("kmeans", ["r1", "r2", "r 3", "town", "spend"]),
    ("latent_classes", ["town", "yes", "r1"]),
    ("gaussian", ["r1", "r2", "r 3", "spend"]),
    ("mixed", ["r1", "r2", "town", "yes", "spend"]),
    ("factor_mixture", ["r1", "r2", "r 3", "yes"]),
]


@pytest.mark.parametrize(("family", "basis"), FAMILIES)
def test_sql_labels_as_python_does(people, family, basis, monkeypatch):
    """Run in DuckDB, also after the rule went through a file, and with answers nobody gave before."""
    monkeypatch.setattr(segmentation, "CERTAINTY_DIGITS", 6)  # SQL does not round
    made = segment_customers(people, basis=basis, n_segments=3, family=family)
    again = Segmentation.from_parts(made.parts())
    new = people.copy()
    new.iloc[0] = [7, 0, 3, "elsewhere", 1, 0.0]
    table = new.reset_index()  # noqa: F841  read by DuckDB
    told = duckdb.sql(again.to_sql(table="table")).df().set_index("customer_id").reindex(new.index)
    placed, rows, assigned = again.placed(new), told["segment"].astype("Int64"), again.assign(new)
    assert told["certainty"].isna().equals(assigned.isna()) and told["second"].isna().equals(assigned.isna())
    assert np.allclose(told["certainty"].dropna(), placed.certainty, atol=1e-6)
    assert (told["second"].dropna().astype("int64") == placed.second).all()
    assert rows.equals(assigned.rename("segment"))
    assert assigned.iloc[1:].dropna().astype("int64").equals(made.labels.drop("c0", errors="ignore"))
    for dialect in DIALECTS:
        assert sqlglot.parse_one(made.to_sql(dialect), read=dialect)
