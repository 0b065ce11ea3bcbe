"""Step 10, the table behind the teams' pages: one row per customer, with what they use, answer to, ask for and want."""

from __future__ import annotations

from typing import Any

import pandas as pd
from babel import Locale

from personakit.collection import Sources
from personakit.features import Features
from personakit.features_attributes import by_customer
from personakit.features_builder import DICTIONARY_COLUMNS, common_values, entry_for, until_the_day
from personakit.quality_answers import scale_of
from personakit.voices import Voices
from personakit.voices_words import distinctive_words, stems_of

#: What each flag of a campaign is called for one channel, and for all of them where no channel is known.
ANSWERS = {
    "seen": ("Saw what came by {value}", "Share of campaigns seen"),
    "clicked": ("Clicked what came by {value}", "Share of campaigns clicked"),
    "bought": ("Bought after what came by {value}", "Share of campaigns bought from"),
}
#: Where a campaign does not say through which channel it went.
ALL_CAMPAIGNS = "all campaigns"
#: Languages by code, as lines name them; others by their name in English.
SPOKEN = {"en": "English", "nb": "Norwegian", "fi": "Finnish", "fa": "Persian"}
#: Importance and satisfaction are told on a scale from 0 to this.
POINTS = 10.0
_SHORTEST_TEXT_WORDS = 1
#: Words of a segment that are kept, how far they stand out (z of the log odds), and how often they have to be used.
_WORDS_KEPT, _STANDS_OUT, _FEWEST_USES = 6, 2.0, 5


def activation_table(sources: Sources, voices: Voices | None = None, labels: pd.Series | None = None) -> Features:
    """
    Describe what the teams have to know of each customer.

    ``channel_`` says whether the customer was met in a channel, ``most_`` whether they use it most, ``answer_`` the share of
    campaigns through a channel that they saw, clicked or bought from. ``topic_`` tells whether somebody who wrote to support
    wrote about a topic, ``rated_`` how they rated the help on it, ``asked_by_`` the share of contacts through a channel,
    ``resolved`` the share that was solved. ``importance_`` and ``satisfaction_`` hold the answers about a need from 0 to 10,
    for needs of which the study file names both questions. ``text_words`` is the usual length of what they write, ``language_``
    the share of it in a language, ``word_`` tells who uses a word that one segment uses far more often than the others (chosen
    by log odds, so that it is no finding that they differ).

    Parameters
    ----------
    sources : Sources
        Clean sources.
    voices : Voices, optional
        What customers said.
    labels : pandas.Series, optional
        Segment of each customer, for the words.

    Returns
    -------
    Features
        One row per customer who has any of it.
    """
    columns: dict[str, pd.Series] = {}
    entries: dict[str, dict[str, str]] = {}
    for add in (_channels, _campaigns, _tickets, _needs):
        add(sources, columns, entries)
    if voices is not None:
        _texts(voices, columns, entries)
        if labels is not None:
            _words(voices, labels, columns, entries)
    table = pd.DataFrame(columns)
    table.index.name = "customer_id"
    return Features(table.sort_index(), pd.DataFrame.from_dict(entries, orient="index", columns=DICTIONARY_COLUMNS))


def spoken(code: str) -> str:
    """Name a language by its code, in English; catalogues translate the four of the software."""
    return SPOKEN.get(code) or str(Locale("en").languages.get(code, code))


def _by_customer(aggregates: dict[str, Any], table: Any) -> pd.DataFrame:
    return table.group_by("customer_id").aggregate(**aggregates).to_pandas().set_index("customer_id").astype("float64")


def _rows(sources: Sources, role: str) -> Any:
    """Rows of a source that belong to a customer."""
    table = until_the_day(sources, role)
    return table.filter(table.customer_id.notnull())


