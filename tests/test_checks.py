"""Self-checks of the exercises: every right way passes, blanks and typical mistakes get a hint."""

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.checks import AnswerError, CheckError, check, number_in, share_in, word_in, words_in
from personakit.checks_tasks import TASKS

#: Typical mistakes, and a word of the hint that each brings.
WRONG = {
    "0.1": [(9, "of the café"), ("many", "number")],
    "0.2": [("orders", "what was bought"), ("interviews", "eight people"), (3, "in quotes")],
    "1.1": [(["mentions"], "one more"), (["mentions", "orders"], "joined by a customer: orders"), (4, "Names in quotes")],
    "1.2": [(0.9198, "is linked"), (0.5, "linked_share")],
    "1.3": [(97, "one group"), (96.04, "one group"), (1152, "5 points"), (10, "margin")],
    "2.1": [(324, "are left"), (360, "everybody"), (15, "careless")],
    "2.2": [(655 / 700, "counted in personas"), (653 / 700, "on a list"), (0.1, "row quotes")],
    "2.3": [(15 / 313, "region"), (0.5, "row age")],
    "3.1": [("Helsinki", "Fewer"), ("Kuopio", "further ahead"), ("Oslo", "in the table")],
    "3.2": [(False, "one side"), ("perhaps", "True or False")],
    "3.3": [("2025-10", "support contacts"), ("July", "as in the table")],
    "4.1": [(186, "every text"), (1, "1 or 2")],
    "4.2": [(1, "plastic")],
    "4.3": [(5 / 6, "chance alone"), (1.0, "equal now"), (0.1, "krippendorff_alpha")],
    "5.1": [("all", "number"), (7, "psychographic")],
    "5.2": [("age", "not for less than half"), ("agee", "no feature")],
    "5.3": [("order_count", "of the kind count")],
    "6.1": [(3, "segmentation itself")],
    "6.2": [(31, "largest"), (5, "column customers")],
    "6.3": [(2, "the box reaches"), (4, "less often"), (6, "shuffled")],
    "7.1": [("need_advice_1", "made the groups"), ("spend", "further from 0")],
    "7.2": [("age", "is certain")],
    "7.3": [(0.5, "medium"), (0.05, "p-value"), (1, "text above")],
    "8.1": [("nb", "cards themselves")],
    "8.2": [(141, "left this question out"), (3, "look for n")],
    "8.3": [(0, "grade is assumed")],
    "9.1": [("checkout", "touchpoint"), ("loyalty", "first row")],
    "9.2": [(34.2, "lower end"), (46.8, "upper end"), (1, "few go on")],
    "9.3": [("advice", "best"), ("cart", "Sort by")],
    "10.1": [(2, "screener itself")],
    "10.2": [("web", "highest share")],
    "10.3": [(True, "overlap")],
    "11.1": [(0.2289, "who saw it"), (0.557, "who saw it"), (0.9, "clicked")],
    "11.2": [(True, "0 inside")],
    "11.3": [("loyalty", "most satisfied"), ("consideration", "other persona"), ("checkout", "lowest value")],
}
#: Other right ways than the one in the solutions.
RIGHT = {
    "0.1": ["2", 2.0, np.int64(2)],
    "0.2": [" Events", ["events"]],
    "1.1": ["population, mentions", ("Mentions", "population"), pd.Series(["mentions", "population"])],
    "1.2": ["8 %", 8.0158, 0.08],
    "1.3": [291, 289, 288.12],
    "2.2": [0.84, 84, "84 %", "0,84"],
    "5.2": ["theme_en_1", "Only natural ingredients"],
    "5.3": ["average_order"],
    "7.1": ["Age"],
    "7.2": ["region", "Cooking"],
    "9.2": [40.5, 41, 40],
    "11.1": [12.75, "12.8 %"],
    "11.2": ["no"],
}


@pytest.mark.parametrize("task", TASKS)
def test_no_answer_and_typical_mistakes_get_a_hint(task, capsys):
    """Each brings a sentence that helps, and none of them gives the answer away by passing."""
    assert len(WRONG[task]) >= 1
    for answer, hint in [(..., "There is no answer"), *WRONG[task]]:
        check(task, answer)
        told = capsys.readouterr().out
        assert told.startswith(f"{task} not yet: ") and hint.lower() in told.lower(), (answer, told)
        assert told.count("\n") == 1


@pytest.mark.parametrize("task", RIGHT)
def test_every_right_way_passes(task, capsys):
    """Other forms of the same number, other features that fit as well."""
    for answer in RIGHT[task]:
        check(task, answer)
        assert capsys.readouterr().out == f"PASS {task}\n", answer


def test_strict_raises(monkeypatch, capsys):
    """In CI a wrong answer is an error, with the same sentence; a right one passes."""
    monkeypatch.setenv("PERSONAKIT_STRICT", "1")
    with pytest.raises(CheckError, match=r"0.1 not yet: Count the names"):
        check("0.1", 9)
    check("0.1", 2)
    assert capsys.readouterr().out == "PASS 0.1\n"


def test_a_task_that_is_not_there_names_those_that_are():
    """Also without strict: it is a mistake in the cell, not in the answer."""
    with pytest.raises(CheckError, match=r"no task '6.9'; this step has 6.1, 6.2 (and|or) 6.3|6.1, 6.2, 6.3"):
        check("6.9", 1)


def test_answers_of_the_wrong_kind_say_what_is_asked_for():
    """Numbers, shares and names, in whatever form people give them."""
    assert number_in(pd.DataFrame({"n": [4]})) == 4 and share_in("3,5 %") == pytest.approx(0.035) and number_in("\u22122") == -2
    assert word_in(pd.Series(["Turku "])) == "turku" and words_in({"A", "b"}) == {"a", "b"}
    for wrong in (True, None, "1.2.3", pd.Series([1, 2]), float("nan")):
        with pytest.raises(AnswerError, match="A number is asked for"):
            number_in(wrong)
    for wrong in (4, ["a", "b"], None):
        with pytest.raises(AnswerError, match="A name in quotes"):
            word_in(wrong)
    with pytest.raises(AnswerError, match="Names in quotes"):
        words_in([1, 2])


def test_cases_open_once_and_say_what_there_is():
    """The same case is opened once, its results are kept, and a wrong name is one sentence."""
    case = pk.open_case("cafe")
    assert pk.open_case("cafe") is case and case.features is case.features and repr(case) == "Case cafe: Café"
    with pytest.raises(pk.PersonakitError, match=r"there is no case 'caffe'; did you mean 'cafe'\?"):
        pk.open_case("caffe")
    for name in ("cafe", "organic-cosmetics"):  # as many segments as planted groups, and the same people in them
        case = pk.open_case(name)
        truth = pd.read_parquet(case.study.folder / "truth.parquet").query("kind == 'archetype'")
        assert case.segmentation.labels.nunique() == truth["value"].nunique()
        assert len(case.truth) >= len(truth)
