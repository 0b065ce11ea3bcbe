"""Pictures of step 10."""

from personakit.render.charts_activation import NOTHING_TO_ASK, audiences_chart, not_sure_chart, screener_chart
from personakit.render.html import to_html


def test_curve_and_confusion(small_screener):
    """The curve has a point for each length, and each persona a row."""
    left, right = screener_chart(small_screener).axes
    assert list(left.lines[0].get_xdata()) == small_screener.curve["n_questions"].tolist()
    assert [label.get_text() for label in right.get_yticklabels()] == [small_screener.names[s] for s in (1, 2, 3, 4, 5)]


def test_what_not_sure_costs(small_screener):
    """Both lines stand over the same leads."""
    axis = not_sure_chart(small_screener).axes[0]
    assert list(axis.lines[0].get_xdata()) == list(axis.lines[1].get_xdata()) == small_screener.not_sure["lead"].tolist()


def test_in_a_notebook(small_screener):
    """The questions, how good they are, and each persona; texts of the study are escaped."""
    page = to_html(small_screener)
    assert page.count("<li dir") == 5 and "5 questions tell" in page and small_screener.names[1] in page


def test_without_a_screener():
    """Both pictures say in one sentence that there is none."""
    assert screener_chart(None) == not_sure_chart(None) == NOTHING_TO_ASK


def test_whose_persona_is_known(small_plan):
    """Bars add up to the customers with a persona."""
    axis = audiences_chart(small_plan.audiences).axes[0]
    assert sum(bar.get_width() for bar in axis.patches) == small_plan.audiences.customers["segment"].notna().sum()
