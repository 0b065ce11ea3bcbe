"""Step 10, assignment at size: personas of ten million customers in a file; block by block, in SQL and by Python alike."""

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

_SEED, _COMPARED = 601, 1_000_000


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Assign a file of customers, beside reading and writing the same columns."""
    n = 1_000_000 if quick else 10_000_000
    features, _ = _shop(_SEED, 2_400, 800)
    basis = [name for name, entry in features.dictionary.iterrows() if entry["about"] == "need" and entry["source"] == "survey"]
    segmentation = pk.segment_customers(features, basis=basis, n_segments=5)
    rule = pk.PersonaRule({segment: f"Persona {segment}" for segment in segmentation.segments}, segmentation)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, target, copy = (str(folder / file) for file in ("people.parquet", "assigned.parquet", "copy.parquet"))
        plain, told_plain = str(folder / "people.csv"), str(folder / "assigned.csv")
        with duckdb.connect() as connection:
            connection.execute("SELECT setseed(0.5)")
            answers = ", ".join(f"CASE WHEN random() < 0.03 THEN NULL ELSE 1 + floor(random() * 5) END AS {q}" for q in basis)
            connection.execute(f"COPY (SELECT 'C' || i AS customer_id, {answers} FROM range({n}) AS t(i)) TO '{source}'")  # noqa: S608
            sums = ", ".join(f"sum({q})" for q in basis)
            scan, written, own = _seconds(
                lambda: connection.execute(f"SELECT max(customer_id), {sums} FROM '{source}'").fetchall(),  # noqa: S608
                lambda: connection.execute(f"COPY (SELECT * FROM '{source}') TO '{copy}'"),  # noqa: S608
                lambda: pk.assign_file(rule, source, target),
            )
            connection.execute(f"COPY (SELECT * FROM '{source}') TO '{plain}' (HEADER)")  # noqa: S608
            scan_plain, own_plain = _seconds(
                lambda: connection.execute(f"SELECT max(customer_id), {sums} FROM '{plain}'").fetchall(),  # noqa: S608
                lambda: pk.assign_file(rule, plain, told_plain),
            )
            few, told_few = str(folder / "few.parquet"), str(folder / "few_assigned.parquet")
            connection.execute(f"COPY (SELECT * FROM '{source}' LIMIT {_COMPARED}) TO '{few}'")  # noqa: S608
            model = pk.segment_customers(features, basis=basis, n_segments=5, family="factor_mixture")
            by_model = pk.PersonaRule(rule.names, model)
            scan_few, own_few = _seconds(
                lambda: connection.execute(f"SELECT max(customer_id), {sums} FROM '{few}'").fetchall(),  # noqa: S608
                lambda: pk.assign_file(by_model, few, told_few),
            )
            some = connection.execute(f"SELECT * FROM '{source}' LIMIT {_COMPARED}").df().set_index("customer_id")  # noqa: S608
            asked = some.reset_index()[["customer_id"]]
            connection.register("asked", asked)
            files = {"block by block": target, "SQL": told_plain}
            told = {how: connection.execute(f"SELECT * FROM '{file}' SEMI JOIN asked USING (customer_id)").df()  # noqa: S608
                    for how, file in files.items()}  # fmt: skip
    expected = rule.assign(some)
    alike = {how: _alike(found.set_index("customer_id").loc[some.index], expected) for how, found in told.items()}
    yield {"figure": f"assign {n:,} customers, file to file", "value": round(own / written, 2), "unit": "times",
           "peer": f"reading and writing the same columns, {written:.2f} s; ours {own:.2f} s", "aim": "<= 3",
           "holds": own <= 3 * written}  # fmt: skip
    yield {"figure": f"assign {n:,} customers, file to file", "value": round(own / scan, 2), "unit": "times",
           "peer": f"adding up the same columns without writing anything, {scan:.2f} s", "aim": "<= 3",
           "holds": own <= 3 * scan}  # fmt: skip
    yield {"figure": f"assign {n:,} customers, CSV to CSV", "value": round(own_plain / scan_plain, 2), "unit": "times",
           "peer": f"adding up the same columns of the CSV, {scan_plain:.2f} s; ours {own_plain:.2f} s", "aim": "<= 3",
           "holds": own_plain <= 3 * scan_plain}  # fmt: skip
    yield {"figure": f"assign {_COMPARED:,} customers by a mixture model, file to file", "value": round(own_few / scan_few, 1),
           "unit": "times", "peer": f"adding up the same columns, {scan_few:.3f} s; ours {own_few:.2f} s", "aim": "<= 3",
           "holds": own_few <= 3 * scan_few}  # fmt: skip
    for how, same in alike.items():
        yield {"figure": f"customers told alike, {how} and by Python", "value": int(same.sum()), "unit": "customers",
               "peer": f"{len(same):,} customers", "aim": f"{len(same):,}", "holds": bool(same.all())}  # fmt: skip


def _alike(found: pd.DataFrame, expected: pd.DataFrame) -> np.ndarray:
    same = (found["segment"].astype("Int64").fillna(0) == expected["segment"].fillna(0)).to_numpy()
    for column in ("persona", "borderline_with"):
        same &= (found[column].fillna("") == expected[column].fillna("")).to_numpy()
    return np.asarray(same & np.isclose(found["certainty"], expected["certainty"], atol=1e-6, equal_nan=True))


def _seconds(*works: Callable[[], object]) -> list[float]:
    """Best of four of each work, in turns: a machine that is busy for a while is busy for all of them."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(4):
        for work, own in zip(works, taken, strict=True):
            begun = time.perf_counter()
            work()
            own.append(time.perf_counter() - begun)
    return [min(own) for own in taken]
