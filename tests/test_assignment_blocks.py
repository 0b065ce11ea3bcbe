"""Persona of every customer in a file, block by block: the answer of the table and of SQL, by every kind of rule."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import personakit as pk
from personakit import assignment, assignment_blocks, assignment_centres, assignment_lookup, assignment_mixture
from personakit.assignment_answers import Answers
from personakit.assignment_centres import NearestCentre
from personakit.screener_questions import ScreenerAnswer, ScreenerQuestion
from personakit.screener_rule import ScreenerRule
from personakit.segmentation import segment_customers
from personakit.segmentation_items import Item, MixtureForm
from personakit.segmentation_mixture import MixtureFit
from personakit.segmentation_rule import scaled

NAMES = {1: "Kari", 2: "Ola", 3: "O'Hara", 4: "Sirkka"}
RATINGS = [f"q{i}" for i in range(6)]
#: Family and basis of each rule.
RULES = {
    "centres": ("kmeans", RATINGS),
    "centres of amounts": ("kmeans", ["spend", "income", "orders"]),
    "centres with words": ("kmeans", ["region", "q0", "q1", "q2", "member"]),
    "latent classes": ("latent_classes", [*RATINGS, "region", "member"]),
    "bell curves": ("gaussian", [*RATINGS, "spend", "orders"]),
    "bell curves of amounts": ("gaussian", ["spend", "income", "orders"]),
    "mixed": ("mixed", ["q0", "q1", "spend", "region", "member"]),
    "common direction": ("factor_mixture", RATINGS),
    "common direction, mixed": ("factor_mixture", ["q0", "q1", "q2", "income", "region"]),
    "tiers": ("rfm", ["days_since_last_order", "orders", "spend"]),
}
KINDS = {"spend": "amount", "income": "amount", "orders": "count", "days_since_last_order": "number", "region": "nominal",
         "member": "binary"}  # fmt: skip


@cache
def everybody(n=40_000):
    """Answers from 1 to 5, amounts, words and yes or no, of four kinds of people; every tenth is missing."""
    rng = np.random.default_rng(7)
    own = rng.integers(0, 4, n)
    table = {name: np.clip(np.rint(rng.normal(2 + (own + i) % 4 * 0.7, 1)), 1, 5) for i, name in enumerate(RATINGS)}
    table["spend"] = np.exp(rng.normal(3, 1, n) + own)
    table["income"] = np.exp(rng.normal(9, 0.4, n) + own % 2)
    table["orders"] = rng.poisson(1 + 3 * own).astype(float)
    table["days_since_last_order"] = rng.exponential(90 - 20 * own)
    table["member"] = (rng.random(n) < 0.2 + 0.2 * own).astype(float)
    frame = pd.DataFrame(table, index=pd.Index([f"C{i}" for i in range(n)], name="customer_id"))
    frame = frame.mask(rng.random(frame.shape) < 0.1)
    regions = pd.Series(np.array(["Oslo", "Tromsø", "O'Hara", "تهران"])[(own + (rng.random(n) < 0.4)) % 4], index=frame.index)
    return frame.assign(region=regions.astype("str").mask(rng.random(n) < 0.1))


def screener():
    """One question of each kind; the last answer of a choice is everything else."""

    def question(name, kind, answers):
        return ScreenerQuestion(name, kind, name, "", "", own_words=False, counted=False, answers=tuple(answers))

    points = np.random.default_rng(3).integers(-14, 15, (20, 4)).tolist()
    own = iter(tuple(row) for row in points)
    return ScreenerRule([
        question("q0", "rating", [ScreenerAnswer(str(step), points=next(own)) for step in range(1, 6)]),
        question("region", "choice", [ScreenerAnswer(word, points=next(own)) for word in ("Tromsø", "O'Hara", "")]),
        question("member", "yes_no", [ScreenerAnswer(word, points=next(own)) for word in ("1", "0")]),
        question("spend", "band", [ScreenerAnswer("", low, high, next(own)) for low, high in ((None, 20), (20, 90), (90, None))]),
        question("q3", "rating", [ScreenerAnswer(str(step), points=next(own)) for step in (1, 2, 3, 4, 5)]),
    ], (3, 0, -2, 5), NAMES, sure_lead=8)  # fmt: skip


@cache
def rule_of(kind):
    """A rule of four segments, read again as from its file, and people with its columns; some words are unknown to it."""
    family, basis = RULES[kind]
    some = everybody().iloc[:500]
    some = some[some["region"] != "تهران"][basis]
    dictionary = pd.DataFrame({"kind": [KINDS.get(name, "ordinal") for name in basis], "unit": "1 to 5"}, index=basis)
    rule = pk.PersonaRule(NAMES, segment_customers(pk.Features(some, dictionary), basis=basis, n_segments=4, family=family))
    if kind == "centres of amounts":
        assert all(column.log and column.scale != 1 for column in rule.rule.rule)
    return pk.PersonaRule.from_json(rule.to_json()), everybody()[basis]


@pytest.fixture(scope="module", params=[*RULES, "screener"])
def ruled(request):
    """A rule of each kind, and people with its columns."""
    if request.param == "screener":
        rule = screener()
        return pk.PersonaRule(NAMES, rule), everybody()[[question.name for question in rule.questions]]
    return rule_of(request.param)


@pytest.fixture(scope="module")
def of_ratings():
    """The nearest of four centres, from ratings."""
    return rule_of("centres")


def told_in_blocks(rule, source, folder, monkeypatch):
    """The file's answer, made without SQL."""
    with monkeypatch.context() as patch:
        patch.setattr(assignment.duckdb, "connect", lambda: pytest.fail("SQL was asked"))
        n = pk.assign_file(rule, source, folder / "told.parquet")
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
def test_blocks_say_what_python_says(ruled, rows, tmp_path, monkeypatch):
    """However the file is cut, whether threads read it each for itself or one for all; order and text stay."""
    rule, people = ruled
    people.reset_index().to_parquet(tmp_path / "people.parquet", row_group_size=rows)
    monkeypatch.setattr(assignment_blocks, "_ROWS", 5_000)
    monkeypatch.setattr(assignment_blocks, "_MOST_ROWS", 5_000)
    for module, name in ((assignment_centres, "CACHE_ROWS"), (assignment_lookup, "_ROWS"), (assignment_mixture, "_ROWS")):
        monkeypatch.setattr(module, name, 999)
    monkeypatch.setattr(assignment_mixture, "_SCORE_BYTES", 9_000)
    expected = rule.assign(people)
    assert expected["segment"].isna().any() and expected["borderline_with"].notna().any()
    same(told_in_blocks(rule, tmp_path / "people.parquet", tmp_path, monkeypatch), expected)


