"""Fields of a card: what stands where, and what follows from it."""

from personakit.personas_fields import EXPECTED, is_minority
from personakit.personas_lines import AVOID_LEAD, DO_LEAD, DO_MEET, MIXED_RANGE, MIXED_SHARES, RANGE


def places(card):
    return {line.place for line in card.claims}


def test_every_expected_field_is_filled_or_open(small_run):
    """No field is silently left out."""
    for card in small_run.personas.personas:
        assert set(EXPECTED) <= places(card)
        for place in EXPECTED:
            kinds = {line.kind == "assumption" for line in card.at(place)}
            assert len(kinds) == 1, "a field is either open or filled"


def test_mixed_demography_shows_its_spread(small_run):
    """Where nothing sets a segment apart, the card says mixed and shows how."""
    lines = [line for card in small_run.personas.personas for line in card.at("who")]
    mixed = [line for line in lines if line.message in {MIXED_SHARES, MIXED_RANGE}]
    assert mixed
    for line in mixed:
        shown = line.params.get("spread") or [line.params["low"], line.params["high"]]
        assert len(shown) >= 2
    assert any(line.message == RANGE for line in lines)


def test_advice_rests_on_the_lines_of_the_card(small_run):
    """What to lead with counts more for them than for others, what to leave counts less."""
    lines = [line for card in small_run.personas.personas for line in card.claims]
    lead = [line for line in lines if line.message == DO_LEAD]
    avoid = [line for line in lines if line.message == AVOID_LEAD]
    assert lead and avoid
    assert all(line.evidence[0].effect > 0 and line.grade in {"strong", "moderate"} for line in lead)
    assert all(line.evidence[0].effect < 0 and line.grade in {"strong", "moderate"} for line in avoid)
    assert any(line.message == DO_MEET for line in lines)


def test_the_one_line_says_nothing_about_a_minority(small_run):
    """Essence and job join only what most of the segment have, and are as strong as the weakest part."""
    for card in small_run.personas.personas:
        for line in [*card.at("essence"), *card.at("jobs")]:
            assert not any(is_minority(piece) for piece in line.evidence)
            assert line.grade in {"strong", "moderate"}


def test_share_of_spending_and_people_left_out(small_run):
    """Value shares add up, and the card says whom it does not speak for."""
    shares = [line.evidence[0] for card in small_run.personas.personas for line in card.at("value")
              if line.evidence[0].statistic == "total_share"]  # fmt: skip
    assert abs(sum(figure.estimate for figure in shares) - 1) < 1e-9
    left_out = len(small_run.features.table) - len(small_run.segmentation.labels)
    assert all(any(line.params.get("n") == left_out for line in card.at("not_covered")) for card in small_run.personas.personas)
