"""Step 11, perception: how the people who use the personas see them, asked with a form, and held against what the data say."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from scipy.stats import t

from personakit.errors import DataError, listing
from personakit.evidence import Claim, Figure, claim
from personakit.features_scores import cronbach_alpha
from personakit.measurement_quality import Fidelity, held_figure
from personakit.readers import read_file
from personakit.study_parts import Source

PERCEPTION_COLUMNS = ["dimension", "score", "ci_low", "ci_high", "n", "alpha", "alpha_low", "alpha_high"]
#: The form, filled in, under one of these names beside the study file.
FORMS = ("perception.csv", "perception.xlsx")
#: Statements of our own to which the people who use the personas agree from 1 to 7, two for each side of a persona's quality.
#: For research, the published Persona Perception Scale (Salminen et al., 2020) is the tested instrument.
STATEMENTS: dict[str, tuple[str, str]] = {
    "clarity": ("It is easy to see who this persona is.", "The words on the card are easy to understand."),
    "completeness": ("The card tells what I need to know for my work.", "Nothing important is missing from the card."),
    "credibility": ("I believe that customers like this exist.", "I can see where the statements come from."),
    "consistency": ("The statements on the card fit together.", "Picture, quotes and figures tell the same story."),
    "empathy": ("I can imagine how this persona feels.", "I understand why they act as they do."),
    "usefulness": ("I would decide differently with this card than without it.", "I know when I would use this card."),
}  # fmt: skip
LOWEST, HIGHEST = 1, 7
BORNE_OUT_AND_LIKED = "The data bear these personas out, and the people who use them trust them"
LIKED_NOT_BORNE_OUT = "People trust these personas more than the data bear them out: test the claims again before you decide"
BORNE_OUT_NOT_LIKED = "The data bear these personas out, but people find fault with them, most of all with their {dimension}"
NEITHER = "Neither do the data bear these personas out, nor do people trust them: make them again"
TOO_FEW_ANSWERS = "The data alone can be judged: fewer than five people have answered"
#: What is said of the answers to one side, and of all of them.
SCORED = "How those who use the personas rate them, {dimension}: {value} ({low} to {high})"
SCORED_ALL = "How those who use the personas rate them, over all statements: {value} ({low} to {high})"
#: From here on claims count as borne out (share confirmed of those graded moderate or strong), and answers as trust.
BORNE_OUT, TRUSTED = 0.8, 5.0
FEWEST_ANSWERS = 5
_PEOPLE = 8


def statement_ids() -> dict[str, str]:
    """Name every statement: ``clarity_1``, ``clarity_2``, ``completeness_1``, … with its English text."""
    return {f"{dimension}_{i}": text for dimension, own in STATEMENTS.items() for i, text in enumerate(own, 1)}


def perception_form(texts: dict[str, str] | None = None, *, people: int = _PEOPLE) -> pd.DataFrame:
    """
    Make the form for the people who use the personas.

    Parameters
    ----------
    texts : dict of str to str, optional
        The statements in another language, by name; without it in English.
    people : int
        Columns to fill in; more can be added by hand.

    Returns
    -------
    pandas.DataFrame
        One row per statement: ``statement`` (its name), ``text``, and an empty column for each person, for a whole number from
        1 (not at all) to 7 (fully). Filled in and put beside the study file as ``perception.csv`` or ``perception.xlsx``,
        notebook 11 reads it.
    """
    texts = texts or statement_ids()
    form = pd.DataFrame({"statement": list(texts), "text": list(texts.values())})
    return form.assign(**{f"person_{number}": "" for number in range(1, people + 1)})


def read_perception(folder: str | Path) -> pd.DataFrame:
    """
    Read the form that the people who use the personas have filled in.

    Parameters
    ----------
    folder : str or Path
        The study's folder, where ``perception.csv`` or ``perception.xlsx`` lies; without it nobody has answered yet.

    Returns
    -------
    pandas.DataFrame
        One row per person who answered anything, by the name of the column; a column for each statement, answers from 1 to 7.

    Raises
    ------
    DataError
        If the form cannot be read, a statement is missing or there twice, or an answer is no whole number from 1 to 7; all
        problems are named together.
    """
    there = [path for name in FORMS if (path := Path(folder) / name).exists()]
    wanted = list(statement_ids())
    if not there:
        return pd.DataFrame(columns=wanted, dtype="float64")
    if len(there) > 1:
        raise DataError([f"{listing(FORMS)}: both are there; put all answers into one of them"])
    table, name = _table(there[0]), there[0].name
    if "statement" not in table:
        raise DataError([f"{name}: has no column 'statement'; start from the form in the folder of deliverables"])
    found = table["statement"].astype("str").str.strip()
    problems = [f"{name}: the statement '{lacking}' is missing" for lacking in wanted if lacking not in set(found)]
    problems += [f"{name}: the statement '{twice}' is there more than once" for twice in wanted if (found == twice).sum() > 1]
    answers = table.set_index(found).loc[lambda rows: rows.index.isin(wanted)].drop(columns=["statement", "text", "_row"],
                                                                                     errors="ignore")  # fmt: skip
    read: dict[str, list[float]] = {}
    for person in answers.columns:
        own = read.setdefault(str(person), [])
        for statement, found_there in zip(answers.index, answers[person], strict=True):
            value = _answer(found_there)
            own.append(np.nan if value is None else value)
            if value is None:
                problems.append(f"{name}: {statement}, {person}: found '{str(found_there)[:40]}'; allowed: a whole number from "
                                f"{LOWEST} to {HIGHEST}, or nothing")  # fmt: skip
    if problems:
        raise DataError(problems)
    people = pd.DataFrame(read, index=answers.index, dtype="float64").T
    return people[wanted].dropna(how="all").rename_axis(index="person", columns=None)


def _table(path: Path) -> pd.DataFrame:
    """The form as it stands in its file, whatever its separator and encoding."""
    with duckdb.connect() as connection, tempfile.TemporaryDirectory(prefix="personakit-") as scratch:
        try:
            view = read_file(connection, path, Source(path=path.name), "perception", Path(scratch))
            return connection.sql(f"SELECT * FROM {view} ORDER BY _row").df()  # noqa: S608  a name of our own
        except DataError as error:
            problems = [line.removeprefix("sources.perception: ") for line in str(error).splitlines()]
            raise DataError([f"the form of perception: {problem}" for problem in problems]) from None


def _answer(value: Any) -> float | None:
    """A whole number from 1 to 7, written in any digits; NaN for nothing, None for anything else."""
    text = "" if pd.isna(value) else str(value).strip().removesuffix(".0")
    if not text:
        return np.nan
    return float(text) if text.isdecimal() and LOWEST <= int(text) <= HIGHEST else None


def perception_scores(answers: pd.DataFrame) -> pd.DataFrame:
    """
    Score what the people who use the personas say of them.

    Parameters
    ----------
    answers : pandas.DataFrame
        One row per person (or person and persona), with the columns ``clarity_1``, ``clarity_2``, ``completeness_1``, … for the
        statements of :data:`STATEMENTS`; answers from 1 to 7.

    Returns
    -------
    pandas.DataFrame
        One row per dimension, and ``all``: ``score`` (mean, 1 to 7) with ``ci_low`` and ``ci_high`` (95 %, Student), ``n``
        people, ``alpha`` with its interval (Cronbach's alpha).

    Raises
    ------
    DataError
        If a column is missing, or an answer is not between 1 and 7; all of them are named.

    References
    ----------
    Salminen, J., Santos, J. M., Kwak, H., An, J., Jung, S., & Jansen, B. J. (2020). Persona Perception Scale: development and
    exploratory validation. International Journal of Human-Computer Studies, 141, 102437.
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika, 16, 297-334.
    """
    every = list(statement_ids())
    columns = {dimension: [name for name in every if name.startswith(f"{dimension}_")] for dimension in STATEMENTS}
    problems = [f"answers: no column '{column}'" for column in every if column not in answers]
    values = answers.reindex(columns=every).apply(pd.to_numeric, errors="coerce")
    for column in every:
        wrong = values[column].notna() & ~values[column].between(LOWEST, HIGHEST)
        wrong |= answers[column].notna() & values[column].isna() if column in answers else False
        if wrong.any():
            found = listing(sorted({str(value) for value in answers.loc[wrong, column]}))
            problems.append(f"answers: {column} holds {found}; allowed: {LOWEST} to {HIGHEST}, or empty")
    if problems:
        raise DataError(problems)
    rows = [_scored(dimension, values[own]) for dimension, own in [*columns.items(), ("all", every)]]
    return pd.DataFrame([row for row in rows if row], columns=PERCEPTION_COLUMNS)


def _scored(dimension: str, values: pd.DataFrame) -> dict[str, Any] | None:
    scores = values.mean(axis=1)[values.notna().mean(axis=1) >= 0.5]
    if scores.empty:
        return None
    row: dict[str, Any] = {"dimension": dimension, "score": float(scores.mean()), "n": len(scores)}
    if len(scores) > 1:
        half = float(t.ppf(0.975, len(scores) - 1) * scores.std(ddof=1) / np.sqrt(len(scores)))
        row |= {"ci_low": row["score"] - half, "ci_high": row["score"] + half}
    reliable = cronbach_alpha(values)
    return row | {name: reliable[name] for name in ("alpha", "alpha_low", "alpha_high")}


def persona_quality(fidelity: Fidelity, perception: pd.DataFrame) -> tuple[str, dict[str, str]]:
    """
    Put both together, and call it what it is.

    Parameters
    ----------
    fidelity : Fidelity
        Whether the data bear the personas out: at least 80 % of the claims graded moderate or strong are confirmed.
    perception : pandas.DataFrame
        See :func:`perception_scores`; trust is a mean of 5 or more of 7.

    Returns
    -------
    str
        An English pattern, under which catalogues hold its translations.
    dict
        Its parameters.
    """
    scores = perception.set_index("dimension")
    if "all" not in scores.index or scores.at["all", "n"] < FEWEST_ANSWERS:
        return TOO_FEW_ANSWERS, {}
    true, trusted = fidelity.share >= BORNE_OUT, scores.at["all", "score"] >= TRUSTED
    if true and not trusted:
        return BORNE_OUT_NOT_LIKED, {"dimension": str(scores["score"].drop("all").idxmin())}
    return (BORNE_OUT_AND_LIKED if true else LIKED_NOT_BORNE_OUT if trusted else NEITHER), {}


def perception_lines(perception: pd.DataFrame, fidelity: Fidelity) -> list[Claim]:
    """
    Say how the people who use the personas see them, and what follows together with what the data say.

    Parameters
    ----------
    perception : pandas.DataFrame
        See :func:`perception_scores`.
    fidelity : Fidelity
        Whether the data bear the personas out.

    Returns
    -------
    list of Claim
        The verdict, the score over all statements, and one line per dimension; none while fewer than five people have answered,
        so that nobody's own answers are told.
    """
    shown = perception[perception["n"] >= FEWEST_ANSWERS].set_index("dimension")
    if "all" not in shown.index:
        return []
    figures = {str(row.Index): _figure(row) for row in shown.itertuples()}
    held = held_figure(fidelity)
    message, params = persona_quality(fidelity, perception)
    verdict = (
        [claim(0, "measurement|perception", message, evidence=[held, figures["all"]], asserts="level", **params)] if held else []
    )
    said = [claim(0, "measurement|perception", SCORED_ALL if name == "all" else SCORED, evidence=[figure], asserts="level",
                  dimension=name, value=figure.estimate, low=figure.ci_low, high=figure.ci_high, format="scale", unit=figure.unit)
            for name, figure in sorted(figures.items(), key=lambda item: item[0] != "all")]  # fmt: skip
    return [*verdict, *said]


def _figure(row: Any) -> Figure:
    names = [name for name in statement_ids() if row.Index in {"all", name.rpartition("_")[0]}]
    return Figure(key=f"measurement|perception_{row.Index}||0", table="measurement", column=f"perception_{row.Index}",
                  label="Perception" if row.Index == "all" else row.Index, unit=f"{LOWEST} to {HIGHEST}",
                  sources=[f"perception.{name}" for name in names], segment=0, statistic="mean", estimate=row.score,
                  ci_low=row.ci_low, ci_high=row.ci_high, n=int(row.n))  # fmt: skip