def test_sql_says_what_python_says(ruled, tmp_path, monkeypatch):
    """So it does, in columns of the same kinds, rounded alike."""
    rule, people = ruled
    people.reset_index().to_parquet(tmp_path / "people.parquet")
    told_in_blocks(rule, tmp_path / "people.parquet", tmp_path, monkeypatch)
    monkeypatch.setattr(assignment, "teller_of", lambda _: None)
    pk.assign_file(rule, tmp_path / "people.parquet", tmp_path / "sql.parquet")
    found = pd.read_parquet(tmp_path / "sql.parquet").set_index("customer_id")
    same(found, rule.assign(people))
    assert found["certainty"].equals(found["certainty"].round(4))
    own, other = (pq.read_schema(tmp_path / file) for file in ("told.parquet", "sql.parquet"))
    assert [(f.name, f.type) for f in own] == [(f.name, f.type) for f in other]


@pytest.mark.parametrize(("kind", "sharper"), [("common direction", 1), ("latent classes", 1), ("latent classes", 9)])
def test_single_precision_is_never_seen(kind, sharper):
    """Everybody is told what double precision says, and some would not be if nobody were told again."""
    rule, people = rule_of(kind)
    model = rule.rule.model
    chances = [(own + 1e-4) ** sharper for own in model.chances]  # the sharper, the less likely is the least likely
    model = replace(model, chances=[own / own.sum(axis=1, keepdims=True) for own in chances])
    teller, double = assignment_mixture.MostProbable(model), assignment_mixture.MostProbable(model)
    double.__dict__["_single"] = None
    answers = Answers.of(pa.table(people), teller.columns)
    told, expected = teller.tell(answers), double.tell(answers)
    assert teller._single.tables[0].dtype == np.float32
    for name in ("segment", "certainty", "border"):
        assert np.array_equal(getattr(told, name), getattr(expected, name)), name
    if sharper == 1:
        loose = assignment_mixture.MostProbable(model)
        loose.__dict__["_single"] = replace(loose._single, slack=0.0)
        assert 0 < (loose.tell(answers).certainty != expected.certainty).sum() < len(people) / 100


