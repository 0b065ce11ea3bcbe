"""Step 02: how many of the planted faults are found, and how many of the findings were planted."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

import personakit as pk

#: Least precision and recall, by kind of fault.
AIMS = {"duplicate": 0.95, "conflict": 0.95, "impossible": 0.95, "careless": 0.8, "bot": 0.8}
Facts = dict[str, set[tuple[str, ...]]]


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Measure precision and recall on shops of several seeds."""
    hits, found, planted = (dict.fromkeys(AIMS, 0) for _ in range(3))
    for seed in range(101, 103 if quick else 111):
        own, truth = one_shop(seed)
        for kind in AIMS:
            hits[kind] += len(own[kind] & truth[kind])
            found[kind] += len(own[kind])
            planted[kind] += len(truth[kind])
    for kind, aim in AIMS.items():
        for name, whole in (("precision", found[kind]), ("recall", planted[kind])):
            value = hits[kind] / whole if whole else 0.0
            yield {"figure": f"{kind}, {name}", "value": round(value, 3), "unit": "share", "n": whole,
                   "peer": "planted truth", "aim": f">= {aim}", "holds": value >= aim}  # fmt: skip


def one_shop(seed: int, *, n_customers: int = 1200, n_survey: int = 400) -> tuple[Facts, Facts]:
    """Faults found and faults planted, by kind; each as source, id and column."""
    shop = pk.simulate_shop(n_customers=n_customers, n_survey=n_survey, random_state=seed)
    with tempfile.TemporaryDirectory() as folder:
        shop.write(folder)
        (Path(folder) / "study.yaml").write_text(pk.sample_study().read_text(encoding="utf-8"), encoding="utf-8")
        sources = pk.load_sources(pk.open_study(folder))
        report = pk.check_quality(sources)
        raw = {role: sources[role].to_pandas() for role in ("customers", "orders", "events", "survey", "tickets")}
        clean = {role: report.clean[role].to_pandas() for role in raw}
        clean["survey"] = report.with_careless["survey"].to_pandas()
    facts = shop.truth[shop.truth["kind"].isin(AIMS)]
    truth = {kind: set(zip(rows["source"], rows["key"], rows["column"], strict=True)) for kind, rows in facts.groupby("kind")}
    own: Facts = {"duplicate": set(), "impossible": set(), "conflict": set()}
    for role, key in (("customers", "customer_id"), ("events", "event_id"), ("tickets", "ticket_id")):
        gone = raw[role][~raw[role]["_row"].isin(clean[role]["_row"])]
        machines = raw[role].loc[raw[role]["customer_id"].isin(_people(report, raw, role)), key]
        own["duplicate"] |= {(role, str(one), "") for one in gone[key]} - {(role, str(one), "") for one in machines}
        truth["duplicate"] -= {(role, str(one), "") for one in machines}  # all rows of a bot are gone
    own["impossible"] |= _blanked(raw["customers"], clean["customers"], "customers", ["birth_year"])
    own["impossible"] |= _blanked(raw["survey"], clean["survey"], "survey", [c for c in raw["survey"] if c.startswith("need_")])
    late = raw["orders"][~raw["orders"]["_row"].isin(clean["orders"]["_row"])].set_index("order_id")
    own["impossible"] |= {("orders", str(one), "ordered_at" if row["ordered_at"] > pd.Timestamp("2026-07-01") else "amount")
                          for one, row in late.iterrows()}  # fmt: skip
    respondents = raw["survey"].set_index("_row")["customer_id"]
    own["conflict"] |= {("survey", str(respondents[row.survey_row]), row.column) for row in report.resolutions.itertuples()}
    own["careless"] = {("survey", str(one), "") for one in _people(report, raw, "survey")}
    own["bot"] = {("events", str(one), "") for one in _people(report, raw, "events")}
    # answers of people set aside as careless are not compared with the register
    truth["conflict"] = {fact for fact in truth["conflict"] if ("survey", fact[1], "") not in own["careless"]}
    return own, truth


def _people(report: pk.QualityReport, raw: dict[str, pd.DataFrame], role: str) -> set[str]:
    rows = report.people.loc[report.people["source"] == role, "row"] if len(report.people) else []
    return set(raw[role].loc[raw[role]["_row"].isin(list(rows)), "customer_id"])


def _blanked(raw: pd.DataFrame, clean: pd.DataFrame, role: str, columns: list[str]) -> set[tuple[str, ...]]:
    after = clean.set_index("_row")
    before = raw.set_index("_row").reindex(after.index)
    return {(role, str(before.at[row, "customer_id"]), column)
            for column in columns for row in after.index[before[column].notna() & after[column].isna()]}  # fmt: skip
