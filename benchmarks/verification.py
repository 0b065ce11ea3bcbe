"""Verification by mutation: one value in one source column is changed, and exactly the claims that rest on it break."""

import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd

import personakit as pk
from personakit.handoffs import open_workspace
from personakit.privacy import pseudonym_of

#: Lines that count people: one changed value need not move anybody from here to there.
COUNTS = r"\|(?:size|not_covered|prevalence)\|"
#: Columns on which no claim rests: ids, dates of asking, personal data, wordings that only other columns point to.
_READ = {"customers.csv": {"sep": ";", "decimal": ",", "encoding": "cp1252"}}
_NO_CLAIM = {"customer_id", "order_id", "event_id", "ticket_id"}


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    """For every column of every source of the sample shop: claims broken that do not rest on it, and claims left whole."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "shop"
        _run(folder)
        whole = pk.verify(folder / "work").table
        yield {"figure": "claims that resolve when nothing is changed", "value": round(float(whole["resolves"].mean()), 4),
               "unit": "share", "claims": len(whole), "aim": "1", "holds": bool(whole["resolves"].all())}  # fmt: skip
        columns = [(file, column) for file in ("customers.csv", "survey.csv", "orders.parquet", "events.parquet", "tickets.csv",
                                               "campaigns.csv") for column in _columns(folder / file)]  # fmt: skip
        with ProcessPoolExecutor(2) as pool:
            found = list(pool.map(_mutated, [(folder, *which) for which in (columns[::6] if quick else columns)]))
    wrong = sorted(f"{file}: {column}" for file, column, wrongly, _, _ in found if wrongly)
    yield {"figure": f"{len(found)} columns changed one after the other: claims broken that do not rest on the column",
           "value": sum(row[2] for row in found), "unit": "claims", "which": wrong, "aim": "0", "holds": not wrong}  # fmt: skip
    left = {f"{file}: {column}": kept for file, column, _, kept, rests in found if rests and kept}
    yield {"figure": "claims that rest on a changed column and do not break, counts of people aside", "value": sum(left.values()),
           "unit": "claims", "of": sum(row[4] for row in found), "which": left, "aim": "0", "holds": not left}  # fmt: skip


def _run(folder: Path) -> None:
    """A small shop, run up to its deliverables in memory."""
    shop = pk.simulate_shop(n_customers=600, n_survey=320, random_state=5)
    shop.write(folder)
    (folder / "study.yaml").write_text(pk.sample_study().read_text(encoding="utf-8"), encoding="utf-8")
    study = pk.open_study(folder)
    report = pk.check_quality(pk.load_sources(study))
    protected = pk.protect(report.clean)
    voices = pk.read_voices(protected)
    features = pk.build_features(protected, voices)
    basis = pk.choose_basis(features, study.segmentation)
    segmentation = pk.segment_customers(features, basis=basis, n_segments=5, random_state=1)
    profiles = pk.profile_segments(features, segmentation)
    personas = pk.write_personas(profiles, segmentation, study=study, features=features, voices=voices, sources=protected)
    journeys = pk.map_journeys(protected, segmentation, personas, profiles, voices=voices)
    workspace = open_workspace(folder / "study.yaml", work_dir=folder / "work")
    workspace.save("quality", report.parts())
    for step, result in (("segmentation", segmentation), ("profiling", profiles), ("personas", personas),
                         ("journeys", journeys)):  # fmt: skip
        workspace.save(step, result.parts())
    pk.deliver(workspace)


def _table(file: Path) -> pd.DataFrame:
    return pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file, dtype=str, keep_default_na=False,
                                                                             **_plain(file.name))  # fmt: skip


def _plain(name: str) -> dict[str, str]:
    return {key: value for key, value in _READ.get(name, {}).items() if key != "decimal"}


def _columns(file: Path) -> list[str]:
    return [column for column in _table(file).columns if column not in _NO_CLAIM]


def _mutated(which: tuple[Path, str, str]) -> tuple[str, str, int, int, int]:
    """Change one value of somebody who has a segment: claims wrongly broken, those left whole, all that rest on it."""
    folder, file, column = which
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "shop"
        shutil.copytree(folder, copy)
        table = _table(copy / file)
        study = pk.open_study(copy)
        own = set(pd.read_parquet(copy / "work" / "06_segmentation.parquet").index)
        in_segments = table["customer_id"].map(lambda who: pseudonym_of(study, str(who)) in own)
        given = table[column].notna() & (table[column].astype(str) != "")
        values = table.loc[given, column]
        places = table.index[in_segments & given]
        role = file.partition(".")[0]
        before = table.copy()
        for place in places[5:40:7]:  # some values do not count, such as those of a careless answer: try a few people
            table = before.copy()
            other = values[values.astype(str) != str(table.at[place, column])]
            if other.empty:
                break
            table.at[place, column] = other.iloc[len(other) // 2]
            if file.endswith(".parquet"):
                table.to_parquet(copy / file, index=False)
            else:
                table.to_csv(copy / file, index=False, lineterminator="\n", **_plain(file))
            try:
                result = pk.verify(copy / "work").table
            except pk.PersonakitError:
                continue
            rests = result["sources"].str.split(", ").map(lambda names: f"{role}.{column}" in names)
            if not result["resolves"].all() or not rests.any():
                break
        else:
            return file, column, 0, 0, 0
        if other.empty:
            return file, column, 0, 0, 0
    wrongly = int((~result["resolves"] & ~rests).sum())
    meant = rests & ~result["claim"].str.contains(COUNTS)
    return file, column, wrongly, int((meant & result["resolves"]).sum()), int(meant.sum())
