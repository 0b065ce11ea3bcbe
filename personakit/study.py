"""Step 00, start: the study file names the data and the decisions; everything else follows from it."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator, model_validator

from personakit.errors import StudyError, did_you_mean, listing

Role = Literal["customers", "orders", "events", "survey", "interviews", "tickets", "campaigns", "mentions", "population"]
ROLES: tuple[str, ...] = Role.__args__  # type: ignore[attr-defined]
Kind = Literal["binary", "likert", "choice", "pick_any", "number", "amount", "count", "share", "nps", "csat", "text"]
About = Literal["need", "goal", "value", "frustration", "interest", "media", "channel", "behaviour", "opinion", "trait"]
Language = Literal["en", "nb", "fi", "fa"]

#: The journey phases of the two guides the workbook follows; a study names one set or lists its own.
PHASE_SETS: dict[str, list[str]] = {
    "awareness_to_loyalty": ["awareness", "consideration", "decision", "action", "loyalty"],
    "need_to_use": ["need", "search", "consideration", "purchase", "evaluation"],
}

#: What a survey block is about, told from its name when the study file does not say it.
ABOUT_BY_NAME: dict[str, About] = {
    "needs": "need", "goals": "goal", "motivations": "goal", "values": "value", "frustrations": "frustration",
    "pains": "frustration", "challenges": "frustration", "interests": "interest", "hobbies": "interest",
    "media": "media", "channels": "channel", "behaviour": "behaviour", "behaviours": "behaviour",
}  # fmt: skip


class _Loader(yaml.SafeLoader):
    """Read dates as text, so that a date that does not exist is reported with its line."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Items(_Part):
    """
    A block of survey questions that are asked the same way.

    ``columns`` maps each column to its wording (or lists the columns, which then are their own wording).
    ``scale`` is the lowest and highest possible answer, ``levels`` the ordered answers of a choice question,
    ``phases`` says which journey phase a question is about.
    """

    columns: dict[str, str]
    kind: Kind | None = None
    about: About | None = None
    scale: tuple[float, float] | None = None
    levels: list[str] | None = None
    phases: dict[str, str] = {}

    @model_validator(mode="before")
    @classmethod
    def _columns_may_be_a_list(cls, value: Any) -> Any:
        if isinstance(value, list):
            value = {"columns": value}
        if isinstance(value, dict) and isinstance(value.get("columns"), list):
            value = {**value, "columns": {str(name): str(name) for name in value["columns"]}}
        return value


class Source(_Part):
    """One file, folder or engine table, and how its columns are called here."""

    path: str | None = None
    table: str | None = None
    columns: dict[str, str] = {}
    computed: dict[str, str] = {}
    where: str | None = None
    separator: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    decimal: Literal[".", ","] | None = None
    encoding: str | None = None
    sheet: str | None = None
    date_format: str | None = None
    items: dict[str, Items] = {}
    weight: str | None = None
    kinds: dict[str, Kind] = {}
    labels: dict[str, str] = {}
    about: dict[str, About] = {}
    ignore: list[str] = []

    @model_validator(mode="after")
    def _path_or_table(self) -> Source:
        if (self.path is None) == (self.table is None):
            msg = "needs either a path (a file or folder) or a table (of the engine), one of the two"
            raise ValueError(msg)
        return self


class Privacy(_Part):
    """Who may be used, what never leaves the source, and how small a group may be shown."""

    consent: str | None = None
    drop: list[str] = []
    min_cell: Annotated[int, Field(ge=1)] = 5
    key_file: str = "pseudonyms.key"


class Quality(_Part):
    """What to do with data that contradict themselves. The defaults stop and ask."""

    unreadable: Literal["stop", "missing"] = "stop"
    same_id: Literal["stop", "first", "last"] = "stop"
    duplicates: dict[Role, Literal["keep", "drop"]] = {}
    trust: dict[str, Role] = {}
    age_range: tuple[int, int] = (10, 110)
    careless_flags: Annotated[int, Field(ge=1, le=4)] = 2
    events_per_hour_limit: Annotated[int, Field(ge=1)] = 120


class SegmentationChoice(_Part):
    """Which variables make the segments, and how many segments there are."""

    basis: list[str] = []
    n_segments: Literal["auto"] | Annotated[int, Field(ge=1, le=20)] = "auto"
    random_state: int = 1