def test_single_precision_is_off_by_no_more_than_it_says():
    """More segments are added up one after the other, so that more is allowed for."""
    rule, people = rule_of("latent classes")
    model, rng, slack = rule.rule.model, np.random.default_rng(3), []
    for times in (1, 6):
        k = times * len(model.shares)
        chances = [np.tile(own, (times, 1)) * rng.uniform(0.5, 2, (k, own.shape[1])) for own in model.chances]
        chances = [own / own.sum(axis=1, keepdims=True) for own in chances]
        many = replace(model, shares=np.full(k, 1 / k), means=np.tile(model.means, (times, 1)),
                       spreads=np.tile(model.spreads, (times, 1)), chances=chances)  # fmt: skip
        teller = assignment_mixture.MostProbable(many)
        answers = Answers.of(pa.table(people), teller.columns)
        rows = list(teller._plan.rows([scale.codes(answers.values[own], answers.known[own]) for own, scale in teller._scales]))
        single, double = (
            teller._chances(rows, np.empty((0, len(people))), own).astype(float) for own in (teller._single, teller._double)
        )
        off = np.abs(single / single.sum(axis=0) - double / double.sum(axis=0)).max()
        assert 0 < off < teller._single.slack
        slack.append(teller._single.slack)
    assert slack[0] < slack[1] < 2e-6


def test_many_tables_are_told_in_double_precision(monkeypatch):
    """Products of more than three tables could leave the range of single precision."""
    rule, people = rule_of("common direction")
    expected = rule.assign(people)
    monkeypatch.setattr(assignment_lookup, "_TABLE_CELLS", 500)
    teller = assignment_mixture.MostProbable(rule.rule.model)
    told = teller.tell(Answers.of(pa.table(people), teller.columns))
    assert teller._single is None and len(teller._double.tables) > 3
    assert np.array_equal(told.segment, expected["segment"].fillna(0))
    assert np.allclose(told.certainty[told.segment > 0], expected["certainty"].dropna(), atol=1e-6)


def test_answers_that_contradict_each_other_all_along():
    """Each of 27 answers is next to impossible in one of two segments: the more of them count, and nothing vanishes."""
    items = tuple(Item(f"a{place}", "category", (0.0, 1.0)) for place in range(27))
    sure = np.array([[1 - 1e-10, 1e-10], [1e-10, 1 - 1e-10]])
    nothing = np.empty((2, 0))
    model = MixtureFit(MixtureForm(items), np.array([0.5, 0.5]), nothing, nothing, np.empty(0), [sure] * 27, 0.0, 100.0)
    teller = assignment_mixture.MostProbable(model)
    said = np.random.default_rng(5).integers(0, 2, (5_000, 27))
    told = teller.tell(Answers.of(pa.table({item.name: said[:, place].astype(float) for place, item in enumerate(items)}),
                                  teller.columns))  # fmt: skip
    assert len(teller._double.tables) == 3 and teller._single is None
    assert np.array_equal(told.segment, 1 + (said.sum(axis=1) > 13)) and (told.certainty == 1).all()


def test_whole_numbers_and_gaps_of_either_kind(of_ratings, tmp_path, monkeypatch):
    """Small whole numbers, an answer that is no number (NaN), one that is not there (null), and a missing id."""
    rule, people = of_ratings
    some = people.iloc[:500].round()
    columns = {name: pa.array(some[name].fillna(-1).astype("int32"), mask=some[name].isna().to_numpy()) for name in some}
    columns["q0"] = pa.array(some["q0"].to_numpy(), from_pandas=False)  # NaN stays NaN
    ids = [None, *some.index[1:]]
    pq.write_table(pa.table({"customer_id": pa.array(ids, pa.string()), **columns}), tmp_path / "people.parquet")
    assert pq.read_table(tmp_path / "people.parquet")["q0"].null_count == 0
    found = told_in_blocks(rule, tmp_path / "people.parquet", tmp_path, monkeypatch)
    assert found.index[0] is None or pd.isna(found.index[0])
    same(found.iloc[1:], rule.assign(some).iloc[1:])


