"""Journey maps as text: a Markdown table for wikis and tickets, and the `journey` diagram that Mermaid draws."""

from __future__ import annotations

import re
from typing import Any

from personakit.evidence import Figure
from personakit.journeys import JourneyMaps
from personakit.journeys_cells import GAP
from personakit.locale import Words
from personakit.render.journey_maps import map_names, map_of, map_words
from personakit.render.map_layout import entry_text
from personakit.render.markdown import plain_text, table_row
from personakit.render.pages import phase_name

_NOT_IN_MERMAID = re.compile(r"[:;#,%{}<>\"`\[\]|]+")


def journeys_markdown(journeys: JourneyMaps, *, language: str, style: str = "") -> str:
    """
    Write the journey maps as Markdown.

    Parameters
    ----------
    journeys : JourneyMaps
        The maps.
    language : {"en", "nb", "fi", "fa"}
        Language of the text.
    style : {"", "person", "role"}
        ``role`` leaves out the names.

    Returns
    -------
    str
        For each persona a Mermaid diagram, a table of lanes and phases, and the numbered evidence. Signs in the data that
        Markdown would read as markup are escaped.
    """
    words, style = map_words(journeys, language), style or journeys.about.get("style", "person")
    phases = [phase_name(phase, words) for phase in journeys.phases]
    parts = [f"# {words('Customer journeys')}: {plain_text(journeys.about['title'])}", ""]
    if journeys.about.get("synthetic"):
        parts += [f"> {words('Synthetic data: no real customer is in them.')}", ""]
    parts += [f"> {plain_text(words(note))}\n" for note in journeys.notes]
    for segment in journeys.maps:
        shown = map_of(journeys, segment, words, style=style)
        parts += [f"## {plain_text(shown['name'])}", "", f"**{plain_text(shown['essence'])}**" if shown["essence"] else ""]
        parts += [f"{words('Scenario')}: {plain_text(shown['scenario'])}" if shown["scenario"] else "", ""]
        parts += ["```mermaid", journey_mermaid(journeys, segment, language=language, style=style).rstrip(), "```", ""]
        parts += [table_row([words("Phase"), *phases]), table_row(["---"] * (len(phases) + 1))]
        parts += [table_row([lane["name"], *("<br>".join(plain_text(text) for text in texts) for texts in _texts(lane, words))],
                            plain=False) for lane in shown["lanes"]]  # fmt: skip
        wanted = {point["phase"]: point["text"] for point in (shown["curve"] or {"wanted": []})["wanted"]}
        if wanted:
            parts.append(table_row([words("as we want it"), *(wanted.get(phase, "–") for phase in journeys.phases)]))
        parts += ["", f"### {words('How do we know?')}", ""]
        parts += [f"{number}. {plain_text(line['place'])}: {plain_text(line['text'])} ({line['grade']}): "
                  + plain_text("; ".join(line["evidence"])) for number, line in enumerate(shown["evidence"], 1)]  # fmt: skip
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def _texts(lane: dict[str, Any], words: Words) -> list[list[str]]:
    if lane["gap"]:
        return [[words(GAP)] for _ in lane["cells"]]
    return [[entry_text(entry) for entry in entries] or ["–"] for entries in lane["cells"]]


def journey_mermaid(journeys: JourneyMaps, segment: int, *, language: str, style: str = "") -> str:
    """
    Write one journey as a Mermaid `journey` diagram.

    Parameters
    ----------
    journeys : JourneyMaps
        The maps.
    segment : int
        Whose map.
    language : {"en", "nb", "fi", "fa"}
        Language of the words.
    style : {"", "person", "role"}
        ``role`` leaves out the name.

    Returns
    -------
    str
        One section per phase with its feeling from 1 (very bad) to 5 (very good), rounded from the scale from -2 to +2, and
        that at its touchpoints as far as it is known. Phases whose feeling is not known are named in a comment, since Mermaid
        has no sign for a gap.
    """
    words = map_words(journeys, language)
    name = map_names(journeys, words, style or journeys.about.get("style", "person"))[segment]
    lines = ["journey", f"    title {_plain(name)}"]
    figures = journeys.figures[journeys.figures["segment"] == segment].set_index("feature")
    cells = {cell.place: cell.evidence[0] for cell in journeys.maps[segment] if cell.place.endswith("|feeling") and cell.evidence}
    for phase, touchpoints in journeys.phases.items():
        felt, title = cells.get(f"{phase}|feeling"), _plain(phase_name(phase, words))
        if not isinstance(felt, Figure):
            lines.append(f"    %% {title} - {_plain(words(GAP))}")
            continue
        lines += [f"    section {title}", f"      {title} (n = {felt.n}): {_faces(felt.estimate)}: {_plain(name)}"]
        at = [(touchpoint, figures.loc[f"feel_at_{touchpoint}"]) for touchpoint in touchpoints
              if f"feel_at_{touchpoint}" in figures.index]  # fmt: skip
        lines += [f"      {_plain(touchpoint.replace('_', ' '))} (n = {row['n']}): {_faces(row['estimate'])}: {_plain(name)}"
                  for touchpoint, row in at]  # fmt: skip
    return "\n".join(lines) + "\n"


def _faces(feeling: float) -> int:
    """Mermaid's scale from 1 to 5; halves go up."""
    return int(max(min(feeling, 2.0), -2.0) + 3.5)


def _plain(text: str) -> str:
    """Leave out the signs by which Mermaid tells its parts apart."""
    return " ".join(_NOT_IN_MERMAID.sub(" ", text).split()) or "–"
