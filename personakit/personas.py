"""Step 08, personas: who stands for each group, as claims that carry their evidence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict

from personakit.evidence import Asserts, Claim, Figure, Voice, claim, wilson
from personakit.handoffs import Parts
from personakit.profiling import SegmentProfiles
from personakit.segmentation import Segmentation
from personakit.study import Study
from personakit.voices import Voices
from personakit.voices_quotes import choose_quotes
from personakit.voices_words import distinctive_words

#: Fields of a card in the order they stand, and what the features in them are about.
FIELDS: dict[str, tuple[str, ...]] = {
    "matters": ("need", "goal", "value"),
    "opinions": ("opinion",),
    "frustrations": ("frustration",),
    "interests": ("interest",),
    "media": ("media",),
    "channels": ("channel",),
}
DEMOGRAPHY = ("age", "gender", "region", "occupation", "household", "income")
LINES_PER_FIELD = 4
BEHAVIOURS = 5
LOW_RATING = 2.0
_WOMAN = {"woman", "female", "f", "kvinne", "nainen", "زن"}
_MAN = {"man", "male", "m", "mann", "mies", "مرد"}

MEAN = "{label}: {value} (others {others})"
MEAN_ALONE = "{label}: {value}"
CATEGORY = "{label}: {category}, {value} (others {others})"
CATEGORY_ALONE = "{label}: {category}, {value}"
MIXED = "{label}: mixed, much like everyone else"
SIZE = "{value} of the customers in the segments ({n})"
LESS_SATISFIED = "Less satisfied than others: {label}, {value} (others {others})"
UNKNOWN = "Not known from the data yet. Ask about it in interviews."
QUOTE = "“{quote}”"


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
    claims : list of Claim
        Every line of the card.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    segment: int
    name: str
    n: int
    claims: list[Claim]

    def at(self, place: str) -> list[Claim]:
        """Give the lines of one field."""
        return [line for line in self.claims if line.place == place]


@dataclass(frozen=True, eq=False, repr=False)
class Personas:
    """
    The personas of a study.

    Attributes
    ----------
    personas : list of Persona
        One per segment.
    about : dict
        What the cards rest on: title, question, as_of, method, verdict, customers, borderline, language, synthetic.
    """

    personas: list[Persona]
    about: dict[str, Any]

    @property
    def claims(self) -> list[Claim]:
        """Every line of every card."""
        return [line for persona in self.personas for line in persona.claims]

    def parts(self) -> Parts:
        """Split into what is written to files."""
        return {"": {"about": self.about, "personas": [persona.model_dump() for persona in self.personas]}}

    @classmethod
    def from_parts(cls, parts: Parts) -> Personas:
        """Put together what was read from files."""
        return cls([Persona.model_validate(content) for content in parts[""]["personas"]], parts[""]["about"])

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def write_personas(
    profiles: SegmentProfiles,
    segmentation: Segmentation,
    *,
    study: Study,
    voices: Voices | None = None,
    language: str = "",
) -> Personas:
    """
    Write a card for each segment.

    A line stands on a card only when the segment differs from everyone else on it by at least a small, certain
    effect; with a single segment the highest values stand there. What the data do not say is marked as not known.

    Parameters
    ----------
    profiles : SegmentProfiles
        What sets each segment apart.
    segmentation : Segmentation
        The segments.
    study : Study
        For title, question and dates.
    voices : Voices, optional
        For quotes.
    language : {"en", "nb", "fi", "fa"}, optional
        Language of the names; the study's own without it.

    Returns
    -------
    Personas
        One card per segment.
    """
    language = language or study.language
    figures = profiles.figures()
    sizes = size_figures(segmentation, profiles)
    taken: set[str] = set()
    cards = []
    for segment in segmentation.segments:
        rows = profiles.of(segment)
        n = int(profiles.sizes.get(segment, 0))
        if n < profiles.min_cell:
            continue
        said = quotes_of(voices, segmentation, segment) if voices is not None else []
        claims = [_size(segment, sizes[segment], n), *_who(rows, figures, segment)]
        for field in FIELDS:
            claims += _field(field, rows, figures, segment)
        claims += _frustrations(rows, figures, segment, said)
        claims += _behaviours(rows, figures, segment, claims)
        claims += _satisfaction(rows, figures, segment)
        claims += [claim(segment, "quotes", QUOTE, evidence=[voice], quote=voice.quote) for voice in _card_quotes(said)]
        have = {line.place for line in claims}
        claims += [
            claim(segment, place, UNKNOWN) for place in ("matters", "frustrations", "channels", "quotes") if place not in have
        ]
        cards.append(Persona(segment=segment, name=_name(rows, segment, language, study.study, taken), n=n, claims=claims))
    about = {
        "title": study.study, "question": study.question, "as_of": str(study.as_of), "synthetic": study.synthetic,
        "language": language, "currency": study.currency, "min_cell": profiles.min_cell, "family": segmentation.family,
        "verdict": segmentation.verdict, "confidence": segmentation.confidence, "customers": len(segmentation.labels),
        "borderline": segmentation.n_borderline, "basis": [profiles.dictionary.at[b, "label"] for b in segmentation.basis],
        "sources": sorted(set(profiles.dictionary["source"])),
    }  # fmt: skip
    return Personas(cards, about)


def size_figures(segmentation: Segmentation, profiles: SegmentProfiles) -> dict[int, Figure]:
    """
    Measure how large each segment is.

    Returns
    -------
    dict of int to Figure
        Share of the customers who have a segment, by segment. It rests on the variables that made the segments.
    """
    total = len(segmentation.labels)
    sources = sorted(
        {column for name in segmentation.basis for column in str(profiles.dictionary.at[name, "columns"]).split(", ")}
    )
    figures = {}
    for segment in segmentation.segments:
        n = int((segmentation.labels == segment).sum())
        low, high = wilson(n, total)
        figures[segment] = Figure(
            key=f"features|segment||{segment}", table="features", column="segment", label="Share of customers", unit="share",
            sources=sources, segment=segment, statistic="share", estimate=n / total, ci_low=low, ci_high=high, n=total,
        )  # fmt: skip
    return figures


def _size(segment: int, figure: Figure, n: int) -> Claim:
    return claim(segment, "size", SIZE, evidence=[figure], asserts="level", value=figure.estimate, format="percent", n=n)


def line_of(figure: Figure, place: str, message: str = "", *, asserts: Asserts = "difference") -> Claim:
    """Write a line about one figure, with the value and that of everyone else."""
    alone = figure.others is None
    pattern = message or ((CATEGORY_ALONE if alone else CATEGORY) if figure.category else (MEAN_ALONE if alone else MEAN))
    params = {**label_of(figure), "category": figure.category, "value": figure.estimate, "others": figure.others,
              "format": format_of(figure), "unit": figure.unit}  # fmt: skip
    return claim(figure.segment, place, pattern, evidence=[figure], asserts=asserts, **params)


def label_of(figure: Figure) -> dict[str, str]:
    """Give the label of a figure as parameters of a message."""
    return {"label": figure.label} | ({"label_value": figure.label_value} if figure.label_value else {})


def format_of(figure: Figure) -> str:
    """Say how a figure is written: percent, money, a point on a scale, or a number with its unit."""
    if figure.statistic == "share" or figure.unit == "share":
        return "percent"
    if len(figure.unit) == 3 and figure.unit.isupper():
        return "money"
    if " to " in figure.unit:
        return "signed" if figure.unit.startswith("-") else "scale"
    return "number"


def _telling(rows: pd.DataFrame, *, positive: bool = True) -> pd.DataFrame:
    """Keep rows worth a line: certain differences, or with nobody to compare with the highest values."""
    if rows["effect"].isna().all():
        return rows.sort_values("estimate", ascending=False, kind="stable")
    telling = rows[rows["grade"].isin(["strong", "moderate"])]
    return telling[telling["effect"] > 0] if positive else telling


def _lines(rows: pd.DataFrame, figures: dict[str, Figure], place: str, at_most: int, message: str = "") -> list[Claim]:
    return [line_of(figures[key], place, message) for key in rows["key"].head(at_most)]


def _who(rows: pd.DataFrame, figures: dict[str, Figure], segment: int) -> list[Claim]:
    """Demography: what sets the segment apart, and for the rest that it is mixed."""
    claims = []
    for name in DEMOGRAPHY:
        own = rows[rows["feature"] == name]
        if own.empty:
            continue
        telling = _telling(own, positive=own["kind"].iloc[0] == "nominal")
        if len(telling):
            claims += _lines(telling.sort_values("estimate", ascending=False, kind="stable"), figures, "who", 1)
        else:
            row = own.sort_values("estimate", ascending=False, kind="stable").iloc[0]
            figure = figures[row["key"]]
            claims.append(claim(segment, "who", MIXED, evidence=[figure], asserts="level", **label_of(figure)))
    return claims


def _field(field: str, rows: pd.DataFrame, figures: dict[str, Figure], segment: int) -> list[Claim]:
    own = rows[rows["about"].isin(FIELDS[field]) & ~rows["feature"].isin(DEMOGRAPHY)]
    return _lines(_telling(own, positive=field != "opinions"), figures, field, LINES_PER_FIELD)


def _frustrations(rows: pd.DataFrame, figures: dict[str, Figure], segment: int, said: list[Voice]) -> list[Claim]:
    """Where they are less satisfied than others, and what they complained about."""
    rated = rows[
        (rows["about"] == "satisfaction")
        & (rows["kind"] == "ordinal")
        & rows["grade"].isin(["strong", "moderate"])
        & (rows["effect"] < 0)
    ]
    claims = _lines(rated, figures, "frustrations", 2, LESS_SATISFIED)
    complaints = [voice for voice in said if voice.source == "tickets" and voice.topic.startswith("low:")]
    return claims + [claim(segment, "frustrations", QUOTE, evidence=[voice], quote=voice.quote) for voice in complaints[:2]]


def _behaviours(rows: pd.DataFrame, figures: dict[str, Figure], segment: int, written: list[Claim]) -> list[Claim]:
    used = {piece.key for line in written for piece in line.evidence}
    own = rows[
        ((rows["basis"] == "behavioural") | (rows["about"] == "behaviour"))
        & rows["about"].isin(["", "behaviour"])
        & ~rows["key"].isin(used)
    ]
    telling = _telling(own, positive=False)
    telling = telling[
        (telling["kind"] != "nominal") | (telling["effect"].fillna(1) > 0)
    ]  # the answer they give, not the one they do not
    telling = telling.drop_duplicates("columns")  # one line per thing that was recorded
    return _lines(telling, figures, "behaviours", BEHAVIOURS)


def _satisfaction(rows: pd.DataFrame, figures: dict[str, Figure], segment: int) -> list[Claim]:
    own = rows[(rows["kind"] == "ordinal")
               & ((rows["about"] == "recommendation") | ((rows["about"] == "satisfaction") & (rows["phase"] == "")))]  # fmt: skip
    return [line_of(figures[key], "satisfaction", asserts="level") for key in own["key"].head(3)]


def quotes_of(voices: Voices, segmentation: Segmentation, segment: int) -> list[Voice]:
    """
    Choose what people of one segment said, the most distinctive first, one text per person and wording.

    Parameters
    ----------
    voices : Voices
        All texts.
    segmentation : Segmentation
        Who belongs to the segment.
    segment : int
        The segment.

    Returns
    -------
    list of Voice
        Verbatim texts with their place. ``topic`` starts with ``low:`` for tickets rated 2 or less.
    """
    texts = voices.texts[voices.texts["customer_id"].isin(segmentation.labels.index) & voices.texts["quotable"]]
    inside = texts["customer_id"].map(segmentation.labels) == segment
    if not inside.any():
        return []
    told = distinctive_words(texts, inside)
    telling = dict(zip(zip(told["language"], told["stem"], strict=True), told["z"], strict=True))
    chosen = choose_quotes(texts[inside], telling, voices.choices)
    return [_voice(row) for row in chosen.to_dict("records")]


def _voice(row: dict[str, Any]) -> Voice:
    low = pd.notna(row["rating"]) and row["rating"] <= LOW_RATING
    return Voice(
        key=row["key"], source=row["source"], document=row["document"], line=int(row["line"]), customer=str(row["customer_id"]),
        quote=row["quote"], language=row["language"], topic=("low:" if low else "") + row["topic"],
    )  # fmt: skip


def _card_quotes(said: list[Voice]) -> list[Voice]:
    """Interviews speak first, then open answers; two quotes from two people."""
    chosen = [voice for source in ("interviews", "survey") for voice in said if voice.source == source]
    return chosen[:2]


@cache
def _names() -> dict[str, dict[str, list[str]]]:
    return yaml.safe_load((Path(__file__).parent / "names.yaml").read_text(encoding="utf-8"))


def _name(rows: pd.DataFrame, segment: int, language: str, title: str, taken: set[str]) -> str:
    """Choose a name; a woman's or man's only when most of the segment are, and more than among others."""
    gender = rows[(rows["feature"] == "gender") & rows["grade"].isin(["strong", "moderate"]) & (rows["estimate"] >= 0.6)]
    word = str(gender.sort_values("estimate", ascending=False)["category"].iloc[0]).lower() if len(gender) else ""
    kind = "woman" if word in _WOMAN else "man" if word in _MAN else "either"
    pool = _names()[language][kind]
    start = sum(title.encode()) + segment
    for step in range(len(pool)):
        name = pool[(start + step) % len(pool)]
        if name not in taken:
            taken.add(name)
            return name
    return f"{pool[start % len(pool)]} {segment}"
