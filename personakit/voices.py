"""Step 04, voices: what customers say, gathered from every source, each line where it can be found again."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from personakit.collection import Sources
from personakit.errors import DataError, did_you_mean, listing
from personakit.handoffs import Parts
from personakit.privacy_speakers import is_called_interviewer
from personakit.study import Study
from personakit.voices_codebook import Code, Codebook
from personakit.voices_coding import CODING_COLUMNS, Codings, read_codings
from personakit.voices_feeling import Feeling, learn_feeling
from personakit.voices_quotes import QuoteChoices, read_quote_choices
from personakit.voices_themes import SHARE_COLUMNS, THEME_COLUMNS, find_themes
from personakit.voices_words import recognise_language

TEXT_COLUMNS = ["key", "source", "document", "line", "customer_id", "language", "topic", "rating", "question", "text", "quotable",
                "theme", "feeling"]  # fmt: skip
#: The folder and the file beside the study file in which people code texts and judge quotes.
CODING_FOLDER, QUOTES_FILE = "coding", "quotes.yaml"


@dataclass(frozen=True, eq=False, repr=False)
class Voices:
    """
    What customers said.

    Attributes
    ----------
    texts : pandas.DataFrame
        One row per text or speaker turn: ``key``, ``source``, ``document``, ``line`` (in the file or table),
        ``customer_id``, ``language`` (en, nb, fi, fa, another code, or empty), ``topic``, ``rating``, ``question``, ``text``
        (verbatim), ``quotable`` (whether the person agreed to be quoted, where they were asked), ``theme`` (the theme of
        its language it belongs to most; 0 is none), ``feeling`` (-2 bad to 2 good; missing when unknown).
    themes, theme_sources : pandas.DataFrame
        Suggestions by machine, see :class:`personakit.voices_themes.Themes`.
    codings : Codings
        What people coded.
    feeling : dict
        What was learned about feeling: ``says``, ``n_rated``, ``accuracy``, ``baseline``, ``balanced_accuracy`` with their
        bounds; see :class:`personakit.voices_feeling.Feeling`.
    choices : QuoteChoices
        Quotes that people approved or rejected.
    """

    texts: pd.DataFrame
    themes: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=THEME_COLUMNS))
    theme_sources: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=SHARE_COLUMNS))
    codings: Codings = field(default_factory=lambda: Codings(pd.DataFrame(columns=CODING_COLUMNS), Codebook(codes={})))
    feeling: dict[str, Any] = field(default_factory=dict)
    choices: QuoteChoices = field(default_factory=QuoteChoices)

    def parts(self) -> Parts:
        """Split into what is written to files."""
        about = {"feeling": self.feeling, "codebook": self.codings.codebook.model_dump(exclude_defaults=True),
                 "quotes": {"approved": self.choices.approved, "rejected": self.choices.rejected}}  # fmt: skip
        return {"": self.texts, "themes": self.themes, "theme_sources": self.theme_sources, "codings": self.codings.table,
                "about": about}  # fmt: skip

    @classmethod
    def from_parts(cls, parts: Parts) -> Voices:
        """Put together what was read from files."""
        about = parts["about"]
        codings = Codings(parts["codings"], Codebook.model_validate(about["codebook"]))
        return cls(parts[""], parts["themes"], parts["theme_sources"], codings, about["feeling"], QuoteChoices(**about["quotes"]))

    def with_people(self, folder: Path) -> Voices:
        """Take over what people coded and which quotes they judged since the hand-off was written."""
        return replace(self, codings=read_codings(folder / CODING_FOLDER), choices=read_quote_choices(folder / QUOTES_FILE))

    def suggested_codes(self) -> Codebook:
        """
        Suggest one code per theme, for a person to rename, define or drop; nothing is coded with them.

        Returns
        -------
        Codebook
            Named by the two words that mark the theme most; themes of one language after the other.
        """
        codes: dict[str, Code] = {}
        for theme in self.themes.itertuples():
            words = str(theme.words).split(", ")
            name = "_".join(re.sub(r"\W+", "", word) for word in words[:2])
            if name and name not in codes:
                codes[name] = Code(definition=f"Suggested by machine: texts with {', '.join(words)}")
        return Codebook(codes=codes)

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def read_voices(sources: Sources, *, random_state: int = 1, folder: Path | None = None) -> Voices:
    """
    Gather what customers said in interviews, open answers, tickets and mentions; find first themes and the feeling.

    Parameters
    ----------
    sources : Sources
        Clean, pseudonymous sources.
    random_state : int
        Seed of themes and feeling.
    folder : Path, optional
        Where the codes (``coding/``) and the choices of quotes (``quotes.yaml``) of people lie; the study's folder without it.

    Returns
    -------
    Voices
        Texts, themes, feeling, codes and choices; empty when the study has no texts.

    Raises
    ------
    StudyError, DataError
        If the codebook, a file of codes or the choices are damaged.
    """
    gathered = [
        *_interviews(sources),
        *_open_answers(sources),
        *_short_texts(sources, "tickets"),
        *_short_texts(sources, "mentions"),
    ]
    texts = pd.DataFrame(gathered, columns=TEXT_COLUMNS)
    texts["text"] = texts["text"].astype("str")
    texts["rating"] = texts["rating"].astype(float)
    texts["quotable"] = _may_be_quoted(sources, texts)
    themes = find_themes(texts, random_state=random_state)
    texts["theme"] = themes.of_text
    feeling = learn_feeling(_rated(sources, texts), random_state=random_state)
    texts["feeling"] = feeling.of_text
    beside = folder or sources.study.folder
    codings = read_codings(beside / CODING_FOLDER)
    check_code_phases(codings, sources.study)
    return Voices(texts, themes.table, themes.sources, codings, _learned(feeling), read_quote_choices(beside / QUOTES_FILE))


def check_code_phases(codings: Codings, study: Study) -> None:
    """
    Check that the phases and touchpoints that codes name are those of the study.

    Raises
    ------
    DataError
        If one is not; all of them are named, with what is allowed.
    """
    known = [name for phase, touchpoints in study.journey.phases.items() for name in (phase, *touchpoints)]
    problems = [f"{CODING_FOLDER}/codebook.yaml: code '{name}' has the phase '{code.phase}', which the study does not have; "
                f"allowed: {listing(known)}{did_you_mean(code.phase, known)}"
                for name, code in codings.codebook.codes.items() if code.phase and code.phase not in known]  # fmt: skip
    if problems:
        raise DataError(problems)


def check_people_files(study: Study) -> None:
    """
    Read what people wrote beside the study file, so that a mistake in it is reported before anything is computed.

    Raises
    ------
    StudyError, DataError
        If the codebook, a file of codes or the choices of quotes are damaged.
    """
    check_code_phases(read_codings(study.folder / CODING_FOLDER), study)
    read_quote_choices(study.folder / QUOTES_FILE)


def _rated(sources: Sources, texts: pd.DataFrame) -> pd.DataFrame:
    """Texts with their ratings; where no text has one, open answers take their writer's satisfaction, from -1 to 1."""
    if texts["rating"].notna().any() or "survey" not in sources or texts.empty:
        return texts
    answers = sources["survey"].to_pandas()
    marks = []
    for block in sources.study.sources["survey"].items.values():
        low, high = (0.0, 10.0) if block.kind == "nps" else block.scale or (np.nan, np.nan)
        if block.kind in {"nps", "csat"}:
            own = answers[list(block.columns)].apply(pd.to_numeric, errors="coerce").astype(float)
            marks.append(2 * (own.mean(axis=1) - low) / (high - low) - 1)
    if not marks:
        return texts
    by_row = pd.Series(pd.concat(marks, axis=1).mean(axis=1).to_numpy(), index=answers["_row"])
    return texts.assign(rating=texts["line"].map(by_row).where(texts["source"] == "survey").astype(float).round(1))


