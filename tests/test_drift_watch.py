"""Watching customers as they come in: quiet as long as nothing changes, alert within a window, the same after a restart."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.drift_watch import DriftWatch, start_watch


@pytest.fixture(scope="module")
def old():
    """The wave that is usual."""
    features = pk.simulate_wave(3_000, random_state=430).features
    basis = [name for name in features.table if name.startswith("need_")]
    return features, pk.segment_customers(features, basis=basis, n_segments=5)


@pytest.mark.parametrize("change", ["mix", "moved"])
def test_quiet_before_the_change_and_alert_within_a_window(old, change):
    """Twenty thousand customers like the old ones, then others: told within the window that is promised."""
    watch = start_watch(*old, columns=[*old[1].basis, "value_nature", "value_family", "value_achievement", "value_thrift"])
    usual = pk.simulate_wave(20_000, random_state=431).features.table
    assert watch.update(usual).empty and watch.seen == 20_000
    state = 3 if change == "mix" else 6
    later = pk.simulate_wave(6_000, random_state=432, change=change, change_state=state).features.table
    alerts = watch.update(later)
    first = alerts.iloc[0]
    assert first["kind"] == change and first["seen"] - 20_000 <= (watch.window if change == "mix" else 2 * watch.window)
    assert abs(first["z"]) > 4 and set(alerts["kind"]) <= {"mix", "moved"}


def test_one_by_one_is_the_same_as_all_at_once(old):
    """Batches of any size give the same counts and alerts; memory does not grow with the customers."""
    table = pk.simulate_wave(4_400, random_state=433, change="mix", change_state=3).features.table
    whole, parts = start_watch(*old), start_watch(*old)
    alerts = whole.update(table)
    pieces = [parts.update(table.iloc[rows]) for rows in np.array_split(np.arange(len(table)), 37)]
    assert np.allclose(np.sum(parts.blocks, axis=0), np.sum(whole.blocks, axis=0)) and len(parts.blocks) == 10
    pd.testing.assert_frame_equal(pd.concat([piece for piece in pieces if len(piece)], ignore_index=True), alerts)
    tracemalloc.start()
    parts.update(table)
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(5):
        parts.update(table)
    assert tracemalloc.get_traced_memory()[0] - before < 200_000
    tracemalloc.stop()


def test_another_process_goes_on(old, tmp_path):
    """What is written and read goes on as if nothing had been between; a damaged file is one sentence."""
    table = pk.simulate_wave(4_000, random_state=434, change="mix", change_state=3).features.table
    straight, stopped = start_watch(*old), start_watch(*old)
    stopped.update(table[:1_500])
    stopped.write(tmp_path / "watch.json")
    straight.update(table[:1_500])
    again = DriftWatch.read(tmp_path / "watch.json")
    pd.testing.assert_frame_equal(again.update(table[1_500:]), straight.update(table[1_500:]))
    assert again.seen == straight.seen == 4_000
    (tmp_path / "watch.json").write_text("{}", encoding="utf-8")
    with pytest.raises(pk.DataError, match=r"watch\.json: is no watch"):
        DriftWatch.read(tmp_path / "watch.json")


def test_people_without_a_segment_and_wrong_tables(old):
    """Who left too much open is counted apart; a missing variable, column or window is named."""
    watch = start_watch(*old)
    table = pk.simulate_wave(100, random_state=435).features.table
    table.loc[table.index[:7], watch.columns] = np.nan
    watch.update(table)
    assert (watch.seen, watch.left_out) == (93, 7)
    with pytest.raises(pk.DataError, match="lacks need_price_1"):
        watch.update(table.drop(columns="need_price_1"))
    with pytest.raises(pk.DataError) as error:
        start_watch(*old, columns=["shoe_size"], window=100)
    assert str(error.value) == "columns: shoe_size not in the table\nwindow: found 100; at least 300 customers"
