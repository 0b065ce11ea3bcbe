"""Satisfaction by persona, phase and month, against hand counts."""

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.measurement_lines import FOUND_EASY, measurement_lines
from personakit.measurement_satisfaction import net_promoters, satisfaction_figures, service_figures, shares_by_group


def test_figures_of_the_small_shop_equal_a_hand_count(small_run):
    """Mean, share of satisfied and net promoters of a persona and of everybody."""
    table = satisfaction_figures(small_run.features, small_run.segmentation.labels, basis=small_run.basis)
    own = small_run.features.table.loc[small_run.segmentation.labels.index[small_run.segmentation.labels == 2]]
    named = table.set_index(["measure", "feature", "segment"])
    answers = own["csat_decision"].dropna()
    row = named.loc[("csat", "csat_decision", 2)]
    assert row["value"] == pytest.approx(answers.mean()) and row["n"] == len(answers) and row["phase"] == "decision"
    assert named.loc[("satisfied", "csat_decision", 2), "value"] == pytest.approx((answers >= 4).mean())
    score = own["recommend"].dropna()
    assert named.loc[("nps", "recommend", 2), "value"] == pytest.approx((score >= 9).mean() - (score <= 6).mean())
    everybody = small_run.features.table["csat_decision"]
    assert named.loc[("csat", "csat_decision", 0), "value"] == pytest.approx(everybody.mean())
    assert (table["ci_low"] <= table["value"]).all() and (table["value"] <= table["ci_high"]).all()
    assert table.loc[table["segment"] > 0, "others"].notna().all() and table["p_adjusted"].notna().sum() == 50


def test_how_easy_it_was_is_measured_from_a_study_file(write_study):
    """Questions of kind effort: the mean, and the share in the upper part of the scale; said in words."""
    rng = np.random.default_rng(4)
    answers = pd.DataFrame({"customer_id": [f"c{i}" for i in range(200)], "easy_return": rng.integers(1, 8, 200)})
    answers.loc[:9, "easy_return"] = 9  # outside the scale
    study = write_study("""study: Effort
as_of: 2026-06-30
sources:
  survey:
    path: survey.csv
    items:
      ease: {kind: effort, scale: [1, 7], columns: {easy_return: "Sending something back was easy"}}
""", survey=answers)  # fmt: skip
    features = pk.build_features(pk.check_quality(pk.load_sources(pk.open_study(study))).clean)
    labels = pd.Series(np.arange(200) % 2 + 1, index=features.table.index)
    table = satisfaction_figures(features, labels).set_index(["measure", "segment"])
    known = answers["easy_return"].where(answers["easy_return"] <= 7).dropna()
    assert table.loc[("effort", 0), "value"] == pytest.approx(known.mean()) and table.loc[("effort", 0), "n"] == 190
    assert table.loc[("easy", 0), "value"] == pytest.approx((known >= 6).mean())
    empty = pd.DataFrame(columns=["campaign", "segment", "measure", "month", "topic", "days", "again"])
    lines = measurement_lines({"campaigns": empty, "satisfaction": table.reset_index(), "service": empty, "repeat": empty,
                               "changes": empty}, {1: "A", 2: "B"})  # fmt: skip
    assert [line.message for line in lines] == [FOUND_EASY] * 3


def test_net_promoters_hold_the_truth():
    """About 95 of 100 intervals hold the true score, also in small groups; nobody is nothing."""
    rng, inside = np.random.default_rng(1), 0
    chances = [0.4, 0.3, 0.3]
    for _ in range(400):
        answers = rng.choice([10.0, 7.0, 2.0], 40, p=chances)
        found = net_promoters(answers)
        inside += found["ci_low"] <= 0.1 <= found["ci_high"]
    assert 368 <= inside <= 392
    assert net_promoters(np.array([np.nan])) is None
    assert net_promoters(np.full(20, 10.0))["ci_high"] == 1


def test_service_by_month_and_topic(small_run):
    """Solved cases and ratings of one month and one topic, as counted by hand; small numbers are left out."""
    table = service_figures(small_run.protected, small_run.segmentation.labels)
    tickets = small_run.protected["tickets"].to_pandas()
    tickets["month"] = tickets["at"].dt.strftime("%Y-%m")
    month = tickets["month"].value_counts().index[0]
    whole = table[table["segment"] == 0].set_index(["measure", "month", "topic"])
    own = tickets[tickets["month"] == month]
    assert whole.loc[("resolved", month, ""), "value"] == pytest.approx(own["resolved"].astype(float).mean())
    assert whole.loc[("rating", "", "return"), "value"] == pytest.approx(
        tickets.loc[tickets["topic"] == "return", "rating"].mean()
    )
    assert (table["n"] >= 5).all() and set(table["segment"]) <= {0, 1, 2, 3, 4, 5}


@pytest.mark.real
def test_churn_by_contract(real_data):
    """Known shares of the telephone company."""
    raw = pd.read_csv(real_data / "telco_churn" / "wa_churn.csv")
    table = shares_by_group(raw["churn"] == "Yes", raw["contract"]).set_index("group")
    assert table.loc["Month-to-month", "rate"].round(3) == 0.427
    assert sorted(table["rate"].round(3)) == [0.028, 0.113, 0.427]
    assert (table["p_adjusted"] < 1e-10).all()
