"""Step 08, lines: how a figure becomes a line on a card or a cell of a map, in words that catalogues translate."""

from __future__ import annotations

from typing import Any

from personakit.evidence import Asserts, Claim, Figure, claim

MEAN = "{label}: {value} (others {others})"
MEAN_ALONE = "{label}: {value}"
CATEGORY = "{label}: {category}, {value} (others {others})"
CATEGORY_ALONE = "{label}: {category}, {value}"
RANGE = "{label}: {low} to {high}, on average {value} (others {others})"
RANGE_ALONE = "{label}: {low} to {high}, on average {value}"
MIXED_RANGE = "{label}: mixed, much like everyone else (half of them {low} to {high})"
MIXED_SHARES = "{label}: mixed, much like everyone else ({spread})"
SIZE = "{value} of the customers in the segments ({n})"
TOTAL_SHARE = "{value} of all spending"
LESS_SATISFIED = "Less satisfied than others: {label}, {value} (others {others})"
UNKNOWN = "Not known from the data yet. Ask about it in interviews."
UNKNOWN_DETAIL = "{label}: not known from the data yet"
QUOTE = "“{quote}”"
ESSENCE_MANY = "Wants “{want}”; likes “{likes}”; best met through “{channel}”"
ESSENCE_LIKES = "Wants “{want}”; likes “{likes}”"
ESSENCE_CHANNEL = "Wants “{want}”; best met through “{channel}”"
ESSENCE_WANT = "Wants “{want}”"
ESSENCE_OTHER = "Stands out by “{want}”"
ESSENCE_OTHERS = "Stands out by “{want}” and “{likes}”"
ESSENCE_LOWER = "Lower than others on “{want}”"
ESSENCE_LOWER_MANY = "Lower than others on “{want}” and “{likes}”"
JOB_FULL = "When it is about “{when}”, I want “{want}”, so that I come closer to “{so_that}”"
JOB_WHEN = "When it is about “{when}”, I want “{want}”"
JOB_SO_THAT = "I want “{want}”, so that I come closer to “{so_that}”"
DO_LEAD = "Lead with “{label}”"
DO_MEET = "Meet them through “{label}”"
DO_MEND = "Mend this first: “{label}”"
DO_SHOW = "Show them “{label}”"
AVOID_LEAD = "Do not lead with “{label}”: it counts less for them than for others"
AVOID_CHANNEL = "Do not count on “{label}” to reach them"
BORDERLINE = "{value} of them could as well belong to another segment"
WITHOUT_SEGMENT = "It says nothing about {n} customers who left too much open to be placed"
TRAITS_MOST = "{value} of them have at least {k} of the {m} traits of this card (others {others})"
TRAITS_ALONE = "{value} of them have at least {k} of the {m} traits of this card"
OWN = "{text}"
DEMOGRAPHY = {"age": "Age", "gender": "Gender", "region": "Region", "occupation": "Occupation", "household": "Household",
              "income": "Income"}  # fmt: skip
CATEGORY_SHORT = "{label}: {category}"
CATEGORY_MINORITY = "{label}: {category} ({value})"
THING_MINORITY = "{label} ({value})"
MIXED_SHORT = "{label}: mixed"
#: What stands on the face of a card, where numbers of everyone else would crowd it.
SHORT = {MEAN: MEAN_ALONE, CATEGORY: CATEGORY_SHORT, CATEGORY_ALONE: CATEGORY_SHORT, RANGE: RANGE_ALONE,
         MIXED_RANGE: MIXED_SHORT, MIXED_SHARES: MIXED_SHORT}  # fmt: skip


def line_of(figure: Figure, place: str, message: str = "", *, asserts: Asserts = "difference", **more: Any) -> Claim:
    """
    Write a line about one figure, with the value and that of everyone else.

    Parameters
    ----------
    figure : Figure
        What the line says.
    place : str
        Field of the card or lane of the map.
    message : str
        Pattern of the line; without it the one that suits the figure.
    asserts : {"difference", "level"}
        Whether it says that the group differs, or only how things are.
    **more
        Further parameters of the message.

    Returns
    -------
    Claim
        The line.
    """
    alone = figure.others is None
    pattern = message or ((CATEGORY_ALONE if alone else CATEGORY) if figure.category else (MEAN_ALONE if alone else MEAN))
    params = {**label_of(figure), "category": figure.category, "value": figure.estimate, "others": figure.others,
              "format": format_of(figure), "unit": figure.unit, **more}  # fmt: skip
    return claim(figure.segment, place, pattern, evidence=[figure], asserts=asserts, **params)


def joint_line(segment: int, place: str, message: str, parts: dict[str, Figure], *, asserts: Asserts = "joint") -> Claim:
    """Write a line that joins several figures; each parameter of the message names the thing that a figure is about."""
    params: dict[str, Any] = {}
    for name, figure in parts.items():
        params |= thing_of(figure, name)
    return claim(segment, place, message, evidence=list(parts.values()), asserts=asserts, **params)


def thing_of(figure: Figure, name: str = "label") -> dict[str, str]:
    """Name what a figure is about: its answer, the value in its label (such as a channel), or its label."""
    return {name: figure.category or figure.label_value or figure.label}


def label_of(figure: Figure) -> dict[str, str]:
    """Give the label of a figure as parameters of a message."""
    return {"label": figure.label} | ({"label_value": figure.label_value} if figure.label_value else {})


def is_minority(figure: Figure) -> bool:
    """Tell whether less than half of the segment have what a figure is about, however far others lie below them."""
    return format_of(figure) == "percent" and figure.estimate < 0.5


def is_wording(figure: Figure) -> bool:
    """Tell whether the label of a figure is a wording of the study, such as a survey question, and not the software's."""
    return (
        not figure.label_value
        and figure.column not in DEMOGRAPHY
        and all(column.startswith("survey.") for column in figure.sources)
    )


def format_of(figure: Figure) -> str:
    """Say how a figure is written: percent, money, a point on a scale, or a number with its unit."""
    if figure.statistic in {"share", "total_share"} or figure.unit == "share":
        return "percent"
    if figure.unit == "money" or (len(figure.unit) == 3 and figure.unit.isupper()):
        return "money"
    if figure.statistic == "change":
        return "fine"
    if " to " in figure.unit:
        return "signed" if figure.unit.startswith("-") else "scale"
    return "number"
