"""How many people of each persona to talk to, and whom to call."""

from dataclasses import replace

import pytest

import personakit as pk
from personakit.activation_recruiting import plan_recruiting


@pytest.mark.parametrize(("personas", "people"), [(1, 5), (2, 4), (3, 3), (5, 3)])
def test_fewer_people_for_more_personas(small_plan, personas, people):
    """Five for one, four each for two, three each for more; three calls for each."""
    audiences = replace(small_plan.audiences, lists=small_plan.audiences.lists.query(f"segment <= {personas}"))
    plan = plan_recruiting(audiences)
    assert plan.quotas["people"].tolist() == [people] * personas
    assert plan.quotas["to_call"].tolist() == [3 * people] * personas


def test_core_and_edge(small_plan):
    """A third of the calls goes to the edge; borderline people are never called clear; everybody agreed and is called once."""
    calls = small_plan.recruiting.calls
    assert calls["customer_id"].is_unique
    for segment, own in calls.groupby("segment"):
        assert own["place"].value_counts().to_dict() == {"core": 6, "edge": 3}
        assert own["order"].tolist() == list(range(1, 10))
        assert set(own["customer_id"]) <= set(small_plan.audiences.of(segment).index)
        assert own.loc[own["place"] == "core", "certainty"].min() >= own.loc[own["place"] == "edge", "certainty"].max()
        assert own.loc[own["place"] == "core", "borderline_with"].isna().all()


def test_seed_and_short_lists(small_plan):
    """The same seed calls the same people, another one others; a list that is too short says so."""
    audiences = small_plan.audiences
    assert plan_recruiting(audiences).calls.equals(small_plan.recruiting.calls)
    assert not plan_recruiting(audiences, random_state=2).calls["customer_id"].equals(small_plan.recruiting.calls["customer_id"])
    many = plan_recruiting(audiences, people=1_000)
    assert many.quotas["short"].all() and (many.quotas["to_call"] == many.quotas["available"]).all()
    few = replace(audiences, lists=audiences.lists.assign(listed=0))
    none = plan_recruiting(few)
    assert none.calls.empty and none.quotas["available"].isna().all() and none.quotas["short"].all()


def test_strange_numbers(small_plan):
    """Both have to be at least one."""
    with pytest.raises(pk.DataError, match="people 0, calls_per_person 3: both have to be at least 1"):
        plan_recruiting(small_plan.audiences, people=0)
