"""Shared ground of the tests: toy tables, the simulated shop, and where work goes."""

import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

if "PYTEST_XDIST_WORKER" in os.environ:  # several test processes use all processors; more threads would wait for each other
    one_each = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LOKY_MAX_CPU_COUNT")
    os.environ |= {name: os.environ.get(name, "1") for name in one_each}

import joblib
import numpy as np
import pandas as pd
import pytest
from filelock import FileLock
from hypothesis import settings

# Everywhere: no time limit for one example, machines differ. In CI: the same examples each time, so that a change fails
# for what it changed; on a developer's machine new ones each time, so that they go on finding faults.
settings.register_profile("everywhere", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("PERSONAKIT_NO_SKIP") else "everywhere")

ROOT = Path(__file__).parents[1]
REAL_STUDIES = Path(__file__).parent / "real" / "studies"
#: What lasts minutes, the longest first: begun last, it would leave one of two processes with nothing to do.
LONGEST = ("test_running.py", "test_forgetting.py", "notebooks/0", "notebooks/1", "test_real_studies.py", "test_cases.py",
           "browser/", "test_exercises.py", "test_spark.py", "test_segmentation_panel.py", "test_verification.py",
           "test_running_lanes.py", "test_cli.py", "test_delivery.py", "test_assignment_blocks.py", "test_journeys.py",
           "test_screener.py", "test_lessons.py", "test_refreshing.py", "test_running_kernels.py", "test_site.py")  # fmt: skip


def monthly(*values: object) -> list[object]:
    """Values of a parameter that are tried once a month: the first ones of each test are tried at every change."""
    return [pytest.param(value, marks=pytest.mark.monthly) for value in values]


def pytest_configure(config):
    """Notebooks under nbval write to a folder of their own; kernels inherit it. Real data are found beside the project."""
    if "PERSONAKIT_WORK" not in os.environ:
        config.personakit_work = tempfile.mkdtemp(prefix="personakit-nbval-")
        os.environ["PERSONAKIT_WORK"] = config.personakit_work
    beside = ROOT.parent / "shared" / "data"
    if "PERSONAKIT_DATA" not in os.environ and beside.is_dir():
        os.environ["PERSONAKIT_DATA"] = str(beside)


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_xdist_make_scheduler(config, log):
    """
    Share the work of two processes by file (``-n 2``), so that fixtures of a file are made once.

    The notebooks, which hand their results on, stay in their order in one process, and so do the files that share the run of
    the sample; each real study and each case goes on its own.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if nodeid.startswith("notebooks/"):
                return "notebooks"
            file, _, test = nodeid.partition("::")
            if file.endswith(("test_running.py", "test_forgetting.py")):
                return "the run of the sample"
            own = file.endswith(("test_real_studies.py", "test_cases.py"))
            return f"{file} {test.partition('[')[2]}" if own else file

    config.option.loadscopereorder = False  # it would begin with files of many tests, which are the quick ones
    return ByFile(config, log)


def pytest_collection_modifyitems(items):
    """Where several processes share the tests, what lasts longest comes first."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: next((i for i, name in enumerate(LONGEST) if name in item.nodeid), len(LONGEST)))


