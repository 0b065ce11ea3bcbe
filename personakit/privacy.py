"""Step 02, privacy: who may be used for what, under which name, and what never leaves the sources."""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ibis
import pandas as pd

from personakit.collection import Sources
from personakit.errors import DataError, StudyError
from personakit.handoffs import Parts
from personakit.privacy_patterns import is_personal_name, is_touched, scrub_text, what_it_looks_like
from personakit.privacy_speakers import without_names
from personakit.quality_ledger import LARGE_ROWS
from personakit.roles import AGREED
from personakit.study import Study
from personakit.study_parts import PURPOSES, ROLES

_YES = ("yes", "y", "true", "1", "1.0", "ja", "kyllä", "بله")
#: Columns with ids of things, not of people; they are needed to join and to find evidence again.
_IDS_OF_THINGS = {"order_id", "event_id", "session_id", "ticket_id", "document_id", "campaign", "language"}
_DIFFERENT_VALUES_LOOKED_AT, _VALUES_AT_ONCE = 2000, 50_000
CONSENT_COLUMNS = ["purpose", "column", "customers", "agreed"]
FOUND_COLUMNS = ["source", "column", "what", "done"]


@dataclass(frozen=True, eq=False, repr=False)
class Protected(Sources):
    """
    Sources that may be used: agreed to, pseudonymous, without personal columns.

    Attributes
    ----------
    personal : pandas.DataFrame
        One row per column in which something personal was found: ``source``, ``column``, ``what`` (by its name or by
        its values), ``done`` (dropped, or blanked in how many rows).
    consent : pandas.DataFrame
        One row per purpose: ``purpose``, ``column``, ``customers`` (asked), ``agreed``.
    """

    personal: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=FOUND_COLUMNS))
    consent: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=CONSENT_COLUMNS))

    def parts(self) -> Parts:
        """Split into what is written to files beside the sources themselves."""
        return {"personal": self.personal, "consent_by_purpose": self.consent}


def protect(sources: Sources, *, purpose: str = "personas", roles: Collection[str] = ROLES) -> Protected:
    """
    Keep who agreed, drop personal columns, blank what is personal in texts, and replace customer ids by pseudonyms.

    Parameters
    ----------
    sources : Sources
        The clean sources (``QualityReport.clean``).
    purpose : {"personas", "quotes", "marketing"}
        What the sources are wanted for; who did not agree to it is left out. Consent to the other purposes is kept as
        the columns ``agreed_quotes`` and ``agreed_marketing`` of ``customers``.
    roles : collection of str
        Which sources are wanted; the others are left out.

    Returns
    -------
    Protected
        The same sources, without people who did not agree, without personal columns, with pseudonyms
        (``P`` and 15 hexadecimal digits) in place of customer ids.

    Raises
    ------
    DataError
        If nobody agreed, or if the key of the pseudonyms can be neither read nor made.
    StudyError
        If the purpose or a source is unknown.
    """
    if purpose not in PURPOSES:
        raise StudyError(f"purpose '{purpose}' is not known; allowed: {', '.join(PURPOSES)}")
    if wrong := sorted({roles} if isinstance(roles, str) else set(roles) - set(ROLES)):
        raise StudyError(f"roles: '{wrong[0]}' is no list of sources, or no source; allowed in a list: {', '.join(ROLES)}")
    study = sources.study
    agreed = _who_agreed(study, sources.tables, purpose)
    consent = _consent(study, sources.tables)
    forgotten = forgotten_people(study)
    key = _key(study)
    own = _own_values(study, sources.tables.get("customers"))
    found: list[dict[str, Any]] = []
    tables: dict[str, Any] = {}
    for role, table in sources.tables.items():
        if role not in roles:
            continue
        if agreed is not None and "customer_id" in table.columns and role != "population":
            unlinked = table.filter(table.customer_id.isnull())
            linked = table.semi_join(agreed, "customer_id")
            table = linked if role == "customers" else linked.union(unlinked)
        if role == "customers":
            table = _with_consent(study, table)
        if role == "interviews":
            table = without_names(sources.connection, table, study.sources["interviews"].interviewers, found)
        table, known = _without_personal(study, role, table, found)
        table = _scrubbed(sources, role, table, own, found, known)
        table = _pseudonymous(sources, role, table, key, forgotten)
        small = sources.filled.get(role, {}).get("_row", LARGE_ROWS + 1) <= LARGE_ROWS
        tables[role] = (
            sources.connection.create_table(f"private_{role}_{secrets.token_hex(6)}", table, temp=True) if small else table
        )
    personal = pd.DataFrame(found, columns=FOUND_COLUMNS)
    return Protected(study, tables, sources.connection, sources.unreadable, sources.filled, personal, consent)


