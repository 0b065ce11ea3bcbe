"""Step 01, a look into the files of a folder: their columns, first rows, dates, and rows that only describe the columns."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import yaml

from personakit.dates import AmbiguousDatesError, date_sql, is_count_of_time
from personakit.errors import DataError
from personakit.privacy_patterns import is_personal_name, what_it_looks_like
from personakit.readers import quoted, read_file
from personakit.readers_transcripts import TRANSCRIPT_ENDINGS
from personakit.readers_whole import read_spss_labels
from personakit.roles import TIME_COLUMN
from personakit.study_parts import Source

ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".sav", ".parquet", ".csv.gz", ".tsv.gz", ".txt.gz")
_SPLIT = re.compile(r"[\W_]+|(?<=[a-zæøåä])(?=[A-ZÆØÅÄ])")
_SAMPLE_ROWS, _FEW_DAYS_AHEAD = 5000, 31
#: What stands below the names of columns in exports of two survey tools, and how a column without a name is called.
_QUALTRICS, _CHOSEN, _SURVEYMONKEY = '{"ImportId"', " - Selected Choice", {"Response", "Open-Ended Response"}
_UNNAMED = re.compile(r"column_?\d+|Unnamed.*")
#: The form of notebook 11, which is found beside the study file and is no source.
_OWN_FORM = "perception"
#: Names of customers that are compared with those of other files, at most.
_MOST_NAMES = 1_000_000
#: How a date begins, in any digits; and the share of a column that has to be dates.
_DATE, _DATES_SHARE = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}"), 0.9


@cache
def vocabulary() -> dict[str, Any]:
    """Words by which columns and files are known."""
    return yaml.safe_load((Path(__file__).parent / "collection_words.yaml").read_text(encoding="utf-8"))


@dataclass
class Table:
    """What is known of one file after a look into it."""

    path: Path
    columns: list[str]
    sample: pd.DataFrame
    rows: int
    last_days: dict[str, str] = field(default_factory=dict)  # of each column of dates
    calendars: dict[str, str] = field(default_factory=dict)  # of columns of text or counts that hold dates
    labels: dict[str, str] = field(default_factory=dict)
    mapping: dict[str, str] = field(default_factory=dict)
    role: str = ""
    extra_header_rows: int = 0
    names_of_customers: dict[str, np.ndarray] = field(default_factory=dict)  # numbers that stand for the values of some columns
    other_ids: list[str] = field(default_factory=list)  # other columns that name the customer, by which other files join
    key: str = ""  # the column that names the customer, where another one than its name says

    def looks_personal(self, column: str) -> bool:
        """Say whether a column is personal by its name or by what stands in it."""
        if is_personal_name(column):
            return True
        values = self.sample[column].dropna()
        texts = len(values) > 0 and not pd.api.types.is_numeric_dtype(values)
        return bool(texts and what_it_looks_like(values.astype(str).unique()[:500]))


def words_in(name: str) -> str:
    """Words of a column's name, in small letters."""
    return " ".join(part for part in _SPLIT.split(name) if part).casefold()


def look_into(folder: Path) -> tuple[list[Table], list[str]]:
    """Look into every file of a folder that could be a source; the others are named, with the reason."""
    found, notes = [], []
    for path in sorted(folder.iterdir()):
        texts = path.is_dir() and any(p.suffix.lower() in TRANSCRIPT_ENDINGS[:-1] for p in path.iterdir())
        if not texts and not (path.is_file() and path.name.lower().endswith(ENDINGS)):
            continue
        if path.stem == _OWN_FORM:
            continue
        role = "interviews" if texts else "orders"
        with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as connection:
            connection.execute("SET enable_progress_bar = false")  # it would stand in the study file that is printed
            try:
                name = read_file(connection, path, Source(path=path.name), role, Path(scratch))
                sample = connection.execute(f"SELECT * EXCLUDE (_row) FROM {name} LIMIT {_SAMPLE_ROWS}").df()  # noqa: S608
                extra, wording = _extra_header_rows(sample)
                if extra:
                    spec = Source(path=path.name, extra_header_rows=extra)
                    name = read_file(connection, path, spec, role, Path(scratch))
                    sample = connection.execute(f"SELECT * EXCLUDE (_row) FROM {name} LIMIT {_SAMPLE_ROWS}").df()  # noqa: S608
                rows = int(connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0])  # noqa: S608
                calendars, last_days = _dates(connection, name, sample)
                table = Table(path, list(sample.columns), sample, rows, last_days, calendars, wording, extra_header_rows=extra)
                table.names_of_customers = _names_of_customers(connection, name, table.columns)
                if path.suffix.lower() == ".sav":
                    table.labels = read_spss_labels(path, role).wording
                found.append(table)
            except DataError as error:
                notes += [problem.replace(f"sources.{role}: ", "") for problem in error.problems]
    return found, notes


