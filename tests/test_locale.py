"""Words in four languages: complete catalogues, and numbers as each language writes them."""

import ast
import re
from pathlib import Path

import pytest

from personakit import (
    activation_audiences,
    activation_kit,
    activation_lines,
    activation_loyalty,
    activation_marketing,
    activation_retention,
    activation_spending,
    activation_table,
    collection_templates,
    drift_lines,
    journeys_cells,
    journeys_edits,
    measurement,
    measurement_changes,
    measurement_lines,
    measurement_perception,
    measurement_review,
    personas_lines,
    screener,
    screener_questions,
)
from personakit.evidence import Figure, claim
from personakit.features_attributes import LABELS
from personakit.locale import CHANNELS, UNITS, Words, catalogue, singulars
from personakit.personas_model import FIELD_NAMES
from personakit.render import (
    cards,
    collection_sheets,
    journey_maps,
    journeys_overview,
    measurement_page,
    measurement_sheets,
    pages,
    record,
    team_pages,
)
from personakit.study_parts import PHASE_SETS, ROLES

PACKAGE = Path(pages.__file__).parents[1]
TEMPLATES = PACKAGE / "render" / "templates"
LANGUAGES = ["nb", "fi", "fa"]


def messages_of_templates():
    text = "\n".join(path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.html"))
    return set(re.findall(r"""\bt\((?:"([^"]+)"|'([^']+)')""", text)[0:0]) | {
        one or two for one, two in re.findall(r"""\bt\((?:"([^"]+)"|'([^']+)')""", text)
    }


def messages_of_claims():
    found = set()
    for module in (personas_lines, journeys_cells, journeys_edits, activation_lines, activation_kit, activation_loyalty,
                   activation_retention, activation_spending, drift_lines, measurement_lines,
                   measurement_review, measurement_perception, activation_audiences, measurement_changes, screener,
                   screener_questions):  # fmt: skip
        found |= {value for name, value in vars(module).items() if name.isupper() and isinstance(value, str) and " " in value}
    return found


def messages_of_code():
    """Messages that code says itself, as in words("Size"), and what an open line asks for."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    return set(re.findall(r"""\bwords\(\s*"([^"]+)\"""", text)) | set(
        re.findall(r"""not_known\([^"]*"[^"]+", "([^"]+)"\)""", text)
    )


def needed():
    fixed = (
        {pages.STRENGTHS} | set(FIELD_NAMES.values()) | set(personas_lines.DEMOGRAPHY.values()) | set(pages.MARK_NAMES.values())
    )
    fixed |= set(cards.METHOD_NAMES.values()) | {cards.REACH_NAME, *cards._THAN_OTHERS.values()} | messages_of_code()
    fixed |= (
        set(journey_maps.LANE_NAMES.values())
        | {
            journeys_overview.BAD_PHASE,
            *journeys_overview.SET_ASIDE.values(),
            *(name for name, _ in journeys_overview.MEASURES.values()),
            *journeys_overview.LOG_NOTES.values(),
        }
        | {m for pair in journeys_cells.SHOWN.values() for m in pair}
        | set(pages.VERDICTS.values())
    )
    phases = {phase for group in PHASE_SETS.values() for phase in group}
    grades = {"strong", "moderate", "weak", "assumed"}
    fixed |= {
        "Gender",
        "Region",
        "Age",
        record.NOT_STATED,
        *record.BASES.values(),
        *record.PURPOSE_NAMES.values(),
        *record.WHAT_NAMES,
    }
    for module in (collection_templates, collection_sheets):
        for name, value in vars(module).items():
            if name.isupper() and not name.startswith("_") and name != "QUOTA_VARIABLES":
                fixed |= {value} if isinstance(value, str) else set(value.values() if isinstance(value, dict) else value)
    fixed |= {name for fields in activation_lines.TEAM_FIELDS.values() for name in fields.values()}
    fixed |= {*activation_marketing.FORMS, *activation_table.SPOKEN.values(), "Write in {value}"}
    fixed |= set(activation_lines.TEAM_NAMES.values()) | {
        message for pair in activation_spending.SPEND.values() for message in pair
    }
    for texts in (activation_kit.SESSION, activation_kit.TRAINING, activation_kit.MEETING, activation_kit.OBSERVER,
                  activation_kit.INVITATION, team_pages.PRIORITIES.values(), team_pages.SERVED_NAMES.values(),
                  team_pages.MEASURES.values()):  # fmt: skip
        fixed |= set(texts)
    fixed |= {"Part of the uncertainty that it takes away", "Buy nothing in the window ahead", "Buy {value} next", "recency",
              "the last category",
              "the most popular category", "responses"}  # fmt: skip
    fixed |= {*measurement_page.PLACES.values(), *measurement_page.STANDINGS.values(), *measurement_page.WHAT.values(),
              *measurement_page.MEASURES.values(), *measurement_review.AGENDA, *measurement.NEEDS.values(),
              *measurement_sheets.MEASURE_NAMES.values(),
              *filter(None, measurement_sheets._HEADS.values()), "Cohorts"}  # fmt: skip
    fixed |= {"Share of the customers", "Agreement of the segments", *measurement_lines.OUTCOME_NAMES.values()}
    fixed |= {*measurement_perception.statement_ids().values(), *measurement_perception.STATEMENTS, "All statements", "Form"}
    fixed |= set(CHANNELS) | set(ROLES) | {"Study", "Who is responsible", "What for", "Legal basis", "How long results are kept"}
    return messages_of_templates() | messages_of_claims() | fixed | phases | grades | set(LABELS.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_untranslated(language):
    """Every message of cards and maps stands in the catalogue."""
    assert len(needed()) > 70
    assert needed() - set(catalogue(language)) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_of_features_are_translated(language, small_run):
    """Every label that the software itself gives is translated; wordings of the study are not."""
    for dictionary in (small_run.features.dictionary, small_run.journeys.dictionary):
        own = dictionary[~dictionary["source"].isin(["survey"]) & (dictionary["group"] != "touch")]
        assert set(own["message"]) - set(catalogue(language)) == set()
        units = {unit for unit in dictionary["unit"] if unit and not unit.isupper() and " to " not in unit}
        assert units - set(catalogue(language)) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_left_over(language):
    """Every message of the catalogue is said somewhere: in a template, or as a text in the code."""
    said = {node.value for path in PACKAGE.rglob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)}  # fmt: skip
    assert set(catalogue(language)) - said - messages_of_templates() == set()


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_units_in_singular_and_plural(language):
    """One order, two orders, one and a half; every unit has both forms."""
    words = Words(language)
    assert set(singulars(language)) == set(UNITS.values())
    one, two, part = (words.value(number, "number", "orders") for number in (1, 2, 1.5))
    expected = {"en": ("1 order", "2 orders", "1.5 orders"), "nb": ("1 bestilling", "2 bestillinger", "1,5 bestillinger"),
                "fi": ("1 tilaus", "2 tilausta", "1,5 tilausta"), "fa": ("۱ سفارش", "۲ سفارش", "۱٫۵ سفارش")}  # fmt: skip
    assert (one, two, part) == expected[language]


