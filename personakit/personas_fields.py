"""Step 08, the fields of a card: which figures and voices stand where, and what follows from them."""

from __future__ import annotations

import pandas as pd

from personakit import personas_lines as say
from personakit.evidence import Claim, Figure, Voice, claim
from personakit.personas_lines import DEMOGRAPHY, format_of, is_minority, joint_line, label_of, line_of, thing_of

#: Fields that list what sets a segment apart, and what the features in them are about.
LISTS: dict[str, tuple[str, ...]] = {
    "goals": ("goal",), "needs": ("need",), "values": ("value",), "opinions": ("opinion",), "frustrations": ("frustration",),
    "triggers": ("trigger",), "objections": ("objection",), "interests": ("interest",), "products": ("product",),
    "channels": ("channel",), "media": ("media",), "devices": ("device",),
}  # fmt: skip
#: What every persona should tell; a field without data says that it is not known.
EXPECTED = ("goals", "needs", "values", "frustrations", "triggers", "objections", "interests", "behaviours", "products",
            "channels", "media", "satisfaction", "quotes")  # fmt: skip
LINES_PER_FIELD = 4
BEHAVIOURS = 5
_LOW_TOPIC = "low:"
_SPREAD_SHOWN = 3
#: A channel is advised against when less than this share use it, not only when others use it more.
_HARDLY = 1 / 3


def telling(rows: pd.DataFrame, *, positive: bool = True) -> pd.DataFrame:
    """Keep rows worth a line: certain differences, or with nobody to compare with the highest values."""
    if rows["effect"].isna().all():
        return rows.sort_values("estimate", ascending=False, kind="stable")
    kept = rows[rows["apart"]]
    return kept[kept["effect"] > 0] if positive else kept


def who(rows: pd.DataFrame, figures: dict[str, Figure], segment: int) -> list[Claim]:
    """Demography: what sets the segment apart; for the rest that it is mixed, with the spread, or not known."""
    claims = []
    for name, label in DEMOGRAPHY.items():
        own = rows[rows["feature"] == name].sort_values("estimate", ascending=False, kind="stable")
        if own.empty:
            claims.append(claim(segment, "who", say.UNKNOWN_DETAIL, label=label))
            continue
        own_figures = [figures[key] for key in own["key"]]
        choice = own["kind"].iloc[0] == "nominal"
        apart = telling(own, positive=choice)
        if len(apart):
            figure = figures[apart["key"].iloc[0]]
            if not choice and figure.spread_low is not None:
                message = say.RANGE if figure.others is not None else say.RANGE_ALONE
                claims.append(line_of(figure, "who", message, low=figure.spread_low, high=figure.spread_high))
            else:
                claims.append(line_of(figure, "who"))
        elif choice:
            shown = [figure for figure in own_figures if figure.estimate > 0][:_SPREAD_SHOWN]
            if len(shown) > 1:
                spread = [[figure.category, figure.estimate] for figure in shown]
                claims.append(claim(segment, "who", say.MIXED_SHARES, evidence=list(shown), asserts="level", **label_of(shown[0]),
                                    spread=spread))  # fmt: skip
            else:  # the other answers are too few to show
                claims.append(line_of(own_figures[0], "who", say.MIXED_SHORT, asserts="level"))
        else:
            figure = own_figures[0]
            claims.append(
                line_of(figure, "who", say.MIXED_RANGE, asserts="level", low=figure.spread_low, high=figure.spread_high)
            )
    return claims


def lists(rows: pd.DataFrame, figures: dict[str, Figure]) -> list[Claim]:
    """Goals, needs, values and so on: what the segment has more of than everyone else."""
    found = []
    for field, about in LISTS.items():
        own = rows[rows["about"].isin(about) & ~rows["feature"].isin(DEMOGRAPHY)]
        kept = telling(own, positive=field != "opinions")
        if field in {"products", "channels", "devices"}:  # the same thing may be told by several features: say it once
            things = [thing_of(figures[key])["label"] for key in kept["key"]]
            kept = kept[~pd.Series(things, index=kept.index, dtype="str").duplicated()]
        found += [line_of(figures[key], field) for key in kept["key"].head(LINES_PER_FIELD)]
    return found