def _names_of_customers(connection: Any, name: str, columns: list[str]) -> dict[str, np.ndarray]:
    """Different values of each column that could name the customer, as numbers that stand for them."""
    known = {*vocabulary()["columns"]["customer_id"], *vocabulary()["columns"]["email"]}
    found = {}
    for column in columns:
        if words_in(column) in known:
            text = f"lower(trim(CAST({quoted(column)} AS VARCHAR)))"
            values = f"SELECT {text} AS v FROM {name} WHERE {quoted(column)} IS NOT NULL LIMIT {_MOST_NAMES}"  # noqa: S608
            found[column] = connection.execute(f"SELECT DISTINCT hash(v) AS v FROM ({values})").fetchnumpy()["v"]  # noqa: S608
    return found


def _extra_header_rows(sample: pd.DataFrame) -> tuple[int, dict[str, str]]:
    """How many rows below the names describe the columns, as survey tools export them, and the wordings in the first of them."""
    texts = [{c: v for c, v in row.items() if isinstance(v, str) and v.strip()} for row in sample.head(2).to_dict("records")]
    if len(texts) > 1 and sum(text.lstrip().startswith(_QUALTRICS) for text in texts[1].values()) > len(sample.columns) / 2:
        said = {column: " ".join(text.split()).removesuffix(_CHOSEN) for column, text in texts[0].items()}
        asked = Counter(text.rpartition(" - ")[0] for text in said.values())  # the same question about several things
        return 2, {c: text.rpartition(" - ")[2] if asked[text.rpartition(" - ")[0]] > 1 else text for c, text in said.items()}
    if texts and sum(text in _SURVEYMONKEY for text in texts[0].values()) > 1 and sample.columns[0] not in texts[0]:
        wording, question = {}, ""
        for column in sample.columns:  # an answer stands below its question, or below a column without a name on its right
            question = question if _UNNAMED.fullmatch(column) else column
            answer = texts[0].get(column, "")
            wording[column] = question if answer in {"", *_SURVEYMONKEY} else f"{question.rstrip(' :?؟')}: {answer}"
        return 1, wording
    return 0, {}


def _dates(connection: Any, name: str, sample: pd.DataFrame) -> tuple[dict[str, str], dict[str, str]]:
    """
    Calendar of each column of text or counts that holds dates, where they can be read in one way only, and its last day.

    Single days far ahead of all others are mistakes, not the last day, and days of birth say nothing of it.
    """
    moments = {c: quoted(c) for c in sample.columns if pd.api.types.is_datetime64_any_dtype(sample[c])}
    times = {word for agreed in TIME_COLUMN.values() for word in vocabulary()["columns"].get(agreed, ())}
    counted = [c for c in sample.columns if words_in(c) in times and is_count_of_time(sample[c])]
    moments |= {c: date_sql(connection, name, quoted(c), "BIGINT", Source(path=name)) for c in counted}
    calendars: dict[str, str] = dict.fromkeys(counted, "gregorian")
    for column in sample.columns:
        begins = [bool(_DATE.match(text)) for text in sample[column].dropna().head(200) if isinstance(text, str)]
        if sum(begins) >= max(_DATES_SHARE * len(begins), 1):
            for calendar in ("gregorian", "persian"):
                try:
                    moment = date_sql(connection, name, quoted(column), "VARCHAR", Source(path=name, calendar=calendar))
                except AmbiguousDatesError:
                    continue
                known, read = connection.execute(f"SELECT count({quoted(column)}), count({moment}) FROM {name}").fetchone()  # noqa: S608
                if read >= _DATES_SHARE * known:
                    calendars[column], moments[column] = calendar, moment
    last_days = {}
    for column, moment in moments.items():
        if any(stem in words_in(column) for stem in vocabulary()["birth"]):
            continue
        days = f"(SELECT {moment} AS day FROM {name})"  # noqa: S608
        usual = f"(SELECT quantile_disc(day, 0.99) + INTERVAL {_FEW_DAYS_AHEAD} DAY FROM {days})"  # noqa: S608
        last = connection.execute(f"SELECT max(day) FROM {days} WHERE day <= {usual}").fetchone()[0]  # noqa: S608
        if last is not None:
            last_days[column] = str(pd.Timestamp(last).date())
    return calendars, last_days
