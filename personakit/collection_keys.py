"""Step 01, which column names the customer in each file: the one by which the files hang together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from personakit.collection_files import Table, vocabulary, words_in

#: Two columns name the same people when at least this share of the fewer values stands in the other.
_SHARED = 0.1
#: A column holds e-mail addresses when more than this share of its values has the sign of one.
_ADDRESSES = 0.9
#: In a list of people, at most this share of them stands there again.
FEW_REPEATS = 0.2


def choose_keys(tables: Sequence[Table]) -> None:
    """
    Set the key of each table that has one: its number of the customer, or the e-mail address where that joins more files.

    Shops, help desks and forms each number people in their own way, and know the same address. Where a register knows both, and
    some files join it by the number and others by the address, each keeps its own, and the register names the address as another.
    """
    own = {kind: [(table, column) for table in tables if (column := _column(table, kind))] for kind in ("customer_id", "email")}
    joined = {kind: _joined(found) for kind, found in own.items()}
    by_number, by_address = joined["customer_id"], joined["email"] - joined["customer_id"]
    registers = [table for table in tables if table.path in by_number & joined["email"] and _lists_people(table)]
    if registers and by_address:
        registers[0].other_ids = [_column(registers[0], "email")]
        _set(own["email"], by_address)
        _set(own["customer_id"], by_number)
    elif len(joined["email"]) > len(by_number):
        _set(own["email"], {table.path for table, _ in own["email"]})


def _set(found: Sequence[tuple[Table, str]], paths: set[Path]) -> None:
    for table, column in found:
        if table.path in paths:
            table.key = column


def _lists_people(table: Table) -> bool:
    return bool(table.sample[_column(table, "customer_id")].dropna().duplicated().mean() < FEW_REPEATS)


def _column(table: Table, kind: str) -> str:
    """First column that is called a number of the customer, or an address; what holds addresses is one, whatever it is called."""
    known = [c for synonym in (*vocabulary()["columns"]["customer_id"], *vocabulary()["columns"]["email"])
             for c in table.names_of_customers if words_in(c) == synonym]  # fmt: skip
    return next((column for column in known if (kind == "email") == holds_addresses(table, column)), "")


def holds_addresses(table: Table, column: str) -> bool:
    """Say whether a column holds e-mail addresses."""
    values = table.sample[column].dropna().astype(str)
    return bool(len(values)) and values.str.contains("@").mean() > _ADDRESSES


def _joined(found: Sequence[tuple[Table, str]]) -> set[Path]:
    """Files that name some of the same people by these columns."""
    joined: set[Path] = set()
    for (one, column), (other, its_column) in combinations(found, 2):
        names, its_names = one.names_of_customers[column], other.names_of_customers[its_column]
        fewer = min(len(names), len(its_names))
        if fewer and len(np.intersect1d(names, its_names, assume_unique=True)) >= _SHARED * fewer:
            joined |= {one.path, other.path}
    return joined
