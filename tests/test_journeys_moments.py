"""Moments that matter: what counts as a bottleneck, how many it concerns, and in money."""

import numpy as np
import pandas as pd
import pytest

from personakit.features_builder import DICTIONARY_COLUMNS
from personakit.journeys_moments import MOMENT_COLUMNS, feels_bad, find_bottlenecks, rank_moments
from personakit.profiling import describe, figures_of


def dictionary_of(**columns):
    rows = {name: dict.fromkeys(DICTIONARY_COLUMNS, "") | {"label": name, "message": name, "phase": "pay"} | entry
            for name, entry in columns.items()}  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index", columns=DICTIONARY_COLUMNS)


DICTIONARY = dictionary_of(**{
    "go_on_pay": {"kind": "share", "unit": "share", "group": "go_on"},
    "go_on_pay@device=mobile": {"kind": "share", "unit": "share", "group": "device", "about": "mobile"},
    "go_on_pay@device=desktop": {"kind": "share", "unit": "share", "group": "device", "about": "desktop"},
    "feel_pay": {"kind": "number", "group": "feel"}, "feel_at_till": {"kind": "number", "group": "feel_at", "about": "till"},
})  # fmt: skip


@pytest.fixture
def market():
    """Two segments of 200: in the first 30 of 100 go on by phone and 80 of 100 at a desk, in the second 70 of 100 on both."""
    on_phone = np.r_[np.repeat([1.0, 0.0], [30, 70]), np.full(100, np.nan), np.repeat([1.0, 0.0], [70, 30]), np.full(100, np.nan)]
    at_desk = np.r_[np.full(100, np.nan), np.repeat([1.0, 0.0], [80, 20]), np.full(100, np.nan), np.repeat([1.0, 0.0], [70, 30])]
    felt = np.r_[np.tile([-1.0, -1.0, 0.0, 1.0], 50), np.tile([1.0, 0.5], 100)]
    at_till = np.where(np.arange(400) < 20, -2.0, np.nan)
    table = pd.DataFrame({"go_on_pay": np.where(np.isnan(on_phone), at_desk, on_phone), "go_on_pay@device=mobile": on_phone,
                          "go_on_pay@device=desktop": at_desk, "feel_pay": felt, "feel_at_till": at_till})  # fmt: skip
    labels = pd.Series(np.repeat([1, 2], 200), index=table.index)
    profile = describe(table, DICTIONARY, labels, basis=[], min_cell=5, prefix="journeys")
    return table, labels, figures_of(profile, DICTIONARY, "journeys")


def test_a_bottleneck_names_device_and_size(market):
    """30 of 100 go on by phone; elsewhere 80 of 100 at a desk and 70 of 100 of the others by phone."""
    table, labels, pieces = market
    found = find_bottlenecks(table, DICTIONARY, labels, pieces)[1, "pay"]
    assert (found.device, found.value, found.n, found.clear) == ("mobile", 0.3, 100, True)
    assert found.compared_with == pytest.approx(0.75) and found.customers[0] == pytest.approx(45)
    error = np.sqrt(0.3 * 0.7 / 99 + 0.75 * 0.25 / 199)
    assert found.customers[1] == pytest.approx((0.45 - 1.96 * error) * 100, abs=0.01)
    assert found.errors == pytest.approx(0.45 / np.sqrt(0.75 * 0.25 * 200 / 199 * (1 / 100 + 1 / 200)))
    assert [figure.column for figure in found.evidence] == ["go_on_pay@device=mobile", "go_on_pay@device=desktop"]


def test_alike_or_few_is_no_bottleneck(market):
    """The same share on both devices, or fewer than 30 people, is nothing to mend."""
    table, labels, pieces = market
    assert not find_bottlenecks(table, DICTIONARY, labels, pieces)[2, "pay"].clear
    few = pd.Series((table.index % 4 == 0) | (labels == 2).to_numpy(), index=table.index)
    found = find_bottlenecks(table[few], DICTIONARY, labels[few], pieces)
    assert found[1, "pay"].device == ""  # 25 by phone and 25 at a desk: only both together are enough


