"""The segments of an earlier wave go on: by the same rule, or with the same numbers."""

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.features import Features
from personakit.handoffs import WAVE_FILE, to_json


@pytest.fixture
def waves(write_study, tmp_path):
    """A work folder with an earlier wave of three groups, and the customers of a later one, none of them the same."""
    study = write_study("study: Waves\nas_of: 2026-06-30\nsources:\n  survey: {path: survey.csv, columns: {customer_id: id}}\n",
                        survey=pd.DataFrame({"id": ["a"], "q": [1]}))  # fmt: skip
    ws = pk.open_workspace(study, work_dir=tmp_path / "work")

    def features(sizes, seed):
        rng = np.random.default_rng(seed)
        centres = np.repeat([[0, 0], [6, 0], [0, 6]], sizes, axis=0)
        table = pd.DataFrame(centres + rng.normal(0, 0.7, centres.shape), columns=["a", "b"],
                             index=[f"s{seed}-{i}" for i in range(len(centres))])  # fmt: skip
        return Features(table, pd.DataFrame({"kind": "number", "unit": ""}, index=table.columns))

    old = features([90, 60, 40], 1)
    segmentation = pk.segment_customers(old.table, basis=["a", "b"], n_segments=3)
    earlier = pk.open_workspace(study, work_dir=tmp_path / "work" / "waves" / "2026-01-31")
    earlier.save("segmentation", segmentation.parts())
    return ws, segmentation, features([40, 60, 90], 2)  # the groups have changed places in size


def goes_on(ws, keeps_rule):
    (ws.folder / WAVE_FILE).write_text(to_json({"earlier": "waves/2026-01-31", "keeps_rule": keeps_rule}), encoding="utf-8")


def test_a_first_wave_is_as_it_is(waves):
    """Without an earlier wave nothing is changed."""
    ws, _, new = waves
    made = pk.segment_customers(new.table, basis=["a", "b"], n_segments=3)
    assert ws.earlier is None and not ws.keeps_rule
    assert pk.go_on_from(ws, made, new) is made


def test_the_rule_of_the_earlier_wave_is_kept(waves):
    """Customers of the new wave are placed by the old rule, whatever the new one would say."""
    ws, old, new = waves
    goes_on(ws, keeps_rule=True)
    made = pk.segment_customers(new.table, basis=["a", "b"], n_segments=2)
    found = pk.go_on_from(ws, made, new)
    assert found.to_json() == old.to_json() and found.labels.index.equals(new.table.index)
    assert found.labels.value_counts().sort_index().tolist() == [40, 60, 90]


def test_segments_made_anew_keep_the_numbers(waves):
    """Made anew from other customers, a segment has the number of the old one that lies where it lies."""
    ws, _, new = waves
    goes_on(ws, keeps_rule=False)
    made = pk.segment_customers(new.table, basis=["a", "b"], n_segments=3)
    assert made.labels.value_counts().sort_index().tolist() == [90, 60, 40]  # by itself: the largest first
    found = pk.go_on_from(ws, made, new)
    assert found.labels.value_counts().sort_index().tolist() == [40, 60, 90]


def test_numbers_stay_when_the_basis_is_another_one(waves):
    """Made anew from one variable more, a segment still has the number of the old one that its people are like."""
    ws, _, new = waves
    goes_on(ws, keeps_rule=False)
    wider = Features(new.table.assign(c=new.table["a"] * 2), pd.DataFrame({"kind": "number", "unit": ""}, index=["a", "b", "c"]))
    found = pk.go_on_from(ws, pk.segment_customers(wider.table, basis=["a", "b", "c"], n_segments=3), wider)
    assert found.basis == ["a", "b", "c"] and found.labels.value_counts().sort_index().tolist() == [40, 60, 90]


def test_a_wave_without_the_variables_is_an_error(waves):
    """The message names what is missing."""
    ws, _, new = waves
    goes_on(ws, keeps_rule=True)
    made = pk.segment_customers(new.table, basis=["a", "b"], n_segments=3)
    with pytest.raises(pk.DataError, match="lacks b, which make the segments"):
        pk.go_on_from(ws, made, Features(new.table[["a"]], new.dictionary))
