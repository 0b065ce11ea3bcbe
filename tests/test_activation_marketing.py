"""Marketing's lines: what matters, where, when, and what the brand has to do with it."""

import pytest

from personakit.activation_lines import BRAND_GAP, CONTENT_PHASES, NO_PROOF
from personakit.activation_marketing import MATRIX_COLUMNS
from personakit.evidence import Figure, Voice


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
    from personakit.simulation_campaigns import PLANTED_ANSWERS

    truth = small_run.study.folder / "truth.parquet"
    if not truth.exists():
        pytest.fail("the small shop has no truth")
    import pandas as pd

    groups = pd.read_parquet(truth).query("kind == 'archetype'").set_index("key")["value"]
    campaigns = pd.read_csv(small_run.study.folder / "campaigns.csv")
    rates = campaigns.assign(group=campaigns["customer_id"].map(groups)).groupby(["group", "channel"])["clicked"].mean()
    pairs = [(group, a, b) for group, likes in PLANTED_ANSWERS.items() for a in likes for b in likes if likes[a] > 1.8 * likes[b]]
    assert len(pairs) >= 8 and sum(rates[g, a] > rates[g, b] for g, a, b in pairs) >= 0.8 * len(pairs)
