"""The parts of a study file: sources, items, and the choices that a person makes about privacy, quality and segments."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from personakit.errors import PersonakitError, did_you_mean

Role = Literal["customers", "orders", "events", "survey", "interviews", "tickets", "campaigns", "mentions", "population"]
ROLES: tuple[str, ...] = Role.__args__  # type: ignore[attr-defined]
Kind = Literal["binary", "likert", "choice", "pick_any", "number", "amount", "count", "share", "nps", "csat", "effort", "text"]
About = Literal["need", "goal", "value", "frustration", "trigger", "objection", "interest", "media", "channel", "device",
                "product", "behaviour", "opinion", "trait"]  # fmt: skip
Language = Literal["en", "nb", "fi", "fa"]
#: Questions that are answered by a number, or by a word that stands for one.
RATED_KINDS: tuple[Kind, ...] = ("likert", "csat", "effort", "nps", "number")
_NPS_LEVELS = 11
_LANGUAGE_NAMES = {"en": "English", "nb": "Norwegian", "fi": "Finnish", "fa": "Persian"}

#: What people can agree to: to be counted in the personas, to be quoted, to be on a list that marketing uses.
Purpose = Literal["personas", "quotes", "marketing"]
PURPOSES: tuple[str, ...] = Purpose.__args__  # type: ignore[attr-defined]

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
    "triggers": "trigger", "objections": "objection", "barriers": "objection", "doubts": "objection", "devices": "device",
    "products": "product", "brands": "product",
}  # fmt: skip


def known_language(language: str) -> str:
    """
    Refuse a language of deliverables that there is not.

    Returns
    -------
    str
        The language.

    Raises
    ------
    PersonakitError
        If it is not one of the four.

    Examples
    --------
    >>> known_language("nb")
    'nb'
    """
    if language not in _LANGUAGE_NAMES:
        allowed, meant = (", ".join(words) for words in (_LANGUAGE_NAMES, _LANGUAGE_NAMES.values()))
        hint = did_you_mean(language, _LANGUAGE_NAMES)
        raise PersonakitError(f"language '{language}' is not known; allowed: {allowed} ({meant}){hint}")
    return language


class Part(BaseModel):
    """A block of the study file: unknown keys are refused, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Items(Part):
    """
    A block of survey questions that are asked the same way.

    ``columns`` maps each column to its wording (or lists the columns, which then are their own wording).
    ``scale`` is the lowest and highest possible answer, ``levels`` the ordered answers of a choice question, or the answers
    in words of a rating, lowest first (``[Strongly disagree, …, Strongly agree]``): these count from 1 on, or from the lowest
    of the scale. ``phases`` says which journey phase a question is about, ``satisfaction_with`` of which need a satisfaction
    question tells how well it is met (``csat_delivery: need_speed``). ``scores`` names questions that measure the same thing,
    such as ``trust: [q1, q2, -q3]``: their mean becomes a feature, and a minus turns a question round. With ``centre: true``
    each answer also stands against the person's own mean, for people who rate everything high or low; the block
    ``<name> relative`` holds these.
    """

    columns: dict[str, str]
    kind: Kind | None = None
    about: About | None = None
    scale: tuple[float, float] | None = None
    levels: list[str] | None = None
    phases: dict[str, str] = {}
    satisfaction_with: dict[str, str] = {}
    scores: dict[str, Annotated[list[str], Field(min_length=2)]] = {}
    centre: bool = False

    @model_validator(mode="after")
    def _scores_of_own_questions(self) -> Items:
        for name, questions in self.scores.items():
            wrong = [q for q in questions if q.removeprefix("-") not in self.columns]
            if wrong or name in self.columns:
                what = f"'{wrong[0]}' is no question of this block" if wrong else "there is a question of the same name"
                msg = f"scores.{name}: {what}; the questions are {', '.join(self.columns)}"
                raise ValueError(msg)
        return self

    @property
    def is_rated(self) -> bool:
        """Whether the questions are answered by a number, or by a word that stands for one."""
        return self.kind in RATED_KINDS

    @model_validator(mode="after")
    def _levels_fit_the_scale(self) -> Items:
        if self.levels is None:
            return self
        words = [level.strip().lower() for level in self.levels]
        if len(words) < 2 or len(set(words)) < len(words):
            msg = "levels: name two answers or more, lowest first, and each once"
            raise ValueError(msg)
        low, high = (0, _NPS_LEVELS - 1) if self.kind == "nps" else self.scale or (1, len(words))
        if self.is_rated and high - low + 1 != len(words):
            msg = f"levels: from {low:g} to {high:g} there are {high - low + 1:g} answers, and {len(words)} are named; "
            msg += "name each of them, lowest first" + ("" if self.kind == "nps" else ", or leave out 'scale'")
            raise ValueError(msg)
        return self

    @model_validator(mode="before")
    @classmethod
    def _levels_are_words(cls, value: Any) -> Any:
        """Answers may be numbers with words at the ends; where a rating has no scale, its answers in words make one."""
        if not isinstance(value, dict) or not isinstance(value.get("levels"), list):
            return value
        value = {**value, "levels": [str(own) if isinstance(own, int | float) else own for own in value["levels"]]}
        if value.get("kind") in RATED_KINDS and value["kind"] != "nps" and value.get("scale") is None:
            value["scale"] = (1, len(value["levels"]))
        return value

    @model_validator(mode="before")
    @classmethod
    def _columns_may_be_a_list(cls, value: Any) -> Any:
        if isinstance(value, list):
            value = {"columns": value}
        if isinstance(value, dict) and isinstance(value.get("columns"), list):
            value = {**value, "columns": {str(name): str(name) for name in value["columns"]}}
        return value


