"""Perception: the form read in whatever shape it comes, scores with their reliability, and both qualities put together."""

import numpy as np
import pandas as pd
import pytest

import personakit as pk
from personakit.locale import Words
from personakit.measurement_perception import (
    BORNE_OUT_AND_LIKED,
    BORNE_OUT_NOT_LIKED,
    LIKED_NOT_BORNE_OUT,
    NEITHER,
    STATEMENTS,
    TOO_FEW_ANSWERS,
    perception_form,
    perception_lines,
    perception_scores,
    persona_quality,
    read_perception,
    statement_ids,
)
from personakit.measurement_quality import confirm_claims, held_out_fidelity
from personakit.render.measurement_page import perception_texts


@pytest.fixture(scope="module")
def wave():
    """A wave and its segments."""
    features = pk.simulate_wave(1_600, random_state=420).features
    basis = [name for name in features.table if name.startswith("need_")]
    return features, pk.segment_customers(features, basis=basis, n_segments=5)


def answers_of(level, n=12, seed=1):
    """People who agree about so much with everything."""
    rng = np.random.default_rng(seed)
    own = rng.normal(level, 0.6, (n, 1))
    columns = [f"{dimension}_{i}" for dimension in STATEMENTS for i in (1, 2)]
    return pd.DataFrame(np.clip(np.rint(own + rng.normal(0, 0.5, (n, 12))), 1, 7), columns=columns)


def test_scores_are_means_with_reliability():
    """Mean, Student's interval and alpha of two statements, by hand; half of the answers are enough."""
    answers = answers_of(5.5)
    answers.loc[0, "clarity_2"] = np.nan
    table = perception_scores(answers).set_index("dimension")
    own = answers[["clarity_1", "clarity_2"]].mean(axis=1)
    assert table.loc["clarity", "score"] == pytest.approx(own.mean()) and table.loc["clarity", "n"] == 12
    assert table.loc["clarity", "ci_high"] - own.mean() == pytest.approx(2.200985 * own.std() / np.sqrt(12), rel=1e-5)
    assert table.loc["all", "alpha"] > 0.8 and set(table.index) == {*STATEMENTS, "all"}


def test_wrong_answers_are_named_together():
    """A missing column, and answers that are no numbers from 1 to 7."""
    answers = answers_of(5).astype(object).drop(columns="empathy_2")
    answers.loc[0, "clarity_1"], answers.loc[1, "clarity_1"] = 9, "yes"
    with pytest.raises(pk.DataError) as error:
        perception_scores(answers)
    assert str(error.value) == "answers: no column 'empathy_2'\nanswers: clarity_1 holds 9, yes; allowed: 1 to 7, or empty"


def test_both_are_put_together(wave, small_run):
    """Trust without truth is called what it is, in four languages."""
    good = held_out_fidelity(*wave)
    claims = [line for persona in small_run.personas.personas for line in persona.claims if line.asserts == "difference"]
    figures = {piece.key: piece for line in claims for piece in line.evidence if isinstance(piece, pk.Figure)}
    flat = {key: figure.model_copy(update={"effect": 0.01, "effect_low": -0.1, "effect_high": 0.1})
            for key, figure in figures.items() if figure.effect is not None}  # fmt: skip
    bad = confirm_claims(claims, flat)
    liked, disliked = perception_scores(answers_of(6)), perception_scores(answers_of(3).assign(empathy_1=1.0, empathy_2=1.0))
    assert persona_quality(good, liked)[0] == BORNE_OUT_AND_LIKED and persona_quality(bad, liked)[0] == LIKED_NOT_BORNE_OUT
    assert persona_quality(good, disliked) == (BORNE_OUT_NOT_LIKED, {"dimension": "empathy"})
    assert persona_quality(bad, disliked)[0] == NEITHER
    assert persona_quality(good, perception_scores(answers_of(6, n=4)))[0] == TOO_FEW_ANSWERS
    for language in ("nb", "fi", "fa"):
        words = Words(language)
        assert words(BORNE_OUT_NOT_LIKED, dimension=words("empathy")) != BORNE_OUT_NOT_LIKED.format(dimension="empathy")
        assert all(words(text) != text for own in STATEMENTS.values() for text in own)


def filled(n=6, seed=1):
    """The form with answers of so many people."""
    form = perception_form(people=n)
    form[form.columns[2:]] = answers_of(5.5, n=n, seed=seed).to_numpy().T.astype(int).astype(str)
    return form


