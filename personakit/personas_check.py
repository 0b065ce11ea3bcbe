"""Step 08, the persona check: mistakes that make personas useless, each with the reason and a way to mend it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import yaml

from personakit.edits import DATA_NOW
from personakit.evidence import CERTAIN_GRADES, EFFECT_STEPS, SMALL_BASE, Claim, Figure, Voice
from personakit.personas_fields import EXPECTED
from personakit.personas_lines import thing_of
from personakit.personas_model import Persona, Personas
from personakit.profiling import SegmentProfiles
from personakit.segmentation_stability import STABLE
from personakit.voices_words import stems_of

CHECK_COLUMNS = ["severity", "rule", "persona", "where", "what", "why", "mend"]
#: A team can keep so many personas apart in its head.
MOST_PERSONAS = 6
SMALLEST_SHARE = 0.05
#: Fewer differences than this, and a card describes nobody in particular.
FEWEST_TRAITS = 3
#: Personas whose advice agrees in this part lead to the same decisions.
SAME_ADVICE = 2 / 3
#: Two samples of the same people lie apart on about one thing in a hundred by chance.
CHANCE_APART = 0.02
MOST_ASSUMED = 0.4
#: A card with more open fields than this tells little.
MOST_OPEN = 0.6
_FIELDS_TOLD = {*EXPECTED, "opinions", "jobs", "who", "loyalty", "devices"}
_ORDER = {"problem": 0, "warning": 1}
#: Why a mistake matters, and how to mend it.
RULES: dict[str, tuple[str, str]] = {
    "too many": (f"a team keeps hardly more than {MOST_PERSONAS} apart, and designs for none of them",
                 "mark some as not served, or choose fewer segments in notebook 06"),
    "overlapping": ("two personas that lead to the same decisions cost the work of two and give that of one",
                    "merge them, or segment on what would make a decision differ"),
    "stale": ("customers change, and old personas lead to yesterday's decisions",
              "run the study again with new data, and move as_of in the study file"),
    "over-general": ("a persona that fits everybody helps with no decision",
                     "choose fewer segments, or a basis on which customers really differ"),
    "resting on assumptions": ("opinions of the team look like facts on a card",
                               "ask about them: see the research plan of notebook 08"),
    "much is open": ("a thin card is filled in by everybody's imagination", "ask: see the research plan of notebook 08"),
    "small segment": ("figures of few people move from sample to sample", "merge it, or ask more of these customers"),
    "unstable segment": ("in another sample of the same customers this persona would be another one",
                         "choose a number of segments in notebook 06 at which every segment comes back"),
    "only demography": ("age and gender say little about what people want", "segment on needs or behaviour"),
    "loaded word": ("loaded words judge people instead of describing them", "say what they do or want"),
    "contradicting sources": ("people say one thing and do another, or one source is wrong",
                              "find out which; what people did usually counts more than what they said"),
    "one speaker": ("one person's words stand for everybody's", "choose quotes of others in notebook 04, or talk to more people"),
    "no goal": ("nobody can design for somebody whose aim is not known", "ask for needs; notebook 01 makes the questions"),
    "no channel": ("nobody can reach them", "ask for channels and media, or add events; notebook 01 makes the questions"),
    "edit against the data": ("the card says what is no longer so", "rewrite or remove the line in the editor of notebook 08"),
}  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class PersonaCheck:
    """
    What is wrong with a set of personas.

    Attributes
    ----------
    findings : pandas.DataFrame
        One row per finding, the grave ones first: ``severity`` (problem or warning), ``rule``, ``persona`` (a name, or empty
        for the whole set), ``where`` (field), ``what`` (was found), ``why`` (it matters), ``mend`` (what to do).
    n_personas : int
        How many cards were looked at.
    """

    findings: pd.DataFrame
    n_personas: int

    @property
    def problems(self) -> pd.DataFrame:
        """Findings that should keep the cards from the wall."""
        return self.findings[self.findings["severity"] == "problem"]

    def _repr_html_(self) -> str:
        from personakit.render.html import to_html

        return to_html(self)


def check_personas(personas: Personas, profiles: SegmentProfiles, *, today: date | None = None) -> PersonaCheck:
    """
    Look for the mistakes that are known to make personas useless.

    Too many personas, or two that lead to the same decisions; cards that describe nobody in particular, rest on
    assumptions, on a small or unstable segment, or on demography alone; loaded words; sources that contradict each other;
    quotes of one speaker; no goal, no channel; edits that the data contradict; cards past their date.

    Parameters
    ----------
    personas : Personas
        The cards, with or without edits.
    profiles : SegmentProfiles
        What sets each segment apart.
    today : date, optional
        The day on which somebody looks; the day of the study without it, and then no card is too old.

    Returns
    -------
    PersonaCheck
        All findings.

    References
    ----------
    Hennig, C. (2007). Cluster-wise assessment of cluster stability. Computational Statistics & Data Analysis, 52, 258-271.
    """
    found = [*_too_many(personas), *_alike(personas, profiles), *_stale(personas, today)]
    everybody = bool(profiles.table["effect"].isna().all())
    for card in personas.personas:
        found += [] if everybody else _over_general(card)
        found += [*_assumed(card), *_small_or_unstable(card, personas), *_stereotype(card), *_loaded_words(card),
                  *_contradicting(card, personas), *_one_speaker(card), *_nothing_to_work_with(card), *_edits(card)]  # fmt: skip
    table = pd.DataFrame([list(finding) for finding in found], columns=CHECK_COLUMNS)
    table = table.sort_values("severity", key=lambda s: s.map(_ORDER), kind="stable").reset_index(drop=True)
    return PersonaCheck(table, len(personas.personas))


class _Finding(NamedTuple):
    severity: str
    rule: str
    persona: str
    where: str
    what: str
    why: str
    mend: str


def _finding(rule: str, persona: str, where: str, what: str, *, problem: bool = False) -> _Finding:
    return _Finding("problem" if problem else "warning", rule, persona, where, what, *RULES[rule])


def _too_many(personas: Personas) -> list[_Finding]:
    n = len([card for card in personas.personas if card.mark != "not served"])
    return [_finding("too many", "", "", f"there are {n} personas to serve")] if n > MOST_PERSONAS else []


def _advice(card: Persona) -> set[str]:
    """What a team would decide from a card: what to do and what to leave."""
    return {f"{line.place}|{line.message}|{piece.column}|{piece.category}" for line in card.claims
            if line.place in {"do", "avoid"} for piece in line.evidence if isinstance(piece, Figure)}  # fmt: skip


def _alike(personas: Personas, profiles: SegmentProfiles) -> list[_Finding]:
    """Look for personas to merge: would any decision differ between the two."""
    found = []
    for one, two in combinations(personas.personas, 2):
        first, second = _advice(one), _advice(two)
        together, shared = first | second, first & second
        apart, compared = _features_apart(one.segment, two.segment, profiles)
        by_chance = apart <= max(1, CHANCE_APART * compared)
        if by_chance or (together and len(shared) >= SAME_ADVICE * len(together)):
            what = (f"{one.name} and {two.name}: {len(shared)} of {len(together)} recommendations are the same, and they lie "
                    f"clearly apart on {apart} of {compared} things")  # fmt: skip
            found.append(_finding("overlapping", one.name, "do, avoid", what, problem=by_chance))
    return found


def _features_apart(one: int, two: int, profiles: SegmentProfiles) -> tuple[int, int]:
    """On how many source columns the 95 % intervals of two segments do not touch, and of how many."""
    table = profiles.table[["feature", "category", "segment", "ci_low", "ci_high"]]
    low, high = (table.pivot_table(index=["feature", "category"], columns="segment", values=end) for end in ("ci_low", "ci_high"))
    if one not in low or two not in low:
        return 0, 0
    both = low[[one, two]].notna().all(axis=1) & high[[one, two]].notna().all(axis=1)
    apart = both & ((low[one] > high[two]) | (low[two] > high[one]))
    counts = [profiles.dictionary.loc[mask[mask].index.get_level_values("feature").unique(), "columns"].nunique()
              for mask in (apart, both)]  # fmt: skip
    return int(counts[0]), int(counts[1])


def _stale(personas: Personas, today: date | None) -> list[_Finding]:
    review_by = personas.about.get("review_by", "")
    if today is None or not review_by or today <= date.fromisoformat(review_by):
        return []
    ends = personas.about["as_of"]
    return [_finding("stale", "", "", f"the cards were to be looked at again by {review_by}; the data end on {ends}")]


def _differences(card: Persona) -> list[Claim]:
    return [line for line in card.claims if line.asserts == "difference" and (line.grade in CERTAIN_GRADES or card.n < SMALL_BASE)
            and line.place not in {"do", "avoid"} and any(isinstance(piece, Figure) for piece in line.evidence)]  # fmt: skip


def _figures(lines: list[Claim]) -> list[Figure]:
    return [piece for line in lines for piece in line.evidence if isinstance(piece, Figure)]


def _over_general(card: Persona) -> list[_Finding]:
    """Few claims that set it apart, or none that is more than small."""
    pieces = _figures(_differences(card))
    n_apart = len({piece.column for piece in pieces})
    if n_apart < FEWEST_TRAITS:
        return [_finding("over-general", card.name, "all fields", f"only {n_apart} things set it apart", problem=True)]
    strong = [p for p in pieces if abs(p.effect or 0) >= EFFECT_STEPS[p.effect_kind or "hedges_g"][1]]
    wide = "no difference is more than small: inside the segment people differ as much as everybody does"
    return [] if strong else [_finding("over-general", card.name, "all fields", wide)]


def _assumed(card: Persona) -> list[_Finding]:
    """Own lines that no data back, among the lines that say something; and fields that nobody knows anything about."""
    told = [line for line in card.claims if line.kind != "assumption" and line.place in _FIELDS_TOLD]
    assumed = [line for line in told if line.grade == "assumed"]
    found = []
    if told and len(assumed) > MOST_ASSUMED * len(told):
        fields = ", ".join(dict.fromkeys(line.place for line in assumed))
        what = f"{len(assumed)} of {len(told)} lines are assumptions"
        found.append(_finding("resting on assumptions", card.name, fields, what, problem=len(assumed) > len(told) / 2))
    still = [place for place in EXPECTED if not any(line.kind != "assumption" for line in card.at(place))]
    if len(still) > MOST_OPEN * len(EXPECTED):
        what = f"{len(still)} of {len(EXPECTED)} fields are not known"
        found.append(_finding("much is open", card.name, ", ".join(still), what))
    return found


def _small_or_unstable(card: Persona, personas: Personas) -> list[_Finding]:
    found = []
    share = card.n / max(int(personas.about["customers"]), 1)
    if card.n < SMALL_BASE or share < SMALLEST_SHARE:
        found.append(_finding("small segment", card.name, "size", f"{card.n} customers, {share:.0%} of those in segments"))
    stable = personas.about.get("stability", {}).get(str(card.segment))
    if stable is not None and stable < STABLE:
        what = f"Jaccard {stable:.2f} over bootstrap samples; {STABLE} is wanted"
        found.append(_finding("unstable segment", card.name, "stability", what, problem=True))
    return found


def _stereotype(card: Persona) -> list[_Finding]:
    """Nothing but demography."""
    who = [line for line in card.at("who") if line.asserts == "difference" and line.evidence]
    if not who or _figures([line for line in _differences(card) if line.place != "who"]):
        return []
    return [_finding("only demography", card.name, "who", "only demography sets the card apart", problem=True)]


def _loaded_words(card: Persona) -> list[_Finding]:
    written = [str(line.params.get("text", "")) for line in card.claims if line.kind == "edited"]
    return [_finding("loaded word", card.name, "edited lines", f"the word '{word}' in: {text}", problem=True)
            for text in [card.name, *written] for word in loaded_words(text)]  # fmt: skip


def loaded_words(text: str) -> list[str]:
    """
    Find words that put people into boxes, in any of the four languages.

    Examples
    --------
    >>> loaded_words("A typical woman, and a bossy one")
    ['bossy', 'typical woman']
    """
    return sorted({match.lower() for pattern in _loaded() for match in pattern.findall(text)})


@cache
def _loaded() -> list[re.Pattern[str]]:
    words = yaml.safe_load((Path(__file__).parent / "personas_words.yaml").read_text(encoding="utf-8"))
    return [re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, own)) + r")(?!\w)", re.IGNORECASE) for own in words.values()]


def _contradicting(card: Persona, personas: Personas) -> list[_Finding]:
    """Two lines on the same thing, from two sources, that point in opposite directions."""
    language = str(personas.about["language"])
    lines = [(line.place, piece) for line in _differences(card) for piece in _figures([line])]
    found = []
    for (one, first), (two, second) in combinations(lines, 2):
        sources = [{column.partition(".")[0] for column in piece.sources} for piece in (first, second)]
        things = [_thing_stems(piece, language) for piece in (first, second)]
        opposite = (first.effect or 0) * (second.effect or 0) < 0
        if opposite and not sources[0] & sources[1] and things[0] and things[0] == things[1]:
            what = " and ".join(f"{thing_of(piece)['label']} ({piece.sources[0]})" for piece in (first, second))
            found.append(_finding("contradicting sources", card.name, f"{one}, {two}", f"{what} point in opposite directions"))
    return found


def _thing_stems(piece: Figure, language: str) -> frozenset[str]:
    return frozenset(stem for stem, _ in stems_of(thing_of(piece)["label"].replace("_", " "), language))


def _one_speaker(card: Persona) -> list[_Finding]:
    voices = [piece for line in card.claims for piece in line.evidence if isinstance(piece, Voice)]
    if len(voices) < 2 or len({voice.customer or voice.document for voice in voices}) > 1:
        return []
    return [_finding("one speaker", card.name, "quotes", f"all {len(voices)} quotes are from one person")]


def _nothing_to_work_with(card: Persona) -> list[_Finding]:
    wanted = {"no goal": (("goals", "needs", "values"), "no goal, need or value is known"),
              "no channel": (("channels", "media", "devices"), "no channel, medium or device is known")}  # fmt: skip
    return [_finding(rule, card.name, ", ".join(places), what) for rule, (places, what) in wanted.items()
            if not any(line.grade != "assumed" for place in places for line in card.at(place))]  # fmt: skip


def _edits(card: Persona) -> list[_Finding]:
    return [_finding("edit against the data", card.name, line.place,
                     f"{DATA_NOW[line.edit.data_now]}: {line.params.get('text', line.message)} ({line.edit.who}, {line.edit.on})",
                     problem=line.edit.data_now == "contradicts")
            for line in card.claims if line.edit is not None and line.edit.data_now]  # fmt: skip
