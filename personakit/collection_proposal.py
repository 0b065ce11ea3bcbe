"""Step 01, a first study file: looks at the files of a folder and proposes roles, columns, items and consent to edit."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pandas as pd
import yaml

from personakit.collection_files import ENDINGS, Table, look_into, vocabulary, words_in
from personakit.collection_keys import FEW_REPEATS, choose_keys, holds_addresses
from personakit.collection_questions import ASKED_KINDS, NAME_WORDS, Block, question_blocks
from personakit.errors import StudyError
from personakit.readers import quoted, text_literal
from personakit.roles import AGREED, NEEDED, TIME_COLUMN
from personakit.study_parts import ABOUT_BY_NAME, ROLES

_MOST_ASKED = 0.5
_FACTS = {"birth_year", "age", "gender", "region", "occupation", "household", "income"}
#: How a system numbers orders in a column that is called a name; and share of lines without the total of their order.
_NUMBER, _BLANK_TOTALS = re.compile(r"#?[A-Z]{0,4}-?\d+$"), 0.02
#: Where the role that fits a file best is taken, another one has to fit more than this much as well.
_NEXT_BEST = 0.5


def propose_study(folder: str | Path, *, study_folder: str | Path = "") -> str:
    """
    Propose a study file for the files of a folder.

    Parameters
    ----------
    folder : str or Path
        A folder with data files, and perhaps a folder of interview notes.
    study_folder : str or Path
        Where the study file will lie; without it, in the same folder.

    Returns
    -------
    str
        A commented ``study.yaml``. What could not be told is left as a comment to fill in; a file that fits no role is
        named, and a file that cannot be read is named with the reason.

    Raises
    ------
    StudyError
        If the folder does not exist or has no file that could be a source.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise StudyError(f"there is no folder {folder}; give the folder in which the data files lie")
    tables, notes = look_into(folder)
    if not tables:
        raise StudyError(
            f"{folder.name or folder} has no file that could be a source; {' '.join(notes) or 'allowed: ' + ', '.join(ENDINGS)}"
        )
    choose_keys(tables)
    scored = [(table, _scores(table)) for table in tables]  # the best role of each first
    for table, scores in sorted(scored, key=lambda own: -own[1][0][0]):
        taken = {other.role for other in tables}
        for score, role, mapping in scores:
            if role not in taken and score > _NEXT_BEST * scores[0][0]:
                table.role, table.mapping = role, mapping
                break
        else:
            notes.append(f"{table.path.name}: {_why_not_used(scores[0], tables)}")
    there = Path(study_folder).expanduser().resolve() if str(study_folder) else folder.resolve()
    return _yaml(folder, there, sorted((t for t in tables if t.role), key=lambda t: ROLES.index(t.role)), notes)


def _blocks(table: Table, mapping: dict[str, str]) -> dict[str, Block]:
    """Questions of a survey; age, region and the like describe people, and are no questions."""
    facts = {*_mapping(table, "customers").values(), *_facts(table).values()}
    return question_blocks(table, {*mapping.values(), *facts})


def _why_not_used(best: tuple[float, str, dict[str, str]], tables: list[Table]) -> str:
    score, role, _ = best
    if not score:
        what = "it is not known what it holds: customers, orders and events need a column with the customer's id"
        return f"{what}; name it, or the file, yourself if it is needed"
    there = next(other.path.name for other in tables if other.role == role)
    return f"looks like {role}, as {there} does, which is used; put both together, or name it yourself instead"


