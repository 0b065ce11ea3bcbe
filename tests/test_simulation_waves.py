"""Waves with a planted truth: the same seed gives the same people, and the truth is in them."""

import numpy as np
import pytest

from personakit.simulation_waves import simulate_wave


def test_the_same_seed_gives_the_same_wave():
    """Seed by seed; another seed gives other people of the same groups."""
    one, again, other = (simulate_wave(400, random_state=seed) for seed in (5, 5, 6))
    assert one.features.table.equals(again.features.table) and not one.features.table.equals(other.features.table)
    assert set(one.groups) == set(other.groups) and len(set(one.groups)) == 5
    assert one.features.dictionary.index.tolist() == one.features.table.columns.tolist()


@pytest.mark.parametrize("change_state", [0, 1, 2])
def test_what_is_planted_is_there(change_state):
    """Ten points of share, half a standard deviation on three ratings, two halves, eight per cent of newcomers."""
    how = {"random_state": 9, "change_state": change_state}
    plain, mix, moved, split, new = (simulate_wave(20_000, change=change, **how)
                                     for change in ("none", "mix", "moved", "split", "new group"))  # fmt: skip
    shares = [wave.groups.value_counts(normalize=True).sort_index() for wave in (plain, mix, new)]
    assert sorted((shares[1] - shares[0]).round(2))[::4] == pytest.approx([-0.1, 0.1], abs=0.02)
    assert shares[2]["new"] == pytest.approx(0.08, abs=0.01)
    means = [wave.features.table.groupby(wave.groups).mean() for wave in (plain, moved, split)]
    ratings = [name for name in plain.features.table if name.startswith(("need_", "value_"))]
    apart = (means[1] - means[0])[ratings].abs()
    assert (apart > 0.2).to_numpy().sum() == 3 and (apart > 0.2).any(axis=1).sum() == 1
    wider = split.features.table[ratings].groupby(split.groups).var() - plain.features.table[ratings].groupby(plain.groups).var()
    assert wider.max(axis=1).nlargest(2).round(1).tolist()[0] >= 0.4 and (wider.max(axis=1) > 0.3).sum() == 1
    assert np.isfinite(new.features.table.to_numpy()).all()
