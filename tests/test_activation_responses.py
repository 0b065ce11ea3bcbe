"""Response rates: cells drawn together where the data are thin, and truth inside the interval."""

import numpy as np
import pandas as pd

from personakit.activation_responses import FEWEST_RESPONSES, MOST_CONTACTS, count_contacts, fit_responses
from personakit.simulation_campaigns import simulate_campaigns

CUSTOMERS = pd.Series({1: 400, 2: 500, 3: 300})
COSTS = {"email": 0.1, "sms": 0.2, "letter": 0.8}


def counted(table):
    """Count simulated campaigns as the engine would."""
    number = (table.groupby(["customer_id", "channel"]).cumcount() + 1).clip(upper=MOST_CONTACTS)
    return table.assign(number=number).groupby(["segment", "channel", "number"], as_index=False).agg(
        contacts=("bought", "size"), responses=("bought", "sum"), cost=("cost", "mean"))  # fmt: skip


def chances(seed, spread=0.6):
    rng = np.random.default_rng(seed)
    odds = np.log(0.04 / 0.96) + rng.normal(0, spread, 3) + rng.normal(0, spread, (3, 1)) + rng.normal(0, spread / 2, (3, 3))
    return pd.DataFrame(1 / (1 + np.exp(-odds)), index=CUSTOMERS.index, columns=list(COSTS))


def test_intervals_hold_the_truth():
    """Of 180 planted rates about 95 in 100 lie inside their interval, and estimates are nearer than raw rates."""
    inside, ours, raw = [], [], []
    for seed in range(20):
        truth = chances(seed)
        table = simulate_campaigns(truth, CUSTOMERS, costs=COSTS, n_contacts=3_000, random_state=seed)
        cells = fit_responses(counted(table), "bought").cells
        true = np.array([truth.at[row.segment, row.channel] for row in cells.itertuples()])
        inside += ((cells["ci_low"] <= true) & (true <= cells["ci_high"])).tolist()
        ours.append(((cells["rate"] - true) ** 2).mean())
        raw.append(((cells["raw"] - true) ** 2).mean())
    assert 0.90 <= np.mean(inside) <= 0.99
    assert np.mean(ours) < np.mean(raw)


def test_nothing_differs():
    """Where all cells answer alike, estimates lie far closer together than raw rates."""
    same = pd.DataFrame(0.05, index=CUSTOMERS.index, columns=list(COSTS))
    apart = []
    for seed in range(8):
        table = simulate_campaigns(same, CUSTOMERS, costs=COSTS, n_contacts=2_000, random_state=seed)
        cells = fit_responses(counted(table), "bought").cells
        apart.append((cells["rate"].std(), cells["raw"].std()))
    ours, raw = np.mean(apart, axis=0)
    assert ours < raw / 2


def test_fatigue_is_found_where_it_is():
    """A planted loss with each contact is found; without one there is none."""
    truth = chances(1)
    tired, fresh = (fit_responses(counted(simulate_campaigns(truth, CUSTOMERS, costs=COSTS, n_contacts=20_000, fatigue=loss)),
                                  "bought") for loss in (0.4, 0.0))  # fmt: skip
    assert tired.tires and not fresh.tires and abs(tired.fatigue.mean() - 0.4) < 0.15
    shown = tired.chances().mean(axis=0)
    assert (np.diff(shown, axis=1) < 0).all() and shown.shape == (9, MOST_CONTACTS)


def test_contacts_of_the_small_shop(small_run):
    """Counted in the engine as by hand; too few purchases make clicks the response."""
    campaigns = small_run.protected["campaigns"].to_pandas()
    labels = small_run.segmentation.labels
    found, response = count_contacts(small_run.protected, labels)
    own = campaigns.assign(segment=campaigns["customer_id"].map(labels)).dropna(subset=["segment"])
    assert own["bought"].sum() < FEWEST_RESPONSES and response in {"clicked", "seen"}
    assert found["contacts"].sum() == len(own) and found["responses"].sum() == own[response].astype(float).sum()
    assert found.groupby("channel")["cost"].mean().round(2).to_dict() == {"email": 0.12, "letter": 0.9, "sms": 0.25}


def test_the_same_seed_gives_the_same():
    """Draws come from the seed alone."""
    table = counted(simulate_campaigns(chances(2), CUSTOMERS, costs=COSTS, n_contacts=1_000))
    first, second = fit_responses(table, "bought"), fit_responses(table, "bought")
    assert np.array_equal(first.draws, second.draws) and not np.array_equal(
        first.draws, fit_responses(table, "bought", random_state=2).draws)  # fmt: skip
