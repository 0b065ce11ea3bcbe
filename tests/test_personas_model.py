"""Personas as data: through YAML and JSON and back, with a published schema."""

import json
from pathlib import Path

import pytest

from personakit.errors import PersonakitError
from personakit.personas import Personas, personas_schema

SCHEMA = Path(__file__).parents[1] / "docs" / "personas.schema.json"


def test_yaml_and_json_come_back_as_they_were(small_run):
    """Every line, number and piece of evidence."""
    for text in (small_run.personas.to_yaml(), small_run.personas.to_json()):
        again = Personas.from_text(text)
        assert again.personas == small_run.personas.personas
        assert again.about == json.loads(json.dumps(small_run.personas.about))


def test_the_published_schema_is_that_of_the_model(small_run):
    """docs/personas.schema.json is in step, and describes the fields of a card."""
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == personas_schema()
    assert set(personas_schema()["$defs"]["Persona"]["properties"]) == {"segment", "name", "n", "mark", "claims"}


@pytest.mark.parametrize(("text", "said"), [
    ("a: [", "line 1 is neither YAML nor JSON"),
    ("personas: []\nabout: {}\nmore: 1", r"more: extra inputs are not permitted; the schema is in docs"),
    ("about: {}\npersonas: [{segment: x}]", "personas.0.segment"),
])  # fmt: skip
def test_wrong_files_are_named(text, said):
    """One sentence: where, and what is wrong."""
    with pytest.raises(PersonakitError, match=said):
        Personas.from_text(text)


def test_people_are_not_in_files_for_readers(small_run):
    """Typical customers go to the work folder only."""
    assert len(small_run.personas.people)
    person = small_run.personas.people["customer_id"].iloc[0]
    quoted = {piece.customer for line in small_run.personas.claims for piece in line.evidence if piece.type == "voice"}
    assert person in quoted or person not in small_run.personas.to_yaml()
    assert "people" in small_run.personas.parts()
