"""Hand-outs for a workshop: an empty persona card, an empathy map and a role card, to print or to fill on the screen."""

from __future__ import annotations

from personakit.locale import Words
from personakit.personas_model import FIELD_NAMES
from personakit.render.pages import about_blank, page_of
from personakit.study import Study

#: Fields of the empty persona card, and what to ask oneself in each.
CARD_FIELDS = {
    "who": "Age, place, household, work",
    "quotes": "Word for word, and who said it",
    "goals": "What do they want to reach?",
    "needs": "What do they need to get on?",
    "frustrations": "What is hard, slow or annoying?",
    "triggers": "What made them decide the last time?",
    "objections": "What held them back?",
    "channels": "Where do they meet us, and on which device?",
    "do": "What do we do differently for them?",
    "avoid": "What would drive them away?",
}
#: Parts of the empathy map, and what belongs there.
EMPATHY = {
    "Says": "Word for word, and who said it",
    "Thinks": "What matters to them, but is not said aloud?",
    "Does": "What did somebody see them do?",
    "Feels": "Frustration, joy, doubt or enthusiasm?",
    "Pains": "What is hard, slow or annoying?",
    "Gains": "What would make it good for them?",
}
#: What the one who plays the customer needs to know, and what the one who watches writes down.
ROLE = {
    "You are": "Name, age, and what you do",
    "You want": "What shall be done when you leave?",
    "What has happened": "What have you tried before you came?",
    "How you talk": "Short or long, patient or in a hurry?",
    "What annoys you": "What makes you leave?",
    "You are content when": "How does the other one know that it went well?",
}
OBSERVER = {
    "What helped": "Which word or deed made it better?",
    "What made it worse": "Where did it turn?",
    "Which persona was it?": "By what did you notice?",
    "One thing to try tomorrow": "Who does it?",
}


def handouts_page(study: Study, *, language: str) -> str:
    """
    Lay out the hand-outs, one A4 sheet each.

    Parameters
    ----------
    study : Study
        For its name.
    language : {"en", "nb", "fi", "fa"}
        Language of the page.

    Returns
    -------
    str
        HTML; on the screen every field can be written into. It asks nothing from outside and keeps nothing elsewhere.
    """
    words = Words(language, study.currency, study.cards.calendar)

    def fields(names: dict[str, str]) -> list[dict[str, str]]:
        return [{"name": words(FIELD_NAMES.get(name, name)), "hint": words(hint)} for name, hint in names.items()]

    return page_of("handouts.html", words, about_blank(study), card=fields(CARD_FIELDS), empathy=fields(EMPATHY),
                   role=fields(ROLE), observer=fields(OBSERVER))  # fmt: skip
