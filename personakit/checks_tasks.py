"""The tasks of the exercises and what is right in each; right answers are computed from the case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from personakit.cases import Case
from personakit.checks import AnswerError, Judge, Task, near, number_in, one_of, share_in, word_in, words_in
from personakit.evidence import EFFECT_STEPS
from personakit.evidence_measures import wilson
from personakit.personas_model import Persona, Personas
from personakit.segmentation import Segmentation

TASKS: dict[str, Task] = {}
COSMETICS, CAFE = "organic-cosmetics", "cafe"
#: 1.3: how near a share shall be, for each of how many groups.
MARGIN, GROUPS = 0.10, 3
#: 4.3: what two coders wrote for six answers; the second one mistook the last.
CODES = ((1, 2, 1, 3, 2, 3), (1, 2, 1, 3, 2, 1))


def _task(number: str, case: str) -> Callable[[Judge], Judge]:
    def kept(judge: Judge) -> Judge:
        TASKS[number] = Task(number, case, judge)
        return judge

    return kept


@_task("0.1", CAFE)
def _sources_named(answer: Any, case: Case) -> str:
    hint = "Count the names under 'sources' in the study file of the café, not of the sports shop."
    return near(number_in(answer), len(case.study.sources), {}, hint)


@_task("0.2", CAFE)
def _source_of_the_way(answer: Any, case: Case) -> str:
    hints = {"orders": "Orders tell what was bought, not what happened on the way to it.",
             "survey": "The café has a survey already; it asks once, and does not follow anybody.",
             "interviews": "The café has interviews already, with eight people."}  # fmt: skip
    return one_of(word_in(answer), ["events"], hints, "In this source every touch has a time.")


@_task("1.1", COSMETICS)
def _not_linked(answer: Any, case: Case) -> str:
    table = case.sources.overview()
    right = {str(role) for role in table.index[table["customers"].isna()]}
    found = words_in(answer)
    if found == right:
        return ""
    return ("These are joined by a customer: " + ", ".join(sorted(found - right)) + "." if found - right else
            "There is one more whose column 'customers' is empty.")  # fmt: skip


@_task("1.2", COSMETICS)
def _share_of_visitors(answer: Any, case: Case) -> str:
    linked = float(case.sources.overview().at["events", "linked_share"])
    return near(share_in(answer), 1 - linked, {linked: "That share is linked. The others are asked for: take it from 1."},
                "Look at the row events, column linked_share, and take it from 1.")  # fmt: skip


@_task("1.3", CAFE)
def _answers_needed(answer: Any, case: Case) -> str:
    one = 0.98**2 / MARGIN**2
    right, found = GROUPS * one, number_in(answer)
    if right - 1 <= found <= right + GROUPS:  # rounding up in each group is as right
        return ""
    hint = "That is enough for one group. The café has three."
    hints = {one: hint, float(np.ceil(one)): hint, float(round(one)): hint,
             GROUPS * 0.98**2 / 0.05**2: "That is for 5 points. The café asked for 10."}  # fmt: skip
    return near(found, right, hints, "Put 0.10 for the margin, and 3 for the number of groups.")


@_task("2.1", COSMETICS)
def _careless(answer: Any, case: Case) -> str:
    problems = case.quality.problems
    right = int(problems.loc[problems["rule"].str.contains("careless"), "count"].sum())
    rows = len(case.sources["survey"].to_pandas())
    hints = {float(rows - right): "So many are left. Those who go are asked for.", float(rows): "That is everybody."}
    return near(number_in(answer), right, hints, "Look for the row with the word careless, column count.")


@_task("2.2", COSMETICS)
def _may_be_quoted(answer: Any, case: Case) -> str:
    table = case.protected.consent.set_index("purpose")
    shares = (table["agreed"] / table["customers"]).astype(float)
    return near(share_in(answer), shares["quotes"], {shares["personas"]: "That is the consent to be counted in personas.",
                shares["marketing"]: "That is the consent to be on a list."},
                "Divide agreed by customers in the row quotes.")  # fmt: skip


@_task("2.3", COSMETICS)
def _ages_that_differ(answer: Any, case: Case) -> str:
    table = case.quality.conflicts.set_index("column")["share"].astype(float)
    return near(share_in(answer), table["age"], {table["region"]: "That is the region; the age is asked for."},
                "Divide disagree by compared in the row age.")  # fmt: skip


@_task("3.1", COSMETICS)
def _too_many_from(answer: Any, case: Case) -> str:
    table = case.exploration.population.query("variable == 'region'")
    ahead = (table["sample_share"] - table["market_share"]).set_axis(table["value"])
    hints = {str(name): "Fewer of the customers than of the market come from there." for name in ahead.index[ahead < 0]}
    hints |= {str(name): "Another region is further ahead of the market." for name in ahead.index[ahead > 0]}
    return one_of(word_in(answer), [str(ahead.idxmax())], hints, "It is one of the regions in the table.")


@_task("3.2", COSMETICS)
def _women_certainly_more(answer: Any, case: Case) -> str:
    figures = case.exploration.figures.query("variable == 'gender' and category == 'woman'").iloc[0]
    market = case.exploration.population.query("variable == 'gender' and value == 'woman'")["market_share"].iloc[0]
    right = bool(figures["ci_low"] > market)
    return _yes_or_no(answer, right, "Is the whole interval, from ci_low to ci_high, on one side of the market's share?")


@_task("3.3", COSMETICS)
def _busiest_month(answer: Any, case: Case) -> str:
    months = case.exploration.monthly.query("source == 'tickets'").set_index("month")["rows"]
    orders = case.exploration.monthly.query("source == 'orders'").set_index("month")["rows"]
    hints = {str(orders.idxmax()): "That is the month with most orders; support contacts are asked for."}
    return one_of(word_in(answer), [str(months.idxmax())], hints, 'Write it as in the table, such as "2026-01".')


@_task("4.1", COSMETICS)
def _rated_low(answer: Any, case: Case) -> str:
    ratings = case.voices.texts["rating"]
    hints = {float((ratings < 2).sum()): "That leaves out those who gave a 2.",
             float((ratings <= 3).sum()): "That takes in those who gave a 3.",
             float(ratings.notna().sum()): "That is every text with a rating."}  # fmt: skip
    return near(number_in(answer), float((ratings <= 2).sum()), hints, "Count the texts whose rating is 1 or 2.")


@_task("4.2", COSMETICS)
def _theme_of_plastic(answer: Any, case: Case) -> str:
    themes = case.voices.themes.query("language == 'en'")
    right = themes.loc[themes["words"].str.contains("plastic"), "theme"].astype(float).tolist()
    hint = "Look for plastic in the column words, and give the number of that theme."
    return "" if number_in(answer) in right else hint


@_task("4.3", COSMETICS)
def _agreement(answer: Any, case: Case) -> str:
    from personakit.voices_agreement import krippendorff_alpha

    one, other = (np.array(codes) for codes in CODES)
    right = krippendorff_alpha(np.stack([one, other]).astype(float))
    hints = {float((one == other).mean()): "That is the share of equal codes. Alpha takes off what chance alone would give.",
             1.0: "Both lists are equal now; the second coder gave another code to the last answer."}  # fmt: skip
    return near(number_in(answer), right, hints, "Give both lists to pk.krippendorff_alpha, one below the other.")


@_task("5.1", COSMETICS)
def _psychographic(answer: Any, case: Case) -> str:
    basis = case.features.dictionary["basis"]
    hints = {float(len(basis)): "That is every feature.", float((basis != "psychographic").sum()): "Those are all the others."}
    return near(number_in(answer), float((basis == "psychographic").sum()), hints, "Count the rows whose basis is psychographic.")


@_task("5.2", COSMETICS)
def _mostly_unknown(answer: Any, case: Case) -> str:
    known = case.features.table.notna().mean()
    name = _feature(answer, case)
    return "" if known[name] < 0.5 else f"{name} is known for {known[name]:.0%} of the customers: not for less than half."


@_task("5.3", COSMETICS)
def _an_amount(answer: Any, case: Case) -> str:
    name = _feature(answer, case)
    kind = str(case.features.dictionary.at[name, "kind"])
    return "" if kind == "amount" else f"{name} is of the kind {kind}. Look for the kind amount."


@_task("6.1", CAFE)
def _three_groups(answer: Any, case: Case) -> str:
    if not isinstance(answer, Segmentation):
        return "Give the segmentation itself: the name on the left of the equals sign."
    n = answer.labels.nunique()
    return "" if n == GROUPS else f"These are {n} groups. Change the number after n_segments to 3."


@_task("6.2", CAFE)
def _smallest_group(answer: Any, case: Case) -> str:
    sizes = case.segmentation.labels.value_counts()
    return near(number_in(answer), float(sizes.min()), {float(sizes.max()): "That is the largest group."},
                "Make three groups in 6.1, and look at the column customers in the table above.")  # fmt: skip


@_task("6.3", CAFE)
def _how_many_groups(answer: Any, case: Case) -> str:
    hints = {2.0: "Two groups do not always come back: look how far down the box reaches.",
             4.0: "Four groups come back less often than three, and one of them is small."}  # fmt: skip
    return near(number_in(answer), 3.0, hints, "Which number comes back with other guests, far above the shuffled data?")


@_task("7.1", COSMETICS)
def _largest_difference(answer: Any, case: Case) -> str:
    rows = case.profiles.of(1)
    name = _feature(answer, case)
    others = rows[~rows["in_basis"].astype(bool)]
    if name == others["feature"].iloc[0]:
        return ""
    if name in case.basis:
        return "This question made the groups, so the difference proves nothing. Look below it for one that did not."
    return "There is one that lies further from 0 in the column effect."


@_task("7.2", COSMETICS)
def _no_certain_difference(answer: Any, case: Case) -> str:
    name = _feature(answer, case)
    rows = case.profiles.of(1).query("feature == @name")
    if rows.empty:
        return f"{name} is not in this table."
    open_ = (rows["effect_low"].astype(float) <= 0) & (rows["effect_high"].astype(float) >= 0)
    return "" if open_.any() else "Its interval, from effect_low to effect_high, leaves out 0: that difference is certain."


@_task("7.3", COSMETICS)
def _small_effect(answer: Any, case: Case) -> str:
    smallest, medium = EFFECT_STEPS["hedges_g"][:2]
    hints = {medium: "From there on an effect is called medium.",
             0.05: "That is the usual bar of a p-value: how certain a difference is, not how large."}  # fmt: skip
    return near(number_in(answer), smallest, hints, "The text above says from where on an effect is called small.")


@_task("8.1", COSMETICS)
def _in_norwegian(answer: Any, case: Case) -> str:
    if not isinstance(answer, Personas):
        return "Give the cards themselves: the name on the left of the equals sign."
    language = answer.about["language"]
    return "" if language == "nb" else f'These cards are in the language "{language}". Norwegian is "nb".'


@_task("8.2", COSMETICS)
def _people_behind(answer: Any, case: Case) -> str:
    card = _second(case)
    figure: Any = card.at("needs")[0].evidence[0]
    hints = {float(figure.others_n or 0): "So many are in the other group.",
             float(card.n): "So many are in the group; a few of them left this question out."}  # fmt: skip
    return near(number_in(answer), float(figure.n), hints, "Look for n in the evidence of the first line under needs.")


@_task("8.3", COSMETICS)
def _assumptions(answer: Any, case: Case) -> str:
    card = _second(case)
    right = sum(line.grade == "assumed" for line in card.claims)
    hints = {float(len(card.claims)): "Those are all lines of the card.",
             float(len(card.claims) - right): "Those are the lines that rest on data."}  # fmt: skip
    return near(number_in(answer), float(right), hints, "Count the lines whose grade is assumed.")


@_task("9.1", COSMETICS)
def _narrow_phase(answer: Any, case: Case) -> str:
    found = case.journeys.bottlenecks()
    hints = {str(name): "That is a touchpoint. In which phase is it?" for name in case.journeys.touchpoints["touchpoint"]}
    return one_of(word_in(answer), found["phase"].head(1), hints, "Look at the first row of the table, column phase.")


@_task("9.2", COSMETICS)
def _customers_to_win(answer: Any, case: Case) -> str:
    row = case.journeys.bottlenecks().iloc[0]
    moments = case.journeys.moments
    own = moments[(moments["kind"] == "few go on") & (moments["segment"] == row["segment"]) & (moments["phase"] == row["phase"])]
    right, low, high = (float(own[name].iloc[0]) for name in ("customers", "customers_low", "customers_high"))
    found = number_in(answer)
    if round(right) - 1 <= found <= round(right) + 1:
        return ""
    return near(found, right, {low: "That is the lower end of the interval.", high: "That is the upper end of the interval."},
                "Look for the kind 'few go on' in this phase, column customers.")  # fmt: skip


@_task("9.3", COSMETICS)
def _worst_touchpoint(answer: Any, case: Case) -> str:
    table = case.journeys.touchpoints.dropna(subset=["feeling"]).set_index("touchpoint")["feeling"]
    hints = {str(table.idxmax()): "That is where people feel best; the worst is asked for."}
    hint = "Sort by the column feeling; nothing was said where it is empty."
    return one_of(word_in(answer), [str(table.idxmin())], hints, hint)


@_task("10.1", COSMETICS)
def _two_questions(answer: Any, case: Case) -> str:
    asked = getattr(answer, "questions", None)
    if asked is None:
        return "Give the screener itself: the name on the left of the equals sign."
    return "" if len(asked) == 2 else f"This screener asks {len(asked)}. Change the number after n_questions to 2."


@_task("10.2", COSMETICS)
def _best_channel(answer: Any, case: Case) -> str:
    rates = _click_rates(case, 2)
    hints = {str(rates.idxmin()): "That one works worst for this persona."}
    hint = "Which channel has the highest share of clicks for the second persona?"
    return one_of(word_in(answer), [str(rates.idxmax())], hints, hint)


@_task("10.3", COSMETICS)
def _certain_of_the_best(answer: Any, case: Case) -> str:
    table = _contacts(case)
    own = table[table["segment"] == 2].groupby("channel")["clicked"].agg(["sum", "count"])
    order = (own["sum"] / own["count"]).sort_values(ascending=False).index
    best, next_best = (wilson(own.at[name, "sum"], own.at[name, "count"]) for name in order[:2])
    return _yes_or_no(answer, bool(best[0] > next_best[1]), "Do the two intervals overlap? Then the order may be chance.")


@_task("11.1", COSMETICS)
def _click_rate(answer: Any, case: Case) -> str:
    table = case.measurement.campaigns.query("segment == 2 and campaign == ''").set_index("measure")["value"].astype(float)
    hints = {table["clicked_of_seen"]: "That is of those who saw it; of all contacts is asked for.",
             table["seen"]: "That is who saw it."}  # fmt: skip
    return near(share_in(answer), table["clicked"], hints, "Look for the measure clicked and the second segment.")


@_task("11.2", COSMETICS)
def _certain_click(answer: Any, case: Case) -> str:
    row = case.measurement.campaigns.query("segment == 2 and campaign == '' and measure == 'clicked'").iloc[0]
    right = bool(row["low"] * row["high"] > 0)
    return _yes_or_no(answer, right, "The columns low and high are the interval of the difference. Is 0 inside?")


@_task("11.3", COSMETICS)
def _least_satisfied(answer: Any, case: Case) -> str:
    rated = case.measurement.satisfaction.query("measure == 'csat'").set_index("phase")
    other, table = (rated.loc[rated["segment"] == segment, "value"].astype(float) for segment in (1, 2))
    hints = {str(table.idxmax()): "They are most satisfied there.", str(other.idxmin()): "That is the other persona."}
    hint = "Look for the lowest value of the second segment, and give its phase."
    return one_of(word_in(answer), [str(table.idxmin())], hints, hint)


def _yes_or_no(answer: Any, right: bool, hint: str) -> str:
    if isinstance(answer, bool | np.bool_):
        return "" if bool(answer) == right else hint
    word = answer.strip().casefold() if isinstance(answer, str) else ""
    if word not in {"yes", "no", "true", "false"}:
        return "True or False is asked for, without quotes."
    return "" if (word in {"yes", "true"}) == right else hint


def _feature(answer: Any, case: Case) -> str:
    """The feature that is meant by its name or by its label."""
    said = word_in(answer)
    labels = case.features.dictionary["label"].str.casefold()
    names = [name for name in labels.index if said in {name.casefold(), labels[name]}]
    if not names:
        raise AnswerError(f"There is no feature '{answer}'. Give a name from the table, in quotes.")
    return str(names[0])


def _second(case: Case) -> Persona:
    return case.personas.personas[1]


def _contacts(case: Case) -> pd.DataFrame:
    table = case.protected["campaigns"].to_pandas()
    table["segment"] = table["customer_id"].map(case.segmentation.labels)
    return table.astype({"clicked": float}).dropna(subset=["segment", "channel"])


def _click_rates(case: Case, segment: int) -> pd.Series:
    table = _contacts(case)
    return table[table["segment"] == segment].groupby("channel")["clicked"].mean()
