"""What stands before the maps: moments with their evidence, the flow, and what the log was like."""

from dataclasses import replace

import pandas as pd
import pytest

from personakit.locale import Words
from personakit.render.journey_maps import journeys_page
from personakit.render.journeys_overview import journeys_overview


def overview_of(journeys, language="en"):
    return journeys_overview(journeys, Words(language), journeys.names)


def test_clear_moments_lead_to_their_cell(small_run):
    """Each clear moment names persona, phase, customers and money, and the cell with its evidence; others are left out."""
    clear = small_run.journeys.moments[small_run.journeys.moments["clear"].astype(bool)]
    assert len(clear)
    shown = overview_of(small_run.journeys)["moments"]
    assert len(shown) == min(len(clear), 8)
    cells = {cell.id: cell for cell in small_run.journeys.claims}
    for moment, row in zip(shown, clear.to_dict("records"), strict=False):
        assert cells[moment["place"]].evidence and cells[moment["place"]].segment == row["segment"]
        assert moment["customers"].startswith(Words("en").number(round(row["customers"])))
        assert bool(moment["money"]) == (not pd.isna(row["money"]))
    page = journeys_page(small_run.journeys, language="en")
    assert page.count('class="ref" href="#m') >= len(shown) and "Moments that matter most" in page


def test_nothing_clear_is_said(small_run):
    """Instead of an empty table."""
    none = replace(small_run.journeys, moments=small_run.journeys.moments.assign(clear=False))
    assert "No clear bottleneck" in journeys_page(none, language="en")


@pytest.mark.parametrize("language", ["en", "nb", "fi", "fa"])
def test_the_flow_lies_inside_its_drawing(small_run, language):
    """In all languages; Persian is mirrored."""
    flow, mirrored = (overview_of(small_run.journeys, lang)["flow"] for lang in ("en", "fa"))
    shown = overview_of(small_run.journeys, language)["flow"]
    for box in shown["boxes"]:
        assert (
            0 <= box["x"] <= shown["width"] - shown["box"] and 0 <= box["y"] <= box["y"] + box["height"] <= shown["depth"] + 0.2
        )
    assert [box["x"] for box in mirrored["boxes"]] == pytest.approx(
        [flow["width"] - flow["box"] - box["x"] for box in flow["boxes"]]
    )


def test_where_journeys_begin_and_end(small_run):
    """Shares of all journeys, the commonest first; first touches of all touchpoints make up all journeys."""
    journeys, shown = small_run.journeys, overview_of(small_run.journeys)
    first = journeys.transitions[journeys.transitions["from"] == ""].set_index("to")["transitions"]
    starts = journeys.about["log"]["starts"]
    assert [row["n"] for row in shown["begin"]] == [Words("en").number(n) for n in first.sort_values(ascending=False).head(5)]
    assert shown["begin"][0]["share"].startswith(Words("en").percent(first.max() / starts))
    assert 0.9 < first.sum() / starts <= 1 and 1 <= len(shown["end"]) <= 5


def test_what_happened_to_the_log_is_said(small_run):
    """Bots, repeats, ties and rows out of order, with their numbers; without events nothing is said."""
    log = {"events": 1000, "customers": 90, "starts": 200, "ties": 3, "doubles": 2, "backwards": 7,
           "set_aside": {"repeats an earlier row": 11, "bots: faster, steadier or longer than a person": 40}}  # fmt: skip
    about, none = small_run.journeys.about | {"log": log}, small_run.journeys.transitions.iloc[:0]
    said = " ".join(overview_of(replace(small_run.journeys, about=about, transitions=none))["log"])
    for words in ("90 customers in 200 journeys", "repeat an earlier one, left out: 11", "from bots, left out: 40",
                  "order of the file: 3", "touchpoint twice at one moment: 2", "put in order: 7", "UTC"):  # fmt: skip
        assert words in said
    assert overview_of(replace(small_run.journeys, about=small_run.journeys.about | {"log": {}}))["log"] == []
