"""Features from events, against plain pandas."""

import numpy as np
import pandas as pd
import pytest

import personakit as pk

STUDY = "study: T\nas_of: 2026-06-30\nsources:\n  events: {path: events.csv}\n"


def test_habits_and_shares_equal_pandas(write_study):
    """Weekends, evenings, devices and touchpoints are shares of a customer's events; nothing after the day of the study."""
    rng = np.random.default_rng(4)
    n = 600
    events = pd.DataFrame({
        "customer_id": rng.integers(1, 30, n).astype(str), "touchpoint": rng.choice(["ad", "search", "cart"], n),
        "at": pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 200 * 86_400, n), unit="s"),
        "device": rng.choice(["mobile", "desktop", None], n),
    })  # fmt: skip
    table = pk.build_features(pk.load_sources(pk.open_study(write_study(STUDY, events=events)))).table
    known = events[events["at"] < "2026-07-01"]
    ids = known["customer_id"]
    expected = {
        "event_count": known.groupby(ids).size(), "weekend_share": (known["at"].dt.day_of_week >= 5).groupby(ids).mean(),
        "evening_share": (known["at"].dt.hour >= 18).groupby(ids).mean(),
        "touchpoint_cart": (known["touchpoint"] == "cart").groupby(ids).mean(),
        "device_mobile": (known["device"] == "mobile").where(known["device"].notna()).groupby(ids).mean(),
        "active_days": known["at"].dt.date.groupby(ids).nunique(),
    }  # fmt: skip
    for name, values in expected.items():
        assert table[name].to_numpy() == pytest.approx(values.reindex(table.index).to_numpy(dtype=float), abs=1e-6), name


def test_an_event_without_a_time_does_not_count(write_study):
    """It belongs to no day and to no visit."""
    events = pd.DataFrame({"customer_id": ["a", "a", "b"], "touchpoint": ["ad", "cart", "ad"],
                           "at": ["2026-01-01 10:00", None, "2026-01-02 10:00"]})  # fmt: skip
    table = pk.build_features(pk.load_sources(pk.open_study(write_study(STUDY, events=events)))).table
    assert table["event_count"].to_dict() == {"a": 1.0, "b": 1.0}
