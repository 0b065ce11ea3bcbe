"""Distances and maps of mixed answers, against pandas, scikit-learn and the numbers of other tools."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA

from personakit.errors import DataError
from personakit.segmentation_map import gower_distances, map_customers


def test_pairs_are_compared_on_what_both_answered():
    """A missing answer is left out of the pair; without any shared answer there is no distance."""
    table = pd.DataFrame({"age": [20.0, 30, None, 40], "town": ["a", None, "b", "b"]})
    found = gower_distances(table)
    assert found[0, 1] == 0.5 and found[0, 2] == 1 and found[2, 3] == 0
    assert np.isnan(found[1, 2]) and np.isnan(found[2, 1]) and (np.diag(found) == 0).all()


def test_numbers_alone_are_principal_components():
    """Without words the map is that of standardised principal components."""
    rng = np.random.default_rng(1)
    values = rng.normal(size=(200, 4)) @ rng.normal(size=(4, 4))
    table = pd.DataFrame(values, columns=list("abcd"))
    found = map_customers(table)
    peer = PCA(2).fit((table - table.mean()) / table.std(ddof=0))
    assert found.shares[:2] == pytest.approx(peer.explained_variance_ratio_)
    for i in (1, 2):
        own, other = found.coordinates[i], peer.transform((table - table.mean()) / table.std(ddof=0))[:, i - 1]
        assert abs(np.corrcoef(own, other)[0, 1]) == pytest.approx(1)
    correlations = table.corrwith(found.coordinates[1]) ** 2
    assert found.variables[1].to_numpy() == pytest.approx(correlations.to_numpy())


def test_the_order_of_rows_and_missing_answers():
    """Row order changes nothing; missing answers stand in the middle."""
    table = pd.DataFrame({"a": [1.0, 2, 3, None, 5] * 8, "b": ["x", "y", None, "x", "y"] * 8, "c": [1.0] * 40})
    one, two = map_customers(table), map_customers(table.iloc[::-1])
    assert np.abs(one.coordinates - two.coordinates.reindex(one.coordinates.index)).to_numpy().max() < 1e-9
    assert one.variables.index.tolist() == ["a", "b"]


def test_wrong_input():
    """Unknown columns, nothing that differs, and too many pairs bring one sentence."""
    table = pd.DataFrame({"same": [1.0] * 5})
    with pytest.raises(DataError, match=r"columns: no column 'sam'; the table has: same; did you mean 'same'\?"):
        gower_distances(table, ["sam"])
    with pytest.raises(DataError, match="have the same value for everybody"):
        map_customers(table)
    with pytest.raises(DataError, match="20,001 customers make too many pairs"):
        gower_distances(pd.DataFrame({"a": np.arange(20_001.0)}))


@pytest.mark.real
def test_reference_numbers(real_data):
    """Gower's distances and the eigenvalues of mixed data as R and prince give them."""
    reference = json.loads((real_data.parent / "reference" / "library_crosscheck.json").read_text(encoding="utf-8"))
    file = next((real_data / "telco_churn").glob("*.csv"))
    table = pd.read_csv(file).drop(columns="churn").head(800)
    for name in ("female", "senior_citizen", "partner", "dependents"):
        table[name] = table[name].astype("str")
    found = gower_distances(table)
    expected = reference["gower_plain"]
    assert found[np.tril_indices(800, -1)].sum() == pytest.approx(expected["sum"], abs=1e-6)
    assert found[0, 1] == pytest.approx(expected["d_1_2"], abs=1e-9) and found[0, 2] == pytest.approx(expected["d_1_3"], abs=1e-9)
    assert found[9, 699] == pytest.approx(expected["d_10_700"], abs=1e-9)
    complete = map_customers(table.dropna())
    assert complete.eigenvalues[:5] == pytest.approx(reference["prince_famd"]["eig"], abs=1e-6)