@pytest.mark.parametrize("missing", [None, 0, 399])
def test_a_column_that_is_whole_stays_so(missing, of_ratings, tmp_path, monkeypatch):
    """Whether each customer has a name is read from the file, also beside a column of columns with one of that name."""
    rule, people = of_ratings
    some = people.iloc[:400]
    ids = [None if place == missing else name for place, name in enumerate(some.index)]
    nested = pa.array([{"customer_id": None, "other": place} for place in range(400)])
    table = pa.table({"nested": nested, "customer_id": pa.array(ids, pa.string()), **{name: some[name] for name in some}})
    pq.write_table(table, tmp_path / "people.parquet", row_group_size=100)
    monkeypatch.setattr(assignment_blocks, "_ROWS", 150)
    found = told_in_blocks(rule, tmp_path / "people.parquet", tmp_path, monkeypatch)
    assert pd.Series(found.index).fillna("").tolist() == [name or "" for name in ids]
    assert np.array_equal(found["certainty"], rule.assign(some)["certainty"], equal_nan=True)
    assert pq.read_schema(tmp_path / "told.parquet").field("customer_id").nullable == (missing is not None)


def test_a_file_that_counts_wrongly(of_ratings, tmp_path, monkeypatch):
    """Where a file says that no name is missing, and one is, that is said, and nothing is written."""
    rule, people = of_ratings
    ids = pa.array([None, *people.index[1:400]], pa.string())
    pq.write_table(pa.table({"customer_id": ids, **{name: people[name][:400] for name in people}}), tmp_path / "people.parquet")
    monkeypatch.setattr(assignment_blocks, "_is_whole", lambda *_: True)
    with pytest.raises(pk.DataError, match="customer_id: the file says that each customer has one, and some have none"):
        pk.assign_file(rule, tmp_path / "people.parquet", tmp_path / "out.parquet")
    assert [file.name for file in tmp_path.iterdir()] == ["people.parquet"]


@pytest.mark.parametrize("most", [0, 2**22])
@pytest.mark.parametrize("kind", ["centres", "common direction", "screener"])
def test_a_thread_does_not_overwrite_what_was_told(kind, most, monkeypatch):
    """Memory that is used again holds nothing that was given away, nor anything of another thread."""
    monkeypatch.setattr(assignment_lookup, "_MOST_COMBINATIONS", 0)
    monkeypatch.setattr(assignment_lookup, "_MOST_REMEMBERED", most)
    rule, people = (pk.PersonaRule(NAMES, screener()), everybody()) if kind == "screener" else rule_of(kind)
    teller = assignment_blocks.teller_of(rule.rule)
    parts = [Answers.of(pa.table(part), teller.columns) for part in (people.iloc[:9_000], people.iloc[9_000:20_000])]
    before = [teller.tell(answers) for answers in parts]
    kept = [(told.segment.copy(), told.certainty.copy(), told.border.copy()) for told in before]
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(teller.tell, parts * 20))
    for told, own in zip(before + again, kept + kept * 20, strict=True):
        assert np.array_equal(told.segment, own[0])
        assert np.array_equal(told.certainty, own[1], equal_nan=True)
        assert np.array_equal(told.border, own[2])


def test_on_two_centres_at_once(of_ratings):
    """Somebody who lies on two equal centres is as near to one as to the other: the first, with certainty one half."""
    rule, people = of_ratings
    centres = rule.rule.centres.copy()
    centres[2] = centres[0] = scaled(people.dropna().iloc[-1:], rule.rule.rule)[0][0]
    twice = replace(rule.rule, centres=centres)
    values = [column.to_numpy() for _, column in people.dropna().iloc[-1:].items()]
    found = NearestCentre(twice).tell(Answers(values, np.ones((6, 1), dtype=np.uint8)))
    assert (found.segment[0], found.border[0]) == (1, 3)
    assert found.certainty[0] == 0.5


