"""Splitting a budget: near the best that could be, equal where nothing differs, bounds kept."""

import numpy as np
import pandas as pd
import pytest

from personakit.activation_budget import BETTER, NO_DIFFERENCE, best_split, equal_split, split_budget, split_by_reach
from personakit.activation_responses import MOST_CONTACTS, fit_responses
from personakit.errors import DataError
from personakit.simulation_campaigns import simulate_campaigns
from tests.test_activation_responses import COSTS, CUSTOMERS, chances, counted


def planned(truth, *, seed=1, share=0.3, bounds=None, costs=COSTS):
    """A split made from simulated campaigns, and what it, the best and the equal split would really bring."""
    table = simulate_campaigns(truth, CUSTOMERS, costs=costs, n_contacts=20_000, random_state=seed)
    responses = fit_responses(counted(table), "bought")
    budget = float(table["cost"].sum()) * share
    split = split_budget(responses, CUSTOMERS, budget, bounds=bounds)
    cells = responses.cells
    true = np.array([truth.at[row.segment, row.channel] for row in cells.itertuples()])
    room = CUSTOMERS[cells["segment"]].to_numpy(float)[:, None] * (np.arange(MOST_CONTACTS) < cells["most"].to_numpy()[:, None])
    names = sorted(cells["channel"].unique())
    channel = np.array([names.index(name) for name in cells["channel"]])
    flat = np.repeat(true[:, None], MOST_CONTACTS, axis=1)
    best = (flat * best_split(flat, room, cells["cost"].to_numpy(), channel, budget, [(0.0, 1.0)] * len(names))).sum()
    equal = (flat * equal_split(room, cells["cost"].to_numpy(), channel, budget)).sum()
    return split, float(split.table["contacts"] @ true), float(best), float(equal)


@pytest.mark.parametrize("seed", range(5))
def test_near_the_best(seed):
    """At least nine tenths of the best possible, and a gain inside its interval or above."""
    split, ours, best, equal = planned(chances(seed), seed=seed)
    assert ours >= 0.9 * best and split.verdict == BETTER
    assert ours - equal >= split.gain_low - 1e-6 and split.spent <= split.budget + 1e-6


def test_no_difference_is_said():
    """Channels that cost and bring the same: the equal split stands."""
    same = pd.DataFrame(0.05, index=CUSTOMERS.index, columns=list(COSTS))
    split, *_ = planned(same, costs=dict.fromkeys(COSTS, 0.2))
    assert split.verdict == NO_DIFFERENCE and split.gain_low <= 0
    assert split.table["spend"].to_numpy() == pytest.approx(split.table["equal_spend"].to_numpy())


def test_bounds_are_kept():
    """A person's smallest and largest shares hold, whatever the data say."""
    split, *_ = planned(chances(3), bounds={"letter": (0.2, 0.5), "email": (0.0, 0.1)})
    shares = split.table.groupby("channel")["spend"].sum() / split.budget
    assert 0.2 - 1e-6 <= shares["letter"] <= 0.5 + 1e-6 and shares["email"] <= 0.1 + 1e-6


def test_wrong_bounds_are_all_named():
    """An unknown channel, shares the wrong way round and a budget of nothing: one message."""
    responses = fit_responses(counted(simulate_campaigns(chances(1), CUSTOMERS, costs=COSTS, n_contacts=500)), "bought")
    with pytest.raises(DataError) as error:
        split_budget(responses, CUSTOMERS, 0, bounds={"emial": (0, 1), "sms": (0.5, 0.1)})
    said = str(error.value)
    assert "budget 0" in said and "did you mean 'email'" in said and "the smaller one first" in said
    with pytest.raises(DataError, match="add up to more than 1"):
        split_budget(responses, CUSTOMERS, 10, bounds={"email": (0.6, 1), "sms": (0.6, 1)})
    with pytest.raises(DataError, match="no split of"):
        split_budget(responses, CUSTOMERS, 1e6, bounds={"email": (0.5, 1)})


def test_more_money_than_people():
    """A budget beyond everybody's contacts is left unspent."""
    split, *_ = planned(chances(2), share=20)
    assert split.spent < split.budget and split.table["marginal"].isna().all()


def test_the_equal_split_by_hand():
    """As much money for each channel; what a full one leaves goes to the other."""
    room = np.array([[10.0, 0.0], [100.0, 100.0]])
    found = equal_split(room, np.array([1.0, 1.0]), np.array([0, 1]), 60.0)
    assert found.tolist() == [[10.0, 0.0], [50.0, 0.0]]


def test_by_reach():
    """Without campaigns the budget goes by people reached."""
    reach = pd.DataFrame({"segment": [1, 1], "channel": ["web", "store"], "customers": [75, 25]})
    assert split_by_reach(reach, 200.0).table["spend"].tolist() == [150, 50]
