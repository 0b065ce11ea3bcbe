"""Speed and quality against peers, as ratios in one run: ``python -m benchmarks [step] [--quick]``."""