def consent_funnel(before: Sources, after: Sources) -> pd.DataFrame:
    """
    Count the rows and customers that consent costs.

    Returns
    -------
    pandas.DataFrame
        One row per source: ``source``, ``rule``, ``rows_in``, ``rows_out``, ``customers_in``, ``customers_out``.
    """
    rows = []
    for role, table in before.tables.items():
        n_in, n_out = int(table.count().execute()), int(after.tables[role].count().execute())
        if n_in != n_out:
            people: list[int | None] = [None, None]
            if "customer_id" in table.columns:
                people = [int(t.customer_id.nunique().execute()) for t in (table, after.tables[role])]
            rows.append({"source": role, "rule": "no consent", "rows_in": n_in, "rows_out": n_out, "customers_in": people[0],
                         "customers_out": people[1]})  # fmt: skip
    return pd.DataFrame(rows, columns=["source", "rule", "rows_in", "rows_out", "customers_in", "customers_out"])


def _said_yes(customers: Any, column: str) -> Any:
    return customers[column].cast("string").strip().lower().isin(_YES).fill_null(False)


def _who_agreed(study: Study, tables: Mapping[str, Any], purpose: str) -> Any | None:
    column = study.privacy.consent_for(purpose)
    if column is None or "customers" not in tables:
        return None
    customers = tables["customers"]
    agreed = customers.filter(_said_yes(customers, column)).select("customer_id")
    if not int(agreed.count().execute()):
        raise DataError([f"privacy.consent: nobody agreed in column '{column}'; allowed words for yes: {', '.join(_YES)}"])
    return agreed


def _consent(study: Study, tables: Mapping[str, Any]) -> pd.DataFrame:
    """How many agreed to each purpose."""
    asked = {purpose: study.privacy.consent_for(purpose) for purpose in PURPOSES}
    asked = {purpose: column for purpose, column in asked.items() if column}
    if "customers" not in tables or not asked:
        return pd.DataFrame(columns=CONSENT_COLUMNS)
    customers = tables["customers"]
    sums = {purpose: _said_yes(customers, str(column)).ifelse(1, 0).sum() for purpose, column in asked.items()}
    row = customers.aggregate(total=customers.count(), **sums).to_pandas().iloc[0]
    rows = [{"purpose": purpose, "column": column, "customers": int(row["total"]), "agreed": int(row[purpose])}
            for purpose, column in asked.items()]  # fmt: skip
    return pd.DataFrame(rows, columns=CONSENT_COLUMNS)


def _with_consent(study: Study, customers: Any) -> Any:
    """Keep consent to later purposes under fixed names, and drop the columns it came from."""
    privacy = study.privacy
    kept = {f"agreed_{purpose}": _said_yes(customers, str(privacy.consent_for(purpose))) for purpose in ("quotes", "marketing")
            if privacy.consent_for(purpose)}  # fmt: skip
    customers = customers.mutate(**kept) if kept else customers
    return customers.drop(*[column for column in privacy.consent_columns if column in customers.columns])


def _texts(study: Study, role: str, table: Any) -> list[str]:
    """Columns of free text: open answers, and the texts of tickets, mentions and interviews."""
    asked = [c for block in study.sources[role].items.values() if block.kind == "text" for c in block.columns]  # type: ignore[index]
    return [c for c in dict.fromkeys([*asked, "text"]) if c in table.columns]


