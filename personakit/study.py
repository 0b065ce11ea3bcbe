"""Step 00, start: the study file names the data and the decisions; everything else follows from it."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, Field, PrivateAttr, ValidationError, field_validator

from personakit.errors import StudyError, did_you_mean, listing
from personakit.study_parts import (
    PURPOSES,
    ROLES,
    ActivationChoice,
    Attractiveness,
    Cards,
    Hypothesis,
    Items,
    Journey,
    Language,
    Part,
    Privacy,
    Quality,
    Role,
    SegmentationChoice,
    Source,
)


class _Loader(yaml.SafeLoader):
    """
    Read dates as text, so that a date that does not exist is reported with its line; and yes, no, on and off as text too.

    Only true and false are read as such, as in YAML 1.2: 'on' is a key of the study file, and NO is a country.
    """


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool"}]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


class Study(Part):
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
    hypotheses: Annotated[list[Hypothesis], Field(default_factory=list)]
    attractiveness: Attractiveness = Attractiveness()
    cards: Cards = Cards()
    activation: ActivationChoice = ActivationChoice()
    _file: Path = PrivateAttr(default=Path("study.yaml"))

    @field_validator("sources")
    @classmethod
    def _at_least_one(cls, sources: dict[Role, Source]) -> dict[Role, Source]:
        if not sources:
            msg = f"needs at least one source; allowed: {', '.join(ROLES)}"
            raise ValueError(msg)
        for key, place, what in (("other_ids", "customers", "whose columns it names"),
                                 ("interviewers", "interviews", "whose questions they ask")):  # fmt: skip
            for role, source in sources.items():
                if getattr(source, key) and role != place:
                    msg = f"{role}: '{key}' belongs to '{place}', {what}"
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


def study_here() -> Path | None:
    """The study file of the project that the current folder belongs to, if there is one."""
    here = Path.cwd()
    file = (here.parent if here.name == "notebooks" else here) / "study.yaml"
    return file if file.exists() else None


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
        A study file, or a folder with a ``study.yaml``. Without it, the ``study.yaml`` of the current folder (or of the one
        above, when the current one is called ``notebooks``), and where there is none the sample study.

    Returns
    -------
    Study
        The checked study. The data themselves are not opened yet.

    Raises
    ------
    StudyError
        If the file is missing, is not YAML or has wrong entries; every wrong entry is named with its line.
    """
    file = Path(path).expanduser() if str(path) else study_here() or sample_study()
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
        "privacy": Privacy, "quality": Quality, "segmentation": SegmentationChoice, "journey": Journey, "hypotheses": Hypothesis,
        "attractiveness": Attractiveness, "cards": Cards, "activation": ActivationChoice,
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
    ("privacy", "consent"): f"the name of a column, or a column per purpose ({', '.join(PURPOSES)})",
}
