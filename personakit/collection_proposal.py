"""Step 01, a first study file: looks at the files of a folder and proposes roles, columns, items and consent to edit."""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import yaml

from personakit.collection_multiple_response import multiple_response
from personakit.collection_scales import WordedScale, worded_scale
from personakit.dates import AmbiguousDatesError, date_sql
from personakit.errors import DataError, StudyError
from personakit.privacy_patterns import is_personal_name, what_it_looks_like
from personakit.readers import quoted, read_file
from personakit.readers_whole import read_spss_labels
from personakit.roles import AGREED, NEEDED, TIME_COLUMN
from personakit.study_parts import ABOUT_BY_NAME, ROLES, Source

_ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".sav", ".parquet", ".csv.gz", ".tsv.gz", ".txt.gz")
_SPLIT = re.compile(r"[\W_]+|(?<=[a-zæøåä])(?=[A-ZÆØÅÄ])")
_NUMBERED = re.compile(r"^(.*?)[_ .-]?\d+[a-z]?$")
_YES_NO = {"yes", "no", "ja", "nei", "kyllä", "ei", "true", "false", "0", "1", "y", "n", "بله", "خیر"}
_MOST_ANSWERS, _SAMPLE_ROWS = 12, 5000
_LIKERT_SHARE, _USED_SHARE = 0.97, 0.6
_MOST_ASKED, _FEW_REPEATS = 0.5, 0.2
#: Of answers in words to a question with few of them, at most this share differ from each other.
_MOST_DIFFERENT = 0.5
_FEW_DAYS_AHEAD = 31
#: What stands below the names of columns in exports of two survey tools, and how a column without a name is called.
_QUALTRICS, _CHOSEN, _SURVEYMONKEY = '{"ImportId"', " - Selected Choice", {"Response", "Open-Ended Response"}
_UNNAMED = re.compile(r"column_?\d+|Unnamed.*")
_RECOMMENDS = re.compile("recommend|nps|anbefal|suosit|توصیه")
#: The form of notebook 11, which is found beside the study file and is no source.
_OWN_FORM = "perception"
#: Where the role that fits a file best is taken, another one has to fit more than this much as well.
_NEXT_BEST = 0.5
#: How a date begins, in any digits; and the share of a column that has to be dates.
_DATE, _DATES_SHARE = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}"), 0.9


@cache
def _vocabulary() -> dict[str, Any]:
    return yaml.safe_load((Path(__file__).parent / "collection_words.yaml").read_text(encoding="utf-8"))


@dataclass
class _Table:
    """What is known of one file after a look into it."""

    path: Path
    columns: list[str]
    sample: pd.DataFrame
    rows: int
    latest: str = ""
    calendars: dict[str, str] = field(default_factory=dict)  # of columns of text that hold dates
    labels: dict[str, str] = field(default_factory=dict)
    mapping: dict[str, str] = field(default_factory=dict)
    role: str = ""
    extra_header_rows: int = 0


