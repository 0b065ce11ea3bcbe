"""Whether the segments hang on who was left out is measured."""

import personakit as pk


def test_careless_answers_do_not_make_the_segments(small_run):
    """With the careless respondents of the shop back in, the two solutions are compared over those in both."""
    protected = pk.protect(small_run.report.with_careless)
    everyone = pk.build_features(protected)
    effect = pk.exclusion_effect(small_run.features, everyone, basis=small_run.basis, n_segments=5)
    assert effect.n_with > effect.n_without > 200
    assert 0.3 < effect.rand_index < 1
    assert f"With the {effect.n_with - effect.n_without} careless respondents" in effect.says


def test_nobody_left_out(small_run):
    """The same customers give the same segments."""
    effect = pk.exclusion_effect(small_run.features, small_run.features, basis=small_run.basis, n_segments=5)
    assert effect.rand_index == 1 and effect.says.startswith("Nobody")