def pytest_terminal_summary(terminalreporter):
    """Say what was left out; where nothing may be skipped, a skipped test is a failure."""
    if "not monthly" in terminalreporter.config.option.markexpr:
        terminalreporter.write_line("tests marked monthly were left out; -m '' runs them too")
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped and os.environ.get("PERSONAKIT_NO_SKIP"):
        terminalreporter.write_line(f"{len(skipped)} tests were skipped, and PERSONAKIT_NO_SKIP is set", red=True)
        terminalreporter._session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure(config):
    shutil.rmtree(getattr(config, "personakit_work", ""), ignore_errors=True)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with real data sets; a test that needs it is skipped where it is not."""
    folder = os.environ.get("PERSONAKIT_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("the real data sets are not beside the project (shared/data) and PERSONAKIT_DATA is not set")
    return Path(folder)


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory):
    """The sample study, run from the first to the last notebook, and the progress that was told; copied before it is changed."""
    from personakit.running import run_study

    seen = []
    folder = tmp_path_factory.mktemp("run") / "work"
    return run_study(work_dir=folder, progress=lambda notebook, done, total: seen.append((notebook, done, total))), seen


@pytest.fixture
def write_study(tmp_path):
    """Write a study file and its CSV sources into a folder; give the path of the study file."""

    def write(study: str, **tables: pd.DataFrame | str) -> Path:
        for name, table in tables.items():
            text = table if isinstance(table, str) else table.to_csv(index=False, lineterminator="\n")
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
        file = tmp_path / "study.yaml"
        file.write_text(study, encoding="utf-8")
        return file

    return write


@pytest.fixture(scope="session")
def small_shop():
    """A small simulated shop, with faults."""
    from personakit import simulate_shop

    return simulate_shop(n_customers=600, n_survey=320, random_state=5)


@pytest.fixture(scope="session")
def small_study(small_shop, tmp_path_factory) -> Path:
    """The small shop as files, with the sample's study file, and its key: customers stand in the same order in every run."""
    from personakit import sample_study

    folder = tmp_path_factory.mktemp("shop")
    small_shop.write(folder)
    for name in ("study.yaml", "pseudonyms.key"):
        (folder / name).write_text((sample_study().parent / name).read_text(encoding="utf-8"), encoding="utf-8")
    return folder / "study.yaml"


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    """Let one test process make what takes long, and the others read it: each would make the same."""
    own = tmp_path_factory.getbasetemp()
    folder = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def made(name, make):
        file = folder / f"{name}.joblib"
        with FileLock(f"{file}.lock"):
            if not file.exists():
                joblib.dump(make(), file)
        return joblib.load(file)  # who made it reads it too, so that all tests see the same

    return made


@pytest.fixture(scope="session")
def small_screener(small_run, made_once):
    """A screener of the small shop's personas."""
    import personakit as pk

    names = {persona.segment: persona.name for persona in small_run.personas.personas}
    return made_once(
        "screener", lambda: pk.build_screener(small_run.features, small_run.segmentation, names=names, n_questions=5)
    )


@pytest.fixture(scope="session")
def small_plan(small_run, made_once):
    """What the small shop's teams can do."""
    import personakit as pk

    run = small_run
    return made_once("plan", lambda: pk.plan_activation(
        run.protected, run.features, run.segmentation, run.personas, run.profiles, journeys=run.journeys, voices=run.voices
    ))  # fmt: skip


@pytest.fixture(scope="session")
def small_review(small_run, made_once):
    """What step 11 finds in the small shop, against an earlier wave of which a persona had another share and other figures."""
    review, decisions, names = made_once("review", lambda: _reviewed(small_run))
    return type("Review", (), {"review": review, "decisions": decisions, "names": names})


