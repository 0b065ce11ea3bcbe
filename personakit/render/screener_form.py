"""A screener as a page: a form that adds up the answers by itself, offline, and the points on paper."""

from __future__ import annotations

from typing import Any

from personakit.locale import Words
from personakit.render.pages import page_of
from personakit.screener import Screener
from personakit.screener_questions import (
    BETWEEN,
    CHOICE,
    EXACTLY,
    FACTS,
    FROM,
    NO,
    OTHER,
    RATING,
    UNDER,
    YES,
    YES_NO,
    ScreenerAnswer,
    ScreenerQuestion,
)

_CODE_LETTERS = 3


def screener_page(screener: Screener, about: dict[str, Any], *, language: str) -> str:
    """
    Lay out a screener.

    Parameters
    ----------
    screener : Screener
        Questions and points.
    about : dict
        What the study is, as on the persona cards.
    language : {"en", "nb", "fi", "fa"}
        Language of the page; questions of the study's own survey keep their words.

    Returns
    -------
    str
        HTML that works without the internet, keeps nothing and sends nothing; printed, a page of questions and one of points.
    """
    words = Words(language, about["currency"], about.get("calendar", "gregorian"))
    questions = [
        {"text": question_text(question, words), "place": place,
         "answers": [{"text": answer_text(question, answer, words), "points": answer.points} for answer in question.answers]}
        for place, question in enumerate(screener.questions)
    ]  # fmt: skip
    said = {"sure": words("Most probably {first}"), "not_sure": words("Not sure: {first} or {second}"),
            "certainty": words("How likely {first} is: {certainty}"),
            "locale": "fa-u-nu-arabext" if language == "fa" else language}  # fmt: skip
    length = len(screener.questions)
    own = screener.recalls[screener.recalls["n_questions"] == length]
    recalls = [(screener.names[row["segment"]], words.percent(row["recall"]), _interval(row, words), words.number(row["n"]))
               for row in own.to_dict("records")]  # fmt: skip
    return page_of(
        "screener.html", words, {**about, "question": ""}, questions=questions,
        names=[screener.names[segment] for segment in sorted(screener.names)],
        start=screener.start, least=screener.least_answers, sure_lead=screener.sure_lead, said=said, useful=screener.useful,
        quality=quality_lines(screener, words), recalls=recalls, content=screener.rule(),
    )  # fmt: skip


def quality_lines(screener: Screener, words: Words) -> list[str]:
    """Say in a few sentences how well a screener tells people apart, and what "not sure" costs."""
    row = screener.accuracy
    lines = [
        words("{value} of {n} people were told right while they were left out (95% interval {low} to {high}).",
              value=words.percent(row["accuracy"]), n=words.number(screener.n), low=words.percent(row["ci_low"]),
              high=words.percent(row["ci_high"])),
        words("Naming the commonest persona every time gets {value} right.", value=words.percent(screener.baseline)),
    ]  # fmt: skip
    sure = screener.not_sure.set_index("lead")
    if screener.sure_lead in sure.index:
        own = sure.loc[screener.sure_lead]
        lines.append(words("{share} get a sure answer; of these {value} are told right ({low} to {high}).",
                           share=words.percent(own["sure_share"]), value=words.percent(own["accuracy"]),
                           low=words.percent(own["ci_low"]), high=words.percent(own["ci_high"])))  # fmt: skip
    if screener.refitted:
        lines.append(words("Questions, points and segments were made anew without the people on whom they were tried."))
    if any(question.name in {"order_count", "favourite_category"} for question in screener.questions):
        lines.append(words("What people bought is taken from orders here; what they say about it may differ."))
    return lines


def question_text(question: ScreenerQuestion, words: Words) -> str:
    """Write a question as somebody would ask it."""
    if question.name in FACTS:
        return words(FACTS[question.name])
    label = question.label if question.own_words else words.label(question.label, question.label_value or None)
    if question.answers[0].words:  # the wording of the survey, whose words are the answers
        return label
    if question.kind == "rating":
        low, high = (words.number(float(question.answers[place].text)) for place in (0, -1))
        return words(RATING, low=low, high=high, label=label)
    return words(YES_NO if question.kind == "yes_no" else CHOICE, label=label)


def answer_text(question: ScreenerQuestion, answer: ScreenerAnswer, words: Words) -> str:
    """Write an answer in a language."""
    if question.kind == "choice":
        return words(answer.text or OTHER)
    if question.kind == "yes_no":
        return words(YES if answer.text == "1" else NO)
    if question.kind == "rating":
        return answer.words or words.number(float(answer.text))
    form = "money" if len(question.unit) == _CODE_LETTERS and question.unit.isupper() else "number"
    low = None if answer.low is None else words.value(answer.low, form, question.unit if form == "money" else "")
    last = (
        None
        if answer.high is None
        else answer.high - (1 if question.counted and form == "number" and answer.low is not None else 0)
    )
    high = None if last is None else words.value(last, form, question.unit if form == "money" else "")
    if low is None:
        return words(UNDER, high=high)
    if high is None:
        return words(FROM, low=low)
    return words(EXACTLY, low=low) if low == high else words(BETWEEN, low=low, high=high)


def _interval(row: dict[str, Any], words: Words) -> str:
    return words("{low} to {high}", low=words.percent(row["ci_low"]), high=words.percent(row["ci_high"]))
