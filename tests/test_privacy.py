"""Consent, pseudonyms, personal columns and small cells."""

import shutil

import pandas as pd
import pytest

from personakit.collection import load_sources
from personakit.errors import DataError, StudyError
from personakit.privacy import consent_funnel, protect
from personakit.quality import check_quality
from personakit.study import open_study
from personakit.voices import read_voices

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
    assert funnel.loc["customers"].tolist() == ["no consent", 3, 2, 3, 2]


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
    for column in ("email", "phone", "customer_id", "name"):
        assert not any(value in text for value in customers[column])


PURPOSES = STUDY.replace("consent: ok", "consent: {personas: ok, quotes: quote_ok}")


def test_consent_per_purpose(write_study):
    """Who may be counted but not quoted is counted; the columns of consent themselves are gone."""
    customers = CUSTOMERS.assign(quote_ok=["no", "yes", "yes"])
    _, after = protected(write_study(PURPOSES, customers=customers, tickets=TICKETS))
    table = after["customers"].to_pandas()
    assert sorted(table["agreed_quotes"]) == [False, True] and not {"ok", "quote_ok"} & set(table.columns)
    assert after.consent[["purpose", "agreed"]].values.tolist() == [["personas", 2], ["quotes", 2]]
    quotable = read_voices(after).texts.set_index("text")["quotable"]
    assert quotable.to_dict() == {"write to [e-mail]": False, "call [phone] now": True}


def test_columns_that_look_personal_are_found(write_study):
    """An unknown name does not hide phone numbers; words in other columns are blanked where needed."""
    customers = CUSTOMERS.assign(
        kontakt=["+47 911 22 333", "+47 922 33 444", "+47 933 44 555"], note=["fine", "x", "mail me: a@b.no"]
    )
    _, after = protected(write_study(STUDY, customers=customers, tickets=TICKETS))
    assert "kontakt" not in after.columns("customers")
    assert sorted(after["customers"].to_pandas()["note"]) == ["fine", "mail me: [e-mail]"]
    assert (
        dict(zip(after.personal["column"], after.personal["what"], strict=True))["kontakt"]
        == "looks like phone or account number"
    )


def test_own_names_go_from_own_texts(write_study):
    """A name that stands in the register is blanked in what its owner writes, and only there."""
    customers = CUSTOMERS.assign(name=["Xoxo Qwerty", "B C", "D E"])
    tickets = TICKETS.assign(text=["I am xoxo, customer C1", "x", "Xoxo is a brand", "Xoxo is a brand"])
    _, after = protected(write_study(STUDY, customers=customers, tickets=tickets))
    assert sorted(after["tickets"].to_pandas()["text"]) == ["I am [name], customer [number]", "Xoxo is a brand"]


def test_some_sources_alone(write_study):
    """One source comes out as it does among all; the register still says who agreed, and whose names are blanked."""
    customers = CUSTOMERS.assign(name=["Xoxo Qwerty", "B C", "D E"])
    tickets = TICKETS.assign(text=["I am xoxo", "x", "y", "z"])
    before, after = protected(write_study(STUDY, customers=customers, tickets=tickets))
    alone = protect(before, roles=["tickets", "survey"])
    assert list(alone.tables) == ["tickets"] and alone.consent.equals(after.consent)
    pd.testing.assert_frame_equal(alone["tickets"].order_by("_row").to_pandas(), after["tickets"].order_by("_row").to_pandas())


def test_an_unknown_purpose_is_named(write_study):
    """A misspelt purpose brings the allowed ones, and so does a source."""
    sources = load_sources(open_study(write_study(STUDY, customers=CUSTOMERS, tickets=TICKETS)))
    with pytest.raises(StudyError, match="purpose 'quote' is not known; allowed: personas, quotes, marketing"):
        protect(sources, purpose="quote")
    for wrong in (["surveys"], "surveys"):
        with pytest.raises(StudyError, match="'surveys' is no list of sources, or no source; allowed in a list: customers, "):
            protect(sources, roles=wrong)


def test_things_with_names_of_people_stay(write_study):
    """A product called Emma Dress is no person."""
    orders = pd.DataFrame({"customer_id": ["C1", "C3", "C1"], "ordered_at": ["2025-01-01"] * 3, "amount": [1, 2, 3],
                           "product": ["Emma Dress", "Anna Skirt", "Oliver Shirt"]})  # fmt: skip
    text = STUDY + "  orders: {path: orders.csv}\n"
    _, after = protected(write_study(text, customers=CUSTOMERS, tickets=TICKETS, orders=orders))
    assert sorted(after["orders"].to_pandas()["product"]) == ["Anna Skirt", "Emma Dress", "Oliver Shirt"]


def test_own_ids_come_back_only_with_the_key(small_study, tmp_path):
    """Each pseudonym leads to the id it was made of; with another key it leads nowhere."""
    from personakit.privacy import own_ids, pseudonym_of

    sources = load_sources(open_study(small_study))
    ids = own_ids(sources)
    assert len(ids) >= 600 and all(pseudonym_of(sources.study, own) == made for made, own in list(ids.items())[:50])
    protected = protect(check_quality(sources).clean)["customers"].to_pandas()["customer_id"]
    assert set(protected) <= set(ids)
    shutil.copytree(small_study.parent, tmp_path / "shop", ignore=shutil.ignore_patterns("*.key", ".*"))
    assert not set(own_ids(load_sources(open_study(tmp_path / "shop")))) & set(protected)
