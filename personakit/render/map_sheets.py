"""Journey maps as an Excel file: every cell with its evidence, the moments that matter, and how many come how far."""

from __future__ import annotations

from itertools import product
from typing import Any

import pandas as pd

from personakit.journeys import JourneyMaps
from personakit.journeys_cells import GAP
from personakit.locale import Words
from personakit.render.journey_maps import LANE_NAMES, map_names, map_words
from personakit.render.journeys_overview import MEASURES, journeys_overview
from personakit.render.pages import phase_name
from personakit.render.sheets import LINE_COLUMNS, line_row, workbook_of

_MOMENT_NUMBERS = ("customers", "customers_low", "customers_high", "money", "money_low", "money_high", "n")


def journeys_workbook(journeys: JourneyMaps, *, language: str, style: str = "") -> bytes:
    """
    Write the journey maps as an Excel workbook.

    Parameters
    ----------
    journeys : JourneyMaps
        The maps.
    language : {"en", "nb", "fi", "fa"}
        Language of the words; Persian sheets run right to left.
    style : {"", "person", "role"}
        ``role`` leaves out the names.

    Returns
    -------
    bytes
        An .xlsx file with the sheets cells (one row per line of a cell, with its evidence), moments (one row per moment, in
        customers and money), differences (one row per phase, measure and persona), ways (one row per comparison of devices,
        channels and times), touchpoints (by reach), funnel (one row per phase) and about. Texts are texts: nothing in them is
        run as a formula. The same maps give the same bytes.
    """
    words = map_words(journeys, language)
    names = map_names(journeys, words, style or journeys.about.get("style", "person"))
    overview = journeys_overview(journeys, words, names)
    about = [["", ""], [words("Study"), journeys.about["title"]], *([words("Note"), text] for text in overview["log"])]
    about += [[words("Note"), words(note)] for note in journeys.notes]
    if journeys.about.get("synthetic"):
        about.append([words("Note"), words("Synthetic data: no real customer is in them.")])
    sheets = [(words("Customer journeys"), _cells(journeys, names, words)),
              (words("Moments that matter most"), _moments(journeys, names, words)),
              (words("Where the personas differ"), _differences(journeys, names, words)),
              (words("Devices, channels and times"), _ways(journeys, names, words)),
              (words("Touchpoints"), _touchpoints(journeys, words)),
              (words("How many come how far?"), _funnel(journeys, words)), (words("About"), about)]  # fmt: skip
    return workbook_of(sheets, words, journeys.about["as_of"])


def _cells(journeys: JourneyMaps, names: dict[int, str], words: Words) -> list[list[Any]]:
    """One row per line of a cell; gaps are rows too."""
    head = [words(name) if name not in {"", "n"} else name for name in ("Persona", "Phase", "Lane", *LINE_COLUMNS)]
    lanes = {**LANE_NAMES, "to_be": "as we want it"}
    order = {f"{phase}|{lane}": number for number, (phase, lane) in enumerate(product(journeys.phases, lanes))}
    rows = [head]
    for segment, cells in journeys.maps.items():
        for cell in sorted(cells, key=lambda cell: order[cell.place]):
            phase, lane = cell.place.split("|")
            values = line_row(cell, words)
            values[1] = "" if cell.message == GAP else values[1]
            rows.append([names[segment], phase_name(phase, words), words(lanes[lane]), *values])
    return rows


def _moments(journeys: JourneyMaps, names: dict[int, str], words: Words) -> list[list[Any]]:
    """One row per moment, the clear ones first."""
    head = ["Persona", "Phase", "What happens", "Where", "Strength", "Customers concerned", "95% interval", "", "Worth in orders",
            "95% interval", "", "n"]  # fmt: skip
    rows: list[list[Any]] = [[words(name) if name not in {"", "n"} else name for name in head]]
    for row in journeys.moments.to_dict("records"):
        numbers = [None if pd.isna(row[name]) else row[name] for name in _MOMENT_NUMBERS]
        what = {"few go on": words("few go on"), "they feel bad": words("they feel bad")}[row["kind"]]
        strength = words("strong") if row["clear"] else words("weak")
        rows.append([names[int(row["segment"])], phase_name(row["phase"], words), what, str(row["where"]).replace("_", " "),
                     strength, *numbers])  # fmt: skip
    return rows


def _rows(head: list[str], body: list[list[Any]], words: Words) -> list[list[Any]]:
    """A head in the words of the language, and rows with nothing where a number is not known."""
    shown = [words(name) if name not in {"", "n"} else name for name in head]
    return [shown, *([None if not isinstance(value, str) and pd.isna(value) else value for value in row] for row in body)]


def _differences(journeys: JourneyMaps, names: dict[int, str], words: Words) -> list[list[Any]]:
    """Personas side by side, tested or not."""
    body = [[phase_name(row["phase"], words), words(MEASURES[row["measure"]][0]), names.get(int(row["segment"]), ""),
             row["value"], row["n"], row["effect"], row["p_adjusted"]]
            for row in journeys.personas.to_dict("records")]  # fmt: skip
    return _rows(["Phase", "Measure", "Persona", "Value", "n", "Effect", "adjusted p"], body, words)


def _ways(journeys: JourneyMaps, names: dict[int, str], words: Words) -> list[list[Any]]:
    """Devices, channels, first and later journeys, before and after a change."""
    numbers = ("difference", "low", "high", "effect", "p_adjusted")
    body = []
    for row in journeys.ways.to_dict("records"):
        who = names.get(int(row["segment"]), words("All customers"))
        one, other = ([words(row[way]), row[value], row[n]] for way, value, n in (
            ("way", "value", "n"), ("other_way", "other_value", "other_n")))  # fmt: skip
        body.append([who, phase_name(row["phase"], words), *one, *other, *(row[name] for name in numbers)])
    head = ["Persona", "Phase", "Way", "How many go on", "n", "Other way", "How many go on", "n", "Difference", "95% interval"]
    head += ["", "Effect", "adjusted p"]
    return _rows(head, body, words)


def _touchpoints(journeys: JourneyMaps, words: Words) -> list[list[Any]]:
    """By how many use them, whether those go on more often, and how they feel there."""
    body = [[row["touchpoint"].replace("_", " "), phase_name(row["phase"], words), row["reach"], row["n"], row["go_on_with"],
             row["go_on_without"], row["difference"], row["low"], row["high"], row["feeling"], row["feeling_n"]]
            for row in journeys.touchpoints.to_dict("records")]  # fmt: skip
    head = [
        "Touchpoint",
        "Phase",
        "Share",
        "n",
        "go on with it",
        "go on without it",
        "Difference",
        "95% interval",
        "",
        "Feeling",
        "n",
    ]
    return _rows(head, body, words)


def _funnel(journeys: JourneyMaps, words: Words) -> list[list[Any]]:
    """One row per phase: how many come so far, of all and of those in the phase before."""
    rows: list[list[Any]] = [[words("Phase"), words("Customers"), words("Of all customers in the log"), words("95% interval"), "",
                              words("Of those in the phase before"), words("95% interval"), ""]]  # fmt: skip
    columns = ("customers", "share", "low", "high", "from_before", "from_before_low", "from_before_high")
    return rows + [[phase_name(row["phase"], words), *(None if pd.isna(row[name]) else row[name] for name in columns)]
                   for row in journeys.funnel.to_dict("records")]  # fmt: skip
