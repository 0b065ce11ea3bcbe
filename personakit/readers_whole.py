"""Files that are read whole into a data frame: Excel and SPSS."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from personakit.errors import DataError, did_you_mean, listing
from personakit.study_parts import Source

#: Kinds of survey questions whose answers are counted with as numbers.
COUNTED_KINDS = frozenset({"binary", "likert", "pick_any", "number", "amount", "count", "share", "nps", "csat", "effort"})
_NAMED_SHARE = 0.8


def read_excel(path: Path, spec: Source, role: str) -> pd.DataFrame:
    """
    Read one sheet of an Excel file as text.

    Returns
    -------
    pandas.DataFrame
        One row per row below the header row, with its number among the data rows as ``_row``; empty rows are left out.

    Raises
    ------
    DataError
        If the file or the sheet is not there, or the header row has no names.
    """
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = pd.ExcelFile(path, engine="openpyxl")
    except (ValueError, KeyError, OSError, zipfile.BadZipFile, InvalidFileException) as error:
        msg = f"sources.{role}: {path.name} cannot be read as an Excel file ({type(error).__name__}); save it again as .xlsx"
        raise DataError([msg]) from None
    with book:
        names = [str(name) for name in book.sheet_names]
        if spec.sheet is not None and spec.sheet not in names:
            hint = did_you_mean(spec.sheet, names)
            raise DataError([f"sources.{role}: {path.name} has no sheet '{spec.sheet}'; it has: {listing(names)}{hint}"])
        sheet = spec.sheet or names[0]
        cells = pd.read_excel(book, sheet_name=sheet, dtype=str, header=None)
    top = (spec.header_row or 1) - 1
    if top >= len(cells):
        raise DataError([f"sources.{role}: sheet '{sheet}' of {path.name} ends before row {top + 1}; it has {len(cells)} rows"])
    header = cells.iloc[top]
    if header.notna().mean() < _NAMED_SHARE:
        filled = cells.notna().mean(axis=1).to_numpy() >= _NAMED_SHARE
        likely = next((number for number in range(len(cells)) if filled[number] and number != top), None)
        guess = (
            f"; is it row {likely + 1}? Write 'header_row: {likely + 1}'"
            if likely is not None
            else "; name it as 'header_row: …'"
        )
        empty = f"{int(header.isna().sum())} of {len(header)} are empty"
        msg = f"row {top + 1} of sheet '{sheet}' does not hold the column names ({empty})"
        raise DataError([f"sources.{role}: {path.name}: {msg}{guess}"])
    frame = cells.iloc[top + 1 + spec.extra_header_rows :].reset_index(drop=True)
    frame.columns = unlike([str(name).strip() if pd.notna(name) else f"column_{i}" for i, name in enumerate(header, start=1)])
    frame = frame.assign(_row=frame.index + 1)
    return frame[frame.drop(columns="_row").notna().any(axis=1)]


def unlike(names: list[str]) -> list[str]:
    """
    Make column names differ, also for an engine that does not tell capitals from small letters.

    Examples
    --------
    >>> unlike(["a", "b", "A", "a"])
    ['a', 'b', 'A_2', 'a_3']
    """
    seen: dict[str, int] = {}
    taken = {name.lower() for name in names}
    out = []
    for name in names:
        low = name.lower()
        seen[low] = seen.get(low, 0) + 1
        if seen[low] > 1:
            number = seen[low]
            while f"{low}_{number}" in taken:
                number += 1
            name = f"{name}_{number}"
            taken.add(name.lower())
        out.append(name)
    return out


@dataclass(frozen=True)
class SpssLabels:
    """
    What an SPSS file says about its columns.

    Attributes
    ----------
    wording : dict of str to str
        Column to its variable label.
    levels : dict of str to list of str
        Column to its value labels, in the order of their codes.
    codes : dict of str to list of float
        Column to the labelled codes, in order.
    """

    wording: dict[str, str] = field(default_factory=dict)
    levels: dict[str, list[str]] = field(default_factory=dict)
    codes: dict[str, list[float]] = field(default_factory=dict)


def read_spss_labels(path: Path, role: str) -> SpssLabels:
    """
    Read the variable and value labels of an SPSS file, without its data.

    Raises
    ------
    DataError
        If the file cannot be read as SPSS.
    """
    return _labels_of(_spss(path, role, metadata_only=True)[1])


def _labels_of(about: Any) -> SpssLabels:
    wording = {name: text.strip() for name, text in about.column_names_to_labels.items() if text and text.strip()}
    levels: dict[str, list[str]] = {}
    codes: dict[str, list[float]] = {}
    for name, labels in about.variable_value_labels.items():
        numbered = sorted((float(code), str(text)) for code, text in labels.items() if isinstance(code, int | float))
        if numbered and not about.missing_ranges.get(name):
            codes[name], levels[name] = [code for code, _ in numbered], [text for _, text in numbered]
        elif numbered:
            declared = about.missing_ranges[name]
            left = [
                (c, t) for c, t in numbered if not any(m["lo"] <= c <= m["hi"] for m in declared if not isinstance(m["lo"], str))
            ]
            codes[name], levels[name] = [code for code, _ in left], [text for _, text in left]
    return SpssLabels(wording, levels, codes)


def _spss(path: Path, role: str, *, metadata_only: bool) -> tuple[pd.DataFrame, Any]:
    import pyreadstat

    try:
        # declared missing values stay codes while metadata are read: only then does the reader say which they are
        return pyreadstat.read_sav(
            str(path), metadataonly=metadata_only, dates_as_pandas_datetime=True, user_missing=metadata_only
        )
    except (
        pyreadstat.ReadstatError,
        pyreadstat.PyreadstatError,
        UnicodeDecodeError,
        ValueError,
        OSError,
        OverflowError,
    ) as error:
        said = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise DataError([f"sources.{role}: {path.name} cannot be read as an SPSS file ({said}); save it again as .sav"]) from None


def read_spss(path: Path, spec: Source, role: str, *, kept_as_codes: frozenset[str]) -> pd.DataFrame:
    """
    Read an SPSS file; user-defined missing values are missing.

    Parameters
    ----------
    path : Path
        The file.
    spec : Source
        How the study file describes it; questions of a counted kind keep their codes.
    role : str
        Its role, for messages.
    kept_as_codes : frozenset of str
        Columns, by their names in the file, that the role reads as numbers or ids.

    Returns
    -------
    pandas.DataFrame
        One row per respondent. A column whose every value has a label holds the labels as text, unless it is counted with.
    """
    frame, _ = _spss(path, role, metadata_only=False)
    own = spec.columns
    counted = {own.get(c, c) for block in spec.items.values() if block.kind in COUNTED_KINDS for c in block.columns}
    counted |= {own.get(c, c) for c, kind in spec.kinds.items() if kind in COUNTED_KINDS} | kept_as_codes
    labels = read_spss_labels(path, role)
    for name, codes in labels.codes.items():
        values = frame[name]
        if name in counted or not pd.api.types.is_numeric_dtype(values) or not values.dropna().isin(codes).all():
            continue
        frame[name] = values.map(dict(zip(codes, labels.levels[name], strict=True)))
    for name in frame.columns:
        values = frame[name].dropna()
        if values.empty:
            frame[name] = pd.Series(None, index=frame.index, dtype="str")
        elif pd.api.types.is_float_dtype(values) and (values == values.round()).all() and values.abs().max() < 2**53:
            frame[name] = frame[name].astype("Int64")
        elif not pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_datetime64_any_dtype(values):
            frame[name] = frame[name].map(lambda value: None if pd.isna(value) or not str(value).strip() else str(value))
            frame[name] = frame[name].astype("str")
    frame.columns = unlike([str(name) for name in frame.columns])
    return frame
