"""Who asks in transcripts, told by what people are called, by whom they name, by how often they speak and by what they ask."""

import re

import pandas as pd
import pytest

import personakit as pk
from personakit.privacy_speakers import who_asks

STUDY = """study: Talks
question: Why?
language: en
as_of: 2026-06-30
sources:
  interviews:
    path: talks
"""
GUESTS = ["Ola Hansen", "Anne Berg", "Per Lie"]


def lines(*spoken):
    return pd.DataFrame(spoken, columns=["document_id", "speaker", "text"])


def test_who_is_called_interviewer_asks():
    """Also with a number, in capitals or in Finnish; nothing else is worked out in that transcript."""
    told = lines(
        ("a", "INTERVIEWER 2", "So."), ("a", "Ola", "Why not?"), ("b", "Haastattelija", "No niin"), ("b", "Matti", "Miksi?")
    )
    assert who_asks(told) == {("a", "INTERVIEWER 2"), ("b", "Haastattelija")}


def test_whom_the_study_file_names():
    """However it is written; then nobody else is looked for."""
    told = lines(("a", "Kari  Nordmann", "So."), ("a", "Ola", "Why? Why?"), ("b", "Speaker 1", "Why?"), ("b", "Speaker 2", "So."))
    assert who_asks(told, ["kari nordmann"]) == {("a", "Kari  Nordmann")}


def test_who_speaks_in_most_transcripts_asks():
    """No question mark anywhere; guests differ. Where somebody is called guest or customer, all others are none."""
    told = lines(*[(str(i), who, "So") for i, guest in enumerate(GUESTS) for who in ("Kari", guest)])
    assert who_asks(told) == {(str(i), "Kari") for i in range(3)}
    told = lines(*[(str(i), who, "So") for i, asks in enumerate(GUESTS) for who in (asks, "Guest", "Guest 2")])
    assert who_asks(told) == set(zip("012", GUESTS, strict=True))
    told = lines(("a", "Bot", "So."), ("a", "Customer", "Help?"), ("a", "Agent", "Yes."))
    assert who_asks(told) == {("a", "Bot"), ("a", "Agent")}
    assert who_asks(lines(("a", "A", "So."), ("a", "B", "So."))) == set()


def test_who_asks_most_questions_asks():
    """Speakers that are numbers, a single transcript, a guest who comes again, and questions in Persian."""
    told = lines(
        ("a", "Speaker 1", "The price."), ("a", "Speaker 2", "Why?"), ("a", "Speaker 1", "Is it?"), ("a", "Speaker 1", "No.")
    )
    assert who_asks(told) == {("a", "Speaker 2")}
    told = lines(*[(day, who, text) for day in "abc" for who, text in (("Kari", "چرا؟"), ("Ola", "قیمت"))])
    assert who_asks(told) == {(day, "Kari") for day in "abc"}
    told = lines(*[(str(i), who, text) for i, own in enumerate(GUESTS) for who, text in ((own, "Why?"), ("Shopper", "So."))])
    assert who_asks(told) == {(str(i), own) for i, own in enumerate(GUESTS)}


def test_nobody_asks_where_it_cannot_be_told():
    """One speaker, no speaker, two who ask as much as each other, and nobody at all."""
    told = lines(("a", "Ola", "Why?"), ("b", None, "Why?"), ("c", "Ola", "Why?"), ("c", "Per", "Who?"))
    assert who_asks(told) == set()
    assert who_asks(lines()) == set()


@pytest.fixture
def talks(tmp_path):
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "talks").mkdir()
    for number, guest in enumerate(GUESTS):
        said = ["Kari Nordmann: Why did you come, {0}?", "{1}: For the price, Kari.", "Kari Nordmann: Yes?", "{1}: Sure."]
        text = "\n".join(said).format(guest.split()[0], guest)
        (tmp_path / "talks" / f"{number}.txt").write_text(text, encoding="utf-8")
    return tmp_path