def _learned(feeling: Feeling) -> dict[str, Any]:
    """Everything about the feeling but the texts' own values, as plain numbers."""
    found = {name: value for name, value in feeling.__dict__.items() if name != "of_text"}
    return {name: None if isinstance(value, float) and np.isnan(value) else value for name, value in found.items()}


def _may_be_quoted(sources: Sources, texts: pd.DataFrame) -> pd.Series:
    """Tell who agreed to be quoted; where nobody was asked, or the speaker is not a known customer, that is everybody."""
    if "agreed_quotes" not in sources.columns("customers"):
        return pd.Series(True, index=texts.index)
    customers = sources["customers"]
    agreed = customers.filter(customers["agreed_quotes"]).select("customer_id").to_pandas()["customer_id"]
    return texts["customer_id"].isna() | texts["customer_id"].isin(agreed)


def _rows(sources: Sources, role: str) -> list[dict[str, Any]]:
    if role not in sources:
        return []
    table = sources[role]
    frame = (table.order_by("_row") if "_row" in table.columns else table).to_pandas()
    return [{k: None if not isinstance(v, str) and pd.isna(v) else v for k, v in row.items()} for row in frame.to_dict("records")]


def _text(source: str, row: dict[str, Any], document: Any, line: int, **entry: Any) -> dict[str, Any]:
    said = str(entry.pop("text"))
    language = str(row.get("language") or "") or recognise_language(said)
    return {"key": f"{source}|{document}|{line}", "source": source, "document": str(document), "line": line,
            "customer_id": row.get("customer_id"), "language": language, "topic": str(row.get("topic") or ""),
            "rating": row.get("rating"), "question": "", "text": said, **entry}  # fmt: skip


def _interviews(sources: Sources) -> list[dict[str, Any]]:
    found, question = [], ""
    for row in _rows(sources, "interviews"):
        if not row.get("text"):
            continue
        if is_called_interviewer(str(row.get("speaker") or "")):
            question = row["text"]
            continue
        line = int(row.get("line") or row.get("_row") or 0)
        found.append(_text("interviews", row, row.get("document_id") or "interviews", line, text=row["text"], question=question))
    return found


def _open_answers(sources: Sources) -> list[dict[str, Any]]:
    if "survey" not in sources:
        return []
    blocks = [block for block in sources.study.sources["survey"].items.values() if block.kind == "text"]
    found = []
    for row in _rows(sources, "survey") if blocks else []:
        for column, wording in [item for block in blocks for item in block.columns.items()]:
            if row.get(column):
                found.append(_text("survey", row, column, int(row["_row"]), text=row[column], question=wording))
    return found


def _short_texts(sources: Sources, role: str) -> list[dict[str, Any]]:
    named = "ticket_id" if role == "tickets" else "platform"
    return [_text(role, row, row.get(named) or role, int(row.get("_row") or 0), text=row["text"])
            for row in _rows(sources, role) if row.get("text")]  # fmt: skip
