"""Coding: at once on disk, one file per person, undone, merged without loss, agreed on or not."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personakit.errors import DataError, StudyError
from personakit.voices_coding import ALL_CODES, CODING_COLUMNS, merge_codings, read_codings, speakers, write_codings
from personakit.voices_coding_session import CodingSession

TEXTS = pd.DataFrame({
    "key": [f"interviews|{d}|{n}" for d in "ab" for n in (2, 4, 6)] + ["survey|wish|1", "survey|wish|2"],
    "source": ["interviews"] * 6 + ["survey"] * 2, "document": list("aaabbb") + ["wish"] * 2, "line": [2, 4, 6, 2, 4, 6, 1, 2],
    "customer_id": ["C1"] * 3 + ["C2"] * 3 + ["C3", "C4"],
    "text": ["Price first.", "It was late.", "=1+1", "Nothing.", "Too dear.", "Fine.", "Cheaper please", "All good"],
})  # fmt: skip


@pytest.fixture
def session(tmp_path):
    made = CodingSession(tmp_path / "coding", TEXTS, coder="aino")
    for code in ("price", "late"):
        made.add_code(code)
    return made


def test_every_change_is_on_disk_at_once(session):
    """A second session, as after a closed browser, sees what the first one did."""
    session.give("price", "interviews", "a", 2, 4, memo="=SUM(A1)")
    session.give("late", "interviews", "a", 4)
    again = CodingSession(session.folder, TEXTS, coder="aino")
    assert again.codes_of("interviews", "a") == {2: ["price"], 4: ["price", "late"], 6: []}
    again.take("price", "interviews", "a", 2)
    assert session.codes_of("interviews", "a") == {2: [], 4: ["late"], 6: []}


def test_undo_takes_back_one_step_after_the_other(session):
    """Undo goes back to the beginning of the session, and says when there is nothing left."""
    session.give("price", "interviews", "a", 2)
    session.change("late", "interviews", "a", [4, 6], give=True)
    assert session.undo() and session.codes_of("interviews", "a") == {2: ["price"], 4: [], 6: []}
    assert session.undo() and session.table.empty and not session.undo()


def test_spreadsheets_run_nothing(session):
    """A memo that a spreadsheet would take for a formula is written as text, and read back as it was."""
    session.give("price", "interviews", "a", 2, memo="=1+1")
    assert ",'=1+1," in session.file.read_text(encoding="utf-8")
    assert session.table["memo"].tolist() == ["=1+1"]


@pytest.mark.parametrize("words", ["=1+1", "@x", "'quoted'", "-5", "plain"])
def test_names_from_data_run_nothing_either(tmp_path, words):
    """A document whose name a spreadsheet would take for a formula is written as text; every word comes back as it was."""
    texts = TEXTS.assign(document=TEXTS["document"].replace("a", words))
    session = CodingSession(tmp_path, texts, coder="aino")
    session.add_code("price")
    session.give("price", "interviews", words, 2, memo=words)
    cells = [cell for line in session.file.read_text(encoding="utf-8").split("\n") for cell in line.split(",")]
    assert not any(cell.startswith(("=", "@", "-5")) for cell in cells)
    assert session.table[["document", "memo"]].to_numpy().tolist() == [[words, words]]


def test_wrong_input_is_explained(session, tmp_path):
    """Unknown codes, lines that are not there, names that are no file, damaged files."""
    with pytest.raises(DataError, match="code 'prise' is not in the codebook; it has: price, late.*did you mean 'price'"):
        session.give("prise", "interviews", "a", 2)
    with pytest.raises(DataError, match="nothing to code in lines 3 to 3"):
        session.give("price", "interviews", "a", 3)
    with pytest.raises(StudyError, match="coder: found '../x'"):
        CodingSession(tmp_path, TEXTS, coder="../x")
    (session.folder / "odd.csv").write_text("nonsense\n1\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"coding/odd.csv: is not a file of codings"):
        read_codings(session.folder)


def test_a_folder_that_cannot_be_written(session):
    """The answer is one sentence, and nothing is half-written."""
    file = session.folder.parent / "file"
    file.write_text("", encoding="utf-8")
    blocked = CodingSession(file / "coding", TEXTS, coder="aino")
    blocked.codebook = session.codebook
    with pytest.raises(DataError, match="cannot be written to"):
        blocked.give("price", "interviews", "a", 2)


def test_a_changed_document_is_noticed(session):
    """Codings whose line says something else now, or is gone, are named."""
    session.give("price", "interviews", "a", 2)
    session.give("late", "interviews", "a", 4)
    changed = TEXTS.assign(text=TEXTS["text"].replace("It was late.", "It was never late."))
    lost = read_codings(session.folder).lost(changed)
    assert lost[["line_first", "code"]].to_numpy().tolist() == [[4, "late"]]
    assert read_codings(session.folder).lost(TEXTS).empty


def coded(folder, coder, rows):
    own = CodingSession(folder, TEXTS, coder=coder)
    for code in ("price", "late"):
        if code not in own.codebook.codes:
            own.add_code(code)
    for code, document, line in rows:
        own.give(code, "interviews", document, line)
    return read_codings(folder)


def test_agreement_and_disagreements(tmp_path):
    """Two readers of two interviews, worked out by hand; a third who read another document does not count there."""
    coded(tmp_path, "aino", [("price", "a", 2), ("late", "a", 4), ("price", "b", 4)])
    found = coded(tmp_path, "odd", [("price", "a", 2), ("price", "a", 4), ("price", "b", 4)])
    table = found.agreement(TEXTS).set_index("code")
    assert table.loc["price", ["units", "agreed_share"]].tolist() == [3, 2 / 3]
    assert table.loc[ALL_CODES, "units"] == 6 and table.loc["price", "kappa_kind"] == "Cohen"
    divided = found.disagreements(TEXTS)
    assert divided[["key", "code", "given_by", "not_given_by"]].to_numpy().tolist() == [
        ["interviews|a|4", "late", "aino", "odd"], ["interviews|a|4", "price", "odd", "aino"]]  # fmt: skip


def test_kappas_equal_the_reference(real_data, tmp_path):
    """Cohen's kappa of 50 units, as another tool gives it."""
    reference = json.loads((Path(os.environ["PERSONAKIT_DATA"]).parent / "reference" / "agreement_drift.json").read_text("utf-8"))
    first, second = np.repeat([1, 1, 0, 0], [20, 5, 10, 15]), np.repeat([1, 0, 1, 0], [20, 5, 10, 15])
    texts = pd.DataFrame({"key": [f"interviews|d|{i}" for i in range(50)], "source": "interviews", "document": "d",
                          "line": range(50), "text": [f"t{i}" for i in range(50)], "customer_id": "C"})  # fmt: skip
    for coder, votes in (("one", first), ("two", second)):
        rows = [{"coder": coder, "source": "interviews", "document": "d", "line_first": i, "line_last": i, "memo": "",
                 "code": "yes" if vote else "no", "begins": ""} for i, vote in enumerate(votes)]  # fmt: skip
        write_codings(pd.DataFrame(rows, columns=CODING_COLUMNS), tmp_path)
    table = read_codings(tmp_path).agreement(texts).set_index("code")
    assert table.loc["yes", "kappa"] == pytest.approx(reference["cohen_20_5_10_15"], abs=1e-6)