class Source(Part):
    """
    One file, folder or engine table, and how its columns are called here.

    ``header_row`` is the row with the column names (1 is the first), ``extra_header_rows`` how many rows below it describe the
    columns and hold no data (2 in exports of Qualtrics, 1 in those of SurveyMonkey), ``other_ids`` names columns of ``customers``
    by which other files may call people, such as an e-mail address, ``interviewers`` who asks in transcripts that call people
    by their names, ``date_order`` says what stands first in
    dates such as 03/04/2026, ``calendar: persian`` reads dates of the Solar Hijri calendar, ``traps`` maps survey
    questions with one right answer ("please mark 4") to that answer.
    """

    path: str | None = None
    table: str | None = None
    columns: dict[str, str] = {}
    other_ids: list[str] = []
    interviewers: list[str] = []
    computed: dict[str, str] = {}
    where: str | None = None
    separator: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    decimal: Literal[".", ","] | None = None
    encoding: str | None = None
    sheet: str | None = None
    header_row: Annotated[int, Field(ge=1, le=1000)] | None = None
    extra_header_rows: Annotated[int, Field(ge=0, le=10)] = 0
    date_format: str | None = None
    date_order: Literal["day", "month"] | None = None
    calendar: Literal["gregorian", "persian"] = "gregorian"
    items: dict[str, Items] = {}
    weight: str | None = None
    traps: dict[str, float] = {}
    kinds: dict[str, Kind] = {}
    labels: dict[str, str] = {}
    about: dict[str, About] = {}
    ignore: list[str] = []

    @model_validator(mode="before")
    @classmethod
    def _weight_is_a_column(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("weight"), str) and isinstance(value.get("columns", {}), dict):
            value = {**value, "columns": {**value.get("columns", {}), "weight": value["weight"]}}
        return value

    @model_validator(mode="after")
    def _path_or_table(self) -> Source:
        asked = {column: block for block in self.items.values() for column in block.columns}
        for block in self.items.values():
            for question, need in block.satisfaction_with.items():
                for column, allowed in ((question, block.columns), (need, asked)):
                    if column not in allowed:
                        msg = (
                            f"satisfaction_with: '{column}' is no question; write a satisfaction question of this block, and the "
                        )
                        raise ValueError(f"{msg}question about the need{did_you_mean(column, allowed)}")
        if (self.path is None) == (self.table is None):
            msg = "needs either a path (a file or folder) or a table (of the engine), one of the two"
            raise ValueError(msg)
        return self


class Privacy(Part):
    """
    Who may be used for what, what never leaves the source, and how small a group may be shown.

    ``consent`` is a column of ``customers`` that counts for every purpose, or one column per purpose: ``personas``
    (to be counted), ``quotes`` (to be quoted), ``marketing`` (to be on a list). ``controller``, ``basis``, ``reason``
    and ``retention_months`` go into the record of processing.
    """

    consent: str | dict[Purpose, str] | None = None
    drop: list[str] = []
    min_cell: Annotated[int, Field(ge=1)] = 5
    key_file: str = "pseudonyms.key"
    controller: str = ""
    basis: Literal["consent", "legitimate interests", "contract", "public task", ""] = ""
    reason: str = ""
    retention_months: Annotated[int, Field(ge=1)] | None = None

    def consent_for(self, purpose: str) -> str | None:
        """Name the column that says who agreed to a purpose; None when the study asks for no consent to it."""
        return self.consent.get(purpose) if isinstance(self.consent, dict) else self.consent  # type: ignore[call-overload]

    @property
    def consent_columns(self) -> list[str]:
        """Every column that holds consent, once."""
        columns = list(self.consent.values()) if isinstance(self.consent, dict) else [self.consent]
        return list(dict.fromkeys(column for column in columns if column))


class Quality(Part):
    """
    What to do with data that contradict themselves. The defaults stop and ask.

    ``trust`` says per column which source counts when two disagree: a source, ``newest`` or ``drop`` (neither).
    """

    unreadable: Literal["stop", "missing"] = "stop"
    same_id: Literal["stop", "first", "last"] = "stop"
    duplicates: dict[Role, Literal["keep", "drop"]] = {}
    trust: dict[str, Role | Literal["newest", "drop"]] = {}
    age_range: tuple[int, int] = (10, 110)
    careless_flags: Annotated[int, Field(ge=1, le=6)] = 2
    events_per_hour_limit: Annotated[int, Field(ge=1)] = 120


