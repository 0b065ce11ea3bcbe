"""Persona cards: what stands on them, what it rests on, and what is not known."""

import pytest

from personakit.errors import PersonakitError
from personakit.evidence import Figure, Voice, grade_of
from personakit.handoffs import open_workspace
from personakit.personas import Personas, quotes_of, write_personas
from personakit.personas_lines import UNKNOWN, UNKNOWN_DETAIL
from personakit.profiling import profile_segments
from personakit.segmentation import segment_customers


def test_every_line_has_evidence_or_is_an_assumption(small_run):
    """No line without evidence, unless it says that it is not known; the grade follows from the evidence."""
    for line in small_run.personas.claims:
        assert bool(line.evidence) != (line.kind == "assumption")
        assert line.grade == grade_of(line.evidence, asserts=line.asserts)
        if line.kind == "assumption":
            assert line.message in {UNKNOWN, UNKNOWN_DETAIL}


def test_ids_are_unique(small_run):
    """No two lines of the study share an id."""
    ids = [line.id for line in small_run.personas.claims]
    assert len(ids) == len(set(ids))


def test_lines_assert_only_certain_differences(small_run):
    """What stands among needs, values, interests, media and channels is more than among everyone else."""
    for line in small_run.personas.claims:
        if line.place in {"goals", "needs", "values", "interests", "products", "media", "channels"} and line.evidence:
            (figure,) = line.evidence
            assert figure.effect > 0 and line.grade in {"strong", "moderate"}


def test_planted_interests_stand_on_the_right_card(small_run):
    """An archetype's sport, which most of its people do, leads one card; a cell under min_cell may hide it."""
    sports = {"likes_running", "likes_football", "likes_yoga", "likes_gym"}
    first = [p.at("interests")[0] for p in small_run.personas.personas if p.at("interests")]
    top = [line.evidence[0] for line in first if line.evidence]
    most = [figure.column for figure in top if figure.estimate > 0.8]
    assert len(most) >= 3 and len(set(most)) == len(most) and set(most) <= sports


def test_quotes_stay_with_their_speaker_and_are_not_changed(small_run):
    """A quote on a card is verbatim, and its speaker belongs to the segment."""
    texts = small_run.voices.texts.set_index("key")
    labels = small_run.segmentation.labels
    voices = [(line.segment, piece) for line in small_run.personas.claims for piece in line.evidence if isinstance(piece, Voice)]
    assert voices
    for segment, piece in voices:
        assert texts.at[piece.key, "text"] == piece.quote
        assert labels[piece.customer] == segment


def test_one_quote_per_person_and_wording(small_run):
    """Nobody speaks twice from one source, and no sentence stands twice."""
    said = quotes_of(small_run.voices, small_run.segmentation, 1)
    assert len({voice.quote for voice in said}) == len(said)
    assert len({(voice.source, voice.customer) for voice in said}) == len(said)


def test_demography_only_where_it_sets_apart(small_run):
    """A demographic line is either a certain difference or says that it is mixed."""
    for line in small_run.personas.claims:
        if line.place == "who" and "mixed" not in line.message and line.evidence:
            assert line.grade in {"strong", "moderate"}


@pytest.mark.parametrize("language", ["en", "nb", "fi", "fa"])
def test_names_differ_and_stay(small_run, language):
    """Names are of the language, never two alike, and the same in a second run."""
    one, two = (
        write_personas(
            small_run.profiles, small_run.segmentation, study=small_run.study, voices=small_run.voices, language=language
        )
        for _ in range(2)
    )
    names = [persona.name for persona in one.personas]
    assert len(set(names)) == len(names)
    assert names == [persona.name for persona in two.personas]


def test_sizes_rest_on_the_basis(small_run):
    """The share of each persona names the variables that made the segments, and the shares add up."""
    sizes = [persona.at("size")[0].evidence[0] for persona in small_run.personas.personas]
    assert sum(figure.estimate for figure in sizes) == pytest.approx(1)
    assert all(isinstance(figure, Figure) and len(figure.sources) == 12 for figure in sizes)


def test_one_card_for_everybody(small_run):
    """With one segment the card shows the highest values, without anybody to compare with."""
    segmentation = segment_customers(small_run.features, basis=small_run.basis, n_segments=1)
    profiles = profile_segments(small_run.features, segmentation)
    (card,) = write_personas(profiles, segmentation, study=small_run.study).personas
    assert card.at("needs") and all("others" not in line.message for line in card.claims)


def test_cards_go_through_files_and_back(small_run):
    """Parts read back are the same cards."""
    again = Personas.from_parts(small_run.personas.parts())
    assert again.personas == small_run.personas.personas and again.about == small_run.personas.about


def test_an_unknown_language_is_one_sentence(small_run, small_study):
    """In cards and when a study is opened: what is allowed, and no traceback from within."""
    said = r"language 'norwegian' is not known; allowed: en, nb, fi, fa \(English, Norwegian, Finnish, Persian\)"
    with pytest.raises(PersonakitError, match=said):
        write_personas(small_run.profiles, small_run.segmentation, study=small_run.study, language="norwegian")
    with pytest.raises(PersonakitError, match=said):
        open_workspace(small_study, language="norwegian")
