"""The fewest questions that tell which persona somebody is."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.screener import Screener


def test_accuracy_is_that_of_new_people(small_run, small_screener, tmp_path):
    """People of another shop, whom nothing was fitted on, are told right as often as the interval says."""
    fresh = pk.simulate_shop(n_customers=1_300, n_survey=1_200, random_state=77)
    fresh.write(tmp_path)
    (tmp_path / "study.yaml").write_text(pk.sample_study().read_text(encoding="utf-8"), encoding="utf-8")
    features = pk.build_features(pk.check_quality(pk.load_sources(pk.open_study(tmp_path))).clean)
    truth = small_run.segmentation.assign(features.table).dropna()
    told = small_screener.tell(features.table.loc[truth.index])
    right = (told["segment"] == truth).mean()
    assert len(truth) > 900
    assert small_screener.accuracy["ci_low"] - 0.03 <= right <= small_screener.accuracy["ci_high"] + 0.03
    assert small_screener.refitted and small_screener.useful


def test_the_fewest_questions_that_are_good_enough(small_run, small_screener):
    """The curve has every length; the aim decides how many questions are asked."""
    refits = {}
    aims = {aim: pk.build_screener(small_run.features, small_run.segmentation, accuracy=aim, recall=least, most=6, refits=refits)
            for aim, least in ((0.5, 0.2), (0.85, 0.5))}  # fmt: skip
    assert sorted(refits) == list(range(10))
    few, many = aims.values()
    assert len(few.questions) < len(many.questions) <= 6 and few.reaches
    judges = [int(screener.recalls.loc[screener.recalls["n_questions"] == 1, "n"].sum()) for screener in (few, small_screener)]
    assert judges == [few.n, small_screener.n] and few.n == pytest.approx(small_screener.n * 2 / 3, abs=5)
    assert small_screener.curve["n_questions"].tolist() == list(range(1, 9)) and len(small_screener.questions) == 5
    assert small_screener.curve["accuracy"].iloc[-1] > small_screener.curve["accuracy"].iloc[0]


def test_labels_that_mean_nothing(small_run):
    """Shuffled labels give no gain over the commonest persona, also when they come with a rule that does not give them."""
    labels = small_run.segmentation.labels
    shuffled = pd.Series(np.random.default_rng(2).permutation(labels.to_numpy()), index=labels.index)
    for given in (shuffled, replace(small_run.segmentation, labels=shuffled)):
        screener = pk.build_screener(small_run.features, given, most=3)
        assert not screener.useful and not screener.refitted
        assert screener.curve["gain_low"].max() <= 0


def test_tables_of_quality(small_screener):
    """Everybody is somewhere in the tables, and the screener is more often right the surer it is."""
    assert small_screener.confusion.groupby("segment")["share"].sum().round(4).eq(1).all()
    assert small_screener.calibration["n"].sum() == small_screener.n
    assert small_screener.not_sure["sure_share"].is_monotonic_decreasing
    assert small_screener.not_sure["accuracy"].iloc[-1] >= small_screener.not_sure["accuracy"].iloc[0]
    own = small_screener.recalls[small_screener.recalls["n_questions"] == 5]
    assert (own["recall"] * own["n"]).sum() / own["n"].sum() == pytest.approx(small_screener.accuracy["accuracy"], abs=1e-5)
    certain = small_screener.calibration
    assert np.average(certain["certainty"], weights=certain["n"]) == pytest.approx(small_screener.accuracy["accuracy"], abs=0.05)


def test_telling(small_screener, people_who_answer):
    """Half of the answers are needed; a lead under ten points is not sure; the order of rows changes nothing."""
    told = small_screener.tell(people_who_answer)
    codes = np.column_stack([question.codes(people_who_answer[question.name]) for question in small_screener.questions])
    assert (told["segment"].isna().to_numpy() == ((codes >= 0).sum(axis=1) < 3)).all()
    known = told.dropna()
    assert (known["sure"] == (known["lead"] >= 10)).all() and (known["segment"] != known["second"]).all()
    assert ((known["certainty"] > 0.2) & (known["certainty"] <= 1)).all()
    assert small_screener.tell(people_who_answer[::-1])[::-1].equals(told)


def test_the_same_again_and_from_files(small_run, small_screener):
    """The same features and seed give the same screener in whatever order rows stand; files give it back."""
    table = small_run.features.table.sample(frac=1, random_state=9)
    refits = {}
    again, taken_over = (
        pk.build_screener(replace(small_run.features, table=table), small_run.segmentation, names=small_screener.names,
                          n_questions=5, refits=refits) for _ in range(2))  # fmt: skip
    assert taken_over.to_json() == again.to_json()
    assert again.to_json() == small_screener.to_json() and again.curve.equals(small_screener.curve)
    assert Screener.from_parts(small_screener.parts()).parts()["screener"] == small_screener.parts()["screener"]


def test_what_cannot_be(small_run, small_screener):
    """One segment, too few people, a strange number of questions, and a table without a question each have one clear error."""
    labels = small_run.segmentation.labels
    with pytest.raises(pk.DataError, match="two or more segments"):
        pk.build_screener(small_run.features, labels * 0 + 1)
    with pytest.raises(pk.DataError, match="20 people have a segment; a screener needs 30 or more"):
        pk.build_screener(small_run.features, labels.sort_values().iloc[np.linspace(0, len(labels) - 1, 20).astype(int)])
    with pytest.raises(pk.DataError, match="ask between 1 and 8 questions"):
        pk.build_screener(small_run.features, small_run.segmentation, n_questions=9)
    with pytest.raises(pk.DataError, match="table: has no column"):
        small_screener.tell(small_run.features.table[[]])
    elsewhere = labels.set_axis([f"x{i}" for i in range(len(labels))])
    with pytest.raises(pk.DataError, match="customers with a segment have no features"):
        pk.build_screener(small_run.features, elsewhere)
