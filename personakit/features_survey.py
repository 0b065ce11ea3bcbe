"""Step 05, what customers answer: single questions, scores, answers against a person's own mean, and satisfaction."""

from __future__ import annotations

import numpy as np
import pandas as pd

from personakit.collection import Sources
from personakit.features_attributes import add_attribute, by_customer, coded, kind_of
from personakit.features_builder import ABOUT_BY_QUESTION, BEHAVIOURAL_ABOUT, KIND_OF_QUESTION, FeatureBuilder
from personakit.features_scores import cronbach_alpha, relative_answers, score_of
from personakit.roles import AGREED
from personakit.study_parts import ABOUT_BY_NAME, Items

#: Ends of the groups of the Net Promoter Score: up to 6 is a detractor, from 9 on a promoter.
_LAST_DETRACTOR, _FIRST_PROMOTER = 6, 9
#: Blocks made of answers that already stand in another block; they make segments only when the study file names them.
DERIVED_BLOCKS = (" scores", " relative")


def add_survey(builder: FeatureBuilder, sources: Sources) -> None:
    """
    Add what the survey says about each customer.

    Each question is a feature. Beside them stand the scores that the study file names, with their reliability; with
    ``centre: true`` each answer against the person's own mean; the groups of a recommendation question; and the share of
    satisfaction questions answered with one of the best two answers.

    Parameters
    ----------
    builder : FeatureBuilder
        Collects the features.
    sources : Sources
        Clean sources with a survey.

    References
    ----------
    Reichheld, F. F. (2003). The one number you need to grow. Harvard Business Review, 81, 46-54 (the groups).
    """
    spec = sources.study.sources["survey"]
    frame = by_customer(sources, "survey")
    asked = {c for block in spec.items.values() for c in block.columns}
    for group, block in spec.items.items():
        for column, wording in block.columns.items():
            _item(builder, frame[column], group, block, column, wording)
        _scores(builder, frame, group, block)
        if block.centre:
            _relative(builder, frame, group, block)
        if block.kind == "nps":
            _recommendation_groups(builder, frame, group, block)
        if block.kind == "csat" and block.scale:
            _satisfied(builder, frame, group, block)
    for column in [c for c in frame.columns if c not in asked and c not in AGREED["survey"]]:
        add_attribute(builder, sources.study, "survey", column, frame[column])


def _about(group: str, block: Items) -> str:
    return ABOUT_BY_QUESTION.get(block.kind or "") or block.about or ABOUT_BY_NAME.get(group.lower(), "opinion")


def _item(builder: FeatureBuilder, values: pd.Series, group: str, block: Items, column: str, wording: str) -> None:
    kind = KIND_OF_QUESTION.get(block.kind or "", block.kind) or kind_of(values)
    if kind is None or kind == "text":
        return
    if kind == "nominal" and block.levels:
        values = values.where(values.isin(block.levels))
    unit = f"{block.scale[0]:g} to {block.scale[1]:g}" if block.scale else "0 to 10" if block.kind == "nps" else ""
    about = _about(group, block)
    basis = "behavioural" if about in BEHAVIOURAL_ABOUT else "psychographic"
    if kind == "nominal" and about == "opinion":
        basis = "demographic"
    levels = "\n".join(block.levels) if block.levels and block.is_rated else ""
    builder.add(column, coded(values, kind), label=wording, unit=unit, basis=basis, kind=kind, source="survey",
                columns=f"survey.{column}", group=group, about=about, phase=block.phases.get(column, ""),
                levels=levels)  # fmt: skip


def _scores(builder: FeatureBuilder, frame: pd.DataFrame, group: str, block: Items) -> None:
    for name, questions in block.scores.items():
        score, turned = score_of(frame, questions, block)
        builder.reliability.append({"score": name, **cronbach_alpha(turned)})
        low, high = block.scale or (turned.min().min(), turned.max().max())
        builder.add(name, score, label=name.replace("_", " ").capitalize(), unit=f"{low:g} to {high:g}", source="survey",
                    basis="psychographic", kind="number", group=f"{group} scores", about=_about(group, block),
                    missing="answered fewer than half of its questions", columns=_columns(turned))  # fmt: skip


def _relative(builder: FeatureBuilder, frame: pd.DataFrame, group: str, block: Items) -> None:
    found = relative_answers(frame[list(block.columns)])
    for column, wording in block.columns.items():
        builder.add(f"{column}_relative", found[column], message="{value}, against their other answers", value=wording,
                    unit="points", basis="psychographic", kind="number", source="survey", group=f"{group} relative",
                    columns=_columns(found), missing="answered fewer than half of the block")  # fmt: skip


def _recommendation_groups(builder: FeatureBuilder, frame: pd.DataFrame, group: str, block: Items) -> None:
    for column, wording in block.columns.items():
        points = pd.to_numeric(frame[column], errors="coerce").astype(float)
        names = np.select([points >= _FIRST_PROMOTER, points > _LAST_DETRACTOR, points >= 0],
                          ["promoter (9 or 10)", "passive (7 or 8)", "detractor (0 to 6)"], "")  # fmt: skip
        values = pd.Series(names, index=frame.index, dtype="str").where(points.notna())
        builder.add(f"{column}_group", values, label=wording, basis="psychographic", kind="nominal", source="survey",
                    columns=f"survey.{column}", group=f"{group} scores", about="recommendation")  # fmt: skip


def _satisfied(builder: FeatureBuilder, frame: pd.DataFrame, group: str, block: Items) -> None:
    low, high = block.scale or (0.0, 0.0)
    answers = frame[list(block.columns)].apply(pd.to_numeric, errors="coerce").astype(float)
    least = high - 1 if high - low >= 4 else high
    share = (answers >= least).sum(axis=1) / answers.notna().sum(axis=1).where(answers.notna().any(axis=1))
    builder.add(f"{group}_satisfied", share.round(6), message="Questions answered with {value}",
                value=f"{least:g} or {high:g}" if least < high else f"{high:g}", unit="share",
                kind="binary" if len(answers.columns) == 1 else "share", basis="psychographic", source="survey",
                group=f"{group} scores", about="satisfaction", columns=_columns(answers))  # fmt: skip


def _columns(answers: pd.DataFrame) -> str:
    return ", ".join(f"survey.{column}" for column in answers)
