"""Step 11, the same segments in another wave: their shares, their profiles, and how far each feature has shifted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from personakit.features import Features, numeric
from personakit.privacy_cells import small_cells

MIX_COLUMNS = ["segment", "old_share", "new_share", "change", "ci_low", "ci_high", "band", "p_adjusted", "old_n", "new_n"]
MOVED_COLUMNS = ["segment", "feature", "category", "old", "new", "change", "ci_low", "ci_high", "effect", "band", "p_adjusted",
                 "old_n", "new_n"]  # fmt: skip
INDEX_COLUMNS = ["feature", "index", "band", "beyond", "old_n", "new_n"]
#: Shares and means that differ by less are not worth a new card, however certain they are.
LEAST_SHARE, LEAST_EFFECT = 0.02, 0.2
#: Chance that waves from one population are called different, for each of the kinds of change that are looked for.
FALSE_ALARM = 0.01
_FEWEST, _BINS, _MOST_CATEGORIES, _LEAST_CATEGORY, _Z = 20, 10, 12, 0.02, 1.959963984540054
_NEVER_EMPTY = 0.5


def compare_mix(old: pd.Series, new: pd.Series, segments: Sequence[int], *, n_resamples: int, random_state: int) -> pd.DataFrame:
    """
    Compare how large the segments are in two waves.

    Parameters
    ----------
    old, new : pandas.Series
        Segment of each customer, by one and the same rule.
    segments : sequence of int
        All segments.
    n_resamples : int
        Pairs of waves drawn from the old one.
    random_state : int
        Seed.

    Returns
    -------
    pandas.DataFrame
        One row per segment: ``old_share`` and ``new_share``, ``change`` (a share) with ``ci_low`` and ``ci_high`` (95 %),
        ``band`` (the largest change of any segment in 99 of 100 pairs of waves of these sizes from the old one),
        ``p_adjusted`` (how often waves from one population differ as much in any segment), ``old_n`` and ``new_n`` (people in
        the wave).

    References
    ----------
    Westfall, P. H., & Young, S. S. (1993). Resampling-based multiple testing. Wiley.
    """
    counts = np.array([[int((labels == segment).sum()) for segment in segments] for labels in (old, new)])
    n = counts.sum(axis=1)
    shares = counts / n[:, None]
    error = _share_error(counts, n)
    rng = np.random.default_rng([random_state, 11, 1])
    drawn = np.stack([rng.multinomial(size, shares[0], n_resamples) for size in n])
    found = np.abs(drawn[1] / n[1] - drawn[0] / n[0]) / _share_error(drawn, n[:, None])
    change = shares[1] - shares[0]
    limit = _limit(found.max(axis=1))
    return pd.DataFrame({
        "segment": list(segments), "old_share": shares[0], "new_share": shares[1], "change": change,
        "ci_low": change - _Z * error, "ci_high": change + _Z * error, "band": limit * error,
        "p_adjusted": _p_values(np.abs(change) / error, found.max(axis=1)), "old_n": n[0], "new_n": n[1],
    }, columns=MIX_COLUMNS)  # fmt: skip


def _share_error(counts: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Standard error of a difference of shares, estimated from both waves together."""
    both = (counts[0] + counts[1] + _NEVER_EMPTY) / (n[0] + n[1] + 2 * _NEVER_EMPTY)
    return np.sqrt(both * (1 - both) * (1 / n[0] + 1 / n[1]))


def compare_profiles(  # noqa: PLR0913  two waves and how they are compared
    old: Features, new: Features, old_labels: pd.Series, new_labels: pd.Series, *, columns: Sequence[str], n_resamples: int,
    random_state: int,
) -> pd.DataFrame:  # fmt: skip
    """
    Compare what each segment is like in two waves.

    Whole people are drawn from the old wave, so that features which go together stay together, and the largest difference
    of all segments and features tells what happens by chance.

    Parameters
    ----------
    old, new : Features
        One row per customer, measured alike.
    old_labels, new_labels : pandas.Series
        Segment of each customer, by one and the same rule.
    columns : sequence of str
        Features to compare.
    n_resamples : int
        Pairs of waves drawn from the old one.
    random_state : int
        Seed.

    Returns
    -------
    pandas.DataFrame
        One row per segment and feature (and answer, for words) with at least 20 people in both waves: ``old`` and ``new``
        (means, or shares of an answer), ``change`` with ``ci_low`` and ``ci_high`` (95 %), ``effect`` (in standard deviations
        of the old segment), ``band`` (the change that 99 of 100 pairs of waves from the old one do not exceed anywhere),
        ``p_adjusted`` (how often waves from one population differ as much in any feature of any segment), ``old_n``, ``new_n``.

    References
    ----------
    Westfall, P. H., & Young, S. S. (1993). Resampling-based multiple testing. Wiley.
    Chatterjee, S., & Bose, A. (2005). Generalized bootstrap for estimating equations. Annals of Statistics, 33, 414-436.
    """
    named, before, after = _as_numbers(old, new, old_labels.index, new_labels.index, columns)
    rows: list[pd.DataFrame] = []
    largest = np.zeros(n_resamples)
    for segment in sorted(int(s) for s in old_labels.unique()):
        first, second = (values[(labels == segment).to_numpy()] for values, labels in ((before, old_labels), (after, new_labels)))
        enough = np.minimum((~np.isnan(first)).sum(axis=0), (~np.isnan(second)).sum(axis=0)) >= _FEWEST
        enough &= np.nanstd(first, axis=0) + np.nanstd(second, axis=0) > 0 if len(first) and len(second) else False
        if not enough.any():
            continue
        first, second = first[:, enough], second[:, enough]
        own = named[enough].reset_index(drop=True).assign(segment=segment)
        rows.append(pd.concat([own, _differences(first, second)], axis=1))
        by_chance = _differences_by_chance(first, len(second), n_resamples, np.random.default_rng([random_state, 11, 2, segment]))
        largest = np.maximum(largest, by_chance)
    if not rows:
        return pd.DataFrame(columns=MOVED_COLUMNS)
    table = pd.concat(rows, ignore_index=True)
    error = table.pop("error")
    table["band"] = _limit(largest) * error
    table["p_adjusted"] = _p_values((table["change"].abs() / error).to_numpy(), largest)
    return table[MOVED_COLUMNS]