def _channels(sources: Sources, columns: dict[str, pd.Series], entries: dict[str, dict[str, str]]) -> None:
    """In which channels each customer was met, and which one they use most: from events, else from orders."""
    role = next((role for role in ("events", "orders") if role in sources and "channel" in sources.columns(role)), None)
    if role is None:
        return
    table = _rows(sources, role)
    ways = common_values(table, "channel")
    if not ways:
        return
    counts = _by_customer({f"c{i}": table.count(where=table.channel == way) for i, way in enumerate(ways)}, table)
    counts = counts[counts.sum(axis=1) > 0]
    most = counts.to_numpy().argmax(axis=1)  # with as many uses of two, the one that is commoner among everybody
    common = {"source": role, "columns": f"{role}.channel", "kind": "share", "unit": "share"}
    for i, way in enumerate(ways):
        columns[f"channel_{way}"] = (counts[f"c{i}"] > 0).astype(float)
        entries[f"channel_{way}"] = entry_for("Use {value}", value=str(way), group="reach", about=str(way), **common)
        columns[f"most_{way}"] = pd.Series((most == i).astype(float), counts.index)
        entries[f"most_{way}"] = entry_for("Use {value} most", value=str(way), group="preference", about=str(way), **common)


def _campaigns(sources: Sources, columns: dict[str, pd.Series], entries: dict[str, dict[str, str]]) -> None:
    """Which share of the campaigns through a channel each customer saw, clicked, bought from."""
    if "campaigns" not in sources or "customer_id" not in sources.columns("campaigns"):
        return
    table = _rows(sources, "campaigns")
    flags = [flag for flag in ANSWERS if flag in table.columns]
    ways = common_values(table, "channel")
    parts = {way: table.channel == way for way in ways} if ways else {ALL_CAMPAIGNS: table.campaign.notnull()}
    named = [(flag, way) for way in parts for flag in flags]
    if not named:
        return
    shares = _by_customer({f"a{i}": table[flag].ifelse(1.0, 0.0).mean(where=parts[way]) for i, (flag, way) in enumerate(named)},
                          table)  # fmt: skip
    for i, (flag, way) in enumerate(named):
        message, alone = ANSWERS[flag]
        rests = f"campaigns.{flag}" + (", campaigns.channel" if ways else "")
        columns[f"answer_{flag}_{way}"] = shares[f"a{i}"].round(9)
        said = {"message": message, "value": str(way)} if ways else {"message": alone}
        entries[f"answer_{flag}_{way}"] = entry_for(**said, kind="share", unit="share", source="campaigns", columns=rests,
                                                 group=f"answer_{flag}", about=str(way))  # fmt: skip


def _tickets(sources: Sources, columns: dict[str, pd.Series], entries: dict[str, dict[str, str]]) -> None:
    """What those who wrote to support wrote about and how, whether it was solved, and how they rated it."""
    if "tickets" not in sources or "customer_id" not in sources.columns("tickets"):
        return
    table = _rows(sources, "tickets")
    topics, ways = (common_values(table, column) for column in ("topic", "channel"))
    wanted: dict[str, Any] = {}
    told: dict[str, dict[str, str]] = {}
    common = {"source": "tickets"}
    for topic in topics:
        about = table.topic == topic
        wanted[f"topic_{topic}"] = about.fill_null(False).ifelse(1.0, 0.0).max()
        plain = str(topic).replace("_", " ")
        told[f"topic_{topic}"] = entry_for("Contact the service about {value}", value=plain, kind="binary", group="topic",
                                        about=str(topic), columns="tickets.topic", **common)  # fmt: skip
        if "rating" in table.columns:
            wanted[f"rated_{topic}"] = table.rating.cast("float64").mean(where=about)
            told[f"rated_{topic}"] = entry_for("Rating of the help with {value}", value=plain, kind="number", group="rated",
                                            about=str(topic), columns="tickets.rating, tickets.topic", **common)  # fmt: skip
    for way in ways:
        wanted[f"asked_by_{way}"] = (table.channel == way).ifelse(1.0, 0.0).mean()
        told[f"asked_by_{way}"] = entry_for("Contact the service by {value}", value=str(way), kind="share", unit="share",
                                         group="asked_by", about=str(way), columns="tickets.channel", **common)  # fmt: skip
    if "resolved" in table.columns:
        wanted["resolved"] = table.resolved.ifelse(1.0, 0.0).mean()
        told["resolved"] = entry_for("Cases that were solved", kind="share", unit="share", group="resolved",
                                  columns="tickets.resolved", **common)  # fmt: skip
    if not wanted:
        return
    short = {f"t{i}": name for i, name in enumerate(wanted)}
    found = _by_customer({name: wanted[long] for name, long in short.items()}, table)
    for name, long in short.items():
        columns[long], entries[long] = found[name].round(9), told[long]


