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
    for one, other in combinations(_without_other_numbers(found), 2):
        shared, fewer = _shared(one, other)
        if shared >= max(_SHARED * fewer, 1):
            joined |= {one[0].path, other[0].path}
    return joined


def _without_other_numbers(found: Sequence[tuple[Table, str]]) -> list[tuple[Table, str]]:
    """
    Leave out columns that are called no more than "id", but for one: they may number anything from 1 on.

    The register's counts: that of the file that is called so, or else the one in which the most of those stand whom other files
    name, and the least besides.
    """
    numbered = [own for own in found if words_in(own[1]) == "id"]
    named = [own for own in found if words_in(own[1]) != "id"]
    known = {own[0].path: sum(_shared(own, other)[0] for other in named) for own in numbered}
    called = {own[0].path: set(words_in(own[0].path.name).split()) & set(vocabulary()["files"]["customers"]) for own in numbered}
    best = sorted(
        numbered, key=lambda own: (not called[own[0].path], -known[own[0].path], len(own[0].names_of_customers[own[1]]))
    )
    return [*best[:1], *named]


def _shared(one: tuple[Table, str], other: tuple[Table, str]) -> tuple[int, int]:
    """How many values two columns share, and how many the one with fewer has."""
    names, its_names = (table.names_of_customers[column] for table, column in (one, other))
    return len(np.intersect1d(names, its_names, assume_unique=True)), min(len(names), len(its_names))
