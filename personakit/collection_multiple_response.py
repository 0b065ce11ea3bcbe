"""Step 01, multiple-response questions: several answers in one cell, as forms export them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from personakit.readers import quoted, text_literal

_SEPARATORS = ("; ", ";", " | ", "|", "\n", "؛ ", "، ", "،", ", ", ",")
_FEWEST, _MOST = 3, 25
#: Cells with several answers, people who give an answer for it to be one that was offered, and answers that were offered.
_SEVERAL_SHARE, _OFFERED_SHARE, _FEWEST_PEOPLE, _KNOWN_SHARE = 0.1, 0.01, 3, 0.9


@dataclass(frozen=True)
class MultipleResponse:
    """
    How a column holds several answers per cell.

    Attributes
    ----------
    separator : str
        What stands between them.
    answers : tuple of str
        Those that were offered, the most frequent first; what few wrote themselves is not among them.
    """

    separator: str
    answers: tuple[str, ...]

    def condition(self, column: str, answer: str) -> str:
        """Say in SQL whether a person gave an answer; unknown where the cell is empty."""
        edge, wanted = text_literal(self.separator), text_literal(f"{self.separator}{answer}{self.separator}")
        return f"strpos({edge} || {quoted(column)} || {edge}, {wanted}) > 0"


def multiple_response(cells: Sequence[str]) -> MultipleResponse | None:
    """
    Find the answers of a question that can have several, each person's in one cell.

    Parameters
    ----------
    cells : sequence of str
        What was written, without empty cells.

    Returns
    -------
    MultipleResponse or None
        None where cells are single answers, or free text: answers have to come back, and in more combinations than there are
        answers.

    Examples
    --------
    >>> multiple_response(["web, store", "store", "web", "web, store, phone", "phone", "store, phone", "web, phone"] * 5)
    MultipleResponse(separator=', ', answers=('phone', 'store', 'web'))
    >>> multiple_response(["Oslo, Norway", "Bergen, Norway", "Turku, Finland"] * 9) is None
    True
    """
    for separator in _SEPARATORS:
        split = [[part for part in cell.split(separator) if part.strip()] for cell in cells]
        if sum(len(parts) > 1 for parts in split) < max(_SEVERAL_SHARE * len(split), 1):
            continue
        people = Counter(part for parts in split for part in set(parts))
        offered = {part: n for part, n in people.items() if n >= max(_OFFERED_SHARE * len(split), _FEWEST_PEOPLE)}
        alone = {parts[0] for parts in split if len(parts) == 1}
        combinations = {tuple(own) for parts in split if (own := [part for part in parts if part in offered])}
        numbers = all(part.isdecimal() for part in offered) and max(map(len, split)) == 2  # 3,5 is one number, not two answers
        fits = not numbers and _FEWEST <= len(offered) <= _MOST and all(part == part.strip() for part in offered)
        if (
            fits
            and len(combinations) > len(offered)
            and len(alone & set(offered)) > 1
            and sum(offered.values()) >= _KNOWN_SHARE * sum(people.values())
        ):
            return MultipleResponse(separator, tuple(sorted(offered, key=lambda part: (-offered[part], part))))
    return None
