"""Which persona a customer is: the same answer from a table, a file, a stream and SQL, without the study."""

import io
import json

import numpy as np
import pandas as pd
import pytest
import sqlglot

import personakit as pk
from personakit.assignment import PersonaRule, assign_file, assign_stream, read_rule
from personakit.assignment_words import words_of_ratings

DIALECTS = ["duckdb", "bigquery", "snowflake", "spark", "postgres", "tsql"]


@pytest.fixture(scope="module", params=["segments", "screener"])
def rule(request, small_run, small_screener):
    """Both kinds of rule, read again from their file."""
    names = small_screener.names
    made = PersonaRule(names, small_run.segmentation if request.param == "segments" else small_screener)
    return PersonaRule.from_json(made.to_json())


@pytest.fixture(scope="module")
def people(small_run, rule):
    """The small shop's customers with the columns of the rule, and some answers taken away."""
    table = small_run.features.table[rule.columns].copy()
    rng = np.random.default_rng(4)
    return table.mask(rng.random(table.shape) < 0.15)


def same(found, expected):
    """Compare what a file or stream says with Python's answer."""
    found = found.set_index("customer_id").reindex(expected.index)
    assert found["segment"].astype("Int64").equals(expected["segment"])
    for column in ("persona", "borderline_with"):
        assert found[column].fillna("").tolist() == expected[column].fillna("").tolist(), column
    assert np.allclose(found["certainty"], expected["certainty"], atol=2e-6, equal_nan=True)


def test_the_rule_gives_what_step_06_gave(small_run, small_screener):
    """Persona, certainty and borderline cases are those of the segmentation."""
    told = PersonaRule(small_screener.names, small_run.segmentation).assign(small_run.features.table)
    own = small_run.segmentation
    assert told["segment"].dropna().astype(int).equals(own.labels) and told["segment"].isna().any()
    assert set(told.index[told["borderline_with"].notna()]) == set(own.borderline.index)
    assert told.loc[own.labels.index, "persona"].tolist() == [small_screener.names[s] for s in own.labels]


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".jsonl"])
def test_files(rule, people, tmp_path, ending):
    """CSV, Parquet and JSON lines; whole numbers may be whole; the id may have another name."""
    source = tmp_path / f"new{ending}"
    own = people.reset_index().rename(columns={"customer_id": "member no"})
    if ending == ".parquet":
        own.to_parquet(source)
    elif ending == ".csv":
        own.to_csv(source, index=False)
    else:
        own.to_json(source, orient="records", lines=True)
    target = tmp_path / f"assigned{ending}"
    assert assign_file(rule, source, target, customer_id="member no") == len(people)
    readers = {".csv": pd.read_csv, ".parquet": pd.read_parquet, ".jsonl": lambda file: pd.read_json(file, lines=True)}
    same(readers[ending](target).rename(columns={"member no": "customer_id"}), rule.assign(people))


