"""Files that call people by an address get the id of the register, where it is the address of one person."""

import pandas as pd
import pytest

import personakit as pk
from personakit.errors import StudyError

STUDY = """study: T
as_of: 2026-12-31
sources:
  customers: {path: customers.csv, columns: {customer_id: number, gender: sex}, other_ids: [mail, card]}
  orders: {path: orders.csv}
"""
CUSTOMERS = pd.DataFrame({"number": ["K1", "K2", "K3", "K4", "K4"], "sex": "x", "card": ["900", None, "902", "904", "904"],
                          "mail": ["Ada@b.no ", "both@b.no", "both@b.no", None, None]})  # fmt: skip


def test_other_ids_become_the_id(write_study):
    """Whatever the capitals; an address of two people, and one of nobody, stay as they are, and so do all rows in their order."""
    said = ["ada@b.no", "ADA@B.NO", "both@b.no", "902", "904", "K2", "nobody@b.no", None, *["ada@b.no"] * 3000]
    orders = pd.DataFrame({"customer_id": said, "ordered_at": "2026-01-01", "amount": range(1, len(said) + 1)})
    sources = pk.load_sources(pk.open_study(write_study(STUDY, customers=CUSTOMERS, orders=orders)))
    found = sources["orders"].to_pandas()
    assert found["customer_id"].tolist()[:7] == ["K1", "K1", "both@b.no", "K3", "K4", "K2", "nobody@b.no"]
    assert pd.isna(found["customer_id"][7]) and found["customer_id"][8:].eq("K1").all()
    assert found["amount"].tolist() == list(range(1, len(said) + 1)) and found["_row"].is_monotonic_increasing
    assert sources["customers"].to_pandas()["customer_id"].tolist() == CUSTOMERS["number"].tolist()


def test_an_id_of_the_register_is_never_replaced(write_study):
    """Card and customers are both numbered: 5 is the fifth customer, and not the owner of the fifth card."""
    customers = pd.DataFrame({"number": [1, 5, 7], "sex": "x", "card": [5, 7, 99], "mail": "m@b.no"})
    orders = pd.DataFrame({"customer_id": [5, 7, 99, 1], "ordered_at": "2026-01-01", "amount": range(1, 5)})
    found = pk.load_sources(pk.open_study(write_study(STUDY, customers=customers, orders=orders)))["orders"].to_pandas()
    assert found["customer_id"].tolist() == ["5", "7", "7", "1"]


def test_a_wrong_name_and_a_wrong_place_are_told(write_study):
    """A column that is not there, and other_ids of a source that is no register."""
    orders = pd.DataFrame({"customer_id": ["K1"], "ordered_at": "2026-01-01", "amount": 1})
    study = write_study(STUDY.replace("[mail, card]", "[email]"), customers=CUSTOMERS, orders=orders)
    with pytest.raises(pk.errors.DataError, match=r"sources.customers.other_ids: no column 'email'"):
        pk.load_sources(pk.open_study(study))
    study = write_study(STUDY.replace("other_ids", "ignore: [card], other_ids"), customers=CUSTOMERS, orders=orders)
    with pytest.raises(pk.errors.DataError, match=r"other_ids: 'card' stands under 'ignore' as well"):
        pk.load_sources(pk.open_study(study))
    study = write_study(
        STUDY.replace("{path: orders.csv}", "{path: orders.csv, other_ids: [mail]}"), customers=CUSTOMERS, orders=orders
    )
    with pytest.raises(StudyError, match=r"orders: 'other_ids' belongs to 'customers'"):
        pk.open_study(study)


def test_numbers_with_gaps_from_excel(write_study, tmp_path):
    """Excel writes whole numbers beside empty cells as 900.0; they are the same number."""
    orders = pd.DataFrame({"customer_id": ["900", "902"], "ordered_at": "2026-01-01", "amount": [1, 2]})
    study = write_study(STUDY.replace("customers.csv", "customers.xlsx").replace("mail, card", "card"), orders=orders)
    CUSTOMERS.assign(card=pd.to_numeric(CUSTOMERS["card"])).to_excel(tmp_path / "customers.xlsx", index=False)
    assert pk.load_sources(pk.open_study(study))["orders"].to_pandas()["customer_id"].tolist() == ["K1", "K3"]
