"""Step 10, budget and loyalty against the truth: simulated campaigns of known response, and later orders of real shops."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import personakit as pk
from personakit.activation_budget import NO_DIFFERENCE, best_split, equal_split, split_budget
from personakit.activation_loyalty import predict_loyalty
from personakit.activation_responses import MOST_CONTACTS, fit_responses
from personakit.simulation_campaigns import simulate_campaigns

#: Seeds that no test uses.
FIRST_SEED = 701
_COSTS = {"email": 0.1, "sms": 0.2, "letter": 0.8, "social": 0.3}
#: Kinds of campaigns: contacts in all, spread of the log odds, loss with each further contact.
KINDS = {"apart": (20_000, 0.6, 0.0), "tiring": (20_000, 0.6, 0.35), "thin": (2_000, 0.6, 0.0), "alike": (20_000, 0.0, 0.0)}


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    """Split budgets whose best split is known, and foretell orders that have happened since."""
    seeds = range(FIRST_SEED, FIRST_SEED + (3 if quick else 20))
    for kind in KINDS:
        tried = [_tried(kind, seed) for seed in seeds]
        ratio = [one["ours"] / one["best"] for one in tried]
        peer = f"best possible; equal split {np.mean([one['equal'] / one['best'] for one in tried]):.3f} of it"
        if kind == "alike":
            said = sum(one["verdict"] == NO_DIFFERENCE for one in tried)
            yield {"figure": "budget, channels alike: said that there is no difference", "value": said, "unit": "campaigns",
                   "peer": f"{len(tried)} campaigns", "aim": f">= {round(0.95 * len(tried))}",
                   "holds": said >= round(0.95 * len(tried))}  # fmt: skip
        # some three responses a cell cannot tell the best channel every time: there the mean is judged
        value, unit = (np.mean(ratio), f"mean of {len(tried)} (least") if kind == "thin" else (
            min(ratio), f"least of {len(tried)} (mean")  # fmt: skip
        other = min(ratio) if kind == "thin" else np.mean(ratio)
        yield {"figure": f"budget, {kind}: responses of the split", "value": round(float(value), 4),
               "unit": f"share of the best, {unit} {other:.3f})", "peer": peer, "aim": ">= 0.9",
               "holds": bool(value >= 0.9)}  # fmt: skip
        below = sum(one["ours"] - one["equal"] < min(one["low"], 0.0) - 1e-6 for one in tried)
        yield {"figure": f"budget, {kind}: less than the equal split, beyond the interval", "value": below, "unit": "campaigns",
               "peer": f"{len(tried)} campaigns", "aim": "0", "holds": below == 0}  # fmt: skip
    yield from _foretold()


def _tried(kind: str, seed: int) -> dict[str, Any]:
    """One simulated campaign: what the split, the best split and the equal split would really bring."""
    contacts, spread, fatigue = KINDS[kind]
    rng = np.random.default_rng([seed, 7])
    costs = _COSTS if spread else dict.fromkeys(_COSTS, 0.3)
    odds = np.log(0.03 / 0.97) + spread * (rng.normal(0, 0.5, (5, 1)) + rng.normal(0, 1, 4) + rng.normal(0, 0.7, (5, 4)))
    truth = pd.DataFrame(1 / (1 + np.exp(-odds)), columns=list(costs), index=range(1, 6))
    people = pd.Series(rng.integers(300, 900, 5), index=truth.index)
    table = simulate_campaigns(truth, people, costs=costs, n_contacts=contacts, fatigue=fatigue, random_state=seed)
    number = (table.groupby(["customer_id", "channel"]).cumcount() + 1).clip(upper=MOST_CONTACTS)
    counted = table.assign(number=number).groupby(["segment", "channel", "number"], as_index=False).agg(
        contacts=("bought", "size"), responses=("bought", "sum"), cost=("cost", "mean"))  # fmt: skip
    responses = fit_responses(counted, "bought")
    budget = float(table["cost"].sum()) / 4
    split = split_budget(responses, people, budget)
    cells = responses.cells
    true = np.array([truth.at[row.segment, row.channel] for row in cells.itertuples()])[:, None]
    true = true * np.exp(-fatigue * np.arange(MOST_CONTACTS))
    room = people[cells["segment"]].to_numpy(float)[:, None] * (np.arange(MOST_CONTACTS) < cells["most"].to_numpy()[:, None])
    channel = np.array([sorted(costs).index(name) for name in cells["channel"]])
    cost = cells["cost"].to_numpy()
    ours, left = np.zeros_like(room), split.table["contacts"].to_numpy().copy()
    for k in range(MOST_CONTACTS):
        ours[:, k] = np.minimum(left, room[:, k])
        left -= ours[:, k]
    best = best_split(true, room, cost, channel, budget, [(0.0, 1.0)] * len(costs))
    return {"ours": float((true * ours).sum()), "best": float((true * best).sum()),
            "equal": float((true * equal_split(room, cost, channel, budget)).sum()), "low": split.gain_low,
            "verdict": split.verdict}  # fmt: skip


def _foretold() -> Iterator[dict[str, Any]]:
    """Who stays away, in real orders: the gain over recency, on a later window."""
    folder = os.environ.get("PERSONAKIT_DATA", "")
    if not folder:
        return
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        orders = pd.read_csv(Path(folder) / "cdnow" / "CDNOW_master.txt", sep=r"\s+", header=0,
                             names=["customer_id", "ordered_at", "quantity", "amount"])  # fmt: skip
        orders["ordered_at"] = pd.to_datetime(orders["ordered_at"].astype(str), format="%Y%m%d")
        orders.to_csv(work / "orders.csv", index=False)
        (work / "study.yaml").write_text("study: C\nas_of: 1998-06-30\nsources: {orders: {path: orders.csv}}\n"
                                         "quality: {duplicates: {orders: keep}}\n", encoding="utf-8")  # fmt: skip
        studies = {"cdnow": work, "online_retail": Path(__file__).parents[1] / "tests" / "real" / "studies" / "online_retail"}
        for title, study in studies.items():
            risk, need = predict_loyalty(pk.load_sources(pk.open_study(study)))
            yield {"figure": f"{title}: gain over recency in telling who stays away", "value": round(risk.gain, 4),
                   "unit": f"nats a person, 95 % {risk.gain_low:.4f} to {risk.gain_high:.4f}; ranked right {risk.right:.3f}",
                   "peer": f"recency, ranked right {risk.right_by_rule:.3f}; {risk.n:,} people", "aim": "> 0, or refused",
                   "holds": risk.gain_low > 0 or bool(risk.refused)}  # fmt: skip
            yield {"figure": f"{title}: next category", "value": int(need.useful), "unit": need.refused or "used",
                   "peer": need.rule,
                   "aim": "better, or refused", "holds": need.gain_low > 0 or bool(need.refused)}  # fmt: skip
