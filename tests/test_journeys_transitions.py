"""Steps from touchpoint to touchpoint, against a plain walk through each customer's events."""

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit import journeys_log, journeys_transitions
from personakit.journeys_transitions import count_funnel, count_transitions, find_loops

STUDY = """study: T
as_of: 2025-12-31
sources:
  events: {path: events.csv}
journey: {phases: {one: [a, b], two: [c]}, conversion: [c], pause_days: 2}
"""


@pytest.fixture
def log(write_study):
    """600 events of 25 customers, with ties, unknown touchpoints and rows out of order."""
    rng = np.random.default_rng(7)
    n = 600
    seconds = rng.integers(0, 20 * 86_400, n) // rng.choice([1, 3600], n)
    table = pd.DataFrame({
        "customer_id": rng.choice([f"C{i:02d}" for i in range(25)], n),
        "at": (pd.Timestamp("2025-03-01") + pd.to_timedelta(seconds, unit="s")).strftime("%Y-%m-%d %H:%M:%S"),
        "touchpoint": rng.choice(["a", "b", "c", "other"], n),
    })  # fmt: skip
    return table, pk.load_sources(pk.open_study(write_study(STUDY, events=table)))


def walked(table, within):
    """The same steps, walked one customer after the other."""
    phase = {"a": 0, "b": 0, "c": 1}
    paths, pauses = [], {}
    table = table.assign(at=pd.to_datetime(table["at"]), row=range(len(table)))
    for _, own in table.sort_values(["at", "row"]).groupby("customer_id"):
        path, last = [], None
        for event in own.itertuples():
            if last is not None:
                pause = int((event.at - last.at).total_seconds())
                anew = phase.get(event.touchpoint, 9) < 1 and phase.get(last.touchpoint, 0) >= 1
                ends = {"visit": pause > 1800, "journey": pause > 2 * 86_400 or anew, "customer": False}[within]
                if ends:
                    paths.append(path)
                    path = []
                else:
                    pauses.setdefault((last.touchpoint, event.touchpoint), []).append(pause)
            path.append(event.touchpoint)
            last = event
        paths.append(path)
    return paths, pauses


