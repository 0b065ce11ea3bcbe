"""Everybody's persona, and lists of those who agreed."""

from dataclasses import replace

import pandas as pd
import pytest

from personakit.activation_audiences import Audiences, build_audiences
from personakit.collection import Sources


def names_of(run):
    return {persona.segment: persona.name for persona in run.personas.personas}


def test_everybody_has_a_persona(small_run, small_plan):
    """Who answered keeps the segment of step 06; the others are told by facts."""
    customers = small_plan.audiences.customers
    own = small_run.segmentation.labels
    assert customers.loc[own.index, "segment"].astype(int).equals(own.rename("segment"))
    assert (customers.loc[own.index, "told_by"] == "answers").all()
    rest = customers.drop(own.index)
    told = small_plan.by_facts.tell(small_run.features.table.loc[rest.index])
    assert len(rest) > 100 and rest["segment"].astype("Int64").equals(told["segment"])
    assert rest["segment"].notna().mean() > 0.5 and rest["told_by"].eq("facts").equals(rest["segment"].notna())


def test_nobody_is_listed_without_consent(small_run, small_plan):
    """Lists count by hand from the register, and hold only people who agreed."""
    register = small_run.protected["customers"].to_pandas().set_index("customer_id")["agreed_marketing"]
    for segment in small_plan.names:
        assert register.loc[small_plan.audiences.of(segment).index].all()
    lists = small_plan.audiences.lists
    customers = small_plan.audiences.customers
    for row in lists[lists["listed"] > 0].itertuples():
        mine = customers[(customers["segment"] == row.segment) & (customers["channel"] == row.channel)]
        assert (
            row.listed == row.agreed == register.loc[mine.index].sum() == len(small_plan.audiences.of(row.segment, row.channel))
        )


def test_small_lists_are_withheld(small_plan):
    """Nothing under five people is on a list or in a number; who did not agree cannot be counted either."""
    lists = small_plan.audiences.lists
    small = lists[lists["listed"] == 0]
    assert len(small) and small["agreed"].isna().all() and small["note"].eq("fewer than 5 people: withheld").all()
    for column in ("customers", "agreed"):
        assert lists[column].dropna().ge(5).all()
    gap = (lists["customers"] - lists["agreed"]).dropna()
    assert ((gap == 0) | (gap >= 5)).all()
    for row in small.itertuples():
        assert small_plan.audiences.of(row.segment, row.channel).empty
    assert small_plan.audiences.anonymity["smallest_group"].min() >= 5


def test_without_consent_in_the_study(small_run):
    """Nobody is listed, and the note says which line of the study file would allow it."""
    table = small_run.protected["customers"].drop("agreed_marketing")
    sources = Sources(small_run.study, {**small_run.protected.tables, "customers": table}, small_run.protected.connection)
    found = build_audiences(sources, small_run.features, small_run.segmentation, names_of(small_run))
    assert (found.lists["listed"] == 0).all() and found.anonymity.empty
    assert found.notes == ["Nobody was asked for consent to marketing: name the column in privacy.consent.marketing of the study "
                           "file."]  # fmt: skip
    assert found.customers["segment"].isna().any()


def test_a_useless_screener_is_left_aside(small_run, small_screener):
    """Customers without a segment then stay without a persona, and the note says so."""
    useless = replace(small_screener, useful=False)
    found = build_audiences(
        small_run.protected, small_run.features, small_run.segmentation, names_of(small_run), by_facts=useless
    )
    assert found.customers["segment"].notna().sum() == len(small_run.segmentation.labels)
    assert found.notes == ["Customers without a segment stay without a persona: facts tell no more than the commonest persona."]


def test_the_channel_is_the_one_used_most(small_run, small_plan):
    """Counted from the events by hand; with as many of two, the first by its name."""
    events = small_run.protected["events"].to_pandas().dropna(subset=["customer_id", "channel"])
    counts = events.groupby(["customer_id", "channel"]).size().reset_index(name="n")
    first = counts.sort_values(["customer_id", "n", "channel"], ascending=[True, False, True]).drop_duplicates("customer_id")
    expected = first.set_index("customer_id")["channel"]
    found = small_plan.audiences.customers["channel"]
    assert (found.loc[expected.index] == expected).all() and (found.drop(expected.index) == "any").all()


def test_files_and_names(small_plan):
    """Parts give the same audiences back; other names are taken over everywhere."""
    again = Audiences.from_parts(small_plan.audiences.parts())
    assert again.lists.equals(small_plan.audiences.lists)
    renamed = again.renamed({small_plan.names[1]: "Zoe"})
    assert set(renamed.lists.loc[renamed.lists["segment"] == 1, "persona"]) == {"Zoe"}
    assert set(renamed.customers.loc[renamed.customers["segment"] == 1, "persona"]) == {"Zoe"}
    with pytest.raises(AssertionError):
        pd.testing.assert_frame_equal(renamed.customers, again.customers)