def _scores(table: Table) -> list[tuple[float, str, dict[str, str]]]:
    """How well a file fits each role, the best first, with the columns that would be mapped."""
    if table.path.is_dir():
        return [(10.0, "interviews", {})]
    names = set(words_in(table.path.name.split(".")[0]).split())
    found = []
    for role in ROLES:
        mapping = _mapping(table, role)
        needed = [one if isinstance(one, tuple) else (one,) for one in NEEDED[role]]
        met = sum(any(choice in mapping for choice in choices) for choices in needed)
        told = bool(names & set(vocabulary()["files"][role]))
        score = 1.0 * len(mapping) + 4.0 * told
        if role == "orders" and "amount" not in mapping and _amount(table, mapping):
            met += 1
        if met < len(needed):
            score = 0.0
        elif role == "survey":
            asked = sum(block.n_asked for block in _blocks(table, mapping).values() if block.asked.kind in ASKED_KINDS)
            asked_most = asked >= _MOST_ASKED * len(table.columns)
            answered = asked > 1 and (told or asked_most or _answered(mapping))
            score = score + 3.0 if answered or _asks(table.columns) else 0.0
        elif role == "population" and len(table.columns) > 8:
            score = 0.0
        if role in {"customers", "survey"} and "customer_id" in mapping:
            score *= float(table.sample[mapping["customer_id"]].dropna().duplicated().mean() < FEW_REPEATS)
        found.append((score, role, mapping))
    return sorted(found, key=lambda entry: (-entry[0], ROLES.index(entry[1])))


def _asks(columns: list[str]) -> bool:
    """Whether most columns are whole sentences or questions, as those of a form are, however they are answered."""
    sentences = [c for c in columns if c.rstrip().endswith(("?", "؟")) or len(words_in(c).split()) > NAME_WORDS]
    return len(sentences) > max(_MOST_ASKED * len(columns), 1)


def _answered(mapping: dict[str, str]) -> bool:
    """Whether a column tells of people who answer; a time that could be that of anything does not."""
    when = words_in(mapping.get("answered_at", ""))
    return "respondent_id" in mapping or bool(when and when not in vocabulary()["columns"]["at"])


def _amount(table: Table, mapping: dict[str, str]) -> str:
    """The amount of an order line as quantity times price, where the file has no amount of its own."""
    quantity, price = mapping.get("quantity", ""), _unit_price(table)
    if not quantity or not price or "amount" in mapping:
        return ""
    return " * ".join(name if re.fullmatch(r"[A-Za-z_]\w*", name) else quoted(name) for name in (quantity, price))


def _unit_price(table: Table) -> str:
    prices = [c for synonym in vocabulary()["unit_price"] for c in table.columns if words_in(c) == synonym]
    return next((column for column in prices if pd.api.types.is_numeric_dtype(table.sample[column])), "")


def _mapping(table: Table, role: str) -> dict[str, str]:
    """Agreed name to the column that is called so, each column once."""
    columns, words = table.columns, {column: words_in(column) for column in table.columns}
    mapping = {"customer_id": table.key} if table.key and "customer_id" in AGREED[role] else {}
    for agreed in AGREED[role]:
        exact = [c for c in columns if c == agreed or words[c] == agreed.replace("_", " ")]
        known = [c for synonym in vocabulary()["columns"].get(agreed, ()) for c in columns if words[c] == synonym]
        for column in [*exact, *known]:
            if agreed not in mapping and column not in mapping.values():
                mapping[agreed] = column
                break
    return _of_order_lines(table, mapping) if role == "orders" else mapping


def _of_order_lines(table: Table, mapping: dict[str, str]) -> dict[str, str]:
    """What a file of orders has by its values: a number of the order, and the amount of each line."""
    values = {column: table.sample[column].dropna() for column in table.columns if column not in mapping.values()}
    named = [c for c, own in values.items() if words_in(c) in vocabulary()["order_number"] and not own.empty]
    numbers = [c for c in named if values[c].astype(str).str.match(_NUMBER).all()]
    if "order_id" not in mapping and numbers:
        mapping["order_id"] = numbers[0]
    price, quantity = _unit_price(table), mapping.get("quantity", "")
    if price and quantity and "amount" in mapping:  # the total of an order stands on its first line only
        lines = table.sample[[price, quantity]].notna().all(axis=1)
        if table.sample.loc[lines, mapping["amount"]].isna().mean() > _BLANK_TOTALS:
            del mapping["amount"]
    if price and not {"amount", "quantity"} & set(mapping):
        mapping["amount"] = price  # without a quantity, the price of a line is its amount
    return mapping


def _computed(table: Table) -> dict[str, str]:
    """Agreed columns that are worked out from others."""
    found = {}
    key = table.mapping.get("customer_id", "")
    if key and holds_addresses(table, key) and table.sample[key].astype(str).str.contains("[A-Z]").any():
        found["customer_id"] = f"lower({quoted(key)})"  # an address is the same in small letters and capitals
    if table.role == "orders" and (amount := _amount(table, table.mapping)):
        found["amount"] = amount
    if table.role == "tickets" and "resolved" not in table.mapping and (resolved := _resolved(table)):
        found["resolved"] = resolved
    return found


