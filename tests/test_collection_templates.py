"""Templates are made from the study's own words."""

from personakit.collection_templates import make_templates


def test_words_of_the_study_and_quotas(small_run):
    """Questions, phases and quotas come from study and sources."""
    templates = make_templates(small_run.study, small_run.protected)
    assert templates.phases == ["awareness", "consideration", "decision", "action", "loyalty"]
    assert "The lowest price" in templates.blocks[0][3] and templates.blocks[0][2] == (1, 5)
    gender = [share for variable, _, share in templates.quotas if variable == "gender"]
    assert len(gender) == 2 and abs(sum(gender) - 1) < 1e-9
