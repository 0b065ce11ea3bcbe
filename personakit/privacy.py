"""Step 02, privacy: who may be used, under which name, and which groups are too small to show."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import ibis
import pandas as pd

from personakit.collection import Sources
from personakit.errors import DataError
from personakit.study import Study

#: Columns that are personal by their name; they never leave the source, named in the study file or not.
PERSONAL_NAMES = frozenset({
    "email", "e_mail", "mail", "phone", "telephone", "mobile_phone", "phone_number", "name", "first_name", "last_name",
    "full_name", "surname", "address", "street", "ssn", "personal_number", "national_id", "ip", "ip_address", "iban",
    "epost", "telefon", "navn", "fornavn", "etternavn", "adresse", "fodselsnummer", "personnummer",
    "sahkoposti", "sähköposti", "puhelin", "nimi", "etunimi", "sukunimi", "osoite", "henkilotunnus", "henkilötunnus",
    "ایمیل", "تلفن", "نام", "آدرس",
})  # fmt: skip
_YES = ("yes", "y", "true", "1", "1.0", "ja", "kyllä", "بله")
_EMAIL = r"[\w.+-]+@[\w-]+(\.[\w-]+)+"
_PHONE = r"\+?\d[\d ()-]{6,}\d"


def protect(sources: Sources) -> Sources:
    """
    Keep who agreed, drop personal columns, scrub free text, and replace customer ids by pseudonyms.

    Parameters
    ----------
    sources : Sources
        The clean sources (``QualityReport.clean``).

    Returns
    -------
    Sources
        The same sources, without people who did not agree, without personal columns, with pseudonyms
        (``P`` and 15 hexadecimal digits) in place of customer ids.

    Raises
    ------
    DataError
        If nobody agreed, or if the key of the pseudonyms can be neither read nor made.
    """
    study = sources.study
    tables = dict(sources.tables)
    agreed = _who_agreed(study, tables)
    key = _key(study)
    for role, table in tables.items():
        if agreed is not None and "customer_id" in table.columns and role != "population":
            unlinked = table.filter(table.customer_id.isnull())
            linked = table.semi_join(agreed, "customer_id")
            table = linked if role == "customers" else linked.union(unlinked)
        drop = [c for c in table.columns if c in study.privacy.drop or c.lower() in PERSONAL_NAMES]
        table = table.drop(*drop) if drop else table
        if "customer_id" in table.columns:
            table = table.mutate(customer_id=pseudonym(table.customer_id, key))
        texts = [c for c in _text_columns(study, role) if c in table.columns]
        table = table.mutate(**{c: scrub(table[c]) for c in texts}) if texts else table
        tables[role] = table
    return sources.with_tables(tables)


def consent_funnel(before: Sources, after: Sources) -> pd.DataFrame:
    """
    Count the rows that consent and privacy cost.

    Returns
    -------
    pandas.DataFrame
        One row per source: ``source``, ``rule``, ``rows_in``, ``rows_out``.
    """
    rows = []
    for role, table in before.tables.items():
        n_in, n_out = int(table.count().execute()), int(after.tables[role].count().execute())
        if n_in != n_out:
            rows.append({"source": role, "rule": "no consent", "rows_in": n_in, "rows_out": n_out})
    return pd.DataFrame(rows, columns=["source", "rule", "rows_in", "rows_out"])


def _who_agreed(study: Study, tables: dict[str, Any]) -> Any | None:
    column = study.privacy.consent
    if column is None or "customers" not in tables:
        return None
    customers = tables["customers"]
    words = customers[column].cast("string").strip().lower()
    agreed = customers.filter(words.isin(_YES)).select("customer_id")
    if not int(agreed.count().execute()):
        raise DataError([f"privacy.consent: nobody agreed in column '{column}'; allowed words for yes: {', '.join(_YES)}"])
    return agreed


def _text_columns(study: Study, role: str) -> list[str]:
    asked = [c for block in study.sources[role].items.values() if block.kind == "text" for c in block.columns]  # type: ignore[index]
    return [*asked, "text"]


def scrub(text: Any) -> Any:
    """Blank e-mail addresses and phone numbers in a text column (an Ibis expression)."""
    return text.re_replace(_EMAIL, "[e-mail]").re_replace(_PHONE, "[phone]")


def pseudonym(ids: Any, key: str) -> Any:
    """Replace ids by a keyed hash (nested SHA-256, as HMAC does it), as an Ibis expression."""
    inner = (ibis.literal(key) + ids).hexdigest("sha256")
    return ibis.literal("P") + (ibis.literal(key) + inner).hexdigest("sha256").left(15)


def _key(study: Study) -> str:
    """Read the key of the pseudonyms; make one beside the study file the first time."""
    file = study.folder / study.privacy.key_file
    try:
        if not file.exists():
            _write_new(file, secrets.token_hex(32))
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        msg = f"privacy.key_file: {file.name} cannot be read or made beside the study file ({error.strerror})"
        raise DataError([f"{msg}; copy the study to a folder you may write to"]) from None


def _write_new(file: Path, text: str) -> None:
    """Write a file only its owner can read, and never over an existing one."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text + "\n")


def small_cells(counts: pd.Series, *, min_cell: int) -> pd.Series:
    """
    Say which cells of one table have to be hidden.

    A cell of fewer than ``min_cell`` people is hidden, and so is the next smallest one where the hidden cell
    could be found by subtracting the others from the total.

    Parameters
    ----------
    counts : pandas.Series
        People per cell; the cells add up to a known total.
    min_cell : int
        Smallest number of people that may be shown.

    Returns
    -------
    pandas.Series
        True where the cell has to be hidden, with the index of ``counts``.

    Examples
    --------
    >>> small_cells(pd.Series([3, 40, 12]), min_cell=5).tolist()
    [True, False, True]
    """
    hidden = (counts > 0) & (counts < min_cell)
    if hidden.sum() == 1 and len(counts) > 1:
        others = counts[~hidden & (counts > 0)]
        if len(others):
            hidden[others.idxmin()] = True
    return hidden
