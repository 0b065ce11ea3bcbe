"""A person who asks to be forgotten is gone from every file, and from every later run."""

import json
import shutil

import pandas as pd
import pytest

import personakit as pk
from personakit.errors import HandoffError
from personakit.forgetting import forget
from personakit.privacy import forgotten_people, pseudonym_of, remember_to_forget


@pytest.fixture(scope="module")
def finished(sample_run, tmp_path_factory):
    """A copy of the sample study and of its run."""
    folder = tmp_path_factory.mktemp("forget")
    shutil.copytree(pk.sample_study().parent, folder / "study")
    shutil.copytree(sample_run[0].folder, folder / "work")
    manifest = json.loads((folder / "work" / "manifest.json").read_text(encoding="utf-8"))
    manifest["study"]["file"] = "../study/study.yaml"
    (folder / "work" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return pk.open_workspace(folder / "study", work_dir=folder / "work")


def all_text(folder):
    return "\n".join(p.read_text(encoding="utf-8") for p in sorted(folder.rglob("*")) if p.suffix in {".json", ".html", ".ipynb"})


def test_no_personal_value_is_in_any_file(finished):
    """No id, name, address or number of a customer stands in any file of the work folder; every fifth customer is looked up."""
    customers = pd.read_csv(finished.study.folder / "customers.csv", dtype=str, sep=";", encoding="latin-1")[::5]
    values = {value for column in ("customer_id", "name", "email", "phone") for value in customers[column].dropna()}
    assert len(values) > 1_500
    files = [path for path in sorted(finished.folder.rglob("*")) if path.is_file()]
    assert len(files) > 40
    for path in files:
        text = pd.read_parquet(path).reset_index().to_csv() if path.suffix == ".parquet" else path.read_text(encoding="utf-8")
        ends = {text[start : start + 6] for start in range(len(text))}  # quicker than to look for each value in the whole text
        assert not [value for value in values if (value[-6:] in ends or len(value) < 6) and value in text], path.name
    assert not (finished.folder / "pseudonyms.key").exists()


def test_a_quoted_person_goes_from_every_file(finished):
    """Rows, quotes, pages and notebook outputs; figures are counted anew by the command that is named."""
    voices = pk.Voices.from_parts(finished.load("voices"))
    said = voices.texts.set_index("key")
    quoted = [c.evidence[0] for c in pk.Personas.from_parts(finished.load("personas")).claims if c.kind == "voice"]
    person, quote = quoted[0].customer, quoted[0].quote
    assert person in said["customer_id"].tolist() and quote in all_text(finished.folder)
    (finished.folder / "audiences").mkdir()
    (finished.folder / "audiences" / "1-kelly-web.csv").write_text(f"customer_id\n{person}\n", encoding="utf-8")
    wave = finished.folder / "waves" / "2026-01-31"  # an earlier wave, as a refresh puts it aside
    wave.mkdir(parents=True)
    for path in [path for path in finished.folder.iterdir() if path.is_file()]:
        shutil.copy2(path, wave)
    shutil.copytree(finished.folder / "deliverables", wave / "deliverables")
    gone = forget(finished, person)
    assert gone.lists == ["1-kelly-web.csv"] and not (finished.folder / "audiences").exists()
    assert {"10_activation_customers.parquet", "waves/2026-01-31/10_activation_customers.parquet"} <= set(gone.rows)
    assert gone.quotes >= 1 and len(gone.rows) > 5 and "processing.html" in gone.pages and gone.rerun.endswith("--from 02")
    others = set(voices.texts.loc[(voices.texts["text"] == quote) & (voices.texts["customer_id"] != person), "customer_id"])
    text = all_text(finished.folder)
    assert person not in text
    assert others or quote not in text
    for path in finished.folder.rglob("*.parquet"):
        assert person not in pd.read_parquet(path).reset_index().to_csv(), path.name
    assert person in forgotten_people(finished.study)


def test_no_later_run_uses_them(small_study, tmp_path):
    """The list beside the study keeps a person out of the protected sources."""
    shutil.copytree(small_study.parent, tmp_path / "study")
    study = pk.open_study(tmp_path / "study")
    sources = pk.load_sources(study)
    one = sources["customers"].filter(sources["customers"].research_ok == "yes").order_by("_row").limit(1).to_pandas()
    person = pseudonym_of(study, one["customer_id"].iloc[0])
    clean = pk.check_quality(sources).clean
    assert person in set(pk.protect(clean)["orders"].to_pandas()["customer_id"]) | set(
        pk.protect(clean)["customers"].to_pandas()["customer_id"]
    )
    remember_to_forget(study, [person])
    protected = pk.protect(clean)
    for role in ("customers", "orders", "events", "survey", "tickets", "campaigns"):
        assert person not in set(protected[role].to_pandas()["customer_id"]), role


def test_a_missing_work_folder_is_named(small_study, tmp_path):
    """Nothing is written when there is no work folder."""
    with pytest.raises(HandoffError, match="there is no work folder nowhere"):
        forget(pk.open_workspace(small_study, work_dir=tmp_path / "nowhere"), "C00001")


def test_the_window_of_the_watch_is_emptied(small_study, tmp_path):
    """Rows without ids may be anybody's, so none stays; the counts do, and the watch goes on."""
    wave = pk.simulate_wave(1_000, random_state=7).features
    segmentation = pk.segment_customers(wave, basis=[name for name in wave.table if name.startswith("need_")], n_segments=3)
    watch = pk.start_watch(wave, segmentation, window=500)
    watch.update(wave.table.head(400))
    state = tmp_path / "work" / "watch" / "state.json"
    state.parent.mkdir(parents=True)
    watch.write(state)
    shutil.copytree(small_study.parent, tmp_path / "study")
    forget(pk.open_workspace(tmp_path / "study", work_dir=tmp_path / "work"), "C00001")
    found = type(watch).read(state)
    assert found.recent.empty and found.seen == 400 and sum(block[:, 0].sum() for block in found.blocks) == 400
    found.update(wave.table.head(50))
    assert len(found.recent) == 50
