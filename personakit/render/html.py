"""Results as they show themselves in a notebook: one function, one more registration per result type."""

from __future__ import annotations

from functools import singledispatch
from html import escape
from typing import Any

import pandas as pd

from personakit.activation import ActivationPlan
from personakit.activation_audiences import Audiences
from personakit.activation_recruiting import RecruitingPlan
from personakit.collection import Sources
from personakit.collection_plan import CollectionPlan
from personakit.decisions import DecisionReview
from personakit.drift import DriftReport
from personakit.drift_lines import VERDICTS
from personakit.errors import counted, listing
from personakit.evidence import Claim
from personakit.exploration import Exploration
from personakit.features import Features
from personakit.journeys import JourneyMaps
from personakit.locale import Words
from personakit.measurement import Measurement
from personakit.personas_check import PersonaCheck
from personakit.personas_model import FIELD_NAMES, Personas
from personakit.profiling import SegmentProfiles
from personakit.profiling_attractiveness import SegmentRating
from personakit.quality import QualityReport
from personakit.render.screener_form import quality_lines, question_text
from personakit.sample_planner import SamplePlan
from personakit.screener import Screener
from personakit.segmentation import Segmentation
from personakit.segmentation_panel import SolutionPanel
from personakit.segmentation_trial import SegmentTrial
from personakit.study import Study
from personakit.verification import Verification
from personakit.voices import Voices

_LEAST_P = 0.001


@singledispatch
def to_html(result: object) -> str:
    """
    Lay out a result for a notebook.

    Parameters
    ----------
    result : object
        A result of one of the steps.

    Returns
    -------
    str
        HTML; all text from data is escaped.
    """
    raise TypeError(f"{type(result).__name__} has no view for notebooks")


def show_table(table: pd.DataFrame | str, *, digits: int = 2) -> Any:
    """
    Show a table in a notebook as results show theirs: whole texts, shares in per cent, a dash for what is missing.

    Parameters
    ----------
    table : pandas.DataFrame or str
        A table; its index is left out. A sentence in place of one is shown as it is.
    digits : int
        Digits after the point.

    Returns
    -------
    IPython.display.HTML
        The table; all text from data is escaped. Of a table without rows it says so.
    """
    from IPython.display import HTML

    if isinstance(table, str):
        return HTML(_paragraph(table))
    return HTML(table_html(table, digits=digits) if len(table) else _paragraph("There is nothing to show."))


def table_html(table: pd.DataFrame, *, digits: int = 2) -> str:
    """Lay out a table: numbers rounded, missing as a dash, text escaped."""
    head = "".join(f"<th style='text-align:left'>{escape(str(column).replace('_', ' '))}</th>" for column in table.columns)
    forms = [_form(str(column)) for column in table.columns]
    rows = ""
    for row in table.itertuples(index=False):
        cells = (f"<td style='text-align:left'>{_cell(value, digits, form)}</td>" for value, form in zip(row, forms, strict=True))
        rows += f"<tr>{''.join(cells)}</tr>"
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _form(column: str) -> str:
    """Shares and p-values have their own way of being written."""
    return "share" if "share" in column else "p" if column.startswith("p_") else ""


def _cell(value: Any, digits: int, form: str) -> str:
    if value is None or (not isinstance(value, str | list) and pd.isna(value)):
        return "–"
    if isinstance(value, str) and not value:
        return "–"
    if isinstance(value, float) and form == "share":
        return f"{value:.1%}"
    if isinstance(value, float) and form == "p":
        return f"{value:.3f}" if value >= _LEAST_P else f"&lt; {_LEAST_P}"
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() or abs(value) >= 1000 else f"{value:,.{digits}f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else escape(str(value))


def _paragraph(*sentences: str) -> str:
    return f"<p>{' '.join(escape(sentence) for sentence in sentences if sentence)}</p>"


@to_html.register
def _(result: Study) -> str:
    rows = pd.DataFrame([{"source": role, "file": source.path or source.table} for role, source in result.sources.items()])
    synthetic = "The data are synthetic." if result.synthetic else ""
    return _paragraph(f"{result.study}: {result.question}", f"Data up to {result.as_of}.", synthetic) + table_html(rows)


@to_html.register
def _(result: Sources) -> str:
    return table_html(result.overview().reset_index())


@to_html.register
def _(result: CollectionPlan) -> str:
    known = int((result.table["status"] == "known").sum())
    question = f"The question of the study: {result.question}" if result.question else "The study file states no question yet."
    columns = ["topic", "asks", "status", "source", "rows", "customers", "share_of_customers", "linked_share", "from", "to"]
    gaps = result.gaps[["topic", "asks", "status", "best_source", "still_needed", "why"]]
    missing = _paragraph(f"{len(gaps)} gaps:") + table_html(gaps) if len(gaps) else _paragraph("There is no gap.")
    return _paragraph(question, f"{known} of {len(result.table)} topics are known.") + table_html(result.table[columns]) + missing


@to_html.register
def _(result: SamplePlan) -> str:
    return _paragraph(result.says) + table_html(result.table)


