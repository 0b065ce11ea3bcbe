"""The coding desk and the quote desk: what their buttons do, without a browser."""

import pandas as pd
import pytest

from personakit.render.coding_desk import CodingDesk
from personakit.render.quote_desk import QuoteDesk
from personakit.voices_coding_session import CodingSession
from personakit.voices_quotes import read_quote_choices

TEXTS = pd.DataFrame({"key": [f"i|{d}|{n}" for d in "ab" for n in range(1, 51)], "source": "interviews",
                      "document": ["a"] * 50 + ["b"] * 50, "line": [*range(1, 51)] * 2, "customer_id": "C",
                      "text": [f"<i>said</i> {n}" for n in range(100)]})  # fmt: skip


@pytest.fixture
def desk(tmp_path):
    return CodingDesk(CodingSession(tmp_path / "coding", TEXTS, coder="aino"))


def add(desk, name, press):
    desk._new.value = name
    press(desk, "Add code")


def test_give_take_and_undo(desk, press):
    """Ticked lines get the code, lose it at the second press, and get it back by undo."""
    add(desk, "Late parcel", press)
    for _, box in desk._boxes[:3]:
        box.value = True
    press(desk, "Late parcel")
    assert desk.session.table["line_first"].tolist() == [1, 2, 3]
    assert not any(box.value for _, box in desk._boxes)
    for _, box in desk._boxes[1:3]:
        box.value = True
    press(desk, "Late parcel")
    assert desk.session.table["line_first"].tolist() == [1]
    press(desk, "Undo")
    assert desk.session.table["line_first"].tolist() == [1, 2, 3]
    assert "Saved: 3 codings in aino.csv" in desk._status.value


def test_pages_and_documents(desk, press):
    """Next goes through the pages and on to the next document; Read notes what was shown."""
    assert [n for n, _ in desk._boxes] == list(range(1, 41))
    press(desk, "Next")
    assert [n for n, _ in desk._boxes] == list(range(41, 51))
    press(desk, "Mark as read")
    assert desk.session.table[["code", "line_first", "line_last"]].to_numpy().tolist() == [["-", 41, 50]]
    press(desk, "Next")
    assert desk._place() == ("interviews", "b")
    press(desk, "Back")
    assert desk._place() == ("interviews", "a")


def test_nothing_ticked_and_wrong_names_are_said(desk, press):
    """A press without a ticked line, and a name that is no word, are answered, not raised; markup from data stays text."""
    add(desk, "late", press)
    press(desk, "Late")
    assert "Tick one or more lines first" in desk._status.value
    add(desk, "9 lives!", press)
    assert "is not one word" in desk._status.value
    assert desk._boxes[0][1].description == "1  <i>said</i> 0"
    assert list(desk.session.codebook.codes) == ["late"]


def test_questions_stand_above_their_answers(tmp_path):
    """A question is shown once, before the first line that answers it."""
    texts = TEXTS.head(4).assign(question=["Why?", "Why?", "When?", ""])
    desk = CodingDesk(CodingSession(tmp_path, texts, coder="aino"))
    shown = [child.value for child in desk._lines.children if "pk-asked" in str(getattr(child, "value", ""))]
    assert [value.split(">")[1].split("<")[0] for value in shown] == ["Why?", "When?"]


def test_no_texts(tmp_path):
    """Without texts the desk says so."""
    desk = CodingDesk(CodingSession(tmp_path, TEXTS.head(0), coder="aino"))
    assert "no texts" in desk._lines.children[0].value


def test_quotes_are_saved_at_once(tmp_path):
    """A choice is in the file when the button is let go, and stands there when the desk is opened again."""
    quotes = TEXTS.head(3).assign(quote=TEXTS["text"])
    desk = QuoteDesk(quotes, tmp_path / "quotes.yaml")
    desk._rows["i|a|1"].value = "rejected"
    desk._rows["i|a|2"].value = "approved"
    choices = read_quote_choices(tmp_path / "quotes.yaml")
    assert list(choices.rejected) == ["i|a|1"] and list(choices.approved) == ["i|a|2"]
    again = QuoteDesk(quotes, tmp_path / "quotes.yaml")
    assert [again._rows[key].value for key in ("i|a|1", "i|a|2", "i|a|3")] == ["rejected", "approved", "open"]
    again._rows["i|a|1"].value = "open"
    assert read_quote_choices(tmp_path / "quotes.yaml").rejected == {}
