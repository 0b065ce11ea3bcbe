"""Answers in words are put in the order of their scale, in four languages, or left alone."""

import pytest

from personakit.collection_scales import worded_scale


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("agreement", ["Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree"]),
        ("agreement", ["Helt uenig", "Delvis uenig", "Verken/eller", "Delvis enig", "Helt enig"]),
        ("agreement", ["Täysin eri mieltä", "Jokseenkin eri mieltä", "Ei samaa eikä eri mieltä", "Jokseenkin samaa mieltä",
                       "Täysin samaa mieltä"]),
        ("agreement", ["کاملاً مخالفم", "مخالفم", "نه موافق نه مخالف", "موافقم", "کاملاً موافقم"]),
        ("satisfaction", ["Very dissatisfied", "Dissatisfied", "Neutral", "Satisfied", "Very satisfied"]),
        ("satisfaction", ["Svært misfornøyd", "Misfornøyd", "Verken fornøyd eller misfornøyd", "Fornøyd", "Svært fornøyd"]),
        ("satisfaction", ["Erittäin tyytymätön", "Melko tyytymätön", "Melko tyytyväinen", "Erittäin tyytyväinen"]),
        ("satisfaction", ["خیلی ناراضی", "ناراضی", "نه راضی نه ناراضی", "راضی", "خیلی راضی"]),
        ("importance", ["Not at all important", "Slightly important", "Moderately important", "Very important",
                        "Extremely important"]),
        ("importance", ["Ikke viktig", "Litt viktig", "Viktig", "Svært viktig"]),
        ("importance", ["Ei lainkaan tärkeä", "Melko tärkeä", "Erittäin tärkeä"]),
        ("frequency", ["Never", "Rarely", "Sometimes", "Often", "Always"]),
        ("frequency", ["هرگز", "به ندرت", "گاهی", "اغلب", "همیشه"]),
        ("likelihood", ["Very unlikely", "Unlikely", "Likely", "Very likely"]),
        ("quality", ["Erittäin huono", "Huono", "Kohtalainen", "Hyvä", "Erinomainen"]),
        ("extent", ["Ikke i det hele tatt", "I liten grad", "I noen grad", "I stor grad", "I svært stor grad"]),
        ("", ["1 Extremely well", "2 Quite well", "3 Not too well", "4 Not well at all"]),
        ("", ["0 - ei lainkaan", "1", "2", "3", "4 - täysin"]),
        ("", ["I hate it!-2", "-1", "0", "1", "I love it!+2"]),
    ],
)  # fmt: skip
def test_the_order_of_usual_scales(name, steps):
    """Lowest first, whatever the order in which people answered."""
    found = worded_scale([*reversed(steps), *steps[::2]])
    assert found.name == name and list(found.steps) == steps


def test_spelling_and_answers_that_say_nothing():
    """The usual spelling stands for all; "don't know" is no step; Arabic letters are those of Persian keyboards."""
    found = worded_scale(["agree", "Agree", "Agree", "disagree ", "Strongly\u00a0agree", "Don't know", "Vet ikke", ""])
    assert list(found.steps) == ["disagree", "Agree", "Strongly\u00a0agree"]
    assert list(worded_scale(["خيلي راضي", "راضي", "ناراضي"]).steps) == ["ناراضي", "راضي", "خيلي راضي"]


@pytest.mark.parametrize(
    "answers",
    [
        ["Oslo", "Bergen", "Tromsø"],
        ["Agree", "Disagree"],
        ["Agree", "Disagree", "Strongly agree", "Blue"],
        ["Agree", "Neutral", "Undecided", "Disagree"],  # two words for one step
        ["1 child", "2 children", "3 children"],
        ["18-29", "30-44", "45-59", "60+"],
        ["Size 1", "Size 2", "Size 3"],
        ["1", "2", "3"],
        ["2019 was good", "1999 was best", "2024 was bad"],
        ["Never", "Once a month", "Once a week"],
    ],
)
def test_what_is_no_scale(answers):
    """Places, bands, counts and scales with an unknown word are left to a person."""
    assert worded_scale(answers * 5) is None


def test_scales_of_two_questions():
    """Together they have every answer that anybody gave; other scales, and other words for a step, stay apart."""
    one, two = worded_scale(["Never", "Often", "Always"]), worded_scale(["Rarely", "Often", "Always"])
    assert list(one.joined(two).steps) == ["Never", "Rarely", "Often", "Always"]
    assert one.joined(worded_scale(["Seldom", "Sometimes", "Always"])).steps.keys() >= {"Seldom", "Sometimes"}
    assert two.joined(worded_scale(["Seldom", "Often", "Always"])) is None
    assert one.joined(worded_scale(["Agree", "Disagree", "Strongly agree"])) is None
    assert worded_scale(["a -1", "0", "b 1"]).own_numbers == (-1, 1) and worded_scale(["a 0", "1", "b 4"]).own_numbers is None
