"""Words of cards and maps in four languages, and numbers as each language writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import jdatetime
from babel import Locale, dates, numbers
from babel.messages.pofile import read_po

from personakit.errors import Note
from personakit.personas_lines import CATEGORY_MINORITY, CATEGORY_SHORT, SHORT, THING_MINORITY, is_minority, is_wording
from personakit.study_parts import known_language

LOCALES = {"en": "en", "nb": "nb", "fi": "fi", "fa": "fa"}
#: Units that are counted, one of them and several.
UNITS = {"day": "days", "hour": "hours", "minute": "minutes", "second": "seconds", "month": "months", "year": "years",
         "order": "orders", "visit": "visits", "event": "events", "touchpoint": "touchpoints", "campaign": "campaigns",
         "contact": "contacts", "text": "texts", "point": "points", "word": "words", "response": "responses"}  # fmt: skip
#: Names of channels that many data share; catalogues tell them in the language of the page, others stand as the data have them.
CHANNELS = ("web", "email", "store", "phone", "letter", "parcel", "sms", "chat")
_PERSIAN_DIGITS = str.maketrans("0123456789%", "۰۱۲۳۴۵۶۷۸۹٪")
LANGUAGE_NAMES = {"en": "English", "nb": "norsk", "fi": "suomi", "fa": "فارسی"}


@cache
def catalogue(language: str) -> dict[str, str]:
    """Read the translations of one language; English is its own catalogue."""
    file = Path(__file__).parent / f"{language}.po"
    if not file.exists():
        return {}
    with file.open("rb") as stream:
        messages = [m for m in read_po(stream, locale=LOCALES[language]) if m.id and m.string]
    return {(m.id[1] if m.pluralizable else m.id): (m.string[-1] if m.pluralizable else m.string) for m in messages}


def _unit_of_time(days: float) -> tuple[str, int]:
    """The unit in which people would say how long something lasts, and how many of it a day has."""
    units = (("days", 1), ("hours", 24), ("minutes", 24 * 60), ("seconds", 86_400))
    return next((pair for pair in units if days * pair[1] >= 2), units[-1])


@cache
def singulars(language: str) -> dict[str, str]:
    """Read how one of each unit is called, by the unit's plural in English."""
    file = Path(__file__).parent / f"{language}.po"
    if not file.exists():
        return {plural: one for one, plural in UNITS.items()}
    with file.open("rb") as stream:
        return {m.id[1]: m.string[0] for m in read_po(stream, locale=LOCALES[language]) if m.id and m.pluralizable}