@pytest.mark.parametrize("form", ["csv", "json"])
def test_streams(rule, people, form):
    """Batch after batch, in constant memory, with the same answers."""
    own = people.reset_index()
    text = own.to_csv(index=False) if form == "csv" else own.to_json(orient="records", lines=True)
    written = []
    assert assign_stream(rule, io.StringIO(text), written.append, batch=100) == len(people)
    assert len(written) == 1 + -(-len(people) // 100)
    same(pd.read_csv(io.StringIO("".join(written))), rule.assign(people))


def test_an_empty_stream(rule):
    """It gives the head alone."""
    written = []
    assert assign_stream(rule, io.StringIO(""), written.append) == 0
    assert written == ["customer_id,segment,persona,certainty,borderline_with\n"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_is_read_again(rule, dialect):
    """The text is valid in each dialect, and gives the same columns."""
    parsed = sqlglot.parse_one(rule.to_sql(dialect), read=dialect)
    assert parsed.named_selects == ["customer_id", "segment", "persona", "certainty", "borderline_with"]


def test_a_quotation_mark_in_a_name(small_run, small_screener, tmp_path, people, rule):
    """It stays a name."""
    odd = PersonaRule({**small_screener.names, 1: "O'Hara; DROP"}, rule.rule)
    people.reset_index().to_parquet(tmp_path / "new.parquet")
    assign_file(odd, tmp_path / "new.parquet", tmp_path / "out.parquet")
    found = pd.read_parquet(tmp_path / "out.parquet")
    assert set(found.loc[found["segment"] == 1, "persona"]) == {"O'Hara; DROP"}


def test_what_is_wrong_is_said_and_nothing_is_left_behind(rule, people, tmp_path):
    """A missing file, an unknown ending, a missing column, words where numbers should be, and a file that is no rule."""
    own = people.reset_index()
    with pytest.raises(pk.DataError, match=r"nothing\.csv: there is no such file\n.*out\.xlsx: found '\.xlsx'; allowed: \.csv"):
        assign_file(rule, tmp_path / "nothing.csv", tmp_path / "out.xlsx")
    own.drop(columns=rule.columns[0]).to_csv(tmp_path / "few.csv", index=False)
    with pytest.raises(pk.DataError, match=f"no column '{rule.columns[0]}', which the rule needs"):
        assign_file(rule, tmp_path / "few.csv", tmp_path / "out.csv")
    with pytest.raises(pk.DataError, match="no column 'id' that names the customers"):
        assign_file(rule, tmp_path / "few.csv", tmp_path / "out.csv", customer_id="id")
    number = sorted(rule.numbers)[0]
    own[number] = own[number].astype(object)
    own.loc[7, number] = "often"
    own.to_csv(tmp_path / "words.csv", index=False)
    with pytest.raises(pk.DataError, match="often"):
        assign_file(rule, tmp_path / "words.csv", tmp_path / "out.csv")
    with pytest.raises(pk.DataError, match=f"row 8: {number} is 'often', and should be a number"):
        assign_stream(rule, io.StringIO((tmp_path / "words.csv").read_text()), list)
    assert not (tmp_path / "out.csv").exists()
    (tmp_path / "rule.json").write_text(json.dumps({"personakit": "something else"}))
    with pytest.raises(pk.DataError, match="not a persona rule"):
        read_rule(tmp_path / "rule.json")
    with pytest.raises(pk.DataError, match=r"no\.json: there is no such file"):
        read_rule(tmp_path / "no.json")


def _told_of(rule, table, way, folder):
    """What a rule tells of a table on each way in."""
    own, source = table.reset_index(), folder / f"new.{way}"
    if way == "table":
        return rule.assign(table).reset_index()
    if way == "stream":
        lines = []
        assign_stream(rule, io.StringIO(own.to_csv(index=False)), lines.append)
        return pd.read_csv(io.StringIO("".join(lines)))
    {"csv": lambda: own.to_csv(source, index=False), "parquet": lambda: own.to_parquet(source),
     "jsonl": lambda: own.to_json(source, orient="records", lines=True)}[way]()  # fmt: skip
    assign_file(rule, source, folder / "assigned.csv")
    return pd.read_csv(folder / "assigned.csv")


@pytest.mark.parametrize("way", ["csv", "parquet", "jsonl", "stream", "table"])
def test_new_customers_may_answer_in_words(rule, people, tmp_path, way):
    """Words, however they are written, numbers, and numbers in text tell the same; a word that is no answer is missing."""
    rated = sorted(name for name in rule.columns if name in rule.numbers and people[name].dropna().isin(range(1, 6)).all())
    written = dict(enumerate(["Täysin eri", "no\u00a0", " So-so ", "4", "5.0"], start=1))
    numbers = {"täysin eri": 1.0, "no": 2.0, "so-so": 3.0, "rather": 4.0, "yes": 5.0}
    words = dict.fromkeys([*rated, "other"], numbers)
    in_words = PersonaRule.from_json(PersonaRule(rule.names, rule.rule, words).to_json())
    assert len(rated) > 3 and sorted(in_words.words) == rated and PersonaRule.from_json(rule.to_json()).words == {}
    told = in_words.assign(people)
    assert told.equals(rule.assign(people))
    table = people.assign(**{name: people[name].map(written).fillna("Don't know") for name in rated})
    same(_told_of(in_words, table, way, tmp_path), told)


def test_words_of_ratings():
    """From the lowest of the scale on; ratings in numbers have no words."""
    units, levels = ["1 to 3", "-1 to 1", "1 to 5"], ["No\nSo-so\nYes", "hate\n0\nlove", ""]
    dictionary = pd.DataFrame({"unit": units, "levels": levels}, list("abc"))
    assert words_of_ratings(dictionary) == {"a": {"no": 1, "so-so": 2, "yes": 3}, "b": {"hate": -1, "0": 0, "0.0": 0, "love": 1}}
    assert words_of_ratings(dictionary.drop(columns="levels")) == {}