def _resolved(table: Table) -> str:
    """Whether a ticket is resolved, by the words of its state."""
    for column in table.columns:
        if words_in(column) in {*vocabulary()["columns"]["status"], *vocabulary()["state"]}:
            states = sorted({str(state) for state in table.sample[column].dropna()})
            done = [state for state in states if words_in(state) in vocabulary()["solved"]]
            if done and len(done) < len(states):
                return f"{quoted(column)} IN ({', '.join(map(text_literal, done))})"
    return ""


def _scalar(text: str) -> str:
    return yaml.safe_dump(text, allow_unicode=True, default_flow_style=True, width=10_000).strip().removesuffix("\n...").strip()


def _listed(texts: list[str]) -> str:
    return yaml.safe_dump(texts, allow_unicode=True, default_flow_style=True, width=10_000).strip()


def _from(there: Path, path: Path) -> str:
    """A path as the study file names it: as seen from its folder, where both lie on one drive."""
    try:
        return Path(os.path.relpath(path.resolve(), there)).as_posix()
    except ValueError:
        return path.resolve().as_posix()


def _yaml(folder: Path, there: Path, tables: list[Table], notes: list[str]) -> str:
    latest = max(map(_last_day, tables), default="")
    lines = [
        f"# A first study file, proposed by personakit from the files in {_from(there, folder)}.",
        "# Read every line, and change what is wrong.",
        "# Then: personakit check study.yaml",
        f"study: {_scalar(there.name)}",
        "question: \"\"                # the decision that the personas serve; write it down before you go on",
        "language: en                # of the deliverables: en, nb, fi or fa",
        "currency: EUR               # of all amounts",
        f"as_of: {latest or 'YYYY-MM-DD'}           # the last day of the data; nothing after it is used",
        "sources:",
    ]  # fmt: skip
    for table in tables:
        lines += _source_lines(table, there)
    lines += _privacy_lines(tables)
    basis = _basis(tables)
    lines += (
        [
            "segmentation:",
            f"  basis: {_listed(basis)}    # what makes the segments: needs and behaviour, not age or place",
        ]
        if basis
        else []
    )
    lines += [f"# not used: {note}" for note in notes]
    return "\n".join(lines) + "\n"


def _last_day(table: Table) -> str:
    """Last day of what the file tells of; what is sent or refunded later says nothing of it."""
    time = table.mapping.get(TIME_COLUMN.get(table.role, ""), "") if table.role != "customers" else ""
    return table.last_days.get(time) or max(table.last_days.values(), default="")


def _facts(table: Table) -> dict[str, str]:
    """What a survey tells of people themselves, as a register of customers would; bands of ages are no numbers."""
    found: dict[str, str] = {}
    asked = {agreed: column for column, text in table.labels.items() for agreed, words in vocabulary()["asked"].items()
             if any(word in words_in(text) for word in words)}  # fmt: skip
    for agreed, own in (asked | _mapping(table, "customers")).items():
        fits = pd.api.types.is_numeric_dtype(table.sample[own]) == (AGREED["customers"][agreed] == "number")
        if agreed in _FACTS and fits and own not in table.mapping.values():
            found[agreed] = own
    return found