def test_a_file_without_rows(of_ratings, tmp_path, monkeypatch):
    """Nobody: the columns, and no row."""
    rule, people = of_ratings
    people.iloc[:0].reset_index().astype({"customer_id": "str"}).to_parquet(tmp_path / "none.parquet")
    assert list(told_in_blocks(rule, tmp_path / "none.parquet", tmp_path, monkeypatch)) == assignment.ASSIGNED_COLUMNS
    table = pa.table({"customer_id": pa.array([], pa.string()), **{name: pa.array([], pa.float64()) for name in people}})
    with pq.ParquetWriter(tmp_path / "group.parquet", table.schema) as writer:
        writer.write_table(table)
    assert told_in_blocks(rule, tmp_path / "group.parquet", tmp_path, monkeypatch).empty


def test_a_persona_without_a_name(of_ratings, tmp_path, monkeypatch):
    """A segment that has no persona has no name, as in Python."""
    rule, people = of_ratings
    less = pk.PersonaRule({1: "Kari", 3: "O'Hara"}, rule.rule)
    people.reset_index().to_parquet(tmp_path / "people.parquet")
    same(told_in_blocks(less, tmp_path / "people.parquet", tmp_path, monkeypatch), less.assign(people))


@pytest.mark.parametrize("kind", ["centres of amounts", "bell curves of amounts"])
def test_a_figure_without_a_logarithm(kind, tmp_path):
    """It is named, whoever reads and writes the files, and nothing is left behind."""
    rule, people = rule_of(kind)
    own = people.iloc[:50].reset_index().assign(spend=-40.0)
    own.to_parquet(tmp_path / "debts.parquet")
    own.to_csv(tmp_path / "debts.csv", index=False)
    with pytest.raises(pk.DataError, match="spend is -40; allowed are numbers above -1"):
        pk.assign_file(rule, tmp_path / "debts.parquet", tmp_path / "out.parquet")
    for ending in (".csv", ".jsonl"):
        with pytest.raises(pk.DataError, match="spend is -40; allowed are numbers above -1"):
            pk.assign_file(rule, tmp_path / "debts.csv", tmp_path / f"out{ending}")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["debts.csv", "debts.parquet"]


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_files_of_other_kinds(ruled, ending, tmp_path, monkeypatch):
    """Customers are told without SQL in whatever file: DuckDB reads, and the order stays."""
    rule, people = ruled[0], ruled[1].iloc[:20_000]
    own, source, target = people.reset_index(), tmp_path / "people.csv", tmp_path / f"told{ending}"
    if ending == ".parquet":  # whole numbers too large for a computer's own: DuckDB reads them
        source = tmp_path / "people.parquet"
        name = next(name for name in people if name != "region")
        decimals = pa.array(own[name].round(2), from_pandas=True).cast(pa.decimal128(20, 2))
        table = pa.Table.from_pandas(own, preserve_index=False)
        pq.write_table(table.set_column(table.schema.get_field_index(name), name, decimals), source)
        people = people.assign(**{name: people[name].round(2)})
    else:
        own.to_csv(source, index=False)
    monkeypatch.setattr(pk.PersonaRule, "to_sql", lambda *_, **__: pytest.fail("SQL was asked"))
    monkeypatch.setattr(assignment_blocks, "_ROWS", 9_000)
    assert pk.assign_file(rule, source, target) == len(people)
    readers = {".csv": pd.read_csv, ".parquet": pd.read_parquet, ".jsonl": lambda file: pd.read_json(file, lines=True)}
    same(readers[ending](target).set_index("customer_id"), rule.assign(people))


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
@pytest.mark.parametrize(
    ("kind", "ids"),
    [
        ("VARCHAR", ["a,b", 'q"x', "=1+1", " sp ", "two\nlines", "د", None]),
        ("UTINYINT", [1, 2, 255, None]),
        ("DECIMAL(20, 2)", ["12345.25", "0.50"]),
        ("TIMESTAMP", ["2026-11-27 10:00:00", None]),
        ("BOOLEAN", [True, False]),
        ("INTEGER[]", [[1, 2], [3]]),
    ],
)
def test_names_of_customers_of_any_kind(kind, ids, ending, of_ratings, tmp_path):
    """What names a customer comes out as it went in: text with signs that mean something in a file, dates, fractions, lists."""
    rule, people = of_ratings
    source, target = tmp_path / "people.parquet", tmp_path / f"told{ending}"
    with duckdb.connect() as connection:
        connection.register("people", people.iloc[: len(ids)].reset_index(drop=True).assign(place=range(len(ids))))
        connection.execute(f'CREATE TABLE ids (place INTEGER, "member no" {kind})')
        connection.executemany("INSERT INTO ids VALUES (?, ?)", list(enumerate(ids)))
        both = "SELECT * EXCLUDE place FROM ids JOIN people USING (place) ORDER BY place"
        connection.execute(f"COPY ({both}) TO '{source}'")
        pk.assign_file(rule, source, target, customer_id="member no")
        read = {".csv": "read_csv", ".jsonl": "read_json", ".parquet": "read_parquet"}[ending]
        found = connection.execute(f"SELECT CAST(\"member no\" AS {kind}) FROM {read}('{target}')").fetchall()
        assert found == connection.execute('SELECT "member no" FROM ids ORDER BY place').fetchall()


