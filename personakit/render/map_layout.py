"""Texts of a journey map broken into lines that fit, for forms that do not break them by themselves: drawings and slides."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

_MEASURED_AT = 100
#: Signs without a width that only order the text.
_UNSEEN = dict.fromkeys(map(ord, "\u200c\u200d\u200e\u200f\u2066\u2067\u2068\u2069"))
#: Height of a line and space between two entries, in parts of the letters' size.
LINE, BETWEEN = 1.32, 0.4


@cache
def _font(*, bold: bool) -> Any:
    """A font as wide as any that a reader is likely to have, so that what fits here fits there."""
    import matplotlib
    from PIL import ImageFont

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name), _MEASURED_AT)


@cache
def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a text is, in the unit of its size; on the safe side for letters that join, such as Persian ones."""
    return float(_font(bold=bold).getlength(text.translate(_UNSEEN))) * size / _MEASURED_AT


def broken(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """
    Break a text into lines.

    Parameters
    ----------
    text : str
        One paragraph.
    width, size : float
        Room and size of the letters, in the same unit.
    bold : bool
        Whether the letters are bold.

    Returns
    -------
    list of str
        Broken between words; a word that is too long by itself is broken inside. Together they hold every letter.

    Examples
    --------
    >>> broken("one two", 30, 10)
    ['one', 'two']
    """
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if text_width(longer, size, bold=bold) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while text_width(line, size, bold=bold) > width and len(line) > 1:
            fits = next((n for n in range(len(line) - 1, 1, -1) if text_width(line[:n], size, bold=bold) <= width), 1)
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line] if line else lines


def shortened(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """
    Cut a text to a width, with an ellipsis in its middle: names that begin alike often differ at their end.

    Examples
    --------
    >>> shortened("checkout_step_2", 70, 10)
    'checkou…p_2'
    """
    kept = len(text)
    short = text
    while text_width(short, size, bold=bold) > width and kept > 2:
        kept -= 1
        end = kept // 3
        short = f"{text[: kept - end].rstrip()}…{text[len(text) - end :].lstrip()}"
    return short


def entry_text(entry: dict[str, Any]) -> str:
    """One entry of a cell as a paragraph: what it says, its mark, and its number in the list of evidence."""
    mark = f" ({entry['mark']})" if entry["mark"] else ""
    return f"{entry['text']}{mark}" + (f" [{entry['ref']}]" if entry["ref"] else "")


def entries_height(entries: list[dict[str, Any]], width: float, size: float) -> float:
    """How high a cell is with all its entries."""
    lines = sum(len(broken(entry_text(entry), width, size)) for entry in entries)
    return (lines * LINE + max(len(entries) - 1, 0) * BETWEEN) * size


def runs_right_to_left(text: str) -> bool:
    """Tell a Norwegian quote on a Persian page, which keeps its full stop at its end, from a Persian line with a name in it."""
    kinds = {unicodedata.bidirectional(letter) for letter in text}
    return bool(kinds & {"R", "AL"}) or "L" not in kinds