class Words:
    """
    Says things in one language.

    Parameters
    ----------
    language : {"en", "nb", "fi", "fa"}
        The language.
    currency : str
        ISO code of the study's currency.
    calendar : {"gregorian", "persian"}
        Calendar of dates on Persian pages; other languages keep the Gregorian one.
    """

    def __init__(self, language: str, currency: str = "EUR", calendar: str = "gregorian") -> None:
        self.language = known_language(language)
        self.currency = currency
        self.calendar = calendar
        self.locale = Locale.parse(LOCALES[language])
        self.direction = "rtl" if language == "fa" else "ltr"

    def __call__(self, message: str, **params: Any) -> str:
        """Translate a message and fill in its parameters; a note brings its own."""
        if isinstance(message, Note):
            told = {name: self(value) if isinstance(value, Note) else self.number(value) if isinstance(value, int) else value
                    for name, value in message.values.items()}  # fmt: skip
            return self(str(message.message), **told)
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
            numbers.format_decimal(round(value, places) + 0.0, format=pattern, locale=self.locale, numbering_system="default")
        )

    def percent(self, share: float) -> str:
        """Write a share as a whole percentage."""
        return self._own(numbers.format_percent(round(share, 2), locale=self.locale, numbering_system="default"))

    def rate(self, share: float) -> str:
        """Write a share that is often small as a percentage: with one decimal below ten."""
        if not 0 < abs(share) < 0.0995:
            return self.percent(share)
        pattern = self.locale.percent_formats[None].pattern.replace("#,##0", "0.0")
        return self._own(numbers.format_percent(round(share, 3), format=pattern, locale=self.locale, numbering_system="default"))

    def date(self, iso: str) -> str:
        """Write a date in the language's own way."""
        if self.calendar == "persian" and self.language == "fa":
            day = jdatetime.date.fromgregorian(date=date.fromisoformat(iso))
            return self._own(f"{day.day} {jdatetime.date.j_months_fa[day.month - 1]} {day.year}")
        return self._own(dates.format_date(date.fromisoformat(iso), format="long", locale=self.locale))

    def value(self, value: float | None, form: str = "number", unit: str = "") -> str:
        """
        Write a value as its kind wants it.

        Parameters
        ----------
        value : float or None
            None becomes a dash.
        form : {"percent", "rate", "money", "scale", "signed", "fine", "days", "minutes", "number"}
            Kind of the value.
        unit : str
            Unit; for a scale its range.
        """
        if value is None:
            return "–"
        if form in {"percent", "rate"}:
            return self.percent(value) if form == "percent" else self.rate(value)
        if form == "money":
            digits = 0 if abs(value) >= 100 or float(value).is_integer() else 2
            pattern = self.locale.currency_formats["standard"].pattern.replace(".00", ".00" if digits else "")
            code = self.currency if unit in {"", "money"} else unit
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
        if form == "fine":  # two digits that tell something, however small
            return self.number(value, 1 if abs(value) >= 1 else 2 if abs(value) >= 0.1 or not value else 3)
        if form == "signed":
            sign = "\u200e+" if self.language == "fa" else "+"
            return (sign if round(value, 1) > 0 else "") + self.number(value, 1)
        if form == "scale":
            return self("{value} of {high}", value=self.number(value, 1), high=self.number(float(unit.split(" to ")[1])))
        if form in {"days", "minutes"}:
            return self.durations([value], form)[0]
        return self("{value} {unit}", value=self.number(value), unit=self.unit(unit, value)) if unit else self.number(value)

    def unit(self, unit: str, value: float) -> str:
        """Name a unit as the number before it wants it: 1 order, 1.5 orders."""
        shown = round(value, 0 if abs(value) >= 100 or float(value).is_integer() else 1)
        one = shown == int(shown) and self.locale.plural_form(int(shown)) == "one"
        return singulars(self.language).get(unit, self(unit)) if one else self(unit)

    def durations(self, times: Sequence[float], form: str = "days") -> list[str]:
        """
        Write times that stand side by side, in units that people would use.

        Parameters
        ----------
        times : sequence of float
            In days, or in minutes.
        form : {"days", "minutes"}
            Which of the two.

        Returns
        -------
        list of str
            All in the unit of the shortest, unless one is ten times another.
        """
        days = [time / (1 if form == "days" else 24 * 60) for time in times]
        alike = max(days, default=0.0) < 10 * min(days, default=0.0)
        found = []
        for own in days:
            unit, per_day = _unit_of_time(min(days) if alike else own)
            number = round(own * per_day)
            found.append(self("{value} {unit}", value=self.number(number, 0), unit=self.unit(unit, number)))
        return found

    def claim(self, line: Any) -> str:
        """Write a claim from its message and parameters."""
        params = dict(line.params)
        form, unit = params.pop("format", "number"), params.pop("unit", "")
        wordings = self.wordings(line)
        filled: dict[str, str] = {}
        for name, value in params.items():
            own = isinstance(value, str) and value in wordings
            filled[name] = str(value) if own else self._filled(name, value, form, unit, params)
        text = self(line.message, **filled)
        return text[:1].upper() + text[1:] if line.message.startswith("{phase}") else text

    def wordings(self, line: Any) -> set[str]:
        """Name the wordings of the study itself in a line; they are left as they are."""
        return {piece.label for piece in line.evidence if piece.type == "figure" and is_wording(piece)}

    def name_of(self, figure: Any) -> str:
        """Name what a figure measures, with its answer; wordings of the study itself are left as they are."""
        label = str(figure.label) if is_wording(figure) else self.label(figure.label, figure.label_value or None)
        return f"{label}: {self(figure.category)}" if figure.category else label

    def _filled(self, name: str, value: Any, form: str, unit: str, params: dict[str, Any]) -> str:
        """Write one parameter of a claim."""
        if name == "value":
            return self.value(value, form, unit)
        if name in {"others", "low", "high", "target", "top", "smallest"}:  # the unit stands with the first number
            if form == "scale" and value is not None:
                return self.number(value, 1)
            return self.value(value, form, unit if form == "money" else "")
        if name == "spend" and value is not None:
            return self.value(value, "money")
        if name in {"right", "by_rule"}:  # shares, whatever else the line tells
            return self.percent(value)
        if name == "spread":
            return self.listing([f"{self(str(answer))} {self.percent(share)}" for answer, share in value])
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self.number(value)
        if name == "label":
            return self.label(str(value), params.get("label_value"))
        return str(value) if name in {"quote", "text", "touchpoint"} else self(str(value))

    def listing(self, parts: list[str]) -> str:
        """Put several things after each other, with the comma of the language."""
        return ("، " if self.language == "fa" else ", ").join(parts)

    def joined(self, parts: list[str]) -> str:
        """Put parts of a note after each other; each keeps to itself where Latin words would turn their order around."""
        if self.direction == "rtl":
            return "؛ ".join(f"\u2067{part}\u2069" for part in parts)
        return "; ".join(parts)

    def thing(self, line: Any) -> str:
        """
        Say in a few words what a line is about, for the face of a card; a number only where less than half have it.

        An answer, or the value in the label (such as a channel), or the label; lines that are no difference are written out.
        """
        figures = [piece for piece in line.evidence if piece.type == "figure"]
        few = len(figures) == 1 and is_minority(figures[0])
        if line.message in SHORT and line.place in {"who", "satisfaction", "loyalty", "value", "opinions", "behaviours"}:
            short = SHORT[line.message]
            return self.claim(
                line.model_copy(update={"message": CATEGORY_MINORITY if few and short == CATEGORY_SHORT else short})
            )
        if line.kind == "edited" or line.asserts != "difference" or len(figures) != 1 or "value" not in line.params:
            return self.claim(line)
        figure = figures[0]
        thing = self(figure.category or figure.label_value) if figure.category or figure.label_value else self.name_of(figure)
        return self(THING_MINORITY, label=thing, value=self.percent(figure.estimate)) if few else thing

    def label(self, message: str, value: str | None = None) -> str:
        """Write the label of a feature; wordings of the study itself are left as they are."""
        return self(message, value=self(value)) if value else self(message)
