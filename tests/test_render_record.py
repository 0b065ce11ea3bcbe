"""The record of processing in the page's own words."""

from personakit.locale import Words
from personakit.render.record import _done, _people


def test_small_counts_are_words():
    """Fewer people than may be shown are not a number."""
    words = Words("en")
    assert [_people(n, words, 5) for n in (None, 3, 5, 1200)] == ["–", "fewer than 5", "5", "1,200"]
    assert _done("blanked in 2 rows", words, 5) == "blanked in fewer than 5 rows"
    assert _done("column dropped", Words("nb"), 5) == "kolonnen er fjernet"
