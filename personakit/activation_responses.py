"""Step 10, response: how often each persona answers what comes through each channel, with thin cells drawn to their likes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import ibis
import numpy as np
import pandas as pd

from personakit.collection import Sources
from personakit.features_builder import common_values, until_the_day

CONTACT_COLUMNS = ["segment", "channel", "number", "contacts", "responses", "cost"]
#: The deepest of these that happened often enough is what counts as a response.
RESPONSES = ("bought", "clicked", "seen")
FEWEST_RESPONSES = 100
#: Contacts to the same customer in a channel are told apart up to this number.
MOST_CONTACTS = 8
#: How far personas, channels and pairs of both may lie apart (standard deviations on the scale of log odds), and draws taken.
_SPREADS = (0.02, 0.15, 0.35, 0.7, 1.2)
_DRAWS, _STEPS = 2_000, 40
_WEAK = 1.0
_FEWEST_REPEATED = 30


@dataclass(frozen=True, eq=False, repr=False)
class Responses:
    """
    How often each persona answers in each channel.

    Attributes
    ----------
    cells : pandas.DataFrame
        One row per persona and channel: ``segment``, ``channel``, ``contacts``, ``responses``, ``cost`` (of one contact, in the
        study's currency), ``most`` (contacts to the same customer that the data show), ``raw`` (responses per contact) and
        ``rate`` (chance that a first contact is answered, drawn towards personas and channels alike) with ``ci_low`` and
        ``ci_high`` (95 %).
    draws : numpy.ndarray
        Draws of the chance that a first contact is answered, draws by cells.
    fatigue : numpy.ndarray
        Draws of how much each further contact takes off the log odds; all zero where the data show no such loss.
    response : str
        What counts as a response: bought, clicked or seen.
    """

    cells: pd.DataFrame
    draws: np.ndarray
    fatigue: np.ndarray
    response: str

    @property
    def tires(self) -> bool:
        """Whether a further contact to the same customer is clearly answered less often."""
        return bool(self.fatigue.any())

    def chances(self) -> np.ndarray:
        """Chance that the first, second, … contact is answered: draws by cells by contacts."""
        odds = np.log(self.draws / (1 - self.draws))[:, :, None] - self.fatigue[:, None, None] * np.arange(MOST_CONTACTS)
        return 1 / (1 + np.exp(-odds))


def count_contacts(sources: Sources, segments: pd.Series) -> tuple[pd.DataFrame, str]:
    """
    Count contacts and responses of each persona in each channel, by how often somebody had been written to before.

    Parameters
    ----------
    sources : Sources
        Clean sources; without campaigns that name channel and cost nothing comes out.
    segments : pandas.Series
        Segment of each customer; missing when not known.

    Returns
    -------
    pandas.DataFrame
        One row per segment, channel and number of the contact (1 is the first): ``contacts``, ``responses``, ``cost`` (of one
        contact, in the study's currency).
    str
        What counts as a response: the deepest of bought, clicked and seen that happened at least 100 times, or else the
        shallowest that there is.
    """
    nothing = pd.DataFrame(columns=CONTACT_COLUMNS), ""
    if "campaigns" not in sources or not {"customer_id", "channel", "cost"} <= set(sources.columns("campaigns")):
        return nothing
    table = until_the_day(sources, "campaigns")
    flags, ways = [flag for flag in RESPONSES if flag in table.columns], common_values(table, "channel")
    if not flags or not ways:
        return nothing
    order = [column for column in ("sent_at", "campaign", "_row") if column in table.columns]
    numbered = table.filter(table.customer_id.notnull() & table.channel.isin(ways))
    earlier = ibis.row_number().over(ibis.window(group_by=["customer_id", "channel"], order_by=order))
    numbered = numbered.mutate(number=ibis.least(earlier + 1, MOST_CONTACTS))
    sums: dict[str, Any] = {flag: numbered[flag].fill_null(False).ifelse(1.0, 0.0).sum() for flag in flags}
    frame = numbered.group_by(["customer_id", "channel", "number"]).aggregate(
        contacts=numbered.count(), cost=numbered.cost.cast("float64").sum(), **sums).to_pandas()  # fmt: skip
    frame["segment"] = frame["customer_id"].map(segments)
    frame = frame.dropna(subset=["segment", "cost"])
    if frame.empty:
        return nothing
    frame["segment"] = frame["segment"].astype("int64")
    response = next((flag for flag in flags if frame[flag].sum() >= FEWEST_RESPONSES), flags[-1])
    found = frame.groupby(["segment", "channel", "number"], as_index=False)[["contacts", response, "cost"]].sum()
    found = found.rename(columns={response: "responses"}).astype({"contacts": "int64", "responses": "int64", "number": "int64"})
    found["cost"] = (found["cost"] / found["contacts"]).round(9)
    return found[CONTACT_COLUMNS], response


def fit_responses(contacts: pd.DataFrame, response: str, *, random_state: int = 1) -> Responses:
    """
    Estimate how often each persona answers in each channel.

    Log odds of a response are a level, a part of the persona, of the channel and of the pair, less a loss for each earlier
    contact. Each kind of part has a spread of its own, over which the fit is averaged: a cell with few contacts is drawn
    towards its persona and its channel, and where nothing differs all cells are drawn together. The loss is kept only
    where its 95 % interval leaves out zero.

    Parameters
    ----------
    contacts : pandas.DataFrame
        As :func:`count_contacts` gives it.
    response : str
        What counts as a response.
    random_state : int
        Seed of the draws.

    Returns
    -------
    Responses
        Rates with intervals, and draws for what rests on them.

    References
    ----------
    Gelman, A., et al. (2013). Bayesian Data Analysis, 3rd ed. CRC Press. Chapters 4.1 (normal approximation) and 15.
    """
    keys = contacts[["segment", "channel"]].drop_duplicates().reset_index(drop=True)
    segments, channels = sorted(keys["segment"].unique()), sorted(keys["channel"].unique())
    cell = contacts.merge(keys.reset_index(names="cell"), on=["segment", "channel"], how="left")["cell"].to_numpy()
    persona = np.array([segments.index(s) for s in keys["segment"]])
    channel = np.array([channels.index(c) for c in keys["channel"]])
    rng = np.random.default_rng(random_state)
    n, y = contacts["contacts"].to_numpy(dtype=float), contacts["responses"].to_numpy(dtype=float)
    later = contacts["number"].to_numpy(dtype=float) - 1
    design = np.hstack([np.ones((len(n), 1)), *(np.eye(size)[place[cell]] for size, place in
                        ((len(segments), persona), (len(channels), channel), (len(keys), np.arange(len(keys)))))])  # fmt: skip
    sizes = (len(segments), len(channels), len(keys))
    per_cell = np.hstack([np.ones((len(keys), 1)), np.eye(sizes[0])[persona], np.eye(sizes[1])[channel], np.eye(sizes[2])])
    loss = np.zeros(_DRAWS)
    if n[later > 0].sum() >= _FEWEST_REPEATED:
        tired = _posterior(np.hstack([-later[:, None], design]), n, y, sizes, rng, free=1)
        low = np.quantile(tired[:, 0], 0.025)
        if low > 0:
            loss, draws = tired[:, 0], tired[:, 1:]
        else:
            draws = _posterior(design, n, y, sizes, rng)
    else:
        draws = _posterior(design, n, y, sizes, rng)
    rates = 1 / (1 + np.exp(-(draws @ per_cell.T)))
    total = contacts.assign(cell=cell, spent=contacts["cost"] * n).groupby("cell")
    own = total[["contacts", "responses", "spent"]].sum()
    shown = contacts.assign(cell=cell)[contacts["contacts"] >= _FEWEST_REPEATED].groupby("cell")["number"].max()
    table = keys.assign(
        contacts=own["contacts"], responses=own["responses"], cost=own["spent"] / own["contacts"],
        most=shown.reindex(range(len(keys))).fillna(1).astype("int64"), raw=own["responses"] / own["contacts"],
        rate=rates.mean(axis=0), ci_low=np.quantile(rates, 0.025, axis=0), ci_high=np.quantile(rates, 0.975, axis=0),
    )  # fmt: skip
    return Responses(table, rates, loss, response)


def _posterior(design: np.ndarray, n: np.ndarray, y: np.ndarray, sizes: tuple[int, ...], rng: np.random.Generator, *,
               free: int = 0) -> np.ndarray:  # fmt: skip
    """Draw coefficients: normal approximations, averaged over how far each kind of part may spread."""
    start = np.zeros(design.shape[1])
    start[free] = np.log((y.sum() + 0.5) / (n.sum() - y.sum() + 0.5))
    fits, weights = [], []
    for spreads in product(_SPREADS, repeat=len(sizes)):
        precision = np.concatenate([np.full(free, 1 / _WEAK**2), [1e-4], *(np.full(size, 1 / spread**2)
                                    for size, spread in zip(sizes, spreads, strict=True))])  # fmt: skip
        mode, curvature, height = _mode(design, n, y, precision, start)
        fits.append((mode, curvature))
        weights.append(height - 0.5 * sum(spread**2 for spread in spreads))  # a weak half-normal prior on each spread
        start = mode
    shares = np.exp(np.array(weights) - max(weights))
    picked = rng.multinomial(_DRAWS, shares / shares.sum())
    draws = []
    for (mode, curvature), k in zip(fits, picked, strict=True):
        if k:
            root = np.linalg.cholesky(curvature)
            draws.append(mode + np.linalg.solve(root.T, rng.standard_normal((len(mode), k))).T)
    return np.vstack(draws)


def _mode(design: np.ndarray, n: np.ndarray, y: np.ndarray, precision: np.ndarray, start: np.ndarray
          ) -> tuple[np.ndarray, np.ndarray, float]:  # fmt: skip
    """Find the most likely coefficients by Newton's method: these, the curvature there, and the log evidence."""
    beta = start.copy()
    curvature = np.diag(precision)
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-(design @ beta)))
        curvature = design.T @ (design * (n * chance * (1 - chance))[:, None]) + np.diag(precision)
        step = np.linalg.solve(curvature, design.T @ (y - n * chance) - precision * beta)
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    odds = design @ beta
    fit = float(y @ odds - n @ np.logaddexp(0, odds))
    height = fit - 0.5 * float(precision @ beta**2) + 0.5 * float(np.log(precision).sum())
    return beta, curvature, height - 0.5 * float(np.linalg.slogdet(curvature)[1])
