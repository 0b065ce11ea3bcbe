"""Step 10, the rule of a screener: answers, points, and who somebody most probably is; it needs no study."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from personakit.errors import DataError
from personakit.screener_points import POINTS_PER_DOUBLING, add_points, chances
from personakit.screener_questions import ScreenerQuestion
from personakit.screener_selection import codes_of
from personakit.screener_sql import screener_sql
from personakit.segmentation import CERTAINTY_DIGITS


@dataclass(frozen=True, eq=False, repr=False)
class ScreenerRule:
    """
    A few questions whose answers add up to a persona.

    Attributes
    ----------
    questions : list of ScreenerQuestion
        In the order in which they are asked, the most telling first; each answer has points for each persona.
    start : tuple of int
        Points of each persona before any answer.
    names : dict of int to str
        Name of each segment's persona.
    sure_lead : int
        With a smaller lead the answer is "not sure". Ten points ahead is twice as likely.
    """

    questions: list[ScreenerQuestion]
    start: tuple[int, ...]
    names: dict[int, str]
    sure_lead: int

    @property
    def least_answers(self) -> int:
        """Answers without which nobody is told; half of the questions."""
        return (len(self.questions) + 1) // 2

    def tell(self, table: pd.DataFrame) -> pd.DataFrame:
        """
        Tell which persona people are.

        Parameters
        ----------
        table : pandas.DataFrame
            One row per person, one column per question, named and measured like the features.

        Returns
        -------
        pandas.DataFrame
            One row per person: ``segment`` (missing for people with fewer than half of the answers), ``certainty`` (how likely it
            is, 0 to 1), ``second`` (what the person would be otherwise), ``lead`` (points ahead of it), ``sure``.

        Raises
        ------
        DataError
            If a question has no column.
        """
        lacking = [question.name for question in self.questions if question.name not in table]
        if lacking:
            raise DataError([f"table: has no column '{name}', which the screener asks for" for name in lacking])
        codes = codes_of(self.questions, table)
        answers = [np.array([answer.points for answer in question.answers]) for question in self.questions]
        points = add_points(codes, answers, np.array(self.start))
        segments = np.array(sorted(self.names))
        rows, best = np.arange(len(points)), points.argmax(axis=1)
        others = points.astype(float)
        others[rows, best] = -np.inf
        second = others.argmax(axis=1)
        lead = points[rows, best] - points[rows, second]
        certainty = chances(points * np.log(2) / POINTS_PER_DOUBLING)[rows, best].round(CERTAINTY_DIGITS)
        known = (codes >= 0).sum(axis=1) >= self.least_answers
        told = {"segment": pd.array(segments[best], "Int64"), "certainty": pd.array(certainty, "Float64"),
                "second": pd.array(segments[second], "Int64"), "lead": pd.array(lead, "Int64"),
                "sure": pd.array(lead >= self.sure_lead, "boolean")}  # fmt: skip
        for values in told.values():
            values[~known] = pd.NA
        return pd.DataFrame(told, index=table.index).astype({"certainty": "float64"})

    def rule(self) -> dict[str, Any]:
        """
        Give all that is needed to tell people, as plain values.

        Returns
        -------
        dict
            ``questions`` (each with ``answers`` and their ``points``), ``start``, ``segments``, ``names``, ``sure_lead``,
            ``least_answers``, ``points_per_doubling``.
        """
        return {"questions": [question.to_plain() for question in self.questions], "start": list(self.start),
                "segments": sorted(self.names), "names": {str(segment): name for segment, name in self.names.items()},
                "sure_lead": self.sure_lead, "least_answers": self.least_answers,
                "points_per_doubling": POINTS_PER_DOUBLING}  # fmt: skip

    @classmethod
    def from_plain(cls, content: dict[str, Any]) -> ScreenerRule:
        """Put together what :meth:`rule` gave."""
        questions = [ScreenerQuestion.from_plain(question) for question in content["questions"]]
        names = {int(segment): name for segment, name in content["names"].items()}
        return ScreenerRule(questions, tuple(content["start"]), names, content["sure_lead"])

    def to_json(self) -> str:
        """Write questions, answers and points as JSON of plain values."""
        return json.dumps(self.rule(), ensure_ascii=False, sort_keys=True)

    def to_sql(self, dialect: str = "duckdb", *, table: str = "answers") -> str:
        """
        Write the screener as one SELECT statement.

        Parameters
        ----------
        dialect : str
            Any dialect of sqlglot, such as "duckdb", "bigquery", "snowflake", "spark", "postgres" or "tsql".
        table : str
            The table with one row per person, ``customer_id`` and one column per question.

        Returns
        -------
        str
            A query that gives ``customer_id``, ``segment``, ``second``, ``lead``, ``sure`` and ``certainty``.
        """
        import sqlglot

        return str(sqlglot.transpile(self.statement(table=table), read="duckdb", write=dialect, pretty=True)[0])

    def statement(self, _dialect: str = "duckdb", *, table: str = "answers") -> str:
        """Give what :meth:`to_sql` writes before it is translated: in DuckDB's own dialect, in one line."""
        return screener_sql(self.questions, self.start, sorted(self.names), least_answers=self.least_answers,
                            sure_lead=self.sure_lead, table=table)  # fmt: skip
