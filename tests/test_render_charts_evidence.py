"""Pictures of evidence: bars add up to the people, few people are not shown, and other tables are drawn with their interval."""

import pandas as pd
import pytest

from personakit.evidence import Figure
from personakit.features import Features
from personakit.render.charts_evidence import evidence_chart
from personakit.segmentation import segment_customers


@pytest.fixture(scope="module")
def town():
    """Sixty people in two groups: of the first 24 live in Oslo, 3 in Rauma and 3 in Turku, of the second all in Turku or Oslo."""
    index = [f"c{i:02d}" for i in range(60)]
    columns = {"wish": [0.0, 1.0] * 30, "town": ["Oslo", "Turku"] * 30, "spend": [float(i) for i in range(60)]}
    table = pd.DataFrame(columns, index=index).assign(member=[1.0, 0.0] * 30)
    table.loc[["c00", "c02", "c04"], "town"] = "Rauma"
    table.loc[["c06", "c08", "c10"], "town"] = "Turku"
    table.loc[["c01", "c03", "c05", "c07", "c09", "c11"], "town"] = "Oslo"
    about = {"kind": ["ordinal", "nominal", "amount", "binary"], "label": ["Wish", "Town", "Spend", "Member"],
             "unit": ["0 to 1", "", "", ""]}  # fmt: skip
    dictionary = pd.DataFrame(about, index=list(table.columns))
    return Features(table, dictionary), segment_customers(table, basis=["wish"], n_segments=2, family="kmeans")


def figure(segmentation, column, **more):
    own = int(segmentation.labels["c00"])
    return Figure(key="k", table="features", column=column, label=column, sources=["a.b"], segment=own, statistic="share",
                  estimate=0.5, n=30) .model_copy(update=more)  # fmt: skip


def widths(picture):
    axis = picture.axes[0]
    names = [label.get_text() for label in axis.get_yticklabels()]
    bars = [bar.get_width() for bar in axis.patches]
    return dict(zip(names, zip(bars[: len(names)], bars[len(names) :], strict=True), strict=True))


def test_bars_are_shares_of_each_side(town):
    """With nobody to protect: 24 of 30 in Oslo, 3 in Turku, 3 in Rauma; of the others 6 and 24."""
    features, segmentation = town
    picture = evidence_chart(figure(segmentation, "town"), features, segmentation, label="Town", min_cell=1)
    assert {name: [round(width) for width in both] for name, both in widths(picture).items()} == {
        "Oslo": [80, 20], "Turku": [10, 80], "Rauma": [10, 0]}  # fmt: skip
    assert [text.get_text() for text in picture.axes[0].get_legend().get_texts()] == [
        "this group (n = 30)", "everyone else (n = 30)"]  # fmt: skip


def test_few_people_do_not_follow_from_what_is_shown(town):
    """Three in Rauma and three in Turku are hidden together; the bar beside each goes too, since everybody is known."""
    features, segmentation = town
    for segment in (1, 2):
        own = figure(segmentation, "town", segment=segment)
        picture = evidence_chart(own, features, segmentation, label="Town")
        shown = {name: both for name, both in widths(picture).items() if both[0] > 0 or both[1] > 0}
        assert set(shown) == {"Oslo"} and "too few people" in picture.axes[0].get_xlabel()


def test_yes_and_no_are_named(town):
    """A yes-or-no feature has bars called so."""
    features, segmentation = town
    assert set(widths(evidence_chart(figure(segmentation, "member"), features, segmentation, label="Member"))) == {"yes", "no"}


def test_numbers_come_in_steps_that_hold_everybody(town):
    """Sixty different amounts stand in twelve steps; with no smallest group the bars of each side add up to 100."""
    features, segmentation = town
    found = widths(evidence_chart(figure(segmentation, "spend"), features, segmentation, label="Spend", min_cell=1))
    assert len(found) == 12 and next(iter(found)).startswith("up to ")
    assert sum(group for group, _ in found.values() if group > 0) == pytest.approx(100)


def test_nothing_is_drawn_of_too_few(town):
    """Where every bar is of too few people, a sentence stands in place of a picture."""
    features, segmentation = town
    said = evidence_chart(figure(segmentation, "town"), features, segmentation, label="Town", min_cell=50)
    assert said == "Fewer than 50 people stand behind each answer; they are not shown."


def test_other_tables_are_drawn_with_their_interval(town):
    """A figure of the journeys: its estimate, its interval, and everyone else; without an interval a sentence."""
    features, segmentation = town
    own = figure(segmentation, "reach", table="journeys", ci_low=0.4, ci_high=0.6, others=0.3, others_n=99)
    picture = evidence_chart(own, features, segmentation, label="Goes on")
    assert [line.get_xdata()[0] for line in picture.axes[0].lines] == [50, 30]
    bare = evidence_chart(own.model_copy(update={"ci_low": None}), features, segmentation, label="Goes on")
    assert bare == "Goes on: 0.50 (n = 30); there is no interval to draw."
