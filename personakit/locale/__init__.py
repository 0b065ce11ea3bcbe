"""Words of cards and maps in four languages, and numbers as each language writes them."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, dates, numbers
from babel.messages.pofile import read_po

LOCALES = {"en": "en", "nb": "nb", "fi": "fi", "fa": "fa"}
_PERSIAN_DIGITS = str.maketrans("0123456789%", "۰۱۲۳۴۵۶۷۸۹٪")
LANGUAGE_NAMES = {"en": "English", "nb": "norsk", "fi": "suomi", "fa": "فارسی"}


@cache
def catalogue(language: str) -> dict[str, str]:
    """Read the translations of one language; English is its own catalogue."""
    file = Path(__file__).parent / f"{language}.po"
    if not file.exists():
        return {}
    with file.open("rb") as stream:
        return {str(m.id): str(m.string) for m in read_po(stream, locale=LOCALES[language]) if m.id and m.string}


class Words:
    """
    Says things in one language.

    Parameters
    ----------
    language : {"en", "nb", "fi", "fa"}
        The language.
    currency : str
        ISO code of the study's currency.
    """

    def __init__(self, language: str, currency: str = "EUR") -> None:
        self.language = language
        self.currency = currency
        self.locale = Locale.parse(LOCALES[language])
        self.direction = "rtl" if language == "fa" else "ltr"

    def __call__(self, message: str, **params: Any) -> str:
        """Translate a message and fill in its parameters."""
        pattern = catalogue(self.language).get(message, message)
        return pattern.format_map({k: self._isolated(str(v)) for k, v in params.items()}) if params else pattern

    def _isolated(self, text: str) -> str:
        """Keep the order of Latin words inside a sentence that runs right to left (Unicode isolates)."""
        latin = self.direction == "rtl" and any("a" <= letter.lower() <= "z" for letter in text)
        return f"\u2068{text}\u2069" if latin else text

    def _own(self, text: object) -> str:
        """Write digits as the language writes them, and a minus that stays before its number."""
        plain = str(text).replace("\u200e", "").replace("-", "−")
        if self.language != "fa":
            return plain
        digits = plain.translate(_PERSIAN_DIGITS)
        return f"\u200e{digits}" if digits.startswith(("−", "+")) else digits

    def number(self, value: float, digits: int | None = None) -> str:
        """Write a number: whole from 100 on, else with one digit, or as many as asked for."""
        places = digits if digits is not None else 0 if abs(value) >= 100 or float(value).is_integer() else 1
        pattern = "#,##0" + ("." + "0" * places if places else "")
        return self._own(
            numbers.format_decimal(round(value, places), format=pattern, locale=self.locale, numbering_system="default")
        )

    def percent(self, share: float) -> str:
        """Write a share as a whole percentage."""
        return self._own(numbers.format_percent(round(share, 2), locale=self.locale, numbering_system="default"))

    def date(self, iso: str) -> str:
        """Write a date in the language's own way."""
        return self._own(dates.format_date(date.fromisoformat(iso), format="long", locale=self.locale))

    def value(self, value: float | None, form: str = "number", unit: str = "") -> str:
        """
        Write a value as its kind wants it.

        Parameters
        ----------
        value : float or None
            None becomes a dash.
        form : {"percent", "money", "scale", "signed", "days", "number"}
            Kind of the value.
        unit : str
            Unit; for a scale its range.
        """
        if value is None:
            return "–"
        if form == "percent":
            return self.percent(value)
        if form == "money":
            digits = 0 if abs(value) >= 100 or float(value).is_integer() else 2
            pattern = self.locale.currency_formats["standard"].pattern.replace(".00", ".00" if digits else "")
            code = unit or self.currency
            return self._own(
                numbers.format_currency(
                    round(value, digits),
                    code,
                    format=pattern,
                    locale=self.locale,
                    currency_digits=False,
                    numbering_system="default",
                )
            )
        if form == "signed":
            sign = "\u200e+" if self.language == "fa" else "+"
            return (sign if round(value, 1) > 0 else "") + self.number(value, 1)
        if form == "scale":
            return self("{value} of {high}", value=self.number(value, 1), high=self.number(float(unit.split(" to ")[1])))
        if form == "days":
            return self.duration(value)
        return self("{value} {unit}", value=self.number(value), unit=self(unit)) if unit else self.number(value)

    def duration(self, days: float) -> str:
        """Write a time in the unit that people would use."""
        units = (("days", 1), ("hours", 24), ("minutes", 24 * 60), ("seconds", 86_400))
        unit, per_day = next((pair for pair in units if days * pair[1] >= 2), units[-1])
        return self("{value} {unit}", value=self.number(days * per_day, 0), unit=self(unit))

    def claim(self, line: Any) -> str:
        """Write a claim from its message and parameters."""
        params = dict(line.params)
        form, unit = params.pop("format", "number"), params.pop("unit", "")
        filled: dict[str, str] = {}
        for name, value in params.items():
            if name == "value":
                filled[name] = self.value(value, form, unit)
            elif name == "others":  # the unit stands with the first number
                filled[name] = (
                    self.number(value, 1)
                    if form == "scale" and value is not None
                    else self.value(value, form, unit if form == "money" else "")
                )
            elif isinstance(value, int | float) and not isinstance(value, bool):
                filled[name] = self.number(value)
            elif name == "label":
                filled[name] = self.label(str(value), params.get("label_value"))
            else:
                filled[name] = str(value) if name == "quote" else self(str(value))
        return self(line.message, **filled)

    def label(self, message: str, value: str | None = None) -> str:
        """Write the label of a feature; wordings of the study itself are left as they are."""
        return self(message, value=self(value)) if value else self(message)
