"""Step 02, what looks personal: patterns of addresses, numbers and names in four languages, and how they are blanked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml

#: Names of columns that are personal in themselves, as a whole.
PERSONAL_NAMES = frozenset({
    "name", "first_name", "last_name", "full_name", "firstname", "lastname", "fullname", "surname", "given_name", "family_name",
    "customer_name", "contact_name", "respondent_name", "nickname", "username", "user_name", "address", "street",
    "street_address", "home_address", "postal_address", "mail", "email", "e_mail", "email_address", "phone", "telephone", "tel",
    "mobile", "mobile_phone", "mobile_number", "phone_number", "telephone_number", "ssn", "social_security_number",
    "personal_number", "personal_id", "national_id", "passport", "passport_number", "ip", "ip_address", "iban",
    "latitude", "longitude", "location_latitude", "location_longitude", "gps",
    "account_number", "card_number", "credit_card", "licence_plate", "license_plate", "user_agent", "twitter", "instagram_handle",
    "epost", "e_post", "epostadresse", "telefon", "telefonnummer", "mobilnummer", "mobiltelefon", "tlf", "navn", "fornavn",
    "etternavn", "fullt_navn", "kundenavn", "adresse", "gateadresse", "postadresse", "fodselsnummer", "fødselsnummer",
    "personnummer", "kontonummer", "sahkoposti", "sähköposti", "sahkopostiosoite", "sähköpostiosoite", "puhelin",
    "puhelinnumero", "matkapuhelin", "nimi", "etunimi", "sukunimi", "koko_nimi", "asiakkaan_nimi", "osoite", "katuosoite",
    "kotiosoite", "henkilotunnus", "henkilötunnus", "hetu", "tilinumero",
    "ایمیل", "رایانامه", "تلفن", "موبایل", "شماره_تلفن", "شماره_موبایل", "نام", "نام_خانوادگی", "نام_مشتری", "آدرس", "نشانی",
    "کد_ملی", "شماره_ملی", "شماره_حساب", "شماره_کارت",
})  # fmt: skip
_SEPARATOR = re.compile(r"[\W_]+")
_CAMEL = re.compile(r"(?<=[a-zæøåä])(?=[A-ZÆØÅÄ])")
_PERSIAN_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
_EMAIL = re.compile(
    r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+|[\w.+-]+\s?[\[({]\s?(?:at|alfa|krøllalfa|ät|miukumauku|@)\s?[\])}]\s?[\w-]+(?:\.[\w-]+)+",
    re.I,
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,4})?\b")
_PERSONAL_NUMBER = re.compile(r"\b\d{6}[-+ABCDEFUVWXY]\d{3}[0-9A-FHJ-NPR-Y]\b|\b(?:\d{2})?\d{6}[-+]\d{4}\b")
_DIGITS = re.compile(r"(?<![\w.,])(?:\+|00)?[\d۰-۹٠-٩](?:[ ().\-/]{0,2}[\d۰-۹٠-٩]){6,}(?![\w])")
_CODE = re.compile(r"[A-Za-z]\d")
_DATE = re.compile(r"(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4})(?:[ T]\d{1,2}[.:]?\d{0,2})?")
_IP = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")
_HANDLE = re.compile(r"(?<![\w@])@[\w.]{3,}")
_STREET = re.compile(
    r"\b(?:[A-ZÆØÅÄÖ][\w'-]* ){0,2}[A-ZÆØÅÄÖ][\w'-]*"
    r"(?:gata|gaten|gate|veien|vegen|vei|allé|plass|katu|tie|kuja|polku|tori|puistikko|kaari)"
    r" \d{1,4} ?(?:[A-Za-z]\b)?(?: ?\d{1,3}\b)?"
    r"|\b\d{1,4} (?:[A-Z][\w'-]* ){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Close|Square)\b"
    r"|(?:خیابان|کوچه|بلوار) [\w\u200c]+(?: [\w\u200c]+)?،? پلاک [\d۰-۹]+"
)
_CAPITAL = r"[A-ZÆØÅÄÖÉ][\w'’-]+"
_INTRODUCED = re.compile(
    r"(?i:\b(?:my name is|i am called|(?:best |kind |warm )?regards,?|sincerely,?|yours,?|"
    r"jeg heter|mitt navn er|(?:vennlig |beste )?hilsen|"
    r"mvh\.?|nimeni on|minun nimeni on|(?:ystävällisin )?terveisin,?|t\.|terv\.))"
    rf"[\s,:]+({_CAPITAL}(?: {_CAPITAL}){{0,2}})"
    r"|(?:نام من|اسم من|با احترام،?|با تشکر،?)\s+([\u0600-\u06ff\u200c]+(?: [\u0600-\u06ff\u200c]+)?)(?= است|[.!،]|$)"
)
_NAME_PARTS = re.compile(r"[^\W\d_][\w'\u200c-]+")
_PAIR = re.compile(rf"\b({_CAPITAL})((?: {_CAPITAL}){{1,2}})|([\u0600-\u06ff\u200c]+) ([\u0600-\u06ff\u200c]+)")
_LOOKS_LIKE = {
    "e-mail address": _EMAIL,
    "personal number": _PERSONAL_NUMBER,
    "phone or account number": _DIGITS,
    "bank account": _IBAN,
    "IP address": _IP,
    "social media name": _HANDLE,
}


@cache
def given_names() -> frozenset[str]:
    """Common given names of the four languages, in small letters."""
    content = yaml.safe_load((Path(__file__).parent / "privacy_names.yaml").read_text(encoding="utf-8"))
    return frozenset(name.casefold() for names in content.values() for name in names)


def is_personal_name(column: str) -> bool:
    """
    Tell whether a column is personal by its name.

    Examples
    --------
    >>> [is_personal_name(c) for c in ("E-mail", "kundeNavn", "customer phone number", "Billing Address1", "Puhelin")]
    [True, True, True, True, True]
    >>> [is_personal_name(c) for c in ("phone_minutes", "uses_email", "Billing City")]
    [False, False, False]
    """
    words = [w for w in _SEPARATOR.split(_CAMEL.sub("_", column).casefold()) if w]
    while len(words) > 1 and (words[-1].isdigit() or words[-1] == "line"):
        words = words[:-1]
    words[-1:] = [word.rstrip("0123456789") or word for word in words[-1:]]
    for first, word in enumerate(words):
        if "_".join(words[first:]) in PERSONAL_NAMES or "".join(words[first:]) in PERSONAL_NAMES:
            return True
        if word not in _WHOSE:
            break
    return False


#: Whose name, address or number it is, or what for; these words may stand before it.
_WHOSE = frozenset({"customer", "customers", "contact", "client", "user", "member", "respondent", "recipient", "buyer",
                    "requester", "billing", "shipping", "delivery", "invoice", "mailing", "default", "primary", "home", "address",
                    "kunde", "kundens", "kontakt", "bruker", "faktura", "levering", "asiakas", "asiakkaan", "kayttajan",
                    "käyttäjän", "vastaajan", "lasku", "toimitus"})  # fmt: skip


def what_it_looks_like(values: Iterable[str]) -> str:
    """
    Say what most values of a column look like, when that is something personal.

    Parameters
    ----------
    values : iterable of str
        Different values of the column.

    Returns
    -------
    str
        Such as ``"e-mail address"`` or ``"name of a person"``; empty when the column does not look personal.

    Examples
    --------
    >>> what_it_looks_like(["kari@example.com", "ola@example.com"])
    'e-mail address'
    >>> what_it_looks_like(["Kari Nordmann", "Matti Virtanen", "Sara Lind"])
    'name of a person'
    >>> what_it_looks_like(["Oslo", "Bergen"])
    ''
    """
    known = [str(value).strip() for value in values if str(value).strip()]
    if not known:
        return ""
    for what, pattern in _LOOKS_LIKE.items():
        if sum(_whole(pattern, value) for value in known) >= 0.5 * len(known):
            return what
    if len(known) >= 3 and sum(_is_person(value) for value in known) >= 0.4 * len(known):
        return "name of a person"
    return ""


def _whole(pattern: re.Pattern[str], value: str) -> bool:
    if pattern is _DIGITS and _DATE.fullmatch(value.translate(_PERSIAN_DIGITS)):
        return False
    return pattern.fullmatch(value) is not None


def _is_person(value: str) -> bool:
    words = value.replace(",", " ").split()
    return 2 <= len(words) <= 4 and any(word.casefold() in given_names() for word in words) and all(
        word[:1].isupper() or not word[:1].islower() for word in words
    )  # fmt: skip


def scrub_text(text: str, own: Iterable[str] = ()) -> str:
    """
    Blank what is personal in a text.

    Parameters
    ----------
    text : str
        What somebody wrote.
    own : iterable of str
        Values that are known to be personal for this person, such as their name; blanked wherever they stand.

    Returns
    -------
    str
        The text with ``[e-mail]``, ``[phone]``, ``[number]``, ``[address]`` or ``[name]`` in place of each.

    Examples
    --------
    >>> scrub_text("Ring Kari Nordmann på 912 34 567 eller kari@example.com")
    'Ring [name] på [phone] eller [e-mail]'
    >>> scrub_text("Delivered on 12.05.2026, order 77 for 1 200 kr")
    'Delivered on 12.05.2026, order 77 for 1 200 kr'
    """
    text = _EMAIL.sub("[e-mail]", text)
    text = _IBAN.sub("[number]", text)
    text = _PERSONAL_NUMBER.sub("[number]", text)
    text = _IP.sub("[number]", text)
    text = _DIGITS.sub(_digits, text)
    text = _STREET.sub("[address]", text)
    text = _HANDLE.sub("[name]", text)
    for value in sorted({v for v in own if len(v) >= 3 or _CODE.fullmatch(v)}, key=len, reverse=True):
        mark = "[number]" if any(letter.isdigit() for letter in value) else "[name]"
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", mark, text, flags=re.I)
    text = _INTRODUCED.sub(_introduced, text)
    return _PAIR.sub(_pair, text)


def blank_names(text: str, names: Iterable[str]) -> str:
    """
    Blank names of people who are known to be spoken to or of, and each of their words that begins with a capital.

    Examples
    --------
    >>> blank_names("Thank you, Will. I will ask Kari, and the will is there", ["Will Moe", "Kari"])
    'Thank you, [name]. I will ask [name], and the will is there'
    """
    words = {part for name in names for part in (name, *_NAME_PARTS.findall(name)) if len(part) >= 2 and not part[0].islower()}
    for word in sorted(words, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "[name]", text)
    return text


def _digits(found: re.Match[str]) -> str:
    run = found[0].translate(_PERSIAN_DIGITS)
    if _DATE.fullmatch(run):
        return found[0]
    return "[phone]" if len(re.sub(r"\D", "", run)) <= 15 and not re.fullmatch(r"\d{10,}", run) else "[number]"


def _introduced(found: re.Match[str]) -> str:
    name = found[1] or found[2]
    return found[0].replace(name, "[name]")


def _pair(found: re.Match[str]) -> str:
    """A given name followed by a capitalised word; the words around it stay."""
    words = found[0].split(" ")
    for position, word in enumerate(words[:-1]):
        if word.casefold() in given_names():
            return " ".join([*words[:position], "[name]"])
    return found[0]


def is_touched(text: str) -> bool:
    """Tell whether a text holds anything that would be blanked."""
    return scrub_text(text) != text