def test_dates_of_the_solar_hijri_calendar_on_request():
    """On Persian pages only, and only where the study file asks for it."""
    assert Words("fa", calendar="persian").date("2026-06-30") == "۹ تیر ۱۴۰۵"
    assert Words("fa").date("2026-06-30") != Words("fa", calendar="persian").date("2026-06-30")
    assert Words("nb", calendar="persian").date("2026-06-30") == Words("nb").date("2026-06-30")


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_have_the_same_parameters(language):
    """No translation loses or invents a parameter."""
    for message, translation in catalogue(language).items():
        if "phases: …" not in message:
            assert sorted(re.findall(r"{\w+}", message)) == sorted(re.findall(r"{\w+}", translation)), message


def test_numbers_as_each_language_writes_them():
    """Decimal marks, groups, percent, money and digits."""
    shown = {language: Words(language, "EUR") for language in ("en", "nb", "fi", "fa")}
    assert [words.number(1234.5) for words in shown.values()] == ["1,234", "1\u00a0234", "1\u00a0234", "۱٬۲۳۴"]
    assert [words.number(3.14159, 2) for words in shown.values()] == ["3.14", "3,14", "3,14", "۳٫۱۴"]
    assert [words.percent(0.238) for words in shown.values()] == ["24%", "24\u00a0%", "24\u00a0%", "۲۴٪"]
    assert [words.number(-0.5) for words in shown.values()] == ["−0.5", "−0,5", "−0,5", "\u200e−۰٫۵"]
    assert shown["en"].value(35_835.2, "money") == "€35,835"
    assert shown["en"].value(90.0, "money") == "€90"
    assert shown["en"].value(9.5, "money") == "€9.50"
    assert shown["en"].value(None) == "–"
    assert shown["nb"].date("2026-06-30") == "30. juni 2026"


def test_times_in_the_unit_people_use():
    """Short waits are minutes, longer ones hours and days."""
    words = Words("en")
    assert [words.value(days, "days") for days in (0.0002, 0.01, 0.5, 3)] == ["17 seconds", "14 minutes", "12 hours", "3 days"]
    assert words.durations([119 / 60, 2, 5.5], "minutes") == ["119 seconds", "120 seconds", "330 seconds"]
    assert words.durations([0.75, 20], "minutes") == ["45 seconds", "20 minutes"] and words.durations([]) == []
    assert all(word in catalogue(language) for language in LANGUAGES for word in ("seconds", "minutes", "hours", "days"))


def test_a_claim_is_written_from_message_and_parameters():
    """The same claim in two languages; the quote stays as it is."""
    line = claim(1, "needs", personas_lines.MEAN, label="Age", value=28.3, others=37.9, format="number", unit="years")
    assert Words("en").claim(line) == "Age: 28.3 years (others 37.9)"
    assert Words("nb").claim(line) == "Alder: 28,3 år (andre 37,9)"
    quote = claim(1, "quotes", personas_lines.QUOTE, quote="days {x}")
    assert Words("fi").claim(quote) == "”days {x}”"


def test_wordings_of_the_study_are_left_as_they_are():
    """Also when a catalogue happens to know the same words; labels of the software are translated."""
    asked = Figure(key="features|q||1", table="features", column="q", label="Age", unit="1 to 5", sources=["survey.q"], segment=1,
                   statistic="mean", estimate=4.0, others=2.0, n=50)  # fmt: skip
    ours = asked.model_copy(update={"sources": ["customers.birth_year"]})
    assert [Words("nb").name_of(figure) for figure in (asked, ours)] == ["Age", "Alder"]
    line = personas_lines.line_of(asked, "needs")
    assert Words("nb").claim(line).startswith("Age:") and Words("nb").thing(line) == "Age"
    assert Words("nb").claim(personas_lines.line_of(ours, "who")).startswith("Alder:")


def test_latin_words_keep_their_order_in_persian():
    """Latin words inside a Persian sentence are isolated."""
    assert "\u2068running\u2069" in Words("fa")("Share of orders in {value}", value="running")
    assert Words("fa").direction == "rtl"
    assert set(ROLES) >= {"survey"}
