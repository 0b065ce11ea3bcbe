"""Step 04, the codebook: what each code means, with an example and when not to use it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from personakit.errors import StudyError, did_you_mean, listing
from personakit.handoffs import whole_file
from personakit.study_parts import Part

CodeType = Literal["need", "goal", "pain", "value", "trigger", "objection", "behaviour", "media", "channel"]
CODE_TYPES: tuple[str, ...] = CodeType.__args__  # type: ignore[attr-defined]
#: What a code of each type is about, in the words of the features' dictionary.
ABOUT_OF_TYPE = {"pain": "frustration"}
_NAME = re.compile(r"^[^\W\d]\w*$")
_COLOURS = ("#1b7f79", "#b5651d", "#6b4fa0", "#a83e5b", "#4b7f2a", "#2f6db3", "#8a6d1b", "#7a7a7a")


class Code(Part):
    """
    One code.

    ``definition`` says what it means, ``example`` how it sounds, ``not_when`` when to leave it. ``type`` lets it count as a
    need, goal, pain, value, trigger, objection, behaviour, media or channel of a persona. ``parent`` names a wider code it
    belongs to, ``phase`` the journey phase or touchpoint it is about.
    """

    definition: str = ""
    example: str = ""
    not_when: str = ""
    type: CodeType | None = None
    parent: str | None = None
    phase: str = ""
    colour: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] | None = None


class Codebook(Part):
    """
    The codes of a study, in the order in which they are shown.

    Examples
    --------
    >>> book = Codebook(codes={"late_parcel": Code(definition="The parcel came late", type="pain")})
    >>> book.label("late_parcel"), book.about("late_parcel")
    ('Late parcel', 'frustration')
    """

    codes: Annotated[dict[str, Code], Field(default_factory=dict)]

    @field_validator("codes", mode="before")
    @classmethod
    def _codes_may_be_bare(cls, value: Any) -> Any:
        if isinstance(value, list):
            return {str(name): {} for name in value}
        return {str(name): code or {} for name, code in value.items()} if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _names_and_parents(self) -> Codebook:
        for name, code in self.codes.items():
            if not _NAME.match(name):
                msg = f"code '{name}' is not one word; write letters, digits and _, such as late_parcel"
                raise ValueError(msg)
            seen, parent = {name}, code.parent
            while parent is not None:
                if parent not in self.codes:
                    raise ValueError(f"code '{name}': there is no code '{parent}' to belong to{did_you_mean(parent, self.codes)}")
                if parent in seen:
                    raise ValueError(f"code '{name}' belongs to itself by way of '{parent}'")
                seen.add(parent)
                parent = self.codes[parent].parent
        return self

    def label(self, name: str) -> str:
        """Name of a code in plain words."""
        return name.replace("_", " ").capitalize()

    def about(self, name: str) -> str:
        """What a code is about; empty for codes without a type."""
        kind = self.codes[name].type if name in self.codes else None
        return ABOUT_OF_TYPE.get(kind or "", kind or "")

    def colour(self, name: str) -> str:
        """Colour of a code: its own, or one by its place in the book."""
        names = list(self.codes)
        own = self.codes[name].colour if name in self.codes else None
        return own or _COLOURS[names.index(name) % len(_COLOURS) if name in names else -1]

    def with_code(self, name: str, code: Code | None = None) -> Codebook:
        """Return the book with one more code, or with a code replaced."""
        return Codebook(codes={**self.codes, name: code or Code()})


def read_codebook(file: Path) -> Codebook:
    """
    Read a codebook from YAML; a file that is not there is an empty book.

    Parameters
    ----------
    file : Path
        Such as ``coding/codebook.yaml`` beside the study file.

    Returns
    -------
    Codebook
        Checked.

    Raises
    ------
    StudyError
        If the file is not YAML, or a code is wrong; every wrong entry is named.
    """
    if not file.exists():
        return Codebook(codes={})
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8-sig")) or {}
    except UnicodeDecodeError as error:
        raise StudyError(f"{file.name}: is not a text file in UTF-8 (byte {error.start}); save it as UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise StudyError(f"{file.name}{line}: is not valid YAML; indent with spaces, and quote text that holds ': '") from None
    if not isinstance(content, dict) or set(content) - {"codes"}:
        raise StudyError(f"{file.name}: a codebook starts with 'codes:' and lists one code below the other")
    try:
        return Codebook.model_validate(content)
    except ValidationError as error:
        raise StudyError("\n".join(dict.fromkeys(_sentence(file.name, problem) for problem in error.errors()))) from None


def _sentence(name: str, problem: Any) -> str:
    place = [str(part) for part in problem["loc"]]
    if problem["type"] == "value_error":
        return f"{name}: {problem['ctx']['error']}"
    code, key = (place[1] if len(place) > 1 else ""), place[-1]
    if problem["type"] == "extra_forbidden":
        allowed = list(Code.model_fields)
        return f"{name}: code '{code}' has an unknown key '{key}'; allowed: {', '.join(allowed)}{did_you_mean(key, allowed)}"
    if problem["type"] == "literal_error":
        found = str(problem["input"])
        return (
            f"{name}: code '{code}': type '{found}' is not known; allowed: {listing(CODE_TYPES)}{did_you_mean(found, CODE_TYPES)}"
        )
    return f"{name}: code '{code}', {key}: found {problem.get('input')!r}; {problem['msg'][0].lower()}{problem['msg'][1:]}"


def write_codebook(book: Codebook, file: Path) -> Path:
    """
    Write a codebook as YAML that people can read and change.

    Parameters
    ----------
    book : Codebook
        The codes.
    file : Path
        Where to write it, whole or not at all.

    Returns
    -------
    Path
        The file.
    """
    codes = {name: code.model_dump(exclude_defaults=True) or None for name, code in book.codes.items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(file) as temporary:
        text = yaml.safe_dump({"codes": codes}, allow_unicode=True, sort_keys=False, width=100)
        temporary.write_text(text.replace(": null\n", ":\n"), encoding="utf-8", newline="\n")
    return file
