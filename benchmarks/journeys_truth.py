"""Step 09 against the truth: the planted bottleneck, shops without one, and the order of feelings from phase to phase."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import personakit as pk

#: Seeds that no test uses.
FIRST_SEED = 301


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Map the journeys of shops with and without the plant."""
    seeds = range(FIRST_SEED, FIRST_SEED + (3 if quick else 20))
    found, claimed, ordered = 0, 0, []
    for seed in seeds:
        with_it, truth = _maps(seed, bottleneck=True)
        without, _ = _maps(seed, bottleneck=False)
        located = with_it.bottlenecks()
        parents = _segment_of_parents(with_it, truth)
        found += located[["segment", "phase", "device"]].values.tolist() == [[parents, "decision", "mobile"]]
        claimed += len(without.bottlenecks()) > 0
        ordered += _order_kept(with_it, parents)
    n = len(seeds)
    yield {"figure": "planted bottleneck found and located (persona, phase, device)", "value": found, "unit": "shops",
           "peer": f"{n} shops with one", "aim": f"{n}", "holds": found == n}  # fmt: skip
    yield {"figure": "bottleneck claimed where there is none", "value": claimed, "unit": "shops", "peer": f"{n} shops without one",
           "aim": "0", "holds": claimed == 0}  # fmt: skip
    share = float(np.mean(ordered))
    yield {"figure": "feeling lowest where it was planted: at the checkout for busy parents, nowhere so low for others",
           "value": round(share, 3), "unit": "share of personas", "peer": f"{len(ordered)} personas", "aim": "1",
           "holds": share == 1.0}  # fmt: skip


def _maps(seed: int, *, bottleneck: bool) -> tuple[Any, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shop = pk.simulate_shop(random_state=seed, bottleneck=bottleneck)
        shop.write(folder)
        (folder / "study.yaml").write_text(pk.sample_study().read_text(encoding="utf-8"), encoding="utf-8")
        study = pk.open_study(folder)
        protected = pk.protect(pk.check_quality(pk.load_sources(study)).clean)
        features = pk.build_features(protected)
        segmentation = pk.segment_customers(features, basis=pk.choose_basis(features, study.segmentation), n_segments=5)
        profiles = pk.profile_segments(features, segmentation)
        personas = pk.write_personas(profiles, segmentation, study=study)
        journeys = pk.map_journeys(protected, segmentation, personas, profiles)
        return journeys, features.table["need_speed_1"].groupby(segmentation.labels).mean()


def _segment_of_parents(journeys: Any, speed: Any) -> int:
    """Busy parents want speed most."""
    return int(speed.reindex(list(journeys.maps)).idxmax())


def _order_kept(journeys: Any, parents: int) -> list[bool]:
    """Whether the curve of each persona has its lowest point where it was planted."""
    felt = journeys.figures[journeys.figures["feature"].isin([f"feel_{phase}" for phase in journeys.phases])]
    wide = felt.pivot_table(index="segment", columns="feature", values="estimate")
    kept = [bool(wide.loc[parents].idxmin() == "feel_decision")]
    others = wide.drop(index=parents)["feel_decision"]
    return kept + [bool(value > wide.loc[parents, "feel_decision"] + 0.3) for value in others]
