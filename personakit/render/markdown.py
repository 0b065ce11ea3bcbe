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
    parts = [f"# {words('Customer personas')}: {_plain(personas.about['title'])}", ""]
    if personas.about.get("synthetic"):
        parts += [f"> {words('Synthetic data: no real customer is in them.')}", ""]
    for persona in personas.personas:
        card = card_of(persona, personas, profiles, words, style=style)
        parts += [f"## {_plain(card['name'])}" + (f" ({card['mark']})" if card["mark"] else ""), ""]
        parts += [f"**{_plain(line['text'])}**{_mark(line)}" for line in card["essence"]]
        parts += ["", " · ".join(_plain(text) for text in (card["size"], *card["value"])), ""]
        parts += [f"- {_plain(line['text'])}{_mark(line)}" for line in card["who"]] + [""]
        parts += [f"> {_plain(line['text'])}{_mark(line)}  " for line in card["quotes"]] + [""]
        for field in card["fields"]:
            parts += [f"### {field['name']}", ""] + [f"- {_plain(line['text'])}{_mark(line)}" for line in field["lines"]] + [""]
        if card["open"]:
            text = words("Not known from the data yet: {fields}. Ask about it in interviews.", fields=words.listing(card["open"]))
            parts += [f"*{words('assumption')}:* {_plain(text)}", ""]
        parts += [f"### {words('What sets them apart')}", "",
                  _row([words("Trait"), card["name"], words("95% interval"), words("Everyone else"), words("Effect"), "n",
                        words("Strength")]), _row(["---"] * 7)]  # fmt: skip
        parts += [
            _row([t["label"], t["value"], t["interval"], t["others"], t["effect"], t["n"], t["grade"]]) for t in card["traits"]
        ]
        parts += ["", f"### {words('Evidence for each line')}", ""]
        parts += [f"{number}. {_plain(entry['text'])} ({entry['grade']}): {_plain('; '.join(entry['evidence']))}"
                  for number, entry in enumerate(card["evidence"], 1)] + [""]  # fmt: skip
    parts += [f"## {words('What this card rests on')}", ""]
    parts += [f"- {name}: {_plain('; '.join(lines))}" for name, lines in facts_of(personas, words)]
    return "\n".join(parts) + "\n"


def _mark(line: dict[str, str]) -> str:
    return f" *({_plain(line['mark'])})*" if line["mark"] else ""


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cell if set(cell) == {"-"} and len(cell) == 3 else _plain(cell) for cell in cells) + " |"
