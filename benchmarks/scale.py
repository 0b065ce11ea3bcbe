"""Step 02 at size: loading, checking and cleaning millions of order lines, against a bare scan of the same columns."""

import gc
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.processes import in_own_process, peak_gib

COLUMNS = ("order_id", "customer_id", "ordered_at", "amount", "quantity", "product", "category", "channel", "discount")
STUDY = "study: Many orders\nas_of: 2026-06-30\nsources:\n  orders: {path: orders.parquet}\n"
#: A value per column that a scan cannot skip: every row has to be read and decoded.
SCAN = ", ".join(f"min({column}), max({column}), count({column})" for column in COLUMNS)


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Compare seconds with a scan, and give the peak memory of each process."""
    for millions in (2,) if quick else (10, 100):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_orders(folder / "orders.parquet", millions * 1_000_000)
            (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
            scan, ours = (in_own_process("benchmarks.scale", job, str(folder)) for job in ("scan", "check"))
        lines = f"{millions} million order lines"
        ratio = ours["seconds"] / scan["seconds"]
        # at a small size the fixed cost of compiling the queries is most of it
        limit = 3.0 if millions >= 10 else 30.0
        yield {"figure": f"full check of {lines}, time", "value": round(ratio, 2), "unit": "ratio",
               "seconds": round(ours["seconds"], 1), "peer": f"bare DuckDB scan ({scan['seconds']:.1f} s)",
               "aim": f"<= {limit:g}", "holds": ratio <= limit}  # fmt: skip
        peak = ours["peak_gib"]
        yield {"figure": f"full check of {lines}, peak memory", "value": round(peak, 2), "unit": "GiB",
               "peer": f"bare DuckDB scan ({scan['peak_gib']:.2f} GiB)", "aim": "<= 2", "holds": peak <= 2}  # fmt: skip
        planted = ours["rows"] - ours["clean"]
        yield {"figure": f"full check of {lines}, rows left out", "value": planted, "unit": "rows",
               "peer": f"planted ({scan['planted']})", "aim": "equal", "holds": planted == scan["planted"]}  # fmt: skip


def write_orders(file: Path, rows: int) -> None:
    """Write order lines of a million customers with some cancelled, free, future and unknown ones."""
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '4GB'")
        connection.execute(
            f"COPY (SELECT 'O' || lpad(CAST(i // 3 AS VARCHAR), 9, '0') AS order_id, "  # noqa: S608
            "CASE WHEN i % 2003 <> 0 THEN 'C' || lpad(CAST(hash(i // 3) % 1000000 AS VARCHAR), 7, '0') END AS customer_id, "
            "TIMESTAMP '2023-07-01' + INTERVAL (CASE WHEN i % 5003 = 0 THEN 2000 ELSE hash(i // 3 + 7) % 1090 END) DAY "
            "+ INTERVAL (hash(i // 3 + 9) % 86400) SECOND AS ordered_at, "
            "CASE WHEN i % 1009 = 0 THEN 0.0 ELSE round(5 + (hash(i + 1) % 20000) / 100.0, 2) END AS amount, "
            "CASE WHEN i % 499 = 0 THEN -1 ELSE CAST(1 + hash(i + 2) % 4 AS INTEGER) END AS quantity, "
            "'product ' || CAST(hash(i + 3) % 5000 AS VARCHAR) AS product, "
            "'category ' || CAST(hash(i + 3) % 12 AS VARCHAR) AS category, "
            "CASE WHEN hash(i // 3 + 4) % 5 = 0 THEN 'store' ELSE 'web' END AS channel, "
            "CASE WHEN hash(i + 5) % 4 = 0 THEN 0.2 ELSE 0.0 END AS discount "
            f"FROM range({rows}) AS numbers(i)) TO '{file}' (FORMAT parquet, COMPRESSION zstd)"
        )


def _scan(folder: Path) -> dict[str, Any]:
    file = folder / "orders.parquet"
    with duckdb.connect() as connection:
        seconds = []
        for _ in range(3):
            started = time.perf_counter()
            connection.execute(f"SELECT {SCAN} FROM '{file}'").fetchone()  # noqa: S608
            seconds.append(time.perf_counter() - started)
        planted = connection.execute(
            f"SELECT count(*) FROM '{file}' WHERE customer_id IS NULL OR ordered_at > '2026-06-30 23:59:59' "  # noqa: S608
            "OR amount <= 0 OR quantity <= 0"
        ).fetchone()
    return {"seconds": min(seconds), "planted": planted[0] if planted else 0}


def _check(folder: Path) -> dict[str, Any]:
    import personakit as pk

    study = pk.open_study(folder)
    pk.check_quality(pk.load_sources(pk.open_study()))  # imports are not part of the time
    took = []
    for _ in range(3):  # the best of three, as for the scan
        started = time.perf_counter()
        sources = pk.load_sources(study)
        report = pk.check_quality(sources)
        took.append(time.perf_counter() - started)
    seconds = min(took)
    clean = int(report.clean["orders"].count().execute())
    return {"seconds": seconds, "rows": int(sources["orders"].count().execute()), "clean": clean}


if __name__ == "__main__":
    result = {"scan": _scan, "check": _check}[sys.argv[1]](Path(sys.argv[2]))
    gc.collect()
    print(json.dumps(result | {"peak_gib": peak_gib()}))
