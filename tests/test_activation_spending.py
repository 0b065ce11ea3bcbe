"""From campaigns to lines about the budget: only people who agreed, bounds of the study file, reach where no more is known."""

from dataclasses import replace

import pandas as pd
import pytest

from personakit.activation_spending import GAIN, NO_GAIN, SPLIT_BY_REACH, Spending, plan_spending
from personakit.errors import DataError


def test_lines_of_the_small_shop(small_plan):
    """Each persona has a line for each channel, with the chance behind it; money adds up to the budget."""
    spending = small_plan.spending
    lines = spending.lines()
    assert lines[0].message in {GAIN, NO_GAIN} and lines[0].segment == 0
    pairs = [(line.segment, line.params["channel"]) for line in lines if line.segment]
    assert len(set(pairs)) == len(pairs) == len(spending.cells) and all(
        line.evidence[0].statistic == "rate" for line in lines[-3:]
    )
    assert spending.split.spent == pytest.approx(spending.split.table["spend"].sum())
    assert spending.figures().keys() >= {line.evidence[0].key for line in lines}


def test_only_people_who_agreed(small_run, small_plan):
    """Customers of a split are those who agreed to marketing."""
    told = small_plan.audiences.customers
    agreed = told[told["segment"].notna() & told["agreed"].fillna(False)]["segment"].astype(int).value_counts()
    table = small_plan.spending.split.table.drop_duplicates("segment").set_index("segment")["customers"]
    assert table.to_dict() == agreed.to_dict()


def test_a_wrong_channel_in_the_study_file_is_named(small_run, small_plan):
    """The message says where it stands."""
    study = small_run.protected.study
    wrong = study.model_copy(update={"activation": study.activation.model_copy(update={"bounds": {"fax": (0.0, 0.5)}})})
    sources = replace(small_run.protected, study=wrong)
    with pytest.raises(DataError, match=r"activation.bounds: 'fax' is no channel; allowed: email, letter, sms"):
        plan_spending(sources, small_plan.audiences.customers, small_plan.matrix)


def test_reach_where_there_are_no_campaigns(small_run, small_plan):
    """Shares of the budget go by people reached, and the line says that it is no finding."""
    run = small_run.protected
    tables = {name: table for name, table in run.tables.items() if name != "campaigns"}
    found = plan_spending(replace(run, tables=tables), small_plan.audiences.customers, small_plan.matrix)
    assert [line.message for line in found.lines()] == [SPLIT_BY_REACH] and not found.figures()
    assert found.split.table["spend"].sum() == pytest.approx(1)
    again = Spending.from_parts(found.parts())
    assert again.split.table.equals(found.split.table) and pd.isna(again.split.gain)