def frustrations(rows: pd.DataFrame, figures: dict[str, Figure], segment: int, said: list[Voice]) -> list[Claim]:
    """Where they are less satisfied than others, and what they complained about."""
    certain = rows["apart"] & (rows["effect"] < 0)
    rated = rows[(rows["about"] == "satisfaction") & (rows["kind"] == "ordinal") & certain]
    claims = [line_of(figures[key], "frustrations", say.LESS_SATISFIED) for key in rated["key"].head(2)]
    complaints = [voice for voice in said if voice.source == "tickets" and voice.topic.startswith(_LOW_TOPIC)]
    return claims + [claim(segment, "frustrations", say.QUOTE, evidence=[voice], quote=voice.quote) for voice in complaints[:2]]


def behaviours(rows: pd.DataFrame, figures: dict[str, Figure], written: list[Claim]) -> list[Claim]:
    """What they do differently, one line per thing that was recorded."""
    used = {piece.key for line in written for piece in line.evidence}
    own = rows[((rows["basis"] == "behavioural") | (rows["about"] == "behaviour")) & rows["about"].isin(["", "behaviour"])
               & ~rows["key"].isin(used)]  # fmt: skip
    kept = telling(own, positive=False)
    kept = kept[(kept["kind"] != "nominal") | (kept["effect"].fillna(1) > 0)]  # the answer they give, not the one they do not
    return [line_of(figures[key], "behaviours") for key in kept.drop_duplicates("columns")["key"].head(BEHAVIOURS)]


def satisfaction_and_loyalty(rows: pd.DataFrame, figures: dict[str, Figure]) -> list[Claim]:
    """How satisfied they are and whether they come back, whether it sets them apart or not."""
    overall = (rows["about"] == "satisfaction") & (rows["phase"] == "")
    rated = rows[(rows["kind"] == "ordinal") & ((rows["about"] == "recommendation") | overall)]
    loyal = rows[rows["about"] == "loyalty"]
    return [*(line_of(figures[key], "satisfaction", asserts="level") for key in rated["key"].head(3)),
            *(line_of(figures[key], "loyalty", asserts="level") for key in loyal["key"].head(2))]  # fmt: skip


def size_and_value(
    size: Figure, total_share: Figure | None, rows: pd.DataFrame, figures: dict[str, Figure], n: int
) -> list[Claim]:  # fmt: skip
    """How many they are, which part of the spending is theirs, and what one of them spends."""
    claims = [line_of(size, "size", say.SIZE, asserts="level", n=n)]
    if total_share is not None:
        claims.append(line_of(total_share, "value", say.TOTAL_SHARE, asserts="level"))
    spent = rows[rows["feature"] == "spend"]
    return claims + [line_of(figures[key], "value", asserts="level") for key in spent["key"]]


def essence_and_jobs(segment: int, claims: list[Claim]) -> list[Claim]:
    """Sum the card up in one line, and say the strongest job; both join figures that stand on the card themselves."""
    wants, likes = _first(claims, "needs", "goals"), _first(claims, "interests", "products")
    channel, so_that = _first(claims, "channels", "media", "devices"), _first(claims, "values", "goals")
    if wants is None:
        others = [piece for place in ("values", "opinions", "interests", "behaviours", "products", "channels")
                  for piece in _pieces(claims, place) if not is_minority(piece)][:2]  # fmt: skip
        message = say.ESSENCE_OTHERS if len(others) > 1 else say.ESSENCE_OTHER
        if not others:
            others = [piece for line in claims if line.place in {"opinions", "behaviours"} for piece in line.evidence
                      if isinstance(piece, Figure) and (piece.effect or 0) < 0][:2]  # fmt: skip
            message = say.ESSENCE_LOWER_MANY if len(others) > 1 else say.ESSENCE_LOWER
        return [joint_line(segment, "essence", message, dict(zip(("want", "likes"), others, strict=False)))] if others else []
    parts = {"want": wants} | ({"likes": likes} if likes else {}) | ({"channel": channel} if channel else {})
    message = {(True, True): say.ESSENCE_MANY, (True, False): say.ESSENCE_LIKES, (False, True): say.ESSENCE_CHANNEL,
               (False, False): say.ESSENCE_WANT}[bool(likes), bool(channel)]  # fmt: skip
    found = [joint_line(segment, "essence", message, parts)]
    if so_that is not None and so_that.column == wants.column:
        so_that = None
    if likes or so_that:
        job = {"when": likes} if likes else {}
        job |= {"want": wants} | ({"so_that": so_that} if so_that else {})
        message = {(True, True): say.JOB_FULL, (True, False): say.JOB_WHEN, (False, True): say.JOB_SO_THAT}[
            bool(likes), bool(so_that)
        ]
        found.append(joint_line(segment, "jobs", message, {name: figure for name, figure in job.items() if figure}))
    return found