def test_fleiss_equals_the_reference(real_data):
    """Fleiss' kappa of ten subjects and fourteen raters, by the same library call that the table uses."""
    from statsmodels.stats.inter_rater import fleiss_kappa

    reference = json.loads((Path(os.environ["PERSONAKIT_DATA"]).parent / "reference" / "agreement_drift.json").read_text("utf-8"))
    counts = [[0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1], [7, 7, 0, 0, 0],
              [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]]  # fmt: skip
    assert fleiss_kappa(np.array(counts)) == pytest.approx(reference["fleiss_10x14"], abs=1e-6)


def test_open_answers_count_only_when_read(session):
    """In a survey the other answers were not judged; marking them as read makes them 0 instead of missing."""
    session.give("price", "survey", "wish", 1)
    counts = dict(speakers(read_codings(session.folder), TEXTS))["price"]
    assert counts.to_dict() == {"C3": 1.0}
    session.mark_read("survey", "wish", 1, 2)
    counts = dict(speakers(read_codings(session.folder), TEXTS))["price"]
    assert counts.to_dict() == {"C3": 1.0, "C4": 0.0}
    session.give("price", "interviews", "a", 2)
    assert dict(speakers(read_codings(session.folder), TEXTS))["price"].get("C1") == 1.0


row = st.tuples(
    st.sampled_from(["aino", "odd"]), st.sampled_from("ab"), st.sampled_from([2, 4, 6]), st.sampled_from(["price", "late"])
)


@settings(max_examples=25, deadline=None)
@given(st.lists(row), st.lists(row))
def test_merging_loses_nothing(one, two):
    """Whatever two copies hold, the merged table has each coding once, and merging again changes nothing."""
    from personakit.voices_codebook import Codebook
    from personakit.voices_coding import Codings

    def made(rows):
        content = [{"coder": c, "source": "interviews", "document": d, "line_first": n, "line_last": n, "code": k, "memo": "",
                    "begins": ""} for c, d, n, k in rows]  # fmt: skip
        return Codings(pd.DataFrame(content, columns=CODING_COLUMNS), Codebook(codes={k: {} for *_, k in rows}))

    first, second = made(one), made(two)
    merged = merge_codings(first, second)
    found = set(merged.table[["coder", "document", "line_first", "code"]].itertuples(index=False, name=None))
    assert found == set(one) | set(two) and len(merged.table) == len(found)
    assert merge_codings(merged, first).table.equals(merged.table)
    assert set(merged.codebook.codes) == {k for *_, k in [*one, *two]}


def test_many_answers_cost_little(tmp_path):
    """Codes on a few of a hundred thousand answers are found without pairing every code with every answer."""
    import tracemalloc

    n = 100_000
    texts = pd.DataFrame({"key": [f"survey|wish|{i}" for i in range(n)], "source": "survey", "document": "wish", "line": range(n),
                          "customer_id": [f"C{i}" for i in range(n)], "text": "same"})  # fmt: skip
    rows = [{"coder": "aino", "source": "survey", "document": "wish", "line_first": 10 * i, "line_last": 10 * i + 2,
             "code": "price", "memo": "", "begins": ""} for i in range(1_000)]  # fmt: skip
    write_codings(pd.DataFrame(rows, columns=CODING_COLUMNS), tmp_path)
    codings = read_codings(tmp_path)
    tracemalloc.start()
    counts = dict(speakers(codings, texts))["price"]
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    assert len(counts) == 3_000 and counts.eq(1).all() and peak < 200
