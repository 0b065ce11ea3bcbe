"""Run one benchmark or all of them; exit code 1 when a figure falls short of its aim."""

import argparse
import json
import sys

from benchmarks import (
    activation,
    budget,
    collection,
    drift,
    features,
    journeys,
    journeys_truth,
    measurement,
    personas,
    quality,
    running,
    scale,
    screener,
    segmentation,
    segmentation_truth,
    verification,
    voices,
    watch,
)

STEPS = {module.__name__.rpartition(".")[2]: module for module in (
    activation, budget, collection, drift, features, journeys, journeys_truth, measurement, personas, quality, running, scale,
    screener, segmentation, segmentation_truth, verification, voices, watch)}  # fmt: skip


def main() -> int:
    """Print one JSON line per figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("step", nargs="?", choices=list(STEPS))
    parser.add_argument("--quick", action="store_true", help="a smaller version")
    options = parser.parse_args()
    holds = True
    for name in [options.step] if options.step else STEPS:
        for figure in STEPS[name].figures(quick=options.quick):
            print(json.dumps(figure, ensure_ascii=False), flush=True)
            holds &= figure["holds"]
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
