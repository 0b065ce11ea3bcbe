"""The collection plan: what is known, by which source, for how many, and what is missing."""

import pandas as pd
import pytest

from personakit.collection import load_sources
from personakit.collection_plan import answers_needed, plan_collection
from personakit.errors import PersonakitError
from personakit.study import open_study

CUSTOMERS = pd.DataFrame({"customer_id": [f"C{i}" for i in range(300)], "gender": ["w", "m"] * 150, "birth_year": [1980] * 300})
STUDY = "study: T\nquestion: Whom do we serve?\nas_of: 2026-01-01\nsources:\n  customers: {path: customers.csv}\n"


def plan(file, **options):
    return plan_collection(load_sources(open_study(file)), **options).table.set_index("topic")


def test_gaps_name_the_best_source_and_how_many(write_study):
    """A register alone knows who they are; needs take a survey, reasons interviews, purchases an export."""
    table = plan(write_study(STUDY, customers=CUSTOMERS))
    assert table.loc["gender", ["status", "source", "customers", "share_of_customers"]].tolist() == [
        "known",
        "customers",
        300,
        1.0,
    ]
    assert table.loc["needs", ["status", "best_source", "still_needed"]].tolist() == ["missing", "survey", 970]
    assert table.loc["reasons", ["best_source", "still_needed"]].tolist() == ["interviews", 60]
    assert table.loc["purchases", "best_source"] == "orders" and pd.isna(table.loc["purchases", "still_needed"])


def test_a_survey_of_few_is_known_in_part(write_study):
    """Answers of thirty people are counted, linked and found too few."""
    survey = pd.DataFrame(
        {"customer_id": [f"C{i}" for i in range(28)] + ["X1", "X2"], "q": [1, 2, 3] * 10, "answered_at": ["2025-05-01"] * 30}
    )
    text = STUDY + "  survey: {path: survey.csv, items: {needs: {kind: likert, scale: [1, 5], columns: [q]}}}\n"
    row = plan(write_study(text, customers=CUSTOMERS, survey=survey)).loc["needs"]
    assert row[["status", "customers", "rows", "from", "still_needed"]].tolist() == ["in part", 30, 30, "2025-05-01", 940]
    assert row["linked_share"] == pytest.approx(28 / 30)


def test_everything_of_the_sample_is_known(small_run):
    """The sample study has all nine sources."""
    found = plan_collection(small_run.sources)
    assert found.table["status"].isin(["known", "in part"]).all() and found.question


def test_more_exact_means_more_people():
    """Half the margin takes four times the answers; a smaller segment more of them."""
    assert answers_needed(margin=0.05, smallest_segment=0.1) == pytest.approx(
        4 * answers_needed(margin=0.1, smallest_segment=0.1), rel=0.01
    )
    assert answers_needed(margin=0.1, smallest_segment=0.2) == 490


def test_impossible_aims_are_refused(write_study):
    """A margin of ten is meant as a share."""
    with pytest.raises(PersonakitError, match="margin: found 10; allowed is a share between 0 and 1"):
        plan(write_study(STUDY, customers=CUSTOMERS), margin=10)
