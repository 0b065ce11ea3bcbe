"""Step 11, decisions: what was decided with the personas, on which claims, what was expected, and what happened."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from personakit.edits import has_moved, line_key, said_of
from personakit.errors import DataError, StudyError, did_you_mean, listing
from personakit.evidence import Claim, Figure, figure_of
from personakit.handoffs import whole_file

DECISIONS = "decisions.yaml"
DECISION_COLUMNS = ["number", "on", "who", "what", "personas", "expected", "happened", "standing", "why"]
CLAIM_COLUMNS = ["line", "persona", "decisions", "standing"]
HOLDS, MOVED, SILENT, NO_CLAIM = "holds", "no longer holds", "no longer said", "rests on no claim"


class _Whole(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DecidedOn(_Whole):
    """
    A claim that a decision rests on.

    Attributes
    ----------
    persona : str
        Whose card or map it stood on.
    line : str
        Key by which it is found again in a later run, see :func:`personakit.edits.line_key`.
    said : dict of str to float
        What the data said then.
    level : bool
        Whether it said how things are, and not how they differ from everyone else.
    """

    persona: str
    line: str
    said: dict[str, float] = {}
    level: bool = False


class Decision(_Whole):
    """
    One decision.

    Attributes
    ----------
    number : int
        From 1 on, in the order they were written down.
    on, who, what : str
        The day (ISO), who decided, and what.
    personas : list of str
        For whom.
    claims : list of DecidedOn
        What it rests on.
    expected, happened, happened_on : str
        What was expected; what happened, and when that was seen. Empty as long as it is not known.
    """

    number: int = Field(ge=1)
    on: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    who: str = Field(min_length=1)
    what: str = Field(min_length=1)
    personas: list[str] = []
    claims: list[DecidedOn] = []
    expected: str = ""
    happened: str = ""
    happened_on: str = Field(default="", pattern=r"^(\d{4}-\d{2}-\d{2})?$")


class _Log(_Whole):
    decisions: list[Decision] = []


@dataclass(frozen=True, eq=False, repr=False)
class DecisionReview:
    """
    Which decisions still stand on what the data say, and which personas nobody has used.

    Attributes
    ----------
    decisions : pandas.DataFrame
        One row per decision, the latest first: ``number``, ``on``, ``who``, ``what``, ``personas``, ``expected``, ``happened``,
        ``standing`` (*holds*; *no longer holds* when a figure has moved outside its interval or turned round; *no longer said*
        when a claim is gone; *rests on no claim*), ``why`` (which claim).
    claims : pandas.DataFrame
        One row per claim that decisions rest on, the most used first: ``line``, ``persona``, ``decisions``, ``standing``.
    unused : list of str
        Personas for whom nothing was decided.
    said : dict of (str, str) to Claim
        The lines that decisions rest on and that are still said, by persona and key.
    """

    decisions: pd.DataFrame
    claims: pd.DataFrame
    unused: list[str]
    said: dict[tuple[str, str], Claim] = field(default_factory=dict)

    @property
    def flagged(self) -> pd.DataFrame:
        """Decisions that a person should look at again."""
        return self.decisions[self.decisions["standing"].isin([MOVED, SILENT])]

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def read_decisions(folder: str | Path) -> list[Decision]:
    """
    Read the log of a study.

    Parameters
    ----------
    folder : str or Path
        The study's folder, where ``decisions.yaml`` lies; without the file nothing has been decided yet.

    Returns
    -------
    list of Decision
        In the order they were written down.

    Raises
    ------
    StudyError
        If the file is damaged; every wrong entry is named.
    """
    file = Path(folder) / DECISIONS
    if not file.exists():
        return []
    try:
        return _Log.model_validate(yaml.safe_load(file.read_text(encoding="utf-8-sig")) or {}).decisions
    except ValidationError as error:
        wrong = [f"{DECISIONS}: {'.'.join(map(str, problem['loc']))}: {problem['msg']}; restore it from a copy, or mend it"
                 for problem in error.errors()]  # fmt: skip
        raise StudyError("\n".join(wrong)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise StudyError(f"{DECISIONS}: is not valid YAML in UTF-8; restore it from a copy, or mend it") from error


def log_decision(  # noqa: PLR0913  what a decision holds
    folder: str | Path, what: str, *, who: str, on: dt.date, personas: Sequence[str] = (), lines: Sequence[Claim] = (),
    names: dict[int, str] | None = None, expected: str = "",
) -> Decision:  # fmt: skip
    """
    Write a decision into the log of a study.

    Parameters
    ----------
    folder : str or Path
        The study's folder.
    what, who : str
        What was decided, and by whom.
    on : datetime.date
        When.
    personas : sequence of str
        For whom; those of the lines are added.
    lines : sequence of Claim
        Lines of cards and maps it rests on.
    names : dict of int to str, optional
        Name of each segment's persona; then only these are taken.
    expected : str
        What is expected of it.

    Returns
    -------
    Decision
        As it was written; the file is written whole or not at all.

    Raises
    ------
    DataError
        If nothing is said, nobody decided, or a persona is not known.
    StudyError
        If the log is damaged.
    """
    known = names or {}
    told = dict.fromkeys([*personas, *(known[line.segment] for line in lines if line.segment in known)])
    problems = [f"{name}: is empty" for name, text in (("what", what), ("who", who)) if not text.strip()]
    if names is not None:
        there = list(known.values())
        problems += [f"personas: nobody is called '{name}'; there are: {listing(there)}{did_you_mean(name, there)}"
                     for name in told if name not in there]  # fmt: skip
    if problems:
        raise DataError(problems)
    before = read_decisions(folder)
    number = max((decision.number for decision in before), default=0) + 1
    claims = [DecidedOn(persona=known.get(line.segment, str(line.segment)), line=line_key(line), said=said_of(line),
                        level=line.asserts == "level") for line in lines]  # fmt: skip
    decision = Decision(number=number, on=on.isoformat(), who=who.strip(), what=what.strip(), personas=list(told), claims=claims,
                        expected=expected.strip())  # fmt: skip
    _write(folder, [*before, decision])
    return decision


def note_outcome(folder: str | Path, number: int, happened: str, *, on: dt.date) -> Decision:
    """
    Write down what came of a decision.

    Parameters
    ----------
    folder : str or Path
        The study's folder.
    number : int
        Number of the decision.
    happened : str
        What happened.
    on : datetime.date
        When that was seen.

    Returns
    -------
    Decision
        As it now stands in the log.

    Raises
    ------
    DataError
        If there is no such decision, or nothing is said.
    """
    before = read_decisions(folder)
    if number not in {decision.number for decision in before}:
        there = listing([str(decision.number) for decision in before]) or "none yet"
        raise DataError([f"there is no decision {number}; the log has: {there}"])
    if not happened.strip():
        raise DataError(["happened: is empty"])
    update = {"happened": happened.strip(), "happened_on": on.isoformat()}
    after = [d.model_copy(update=update) if d.number == number else d for d in before]
    _write(folder, after)
    return next(decision for decision in after if decision.number == number)


def review_decisions(
    decisions: Sequence[Decision], claims: Sequence[Claim], names: dict[int, str], *,
    once_named: dict[str, str] | None = None, figures: dict[str, Figure] | None = None,
) -> DecisionReview:  # fmt: skip
    """
    Look at the log again with what the data say now.

    Parameters
    ----------
    decisions : sequence of Decision
        The log.
    claims : sequence of Claim
        Every claim of the present cards and maps.
    names : dict of int to str
        Name of each segment's persona now.
    once_named : dict of str to str, optional
        What a persona was called before somebody renamed it, to its name now.
    figures : dict of str to Figure, optional
        What the data say now beyond the lines of the cards, by key: a line that only lost its place on a card still holds.

    Returns
    -------
    DecisionReview
        What still holds, what does not, which claims are used most, and who is forgotten.
    """
    called = once_named or {}
    now = {(names[line.segment], line_key(line)): figure_of(line) for line in claims if line.segment in names}
    beyond = {(names[figure.segment], key.removesuffix(f"|{figure.segment}")): figure
              for key, figure in (figures or {}).items() if figure.segment in names}  # fmt: skip
    rows, used = [], Counter[tuple[str, str]]()
    standing: dict[tuple[str, str], str] = {}
    for decision in decisions:
        found = [NO_CLAIM] if not decision.claims else []
        why = []
        for claim in decision.claims:
            key = (called.get(claim.persona, claim.persona), claim.line)
            said = key in now
            figure = now[key] if said else next((own for (name, end), own in beyond.items()
                                                 if name == key[0] and claim.line.endswith(end)), None)  # fmt: skip
            stands = _standing(claim, figure, said=said)
            standing[key] = MOVED if MOVED in {stands, standing.get(key)} else stands
            used[key] += 1
            found.append(stands)
            why += [claim.line] if stands != HOLDS else []
        worst = next(stands for stands in (MOVED, SILENT, HOLDS, NO_CLAIM) if stands in found)
        rows.append({**decision.model_dump(include={"number", "on", "who", "what", "expected", "happened"}),
                     "personas": listing([called.get(name, name) for name in decision.personas]), "standing": worst,
                     "why": listing(why)})  # fmt: skip
    table = pd.DataFrame(rows, columns=DECISION_COLUMNS).sort_values(["on", "number"], ascending=False, ignore_index=True)
    ranked = sorted(used.items(), key=lambda item: (-item[1], item[0]))
    most = pd.DataFrame([{"line": line, "persona": persona, "decisions": n, "standing": standing[persona, line]}
                         for (persona, line), n in ranked], columns=CLAIM_COLUMNS)  # fmt: skip
    used_by = {called.get(name, name) for decision in decisions for name in decision.personas}
    said_now = {(names[line.segment], line_key(line)): line for line in claims if line.segment in names}
    return DecisionReview(table, most, [name for name in names.values() if name not in used_by],
                          {key: said_now[key] for key in used if key in said_now})  # fmt: skip


def _standing(claim: DecidedOn, figure: Figure | None, *, said: bool) -> str:
    """Whether the data still say what a decision rests on; a line without a figure holds as long as it is said."""
    if figure is None:
        return HOLDS if said else SILENT
    if has_moved(figure, claim.said, level=claim.level):
        return MOVED
    clear = (figure.effect_low or 0.0) * (figure.effect_high or 0.0) > 0
    return HOLDS if said or claim.level or clear else SILENT


def _write(folder: str | Path, decisions: Sequence[Decision]) -> None:
    content = {"decisions": [decision.model_dump(exclude_defaults=True) for decision in decisions]}
    with whole_file(Path(folder) / DECISIONS) as temporary:
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=110)
        temporary.write_text(text, encoding="utf-8", newline="\n")
