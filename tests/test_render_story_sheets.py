"""Stories for backlogs, and the sheet for sessions, which comes back as a source."""

import csv
import io

import personakit as pk
from personakit.activation_kit import FEEDBACK_COLUMNS
from personakit.journeys_feeling import texts_about
from personakit.render.story_sheets import BACKLOGS, feedback_sheet, stories_csv, stories_markdown


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_backlogs(small_plan):
    """Each backlog gets the columns its import asks for; as many stories in each, no two alike, high priority first."""
    tables = {backlog: rows_of(stories_csv(small_plan, backlog, language="en")) for backlog in BACKLOGS}
    assert list(tables["jira"][0]) == ["Summary", "Issue Type", "Priority", "Labels", "Description"]
    assert list(tables["github"][0]) == ["title", "labels", "body"]
    assert list(tables["azure"][0])[:3] == ["Work Item Type", "Title", "Priority"]
    titles = [row["Summary"] for row in tables["jira"]]
    assert titles == [row["title"] for row in tables["github"]] == [row["Title"] for row in tables["azure"]]
    assert len(set(titles)) == len(titles) >= 10
    order = [row["Priority"] for row in tables["azure"]]
    assert order == sorted(order) and all(row["Acceptance Criteria"].startswith("•") for row in tables["azure"])
    assert all("source" in row["Description"] for row in tables["jira"])


def test_no_formula(small_plan):
    """Whatever a label begins with, a spreadsheet does not run it."""
    line = next(line for line in small_plan.lines if line.place == "product|stories|01")
    bad = line.model_copy(update={"message": "{text}", "params": line.params | {"text": "=1+1"}})
    plan = type(small_plan)(**{**vars(small_plan), "lines": [bad if one is line else one for one in small_plan.lines]})
    assert "'=1+1" in stories_csv(plan, "jira", language="en") and "\n=1+1" not in stories_csv(plan, "jira", language="en")


def test_markdown(small_plan):
    """A chapter for each persona, a heading for each story."""
    text = stories_markdown(small_plan, language="nb")
    assert text.count("\n## ") == len(small_plan.names) and text.count("\n### ") >= 10 and text.startswith("# Brukerhistorier")


def test_feedback_comes_back_as_a_source(small_plan, write_study, tmp_path):
    """Filled in and put among the interviews, the sheet is read and stands at its phase; lines without text count for nothing."""
    rows = rows_of(feedback_sheet(small_plan, language="en"))
    assert list(rows[0]) == FEEDBACK_COLUMNS and {row["persona"] for row in rows} == set(small_plan.names.values())
    rows[0] |= {"customer_id": "C1", "text": "I did not find the size guide.", "rating": "2"}
    phase = rows[0]["topic"]
    target = io.StringIO()
    writer = csv.DictWriter(target, FEEDBACK_COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    (tmp_path / "interviews").mkdir()
    (tmp_path / "interviews" / "feedback.csv").write_text(target.getvalue(), encoding="utf-8")
    phases = "journey: {phases: {" + phase + ": [search], later: [payment]}}"
    study = pk.open_study(write_study(f"study: T\nas_of: 2026-06-30\nsources: {{interviews: {{path: interviews}}}}\n{phases}\n"))
    voices = pk.read_voices(pk.check_quality(pk.load_sources(study)).clean)
    texts = voices.texts
    assert texts["text"].tolist() == ["I did not find the size guide."] and texts["customer_id"].tolist() == ["C1"]
    about = texts_about(study, voices)
    assert about[["place", "rating", "pain"]].values.tolist() == [[phase, 2.0, True]]
