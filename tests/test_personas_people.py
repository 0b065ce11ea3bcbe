"""People behind cards: the most typical ones, and names that stay with them."""

import pandas as pd

from personakit.personas import write_personas
from personakit.personas_figures import traits_of
from personakit.personas_people import goes_on_from, typical_people
from personakit.segmentation import segment_customers


def test_typical_people_have_most_traits(small_run):
    """Ranked by traits, then by certainty; all of them belong to the segment."""
    people = small_run.personas.people
    for segment, own in people.groupby("segment"):
        assert (small_run.segmentation.labels[own["customer_id"]] == segment).all()
        assert own["rank"].tolist() == list(range(1, len(own) + 1))
        assert own["traits"].is_monotonic_decreasing
    card = small_run.personas.personas[0]
    again = typical_people(small_run.features.table, small_run.segmentation, {1: traits_of(card.claims)})
    assert again["customer_id"].tolist() == people.loc[people["segment"] == 1, "customer_id"].tolist()


def test_names_stay_with_their_people(small_run):
    """With another order of segments and some customers gone, every persona keeps its name."""
    labels = small_run.segmentation.labels
    turned = labels.map({1: 3, 2: 1, 3: 5, 4: 2, 5: 4})
    assert goes_on_from(small_run.personas.people, turned) == {3: 1, 1: 2, 5: 3, 2: 4, 4: 5}
    fewer = small_run.features.table.sample(frac=0.8, random_state=1).sort_index()
    again = segment_customers(fewer, basis=small_run.basis, n_segments=5, random_state=2)
    now = goes_on_from(small_run.personas.people, again.labels)
    for new, old in now.items():
        both = labels.reindex(again.labels.index[again.labels == new]).dropna()
        assert (both == old).mean() > 0.5
    assert len(now) == 5


def test_a_new_group_gets_a_new_name(small_run):
    """A segment of other people takes over no name, and no name that somebody has had."""
    earlier = small_run.personas
    strangers = earlier.people.assign(customer_id=lambda t: "x" + t["customer_id"])
    assert goes_on_from(strangers, small_run.segmentation.labels) == {}
    gone = type(earlier)(earlier.personas, earlier.about, earlier.people[earlier.people["segment"] != 1])
    again = write_personas(
        small_run.profiles, small_run.segmentation, study=small_run.study, features=small_run.features, earlier=gone
    )
    names = [card.name for card in again.personas]
    assert names[1:] == [card.name for card in earlier.personas][1:]
    assert names[0] not in {card.name for card in earlier.personas}


def test_the_version_counts_changes_only(small_run):
    """The same cards keep their version; other cards get the next."""
    same = write_personas(small_run.profiles, small_run.segmentation, study=small_run.study, features=small_run.features,
                          voices=small_run.voices, sources=small_run.protected, earlier=small_run.personas)  # fmt: skip
    assert same.about["version"] == 1
    other = write_personas(small_run.profiles, small_run.segmentation, study=small_run.study, features=small_run.features,
                           earlier=small_run.personas)  # fmt: skip
    assert other.about["version"] == 2


def test_nobody_then_nobody_now():
    """Without people there is nothing to go on from."""
    assert goes_on_from(pd.DataFrame(columns=["customer_id", "segment"]), pd.Series({"a": 1})) == {}
