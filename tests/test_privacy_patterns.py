"""What looks personal is found in four languages, and what does not is left alone."""

import pytest

from personakit.privacy_patterns import is_personal_name, scrub_text, what_it_looks_like


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write to jane.doe+shop@mail.example.co.uk today", "Write to [e-mail] today"),
        ("jane (at) example.com", "[e-mail]"),
        ("Call +44 20 7946 0958 or 020-7946-0958.", "Call [phone] or [phone]."),
        ("Ring 912 34 567, hilsen Kari Nordmann", "Ring [phone], hilsen [name]"),
        ("Fødselsnummer 01019012345", "Fødselsnummer [number]"),
        ("Bor i Storgata 12 B", "Bor i [address]"),
        ("Terveisin Matti Virtanen, 040 123 4567", "Terveisin [name], [phone]"),
        ("Hetuni on 131052-308T", "Hetuni on [number]"),
        ("Asun osoitteessa Mannerheimintie 5 A 12", "Asun osoitteessa [address]"),
        ("با احترام، مریم احمدی. شماره من ۰۹۱۲ ۱۲۳ ۴۵۶۷ است", "با احترام، [name]. شماره من [phone] است"),
        ("نام من علی رضایی است و کد ملی ۰۰۱۲۳۴۵۶۷۸", "نام من [name] است و کد ملی [number]"),
        ("خیابان ولیعصر، پلاک ۱۲", "[address]"),
        ("Pay to NO93 8601 1117 947", "Pay to [number]"),
        ("ask @jane_doe", "ask [name]"),
        ("from 192.168.0.17", "from [number]"),
    ],
)
def test_personal_words_are_blanked(text, expected):
    """Addresses, numbers and names go; the words around them stay."""
    assert scrub_text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Delivered on 12.05.2026 at 10:30, order 77 for 1 200,50 kr",
        "The Nike Air Max 270 in size 42 and 43",
        "Liv og røre i butikken",
        "Sporingen har vist samme sted i 12 dager.",
        "قیمت ۱۲۳۴۵ تومان بود",
        "2026-05-12: alles gut",
    ],
)
def test_ordinary_texts_stay(text):
    """Dates, prices, sizes and everyday words are no personal data."""
    assert scrub_text(text) == text


def test_own_values_are_blanked_wherever_they_stand():
    """A name that no list knows, and a customer number, are known for the person who wrote."""
    assert scrub_text("It was xanthippe again, C00012!", ["Xanthippe", "C00012"]) == "It was [name] again, [number]!"
    assert scrub_text("Livet er godt", ["Liv"]) == "Livet er godt"


def test_columns_by_name_and_by_values():
    """Names of columns in four languages; contents that look personal under any name."""
    assert all(
        is_personal_name(c) for c in ("Email", "customerPhone", "kunde_navn", "Sähköposti", "نام", "E-mail 2", "fødselsnummer")
    )
    assert all(is_personal_name(c) for c in ("Billing Name", "Shipping Address1", "Default Address Phone",
                                             "Street Address Line 2", "levering adresse", "home_phone", "address"))  # fmt: skip
    assert not any(
        is_personal_name(c)
        for c in (
            "Billing City",
            "Shipping Method",
            "invoice_no",
            "home",
            "uses_email",
            "product_name_length",
            "brand",
            "region",
            "phone_minutes",
            "channel",
        )
    )
    assert what_it_looks_like(["+47 912 34 567", "22 33 44 55"]) == "phone or account number"
    assert what_it_looks_like(["مریم احمدی", "علی رضایی", "زهرا کریمی"]) == "name of a person"
    assert what_it_looks_like(["2026-01-01", "2026-01-02"]) == ""
    assert what_it_looks_like(["trail shoes", "yoga mat", "Anna bag"]) == ""
