"""Step 01, templates made for the study: interview guide, questionnaire, consent text and screener."""

from __future__ import annotations

from dataclasses import dataclass, field

from personakit.collection import Sources
from personakit.privacy_cells import small_cells
from personakit.study import Study

#: Questions of the interview guide, from the past and concrete to wishes; {phase} is filled in for each phase.
GUIDE_OPENING = (
    "Tell me a little about yourself and an ordinary week.",
    "When did you last buy something of this kind? Take me through it from the first thought to the end.",
    "What did you want to get done, and what would have happened if you had not bought anything?",
)
GUIDE_PHASE = "Phase “{phase}”: what did you do, where, and on which device? What was easy, what was hard, how did it feel?"
GUIDE_CLOSING = (
    "What else did you consider, and what decided it in the end?",
    "What annoys you most about shops like this one?",
    "What do you read, hear or watch, and whom do you ask for advice?",
    "If you could change one thing, what would it be?",
    "What have I not asked that I should have?",
)
GUIDE_ADVICE = (
    "Ask about what happened, not about what would happen.",
    "Be silent after a question; count to five.",
    "Follow up with: Can you give me an example? Why was that important?",
    "Write down words as they were said; mark the line when something surprises you.",
)
NEED_STATEMENTS = (
    "The lowest price",
    "The best quality",
    "Advice from somebody who knows",
    "That it goes quickly",
    "Products that spare nature",
    "That I feel safe and well looked after",
)
CONSENT_SENTENCES = (
    "Taking part is voluntary. You can skip questions and stop at any time.",
    "Your answers are kept apart from your name. Results are shown only for groups of {n} people or more.",
    "You can ask to see what is kept about you, and to have it deleted.",
)
CONSENT_BOXES = {
    "personas": "I agree that my answers are used to describe groups of customers.",
    "quotes": "I agree to be quoted without my name.",
    "marketing": "I agree to be contacted with offers.",
}
SCREENER_QUESTIONS = (
    "Have you bought something of this kind in the last twelve months?",
    "Do you or somebody in your household work in market research, advertising or this trade?",
    "Where did you buy it: on the web, on the phone, in a store?",
)
SCREENER_RULES = (
    "Invite: bought in the last twelve months.",
    "Do not invite: works in market research, advertising or this trade.",
    "Aim for all places of purchase.",
)
QUOTA_VARIABLES = ("gender", "region", "age")


@dataclass(frozen=True)
class Templates:
    """
    Everything that is needed to collect what is missing, in the words of the study.

    Attributes
    ----------
    study : Study
        The study they are made for.
    phases : list of str
        Phases of the journey, each a block of the interview guide.
    blocks : list of tuple
        Blocks of the questionnaire: name, kind, scale (or None), wordings, and the answers in words (or none).
    quotas : list of tuple
        Variable, answer and share of the customers, for the screener; small groups are left out.
    """

    study: Study
    phases: list[str]
    blocks: list[tuple[str, str, tuple[float, float] | None, list[str], list[str]]]
    quotas: list[tuple[str, str, float]] = field(default_factory=list)


def make_templates(study: Study, sources: Sources | None = None) -> Templates:
    """
    Make interview guide, questionnaire, consent text and screener for a study.

    Parameters
    ----------
    study : Study
        Its phases, questions and privacy rules go into the templates.
    sources : Sources, optional
        Clean sources; with them the screener gets quotas that mirror the customers.

    Returns
    -------
    Templates
        To be laid out by ``templates_page``, in any of the four languages. Wordings of the study keep their own language.
    """
    blocks: list[tuple[str, str, tuple[float, float] | None, list[str], list[str]]] = []
    if "survey" in study.sources:
        for name, block in study.sources["survey"].items.items():
            scale = (0.0, 10.0) if block.kind == "nps" else block.scale
            blocks.append((name, block.kind or "text", scale, list(block.columns.values()), block.levels or []))
    return Templates(study, list(study.journey.phases), blocks, _quotas(sources) if sources is not None else [])


def _quotas(sources: Sources) -> list[tuple[str, str, float]]:
    found: list[tuple[str, str, float]] = []
    if "customers" not in sources:
        return found
    customers = sources["customers"]
    for variable in [v for v in QUOTA_VARIABLES if v in customers.columns and customers.schema()[v].is_string()]:
        known = customers.filter(customers[variable].notnull())
        counts = known.group_by(variable).aggregate(n=known.count()).order_by(variable).to_pandas().set_index(variable)["n"]
        hidden = small_cells(counts, min_cell=sources.study.privacy.min_cell)
        found += [(variable, str(value), float(n / counts.sum())) for value, n in counts[~hidden].items()]
    return found