def _needs(sources: Sources, columns: dict[str, pd.Series], entries: dict[str, dict[str, str]]) -> None:
    """Importance of a need and satisfaction with it, both from 0 to 10, where the study file names both questions."""
    if "survey" not in sources:
        return
    blocks = sources.study.sources["survey"].items.values()
    asked = {column: (block, wording) for block in blocks for column, wording in block.columns.items()}
    pairs = {need: question for block in blocks for question, need in block.satisfaction_with.items()}
    if not pairs:
        return
    answers = by_customer(sources, "survey")
    for need, question in pairs.items():
        for name, column, message in (("importance", need, "Importance of {value}"),
                                      ("satisfaction", question, "Satisfaction with {value}")):  # fmt: skip
            low, high = scale_of(asked[column][0]) or (1.0, 5.0)
            values = pd.to_numeric(answers[column], errors="coerce").astype("float64")
            columns[f"{name}_{need}"] = ((values - low) / (high - low) * POINTS).round(9)
            entries[f"{name}_{need}"] = entry_for(message, value=asked[need][1], unit="0 to 10", kind="number", group=name,
                                               source="survey", columns=f"survey.{column}", about=need,
                                               basis="psychographic")  # fmt: skip


def _texts(voices: Voices, columns: dict[str, pd.Series], entries: dict[str, dict[str, str]]) -> None:
    """How long what a customer writes usually is, and in which language; what they say in interviews is not written."""
    written = voices.texts[voices.texts["customer_id"].notna() & (voices.texts["source"] != "interviews")]
    lengths = written["text"].str.split().str.len()
    written, lengths = written[lengths >= _SHORTEST_TEXT_WORDS], lengths[lengths >= _SHORTEST_TEXT_WORDS]
    if written.empty:
        return
    customers = written["customer_id"].astype("str")
    rests = {f"survey.{row.document}" if row.source == "survey" else f"{row.source}.text"
             for row in written[["source", "document"]].drop_duplicates().itertuples()}  # fmt: skip
    columns["text_words"] = lengths.groupby(customers).median().astype("float64")
    entries["text_words"] = entry_for("Words in what they write", kind="count", unit="words", source="voices", group="style",
                                   columns=", ".join(sorted(rests)))  # fmt: skip

    told = written["language"].value_counts()
    for language in sorted(told.index[told >= _FEWEST_USES]):
        columns[f"language_{language}"] = (written["language"] == language).astype("float64").groupby(customers).mean().round(9)
        entries[f"language_{language}"] = entry_for("Write in {value}", value=spoken(language), kind="share", unit="share",
                                                 source="voices", group="language", about=language,
                                                 columns=", ".join(sorted(rests)))  # fmt: skip


def _words(voices: Voices, labels: pd.Series, columns: dict[str, pd.Series], entries: dict[str, dict[str, str]]) -> None:
    """Who uses the words that set a segment apart, of those who said something in the language of the word."""
    texts = voices.texts[voices.texts["customer_id"].isin(labels.index)]
    of_text = texts["customer_id"].map(labels)
    chosen: dict[tuple[str, str], str] = {}
    for segment in sorted(labels.unique()):
        told = distinctive_words(texts, of_text == segment)
        told = told[(told["z"] > _STANDS_OUT) & (told["n"] >= _FEWEST_USES)].head(_WORDS_KEPT)
        chosen |= {(row.language, row.stem): row.word for row in told.itertuples()}
    if not chosen:
        return
    used = [
        {stem for stem, _ in stems_of(text, language)} for text, language in zip(texts["text"], texts["language"], strict=True)
    ]
    rests = {f"survey.{row.document}" if row.source == "survey" else f"{row.source}.text"
             for row in texts[["source", "document"]].drop_duplicates().itertuples()}  # fmt: skip
    for (language, stem), word in sorted(chosen.items()):
        own = (texts["language"] == language).to_numpy()
        said = pd.Series([float(stem in stems) for stems, here in zip(used, own, strict=True) if here], dtype="float64")
        speakers = texts.loc[own, "customer_id"].astype("str").to_numpy()
        columns[f"word_{language}_{stem}"] = said.groupby(speakers).max()
        entries[f"word_{language}_{stem}"] = entry_for("Use the word {value}", value=word, kind="binary", source="voices",
                                                    group="word", about=stem, columns=", ".join(sorted(rests)),
                                                    basis="psychographic")  # fmt: skip