class Journey(_Part):
    """Phases of the journey in order, each with its touchpoints."""

    phases: dict[str, list[str]] = Field(
        default_factory=lambda: dict[str, list[str]]((phase, []) for phase in PHASE_SETS["awareness_to_loyalty"])
    )
    conversion: list[str] = []
    gap_minutes: Annotated[int, Field(ge=1)] = 30

    @model_validator(mode="before")
    @classmethod
    def _phases_may_be_a_set(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("phases"), str):
            name = value["phases"]
            if name not in PHASE_SETS:
                hint = did_you_mean(name, PHASE_SETS)
                msg = f"found phases '{name}'; allowed: {', '.join(PHASE_SETS)}, or a list of your own{hint}"
                raise ValueError(msg)
            value = {**value, "phases": {phase: [] for phase in PHASE_SETS[name]}}
        return value

    @field_validator("phases")
    @classmethod
    def _one_phase_each(cls, phases: dict[str, list[str]]) -> dict[str, list[str]]:
        seen: dict[str, str] = {}
        for phase, touchpoints in phases.items():
            for touchpoint in touchpoints:
                if touchpoint in seen:
                    msg = f"touchpoint '{touchpoint}' stands in the phases '{seen[touchpoint]}' and '{phase}'"
                    raise ValueError(f"{msg}; name it in one of them")
                seen[touchpoint] = phase
        return phases


class Study(_Part):
    """
    A study: its question, its sources and the choices that a person made.

    Attributes
    ----------
    file : Path
        The study file itself; relative paths in it start from its folder.
    name : str
        The study's title as a folder name.
    """

    study: Annotated[str, Field(min_length=1)]
    question: str = ""
    language: Language = "en"
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    as_of: date
    engine: str = "duckdb"
    synthetic: bool = False
    sources: dict[Role, Source]
    privacy: Privacy = Privacy()
    quality: Quality = Quality()
    segmentation: SegmentationChoice = SegmentationChoice()
    journey: Journey = Journey()
    _file: Path = PrivateAttr(default=Path("study.yaml"))

    @field_validator("sources")
    @classmethod
    def _at_least_one(cls, sources: dict[Role, Source]) -> dict[Role, Source]:
        if not sources:
            msg = f"needs at least one source; allowed: {', '.join(ROLES)}"
            raise ValueError(msg)
        return sources

    @property
    def file(self) -> Path:
        """The study file."""
        return self._file

    @property
    def folder(self) -> Path:
        """The folder of the study file."""
        return self._file.parent

    @property
    def name(self) -> str:
        """The study's title as a folder name, such as ``nordic-sports-shop``."""
        return re.sub(r"[\W_]+", "-", self.study.lower()).strip("-") or "study"

    def path_of(self, role: str) -> Path:
        """
        Where a source lies.

        Raises
        ------
        StudyError
            If the path names an environment variable that is not set.
        """
        text = self.sources[role].path or ""  # type: ignore[index]
        for variable in re.findall(r"\$\{(\w+)\}", text):
            if variable not in os.environ:
                msg = f"{self.file.name}: sources.{role}.path uses ${{{variable}}}, which is not set; set it and run again"
                raise StudyError(msg)
            text = text.replace(f"${{{variable}}}", os.environ[variable])
        return (self.folder / text).resolve()

    def __repr__(self) -> str:
        return f"Study({self.study!r}, {len(self.sources)} sources)"

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def sample_study() -> Path:
    """Where the sample study's file lies: the Nordic sports shop, synthetic, with a known truth."""
    return shipped("data") / "nordic-sports" / "study.yaml"


def shipped(what: str) -> Path:
    """
    Where something that comes with the package lies: ``notebooks``, ``data`` or ``exercises``.

    In an installed wheel it is inside the package, in a working copy beside it.
    """
    package = Path(__file__).parent
    bundled = package / "bundle" / what
    return bundled if bundled.exists() else package.parent / what


def open_study(path: str | Path = "") -> Study:
    """
    Read and check a study file.

    Parameters
    ----------
    path : str or Path, optional
        A study file, or a folder with a ``study.yaml``. Without it, the sample study.

    Returns
    -------
    Study
        The checked study. The data themselves are not opened yet.

    Raises
    ------
    StudyError
        If the file is missing, is not YAML or has wrong entries; every wrong entry is named with its line.
    """
    file = Path(path).expanduser() if str(path) else sample_study()
    file = (file / "study.yaml" if file.is_dir() else file).resolve()
    if not file.exists():
        near = sorted(p.name for p in file.parent.glob("*.y*ml")) if file.parent.is_dir() else []
        there = f"; that folder has: {listing(near)}{did_you_mean(file.name, near)}" if near else ""
        raise StudyError(f"no study file at {file}{there}; give the path of a study.yaml, or nothing for the sample")
    try:
        text = file.read_text(encoding="utf-8-sig")
        node = yaml.compose(text, Loader=_Loader)
        content = yaml.load(text, Loader=_Loader)  # noqa: S506  a SafeLoader without dates
    except UnicodeDecodeError as error:
        raise StudyError(f"{file.name}: is not a text file in UTF-8 (byte {error.start}); save it as UTF-8") from None
    except (yaml.YAMLError, ValueError) as error:
        raise StudyError(_yaml_sentence(file.name, error)) from None
    if not isinstance(content, dict):
        raise StudyError(f"{file.name}, line 1: a study file is a list of 'name: value' lines; it starts with 'study:'")
    lines: dict[tuple[str, ...], int] = {}
    repeated = _number_lines(node, (), lines)
    if repeated:
        raise StudyError("\n".join(f"{file.name}, line {line}: '{key}' is written twice" for key, line in repeated))
    try:
        study = Study.model_validate(content)
    except ValidationError as error:
        sentences = [_sentence(file.name, problem, lines, content) for problem in error.errors()]
        raise StudyError("\n".join(dict.fromkeys(sentences))) from None
    study._file = file
    return study


