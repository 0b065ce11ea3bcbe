"""Moments that matter: what counts as a bottleneck, how many it concerns, and in money."""

import numpy as np
import pandas as pd
import pytest

from personakit.features_builder import DICTIONARY_COLUMNS
from personakit.journeys_moments import MOMENT_COLUMNS, feels_bad, find_bottleneck, rank_moments
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
    """50 points fewer go on by phone: 50 of the 100 customers who came that way."""
    found = find_bottleneck(1, "pay", market[2], DICTIONARY)
    assert (found.device, found.other_device, found.value, found.compared_with, found.n) == ("mobile", "desktop", 0.3, 0.8, 100)
    error = np.sqrt(0.3 * 0.7 / 99 + 0.8 * 0.2 / 99)
    assert found.customers[0] == pytest.approx(50)
    assert found.customers[1] == pytest.approx((0.5 - 1.96 * error) * 100, abs=0.3)
    assert len(found.evidence) == 2


def test_alike_or_few_is_no_bottleneck(market):
    """The same share on both devices, or fewer than 30 people, is nothing to mend."""
    table, labels, pieces = market
    assert find_bottleneck(2, "pay", pieces, DICTIONARY) is None
    few = (table.index % 4 == 0) | (labels == 2)
    profile = describe(table[few], DICTIONARY, labels[few], basis=[], min_cell=5, prefix="journeys")
    assert find_bottleneck(1, "pay", figures_of(profile, DICTIONARY, "journeys"), DICTIONARY) is None


def test_moments_are_ranked_in_customers_and_money(market):
    """Clear ones first; people who feel bad are counted, and only those who go on are worth an order."""
    table, labels, pieces = market
    found = rank_moments(table, DICTIONARY, labels, pieces, phases=["pay"], order_value={1: 40.0}, min_cell=5)
    assert list(found.columns) == MOMENT_COLUMNS
    first, second, third = (found.iloc[i] for i in range(3))
    assert (first["kind"], first["customers"], first["clear"], first["segment"]) == ("they feel bad", 100, True, 1)
    assert (second["kind"], second["where"], second["compared_to"]) == ("few go on", "mobile", "desktop")
    assert second["money"] == pytest.approx(40 * 50) and second["money_low"] < second["money"] < second["money_high"]
    assert (third["where"], third["customers"], third["clear"]) == ("till", 20, False)  # from fewer than 30 people
    assert np.isnan(first["money"]) and first["customers_low"] < 100 < first["customers_high"]
    assert not (found["segment"].eq(2) & found["clear"]).any()


def test_small_groups_who_feel_bad_are_not_counted(market):
    """Four people are too few to be shown."""
    table, labels, pieces = market
    table = table.assign(feel_pay=np.where(table.index < 4, -1.0, np.where(table["feel_pay"] < 0, 0.0, table["feel_pay"])))
    found = rank_moments(table, DICTIONARY, labels, pieces, phases=["pay"], order_value={}, min_cell=5)
    assert "pay" not in found.loc[(found["kind"] == "they feel bad") & (found["where"] == ""), "phase"].tolist()


def test_a_bad_feeling_has_to_be_certain(market):
    """-0.25 or below, the whole interval below 0, 30 people or more."""
    figure = market[2]["journeys|feel_pay||1"]
    assert feels_bad(figure)
    assert not feels_bad(figure.model_copy(update={"n": 29}))
    assert not feels_bad(figure.model_copy(update={"ci_high": 0.01}))
    assert not feels_bad(figure.model_copy(update={"estimate": -0.2}))
