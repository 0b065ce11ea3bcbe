"""Lines that fit: nothing is lost, nothing is too wide, whatever the language."""

import pytest

from personakit.render.map_layout import broken, entries_height, entry_text, runs_right_to_left, shortened, text_width

LONG = "Lentokonesuihkuturbiinimoottoriapumekaanikkoaliupseerioppilas"


@pytest.mark.parametrize("text", ["Half of them wait 12 hours or less before this phase", f"Eli {LONG} tulee",
                                  "نیمی از آنان پیش از این مرحله ۱۲ ساعت یا کمتر صبر می‌کنند"])  # fmt: skip
@pytest.mark.parametrize("width", [40, 90, 400])
def test_lines_fit_and_hold_every_letter(text, width):
    """Long words are broken inside; together the lines are the text."""
    lines = broken(text, width, 12)
    assert all(text_width(line, 12) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_no_room_ends(monkeypatch):
    """A column narrower than a letter still gives each letter its line."""
    assert broken("abc", 1, 12) == ["a", "b", "c"] and broken("", 100, 12) == []


def test_cells_grow_with_their_entries():
    """Two entries are higher than one, and marks and numbers take room too."""
    entry = {"text": "too slow", "mark": "weak", "ref": "12"}
    assert entry_text(entry) == "too slow (weak) [12]"
    one, two = entries_height([entry], 300, 10), entries_height([entry, entry], 300, 10)
    assert 10 < one < two and entries_height([entry], 40, 10) > one and entries_height([], 40, 10) == 0


def test_signs_that_only_order_take_no_room():
    """Isolates and joiners have no width."""
    assert text_width("\u2068web\u2069", 12) == text_width("web", 12)


def test_direction_of_a_text():
    """A Persian line with a name in it runs from right to left, a Norwegian quote does not."""
    assert runs_right_to_left("Jo: متن") and runs_right_to_left("۱۲") and not runs_right_to_left("“Norsk tekst.”")


def test_a_name_is_cut_in_its_middle():
    """It fits, keeps its beginning and its end, and is left alone where there is room."""
    name = "verkkokauppatilausvahvistus 7"
    cut = shortened(name, 100, 14)
    assert text_width(cut, 14) <= 100 and cut.startswith("verk") and cut.endswith("7") and "…" in cut
    assert shortened(name, 1000, 14) == name and shortened(name, 1, 14) == "ve…"
