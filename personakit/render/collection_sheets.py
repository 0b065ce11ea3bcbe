"""The templates for collecting data as one page to copy, change and print."""

from __future__ import annotations

from typing import Any

from personakit.collection_templates import (
    CONSENT_BOXES,
    CONSENT_SENTENCES,
    GUIDE_ADVICE,
    GUIDE_CLOSING,
    GUIDE_OPENING,
    GUIDE_PHASE,
    NEED_STATEMENTS,
    SCREENER_QUESTIONS,
    SCREENER_RULES,
    Templates,
)  # fmt: skip
from personakit.locale import Words
from personakit.render.pages import page_of

LEADS = {
    "likert": "How important is each of these to you? 1 is not at all, {high} is very.",
    "csat": "How satisfied are you? 1 is not at all, {high} is very.",
    "nps": "How likely are you to recommend us to a friend? 0 is not at all, 10 is very.",
    "pick_any": "Which of these apply to you?",
    "binary": "Which of these apply to you?",
    "text": "In your own words:",
}
OTHER_LEAD = "Please answer:"
TRAP = "To show that you read this, please mark {n} here."
FACTS = ("Year of birth", "Gender", "Place where you live", "Occupation")
LAST_QUESTION = "What should we do better?"
_SECONDS_PER_ITEM, _INVITATIONS = 8, 60


def templates_page(templates: Templates, *, language: str) -> str:
    """
    Lay out interview guide, questionnaire, consent text and screener.

    Parameters
    ----------
    templates : Templates
        Made for a study.
    language : {"en", "nb", "fi", "fa"}
        Language of the templates; wordings of the study keep their own.

    Returns
    -------
    str
        HTML.
    """
    study = templates.study
    words = Words(language, study.currency)
    about = {"title": study.study, "question": study.question, "as_of": str(study.as_of), "synthetic": False,
             "min_cell": study.privacy.min_cell}  # fmt: skip
    blocks = _blocks(templates, words)
    guide = [words(q) for q in GUIDE_OPENING]
    guide += [words(GUIDE_PHASE, phase=words(phase)) for phase in templates.phases]
    guide += [words(q) for q in GUIDE_CLOSING]
    small = words.number(study.privacy.min_cell)
    consent = [words(s, n=small) if "{n}" in s else words(s) for s in CONSENT_SENTENCES]
    if study.privacy.retention_months:
        consent.append(words("Results are kept for {n} months.", n=words.number(study.privacy.retention_months)))
    quotas = [{"trait": words(variable.capitalize()), "answer": words(value), "share": words.percent(share),
               "n": words.number(round(share * _INVITATIONS))} for variable, value, share in templates.quotas]  # fmt: skip
    n_questions = sum(len(block["wordings"]) for block in blocks)
    return page_of(
        "collection.html", words, about, guide=guide, advice=GUIDE_ADVICE, blocks=blocks, consent=consent,
        boxes=list(CONSENT_BOXES.values()),
        screener=SCREENER_QUESTIONS, rules=SCREENER_RULES, quotas=quotas, invitations=_INVITATIONS,
        controller=study.privacy.controller or study.study, reason=study.privacy.reason or study.question or study.study,
        minutes=max(round(n_questions * _SECONDS_PER_ITEM / 60), 2),
    )  # fmt: skip


def _blocks(templates: Templates, words: Words) -> list[dict[str, Any]]:
    """Blocks of the questionnaire: the study's own, or needs to start from; with a question that shows who reads."""
    own = templates.blocks or [("needs", "likert", (1.0, 5.0), [words(s) for s in NEED_STATEMENTS], [])]
    blocks: list[dict[str, Any]] = []

    def add(lead: str, answers: list[str], wordings: list[str]) -> None:
        blocks.append({"number": words.number(len(blocks) + 1), "lead": lead, "answers": answers, "wordings": wordings})

    trapped = False
    for _, kind, scale, wordings, levels in own:
        low, high = scale if scale else (1.0, 5.0)
        answers = [words.number(n) for n in range(int(low), int(high) + 1)] if kind in {"likert", "csat", "nps"} else []
        answers = [words("yes"), words("no")] if kind in {"pick_any", "binary"} else answers
        answers = levels or answers
        lead = LEADS.get(kind, OTHER_LEAD) if not levels else OTHER_LEAD
        asked = list(wordings)
        if kind == "likert" and len(asked) > 3 and not trapped:
            asked.insert(len(asked) // 2, words(TRAP, n=levels[-2] if levels else words.number(int(high) - 1)))
            trapped = True
        add(words(lead, high=words.number(int(high))) if "{high}" in lead else words(lead), answers, asked)
    if not any(kind == "text" for _, kind, *_ in own):
        add(words(LEADS["text"]), [], [words(LAST_QUESTION)])
    add(words(OTHER_LEAD), [], [words(fact) for fact in FACTS])
    return blocks
