"""Transcripts: text, Markdown, Word and CSV give one row per line that somebody said."""

import sys

import docx
import pytest

from personakit.errors import DataError, PersonakitError
from personakit.readers_transcripts import read_interviews


def said(folder):
    table = read_interviews(folder)
    return table[["document_id", "line", "speaker", "text"]].to_numpy().tolist()


def test_lines_without_a_speaker_belong_to_the_one_before(tmp_path):
    """A question that goes on over two lines is not an answer; a colon inside a sentence is no speaker."""
    text = "customer_id: C1\nlanguage: en\n\nInterviewer: Why did you\ncome here?\nCustomer: One reason\nNote: it was the price\n"
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    assert said(tmp_path) == [["a", "4", "Interviewer", "Why did you"], ["a", "5", "Interviewer", "come here?"],
                              ["a", "6", "Customer", "One reason"], ["a", "7", "Customer", "Note: it was the price"]]  # fmt: skip
    assert read_interviews(tmp_path)["customer_id"].tolist() == ["C1"] * 4


def test_clocks_and_names_on_their_own_line(tmp_path):
    """Time stamps before or after the name, names on their own line, Persian names."""
    text = "[00:01:02] Kari: Hei\nKari (00:02:10): Igjen\nOla:\nJeg svarte\nOla: Ja\n"
    (tmp_path / "b.txt").write_text(text, encoding="utf-8")
    (tmp_path / "c.txt").write_text("مصاحبه‌گر: چرا؟\nمشتری: قیمت\n", encoding="utf-8")
    assert said(tmp_path) == [["b", "1", "Kari", "Hei"], ["b", "2", "Kari", "Igjen"], ["b", "4", "Ola", "Jeg svarte"],
                              ["b", "5", "Ola", "Ja"], ["c", "1", "مصاحبه‌گر", "چرا؟"], ["c", "2", "مشتری", "قیمت"]]  # fmt: skip


def test_somebody_who_speaks_once(tmp_path):
    """Known by a given name; another word before a colon is no speaker."""
    (tmp_path / "s.txt").write_text("Kari Nordmann: Why?\nOla: The price.\nReason: it was low\n", encoding="utf-8")
    assert said(tmp_path) == [["s", "1", "Kari Nordmann", "Why?"], ["s", "2", "Ola", "The price."],
                              ["s", "3", "Ola", "Reason: it was low"]]  # fmt: skip


def test_markdown(tmp_path):
    """Headings and rulers are not said; bold names and quote marks are marks, not words."""
    text = "# Interview 3\n\n**Interviewer:** Why?\n\n**Customer:** The price.\n\n> And the colour\n\n---\n"
    (tmp_path / "d.md").write_text(text, encoding="utf-8")
    assert said(tmp_path) == [["d", "3", "Interviewer", "Why?"], ["d", "5", "Customer", "The price."],
                              ["d", "7", "Customer", "And the colour"]]  # fmt: skip


def test_word_with_a_table(tmp_path):
    """Paragraphs and rows of a table of speakers and words, with the number of the paragraph."""
    document = docx.Document()
    document.add_paragraph("customer_id: C7")
    document.add_paragraph("Interviewer: Why?")
    table = document.add_table(rows=2, cols=2)
    for row, cells in zip(table.rows, [("Customer", "The price"), ("Customer", "Åse sa det")], strict=True):
        row.cells[0].text, row.cells[1].text = cells
    document.save(tmp_path / "e.docx")
    assert said(tmp_path) == [["e", "2", "Interviewer", "Why?"], ["e", "3", "Customer", "The price"],
                              ["e", "4", "Customer", "Åse sa det"]]  # fmt: skip
    assert read_interviews(tmp_path)["customer_id"].tolist() == ["C7"] * 3


def test_csv_and_equal_names(tmp_path):
    """Separators are recognised, columns have names in four languages, and two files of one name stay apart."""
    (tmp_path / "f.csv").write_text("Taler;Tekst\nkunde;Hei, du\n;\nkunde;Ja\n", encoding="utf-8-sig")
    (tmp_path / "f.txt").write_text("Hello\n", encoding="utf-8")
    assert said(tmp_path) == [["f.csv", "1", "kunde", "Hei, du"], ["f.csv", "3", "kunde", "Ja"], ["f.txt", "1", None, "Hello"]]


