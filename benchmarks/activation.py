"""Step 10, assignment at size: personas of ten million customers in a file, by each kind of rule, and by SQL and Python alike."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

import personakit as pk
from benchmarks.screener import _shop

#: Each turn is compared with the scan just before it: a machine that is busy for a while is busy for both.
_SEED, _COMPARED, _TURNS = 601, 1_000_000, 9


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Assign a file of customers by three kinds of rule, beside adding up the same columns."""
    n = 1_000_000 if quick else 10_000_000
    features, _ = _shop(_SEED, 2_400, 800)
    basis = [name for name, entry in features.dictionary.iterrows() if entry["about"] == "need" and entry["source"] == "survey"]
    centres = pk.segment_customers(features, basis=basis, n_segments=5)
    model = pk.segment_customers(features, basis=basis, n_segments=5, family="factor_mixture")
    rules = {"by the nearest centre": centres, "by a mixture model": model,
             "by a screener": pk.build_screener(features, centres, candidates=basis)}  # fmt: skip
    with tempfile.TemporaryDirectory() as name, duckdb.connect() as connection:
        folder = Path(name)
        people, plain = folder / "people.parquet", folder / "people.csv"
        connection.execute("SELECT setseed(0.5)")
        answers = ", ".join(f"CASE WHEN random() < 0.03 THEN NULL ELSE 1 + floor(random() * 5) END AS {q}" for q in basis)
        connection.execute(f"COPY (SELECT 'C' || i AS customer_id, {answers} FROM range({n}) AS t(i)) TO '{people}'")  # noqa: S608
        connection.execute(f"COPY (SELECT * FROM '{people}') TO '{plain}' (HEADER)")  # noqa: S608
        for how, own in rules.items():
            rule = pk.PersonaRule({segment: f"Persona {segment}" for segment in range(1, 6)}, own)
            for source in (people, plain):
                yield _against_a_scan(
                    connection, rule, source, f"assign {n:,} customers {how}, {source.suffix} to {source.suffix}"
                )
            yield from _agreement(connection, rule, people, how)


def _against_a_scan(connection: duckdb.DuckDBPyConnection, rule: pk.PersonaRule, source: Path, what: str) -> dict[str, Any]:
    columns = ", ".join(rule.columns)
    sums = ", ".join(f"sum({name})" for name in rule.columns)
    form = "(HEADER)" if source.suffix == ".csv" else ""

    copy, target = source.with_stem("copy"), source.with_stem("assigned")
    written = _seconds(lambda: connection.execute(f"COPY (SELECT customer_id, {columns} FROM '{source}') TO '{copy}' {form}"))  # noqa: S608
    copy.unlink()
    scans, owns = [], []
    for _ in range(_TURNS):
        scans.append(_seconds(lambda: connection.execute(f"SELECT max(customer_id), {sums} FROM '{source}'").fetchall()))  # noqa: S608
        owns.append(_seconds(lambda: pk.assign_file(rule, source, target)))
        target.unlink()  # putting a file in place of another would be timed as well
    ratios = np.divide(owns, scans)
    times = round(float(np.median(ratios)), 2)
    peer = (f"adding up the same columns, {np.median(scans):.2f} s; ours {np.median(owns):.2f} s; {_TURNS} turns, "
            f"{ratios.min():.2f} to {ratios.max():.2f} times; reading and writing these once {written:.2f} s")  # fmt: skip
    return {"figure": what, "value": times, "unit": "times", "peer": peer, "aim": "<= 3", "holds": times <= 3}


def _agreement(connection: duckdb.DuckDBPyConnection, rule: pk.PersonaRule, people: Path, how: str) -> Iterator[dict[str, Any]]:
    """Compare what blocks and SQL say of the first million with what Python says."""
    few, target = people.with_stem("few"), people.with_stem("few_assigned")
    connection.execute(f"COPY (SELECT * FROM '{people}' LIMIT {_COMPARED}) TO '{few}'")  # noqa: S608
    expected = rule.assign(connection.execute(f"SELECT * FROM '{few}'").df().set_index("customer_id"))  # noqa: S608
    pk.assign_file(rule, few, target)
    connection.execute(f"CREATE OR REPLACE VIEW features AS SELECT * FROM '{few}'")  # noqa: S608
    for way, query in {"blocks": f"SELECT * FROM '{target}'", "SQL": rule.to_sql()}.items():  # noqa: S608
        found = connection.execute(query).df().set_index("customer_id").loc[expected.index]
        same = _alike(found, expected)
        yield {"figure": f"customers told alike {how}, in {way} and by Python", "value": int(same.sum()), "unit": "customers",
               "peer": f"{len(same):,} customers", "aim": f"{len(same):,}", "holds": bool(same.all())}  # fmt: skip


def _alike(found: pd.DataFrame, expected: pd.DataFrame) -> np.ndarray:
    same = (found["segment"].astype("Int64").fillna(0) == expected["segment"].fillna(0)).to_numpy()
    for column in ("persona", "borderline_with"):
        same &= (found[column].fillna("") == expected[column].fillna("")).to_numpy()
    return np.asarray(same & np.isclose(found["certainty"].round(4), expected["certainty"], atol=1e-6, equal_nan=True))


def _seconds(work: Callable[[], object]) -> float:
    if hasattr(os, "sync"):  # what the work before has written is not on its way to the disk any more
        os.sync()
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
