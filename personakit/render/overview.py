"""The comparison of all personas: where they lie furthest apart and what they share, on one page for people in a hurry."""

from __future__ import annotations

from typing import Any

import pandas as pd

from personakit.evidence import EFFECT_STEPS, Figure
from personakit.locale import Words
from personakit.personas_lines import DEMOGRAPHY, format_of
from personakit.personas_model import Persona, Personas
from personakit.profiling import SegmentProfiles
from personakit.render.pages import MARK_NAMES, colour_of, name_shown, page_of, words_of

ROWS_COMPARED = 12


def overview_page(personas: Personas, profiles: SegmentProfiles, *, language: str, style: str = "") -> str:
    """Lay out the comparison of all personas as a page of its own, for people who read only that."""
    words = words_of(personas, language)
    style = style or personas.about.get("style", "person")
    overview = overview_of(personas, profiles, words, style=style)
    return page_of("overview.html", words, personas.about, overview=overview, style_of_cards=style)


def overview_of(personas: Personas, profiles: SegmentProfiles, words: Words, *, style: str) -> dict[str, Any]:
    """
    Compare all personas on what tells them apart most, and say what they share.

    Returns
    -------
    dict
        ``people`` (one per persona: name, size, essence, colour), ``differ`` (rows with the value of each persona and its
        place between the lowest and the highest), ``share`` (labels on which no segment differs from everyone else).
    """
    people = [{"segment": p.segment, "name": name_shown(p, words, style), "colour": colour_of(p.segment), "n": words.number(p.n),
               "share": _share(p, words), "mark": words(MARK_NAMES[p.mark]) if p.mark else "",
               "essence": words.thing(p.at("essence")[0]) if p.at("essence") else "", "seed": personas.about["title"]}
              for p in personas.personas]  # fmt: skip
    table = profiles.table[profiles.table["segment"].isin([p.segment for p in personas.personas])]
    table = table[~table["feature"].isin(DEMOGRAPHY)] if style == "role" else table
    figures = profiles.figures()
    apart, alike = _apart_and_alike(table, profiles)
    rows = []
    for feature, category in apart:
        own = table[(table["feature"] == feature) & (table["category"] == category)].set_index("segment")
        found = {segment: figures[key] for segment, key in own["key"].items()}
        if 2 * len(found) < len(people):
            continue
        low, high = own["estimate"].min(), own["estimate"].max()
        some = next(iter(found.values()))
        form = format_of(some)
        short, unit = ("number" if form == "scale" else form), some.unit if form == "money" else ""
        cells = []
        for person in people:  # a segment with too few people to show has a dash
            value = found[person["segment"]].estimate if person["segment"] in found else None
            cells.append({"text": words.value(value, short, unit), "colour": person["colour"],
                          "place": None if value is None else (value - low) / ((high - low) or 1)})  # fmt: skip
        label = words.name_of(some)
        rows.append({"label": label, "cells": cells})
    by_feature = {figure.column: figure.model_copy(update={"category": ""}) for figure in figures.values()}
    shared = [words.name_of(by_feature[feature]) for feature in alike]
    return {"people": people, "differ": rows[:ROWS_COMPARED], "share": shared[:ROWS_COMPARED]}


def _share(persona: Persona, words: Words) -> str:
    size = persona.at("size")[0].evidence[0]
    return f"{words.percent(size.estimate)} ({words.number(persona.n)})" if isinstance(size, Figure) else words.number(persona.n)


def _apart_and_alike(table: pd.DataFrame, profiles: SegmentProfiles) -> tuple[list[tuple[str, str]], list[str]]:
    """Features by how far the segments lie apart, one per source column; and those on which none differs."""
    strength = table.assign(size=table["effect"].abs())
    own = strength.groupby(["feature", "category"], sort=False).agg(size=("size", "max"), certain=("grade", _any_certain))
    own = own.reset_index().join(profiles.dictionary[["columns", "about", "source"]], on="feature")
    ranked = own.sort_values("size", ascending=False, kind="stable")
    apart = ranked[ranked["certain"]].drop_duplicates("columns")
    alike = strength.assign(near=_surely_near(table)).groupby("feature", sort=False)["near"].all()
    own_words = profiles.dictionary.loc[alike.index[alike]]
    order = {source: i for i, source in enumerate(("survey", "customers", "orders", "campaigns", "events", "tickets"))}
    known = own_words[own_words["source"].isin(list(order))].drop_duplicates("columns")
    shared = known.sort_values("source", key=lambda s: s.map(order), kind="stable").index.tolist()
    return list(apart[["feature", "category"]].itertuples(index=False, name=None)), shared


def _any_certain(grades: pd.Series) -> bool:
    return bool(grades.isin(["strong", "moderate"]).any())


def _surely_near(table: pd.DataFrame) -> pd.Series:
    """Whether the interval of an effect leaves out every difference that would count as medium."""
    medium = table["effect_kind"].map({kind: steps[1] for kind, steps in EFFECT_STEPS.items()}).astype(float)
    near = (table["effect_low"].astype(float) > -medium) & (table["effect_high"].astype(float) < medium)
    return near & ~table["grade"].isin(["strong", "moderate"])
