"""The record of processing as a page."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from personakit.locale import Words
from personakit.privacy_record import ProcessingRecord
from personakit.render.pages import page_of

NOT_STATED = "not stated in the study file"
BASES = {"consent": "consent of the people (GDPR Article 6(1)(a))", "contract": "a contract (GDPR Article 6(1)(b))",
         "public task": "a public task (GDPR Article 6(1)(e))",
         "legitimate interests": "legitimate interests (GDPR Article 6(1)(f))"}  # fmt: skip
PURPOSE_NAMES = {"personas": "to be counted in personas", "quotes": "to be quoted", "marketing": "to be on a list for marketing"}
WHAT_NAMES = (
    "named in the study file", "personal by its name", "looks like e-mail address", "looks like personal number",
    "looks like phone or account number", "looks like bank account", "looks like IP address", "looks like social media name",
    "looks like name of a person", "personal words in free text", "names of speakers", "column dropped",
    "interviewer or participant written instead",
)  # fmt: skip
_BLANKED = re.compile(r"blanked in (\d+) rows")


def processing_page(record: ProcessingRecord, *, language: str) -> str:
    """
    Lay out the record of processing.

    Parameters
    ----------
    record : ProcessingRecord
        What is used, what was removed, who agreed.
    language : {"en", "nb", "fi", "fa"}
        Language of the page.

    Returns
    -------
    str
        HTML. Counts under ``min_cell`` are not shown.
    """
    about = record.about
    words = Words(language, str(about["currency"]))
    months = about["retention_months"]
    facts = [
        ("Study", str(about["title"])),
        ("Who is responsible", str(about["controller"]) or words(NOT_STATED)),
        ("What for", str(about["reason"]) or words(NOT_STATED)),
        ("Legal basis", words(BASES[str(about["basis"])]) if about["basis"] else words(NOT_STATED)),
        ("How long results are kept", words("{n} months", n=words.number(float(str(months)))) if months else words(NOT_STATED)),
        ("File with the key of the pseudonyms", str(about["key_file"])),
    ]
    smallest = int(str(about["min_cell"]))
    consent = [_consent(row, words, smallest) for row in record.consent.to_dict("records")]
    used = [{"source": row["source"], "rows": words.number(row["rows"]), "customers": _people(row["customers"], words, smallest),
             "columns": row["columns"]} for row in record.used.to_dict("records")]  # fmt: skip
    removed = [{**row, "what": words(row["what"]), "done": _done(row["done"], words, smallest)}
               for row in record.removed.to_dict("records")]  # fmt: skip
    return page_of("processing.html", words, about, facts=facts, used=used, removed=removed, consent=consent)


def _people(n: float | None, words: Words, smallest: int) -> str:
    if n is None or pd.isna(n):
        return "–"
    return words.number(n) if n >= smallest else words("fewer than {n}", n=words.number(smallest))


def _consent(row: dict[str, Any], words: Words, smallest: int) -> dict[str, str]:
    """Neither those who agreed nor those who did not may be a small group."""
    asked, agreed = int(row["customers"]), int(row["agreed"])
    small = agreed < smallest or 0 < asked - agreed < smallest
    return {"purpose": words(PURPOSE_NAMES[row["purpose"]]), "customers": words.number(asked),
            "agreed": "–" if small else words.number(agreed)}  # fmt: skip


def _done(done: str, words: Words, smallest: int) -> str:
    found = _BLANKED.fullmatch(done)
    if found is None:
        return words(done)
    n = int(found[1])
    return words("blanked in {n} rows", n=words.number(n) if n >= smallest else words("fewer than {n}", n=words.number(smallest)))