def _differences(old: np.ndarray, new: np.ndarray) -> pd.DataFrame:
    means, errors, n = zip(*(_moments(values) for values in (old, new)), strict=True)
    change, error = means[1] - means[0], np.maximum(np.sqrt(errors[0] ** 2 + errors[1] ** 2), 1e-12)
    spread = errors[0] * np.sqrt(n[0])
    effect = np.divide(change, spread, out=np.zeros_like(change), where=spread > 0)
    return pd.DataFrame({"old": means[0], "new": means[1], "change": change, "ci_low": change - _Z * error,
                         "ci_high": change + _Z * error, "effect": effect, "error": error, "old_n": n[0].astype(int),
                         "new_n": n[1].astype(int)})  # fmt: skip


def _moments(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, its standard error, and how many are known, of each column."""
    n = (~np.isnan(values)).sum(axis=0)
    return np.nanmean(values, axis=0), np.nanstd(values, axis=0, ddof=1) / np.sqrt(n), n.astype(float)


def _differences_by_chance(values: np.ndarray, new_n: int, n_resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Largest difference of any column, in standard errors, of pairs of samples from the same people."""
    known = (~np.isnan(values)).astype(np.float32)
    centred = np.nan_to_num(values - np.nanmean(values, axis=0)).astype(np.float32)
    sides = []
    for size in (len(values), new_n):
        drawn = rng.poisson(size / len(values), (n_resamples, len(values))).astype(np.float32)
        n = np.maximum(drawn @ known, 1.0)
        mean = drawn @ centred / n
        variance = np.maximum(drawn @ centred**2 / n - mean**2, 0.0)
        sides.append((mean, variance / np.maximum(n - 1, 1.0)))
    error = np.sqrt(sides[0][1] + sides[1][1])
    gap = np.abs(sides[1][0] - sides[0][0])
    return np.divide(gap, error, out=np.zeros_like(gap), where=error > 0).max(axis=1).astype(float)


def _as_numbers(
    old: Features, new: Features, old_people: pd.Index, new_people: pd.Index, columns: Sequence[str]
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Columns of numbers that both waves have, answers in words as 1 and 0, and what each column is."""
    named: list[tuple[str, str]] = []
    sides: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for name in columns:
        pair = [features.table.loc[people, name] for features, people in ((old, old_people), (new, new_people))]
        if all(pd.api.types.is_numeric_dtype(values) for values in pair):
            answers = [""]
            made = [[numeric(values)] for values in pair]
        else:
            texts = [values.astype("str").where(values.notna()) for values in pair]
            answers = _common_answers(texts)
            made = [[(own == answer).astype(float).where(own.notna()).to_numpy() for answer in answers] for own in texts]
        named += [(name, answer) for answer in answers]
        for side, found in zip(sides, made, strict=True):
            side += found
    tables = [np.column_stack(side) if side else np.empty((len(people), 0))
              for side, people in zip(sides, (old_people, new_people), strict=True)]  # fmt: skip
    return pd.DataFrame(named, columns=["feature", "category"]), tables[0], tables[1]


def _common_answers(texts: Sequence[pd.Series]) -> list[str]:
    """Answers that at least one in fifty gives in either wave, the commonest twelve."""
    shares = pd.concat([own.value_counts(normalize=True) for own in texts], axis=1).max(axis=1)
    kept = sorted(shares[shares >= _LEAST_CATEGORY].index, key=lambda answer: (-shares[answer], str(answer)))
    return sorted(map(str, kept[:_MOST_CATEGORIES]))


def few_in_mix(mix: pd.DataFrame, min_cell: int) -> np.ndarray:
    """Mark segments of fewer people than may be shown in either wave, and those that would give them away by subtraction."""
    hidden = np.zeros(len(mix), dtype=bool)
    for side in ("old", "new"):
        counts = (mix[f"{side}_share"] * mix[f"{side}_n"]).round().reset_index(drop=True)
        hidden |= small_cells(counts, min_cell=min_cell).to_numpy(dtype=bool)
    return hidden


def few_in_profiles(profiles: pd.DataFrame, shares: set[str], min_cell: int) -> np.ndarray:
    """
    Mark answers that fewer people than may be shown gave, or did not give, in either wave.

    Parameters
    ----------
    profiles : pandas.DataFrame
        See :func:`compare_profiles`.
    shares : set of str
        Features that are 1 or 0.
    min_cell : int
        Smallest group shown.

    Returns
    -------
    numpy.ndarray of bool
        One per row.
    """
    hidden = np.zeros(len(profiles), dtype=bool)
    told = ((profiles["category"] != "") | profiles["feature"].isin(shares)).to_numpy(dtype=bool)
    own = profiles.reset_index(drop=True)[told]
    for _, rows in own.groupby(["segment", "feature"], sort=False):
        for side in ("old", "new"):
            counts = (rows[side] * rows[f"{side}_n"]).round()
            rest = max(float(rows[f"{side}_n"].max() - counts.sum()), 0.0)  # other answers, and who did not give it
            hidden[rows.index] |= small_cells(pd.Series([*counts, rest]), min_cell=min_cell).to_numpy(dtype=bool)[:-1]
    return hidden


def stability_index(
    old: Features, new: Features, *, columns: Sequence[str], n_resamples: int, random_state: int
) -> pd.DataFrame:  # fmt: skip
    """
    Measure how far the distribution of each feature has shifted over all customers.

    Parameters
    ----------
    old, new : Features
        One row per customer, measured alike.
    columns : sequence of str
        Features to compare.
    n_resamples : int
        Pairs of waves drawn from the old one.
    random_state : int
        Seed.

    Returns
    -------
    pandas.DataFrame
        One row per feature, the largest shift first: ``index`` (population stability index over tenths of the old wave, or
        answers, missing being one of them; 0 means the same), ``band`` (what 99 of 100 pairs of waves of these sizes from the
        old one do not exceed), ``beyond`` (whether it exceeds the band), ``old_n`` and ``new_n``.

    References
    ----------
    Yurdakul, B., & Naranjo, J. (2020). Statistical properties of the population stability index. Journal of Risk Model
    Validation, 14, 89-100.
    """
    rows = []
    for number, name in enumerate(columns):
        counts = _binned(old.table[name], new.table[name])
        n = counts.sum(axis=1)
        rng = np.random.default_rng([random_state, 11, 3, number])
        drawn = np.stack([rng.multinomial(size, counts[0] / n[0], n_resamples) for size in n], axis=1)
        band = float(np.quantile(_index_of(drawn), 1 - FALSE_ALARM))
        found = float(_index_of(counts[None])[0])
        rows.append({"feature": name, "index": found, "band": band, "beyond": found > band, "old_n": n[0], "new_n": n[1]})
    table = pd.DataFrame(rows, columns=INDEX_COLUMNS)
    return table.sort_values(["index", "feature"], ascending=[False, True], ignore_index=True)


def _binned(old: pd.Series, new: pd.Series) -> np.ndarray:
    """People in each bin, shape (2, bins); numbers by tenths of the old wave."""
    if pd.api.types.is_numeric_dtype(old) and pd.api.types.is_numeric_dtype(new):
        values = [numeric(old), numeric(new)]
        edges = np.unique(np.nanquantile(values[0], np.linspace(0, 1, _BINS + 1)[1:-1])) if old.notna().any() else np.empty(0)
        places = [np.where(np.isnan(v), len(edges) + 1, np.searchsorted(edges, v, side="left")) for v in values]
        return np.stack([np.bincount(place, minlength=len(edges) + 2) for place in places])
    texts = [values.astype("str").where(values.notna()) for values in (old, new)]
    kept = _common_answers(texts)
    return np.array([[*((own == answer).sum() for answer in kept), (own.notna() & ~own.isin(kept)).sum(), own.isna().sum()]
                     for own in texts])  # fmt: skip


def _index_of(counts: np.ndarray) -> np.ndarray:
    """Population stability index of pairs of counts, shape (pairs, 2, bins); half a person more in every bin that is used."""
    used = counts.sum(axis=1, keepdims=True) > 0
    more = np.where(used, counts + _NEVER_EMPTY, 0.0)
    shares = more / more.sum(axis=2, keepdims=True)
    safe = np.where(used, shares, 1.0)
    return np.asarray(((safe[:, 1] - safe[:, 0]) * np.log(safe[:, 1] / safe[:, 0])).sum(axis=1))


def _limit(largest: np.ndarray) -> float:
    return float(np.quantile(largest, 1 - FALSE_ALARM))


def _p_values(found: np.ndarray, largest: np.ndarray) -> np.ndarray:
    """How often chance gives as much anywhere; never 0."""
    ordered = np.sort(largest)
    return (len(ordered) - np.searchsorted(ordered, found, side="left") + 1) / (len(ordered) + 1)
