"""Persona of every customer in a Parquet file, block by block: the answer of the table and of SQL."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import personakit as pk
from personakit import assignment, assignment_blocks
from personakit.segmentation import segment_customers
from personakit.segmentation_rule import make_rule, scaled

NAMES = {1: "Kari", 2: "Ola", 3: "O'Hara", 4: "Sirkka"}


def people_of(kind, n):
    """Answers from 1 to 5, or amounts that enter after a logarithm and are scaled; every tenth is missing."""
    rng = np.random.default_rng(7)
    if kind == "ratings":
        values = np.clip(np.rint(rng.normal(3, 1, (n, 6)) + rng.integers(-1, 2, (n, 1))), 1, 5)
    else:
        values = np.exp(rng.normal(3, 1, (n, 6)) * rng.integers(1, 3, (n, 1)))
    table = pd.DataFrame(
        values, columns=[f"q{i}" for i in range(6)], index=pd.Index([f"C{i}" for i in range(n)], name="customer_id")
    )
    return table.mask(rng.random(values.shape) < 0.1)


@pytest.fixture(scope="module", params=["ratings", "amounts"])
def ruled(request):
    """A rule of four segments, and 40,000 people in several blocks."""
    people = people_of(request.param, 40_000)
    some = people.iloc[:800]
    segmentation = segment_customers(some, basis=list(people), n_segments=4, family="kmeans")
    if request.param == "amounts":
        rule = make_rule(some, list(people), pd.DataFrame({"kind": "amount", "unit": "EUR"}, index=people.columns))
        assert all(column.log and column.scale != 1 for column in rule)
        segmentation = replace(segmentation, rule=rule, centres=scaled(some, rule)[0][:4].round(10))
    return pk.PersonaRule(NAMES, segmentation), people


def told_in_blocks(rule, source, folder, monkeypatch):
    """The file's answer, made without SQL."""
    monkeypatch.setattr(assignment.duckdb, "connect", lambda: pytest.fail("SQL was asked"))
    n = pk.assign_file(rule, source, folder / "told.parquet")
    monkeypatch.undo()
    found = pd.read_parquet(folder / "told.parquet").set_index("customer_id")
    assert n == len(found)
    return found


def same(found, expected):
    """Every person alike."""
    assert found.index.tolist() == expected.index.tolist()
    assert found["segment"].astype("Int64").equals(expected["segment"])
    for column in ("persona", "borderline_with"):
        assert found[column].fillna("").tolist() == expected[column].fillna("").tolist(), column
    assert np.allclose(found["certainty"], expected["certainty"], atol=2e-6, equal_nan=True)


@pytest.mark.parametrize("rows", [1_000, 7_001, 1 << 20])
def test_python_and_sql_say_the_same(ruled, rows, tmp_path, monkeypatch):
    """However the file is cut, whether threads read it each for itself or one for all; order and text stay."""
    rule, people = ruled
    source = tmp_path / "people.parquet"
    people.reset_index().to_parquet(source, row_group_size=rows)
    monkeypatch.setattr(assignment_blocks, "_ROWS", 5_000)
    monkeypatch.setattr(assignment_blocks, "_MOST_ROWS", 5_000)
    monkeypatch.setattr(assignment_blocks, "_CACHE_ROWS", 999)
    expected = rule.assign(people)
    assert expected["segment"].isna().any() and expected["borderline_with"].notna().any()
    n = pk.assign_file(rule, source, tmp_path / "told.parquet")
    found = pd.read_parquet(tmp_path / "told.parquet").set_index("customer_id")
    assert n == len(people)
    same(found, expected)
    monkeypatch.setattr(assignment, "suits_blocks", lambda *_: False)
    pk.assign_file(rule, source, tmp_path / "sql.parquet")
    same(pd.read_parquet(tmp_path / "sql.parquet").set_index("customer_id"), expected)
    own, other = (pq.read_schema(tmp_path / file) for file in ("told.parquet", "sql.parquet"))
    assert [(f.name, f.type) for f in own] == [(f.name, f.type) for f in other]


