"""Helpers of error messages."""

import json

from personakit.errors import DataError, Note, did_you_mean, listing


def test_suggests_the_closest_word_whatever_its_case():
    """A misspelt word brings the closest allowed one; a far one brings nothing."""
    assert did_you_mean("Costumers", ["customers", "orders"]) == "; did you mean 'customers'?"
    assert did_you_mean("xyz", ["customers", "orders"]) == ""


def test_listing_names_how_many_more():
    """Long lists are cut, and say so."""
    assert listing(["a", "b", "c"], at_most=2) == "a, b … (1 more)"
    assert listing(["a"]) == "a"


def test_notes_keep_what_they_are_made_of():
    """A note is its English sentence; files keep message and values, notes within notes too, and texts without values."""
    note = Note("“{change}”: {problem}", change="a {b}", problem=Note("{n} people", n=1200))
    assert note == "“a {b}”: 1,200 people" and str(DataError([note])) == note
    kept = json.loads(json.dumps(Note.all_to_plain([note, "add 'journey: {phases: …}'"])))
    again = [Note.from_plain(plain) for plain in [*kept, "written {earlier}"]]
    assert again == [note, "add 'journey: {phases: …}'", "written {earlier}"]
    assert again[0].values["problem"].values == {"n": 1200}


def test_data_problems_are_reported_together():
    """All problems stand in one message, a line each."""
    assert str(DataError(["one", "two"])) == "one\ntwo"


def test_a_notebook_shows_the_sentence_alone():
    """IPython shows errors that a user can mend without a traceback."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    shell = InteractiveShell()
    with capture_output() as shown:
        shell.run_cell("from personakit.errors import HandoffError\nraise HandoffError('run notebook 05')")
    assert shown.stdout.strip() == "HandoffError: run notebook 05"
