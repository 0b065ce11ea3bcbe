"""The event log: order, journeys and visits, against a plain walk through the rows."""

import pandas as pd
import pytest

import personakit as pk
from personakit.journeys_log import conversion_phase, journeys_of, ordered_events

STUDY = """study: T
as_of: 2025-12-31
sources:
  events: {path: events.csv}
journey:
  phases: {look: [ad, page], choose: [cart], buy: [pay], after: [help]}
  conversion: [pay]
  pause_days: 14
  window_days: 30
"""


def rows(*events):
    """Events as (customer, day and hour of 2025, touchpoint)."""
    return pd.DataFrame([(who, f"2025-{when}", what, "mobile") for who, when, what in events],
                        columns=["customer_id", "at", "touchpoint", "device"])  # fmt: skip


@pytest.fixture
def journeys(write_study):
    def walk(table):
        found = journeys_of(pk.load_sources(pk.open_study(write_study(STUDY, events=table)))).to_pandas()
        return found.sort_values(["customer_id", "number"], ignore_index=True)

    return walk


def test_a_long_pause_ends_a_journey(journeys):
    """14 days are still the same journey, a second more is not."""
    table = rows(("A", "01-01 10:00:00", "ad"), ("A", "01-15 10:00:00", "cart"), ("A", "01-29 10:00:01", "cart"))
    assert journeys(table)["events"].tolist() == [2, 1]


def test_a_journey_is_cut_at_the_end_of_its_window(journeys):
    """Somebody who comes every week for ten weeks has journeys of at most 30 days."""
    days = pd.date_range("2025-01-01", periods=10, freq="7D").strftime("%m-%d 10:00:00")
    found = journeys(rows(*[("A", day, "page") for day in days]))
    assert found["events"].tolist() == [5, 4, 1]
    assert ((found["end"] - found["start"]) < 30 * 86_400).all()


def test_looking_around_after_a_purchase_begins_a_new_journey(journeys):
    """Help after the purchase belongs to it; an ad after it does not."""
    table = rows(("A", "01-01 10:00:00", "ad"), ("A", "01-01 10:05:00", "pay"), ("A", "01-02 10:00:00", "help"),
                 ("A", "01-03 10:00:00", "ad"), ("A", "01-03 10:01:00", "cart"))  # fmt: skip
    found = journeys(table)
    assert found["events"].tolist() == [3, 2] and found["bought"].tolist() == [1, 0] and found["visits"].tolist() == [2, 1]
    assert found["first3"].notna().tolist() == [True, False] and found["touches0"].tolist() == [1, 1]


def test_the_order_of_rows_does_not_matter_but_for_ties(write_study):
    """Rows out of order are counted; at the same moment the file decides."""
    table = rows(("A", "01-02 10:00:00", "cart"), ("A", "01-01 10:00:00", "ad"), ("A", "01-02 10:00:00", "pay"))
    sources = pk.load_sources(pk.open_study(write_study(STUDY, events=table)))
    events, names = ordered_events(sources)
    found = events.to_pandas().sort_values(["second", "_row"])
    assert [names[code] for code in found["code"]] == ["ad", "cart", "pay"]
    assert [names[int(code)] for code in found["before_code"].dropna()] == ["ad", "cart"] and found["backwards"].sum() == 1
    assert found["phase"].tolist() == [0, 1, 2] and conversion_phase(sources.study.journey) == 2


def test_times_with_a_zone_are_moments(write_study):
    """Two clocks, one order: 10:00 in Helsinki is before 9:30 in Oslo."""
    table = pd.DataFrame({"customer_id": ["A", "A"], "touchpoint": ["cart", "ad"],
                          "at": ["2025-01-01T09:30:00+01:00", "2025-01-01T10:00:00+02:00"]})  # fmt: skip
    sources = pk.load_sources(pk.open_study(write_study(STUDY, events=table)))
    found = ordered_events(sources).table.to_pandas().sort_values("second")
    assert found["touchpoint"].tolist() == ["ad", "cart"]
    assert (found["second"].iloc[1] - found["second"].iloc[0]) == 30 * 60