def test_whole_numbers_and_gaps_of_either_kind(ruled, tmp_path, monkeypatch):
    """Small whole numbers, an answer that is no number (NaN), one that is not there (null), and a missing id."""
    rule, people = ruled
    some = people.iloc[:500].round()
    columns = {name: pa.array(some[name].fillna(-1).astype("int32"), mask=some[name].isna().to_numpy()) for name in some}
    columns["q0"] = pa.array(some["q0"].to_numpy(), from_pandas=False)  # NaN stays NaN
    ids = [None, *some.index[1:]]
    pq.write_table(pa.table({"customer_id": pa.array(ids, pa.string()), **columns}), tmp_path / "people.parquet")
    assert pq.read_table(tmp_path / "people.parquet")["q0"].null_count == 0
    found = told_in_blocks(rule, tmp_path / "people.parquet", tmp_path, monkeypatch)
    assert found.index[0] is None or pd.isna(found.index[0])
    same(found.iloc[1:], rule.assign(some).iloc[1:])


def test_on_two_centres_at_once(ruled):
    """Somebody who lies on two equal centres is as near to one as to the other: the first, with certainty one half."""
    rule, people = ruled
    centres = rule.rule.centres.copy()
    centres[2] = centres[0] = scaled(people.dropna().iloc[-1:], rule.rule.rule)[0][0]
    twice = replace(rule.rule, centres=centres)
    values = [column.to_numpy() for _, column in people.dropna().iloc[-1:].items()]
    found = assignment_blocks.tell(twice, assignment_blocks.Numbers(values, np.ones((6, 1), dtype=np.uint8)))
    assert (found.segment[0], found.second[0]) == (1, 3)
    assert found.certainty[0] == 0.5


def test_a_file_without_rows(ruled, tmp_path, monkeypatch):
    """Nobody: the columns, and no row."""
    rule, people = ruled
    people.iloc[:0].reset_index().astype({"customer_id": "str"}).to_parquet(tmp_path / "none.parquet")
    assert list(told_in_blocks(rule, tmp_path / "none.parquet", tmp_path, monkeypatch)) == assignment.ASSIGNED_COLUMNS
    table = pa.table({"customer_id": pa.array([], pa.string()), **{name: pa.array([], pa.float64()) for name in people}})
    with pq.ParquetWriter(tmp_path / "group.parquet", table.schema) as writer:
        writer.write_table(table)
    assert told_in_blocks(rule, tmp_path / "group.parquet", tmp_path, monkeypatch).empty


def test_a_persona_without_a_name(ruled, tmp_path, monkeypatch):
    """A segment that has no persona has no name, as in Python."""
    rule, people = ruled
    less = pk.PersonaRule({1: "Kari", 3: "O'Hara"}, rule.rule)
    people.reset_index().to_parquet(tmp_path / "people.parquet")
    same(told_in_blocks(less, tmp_path / "people.parquet", tmp_path, monkeypatch), less.assign(people))


def test_what_is_wrong_is_said_as_before(ruled, tmp_path, monkeypatch):
    """A column that is not there, words where numbers should be, a damaged file, and none of Parquet; nothing is left behind."""
    rule, people = ruled
    own = people.iloc[:50].reset_index()
    own.drop(columns="q3").to_parquet(tmp_path / "few.parquet")
    with pytest.raises(pk.DataError, match="no column 'q3', which the rule needs"):
        pk.assign_file(rule, tmp_path / "few.parquet", tmp_path / "out.parquet")
    own.assign(q3="often").to_parquet(tmp_path / "words.parquet")
    with pytest.raises(pk.DataError, match="often"):
        pk.assign_file(rule, tmp_path / "words.parquet", tmp_path / "out.parquet")
    if rule.rule.rule[3].log:
        own.assign(q3=-40.0).to_parquet(tmp_path / "debts.parquet")
        with pytest.raises(pk.DataError, match="q3 is -40; allowed are numbers above -1"):
            pk.assign_file(rule, tmp_path / "debts.parquet", tmp_path / "out.parquet")
    people.reset_index().to_parquet(tmp_path / "broken.parquet", row_group_size=5_000)
    content = bytearray((tmp_path / "broken.parquet").read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4_000] = bytes(4_000)
    (tmp_path / "broken.parquet").write_bytes(content)
    for most in (2_000_000, 1_000):  # read by threads each for itself, and by one
        monkeypatch.setattr(assignment_blocks, "_MOST_ROWS", most)
        with pytest.raises(pk.DataError, match=r"broken\.parquet: "):
            pk.assign_file(rule, tmp_path / "broken.parquet", tmp_path / "out.parquet")
    (tmp_path / "text.parquet").write_text("customer_id,q0\n")
    with pytest.raises(pk.DataError, match=r"text\.parquet: "):
        pk.assign_file(rule, tmp_path / "text.parquet", tmp_path / "out.parquet")
    assert not (tmp_path / "out.parquet").exists()
