"""Lists of who may be written to, and whom to call, as CSV and Excel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from personakit.activation import ActivationPlan
from personakit.activation_audiences import NO_CONSENT, TOO_SMALL
from personakit.locale import Words
from personakit.render.sheets import plain_text, workbook_of


def audience_csv(plan: ActivationPlan, segment: int, channel: str, *, ids: Mapping[str, str] | None = None) -> str:
    """
    Write the list of one persona and channel as CSV.

    Parameters
    ----------
    plan : ActivationPlan
        The lists.
    segment : int
        The persona.
    channel : str
        The channel.
    ids : mapping of str to str, optional
        The company's own id of each pseudonym; without it, the list has pseudonyms.

    Returns
    -------
    str
        A head, then one line per person: ``customer_id``, ``persona``, ``channel``, ``certainty``, ``told_by``; the surest
        first. A text that a spreadsheet would take for a formula has an apostrophe in front.
    """
    own = _people(plan.audiences.of(segment, channel), ids)
    return own.map(plain_text).to_csv(index=False, lineterminator="\n")


def audience_workbook(plan: ActivationPlan, *, language: str, ids: Mapping[str, str] | None = None) -> bytes:
    """
    Write all lists and the call list as an Excel workbook.

    Parameters
    ----------
    plan : ActivationPlan
        The lists.
    language : {"en", "nb", "fi", "fa"}
        Language of the words; Persian sheets run right to left.
    ids : mapping of str to str, optional
        The company's own id of each pseudonym.

    Returns
    -------
    bytes
        An .xlsx file: how long each list is, one sheet per persona, how many people to talk to, and whom to call. The same
        lists give the same bytes.
    """
    words = Words(language, plan.about["currency"], plan.about.get("calendar", "gregorian"))
    heads = {"persona": words("Persona"), "channel": words("Channel"), "customers": words("Customers"), "agreed": words("Agreed"),
             "listed": words("On the list"), "note": words("Note"), "customer_id": words("Customer"),
             "certainty": words("Certainty"), "told_by": words("Told by"), "people": words("People to talk to"),
             "to_call": words("People to call"), "order": words("Order"), "place": words("Place"),
             "borderline_with": words("Could as well be"), "available": words("Available")}  # fmt: skip
    least = plan.audiences.min_cell
    notes = {NO_CONSENT: words(NO_CONSENT), TOO_SMALL.format(n=least): words(TOO_SMALL, n=words.number(least))}
    sheets = [(words("Lists"), plan.audiences.lists.drop(columns="segment").replace({"note": notes}))]
    sheets += [(f"{segment} {name}", _people(plan.audiences.of(segment), ids)) for segment, name in plan.names.items()]
    calls = plan.recruiting.calls.drop(columns="segment")
    sheets += [(words("People to talk to"), plan.recruiting.quotas.drop(columns=["segment", "short"])),
               (words("Call list"), calls.assign(customer_id=_own_ids(calls["customer_id"], ids)))]  # fmt: skip
    filled = [(title, [[heads[column] for column in table.columns],
                       *([_cell(value, words) for value in row] for row in table.itertuples(index=False))])
              for title, table in sheets]  # fmt: skip
    return workbook_of(filled, words, plan.about["as_of"])


def _people(own: pd.DataFrame, ids: Mapping[str, str] | None) -> pd.DataFrame:
    table = own.rename_axis("customer_id").reset_index()[["customer_id", "persona", "channel", "certainty", "told_by"]]
    return table.assign(customer_id=_own_ids(table["customer_id"], ids))


def _own_ids(people: pd.Series, ids: Mapping[str, str] | None) -> pd.Series:
    return people if ids is None else people.map(lambda one: ids.get(one, one)).astype("str")


def _cell(value: Any, words: Words) -> Any:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    if isinstance(value, str) and value in _WORDS:
        return words(value)
    return value.item() if hasattr(value, "item") else value


_WORDS = {"answers", "facts", "core", "edge", "between", "any"}
