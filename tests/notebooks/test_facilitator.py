"""The facilitator's guide: minutes add up, every notebook has a run sheet, and what it points to is there."""

import re
from itertools import pairwise

import nbformat
import pytest

from personakit.handoffs import STEPS, numbered

from .make_blanks import EXERCISES
from .test_notebooks import COMMANDS, NOTEBOOKS

GUIDE = (EXERCISES / "facilitator" / "README.md").read_text(encoding="utf-8")
SHEETS = (EXERCISES / "facilitator" / "run_sheets.md").read_text(encoding="utf-8")
AGENDAS = ["Half a day", "One day", "Two days: the first", "Two days: the second"]
NAMES = [numbered(step) for step in STEPS]
LONGEST_WITHOUT_BREAK = 120


def rows_of(text):
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if not line.startswith("| clock")]


def agenda(title):
    """Its first line, and its rows: minutes of the day, minutes it takes, what, how."""
    part = GUIDE.partition(f"### {title}\n")[2].partition("\n#")[0]
    rows = [(int(clock[:2]) * 60 + int(clock[3:]), int(minutes), what, how) for clock, minutes, what, how in rows_of(part)]
    return part, rows


def minutes_of(name):
    first = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells[0].source
    teaching, exercise = re.search(r"Teaching (\d+) minutes, exercise (\d+) minutes", first).groups()
    return int(teaching), int(exercise)


@pytest.mark.parametrize("title", AGENDAS)
def test_the_clock_of_an_agenda_adds_up(title):
    """Each row begins where the one before ends; end and sum are as the first line says; nobody sits for over two hours."""
    part, rows = agenda(title)
    for (start, minutes, *_), (begins, *_) in pairwise(rows):
        assert start + minutes == begins
    end = rows[-1][0] + rows[-1][1]
    said = re.search(r"09:00 to (\d\d):(\d\d), (\d+) minutes", part)
    assert (int(said[1]) * 60 + int(said[2]), int(said[3])) == (end, sum(minutes for _, minutes, *_ in rows))
    sitting = 0
    for _, minutes, what, _ in rows:
        sitting = 0 if what in {"break", "lunch"} else sitting + minutes
        assert sitting <= LONGEST_WITHOUT_BREAK, what


@pytest.mark.parametrize("title", AGENDAS)
def test_an_agenda_gives_no_more_time_than_the_notebooks_name(title):
    """Teaching and exercises, in the order of the steps; a show, pairs, groups or the plenary."""
    _, rows = agenda(title)
    order = []
    for _, minutes, what, how in rows:
        assert how in {"show", "pairs", "groups", "plenary", ""}
        named = re.search(r"`(\d\d_\w+)`", what)
        if named:
            teaching, exercise = minutes_of(named[1])
            assert minutes <= (exercise if what.startswith("exercise") else teaching), what
            order.append(named[1])
    assert order == sorted(order)
    if not title.startswith("Two"):
        assert sorted(set(order)) == NAMES


def test_two_days_have_everything_in_full():
    """Every notebook and every exercise, with all its minutes."""
    rows = [row for title in AGENDAS[2:] for row in agenda(title)[1]]
    for name in NAMES:
        teaching, exercise = minutes_of(name)
        own = [(minutes, what) for _, minutes, what, _ in rows if f"`{name}`" in what]
        assert sum(minutes for minutes, what in own if not what.startswith("exercise")) == teaching, name
        assert sum(minutes for minutes, what in own if what.startswith("exercise")) == exercise, name


@pytest.mark.parametrize("name", NAMES)
def test_a_run_sheet_for_each_notebook(name):
    """Its minutes are those of the notebook, its parts are headings there, in their order, and every row has a line to say."""
    part = SHEETS.partition(f"## {name}: ")[2].partition("\n## ")[0]
    rows = rows_of(part)
    minutes = [int(row[1]) for row in rows]
    assert sum(minutes) == minutes_of(name)[0] == int(part.partition(" minutes")[0])
    clock = 0
    for row, taken in zip(rows, minutes, strict=True):
        assert row[0] == f"{clock // 60}:{clock % 60:02d}" and len(row) == 8
        clock += taken
    headings = [heading for cell in nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells if cell.cell_type == "markdown"
                for heading in re.findall(r"^## (.*)$", cell.source, re.MULTILINE)]  # fmt: skip
    places = [headings.index(row[2]) for row in rows]
    assert places == sorted(places)
    for row in rows:
        assert row[3] in {"show", "pairs", "groups", "plenary"} and row[4] and row[5] and row[7] in {"", "cut"}
    assert any(row[6] for row in rows)


def test_commands_and_files_that_are_named_exist():
    """Commands of the command line, and other pages."""
    for command in re.findall(r"`personakit (\w+)", GUIDE):
        assert command in COMMANDS, command
    assert all((EXERCISES / "facilitator" / name).exists() for name in re.findall(r"`(\w+\.md)`", GUIDE))
    assert "personakit run --to" in GUIDE and "The privacy talk" in GUIDE and "Accessibility" in GUIDE