def test_a_word_far_down_a_file(tmp_path):
    """The line, the column and the word are named, and nobody's row; nothing is left behind."""
    rule, people = rule_of("common direction")
    lines = people.to_csv().splitlines()
    # DuckDB looks at the first 20,480 rows to see what a column holds; the name of this customer goes over three lines
    lines[1] = lines[1].replace("C0", '"C\n0"')
    (tmp_path / "people.csv").write_text("\n".join([*lines, '"Z1\n\nZ2",1,2,3,4,5,often']), encoding="utf-8")
    with pytest.raises(pk.DataError, match=rf'Line: {len(lines) + 1}; .* column "q5".* "often"') as error:
        pk.assign_file(rule, tmp_path / "people.csv", tmp_path / "told.csv")
    assert "Z" not in str(error.value)
    assert [file.name for file in tmp_path.iterdir()] == ["people.csv"]


def test_products_of_many_chances(tmp_path, monkeypatch):
    """A product that comes near to zero is raised on the way, and says the same."""
    rule, people = rule_of("latent classes")
    people.reset_index().to_parquet(tmp_path / "people.parquet")
    monkeypatch.setattr(assignment_lookup, "_TABLE_CELLS", 40)
    monkeypatch.setattr(assignment_mixture, "_LEAST_LOG", -12.0)
    assert len(assignment_mixture.MostProbable(rule.rule.model)._to_raise) > 1
    same(told_in_blocks(rule, tmp_path / "people.parquet", tmp_path, monkeypatch), rule.assign(people))


@pytest.mark.parametrize("most", [0, 2**22])
@pytest.mark.parametrize("kind", ["latent classes", "common direction"])
def test_who_answers_alike_is_told_once_by_a_mixture_model(kind, most, monkeypatch):
    """The second time nobody is told anew, and the same is said; also of answers that are none of the model's."""
    rule, people = rule_of(kind)
    monkeypatch.setattr(assignment_lookup, "_MOST_REMEMBERED", most)
    teller = assignment_blocks.teller_of(rule.rule)
    anew, of_codes = [], type(teller)._of_codes
    monkeypatch.setattr(type(teller), "_of_codes", lambda own, codes: anew.append(len(codes[0])) or of_codes(own, codes))
    answers = Answers.of(pa.table(people), teller.columns)
    by_python = rule.assign(people)
    for told in (teller.tell(answers), teller.tell(answers)):
        assert np.array_equal(told.segment, by_python["segment"].fillna(0))
        assert np.array_equal(told.certainty[told.segment > 0], by_python["certainty"].dropna())
    assert sum(anew) == (len(people) if most else 0)


@pytest.mark.parametrize("times", [1, 10**9])
@pytest.mark.parametrize("most", [0, 10_000])
def test_answers_of_a_screener_are_looked_up_together(most, times, tmp_path, monkeypatch):
    """Each combination of answers is told once where there are few, and otherwise each customer; points have their size."""
    own = screener()
    questions = [replace(question, answers=tuple(replace(answer, points=tuple(times * points for points in answer.points))
                                                 for answer in question.answers)) for question in own.questions]  # fmt: skip
    rule = pk.PersonaRule(NAMES, replace(own, questions=questions))
    people = everybody()[rule.columns]
    people.reset_index().to_parquet(tmp_path / "people.parquet")
    monkeypatch.setattr(assignment_lookup, "_MOST_COMBINATIONS", most)
    monkeypatch.setattr(assignment_lookup, "_TABLE_CELLS", 200)
    assert (assignment_blocks.teller_of(rule.rule)._everybody is None) == (most == 0)
    same(told_in_blocks(rule, tmp_path / "people.parquet", tmp_path, monkeypatch), rule.assign(people))


