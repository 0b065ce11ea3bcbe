"""Errors a user can mend: each says what is wrong, where, what is allowed and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


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
