"""Watching a folder: each file once, in order, across restarts; an alert at the planted change and none before it."""

import io

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.errors import DataError
from personakit.simulation_waves import simulate_wave
from personakit.watching import shares_of


@pytest.fixture(scope="module")
def work(small_study, tmp_path_factory):
    """A work folder with features and segments of a wave, and what is needed to draw more customers."""
    ws = pk.open_workspace(small_study, work_dir=tmp_path_factory.mktemp("watch") / "work")
    wave = simulate_wave(2_000, random_state=410).features
    basis = [name for name in wave.table if name.startswith("need_")]
    segmentation = pk.segment_customers(wave, basis=basis, n_segments=5)
    ws.save("features", wave.parts())
    ws.save("segmentation", segmentation.parts())
    return ws, segmentation


@pytest.fixture
def inbox(tmp_path, work):
    """Four days of usual customers, two days with too many of one persona, in three kinds of files."""
    _, segmentation = work
    usual = simulate_wave(4_000, random_state=411).features.table[segmentation.basis]
    more = simulate_wave(2_000, random_state=412).features.table[segmentation.basis]
    extra = more[segmentation.placed(more).labels.reindex(more.index) == 1]
    days = [usual.iloc[k * 1_000 : (k + 1) * 1_000] for k in range(4)]
    days += [pd.concat([more.iloc[k * 600 : (k + 1) * 600], extra.sample(400, replace=True, random_state=k)]).sample(
        frac=1, random_state=k) for k in range(2)]  # fmt: skip
    for number, day in enumerate(days):
        file = tmp_path / f"day{number}"
        if number % 3 == 0:
            day.to_csv(file.with_suffix(".csv"))
        elif number % 3 == 1:
            day.reset_index(names="customer_id").to_parquet(file.with_suffix(".parquet"))
        else:
            day.reset_index(names="customer_id").to_json(file.with_suffix(".jsonl"), orient="records", lines=True)
    (tmp_path / "notes.txt").write_text("not for us", encoding="utf-8")
    return tmp_path, days


def test_a_folder_is_watched_and_gone_on_with(work, inbox):
    """No alert while nothing is planted, one after it; a file is taken in once, also by another session."""
    ws, segmentation = work
    folder, days = inbox
    later = [folder / "day4.parquet", folder / "day5.jsonl"]
    hidden = [path.rename(path.with_suffix(path.suffix + ".later")) for path in later]
    first = pk.open_watch(ws, start_anew=True)
    assert [len(alerts) for alerts in first.take(folder)] == [0, 0, 0, 0]
    assert first.watch.seen == 4_000
    for path, name in zip(hidden, later, strict=True):
        path.rename(name)
    second = pk.open_watch(ws)
    alerts = list(second.take(folder))
    assert len(alerts) == 2 and second.watch.seen == 6_000
    found = pd.concat(alerts)
    assert len(found) and set(found.loc[found["segment"] == 1, "kind"]) == {"mix"}
    assert list(pk.open_watch(ws).take(folder)) == []
    whole = pk.open_watch(ws).watch
    share = float((segmentation.placed(pd.concat(days).iloc[-2_000:]).labels == 1).mean())
    told = shares_of(whole, {1: "Kelly"}).set_index("persona")
    assert told.loc["Kelly", "share"] == pytest.approx(share) and told["share"].sum() == pytest.approx(1)


def test_a_stream_gives_the_same_as_files(work, inbox, tmp_path_factory):
    """The same customers as lines of CSV leave the same window."""
    ws, _ = work
    _, days = inbox
    by_stream = pk.open_watch(ws, start_anew=True)
    list(by_stream.take_stream(io.StringIO(days[0].to_csv()), batch=300))
    by_file = pk.open_watch(ws, start_anew=True)
    file = tmp_path_factory.mktemp("one") / "day.csv"
    days[0].to_csv(file)
    list(by_file.take(file))
    assert by_stream.watch.seen == by_file.watch.seen == 1_000
    np.testing.assert_allclose(np.sum(by_stream.watch.blocks, axis=0), np.sum(by_file.watch.blocks, axis=0))


@pytest.mark.parametrize(("name", "text", "message"), [
    ("other.csv", "a,b\n1,2\n", "other.csv: has none of the columns that make the segments"),
    ("broken.parquet", "no parquet", "broken.parquet: "),
    ("words.csv", "need_price_1,need_price_2\n1,two\nx,3\n", "need_price_1 holds 'x'.*\n.*need_price_2 holds 'two'"),
    ("table.xlsx", "x", r"table.xlsx: found '.xlsx'; allowed: a folder, or a file with .csv"),
    ("", "", "missing: there is no such file or folder"),
])  # fmt: skip
def test_a_wrong_file_is_one_clear_error_and_nothing_is_lost(work, tmp_path, name, text, message):
    """What was seen before is kept."""
    ws, _ = work
    session = pk.open_watch(ws, start_anew=True)
    session.write()
    before = (session.folder / "state.json").read_bytes()
    file = tmp_path / (name or "missing")
    if name:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        list(session.take(file))
    assert (session.folder / "state.json").read_bytes() == before


def test_the_window_is_compared_in_full(work, inbox):
    """The rolling window stands for a new wave: too many of one persona is a change of the mix; usual customers are none."""
    ws, segmentation = work
    folder, days = inbox
    session = pk.open_watch(ws, start_anew=True)
    list(session.take(folder))
    again = pk.open_watch(ws)
    pd.testing.assert_frame_equal(again.watch.recent, session.watch.recent, check_dtype=False)
    assert len(again.watch.recent) == 2_000
    basis = list(segmentation.basis)
    expected = pd.concat(days).iloc[-2_000:][basis].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        again.watch.recent[list(segmentation.basis)], expected[list(segmentation.basis)], check_dtype=False
    )
    report = again.report()
    assert report.verdict == "update the cards" and report.kinds == ["mix"] and report.about["new_n"] == 2_000
    usual = pk.open_watch(ws, start_anew=True)
    for name in ("day4.parquet", "day5.jsonl"):
        (folder / name).unlink()
    list(usual.take(folder))
    assert usual.report().verdict == "keep"


def test_an_empty_window_cannot_be_compared(work):
    """One clear error."""
    ws, _ = work
    with pytest.raises(DataError, match="new wave: 0 customers have a segment; at least 50 are needed to compare"):
        pk.open_watch(ws, start_anew=True).report()