def test_what_sql_has_to_tell(tmp_path):
    """Bands with a gap between them, and a single segment."""
    rule = screener()
    bands = replace(rule.questions[3], answers=(rule.questions[3].answers[0], replace(rule.questions[3].answers[2], low=400)))
    gap = pk.PersonaRule(NAMES, replace(rule, questions=[*rule.questions[:3], bands]))
    one = pk.PersonaRule({1: "Kari"}, segment_customers(everybody().iloc[:300], basis=RATINGS, n_segments=1))
    for own in (gap, one):
        assert assignment_blocks.teller_of(own.rule) is None
        people = everybody()[own.columns]
        people.reset_index().to_parquet(tmp_path / "people.parquet")
        pk.assign_file(own, tmp_path / "people.parquet", tmp_path / "told.parquet")
        same(pd.read_parquet(tmp_path / "told.parquet").set_index("customer_id"), own.assign(people))


def test_more_segments_than_are_counted_in_a_byte(tmp_path):
    """Nobody makes so many; the rule still says the same of a file as of a table."""
    people = everybody(2_000)[RATINGS].dropna()
    rule = pk.PersonaRule({segment: f"Persona {segment}" for segment in range(1, 131)},
                          segment_customers(people, basis=RATINGS, n_segments=130))  # fmt: skip
    source, target = tmp_path / "people.parquet", tmp_path / "told.parquet"
    people.reset_index().to_parquet(source)
    pk.assign_file(rule, source, target)
    found, expected = pd.read_parquet(target).set_index("customer_id"), rule.assign(people)
    assert found["segment"].max() > 127
    assert found["persona"].tolist() == expected["persona"].tolist()


def test_what_is_wrong_is_said_as_before(of_ratings, tmp_path, monkeypatch):
    """A column that is not there, words where numbers should be, a damaged file, and none of Parquet; nothing is left behind."""
    rule, people = of_ratings
    own = people.iloc[:50].reset_index()
    own.drop(columns="q3").to_parquet(tmp_path / "few.parquet")
    with pytest.raises(pk.DataError, match="no column 'q3', which the rule needs"):
        pk.assign_file(rule, tmp_path / "few.parquet", tmp_path / "out.parquet")
    own.assign(q3="often").to_parquet(tmp_path / "words.parquet")
    with pytest.raises(pk.DataError, match="often"):
        pk.assign_file(rule, tmp_path / "words.parquet", tmp_path / "out.parquet")
    people.reset_index().to_parquet(tmp_path / "broken.parquet", row_group_size=5_000)
    content = bytearray((tmp_path / "broken.parquet").read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4_000] = bytes(4_000)
    (tmp_path / "broken.parquet").write_bytes(content)
    for most in (2_000_000, 1_000):  # read by threads each for itself, and by one
        monkeypatch.setattr(assignment_blocks, "_MOST_ROWS", most)
        with pytest.raises(pk.DataError, match=r"broken\.parquet: "):
            pk.assign_file(rule, tmp_path / "broken.parquet", tmp_path / "out.parquet")
    (tmp_path / "noise.csv").write_bytes(bytes(range(256)) * 40)
    with pytest.raises(pk.DataError, match=r"noise\.csv: no table could be made out in it; allowed is text in UTF-8") as error:
        pk.assign_file(rule, tmp_path / "noise.csv", tmp_path / "out.parquet")
    assert "Possible fixes" not in str(error.value)
    whole = (tmp_path / "words.parquet").read_bytes()
    for name, own in (("text", b"customer_id,q0\nC1,5\n"), ("empty", b""), ("cut", whole[: len(whole) // 2])):
        (tmp_path / f"{name}.parquet").write_bytes(own)
        for ending in ("parquet", "csv"):
            with pytest.raises(pk.DataError, match=rf"{name}\.parquet: it is no Parquet file, or not a whole one; write or copy"):
                pk.assign_file(rule, tmp_path / f"{name}.parquet", tmp_path / f"out.{ending}")
            assert not (tmp_path / f"out.{ending}").exists()
    assert not (tmp_path / "out.parquet").exists()
