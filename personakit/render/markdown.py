"""Persona cards as Markdown, for wikis, tickets and readmes."""

from __future__ import annotations

import re

from personakit.personas_model import Personas
from personakit.profiling import SegmentProfiles
from personakit.render.cards import card_of, facts_of
from personakit.render.pages import words_of

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def personas_markdown(personas: Personas, profiles: SegmentProfiles, *, language: str, style: str = "") -> str:
    """
    Write the persona cards as Markdown.

    Parameters
    ----------
    personas : Personas
        The cards.
    profiles : SegmentProfiles
        For the table of traits.
    language : {"en", "nb", "fi", "fa"}
        Language of the text.
    style : {"", "person", "role"}
        ``role`` leaves out name and age.

    Returns
    -------
    str
        Markdown; signs in the data that Markdown would read as markup are escaped.
    """
    words = words_of(personas, language)
    style = style or personas.about.get("style", "person")
    parts = [f"# {words('Customer personas')}: {plain_text(personas.about['title'])}", ""]
    if personas.about.get("synthetic"):
        parts += [f"> {words('Synthetic data: no real customer is in them.')}", ""]
    for persona in personas.personas:
        card = card_of(persona, personas, profiles, words, style=style)
        parts += [f"## {plain_text(card['name'])}" + (f" ({card['mark']})" if card["mark"] else ""), ""]
        parts += [f"**{plain_text(line['text'])}**{_mark(line)}" for line in card["essence"]]
        parts += ["", " · ".join(plain_text(text) for text in (card["size"], *card["value"])), ""]
        parts += [f"- {plain_text(line['text'])}{_mark(line)}" for line in card["who"]] + [""]
        parts += [f"> {plain_text(line['text'])}{_mark(line)}  " for line in card["quotes"]] + [""]
        for field in card["fields"]:
            parts += (
                [f"### {field['name']}", ""] + [f"- {plain_text(line['text'])}{_mark(line)}" for line in field["lines"]] + [""]
            )
        if card["open"]:
            text = words("Not known from the data yet: {fields}. Ask about it in interviews.", fields=words.listing(card["open"]))
            parts += [f"*{words('assumption')}:* {plain_text(text)}", ""]
        parts += [f"### {words('What sets them apart')}", "",
                  table_row([words("Trait"), card["name"], words("95% interval"), words("Everyone else"), words("Effect"), "n",
                        words("Strength")]), table_row(["---"] * 7)]  # fmt: skip
        parts += [
            table_row([t["label"], t["value"], t["interval"], t["others"], t["effect"], t["n"], t["grade"]])
            for t in card["traits"]
        ]
        parts += ["", f"### {words('Evidence for each line')}", ""]
        parts += [f"{number}. {plain_text(entry['text'])} ({entry['grade']}): {plain_text('; '.join(entry['evidence']))}"
                  for number, entry in enumerate(card["evidence"], 1)] + [""]  # fmt: skip
    parts += [f"## {words('What this card rests on')}", ""]
    parts += [f"- {name}: {plain_text('; '.join(lines))}" for name, lines in facts_of(personas, words)]
    return "\n".join(parts) + "\n"


def _mark(line: dict[str, str]) -> str:
    return f" *({plain_text(line['mark'])})*" if line["mark"] else ""


def plain_text(text: str) -> str:
    """Escape the signs that Markdown would read as markup; one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))


def table_row(cells: list[str], *, plain: bool = True) -> str:
    """A row of a table; with ``plain`` false the cells are Markdown already."""
    ready = [cell if not plain or cell == "---" else plain_text(cell) for cell in cells]
    return f"| {' | '.join(ready)} |"
