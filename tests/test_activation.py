"""What each team can do tomorrow: all parts together, from any subset of sources."""

from dataclasses import replace

import personakit as pk
from personakit.activation import ActivationPlan
from personakit.activation_lines import OPEN
from personakit.activation_spending import NEEDS_CAMPAIGNS
from personakit.locale import Words
from personakit.render.html import to_html


def test_parts_and_back(small_run, small_plan):
    """Files give the same plan; it shows itself in a notebook."""
    again = ActivationPlan.from_parts(small_plan.parts(), small_run.segmentation)
    assert again.screener.to_json() == small_plan.screener.to_json() and again.by_facts.to_json() == small_plan.by_facts.to_json()
    assert again.recruiting.calls.equals(small_plan.recruiting.calls) and again.notes == small_plan.notes == []
    assert again.lines == small_plan.lines and again.matrix.equals(small_plan.matrix)
    assert again.spending.split.table.equals(small_plan.spending.split.table) and again.spending.lines() == [
        line for line in small_plan.lines if line.place == "marketing|budget"]  # fmt: skip
    page = to_html(again)
    assert "questions tell" in page and "customers by their own answers" in page


def test_the_screener_asks_what_anybody_can_answer(small_plan):
    """Nothing from the orders; the one for everybody else asks only for facts."""
    asked = {question.name for question in small_plan.screener.questions}
    assert not asked & {"order_count", "favourite_category"}
    from personakit.screener_questions import FACTS

    assert {question.name for question in small_plan.by_facts.questions} <= set(FACTS)


def test_other_names(small_plan):
    """People's names for personas are taken over by rules, lists and calls."""
    renamed = small_plan.renamed({1: "Zoe"})
    assert renamed.names[1] == renamed.screener.names[1] == renamed.rules["persona_rule"].names[1] == "Zoe"
    assert set(renamed.recruiting.calls.query("segment == 1")["persona"]) == {"Zoe"}
    assert {line.params["name"] for line in renamed.at(1, "product|stories")} == {"Zoe"}


def test_orders_alone(write_study):
    """Without a survey and consent there are rules and personas, and notes say what would allow the rest."""
    orders = pk.simulate_shop(n_customers=200, n_survey=40, random_state=3).tables["orders"][
        ["customer_id", "ordered_at", "amount"]
    ]
    study = pk.open_study(write_study("study: T\nas_of: 2026-06-30\nsources: {orders: {path: orders.csv}}", orders=orders))
    sources = pk.protect(pk.check_quality(pk.load_sources(study)).clean)
    features = pk.build_features(sources)
    segmentation = pk.segment_customers(features, basis=pk.choose_basis(features, study.segmentation), n_segments=3)
    profiles = pk.profile_segments(features, segmentation)
    personas = pk.write_personas(profiles, segmentation, study=study)
    plan = pk.plan_activation(sources, features, segmentation, personas, profiles)
    assert plan.audiences.customers["segment"].notna().sum() == len(segmentation.labels)
    assert [question.name for question in plan.screener.questions] == ["order_count"]
    assert "Nobody was asked for consent" in plan.notes[-1] and plan.recruiting.calls.empty
    assert plan.notes[0] == NEEDS_CAMPAIGNS and plan.spending.split is None and plan.matrix.empty
    assert not any("consent" in Words(language)(plan.notes[-1]).replace("privacy.consent", "") for language in ("nb", "fi", "fa"))
    assert {line.message for line in plan.at(1, "service|come_for")} == {OPEN} and len(plan.lines) > 10


def test_one_group_alone(small_run):
    """With nothing to segment there is no screener, and the plan says why."""
    one = pk.segment_customers(small_run.features, basis=small_run.segmentation.basis, n_segments=1)
    card = small_run.personas.personas[0]
    personas = replace(small_run.personas, personas=[card])
    profiles = pk.profile_segments(small_run.features, one)
    plan = pk.plan_activation(small_run.protected, small_run.features, one, personas, profiles)
    assert plan.screener is None and "two or more segments" in plan.notes[0]
    assert set(plan.audiences.customers["persona"].dropna()) == {card.name} and list(plan.rules) == ["persona_rule"]
    again = ActivationPlan.from_parts(plan.parts(), one)
    assert again.screener is None and again.notes == plan.notes
    for language, words in {"nb": "to eller flere segmenter", "fi": "kaksi segmenttiä", "fa": "دو بخش یا بیشتر"}.items():
        assert words in Words(language)(again.notes[0]) and "[1]" in Words(language)(again.notes[0])