@pytest.mark.parametrize("within", ["visit", "journey", "customer"])
def test_steps_equal_a_plain_walk(log, within):
    """Counts, shares, starts, ends, returns and medians."""
    table, sources = log
    found = count_transitions(sources, within=within)
    paths, pauses = walked(table, within)
    steps = found.table.set_index(["from", "to"])
    assert {key: len(values) for key, values in pauses.items()} == steps["transitions"].drop(index="", level=0).drop(
        index="", level=1).to_dict()  # fmt: skip
    for touchpoint in ("a", "b", "c", "other"):
        assert steps["transitions"].get(("", touchpoint), 0) == sum(path[0] == touchpoint for path in paths)
        assert steps["transitions"].get((touchpoint, ""), 0) == sum(path[-1] == touchpoint for path in paths)
    for (before, after), values in pauses.items():
        row = steps.loc[(before, after)]
        turned = sum(path[i : i + 3] == [after, before, after] for path in paths for i in range(len(path) - 2))
        assert row["returns"] == (turned if before != after else 0)
        exact = sorted(values)[(len(values) + 1) // 2 - 1]
        assert row["median_seconds"] == pytest.approx(exact, rel=0.01)
        assert found.share(before, after) == pytest.approx(
            len(values) / sum(len(v) for (b, _), v in pauses.items() if b == before)
        )
    assert found.counts["events"] == len(table) and found.counts["customers"] == 25
    ordered = table.sort_values(["customer_id", "at"])
    assert found.counts["ties"] == int(ordered.duplicated(["customer_id", "at"]).sum())
    assert found.counts["starts"] == len(paths) and found.counts["backwards"] > 0


def test_customers_who_share_a_number_are_kept_apart(log, monkeypatch):
    """The sort by numbers is given up when two customers have the same one, and the steps stay the same."""
    _, sources = log
    right = count_transitions(sources, within="journey")
    ways, number_of, ordered = [], journeys_log._number_of, journeys_log.ordered_events
    sources.connection.con.execute("SET threads = 2")
    assert journeys_log.one_sort_is_right(sources)
    monkeypatch.setattr(journeys_log, "_number_of", lambda text: number_of(text) % 9)
    monkeypatch.setattr(
        "personakit.journeys_transitions.ordered_events",
        lambda *args, in_one_sort: ways.append(in_one_sort) or ordered(*args, in_one_sort=in_one_sort),
    )
    found = count_transitions(sources, within="journey")
    assert not journeys_log.one_sort_is_right(sources) and ways == [False] and found.counts == right.counts
    pd.testing.assert_frame_equal(found.table, right.table)
    monkeypatch.undo()
    sources.connection.con.execute("SET threads = 64")
    assert not journeys_log.one_sort_is_right(sources)


def test_of_two_threads_one_walks_the_sorted_log(log, monkeypatch):
    """Afterwards, and when it fails, there are as many as before; with more or fewer all stay."""
    _, sources = log
    seen, counted = [], journeys_transitions._counted

    def spied(*args):
        seen.append(journeys_log._threads(sources))
        return counted(*args)

    monkeypatch.setattr(journeys_transitions, "_counted", spied)
    for threads in (1, 2, 3):
        sources.connection.con.execute(f"SET threads = {threads}")
        count_transitions(sources)
        assert journeys_log._threads(sources) == threads
    assert seen == [1, 1, 3]
    sources.connection.con.execute("SET threads = 2")
    monkeypatch.setattr(journeys_transitions, "_counted", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        count_transitions(sources)
    assert journeys_log._threads(sources) == 2


def test_one_sort_and_windows_look_back_alike(log):
    """Every column of every event."""
    _, sources = log
    by_window = journeys_log.ordered_events(sources).table.to_pandas()
    by_sort = journeys_log.ordered_events(sources, in_one_sort=True).table.to_pandas()
    assert by_window["earlier_second"].notna().sum() > 500
    pd.testing.assert_frame_equal(
        by_window.sort_values("_row", ignore_index=True), by_sort.sort_values("_row", ignore_index=True)[by_window.columns]
    )


def test_two_runs_agree_and_segments_can_be_counted_alone(log):
    """The same log gives the same table; the steps of two halves add up to the whole."""
    _, sources = log
    whole = count_transitions(sources)
    assert whole.table.equals(count_transitions(sources).table)
    names = [f"C{i:02d}" for i in range(25)]
    halves = [count_transitions(sources, labels=pd.Series(1, index=own)) for own in (names[:12], names[12:])]
    both = pd.concat([half.table for half in halves]).groupby(["from", "to"])["transitions"].sum()
    assert both.to_dict() == whole.table.set_index(["from", "to"])["transitions"].to_dict()


def test_loops_are_found(write_study):
    """Back and forth between two touchpoints, and the same one again at once."""
    names = ["a", "b", "a", "b", "a", "c", "c"]
    table = pd.concat([pd.DataFrame({"customer_id": f"C{i}", "touchpoint": names,
                                     "at": pd.date_range("2025-03-01", periods=7, freq="10s").strftime("%Y-%m-%d %H:%M:%S")})
                       for i in range(20)])  # fmt: skip
    found = find_loops(count_transitions(pk.load_sources(pk.open_study(write_study(STUDY, events=table)))), least=10)
    assert found[["touchpoint", "other", "times"]].values.tolist() == [["a", "b", 40], ["b", "a", 20], ["c", "c", 20]]
    assert found["share"].tolist() == [1.0, 0.5, 1.0]
    assert (found["median_seconds"] == 10).all()


def test_a_wrong_word_is_named(log):
    """``within`` takes three words."""
    with pytest.raises(ValueError, match="visit, journey, customer"):
        count_transitions(log[1], within="week")


def test_the_funnel_by_hand(write_study):
    """Ten look, six choose of whom one chose before looking, three buy; a phase without touchpoints is left out."""
    rows = [(f"C{i}", "2025-03-01 10:00:00", "a") for i in range(10)]
    rows += [(f"C{i}", "2025-03-02 10:00:00" if i else "2025-02-01 10:00:00", "b") for i in range(6)]
    rows += [(f"C{i}", "2025-03-03 10:00:00", "c") for i in (1, 2, 3)]
    study = STUDY.replace("{one: [a, b], two: [c]}", "{look: [a], choose: [b], wait: [], buy: [c]}")
    table = pd.DataFrame(rows, columns=["customer_id", "at", "touchpoint"])
    found = count_funnel(pk.load_sources(pk.open_study(write_study(study, events=table)))).set_index("phase")
    assert found["customers"].to_dict() == {"look": 10, "choose": 6, "buy": 3}
    assert found["from_before"].tolist()[1:] == [0.5, 0.5] and found["lost"].tolist()[1:] == [5, 3]
    low, high = found.loc["choose", ["from_before_low", "from_before_high"]]
    assert (round(low, 3), round(high, 3)) == (0.237, 0.763)