def _yaml_sentence(name: str, error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f", line {mark.line + 1}" if mark else ""
    problem = getattr(error, "problem", None) or str(error)
    return f"{name}{line}: is not valid YAML ({problem}); indent with spaces, and quote text that holds ': ' or '#'"


def _number_lines(node: Any, path: tuple[str, ...], lines: dict[tuple[str, ...], int]) -> list[tuple[str, int]]:
    """Note the line of every key; return keys that stand twice in one block."""
    repeated: list[tuple[str, int]] = []
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            if here in lines:
                repeated.append((str(key.value), key.start_mark.line + 1))
            lines[here] = key.start_mark.line + 1
            repeated += _number_lines(value, here, lines)
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            here = (*path, str(position))
            lines[here] = value.start_mark.line + 1
            repeated += _number_lines(value, here, lines)
    return repeated


def _allowed_keys(path: tuple[str, ...]) -> list[str]:
    """List the keys that are allowed in a block of the study file."""
    blocks: dict[str, type[BaseModel]] = {
        "privacy": Privacy, "quality": Quality, "segmentation": SegmentationChoice, "journey": Journey
    }  # fmt: skip
    if not path:
        return list(Study.model_fields)
    if path[0] == "sources":
        if len(path) == 1:
            return list(ROLES)
        return list(Items.model_fields if len(path) > 2 and path[2] == "items" else Source.model_fields)
    return list(blocks[path[0]].model_fields) if path[0] in blocks else []


def _sentence(name: str, problem: Any, lines: dict[tuple[str, ...], int], content: Any) -> str:
    """Turn one validation error into a sentence with the line, what was found and what is allowed."""
    path = tuple(str(part) for part in problem["loc"] if part != "[key]" and "[" not in str(part))
    while path and path not in lines and problem["type"] != "missing":
        path = path[:-1]  # branches of a union are part of the location, but not of the file
    parent, key = path[:-1], path[-1] if path else ""
    line = lines.get(path) or lines.get(parent) or 1
    where = f"{name}, line {line}"
    block = f" in {'.'.join(parent)}" if parent else ""
    if problem["type"] == "extra_forbidden" or (problem["type"] == "literal_error" and parent == ("sources",)):
        allowed = _allowed_keys(parent)
        return f"{where}: unknown key '{key}'{block}; allowed: {', '.join(allowed)}{did_you_mean(key, allowed)}"
    if problem["type"] == "missing":
        return f"{where}: '{key}' is missing{block}; add a line '{key}: …'"
    found = problem.get("input")
    found_text = f"found {found!r}" if isinstance(found, str | int | float | bool) else "found something else"
    if problem["type"] == "literal_error" and path not in _WHAT_TO_WRITE:
        allowed = re.findall(r"'([^']+)'", problem["ctx"]["expected"])
        hint = did_you_mean(str(found), allowed)
        return f"{where}: '{'.'.join(path)}' {found_text}; allowed: {', '.join(allowed)}{hint}"
    if problem["type"] == "value_error":
        return f"{where}: '{'.'.join(path)}' {problem['ctx']['error']}"
    if path in _WHAT_TO_WRITE:
        return f"{where}: '{'.'.join(path)}' {found_text}; write {_WHAT_TO_WRITE[path]}"
    return f"{where}: '{'.'.join(path)}' {found_text}; {problem['msg'][0].lower()}{problem['msg'][1:]}"


_WHAT_TO_WRITE: dict[tuple[str, ...], str] = {
    ("as_of",): "a date as YYYY-MM-DD, such as 2026-06-30",
    ("currency",): "three capital letters, such as EUR",
    ("segmentation", "n_segments"): "auto, or a whole number from 1 to 20",
}
