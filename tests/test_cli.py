"""The command line, as a user types it."""

import io
import shutil
import subprocess
import sys

import pandas as pd
import pytest

import personakit
from personakit import running
from personakit.cli import main
from personakit.delivery import deliver
from personakit.handoffs import open_workspace
from personakit.personas_edits import CardEdit, CardEdits, write_edits

ORDERS = pd.DataFrame(
    {
        "customer_id": [f"C{i % 40}" for i in range(120)],
        "ordered_at": ["2025-05-01"] * 120,
        "amount": [float(i + 1) for i in range(120)],
    }
)
STUDY = "study: T\nas_of: 2026-01-01\nsources:\n  orders: {path: orders.csv}\n"


def started(*words, cwd=None):
    """Run the program in a process of its own, as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "personakit", *words], capture_output=True, text=True, encoding="utf-8", cwd=cwd, check=False
    )


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the program here, which spares it three seconds of imports each time: exit code, and what it writes."""

    def go(*words, cwd=None):
        with monkeypatch.context() as here:
            here.setattr(sys, "argv", ["personakit", *words])
            if cwd:
                here.chdir(cwd)
            with pytest.raises(SystemExit) as ended:
                main()
        told = capsys.readouterr()
        return subprocess.CompletedProcess(words, ended.value.code or 0, told.out, told.err)

    return go


def test_version_and_help(run):
    """--version names the version; --help and no command show what there is."""
    assert started("--version").stdout.strip() == f"personakit {personakit.__version__}"
    for command in ("run", "check", "verify", "refresh", "watch"):
        assert command in run("--help").stdout


def test_a_process_ends_with_the_message_and_its_code(tmp_path):
    """As in the other tests here, which run in one process."""
    done = started("verify", str(tmp_path))
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("personakit: ") and "has no deliverables/evidence.json" in done.stderr
    assert started("run", str(tmp_path / "none")).returncode == 2


def test_check_the_sample(run):
    """Without a study, check looks at the sample, and says what was found."""
    done = run("check")
    assert done.returncode == 0, done.stderr
    assert "The study file is valid, and its sources can be used." in done.stdout
    assert "customers.birth_year: 14 rows, age outside 10-110 years" in done.stdout


@pytest.mark.parametrize(
    ("years", "said"), [([1980, 1990], "No problem was found."), ([1980, 1700], "1 kind of problem is dealt")]
)
def test_check_says_how_many_problems(run, write_study, years, said):
    """None, and one."""
    people = pd.DataFrame({"customer_id": ["a", "b"], "birth_year": years})
    file = write_study("study: T\nas_of: 2026-06-30\nsources: {customers: {path: customers.csv}}", customers=people)
    done = run("check", str(file))
    assert done.returncode == 0 and said in " ".join(done.stdout.split())
    assert ("birth_year: 1 row, " in done.stdout) == (1700 in years)


def test_personas_are_checked_and_delivered(run, small_study, small_run, tmp_path):
    """Exit code 0 for good cards, 1 once a line is loaded; other formats and languages; what is wrong is one sentence."""
    shutil.copytree(small_study.parent, tmp_path / "shop")
    workspace = open_workspace(tmp_path / "shop", work_dir=tmp_path / "work")
    for step in ("segmentation", "profiling", "personas"):
        workspace.save(step, getattr(small_run, {"profiling": "profiles"}.get(step, step)).parts())
    words = ["check", str(tmp_path / "shop"), "--work-dir", str(tmp_path / "work")]
    done = run(*words, "--today", "2026-07-01")
    assert done.returncode == 0 and "5 personas: 0 problems" in done.stdout
    assert "warning, stale" in run(*words, "--today", "2027-07-01").stdout
    edit = CardEdit(do="add", place="needs", text="A bossy housewife", who="aino", on="2026-11-22")
    write_edits(CardEdits(persona=small_run.personas.personas[0].name, edits=[edit]), tmp_path / "shop")
    done = run(*words, "--today", "2026-07-01")
    assert (
        done.returncode == 1 and "problem, loaded word" in done.stdout and "to mend it: say what they do or want" in done.stdout
    )
    done = run("deliver", str(tmp_path / "work"), "--formats", "md,yaml", "--language", "fi")
    assert done.returncode == 0 and "2 files in" in done.stdout
    assert "Asiakaspersoonat" in (tmp_path / "work" / "deliverables" / "personas.md").read_text(encoding="utf-8")
    for wrong, said in ((["--formats", "pdff"], "did you mean 'pdf'?"), (["--language", "no"], "allowed: en, nb, fi, fa")):
        done = run("deliver", str(tmp_path / "work"), *wrong)
        assert done.returncode == 1 and said in done.stderr
    done = run("deliver", str(tmp_path / "shop"))
    assert done.returncode == 1 and "is no work folder of personakit" in done.stderr


