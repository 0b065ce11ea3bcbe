"""Marketing's lines: what matters, where, when, and what the brand has to do with it."""

import pytest

from personakit.activation_lines import (
    BRAND_GAP,
    CONTENT_PHASES,
    LONGER_TEXTS,
    NO_PROOF,
    PROOF,
    SHORTER_TEXTS,
    WRITE_IN,
    TeamData,
    is_higher,
    is_lower,
)
from personakit.activation_marketing import FORMS, MATRIX_COLUMNS, form_of, tone_lines
from personakit.evidence import Figure, Voice
from personakit.personas_lines import AVOID_CHANNEL


def test_every_persona_has_a_brief(small_plan):
    """Each field is filled or says which data would fill it; all that is said rests on something."""
    for segment in small_plan.names:
        for field in ("matters", "words", "tone", "objections", "proof", "channels", "do", "content", "brand"):
            assert small_plan.at(segment, f"marketing|{field}"), (segment, field)
    said = [line for line in small_plan.lines if line.place.startswith("marketing|") and not line.evidence]
    assert {line.message for line in said} <= {NO_PROOF, "Not known from the data yet: {needs}"}


def test_words_are_theirs(small_plan):
    """Words are used more by the persona than by others, and quotes are quotes."""
    lines = [line for line in small_plan.lines if line.place == "marketing|words"]
    words = [line.evidence[0] for line in lines if isinstance(line.evidence[0], Figure)]
    assert words and all(figure.estimate > figure.others and figure.p_value is None for figure in words)
    assert any(isinstance(line.evidence[0], Voice) for line in lines)


def test_content_names_a_figure_to_watch(small_plan, small_run):
    """One line for each phase, each with the share that goes on."""
    for segment in small_plan.names:
        lines = [line for line in small_plan.at(segment, "marketing|content") if line.message in CONTENT_PHASES]
        assert [line.params["phase"] for line in lines] == list(small_run.journeys.phases)
        assert all(line.evidence[0].column in {f"go_on_{p}", f"reach_{p}"} for line in lines for p in [line.params["phase"]])
        assert len({line.params["topic"] for line in lines}) > 1 and {line.params["channel"] for line in lines} >= {"web"}


def test_the_plan_begins_where_they_are_anyway(small_plan, small_run):
    """The first phase goes through the medium that sets a persona apart; every form is one of the list, or open."""
    media = {persona.segment: [piece.label for line in persona.at("media") for piece in line.evidence if isinstance(piece, Figure)
                               and piece.estimate >= 0.5] for persona in small_run.personas.personas}  # fmt: skip
    assert any(media.values())
    for segment, names in media.items():
        lines = [line for line in small_plan.at(segment, "marketing|content") if line.message in CONTENT_PHASES]
        assert not names or lines[0].params["channel"] == names[0]
        assert {line.params["form"] for line in lines} <= {*FORMS, ""}


@pytest.mark.parametrize(("touchpoint", "channel", "form"), [
    ("social ad", "web", "Picture with one sentence"), ("search ad", "web", "Two lines of text"), ("", "YouTube", "Short video"),
    ("Newsletter", "email", "Mail with one topic"), ("x7", "", ""), ("Nyhetsbrev", "", "Mail with one topic"),
])  # fmt: skip
def test_form_from_the_words_of_touchpoint_and_channel(touchpoint, channel, form):
    """The touchpoint tells more than the channel; names that tell nothing leave the form open."""
    assert form_of(touchpoint, channel) == form


def test_advice_does_not_contradict_the_matrix(small_plan):
    """Nobody is told to leave out a channel that the short table says yes to."""
    table = small_plan.matrix
    for segment in small_plan.names:
        open_ = set(table[(table["segment"] == segment) & (table["short"] == "yes")]["channel"])
        warned = {piece.label_value or piece.label for line in small_plan.at(segment, "marketing|avoid")
                  if line.message == AVOID_CHANNEL for piece in line.evidence}  # fmt: skip
        assert not warned & open_, segment


