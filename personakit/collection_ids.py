"""Step 01, one id per customer: files that call people by another one, such as an e-mail address, get that of the register."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis

from personakit.study import Study


def with_one_id(tables: Mapping[str, Any], study: Study) -> dict[str, Any]:
    """
    Put the register's customer id in place of the others that ``other_ids`` of ``customers`` names.

    Parameters
    ----------
    tables : mapping of str to ibis.Table
        Table of each role.
    study : Study
        The study file.

    Returns
    -------
    dict of str to ibis.Table
        The same tables. Where another file's ``customer_id`` is one of the other ids of exactly one customer, capitals aside, and
        is nobody's customer id, it is replaced; every other stays as it is.
    """
    found = dict(tables)
    spec = study.sources.get("customers")
    if spec is None or not spec.other_ids or "customers" not in tables:
        return found
    customers, pairs = tables["customers"], []
    for own in spec.other_ids:
        name = next((agreed for agreed, column in spec.columns.items() if column == own), own)
        pairs.append(customers.select(other=_folded(customers[name]), own=customers["customer_id"]))
    known = ibis.union(*pairs) if len(pairs) > 1 else pairs[0]
    known = known.anti_join(customers.select(other=_folded(customers["customer_id"])), "other")  # a number of a card may be an id
    people_per_id = known.filter(ibis._.other.notnull()).group_by("other")
    one = people_per_id.aggregate(own=ibis._.own.min(), n=ibis._.own.nunique()).filter(ibis._.n == 1)
    people = one.select(other_id=ibis._.other, id_of_register=ibis._.own)
    for role, table in tables.items():
        if role != "customers" and "customer_id" in table.columns:
            both = table.left_join(people, _folded(table["customer_id"]) == people["other_id"])
            replaced = both.mutate(customer_id=ibis.coalesce(both["id_of_register"], both["customer_id"]))
            found[role] = replaced.select(table.columns)
            if "_row" in table.columns:  # a join gives rows in any order
                found[role] = found[role].order_by("_row")
    return found


def _folded(column: Any) -> Any:
    if column.type().is_floating():  # whole numbers with gaps, as Excel writes them
        column = ibis.ifelse(column == column.floor(), column.cast("int64").cast("string"), column.cast("string"))
    return column.cast("string").strip().lower()