def _without_personal(study: Study, role: str, table: Any, found: list[dict[str, Any]]) -> tuple[Any, dict[str, pd.Series]]:
    """
    Drop columns that are personal because the study says so, by their name, or by what their values look like.

    Gives the different values of columns that were looked at in full as well.
    """
    known: dict[str, pd.Series] = {}
    if role == "population":
        return table, known
    spec = study.sources[role]  # type: ignore[index]
    items = {c for block in spec.items.values() for c in block.columns}
    roles = {"speaker"} if role == "interviews" and "text" in table.columns else set()  # who asks and who answers, by now
    texts = _texts(study, role, table)
    what: dict[str, str] = {}
    for column in table.columns:
        if column in roles:
            continue
        if column in study.privacy.drop:
            what[column] = "named in the study file"
        elif column not in items | {"_row", "customer_id"} and (is_personal_name(column) or column == "respondent_id"):
            what[column] = "personal by its name"
    looked_at = [
        c
        for c in table.columns
        if table.schema()[c].is_string() and c not in {*what, *texts, *roles, "customer_id", *_IDS_OF_THINGS}
    ]
    for column in looked_at:
        first = table.select(column).distinct().order_by(column).limit(_DIFFERENT_VALUES_LOOKED_AT).to_pandas()[column]
        values = first.dropna()
        if len(first) < _DIFFERENT_VALUES_LOOKED_AT:
            known[column] = values
        look = what_it_looks_like(values)
        if look and not (look == "name of a person" and column in _words_of(role)):
            what[column] = f"looks like {look}"
    found += [{"source": role, "column": column, "what": why, "done": "column dropped"} for column, why in what.items()]
    return table.drop(*what) if what else table, known


def _own_values(study: Study, customers: Any | None) -> pd.DataFrame:
    """What is personal of each customer and may stand in their texts: ids, names, addresses, numbers."""
    if customers is None:
        return pd.DataFrame(columns=["customer_id", "own"])
    columns = [c for c in customers.columns if c in study.privacy.drop or is_personal_name(c)]
    strings = [c for c in columns if customers.schema()[c].is_string()]
    if not strings:
        return pd.DataFrame(columns=["customer_id", "own"])
    frame = customers.select("customer_id", *strings).to_pandas()
    own = [[str(v) for v in row if isinstance(v, str) and v.strip()] for row in frame[strings].to_numpy()]
    names = [[part for value in values for part in value.split() if part[:1].isupper() and part.isalpha()] for values in own]
    return pd.DataFrame({"customer_id": frame["customer_id"], "own": [v + n for v, n in zip(own, names, strict=True)]})


def _scrubbed(
    sources: Sources, role: str, table: Any, own: pd.DataFrame, found: list[dict[str, Any]], known: Mapping[str, pd.Series]
) -> Any:
    """Blank what is personal in texts, and in every other column of words that holds such a thing anywhere."""
    texts = _texts(sources.study, role, table)
    leave = {"customer_id", *_IDS_OF_THINGS, *texts, *_words_of(role)}
    words = [c for c in table.columns if table.schema()[c].is_string() and c not in leave and role != "population"]
    touched = [c for c in words if (any(map(is_touched, known[c])) if c in known else _any_touched(table, c))]
    for column in [*texts, *touched]:
        table, count = _scrub_column(sources, table, column, own if column in texts else own.iloc[:0])
        if count:
            found.append(
                {"source": role, "column": column, "what": "personal words in free text", "done": f"blanked in {count} rows"}
            )
    return table


def _words_of(role: str) -> set[str]:
    """Agreed columns of words that name things: a product called Emma, a street as a region, are no people."""
    return {column for column, kind in AGREED[role].items() if kind == "text"} - {"text", "speaker"}


def _any_touched(table: Any, column: str) -> bool:
    different = table.filter(table[column].notnull()).select(column).distinct()
    values = different.to_pyarrow()[column]  # compact; as Python texts only a part at a time
    parts = (values.slice(start, _VALUES_AT_ONCE) for start in range(0, len(values), _VALUES_AT_ONCE))
    return any(is_touched(str(value)) for part in parts for value in part.to_pylist())


def _scrub_column(sources: Sources, table: Any, column: str, own: pd.DataFrame) -> tuple[Any, int]:
    """Replace the texts that hold something personal; the others stay as they are in the engine."""
    by_person = "customer_id" in table.columns and len(own) > 0
    keys = ["customer_id", column] if by_person else [column]
    frame = table.filter(table[column].notnull()).select(*keys).distinct().to_pandas()
    values = own.set_index("customer_id")["own"].to_dict() if by_person else {}
    ids = frame["customer_id"] if by_person else pd.Series(None, index=frame.index, dtype="object")
    blanked = [scrub_text(text, [*values.get(one, ()), *([one] if isinstance(one, str) else [])])
               for one, text in zip(ids, frame[column], strict=True)]  # fmt: skip
    frame["_scrubbed"] = pd.Series(blanked, index=frame.index, dtype="str")
    frame = frame[frame["_scrubbed"] != frame[column]].rename(columns={key: f"_{key}" for key in keys})
    if frame.empty:
        return table, 0
    changed = sources.connection.create_table(f"privacy_scrubbed_{secrets.token_hex(6)}", frame, temp=True)
    same = [table[key].identical_to(changed[f"_{key}"]) for key in keys]
    joined = table.left_join(changed, same)
    count = int(joined.filter(joined["_scrubbed"].notnull()).count().execute())
    return joined.mutate(**{column: ibis.coalesce(joined["_scrubbed"], joined[column])}).select(*table.columns), count


