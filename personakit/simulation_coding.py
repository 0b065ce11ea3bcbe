"""Coded interviews of the simulated shop: two readers, of whom the second reads half, misses some and mistakes some."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from personakit.voices_codebook import Codebook
from personakit.voices_coding import CODING_COLUMNS, Codings, fingerprint

READERS = ("aino", "odd")
_MISSED, _MISTAKEN, _READ_BY_BOTH = 0.12, 0.06, 0.5


def code_interviews(
    interviews: dict[str, str], archetypes: pd.Series, content: dict[str, Any], rng: np.random.Generator
) -> Codings:
    """
    Code the answers to the second, third and fourth question of each interview.

    Parameters
    ----------
    interviews : dict of str to str
        Transcripts by file name.
    archetypes : pandas.Series
        Planted group by ``customer_id``.
    content : dict
        Codes, the answers that carry them, and how they are mistaken.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    Codings
        The first reader codes everything rightly; the second reads half of the interviews.
    """
    rows: list[dict[str, Any]] = []
    names = sorted(interviews)
    for number, name in enumerate(names):
        lines = interviews[name].split("\n")
        who = lines[0].removeprefix("customer_id: ")
        answers = [(i, line.removeprefix("Customer: ")) for i, line in enumerate(lines, start=1) if line.startswith("Customer: ")]
        readers = READERS if number < _READ_BY_BOTH * len(names) else READERS[:1]
        for (line, said), codes in zip(answers[1:4], content["answers"][archetypes[who]], strict=True):
            for reader in readers:
                for code in codes:
                    given = _second_reading(code, content["mistaken"], rng) if reader == READERS[1] else code
                    if given:
                        rows.append({"coder": reader, "source": "interviews", "document": name.removesuffix(".txt"),
                                     "line_first": line, "line_last": line, "code": given, "memo": "",
                                     "begins": fingerprint(said)})  # fmt: skip
    table = pd.DataFrame(rows, columns=CODING_COLUMNS).drop_duplicates(ignore_index=True)
    return Codings(table, Codebook(codes=content["codes"]))


def _second_reading(code: str, mistaken: dict[str, str], rng: np.random.Generator) -> str:
    chance = rng.random()
    if chance < _MISSED:
        return ""
    return mistaken.get(code, code) if chance < _MISSED + _MISTAKEN else code