def test_low_on_every_device_is_the_phase_and_not_the_device(market):
    """When the persona's desk is as low as its phone, the whole phase is named."""
    table, labels, _ = market
    low = table["go_on_pay@device=mobile"].iloc[:100].to_numpy()
    at_desk = table["go_on_pay@device=desktop"].to_numpy().copy()
    at_desk[100:200] = low
    both = table.assign(
        **{"go_on_pay@device=desktop": at_desk, "go_on_pay": table["go_on_pay@device=mobile"].fillna(pd.Series(at_desk))}
    )
    pieces = figures_of(describe(both, DICTIONARY, labels, basis=[], min_cell=5, prefix="journeys"), DICTIONARY, "journeys")
    found = find_bottlenecks(both, DICTIONARY, labels, pieces)[1, "pay"]
    assert (found.device, found.clear, found.n) == ("", True, 200)


def test_what_made_the_segments_is_no_bottleneck(market):
    """Segments made from the same events differ by construction: only the devices of one persona are compared with each other."""
    table, labels, pieces = market
    found = find_bottlenecks(table, DICTIONARY, labels, pieces, untested={"go_on_pay"})
    assert (found[1, "pay"].device, found[1, "pay"].compared_with, found[1, "pay"].clear) == ("mobile", 0.8, True)
    assert all(one.device for one in found.values())
    alone = DICTIONARY.drop(index=[name for name in DICTIONARY.index if "@" in name])
    assert find_bottlenecks(table, alone, labels, pieces, untested={"go_on_pay"}) == {}


def test_moments_are_ranked_in_customers_and_money(market):
    """Clear ones first; people who feel bad are counted, and only those who go on are worth an order."""
    table, labels, pieces = market
    stuck = find_bottlenecks(table, DICTIONARY, labels, pieces)
    found = rank_moments(table, DICTIONARY, labels, pieces, bottlenecks=stuck, order_value={1: 40.0}, min_cell=5)
    assert list(found.columns) == MOMENT_COLUMNS
    first, second, third = (found.iloc[i] for i in range(3))
    assert (first["kind"], first["customers"], first["clear"], first["segment"]) == ("they feel bad", 100, True, 1)
    assert (second["kind"], second["where"], second["compared_to"]) == ("few go on", "mobile", "elsewhere")
    assert second["money"] == pytest.approx(40 * 45) and second["money_low"] < second["money"] < second["money_high"]
    assert (third["where"], third["customers"], third["clear"]) == ("till", 20, False)  # from fewer than 30 people
    assert np.isnan(first["money"]) and first["customers_low"] < 100 < first["customers_high"]
    assert not (found["segment"].eq(2) & found["clear"]).any()


def test_small_groups_who_feel_bad_are_not_counted(market):
    """Four people are too few to be shown."""
    table, labels, pieces = market
    table = table.assign(feel_pay=np.where(table.index < 4, -1.0, np.where(table["feel_pay"] < 0, 0.0, table["feel_pay"])))
    found = rank_moments(table, DICTIONARY, labels, pieces, bottlenecks={}, order_value={}, min_cell=5)
    assert "pay" not in found.loc[(found["kind"] == "they feel bad") & (found["where"] == ""), "phase"].tolist()


def test_a_bad_feeling_has_to_be_certain(market):
    """-0.25 or below, the whole interval below 0, 30 people or more."""
    figure = market[2]["journeys|feel_pay||1"]
    assert feels_bad(figure)
    assert not feels_bad(figure.model_copy(update={"n": 29}))
    assert not feels_bad(figure.model_copy(update={"ci_high": 0.01}))
    assert not feels_bad(figure.model_copy(update={"estimate": -0.2}))