@to_html.register
def _(result: QualityReport) -> str:
    problems = result.problems.drop(columns="severity")
    warnings, notes = (problems[result.problems["severity"] == severity] for severity in ("warning", "note"))
    n_warnings, n_notes = counted(len(warnings), "kind of problem", "kinds of problems"), counted(len(notes), "note", "notes")
    folded = f"<details><summary>{n_notes}: missing values and the like</summary>{table_html(notes)}</details>"
    said = f"{n_warnings} to look at, and {n_notes}."
    return _paragraph(said) + table_html(warnings) + (folded if len(notes) else "")


@to_html.register
def _(result: Exploration) -> str:
    parts = []
    for basis, rows in result.figures.groupby("basis", sort=False):
        columns = ["label", "category", "statistic", "estimate", "ci_low", "ci_high", "lower_quarter", "upper_quarter", "n"]
        opened = " open" if basis == "demographic" else ""
        head = f"<summary>{escape(str(basis))}: {len(rows)} figures</summary>"
        parts.append(f"<details{opened}>{head}{table_html(rows[columns])}</details>")
    return "".join(parts) + _paragraph(*result.notes)


@to_html.register
def _(result: Voices) -> str:
    if result.texts.empty:
        return _paragraph("This study has no texts.")
    counts = result.texts.assign(language=result.texts["language"].replace("", "unknown"))
    counts = pd.crosstab(counts["source"], counts["language"]).reset_index()
    coders = result.codings.table["coder"].nunique()
    coded = f"{len(result.codings.table):,} codings by {coders} {'person' if coders == 1 else 'people'}."
    lost = len(result.codings.lost(result.texts))
    if lost:
        coded += f" {lost} of them no longer match their text: the document changed, or may not be used."
    said = [f"{len(result.texts):,} texts.", str(result.feeling.get("says", "")), *([coded] if coders else [])]
    return _paragraph(*filter(None, said)) + table_html(counts)


@to_html.register
def _(result: Features) -> str:
    counts = result.dictionary.groupby(["source", "basis"]).size().rename("features").reset_index()
    return _paragraph(f"{len(result.table):,} customers, {result.table.shape[1]} features.") + table_html(counts)


@to_html.register
def _(result: SolutionPanel) -> str:
    said = f"Verdict: {result.verdict} (confidence: {result.confidence}). {result.says}"
    suggestion = f"Look at {result.suggested} segments first." if result.suggested else "Keep everybody in one group."
    names = {
        "n_segments": "segments",
        "rand_index": "comes back",
        "rand_index_low": "comes back (lower quarter)",
        "null_rand_index": "shuffled data",
        "prediction_strength": "prediction strength",
        "jaccard_lowest": "weakest segment",
        "smallest_share": "smallest segment",
        "certainty": "certainty",
        "bic": "BIC",
        "icl": "ICL",
        "fit_gain": "gain in fit",
        "silhouette": "silhouette",
    }
    shown = result.table[["family", *names]].rename(columns=names)
    rests_on = f"Made with {result.n_customers:,} customers."
    if result.n_everyone > result.n_customers:
        rests_on = f"Made with {result.n_customers:,} customers, drawn at random from {result.n_everyone:,}."
    words = {"hopkins": "Hopkins (0.5 even, 1 heaps)", "dip": "dip (0 one hump)"}
    heaps = [f"{words[row.measure]} {row.value:.3f}, shuffled data {row.shuffled:.3f}" for row in result.tendency.itertuples()]
    tendency = [f"Do they lie in heaps? {'; '.join(heaps)}."] if heaps else []
    return _paragraph(said, suggestion, rests_on, *tendency) + table_html(shown)


@to_html.register
def _(result: Segmentation) -> str:
    sizes = result.labels.value_counts().sort_index()
    rows = pd.DataFrame(
        {
            "segment": sizes.index,
            "customers": sizes.to_numpy(),
            "share": sizes.to_numpy() / sizes.sum(),
            "mean certainty": [float(result.certainty[result.labels == s].mean()) for s in sizes.index],
        }
    )
    said = f"{len(result.labels):,} customers, {result.n_borderline:,} of them borderline."
    if result.n_fitted < len(result.labels):
        said += f" The segments were made from {result.n_fitted:,} of them, drawn at random; the rule then labelled everybody."
    return _paragraph(said) + table_html(rows)


@to_html.register
def _(result: SegmentProfiles) -> str:
    rows = [result.of(segment) for segment in result.sizes.index]
    tops = [own[own["apart"]].head(6) for own in rows]
    columns = ["segment", "label", "category", "estimate", "others", "effect", "n", "p_adjusted", "grade"]
    if not any(len(own) for own in tops):
        return _paragraph("Nothing sets a segment apart.")
    return table_html(pd.concat(tops)[columns])


@to_html.register
def _(result: SegmentRating) -> str:
    points = result.criteria.pivot_table(index="segment", columns="criterion", values="points", sort=False)
    table = result.scores.merge(points, left_on="segment", right_index=True, how="left")
    marks = {True: "yes", False: ""}
    return table_html(table.assign(under_served=table["under_served"].map(marks)))


