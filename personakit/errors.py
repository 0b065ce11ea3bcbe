"""Errors a user can mend: each says what is wrong, where, what is allowed and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class Note(str):
    """
    A sentence for people that pages say in their own language: a message, and the values in it.

    Parameters
    ----------
    message : str
        In English, with places for values in braces; catalogues translate it.
    values : dict
        Numbers and texts, or notes, which are translated as well.

    Examples
    --------
    >>> Note("Ask {n} people", n=1200)
    'Ask 1,200 people'
    """

    __slots__ = ("message", "values")
    message: str
    values: dict[str, Any]

    def __new__(cls, message: str, **values: Any) -> Note:  # noqa: D102  as the class says
        written = {name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
        own = super().__new__(cls, message.format_map(written) if values else message)
        own.message, own.values = message, values
        return own

    def to_plain(self) -> dict[str, Any]:
        """Split into what is written to files."""
        values = {name: value.to_plain() if isinstance(value, Note) else value for name, value in self.values.items()}
        return {"message": self.message, "values": values}

    @classmethod
    def all_to_plain(cls, notes: Iterable[str]) -> list[dict[str, Any]]:
        """Split notes, and sentences without values, into what is written to files."""
        return [(note if isinstance(note, cls) else cls(note)).to_plain() for note in notes]

    @classmethod
    def from_plain(cls, plain: dict[str, Any] | str) -> Note:
        """Put together what :meth:`to_plain` wrote; a text of an earlier version stands as it is."""
        if isinstance(plain, str):
            return cls(plain)
        values = {name: cls.from_plain(value) if isinstance(value, dict) else value for name, value in plain["values"].items()}
        return cls(plain["message"], **values)


class PersonakitError(Exception):
    """Something the user can mend; neither the command line nor a notebook shows a traceback for it."""

    def _render_traceback_(self) -> list[str]:
        """Show the sentence alone in a notebook (IPython asks an exception for this)."""
        return [f"{type(self).__name__}: {self}"]


class StudyError(PersonakitError):
    """The study file is not valid."""


class DataError(PersonakitError):
    """The data do not fit the study file. All problems are collected and reported together."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


class HandoffError(PersonakitError):
    """A file that an earlier notebook makes is missing or does not fit."""


class SourceNeededError(PersonakitError):
    """A step needs a source that this study does not have."""


class ExtraNeededError(PersonakitError):
    """Something optional is not installed; the message holds the line that installs it."""


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """
    Suggest the closest allowed word.

    Parameters
    ----------
    word : str
        What was found.
    allowed : iterable of str
        What could have been meant.

    Returns
    -------
    str
        ``"; did you mean 'x'?"``, or an empty string when nothing is close.

    Examples
    --------
    >>> did_you_mean("colums", ["columns", "path"])
    "; did you mean 'columns'?"
    """
    choices = {candidate.lower(): candidate for candidate in sorted(allowed)}
    close = difflib.get_close_matches(word.lower(), choices, n=1, cutoff=0.6)
    return f"; did you mean '{choices[close[0]]}'?" if close else ""


def listing(words: Iterable[str], at_most: int = 12) -> str:
    """
    Name the first words of a list, and say how many more there are.

    Examples
    --------
    >>> listing(["a", "b", "c"], at_most=2)
    'a, b … (1 more)'
    """
    named = [str(word) for word in words]
    shown = ", ".join(named[:at_most])
    return shown if len(named) <= at_most else f"{shown} … ({len(named) - at_most} more)"


def counted(n: int, one: str, many: str) -> str:
    """
    Write a number with its noun.

    Examples
    --------
    >>> counted(1, "row", "rows"), counted(2600, "row", "rows")
    ('1 row', '2,600 rows')
    """
    return f"{n:,} {one if n == 1 else many}"
