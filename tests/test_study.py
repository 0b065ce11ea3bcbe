"""The study file: what is allowed, and how mistakes are reported."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.errors import StudyError
from personakit.study import open_study, sample_study, shipped
from personakit.study_parts import PHASE_SETS

GOOD = "study: Test\nas_of: 2026-01-01\nsources:\n  orders: {path: orders.csv}\n"


def message(tmp_path, text):
    file = tmp_path / "study.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        open_study(file)
    return str(caught.value)


def test_the_sample_study_is_valid_and_says_it_is_synthetic():
    """Without a path, the sample study opens."""
    study = open_study()
    assert study.file == sample_study().resolve()
    assert study.synthetic
    assert study.name == "nordic-sports-shop"
    assert shipped("notebooks").is_dir()


def test_a_folder_stands_for_its_study_file(tmp_path):
    """A folder with a study.yaml opens like the file."""
    (tmp_path / "study.yaml").write_text(GOOD, encoding="utf-8")
    assert open_study(tmp_path).study == "Test"


def test_defaults(tmp_path):
    """A study of four lines has sensible defaults."""
    (tmp_path / "study.yaml").write_text(GOOD, encoding="utf-8")
    study = open_study(tmp_path)
    assert (study.language, study.currency, study.engine, study.privacy.min_cell) == ("en", "EUR", "duckdb", 5)
    assert list(study.journey.phases) == PHASE_SETS["awareness_to_loyalty"]


def test_survey_items_may_be_a_list(tmp_path):
    """A list of columns is its own wording."""
    (tmp_path / "study.yaml").write_text(GOOD + "  survey: {path: s.csv, items: {needs: [q1, q2]}}\n", encoding="utf-8")
    assert open_study(tmp_path).sources["survey"].items["needs"].columns == {"q1": "q1", "q2": "q2"}


def test_a_phase_set_can_be_named(tmp_path):
    """Both phase sets of the guides are there by name."""
    (tmp_path / "study.yaml").write_text(GOOD + "journey: {phases: need_to_use}\n", encoding="utf-8")
    assert list(open_study(tmp_path).journey.phases) == PHASE_SETS["need_to_use"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            GOOD.replace("path:", "pth:"),
            [
                "study.yaml, line 4: unknown key 'pth' in sources.orders; allowed: path, table, columns, other_ids, "
                "interviewers, computed, where, separator, decimal, encoding, sheet, header_row, extra_header_rows, date_format, "
                "date_order, calendar, items, weight, traps, kinds, labels, about, ignore; "
                "did you mean 'path'?",
            ],
        ),
        (
            GOOD.replace("orders:", "order:"),
            [
                "study.yaml, line 4: unknown key 'order' in sources; allowed: customers, orders, events, survey, interviews, "
                "tickets, campaigns, mentions, population; did you mean 'orders'?"
            ],
        ),
        (GOOD + "language: no\n", ["study.yaml, line 5: 'language' found 'no'; allowed: en, nb, fi, fa"]),
        (GOOD + "language: nbb\n", ["study.yaml, line 5: 'language' found 'nbb'; allowed: en, nb, fi, fa; did you mean 'nb'?"]),
        (
            GOOD.replace("2026-01-01", "2026-02-30"),
            ["study.yaml, line 2: 'as_of' found '2026-02-30'; write a date as YYYY-MM-DD, such as 2026-06-30"],
        ),
        (GOOD.replace("as_of: 2026-01-01\n", ""), ["study.yaml, line 1: 'as_of' is missing; add a line 'as_of: …'"]),
        (
            GOOD + "currency: kroner\n",
            ["study.yaml, line 5: 'currency' found 'kroner'; write three capital letters, such as EUR"],
        ),
        (GOOD + "study: Again\n", ["study.yaml, line 5: 'study' is written twice"]),
        (
            GOOD + "journey: {phases: {a: [x], b: [x]}}\n",
            ["study.yaml, line 5: 'journey.phases' touchpoint 'x' stands in the phases 'a' and 'b'; name it in one of them"],
        ),
        (
            GOOD + "segmentation: {n_segments: many}\n",
            ["study.yaml, line 5: 'segmentation.n_segments' found 'many'; write auto, or a whole number from 1 to 20"],
        ),
        ("just words\n", ["study.yaml, line 1: a study file is a list of 'name: value' lines; it starts with 'study:'"]),
    ],
)
def test_mistakes_are_named_with_line_and_cure(tmp_path, text, expected):
    """Each mistake says where, what was found, what is allowed, and what was probably meant."""
    assert message(tmp_path, text).splitlines() == expected


def test_all_mistakes_at_once(tmp_path):
    """Two mistakes bring two lines."""
    assert len(message(tmp_path, GOOD + "currency: x\nlanguage: xx\n").splitlines()) == 2


def test_broken_yaml_names_the_line(tmp_path):
    """A file that is not YAML says where it breaks."""
    found = message(tmp_path, "study: Test\nsources:\n  orders: {path: x\n")
    assert found.startswith("study.yaml, line 4: is not valid YAML")
    assert "\n" not in found


def test_missing_file_names_its_neighbours(tmp_path):
    """A path that is not there brings the study files beside it."""
    (tmp_path / "study.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(StudyError, match=r"no study file at .*; that folder has: study.yaml; did you mean 'study.yaml'\?"):
        open_study(tmp_path / "studdy.yaml")


def test_unset_variable_in_a_path(tmp_path, monkeypatch):
    """A path may use an environment variable, which has to be set."""
    monkeypatch.delenv("NOT_SET", raising=False)
    (tmp_path / "study.yaml").write_text(GOOD.replace("orders.csv", "'${NOT_SET}/orders.csv'"), encoding="utf-8")
    with pytest.raises(StudyError, match=r"sources.orders.path uses \$\{NOT_SET\}, which is not set; set it and run again"):
        open_study(tmp_path).path_of("orders")


@given(st.text(max_size=200))
def test_any_text_is_a_study_or_a_study_error(tmp_path_factory, text):
    """Whatever stands in the file, the answer is a study or one clear error."""
    file = tmp_path_factory.mktemp("any") / "study.yaml"
    file.write_text(text, encoding="utf-8", newline="")
    try:
        open_study(file)
    except StudyError as error:
        assert str(error)


def test_only_true_and_false_are_read_as_such(tmp_path):
    """'on' is a key, NO a country, and yes means what it says."""
    file = tmp_path / "study.yaml"
    changes = "journey: {changes: [{say: Free returns, on: 2025-11-01, concerns: country = 'NO'}]}\n"
    file.write_text(GOOD + "synthetic: yes\n" + changes + "privacy: {controller: NO}\n", encoding="utf-8")
    study = open_study(file)
    assert (
        study.synthetic is True and study.journey.changes[0].on.isoformat() == "2025-11-01" and study.privacy.controller == "NO"
    )


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (
            "{kind: likert, scale: [1, 5], levels: [no, some, yes], columns: [q]}",
            "from 1 to 5 there are 5 answers, and 3 are named",
        ),
        ("{kind: nps, levels: [no, yes], columns: [q]}", "from 0 to 10 there are 11 answers, and 2 are named"),
        ("{kind: likert, levels: [no, No , yes], columns: [q]}", "name two answers or more, lowest first, and each once"),
        ("{kind: choice, levels: [one], columns: [q]}", "name two answers or more"),
    ],
)
def test_answers_in_words_fit_their_scale(tmp_path, block, said):
    """As many answers as the scale has, each once."""
    assert said in message(tmp_path, GOOD + f"  survey: {{path: s.csv, items: {{told: {block}}}}}\n")


def test_answers_in_words_make_a_scale(tmp_path):
    """They count from 1 on; numbers between words are answers too; a choice has no scale."""
    rated = "{kind: csat, levels: [not at all, 2, 3, very], columns: [q]}"
    choice = "{kind: choice, levels: [a, b], columns: [r]}"
    text = GOOD + f"  survey: {{path: s.csv, items: {{told: {rated}, chosen: {choice}}}}}\n"
    (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
    items = open_study(tmp_path).sources["survey"].items
    assert items["told"].levels == ["not at all", "2", "3", "very"] and items["told"].scale == (1, 4)
    assert items["chosen"].scale is None
