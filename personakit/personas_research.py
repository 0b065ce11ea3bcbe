"""Step 08, from assumptions to research: what the cards leave open becomes a plan in the form of step 01."""

from __future__ import annotations

import pandas as pd

from personakit.collection_plan import INTERVIEWS_PER_SEGMENT, PLAN_COLUMNS, CollectionPlan, answers_needed
from personakit.evidence import Claim
from personakit.personas_lines import UNKNOWN_DETAIL
from personakit.personas_model import FIELD_NAMES, Personas

#: Which source answers a field best; the rest is asked in a survey.
_BEST = {"goals": "interviews", "jobs": "interviews", "triggers": "interviews", "objections": "interviews",
         "quotes": "interviews", "frustrations": "interviews", "behaviours": "events", "products": "orders"}  # fmt: skip


def plan_research(personas: Personas, *, margin: float = 0.10) -> CollectionPlan:
    """
    Turn everything that is assumed or not known on the cards into questions, with the best source for each.

    Parameters
    ----------
    personas : Personas
        The cards, best with people's edits.
    margin : float
        How exactly shares have to be known in the smallest segment: half the width of the 95 % interval.

    Returns
    -------
    CollectionPlan
        One row per assumption, in the form of :func:`personakit.plan_collection`; ``topic`` names the field and the
        personas, ``asks`` says what to find out.
    """
    smallest = min((card.n for card in personas.personas), default=1) / max(int(personas.about["customers"]), 1)
    answers = answers_needed(margin=margin, smallest_segment=max(smallest, 0.01))
    asked: dict[str, tuple[Claim, list[str]]] = {}
    for card in personas.personas:
        for line in card.claims:
            if line.grade == "assumed":
                asked.setdefault(_question(line), (line, []))[1].append(card.name)
    rows = []
    for question, (line, names) in asked.items():
        best = "customers" if line.message == UNKNOWN_DETAIL else _BEST.get(line.place, "survey")
        needed, why = _effort(best, len(names), answers, margin, smallest)
        rows.append(dict.fromkeys(PLAN_COLUMNS) | {
            "topic": f"{FIELD_NAMES.get(line.place, line.place)} ({', '.join(names)})", "asks": question, "status": "missing",
            "source": "", "rests_on": "", "rows": 0, "customers": 0, "best_source": best, "still_needed": needed, "why": why,
        })  # fmt: skip
    return CollectionPlan(personas.about["question"], pd.DataFrame(rows, columns=PLAN_COLUMNS))


def _question(line: Claim) -> str:
    if line.kind == "edited":
        return f"Is it so, and for how many of them: {line.params.get('text', '')}?"
    if line.message == UNKNOWN_DETAIL:
        return f"What is their {str(line.params['label']).lower()}?"
    return {
        "goals": "What do they want to reach?", "needs": "What do they need from us?", "values": "What do they value?",
        "frustrations": "What gets in their way?", "triggers": "What made them decide the last time?",
        "objections": "What nearly kept them from it?", "interests": "What do they like to do?",
        "behaviours": "What do they do before and after they buy?", "products": "What do they buy?",
        "channels": "Through which channels do they come?", "media": "What do they read, hear and watch?",
        "satisfaction": "How satisfied are they?", "quotes": "How do they say it in their own words?",
    }.get(line.place, "What is known about it?")  # fmt: skip


def _effort(best: str, personas: int, answers: int, margin: float, smallest: float) -> tuple[int | None, str]:
    if best == "interviews":
        return INTERVIEWS_PER_SEGMENT * personas, f"{INTERVIEWS_PER_SEGMENT} conversations for each of {personas} personas"
    if best == "survey":
        return answers, f"shares to ±{margin:.0%} in a segment of {smallest:.0%} of the customers"
    return None, "an export of what is already recorded; nobody has to be asked"
