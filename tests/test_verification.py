"""Every claim is computed again from the sources; one changed value breaks the claims that rest on it, and only those."""

import shutil

import pandas as pd
import pytest

import personakit as pk
from personakit.delivery import deliver
from personakit.errors import HandoffError
from personakit.handoffs import open_workspace
from personakit.verification import verify

from .conftest import monthly

#: Claims that count people who are here or there: one changed value need not move anybody.
COUNTS = r"\|(?:size|not_covered|prevalence)\|"
#: Questions of five kinds.
ANSWERED = ["need_price_1", "likes_yoga", "csat_decision", "recommend", "uses_podcasts"]


@pytest.fixture(scope="module")
def delivered(small_study, small_run, tmp_path_factory):
    """The small shop and its deliverables in a folder that tests copy and change."""
    folder = tmp_path_factory.mktemp("delivered")
    shutil.copytree(small_study.parent, folder / "shop")
    workspace = open_workspace(folder / "shop" / "study.yaml", work_dir=folder / "work")
    workspace.save("quality", small_run.report.parts())
    for step, result in (("segmentation", small_run.segmentation), ("profiling", small_run.profiles),
                         ("personas", small_run.personas), ("journeys", small_run.journeys)):  # fmt: skip
        workspace.save(step, result.parts())
    deliver(workspace)
    return folder


@pytest.fixture(scope="module")
def verified(delivered):
    """The verification of the deliverables as they are."""
    return verify(delivered / "work")


@pytest.fixture
def copy(delivered, tmp_path):
    shutil.copytree(delivered, tmp_path / "copy")
    return tmp_path / "copy"


def change(folder, name, column, position, value):
    """Change one value in one source file."""
    path = folder / "shop" / name
    if path.suffix == ".parquet":
        table = pd.read_parquet(path)
        table.loc[table.index[position], column] = value
        table.to_parquet(path, index=False)
        return
    options = {"sep": ";", "encoding": "cp1252"} if name == "customers.csv" else {}
    table = pd.read_csv(path, dtype=str, keep_default_na=False, **options)
    table.loc[table.index[position], column] = value
    table.to_csv(path, index=False, lineterminator="\n", **options)


def test_all_claims_resolve(verified):
    """Nothing changed: every claim of cards and maps resolves, and the folder may be moved as a whole."""
    assert verified.all_resolve
    assert len(verified.table) > 200


def person_in_segments(folder, column, nth=7):
    """Position, in the survey file, of somebody who has a segment and answered the question."""
    survey = pd.read_csv(folder / "shop" / "survey.csv", dtype=str)
    customers = pd.read_csv(folder / "shop" / "customers.csv", sep=";", dtype=str, encoding="cp1252")
    agreed = set(customers.loc[customers["research_ok"] == "yes", "customer_id"])
    fine = survey["customer_id"].isin(agreed) & survey[column].notna() & (survey["seconds"].astype(int) > 200)
    return int(survey.index[fine][nth]), survey.loc[fine, "customer_id"].iloc[nth]


@pytest.mark.parametrize("columns", [ANSWERED, *monthly(*([column] for column in ANSWERED))])
def test_one_answer_breaks_its_claims_only(copy, columns):
    """A changed answer to each of some questions breaks claims on these questions, and no other."""
    for nth, column in enumerate(columns, start=7):  # of five people, so that nobody's answers look careless
        position, _ = person_in_segments(copy, column, nth)
        old = pd.read_csv(copy / "shop" / "survey.csv", dtype=str)[column].iloc[position]
        new = {"yes": "no", "no": "yes"}.get(old, "5" if old in {"1", "2"} else "1")
        change(copy, "survey.csv", column, position, new)
    table = verify(copy / "work").table
    rests = {column: table["sources"].str.split(", ").map(lambda names, own=column: f"survey.{own}" in names)
             for column in columns}  # fmt: skip
    assert table.loc[~pd.DataFrame(rests).any(axis=1), "resolves"].all()
    for column in columns:
        assert not table.loc[rests[column], "resolves"].all(), column
        claims = table[rests[column] & ~table["claim"].str.contains(COUNTS)]
        assert not claims["resolves"].any(), "every line on this question compares with everyone else, so each one breaks"


def test_one_birth_year_breaks_the_ages_only(copy):
    """A changed birth year breaks claims on age."""
    _, who = person_in_segments(copy, "need_price_1")
    customers = pd.read_csv(copy / "shop" / "customers.csv", sep=";", dtype=str, encoding="cp1252")
    position = int(customers.index[customers["customer_id"] == who][0])
    change(copy, "customers.csv", "birth_year", position, "1950")
    table = verify(copy / "work").table
    rests = table["sources"].str.contains("customers.birth_year", regex=False)
    assert rests.any() and not table.loc[rests & ~table["claim"].str.contains(COUNTS), "resolves"].any()
    assert table.loc[~rests, "resolves"].all()


def test_one_amount_breaks_the_money_only(copy):
    """A changed order value breaks claims on spending."""
    _, who = person_in_segments(copy, "need_price_1")
    orders = pd.read_parquet(copy / "shop" / "orders.parquet")
    position = int(orders.index[(orders["customer_id"] == who) & (orders["amount"] > 0)][0])
    change(copy, "orders.parquet", "amount", position, 99_999.0)
    table = verify(copy / "work").table
    broken = table[~table["resolves"]]
    assert len(broken)
    assert broken["sources"].str.contains("orders.amount").all()


def test_a_changed_quote_is_noticed(verified, copy):
    """A quote that now reads differently breaks its claim, and only that."""
    quoted = verified.table[verified.table["sources"] == "tickets.text"].iloc[0]
    _, _, row = quoted["claim"].rpartition("|")
    change(copy, "tickets.csv", "text", int(row) - 1, "Something else was said here today.")
    broken = verify(copy / "work").table.query("not resolves")
    assert broken["sources"].eq("tickets.text").all() and len(broken)
    assert broken["what"].str.contains("now says something else").all()


def test_no_deliverables_is_one_sentence(tmp_path):
    """A folder without evidence says how to make it."""
    with pytest.raises(HandoffError, match=r"has no deliverables/evidence.json; make it with: personakit run --work-dir"):
        verify(tmp_path)


def test_a_study_that_is_gone(copy):
    """When the study file is no longer there, the message says where it was looked for."""
    (copy / "shop" / "study.yaml").unlink()
    with pytest.raises(
        HandoffError, match=r"the study file .*study.yaml is no longer there; put it back, or run the study again"
    ):
        verify(copy / "work")
    assert pk.verify is verify
