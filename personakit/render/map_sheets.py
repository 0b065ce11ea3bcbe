"""Journey maps as an Excel file: every cell with its evidence, the moments that matter, and how many come how far."""

from __future__ import annotations

import io
from itertools import product
from typing import Any

import pandas as pd

from personakit.journeys import JourneyMaps
from personakit.journeys_cells import GAP
from personakit.locale import Words
from personakit.render.journey_maps import LANE_NAMES, map_names, map_words
from personakit.render.journeys_overview import journeys_overview
from personakit.render.pages import phase_name
from personakit.render.sheets import LINE_COLUMNS, fill_sheet, fixed_archive, line_row, sheet_title

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
        customers and money), funnel (one row per phase) and about. Texts are texts: nothing in them is run as a formula. The
        same maps give the same bytes.
    """
    from openpyxl import Workbook

    words = map_words(journeys, language)
    names = map_names(journeys, words, style or journeys.about.get("style", "person"))
    overview = journeys_overview(journeys, words, names)
    book = Workbook()
    book.remove(book.active)
    book.properties.creator = "personakit"
    about = [["", ""], [words("Study"), journeys.about["title"]], *([words("Note"), text] for text in overview["log"])]
    about += [[words("Note"), words(note)] for note in journeys.notes]
    if journeys.about.get("synthetic"):
        about.append([words("Note"), words("Synthetic data: no real customer is in them.")])
    for title, rows in ((words("Customer journeys"), _cells(journeys, names, words)),
                        (words("Moments that matter most"), _moments(journeys, names, words)),
                        (words("How many come how far?"), _funnel(journeys, words)), (words("About"), about)):  # fmt: skip
        fill_sheet(book.create_sheet(sheet_title(title)), rows, mirrored=words.direction == "rtl")
    target = io.BytesIO()
    book.save(target)
    return fixed_archive(target.getvalue(), journeys.about["as_of"])


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


def _funnel(journeys: JourneyMaps, words: Words) -> list[list[Any]]:
    """One row per phase: how many come so far, of all and of those in the phase before."""
    rows: list[list[Any]] = [[words("Phase"), words("Customers"), words("Of all customers in the log"), words("95% interval"), "",
                              words("Of those in the phase before"), words("95% interval"), ""]]  # fmt: skip
    columns = ("customers", "share", "low", "high", "from_before", "from_before_low", "from_before_high")
    return rows + [[phase_name(row["phase"], words), *(None if pd.isna(row[name]) else row[name] for name in columns)]
                   for row in journeys.funnel.to_dict("records")]  # fmt: skip
