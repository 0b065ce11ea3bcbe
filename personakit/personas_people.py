"""Step 08, people behind a card: who is most typical, and which earlier persona a segment goes on from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from personakit.evidence import Figure
from personakit.personas_figures import has_traits
from personakit.personas_model import PEOPLE_COLUMNS
from personakit.segmentation import Segmentation

#: So many typical customers of each persona are kept, so that a later run knows whose name it was.
KEPT = 200
#: A segment takes over a name when at least this share of the persona's typical customers is in it.
SAME_PERSONA = 0.3


def typical_people(features: pd.DataFrame, segmentation: Segmentation, traits: Mapping[int, list[Figure]]) -> pd.DataFrame:
    """
    Rank the customers of each segment by how well its card fits them.

    Parameters
    ----------
    features : pandas.DataFrame
        One row per customer.
    segmentation : Segmentation
        Segment and certainty of each customer.
    traits : mapping of int to list of Figure
        Traits on each segment's card.

    Returns
    -------
    pandas.DataFrame
        One row per customer, at most 200 a segment: ``customer_id``, ``segment``, ``rank`` (1 fits best: most traits of those
        known, then the surest place in the segment), ``traits``, ``traits_known``, ``certainty``.
    """
    tables = []
    for segment, own_traits in traits.items():
        ids = segmentation.labels.index[segmentation.labels == segment]
        held = has_traits(features.reindex(ids), own_traits)
        table = pd.DataFrame({"customer_id": pd.Series(ids, dtype="str").to_numpy(), "segment": segment, "rank": 0,
                              "traits": held.sum(axis=1).to_numpy(dtype=int), "traits_known": held.notna().sum(axis=1).to_numpy(),
                              "certainty": segmentation.certainty.reindex(ids).to_numpy()})  # fmt: skip
        table = table.sort_values(["traits", "certainty", "customer_id"], ascending=[False, False, True], kind="stable").head(
            KEPT
        )
        tables.append(table.assign(rank=np.arange(1, len(table) + 1)))
    return pd.concat(tables, ignore_index=True)[PEOPLE_COLUMNS] if tables else pd.DataFrame(columns=PEOPLE_COLUMNS)


def goes_on_from(people: pd.DataFrame, labels: pd.Series) -> dict[int, int]:
    """
    Match segments to earlier personas by the people behind their cards.

    Parameters
    ----------
    people : pandas.DataFrame
        Typical customers of the earlier personas, with ``customer_id`` and ``segment``.
    labels : pandas.Series
        Segment of each customer now.

    Returns
    -------
    dict of int to int
        Segment now to segment then, each at most once, so that as many people as possible keep their persona (Hungarian
        method); a match needs at least 30 % of the persona's people.

    Examples
    --------
    >>> then = pd.DataFrame({"customer_id": ["a", "b", "c"], "segment": [1, 1, 2]})
    >>> goes_on_from(then, pd.Series({"a": 2, "b": 2, "c": 1, "d": 1}))
    {1: 2, 2: 1}
    """
    from scipy.optimize import linear_sum_assignment

    now = people["customer_id"].map(labels)
    if people.empty or now.isna().all():
        return {}
    counts = pd.crosstab(people["segment"], now.astype("Int64"))
    shares = counts.div(people.groupby("segment").size().reindex(counts.index), axis=0)
    rows, columns = linear_sum_assignment(-shares.to_numpy())
    part = shares.to_numpy()
    pairs = {int(shares.columns[c]): int(shares.index[r]) for r, c in zip(rows, columns, strict=True)
             if part[r, c] >= SAME_PERSONA}  # fmt: skip
    return dict(sorted(pairs.items()))
