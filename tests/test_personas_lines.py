"""Lines: the same figure in full, in short, and joined with others."""

from personakit import personas_lines as say
from personakit.evidence import Figure
from personakit.locale import Words
from personakit.personas_lines import format_of, is_minority, joint_line, line_of, thing_of


def figure(**more):
    plain = {"key": "features|a||1", "table": "features", "column": "a", "label": "Advice", "unit": "1 to 5", "segment": 1,
             "sources": ["survey.a"], "statistic": "mean", "estimate": 4.4, "ci_low": 4.2, "ci_high": 4.6, "n": 90,
             "others": 2.5, "others_n": 200, "effect": 1.1, "effect_low": 0.9, "effect_high": 1.3,
             "effect_kind": "hedges_g"}  # fmt: skip
    return Figure(**plain | more)


def test_numbers_stand_on_the_back_and_not_on_the_face():
    """In full with the value and that of everyone else; in short the thing alone."""
    line = line_of(figure(), "needs")
    assert Words("en").claim(line) == "Advice: 4.4 of 5 (others 2.5)"
    assert Words("en").thing(line) == "Advice"


def test_a_minority_keeps_its_number():
    """What less than half of them do is not said of all."""
    few = figure(statistic="share", estimate=0.35, others=0.1, unit="", effect_kind="cohens_h")
    assert is_minority(few) and not is_minority(figure(statistic="share", estimate=0.6, unit=""))
    assert Words("en").thing(line_of(few, "interests")) == "Advice (35%)"
    assert Words("fa").thing(line_of(few, "interests")).endswith("(۳۵٪)")


def test_an_answer_or_channel_is_the_thing():
    """A category, or the value in a label, says what a figure is about."""
    assert thing_of(figure(category="yes")) == {"label": "yes"}
    assert thing_of(figure(label="Share of orders by {value}", label_value="web")) == {"label": "web"}


def test_joined_lines_are_as_strong_as_their_weakest_part():
    """A line that joins a strong and a moderate difference is moderate."""
    weaker = figure(key="features|b||1", column="b", label="Price", effect=0.3, effect_low=0.1, effect_high=0.5)
    line = joint_line(1, "essence", say.ESSENCE_LIKES, {"want": figure(), "likes": weaker})
    assert line.grade == "moderate" and len(line.evidence) == 2
    assert Words("en").claim(line) == "Wants “Advice”; likes “Price”"


def test_formats_of_figures():
    """Shares in percent, money as money, points on their scale."""
    assert [format_of(figure(unit=unit)) for unit in ("share", "EUR", "1 to 5", "-2 to 2", "years")] == [
        "percent", "money", "scale", "signed", "number"]  # fmt: skip
    assert format_of(figure(statistic="total_share")) == "percent"