def test_proof_goes_well(small_plan):
    """What is shown as proof is rated above the middle of its scale, and not below everyone else."""
    proofs = [line.evidence[0] for line in small_plan.lines if line.place == "marketing|proof" and line.message == PROOF]
    assert len(proofs) >= 5 and all(figure.ci_low > 3 and not is_lower(figure) for figure in proofs)


def test_answers_are_told_only_when_they_are_clear(small_plan):
    """Of answers to campaigns only those that differ with all tests considered."""
    told = [line.evidence[0] for line in small_plan.lines if line.place == "marketing|channels" and line.evidence
            and line.evidence[0].column.startswith("answer_")]  # fmt: skip
    assert all(is_higher(figure) and figure.p_adjusted < 0.05 for figure in told)


def test_tone_says_the_language_and_the_length_only_where_it_differs(small_plan, small_run):
    """Texts as long as those of others say nothing; shorter ones ask for short messages, longer ones for details."""
    assert {line.params["language"] for line in small_plan.lines if line.message == WRITE_IN} <= {
        "English",
        "Norwegian",
        "Finnish",
    }
    own = Figure(key="activation|text_words||1", table="activation", column="text_words", label="Words", unit="words",
                 sources=["tickets.text"], segment=1, statistic="median", estimate=5, others=9, n=50, effect=-0.5,
                 effect_low=-0.7, effect_high=-0.3)  # fmt: skip
    said = []
    near = own.model_copy(update={"others": 6})
    for figure in (own, own.model_copy(update={"others": 3, "effect": 0.5, "effect_low": 0.3, "effect_high": 0.7}),
                   own.model_copy(update={"effect_high": 0.2}), own.model_copy(update={"p_adjusted": 0.2}), near):  # fmt: skip
        known = small_run.features.dictionary
        data = TeamData(small_run.personas, {figure.key: figure}, known, known.head(0), None)
        said.append(tone_lines(1, data, "marketing|tone")[0].message)
    assert said[:2] == [SHORTER_TEXTS, LONGER_TEXTS] and not {SHORTER_TEXTS, LONGER_TEXTS} & set(said[2:])


def test_gaps_of_the_brand_are_ranked(small_plan):
    """The largest gap stands first; a value that counts most for them is no gap."""
    for segment in small_plan.names:
        lines = small_plan.at(segment, "marketing|brand")
        gaps = [line.params["top"] - line.params["value"] for line in lines if line.message == BRAND_GAP]
        assert gaps == sorted(gaps, reverse=True) and all(gap > 0 for gap in gaps) and len(lines) == 2


def test_channel_matrix(small_plan):
    """Every figure with interval and n; the planted likes of channels are in it."""
    table = small_plan.matrix
    assert list(table.columns) == MATRIX_COLUMNS and table["n"].min() >= 5
    known = table.dropna(subset=["ci_low"])
    assert ((known["ci_low"] <= known["estimate"] + 1e-9) & (known["estimate"] <= known["ci_high"] + 1e-9)).all()
    assert known[["ci_low", "ci_high"]].stack().between(0, 1).all()
    assert {"email", "sms", "letter", "web"} <= set(table["channel"]) and set(table["short"]) == {"yes", "no"}
    assert table.groupby(["segment", "channel"])["short"].nunique().max() == 1


def test_answers_follow_what_was_planted(small_run):
    """Of the pairs of channels that were planted far apart, most come out in that order."""
    from personakit.simulation_content import market_content

    truth = small_run.study.folder / "truth.parquet"
    if not truth.exists():
        pytest.fail("the small shop has no truth")
    import pandas as pd

    groups = pd.read_parquet(truth).query("kind == 'archetype'").set_index("key")["value"]
    campaigns = pd.read_csv(small_run.study.folder / "campaigns.csv")
    rates = campaigns.assign(group=campaigns["customer_id"].map(groups)).groupby(["group", "channel"])["clicked"].mean()
    planted = {name: group["answers"] for name, group in market_content()["archetypes"].items()}
    pairs = [(group, a, b) for group, likes in planted.items() for a in likes for b in likes if likes[a] > 1.8 * likes[b]]
    assert len(pairs) >= 8 and sum(rates[g, a] > rates[g, b] for g, a, b in pairs) >= 0.8 * len(pairs)
