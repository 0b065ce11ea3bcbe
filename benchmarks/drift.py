"""Step 11, drift: how often two samples of the same people are called drift, and how often a planted change is named."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import personakit as pk
from personakit.evidence_measures import wilson

#: Seeds that no test uses.
FIRST_SEED = 7_001
_STUDIES = Path(__file__).parents[1] / "tests" / "real" / "studies"
_REAL = ("mcdonalds", "marketing_campaign", "online_retail")
_PLANTED = ("mix", "moved", "split", "new group")


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Compare pairs of waves from one population, halves of real data, and waves with a planted change."""
    pairs, trials, halves = (10, 5, 5) if quick else (200, 100, 40)
    for n in (500, 2_000) if quick else (500, 2_000, 10_000):
        kinds: Counter[str] = Counter()
        for pair in range(pairs):
            kinds.update([_compared(n, pair, "none").verdict])
        yield _alarms(f"pairs of waves of {n:,} from one population", pairs, kinds)
    for change in _PLANTED:
        first: Counter[str] = Counter()
        for trial in range(trials):
            report = _compared(2_000, trial, change)
            first.update([report.kinds[0] if report.kinds else "nothing"])
        low, high = wilson(first[change], trials)
        yield {"figure": f"planted change named first, 2,000 a wave: {change}", "value": first[change] / trials, "unit": "share",
               "peer": f"{dict(first.most_common())}; 95 % interval {low:.3f} to {high:.3f}", "aim": ">= 0.80",
               "holds": first[change] >= 0.8 * trials}  # fmt: skip
    for name in _REAL:
        yield _halves(name, halves)


def _compared(n: int, number: int, change: Any) -> pk.DriftReport:
    seed = FIRST_SEED + 2 * number
    old = pk.simulate_wave(n, random_state=seed).features
    new = pk.simulate_wave(n, random_state=seed + 1, change=change, change_state=seed).features
    basis = [name for name in old.table if name.startswith("need_")]
    return pk.detect_drift(old, new, segmentation=pk.segment_customers(old, basis=basis, n_segments=5), random_state=number)


def _alarms(what: str, pairs: int, kinds: Counter[str]) -> dict[str, Any]:
    called = pairs - kinds["keep"]
    low, high = wilson(called, pairs)
    return {"figure": f"called drift: {what}", "value": called / pairs, "unit": "share",
            "peer": f"{pairs} pairs; 95 % interval {low:.3f} to {high:.3f}", "aim": "<= 0.05",
            "holds": called <= 0.05 * pairs}  # fmt: skip


def _halves(name: str, times: int) -> dict[str, Any]:
    """Halves of one study's customers, drawn at random, with the segments of the first half."""
    data = Path(os.environ.get("PERSONAKIT_DATA", "../shared/data")) / name
    if not data.is_dir():
        return {"figure": f"called drift: halves of {name}", "value": None, "unit": "", "peer": f"{data} is not there",
                "aim": "set PERSONAKIT_DATA", "holds": False}  # fmt: skip
    os.environ["PERSONAKIT_DATA"] = str(data.parent.resolve())  # the study file names its data by it
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(_STUDIES / name / "study.yaml", folder)
        study = pk.open_study(folder)
        features = pk.build_features(pk.check_quality(pk.load_sources(study)).clean)
    basis = pk.choose_basis(features, study.segmentation)
    n_segments = study.segmentation.n_segments if study.segmentation.n_segments != "auto" else 4
    kinds: Counter[str] = Counter()
    for number in range(times):
        shuffled = np.random.default_rng([FIRST_SEED, number]).permutation(len(features.table))
        parts = [pk.Features(features.table.iloc[np.sort(own)], features.dictionary) for own in np.array_split(shuffled, 2)]
        segmentation = pk.segment_customers(parts[0], basis=basis, n_segments=n_segments)
        kinds.update([pk.detect_drift(*parts, segmentation=segmentation, random_state=number).verdict])
    return _alarms(f"random halves of {name} ({len(features.table):,} customers)", times, kinds)
