"""The verdict finds planted groups, refuses where there are none, and says how sure it is."""

import numpy as np
import pandas as pd
import pytest

from personakit import processes
from personakit.errors import DataError
from personakit.segmentation_panel import compare_solutions

from .conftest import monthly

CENTRES = np.array([[4, 4, 2, 2, 2], [2, 2, 4, 4, 2], [2, 2, 2, 2, 4.0]])


def rated(values):
    return pd.DataFrame(np.clip(np.rint(values), 1, 5), columns=[f"q{i}" for i in range(np.shape(values)[1])])


def answers(condition, seed, n=400):
    """Five answers from 1 to 5 (ten with noise), and the number of planted groups."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 3, n)
    if condition == "separated":
        return rated(CENTRES[group] + rng.normal(0, 0.6, (n, 5))), 3
    if condition == "uneven":
        return rated(CENTRES[rng.choice(3, n, p=[0.8, 0.15, 0.05])] + rng.normal(0, 0.6, (n, 5))), 3
    if condition == "noise questions":
        own = CENTRES[group] + rng.normal(0, 0.6, (n, 5))
        return rated(np.concatenate([own, rng.integers(1, 6, (n, 5))], axis=1)), 3
    if condition == "long bands":
        along, side = rng.uniform(1, 5, (n, 1)), rng.integers(0, 2, (n, 1))
        own = np.concatenate([along.repeat(3, axis=1), np.where(side, 4.2, 1.8).repeat(2, axis=1)], axis=1)
        return rated(own + rng.normal(0, 0.5, (n, 5))), 2
    if condition == "five groups":
        return rated(np.where(np.eye(5) == 1, 4.5, 2)[rng.integers(0, 5, n)] + rng.normal(0, 0.6, (n, 5))), 5
    if condition == "nothing":
        return rated(rng.integers(1, 6, (n, 5))), None
    if condition == "two humps":
        return rated(np.where(rng.random((n, 5)) < 0.5, 2, 4) + rng.normal(0, 0.5, (n, 5))), None
    if condition == "by degree":
        return rated(3 + rng.normal(0, 0.8, (n, 1)) + rng.normal(0, 0.8, (n, 5))), None
    raise KeyError(condition)


@pytest.mark.parametrize("seed", [11, *monthly(12)])
@pytest.mark.parametrize(
    "condition",
    ["separated", "noise questions", "nothing", "by degree", *monthly("uneven", "long bands", "five groups", "two humps")],
)
def test_known_truth(condition, seed):
    """Planted groups are found and called natural; nothing, and differences by degree, are refused."""
    table, planted = answers(condition, seed)
    panel = compare_solutions(table, basis=list(table), check_noise=False)
    assert panel.suggested == planted, panel.says
    assert panel.verdict == ("natural" if planted else "nothing to segment")


def test_near_noise_is_named_and_left_out_once():
    """Questions that do not differ between the segments are named, and the panel is made again without them."""
    table, _ = answers("noise questions", 3)
    panel = compare_solutions(table, basis=list(table))
    assert panel.items.loc[panel.items["near_noise"], "feature"].tolist() == ["q5", "q6", "q7", "q8", "q9"]
    assert panel.without_noise is not None and panel.without_noise.suggested == 3
    assert "q5, q6, q7, q8, q9 hardly differ" in panel.says


def test_blurred_groups_are_never_called_sure():
    """Where groups overlap, the confidence is not high."""
    table = rated(CENTRES[np.random.default_rng(1).integers(0, 3, 400)] + np.random.default_rng(2).normal(0, 1.3, (400, 5)))
    panel = compare_solutions(table, basis=list(table), check_noise=False)
    assert panel.confidence != "high" and panel.verdict in {"reproducible", "constructive", "nothing to segment"}


@pytest.fixture(scope="module")
def panel():
    table, _ = answers("separated", 5)
    return compare_solutions(table, basis=list(table), n_segments=range(2, 6), check_noise=False)


def test_tables_of_the_panel_fit_together(panel):
    """Segments and flows add up to all customers, and every pair of samples is kept."""
    sizes = panel.segments.groupby(["family", "n_segments"])["customers"].sum()
    assert (sizes == panel.n_customers).all()
    assert (panel.flows.groupby(["family", "n_segments"])["customers"].sum() == panel.n_customers).all()
    own = panel.indices.query("family == 'kmeans' and n_segments == 3 and data == 'real'")["rand_index"]
    row = panel.table.query("family == 'kmeans' and n_segments == 3").iloc[0]
    assert len(own) == 100 and row["rand_index"] == pytest.approx(own.median())
    assert row["fit_gain"] > 10 * row["fit_gain_sd"] > 0
    assert panel.table["prediction_strength"].dropna().between(0, 1).all()
    chosen = panel.segments.query("family == @panel.family and n_segments == 3")
    assert chosen["jaccard"].min() > 0.9 and chosen["lineage_entropy"].between(0, 1).all()


def test_the_order_of_rows_is_irrelevant(panel):
    """The same customers in another order give the same panel."""
    table, _ = answers("separated", 5)
    again = compare_solutions(table.sample(frac=1, random_state=2), basis=list(table), n_segments=range(2, 6), check_noise=False)
    pd.testing.assert_frame_equal(panel.table, again.table)
    assert (panel.says, panel.confidence) == (again.says, again.confidence)


def test_family_for_another_number(panel):
    """The suggested number has the suggested family; another the best model; an unknown one k-means."""
    assert panel.family_for(3) == panel.family == "gaussian"
    assert panel.family_for(2) in {"gaussian", "factor_mixture"} and panel.family_for(12) == "kmeans"


def test_named_families():
    """Only the families that were asked for are compared, all numbers of them; k-means alone has a verdict too."""
    table, _ = answers("separated", 6)
    panel = compare_solutions(table, basis=list(table), n_segments=[2, 3, 4], families=["gaussian"], check_noise=False)
    assert panel.table["family"].unique().tolist() == ["gaussian"] and panel.table["null_rand_index"].notna().all()
    alone = compare_solutions(table, basis=list(table), n_segments=[2, 3, 4], families="kmeans", check_noise=False)
    assert (panel.suggested, alone.suggested, alone.confidence) == (3, 3, "moderate")
    with pytest.raises(
        DataError, match=r"families: 'mixed' is not known or does not suit these columns; allowed: kmeans, gaussian"
    ):
        compare_solutions(table, basis=list(table), families=["mixed"])


def test_processes_change_nothing_but_the_time(monkeypatch):
    """Every table and every word, made here and in two other processes; stopped there, what was done is kept too."""
    table, _ = answers("separated", 6)
    found = {}
    for name, worth in (("here", float("inf")), ("elsewhere", -1.0)):
        monkeypatch.setattr(processes, "WORTH_SECONDS", worth)
        monkeypatch.setattr(processes, "cpu_count", lambda: 2)
        seen = []
        found[name] = compare_solutions(table, basis=list(table), n_segments=[2, 3, 4],
                                        progress=lambda done, total, seen=seen: seen.append((done, total)))  # fmt: skip
        assert [done for done, _ in seen] == sorted(done for done, _ in seen) and seen[-1][0] == seen[-1][1]
    here, elsewhere = found["here"], found["elsewhere"]
    assert (here.says, here.verdict, here.suggested) == (elsewhere.says, elsewhere.verdict, elsewhere.suggested)
    for name, part in here.parts().items():
        pd.testing.assert_frame_equal(part, elsewhere.parts()[name], check_exact=True)

    def stop(done, total):
        if done < total:
            raise KeyboardInterrupt

    stopped = compare_solutions(table, basis=list(table), progress=stop, check_noise=False)
    assert stopped.table["family"].tolist() == ["kmeans"] and stopped.n_customers == here.n_customers


def test_interrupted_work_is_kept(monkeypatch):
    """Stopping a long comparison gives the panel of what was done."""
    monkeypatch.setattr(processes, "cpu_count", lambda: 1)
    table, _ = answers("separated", 6)

    def stop(done, _total):
        if done == 3:
            raise KeyboardInterrupt

    panel = compare_solutions(table, basis=list(table), progress=stop, check_noise=False)
    assert panel.table["n_segments"].tolist() == [2, 3, 4] and panel.suggested == 3


def test_progress_ends_at_all(blobs):
    """Progress never runs backwards, goes on while models are made again, and ends at the whole."""
    seen = []
    compare_solutions(blobs, basis=["a", "b"], n_segments=[2, 3], progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen) and seen[-1][0] == seen[-1][1]
    # two families of two solutions each, and two models again; the last part ends with the verdict
    assert [done for done, _ in seen] == [1, 2, 3, 4, 5, 5, 6] and {total for _, total in seen} == {6}


def test_mixed_and_missing_answers():
    """Words, yes/no, ratings and amounts together, with gaps, go through."""
    rng = np.random.default_rng(3)
    group = rng.integers(0, 2, 300)
    towns = np.array(["x", "y"])[(group + (rng.random(300) < 0.1)) % 2]
    yes = (group ^ (rng.random(300) < 0.1)).astype(float)
    spend = np.exp(3 + group + rng.normal(0, 0.3, 300))
    table = pd.DataFrame({"town": towns, "stars": np.where(group, 4.0, 2.0), "yes": yes, "spend": spend})
    table = table.mask(rng.random(table.shape) < 0.1)
    panel = compare_solutions(table, basis=list(table), n_segments=[2, 3, 4], check_noise=False)
    assert (panel.suggested, panel.family) == (2, "mixed")