class SegmentationChoice(Part):
    """Which variables make the segments, and how many segments there are."""

    basis: list[str] = []
    n_segments: Literal["auto"] | Annotated[int, Field(ge=1, le=20)] = "auto"
    family: Literal["auto", "kmeans", "latent_classes", "gaussian", "mixed", "factor_mixture", "rfm"] = "auto"
    random_state: int = 1


class Attractiveness(Part):
    """
    How a team weighs its segments.

    ``weights`` say how much each criterion counts: ``size``, ``value``, ``growth`` and ``satisfaction`` come from the data,
    every other one from ``ratings``, where the team gives each segment 1 to 10 points (``fit: {1: 8, 2: 4}``). A segment
    below ``smallest_share`` or ``smallest_people`` is knocked out before anything is weighed.
    """

    weights: dict[str, Annotated[float, Field(ge=0)]] = {}
    ratings: dict[str, dict[int, Annotated[float, Field(ge=1, le=10)]]] = {}
    smallest_share: Annotated[float, Field(ge=0, le=1)] = 0.05
    smallest_people: Annotated[int, Field(ge=1)] = 30


class Cards(Part):
    """
    How persona cards look and how long they hold.

    ``style: role`` leaves out name, age and picture, so that nobody sees a stereotype; ``calendar: persian`` writes dates of
    Persian pages in the Solar Hijri calendar; after ``review_months`` the cards ask to be looked at again.
    """

    style: Literal["person", "role"] = "person"
    calendar: Literal["gregorian", "persian"] = "gregorian"
    review_months: Annotated[int, Field(ge=1, le=60)] = 6


class ActivationChoice(Part):
    """
    What a team decides before it puts its personas to work.

    ``budget`` is the money for campaigns in the study's currency (without it as much as the campaigns of the data cost),
    ``bounds`` the smallest and largest share of it for a channel (``email: [0.1, 0.5]``), ``brand`` the survey questions or
    other features that say what the brand stands for (``[value_nature]``).
    """

    budget: Annotated[float, Field(gt=0)] | None = None
    bounds: dict[str, tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]]] = {}
    brand: list[str] = []

    @field_validator("bounds")
    @classmethod
    def _smaller_one_first(cls, bounds: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
        wrong = [name for name, (low, high) in bounds.items() if low > high]
        if wrong or sum(low for low, _ in bounds.values()) > 1:
            what = f"'{wrong[0]}' has its larger share first" if wrong else "the smallest shares add up to more than 1"
            raise ValueError(f"{what}; write the smallest and the largest share, such as email: [0.1, 0.5]")
        return bounds


class Hypothesis(Part):
    """
    What the team expects, written down before it is tested.

    ``variable`` is a feature of step 05, ``where`` a condition on features ("age < 30") that names the group, and
    ``expect`` how the group differs from everyone else.
    """

    say: Annotated[str, Field(min_length=1)]
    variable: Annotated[str, Field(min_length=1)]
    where: Annotated[str, Field(min_length=1)]
    expect: Literal["higher", "lower", "different"] = "different"


class Change(Part):
    """
    Something that was changed on the journey: what, and from which day on; before and after are compared.

    ``concerns`` is a condition on features ("region = 'Oslo'") that names whom it concerned, when it did not concern everybody;
    all others are the comparison group.
    """

    say: Annotated[str, Field(min_length=1)]
    on: date
    concerns: str = ""


class Stage(Part):
    """What the team itself knows of a phase: who owns it, what customers expect, and what happens before and behind them."""

    owner: str = ""
    expectation: str = ""
    front_stage: list[str] = []
    back_stage: list[str] = []


class Journey(Part):
    """
    Phases of the journey in order, each with its touchpoints.

    ``conversion`` names the touchpoints that count as the purchase. A visit ends after ``gap_minutes`` without an event. A
    journey ends after ``pause_days`` without one, ``window_days`` after its first contact, and when somebody who has bought
    looks around anew. ``scenario`` and ``stages`` hold what the team knows itself: it stands on the maps, marked as such.
    """

    phases: dict[str, list[str]] = Field(
        default_factory=lambda: dict[str, list[str]]((phase, []) for phase in PHASE_SETS["awareness_to_loyalty"])
    )
    conversion: list[str] = []
    gap_minutes: Annotated[int, Field(ge=1)] = 30
    pause_days: Annotated[int, Field(ge=1)] = 14
    window_days: Annotated[int, Field(ge=1)] = 90
    changes: list[Change] = []
    scenario: str = ""
    stages: dict[str, Stage] = {}

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

    @model_validator(mode="after")
    def _stages_are_phases(self) -> Self:
        for name in self.stages:
            if name not in self.phases:
                hint = did_you_mean(name, self.phases)
                raise ValueError(f"stages: '{name}' is no phase; allowed: {', '.join(self.phases)}{hint}")
        return self