def test_names_stay_in_the_transcripts(talks):
    """Roles stand in their place, names in what is said are blanked, and questions are nobody's own words."""
    report = pk.check_quality(pk.load_sources(pk.open_study(talks)))
    found = report.problems.set_index("rule").loc["said by who seems to ask"]
    assert (found["count"], found["share"], found["severity"]) == (6, 0.5, "warning")
    protected = pk.protect(report.clean)
    table = protected["interviews"].order_by(["document_id", "line"]).to_pandas()
    assert table["speaker"].tolist() == ["interviewer", "participant"] * 6
    assert not re.search("Kari|Nordmann|Ola|Hansen|Anne|Berg|Per|Lie", table.to_csv())
    assert "Why did you come, [name]?" in set(table["text"])
    assert protected.personal[["column", "done"]].to_numpy().tolist() == [
        ["speaker", "interviewer or participant written instead"], ["text", "blanked in 6 rows"]]  # fmt: skip
    assert set(pk.read_voices(protected).texts["text"]) == {"For the price, [name].", "Sure."}
    assert set(pk.read_voices(protected).texts["question"]) == {"Why did you come, [name]?", "Yes?"}


def test_only_names_are_blanked(talks):
    """Neither what speakers are called beside their name, nor the word before a number."""
    for file in (talks / "talks").iterdir():
        said = ["Speaker 1: Why?", "Guest Ola: As a Guest, said Ola, I want a Speaker.", "Speaker 1: Yes?", "Guest Ola: Sure."]
        file.write_text("\n".join(said), encoding="utf-8")
    protected = pk.protect(pk.check_quality(pk.load_sources(pk.open_study(talks))).clean)
    assert "As a Guest, said [name], I want a Speaker." in set(pk.read_voices(protected).texts["text"])


def test_named_in_the_study_file(talks):
    """Whoever is named asks, and nothing is worked out; a transcript in which they do not speak is told."""
    (talks / "study.yaml").write_text(STUDY + "    interviewers: [Ola Hansen]\n", encoding="utf-8")
    report = pk.check_quality(pk.load_sources(pk.open_study(talks)))
    rules = report.problems.set_index("rule")["count"]
    assert rules["nobody in the transcript is known to ask"] == 8
    assert "said by who seems to ask" not in rules
    assert len(pk.read_voices(pk.protect(report.clean)).texts) == 10


def test_a_transcript_named_after_somebody(talks):
    """Its name would stand in evidence; a column of speakers that the study file drops still tells who asks."""
    (talks / "talks" / "0.txt").rename(talks / "talks" / "hansen_1.txt")
    (talks / "study.yaml").write_text(STUDY + "privacy: {drop: [speaker]}\n", encoding="utf-8")
    report = pk.check_quality(pk.load_sources(pk.open_study(talks)))
    assert report.problems.set_index("rule")["count"]["transcript named after somebody"] == 4
    assert len(pk.read_voices(pk.protect(report.clean)).texts) == 6


def test_interviewers_belong_to_interviews(talks):
    """Under another source the message says where they belong."""
    (talks / "study.yaml").write_text(STUDY.replace("interviews:", "mentions:") + "    interviewers: [Ola]\n", encoding="utf-8")
    with pytest.raises(pk.PersonakitError, match="'interviewers' belongs to 'interviews'"):
        pk.open_study(talks)


def test_what_people_are_called_stays(talks):
    """Without names nothing is replaced, and nothing is told of as removed; a number behind the word changes nothing."""
    for file in (talks / "talks").iterdir():
        file.write_text("Interviewer 2: Why?\nCustomer: The price.\nInterviewer 2: Yes.\n", encoding="utf-8")
    protected = pk.protect(pk.check_quality(pk.load_sources(pk.open_study(talks))).clean)
    assert set(protected["interviews"].to_pandas()["speaker"]) == {"Interviewer 2", "Customer"}
    assert protected.personal.empty
    assert set(pk.read_voices(protected).texts["text"]) == {"The price."}
