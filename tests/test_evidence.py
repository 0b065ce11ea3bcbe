"""Claims and evidence: grades by the published rule, and claims that go through files."""

import pytest

from personakit.evidence import Claim, Figure, Voice, claim, grade_of


def figure(**changes):
    base = {
        "key": "k",
        "table": "features",
        "column": "c",
        "label": "C",
        "sources": ["survey.c"],
        "segment": 1,
        "statistic": "mean",
        "estimate": 4.0,
        "ci_low": 3.8,
        "ci_high": 4.2,
        "n": 100,
        "others": 3.0,
        "others_n": 200,
        "effect": 0.6,
        "effect_low": 0.4,
        "effect_high": 0.8,
        "effect_kind": "hedges_g",
    }
    return Figure(**(base | changes))


def voice(who):
    return Voice(key=f"interviews|{who}|1", source="interviews", document=who, line=1, customer=who, quote="It is far.")


@pytest.mark.parametrize(
    ("evidence", "asserts", "grade"),
    [
        ([], "difference", "assumed"),
        ([figure()], "difference", "strong"),
        ([figure(effect=-0.6, effect_low=-0.8, effect_high=-0.4)], "difference", "strong"),
        ([figure(effect=0.3, effect_low=0.1, effect_high=0.5)], "difference", "moderate"),
        ([figure(effect=0.6, effect_low=-0.1, effect_high=1.3)], "difference", "weak"),
        ([figure(n=29)], "difference", "weak"),
        ([figure(others_n=29)], "difference", "weak"),
        ([figure(effect=0.1, effect_low=0.05, effect_high=0.15)], "difference", "weak"),
        ([figure(effect=0.28, effect_low=0.2, effect_high=0.4, effect_kind="rank_biserial")], "difference", "strong"),
        ([figure(effect=0.1, effect_low=-0.1, effect_high=0.3)], "level", "strong"),
        ([figure(n=40)], "level", "moderate"),
        ([figure(effect=None, effect_kind=None, n=12)], "difference", "weak"),
        ([voice("a")], "difference", "weak"),
        ([voice("a"), voice("a"), voice("a")], "difference", "weak"),
        ([voice("a"), voice("b"), voice("c")], "difference", "moderate"),
    ],
)
def test_grades_follow_the_published_rule(evidence, asserts, grade):
    """Each line of the rule, and both sides of each limit."""
    assert grade_of(evidence, asserts=asserts) == grade


def test_claims_go_through_json_and_back():
    """A claim written as JSON is the same claim."""
    line = claim(2, "needs", "{label}: {value}", evidence=[figure(), voice("a")], label="Price", value=4.0)
    assert line.kind == "data"
    assert Claim.model_validate_json(line.model_dump_json()) == line


def test_a_claim_without_evidence_is_an_assumption():
    """Nothing to rest on makes an assumption, and says so."""
    line = claim(1, "quotes", "Not known")
    assert (line.kind, line.grade, line.evidence) == ("assumption", "assumed", [])
