"""The café: eighty answers and eight interviews, the same bytes for the same seed, and groups that small data still show."""

from dataclasses import replace

import pandas as pd
import pytest

import personakit as pk
from personakit.evidence import SMALL_BASE, figure_of
from personakit.simulation_cafe import simulate_cafe
from personakit.study import shipped

#: What each planted group wants most.
WANTS = {"saving_student": {"need_cheap", "need_wifi"}, "cosy_reader": {"need_cosy", "need_coffee", "need_quiet"},
         "busy_entrepreneur": {"need_quick", "need_coffee", "need_wifi"}}  # fmt: skip


@pytest.fixture(scope="module")
def cafe():
    """The committed case: features, segmentation, profiles and personas."""
    study = pk.open_study(shipped("data") / "cafe")
    features = pk.build_features(pk.check_quality(pk.load_sources(study)).clean)
    basis = pk.choose_basis(features, study.segmentation)
    segmentation = pk.segment_customers(features, basis=basis, n_segments=3)
    profiles = pk.profile_segments(features, segmentation)
    return segmentation, pk.write_personas(profiles, segmentation, study=study), profiles


def test_the_committed_case_is_what_the_simulation_gives(tmp_path):
    """File by file; another seed gives other guests."""
    folder = shipped("data") / "cafe"
    written = simulate_cafe().write(tmp_path)
    assert {path.name for path in written if path.parent == tmp_path} == {"survey.csv", "truth.parquet"}
    for path in written:
        assert path.read_bytes() == (folder / path.relative_to(tmp_path)).read_bytes(), path.name
    assert not simulate_cafe(random_state=2).tables["survey"].equals(simulate_cafe().tables["survey"])


def test_groups_of_fewer_than_thirty_still_get_a_card(cafe):
    """Lines about what they want, right for the planted group, marked as weak; none that the interval does not bear out."""
    segmentation, personas, profiles = cafe
    truth = pd.read_parquet(shipped("data") / "cafe" / "truth.parquet").set_index("key")["value"]
    small = [card for card in personas.personas if card.n < SMALL_BASE]
    assert len(small) == 2
    for card in small:
        own = truth[segmentation.labels.index[segmentation.labels == card.segment]]
        assert own.value_counts(normalize=True).iloc[0] > 0.9
        needs = card.at("needs")
        assert len(needs) >= 3 and {line.grade for line in needs} == {"weak"}
        assert {figure_of(line).column.rpartition("_")[0] for line in needs} <= WANTS[own.mode().iloc[0]]
        assert all(figure_of(line).effect_low > 0 for line in needs)
    largest = next(card for card in personas.personas if card.n >= SMALL_BASE)
    assert not profiles.of(largest.segment).query("grade == 'weak'")["apart"].any()


def test_nothing_is_told_of_groups_cut_at_random(cafe):
    """Small groups without a difference: of all lines, about as many as chance gives, and few."""
    segmentation = cafe[0]
    shuffled = segmentation.labels.sample(frac=1, random_state=4).set_axis(segmentation.labels.index)
    study = pk.open_study(shipped("data") / "cafe")
    features = pk.build_features(pk.check_quality(pk.load_sources(study)).clean)
    by_chance = pk.profile_segments(features, replace(segmentation, labels=shuffled))
    shares = [by_chance.of(segment)["apart"].mean() for segment in (1, 2, 3)]
    assert max(shares) < 0.2 and sum(shares) / 3 < 0.1
