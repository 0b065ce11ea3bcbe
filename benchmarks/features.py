"""Step 05 at size: one row per customer from millions of order lines, against plain SQL, pandas and a bare scan."""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.processes import in_own_process, peak_gib
from benchmarks.scale import STUDY, write_orders

USED = ("order_id", "customer_id", "ordered_at", "amount", "category", "channel", "discount")
SCAN = ", ".join(f"min({column}), max({column}), count({column})" for column in USED)
INSIDE = "ordered_at <= TIMESTAMP '2026-06-30 23:59:59'"


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Compare CPU seconds, each way in a process of its own, and give the peak memory."""
    for millions in (1,) if quick else (10, 100):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_orders(folder / "orders.parquet", millions * 1_000_000)
            (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
            jobs = ["scan", "sql", "ours", *(["pandas"] if millions <= 10 else [])]
            found = {job: in_own_process("benchmarks.features", job, str(folder)) for job in jobs}
        lines = f"features of {millions} million order lines"
        ours = found["ours"]
        for job, peer, aim in (("sql", "DuckDB SQL with count(distinct) and mode()", 0.8), ("pandas", "pandas group-bys", 1 / 3),
                               ("scan", "bare DuckDB scan", 8.0)):  # fmt: skip
            if job in found:
                ratio = ours["cpu"] / found[job]["cpu"]
                limit = 4 * aim if quick else aim  # at a small size the fixed cost of compiling the queries is most of it
                named = f"{peer} ({found[job]['cpu']:.1f} s)"
                yield {"figure": f"{lines}, CPU time", "value": round(ratio, 2), "unit": "ratio",
                       "seconds": round(ours["cpu"], 1), "peer": named, "aim": f"<= {limit:.2g}",
                       "holds": ratio <= limit}  # fmt: skip
        peak = ours["peak_gib"]
        yield {"figure": f"{lines}, peak memory", "value": round(peak, 2), "unit": "GiB", "customers": ours["customers"],
               "peer": f"the SQL ({found['sql']['peak_gib']:.2f} GiB)", "aim": "<= 4.5", "holds": peak <= 4.5}  # fmt: skip


def _scan(folder: Path) -> int:
    duckdb.sql(f"SELECT {SCAN} FROM '{folder / 'orders.parquet'}'").fetchone()  # noqa: S608
    return 0


def _sql(folder: Path) -> int:
    """What an analyst writes down first: one aggregate with distinct counts and the commonest category."""
    file = folder / "orders.parquet"
    common = "SELECT {} FROM '{}' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 8"
    top = {c: [row[0] for row in duckdb.sql(common.format(c, file)).fetchall()] for c in ("channel", "category")}
    shares = ", ".join(f"avg(CASE WHEN {column} = '{value}' THEN 1.0 ELSE 0 END) AS {column}{i}"
                       for column, values in top.items() for i, value in enumerate(values))  # fmt: skip
    table = duckdb.sql(
        "SELECT customer_id, count(DISTINCT order_id) AS orders, sum(amount) AS spend, min(ordered_at) AS first, "  # noqa: S608
        "max(ordered_at) AS last, count(DISTINCT date_trunc('month', ordered_at)) AS months, mode(category) AS favourite, "
        f"avg(CASE WHEN discount > 0 THEN 1.0 ELSE 0 END) AS discounted, {shares} FROM '{file}' WHERE {INSIDE} GROUP BY 1"
    ).to_df()
    return len(table)


def _pandas(folder: Path) -> int:
    """As tutorials do it."""
    import pandas as pd

    orders = pd.read_parquet(folder / "orders.parquet", columns=list(USED))
    orders = orders[orders["ordered_at"] <= "2026-06-30 23:59:59"]
    each = orders.groupby("customer_id")
    table = each.agg(
        orders=("order_id", "nunique"), spend=("amount", "sum"), first=("ordered_at", "min"), last=("ordered_at", "max")
    )
    table["months"] = orders.assign(month=orders["ordered_at"].dt.to_period("M")).groupby("customer_id")["month"].nunique()
    for column in ("channel", "category"):
        counts = pd.crosstab(orders["customer_id"], orders[column], normalize="index")
        table = table.join(counts.add_prefix(f"{column}_"))
        if column == "category":
            table["favourite"] = counts.idxmax(axis=1)
    table["discounted"] = orders.assign(reduced=orders["discount"] > 0).groupby("customer_id")["reduced"].mean()
    return len(table)


def _ours(folder: Path) -> int:
    import personakit as pk

    return len(pk.build_features(pk.load_sources(pk.open_study(folder))).table)


if __name__ == "__main__":
    import personakit as pk

    pk.load_sources(pk.open_study())  # imports are not part of the time
    started = time.process_time()
    n = {"scan": _scan, "sql": _sql, "pandas": _pandas, "ours": _ours}[sys.argv[1]](Path(sys.argv[2]))
    print(json.dumps({"cpu": time.process_time() - started, "customers": n, "peak_gib": peak_gib()}))