def test_every_wrong_file_is_named_at_once(tmp_path):
    """All that cannot be read stands in one answer."""
    (tmp_path / "g.docx").write_bytes(b"no zip")
    (tmp_path / "h.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (tmp_path / "i.txt").write_bytes(b"\xff\xfe\x00x")
    with pytest.raises(DataError) as error:
        read_interviews(tmp_path)
    assert [problem.split(": ")[1].split(" ")[0] for problem in error.value.problems] == ["g.docx", "h.csv", "i.txt"]


def test_word_needs_its_extra(tmp_path, monkeypatch):
    """Without the reader the answer is the line that installs it."""
    docx.Document().save(tmp_path / "j.docx")
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(PersonakitError, match=r'pip install "personakit\[word\]"'):
        read_interviews(tmp_path)


def test_a_meeting_written_down(tmp_path):
    """Name and clock over each turn; title, date and notes on the recording are left, one turn of somebody counts too."""
    lines = ["Interview-20260401_100312-Meeting Recording", "customer_id: C3", "1. april 2026, 08:03", "Nordmann, Kari   0:03",
             "Why did you", "come?", "Ola   0:09", "For the price. At 10:30 it was gone", "Nordmann, Kari   1:00:12",
             "Thank you!", "Per Lie 1:00:15", "Bye.", "Nordmann, Kari stopped transcription"]  # fmt: skip
    expected = [["Nordmann, Kari", "Why did you"], ["Nordmann, Kari", "come?"], ["Ola", "For the price. At 10:30 it was gone"],
                ["Nordmann, Kari", "Thank you!"], ["Per Lie", "Bye."]]  # fmt: skip
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    document.save(tmp_path / "k.docx")
    (tmp_path / "l.txt").write_text("\n".join(lines), encoding="utf-8")
    table = read_interviews(tmp_path)
    for name in ("k", "l"):
        own = table[table["document_id"] == name]
        assert own[["speaker", "text"]].to_numpy().tolist() == expected
        assert set(own["customer_id"]) == {"C3"}


def test_times_over_each_turn(tmp_path):
    """As meetings were written down some years ago: times, name, words, in one paragraph."""
    document = docx.Document()
    for times, who, text in [
        ("0:0:0.0 --> 0:0:3.70", "Kari", "Hvorfor?"),
        ("0:0:4.10 --> 0:0:9.0", "Ola N", "Prisen.\nOg fargen."),
    ]:
        document.add_paragraph(f"{times}\n{who}\n{text}")
    document.save(tmp_path / "m.docx")
    assert said(tmp_path) == [["m", "1", "Kari", "Hvorfor?"], ["m", "2", "Ola N", "Prisen."], ["m", "2", "Ola N", "Og fargen."]]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_captions(tmp_path, end):
    """Voices, names before a colon, or numbered speakers; a sentence over several captions is one text."""
    lie, kari = "<v Lie, Per (Guest)>", "<v Kari>"
    voices = ["WEBVTT", "", "NOTE", "nobody said this", "customer_id: C9", "", "a1/12-0",
              "00:00:03.220 --> 00:00:05.900", f"{lie}I came</v>", "",
              "00:00:06.000 --> 00:00:07.000", f"{lie}for the &lt;price&gt;.</v>", "", "00:00:07.000 --> 00:00:08.000",
              f"{kari}And</v>", "", "00:00:08.000 --> 00:00:09.000", f"{lie}the colour.</v>"]  # fmt: skip
    colons = ["WEBVTT", "", "1", "00:00:01.000 --> 00:00:02.000", "Kari Nordmann: Why", "", "2", "00:00:02.000 --> 00:00:03.000",
              "Kari Nordmann: did you come?", "", "3", "00:00:03.000 --> 00:00:04.000", "Åse: Prisen", "", "4",
              "00:00:04.000 --> 00:00:05.000", "Åse: var lav"]  # fmt: skip
    plain = ["1", "00:00:00,000 --> 00:00:04,000", "I came for", "", "2", "00:00:04,000 --> 00:00:06,000", "the price. And", ""]
    for name, lines in (("n.vtt", voices), ("o.vtt", colons), ("p.srt", plain)):
        (tmp_path / name).write_bytes(end.join(lines).encode("utf-8-sig"))
    assert said(tmp_path) == [
        ["n", "1", "Lie, Per (Guest)", "I came for the <price>."], ["n", "3", "Kari", "And"],
        ["n", "4", "Lie, Per (Guest)", "the colour."],
        ["o", "1", "Kari Nordmann", "Why did you come?"], ["o", "3", "Åse", "Prisen var lav"],
        ["p", "1", None, "I came for the price. And"]]  # fmt: skip
    assert read_interviews(tmp_path)["customer_id"].dropna().tolist() == ["C9"] * 3


def test_wrong_captions_and_their_extra(tmp_path, monkeypatch):
    """A file that only is called captions is named; without the reader the answer is the line that installs it."""
    (tmp_path / "q.vtt").write_text("Hello", encoding="utf-8")
    (tmp_path / "r.srt").write_bytes(b"\xff\xfe\x00x")
    with pytest.raises(DataError) as error:
        read_interviews(tmp_path)
    assert [problem.split(": ")[1].split(" ")[0] for problem in error.value.problems] == ["q.vtt", "r.srt"]
    monkeypatch.setitem(sys.modules, "webvtt", None)
    with pytest.raises(PersonakitError, match=r'pip install "personakit\[captions\]"'):
        read_interviews(tmp_path)
