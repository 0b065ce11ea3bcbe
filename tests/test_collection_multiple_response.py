"""Several answers in one cell are found, and what each person answered is told apart exactly."""

import duckdb
import pytest

from personakit.collection_multiple_response import multiple_response
from personakit.expressions import check_expression

CELLS = ["Web", "Web, Shop", "Shop", "Web shop, Shop", "Web, Shop, Bob's", "Web shop", "Bob's, Shop", "Web, Web shop"] * 4


@pytest.mark.parametrize("separator", [", ", ";", "; ", "|", "\n", ",", "، "])
def test_answers_are_found(separator):
    """Whatever stands between them; what single people wrote themselves is no answer that was offered."""
    cells = [cell.replace(", ", separator) for cell in [*CELLS, "Web, by pigeon"]]
    found = multiple_response(cells)
    assert found.separator == separator and set(found.answers) == {"Web", "Shop", "Web shop", "Bob's"}


def test_each_answer_is_told_exactly():
    """ "Web" is not "Web shop", an apostrophe and an ending separator do no harm, and an empty cell is unknown."""
    found = multiple_response([f"{cell.replace(', ', ';')};" for cell in CELLS])
    assert found.separator == ";"
    column = 'Where? ("all")'
    sql = {answer: check_expression(found.condition(column, answer), [column], "test") for answer in found.answers}
    for cell, gave in {"Web shop;Bob's;": {"Web shop", "Bob's"}, "Web": {"Web"}, "by pigeon": set(), None: None}.items():
        row = 'SELECT ? AS "Where? (""all"")"'
        said = {a: duckdb.execute(f"SELECT {text} FROM ({row})", [cell]).fetchone()[0] for a, text in sql.items()}
        assert said == ({a: a in gave for a in said} if gave is not None else dict.fromkeys(said))


@pytest.mark.parametrize(
    "cells",
    [
        ["Oslo, Norway", "Bergen, Norway", "Turku, Finland", "Oslo, Norway"],
        ["Too slow, and too dear", "Nice staff, good coffee", "I like it", "Better, please", "More seats, more light"],
        ["yes", "no", "yes"],
        ["4,5", "3,5", "4", "5", "3"],
        [],
    ],
)
def test_what_is_one_answer(cells):
    """Places, remarks, single answers and decimal numbers stay as they are."""
    assert multiple_response(cells * 6) is None
