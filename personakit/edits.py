"""What people change by hand, on cards and on maps: one file per persona beside the study file, with who and when."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from personakit.errors import DataError, PersonakitError, StudyError, did_you_mean, listing
from personakit.evidence import Claim, Figure, figure_of
from personakit.handoffs import whole_file

_WHO = re.compile(r"^[^\W_][\w. -]*$")
_LONGEST_LINE = 300
E = TypeVar("E", bound="PersonEdit")
P = TypeVar("P", bound="PersonaEdits[Any]")


class PersonEdit(BaseModel):
    """
    One thing that somebody changed.

    Attributes
    ----------
    who, on : str
        Who did it and on which day (ISO).
    line : str
        Key of the line, see :func:`line_key`; for edits of a line that the data wrote.
    text : str
        The new words.
    said : dict of str to float
        What the data said when the edit was made: estimate, ci_low, ci_high, effect.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    who: str = Field(min_length=1)
    on: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    line: str = ""
    text: str = ""
    said: dict[str, float] = {}


class PersonaEdits(BaseModel, Generic[E]):
    """All edits of one persona, oldest first; ``persona`` is the name that the software gave it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    persona: str = Field(min_length=1)
    edits: list[E] = []


#: What an edit is told of when the data no longer go with it.
DATA_NOW = {"contradicts": "the data now say otherwise", "silent": "the data no longer say this"}


def line_key(line: Claim) -> str:
    """
    Name a line so that it is found again in a later run, in which segments may have other numbers.

    Returns
    -------
    str
        Place and evidence, without the number of the segment.
    """
    key = line.id.partition("|")[2]
    figures = [piece for piece in line.evidence if isinstance(piece, Figure)]
    return key.removesuffix(f"|{figures[0].segment}") if figures else key


def said_of(line: Claim) -> dict[str, float]:
    """Tell what the data say about a line now, so that a later run can tell whether they still do."""
    figure = figure_of(line)
    if figure is None:
        return {}
    numbers = {name: getattr(figure, name) for name in ("estimate", "ci_low", "ci_high", "effect")}
    return {name: round(value, 6) for name, value in numbers.items() if value is not None}


def has_moved(figure: Figure, said: dict[str, float], *, level: bool = False) -> bool:
    """
    Whether the data now say otherwise than when an edit was made.

    Parameters
    ----------
    figure : Figure
        What they say now.
    said : dict of str to float
        What they said then, from :func:`said_of`.
    level : bool
        Whether the line says how things are, and not how they differ from everyone else.

    Returns
    -------
    bool
        True when the intervals lie apart, or a difference turned round.
    """
    if not level and (figure.effect or 0.0) * said.get("effect", 0.0) < 0:
        return True
    if "ci_low" not in said or figure.ci_low is None or figure.ci_high is None:
        return False
    return figure.ci_low > said["ci_high"] or figure.ci_high < said["ci_low"]


def file_of(folder: Path, persona: str) -> Path:
    """Where the edits of a persona lie: ``<name>.edits.yaml`` in a folder."""
    word = re.sub(r"[^\w]+", "-", unicodedata.normalize("NFC", persona.lower()))[:60].strip("-") or "persona"
    return folder / f"{word}.edits.yaml"


def read_files(folder: Path, model: type[P]) -> dict[str, P]:
    """
    Read every file of edits in a folder.

    Parameters
    ----------
    folder : Path
        Where they lie; it need not be there.
    model : type
        What a file holds.

    Returns
    -------
    dict of str to PersonaEdits
        By name of the persona; empty when nobody changed anything.

    Raises
    ------
    StudyError
        If a file is damaged; every wrong entry of every file is named.
    """
    found: dict[str, P] = {}
    problems: list[str] = []
    for file in sorted(folder.glob("*.edits.yaml")):
        name = f"{folder.name}/{file.name}"
        try:
            edits = model.model_validate(yaml.safe_load(file.read_text(encoding="utf-8-sig")) or {})
            found[edits.persona] = edits
        except ValidationError as error:
            problems += [_sentence(name, problem) for problem in error.errors()]
        except UnicodeDecodeError as error:
            problems.append(f"{name}: is not a text file in UTF-8 (byte {error.start}); save it as UTF-8")
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = f", line {mark.line + 1}" if mark else ""
            problems.append(f"{name}{line}: is not valid YAML; indent with spaces, and quote text that holds ': '")
    if problems:
        raise StudyError("\n".join(problems))
    return found


def _sentence(name: str, problem: Any) -> str:
    place = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in problem["loc"])
    found = problem.get("input")
    if problem["type"] == "literal_error":
        allowed = re.findall(r"'([^']+)'", problem["ctx"]["expected"])
        hint = did_you_mean(str(found), allowed)
        return f"{name}: {place}: found {found!r}; allowed: {', '.join(allowed)}{hint}"
    shown = f"found {found!r}; " if isinstance(found, str | int | float) else ""
    what = problem["msg"].replace("Input should", "it should").replace("Extra inputs are not permitted", "there is no such entry")
    return f"{name}: {place or 'the file'}: {shown}{what[0].lower()}{what[1:]}; restore it from a copy, or mend it"


def write_file(edits: PersonaEdits[Any], folder: Path) -> Path:
    """Write the edits of one persona, whole or not at all."""
    file = file_of(folder, edits.persona)
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {"persona": edits.persona, "edits": [edit.model_dump(exclude_defaults=True) for edit in edits.edits]}
    with whole_file(file) as temporary:
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=110)
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return file


class EditSession(Generic[P]):
    """
    One person who changes something by hand; every change is on disk before the call returns.

    Parameters
    ----------
    model : type
        What a file of edits holds.
    folder : Path
        Where the files lie.
    who : str
        Who edits; stands beside each edit.
    today : date, optional
        The day that stands beside each edit; the machine's without it.

    Raises
    ------
    StudyError
        If the name is empty or holds signs other than letters, digits, spaces, dots and hyphens, or a file of edits is
        damaged.
    """

    def __init__(self, model: type[P], folder: Path, *, who: str, today: dt.date | None = None) -> None:
        if not _WHO.match(who):
            raise StudyError(f"who: found '{who}'; write your name in letters, such as aino or Aino L.")
        self.folder, self.who = folder, who
        self._model, self._today = model, today
        self._edits = read_files(folder, model)
        self._done: list[tuple[str, P]] = []

    def undo(self) -> bool:
        """Take back the last change of this session; False when there is none."""
        if not self._done:
            return False
        persona, before = self._done.pop()
        self._save(persona, before)
        return True

    def _do(self, persona: str, edit: PersonEdit) -> None:
        before = self._edits.get(persona, self._model(persona=persona))
        self._save(persona, self._model(persona=persona, edits=[*before.edits, edit]))
        self._done.append((persona, before))

    def _place_of(self, persona: str, names: list[str]) -> int:
        """Find a persona among those there are, by the name that the software gave it."""
        if persona not in names:
            raise PersonakitError(f"there is no persona '{persona}'; there are: {listing(names)}{did_you_mean(persona, names)}")
        return names.index(persona)

    def _save(self, persona: str, edits: P) -> None:
        try:
            write_file(edits, self.folder)
        except OSError as error:
            msg = f"{self.folder.parent}: cannot be written to ({error.strerror}); copy the study to a folder of your own"
            raise DataError([msg]) from None
        self._edits = {**self._edits, persona: edits}

    @property
    def _by(self) -> dict[str, Any]:
        """Who does it, and on which day."""
        return {"who": self.who, "on": str(self._today or dt.date.today())}


def one_line(text: str) -> str:
    """
    Check what somebody wrote: one line, not empty and not longer than a card has room for.

    Raises
    ------
    PersonakitError
        If it is empty or longer than 300 letters.
    """
    plain = " ".join(text.split())
    if not plain:
        raise PersonakitError("the line is empty; write what you want to say")
    if len(plain) > _LONGEST_LINE:
        raise PersonakitError(f"the line has {len(plain)} letters; there is room for {_LONGEST_LINE}")
    return plain
