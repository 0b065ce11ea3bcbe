"""Step 08, the persona as data: a model that goes through files and back, and has a published schema."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from personakit.errors import PersonakitError
from personakit.evidence import Claim
from personakit.handoffs import Parts

Mark = Literal["", "primary", "secondary", "served", "not served"]
MARKS: tuple[str, ...] = Mark.__args__  # type: ignore[attr-defined]
#: Fields of a card in the order in which they are told, and what each is called.
FIELD_NAMES: dict[str, str] = {
    "essence": "In one line", "who": "Who they are", "quotes": "In their own words", "goals": "Goals", "needs": "Needs",
    "jobs": "Jobs to be done", "values": "Values", "opinions": "What they think", "frustrations": "Frustrations",
    "triggers": "What makes them decide", "objections": "Objections", "interests": "Interests", "behaviours": "What they do",
    "products": "What they buy", "channels": "Channels", "media": "Media", "devices": "Devices",
    "satisfaction": "Satisfaction", "loyalty": "Loyalty", "size": "Size", "value": "Value", "do": "What to do",
    "avoid": "What to avoid", "not_covered": "Whom it does not cover", "prevalence": "How many have these traits",
}  # fmt: skip
PEOPLE_COLUMNS = ["customer_id", "segment", "rank", "traits", "traits_known", "certainty"]


class Persona(BaseModel):
    """
    One persona card.

    Attributes
    ----------
    segment : int
        The segment it stands for.
    name : str
        A first name; two personas never share one.
    n : int
        Customers in the segment.
    mark : {"", "primary", "secondary", "served", "not served"}
        For whom the team designs; empty until somebody says so.
    claims : list of Claim
        Every line of the card; ``place`` is the field it stands in.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    segment: int
    name: str
    n: int
    mark: Mark = ""
    claims: list[Claim]

    def at(self, place: str) -> list[Claim]:
        """Give the lines of one field."""
        return [line for line in self.claims if line.place == place]


class PersonaFile(BaseModel):
    """What a file of personas holds: the form that YAML, JSON and the published schema share."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["personakit personas 1"] = "personakit personas 1"
    about: dict[str, Any]
    personas: list[Persona]


@dataclass(frozen=True, eq=False, repr=False)
class Personas:
    """
    The personas of a study.

    Attributes
    ----------
    personas : list of Persona
        One per segment.
    about : dict
        What the cards rest on: title, question, as_of, review_by, version, method, verdict, customers, borderline,
        language, sources with their period and number of customers, consent, synthetic.
    people : pandas.DataFrame
        The most typical customers behind each card, for the analyst only; never part of a deliverable. One row per
        customer: ``customer_id`` (pseudonym), ``segment``, ``rank`` (1 is the most typical), ``traits`` (of the card that
        the customer has), ``traits_known``, ``certainty``.
    """

    personas: list[Persona]
    about: dict[str, Any]
    people: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=PEOPLE_COLUMNS))

    @property
    def claims(self) -> list[Claim]:
        """Every line of every card."""
        return [line for persona in self.personas for line in persona.claims]

    @property
    def assumptions(self) -> list[Claim]:
        """Lines that no data back."""
        return [line for line in self.claims if line.grade == "assumed"]

    def parts(self) -> Parts:
        """Split into what is written to files."""
        return {"": self._file().model_dump(), "people": self.people}

    @classmethod
    def from_parts(cls, parts: Parts) -> Personas:
        """Put together what was read from files."""
        content = PersonaFile.model_validate(parts[""])
        people = parts.get("people")
        return cls(content.personas, content.about, cls([], {}).people if people is None else people)

    def _file(self) -> PersonaFile:
        return PersonaFile(about=self.about, personas=self.personas)

    def to_yaml(self) -> str:
        """Write the cards as YAML; :meth:`from_text` reads it back."""
        content = self._file().model_dump(mode="json", exclude_none=True)
        return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)

    def to_json(self) -> str:
        """Write the cards as JSON; :meth:`from_text` reads it back."""
        return json.dumps(self._file().model_dump(mode="json"), ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Personas:
        """
        Read cards from YAML or JSON.

        Raises
        ------
        PersonakitError
            If the text is neither, or does not follow the schema; the first wrong entry is named.
        """
        try:
            content = PersonaFile.model_validate(yaml.safe_load(text))
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            raise PersonakitError(f"personas: line {mark.line + 1 if mark else 1} is neither YAML nor JSON") from None
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(part) for part in problem["loc"]) or "the file"
            raise PersonakitError(f"personas: {where}: {problem['msg'][0].lower()}{problem['msg'][1:]}; the schema is in "
                                  "docs/personas.schema.json") from None  # fmt: skip
        return cls(content.personas, content.about)

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def personas_schema() -> dict[str, Any]:
    """
    Describe the form of a file of personas.

    Returns
    -------
    dict
        A JSON Schema (draft 2020-12).
    """
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **PersonaFile.model_json_schema()}
