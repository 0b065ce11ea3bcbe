"""Step 09 against the truth: the planted bottleneck, shops without one, and the order of feelings from phase to phase."""

import tempfile
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

import personakit as pk
from personakit.simulation_content import market_content

#: Seeds that no test uses.
FIRST_SEED = 401
#: Phases that were planted less far apart, on a scale from 1 to 5, may change places in a sample.
LEAST_APART = 0.4


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Map the journeys of shops with and without the plant."""
    seeds = range(FIRST_SEED, FIRST_SEED + (3 if quick else 20))
    found, claimed, ordered = 0, 0, []
    for seed in seeds:
        with_it, groups = _maps(seed, bottleneck=True)
        without, _ = _maps(seed, bottleneck=False)
        parents = [segment for segment, group in groups.items() if group == "busy_parent"]
        located = with_it.bottlenecks()[["segment", "phase", "device"]].values.tolist()
        found += located == [[segment, "decision", "mobile"] for segment in parents] and len(parents) == 1
        claimed += len(without.bottlenecks()) > 0
        ordered += _order_kept(with_it, groups)
    n = len(seeds)
    yield {"figure": "planted bottleneck found and located (persona, phase, device)", "value": found, "unit": "shops",
           "peer": f"{n} shops with one", "aim": f"{n}", "holds": found == n}  # fmt: skip
    yield {"figure": "bottleneck claimed where there is none", "value": claimed, "unit": "shops",
           "peer": f"{n} shops without one", "aim": "0", "holds": claimed == 0}  # fmt: skip
    share = float(np.mean(ordered))
    yield {"figure": f"phases in the planted order of feeling (planted at least {LEAST_APART} points apart)",
           "value": round(share, 4), "unit": "share of pairs of phases", "peer": f"{len(ordered)} pairs", "aim": ">= 0.99",
           "holds": share >= 0.99}  # fmt: skip


def _maps(seed: int, *, bottleneck: bool) -> tuple[Any, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shop = pk.simulate_shop(random_state=seed, bottleneck=bottleneck)
        shop.write(folder)
        (folder / "study.yaml").write_text(pk.sample_study().read_text(encoding="utf-8"), encoding="utf-8")
        study = pk.open_study(folder)
        clean = pk.check_quality(pk.load_sources(study)).clean  # ids stay what they are, to be compared with the truth
        features = pk.build_features(clean)
        segmentation = pk.segment_customers(features, basis=pk.choose_basis(features, study.segmentation), n_segments=5)
        profiles = pk.profile_segments(features, segmentation)
        personas = pk.write_personas(profiles, segmentation, study=study)
        planted = shop.truth[shop.truth["kind"] == "archetype"].set_index("key")["value"]
        archetypes = planted.reindex(segmentation.labels.index)
        groups = archetypes.groupby(segmentation.labels).agg(lambda own: own.mode().iloc[0]).to_dict()
        return pk.map_journeys(clean, segmentation, personas, profiles), groups


def _order_kept(journeys: Any, groups: dict[int, str]) -> list[bool]:
    """For each pair of phases that was planted clearly apart, whether the curve of the persona says so."""
    content = market_content()
    planted = {name: group["csat"] for name, group in content["archetypes"].items()}
    figures = journeys.figures.set_index(["segment", "feature"])["estimate"]
    kept = []
    for segment, archetype in groups.items():
        for one, other in combinations(journeys.phases, 2):
            apart = planted[archetype][one] - planted[archetype][other]
            if abs(apart) >= LEAST_APART:
                kept.append(bool(np.sign(figures[segment, f"feel_{one}"] - figures[segment, f"feel_{other}"]) == np.sign(apart)))
    return kept
