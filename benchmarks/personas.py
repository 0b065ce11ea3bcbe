"""Step 08 on data with a known truth: lines of the cards against what was planted, over many simulated shops."""

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import personakit as pk
from personakit.evidence import Figure
from personakit.evidence_measures import measure_group
from personakit.features import numeric
from personakit.privacy import pseudonym_of

SEEDS = range(101, 121)
#: Archetypes that lie nearer than this to each other (in standard deviations, or Cohen's h) may change places.
TIE = 0.2
#: Less than this in a hundred thousand customers is no planted difference.
NOTHING = 0.06
FEWEST = 0.08
_MEDIANS = {"amount", "count"}


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Share of data lines with the planted sign and rank, non-differences graded strong, archetypes without a card."""
    seeds = list(SEEDS)[: 3 if quick else None]
    truth = planted(6_000 if quick else 24_000)
    started = time.perf_counter()
    with ProcessPoolExecutor(2) as pool:
        lines = pd.concat(pool.map(cards_of, seeds), ignore_index=True)
    seconds = (time.perf_counter() - started) / len(seeds)
    judged = lines.merge(truth, on=["feature", "category", "archetype"])
    real = judged[judged["planted_effect"].abs() >= NOTHING]
    sign = np.sign(real["effect"]) == np.sign(real["planted_effect"])
    rank = (real["rank"] >= real["planted_first"]) & (real["rank"] <= real["planted_last"])
    both = float((sign & rank).mean())
    yield {"figure": f"{len(seeds)} shops: data lines with the planted sign and rank", "value": round(both, 3), "unit": "share",
           "sign": round(float(sign.mean()), 3), "rank": round(float(rank.mean()), 3), "lines": len(real),
           "seconds_per_shop": round(seconds, 1), "peer": "the planted truth", "aim": ">= 0.90",
           "holds": both >= 0.9}  # fmt: skip
    nothing = judged[judged["planted_effect"].abs() < NOTHING]
    strong = nothing[nothing["grade"] == "strong"]
    yield {"figure": f"{len(seeds)} shops: planted non-differences graded strong", "value": len(strong), "unit": "lines",
           "lines": len(nothing), "which": sorted(strong["feature"].unique()), "peer": "the planted truth", "aim": "0",
           "holds": strong.empty}  # fmt: skip
    lacking = int((5 - lines.groupby("seed")["archetype"].nunique()).sum())
    yield {"figure": f"{len(seeds)} shops: archetypes of at least {FEWEST:.0%} without a card of their own", "value": lacking,
           "unit": "archetypes", "peer": "five planted archetypes", "aim": "0", "holds": lacking == 0}  # fmt: skip


def planted(n_customers: int) -> pd.DataFrame:
    """
    Measure what was planted, in a shop so large that chance hardly plays a part.

    Returns
    -------
    pandas.DataFrame
        One row per feature, answer and archetype: ``planted_effect`` to all others, and the places (0 is the highest) that
        the archetype may take among the five, ``planted_first`` to ``planted_last``.
    """
    features, archetypes = _features(n_customers, n_customers, seed=7, faults=False)
    rows = []
    for name, category, values, statistic in _measures(features):
        found = {who: measure_group(values, (archetypes == who).to_numpy(), statistic, test=False) for who in archetypes.unique()}
        if any(entry is None or entry["n"] < 50 or entry.get("effect") is None for entry in found.values()):
            continue
        spread = float(np.nanstd(values)) or 1.0
        level = {who: 2 * np.arcsin(np.sqrt(e["estimate"])) if statistic == "share" else e["estimate"] / spread
                 for who, e in found.items() if e}  # fmt: skip
        for who, entry in found.items():
            others = np.array([value for key, value in level.items() if key != who])
            rows.append({"feature": name, "category": category, "archetype": who, "planted_effect": (entry or {})["effect"],
                         "planted_first": int((others > level[who] + TIE).sum()),
                         "planted_last": int((others > level[who] - TIE).sum())})  # fmt: skip
    return pd.DataFrame(rows)


def cards_of(seed: int) -> pd.DataFrame:
    """Run one shop of the sample's size to its cards; one row per line that asserts a difference, with its place."""
    features, archetypes = _features(2_400, 800, seed=seed, faults=True)
    study = pk.open_study()
    basis = pk.choose_basis(features, study.segmentation)
    panel = pk.compare_solutions(features, basis=basis, random_state=1)
    segmentation = pk.segment_customers(
        features, basis=basis, n_segments=panel.suggested or 1, family=panel.family, random_state=1
    )
    profiles = pk.profile_segments(features, segmentation.judged_by(panel))
    personas = pk.write_personas(profiles, segmentation, study=study, features=features)
    whose = pd.crosstab(segmentation.labels, archetypes.reindex(segmentation.labels.index)).idxmax(axis=1)
    rows = []
    for line in personas.claims:
        figure = line.evidence[0] if line.evidence else None
        if isinstance(figure, Figure) and line.asserts == "difference" and len(line.evidence) == 1:
            own = profiles.table[(profiles.table["feature"] == figure.column) & (profiles.table["category"] == figure.category)]
            rows.append({"seed": seed, "archetype": whose[line.segment], "feature": figure.column, "category": figure.category,
                         "effect": figure.effect, "grade": line.grade,
                         "rank": int((own["estimate"] > figure.estimate).sum())})  # fmt: skip
    return pd.DataFrame(rows)


def _features(n_customers: int, n_survey: int, *, seed: int, faults: bool) -> tuple[pk.Features, pd.Series]:
    """Features of one simulated shop, and the archetype of each customer under the same pseudonyms."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shop = pk.simulate_shop(n_customers=n_customers, n_survey=n_survey, random_state=seed, faults=faults)
        shop.write(folder)
        text = pk.sample_study().read_text(encoding="utf-8")
        (folder / "study.yaml").write_text(text, encoding="utf-8")
        study = pk.open_study(folder)
        protected = pk.protect(pk.check_quality(pk.load_sources(study)).clean)
        features = pk.build_features(protected)
        own = shop.truth[shop.truth["kind"] == "archetype"]
        names = pd.Series(own["value"].to_numpy(), index=[pseudonym_of(study, str(key)) for key in own["key"]])
    return features, names.reindex(features.table.index)


def _measures(features: pk.Features) -> Iterator[tuple[str, str, np.ndarray, Any]]:
    for name in features.table.columns:
        kind, column = str(features.dictionary.at[name, "kind"]), features.table[name]
        if kind == "nominal":
            for category in sorted(column.dropna().unique()):
                yield (
                    name,
                    str(category),
                    np.where(column.notna(), (column == category).to_numpy(dtype=float, na_value=0), np.nan),
                    "share",
                )
        else:
            yield name, "", numeric(column), "share" if kind == "binary" else "median" if kind in _MEDIANS else "mean"