def propose_study(folder: str | Path, *, study_folder: str | Path = "") -> str:
    """
    Propose a study file for the files of a folder.

    Parameters
    ----------
    folder : str or Path
        A folder with data files, and perhaps a folder of interview notes.
    study_folder : str or Path
        Where the study file will lie; without it, in the same folder.

    Returns
    -------
    str
        A commented ``study.yaml``. What could not be told is left as a comment to fill in; a file that fits no role is
        named, and a file that cannot be read is named with the reason.

    Raises
    ------
    StudyError
        If the folder does not exist or has no file that could be a source.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise StudyError(f"there is no folder {folder}; give the folder in which the data files lie")
    tables, notes = _look(folder)
    if not tables:
        raise StudyError(
            f"{folder.name or folder} has no file that could be a source; {' '.join(notes) or 'allowed: ' + ', '.join(_ENDINGS)}"
        )
    for table in sorted(tables, key=lambda t: -max(score for score, *_ in _scores(t))):
        taken = {other.role for other in tables}
        for score, role, mapping in _scores(table):
            if role not in taken and score > _NEXT_BEST * _scores(table)[0][0]:
                table.role, table.mapping = role, mapping
                break
        else:
            notes.append(f"{table.path.name}: {_why_not_used(table, tables)}")
    there = Path(study_folder).expanduser().resolve() if str(study_folder) else folder.resolve()
    return _yaml(folder, there, sorted((t for t in tables if t.role), key=lambda t: ROLES.index(t.role)), notes)


def _why_not_used(table: _Table, tables: list[_Table]) -> str:
    likely = [role for score, role, _ in _scores(table) if score > 0]
    if not likely:
        what = "it is not known what it holds: customers, orders and events need a column with the customer's id"
        return f"{what}; name it, or the file, yourself if it is needed"
    there = next(other.path.name for other in tables if other.role == likely[0])
    return f"looks like {likely[0]}, as {there} does, which is used; put both together, or name it yourself instead"


def _look(folder: Path) -> tuple[list[_Table], list[str]]:
    found, notes = [], []
    for path in sorted(folder.iterdir()):
        texts = path.is_dir() and any(p.suffix.lower() in {".txt", ".md", ".docx"} for p in path.iterdir())
        if not texts and not (path.is_file() and path.name.lower().endswith(_ENDINGS)):
            continue
        if path.stem == _OWN_FORM:
            continue
        role = "interviews" if texts else "orders"
        with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as connection:
            try:
                name = read_file(connection, path, Source(path=path.name), role, Path(scratch))
                sample = connection.execute(f"SELECT * EXCLUDE (_row) FROM {name} LIMIT {_SAMPLE_ROWS}").df()  # noqa: S608
                extra, wording = _extra_header_rows(sample)
                if extra:
                    spec = Source(path=path.name, extra_header_rows=extra)
                    name = read_file(connection, path, spec, role, Path(scratch))
                    sample = connection.execute(f"SELECT * EXCLUDE (_row) FROM {name} LIMIT {_SAMPLE_ROWS}").df()  # noqa: S608
                rows = int(connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0])  # noqa: S608
                calendars, latest = _dates(connection, name, sample)
                table = _Table(path, list(sample.columns), sample, rows, latest, calendars, wording, extra_header_rows=extra)
                if path.suffix.lower() == ".sav":
                    table.labels = read_spss_labels(path, role).wording
                found.append(table)
            except DataError as error:
                notes += [problem.replace(f"sources.{role}: ", "") for problem in error.problems]
    return found, notes


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


def _dates(connection: Any, name: str, sample: pd.DataFrame) -> tuple[dict[str, str], str]:
    """
    Calendar of each column of text that holds dates, where they can be read in one way only, and the last day of the file.

    Single days far ahead of all others are mistakes, not the last day, and days of birth say nothing of it.
    """
    moments = {c: quoted(c) for c in sample.columns if pd.api.types.is_datetime64_any_dtype(sample[c])}
    calendars: dict[str, str] = {}
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
    found = []
    for column, moment in moments.items():
        if any(stem in _words(column) for stem in _vocabulary()["birth"]):
            continue
        days = f"(SELECT {moment} AS day FROM {name})"  # noqa: S608
        usual = f"(SELECT quantile_disc(day, 0.99) + INTERVAL {_FEW_DAYS_AHEAD} DAY FROM {days})"  # noqa: S608
        found.append(connection.execute(f"SELECT max(day) FROM {days} WHERE day <= {usual}").fetchone()[0])  # noqa: S608
    return calendars, max((str(pd.Timestamp(day).date()) for day in found if day is not None), default="")


def _words(name: str) -> str:
    return " ".join(part for part in _SPLIT.split(name) if part).casefold()


def _scores(table: _Table) -> list[tuple[float, str, dict[str, str]]]:
    """How well a file fits each role, the best first, with the columns that would be mapped."""
    if table.path.is_dir():
        return [(10.0, "interviews", {})]
    names = set(_words(table.path.name.split(".")[0]).split())
    found = []
    for role in ROLES:
        mapping = _mapping(table.columns, role)
        needed = [one if isinstance(one, tuple) else (one,) for one in NEEDED[role]]
        met = sum(any(choice in mapping for choice in choices) for choices in needed)
        told = bool(names & set(_vocabulary()["files"][role]))
        score = 1.0 * len(mapping) + 4.0 * told
        if role == "orders" and "amount" not in mapping and _amount(table, mapping):
            met += 1
        if met < len(needed):
            score = 0.0
        elif role == "survey":
            asked = sum(block.n_asked for block in _items(table, mapping).values() if block.asked.kind in _ASKED_KINDS)
            asked_most = asked >= _MOST_ASKED * len(table.columns)
            answered = asked > 1 and (told or asked_most or _answered(mapping))
            score = score + 3.0 if answered or _asks(table.columns) else 0.0
        elif role == "population" and len(table.columns) > 8:
            score = 0.0
        if role in {"customers", "survey"} and "customer_id" in mapping:
            score *= float(table.sample[mapping["customer_id"]].dropna().duplicated().mean() < _FEW_REPEATS)
        found.append((score, role, mapping))
    return sorted(found, key=lambda entry: (-entry[0], ROLES.index(entry[1])))


def _asks(columns: list[str]) -> bool:
    """Whether most columns are whole sentences or questions, as those of a form are, however they are answered."""
    sentences = [c for c in columns if c.rstrip().endswith(("?", "؟")) or len(_words(c).split()) > _NAME_WORDS]
    return len(sentences) > max(_MOST_ASKED * len(columns), 1)


def _answered(mapping: dict[str, str]) -> bool:
    """Whether a column tells of people who answer; a time that could be that of anything does not."""
    when = _words(mapping.get("answered_at", ""))
    return "respondent_id" in mapping or bool(when and when not in _vocabulary()["columns"]["at"])


def _amount(table: _Table, mapping: dict[str, str]) -> str:
    """The amount of an order line as quantity times price, where the file has no amount of its own."""
    prices = [
        c for c in table.columns if _words(c) in _vocabulary()["unit_price"] and pd.api.types.is_numeric_dtype(table.sample[c])
    ]
    quantity = mapping.get("quantity", "")
    plain = [name for name in (quantity, *prices[:1]) if re.fullmatch(r"\w+", name)]
    return f"{quantity} * {prices[0]}" if len(plain) == 2 and "amount" not in mapping else ""


def _mapping(columns: list[str], role: str) -> dict[str, str]:
    """Agreed name to the column that is called so, each column once."""
    words = {column: _words(column) for column in columns}
    mapping: dict[str, str] = {}
    for agreed in AGREED[role]:
        exact = [c for c in columns if c == agreed or words[c] == agreed.replace("_", " ")]
        known = [c for synonym in _vocabulary()["columns"].get(agreed, ()) for c in columns if words[c] == synonym]
        for column in [*exact, *known]:
            if column not in mapping.values():
                mapping[agreed] = column
                break
    prices = [c for c in columns if words[c] in _vocabulary()["unit_price"] and c not in mapping.values()]
    if role == "orders" and prices and not {"amount", "quantity"} & set(mapping):
        mapping["amount"] = prices[0]  # without a quantity, the price of a line is its amount
    return mapping


_ALONE_NAMES = {"likert": "ratings", "csat": "satisfaction", "pick_any": "answers"}
_ASKED_KINDS = {"likert", "csat", "nps", "pick_any", "text"}
_NAME_WORDS = 3
_FACTS = {"birth_year", "age", "gender", "region", "occupation", "household", "income"}
#: What a form says in brackets after a question, such as "(several answers are possible)".
_HINT = re.compile(r"\s*[(\[][^)\]]*[)\]]\s*$")
_BLOCK_NAMES = {"text": "open_answers", "nps": "recommendation", "number": "numbers", "choice": "choices"}


@dataclass(frozen=True)
class _Asked:
    """How a question is answered: its kind, and the scale of a rating, in numbers or in words."""

    kind: str
    scale: tuple[int, int] | None = None
    words: WordedScale | None = None

    def joined(self, other: _Asked) -> _Asked | None:
        """Both in one block; nothing where they are answered in different ways."""
        if self.kind != other.kind or bool(self.words) != bool(other.words):
            return None
        if self.words and other.words:
            both = self.words.joined(other.words)
            return _Asked(self.kind, None, both) if both else None
        ends = (*(self.scale or ()), *(other.scale or ()))
        return _Asked(self.kind, (min(ends), max(ends)) if ends else None)


@dataclass
class _Block:
    """Questions that are answered the same way."""

    asked: _Asked
    columns: dict[str, str]  # column: its wording
    computed: dict[str, str] = field(default_factory=dict)  # column that is made from another: how
    split: list[str] = field(default_factory=list)  # columns of the file that are no longer needed then
    question: str = ""  # what they answer

    @property
    def n_asked(self) -> int:
        """Columns of the file that are questions."""
        return len(self.split) or len(self.columns)

    @property
    def name_alone(self) -> str:
        """What questions are called that stand alone; empty where they stay alone."""
        own = _ALONE_NAMES.get(self.asked.kind, "")
        if self.asked.words and own == "ratings":
            return self.asked.words.name or own
        return f"{own}_{self.asked.scale[0]}_to_{self.asked.scale[1]}" if own and self.asked.scale else own


def _items(table: _Table, mapping: dict[str, str]) -> dict[str, _Block]:
    """Blocks of questions: columns with a common beginning and the same kind of answers."""
    facts = {*_mapping(table.columns, "customers").values(), *_facts(table).values()}  # they describe people
    blocks: dict[str, _Block] = {}
    for column in [c for c in table.columns if c not in mapping.values() and c not in facts]:
        values = table.sample[column].dropna()
        if block := _ticked(column, values, table) or _split(column, values, table):
            _put(blocks, _short(block.question), block)
            continue
        asked = _asked(values, _words(column), table.labels.get(column, ""))
        if asked is None:
            continue
        name, about = _block_name(column, asked.kind)
        if asked.kind == "likert" and (about == "satisfaction" or (asked.words and asked.words.name == "satisfaction")):
            asked = replace(asked, kind="csat")
        block = _Block(asked, {column: table.labels.get(column, column)})
        _put(blocks, name or block.name_alone, block)
    merged: dict[str, _Block] = {}
    for name, block in blocks.items():
        alone = len(block.columns) == 1 and block.name_alone
        _put(merged, alone or name, block)
    return merged


def _split(column: str, values: pd.Series, table: _Table) -> _Block | None:
    """Make a yes-or-no question of each answer to a question that can have several."""
    texts = [text for text in values if isinstance(text, str)]
    if len(texts) < len(values) or _looks_personal(table, column) or not (found := multiple_response(texts)):
        return None
    question = _HINT.sub("", table.labels.get(column, column)).rstrip(" :?؟.")
    wordings: dict[str, str] = {}
    computed: dict[str, str] = {}
    for answer in found.answers:
        name = f"{_short(column)}_{_short(answer)}"
        name = name if name not in {*wordings, *table.columns} else f"{name}_{len(wordings) + 1}"
        wordings[name], computed[name] = f"{question}: {answer}", found.condition(column, answer)
    return _Block(_Asked("pick_any"), wordings, computed, [column], column)


def _ticked(column: str, values: pd.Series, table: _Table) -> _Block | None:
    """Make a yes-or-no question of a column that holds one answer, which stands below its question, or nothing."""
    question, _, answer = table.labels.get(column, "").rpartition(": ")
    if not question or not len(values) or set(values) != {answer}:
        return None
    name = f"{_short(question)}_{_short(answer)}"
    return _Block(
        _Asked("pick_any"), {name: f"{question}: {answer}"}, {name: f"{quoted(column)} IS NOT NULL"}, [column], question
    )


def _short(text: str) -> str:
    """A name of a few words for a question or an answer."""
    return "_".join(_words(text).split()[:_NAME_WORDS]) or "question"


def _put(blocks: dict[str, _Block], name: str, block: _Block) -> None:
    """Put a block into the first one of this name that is answered the same way; else under a name of its own."""
    for number in count(1):
        own = f"{name}_{number}" if number > 1 else name
        if own not in blocks:
            blocks[own] = block
            return
        there = blocks[own]
        both = there.asked.joined(block.asked) if there.question == block.question else None
        if both:
            blocks[own] = _Block(both, there.columns | block.columns, there.computed | block.computed, there.split + block.split,
                                 block.question)  # fmt: skip
            return


def _block_name(column: str, kind: str) -> tuple[str, str]:
    """Name a block by what its columns begin with, and what it is about, where a word tells; a sentence has no such name."""
    if kind in _BLOCK_NAMES:
        return _BLOCK_NAMES[kind], ""
    words = _words(column).split() or ["questions"]
    numbered = _NUMBERED.match(words[0])
    stem = (numbered[1] if numbered else words[0]) or "questions"
    about = next((about for about, known in _vocabulary()["about"].items() if stem in known), "")
    return "" if (len(words) > _NAME_WORDS or len(stem) < 2) and not about else re.sub(r"\W+", "_", about or stem), about


def _asked(values: pd.Series, words: str, wording: str = "") -> _Asked | None:
    """Tell the kind of a question from its answers, and its scale; a few impossible answers do not hide it."""
    if not len(values) or is_personal_name(words) or what_it_looks_like(values.astype(str).unique()[:200]):
        return None
    if values.nunique() < 2:  # the same from everybody tells nobody apart
        return None
    answers = {str(value).strip().lower().removesuffix(".0") for value in values.unique()[:50]}
    if answers <= _YES_NO and len(answers) <= 2:
        return _Asked("pick_any")
    if pd.api.types.is_datetime64_any_dtype(values):
        return None
    if not pd.api.types.is_numeric_dtype(values):
        return _asked_in_words(values.astype(str))
    numbers = values.astype(float)
    whole = bool((numbers % 1 == 0).all())
    if whole and numbers.is_unique and len(numbers) > _MOST_ANSWERS and numbers.max() - numbers.min() + 1 == len(numbers):
        return None  # numbers of rows
    recommends = _RECOMMENDS.search(f"{words} {wording.casefold()}")
    for low, high in ((1, 5), (1, 7), (0, 10)):
        inside = numbers[numbers.between(low, high)]
        fits = whole and len(inside) >= _LIKERT_SHARE * len(numbers)
        if fits and high == 10 and recommends:
            return _Asked("nps")
        used = inside.nunique() >= (high - low) * _USED_SHARE and inside.max() >= high - 1 and inside.min() <= low + 1
        if fits and used:
            return _Asked("likert", (low, high))
    return _Asked("number")


def _asked_in_words(texts: pd.Series) -> _Asked | None:
    """Tell ratings in words, choices and open answers apart: few of the former, again and again."""
    if scale := worded_scale(texts):
        return _Asked("likert", words=scale)
    if texts.nunique() <= min(_MOST_ANSWERS, _MOST_DIFFERENT * len(texts)):
        return _Asked("choice")
    long = texts.str.split().str.len().mean() > 3
    return _Asked("text") if long else _Asked("choice") if texts.nunique() <= _MOST_ANSWERS else None


def _scalar(text: str) -> str:
    return yaml.safe_dump(text, allow_unicode=True, default_flow_style=True, width=10_000).strip().removesuffix("\n...").strip()


def _listed(texts: list[str]) -> str:
    return yaml.safe_dump(texts, allow_unicode=True, default_flow_style=True, width=10_000).strip()


def _from(there: Path, path: Path) -> str:
    """A path as the study file names it: as seen from its folder, where both lie on one drive."""
    try:
        return Path(os.path.relpath(path.resolve(), there)).as_posix()
    except ValueError:
        return path.resolve().as_posix()


def _yaml(folder: Path, there: Path, tables: list[_Table], notes: list[str]) -> str:
    latest = max((t.latest for t in tables if t.latest), default="")
    lines = [
        f"# A first study file, proposed by personakit from the files in {_from(there, folder)}.",
        "# Read every line, and change what is wrong.",
        "# Then: personakit check study.yaml",
        f"study: {_scalar(there.name)}",
        "question: \"\"                # the decision that the personas serve; write it down before you go on",
        "language: en                # of the deliverables: en, nb, fi or fa",
        "currency: EUR               # of all amounts",
        f"as_of: {latest or 'YYYY-MM-DD'}           # the last day of the data; nothing after it is used",
        "sources:",
    ]  # fmt: skip
    for table in tables:
        lines += _source_lines(table, there)
    lines += _privacy_lines(tables)
    basis = _basis(tables)
    lines += (
        [
            "segmentation:",
            f"  basis: {_listed(basis)}    # what makes the segments: needs and behaviour, not age or place",
        ]
        if basis
        else []
    )
    lines += [f"# not used: {note}" for note in notes]
    return "\n".join(lines) + "\n"


def _facts(table: _Table) -> dict[str, str]:
    """What a survey tells of people themselves, as a register of customers would; bands of ages are no numbers."""
    found: dict[str, str] = {}
    asked = {agreed: column for column, text in table.labels.items() for agreed, words in _vocabulary()["asked"].items()
             if any(word in _words(text) for word in words)}  # fmt: skip
    for agreed, own in (asked | _mapping(table.columns, "customers")).items():
        fits = pd.api.types.is_numeric_dtype(table.sample[own]) == (AGREED["customers"][agreed] == "number")
        if agreed in _FACTS and fits and own not in table.mapping.values():
            found[agreed] = own
    return found


def _source_lines(table: _Table, there: Path) -> list[str]:
    facts = _facts(table) if table.role == "survey" else {}
    named = {agreed: own for agreed, own in (table.mapping | facts).items() if agreed != own}
    lines = [f"  {table.role}:", f"    path: {_scalar(_from(there, table.path))}    # {table.rows:,} rows"]
    if named:
        lines.append("    columns:                  # agreed name: name in the file")
        lines += [f"      {agreed}: {_scalar(own)}" for agreed, own in named.items()]
    if table.extra_header_rows:
        lines.append(f"    extra_header_rows: {table.extra_header_rows}      # rows below the names that hold no data")
    amount = _amount(table, table.mapping) if table.role == "orders" else ""
    lines += [f"    computed: {{amount: {amount}}}"] if amount else []
    time = TIME_COLUMN.get(table.role, "")
    calendar = table.calendars.get(table.mapping.get(time, ""), "")
    if calendar == "persian":
        lines.append("    calendar: persian         # its years are of the Solar Hijri calendar")
    elif time in table.mapping and not calendar and not pd.api.types.is_datetime64_any_dtype(table.sample[table.mapping[time]]):
        lines.append("    # date_order: day         # or month, if check asks; calendar: persian for Solar Hijri dates")
    blocks = _items(table, table.mapping) if table.role == "survey" else {}
    computed = {name: sql for block in blocks.values() for name, sql in block.computed.items()}
    lines += ["    computed:                 # several answers in one cell: one column for each answer"] if computed else []
    lines += [f"      {_scalar(name)}: {_scalar(sql)}" for name, sql in computed.items()]
    split = [column for block in blocks.values() for column in block.split]
    lines += [f"    ignore: {_listed(split)}"] if split else []
    lines += ["    items:"] if blocks else []
    for name, block in blocks.items():
        lines += [f"      {_scalar(name)}:", f"        kind: {block.asked.kind}"]
        if block.asked.kind in {"likert", "pick_any"} and name not in ABOUT_BY_NAME:
            lines.append("        # about: need         # or goal, value, frustration, interest, media, …: its place on the card")
        if scale := block.asked.scale or (block.asked.words and block.asked.words.own_numbers):
            lines.append(f"        scale: {list(scale)}         # lowest and highest possible answer; is it right?")
        if block.asked.words:
            lines.append("        levels:               # lowest first; is the order right, and is one missing that nobody gave?")
            lines += [f"          - {_scalar(answer)}" for answer in block.asked.words.steps]
        lines.append("        columns:              # column: its wording")
        lines += [f"          {_scalar(column)}: {_scalar(wording)}" for column, wording in block.columns.items()]
    return lines


def _privacy_lines(tables: list[_Table]) -> list[str]:
    customers = next((t for t in tables if t.role == "customers"), None)
    asked = [c for c in customers.columns if any(word in _words(c) for word in _vocabulary()["consent"])] if customers else []
    drop = sorted({c for t in tables for c in t.columns if c not in t.mapping.values() and _looks_personal(t, c)})
    lines = ["privacy:"]
    if len(asked) == 1:
        lines.append(f"  consent: {_scalar(asked[0])}    # who said yes here is used")
    elif asked:
        lines.append("  consent:                    # one column per purpose: personas, quotes, marketing")
        purposes = {
            next((p for p, words in _vocabulary()["purposes"].items() if set(_words(c).split()) & set(words)), "personas"): c
            for c in asked
        }
        lines += [f"    {purpose}: {_scalar(column)}" for purpose, column in purposes.items()]
    else:
        lines.append("  # consent: column         # no column of consent was found; may everybody be used?")
    lines.append(f"  drop: {_listed(drop)}    # personal columns; others that look personal are found by themselves")
    lines.append("  min_cell: 5                 # no figure about fewer people is shown")
    return lines


def _looks_personal(table: _Table, column: str) -> bool:
    if is_personal_name(column):
        return True
    values = table.sample[column].dropna()
    return (
        not pd.api.types.is_numeric_dtype(values)
        and bool(what_it_looks_like(values.astype(str).unique()[:500]))
        and len(values) > 0
    )


def _basis(tables: list[_Table]) -> list[str]:
    for table in tables:
        if table.role == "survey":
            blocks = _items(table, table.mapping)
            several = {name: block.asked.kind for name, block in blocks.items() if len(block.columns) > 2}
            rated = [name for name, kind in several.items() if kind == "likert"]
            picked = [name for name, kind in several.items() if kind == "pick_any"]
            return [name for name in rated if name == "needs"] or rated[:1] or picked[:1]
    return []