def _pseudonymous(sources: Sources, role: str, table: Any, key: str, forgotten: set[str]) -> Any:
    if "customer_id" not in table.columns:
        return table
    if sources.filled.get(role, {}).get("_row", 0) > LARGE_ROWS:  # hash each person once, not each of their rows
        people = table.filter(table.customer_id.notnull()).select(_known="customer_id").distinct()
        people = people.mutate(_pseudonym=pseudonym(people["_known"], key))
        people = sources.connection.create_table(f"privacy_people_{secrets.token_hex(6)}", people, temp=True)
        joined = table.left_join(people, table.customer_id == people["_known"])
        table = joined.mutate(customer_id=joined["_pseudonym"]).select(*table.columns)
    else:
        table = table.mutate(customer_id=pseudonym(table.customer_id, key))
    if forgotten:
        table = table.filter(table.customer_id.isnull() | ~table.customer_id.isin(sorted(forgotten)))
    return table


def pseudonym(ids: Any, key: str) -> Any:
    """Replace ids by a keyed hash (nested SHA-256, as HMAC does it), as an Ibis expression."""
    inner = (ibis.literal(key) + ids).hexdigest("sha256")
    return ibis.literal("P") + (ibis.literal(key) + inner).hexdigest("sha256").left(15)


def pseudonym_of(study: Study, customer_id: str) -> str:
    """
    Name the pseudonym of one customer, as it stands in the hand-offs.

    Raises
    ------
    DataError
        If the key can be neither read nor made.
    """
    from hashlib import sha256

    key = _key(study)
    inner = sha256((key + customer_id).encode()).hexdigest()
    return "P" + sha256((key + inner).encode()).hexdigest()[:15]


def own_ids(sources: Sources) -> dict[str, str]:
    """
    Name the company's own id of each pseudonym; only where the key lies beside the study file.

    Parameters
    ----------
    sources : Sources
        The sources as they were loaded, with their own ids.

    Returns
    -------
    dict of str to str
        Own id by pseudonym, of every customer in any source.

    Raises
    ------
    DataError
        If the key can be neither read nor made.
    """
    key = _key(sources.study)
    found: dict[str, str] = {}
    for role, table in sources.tables.items():
        if "customer_id" in table.columns and role != "population":
            people = table.filter(table.customer_id.notnull()).select("customer_id").distinct()
            both = people.mutate(pseudonym=pseudonym(people.customer_id, key)).to_pandas()
            found |= dict(zip(both["pseudonym"], both["customer_id"], strict=True))
    return found


def _forgotten_file(study: Study) -> Path:
    return study.folder / "forgotten.txt"


def forgotten_people(study: Study) -> set[str]:
    """Pseudonyms of people who asked to be forgotten; they are left out of every later run."""
    file = _forgotten_file(study)
    return (
        {line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("P")}
        if file.exists()
        else set()
    )


def remember_to_forget(study: Study, people: Iterable[str]) -> Path:
    """Write down pseudonyms that no later run may use."""
    from personakit.handoffs import whole_file

    file = _forgotten_file(study)
    every = sorted(forgotten_people(study) | set(people))
    with whole_file(file) as temporary:
        head = "# Pseudonyms of people who asked to be forgotten: no run uses them. Keep this file beside the study file.\n"
        temporary.write_text(head + "".join(f"{one}\n" for one in every), encoding="utf-8", newline="\n")
    return file


def _key(study: Study) -> str:
    """Read the key of the pseudonyms; make one beside the study file the first time."""
    file = study.folder / study.privacy.key_file
    try:
        if not file.exists():
            _write_new(file, secrets.token_hex(32))
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        msg = f"privacy.key_file: {file.name} cannot be read or made beside the study file ({error.strerror})"
        raise DataError([f"{msg}; copy the study to a folder you may write to"]) from None


def _write_new(file: Path, text: str) -> None:
    """Write a file only its owner can read, and never over an existing one."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text + "\n")