def _reviewed(run):
    import datetime as dt

    import personakit as pk
    from personakit.decisions import Decision, review_decisions
    from personakit.drift_differences import compare_cards

    names = {persona.segment: persona.name for persona in run.personas.personas}
    measurement = pk.measure(run.protected, run.features, run.segmentation, names=names)
    fidelity = pk.held_out_fidelity(run.features, run.segmentation)
    table = run.features.table.copy()
    table.loc[run.segmentation.labels.index[run.segmentation.labels == 2], run.basis[0]] = 1.0
    labels = run.segmentation.labels
    kept = table.drop(index=labels.index[(labels == 1)][::2])
    drift = pk.detect_drift(pk.Features(kept, run.features.dictionary), run.features, segmentation=run.segmentation,
                            n_resamples=199, n_refits=3)  # fmt: skip
    perception = pk.perception_scores(pk.read_perception(pk.sample_study().parent))
    review = pk.review_personas(measurement, fidelity, drift, dictionary=run.features.dictionary, perception=perception)
    first = run.personas.personas[0]
    line = next(line for line in first.claims if line.kind == "data")
    fewer = [first.model_copy(update={"claims": [c for c in first.claims if c.id != line.id]}), *run.personas.personas[1:]]
    old = type(run.personas)(fewer, {**run.personas.about, "as_of": "2026-03-31"}, run.personas.people)
    told = compare_cards(old, run.profiles, run.personas, run.profiles)
    told.contradicted.append(
        {"persona": first.name, "line": "<b>Ours</b>", "who": "Kari", "on": "2026-05-01", "data_now": "silent"}
    )
    review = replace(review, differences=told, about={**run.personas.about})
    day = dt.date(2026, 5, 2).isoformat()
    log = [Decision(number=1, on=day, who="Kari", what="<script>alert(1)</script>", personas=[first.name], expected="more")]
    return review, review_decisions(log, run.personas.claims, names), names


@pytest.fixture(scope="session")
def people_who_answer(small_run, small_screener) -> pd.DataFrame:
    """A thousand people, drawn again and again from the small shop; every tenth answer is missing, and some are strange."""
    rng = np.random.default_rng(8)
    answered = small_run.features.table.loc[small_run.segmentation.labels.index]
    people = answered.iloc[rng.integers(0, len(answered), 1_000)][[q.name for q in small_screener.questions]].copy()
    people.index = pd.Index([f"person {number}" for number in range(1_000)], name="customer_id")
    for name in people:
        people[name] = people[name].where(rng.random(1_000) > 0.1)
        if pd.api.types.is_numeric_dtype(people[name]):
            people[name] = people[name].where(rng.random(1_000) > 0.02, 99)
    return people


@pytest.fixture(scope="session")
def small_run(small_study, made_once):
    """All results of the small shop: its sources are loaded in each test process, what follows from them is made once."""
    import personakit as pk

    study = pk.open_study(small_study)
    sources = pk.load_sources(study)
    report = pk.check_quality(sources)
    protected = pk.protect(report.clean)
    own = {"study": study, "sources": sources, "report": report, "protected": protected}
    return type("Results", (), own | made_once("results", lambda: _results_of(study, protected)))


def _results_of(study, protected):
    import personakit as pk

    voices = pk.read_voices(protected)
    features = pk.build_features(protected, voices)
    basis = pk.choose_basis(features, study.segmentation)
    segmentation = pk.segment_customers(features, basis=basis, n_segments=5, random_state=1)
    profiles = pk.profile_segments(features, segmentation)
    personas = pk.write_personas(profiles, segmentation, study=study, features=features, voices=voices, sources=protected)
    journeys = pk.map_journeys(protected, segmentation, personas, profiles, voices=voices)
    return {"voices": voices, "features": features, "basis": basis, "segmentation": segmentation, "profiles": profiles,
            "personas": personas, "journeys": journeys}  # fmt: skip


@pytest.fixture
def press():
    """Press the button of a desk that has this text on it."""

    def buttons(box, text):
        for child in getattr(box, "children", ()):
            if getattr(child, "description", "") == text and hasattr(child, "click"):
                yield child
            yield from buttons(child, text)

    return lambda desk, text: next(buttons(desk.box, text)).click()


@pytest.fixture
def blobs() -> pd.DataFrame:
    """Three clear groups of 60 on two columns, and a column of noise."""
    rng = np.random.default_rng(0)
    centres = np.repeat([[0, 0], [6, 0], [0, 6]], 60, axis=0)
    points = centres + rng.normal(0, 0.7, (180, 2))
    return pd.DataFrame(
        {"a": points[:, 0], "b": points[:, 1], "noise": rng.normal(size=180)}, index=[f"c{i:03d}" for i in range(180)]
    )
