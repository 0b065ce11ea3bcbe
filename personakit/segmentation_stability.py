"""Step 06, does each chosen segment come back: the segments that were kept, compared with those of other customers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from personakit.features import Features
from personakit.segmentation import Segmentation
from personakit.segmentation_panel import STABILITY_ON_AT_MOST
from personakit.segmentation_solutions import FEWEST_MODEL_PAIRS, labels_by, prepare_basis, table_and_dictionary
from personakit.segmentation_tiers import tier_labels
from personakit.stability import PAIRS, LabelMany, assess_stability, kmeans_labels

#: From this Jaccard index on a segment counts as stable (Hennig 2007).
STABLE = 0.75
SEGMENT_STABILITY_COLUMNS = ["segment", "customers", "jaccard", "jaccard_low", "jaccard_high"]


def segment_stability(
    table: pd.DataFrame | Features,
    segmentation: Segmentation,
    *,
    n_pairs: int = PAIRS,
    stability_on: int = 2 * STABILITY_ON_AT_MOST,
) -> pd.DataFrame:
    """
    Make the chosen segments again from other customers, and see which of them come back.

    The panel compares solutions on a sample of the customers. This looks at the segments that were kept, with the people who
    are in them: pairs of bootstrap samples are segmented by the same method, and each segment is compared with the one most
    like it.

    Parameters
    ----------
    table : pandas.DataFrame or Features
        What the segments were made from; one row per customer.
    segmentation : Segmentation
        The chosen segments.
    n_pairs : int
        Pairs of bootstrap samples; models, which take longer, get a fifth of them, at least ten.
    stability_on : int
        At most so many customers, drawn at random with the segmentation's seed.

    Returns
    -------
    pandas.DataFrame
        One row per segment: ``segment``, ``customers`` (of all), ``jaccard`` (median over the bootstrap samples; 1 means
        that the same people come together again, from 0.75 on the segment counts as stable), ``jaccard_low`` and
        ``jaccard_high`` (quartiles). Empty with a single segment; a segment that the drawn sample misses is left out.

    References
    ----------
    Hennig, C. (2007). Cluster-wise assessment of cluster stability. Computational Statistics & Data Analysis, 52, 258-271.
    Dolnicar, S., & Leisch, F. (2017). Using segment level stability to select target segments in data-driven market
    segmentation studies. Marketing Letters, 28, 423-436.
    """
    if len(segmentation.segments) < 2:
        return pd.DataFrame(columns=SEGMENT_STABILITY_COLUMNS)
    frame, dictionary = table_and_dictionary(table)
    own = prepare_basis(frame, segmentation.basis, dictionary, as_categories=segmentation.family == "latent_classes",
                        at_most=stability_on, n_pairs=n_pairs, random_state=segmentation.random_state)  # fmt: skip
    reference = segmentation.labels.reindex(frame.index[own.rows]).to_numpy(dtype=np.int64) - 1
    label_many: LabelMany = kmeans_labels
    points, pairs = own.points, n_pairs
    if segmentation.model is not None:
        points, label_many, pairs = own.design, labels_by(segmentation.model.form), max(n_pairs // 5, FEWEST_MODEL_PAIRS)
    elif segmentation.tiers is not None:
        points, label_many = own.values, tier_labels
    found = assess_stability(points, len(segmentation.segments), reference=reference, label_many=label_many, n_pairs=pairs,
                             n_shuffles=0, random_state=segmentation.random_state).jaccard  # fmt: skip
    sizes = segmentation.labels.value_counts()
    seen = [segment for segment in segmentation.segments if segment <= found.shape[1] and (reference == segment - 1).any()]
    low, middle, high = np.quantile(found[:, [segment - 1 for segment in seen]], [0.25, 0.5, 0.75], axis=0)
    return pd.DataFrame({"segment": seen, "customers": [int(sizes[segment]) for segment in seen],
                         "jaccard": middle, "jaccard_low": low, "jaccard_high": high})  # fmt: skip
