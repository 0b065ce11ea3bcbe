"""The table behind the teams' pages: what customers use, answer, ask for and want, worked out by hand."""

import pandas as pd
import pytest

import personakit as pk
from personakit.activation_table import activation_table

STUDY = """study: T
as_of: 2026-06-30
sources:
  customers: {path: customers.csv}
  events: {path: events.csv}
  campaigns: {path: campaigns.csv}
  tickets: {path: tickets.csv}
  survey:
    path: survey.csv
    items:
      needs: {kind: likert, scale: [1, 5], columns: {speed: Quick delivery}}
      content: {kind: csat, scale: [1, 7], columns: {sat: Delivery}, satisfaction_with: {sat: speed}}
"""


@pytest.fixture
def sources(write_study):
    day = "2026-05-01"
    path = write_study(
        STUDY, customers=pd.DataFrame({"customer_id": ["a", "b", "c"]}),
        events=pd.DataFrame([("a", day, "x", "web"), ("a", day, "y", "web"), ("a", day, "x", "app"), ("b", day, "x", "app"),
                             ("b", "2026-07-01", "x", "web")], columns=["customer_id", "at", "touchpoint", "channel"]),
        campaigns=pd.DataFrame([("a", "one", day, 1, 1, "email"), ("a", "two", day, 1, 0, "email"),
                                ("a", "one", day, 0, 0, "sms"),
                                ("b", "one", day, 1, 0, "sms"), ("c", "one", "2026-07-02", 1, 1, "sms")],
                               columns=["customer_id", "campaign", "sent_at", "seen", "clicked", "channel"]),
        tickets=pd.DataFrame([("a", day, "slow", "delivery", "chat", 2, 1), ("a", day, "slow", "delivery", "phone", 4, 0),
                              ("b", day, "back", "return", "chat", 5, 1)],
                             columns=["customer_id", "at", "text", "topic", "channel", "rating", "resolved"]),
        survey=pd.DataFrame({"customer_id": ["a", "b"], "speed": [5, 3], "sat": [1, 7]}),
    )  # fmt: skip
    return pk.check_quality(pk.load_sources(pk.open_study(path))).clean


def test_by_hand(sources):
    """Nothing after as_of counts; shares are over one's own rows; importance and satisfaction go from 0 to 10."""
    found = activation_table(sources)
    table = found.table
    assert table[["channel_web", "channel_app"]].to_numpy().tolist()[:2] == [[1, 1], [0, 1]]
    assert table["most_web"].to_dict()["a"] == 1 and table["most_app"].to_dict()["b"] == 1
    assert table.loc["a", ["answer_clicked_email", "answer_clicked_sms", "answer_seen_email"]].tolist() == [0.5, 0, 1]
    assert "c" not in table.index or pd.isna(table.loc["c", "answer_clicked_sms"])
    assert table.loc["a", ["topic_delivery", "rated_delivery", "asked_by_chat", "resolved"]].tolist() == [1, 3, 0.5, 0.5]
    assert table["topic_delivery"].to_dict()["b"] == 0 and pd.isna(table.loc["b", "rated_delivery"])
    assert table[["importance_speed", "satisfaction_speed"]].to_numpy().tolist()[:2] == [[10, 0], [5, 10]]
    assert found.dictionary.loc["importance_speed", ["columns", "about", "label"]].tolist() == [
        "survey.speed", "speed", "Importance of Quick delivery"]  # fmt: skip


def test_words_that_set_a_segment_apart(small_run):
    """A word is told of those who speak its language, and the segment it was chosen for uses it most."""
    labels = small_run.segmentation.labels
    found = activation_table(small_run.protected, small_run.voices, labels)
    words = found.dictionary.index[found.dictionary["group"] == "word"]
    assert len(words) >= 5 and {"nb", "fi", "en"} >= {name.split("_")[1] for name in words}
    shares = found.table.reindex(labels.index)[words].groupby(labels).mean()
    assert (shares.max() > 2 * shares.mean()).mean() > 0.5
    assert found.table["text_words"].min() >= 1


def test_a_wrong_pair_of_questions_is_named(write_study):
    """A satisfaction question of no need, or of another block, is refused with what to write."""
    wrong = STUDY.replace("{sat: speed}", "{sat: sped}")
    with pytest.raises(
        pk.StudyError, match=r"satisfaction_with: 'sped' is no question; write .* the need; did you mean 'speed'\?"
    ):
        pk.open_study(write_study(wrong))
