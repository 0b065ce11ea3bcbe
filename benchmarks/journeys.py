"""Step 09 at size: visits, steps between touchpoints with median times, and the funnel, against polars and process miners."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.processes import in_own_process, peak_gib

PHASES = {"awareness": (0, 4), "consideration": (4, 8), "decision": (8, 12), "action": (12, 16), "loyalty": (16, 20)}
STUDY = """study: Many events
as_of: 2026-07-30
sources:
  events: {path: events.parquet}
journey:
  phases:
""" + "".join(f"    {phase}: [{', '.join(f'touch_{i:02d}' for i in range(*span))}]\n" for phase, span in PHASES.items())
#: A Python that has retentioneering, which needs older versions of pandas and numpy than this project.
OTHER_PYTHON = "PERSONAKIT_RETENTIONEERING_PYTHON"


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Compare CPU seconds, each way in a process of its own, and give the peak memory."""
    for millions in (1,) if quick else (10, 50):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_events(folder / "events.parquet", millions * 1_000_000)
            (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
            jobs = ["scan", "polars", *(["pandas", "pm4py"] if millions <= 10 else []), "ours"]
            if millions <= 10 and os.environ.get(OTHER_PYTHON):
                jobs.append("retentioneering")
            # in turn, and the least of each: other work on the machine makes the same job up to twice as dear
            rounds = [{job: _run(job, folder) for job in jobs} for _ in range(1 if quick else 3 if millions <= 10 else 2)]
            found = {job: min((each[job] for each in rounds), key=lambda run: run["cpu"]) for job in jobs}
            again = _run("ours", folder)
        events, ours = f"steps, visits and funnel of {millions} million events", found["ours"]
        aims = {"polars": 1.2, "pandas": 1.0, "pm4py": 1 / 8, "retentioneering": 1 / 10}
        for peer in [peer for peer in aims if peer in found]:
            ratio = ours["cpu"] / found[peer]["cpu"]
            limit = (
                4 * aims[peer] if quick else aims[peer]
            )  # at a small size the fixed cost of compiling the queries is most of it
            yield {"figure": f"{events}, CPU time", "value": round(ratio, 3), "unit": "ratio", "seconds": round(ours["cpu"], 1),
                   "peer": f"{peer} ({found[peer]['cpu']:.1f} s, {found[peer]['peak_gib']:.1f} GiB)", "aim": f"<= {limit:.3g}",
                   "holds": ratio <= limit}  # fmt: skip
        yield {"figure": f"{events}, peak memory", "value": round(ours["peak_gib"], 2), "unit": "GiB",
               "peer": f"bare scan ({found['scan']['cpu']:.1f} s, {found['scan']['peak_gib']:.2f} GiB)", "aim": "<= 3",
               "holds": ours["peak_gib"] <= 3}  # fmt: skip
        same = ours["steps"] == again["steps"] == found["polars"]["steps"]
        yield {"figure": f"{events}, counts", "value": sum(ours["steps"].values()), "unit": "steps",
               "peer": "a second run, and polars", "aim": "equal", "holds": same}  # fmt: skip


def _run(job: str, folder: Path) -> dict[str, Any]:
    python = os.environ[OTHER_PYTHON] if job == "retentioneering" else sys.executable
    return in_own_process("benchmarks.journeys", job, str(folder), python=python)


def write_events(file: Path, rows: int) -> None:
    """Write visits of some six events in the order of time, four visits a customer, twenty touchpoints, with ties."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = '4GB'")
        connection.execute(
            f"COPY (SELECT 'C' || lpad(CAST(hash(i // 6) % {rows // 24} AS VARCHAR), 8, '0') AS customer_id, "  # noqa: S608
            f"TIMESTAMP '2025-07-01' + INTERVAL (CAST((i // 6) * (31536000.0 / {rows // 6}) AS BIGINT) + (i % 6) * 45 "
            '+ hash(i) % 240) SECOND AS "at", '
            "'touch_' || lpad(CAST(least(19, (i % 6) * 3 + hash(i + 1) % 5) AS VARCHAR), 2, '0') AS touchpoint, "
            "CASE WHEN hash(i // 6 + 3) % 5 < 3 THEN 'mobile' ELSE 'desktop' END AS device "
            f"FROM range({rows}) AS numbers(i)) TO '{file}' (FORMAT parquet, COMPRESSION zstd)"
        )


def _scan(folder: Path) -> dict[str, int]:
    import duckdb

    columns = ", ".join(f'min("{c}"), max("{c}"), count("{c}")' for c in ("customer_id", "at", "touchpoint"))
    duckdb.sql(f"SELECT {columns} FROM '{folder / 'events.parquet'}'").fetchone()  # noqa: S608
    return {}


def _polars(folder: Path) -> dict[str, int]:
    """Sort, shift, group: the quickest way we know in polars."""
    import polars as pl

    log = pl.scan_parquet(folder / "events.parquet").select("customer_id", "at", "touchpoint")
    steps = log.with_row_index("row").sort("customer_id", "at", "row").with_columns(
        before=pl.col("touchpoint").shift(1), known=pl.col("customer_id").shift(1) == pl.col("customer_id"),
        pause=(pl.col("at") - pl.col("at").shift(1)).dt.total_seconds(),
    ).filter(pl.col("known") & (pl.col("pause") <= 1800))  # fmt: skip
    table = steps.group_by("before", "touchpoint").agg(n=pl.len(), median=pl.col("pause").median()).collect()
    phase = pl.col("touchpoint").str.slice(6).cast(pl.Int8) // 4
    firsts = log.group_by("customer_id").agg(pl.col("at").filter(phase == k).min().alias(f"f{k}") for k in range(5))
    firsts.select([pl.col(f"f{k}").count() for k in range(5)]
                  + [(pl.col(f"f{k}") <= pl.col(f"f{k + 1}")).sum().alias(f"on{k}") for k in range(4)]).collect()  # fmt: skip
    return {f"{a}>{b}": n for a, b, n in table.select("before", "touchpoint", "n").iter_rows()}


def _pandas(folder: Path) -> dict[str, int]:
    """As tutorials do it: sort and shift."""
    import pandas as pd

    log = pd.read_parquet(folder / "events.parquet", columns=["customer_id", "at", "touchpoint"])
    log = log.sort_values(["customer_id", "at"], kind="stable")
    pause = log["at"].diff().dt.total_seconds()
    known = (log["customer_id"] == log["customer_id"].shift()) & (pause <= 1800)
    steps = pd.DataFrame({"before": log["touchpoint"].shift(), "after": log["touchpoint"], "pause": pause})[known]
    table = steps.groupby(["before", "after"])["pause"].agg(["size", "median"])
    phase = log["touchpoint"].str[6:].astype("int8") // 4
    log.assign(phase=phase).groupby(["customer_id", "phase"])["at"].min().unstack()  # noqa: PD010  as tutorials do
    return {f"{a}>{b}": int(n) for (a, b), n in table["size"].items()}


def _pm4py(folder: Path) -> dict[str, int]:
    """Visits as cases, as its documentation shows: format the log, discover the graph, its times and who reaches a phase."""
    import pandas as pd
    import pm4py

    log = pd.read_parquet(folder / "events.parquet", columns=["customer_id", "at", "touchpoint"])
    log = log.sort_values(["customer_id", "at"], kind="stable")
    anew = (log["customer_id"] != log["customer_id"].shift()) | (log["at"].diff().dt.total_seconds() > 1800)
    log["visit"] = anew.cumsum().astype(str)
    log = pm4py.format_dataframe(log, case_id="visit", activity_key="touchpoint", timestamp_key="at")
    steps = pm4py.discover_dfg(log)[0]
    pm4py.discover_performance_dfg(log)
    for start, end in PHASES.values():
        names = {f"touch_{i:02d}" for i in range(start, end)}
        pm4py.filter_event_attribute_values(log, "concept:name", names, level="case", case_id_key="customer_id")
    return {f"{a}>{b}": int(n) for (a, b), n in steps.items()}


def _retentioneering(folder: Path) -> dict[str, int]:
    """Eventstream, visits of 30 minutes, transition counts and median times, and the funnel of the five phases, as for us."""
    import pandas as pd
    from retentioneering.eventstream import Eventstream

    log = pd.read_parquet(folder / "events.parquet", columns=["customer_id", "at", "touchpoint"])
    log.columns = ["user_id", "timestamp", "event"]
    stream = Eventstream(log).split_sessions(timeout="30m")
    steps = stream.transition_graph_data(edge_weight="count", path_col="session_id")
    stream.transition_graph_data(edge_weight="time_median", path_col="session_id")
    phases = {f"touch_{i:02d}": phase for phase, span in PHASES.items() for i in range(*span)}
    stream.rename_events(phases).funnel_data(steps=list(PHASES))
    return {f"{a}>{b}": int(n) for a, row in steps.iterrows() for b, n in row.items() if n}


def _ours(folder: Path) -> dict[str, int]:
    import personakit as pk
    from personakit.journeys_transitions import count_funnel, count_transitions

    sources = pk.load_sources(pk.open_study(folder))
    steps = count_transitions(sources, within="visit").table
    count_funnel(sources)
    walked = steps[(steps["from"] != "") & (steps["to"] != "")]
    return {f"{a}>{b}": int(n) for a, b, n in walked[["from", "to", "transitions"]].itertuples(index=False)}


if __name__ == "__main__":
    job = {"scan": _scan, "polars": _polars, "pandas": _pandas, "pm4py": _pm4py, "retentioneering": _retentioneering,
           "ours": _ours}[sys.argv[1]]  # fmt: skip
    steps = job(Path(sys.argv[2]))
    # the whole process counts, imports too: that is what a person waits for
    print(json.dumps({"cpu": time.process_time(), "peak_gib": peak_gib(), "steps": steps}))
