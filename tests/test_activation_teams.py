"""The teams' pages together: figures that can be computed again, and nothing tested that was chosen because it differs."""

from dataclasses import replace

import pytest

from personakit.activation_teams import activation_figures, team_lines
from personakit.errors import DataError
from personakit.evidence import Figure


def test_figures_are_the_same_again(small_run, small_plan):
    """Computed anew, every figure behind a line is the same; what rests on the basis has no p-value."""
    run = small_run
    figures, _ = activation_figures(run.protected, run.voices, run.segmentation, run.profiles.dictionary,
                                    min_cell=run.profiles.min_cell)  # fmt: skip
    used = [piece for line in small_plan.lines for piece in line.evidence if isinstance(piece, Figure)
            and piece.table == "activation" and piece.statistic != "rate" and piece.column != "gain"]  # fmt: skip
    assert len(used) > 30 and all(figures[piece.key] == piece for piece in used)
    basis = {column for name in run.segmentation.basis for column in run.profiles.dictionary.at[name, "columns"].split(", ")}
    assert all(figure.p_value is None for figure in figures.values() if basis & set(figure.sources))


def test_a_brand_that_is_no_feature_is_named(small_run):
    """A value the study file misspells is named, with the nearest."""
    run = small_run
    choice = run.protected.study.activation.model_copy(update={"brand": ["value_natur"]})
    sources = replace(run.protected, study=run.protected.study.model_copy(update={"activation": choice}))
    with pytest.raises(DataError, match=r"activation.brand: 'value_natur' is no feature.*did you mean 'value_nature'"):
        team_lines(sources, run.segmentation, run.personas, run.profiles)


def test_without_maps_and_voices(small_run):
    """Cards alone make pages that say which data would fill the rest."""
    run = small_run
    lines, matrix = team_lines(run.protected, run.segmentation, run.personas, run.profiles)
    assert len(matrix) and {line.segment for line in lines} == set(run.journeys.names)
    assert all(line.evidence or line.kind == "assumption" for line in lines)
    assert not [line for line in lines if line.place == "product|pains" and "journeys|" in line.id]