def wrong_inputs():
    """Name, study file, orders (a table, or bytes), exit code, and what the message has to say."""
    columns = STUDY.replace("path: orders.csv", "path: orders.csv, columns: {amount: price}")
    return [
        ("missing file", STUDY.replace("orders.csv", "order.csv"), ORDERS, 1, "no file order.csv; its folder has: orders.csv"),
        ("wrong separator", STUDY.replace("orders.csv", "orders.csv, separator: ';'"), ORDERS, 1, "is the separator right?"),
        ("misspelt key", STUDY.replace("path:", "pth:"), ORDERS, 2, "study.yaml, line 4: unknown key 'pth'"),
        ("no such column", columns, ORDERS, 1, "no column 'price' (for amount)"),
        ("empty table", STUDY, ORDERS.iloc[:0], 1, "orders.csv has no rows"),
        ("all missing", STUDY, ORDERS.assign(amount=None), 1, "column 'amount' is empty in all 120 rows"),
        ("text for numbers", STUDY, ORDERS.assign(amount="much"), 1, "column 'amount' should hold numbers"),
        ("no date", STUDY, ORDERS.assign(ordered_at="2025-13-45"), 1, "column 'ordered_at' should hold dates"),
        ("empty Parquet", STUDY.replace(".csv", ".parquet"), b"", 1, "orders.parquet is empty (0 bytes)"),
        (
            "two with one id",
            STUDY.replace("orders", "customers"),
            "customer_id,region\nC1,A\nC1,B\nC2,A\n",
            1,
            "have the customer_id of an earlier row",
        ),
        ("no study", None, ORDERS, 2, "no study file at"),
    ]


