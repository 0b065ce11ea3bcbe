"""Step 05, contacts: campaigns that were sent, support that was asked, and what was said in their own words."""

from __future__ import annotations

import pandas as pd

from personakit.collection import Sources
from personakit.features_builder import BEHAVIOURAL_ABOUT, FeatureBuilder, until_the_day
from personakit.voices import Voices
from personakit.voices_coding import speakers

_CAMPAIGN_LABELS = {"seen": "Share of campaigns seen", "clicked": "Share of campaigns clicked",
                    "bought": "Share of campaigns bought from"}  # fmt: skip
_NOT_CODED = "nobody coded what they said"


def add_campaigns(builder: FeatureBuilder, sources: Sources) -> None:
    """
    Add how each customer reacted to campaigns: seen (reach), clicked and bought, as shares of the campaigns they got.

    Parameters
    ----------
    builder : FeatureBuilder
        Collects the features.
    sources : Sources
        Clean sources with campaigns.
    """
    campaigns = until_the_day(sources, "campaigns")
    flags = [c for c in _CAMPAIGN_LABELS if c in campaigns.columns]
    sums = {flag: campaigns[flag].ifelse(1.0, 0.0).mean() for flag in flags}
    frame = builder.rows(campaigns.group_by("customer_id").aggregate(n=campaigns.campaign.nunique(), **sums))
    builder.add("campaign_count", frame["n"], label="Campaigns received", unit="campaigns", basis="behavioural",
                kind="count", source="campaigns", columns="campaigns.campaign")  # fmt: skip
    for flag in flags:
        builder.add(f"campaign_{flag}_share", frame[flag].round(6), label=_CAMPAIGN_LABELS[flag], unit="share",
                    basis="behavioural", kind="share", source="campaigns", columns=f"campaigns.{flag}",
                    about="trigger" if flag == "clicked" else "")  # fmt: skip


def add_tickets(builder: FeatureBuilder, sources: Sources) -> None:
    """
    Add how often each customer wrote to support, and how they rated it.

    Parameters
    ----------
    builder : FeatureBuilder
        Collects the features.
    sources : Sources
        Clean sources with tickets.
    """
    everything = until_the_day(sources, "tickets")
    tickets = everything.filter(everything.customer_id.notnull())
    sums = {"n": tickets.count()} | ({"rating": tickets.rating.mean()} if "rating" in tickets.columns else {})
    frame = builder.rows(tickets.group_by("customer_id").aggregate(**sums))
    builder.add("ticket_count", frame["n"].fillna(0.0), label="Support contacts", unit="contacts", basis="behavioural",
                kind="count", source="tickets", columns="tickets.customer_id",
                missing="never: without a contact it is 0")  # fmt: skip
    if "rating" in frame:
        builder.add("ticket_rating", frame["rating"].round(6), label="Rating of support", unit="", basis="behavioural",
                    kind="number", source="tickets", columns="tickets.rating", missing="never rated support")  # fmt: skip


def add_voices(builder: FeatureBuilder, voices: Voices) -> None:
    """
    Add how many texts of each customer are about each theme, and which codes people gave to their texts.

    Who said nothing in the language of a theme is missing, not absent: nobody asked them. The same holds for customers whose
    texts nobody coded.

    Parameters
    ----------
    builder : FeatureBuilder
        Collects the features.
    voices : Voices
        Texts with their themes and codes.
    """
    texts = voices.texts[voices.texts["customer_id"].notna()]
    for theme in voices.themes.itertuples():
        own = texts[texts["language"] == theme.language]
        counts = (own["theme"] == theme.theme).groupby(own["customer_id"].astype("str")).sum().astype(float)
        if len(counts) and counts.nunique() > 1:
            words = ", ".join(str(theme.words).split(", ")[:3])
            builder.add(f"theme_{theme.language}_{theme.theme}", counts, message="Texts about {value}", value=words, unit="texts",
                        basis="psychographic", kind="count", source="voices", columns=_columns(own))  # fmt: skip
    book = voices.codings.codebook
    judged = texts[texts["key"].isin(voices.codings.judged(texts)["key"])]
    for code, counts in speakers(voices.codings, texts):
        about, common = book.about(code), {"value": book.label(code), "source": "voices", "columns": _columns(judged)}
        common["basis"] = "behavioural" if about in BEHAVIOURAL_ABOUT else "psychographic"
        builder.add(
            f"code_{code}", counts, message="Texts coded {value}", unit="texts", kind="count", missing=_NOT_CODED, **common
        )
        builder.add(f"said_{code}", (counts > 0).astype(float), message="Says: {value}", kind="binary", about=about,
                    missing=_NOT_CODED, **common)  # fmt: skip


def _columns(texts: pd.DataFrame) -> str:
    """Name the source columns that texts come from."""
    found = {f"survey.{row.document}" if row.source == "survey" else f"{row.source}.text"
             for row in texts[["source", "document"]].drop_duplicates().itertuples()}  # fmt: skip
    return ", ".join(sorted(found))