def do_and_avoid(rows: pd.DataFrame, figures: dict[str, Figure], claims: list[Claim]) -> list[Claim]:
    """What follows from the card for those who work with it; each advice rests on one figure."""
    if rows["effect"].isna().all():
        return []
    found = []
    for place, message, most in (("needs", say.DO_LEAD, 2), ("products", say.DO_SHOW, 1), ("channels", say.DO_MEET, 1),
                                 ("media", say.DO_MEET, 1)):  # fmt: skip
        found += [joint_line(piece.segment, "do", message, {"label": piece}, asserts="difference")
                  for piece in _pieces(claims, place)[:most]]  # fmt: skip
    mend = [
        piece for line in claims if line.message == say.LESS_SATISFIED for piece in line.evidence if isinstance(piece, Figure)
    ]
    found += [joint_line(piece.segment, "do", say.DO_MEND, {"label": piece}, asserts="difference") for piece in mend[:1]]
    certain = rows[rows["apart"] & (rows["effect"] < 0)]
    for about, message, most in ((("need", "goal"), say.AVOID_LEAD, 2), (("channel", "media"), say.AVOID_CHANNEL, 2)):
        less = [figures[key] for key in certain.loc[certain["about"].isin(about), "key"]]
        kept = [figure for figure in less if message == say.AVOID_LEAD or _hardly_used(figure)][:most]
        found += [joint_line(figure.segment, "avoid", message, {"label": figure}, asserts="difference") for figure in kept]
    return found


def _hardly_used(figure: Figure) -> bool:
    return format_of(figure) != "percent" or figure.estimate < _HARDLY


def not_covered(borderline: Figure | None, without: Figure, segment: int, min_cell: int) -> list[Claim]:
    """Whom the card does not speak for: those on the border, and those who could not be placed."""
    claims = []
    if borderline is not None:
        n_unsure = round(borderline.estimate * borderline.n)
        if min(n_unsure, borderline.n - n_unsure) >= min_cell:
            claims.append(line_of(borderline, "not_covered", say.BORDERLINE, asserts="level"))
    if without.estimate >= min_cell:
        claims.append(claim(segment, "not_covered", say.WITHOUT_SEGMENT, evidence=[without], asserts="level",
                            n=int(without.estimate)))  # fmt: skip
    return claims


def prevalence(steps: list[Figure]) -> list[Claim]:
    """How many have most of the card's traits together; the other steps of the curve are evidence beside it."""
    if not steps:
        return []
    chosen = min(steps, key=lambda step: (abs(_k_of_m(step)[0] - (_k_of_m(step)[1] // 2 + 1)), -_k_of_m(step)[0]))
    k, m = _k_of_m(chosen)
    message = say.TRAITS_ALONE if chosen.others is None else say.TRAITS_MOST
    line = line_of(chosen, "prevalence", message, asserts="level", k=k, m=m)
    return [line.model_copy(update={"evidence": [chosen, *(step for step in steps if step is not chosen)]})]


def _k_of_m(figure: Figure) -> tuple[int, int]:
    k, _, m = figure.category.partition(" of ")
    return int(k), int(m)


def unknown(segment: int, claims: list[Claim]) -> list[Claim]:
    """Fields that every persona should have and these data do not fill."""
    have = {line.place for line in claims}
    return [claim(segment, place, say.UNKNOWN) for place in EXPECTED if place not in have]


def _pieces(claims: list[Claim], place: str) -> list[Figure]:
    return [piece for line in claims if line.place == place for piece in line.evidence
            if isinstance(piece, Figure) and (piece.effect or 1) > 0]  # fmt: skip


def _first(claims: list[Claim], *places: str) -> Figure | None:
    """The first figure of the first of these fields that has one; what only a minority says does not sum a group up."""
    return next((piece for place in places for piece in _pieces(claims, place) if not is_minority(piece)), None)