@pytest.mark.parametrize("language", ["en", "nb", "fi", "fa"])
def test_the_form_is_read_as_spreadsheets_write_it(tmp_path, language):
    """Semicolons, another encoding, rows in another order, Persian digits, an empty column, Excel: the same answers."""
    form = filled()
    form["text"] = list(perception_texts(language).values())
    form["person_7"] = ""
    expected = read_perception_of(tmp_path, form.to_csv(index=False).encode())
    assert expected.shape == (6, 12) and list(expected.columns) == list(statement_ids())
    semicolons = form.iloc[::-1].to_csv(index=False, sep=";", lineterminator="\r\n")
    pd.testing.assert_frame_equal(read_perception_of(tmp_path, semicolons.encode("utf-8-sig")), expected)
    pd.testing.assert_frame_equal(read_perception_of(tmp_path, semicolons.encode("utf-16")), expected)
    persian = form.assign(person_1=[value.translate(str.maketrans("1234567", "۱۲۳۴۵۶۷")) for value in form["person_1"]])
    pd.testing.assert_frame_equal(read_perception_of(tmp_path, persian.to_csv(index=False).encode()), expected)
    (tmp_path / "perception.csv").unlink()
    form.replace("", None).apply(lambda column: pd.to_numeric(column, errors="coerce") if column.name.startswith("person")
                                 else column).to_excel(tmp_path / "perception.xlsx", index=False)  # fmt: skip
    pd.testing.assert_frame_equal(read_perception(tmp_path), expected)
    (tmp_path / "perception.csv").write_text(form.to_csv(index=False), encoding="utf-8")
    with pytest.raises(pk.DataError, match=r"perception.csv, perception.xlsx: both are there; put all answers into one of them"):
        read_perception(tmp_path)


def read_perception_of(folder, content):
    (folder / "perception.csv").write_bytes(content)
    return read_perception(folder)


def test_without_a_form_nobody_has_answered(tmp_path, wave):
    """No row, no score, no line; an empty form is the same."""
    assert read_perception(tmp_path).shape == (0, 12)
    empty = read_perception_of(tmp_path, perception_form().to_csv(index=False).encode())
    assert empty.empty and perception_scores(empty).empty
    assert perception_lines(perception_scores(empty), held_out_fidelity(*wave)) == []


def test_mistakes_in_the_form_are_named_together(tmp_path):
    """What, where, and what is allowed."""
    form = filled()
    form.loc[1, "person_2"], form.loc[3, "person_1"] = "8", "yes"
    form = pd.concat([form.iloc[:-1], form.iloc[:1]])
    with pytest.raises(pk.DataError) as error:
        read_perception_of(tmp_path, form.to_csv(index=False).encode())
    assert str(error.value).splitlines() == [
        "perception.csv: the statement 'usefulness_2' is missing",
        "perception.csv: the statement 'clarity_1' is there more than once",
        "perception.csv: completeness_2, person_1: found 'yes'; allowed: a whole number from 1 to 7, or nothing",
        "perception.csv: clarity_2, person_2: found '8'; allowed: a whole number from 1 to 7, or nothing",
    ]
    with pytest.raises(pk.DataError, match="perception.csv: has no column 'statement'; start from the form"):
        read_perception_of(tmp_path, b"a,b\n1,2\n")
    with pytest.raises(pk.DataError, match="the form of perception: perception.csv"):
        read_perception_of(tmp_path, b"")


def test_lines_carry_their_evidence_and_hide_the_few(wave):
    """Verdict on both figures, a line for all and for each side; four people are not told of."""
    fidelity, scores = held_out_fidelity(*wave), perception_scores(answers_of(5.5))
    lines = perception_lines(scores, fidelity)
    assert lines[0].message == BORNE_OUT_AND_LIKED and [piece.column for piece in lines[0].evidence] == [
        "held_out",
        "perception_all",
    ]
    assert len(lines) == 2 + len(STATEMENTS) and len({line.id for line in lines}) == len(lines)
    own = next(line for line in lines if line.evidence[0].column == "perception_clarity")
    assert own.evidence[0].estimate == scores.set_index("dimension").at["clarity", "score"] and own.evidence[0].n == 12
    assert own.evidence[0].sources == ["perception.clarity_1", "perception.clarity_2"]
    assert Words("nb").claim(own).startswith("Slik vurderer de som bruker personaene dem, klarhet: 5,")
    assert perception_lines(perception_scores(answers_of(6, n=4)), fidelity) == []