def _source_lines(table: Table, there: Path) -> list[str]:
    facts = _facts(table) if table.role == "survey" else {}
    worked_out = _computed(table)
    named = {agreed: own for agreed, own in (table.mapping | facts).items() if agreed not in {own, *worked_out}}
    lines = [f"  {table.role}:", f"    path: {_scalar(_from(there, table.path))}    # {table.rows:,} rows"]
    if named:
        lines.append("    columns:                  # agreed name: name in the file")
        lines += [f"      {agreed}: {_scalar(own)}" for agreed, own in named.items()]
    if table.other_ids and table.role == "customers":
        lines.append(f"    other_ids: {_listed(table.other_ids)}    # by which other files call them")
    if table.extra_header_rows:
        lines.append(f"    extra_header_rows: {table.extra_header_rows}      # rows below the names that hold no data")
    time = TIME_COLUMN.get(table.role, "")
    calendar = table.calendars.get(table.mapping.get(time, ""), "")
    if calendar == "persian":
        lines.append("    calendar: persian         # its years are of the Solar Hijri calendar")
    elif time in table.mapping and not calendar and not pd.api.types.is_datetime64_any_dtype(table.sample[table.mapping[time]]):
        lines.append("    # date_order: day         # or month, if check asks; calendar: persian for Solar Hijri dates")
    blocks = _blocks(table, table.mapping) if table.role == "survey" else {}
    computed = worked_out | {name: sql for block in blocks.values() for name, sql in block.computed.items()}
    several = "                 # several answers in one cell: one column for each answer"
    lines += [f"    computed:{several if any(block.computed for block in blocks.values()) else ''}"] if computed else []
    lines += [f"      {_scalar(name)}: {_scalar(sql)}" for name, sql in computed.items()]
    split = [column for block in blocks.values() for column in block.split]
    lines += [f"    ignore: {_listed(split)}"] if split else []
    lines += ["    items:"] if blocks else []
    for name, block in blocks.items():
        lines += [f"      {_scalar(name)}:", f"        kind: {block.asked.kind}"]
        if block.asked.kind in {"likert", "pick_any"} and name not in ABOUT_BY_NAME:
            lines.append("        # about: need         # or goal, value, frustration, interest, media, …: its place on the card")
        if scale := block.asked.scale or (block.asked.words and block.asked.words.own_numbers):
            lines.append(f"        scale: {list(scale)}         # lowest and highest possible answer; is it right?")
        if block.asked.words:
            lines.append("        levels:               # lowest first; is the order right, and is one missing that nobody gave?")
            lines += [f"          - {_scalar(answer)}" for answer in block.asked.words.steps]
        lines.append("        columns:              # column: its wording")
        lines += [f"          {_scalar(column)}: {_scalar(wording)}" for column, wording in block.columns.items()]
    return lines


def _kept(table: Table) -> set[str]:
    """Columns that get an agreed name as they are, and who speaks in transcripts: names there become roles."""
    worked_out = _computed(table)
    return {own for agreed, own in table.mapping.items() if agreed not in worked_out} | (
        {"speaker"} if table.role == "interviews" else set()
    )


def _privacy_lines(tables: list[Table]) -> list[str]:
    customers = next((t for t in tables if t.role == "customers"), None)
    asked = [c for c in customers.columns if any(word in words_in(c) for word in vocabulary()["consent"])] if customers else []
    drop = sorted({c for table in tables for c in set(table.columns) - _kept(table) if table.looks_personal(c)})
    lines = ["privacy:"]
    if len(asked) == 1 and set(words_in(asked[0]).split()) & set(vocabulary()["purposes"]["marketing"]):
        lines.append(f"  consent: {{marketing: {_scalar(asked[0])}}}    # who may be on lists; may everybody be counted?")
    elif len(asked) == 1:
        lines.append(f"  consent: {_scalar(asked[0])}    # who said yes here is used")
    elif asked:
        lines.append("  consent:                    # one column per purpose: personas, quotes, marketing")
        purposes = {
            next((p for p, words in vocabulary()["purposes"].items() if set(words_in(c).split()) & set(words)), "personas"): c
            for c in asked
        }
        lines += [f"    {purpose}: {_scalar(column)}" for purpose, column in purposes.items()]
    else:
        lines.append("  # consent: column         # no column of consent was found; may everybody be used?")
    lines.append(f"  drop: {_listed(drop)}    # personal columns; others that look personal are found by themselves")
    lines.append("  min_cell: 5                 # no figure about fewer people is shown")
    return lines


def _basis(tables: list[Table]) -> list[str]:
    for table in tables:
        if table.role == "survey":
            blocks = _blocks(table, table.mapping)
            several = {name: block.asked.kind for name, block in blocks.items() if len(block.columns) > 2}
            rated = [name for name, kind in several.items() if kind == "likert"]
            picked = [name for name, kind in several.items() if kind == "pick_any"]
            return [name for name in rated if name == "needs"] or rated[:1] or picked[:1]
    return []
