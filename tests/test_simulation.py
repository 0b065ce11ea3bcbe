"""The simulated shop: a known truth, the same bytes for the same seed, and the committed copy of it."""

import filecmp
from pathlib import Path

import pandas as pd
import pytest

from personakit.simulation import simulate_shop
from personakit.study import sample_study, shipped


@pytest.fixture(scope="module")
def sample_truth():
    return pd.read_parquet(sample_study().parent / "truth.parquet")


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    """Two runs write the same files, byte for byte; another seed does not."""
    for name, seed in (("one", 9), ("two", 9), ("three", 10)):
        (tmp_path / name).mkdir()
        simulate_shop(n_customers=150, n_survey=60, random_state=seed).write(tmp_path / name)
    files = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.*")]
    assert len(files) > 12
    assert filecmp.cmpfiles(tmp_path / "one", tmp_path / "two", files, shallow=False) == ([str(f) for f in files], [], []) or all(
        (tmp_path / "one" / f).read_bytes() == (tmp_path / "two" / f).read_bytes() for f in files
    )
    assert (tmp_path / "one" / "survey.csv").read_bytes() != (tmp_path / "three" / "survey.csv").read_bytes()


def test_the_committed_sample_is_what_the_simulation_gives(sample_truth):
    """The sample study's files are the simulation's own, and small."""
    folder = sample_study().parent
    shop = simulate_shop()
    pd.testing.assert_frame_equal(sample_truth, shop.truth, check_dtype=False)
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "orders.parquet"), shop.tables["orders"], check_dtype=False)
    survey = pd.read_csv(folder / "survey.csv")
    assert survey["need_price_1"].equals(shop.tables["survey"]["need_price_1"].astype("float64"))
    assert {path.name: path.read_text(encoding="utf-8") for path in (folder / "interviews").iterdir()} == shop.interviews
    assert sum(path.stat().st_size for path in folder.parent.rglob("*") if path.is_file()) < 8_000_000


def test_the_committed_cosmetics_are_what_the_simulation_gives(tmp_path):
    """The case of the exercises, file by file; only its study file is written by hand."""
    folder = shipped("data") / "organic-cosmetics"
    written = simulate_shop("cosmetics", n_customers=700, n_survey=360).write(tmp_path)
    by_hand = {Path("study.yaml"), Path("pseudonyms.key")}
    assert {path.relative_to(tmp_path) for path in written} - {Path("perception.csv")} | by_hand == {
        path.relative_to(folder) for path in folder.rglob("*.*")
    }
    truth = pd.read_parquet(folder / "truth.parquet")
    pd.testing.assert_frame_equal(truth, pd.read_parquet(tmp_path / "truth.parquet"))
    for path in written:
        if path.suffix in {".csv", ".txt"} and path.name != "perception.csv":
            assert path.read_bytes() == (folder / path.relative_to(tmp_path)).read_bytes(), path.name
    assert truth.query("kind == 'archetype'")["value"].value_counts().to_dict() == {
        "natural_enthusiast": 385, "quality_seeker": 315,
    }  # fmt: skip


def test_what_the_issue_planted_is_there(sample_truth):
    """Five groups, and every kind of fault; 8 to 12 per cent of the respondents are careless."""
    counts = sample_truth["kind"].value_counts()
    assert set(counts.index) == {
        "archetype",
        "bottleneck",
        "conflict",
        "careless",
        "impossible",
        "missing",
        "consent_withdrawn",
        "bot",
        "duplicate",
        "personal",
    }
    assert sample_truth.query("kind == 'archetype'")["value"].nunique() == 5
    assert 0.08 <= counts["careless"] / 800 <= 0.12
    assert len(list((sample_study().parent / "interviews").iterdir())) == 24


def test_without_faults_the_data_are_clean():
    """Without faults nothing stands twice, nothing is missing by plan, and nobody is careless."""
    shop = simulate_shop(n_customers=200, n_survey=80, random_state=2, faults=False)
    assert set(shop.truth["kind"]) == {"archetype", "bottleneck"}
    assert shop.tables["customers"]["customer_id"].is_unique
    needs = shop.tables["survey"].filter(like="need_")
    assert needs.notna().all().all() and needs.min().min() >= 1 and needs.max().max() <= 5


def test_the_bottleneck_is_in_the_data():
    """Busy parents on a phone seldom get from the checkout to the payment; with a desktop they do."""
    shop = simulate_shop(random_state=4, faults=False)
    archetype = shop.truth.query("kind == 'archetype'").set_index("key")["value"]
    events = shop.tables["events"]
    parents = events[events["customer_id"].map(archetype) == "busy_parent"]
    paid = parents[parents["touchpoint"] == "payment"].groupby("device").size()
    carts = parents[parents["touchpoint"] == "cart"].groupby("device").size()
    shares = paid / carts
    assert shares["mobile"] < 0.5
    assert shares["desktop"] > 0.7


def test_the_data_dictionary_names_every_column():
    """data/README.md explains each column of each file."""
    text = (sample_study().parents[1] / "README.md").read_text(encoding="utf-8")
    tables = simulate_shop(n_customers=60, n_survey=30).tables
    for role, table in tables.items():
        assert f"`{role}." in text or f"### {role}" in text
        for column in table.columns:
            stem = column.rstrip("12").rstrip("_") if column.startswith("need_") else column
            assert f"`{column}`" in text or f"`{stem}_" in text or f"`{column.split('_')[0]}_…`" in text, f"{role}.{column}"
    assert "SYNTHETIC" in text
    assert Path(sample_study()).exists()
