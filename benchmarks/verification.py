"""Verification by mutation: one value in one source column is changed, and exactly the claims that rest on it break."""

import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

import personakit as pk
from personakit.handoffs import open_workspace
from personakit.privacy import pseudonym_of

#: Lines that count people: one changed value need not move anybody from here to there.
COUNTS = r"\|(?:size|not_covered|prevalence)\|"
_READ = {"customers.csv": {"sep": ";", "encoding": "cp1252"}}
_NO_CLAIM = {"customer_id", "order_id", "event_id", "ticket_id"}
#: Consent takes a person out of everything, so that every claim may break.
_CONSENT = {"research_ok", "quotes_ok", "marketing_ok"}
#: One value for each person: every claim on it compares everybody, so that each one breaks. A line of an order or an event is
#: one of many: claims on other products or touchpoints stay true.
_ONE_VALUE_EACH = {"customers.csv", "survey.csv"}


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
    wrong = sorted(f"{m.file}: {m.column}" for m in found if m.wrongly)
    yield {"figure": f"{len(found)} columns changed one after the other: claims broken that do not rest on the column",
           "value": sum(m.wrongly for m in found), "unit": "claims", "which": wrong, "aim": "0", "holds": not wrong}  # fmt: skip
    unnoticed = [f"{m.file}: {m.column}" for m in found if m.rests and not m.broken]
    yield {"figure": "columns on which claims rest and whose change broke none of them", "value": len(unnoticed),
           "unit": "columns", "of": sum(m.rests > 0 for m in found), "which": unnoticed, "aim": "0",
           "holds": not unnoticed}  # fmt: skip
    answers = [m for m in found if m.file in _ONE_VALUE_EACH]
    left = {f"{m.file}: {m.column}": m.rests - m.broken for m in answers if m.rests > m.broken}
    yield {"figure": "claims on a changed answer or register entry that do not break, counts of people aside",
           "value": sum(left.values()), "unit": "claims", "of": sum(m.rests for m in answers), "which": left, "aim": "0",
           "holds": not left}  # fmt: skip


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


def _plain(name: str) -> dict[str, Any]:
    return _READ.get(name, {})


def _columns(file: Path) -> list[str]:
    return [column for column in _table(file).columns if column not in _NO_CLAIM | _CONSENT]


class _Mutation(NamedTuple):
    """One changed value: claims that broke without resting on its column, all that rest on it, and those of them that broke."""

    file: str
    column: str
    wrongly: int = 0
    rests: int = 0
    broken: int = 0


def _mutated(which: tuple[Path, str, str]) -> _Mutation:
    """Change one value of somebody who has a segment, and verify; a value that does not count is tried with others."""
    folder, file, column = which
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "shop"
        shutil.copytree(folder, copy)
        table, study = _table(copy / file), pk.open_study(copy)
        own = set(pd.read_parquet(copy / "work" / "06_segmentation.parquet").index)
        given = table[column].notna() & (table[column].astype(str) != "")
        places = table.index[given & table["customer_id"].map(lambda who: pseudonym_of(study, str(who)) in own)]
        best = _Mutation(file, column)
        for place in places[5:60:7]:
            values = table.loc[given & (table[column].astype(str) != str(table.at[place, column])), column]
            if values.empty:
                return best
            changed = table.copy()
            changed.at[place, column] = values.iloc[len(values) // 2]
            _write(changed, copy / file)
            try:
                result = pk.verify(copy / "work").table
            except pk.PersonakitError:  # a value that stops a run, such as an id that is there twice
                continue
            rests = result["sources"].str.split(", ").map(lambda names: f"{file.partition('.')[0]}.{column}" in names)
            meant = rests & ~result["claim"].str.contains(COUNTS)
            now = _Mutation(file, column, int((~result["resolves"] & ~rests).sum()), int(meant.sum()),
                            int((meant & ~result["resolves"]).sum()))  # fmt: skip
            best = now if now.broken >= best.broken else best
            if now.broken or now.wrongly or not now.rests:
                return now
    return best


def _write(table: pd.DataFrame, file: Path) -> None:
    if file.suffix == ".parquet":
        table.to_parquet(file, index=False)
    else:
        table.to_csv(file, index=False, lineterminator="\n", **_plain(file.name))
