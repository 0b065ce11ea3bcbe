"""Pictures of voices: themes with their feeling, words that set groups apart, and how far coders agree."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from personakit.render.charts import ACCENT, QUIET, new_figure
from personakit.voices import Voices

_MOST_ROWS = 24
_RELIABLE, _USABLE = 0.80, 0.667


def theme_chart(voices: Voices) -> Figure | str:
    """How often each theme is spoken of, and how it sounds: green is good, red is bad, grey is unknown."""
    if voices.themes.empty:
        return "There are too few texts in one language to find themes."
    rows = voices.themes.head(_MOST_ROWS)
    feeling = voices.texts.groupby(["language", "theme"])["feeling"].mean()
    means = [feeling.get((row.language, row.theme), np.nan) for row in rows.itertuples()]
    figure, axis = new_figure(width=9.0, height=0.9 + 0.34 * len(rows))
    paint = plt.get_cmap("RdYlGn")
    colours = [QUIET if np.isnan(mean) else paint((np.clip(mean, -1.5, 1.5) + 1.5) / 3) for mean in means]
    labels = [f"{row.language}  {row.words}" for row in rows.itertuples()]
    bars = axis.barh(range(len(rows)), rows["n"], color=colours, edgecolor="#555555", linewidth=0.5)
    known = [f"{n:,} ({share:.0%})" for n, share in zip(rows["n"], rows["share"], strict=True)]
    axis.bar_label(bars, labels=known, padding=4, fontsize=8)
    axis.set_yticks(range(len(rows)), labels, fontsize=8)
    axis.invert_yaxis()
    axis.set(title="What do they speak of, and how does it sound?", xlabel="texts", xlim=(0, rows["n"].max() * 1.18))
    return figure


def words_chart(told: pd.DataFrame, *, title: str = "Which words set them apart?", at_most: int = 12) -> Figure | str:
    """Words that a group uses most, against everyone else, with their intervals; right of the line is more."""
    rows = told[told["log_odds_low"] > 0].head(at_most)
    if rows.empty:
        return "No word is used clearly more often than elsewhere."
    figure, axis = new_figure(width=7.0, height=0.9 + 0.3 * len(rows))
    low, high = rows["log_odds"] - rows["log_odds_low"], rows["log_odds_high"] - rows["log_odds"]
    axis.errorbar(rows["log_odds"], range(len(rows)), xerr=[low, high], fmt="o", color=ACCENT, ecolor=QUIET)
    axis.set_yticks(range(len(rows)), rows["word"], fontsize=9)
    axis.invert_yaxis()
    axis.axvline(0, color="#1c2330", linewidth=0.8)
    axis.set(title=title, xlabel="log-odds against everyone else (0 = no difference)")
    return figure


def agreement_chart(agreement: pd.DataFrame) -> Figure | str:
    """Krippendorff's alpha of each code with its interval; right of the dashed line a code can be relied on."""
    rows = agreement.dropna(subset=["alpha"])
    if rows.empty:
        return "Nobody coded the same texts twice; agreement needs two people."
    figure, axis = new_figure(width=7.5, height=1.0 + 0.3 * len(rows))
    low, high = (rows["alpha"] - rows["alpha_low"]).clip(lower=0), (rows["alpha_high"] - rows["alpha"]).clip(lower=0)
    axis.errorbar(rows["alpha"], range(len(rows)), xerr=[low, high], fmt="o", color=ACCENT, ecolor=QUIET)
    axis.set_yticks(range(len(rows)), [str(code).replace("_", " ") for code in rows["code"]], fontsize=9)
    axis.invert_yaxis()
    for place, style in ((_RELIABLE, "--"), (_USABLE, ":")):
        axis.axvline(place, color="#9c2f55", linestyle=style, linewidth=1)
    axis.set(title="Do the coders agree?", xlabel="Krippendorff's alpha (0 = chance, 1 = always)", xlim=(-0.3, 1.05))
    return figure
