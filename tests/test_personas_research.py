"""What the cards leave open becomes a research plan in the form of step 01."""

from personakit.collection_plan import PLAN_COLUMNS
from personakit.personas_edits import CardEdit, CardEdits, apply_edits
from personakit.personas_research import plan_research


def test_every_assumption_is_asked_about(small_run):
    """One question per open field, with the personas it concerns, the best source and how many people it takes."""
    edits = {small_run.personas.personas[0].name: CardEdits(persona=small_run.personas.personas[0].name, edits=[
        CardEdit(do="add", place="objections", text="Fears that it is too small", who="a", on="2026-01-01")])}  # fmt: skip
    personas = apply_edits(small_run.personas, small_run.profiles, edits)
    plan = plan_research(personas)
    assert list(plan.table.columns) == PLAN_COLUMNS
    assert any("Fears that it is too small" in asks for asks in plan.table["asks"])
    open_fields = {line.place for line in personas.assumptions}
    assert len(plan.table) >= len(open_fields) > 0
    assert plan.table["asks"].is_unique and plan.table["best_source"].ne("").all()
    interviews = plan.table[plan.table["best_source"] == "interviews"]
    named = interviews["topic"].str.count(",") + 1
    assert (interviews["still_needed"] == 12 * named).all()
    assert "Needs" not in set(plan.table["topic"].str.partition(" (")[0]), "needs are known on every card"
