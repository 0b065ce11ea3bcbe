"""Step 02: how many of the planted faults are found, and how many of the findings were planted."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import personakit as pk

#: Least precision and recall; careless respondents are found with the three signs of this version only.
AIMS = {"bot": (0.8, 0.8), "careless": (0.8, 0.5)}


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Measure precision and recall on shops of several seeds."""
    hits = dict.fromkeys(AIMS, 0)
    found = dict.fromkeys(AIMS, 0)
    planted = dict.fromkeys(AIMS, 0)
    for seed in range(1, 3 if quick else 11):
        for kind, (own, truth) in _one_shop(seed).items():
            hits[kind] += len(own & truth)
            found[kind] += len(own)
            planted[kind] += len(truth)
    for kind, (precision, recall) in AIMS.items():
        for name, value, aim in (
            ("precision", hits[kind] / found[kind], precision),
            ("recall", hits[kind] / planted[kind], recall),
        ):
            entry = {"figure": f"{kind}, {name}", "value": round(value, 3), "unit": "share", "peer": "planted truth"}
            yield entry | {"aim": f">= {aim}", "holds": value >= aim}


def _one_shop(seed: int) -> dict[str, tuple[set[str], set[str]]]:
    """Ids found and ids planted, by kind of fault."""
    shop = pk.simulate_shop(n_customers=1200, n_survey=400, random_state=seed)
    with tempfile.TemporaryDirectory() as folder:
        shop.write(folder)
        (Path(folder) / "study.yaml").write_text(pk.sample_study().read_text(encoding="utf-8"), encoding="utf-8")
        sources = pk.load_sources(pk.open_study(folder))
        report = pk.check_quality(sources)
        truth = {kind: set(rows["key"]) for kind, rows in shop.truth.groupby("kind")}
        own: dict[str, set[str]] = {}
        for kind, role in (("bot", "events"), ("careless", "survey")):
            rows = report.people.loc[report.people["source"] == role, "row"].tolist()
            table = sources[role]
            own[kind] = set(table.filter(table["_row"].isin(rows)).to_pandas()["customer_id"])
    return {kind: (own[kind], truth[kind]) for kind in AIMS}
