"""Consent, pseudonyms, personal columns and small cells."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personakit.collection import load_sources
from personakit.errors import DataError
from personakit.privacy import consent_funnel, protect, small_cells
from personakit.quality import check_quality
from personakit.study import open_study

CUSTOMERS = pd.DataFrame(
    {"customer_id": ["C1", "C2", "C3"], "ok": ["yes", "no", "ja"], "email": ["a@b.no"] * 3, "shoe": [38, 40, 42]}
)
TICKETS = pd.DataFrame({
    "at": ["2025-01-01"] * 4, "customer_id": ["C1", "C2", "C9", None],
    "text": ["write to kari@example.com", "x", "y", "call +47 912 34 567 now"],
})  # fmt: skip
STUDY = """study: T
as_of: 2026-01-01
privacy: {consent: ok, drop: [shoe]}
sources:
  customers: {path: customers.csv}
  tickets: {path: tickets.csv}
"""


def protected(file):
    clean = check_quality(load_sources(open_study(file))).clean
    return clean, protect(clean)


def test_only_people_who_agreed_are_kept(write_study):
    """Without consent a person goes from every source; texts of nobody known stay."""
    before, after = protected(write_study(STUDY, customers=CUSTOMERS, tickets=TICKETS))
    assert after["customers"].count().execute() == 2
    assert sorted(after["tickets"].to_pandas()["text"]) == ["call [phone] now", "write to [e-mail]"]
    funnel = consent_funnel(before, after).set_index("source")
    assert funnel.loc["customers"].tolist() == ["no consent", 3, 2]


def test_personal_columns_and_ids_are_gone(write_study):
    """Columns named in the study file or personal by their name are dropped; ids become pseudonyms that join."""
    _, after = protected(write_study(STUDY, customers=CUSTOMERS, tickets=TICKETS))
    customers, tickets = after["customers"].to_pandas(), after["tickets"].to_pandas()
    assert not {"email", "shoe"} & set(customers.columns)
    assert customers["customer_id"].str.fullmatch("P[0-9a-f]{15}").all()
    assert set(tickets["customer_id"].dropna()) < set(customers["customer_id"])


def test_the_key_is_made_once_and_decides(write_study):
    """The same key gives the same pseudonyms, another key others."""
    file = write_study(STUDY, customers=CUSTOMERS, tickets=TICKETS)
    first = set(protected(file)[1]["customers"].to_pandas()["customer_id"])
    assert set(protected(file)[1]["customers"].to_pandas()["customer_id"]) == first
    (file.parent / "pseudonyms.key").write_text("another key", encoding="utf-8")
    assert not set(protected(file)[1]["customers"].to_pandas()["customer_id"]) & first


def test_nobody_agreed(write_study):
    """A consent column without a single yes stops."""
    with pytest.raises(DataError, match="privacy.consent: nobody agreed in column 'ok'; allowed words for yes: yes,"):
        protected(write_study(STUDY, customers=CUSTOMERS.assign(ok="no"), tickets=TICKETS))


def test_no_personal_value_of_the_shop_is_left(small_run, small_shop):
    """No e-mail address, phone number or customer id can be found in any protected table."""
    text = "\n".join(table.to_pandas().to_csv() for table in small_run.protected.tables.values())
    customers = small_shop.tables["customers"]
    for column in ("email", "phone", "customer_id"):
        assert not any(value in text for value in customers[column])


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8), st.integers(2, 10))
def test_hidden_cells_cannot_be_rebuilt(counts, min_cell):
    """No small cell is shown, and the total less the shown cells never gives a single hidden one."""
    counts = pd.Series(counts)
    hidden = small_cells(counts, min_cell=min_cell)
    assert not ((counts[~hidden] > 0) & (counts[~hidden] < min_cell)).any()
    if (counts > 0).sum() > 1:
        assert hidden.sum() != 1