@to_html.register
def _(result: Personas) -> str:
    words = Words(result.about["language"], result.about["currency"])
    cards = []
    for persona in result.personas:
        fields = []
        for place, name in FIELD_NAMES.items():
            lines = "".join(f"<li dir='auto'>{escape(words.claim(line))} <small>({escape(_strength(line))})</small></li>"
                            for line in persona.at(place))  # fmt: skip
            fields.append(f"<b>{escape(words(name))}</b><ul>{lines}</ul>" if lines else "")
        mark = f" ({escape(persona.mark)})" if persona.mark else ""
        summary = f"<b>{escape(persona.name)}</b>{mark}, {persona.n:,} customers"
        cards.append(f"<details><summary>{summary}</summary>{''.join(fields)}</details>")
    return "".join(cards)


def _strength(line: Claim) -> str:
    if line.edit is None:
        return line.grade
    said = {"contradicts": ", the data now say otherwise", "silent": ", the data no longer say this", "": ""}
    return f"{line.grade}, edited by {line.edit.who}{said[line.edit.data_now]}"


@to_html.register
def _(result: PersonaCheck) -> str:
    n = len(result.findings)
    if not n:
        return _paragraph(f"{result.n_personas} personas, and none of the known mistakes.")
    head = f"{result.n_personas} personas: {len(result.problems)} problems, {n - len(result.problems)} warnings."
    return _paragraph(head) + table_html(result.findings)


@to_html.register
def _(result: JourneyMaps) -> str:
    words = Words(result.about["language"], result.about["currency"])
    rows = []
    for segment, cells in result.maps.items():
        for phase in result.phases:
            own = [cell for cell in cells if cell.place == f"{phase}|doing"]
            rows.append(
                {
                    "persona": result.names[segment],
                    "phase": phase,
                    "what they do": words.joined([words.claim(cell) for cell in own]),
                }
            )
    return "".join(_paragraph(note) for note in result.notes) + table_html(pd.DataFrame(rows))


@to_html.register
def _(result: Screener) -> str:
    words = Words("en")
    n, row = len(result.questions), result.accuracy
    said = quality_lines(result, words)
    verdict = f"It {'reaches' if result.reaches else 'does not reach'} what was asked for."
    if not result.useful:
        verdict = "It tells no more than naming the commonest persona every time: do not use it."
    questions = "".join(f"<li dir='auto'>{escape(question_text(question, words))}</li>" for question in result.questions)
    head = f"{n} {'question tells' if n == 1 else 'questions tell'} {row['accuracy']:.0%} of the people right."
    recalls = result.recalls[result.recalls["n_questions"] == n].drop(columns="n_questions")
    recalls = recalls.assign(segment=recalls["segment"].map(result.names)).rename(
        columns={"segment": "persona", "recall": "told right"}
    )
    return _paragraph(head, verdict) + f"<ol>{questions}</ol>" + _paragraph(*said) + table_html(recalls)


@to_html.register
def _(result: Audiences) -> str:
    told = result.customers["told_by"].value_counts()
    said = [f"{told.get('answers', 0):,} customers by their own answers, {told.get('facts', 0):,} by what is known of everybody, "
            f"{int(result.customers['segment'].isna().sum()):,} without a persona."]  # fmt: skip
    return _paragraph(*said, *result.notes) + table_html(result.lists.drop(columns="segment"))


@to_html.register
def _(result: RecruitingPlan) -> str:
    return table_html(result.quotas.drop(columns="segment"))


@to_html.register
def _(result: ActivationPlan) -> str:
    asked = to_html(result.screener) if result.screener else ""
    return "".join(_paragraph(note) for note in result.notes) + asked + to_html(result.audiences) + to_html(result.recruiting)


@to_html.register
def _(result: SegmentTrial) -> str:
    return _paragraph(result.says) + table_html(result.sizes)


@to_html.register
def _(result: Measurement) -> str:
    words = Words("en")
    rows = [{"who": result.names.get(line.segment, "everybody"), "what": words.claim(line), "strength": line.grade}
            for line in result.lines]  # fmt: skip
    return "".join(_paragraph(note) for note in result.notes) + table_html(pd.DataFrame(rows))


@to_html.register
def _(result: DecisionReview) -> str:
    said = [f"Nothing was decided for {listing(result.unused)}."] if result.unused else []
    return _paragraph(*said) + "".join(table_html(table) for table in (result.decisions, result.claims) if len(table))


@to_html.register
def _(result: DriftReport) -> str:
    words = Words("en")
    said = [words(VERDICTS[result.verdict])]
    return _paragraph(*said) + table_html(result.findings.drop(columns=["band", "old_n"])) + table_html(result.mix)


@to_html.register
def _(result: Verification) -> str:
    failed = result.table[~result.table["resolves"]]
    said = f"{int(result.table['resolves'].sum()):,} of {len(result.table):,} claims resolve."
    return _paragraph(said) + (table_html(failed[["claim", "what"]]) if len(failed) else "")