@pytest.mark.parametrize(
    ("name", "study", "orders", "code", "words"),
    wrong_inputs(),
    ids=lambda value: value if isinstance(value, str) and len(value) < 20 else "",
)
def test_wrong_input_gives_one_message_and_writes_nothing(run, tmp_path, name, study, orders, code, words):  # noqa: PLR0917
    """Every kind of wrong input: one clear message, exit code 1 or 2, no traceback, nothing written."""
    folder = tmp_path / "study"
    folder.mkdir()
    if study is not None:
        (folder / "study.yaml").write_text(study, encoding="utf-8")
    if isinstance(orders, bytes):
        (folder / "orders.parquet").write_bytes(orders)
    elif isinstance(orders, str):
        (folder / "customers.csv").write_text(orders, encoding="utf-8")
    else:
        orders.to_csv(folder / "orders.csv", index=False)
    before = sorted(path.name for path in tmp_path.rglob("*"))
    done = run("run", str(folder), "--work-dir", str(tmp_path / "work"), cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert done.stderr.count("personakit: ") == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
    checked = run("check", str(folder), cwd=tmp_path)
    assert (checked.returncode, words in checked.stderr) == (code, True), name


def test_what_can_be_kept_of_a_run_that_fails(run, monkeypatch):
    """The message says up to where results can be made; not when the first notebook fails."""

    def fails(*_, **__):
        raise running.NotebookFailedError("06_segmentation", ", cell 7: why")

    monkeypatch.setattr(running, "run_study", fails)
    said = run("run")
    kept = "Nothing was written; with --to 05 the results before it are kept"
    assert (said.returncode, said.stderr) == (1, f"personakit: notebook 06_segmentation, cell 7: why. {kept}\n")
    assert run("run", "--from", "6").stderr == "personakit: notebook 06_segmentation, cell 7: why\n"


def test_check_says_when_nobody_can_have_a_persona(run, write_study):
    """Texts of nobody in particular make themes, and no personas."""
    study = write_study(STUDY.replace("orders", "mentions"), mentions="text,at\nGood,2025-01-01\n")
    assert "personas need customers, orders, events or a survey" in " ".join(run("check", str(study)).stdout.split())


def test_wrong_options_are_explained(run, tmp_path):
    """A misspelt language, and a folder that cannot be verified."""
    done = run("run", "--language", "nbb", "--work-dir", str(tmp_path / "w"))
    assert done.returncode == 1
    assert done.stderr.strip() == "personakit: --language: found 'nbb'; allowed: en, nb, fi, fa; did you mean 'nb'?"
    assert run("verify", str(tmp_path)).returncode == 1
    assert run("runn").returncode == 2


def test_new_customers_are_assigned_without_the_study(run, small_run, small_screener, tmp_path):
    """A file gives a file, a stream gives a stream; what is wrong is one sentence."""
    from personakit.assignment import PersonaRule

    (tmp_path / "persona_rule.json").write_text(PersonaRule(small_screener.names, small_run.segmentation).to_json(), "utf-8")
    own = small_run.features.table[small_run.segmentation.basis].reset_index()
    own.to_csv(tmp_path / "new.csv", index=False)
    done = run("assign", "new.csv", cwd=tmp_path)
    assert done.returncode == 0 and done.stdout == f"{len(own)} customers in new_personas.csv\n", done.stderr
    words = [sys.executable, "-m", "personakit", "assign", "-"]
    stream = subprocess.run(
        words, input=(tmp_path / "new.csv").read_text(), capture_output=True, text=True, cwd=tmp_path, check=True
    )
    found, streamed = pd.read_csv(tmp_path / "new_personas.csv"), pd.read_csv(io.StringIO(stream.stdout))
    assert streamed["segment"].equals(
        found.set_index("customer_id").loc[streamed["customer_id"], "segment"].reset_index(drop=True)
    )
    wrong = run("assign", "new.csv", "--rule", "no.json", cwd=tmp_path)
    assert wrong.returncode == 1 and wrong.stderr.startswith("personakit: no.json: there is no such file; notebook 10 writes")


def test_decisions_are_written_down_and_looked_at_again(run, small_study, small_run, tmp_path):
    """A decision on a claim, what came of it, and the log; a claim that is not there and no deliverables have one error each."""
    shutil.copytree(small_study.parent, tmp_path / "shop")
    workspace = open_workspace(tmp_path / "shop", work_dir=tmp_path / "work")
    workspace.save("profiling", small_run.profiles.parts())
    work = str(tmp_path / "work")
    assert "has no deliverables/evidence.json" in run("log", work).stderr
    workspace.save("personas", small_run.personas.parts())
    deliver(workspace, formats=["json"])
    name, line = small_run.personas.personas[0].name, small_run.personas.personas[0].claims[3]
    done = run("log", work, "Show the test results first", "--who", "Aino", "--claim", line.id, "--on", "2026-07-01")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"Decision 1 is written down for {name}.\n"
    assert run("log", work, "They did go on", "--outcome", "1").returncode == 0
    shown = run("log", work)
    assert shown.returncode == 0 and "1. 2026-07-01 Show the test results first (Aino): holds – They did go on" in shown.stdout
    assert f"Nothing was decided for: {small_run.personas.personas[1].name}" in shown.stdout
    wrong = run("log", work, "x", "--who", "Aino", "--claim", "9|nothing")
    assert wrong.returncode == 1 and "--claim: there is no claim '9|nothing'" in wrong.stderr
    assert "write a day such as 2026-07-01" in run("log", work, "x", "--who", "A", "--on", "July").stderr


def test_customers_are_watched_and_a_refresh_needs_a_run(run, small_study, small_run, tmp_path):
    """A file of usual customers: exit 0; too many of one persona: an alert, and exit 3; without a whole run: one error."""
    shutil.copytree(small_study.parent, tmp_path / "shop")
    workspace = open_workspace(tmp_path / "shop", work_dir=tmp_path / "work")
    steps = {"features": small_run.features, "segmentation": small_run.segmentation, "personas": small_run.personas}
    for step, result in steps.items():
        workspace.save(step, result.parts())
    labels = small_run.segmentation.labels
    usual = small_run.features.table.loc[labels.index, small_run.basis]
    usual.sample(600, replace=True, random_state=1).to_csv(tmp_path / "usual.csv")
    usual[labels == 1].sample(600, replace=True, random_state=1).to_csv(tmp_path / "more.csv")
    work = str(tmp_path / "work")
    first = run("watch", str(tmp_path / "usual.csv"), "--work-dir", work, "--window", "400")
    assert first.returncode == 0 and "600 customers so far; 0 without enough answers." in first.stdout, first.stderr
    second = run("watch", str(tmp_path / "more.csv"), "--work-dir", work)
    name = small_run.personas.personas[0].name
    assert second.returncode == 3 and f"{name}: share" in second.stdout and "personakit refresh" in second.stderr
    assert f"  {name}: 100.0% of the last 400, usually" in second.stdout
    unfinished = run("refresh", str(tmp_path / "shop"), "--work-dir", work)
    assert unfinished.returncode == 1 and "the earlier run in work ended before 01_collection" in unfinished.stderr


def test_audiences_are_written(run, small_study, small_run, small_plan, tmp_path):
    """One CSV for each list and an Excel file; with own ids on request, and under the names that people gave."""
    shutil.copytree(small_study.parent, tmp_path / "shop")
    workspace = open_workspace(tmp_path / "shop", work_dir=tmp_path / "work")
    steps = {"profiling": small_run.profiles, "personas": small_run.personas, "segmentation": small_run.segmentation,
             "activation": small_plan}  # fmt: skip
    for step, result in steps.items():
        workspace.save(step, result.parts())
    name = small_run.personas.personas[0].name
    edit = CardEdit(do="name", text="Zoe", who="aino", on="2026-11-22")
    write_edits(CardEdits(persona=name, edits=[edit]), tmp_path / "shop")
    done = run("audiences", str(tmp_path / "work"), "--own-ids")
    assert done.returncode == 0, done.stderr
    files = sorted(path.name for path in (tmp_path / "work" / "audiences").iterdir())
    lists = small_plan.audiences.lists
    assert len(files) == 1 + (lists["listed"] > 0).sum() and "audiences.xlsx" in files and "1-zoe-web.csv" in files
    table = pd.read_csv(tmp_path / "work" / "audiences" / "1-zoe-web.csv")
    assert table["customer_id"].str.fullmatch(r"C\d+").all() and set(table["persona"]) == {"Zoe"}
    assert "lists are withheld: fewer than 5 people: withheld" in done.stdout
    assert run("audiences", str(tmp_path)).returncode == 1
